//! The order in which a polynomial is evaluated: baby steps and giant steps of least depth.
//!
//! `p = q B_m + r`, where B_m is the largest basis polynomial of a power of two that is not above p's degree, over
//! and over until what is left has few terms (Paterson and Stockmeyer, 1973; for Chebyshev polynomials Han
//! and Ki, "Better bootstrapping for approximate homomorphic encryption", 2020, section 4). The quotients go on being
//! split where basis polynomials are not to be had at their level, so that degree d takes no more than
//! `log2(d + 1)` levels (Bossuat, Mouchet, Troncoso-Pastoriza and Hubaux, "Efficient bootstrapping for approximate
//! homomorphic encryption with non-sparse keys", 2021, section 3.1).

use std::collections::BTreeSet;

use super::{Basis, RealPolynomial};

/// Levels for a polynomial of this degree over [-1, 1]: log2(degree + 1), rounded up.
pub fn depth(degree: usize) -> usize {
    (degree + 1).next_power_of_two().ilog2() as usize
}

/// Levels that basis polynomial `k >= 1` takes.
pub fn power_depth(k: usize) -> usize {
    k.next_power_of_two().ilog2() as usize
}

/// A sum: all of it at one level and scale, relinearized and rescaled once at the end.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Sum {
    /// Another sum, at one level more, times a basis polynomial.
    pub products: Vec<(Sum, usize)>,
    /// Basis polynomials, of degree 1 and up, times constants.
    pub terms: Vec<(usize, f64)>,
    /// A constant.
    pub constant: f64,
}

/// A sum and the basis polynomials that it needs.
#[derive(Debug, Clone, PartialEq)]
pub struct Schedule {
    /// The polynomial.
    pub sum: Sum,
    /// Degrees of the basis polynomials that it takes, and of those that they take, ascending.
    pub powers: BTreeSet<usize>,
}

impl Schedule {
    /// The cheapest schedule of least depth: as many baby steps as leave the fewest key switches, and among these the
    /// fewest products.
    pub fn new(polynomial: &RealPolynomial) -> Schedule {
        let levels = depth(polynomial.degree());
        let schedule = |log_baby: usize| {
            let left = levels.saturating_sub(1);
            let sum = schedule(polynomial.basis(), polynomial.coefficients().to_vec(), log_baby, left);
            let mut powers = BTreeSet::new();
            collect(polynomial.basis(), &sum, &mut powers);
            Schedule { sum, powers }
        };
        let mut best = schedule(1);
        for log_baby in 2..=levels {
            let other = schedule(log_baby);
            if other.cost() < best.cost() {
                best = other;
            }
        }
        best
    }

    /// Key switches, then products.
    pub fn cost(&self) -> (usize, usize) {
        let (switches, products) = counts(&self.sum);
        let powers = self.powers.iter().filter(|k| **k > 1).count();
        (powers + switches, powers + products)
    }
}

/// Degrees of the two basis polynomials whose product gives the one of degree `k >= 2`. For Chebyshev
/// polynomials `T_(a+b) = 2 T_a T_b - T_(a-b)` takes another one, of degree 0 or 1 for this choice.
pub fn factors(basis: Basis, k: usize) -> (usize, usize) {
    match basis {
        Basis::Power if !k.is_power_of_two() => (1 << k.ilog2(), k - (1 << k.ilog2())),
        Basis::Power | Basis::Chebyshev { .. } => (k.div_ceil(2), k / 2),
    }
}

fn schedule(basis: Basis, mut rest: Vec<f64>, log_baby: usize, left: usize) -> Sum {
    let mut sum = Sum::default();
    loop {
        let degree = rest.len().saturating_sub(1);
        if degree < 1 << log_baby && power_depth(degree.max(1)) <= left {
            break;
        }
        let m = 1 << degree.ilog2();
        let (quotient, remainder) = divide(basis, rest, m);
        match quotient[..] {
            [constant] => sum.terms.push((m, constant)),
            _ => sum.products.push((schedule(basis, quotient, log_baby, left.saturating_sub(1)), m)),
        }
        rest = remainder;
    }
    sum.constant = rest.first().copied().unwrap_or(0.0);
    sum.terms.extend(rest.into_iter().enumerate().skip(1).filter(|(_, c)| *c != 0.0));
    sum
}

