//! Whether two systems that answered the same questions differ.

use super::binomial::fair_tail;

/// Exact two-sided p-value of McNemar's test (McNemar, Psychometrika 12, 1947): of the images that
/// exactly one of two systems classifies rightly, `only_first` are the first one's and `only_second`
/// the second one's. 1 where there are none.
pub fn p_value(only_first: u64, only_second: u64) -> f64 {
    (2.0 * fair_tail(only_first.min(only_second), only_first + only_second)).min(1.0)
}

#[cfg(test)]
mod tests {
    use super::p_value;

    /// Approval of the Prime Minister in Agresti, Categorical Data Analysis (1990), section 10.1, the
    /// example of R's `mcnemar.test`: 150 and 86 changed their mind. The reference is the sum of
    /// binomial coefficients in exact integer arithmetic.
    #[test]
    fn equals_the_exact_sum() {
        assert!((p_value(150, 86) / 3.715_936_139_571_442e-5 - 1.0).abs() < 1e-10);
        assert_eq!(p_value(86, 150), p_value(150, 86));
    }

    #[test]
    fn small_cases_by_hand() {
        assert_eq!(p_value(0, 0), 1.0);
        assert!((p_value(0, 5) - 2.0 / 32.0).abs() < 1e-15);
        assert!((p_value(1, 5) - 2.0 * 7.0 / 64.0).abs() < 1e-15);
        assert_eq!(p_value(4, 4), 1.0);
    }
}
