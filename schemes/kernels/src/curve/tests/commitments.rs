//! Commitments against curve25519-dalek.

use curve25519_dalek::constants::RISTRETTO_BASEPOINT_POINT;
use curve25519_dalek::{RistrettoPoint, Scalar};
use proptest::prelude::*;

use super::{kernels, random, random_point, random_scalar, random_within, scalar_of};
use crate::curve::{CurveError, FixedBases};

fn expected(bases: &[RistrettoPoint], r: &Scalar, values: &[i64]) -> Vec<[u8; 32]> {
    let one = |(base, value): (&RistrettoPoint, &i64)| base * r + RISTRETTO_BASEPOINT_POINT * scalar_of(*value);
    bases.iter().zip(values).map(one).map(|point| point.compress().to_bytes()).collect()
}

fn check(count: usize, bound: u64, seed: u64) {
    let mut rng = random(seed);
    let points: Vec<_> = (0..count).map(|_| random_point(&mut rng)).collect();
    let scalars = [random_scalar(&mut rng), Scalar::ZERO, Scalar::ONE, -Scalar::ONE];
    for kernel in kernels() {
        let bases = FixedBases::new(kernel, &points, bound).unwrap();
        assert_eq!(bases.len(), count);
        for r in scalars {
            let mut values: Vec<i64> = (0..count).map(|_| random_within(&mut rng, bound)).collect();
            let borders = [bound as i64, -(bound as i64), 0];
            values.iter_mut().zip(borders).for_each(|(value, border)| *value = border);
            assert_eq!(bases.commit(&r, &values).unwrap(), expected(&points, &r, &values), "{kernel}");
        }
    }
}

#[test]
fn any_count_and_bound() {
    for (count, bound) in [(0, 5), (1, 1), (7, 8), (8, 9), (9, 127), (17, 135), (3, 136), (3, 255), (3, 1 << 40)] {
        check(count, bound, count as u64);
    }
}

#[test]
fn sums_that_are_the_identity() {
    let points = [RISTRETTO_BASEPOINT_POINT, RistrettoPoint::default(), -RISTRETTO_BASEPOINT_POINT];
    for kernel in kernels() {
        let bases = FixedBases::new(kernel, &points, 5).unwrap();
        let r = Scalar::from(3u8);
        assert_eq!(bases.commit(&r, &[-3, 0, 3]).unwrap(), [[0; 32]; 3]);
        assert_eq!(bases.commit(&r, &[3, 5, -3]).unwrap(), expected(&points, &r, &[3, 5, -3]));
    }
}

#[test]
fn values_and_bounds_out_of_range_are_refused() {
    for kernel in kernels() {
        let points = [RISTRETTO_BASEPOINT_POINT];
        let bases = FixedBases::new(kernel, &points, 127).unwrap();
        for value in [128, -128, i64::MAX, i64::MIN] {
            assert_eq!(bases.commit(&Scalar::ONE, &[value]), Err(CurveError::Value { bound: 127 }));
        }
        assert_eq!(bases.commit(&Scalar::ONE, &[]), Err(CurveError::Length { expected: 1, given: 0 }));
        for given in [0, FixedBases::MAX_VALUE + 1] {
            let error = FixedBases::new(kernel, &points, given).unwrap_err();
            assert_eq!(error, CurveError::Bound { given, most: FixedBases::MAX_VALUE });
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]
    #[test]
    fn any_scalar(seed: u64, count in 1usize..20, bits in 0u32..20) {
        check(count, 1 << bits, seed);
    }
}
