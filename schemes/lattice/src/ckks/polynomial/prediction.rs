//! The error of a polynomial's value, predicted without a ciphertext.
//!
//! An evaluation's errors have a common origin, the argument's error, which reaches the result multiplied by the
//! derivative: adding up terms in the worst case would be far from it. So each error that enters is followed by
//! itself, as a function of the slot's value, on sample points: errors of products follow the product rule, and those
//! that entered apart are independent.

use std::collections::BTreeMap;

use super::schedule::{Schedule, Sum, factors};
use super::{Basis, RealPolynomial};
use crate::ckks::complex::Complex;
use crate::ckks::noise::{Noise, division_variance, switching_variance};
use crate::ckks::parameters::Parameters;

/// Sample points at most.
const MOST_POINTS: usize = 128;

/// What a ciphertext is predicted to hold: values and errors by sample point, without the scale.
#[derive(Debug, Clone)]
struct Shadow {
    level: usize,
    scale: f64,
    values: Vec<Complex>,
    /// By the number of the error's entry, its deviation times what it has been multiplied by.
    errors: BTreeMap<usize, Vec<Complex>>,
}

/// Predicts evaluations, step by step as they are made.
struct Predictor<'p> {
    params: &'p Parameters,
    basis: Basis,
    /// Errors that have entered.
    entered: usize,
    powers: BTreeMap<usize, Shadow>,
}

/// The noise of a polynomial's value at a scale, where its argument, carried to [-1, 1] for a Chebyshev basis, is
/// predicted to have `noise` at a level and scale.
pub fn predict(
    params: &Parameters,
    polynomial: &RealPolynomial,
    schedule: &Schedule,
    argument: (Noise, usize, f64),
    result: (usize, f64),
) -> Noise {
    let (noise, level, scale) = argument;
    let values = points(params, polynomial, noise.bound);
    let mut predictor = Predictor { params, basis: polynomial.basis(), entered: 0, powers: BTreeMap::new() };
    let mut first = Shadow { level, scale, values, errors: BTreeMap::new() };
    predictor.enter(&mut first, noise.deviation / scale);
    predictor.powers.insert(1, first);
    for k in schedule.powers.iter().filter(|k| **k > 1) {
        let power = predictor.power(*k);
        predictor.powers.insert(*k, power);
    }
    let (level, scale) = result;
    let sum = predictor.sum(&schedule.sum, level + 1, scale * params.prime(level + 1));
    let value = predictor.finished(sum, !schedule.sum.products.is_empty());
    let largest = value.values.iter().map(|value| value.magnitude()).fold(0.0, f64::max);
    let square = |point: usize| value.errors.values().map(|error| error[point].magnitude().powi(2)).sum::<f64>();
    let deviation = (0..value.values.len()).map(square).fold(0.0, f64::max).sqrt();
    Noise { deviation: deviation * scale, bound: polynomial.largest_value().unwrap_or(largest) }
}

/// Values that the argument may have: in a Chebyshev basis and with real slots an interval, otherwise the circle on
/// which functions without poles are largest.
fn points(params: &Parameters, polynomial: &RealPolynomial, bound: f64) -> Vec<Complex> {
    let count = (4 * polynomial.degree()).clamp(16, MOST_POINTS);
    let angle = |k: usize| std::f64::consts::PI * k as f64 / count as f64;
    let real = params.slots() == params.rlwe().degree();
    match polynomial.basis() {
        Basis::Chebyshev { .. } => (0..=count).map(|k| Complex::from(angle(k).cos())).collect(),
        Basis::Power if real => (0..=count).map(|k| Complex::from(bound * angle(k).cos())).collect(),
        // Conjugate values give conjugate results.
        Basis::Power => (0..=count).map(|k| Complex::new(angle(k).cos(), angle(k).sin()) * bound).collect(),
    }
}

