//! Powers that measurements grow by: least squares on logarithms.

use super::{Estimate, beta};

/// Fewest points of a fit: two lie on a line whatever they are.
pub const FEWEST: usize = 3;

/// `y = factor x^exponent`
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PowerLaw {
    /// What `y` is at 1.
    pub factor: f64,
    /// The exponent with its interval.
    pub exponent: Estimate,
}

impl PowerLaw {
    /// The `y` of an `x`.
    pub fn at(&self, x: f64) -> f64 {
        self.factor * x.powf(self.exponent.value)
    }
}

/// The law that fits best: least squares of `ln y` on `ln x`, with Student's interval of the slope at level `confidence`
/// (Draper and Smith, Applied Regression Analysis, 3rd edition, 1998, section 1.4). It takes errors as independent,
/// normal on the logarithm and alike for all points: where the truth is no power law, it says how far from one.
///
/// None with fewer than [`FEWEST`] points, of points that are not positive, or where `x` does not vary.
pub fn fit(points: &[(f64, f64)], confidence: f64) -> Option<PowerLaw> {
    let usable = points.iter().all(|(x, y)| *x > 0.0 && *y > 0.0 && x.is_finite() && y.is_finite());
    if points.len() < FEWEST || !usable {
        return None;
    }
    let count = points.len() as f64;
    let logs: Vec<(f64, f64)> = points.iter().map(|(x, y)| (x.ln(), y.ln())).collect();
    let mean = |of: fn(&(f64, f64)) -> f64| logs.iter().map(of).sum::<f64>() / count;
    let (middle, height) = (mean(|log| log.0), mean(|log| log.1));
    let spread: f64 = logs.iter().map(|(x, _)| (x - middle).powi(2)).sum();
    if spread <= 1e-12 {
        return None;
    }
    let slope = logs.iter().map(|(x, y)| (x - middle) * (y - height)).sum::<f64>() / spread;
    let intercept = height - slope * middle;
    let residual: f64 = logs.iter().map(|(x, y)| (y - intercept - slope * x).powi(2)).sum();
    let freedom = count - 2.0;
    let half = student(confidence, freedom) * (residual / freedom / spread).sqrt();
    Some(PowerLaw {
        factor: intercept.exp(),
        exponent: Estimate { value: slope, low: slope - half, high: slope + half },
    })
}

/// What a variable of Student's distribution stays within with a probability: `t^2 / (freedom + t^2)` is a beta variable
/// (Abramowitz and Stegun, 26.7.1).
fn student(probability: f64, freedom: f64) -> f64 {
    let share = beta::quantile(probability, 0.5, freedom / 2.0);
    (freedom * share / (1.0 - share)).sqrt()
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]
mod tests {
    use proptest::prelude::*;

    use super::{fit, student};

    /// Two-sided quantiles as tables print them.
    #[test]
    fn students_quantiles_are_those_of_tables() {
        for (probability, freedom, expected) in
            [(0.95, 1.0, 12.706), (0.95, 2.0, 4.303), (0.95, 9.0, 2.262), (0.99, 4.0, 4.604), (0.9, 30.0, 1.697)]
        {
            let found = student(probability, freedom);
            assert!((found - expected).abs() < 5e-4, "{probability} {freedom}: {found}");
        }
    }

    /// The first of Anscombe's data sets (American Statistician 27, 1973); `summary(lm(y1 ~ x1, anscombe))` in R prints
    /// a slope of 0.5001 with a standard error of 0.1179, and an intercept of 3.0001.
    #[test]
    fn equals_the_example_of_r() {
        let x = [10.0, 8.0, 13.0, 9.0, 11.0, 14.0, 6.0, 4.0, 12.0, 7.0, 5.0_f64];
        let y = [8.04, 6.95, 7.58, 8.81, 8.33, 9.96, 7.24, 4.26, 10.84, 4.82, 5.68_f64];
        let points: Vec<(f64, f64)> = x.iter().zip(y).map(|(x, y)| (x.exp(), y.exp())).collect();
        let found = fit(&points, 0.95).unwrap();
        assert!((found.exponent.value - 0.5001).abs() < 5e-5, "{found:?}");
        assert!((found.factor.ln() - 3.0001).abs() < 5e-5, "{found:?}");
        let error = (found.exponent.high - found.exponent.low) / 2.0 / 2.262_157;
        assert!((error - 0.1179).abs() < 5e-5, "{error}");
    }

    #[test]
    fn a_law_that_holds_exactly_has_no_interval_left() {
        let points: Vec<(f64, f64)> = [1.0, 4.0, 16.0, 64.0].iter().map(|x: &f64| (*x, 3.0 * x.powf(1.5))).collect();
        let found = fit(&points, 0.95).unwrap();
        assert!((found.exponent.value - 1.5).abs() < 1e-12 && (found.factor - 3.0).abs() < 1e-9);
        assert!(found.exponent.high - found.exponent.low < 1e-6);
        assert!((found.at(100.0) - 3000.0).abs() < 1e-6);
    }

    #[test]
    fn what_is_no_series_gives_none() {
        assert_eq!(fit(&[(1.0, 1.0), (2.0, 2.0)], 0.95), None);
        assert_eq!(fit(&[(2.0, 1.0), (2.0, 2.0), (2.0, 3.0)], 0.95), None);
        assert_eq!(fit(&[(1.0, 1.0), (2.0, 0.0), (3.0, 3.0)], 0.95), None);
    }

    proptest! {
        /// Other units of either side leave the exponent alone.
        #[test]
        fn units_do_not_matter(ys in prop::collection::vec(0.1_f64..10.0, 4..9), unit in 1e-3_f64..1e3) {
            let points: Vec<(f64, f64)> = ys.iter().enumerate().map(|(i, y)| ((i + 1) as f64, *y)).collect();
            let scaled: Vec<(f64, f64)> = points.iter().map(|(x, y)| (x * unit, y * unit * unit)).collect();
            let (found, other) = (fit(&points, 0.95).unwrap().exponent, fit(&scaled, 0.95).unwrap().exponent);
            prop_assert!((found.value - other.value).abs() < 1e-9);
            prop_assert!((found.low - other.low).abs() < 1e-7 && found.low <= found.value);
        }
    }
}
