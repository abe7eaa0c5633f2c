//! Every kernel against the sum that defines the transform.
#![allow(clippy::unwrap_used, reason = "tests")]

use super::real::RealEmbedding;
use super::roots::{power_of_five, root};
use super::*;

fn random(count: usize, seed: u64) -> Vec<f64> {
    let mut state = seed;
    let mut next = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 11) as f64 / (1u64 << 52) as f64 - 1.0
    };
    (0..count).map(|_| next()).collect()
}

/// Slot `j` of the polynomial with coefficients `re`, then `im`: its value at zeta^(5^j).
fn value(re: &[f64], im: &[f64], j: usize) -> [f64; 2] {
    let log_order = re.len().ilog2() + 2;
    let exponent = power_of_five(j, log_order);
    let (mut x, mut y) = (Sum::default(), Sum::default());
    for (k, a) in re.iter().chain(im).enumerate() {
        let [c, s] = root(exponent * k % (1 << log_order), log_order);
        x.add(a * c);
        y.add(a * s);
    }
    [x.0, y.0]
}

/// A sum and what rounding has taken from it (Kahan 1965).
#[derive(Default)]
struct Sum(f64, f64);

impl Sum {
    fn add(&mut self, term: f64) {
        let term = term + self.1;
        let sum = self.0 + term;
        *self = Sum(sum, term - (sum - self.0));
    }
}

fn norm(x: &[f64], y: &[f64]) -> f64 {
    x.iter().chain(y).map(|x| x * x).sum::<f64>().sqrt()
}

fn distance(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max)
}

#[test]
fn slots_are_the_values_at_powers_of_five() {
    for kernel in Kernel::ALL {
        for log_slots in 0..=11 {
            let plan = Embedding::new(kernel, log_slots).unwrap();
            let slots = plan.slots();
            let (a, b) = (random(slots, 1), random(slots, 2));
            let (mut re, mut im) = (a.clone(), b.clone());
            plan.forward(&mut re, &mut im);
            let bound = norm(&a, &b) * (-49f64).exp2();
            for j in (0..slots).step_by(1.max(slots / 64)) {
                let [x, y] = value(&a, &b, j);
                assert!((re[j] - x).abs() < bound && (im[j] - y).abs() < bound, "{kernel} {slots} {j}");
            }
        }
    }
}

#[test]
fn transforms_undo_each_other_to_48_bits() {
    for kernel in Kernel::ALL {
        for log_slots in 0..=15 {
            let plan = Embedding::new(kernel, log_slots).unwrap();
            let (a, b) = (random(plan.slots(), 3), random(plan.slots(), 4));
            let (mut re, mut im) = (a.clone(), b.clone());
            plan.inverse(&mut re, &mut im);
            plan.forward(&mut re, &mut im);
            let error = distance(&a, &re).max(distance(&b, &im));
            assert!(error < (-48f64).exp2(), "{kernel} {log_slots} {error:e}");
        }
    }
}

/// X -> X^5 moves the value of each slot to the one before.
#[test]
fn the_fifth_power_rotates_slots() {
    let plan = Embedding::new(Kernel::best(), 7).unwrap();
    let (slots, n) = (plan.slots(), 2 * plan.slots());
    let a = random(n, 5);
    let mut image = vec![0.0; n];
    for (k, a) in a.iter().enumerate() {
        let to = 5 * k % (2 * n);
        image[to % n] = if to < n { *a } else { -a };
    }
    let transform = |a: &[f64]| {
        let (mut re, mut im) = (a[..slots].to_vec(), a[slots..].to_vec());
        plan.forward(&mut re, &mut im);
        (re, im)
    };
    let ((mut re, mut im), (moved_re, moved_im)) = (transform(&a), transform(&image));
    re.rotate_left(1);
    im.rotate_left(1);
    assert!(distance(&re, &moved_re).max(distance(&im, &moved_im)) < 1e-12);
}

/// The coefficients of few slots, spread out, fill the slots of a larger ring with copies.
#[test]
fn few_slots_repeat_in_a_larger_ring() {
    let (few, many) = (Embedding::new(Kernel::best(), 3).unwrap(), Embedding::new(Kernel::best(), 6).unwrap());
    let (x, y) = (random(8, 6), random(8, 7));
    let (mut re, mut im) = (x.clone(), y.clone());
    few.inverse(&mut re, &mut im);
    let spread = |a: &[f64]| -> Vec<f64> { (0..64).map(|k| if k % 8 == 0 { a[k / 8] } else { 0.0 }).collect() };
    let (mut re, mut im) = (spread(&re), spread(&im));
    many.forward(&mut re, &mut im);
    assert!(distance(&re, &x.repeat(8)).max(distance(&im, &y.repeat(8))) < 1e-14);
}

