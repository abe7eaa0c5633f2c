//! Registers of words with exact multiplication and addition, and rows packed for them.

use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};

use super::digits::Digits;
use super::rows::{Residue, Rows};

/// 3 * 2^51: added to an integer of magnitude below 2^51, it leaves that integer in the low bits.
pub(super) const MAGIC: f64 = 6_755_399_441_055_744.0;

/// An integer of magnitude below 2^51 as the bits of a double: `x as f64`, in instructions that every processor has in
/// vectors.
#[inline(always)]
pub(super) fn double(x: i64) -> u64 {
    (f64::from_bits(MAGIC.to_bits().wrapping_add(x as u64)) - MAGIC).to_bits()
}

/// A register. Whoever names an implementation must be compiled for its instructions and have asked the
/// processor for them.
pub(super) trait Lane: Copy {
    /// Words of a register.
    const WORDS: usize;
    /// Sums below 2 to this power in magnitude are exact.
    const EXACT: u32 = 51;

    /// A signed integer of magnitude below 2^51 as a word.
    fn word(x: i64) -> u64;
    fn zero() -> Self;
    /// The first words of a slice that holds a register or more.
    fn load(words: &[u64]) -> Self;
    fn broadcast(word: &u64) -> Self;
    /// `self + a b`.
    fn multiply_add(self, a: Self, b: Self) -> Self;
    /// Adds the exact sums to the first words of a slice that holds a register or more.
    fn add_to(self, sums: &mut [i64]);
}

/// Packs one digit of rows for tiles of V registers of columns: `[tile][row][V registers]`. Columns past the
/// end are zero.
#[inline(always)]
pub(super) fn pack<L: Lane, const V: usize>(
    rows: &Rows<'_>,
    columns: std::ops::Range<usize>,
    digit: (Digits, u32),
    out: &mut [u64],
) {
    match rows {
        Rows::Words(rows) => pack_rows::<L, u64, V>(rows, columns, digit, out),
        Rows::Halves(rows) => pack_rows::<L, u32, V>(rows, columns, digit, out),
    }
}

/// Rows that are asked for before their turn: they lie far apart, and no processor foresees the way from one to the
/// next.
const AHEAD: usize = 4;

#[inline(always)]
#[expect(unsafe_code, reason = "a hint that every x86-64 processor takes")]
fn prefetch<R>(row: &[R]) {
    for line in row.chunks(64 / size_of::<R>()) {
        // SAFETY: SSE is part of x86-64.
        unsafe { _mm_prefetch::<_MM_HINT_T0>(line.as_ptr().cast()) }
    }
}

#[inline(always)]
fn pack_rows<L: Lane, R: Residue, const V: usize>(
    rows: &[&[R]],
    columns: std::ops::Range<usize>,
    (digits, index): (Digits, u32),
    out: &mut [u64],
) {
    let width = V * L::WORDS;
    for (k, row) in rows.iter().enumerate() {
        let row = &row[columns.clone()];
        if let Some(next) = rows.get(k + AHEAD) {
            prefetch(&next[columns.clone()]);
        }
        let places = out.chunks_exact_mut(rows.len() * width);
        for (place, from) in places.zip(row.chunks(width)) {
            let place = &mut place[k * width..][..width];
            if from.len() == width {
                let pairs = place.iter_mut().zip(from);
                pairs.for_each(|(place, x)| *place = L::word(digits.of(x.word(), index) as i64));
            } else {
                place.fill(0);
                let pairs = place.iter_mut().zip(from);
                pairs.for_each(|(place, x)| *place = L::word(digits.of(x.word(), index) as i64));
            }
        }
    }
}

/// An engine of lanes: what has to be compiled for its instructions, and nothing else.
macro_rules! lane_engine {
    (
        $(#[$doc:meta])*
        $name:ident, lane: $lane:ty, features: $features:literal,
        dense: $outputs:literal outputs by $registers:literal registers, sparse: $sparse:literal registers
    ) => {
        $(#[$doc])*
        /// There is no value of it on processors without.
        #[derive(Debug)]
        pub(super) struct $name(());

        impl $name {
            pub(super) fn detect() -> Option<&'static dyn $crate::product::blocks::Engine> {
                $crate::product::method::Method::$name.is_available().then_some(&$name(()))
            }
        }

        const _: () = {
            use std::ops::Range;

            use $crate::product::blocks::{Block, Engine};
            use $crate::product::digits::{Digits, Norms};
            use $crate::product::method::Method;
            use $crate::product::rows::Rows;
            use $crate::product::support::Group;
            use $crate::product::weights::Form;
            use $crate::product::{dense, lane, sparse};
            use $crate::residue::modulus::Modulus;

            #[target_feature(enable = $features)]
            fn pack<const V: usize>(rows: &Rows<'_>, columns: Range<usize>, digit: (Digits, u32), out: &mut [u64]) {
                lane::pack::<$lane, V>(rows, columns, digit, out);
            }

            #[target_feature(enable = $features)]
            fn multiply_dense(weights: &[u64], block: &Block<'_>, sums: &mut [i64]) {
                dense::multiply::<$lane, $outputs, $registers>(weights, block, sums);
            }

            #[target_feature(enable = $features)]
            fn multiply_sparse(groups: &[Group], block: &Block<'_>, sums: &mut [i64]) {
                sparse::multiply::<$lane, $sparse>(groups, block, sums);
            }

            // SAFETY of the calls: an engine is at hand, so the processor has the instructions.
            impl Engine for $name {
                fn method(&self) -> Method {
                    Method::$name
                }

                fn digits(&self, p: &Modulus, norms: &Norms) -> Digits {
                    Digits::new(p, norms, <$lane>::EXACT)
                }

                fn tile_outputs(&self) -> usize {
                    $outputs
                }

                fn tile_columns(&self, form: &Form) -> usize {
                    match form {
                        Form::Sparse(_) => $sparse * <$lane>::WORDS,
                        Form::Dense(_) | Form::Bytes { .. } => $registers * <$lane>::WORDS,
                    }
                }

                fn dense(&self, inputs: usize, weights: &[i32]) -> Form {
                    dense::pack_weights::<$lane, $outputs>(inputs, weights)
                }

                fn word(&self, weight: i32) -> u64 {
                    <$lane>::word(i64::from(weight))
                }

                fn pack(
                    &self,
                    form: &Form,
                    rows: &Rows<'_>,
                    columns: Range<usize>,
                    digit: (Digits, u32),
                    packed: &mut [u64],
                ) {
                    unsafe {
                        match form {
                            Form::Sparse(_) => pack::<$sparse>(rows, columns, digit, packed),
                            Form::Dense(_) | Form::Bytes { .. } => pack::<$registers>(rows, columns, digit, packed),
                        }
                    }
                }

                fn multiply(&self, form: &Form, block: &Block<'_>, sums: &mut [i64]) {
                    unsafe {
                        match form {
                            Form::Sparse(groups) => multiply_sparse(groups, block, sums),
                            Form::Dense(weights) => multiply_dense(weights, block, sums),
                            Form::Bytes { .. } => unreachable!("weights are packed by their own engine"),
                        }
                    }
                }
            }
        };
    };
}

pub(super) use lane_engine;
