//! Vectors of words that start on a cache line and are recycled instead of given back.
//!
//! Polynomials come and go with every operation; asking the system for their memory anew would cost as
//! much as the arithmetic on them.

use std::ops::{Deref, DerefMut};
use std::sync::{Arc, Mutex};

use zeroize::Zeroize;

/// A cache line.
#[derive(Clone, Copy, Default)]
#[repr(C, align(64))]
struct Line([u64; 8]);

/// Bytes that a thread keeps for reuse at most.
const MOST_KEPT: usize = 1 << 28;

/// A vector of words on a cache line's border.
///
/// Dropped buffers go back to the thread that made them, wherever they are dropped: it takes them up again for others
/// of the same size, most likely to find them in its cache. They are **not** cleared: whoever holds secrets clears them
/// ([`Zeroize`]) before.
pub struct Buffer {
    lines: Vec<Line>,
    words: usize,
    home: Option<Arc<Mutex<Kept>>>,
}

/// What a thread keeps.
#[derive(Default)]
struct Kept {
    free: Vec<Vec<Line>>,
    bytes: usize,
}

thread_local! {
    static KEPT: Arc<Mutex<Kept>> = Arc::default();
}

impl Kept {
    fn take(&mut self, lines: usize) -> Option<Vec<Line>> {
        // From the end: what was used last is still in the cache.
        let place = self.free.iter().rposition(|free| free.len() == lines)?;
        self.bytes -= 64 * lines;
        Some(self.free.remove(place))
    }

    fn keep(&mut self, lines: Vec<Line>) {
        let bytes = 64 * lines.len();
        if self.bytes + bytes <= MOST_KEPT {
            self.bytes += bytes;
            self.free.push(lines);
        }
    }
}

impl Buffer {
    /// Zeros.
    pub fn zeroed(words: usize) -> Buffer {
        let mut buffer = Self::stale(words);
        buffer.fill(0);
        buffer
    }

    /// Whatever the thread's last buffer of this size held: to be written over.
    pub fn stale(words: usize) -> Buffer {
        let lines = words.div_ceil(8);
        // At a thread's end there is nothing kept any more.
        let home = if lines == 0 { None } else { KEPT.try_with(Arc::clone).ok() };
        let kept = home.as_ref().and_then(|home| home.lock().ok()?.take(lines));
        Buffer { lines: kept.unwrap_or_else(|| vec![Line::default(); lines]), words, home }
    }

    /// A copy of a slice.
    pub fn copy_of(words: &[u64]) -> Buffer {
        let mut buffer = Self::stale(words.len());
        buffer.copy_from_slice(words);
        buffer
    }
}

#[expect(unsafe_code, reason = "words as doubles and as signed integers")]
impl Buffer {
    /// The words as signed integers, bit by bit.
    pub fn integers(&self) -> &[i64] {
        // SAFETY: both have the same size, alignment and valid patterns.
        unsafe { std::slice::from_raw_parts(self.lines.as_ptr().cast(), self.words) }
    }

    /// [`Buffer::integers`], to be written.
    pub fn integers_mut(&mut self) -> &mut [i64] {
        // SAFETY: as in `integers`, and `lines` is borrowed mutably.
        unsafe { std::slice::from_raw_parts_mut(self.lines.as_mut_ptr().cast(), self.words) }
    }

    /// The words as doubles, bit by bit.
    pub fn reals(&self) -> &[f64] {
        // SAFETY: a word and a double have the same size, alignment and valid patterns.
        unsafe { std::slice::from_raw_parts(self.lines.as_ptr().cast(), self.words) }
    }

    /// [`Buffer::reals`], to be written.
    pub fn reals_mut(&mut self) -> &mut [f64] {
        // SAFETY: as in `reals`, and `lines` is borrowed mutably.
        unsafe { std::slice::from_raw_parts_mut(self.lines.as_mut_ptr().cast(), self.words) }
    }
}

