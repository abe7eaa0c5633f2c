//! Exact intervals for shares.

use super::{Estimate, beta};

/// The share `successes / trials` with its exact interval at level `confidence` (Clopper and Pearson,
/// Biometrika 26, 1934): it holds the true share at least that often. None without trials.
///
/// More successes than trials count as `trials`.
pub fn interval(successes: u64, trials: u64, confidence: f64) -> Option<Estimate> {
    if trials == 0 {
        return None;
    }
    let successes = successes.min(trials);
    let (k, n) = (successes as f64, trials as f64);
    let tail = (1.0 - confidence) / 2.0;
    let low = if successes == 0 { 0.0 } else { beta::quantile(tail, k, n - k + 1.0) };
    let high = if successes == trials { 1.0 } else { beta::quantile(1.0 - tail, k + 1.0, n - k) };
    Some(Estimate { value: k / n, low, high })
}

/// `P(X <= successes)` for `trials` throws of a fair coin, `successes <= trials`.
pub(super) fn fair_tail(successes: u64, trials: u64) -> f64 {
    if successes >= trials { 1.0 } else { beta::regularized(0.5, (trials - successes) as f64, successes as f64 + 1.0) }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]
mod tests {
    use super::interval;
    use proptest::prelude::*;

    /// `example(binom.test)` in R: Mendel's peas as Conover (1971) gives them, 682 of 925; the printed
    /// interval is 0.7076683 to 0.7654066.
    #[test]
    fn equals_the_example_of_r() {
        let found = interval(682, 925, 0.95).unwrap();
        assert!((found.low - 0.707_668_3).abs() < 5e-8, "{}", found.low);
        assert!((found.high - 0.765_406_6).abs() < 5e-8, "{}", found.high);
    }

    /// The example of `scipy.stats.binomtest`, 3 of 15 with the alternative `greater` at 0.95: its
    /// lower end 0.05684686759024681 is that of the two-sided interval at 0.9.
    #[test]
    fn equals_the_example_of_scipy() {
        let found = interval(3, 15, 0.9).unwrap();
        assert!((found.low - 0.056_846_867_590_246_81).abs() < 1e-13, "{}", found.low);
    }

    /// At the ends the interval has a closed form: 1 - (tail)^(1/n).
    #[test]
    fn the_ends_have_their_closed_form() {
        let none = interval(0, 10_000, 0.95).unwrap();
        let high = 1.0 - 0.025_f64.powf(1e-4);
        assert_eq!((none.value, none.low), (0.0, 0.0));
        assert!((none.high - high).abs() < 1e-12);
        let all = interval(10_000, 10_000, 0.95).unwrap();
        assert!((all.low - (1.0 - high)).abs() < 1e-12);
        assert_eq!((all.value, all.high), (1.0, 1.0));
        assert_eq!(interval(0, 0, 0.95), None);
    }

    proptest! {
        #[test]
        fn brackets_the_share_and_mirrors(trials in 1_u64..20_000, share in 0.0_f64..=1.0) {
            let successes = (trials as f64 * share) as u64;
            let found = interval(successes, trials, 0.95).unwrap();
            prop_assert!(found.low <= found.value && found.value <= found.high);
            let mirrored = interval(trials - successes, trials, 0.95).unwrap();
            prop_assert!((found.low - (1.0 - mirrored.high)).abs() < 1e-9);
        }
    }
}
