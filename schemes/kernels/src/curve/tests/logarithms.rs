//! Logarithms of known multiples.

use curve25519_dalek::constants::RISTRETTO_BASEPOINT_POINT;
use curve25519_dalek::{RistrettoPoint, Scalar};

use super::{kernels, random, random_point, random_scalar, random_within, scalar_of};
use crate::curve::{Combination, Combinations, CurveError, FixedBases, LogarithmOptions, Logarithms, Samples, Sums};
use crate::discrete_log::TableError;
use crate::dispatch::Kernel;

/// Points of one sample as sums.
fn sums(kernel: Kernel, points: &[RistrettoPoint]) -> Sums {
    let samples: Vec<_> = points.chunks(1).collect();
    let samples = Samples::from_points_vartime(kernel, &samples).unwrap();
    let one = Combination { scalars: &[], weights: &[1] };
    Combinations::new_vartime(&[one]).unwrap().apply_vartime(&samples).unwrap()
}

fn find(logarithms: &Logarithms, kernel: Kernel, values: &[i64]) -> Vec<Option<i64>> {
    let points: Vec<_> = values.iter().map(|value| RISTRETTO_BASEPOINT_POINT * scalar_of(*value)).collect();
    logarithms.find_vartime(&sums(kernel, &points))
}

#[test]
fn a_table_has_all_and_nothing_else() {
    for kernel in kernels() {
        for bound in [1, 2, 15, 16, 17, 271, 1000] {
            let logarithms = Logarithms::new(LogarithmOptions { kernel, bound, max_bytes: 1 << 20 }).unwrap();
            assert_eq!((logarithms.bound(), logarithms.table().bound()), (bound, bound));
            let reach = bound as i64 + 9;
            let values: Vec<i64> = (-reach..=reach).collect();
            let found = find(&logarithms, kernel, &values);
            let within = |value: &i64| Some(*value).filter(|value| value.unsigned_abs() <= bound);
            assert_eq!(found, values.iter().map(within).collect::<Vec<_>>(), "{kernel}");
            let mut rng = random(bound);
            let strangers: Vec<_> = (0..20).map(|_| random_point(&mut rng)).collect();
            assert!(logarithms.find_vartime(&sums(kernel, &strangers)).iter().all(Option::is_none));
        }
    }
}

#[test]
fn giant_steps_reach_the_bound_and_no_further() {
    let mut rng = random(40);
    for kernel in kernels() {
        for (bound, max_bytes) in [(5000, 4096), (5001, 64), (123_456, 16 << 10)] {
            let logarithms = Logarithms::new(LogarithmOptions { kernel, bound, max_bytes }).unwrap();
            let own = logarithms.table().bound() as i64;
            assert!(own < bound as i64 && logarithms.table().resident_bytes() <= max_bytes);
            let edge = bound as i64;
            let mut values = vec![0, own, own + 1, -own - 1, 2 * own + 1, 3 * own + 1, 3 * own + 2, edge, -edge];
            values.extend((0..20).map(|_| random_within(&mut rng, bound)));
            let found = find(&logarithms, kernel, &values);
            assert_eq!(found, values.iter().copied().map(Some).collect::<Vec<_>>(), "{kernel}");
            let beyond = [edge + 1, -edge - 1, edge + own, 10 * edge, i64::MAX / 4];
            assert!(find(&logarithms, kernel, &beyond).iter().all(Option::is_none));
        }
    }
}

#[test]
fn bytes_of_one_kernel_serve_another() {
    let options = LogarithmOptions { kernel: Kernel::Scalar, bound: 3000, max_bytes: 1 << 20 };
    let made = Logarithms::new(options).unwrap();
    let bytes = made.table().to_bytes();
    for kernel in kernels() {
        let again = Logarithms::from_bytes(LogarithmOptions { kernel, ..options }, &bytes).unwrap();
        let built = Logarithms::new(LogarithmOptions { kernel, ..options }).unwrap();
        assert_eq!(built.table().to_bytes(), bytes);
        assert_eq!(find(&again, kernel, &[-3000, 17]), [Some(-3000), Some(17)]);
        let error = Logarithms::from_bytes(LogarithmOptions { bound: 2999, ..options }, &bytes).unwrap_err();
        assert_eq!(error, CurveError::Table(TableError::OtherBound { expected: 2999, given: 3000 }));
    }
}