/// `p = q B_m + r` for a degree between m and 2m - 1.
fn divide(basis: Basis, coefficients: Vec<f64>, m: usize) -> (Vec<f64>, Vec<f64>) {
    let mut remainder = coefficients;
    let mut quotient = remainder.split_off(m);
    if basis != Basis::Power {
        // T_(m+i) = 2 T_m T_i - T_(m-i).
        for (i, c) in quotient.iter_mut().enumerate().skip(1) {
            remainder[m - i] -= *c;
            *c *= 2.0;
        }
    }
    while remainder.last() == Some(&0.0) {
        remainder.pop();
    }
    (quotient, remainder)
}

fn collect(basis: Basis, sum: &Sum, powers: &mut BTreeSet<usize>) {
    sum.terms.iter().for_each(|(k, _)| need(basis, *k, powers));
    for (quotient, m) in &sum.products {
        need(basis, *m, powers);
        collect(basis, quotient, powers);
    }
}

fn need(basis: Basis, k: usize, powers: &mut BTreeSet<usize>) {
    if powers.insert(k) && k > 1 {
        let (a, b) = factors(basis, k);
        need(basis, a, powers);
        need(basis, b, powers);
    }
}

/// Key switches and products of a sum: one switch for all of its products.
fn counts(sum: &Sum) -> (usize, usize) {
    let own = (usize::from(!sum.products.is_empty()), sum.products.len());
    sum.products.iter().map(|(quotient, _)| counts(quotient)).fold(own, |a, b| (a.0 + b.0, a.1 + b.1))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use super::*;

    fn value(sum: &Sum, basis: &dyn Fn(usize) -> f64) -> f64 {
        let products: f64 = sum.products.iter().map(|(quotient, m)| value(quotient, basis) * basis(*m)).sum();
        let terms: f64 = sum.terms.iter().map(|(k, c)| c * basis(*k)).sum();
        products + terms + sum.constant
    }

    /// Levels a sum takes where basis polynomial k is there after `power_depth(k)` of them.
    fn levels(sum: &Sum) -> usize {
        let product = |(quotient, m): &(Sum, usize)| levels(quotient).max(power_depth(*m)) + 1;
        let term = |(k, _): &(usize, f64)| power_depth(*k) + 1;
        sum.products.iter().map(product).chain(sum.terms.iter().map(term)).max().unwrap_or(0)
    }

    #[test]
    fn schedules_are_the_polynomial_at_least_depth() {
        for degree in 1..=70 {
            let coefficients: Vec<f64> =
                (0..=degree).map(|k| f64::from((k * 7919 + 13) as u32 % 201) / 100.0 - 1.0).collect();
            let x = 0.73f64;
            let powers = RealPolynomial::from_powers(&coefficients).unwrap();
            let chebyshev = RealPolynomial::from_chebyshev(&coefficients, [-1.0, 1.0]).unwrap();
            let basis: [&dyn Fn(usize) -> f64; 2] = [&|k| x.powi(k as i32), &|k| (k as f64 * x.acos()).cos()];
            for (polynomial, basis) in [powers, chebyshev].iter().zip(basis) {
                let schedule = Schedule::new(polynomial);
                assert!((value(&schedule.sum, basis) - polynomial.value(x)).abs() < 1e-12, "degree {degree}");
                assert!(levels(&schedule.sum) <= depth(polynomial.degree()), "degree {degree}");
            }
        }
    }

    /// By hand: x^2, x^3, x^4, then (c_7 x^3 + ...) x^4 + ...; splitting the quotient for depth 3 leaves
    /// ((c_7 x + c_6) x^2 + (c_5 x + c_4)) x^4 + c_3 x^3 + ...
    #[test]
    fn degree_seven_takes_three_levels_and_five_key_switches() {
        let polynomial = RealPolynomial::from_powers(&[1.0; 8]).unwrap();
        let schedule = Schedule::new(&polynomial);
        assert_eq!(levels(&schedule.sum), 3);
        assert!(schedule.cost().0 <= 5, "{:?}", schedule.cost());
        // Odd polynomials do not pay for even terms.
        let odd = RealPolynomial::from_chebyshev(&[0.0, 1.0, 0.0, 1.0, 0.0, 1.0, 0.0, 1.0], [-1.0, 1.0]).unwrap();
        assert!(Schedule::new(&odd).cost() <= schedule.cost());
    }
}
