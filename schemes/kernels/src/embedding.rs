//! The canonical embedding of CKKS: between the coefficients of a polynomial and its values in slots.
//!
//! Slot `j` of a polynomial of degree below N is its value at `zeta^(5^j)`, zeta = `e^(i pi / N)`; there
//! are N/2 slots, and X -> X^5 moves each one place towards the front (Cheon, Han, Kim, Kim and Song,
//! "Bootstrapping for approximate homomorphic encryption", 2018, sections 2.2 and 4.2). Since
//! `zeta^(5^j N/2) = i`, they are the values of the complex polynomial of degree below N/2 with the
//! coefficients `a_k + i a_(k + N/2)`, at the roots of X^(N/2) = i: as many numbers out as in.

#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "x86_64")]
mod avx512;
mod lanes;
mod passes;
mod plan;
pub mod real;
mod roots;
mod small;
mod tile;

use crate::dispatch::Kernel;
use lanes::Portable;
use plan::{Plan, Transform};

/// Tables for one number of slots.
///
/// A plan for fewer slots than N/2 gives a polynomial in Y = X^(N / (2 slots)): coefficient `k` of it
/// belongs to X^(k N / (2 slots)), and the slots of the whole ring repeat the few over and over.
#[derive(Debug, Clone)]
pub struct Embedding {
    log_slots: u32,
    form: Form,
}

#[derive(Debug, Clone)]
enum Form {
    /// Too short for registers.
    Small(Vec<[f64; 2]>),
    Portable(Plan<4>),
    #[cfg(target_arch = "x86_64")]
    Avx2(Plan<4>),
    #[cfg(target_arch = "x86_64")]
    Avx512(Plan<8>),
}

impl Embedding {
    /// Largest number of slots, as a power of two.
    pub const MOST_LOG_SLOTS: u32 = 16;

    /// Tables for `2^log_slots` slots, that is half the degree of the ring or less; none above
    /// [`Embedding::MOST_LOG_SLOTS`]. A kernel that the processor lacks is replaced by the scalar one.
    pub fn new(kernel: Kernel, log_slots: u32) -> Option<Embedding> {
        if log_slots > Self::MOST_LOG_SLOTS {
            return None;
        }
        let slots = 1 << log_slots;
        let form = match kernel {
            #[cfg(target_arch = "x86_64")]
            Kernel::Avx512 | Kernel::Ifma if log_slots >= 6 && kernel.is_available() => Form::Avx512(Plan::new(slots)),
            #[cfg(target_arch = "x86_64")]
            Kernel::Avx2 | Kernel::Avx512 | Kernel::Ifma if log_slots >= 4 && kernel.is_available() => {
                Form::Avx2(Plan::new(slots))
            }
            _ if log_slots >= 4 => Form::Portable(Plan::new(slots)),
            _ => Form::Small(small::factors(slots)),
        };
        Some(Embedding { log_slots, form })
    }

    /// The number of slots.
    pub fn slots(&self) -> usize {
        1 << self.log_slots
    }

    /// Slots to coefficients, in place: slot `j` is `re[j] + i im[j]`; of the coefficients, `k` is `re[k]`
    /// and `k + slots` is `im[k]`. Both slices are [`Embedding::slots`] long; faster where they start
    /// on a cache line. Runs in constant time.
    pub fn inverse(&self, re: &mut [f64], im: &mut [f64]) {
        assert!(re.len() == self.slots() && im.len() == self.slots(), "one real and one imaginary part a slot");
        match &self.form {
            Form::Small(factors) => small::inverse(factors, re, im),
            Form::Portable(plan) => plan.inverse::<Portable>(re, im),
            #[cfg(target_arch = "x86_64")]
            Form::Avx2(plan) => avx2::inverse(plan, re, im),
            #[cfg(target_arch = "x86_64")]
            Form::Avx512(plan) => avx512::inverse(plan, re, im),
        }
    }

    /// Coefficients to slots, in place: undoes [`Embedding::inverse`].
    pub fn forward(&self, re: &mut [f64], im: &mut [f64]) {
        assert!(re.len() == self.slots() && im.len() == self.slots(), "one real and one imaginary part a slot");
        match &self.form {
            Form::Small(factors) => small::forward(factors, re, im),
            Form::Portable(plan) => plan.forward::<Portable>(re, im),
            #[cfg(target_arch = "x86_64")]
            Form::Avx2(plan) => avx2::forward(plan, re, im),
            #[cfg(target_arch = "x86_64")]
            Form::Avx512(plan) => avx512::forward(plan, re, im),
        }
    }
}

#[cfg(test)]
mod tests;
