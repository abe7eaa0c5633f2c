//! Keys of key switching modulo one prime, as streams in the order of use.

use std::ops::Range;

use super::modulus::Modulus;

/// How the two residues of a slot lie in a stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// Each in a word of its own: `[block of 8 slots][digit][half][8]`.
    Apart,
    /// Both in one word, the first in its low half: `[block of 8 slots][digit][8]`. For primes below 2^32: half as much
    /// to stream from memory, which is what key switching waits for.
    Together,
}

impl Form {
    /// The shorter form that a prime allows.
    pub fn of(p: &Modulus) -> Form {
        if p.bits() <= 32 { Form::Together } else { Form::Apart }
    }

    /// Words of a slot and digit.
    pub fn words(self) -> usize {
        match self {
            Form::Apart => 2,
            Form::Together => 1,
        }
    }
}

/// A key's stream: pairs of residues by digit. It may have more digits than are used with it: the first ones count.
#[derive(Debug, Clone, Copy)]
pub struct KeyStream<'a> {
    words: &'a [u64],
    digits: usize,
    form: Form,
}

impl<'a> KeyStream<'a> {
    /// A stream of so many digits.
    pub fn new(words: &'a [u64], digits: usize, form: Form) -> KeyStream<'a> {
        KeyStream { words, digits, form }
    }

    /// The stream of some of the slots, from a multiple of 8 to another.
    pub fn run(&self, slots: Range<usize>) -> KeyStream<'a> {
        KeyStream { words: &self.words[slots.start * self.stride()..slots.end * self.stride()], ..*self }
    }

    /// The words.
    pub fn words(&self) -> &'a [u64] {
        self.words
    }

    /// The form.
    pub fn form(&self) -> Form {
        self.form
    }

    /// Words of a slot: those of all digits.
    pub fn stride(&self) -> usize {
        self.digits * self.form.words()
    }

    /// Panics unless the stream is that of so many slots and has at least so many digits.
    pub(super) fn assert_fit(&self, digits: usize, slots: usize) {
        assert!(
            digits <= self.digits && self.words.len() == slots * self.stride(),
            "{} words of a key of {} digits for {digits} digits of {slots} slots",
            self.words.len(),
            self.digits
        );
    }
}

/// Writes a digit's pair of polynomials into a stream; residues are canonical.
///
/// # Panics
/// Where the lengths do not fit.
pub fn write_digit(stream: &mut [u64], form: Form, digits: usize, digit: usize, [first, second]: [&[u64]; 2]) {
    let width = 8 * form.words();
    let blocks = first.as_chunks::<8>().0.iter().zip(second.as_chunks::<8>().0);
    assert_eq!(stream.len(), first.len() * digits * form.words(), "a stream of another length");
    for (out, (first, second)) in stream.chunks_exact_mut(width * digits).zip(blocks) {
        let out = &mut out[width * digit..][..width];
        match form {
            Form::Apart => {
                out[..8].copy_from_slice(first);
                out[8..].copy_from_slice(second);
            }
            Form::Together => {
                let both = first.iter().zip(second).map(|(first, second)| first | second << 32);
                out.iter_mut().zip(both).for_each(|(out, both)| *out = both);
            }
        }
    }
}

/// Reads the first polynomial of a digit's pair.
pub fn read_first(stream: &[u64], form: Form, digits: usize, digit: usize, first: &mut [u64]) {
    let width = 8 * form.words();
    for (first, block) in first.as_chunks_mut::<8>().0.iter_mut().zip(stream.chunks_exact(width * digits)) {
        first.copy_from_slice(&block[width * digit..][..8]);
        if form == Form::Together {
            first.iter_mut().for_each(|word| *word &= u64::from(u32::MAX));
        }
    }
}
