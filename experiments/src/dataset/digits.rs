//! Drawn digits, for where there is no MNIST: strokes of a pen that shakes, on paper that is turned, sheared,
//! stretched and bent (elastic distortion after Simard, Steinkraus and Platt, ICDAR 2003).
//!
//! Image `i` of a split depends on the seed, the split and `i` alone. Only operations that IEEE 754 rounds
//! correctly are used (`+ - * /`, square root), so every machine draws the same bytes.

mod draw;
mod glyphs;
mod ink;
mod pen;
mod warp;

use blindbench_core::network::images::{Images, Shape};
use blindbench_core::roles::seed::Seed;
use rayon::prelude::*;

use super::error::{Error, Result};
use super::{Dataset, Name, Origin};
use crate::experiment::Split;
use draw::Draw;
use warp::Warp;

/// Images in the training split.
pub const TRAIN: usize = 12_000;
/// Images in the validation split.
pub const VALIDATION: usize = 2_000;
/// Images in the test split.
pub const TEST: usize = 2_000;

/// What the data set `digits` is drawn from.
pub const SEED: u64 = 1;

/// Width and height in pixels, as in MNIST.
const SIDE: usize = 28;

/// Images in a split.
pub const fn count(split: Split) -> usize {
    match split {
        Split::Train => TRAIN,
        Split::Validation => VALIDATION,
        Split::Test => TEST,
    }
}

/// The first `images` images of a split, or all.
///
/// # Errors
/// [`Error::TooMany`]: more could be drawn, but splits have a size that results can be compared by.
pub fn dataset(split: Split, images: Option<usize>) -> Result<Dataset> {
    let there = count(split);
    let asked = images.unwrap_or(there);
    if asked > there {
        return Err(Error::TooMany { name: Name::Digits.as_str(), split, asked, there });
    }
    let (images, labels) = generate(SEED, split, asked);
    Ok(Dataset { name: Name::Digits, split, images, labels, origin: Origin::Drawn { seed: SEED } })
}

/// The first `images` digits that a seed gives for a split, with what they show.
pub fn generate(seed: u64, split: Split, images: usize) -> (Images, Vec<u8>) {
    let seed = Seed::from_number(seed);
    let shape = Shape::grey(SIDE, SIDE);
    let (mut pixels, mut labels) = (vec![0; images * shape.len()], vec![0; images]);
    pixels.par_chunks_exact_mut(shape.len()).zip(&mut labels).enumerate().for_each(|(index, (image, label))| {
        *label = paint(&mut Draw::new(&seed.derive(split.name(), index as u64)), image);
    });
    (Images { shape, pixels }, labels)
}

/// Paints one digit on black and says which.
fn paint(draw: &mut Draw, image: &mut [u8]) -> u8 {
    let (label, glyph) = glyphs::choose(draw);
    let warp = Warp::random(draw, SIDE as f32);
    let radius = draw.between(0.7, 1.65);
    let mut ink = ink::Sheet::new(SIDE);
    for stroke in glyph {
        let line: Vec<_> = pen::trace(stroke, draw).into_iter().map(|point| warp.place(point)).collect();
        ink.stroke(&line, radius * draw.between(0.9, 1.1));
    }
    ink.develop(draw.between(0.8, 1.0), image);
    label
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may stop where it stands")]
mod tests {
    use super::{Error, SEED, Split, dataset, generate};

    #[test]
    fn a_shorter_draw_is_the_beginning_of_a_longer_one() {
        let (longer, labels) = generate(3, Split::Test, 40);
        let (shorter, first) = generate(3, Split::Test, 7);
        assert_eq!(longer.slice(0..7), shorter);
        assert_eq!(labels[..7], first);
    }

    #[test]
    fn seeds_and_splits_differ() {
        let draw = |seed, split| generate(seed, split, 5).0.pixels;
        assert_ne!(draw(1, Split::Test), draw(2, Split::Test));
        assert_ne!(draw(1, Split::Test), draw(1, Split::Train));
        assert_ne!(draw(1, Split::Validation), draw(1, Split::Train));
    }

    #[test]
    fn every_machine_draws_these_bytes() {
        let data = dataset(Split::Test, Some(100)).unwrap();
        assert_eq!(data.sha256(), "f93435d8d1027ccaba53c74fd946f60b572e4f44e77de603d3a419448815c145");
        assert_eq!(generate(SEED, Split::Test, 100).0, data.images);
    }

    #[test]
    fn all_digits_come_about_equally_often_with_ink_like_handwriting() {
        let (images, labels) = generate(5, Split::Train, 3000);
        for digit in 0..10 {
            let times = labels.iter().filter(|label| **label == digit).count();
            assert!((230..370).contains(&times), "{digit} comes {times} times in 3000");
        }
        for (image, label) in images.iter().zip(&labels) {
            let ink: f32 = image.iter().map(|pixel| f32::from(*pixel) / 255.0).sum();
            assert!((15.0..260.0).contains(&ink), "a {label} has ink {ink}");
        }
        let border = images.iter().flat_map(|image| image[..28].iter().chain(&image[27 * 28..]));
        let (touched, all) = border.fold((0, 0), |(touched, all), pixel| (touched + usize::from(*pixel > 0), all + 1));
        assert!(touched * 100 < all, "{touched} of {all} pixels at the upper and lower border have ink");
    }

    #[test]
    fn no_more_images_than_the_split_has() {
        let error = dataset(Split::Test, Some(2001)).unwrap_err();
        assert!(matches!(error, Error::TooMany { asked: 2001, there: 2000, .. }));
        assert_eq!(error.to_string(), "2001 images asked for, but digits has 2000 in its test split");
    }
}
