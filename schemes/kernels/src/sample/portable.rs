//! Samples as they are defined, in portable code: what the other kernels are tested against.

/// What a pass over bytes came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Progress {
    /// Bytes used up: whole groups.
    pub used: usize,
    /// Samples written.
    pub written: usize,
}

impl Progress {
    /// Both passes, one after the other.
    pub(crate) fn then(self, next: Progress) -> Progress {
        Progress { used: self.used + next.used, written: self.written + next.written }
    }
}

/// Bytes that [`centered_binomial`] makes one group of samples from.
pub(crate) const BINOMIAL_GROUP: usize = 128;

/// Samples in such a group.
pub(crate) const BINOMIAL_SAMPLES: usize = 24;

/// Bytes in a group of [`ternary`].
pub(crate) const TERNARY_GROUP: usize = 64;

/// The lowest 21 bits.
const HALF: u64 = (1 << 21) - 1;

/// Fills `out` with the fields below `bound` from `bytes`, as far as whole groups reach; a group is eight
/// fields of `width` bits, `width` bytes.
pub(crate) fn uniform(bytes: &[u8], width: usize, bound: u64, out: &mut [u64]) -> Progress {
    let (mut used, mut written) = (0, 0);
    for group in bytes.chunks_exact(width) {
        if written == out.len() {
            break;
        }
        used += width;
        for candidate in fields(group, width) {
            if candidate < bound && written < out.len() {
                out[written] = candidate;
                written += 1;
            }
        }
    }
    Progress { used, written }
}

/// Eight fields of `width` bits, the lowest bit of the first byte first.
fn fields(group: &[u8], width: usize) -> [u64; 8] {
    std::array::from_fn(|field| {
        let first = field * width / 8;
        let mut word = [0; 8];
        let reach = group.len().min(first + 8) - first;
        word[..reach].copy_from_slice(&group[first..first + reach]);
        // Seven bits at most stand before the field: it fits, since width is at most 50.
        (u64::from_le_bytes(word) >> (field * width % 8)) & ((1 << width) - 1)
    })
}

/// Fills `out` from `bytes` as far as whole groups reach: sixteen words `a_0..a_7, b_0..b_7` give eight
/// samples from the low 42 bits of the a, eight from those of the b and eight from the 21 highest of both.
pub(crate) fn centered_binomial(bytes: &[u8], out: &mut [i64]) -> Progress {
    let (mut used, mut written) = (0, 0);
    for (group, out) in bytes.chunks_exact(BINOMIAL_GROUP).zip(out.chunks_mut(BINOMIAL_SAMPLES)) {
        let word = |i: usize| {
            let mut word = [0; 8];
            word.copy_from_slice(&group[8 * i..8 * i + 8]);
            u64::from_le_bytes(word)
        };
        for (i, out) in out.iter_mut().enumerate() {
            let (a, b) = (word(i % 8), word(8 + i % 8));
            *out = match i / 8 {
                0 => difference(a & HALF, a >> 21 & HALF),
                1 => difference(b & HALF, b >> 21 & HALF),
                _ => difference(a >> 43, b >> 43),
            };
        }
        used += group.len();
        written += out.len();
    }
    Progress { used, written }
}

fn difference(a: u64, b: u64) -> i64 {
    i64::from(a.count_ones()) - i64::from(b.count_ones())
}

/// Fills `out` from `bytes` as far as whole groups reach: each byte but 255 gives its remainder by 3, less 1.
pub(crate) fn ternary(bytes: &[u8], out: &mut [i64]) -> Progress {
    let (mut used, mut written) = (0, 0);
    for group in bytes.chunks_exact(TERNARY_GROUP) {
        if written == out.len() {
            break;
        }
        used += group.len();
        for byte in group.iter().filter(|byte| **byte != u8::MAX) {
            if let Some(out) = out.get_mut(written) {
                *out = i64::from(byte % 3) - 1;
                written += 1;
            }
        }
    }
    Progress { used, written }
}
