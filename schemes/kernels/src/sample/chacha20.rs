//! The keystream of ChaCha20 (Bernstein 2008; RFC 8439, section 2.3), several blocks at once, one a lane.

use zeroize::Zeroize;

/// Bytes of a block.
pub(crate) const BLOCK: usize = 64;

/// Blocks that a call of [`ChaCha20::fill`] makes at least, and bytes in them: the widest kernel's lanes.
pub(crate) const BATCH: usize = 16 * BLOCK;

/// One word of each of several blocks.
pub(crate) trait Words: Copy {
    /// Blocks computed at once: 16 is a multiple of it.
    const LANES: usize;
    fn splat(word: u32) -> Self;
    /// `first + lane`; does not overflow.
    fn counted(first: u32) -> Self;
    fn add(self, other: Self) -> Self;
    fn xor(self, other: Self) -> Self;
    fn rotate<const LEFT: i32, const RIGHT: i32>(self) -> Self;
    /// Writes block by block, each as sixteen words in little-endian order, to `64 LANES` bytes.
    fn store(state: &[Self; 16], out: &mut [u8]);
}

/// Lanes as the compiler joins them.
#[derive(Clone, Copy)]
pub(crate) struct Portable([u32; 4]);

impl Words for Portable {
    const LANES: usize = 4;
    #[inline(always)]
    fn splat(word: u32) -> Self {
        Portable([word; 4])
    }
    #[inline(always)]
    fn counted(first: u32) -> Self {
        Portable(std::array::from_fn(|lane| first + lane as u32))
    }
    #[inline(always)]
    fn add(self, other: Self) -> Self {
        Portable(std::array::from_fn(|lane| self.0[lane].wrapping_add(other.0[lane])))
    }
    #[inline(always)]
    fn xor(self, other: Self) -> Self {
        Portable(std::array::from_fn(|lane| self.0[lane] ^ other.0[lane]))
    }
    #[inline(always)]
    fn rotate<const LEFT: i32, const RIGHT: i32>(self) -> Self {
        Portable(self.0.map(|word| word << LEFT | word >> RIGHT))
    }
    fn store(state: &[Self; 16], out: &mut [u8]) {
        for (lane, block) in out.chunks_exact_mut(BLOCK).enumerate() {
            for (word, bytes) in state.iter().zip(block.as_chunks_mut::<4>().0) {
                *bytes = word.0[lane].to_le_bytes();
            }
        }
    }
}

/// A key and the number of the next block; zeroized when dropped.
pub(crate) struct ChaCha20 {
    key: [u32; 8],
    counter: u64,
}

impl Drop for ChaCha20 {
    fn drop(&mut self) {
        self.key.zeroize();
    }
}

impl ChaCha20 {
    /// At block 0, with a nonce of zero.
    pub(crate) fn new(key: &[u8; 32]) -> ChaCha20 {
        let mut words = [0; 8];
        for (word, bytes) in words.iter_mut().zip(key.as_chunks::<4>().0) {
            *word = u32::from_le_bytes(*bytes);
        }
        ChaCha20 { key: words, counter: 0 }
    }

    /// Fills a multiple of [`BATCH`] bytes with the blocks that come next.
    #[inline(always)]
    pub(crate) fn fill<W: Words>(&mut self, out: &mut [u8]) {
        for chunk in out.chunks_exact_mut(BLOCK * W::LANES) {
            // The counter is a multiple of the lanes: its low half does not overflow within them.
            let counter = [W::counted(self.counter as u32), W::splat((self.counter >> 32) as u32)];
            W::store(&blocks(&self.key, counter), chunk);
            self.counter += W::LANES as u64;
        }
    }
}

#[inline(always)]
fn blocks<W: Words>(key: &[u32; 8], [low, high]: [W; 2]) -> [W; 16] {
    // "expand 32-byte k"
    let constants = [0x6170_7865, 0x3320_646e, 0x7962_2d32, 0x6b20_6574];
    let mut start = [W::splat(0); 16];
    for (word, value) in start.iter_mut().zip(constants.iter().chain(key)) {
        *word = W::splat(*value);
    }
    (start[12], start[13]) = (low, high);
    let mut state = start;
    for _ in 0..10 {
        quarter_round(&mut state, 0, 4, 8, 12);
        quarter_round(&mut state, 1, 5, 9, 13);
        quarter_round(&mut state, 2, 6, 10, 14);
        quarter_round(&mut state, 3, 7, 11, 15);
        quarter_round(&mut state, 0, 5, 10, 15);
        quarter_round(&mut state, 1, 6, 11, 12);
        quarter_round(&mut state, 2, 7, 8, 13);
        quarter_round(&mut state, 3, 4, 9, 14);
    }
    for (word, start) in state.iter_mut().zip(start) {
        *word = word.add(start);
    }
    state
}

#[inline(always)]
fn quarter_round<W: Words>(state: &mut [W; 16], a: usize, b: usize, c: usize, d: usize) {
    state[a] = state[a].add(state[b]);
    state[d] = state[d].xor(state[a]).rotate::<16, 16>();
    state[c] = state[c].add(state[d]);
    state[b] = state[b].xor(state[c]).rotate::<12, 20>();
    state[a] = state[a].add(state[b]);
    state[d] = state[d].xor(state[a]).rotate::<8, 24>();
    state[c] = state[c].add(state[d]);
    state[b] = state[b].xor(state[c]).rotate::<7, 25>();
}
