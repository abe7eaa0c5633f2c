//! The table.

use super::error::TableError;
use super::memory::empty_lines;
use crate::dispatch::Kernel;

/// A cache line of entries: fingerprint, sign and magnitude from the top. Zero is none.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[repr(C, align(64))]
pub(super) struct Line(pub(super) [u64; 8]);

/// Which of an element and its inverse.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sign {
    /// One of them.
    Plus,
    /// The other.
    Minus,
}

impl Sign {
    fn bit(self) -> u64 {
        match self {
            Sign::Plus => 0,
            Sign::Minus => 1,
        }
    }
}

/// An element with a known logarithm.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Member {
    /// The logarithm's magnitude.
    pub magnitude: u64,
    /// The element's key, which should look random.
    pub key: u64,
    /// The element's sign if its logarithm is positive; the other if it is negative.
    pub sign: Sign,
}

/// Logarithms by keys.
///
/// Members are always found, and found right. Something else is taken for a member with a probability of 2^-32 at
/// most, by a key that agrees with one in all bits that are kept: whoever needs to be sure raises the base to what was
/// found.
#[derive(Debug, Clone)]
pub struct Table {
    pub(super) kernel: Kernel,
    pub(super) group: String,
    pub(super) bound: u64,
    pub(super) seed: u64,
    pub(super) lines: Vec<Line>,
}

/// Seeds tried before members count as the same.
const SEEDS: u64 = 8;

/// Members inserted or looked up whose lines come from memory at the same time.
const TOGETHER: usize = 64;

