//! The canonical embedding of the conjugate-invariant ring: as many real slots as coefficients.

mod level;
mod plan;

use zeroize::Zeroize;

use super::Embedding;
use super::lanes::Portable;
use super::plan::Transform;
#[cfg(target_arch = "x86_64")]
use super::{avx2, avx512};
use crate::buffer::Buffer;
use crate::dispatch::Kernel;
use plan::RealPlan;

/// Tables for one degree N of the conjugate-invariant ring, whose elements are
/// `a_0 + sum a_i (X^i + X^-i)`, 0 < i < N.
///
/// Slot `j` is the value at `zeta^(5^j)`, zeta = `e^(i pi / 2N)`, a real number for each of N slots (Kim and
/// Song, "Approximate homomorphic encryption over the conjugate-invariant ring", 2018, section 3).
/// X -> X^5 moves each slot one place towards the front. As for [`Embedding`], a plan of smaller degree
/// serves few slots, with its coefficients spread out.
///
/// In the ring of degree 2N, X^-i is -X^(2N - i), so that coefficients i and i + N, taken together, are
/// `a_i - i a_(N - i)`, and the slots are those of [`Embedding`]. All being real, half of its work is enough.
#[derive(Debug, Clone)]
pub struct RealEmbedding {
    log_n: u32,
    form: Form,
}

#[derive(Debug, Clone)]
enum Form {
    /// Too short to be halved.
    Whole(Embedding),
    Portable(RealPlan<4>),
    #[cfg(target_arch = "x86_64")]
    Avx2(RealPlan<4>),
    #[cfg(target_arch = "x86_64")]
    Avx512(RealPlan<8>),
}

impl RealEmbedding {
    /// Largest degree, as a power of two.
    pub const MOST_LOG_N: u32 = Embedding::MOST_LOG_SLOTS;

    /// Tables for `2^log_n` slots; none above [`RealEmbedding::MOST_LOG_N`]. A kernel that the processor lacks
    /// is replaced by the scalar one.
    pub fn new(kernel: Kernel, log_n: u32) -> Option<RealEmbedding> {
        if log_n > Self::MOST_LOG_N {
            return None;
        }
        let slots = 1 << log_n;
        let form = match kernel {
            #[cfg(target_arch = "x86_64")]
            Kernel::Avx512 | Kernel::Ifma if log_n >= 8 && kernel.is_available() => Form::Avx512(RealPlan::new(slots)),
            #[cfg(target_arch = "x86_64")]
            Kernel::Avx2 | Kernel::Avx512 | Kernel::Ifma if log_n >= 6 && kernel.is_available() => {
                Form::Avx2(RealPlan::new(slots))
            }
            _ if log_n >= 6 => Form::Portable(RealPlan::new(slots)),
            _ => Form::Whole(Embedding::new(kernel, log_n)?),
        };
        Some(RealEmbedding { log_n, form })
    }

    /// The number of slots and of coefficients.
    pub fn slots(&self) -> usize {
        1 << self.log_n
    }

    /// As much as the form works with besides the numbers themselves.
    fn scratch(&self) -> Buffer {
        Buffer::stale(match self.form {
            Form::Whole(_) => self.slots(),
            Form::Portable(_) => self.slots() / 2,
            #[cfg(target_arch = "x86_64")]
            Form::Avx2(_) | Form::Avx512(_) => self.slots() / 2,
        })
    }

    /// Slots to coefficients, in place; faster where they start on a cache line. Runs in constant time.
    pub fn inverse(&self, values: &mut [f64]) {
        assert!(values.len() == self.slots(), "one number a slot");
        let mut buffer = self.scratch();
        let scratch = buffer.reals_mut();
        match &self.form {
            Form::Whole(embedding) => {
                scratch.fill(0.0);
                embedding.inverse(values, scratch);
            }
            Form::Portable(plan) => plan.inverse::<Portable>(values, scratch),
            #[cfg(target_arch = "x86_64")]
            Form::Avx2(plan) => avx2::inverse(plan, values, scratch),
            #[cfg(target_arch = "x86_64")]
            Form::Avx512(plan) => avx512::inverse(plan, values, scratch),
        }
        buffer.zeroize();
    }

    /// Coefficients to slots, in place: undoes [`RealEmbedding::inverse`].
    pub fn forward(&self, coefficients: &mut [f64]) {
        assert!(coefficients.len() == self.slots(), "one number a slot");
        let mut buffer = self.scratch();
        let scratch = buffer.reals_mut();
        match &self.form {
            Form::Whole(embedding) => {
                mirror(coefficients, scratch);
                embedding.forward(coefficients, scratch);
            }
            Form::Portable(plan) => plan.forward::<Portable>(coefficients, scratch),
            #[cfg(target_arch = "x86_64")]
            Form::Avx2(plan) => avx2::forward(plan, coefficients, scratch),
            #[cfg(target_arch = "x86_64")]
            Form::Avx512(plan) => avx512::forward(plan, coefficients, scratch),
        }
        buffer.zeroize();
    }
}

/// What belongs to `N` more than each coefficient's index: `-a_(N - i)`, and nothing to N itself.
fn mirror(coefficients: &[f64], imaginary: &mut [f64]) {
    let reversed = coefficients.iter().skip(1).rev().map(|a| -a);
    imaginary.iter_mut().zip(std::iter::once(0.0).chain(reversed)).for_each(|(im, a)| *im = a);
}
