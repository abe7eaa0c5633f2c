use std::fs;

use tempfile::TempDir;

use super::super::error::Error;
use super::super::files::{Contents, sha256};
use super::super::sample::{Sample, gzip, labels, sample};
use super::{State, inspect, read};
use crate::experiment::Split;

/// A folder with all four sound files.
fn sound() -> (Sample, TempDir) {
    let (sample, folder) = (sample(), TempDir::new().unwrap());
    sample.write(folder.path());
    (sample, folder)
}

/// What reading the test split says once the file of images has been replaced.
fn with_images(bytes: &[u8]) -> Error {
    let (sample, folder) = sound();
    fs::write(folder.path().join("t10k-images-idx3-ubyte"), bytes).unwrap();
    read(&sample.edition, folder.path(), Split::Test).unwrap_err()
}

/// The same where only the compressed file is there.
fn with_gzip(bytes: &[u8]) -> Error {
    let (sample, folder) = sound();
    fs::remove_file(folder.path().join("t10k-images-idx3-ubyte")).unwrap();
    fs::write(folder.path().join("t10k-images-idx3-ubyte.gz"), bytes).unwrap();
    read(&sample.edition, folder.path(), Split::Test).unwrap_err()
}

#[test]
fn splits_follow_each_other() {
    let (sample, folder) = sound();
    let [(train, train_labels), (validation, validation_labels), (test, _)] =
        [Split::Train, Split::Validation, Split::Test]
            .map(|split| read(&sample.edition, folder.path(), split).unwrap());
    assert_eq!([train.len(), validation.len(), test.len()], [8, 4, 5]);
    assert_eq!([train.pixels, validation.pixels].concat(), sample.bytes[0][16..]);
    assert_eq!([train_labels, validation_labels].concat(), sample.bytes[1][8..]);
    assert_eq!(test.pixels, sample.bytes[2][16..]);
}

#[test]
fn compressed_files_are_the_same_files() {
    let (sample, plain) = sound();
    let packed = TempDir::new().unwrap();
    for (name, bytes) in sample.published() {
        fs::write(packed.path().join(name), bytes).unwrap();
    }
    let both = [&plain, &packed].map(|folder| read(&sample.edition, folder.path(), Split::Train).unwrap());
    assert_eq!(both[0], both[1]);
}

#[test]
fn each_defect_has_its_own_error() {
    let sample = sample();
    let images = &sample.bytes[2];
    let mut changed = images.clone();
    changed[500] ^= 1;
    assert!(matches!(with_images(&changed), Error::Hash { .. }));
    assert!(matches!(with_images(&images[..images.len() - 1]), Error::Truncated { .. }));
    assert!(matches!(with_images(&[images.as_slice(), &[0]].concat()), Error::Trailing { .. }));
    assert!(matches!(with_images(&sample.bytes[3]), Error::Magic { .. }));
    assert!(matches!(with_images(&[]), Error::Truncated { found: 0, .. }));
    let fewer = super::super::sample::images(4);
    assert!(matches!(with_images(&fewer), Error::Counts { images: 4, labels: 5, .. }));
}

#[test]
fn each_defect_of_compression_has_its_own_error() {
    let images = &sample().bytes[2];
    let packed = gzip(images);
    assert!(matches!(with_gzip(images), Error::Gzip { .. }));
    assert!(matches!(with_gzip(&packed[..packed.len() / 2]), Error::Gzip { .. }));
    assert!(matches!(with_gzip(&[packed.as_slice(), b"tail"].concat()), Error::Gzip { .. }));
    assert!(matches!(with_gzip(&gzip(&images[..100])), Error::Truncated { found: 100, .. }));
}

#[test]
fn a_gzip_bomb_is_unpacked_no_further_than_a_byte_too_many() {
    let length = sample().bytes[2].len();
    let mut bomb = sample().bytes[2].clone();
    bomb.resize(50 << 20, 0);
    let announced = length as u64;
    assert!(
        matches!(with_gzip(&gzip(&bomb)), Error::Trailing { found, expected, .. } if found == announced + 1 && expected == announced)
    );
    // A header that asks for more changes nothing.
    bomb[4..8].copy_from_slice(&u32::MAX.to_be_bytes());
    assert!(matches!(with_gzip(&gzip(&bomb)), Error::Trailing { expected, .. } if expected == announced));
}

#[test]
fn labels_that_are_no_digits_are_found_before_the_hash() {
    let (sample, folder) = sound();
    let mut bytes = labels(5);
    bytes[10] = 77;
    fs::write(folder.path().join("t10k-labels-idx1-ubyte"), bytes).unwrap();
    let error = read(&sample.edition, folder.path(), Split::Test).unwrap_err();
    assert!(matches!(error, Error::Label { at: 2, label: 77, .. }));
}

#[test]
fn messages_name_the_file_and_both_sides() {
    let message = with_images(&sample().bytes[2][..1000]).to_string();
    assert!(
        message.ends_with("t10k-images-idx3-ubyte: truncated: 1000 bytes, but its header asks for 3936"),
        "{message}"
    );
    let (sample, folder) = sound();
    fs::remove_file(folder.path().join("train-labels-idx1-ubyte")).unwrap();
    let message = read(&sample.edition, folder.path(), Split::Train).unwrap_err().to_string();
    assert!(
        message.ends_with(": neither train-labels-idx1-ubyte nor train-labels-idx1-ubyte.gz is there"),
        "{message}"
    );
}

#[test]
fn states_are_told_apart() {
    let (sample, folder) = sound();
    fs::remove_file(folder.path().join("t10k-images-idx3-ubyte")).unwrap();
    fs::write(folder.path().join("t10k-labels-idx1-ubyte"), labels(4)).unwrap();
    let states = sample.edition.files().map(|file| inspect(file, folder.path()));
    assert!(matches!(states, [State::Good(_), State::Good(_), State::Missing, State::Bad(_, Error::Hash { .. })]));
    let file = sample.edition.files()[0];
    assert_eq!((file.contents, sha256([sample.bytes[0].as_slice()])), (Contents::Images, file.sha256.to_string()));
}