impl Predictor<'_> {
    /// Adds an error that is independent of all before.
    fn enter(&mut self, shadow: &mut Shadow, deviation: f64) {
        shadow.errors.insert(self.entered, vec![deviation.into(); shadow.values.len()]);
        self.entered += 1;
    }

    fn product(&self, a: &Shadow, b: &Shadow) -> Shadow {
        let mut product = Shadow {
            level: a.level.min(b.level),
            scale: a.scale * b.scale,
            values: times(&a.values, &b.values),
            errors: BTreeMap::new(),
        };
        for (factor, other) in [(a, b), (b, a)] {
            for (entry, error) in &other.errors {
                add_times(&mut product.errors, *entry, error, |point| factor.values[point]);
            }
        }
        product
    }

    /// `sum += constant * shadow`, the constant rounded at the scale between the two.
    fn add_multiple(&mut self, sum: &mut Shadow, shadow: &Shadow, constant: f64) {
        for (value, other) in sum.values.iter_mut().zip(&shadow.values) {
            *value = *value + *other * constant;
        }
        for (entry, error) in &shadow.errors {
            add_times(&mut sum.errors, *entry, error, |_| constant.into());
        }
        let rounding = self.params.deviation_of_slots(0.5 * shadow.scale / sum.scale);
        let largest = shadow.values.iter().map(|value| value.magnitude()).fold(0.0, f64::max);
        self.enter(sum, rounding * largest);
    }

    /// After the rescaling, and the relinearization of products.
    fn finished(&mut self, mut shadow: Shadow, switched: bool) -> Shadow {
        let prime = self.params.prime(shadow.level);
        let switching = if switched { switching_variance(self.params.rlwe(), shadow.level) } else { 0.0 };
        shadow.scale /= prime;
        let variance = switching / (prime * prime) + division_variance(self.params.rlwe(), 1);
        let deviation = variance.sqrt() / shadow.scale;
        shadow.level -= 1;
        self.enter(&mut shadow, deviation);
        shadow
    }

    fn power(&mut self, k: usize) -> Shadow {
        let (a, b) = factors(self.basis, k);
        let mut product = self.product(&self.powers[&a], &self.powers[&b]);
        if self.basis != Basis::Power {
            product.values.iter_mut().for_each(|value| *value = *value * 2.0);
            product.errors.values_mut().flatten().for_each(|error| *error = *error * 2.0);
            match a - b {
                0 => product.values.iter_mut().for_each(|value| *value = *value - 1.0.into()),
                difference => self.add_multiple(&mut product, &self.powers[&difference].clone(), -1.0),
            }
        }
        self.finished(product, true)
    }

    fn sum(&mut self, sum: &Sum, level: usize, scale: f64) -> Shadow {
        let zero = vec![Complex::default(); self.powers[&1].values.len()];
        let mut total = Shadow { level, scale, values: zero, errors: BTreeMap::new() };
        for (quotient, m) in &sum.products {
            let quotient_scale = scale / self.powers[m].scale;
            let above = self.sum(quotient, level + 1, quotient_scale * self.params.prime(level + 1));
            let quotient = self.finished(above, !quotient.products.is_empty());
            let product = self.product(&quotient, &self.powers[m]);
            total.values.iter_mut().zip(&product.values).for_each(|(total, value)| *total = *total + *value);
            for (entry, error) in &product.errors {
                add_times(&mut total.errors, *entry, error, |_| 1.0.into());
            }
        }
        for (k, constant) in &sum.terms {
            self.add_multiple(&mut total, &self.powers[k].clone(), *constant);
        }
        total.values.iter_mut().for_each(|value| *value = *value + sum.constant.into());
        total
    }
}

fn times(a: &[Complex], b: &[Complex]) -> Vec<Complex> {
    a.iter().zip(b).map(|(a, b)| *a * *b).collect()
}

/// `errors[entry] += error * factor`, by sample point.
fn add_times(
    errors: &mut BTreeMap<usize, Vec<Complex>>,
    entry: usize,
    error: &[Complex],
    factor: impl Fn(usize) -> Complex,
) {
    let sum = errors.entry(entry).or_insert_with(|| vec![Complex::default(); error.len()]);
    for (point, (sum, error)) in sum.iter_mut().zip(error).enumerate() {
        *sum = *sum + *error * factor(point);
    }
}
