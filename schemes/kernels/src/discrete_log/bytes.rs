//! Tables as bytes, to be kept.

use super::error::TableError;
use super::memory::empty_lines;
use super::table::{Line, Table};
use crate::dispatch::Kernel;

const MAGIC: [u8; 8] = *b"BLINDLOG";
const VERSION: u32 = 1;

/// A sum of words against damage, not against malice.
#[derive(Clone, Copy)]
struct Checksum(u64);

impl Checksum {
    fn new() -> Self {
        Checksum(0x243f_6a88_85a3_08d3)
    }

    fn word(self, word: u64) -> Self {
        Checksum((self.0 ^ word).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(29))
    }

    fn of(table: &Table) -> u64 {
        let header = [table.bound, table.seed, table.lines.len() as u64];
        let words = header.into_iter().chain(table.group.bytes().map(u64::from));
        let words = words.chain(table.lines.iter().flat_map(|line| line.0));
        words.fold(Self::new(), Self::word).0
    }
}

/// What is left to read.
struct Reader<'a> {
    bytes: &'a [u8],
    read: u64,
}

impl<'a> Reader<'a> {
    fn take(&mut self, count: usize) -> Result<&'a [u8], TableError> {
        let (given, expected) = (self.read + self.bytes.len() as u64, self.read + count as u64);
        let (taken, rest) = self.bytes.split_at_checked(count).ok_or(TableError::Length { expected, given })?;
        (self.bytes, self.read) = (rest, expected);
        Ok(taken)
    }

    fn word(&mut self) -> Result<u64, TableError> {
        let bytes = self.take(8)?;
        Ok(bytes.iter().rev().fold(0, |word, byte| word << 8 | u64::from(*byte)))
    }

    fn half(&mut self) -> Result<u32, TableError> {
        let bytes = self.take(4)?;
        Ok(bytes.iter().rev().fold(0, |word, byte| word << 8 | u32::from(*byte)))
    }
}

impl Table {
    /// The table with a header: its group, bound and version, and a checksum.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(64 + self.group.len() + 64 * self.lines.len());
        out.extend(MAGIC);
        out.extend(VERSION.to_le_bytes());
        out.extend((self.group.len() as u32).to_le_bytes());
        out.extend(self.group.as_bytes());
        for word in [self.bound, self.seed, self.lines.len() as u64, Checksum::of(self)] {
            out.extend(word.to_le_bytes());
        }
        self.lines.iter().flat_map(|line| line.0).for_each(|entry| out.extend(entry.to_le_bytes()));
        out
    }

    /// The table of a group and bound from its bytes.
    ///
    /// # Errors
    ///
    /// The bytes are of no table, or of another version, group or bound, or too few, too many or damaged.
    pub fn from_bytes(kernel: Kernel, group: &str, bound: u64, bytes: &[u8]) -> Result<Self, TableError> {
        let mut reader = Reader { bytes, read: 0 };
        if reader.take(8)? != MAGIC {
            return Err(TableError::NotATable);
        }
        let version = reader.half()?;
        if version != VERSION {
            return Err(TableError::Version { expected: VERSION, given: version });
        }
        let length = reader.half()? as usize;
        let name = reader.take(length)?;
        if name != group.as_bytes() {
            let given = String::from_utf8_lossy(name).into_owned();
            return Err(TableError::Group { expected: group.to_owned(), given });
        }
        let [given, seed, lines, checksum] = [reader.word()?, reader.word()?, reader.word()?, reader.word()?];
        if given != bound {
            return Err(TableError::OtherBound { expected: bound, given });
        }
        if bound > Self::MAX_BOUND || lines != Self::lines_for(bound) {
            return Err(TableError::NotATable);
        }
        let (header, total) = (reader.read, bytes.len() as u64);
        if total != header + 64 * lines {
            return Err(TableError::Length { expected: header + 64 * lines, given: total });
        }
        let (words, _) = reader.bytes.as_chunks::<8>();
        let (given, _) = words.as_chunks::<8>();
        let mut lines = empty_lines(given.len());
        lines.iter_mut().zip(given).for_each(|(line, given)| *line = Line(given.map(u64::from_le_bytes)));
        let table = Table { kernel, group: group.to_owned(), bound, seed, lines };
        if Checksum::of(&table) == checksum { Ok(table) } else { Err(TableError::Checksum) }
    }
}