#[test]
fn too_little_memory_and_too_large_bounds_are_refused_before_building() {
    let options = |bound, max_bytes| LogarithmOptions { kernel: Kernel::best(), bound, max_bytes };
    for bound in [0, Logarithms::MAX_BOUND + 1] {
        let error = Logarithms::new(options(bound, 1 << 30)).unwrap_err();
        assert_eq!(error, CurveError::Bound { given: bound, most: Logarithms::MAX_BOUND });
    }
    let error = Logarithms::new(options(1 << 40, 1 << 20)).unwrap_err();
    assert!(matches!(error, CurveError::Table(TableError::Memory { allowed: 1_048_576, .. })));
    assert!(Logarithms::new(options(10, 63)).is_err());
}

/// Inner products under encryption (Abdalla, Bourse, De Caro, Pointcheval, 2015) from end to end.
#[test]
fn encrypted_inner_products_open() {
    let mut rng = random(41);
    let (length, outputs, samples) = (21, 5, 11);
    let secrets: Vec<Scalar> = (0..length).map(|_| random_scalar(&mut rng)).collect();
    // The first base is the generator itself, for r B.
    let publics = secrets.iter().map(|secret| RISTRETTO_BASEPOINT_POINT * secret);
    let bases: Vec<_> = [RISTRETTO_BASEPOINT_POINT].into_iter().chain(publics).collect();
    let weights: Vec<Vec<i32>> =
        (0..outputs).map(|_| (0..length).map(|_| random_within(&mut rng, 127) as i32).collect()).collect();
    let key = |weights: &Vec<i32>| -> [Scalar; 1] {
        [-weights.iter().zip(&secrets).map(|(weight, secret)| scalar_of(i64::from(*weight)) * secret).sum::<Scalar>()]
    };
    let keys: Vec<_> = weights.iter().map(key).collect();
    let values: Vec<Vec<i64>> =
        (0..samples).map(|_| (0..length).map(|_| random_within(&mut rng, 255)).collect()).collect();
    for kernel in kernels() {
        let bases = FixedBases::new(kernel, &bases, 255).unwrap();
        let mut encrypt = |values: &Vec<i64>| {
            let values: Vec<i64> = [0].iter().chain(values).copied().collect();
            bases.commit(&random_scalar(&mut rng), &values).unwrap()
        };
        let ciphertexts: Vec<_> = values.iter().map(&mut encrypt).collect();
        let ciphertexts: Vec<_> = ciphertexts.iter().map(|ciphertext| &ciphertext[..]).collect();
        let samples = Samples::decode_vartime(kernel, &ciphertexts).unwrap();
        let outputs = weights.iter().zip(&keys).map(|(weights, key)| Combination { scalars: key, weights });
        let combinations = Combinations::new_vartime(&outputs.collect::<Vec<_>>()).unwrap();
        let options = LogarithmOptions { kernel, bound: 21 * 127 * 255, max_bytes: 1 << 21 };
        let found = Logarithms::new(options).unwrap().find_vartime(&combinations.apply_vartime(&samples).unwrap());
        let product = |values: &[i64], weights: &[i32]| -> i64 {
            values.iter().zip(weights).map(|(value, weight)| value * i64::from(*weight)).sum()
        };
        let expected = values.iter().flat_map(|values| weights.iter().map(|weights| Some(product(values, weights))));
        assert_eq!(found, expected.collect::<Vec<_>>(), "{kernel}");
    }
}
