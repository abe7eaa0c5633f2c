//! Messages as bytes: a header of magic, version and length, then the fields, little-endian.
//!
//! Encoding needs no context, decoding may (a ring, lengths): hence two traits. Malformed bytes give
//! an error and never allocate more than the input holds.

pub mod parts;
pub mod reader;

pub use reader::Reader;

use crate::error::{Error, Result};

/// Version of every message's layout.
pub const VERSION: u32 = 1;

/// Bytes of the header: magic, version, length of what follows.
pub const HEADER: usize = 16;

/// A value that can be written as a message.
pub trait Encode: Sized {
    /// Magic of the message.
    const TAG: [u8; 4];
    /// Name for error messages.
    const NAME: &'static str;

    /// Appends the fields, without a header.
    fn put(&self, out: &mut Vec<u8>);

    /// The message: header and fields.
    fn to_bytes(&self) -> Vec<u8> {
        let mut out = vec![0; HEADER];
        self.put(&mut out);
        let length = (out.len() - HEADER) as u64;
        out[..4].copy_from_slice(&Self::TAG);
        out[4..8].copy_from_slice(&VERSION.to_le_bytes());
        out[8..HEADER].copy_from_slice(&length.to_le_bytes());
        out
    }
}

/// A message that can be read back in a context `C`.
pub trait Wire<C: ?Sized>: Encode {
    /// Reads the fields; the header has been checked.
    ///
    /// # Errors
    /// [`Error::Wire`] for anything that [`Encode::put`] would not have written in this context.
    fn take(context: &C, input: &mut Reader<'_>) -> Result<Self>;

    /// Reads a whole message: checks magic, version and length, and that nothing is left over.
    ///
    /// # Errors
    /// [`Error::Wire`] naming the message and what is wrong with it.
    fn from_bytes(context: &C, bytes: &[u8]) -> Result<Self> {
        let mut input = Reader::new(Self::NAME, bytes);
        let tag = input.bytes(4)?;
        if tag != Self::TAG {
            return Err(Error::wire(Self::NAME, format!("magic {tag:02x?}, expected {:02x?}", Self::TAG)));
        }
        let version = input.u32()?;
        if version != VERSION {
            return Err(Error::wire(Self::NAME, format!("version {version}, this program speaks {VERSION}")));
        }
        let length = input.u64()?;
        if length != input.left() as u64 {
            return Err(Error::wire(Self::NAME, format!("states {length} bytes, but {} follow", input.left())));
        }
        let value = Self::take(context, &mut input)?;
        match input.left() {
            0 => Ok(value),
            left => Err(Error::wire(Self::NAME, format!("{left} bytes too many"))),
        }
    }
}

/// A message without fields, where a scheme has nothing to say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Nothing;

impl Encode for Nothing {
    const TAG: [u8; 4] = *b"NONE";
    const NAME: &'static str = "empty message";
    fn put(&self, _: &mut Vec<u8>) {}
}

impl<C: ?Sized> Wire<C> for Nothing {
    fn take(_: &C, _: &mut Reader<'_>) -> Result<Self> {
        Ok(Nothing)
    }
}

/// Writes a serialisable value as a message whose only field is JSON text: for plans and other small
/// messages that a program in another language should be able to read.
pub fn put_json<T: serde::Serialize>(value: &T, out: &mut Vec<u8>) {
    // Plans are plain data with string keys, which serde_json cannot fail to write; an empty text
    // would be refused by every reader.
    let text = serde_json::to_vec(value).unwrap_or_default();
    out.extend((text.len() as u64).to_le_bytes());
    out.extend(text);
}

/// Reads what [`put_json`] wrote.
///
/// # Errors
/// [`Error::Wire`] where the text is not JSON of this type.
pub fn take_json<T: serde::de::DeserializeOwned>(message: &'static str, input: &mut Reader<'_>) -> Result<T> {
    serde_json::from_slice(input.counted_bytes()?).map_err(|e| Error::wire(message, e.to_string()))
}
