//! Integer matrices times rows of torus elements (`u32` or `u64`, wrapping): a linear layer on LWE
//! ciphertexts, all of whose coefficients are multiplied by the same clear weights.

use crate::dispatch::Kernel;

/// A torus element, `x / 2^BITS` for the integer `x`; sums and products wrap.
pub trait Torus: Copy + Default + PartialEq + Send + Sync + private::Sealed {
    /// The residue of a weight.
    fn residue(weight: i64) -> Self;
}

mod private {
    pub trait Sealed {
        fn wrapping_multiply_add(self, a: Self, b: Self) -> Self;
    }
}

macro_rules! torus {
    ($($type:ty),*) => {$(
        impl Torus for $type {
            fn residue(weight: i64) -> Self {
                weight as $type
            }
        }

        impl private::Sealed for $type {
            #[inline(always)]
            fn wrapping_multiply_add(self, a: Self, b: Self) -> Self {
                self.wrapping_add(a.wrapping_mul(b))
            }
        }
    )*};
}

torus!(u32, u64);

/// The nonzero weights of an integer matrix, row by row, as residues.
#[derive(Debug, Clone, PartialEq)]
pub struct SparseMatrix<T> {
    inputs: usize,
    /// Where each output's terms end.
    ends: Vec<usize>,
    terms: Vec<Term<T>>,
}

#[derive(Debug, Clone, Copy, PartialEq)]
struct Term<T> {
    input: usize,
    weight: T,
}

impl<T: Torus> SparseMatrix<T> {
    /// Keeps the nonzero weights of a row-major matrix with `inputs` columns.
    ///
    /// A last row that is cut short counts as filled up with zeros.
    pub fn new(weights: &[i64], inputs: usize) -> Self {
        let mut matrix = SparseMatrix { inputs, ends: Vec::new(), terms: Vec::new() };
        for row in weights.chunks(inputs.max(1)) {
            let nonzero = row.iter().enumerate().filter(|(_, weight)| **weight != 0);
            matrix.terms.extend(nonzero.map(|(input, &weight)| Term { input, weight: T::residue(weight) }));
            matrix.ends.push(matrix.terms.len());
        }
        matrix
    }

    /// Number of columns.
    pub fn inputs(&self) -> usize {
        self.inputs
    }

    /// Number of rows.
    pub fn outputs(&self) -> usize {
        self.ends.len()
    }

    /// Number of nonzero weights: products of a weight and a ciphertext.
    pub fn nonzero(&self) -> usize {
        self.terms.len()
    }

    /// Bytes that the matrix takes.
    pub fn resident_bytes(&self) -> u64 {
        (self.terms.len() * size_of::<Term<T>>() + self.ends.len() * size_of::<usize>()) as u64
    }

    fn row(&self, output: usize) -> &[Term<T>] {
        let start = output.checked_sub(1).map_or(0, |before| self.ends[before]);
        &self.terms[start..self.ends[output]]
    }
}

/// Overwrites `out` (`outputs x width`) with the product of `matrix` and `rows` (`inputs x width`).
///
/// Asks the processor before it uses wide instructions: where it lacks those of `kernel`, the scalar
/// form runs instead. Variable time in the matrix, which is not secret; constant time in `rows`.
///
/// Where `rows` or `out` are shorter than the shapes say, the missing rows are left out.
pub fn multiply<T: Torus>(kernel: Kernel, matrix: &SparseMatrix<T>, rows: &[T], width: usize, out: &mut [T]) {
    #[cfg(target_arch = "x86_64")]
    if kernel.is_available() {
        match kernel {
            Kernel::Scalar => {}
            Kernel::Avx2 => return wide::multiply_avx2(matrix, rows, width, out),
            Kernel::Avx512 | Kernel::Ifma => return wide::multiply_avx512(matrix, rows, width, out),
        }
    }
    let _ = kernel;
    multiply_rows(matrix, rows, width, out);
}

/// Rows that one pass over an output takes in, so that the output is loaded and stored once for all.
const UNROLL: usize = 4;

/// The loop of every form: the compiler vectorises it for the instructions it is inlined under.
#[inline(always)]
fn multiply_rows<T: Torus>(matrix: &SparseMatrix<T>, rows: &[T], width: usize, out: &mut [T]) {
    if width == 0 {
        return;
    }
    let row = |term: &Term<T>| rows.get(term.input * width..(term.input + 1) * width);
    for (output, sum) in out.chunks_exact_mut(width).take(matrix.outputs()).enumerate() {
        sum.fill(T::default());
        let (blocks, rest) = matrix.row(output).as_chunks::<UNROLL>();
        for [a, b, c, d] in blocks {
            match (row(a), row(b), row(c), row(d)) {
                (Some(w), Some(x), Some(y), Some(z)) => {
                    add_four([a.weight, b.weight, c.weight, d.weight], [w, x, y, z], sum);
                }
                _ => [a, b, c, d].into_iter().for_each(|term| add_one(term.weight, row(term), sum)),
            }
        }
        rest.iter().for_each(|term| add_one(term.weight, row(term), sum));
    }
}

