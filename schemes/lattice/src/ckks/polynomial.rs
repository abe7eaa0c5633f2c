//! Polynomials in one variable with real coefficients, to be evaluated in every slot.

pub mod evaluation;
pub mod powers;
pub mod prediction;
pub mod schedule;

use crate::error::{Error, Result};

/// What coefficients belong to.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Basis {
    /// The powers of the variable.
    Power,
    /// Chebyshev polynomials of the first kind of the variable, carried from the interval to [-1, 1]: the slots'
    /// values must be real and in the interval. Better conditioned, and the form that approximations come in.
    Chebyshev {
        /// The interval's lower end.
        from: f64,
        /// Its upper end.
        to: f64,
    },
}

/// A polynomial in a basis.
#[derive(Debug, Clone, PartialEq)]
pub struct RealPolynomial {
    basis: Basis,
    /// From degree 0 on; the last one is not 0.
    coefficients: Vec<f64>,
}

impl RealPolynomial {
    /// `c_0 + c_1 x + c_2 x^2 + ...`.
    ///
    /// # Errors
    /// [`Error::Value`] for coefficients that are not finite.
    pub fn from_powers(coefficients: &[f64]) -> Result<RealPolynomial> {
        Self::new(Basis::Power, coefficients.to_vec())
    }

    /// `c_0 + c_1 T_1 + c_2 T_2 + ...` of the variable carried from the interval to [-1, 1].
    ///
    /// # Errors
    /// [`Error::Value`] for coefficients that are not finite, [`Error::Refused`] for an empty interval.
    pub fn from_chebyshev(coefficients: &[f64], [from, to]: [f64; 2]) -> Result<RealPolynomial> {
        if !(from.is_finite() && to.is_finite() && from < to) {
            return Err(Error::Refused(format!("[{from}, {to}] is no interval: give its lower end first")));
        }
        Self::new(Basis::Chebyshev { from, to }, coefficients.to_vec())
    }

    /// The polynomial of at most this degree that agrees with `f` in the interval's Chebyshev nodes (Trefethen,
    /// "Approximation Theory and Approximation Practice", 2013, chapter 3).
    ///
    /// # Errors
    /// Those of [`RealPolynomial::from_chebyshev`].
    pub fn interpolating(f: impl Fn(f64) -> f64, degree: usize, interval: [f64; 2]) -> Result<RealPolynomial> {
        let (count, [from, to]) = (degree + 1, interval);
        let angle = |k: usize| std::f64::consts::PI * (k as f64 + 0.5) / count as f64;
        let node = |k: usize| (from + to) / 2.0 + (to - from) / 2.0 * angle(k).cos();
        let values: Vec<f64> = (0..count).map(|k| f(node(k))).collect();
        let coefficient = |j: usize| {
            let sum: f64 = values.iter().enumerate().map(|(k, value)| value * (j as f64 * angle(k)).cos()).sum();
            sum * if j == 0 { 1.0 } else { 2.0 } / count as f64
        };
        Self::from_chebyshev(&(0..count).map(coefficient).collect::<Vec<_>>(), interval)
    }

    fn new(basis: Basis, mut coefficients: Vec<f64>) -> Result<RealPolynomial> {
        if let Some((place, value)) = coefficients.iter().enumerate().find(|(_, c)| !c.is_finite()) {
            let reason = "is not finite: take numbers as coefficients".into();
            return Err(Error::Value { place, value: value.to_string(), reason });
        }
        while coefficients.last() == Some(&0.0) {
            coefficients.pop();
        }
        Ok(RealPolynomial { basis, coefficients })
    }

    /// The basis.
    pub fn basis(&self) -> Basis {
        self.basis
    }

    /// The coefficients from degree 0 on, without zeros at the end.
    pub fn coefficients(&self) -> &[f64] {
        &self.coefficients
    }

    /// The degree; 0 for the zero polynomial.
    pub fn degree(&self) -> usize {
        self.coefficients.len().saturating_sub(1)
    }

