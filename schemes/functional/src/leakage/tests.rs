//! Attacks on images that were made up, and metrics against numbers from elsewhere.

#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

use super::labels;
use super::mixture::Mixture;
use super::prior::{Format, PublicImages};
use super::quality::{IDENTICAL_DB, psnr, ssim};
use super::reconstruction::{Opened, Reconstruction};
use super::span::Span;

const SIDE: usize = 6;
const LENGTH: usize = SIDE * SIDE;
const FORMAT: Format = Format { length: LENGTH, largest: 255 };

/// Numbers that look drawn: a linear congruential generator (Knuth's MMIX).
fn numbers(seed: u64) -> impl Iterator<Item = u64> {
    std::iter::successors(Some(seed), |state| {
        Some(state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407))
    })
    .skip(1)
    .map(|state| state >> 33)
}

fn vectors(count: usize) -> Vec<Vec<i64>> {
    let weights: Vec<i64> = numbers(1).map(|n| (n % 41) as i64 - 20).take(count * LENGTH).collect();
    weights.chunks(LENGTH).map(<[i64]>::to_vec).collect()
}

/// Bars of a label's row, brightness and noise that differ from image to image; the last row is never lit.
fn bars(count: usize, seed: u64) -> (Vec<u8>, Vec<u8>) {
    let mut drawn = numbers(seed);
    let mut draw = move |most: u64| drawn.next().unwrap() % most;
    let (mut pixels, mut labels) = (Vec::new(), Vec::new());
    for _ in 0..count {
        let (label, bright) = (draw(5), 120 + draw(120));
        labels.push(label as u8);
        let mut pixel = |row: usize| (if row == label as usize { bright } else { 0 }) + draw(9) * u64::from(row < 5);
        pixels.extend((0..LENGTH).map(|at| pixel(at / SIDE) as u8));
    }
    (pixels, labels)
}

fn public() -> PublicImages {
    let (pixels, labels) = bars(300, 7);
    PublicImages::of(&pixels, &labels, FORMAT, 5).unwrap()
}

fn mean_psnr(real: &[u8], found: &[u8]) -> f64 {
    let pairs = real.chunks(LENGTH).zip(found.chunks(LENGTH));
    pairs.map(|(real, found)| psnr(real, found)).sum::<f64>() / (real.len() / LENGTH) as f64
}

#[test]
fn keys_that_span_all_pixels_give_every_image_exactly() {
    let (victims, _) = bars(20, 99);
    let opened = Opened::of(&vectors(LENGTH), &victims, FORMAT).unwrap();
    assert_eq!(Reconstruction::of_least_norm(&opened).images().unwrap(), victims);
    assert_eq!(Reconstruction::with_prior(&opened, &public()).unwrap().images().unwrap(), victims);
}

/// A filter's windows alone are independent, and their inverse is large.
#[test]
fn a_mixture_keeps_what_many_filters_say() {
    const WIDE: usize = 144;
    let format = Format { length: WIDE, largest: 255 };
    let taps: Vec<i64> = numbers(5).map(|n| (n % 61) as i64 - 30).take(8 * 9).collect();
    let window = |filter: &[i64], corner: usize| {
        let mut row = vec![0; WIDE];
        (0..9).for_each(|tap| row[corner + tap / 3 * 12 + tap % 3] = filter[tap]);
        row
    };
    let corners = (0..100).map(|window| window / 10 * 12 + window % 10);
    let keys: Vec<_> = taps.chunks(9).flat_map(|filter| corners.clone().map(move |at| window(filter, at))).collect();
    let (mut span, mut mixture) = (Span::new(WIDE), Mixture::new(WIDE));
    for key in &keys {
        span.add(key).unwrap();
        mixture.add(key).unwrap();
    }
    assert!(span.is_master_key_determined());
    let basis = mixture.basis(span.rank()).unwrap();
    let image: Vec<u8> = numbers(9).map(|n| n as u8).take(WIDE).collect();
    let opened = Opened::of(&basis, &image, format).unwrap();
    assert_eq!(Reconstruction::of_least_norm(&opened).images().unwrap(), image);
}

