//! The idx format of the MNIST files: a magic number, the extents as big-endian 32-bit numbers, bytes
//! (LeCun, Cortes and Burges, "The MNIST database of handwritten digits").

use blindbench_core::network::images::{Images, Shape};

use super::error::{Error, Result};

/// Magic number of unsigned bytes in three dimensions.
const IMAGES_MAGIC: u32 = 0x0000_0803;
/// Magic number of unsigned bytes in one dimension.
const LABELS_MAGIC: u32 = 0x0000_0801;

/// What a file may hold, by its magic number.
struct Format {
    contents: &'static str,
    magic: u32,
}

/// The extents in a header of `D` dimensions, checked against the length of the file.
///
/// Nothing is allocated on the word of the header: the bytes are there already.
fn extents<const D: usize>(file: &str, bytes: &[u8], format: &Format) -> Result<[u32; D]> {
    let header = 4 * (1 + D);
    let truncated = |expected: u64| Error::Truncated { file: file.into(), found: bytes.len() as u64, expected };
    let mut words = bytes.as_chunks::<4>().0.iter().map(|word| u32::from_be_bytes(*word));
    let magic = words.next().ok_or_else(|| truncated(header as u64))?;
    if magic != format.magic {
        let (contents, expected) = (format.contents, format.magic);
        return Err(Error::Magic { file: file.into(), contents, found: magic, expected });
    }
    let mut extents = [0; D];
    for extent in &mut extents {
        *extent = words.next().ok_or_else(|| truncated(header as u64))?;
    }
    let body = extents.iter().fold(1_u64, |product, extent| product.saturating_mul(u64::from(*extent)));
    let expected = body.saturating_add(header as u64);
    match bytes.len() as u64 {
        found if found < expected => Err(truncated(expected)),
        found if found > expected => Err(Error::Trailing { file: file.into(), found, expected }),
        _ => Ok(extents),
    }
}

/// The images of an idx file; `file` is its name in errors.
///
/// # Errors
/// [`Error::Magic`], [`Error::Truncated`], [`Error::Trailing`].
pub fn images(file: &str, mut bytes: Vec<u8>) -> Result<(u64, Images)> {
    let format = Format { contents: "images", magic: IMAGES_MAGIC };
    let [count, height, width] = extents(file, &bytes, &format)?;
    bytes.drain(..16);
    Ok((u64::from(count), Images { shape: Shape::grey(height as usize, width as usize), pixels: bytes }))
}

/// The labels of an idx file, each a digit; `file` is its name in errors.
///
/// # Errors
/// [`Error::Magic`], [`Error::Truncated`], [`Error::Trailing`], [`Error::Label`].
pub fn labels(file: &str, mut bytes: Vec<u8>) -> Result<Vec<u8>> {
    let [_] = extents(file, &bytes, &Format { contents: "labels", magic: LABELS_MAGIC })?;
    bytes.drain(..8);
    match bytes.iter().position(|label| *label > 9) {
        Some(at) => Err(Error::Label { file: file.into(), at, label: bytes[at] }),
        None => Ok(bytes),
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may stop where it stands")]
mod tests {
    use proptest::prelude::*;

    use super::{Error, images, labels};

    /// Two images of 3x2 pixels.
    fn sound_images() -> Vec<u8> {
        [&[0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0, 2], &[7; 12][..]].concat()
    }

    fn sound_labels() -> Vec<u8> {
        vec![0, 0, 8, 1, 0, 0, 0, 3, 4, 0, 9]
    }

    #[test]
    fn sound_files_are_read() {
        let (count, images) = images("i", sound_images()).unwrap();
        assert_eq!((count, images.len(), images.shape.height, images.shape.width), (2, 2, 3, 2));
        assert_eq!(labels("l", sound_labels()).unwrap(), [4, 0, 9]);
    }

    #[test]
    fn images_and_labels_are_told_apart_by_their_magic() {
        let error = images("some-file", sound_labels()).unwrap_err();
        assert_eq!(error.to_string(), "some-file: wrong magic number 0x00000801, expected 0x00000803 (idx images)");
        assert!(matches!(labels("l", sound_images()), Err(Error::Magic { found: 0x803, expected: 0x801, .. })));
    }

    #[test]
    fn every_cut_is_truncated_and_every_addition_trailing() {
        let sound = sound_images();
        for length in 0..sound.len() {
            let error = images("i", sound[..length].to_vec()).unwrap_err();
            let header = if length < 16 { 16 } else { 28 };
            assert!(
                matches!(error, Error::Truncated { found, expected, .. } if found == length as u64 && expected == header)
            );
        }
        let longer = [sound, vec![0]].concat();
        assert!(matches!(images("i", longer), Err(Error::Trailing { found: 29, expected: 28, .. })));
    }

    #[test]
    fn a_hostile_header_asks_in_vain() {
        let hostile = [&[0, 0, 8, 3][..], &[0xff; 12], &[0; 100]].concat();
        assert!(matches!(images("i", hostile), Err(Error::Truncated { expected: u64::MAX, .. })));
        let nothing = [&[0, 0, 8, 3, 0xff, 0xff, 0xff, 0xff][..], &[0; 8]].concat();
        let (count, images) = images("i", nothing).unwrap();
        assert_eq!((count, images.len()), (u64::from(u32::MAX), 0));
    }

    #[test]
    fn a_label_that_is_no_digit_is_named() {
        let mut bytes = sound_labels();
        bytes[9] = 10;
        assert_eq!(labels("l", bytes).unwrap_err().to_string(), "l: label 1 is 10, expected 0 to 9");
    }

    proptest! {
        #[test]
        fn mutated_bytes_never_panic_and_are_never_misread(
            changes in prop::collection::vec((0_usize..28, any::<u8>()), 0..6), cut in 0_usize..40,
        ) {
            let mut bytes = sound_images();
            for (at, value) in changes {
                bytes[at] = value;
            }
            bytes.resize(cut.max(1), 5);
            let length = bytes.len();
            if let Ok((count, images)) = images("i", bytes.clone()) {
                prop_assert_eq!(images.pixels.len() + 16, length);
                prop_assert!(images.shape.is_empty() || images.len() as u64 == count);
            }
            if let Ok(labels) = labels("l", bytes) {
                prop_assert_eq!(labels.len() + 8, length);
                prop_assert!(labels.iter().all(|label| *label < 10));
            }
        }
    }
}
