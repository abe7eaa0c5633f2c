//! Matrices times slots, under several plaintext moduli at once.

use super::{Context, ROTATIONS, rotated};
use crate::integers::linear::{LinearTransform, transform_all};
use crate::integers::parameters::{Literal, batching_modulus};
use crate::integers::placement::Placement;
use crate::integers::rotation::Rotation;
use crate::linear::diagonal::Diagonal;
use crate::rlwe::matrix::{Matrix, UNMOVED};

/// One ring and two plaintext moduli.
fn contexts<P: Placement>() -> [Context<P>; 2] {
    [20, 14].map(|bits| {
        let plaintext_modulus = batching_modulus(bits, 8).unwrap();
        Context::new(Literal { log_n: 8, moduli: vec![50, 45, 45, 45], special: vec![46, 46], plaintext_modulus })
    })
}

/// Where a diagonal moves what it is multiplied by, then the product: none for nowhere.
type Steps = [Option<Rotation>; 2];

const STEPS: [Steps; 4] =
    [[None, None], [Some(ROTATIONS[0]), None], [None, Some(ROTATIONS[2])], [Some(ROTATIONS[0]), Some(ROTATIONS[2])]];

/// Sets of rotations whose images are summed up, beside what is not moved.
const SUMS: [&[Rotation]; 2] = [&[ROTATIONS[1]], &[ROTATIONS[0], ROTATIONS[3]]];

fn moved(values: &[u64], rotation: Option<Rotation>) -> Vec<u64> {
    rotation.map_or_else(|| values.to_vec(), |rotation| rotated(values, rotation))
}

impl<P: Placement> Context<P> {
    fn added(&self, a: &[u64], b: &[u64]) -> Vec<u64> {
        a.iter().zip(b).map(|(a, b)| self.t().add(*a, *b)).collect()
    }

    fn weights(&self, place: usize) -> Vec<u64> {
        self.values(7 + place as u64)
    }

    fn transform(&self, level: usize) -> LinearTransform<P> {
        let element = |rotation: Option<Rotation>| rotation.map_or(UNMOVED, |rotation| rotation.element(8));
        let diagonal = |(place, [baby, giant]): (usize, &Steps)| {
            let values = self.weights(place).iter().map(|weight| self.t().centered(*weight)).collect();
            Diagonal { giant: element(*giant), baby: element(*baby), values }
        };
        let diagonals: Vec<_> = STEPS.iter().enumerate().map(diagonal).collect();
        LinearTransform::new(&self.params, &diagonals, level).unwrap()
    }

    fn expected(&self, values: &[u64], sums: usize) -> Vec<u64> {
        let t = self.t();
        let product = |(place, [baby, giant]): (usize, &Steps)| {
            let images = moved(values, *baby);
            let products: Vec<u64> =
                images.iter().zip(self.weights(place)).map(|(image, weight)| t.multiply(*image, weight)).collect();
            moved(&products, *giant)
        };
        let zero = vec![0; values.len()];
        let sum = STEPS.iter().enumerate().map(product).fold(zero, |sum, product| self.added(&sum, &product));
        let round = |sum: Vec<u64>, rotations: &&[Rotation]| {
            rotations.iter().fold(sum.clone(), |total, rotation| self.added(&total, &rotated(&sum, *rotation)))
        };
        SUMS.iter().take(sums).fold(sum, round)
    }
}

pub(crate) fn together<P: Placement>() {
    let contexts = contexts::<P>();
    let keys = &contexts[0].keys;
    assert!(keys.inner() == contexts[1].keys.inner(), "keys depend on the plaintext modulus");
    let images =
        |rotations: &&[Rotation]| Matrix::sum(3, rotations.iter().map(|rotation| rotation.element(8)).chain([UNMOVED]));
    let sums: Vec<Matrix> = SUMS.iter().map(images).collect();
    for (level, between, after, count) in
        [(3, 3, 3, 2), (3, 2, 2, 2), (3, 2, 1, 2), (3, 3, 1, 1), (2, 1, 0, 1), (2, 2, 1, 0)]
    {
        let values: Vec<_> = contexts.iter().map(|context| context.values(1)).collect();
        let pairs: Vec<_> = contexts
            .iter()
            .zip(&values)
            .map(|(context, values)| (context.transform(level), context.encrypt(values, level)))
            .collect();
        let factors: Vec<_> = pairs.iter().map(|(transform, ciphertext)| (transform, ciphertext)).collect();
        let results = transform_all(keys, &factors, &sums[..count], [between, after]).unwrap();
        for ((context, values), result) in contexts.iter().zip(&values).zip(&results) {
            assert_eq!(result.level(), after);
            let what = format!("a matrix and {count} sums from level {level} by {between} to {after}");
            context.assert(result, &context.expected(values, count), &what);
        }
    }
}

pub(crate) fn refusals<P: Placement>() {
    let [one, other] = contexts::<P>();
    let values = one.values(1);
    let (transform, low) = (one.transform(2), one.transform(1));
    let told = |factors: &[_], part: &str| {
        let text = transform_all(&one.keys, factors, &[], [0, 0]).err().unwrap().to_string();
        assert!(text.contains(part), "{text}");
    };
    let (ciphertext, lower) = (one.encrypt(&values, 2), one.encrypt(&values, 1));
    let foreign = other.encrypt(&other.values(1), 2);
    told(&[(&low, &ciphertext)], "levels 2 and 1");
    told(&[(&transform, &ciphertext), (&transform, &lower)], "levels 1 and 2");
    told(&[(&transform, &foreign)], "linear transform");
    let square = ciphertext.multiply(&ciphertext).unwrap();
    told(&[(&transform, &square)], "degree 1");
}
