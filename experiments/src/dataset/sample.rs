//! Made-up data sets for the tests: small, and with hashes of their own.

use std::borrow::Cow;
use std::fs;
use std::io::Write;
use std::path::Path;

use flate2::Compression;
use flate2::write::GzEncoder;

use super::files::{Contents, Edition, Expected, Pair, sha256};

/// A data set and the bytes of its files, in the order of [`Edition::files`].
pub struct Sample {
    pub edition: Edition,
    pub bytes: [Vec<u8>; 4],
}

/// 12 training images of 28x28, the last 4 for validation, and 5 test images. Pixels are noise, so that
/// compression leaves files long enough to be cut.
pub fn sample() -> Sample {
    let bytes = [images(12), labels(12), images(5), labels(5)];
    let [training_images, training_labels, test_images, test_labels] = [
        expected("train-images-idx3-ubyte", Contents::Images, &bytes[0]),
        expected("train-labels-idx1-ubyte", Contents::Labels, &bytes[1]),
        expected("t10k-images-idx3-ubyte", Contents::Images, &bytes[2]),
        expected("t10k-labels-idx1-ubyte", Contents::Labels, &bytes[3]),
    ];
    let edition = Edition {
        training: Pair { images: training_images, labels: training_labels },
        validation: 4,
        test: Pair { images: test_images, labels: test_labels },
    };
    Sample { edition, bytes }
}

fn expected(name: &'static str, contents: Contents, bytes: &[u8]) -> Expected {
    Expected { name: name.into(), contents, bytes: bytes.len() as u64, sha256: Cow::Owned(sha256([bytes])) }
}

pub fn images(count: u32) -> Vec<u8> {
    let mut noise = vec![0; count as usize * 784];
    blake3::Hasher::new().finalize_xof().fill(&mut noise);
    let header = [0x803, count, 28, 28].map(u32::to_be_bytes).concat();
    header.into_iter().chain(noise).collect()
}

pub fn labels(count: u32) -> Vec<u8> {
    let header = [0x801, count].map(u32::to_be_bytes).concat();
    header.into_iter().chain((0..count).map(|at| (at % 10) as u8)).collect()
}

pub fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

impl Sample {
    /// All four files, uncompressed.
    pub fn write(&self, folder: &Path) {
        for (file, bytes) in self.edition.files().iter().zip(&self.bytes) {
            fs::write(folder.join(file.name.as_ref()), bytes).unwrap();
        }
    }

    /// All four files as a mirror has them: name and compressed bytes.
    pub fn published(&self) -> Vec<(String, Vec<u8>)> {
        self.edition.files().iter().zip(&self.bytes).map(|(file, bytes)| (file.gzip_name(), gzip(bytes))).collect()
    }
}