#[test]
fn constants_are_the_same_in_every_slot() {
    for log_slots in [0, 2, 5, 9] {
        let plan = Embedding::new(Kernel::best(), log_slots).unwrap();
        let (mut re, mut im) = (vec![2.5; plan.slots()], vec![0.0; plan.slots()]);
        plan.inverse(&mut re, &mut im);
        assert!((re[0] - 2.5).abs() < 1e-14 && distance(&re[1..], &vec![0.0; re.len()]) < 1e-14);
        assert!(distance(&im, &vec![0.0; im.len()]) < 1e-14);
    }
}

#[test]
fn plans_end_at_the_largest_ring() {
    assert!(Embedding::new(Kernel::Scalar, Embedding::MOST_LOG_SLOTS).is_some());
    assert!(Embedding::new(Kernel::Scalar, Embedding::MOST_LOG_SLOTS + 1).is_none());
}

/// Slot `j` of a conjugate-invariant polynomial: a_0 + 2 sum a_i cos(2 pi i 5^j / 4N).
fn real_value(a: &[f64], j: usize) -> f64 {
    let log_order = a.len().ilog2() + 2;
    let exponent = power_of_five(j, log_order);
    let mut sum = Sum(a[0], 0.0);
    for (i, a) in a.iter().enumerate().skip(1) {
        sum.add(2.0 * a * root(exponent * i % (1 << log_order), log_order)[0]);
    }
    sum.0
}

#[test]
fn real_slots_are_the_values_at_powers_of_five() {
    for kernel in Kernel::ALL {
        for log_n in 0..=11 {
            let plan = RealEmbedding::new(kernel, log_n).unwrap();
            let a = random(plan.slots(), 8);
            let mut x = a.clone();
            plan.forward(&mut x);
            let bound = norm(&a, &a) * (-49f64).exp2();
            for j in (0..plan.slots()).step_by(1.max(plan.slots() / 64)) {
                assert!((x[j] - real_value(&a, j)).abs() < bound, "{kernel} {log_n} {j}");
            }
        }
        for log_n in 0..=15 {
            let plan = RealEmbedding::new(kernel, log_n).unwrap();
            let a = random(plan.slots(), 9);
            let mut x = a.clone();
            plan.inverse(&mut x);
            plan.forward(&mut x);
            assert!(distance(&a, &x) < (-48f64).exp2(), "{kernel} {log_n}");
        }
    }
}

/// The slots of a_0 + a_1 (X + X^-1) are a_0 + a_1 sqrt 2 and a_0 - a_1 sqrt 2: 2 cos(pi / 4) and 2 cos(5 pi / 4).
#[test]
fn two_real_slots_are_known() {
    let mut x = [3.0, 5.0];
    RealEmbedding::new(Kernel::best(), 1).unwrap().forward(&mut x);
    let root = 5.0 * 2f64.sqrt();
    assert!(distance(&x, &[3.0 + root, 3.0 - root]) < 1e-14);
    let mut one = [7.0];
    RealEmbedding::new(Kernel::best(), 0).unwrap().inverse(&mut one);
    assert_eq!(one, [7.0]);
}

/// By the definition of the complex one, coefficients i and i + N taken together.
#[test]
fn real_slots_are_complex_slots_without_imaginary_parts() {
    for kernel in Kernel::ALL {
        for log_n in [0, 3, 5, 6, 7, 8, 9, 13, 16] {
            let (real, complex) = (RealEmbedding::new(kernel, log_n).unwrap(), Embedding::new(kernel, log_n).unwrap());
            let values = random(real.slots(), 10);
            let (mut a, mut re, mut im) = (values.clone(), values, vec![0.0; real.slots()]);
            real.inverse(&mut a);
            complex.inverse(&mut re, &mut im);
            assert!(distance(&a, &re) < (-48f64).exp2(), "{kernel} {log_n}");
            let mirrored: Vec<f64> = a.iter().skip(1).rev().map(|a| -a).collect();
            assert!(im[0].abs() < (-48f64).exp2() && distance(&im[1..], &mirrored) < (-48f64).exp2());
        }
    }
    assert!(RealEmbedding::new(Kernel::Scalar, RealEmbedding::MOST_LOG_N + 1).is_none());
}

/// What one kernel rounds otherwise than another is not seen.
#[test]
fn kernels_agree_on_real_slots() {
    for log_n in [6, 8, 12] {
        let transformed = |kernel| {
            let plan = RealEmbedding::new(kernel, log_n).unwrap();
            let mut x = random(plan.slots(), 11);
            plan.inverse(&mut x);
            x
        };
        let portable = transformed(Kernel::Scalar);
        assert!(Kernel::ALL.into_iter().all(|kernel| distance(&transformed(kernel), &portable) < (-50f64).exp2()));
    }
}
