//! Intervals of medians by resampling.

use super::{Estimate, median_of_sorted};

/// Resamples behind an interval: its ends then vary by about a tenth of its width at level 0.95.
const RESAMPLES: usize = 2_000;

/// Median of the samples with its percentile bootstrap interval at level `confidence` (Efron, Annals
/// of Statistics 7, 1979); none of no samples.
///
/// The resamples follow from the samples' number alone, so the same samples in any order always
/// give the same interval. The interval takes the samples as independent: a drift of the machine
/// makes it too narrow.
pub fn median_interval(samples: &[f64], confidence: f64) -> Option<Estimate> {
    let mut sorted = samples.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    let value = median_of_sorted(&sorted)?;
    let mut draws = Draws { state: sorted.len() as u64 };
    let mut counts = vec![0_u32; sorted.len()];
    let mut medians: Vec<f64> = (0..RESAMPLES).map(|_| resampled_median(&sorted, &mut draws, &mut counts)).collect();
    medians.sort_unstable_by(f64::total_cmp);
    let tail = (1.0 - confidence) / 2.0;
    Some(Estimate { value, low: percentile(&medians, tail), high: percentile(&medians, 1.0 - tail) })
}

/// Median of as many draws with replacement; counting how often each rank was drawn spares sorting.
fn resampled_median(sorted: &[f64], draws: &mut Draws, counts: &mut [u32]) -> f64 {
    counts.fill(0);
    for _ in 0..sorted.len() {
        counts[draws.below(sorted.len())] += 1;
    }
    let lower = ranked(sorted, counts, (sorted.len() - 1) / 2);
    let upper = ranked(sorted, counts, sorted.len() / 2);
    lower + (upper - lower) / 2.0
}

/// The draw of rank `rank`, from 0.
fn ranked(sorted: &[f64], counts: &[u32], rank: usize) -> f64 {
    let mut below = 0;
    for (value, &count) in sorted.iter().zip(counts) {
        below += count as usize;
        if below > rank {
            return *value;
        }
    }
    f64::NAN
}

/// The smallest value that at least a share `probability` of the ascending values do not exceed.
fn percentile(sorted: &[f64], probability: f64) -> f64 {
    let rank = (probability * sorted.len() as f64).ceil() as usize;
    sorted[rank.clamp(1, sorted.len()) - 1]
}

/// SplitMix64 (Steele, Lea and Flood, OOPSLA 2014): statistics, never keys.
struct Draws {
    state: u64,
}

impl Draws {
    fn next(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.state ^ (self.state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below `end`; its bias, at most `end / 2^64`, does not matter here.
    fn below(&mut self, end: usize) -> usize {
        ((u128::from(self.next()) * end as u128) >> 64) as usize
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]
mod tests {
    use super::*;
    use crate::stats::beta;
    use proptest::prelude::*;

    /// First outputs for seed 1234567, as Rosetta Code lists them under `Splitmix64` and the authors' C
    /// program (prng.di.unimi.it/splitmix64.c) gives them.
    #[test]
    fn draws_equal_the_published_generator() {
        let mut draws = Draws { state: 1_234_567 };
        assert_eq!([draws.next(), draws.next()], [6_457_827_717_110_365_317, 3_203_168_211_198_807_973]);
    }

    /// The median of an odd number n = 2m - 1 of draws is at most the k-th of n values with the
    /// probability that m or more draws are (Efron, 1979, section 3): a binomial tail, I_{k/n}(m, m).
    #[test]
    fn ends_lie_where_the_exact_bootstrap_distribution_says() {
        for n in [9_usize, 25, 101] {
            let samples: Vec<f64> = (1..=n).map(|k| k as f64).collect();
            let half = n.div_ceil(2) as f64;
            let exact = |k: f64| beta::regularized(k / n as f64, half, half);
            let found = median_interval(&samples, 0.95).unwrap();
            assert_eq!(found.value, half);
            // Three standard errors of a share of 0.025 among the resamples.
            let slack = 3.0 * (0.025 * 0.975 / RESAMPLES as f64).sqrt();
            assert!(exact(found.low) > 0.025 - slack && exact(found.low - 1.0) < 0.025 + slack, "n = {n}: {found:?}");
            assert!(exact(found.high) > 0.975 - slack && exact(found.high - 1.0) < 0.975 + slack, "n = {n}: {found:?}");
        }
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
