//! A cursor over a message's bytes that can run out, but never past the end.

use crate::error::{Error, Result};

/// What is left of a message.
#[derive(Debug)]
pub struct Reader<'a> {
    message: &'static str,
    left: &'a [u8],
}

macro_rules! number {
    ($($name:ident: $type:ty),*) => {$(
        #[doc = concat!("Reads a little-endian `", stringify!($type), "`.")]
        ///
        /// # Errors
        /// [`Error::Wire`] where the input is shorter.
        pub fn $name(&mut self) -> Result<$type> {
            let mut bytes = [0; size_of::<$type>()];
            bytes.copy_from_slice(self.bytes(size_of::<$type>())?);
            Ok(<$type>::from_le_bytes(bytes))
        }
    )*};
}

impl<'a> Reader<'a> {
    /// A cursor at the start of `bytes`; `message` names them in errors.
    pub fn new(message: &'static str, bytes: &'a [u8]) -> Self {
        Reader { message, left: bytes }
    }

    /// Number of bytes left.
    pub fn left(&self) -> usize {
        self.left.len()
    }

    /// The next `count` bytes.
    ///
    /// # Errors
    /// [`Error::Wire`] where fewer are left.
    pub fn bytes(&mut self, count: usize) -> Result<&'a [u8]> {
        let (head, tail) = self.left.split_at_checked(count).ok_or_else(|| {
            Error::wire(self.message, format!("truncated: {count} bytes expected, {} left", self.left.len()))
        })?;
        self.left = tail;
        Ok(head)
    }

    number!(u8: u8, u32: u32, u64: u64, i64: i64, i128: i128, f64: f64);

    /// A count of items of at least `size` bytes each, never more than the rest of the input can hold.
    ///
    /// # Errors
    /// [`Error::Wire`] where the rest is too short for that many.
    pub fn count(&mut self, size: usize) -> Result<usize> {
        let count = self.u64()?;
        match usize::try_from(count).ok().and_then(|n| Some((n, n.checked_mul(size)?))) {
            Some((n, bytes)) if bytes <= self.left.len() => Ok(n),
            _ => Err(Error::wire(
                self.message,
                format!("states {count} items of {size} bytes, but {} bytes are left", self.left.len()),
            )),
        }
    }

    /// A length and as many bytes.
    ///
    /// # Errors
    /// [`Error::Wire`] where the input is shorter.
    pub fn counted_bytes(&mut self) -> Result<&'a [u8]> {
        let count = self.count(1)?;
        self.bytes(count)
    }

    /// A length and as many bytes of UTF-8.
    ///
    /// # Errors
    /// [`Error::Wire`] where the input is shorter or is not UTF-8.
    pub fn text(&mut self) -> Result<String> {
        let bytes = self.counted_bytes()?.to_vec();
        String::from_utf8(bytes).map_err(|_| Error::wire(self.message, "text is not UTF-8"))
    }
}
