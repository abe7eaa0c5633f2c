//! Random polynomials in bulk, from the keystream of ChaCha20.
//!
//! Every kernel gives the same samples. How bytes become samples is a format: public polynomials are sent
//! as the seed that they come from.
//!
//! The stream is the keystream of RFC 8439 under the seed as key and a nonce of zero, from block 0, with
//! a counter of 64 bits. Calls use it up in order, in whole groups; what the last group of a call holds
//! beyond the call's need is skipped.
//!
//! * [`Sampler::uniform`]: a group is `w` bytes, where w is the bit length of the modulus: as a number in
//!   little-endian order, it is cut from the low end into eight candidates of `w` bits. Those below the
//!   modulus are kept, in order.
//! * [`Sampler::centered_binomial`]: a group is sixteen words of 64 bits in little-endian order, `a_0..a_7`,
//!   then `b_0..b_7`. They give 24 samples: for each a, the number of ones among bits 0 to 20 less that among
//!   bits 21 to 41; the same for each b; then for i in 0..8 the number of ones among bits 43 to 63 of a_i
//!   less that of b_i.
//! * [`Sampler::ternary`]: a group is 64 bytes, each of which gives its remainder by 3 less 1; a byte of
//!   255 gives none.
//!
//! [`gaussian`] makes discrete Gaussians of any width from the stream's bytes.
//!
//! Binomial and Gaussian samples are made in constant time. Uniform and ternary ones take a time that depends on which
//! candidates are rejected, which says nothing about those that are kept.

#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "x86_64")]
mod avx512;
mod chacha20;
mod form;
pub mod gaussian;
mod portable;

use zeroize::Zeroize;

use crate::dispatch::Kernel;
use crate::residue::modulus::Modulus;
use chacha20::{BATCH, ChaCha20};
use form::Form;
use portable::{BINOMIAL_GROUP, Progress, TERNARY_GROUP};

/// Bytes of keystream made at once; a multiple of [`BATCH`].
const REFILL: usize = 4 * BATCH;

/// Words of the buffer: what is left of one refill, less than a group, stands before the next.
const WORDS: usize = (REFILL + BINOMIAL_GROUP) / 8;

/// A stream of samples from a seed; the same for every kernel. Zeroized when dropped, never printed.
pub struct Sampler {
    kernel: Kernel,
    form: &'static Form,
    generator: ChaCha20,
    /// Keystream; words, since they are faster to clear than bytes.
    buffer: Box<[u64; WORDS]>,
    /// Bytes of the buffer that are used up, and that are filled.
    start: usize,
    end: usize,
}

impl Drop for Sampler {
    fn drop(&mut self) {
        self.buffer.zeroize();
    }
}

/// The kernel alone.
impl std::fmt::Debug for Sampler {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Sampler({})", self.kernel)
    }
}

impl Sampler {
    /// Ones counted in each half of a binomial sample.
    pub const BINOMIAL_ETA: u32 = 21;

    /// The stream of a seed from its start. A kernel that the processor lacks is replaced by the scalar one.
    pub fn new(kernel: Kernel, mut seed: [u8; 32]) -> Sampler {
        let generator = ChaCha20::new(&seed);
        seed.zeroize();
        let kernel = if kernel.is_available() { kernel } else { Kernel::Scalar };
        Sampler { kernel, form: Form::of(kernel), generator, buffer: Box::new([0; WORDS]), start: 0, end: 0 }
    }

    /// Residues mod `p`, uniform: by rejection.
    pub fn uniform(&mut self, p: &Modulus, out: &mut [u64]) {
        let width = p.value().ilog2() as usize + 1;
        self.sample(width, out, |form, bytes, out| (form.uniform)(bytes, width, p.value(), out));
    }

    /// Integers of the centered binomial distribution with eta = [`Sampler::BINOMIAL_ETA`]: from -21 to 21, of variance 10.5
    /// (standard deviation 3.24). In constant time.
    pub fn centered_binomial(&mut self, out: &mut [i64]) {
        self.sample(BINOMIAL_GROUP, out, |form, bytes, out| (form.centered_binomial)(bytes, out));
    }

    /// -1, 0 and 1, each with the same probability: by rejection.
    pub fn ternary(&mut self, out: &mut [i64]) {
        self.sample(TERNARY_GROUP, out, |form, bytes, out| (form.ternary)(bytes, out));
    }

    /// The stream's bytes as they are.
    pub fn fill(&mut self, out: &mut [u8]) {
        self.sample(1, out, |_, bytes, out| {
            let count = bytes.len().min(out.len());
            out[..count].copy_from_slice(&bytes[..count]);
            Progress { used: count, written: count }
        });
    }

    /// Fills `out` by calls of `pass` on whole groups of the stream until it is full.
    fn sample<T>(&mut self, group: usize, mut out: &mut [T], pass: impl Fn(&Form, &[u8], &mut [T]) -> Progress) {
        while !out.is_empty() {
            if self.end - self.start < group {
                self.refill();
            }
            let Progress { used, written } = pass(self.form, &bytes(&self.buffer)[self.start..self.end], out);
            self.start += used;
            out = &mut out[written..];
        }
    }

    /// Moves what is left to the front and fills up behind it.
    fn refill(&mut self) {
        let (start, left) = (self.start, self.end - self.start);
        let buffer = bytes_mut(&mut self.buffer);
        buffer.copy_within(start..start + left, 0);
        let fresh = &mut buffer[left..left + REFILL];
        (self.form.fill)(&mut self.generator, fresh);
        (self.start, self.end) = (0, left + REFILL);
    }
}

#[expect(unsafe_code, reason = "words as the bytes they are made of")]
fn bytes(words: &[u64; WORDS]) -> &[u8] {
    // SAFETY: every byte of a word is one; their number is that of the array.
    unsafe { std::slice::from_raw_parts(words.as_ptr().cast(), 8 * WORDS) }
}

#[expect(unsafe_code, reason = "words as the bytes they are made of")]
fn bytes_mut(words: &mut [u64; WORDS]) -> &mut [u8] {
    // SAFETY: as in `bytes`; any bytes make words; borrowed mutably.
    unsafe { std::slice::from_raw_parts_mut(words.as_mut_ptr().cast(), 8 * WORDS) }
}

#[cfg(test)]
mod tests;
