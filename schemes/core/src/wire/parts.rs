//! Streams of messages: a query may be a sequence of parts, each encoded and decoded by itself, so
//! that neither side ever holds a whole chunk decoded.

use std::marker::PhantomData;

use super::{Encode, HEADER, Reader, Wire};
use crate::error::{Error, Result};

const NAME: &str = "parts";

/// What `encrypt` writes: count and total length, then the parts.
#[derive(Debug)]
pub struct Parts<P> {
    bytes: Vec<u8>,
    count: u64,
    kind: PhantomData<P>,
}

impl<P: Encode> Default for Parts<P> {
    fn default() -> Self {
        Parts { bytes: vec![0; HEADER], count: 0, kind: PhantomData }
    }
}

impl<P: Encode> Parts<P> {
    /// Appends one part.
    pub fn push(&mut self, part: &P) {
        self.bytes.extend(part.to_bytes());
        self.count += 1;
    }

    /// The stream's bytes.
    pub fn into_bytes(mut self) -> Vec<u8> {
        let length = (self.bytes.len() - HEADER) as u64;
        self.bytes[..8].copy_from_slice(&self.count.to_le_bytes());
        self.bytes[8..HEADER].copy_from_slice(&length.to_le_bytes());
        self.bytes
    }
}

/// What `evaluate` reads: the parts in turn, each decoded when it is asked for.
#[derive(Debug)]
pub struct PartReader<'a, C: ?Sized, P> {
    context: &'a C,
    left: &'a [u8],
    count: usize,
    kind: PhantomData<P>,
}

impl<'a, C: ?Sized, P: Wire<C>> PartReader<'a, C, P> {
    /// Checks count, total length and the length of every part, so that a stream cut at the end of
    /// a part is refused.
    ///
    /// # Errors
    /// [`Error::Wire`] where the lengths do not add up.
    pub fn new(context: &'a C, bytes: &'a [u8]) -> Result<Self> {
        let mut input = Reader::new(NAME, bytes);
        let (count, length) = (input.u64()?, input.u64()?);
        if length != input.left() as u64 {
            return Err(Error::wire(NAME, format!("states {length} bytes, but {} follow", input.left())));
        }
        let all = input.bytes(input.left())?;
        let (mut rest, mut found) = (all, 0u64);
        while !rest.is_empty() {
            rest = split(rest)?.1;
            found += 1;
        }
        if found != count {
            return Err(Error::wire(NAME, format!("states {count} parts, but {found} follow")));
        }
        Ok(PartReader { context, left: all, count: found as usize, kind: PhantomData })
    }

    /// Number of parts that are left to read.
    pub fn len(&self) -> usize {
        self.count
    }

    /// Whether no part is left.
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// The only part of the stream.
    ///
    /// # Errors
    /// [`Error::Wire`] where there is none or more than one.
    pub fn only(mut self) -> Result<P> {
        match (self.count, self.next()) {
            (1, Some(part)) => part,
            (count, _) => Err(Error::wire(NAME, format!("{count} parts, expected one"))),
        }
    }
}

impl<'a, C: ?Sized, P: Wire<C>> PartReader<'a, C, P> {
    /// Takes up to `count` parts off without decoding them, so that threads can share that work.
    ///
    /// # Errors
    /// [`Error::Wire`] where the lengths do not add up.
    pub fn take_parts(&mut self, count: usize) -> Result<Vec<Part<'a, C, P>>> {
        let count = count.min(self.count);
        self.count -= count;
        let mut part = || {
            let (bytes, rest) = split(self.left)?;
            self.left = rest;
            Ok(Part { context: self.context, bytes, kind: PhantomData })
        };
        (0..count).map(|_| part()).collect()
    }
}

/// One part, not decoded yet.
#[derive(Debug)]
pub struct Part<'a, C: ?Sized, P> {
    context: &'a C,
    bytes: &'a [u8],
    kind: PhantomData<fn() -> P>,
}

impl<C: ?Sized, P: Wire<C>> Part<'_, C, P> {
    /// Decodes the part.
    ///
    /// # Errors
    /// [`Error::Wire`] for what is none.
    pub fn decode(&self) -> Result<P> {
        P::from_bytes(self.context, self.bytes)
    }
}

impl<C: ?Sized, P: Wire<C>> Iterator for PartReader<'_, C, P> {
    type Item = Result<P>;

    fn next(&mut self) -> Option<Result<P>> {
        if self.left.is_empty() {
            return None;
        }
        self.count -= 1;
        Some(split(self.left).and_then(|(part, rest)| {
            self.left = rest;
            P::from_bytes(self.context, part)
        }))
    }
}

/// Splits the first part off: its header states its length.
fn split(bytes: &[u8]) -> Result<(&[u8], &[u8])> {
    let mut header = Reader::new(NAME, bytes);
    header.bytes(8)?;
    let length = usize::try_from(header.u64()?).ok().and_then(|n| n.checked_add(HEADER));
    length
        .and_then(|n| bytes.split_at_checked(n))
        .ok_or_else(|| Error::wire(NAME, format!("truncated part: {} bytes left", bytes.len())))
}
