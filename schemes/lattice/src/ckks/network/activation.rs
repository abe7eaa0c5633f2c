//! What follows a map: squares, and polynomials of values within 1.

use blindbench_core::error::Result;
use blindbench_core::network::architecture::Architecture;

use crate::ckks::polynomial::RealPolynomial;
use crate::ckks::polynomial::schedule::{self, Schedule};
use crate::network::affine::{Curve, Stages};
use crate::network::track::Multiplications;

/// An activation of values that are divided by their range.
#[derive(Debug, Clone, PartialEq)]
pub enum Activation {
    /// The square.
    Square,
    /// A polynomial, divided by what it stays below.
    Polynomial {
        /// Of values within 1, with values within 1.
        polynomial: RealPolynomial,
        /// A power of two that the network's own polynomial stays below where its values are within their range.
        largest: f64,
    },
}

impl Activation {
    /// Levels that it takes.
    pub fn depth(&self) -> usize {
        match self {
            Activation::Square => 1,
            Activation::Polynomial { polynomial, .. } => polynomial.depth(),
        }
    }

    /// Products and key switches.
    pub fn multiplications(&self) -> Multiplications {
        match self {
            Activation::Square => Multiplications::SQUARE,
            Activation::Polynomial { polynomial, .. } => {
                let (switches, products) = Schedule::new(polynomial).cost();
                Multiplications { products: products as u64, switches: switches as u64 }
            }
        }
    }

    fn of(curve: &Curve, range: f64) -> Result<Activation> {
        let Curve::Polynomial(coefficients) = curve else { return Ok(Activation::Square) };
        let carried = |(k, c): (usize, &f64)| c * range.powi(k as i32);
        let carried: Vec<f64> = coefficients.iter().enumerate().map(carried).collect();
        let largest = largest(&RealPolynomial::from_powers(&carried)?)?;
        let divided: Vec<f64> = carried.iter().map(|c| c / largest).collect();
        Ok(Activation::Polynomial { polynomial: RealPolynomial::from_powers(&divided)?, largest })
    }
}

/// Levels that a curve takes.
pub fn depth(curve: &Curve) -> usize {
    match curve {
        Curve::Square { .. } => 1,
        Curve::Polynomial(_) => schedule::depth(curve.degree()),
    }
}

/// A power of two that a polynomial stays below on [-1, 1].
fn largest(polynomial: &RealPolynomial) -> Result<f64> {
    let value = |x: f64| polynomial.value(x);
    let bound = RealPolynomial::interpolating(value, polynomial.degree(), [-1.0, 1.0])?.largest_value();
    Ok(bound.unwrap_or(0.0).max(f64::MIN_POSITIVE).log2().ceil().exp2())
}

/// By map but the last: what follows it.
///
/// # Errors
/// Those of [`Stages::outline`].
pub fn all(architecture: &Architecture, ranges: &[f64]) -> Result<Vec<Activation>> {
    let curves = Stages::<f64>::outline(architecture)?.activations;
    curves.iter().zip(ranges).map(|(curve, range)| Activation::of(curve, *range)).collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

    use super::*;

    #[test]
    fn polynomials_are_carried_to_values_within_one() {
        let coefficients = vec![0.5, -1.0, 0.25, 0.125];
        let value = |x: f64| 0.5 - x + 0.25 * x * x + 0.125 * x.powi(3);
        let activation = Activation::of(&Curve::Polynomial(coefficients), 8.0).unwrap();
        let Activation::Polynomial { polynomial, largest } = &activation else { panic!("a polynomial") };
        assert_eq!(*largest, 128.0);
        for k in -8..=8 {
            let x = f64::from(k);
            assert!((polynomial.value(x / 8.0) * largest - value(x)).abs() < 1e-12);
            assert!(polynomial.value(x / 8.0).abs() < 1.0);
        }
        assert_eq!((activation.depth(), Activation::Square.depth()), (2, 1));
        assert!(activation.multiplications().products >= 2);
    }
}