#[inline(always)]
fn add_four<T: Torus>(weights: [T; UNROLL], rows: [&[T]; UNROLL], sum: &mut [T]) {
    let [w, x, y, z] = rows;
    for ((((sum, w), x), y), z) in sum.iter_mut().zip(w).zip(x).zip(y).zip(z) {
        *sum = sum
            .wrapping_multiply_add(*w, weights[0])
            .wrapping_multiply_add(*x, weights[1])
            .wrapping_multiply_add(*y, weights[2])
            .wrapping_multiply_add(*z, weights[3]);
    }
}

#[inline(always)]
fn add_one<T: Torus>(weight: T, row: Option<&[T]>, sum: &mut [T]) {
    for (sum, x) in sum.iter_mut().zip(row.into_iter().flatten()) {
        *sum = sum.wrapping_multiply_add(*x, weight);
    }
}

#[cfg(target_arch = "x86_64")]
mod wide {
    #![expect(unsafe_code, reason = "calls of functions that need instructions which the caller has asked for")]

    use super::{SparseMatrix, Torus, multiply_rows};
    use crate::dispatch::Kernel;

    /// The loop with AVX2; the caller has found it available.
    pub(super) fn multiply_avx2<T: Torus>(matrix: &SparseMatrix<T>, rows: &[T], width: usize, out: &mut [T]) {
        #[target_feature(enable = "avx2,fma")]
        fn inner<T: Torus>(matrix: &SparseMatrix<T>, rows: &[T], width: usize, out: &mut [T]) {
            multiply_rows(matrix, rows, width, out);
        }
        assert!(Kernel::Avx2.is_available());
        // SAFETY: the line above found every instruction of the inner function available.
        unsafe { inner(matrix, rows, width, out) }
    }

    /// The loop with AVX-512; the caller has found it available.
    pub(super) fn multiply_avx512<T: Torus>(matrix: &SparseMatrix<T>, rows: &[T], width: usize, out: &mut [T]) {
        #[target_feature(enable = "avx2,fma,avx512f,avx512dq,avx512bw,avx512vl")]
        fn inner<T: Torus>(matrix: &SparseMatrix<T>, rows: &[T], width: usize, out: &mut [T]) {
            multiply_rows(matrix, rows, width, out);
        }
        assert!(Kernel::Avx512.is_available());
        // SAFETY: the line above found every instruction of the inner function available.
        unsafe { inner(matrix, rows, width, out) }
    }
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::{SparseMatrix, multiply};
    use crate::dispatch::Kernel;

    /// The definition, one product at a time.
    fn schoolbook(weights: &[i64], inputs: usize, rows: &[u64], width: usize) -> Vec<u64> {
        let outputs = weights.len() / inputs;
        let mut out = vec![0u64; outputs * width];
        for (o, i, j) in (0..outputs).flat_map(|o| (0..inputs).flat_map(move |i| (0..width).map(move |j| (o, i, j)))) {
            let term = rows[i * width + j].wrapping_mul(weights[o * inputs + i] as u64);
            out[o * width + j] = out[o * width + j].wrapping_add(term);
        }
        out
    }

    proptest! {
        #[test]
        fn every_kernel_equals_the_definition(
            (inputs, width, weights, rows) in (1usize..12, 1usize..70, 1usize..5).prop_flat_map(|(i, w, o)| (
                Just(i), Just(w),
                vec(prop_oneof![Just(0i64), -3i64..=3, any::<i64>()], i * o),
                vec(any::<u64>(), i * w),
            ))
        ) {
            let expected = schoolbook(&weights, inputs, &rows, width);
            let narrow: Vec<u32> = rows.iter().map(|&x| x as u32).collect();
            for kernel in Kernel::ALL {
                let mut out = vec![1u64; expected.len()];
                multiply(kernel, &SparseMatrix::new(&weights, inputs), &rows, width, &mut out);
                prop_assert_eq!(&out, &expected);
                let mut out = vec![1u32; expected.len()];
                multiply(kernel, &SparseMatrix::new(&weights, inputs), &narrow, width, &mut out);
                // Reduction modulo 2^32 commutes with sums and products.
                prop_assert!(out.iter().zip(&expected).all(|(x, y)| *x == *y as u32));
            }
        }
    }

    #[test]
    fn zero_weights_take_no_term() {
        let matrix = SparseMatrix::<u32>::new(&[0, 2, 0, 0, 0, -1], 3);
        assert_eq!((matrix.outputs(), matrix.inputs(), matrix.nonzero()), (2, 3, 2));
        let mut out = [9; 2];
        multiply(Kernel::best(), &matrix, &[10, 20, 30], 1, &mut out);
        assert_eq!(out, [40, 30u32.wrapping_neg()]);
    }
}