#[test]
fn a_mixture_of_few_vectors_spans_them() {
    let rows = vectors(3);
    let mut mixture = Mixture::new(LENGTH);
    rows.iter().for_each(|row| mixture.add(row).unwrap());
    let basis = mixture.basis(3).unwrap();
    let mut span = Span::new(LENGTH);
    basis.iter().chain(&rows).for_each(|row| assert!(span.add(row).is_ok()));
    assert_eq!((basis.len(), span.rank()), (3, 3));
    assert!(mixture.add(&[i64::MAX; LENGTH]).is_err());
}

#[test]
fn a_prior_makes_more_of_few_keys() {
    let (victims, shown) = bars(20, 99);
    let opened = Opened::of(&vectors(8), &victims, FORMAT).unwrap();
    let blind = mean_psnr(&victims, &Reconstruction::of_least_norm(&opened).images().unwrap());
    let informed = mean_psnr(&victims, &Reconstruction::with_prior(&opened, &public()).unwrap().images().unwrap());
    assert!(informed > blind + 10.0, "{blind} and {informed} dB");
    assert_eq!(labels::guess(&opened, &public()).unwrap(), shown);
}

#[test]
fn live_pixels_are_those_that_are_lit() {
    assert_eq!(public().live(), (0..5 * SIDE).collect::<Vec<_>>());
}

#[test]
fn dependent_or_misshapen_vectors_are_refused() {
    let twice = [vec![1; LENGTH], vec![1; LENGTH]];
    assert!(Opened::of(&vectors(LENGTH + 1), &[], FORMAT).is_err());
    assert!(Opened::of(&twice, &[0; LENGTH - 1], FORMAT).is_err());
    assert!(Opened::of(&[], &[], FORMAT).is_err());
    assert!(PublicImages::of(&[0; LENGTH], &[1], FORMAT, 5).is_err());
    assert!(PublicImages::of(&[0; 2 * LENGTH], &[1, 5], FORMAT, 5).is_err());
}

/// By the definition: a constant offset of d has a mean squared error of d^2.
#[test]
fn psnr_of_known_errors() {
    let real = [100_u8; 784];
    assert_eq!(psnr(&real, &real), IDENTICAL_DB);
    let off = |by: u8| psnr(&real, &[100 + by; 784]);
    assert!((off(1) - 20.0 * 255_f64.log10()).abs() < 1e-12);
    assert!((off(10) - 20.0 * 25.5_f64.log10()).abs() < 1e-12);
    let mut one_level = real;
    one_level[300] += 1;
    assert!((psnr(&real, &one_level) - 77.073_964_2).abs() < 1e-5);
}

fn drawn(pixel: impl Fn(i64, i64) -> i64) -> Vec<u8> {
    (0..784).map(|at| pixel(at % 28, at / 28).clamp(0, 255) as u8).collect()
}

/// Expected values: scikit-image 0.26.0, `structural_similarity(a, b, gaussian_weights=True, sigma=1.5,
/// use_sample_covariance=False, data_range=255)` on the same images.
#[test]
fn ssim_is_that_of_scikit_image() {
    let ramp = drawn(|x, y| (x * 9 + y * 5) % 256);
    let rough = drawn(|x, y| (x * 9 + y * 5) % 256 + (x * y) % 31 - 15);
    let disc = drawn(|x, y| if (x - 14).pow(2) + (y - 14).pow(2) < 64 { 255 } else { 0 });
    let moved = drawn(|x, y| if (x - 15).pow(2) + (y - 13).pow(2) < 49 { 200 } else { 10 });
    let black = vec![0; 784];
    let expected = [
        (&ramp, &rough, 0.910_283_063_064_832_8),
        (&disc, &moved, 0.405_049_031_493_849_96),
        (&ramp, &black, 5.750_713_854_730_091e-5),
        (&disc, &black, 0.005_361_681_518_483_624),
        (&ramp, &ramp, 1.0),
    ];
    for (real, guess, expected) in expected {
        let found = ssim(real, guess, 28).unwrap();
        assert!((found - expected).abs() < 1e-9, "{found} for {expected}");
    }
    assert_eq!(ssim(&ramp[..100], &ramp[..100], 10), None);
    assert_eq!(ssim(&ramp, &ramp[1..], 28), None);
}
