//! Matrices times encrypted vectors.

use super::*;
use crate::ckks::linear::diagonals::Diagonals;
use crate::ckks::linear::transform::{LinearTransform, rotation};
use crate::linear::plan::Plan;
use crate::rlwe::matrix::Matrix;

fn entry(i: usize, j: usize) -> f64 {
    f64::from(((i * 31 + j * 17) * 2_654_435_761 % 1000) as u32) / 1000.0 - 0.5
}

/// The smallest parameters of each kind.
fn small() -> Vec<Parameters> {
    cases().into_iter().filter(|params| params.rlwe().log_n() == 8).chain([cases().swap_remove(2)]).collect()
}

fn check(params: &Parameters, what: &str, matrix: &Diagonals, plan: &Plan, x: &[Complex]) {
    let mut request = Request::default();
    params.request_plan(&mut request, plan, params.max_level());
    let keys = Keys::of_request(params, &request);
    let (bench, exact) = (Bench::new(params, &keys), matrix.apply(x));
    for level in 1..=params.max_level() {
        let scale = params.prime(level);
        let transform = LinearTransform::new(&bench.encoder, matrix, plan.clone(), level, scale).unwrap();
        let a = bench.encrypt(x, level, 30);
        let mut product = bench.evaluator().transform(&a, &transform).unwrap();
        bench.check(what, &product, &exact);
        bench.evaluator().rescale(&mut product).unwrap();
        bench.check(&format!("{what}, rescaled"), &product, &exact);
        let merged = bench.evaluator().transform_rescale(&a, &transform).unwrap();
        assert_eq!((merged.level(), merged.scale()), (level - 1, a.scale()));
        bench.check(&format!("{what} and rescaled at once"), &merged, &exact);
    }
}

#[test]
fn matrices_of_all_shapes() {
    for params in small() {
        let (slots, x) = (params.slots(), values(&params, 31));
        for [rows, columns] in [[7, 40], [33, 9], [64, 64]] {
            let matrix = Diagonals::of_matrix(slots, [rows, columns], entry).unwrap();
            check(&params, &format!("{rows} x {columns}"), &matrix, &matrix.plan(), &x);
        }
        let repeated: Vec<Complex> = (0..slots).map(|j| x[j % 32]).collect();
        let matrix = Diagonals::of_repeated(slots, 32, [10, 32], entry).unwrap();
        check(&params, "10 x 32 repeated", &matrix, &matrix.plan(), &repeated);
    }
}

#[test]
fn every_split_in_steps_gives_the_same() {
    let params = &cases()[0];
    let x = values(params, 32);
    let complex = |k: usize| {
        let diagonal = values(params, 40 + k as u64);
        (k * 13 % params.slots(), diagonal)
    };
    let matrix = Diagonals::new(params.slots(), (0..9).map(complex).collect()).unwrap();
    for log_baby in 0..=params.slots().ilog2() {
        let plan = Plan::with_baby_steps(matrix.iter().map(|(k, _)| k), 1 << log_baby);
        check(params, &format!("baby steps below {}", 1 << log_baby), &matrix, &plan, &x);
    }
}

#[test]
fn transforms_for_a_level_serve_those_below() {
    let params = &cases()[1];
    let x = values(params, 33);
    let matrix = Diagonals::of_matrix(params.slots(), [20, 20], entry).unwrap();
    let plan = matrix.plan();
    let mut request = Request::default();
    params.request_plan(&mut request, &plan, 3);
    let keys = Keys::of_request(params, &request);
    let bench = Bench::new(params, &keys);
    let transform = LinearTransform::new(&bench.encoder, &matrix, plan, 3, params.scale()).unwrap();
    for level in 1..=3 {
        let product = bench.evaluator().transform(&bench.encrypt(&x, level, 34), &transform).unwrap();
        bench.check("transform for a higher level", &product, &matrix.apply(&x));
    }
    let refused = bench.evaluator().transform(&bench.encrypt(&x, 4, 34), &transform).unwrap_err().to_string();
    assert!(refused.contains("levels 4 and 3"), "{refused}");
    let none = EvaluationKeys::default();
    let without = Evaluator::new(params, &none).unwrap();
    let refused = without.transform(&bench.encrypt(&x, 3, 34), &transform).unwrap_err().to_string();
    assert!(refused.contains("X -> X^") && refused.contains("key request"), "{refused}");
    let other = Diagonals::of_matrix(2 * params.slots(), [2, 2], entry).unwrap();
    let refused = LinearTransform::new(&bench.encoder, &other, other.plan(), 3, 1.0).unwrap_err().to_string();
    assert!(refused.contains("512 values do not fit 256 slots"), "{refused}");
}

#[test]
fn sums_of_rotations() {
    for params in small() {
        let (slots, x) = (params.slots(), values(&params, 36));
        let steps = [0, 4, 8, 12];
        let mut request = Request::default();
        let elements: Vec<usize> = steps.iter().map(|steps| rotation(&params, *steps)).collect();
        elements.iter().for_each(|element| request.ask(*element, params.max_level()));
        assert_eq!(request.galois.len(), 3);
        let keys = Keys::of_request(&params, &request);
        let bench = Bench::new(&params, &keys);
        let at = |i: usize| steps.iter().fold(Complex::default(), |sum, steps| sum + x[(i + steps) % slots]);
        let expected: Vec<Complex> = (0..slots).map(at).collect();
        for level in 1..=params.max_level() {
            let (a, matrix) = (bench.encrypt(&x, level, 37), Matrix::sum(level, elements.iter().copied()));
            bench.check("sum of rotations", &bench.evaluator().rotate_sum(&a, &matrix).unwrap(), &expected);
            let merged = bench.evaluator().rotate_sum_rescale(&a, &matrix).unwrap();
            let reread = merged.reinterpret(1.0).unwrap();
            assert_eq!(reread.level(), level - 1);
        }
    }
}