/// A key as the table uses it: the line by low bits, the fingerprint by high bits.
#[inline(always)]
pub(super) fn mixed(key: u64, seed: u64) -> u64 {
    // Odd factors and xor-shifts lose nothing: different keys stay different.
    let x = (key ^ seed.wrapping_mul(0xd1b5_4a32_d192_ed03)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    x ^ x >> 32
}

impl Table {
    /// The largest bound: larger ones leave fingerprints too short.
    pub const MAX_BOUND: u64 = (1 << 28) - 1;

    /// The lines for members up to the bound: 6.25 members a line at most, a power of two.
    pub(super) fn lines_for(bound: u64) -> u64 {
        bound.saturating_add(1).saturating_mul(4).div_ceil(25).next_power_of_two()
    }

    /// Bytes of a table of that bound.
    pub fn bytes_for(bound: u64) -> u64 {
        64 * Self::lines_for(bound)
    }

    /// The largest bound up to `bound` whose table takes no more than `bytes`.
    pub fn bound_within(bound: u64, bytes: u64) -> Option<u64> {
        let bound = bound.min(Self::MAX_BOUND);
        if Self::bytes_for(bound) <= bytes {
            return Some(bound);
        }
        // The largest power of two of lines within, filled.
        let lines = (bytes / 64).checked_ilog2().map(|log| 1u64 << log)?;
        (6 * lines).checked_sub(1).filter(|bound| *bound > 0)
    }

    /// Builds a table of the members that `members` gives, in batches of any size. It is called again for another
    /// seed where members collide.
    ///
    /// # Errors
    ///
    /// The bound is above [`Table::MAX_BOUND`], a member is beyond it, there are too many, or two have the same key.
    pub fn build(
        kernel: Kernel,
        group: &str,
        bound: u64,
        mut members: impl FnMut(&mut dyn FnMut(&[Member])),
    ) -> Result<Self, TableError> {
        if bound > Self::MAX_BOUND {
            return Err(TableError::Bound { given: bound, most: Self::MAX_BOUND });
        }
        let lines = empty_lines(Self::lines_for(bound) as usize);
        let mut table = Table { kernel, group: group.to_owned(), bound, seed: 0, lines };
        let mut result = Ok(());
        for seed in 0..SEEDS {
            table.seed = seed;
            if seed > 0 {
                table.lines.fill(Line::default());
            }
            result = Ok(());
            members(&mut |batch| {
                if result.is_ok() {
                    result = table.insert_all(batch);
                }
            });
            if !matches!(result, Err(TableError::Collision { .. })) {
                break;
            }
        }
        result.map(|()| table)
    }

    fn insert_all(&mut self, members: &[Member]) -> Result<(), TableError> {
        for batch in members.chunks(TOGETHER) {
            batch.iter().for_each(|member| self.prefetch(member.key));
            for member in batch {
                self.insert(member)?;
            }
        }
        Ok(())
    }

    fn insert(&mut self, member: &Member) -> Result<(), TableError> {
        if member.magnitude > self.bound {
            return Err(TableError::Magnitude { given: member.magnitude, bound: self.bound });
        }
        let mixed = mixed(member.key, self.seed);
        let shift = self.fingerprint_shift();
        let entry = mixed >> shift << shift | member.sign.bit() << (shift - 1) | member.magnitude;
        let collision = |other| TableError::Collision { members: [other, member.magnitude] };
        if entry == 0 {
            return Err(collision(member.magnitude));
        }
        let mask = self.lines.len() - 1;
        let mut line = mixed as usize & mask;
        for _ in 0..=mask {
            for place in &mut self.lines[line].0 {
                if *place == 0 {
                    *place = entry;
                    return Ok(());
                }
                if *place >> shift == entry >> shift {
                    return Err(collision(*place & ((1 << (shift - 1)) - 1)));
                }
            }
            line = (line + 1) & mask;
        }
        Err(TableError::Full)
    }

    /// Bits below a fingerprint: the magnitude's and the sign.
    #[inline(always)]
    pub(super) fn fingerprint_shift(&self) -> u32 {
        (u64::BITS - self.bound.leading_zeros()).max(1) + 1
    }

    /// The group's name.
    pub fn group(&self) -> &str {
        &self.group
    }

    /// The bound on magnitudes.
    pub fn bound(&self) -> u64 {
        self.bound
    }

    /// Bytes held in memory.
    pub fn resident_bytes(&self) -> u64 {
        64 * self.lines.len() as u64
    }

    /// Asks for the line of a key to come from memory.
    #[inline(always)]
    pub fn prefetch(&self, key: u64) {
        prefetch(&self.lines[mixed(key, self.seed) as usize & (self.lines.len() - 1)]);
    }

    /// The logarithm of the element with that key and sign, if it is a member.
    pub fn find(&self, key: u64, sign: Sign) -> Option<i64> {
        find(self, key, sign, first_match)
    }

    /// [`Table::find`] for many, whose lines come from memory at the same time.
    ///
    /// # Panics
    ///
    /// If `found` is not as long as the queries.
    pub fn find_all(&self, queries: &[(u64, Sign)], found: &mut [Option<i64>]) {
        assert_eq!(queries.len(), found.len(), "one place for each query");
        #[cfg(target_arch = "x86_64")]
        if super::vectors::find_all(self, queries, found) {
            return;
        }
        find_each(self, queries, found, first_match);
    }
}

/// The first entry with that fingerprint that is not empty.
fn first_match(Line(entries): &Line, fingerprint: u64, shift: u32) -> u8 {
    let place = entries.iter().position(|entry| entry >> shift == fingerprint && *entry != 0);
    place.map_or(0, |place| 1 << place)
}

/// [`find`] for many, while the lines of those to come are on their way from memory.
#[inline(always)]
pub(super) fn find_each(
    table: &Table,
    queries: &[(u64, Sign)],
    found: &mut [Option<i64>],
    matches: impl Fn(&Line, u64, u32) -> u8,
) {
    queries.iter().take(TOGETHER).for_each(|(key, _)| table.prefetch(*key));
    for (k, ((key, sign), found)) in queries.iter().zip(found).enumerate() {
        if let Some((next, _)) = queries.get(k + TOGETHER) {
            table.prefetch(*next);
        }
        *found = find(table, *key, *sign, &matches);
    }
}

/// The search for a key, given which entries of a line have a fingerprint: bit `j` for entry `j`.
#[inline(always)]
pub(super) fn find(table: &Table, key: u64, sign: Sign, matches: impl Fn(&Line, u64, u32) -> u8) -> Option<i64> {
    let (mixed, shift, mask) = (mixed(key, table.seed), table.fingerprint_shift(), table.lines.len() - 1);
    let mut place = mixed as usize & mask;
    for _ in 0..=mask {
        let line = &table.lines[place];
        let found = matches(line, mixed >> shift, shift);
        if found != 0 {
            let entry = line.0[found.trailing_zeros() as usize & 7];
            let magnitude = (entry & ((1 << (shift - 1)) - 1)) as i64;
            let same = entry >> (shift - 1) & 1 == sign.bit();
            return Some(if same { magnitude } else { -magnitude });
        }
        // Lines fill from the front, and no member goes on past a free place.
        if line.0[7] == 0 {
            return None;
        }
        place = (place + 1) & mask;
    }
    None
}

#[inline(always)]
#[cfg_attr(target_arch = "x86_64", expect(unsafe_code, reason = "a hint that every x86-64 processor takes"))]
fn prefetch(line: &Line) {
    #[cfg(target_arch = "x86_64")]
    {
        use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
        // SAFETY: SSE is part of x86-64.
        unsafe { _mm_prefetch::<_MM_HINT_T0>(line.0.as_ptr().cast()) }
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = line;
}
