//! Raw images: bytes as the data set holds them, before any network has scaled or cropped them.

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::wire::{Encode, Reader, Wire};

/// Extent of an image or of a layer's output: `channels x height x width`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Shape {
    /// Planes; 1 for a grey image.
    pub channels: usize,
    /// Rows.
    pub height: usize,
    /// Columns.
    pub width: usize,
}

impl Shape {
    /// A grey image of the given size.
    pub const fn grey(height: usize, width: usize) -> Self {
        Shape { channels: 1, height, width }
    }

    /// A flat vector of `length` values.
    pub const fn flat(length: usize) -> Self {
        Shape { channels: length, height: 1, width: 1 }
    }

    /// Number of values, saturating where hostile sizes overflow.
    pub fn len(&self) -> usize {
        self.channels.saturating_mul(self.height).saturating_mul(self.width)
    }

    /// Whether the shape holds no value at all.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl std::fmt::Display for Shape {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}x{}x{}", self.channels, self.height, self.width)
    }
}

/// A chunk of images of one shape: pixels `0..=255`, row-major, one image after another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Images {
    /// Extent of each image.
    pub shape: Shape,
    /// `len() * shape.len()` pixels.
    pub pixels: Vec<u8>,
}

impl Images {
    /// Number of images.
    pub fn len(&self) -> usize {
        self.pixels.len().checked_div(self.shape.len()).unwrap_or(0)
    }

    /// Whether there is no image.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The pixels of each image in turn.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &[u8]> {
        self.pixels.chunks_exact(self.shape.len().max(1))
    }

    /// A copy of the images `range`, clipped to those that exist.
    pub fn slice(&self, range: std::ops::Range<usize>) -> Images {
        let size = self.shape.len();
        let end = range.end.min(self.len());
        let start = range.start.min(end);
        Images { shape: self.shape, pixels: self.pixels[start * size..end * size].to_vec() }
    }
}

impl Encode for Images {
    const TAG: [u8; 4] = *b"IMGS";
    const NAME: &'static str = "images";

    fn put(&self, out: &mut Vec<u8>) {
        for extent in [self.shape.channels, self.shape.height, self.shape.width] {
            out.extend((extent as u32).to_le_bytes());
        }
        out.extend((self.pixels.len() as u64).to_le_bytes());
        out.extend(&self.pixels);
    }
}

impl<C: ?Sized> Wire<C> for Images {
    fn take(_: &C, input: &mut Reader<'_>) -> Result<Self> {
        let [channels, height, width] = [input.u32()?, input.u32()?, input.u32()?].map(|e| e as usize);
        let shape = Shape { channels, height, width };
        let pixels = input.counted_bytes()?.to_vec();
        if shape.is_empty() || pixels.len() % shape.len() != 0 {
            return Err(Error::wire(
                "images",
                format!("{} bytes are not a whole number of {shape} images", pixels.len()),
            ));
        }
        Ok(Images { shape, pixels })
    }
}