impl Drop for Buffer {
    fn drop(&mut self) {
        let lines = std::mem::take(&mut self.lines);
        if let Some(mut kept) = self.home.as_ref().and_then(|home| home.lock().ok()) {
            kept.keep(lines);
        }
    }
}

#[expect(unsafe_code, reason = "cache lines as the words they are made of")]
impl Deref for Buffer {
    type Target = [u64];

    fn deref(&self) -> &[u64] {
        // SAFETY: a Line is eight words without padding, and `lines` holds at least `words` of them.
        unsafe { std::slice::from_raw_parts(self.lines.as_ptr().cast(), self.words) }
    }
}

#[expect(unsafe_code, reason = "cache lines as the words they are made of")]
impl DerefMut for Buffer {
    fn deref_mut(&mut self) -> &mut [u64] {
        // SAFETY: as in `deref`, and `lines` is borrowed mutably.
        unsafe { std::slice::from_raw_parts_mut(self.lines.as_mut_ptr().cast(), self.words) }
    }
}

impl Clone for Buffer {
    fn clone(&self) -> Buffer {
        Buffer::copy_of(self)
    }
}

impl PartialEq for Buffer {
    fn eq(&self, other: &Buffer) -> bool {
        **self == **other
    }
}

impl Eq for Buffer {}

impl Zeroize for Buffer {
    fn zeroize(&mut self) {
        // As wide as the processor stores, where the slice's own is word by word.
        self.fill(0);
        zeroize::optimization_barrier(&**self);
    }
}

/// The length alone: a buffer may hold a secret.
impl std::fmt::Debug for Buffer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Buffer({} words)", self.words)
    }
}

#[cfg(test)]
mod tests {
    use zeroize::Zeroize;

    use super::Buffer;

    #[test]
    fn buffers_are_aligned_and_recycled() {
        let mut first = Buffer::zeroed(100);
        assert_eq!(first.as_ptr() as usize % 64, 0);
        assert_eq!(first.len(), 100);
        first.fill(7);
        let place = first.as_ptr();
        drop(first);
        let second = Buffer::stale(100);
        assert_eq!(second.as_ptr(), place);
        assert!(Buffer::zeroed(100).iter().all(|word| *word == 0));
    }

    #[test]
    fn buffers_go_back_to_the_thread_that_made_them() {
        let (send, receive) = std::sync::mpsc::channel::<Buffer>();
        let made = Buffer::zeroed(72);
        let place = made.as_ptr();
        let other = std::thread::spawn(move || receive.into_iter().for_each(drop));
        assert!(send.send(made).is_ok());
        drop(send);
        assert!(other.join().is_ok());
        assert_eq!(Buffer::stale(72).as_ptr(), place);
        // A thread's end takes nothing away from what it made.
        let outlived = std::thread::spawn(|| Buffer::copy_of(&[3; 16])).join();
        assert!(outlived.is_ok_and(|buffer| *buffer == [3; 16]));
    }

    #[test]
    fn words_are_read_as_doubles() {
        let mut buffer = Buffer::copy_of(&[1.5f64.to_bits(), (-2.0f64).to_bits(), 0]);
        assert_eq!(buffer.reals(), [1.5, -2.0, 0.0]);
        buffer.reals_mut()[2] = 0.25;
        assert_eq!(buffer[2], 0.25f64.to_bits());
    }

    #[test]
    fn words_are_read_as_signed_integers() {
        let mut buffer = Buffer::copy_of(&[u64::MAX, 5]);
        assert_eq!(buffer.integers(), [-1, 5]);
        buffer.integers_mut()[1] = -2;
        assert_eq!(buffer[1], u64::MAX - 1);
    }

    #[test]
    fn secrets_are_cleared_before_they_are_recycled() {
        let mut secret = Buffer::copy_of(&[5; 33]);
        assert_eq!(format!("{secret:?}"), "Buffer(33 words)");
        secret.zeroize();
        drop(secret);
        assert_eq!(*Buffer::stale(33), [0; 33]);
    }
}
