//! Polynomials in every slot.

use super::*;
use crate::ckks::polynomial::{Basis, RealPolynomial};

/// A set with levels for degree 31 and a change of variable.
fn deep() -> [Parameters; 3] {
    let case = |ring, first, rest, special: &[u32]| {
        let moduli = [[first].as_slice(), &[rest; 6]].concat();
        let literal = Literal { log_n: 8, ring, moduli, special: special.to_vec(), log_scale: f64::from(rest) };
        Parameters::new(literal, Kernel::best()).unwrap()
    };
    [
        case(RingKind::Standard, 50, 45, &[50]),
        case(RingKind::ConjugateInvariant, 50, 40, &[50, 50]),
        case(RingKind::Standard, 38, 30, &[38, 38]),
    ]
}

fn check(params: &Parameters, what: &str, polynomial: &RealPolynomial, half_width: f64) {
    let request = Request { relinearization: Some(params.max_level()), galois: [].into() };
    let keys = Keys::of_request(params, &request);
    let bench = Bench::new(params, &keys);
    let whole = polynomial.basis() == Basis::Power;
    let x = if whole { values(params, 21) } else { reals(&values(params, 21)) };
    let x: Vec<Complex> = x.iter().map(|x| *x * half_width).collect();
    let horner =
        |x: &Complex| polynomial.coefficients().iter().rev().fold(Complex::default(), |sum, c| sum * *x + (*c).into());
    let value = |x: &Complex| if whole { horner(x) } else { polynomial.value(x.re).into() };
    let exact: Vec<Complex> = x.iter().map(value).collect();
    for level in polynomial.depth()..=params.max_level() {
        let a = bench.encrypt(&x, level, 22);
        // Any scale can be had.
        for scale in [params.scale(), 0.7 * params.scale()] {
            let value = bench.evaluator().evaluate_polynomial(&a, polynomial, scale).unwrap();
            assert_eq!((value.scale(), value.level(), value.degree()), (scale, level - polynomial.depth(), 1));
            bench.check(what, &value, &exact);
        }
    }
}

#[test]
fn powers() {
    for params in deep() {
        for degree in [1, 2, 3, 5, 7, 8, 15, 20] {
            let coefficients: Vec<f64> = (0..=degree).map(|k| f64::from(k * 37 % 11 - 5) / 10.0).collect();
            let polynomial = RealPolynomial::from_powers(&coefficients).unwrap();
            check(&params, &format!("powers to {degree}"), &polynomial, 1.0);
        }
        let single = RealPolynomial::from_powers(&[0.0, 0.0, 0.0, 0.0, 1.0]).unwrap();
        check(&params, "fourth power", &single, 1.0);
    }
}

#[test]
fn chebyshev() {
    for params in deep() {
        for degree in [1, 2, 3, 4, 7, 12, 15, 31] {
            let polynomial = RealPolynomial::interpolating(|x| (2.0 * x).sin() + 0.3, degree, [-1.0, 1.0]).unwrap();
            check(&params, &format!("chebyshev to {degree}"), &polynomial, 1.0);
        }
    }
}

#[test]
fn approximations_over_intervals() {
    for params in deep() {
        let sigmoid = RealPolynomial::interpolating(|x| 1.0 / (1.0 + (-x).exp()), 23, [-8.0, 8.0]).unwrap();
        check(&params, "sigmoid", &sigmoid, 8.0);
        let relu = RealPolynomial::interpolating(|x| x.max(0.0), 15, [-3.0, 3.0]).unwrap();
        check(&params, "relu", &relu, 3.0);
        let shifted = RealPolynomial::interpolating(|x| x.exp(), 6, [-1.0, 2.0]).unwrap();
        check(&params, "exp", &shifted, 1.0);
    }
}

/// The smallest set: five levels of 26 bits.
#[test]
fn small_primes() {
    let params = &cases()[2];
    let square = RealPolynomial::from_powers(&[0.0, 0.0, 1.0]).unwrap();
    check(params, "square", &square, 1.0);
    let relu = RealPolynomial::interpolating(|x| x.max(0.0), 7, [-2.0, 2.0]).unwrap();
    check(params, "relu of degree 7", &relu, 2.0);
}

#[test]
fn what_does_not_fit_is_refused() {
    let params = &cases()[0];
    let keys = Keys::new(params);
    let bench = Bench::new(params, &keys);
    let evaluator = bench.evaluator();
    let a = bench.encrypt(&values(params, 1), 3, 1);
    let evaluate = |polynomial: &RealPolynomial, a: &Ciphertext| {
        evaluator.evaluate_polynomial(a, polynomial, params.scale()).unwrap_err().to_string()
    };
    let deep = RealPolynomial::from_powers(&[1.0; 10]).unwrap();
    assert!(evaluate(&deep, &a).contains("needs level 4, but the ciphertext is at level 3"));
    let constant = RealPolynomial::from_powers(&[1.0]).unwrap();
    assert!(evaluate(&constant, &a).contains("encode the constant"));
    let narrow = RealPolynomial::from_chebyshev(&[0.0, 1.0], [-0.5, 0.5]).unwrap();
    assert!(evaluate(&narrow, &a).contains("holds on [-0.5, 0.5]"));
}
