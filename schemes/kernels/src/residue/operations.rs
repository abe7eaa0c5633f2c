//! The operations on vectors of residues, in one trait with an implementation for each kernel.

#[cfg(target_arch = "x86_64")]
use super::avx2::Avx2;
use super::conversion::{Conversion, Weighted};
#[cfg(target_arch = "x86_64")]
use super::ifma::Ifma;
use super::key::KeyStream;
use super::modulus::{Modulus, Multiplier};
use super::ntt::Ntt;
use super::permutation::Run;
use super::scalar::{self, Scalar};
use crate::buffer::Buffer;
use crate::dispatch::Kernel;

/// Operations on slices of the same length, a multiple of 64.
///
/// Residues are *canonical*, in [0, p), unless said to be *lazy*: in [0, 4p). Every implementation
/// gives the same canonical results; lazy ones may differ by multiples of p. All run in constant time.
pub trait Residues: Send + Sync + std::fmt::Debug {
    /// The instructions used.
    fn kernel(&self) -> Kernel;

    /// `acc += x`.
    fn add_assign(&self, p: &Modulus, acc: &mut [u64], x: &[u64]);
    /// `out = a + b`.
    fn add(&self, p: &Modulus, a: &[u64], b: &[u64], out: &mut [u64]);
    /// `acc -= x`.
    fn subtract_assign(&self, p: &Modulus, acc: &mut [u64], x: &[u64]);
    /// `acc = -acc`.
    fn negate(&self, p: &Modulus, acc: &mut [u64]);
    /// `out = a * b`.
    fn multiply(&self, p: &Modulus, a: &[u64], b: &[u64], out: &mut [u64]);
    /// `acc *= x`.
    fn multiply_assign(&self, p: &Modulus, acc: &mut [u64], x: &[u64]);
    /// `acc += a * b`.
    fn multiply_add(&self, p: &Modulus, acc: &mut [u64], a: &[u64], b: &[u64]);
    /// `acc *= factor`.
    fn scale(&self, p: &Modulus, acc: &mut [u64], factor: Multiplier);
    /// `acc += x * factor`.
    fn scale_add(&self, p: &Modulus, acc: &mut [u64], x: &[u64], factor: Multiplier) {
        acc.iter_mut().zip(x).for_each(|(acc, x)| *acc = p.add(*acc, p.scale(*x, factor)));
    }
    /// `out = (a0 b0, a0 b1 + a1 b0, a1 b1)`: the product of two ciphertexts of degree 1.
    fn tensor(&self, p: &Modulus, a: [&[u64]; 2], b: [&[u64]; 2], out: [&mut [u64]; 3]);
    /// `out = sum_k left[k] * right[k]`, for up to 2^12 pairs; `left` may be lazy.
    fn dot(&self, p: &Modulus, left: &[&[u64]], right: &[&[u64]], out: &mut [u64]);
    /// `out[h] = sum_d digits[d] * key[d][h]`: the inner product of key switching. Digits may be lazy
    /// and at most 2^12. A key may hold more digits than are given: the others are skipped.
    fn inner_product(&self, p: &Modulus, digits: &[&[u64]], key: KeyStream<'_>, out: [&mut [u64]; 2]);
    /// [`Residues::inner_product`] of the digits' images under an automorphism, or of a run of their slots: then the key
    /// is that of the same slots.
    fn inner_product_permuted(
        &self,
        p: &Modulus,
        digits: &[&[u64]],
        permutation: Run<'_>,
        key: KeyStream<'_>,
        out: [&mut [u64]; 2],
    );
    /// `out[i] = a[permutation.sources()[i]]`.
    fn permute(&self, permutation: Run<'_>, a: &[u64], out: &mut [u64]);
    /// Residues of integers of magnitude below 2^62.
    fn reduce_signed(&self, p: &Modulus, values: &[i64], out: &mut [u64]);
    /// Residues of reals rounded to the nearest integer, ties to even; magnitudes below 2^51.
    fn reduce_rounded(&self, p: &Modulus, values: &[f64], out: &mut [u64]);
    /// Residues mod `p` of the centered representatives of residues mod `from`.
    fn lift(&self, from: &Modulus, p: &Modulus, a: &[u64], out: &mut [u64]);
    /// Base conversion; one slice for each prime of the tables.
    fn convert(&self, tables: &Conversion, from: &[&[u64]], to: &mut [&mut [u64]]);
    /// The half of a base conversion that all target primes share: `weighted[i] = from[i] * weights[i]` mod q_i
    /// in place of `from`, and by slot the multiple of Q to be taken off again.
    fn weigh(&self, tables: &Conversion, from: &mut [&mut [u64]], overflow: &mut [u64]) {
        scalar::weigh(tables, from, overflow);
    }
    /// The other half, for the target prime of index `to` alone: with it a caller works prime by prime, in
    /// memory that stays in the cache.
    fn combine(&self, tables: &Conversion, to: usize, weighted: &[&[u64]], overflow: &[u64], out: &mut [u64]) {
        scalar::combine(tables, to, weighted, overflow, out);
    }
    /// [`Residues::combine`], then the transform by a plan for that prime; the slots are lazy.
    fn forward_combined(
        &self,
        plan: &Ntt,
        tables: &Conversion,
        to: usize,
        weighted: &[&[u64]],
        overflow: &[u64],
        out: &mut [u64],
    ) {
        self.combine(tables, to, weighted, overflow, out);
        self.forward(plan, out);
    }

    /// Coefficients to slots, in place; canonical in and out.
    fn forward(&self, plan: &Ntt, data: &mut [u64]);
    /// Slots to coefficients, in place, canonical in and out.
    fn inverse(&self, plan: &Ntt, data: &mut [u64]);
    /// Slots to coefficients, leaving the slots.
    fn inverse_from(&self, plan: &Ntt, slots: &[u64], out: &mut [u64]);
    /// Lifts coefficients mod `from` (centered) and transforms them; the slots are lazy. `from` may be
    /// the plan's own modulus.
    fn forward_lifted(&self, plan: &Ntt, from: &Modulus, coefficients: &[u64], out: &mut [u64]);
    /// Transforms integers of magnitude below 2^49, such as noise or encoded values; canonical out.
    fn forward_signed(&self, plan: &Ntt, coefficients: &[i64], out: &mut [u64]);
    /// The last step of a division by a modulus: `acc = (acc - NTT(lift(coefficients))) * factor + add`.
    fn divide(
        &self,
        plan: &Ntt,
        from: &Modulus,
        coefficients: &[u64],
        factor: Multiplier,
        acc: &mut [u64],
        add: Option<&[u64]>,
    );
    /// [`Residues::combine`], then [`Residues::divide`] by a plan for that prime: a division by several primes.
    fn divide_combined(
        &self,
        plan: &Ntt,
        remainder: &Weighted<'_>,
        factor: Multiplier,
        acc: &mut [u64],
        add: Option<&[u64]>,
    ) {
        let mut combined = Buffer::stale(plan.degree());
        self.combine(remainder.tables, remainder.to, remainder.residues, remainder.overflow, &mut combined);
        self.divide(plan, plan.modulus(), &combined, factor, acc, add);
    }
}

/// The implementation for a kernel; the plainer one where a kernel has none of its own.
pub fn residues(kernel: Kernel) -> &'static dyn Residues {
    match kernel {
        #[cfg(target_arch = "x86_64")]
        Kernel::Ifma => Ifma::detect().map_or(&Scalar, |ifma| ifma),
        #[cfg(target_arch = "x86_64")]
        Kernel::Avx2 | Kernel::Avx512 => Avx2::detect().map_or(&Scalar, |avx2| avx2),
        #[cfg(not(target_arch = "x86_64"))]
        Kernel::Avx2 | Kernel::Avx512 | Kernel::Ifma => &Scalar,
        Kernel::Scalar => &Scalar,
    }
}
