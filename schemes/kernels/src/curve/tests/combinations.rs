//! Weighted sums against curve25519-dalek.

use curve25519_dalek::{RistrettoPoint, Scalar};
use proptest::prelude::*;
use rand_chacha::rand_core::Rng;

use super::{kernels, quadruples, random, random_point, random_scalar, random_within, scalar_of};
use crate::curve::{Combination, Combinations, CurveError, Samples};
use crate::dispatch::Kernel;

/// Samples of points, and combinations of them.
struct Case {
    points: Vec<Vec<RistrettoPoint>>,
    scalars: Vec<Vec<Scalar>>,
    weights: Vec<Vec<i32>>,
}

impl Case {
    /// Weights by `weight`, of outputs by dimensions.
    fn new(seed: u64, [samples, heads, dimensions, outputs]: [usize; 4], mut weight: impl FnMut(usize) -> i32) -> Self {
        let mut rng = random(seed);
        let mut points = || (0..heads + dimensions).map(|_| random_point(&mut rng)).collect();
        let points = (0..samples).map(|_| points()).collect();
        let mut scalars = || (0..heads).map(|_| random_scalar(&mut rng)).collect();
        let scalars = (0..outputs).map(|_| scalars()).collect();
        let weights = (0..outputs).map(|_| (0..dimensions).map(&mut weight).collect()).collect();
        Case { points, scalars, weights }
    }

    fn expected(&self) -> Vec<[u8; 32]> {
        let of_output = |points: &[RistrettoPoint], scalars: &[Scalar], weights: &[i32]| -> RistrettoPoint {
            let small = weights.iter().map(|weight| scalar_of(i64::from(*weight)));
            points.iter().zip(scalars.iter().copied().chain(small)).map(|(point, scalar)| point * scalar).sum()
        };
        let outputs = || self.scalars.iter().zip(&self.weights);
        let sums = self.points.iter().flat_map(|sample| {
            outputs().map(|(scalars, weights)| of_output(sample, scalars, weights)).collect::<Vec<_>>()
        });
        sums.map(|sum| (sum * Scalar::from(4u8)).compress().to_bytes()).collect()
    }

    fn computed(&self, kernel: Kernel) -> Vec<[u8; 32]> {
        let outputs = self.scalars.iter().zip(&self.weights);
        let outputs: Vec<_> = outputs.map(|(scalars, weights)| Combination { scalars, weights }).collect();
        let samples: Vec<_> = self.points.iter().map(|sample| &sample[..]).collect();
        let samples = Samples::from_points_vartime(kernel, &samples).unwrap();
        let sums = Combinations::new_vartime(&outputs).unwrap().apply_vartime(&samples).unwrap();
        assert_eq!(sums.len(), self.points.len() * outputs.len());
        quadruples(kernel, &sums)
    }

    fn check(&self) {
        let expected = self.expected();
        for kernel in kernels() {
            assert_eq!(self.computed(kernel), expected, "{kernel}");
        }
    }
}

#[test]
fn any_number_of_samples_and_outputs() {
    let mut rng = random(4);
    for samples in [1, 2, 3, 7, 8, 9, 15, 16, 17] {
        for outputs in [1, 3, 8, 9] {
            Case::new(samples as u64, [samples, 1, 5, outputs], |_| random_within(&mut rng, 7) as i32).check();
        }
    }
}

#[test]
fn weights_of_any_size() {
    let mut rng = random(5);
    for bound in [1, 2, 7, 8, 9, 127, 128, 135, 136, 1 << 12, 1 << 20, i32::MAX as u64] {
        for samples in [1, 8] {
            Case::new(bound, [samples, 1, 9, 2], |_| random_within(&mut rng, bound) as i32).check();
            Case::new(bound, [samples, 0, 2, 9], |k| [bound as i32, -(bound as i32)][k % 2]).check();
        }
    }
    Case::new(9, [1, 0, 1, 9], |_| i32::MIN).check();
}

#[test]
fn edges() {
    for samples in [1, 8] {
        // No weights but zero, none at all, all negative, a single point, and more scalars than one.
        Case::new(20, [samples, 1, 4, 9], |_| 0).check();
        Case::new(21, [samples, 0, 4, 2], |_| 0).check();
        Case::new(22, [samples, 1, 0, 9], |_| 0).check();
        Case::new(23, [samples, 1, 12, 9], |_| -127).check();
        Case::new(24, [samples, 0, 1, 9], |_| 1).check();
        Case::new(25, [samples, 3, 2, 9], |k| k as i32 - 1).check();
    }
}

#[test]
fn scalars_at_their_borders() {
    for samples in [1, 8] {
        let mut case = Case::new(30, [samples, 1, 1, 6], |_| 3);
        let scalars = [Scalar::ZERO, Scalar::ONE, -Scalar::ONE, Scalar::from(u64::MAX), Scalar::from(8u8)];
        case.scalars.iter_mut().zip(scalars).for_each(|(of_output, scalar)| of_output[0] = scalar);
        case.check();
    }
}

#[test]
fn points_that_repeat_or_cancel() {
    for samples in [1, 8] {
        let mut case = Case::new(31, [samples, 1, 6, 9], |k| [1, 1, -1, 2, 2, 5][k]);
        for sample in &mut case.points {
            let point = sample[0];
            *sample = vec![RistrettoPoint::default(), point, point, point + point, -point, point, Default::default()];
        }
        case.check();
    }
}

#[test]
fn nothing_gives_nothing_and_lengths_must_agree() {
    let none = Combinations::new_vartime(&[]).unwrap();
    let samples = Samples::decode_vartime(Kernel::best(), &[&[[0; 32]; 3]]).unwrap();
    assert!(none.apply_vartime(&samples).unwrap().is_empty());
    let one = Combination { scalars: &[], weights: &[1, 2] };
    let two = Combinations::new_vartime(&[one]).unwrap();
    let error = two.apply_vartime(&samples).unwrap_err();
    assert_eq!(error, CurveError::Length { expected: 2, given: 3 });
    let empty = Samples::decode_vartime(Kernel::best(), &[]).unwrap();
    assert!(two.apply_vartime(&empty).unwrap().is_empty());
    let longer = Combination { scalars: &[], weights: &[1, 2, 3] };
    assert!(Combinations::new_vartime(&[one, longer]).is_err());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn any_shape(seed: u64, samples in 1usize..10, heads in 0usize..3, dimensions in 0usize..20,
                 outputs in 1usize..12, bits in 0u32..21) {
        let mut rng = random(seed);
        Case::new(seed, [samples, heads, dimensions, outputs], |_| {
            // Many zeros.
            if rng.next_u32().is_multiple_of(3) { 0 } else { random_within(&mut rng, 1 << bits) as i32 }
        }).check();
    }
}
