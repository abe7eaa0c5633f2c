//! Intervals of medians by the bootstrap, without drawing a single resample.

use super::{Estimate, beta, median_of_sorted};

/// Median of the samples with its percentile bootstrap interval at level `confidence`; none of no
/// samples.
///
/// The bootstrap distribution of a median needs no simulation: the r-th of n draws with replacement
/// is at most the k-th of n samples when at least r draws are, which is `I_{k/n}(r, n - r + 1)`
/// (Efron, Annals of Statistics 7, 1979, section 3). Of an even number, the lower end is that of the
/// lower middle draw and the upper end that of the upper one, a little wider than that of their mean.
///
/// The interval takes the samples as independent: a drift of the machine makes it too narrow.
pub fn median_interval(samples: &[f64], confidence: f64) -> Option<Estimate> {
    let mut sorted = samples.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    let value = median_of_sorted(&sorted)?;
    let count = sorted.len();
    let tail = (1.0 - confidence) / 2.0;
    let low = sorted[quantile(count, count.div_ceil(2), tail)];
    let high = sorted[quantile(count, count / 2 + 1, 1.0 - tail)];
    Some(Estimate { value, low, high })
}

/// Index of the smallest of `count` ascending samples that the `rank`-th of as many draws, from 1, does
/// not exceed with at least that probability.
fn quantile(count: usize, rank: usize, probability: f64) -> usize {
    let (n, r) = (count as f64, rank as f64);
    let reaches = |index: usize| beta::regularized((index + 1) as f64 / n, r, n - r + 1.0) >= probability;
    let (mut low, mut high) = (0, count - 1);
    while low < high {
        let middle = low + (high - low) / 2;
        if reaches(middle) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    low
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::stats::median;

    /// The medians of all n^n resamples of n samples, ascending.
    fn medians_of_all_resamples(samples: &[f64]) -> Vec<f64> {
        let n = samples.len();
        let resample =
            |code: usize| -> Vec<f64> { (0..n as u32).map(|draw| samples[code / n.pow(draw) % n]).collect() };
        let mut medians: Vec<f64> = (0..n.pow(n as u32)).map(|code| median(&resample(code)).unwrap()).collect();
        medians.sort_unstable_by(f64::total_cmp);
        medians
    }

    fn percentile(sorted: &[f64], probability: f64) -> f64 {
        sorted[((probability * sorted.len() as f64).ceil() as usize).max(1) - 1]
    }

    #[test]
    fn equals_the_bootstrap_over_all_resamples() {
        for (samples, confidence) in [
            (&[1.0, 4.0, 9.0][..], 0.95),
            (&[1.0, 4.0, 9.0], 0.4),
            (&[3.0, 1.0, 4.0, 1.5, 9.0], 0.95),
            (&[3.0, 1.0, 4.0, 1.5, 9.0], 0.8),
            (&[10.0, 30.0, 27.0, 51.0, 46.0, 40.0, 52.0], 0.95),
            (&[10.0, 30.0, 27.0, 51.0, 46.0, 40.0, 52.0], 0.5),
        ] {
            let medians = medians_of_all_resamples(samples);
            let tail = (1.0 - confidence) / 2.0;
            let found = median_interval(samples, confidence).unwrap();
            let expected = (percentile(&medians, tail), percentile(&medians, 1.0 - tail));
            assert_eq!((found.low, found.high), expected, "{samples:?} at {confidence}");
        }
    }

    #[test]
    fn of_an_even_number_it_holds_the_bootstrap_interval() {
        for confidence in [0.5, 0.8, 0.95] {
            let samples = [46.0, 10.0, 27.0, 30.0, 52.0, 40.0];
            let medians = medians_of_all_resamples(&samples);
            let tail = (1.0 - confidence) / 2.0;
            let found = median_interval(&samples, confidence).unwrap();
            assert!(found.low <= percentile(&medians, tail) && percentile(&medians, 1.0 - tail) <= found.high);
        }
    }

    /// For many samples the ends approach ranks n/2 -+ 1.96 sqrt(n)/2, those of the normal approximation.
    #[test]
    fn of_many_samples_it_equals_the_normal_approximation() {
        let samples: Vec<f64> = (1..=10_001).map(f64::from).collect();
        let found = median_interval(&samples, 0.95).unwrap();
        let half = 1.96 * f64::sqrt(10_001.0) / 2.0;
        assert!((found.low - (5_001.0 - half)).abs() < 1.5, "{found:?}");
        assert!((found.high - (5_001.0 + half)).abs() < 1.5, "{found:?}");
    }

    proptest! {
        #[test]
        fn brackets_the_median_whatever_the_order(mut samples in prop::collection::vec(0.0_f64..1e9, 1..60)) {
            let found = median_interval(&samples, 0.95).unwrap();
            prop_assert!(found.low <= found.value && found.value <= found.high);
            samples.reverse();
            prop_assert_eq!(median_interval(&samples, 0.95), Some(found));
        }
    }
}