    /// Levels that evaluation takes: `log2(degree + 1)` rounded up, and one for an interval other than [-1, 1].
    pub fn depth(&self) -> usize {
        schedule::depth(self.degree()) + usize::from(self.change_of_variable().is_some())
    }

    /// The value in the clear.
    pub fn value(&self, x: f64) -> f64 {
        match self.basis {
            Basis::Power => self.coefficients.iter().rev().fold(0.0, |sum, c| sum * x + c),
            Basis::Chebyshev { .. } => {
                let (factor, offset) = self.change_of_variable().unwrap_or((1.0, 0.0));
                let u = factor * x + offset;
                // Clenshaw's recurrence.
                let step = |(b1, b2): (f64, f64), c: &f64| (2.0 * u * b1 - b2 + c, b1);
                let (b0, b1) = self.coefficients.iter().rev().fold((0.0, 0.0), step);
                b0 - u * b1
            }
        }
    }

    /// Factor and offset that carry the interval to [-1, 1]; none where it is that already.
    pub(crate) fn change_of_variable(&self) -> Option<(f64, f64)> {
        match self.basis {
            Basis::Chebyshev { from, to } if from != -1.0 || to != 1.0 => {
                Some((2.0 / (to - from), -(from + to) / (to - from)))
            }
            Basis::Power | Basis::Chebyshev { .. } => None,
        }
    }

    /// A bound of its magnitude on the interval of a Chebyshev basis, from values in 8 times as many extreme
    /// points as its degree (Ehlich and Zeller, "Schwankung von Polynomen zwischen Gitterpunkten", 1964).
    pub(crate) fn largest_value(&self) -> Option<f64> {
        let Basis::Chebyshev { from, to } = self.basis else { return None };
        let count = 8 * self.degree().max(1);
        let point = |k: usize| (std::f64::consts::PI * k as f64 / count as f64).cos();
        let value = |k: usize| self.value((from + to) / 2.0 + (to - from) / 2.0 * point(k)).abs();
        let largest = (0..=count).map(value).fold(0.0, f64::max);
        Some(largest / (std::f64::consts::PI / 16.0).cos())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use super::RealPolynomial;

    #[test]
    fn values_are_those_of_the_bases() {
        let powers = RealPolynomial::from_powers(&[1.0, -2.0, 0.0, 3.0, 0.0]).unwrap();
        assert_eq!((powers.degree(), powers.depth()), (3, 2));
        assert_eq!(powers.value(2.0), 21.0);
        // T_3 = 4 u^3 - 3 u, T_2 = 2 u^2 - 1; u = (x - 3) / 2 on [1, 5].
        let chebyshev = RealPolynomial::from_chebyshev(&[0.5, 0.0, 2.0, 1.0], [1.0, 5.0]).unwrap();
        let u = 0.25f64;
        let expected = 0.5 + 2.0 * (2.0 * u * u - 1.0) + 4.0 * u.powi(3) - 3.0 * u;
        assert!((chebyshev.value(3.5) - expected).abs() < 1e-15);
        assert_eq!(chebyshev.depth(), 3);
    }

    #[test]
    fn interpolation_converges_and_bounds_hold() {
        let sigmoid = |x: f64| 1.0 / (1.0 + (-x).exp());
        let polynomial = RealPolynomial::interpolating(sigmoid, 31, [-8.0, 8.0]).unwrap();
        let largest = polynomial.largest_value().unwrap();
        assert!(largest < 1.05);
        for k in -80..=80 {
            let x = f64::from(k) / 10.0;
            assert!((polynomial.value(x) - sigmoid(x)).abs() < 1e-4);
            assert!(polynomial.value(x).abs() <= largest);
        }
    }

    #[test]
    fn what_is_no_polynomial_is_refused() {
        let refused = RealPolynomial::from_powers(&[1.0, f64::NAN]).unwrap_err().to_string();
        assert!(refused.contains("place 1") && refused.contains("coefficients"), "{refused}");
        let refused = RealPolynomial::from_chebyshev(&[1.0], [2.0, 2.0]).unwrap_err().to_string();
        assert!(refused.contains("[2, 2]"), "{refused}");
    }
}
