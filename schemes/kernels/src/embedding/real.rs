//! The canonical embedding of the conjugate-invariant ring: as many real slots as coefficients.

use zeroize::Zeroize;

use super::Embedding;
use crate::buffer::Buffer;
use crate::dispatch::Kernel;

/// Tables for one degree N of the conjugate-invariant ring, whose elements are
/// `a_0 + sum a_i (X^i + X^-i)`, 0 < i < N.
///
/// Slot `j` is the value at `zeta^(5^j)`, zeta = `e^(i pi / 2N)`, a real number for each of N slots (Kim and
/// Song, "Approximate homomorphic encryption over the conjugate-invariant ring", 2018, section 3).
/// X -> X^5 moves each slot one place towards the front. As for [`Embedding`], a plan of smaller degree
/// serves few slots, with its coefficients spread out.
#[derive(Debug, Clone)]
pub struct RealEmbedding {
    /// For N complex slots: in the ring of degree 2N, X^-i is -X^(2N - i), so that coefficients i and i + N,
    /// taken together, are `a_i - i a_(N - i)`, and the slots are the same.
    whole: Embedding,
}

impl RealEmbedding {
    /// Largest degree, as a power of two.
    pub const MOST_LOG_N: u32 = Embedding::MOST_LOG_SLOTS;

    /// Tables for `2^log_n` slots; none above [`RealEmbedding::MOST_LOG_N`]. A kernel that the processor lacks
    /// is replaced by the scalar one.
    pub fn new(kernel: Kernel, log_n: u32) -> Option<RealEmbedding> {
        Some(RealEmbedding { whole: Embedding::new(kernel, log_n)? })
    }

    /// The number of slots and of coefficients.
    pub fn slots(&self) -> usize {
        self.whole.slots()
    }

    /// Slots to coefficients, in place. Runs in constant time.
    pub fn inverse(&self, values: &mut [f64]) {
        let mut imaginary = Buffer::zeroed(self.slots());
        self.whole.inverse(values, imaginary.reals_mut());
        imaginary.zeroize();
    }

    /// Coefficients to slots, in place: undoes [`RealEmbedding::inverse`].
    pub fn forward(&self, coefficients: &mut [f64]) {
        let mut imaginary = Buffer::zeroed(self.slots());
        let reversed = coefficients.iter().skip(1).rev();
        imaginary.reals_mut().iter_mut().skip(1).zip(reversed).for_each(|(im, a)| *im = -a);
        self.whole.forward(coefficients, imaginary.reals_mut());
        imaginary.zeroize();
    }
}
