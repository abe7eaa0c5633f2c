//! When a median is known well enough to stop measuring.

use super::bootstrap::median_interval;

/// How well a median must be known.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Tightness {
    /// Level of the interval, above 0 and below 1.
    pub confidence: f64,
    /// Largest width of the interval over the median.
    pub relative_width: f64,
    /// Fewest samples.
    pub fewest: usize,
}

/// Fewest samples that do not all lie on one side of the true median with probability 0.95:
/// 1 - 2^(1 - n) >= 0.95. Fewer can look tight by chance.
pub const FEWEST: usize = 6;

impl Tightness {
    /// An interval at `confidence` no wider than `relative_width` of the median, from at least
    /// [`FEWEST`] samples.
    pub fn new(confidence: f64, relative_width: f64) -> Self {
        Tightness { confidence, relative_width, fewest: FEWEST }
    }

    /// Whether the samples, in nanoseconds or any other unit, are enough.
    pub fn is_met(&self, samples: &[u64]) -> bool {
        if samples.len() < self.fewest.max(1) {
            return false;
        }
        let samples: Vec<f64> = samples.iter().map(|&sample| sample as f64).collect();
        median_interval(&samples, self.confidence)
            .is_some_and(|found| found.high - found.low <= self.relative_width * found.value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_or_scattered_samples_are_not_enough() {
        let rule = Tightness::new(0.95, 0.02);
        assert!(!rule.is_met(&[]));
        assert!(!rule.is_met(&[100; FEWEST - 1]));
        assert!(rule.is_met(&[100; FEWEST]));
        let scattered: Vec<u64> = (0..20).map(|k| 100 + 10 * (k % 5)).collect();
        assert!(!rule.is_met(&scattered));
        assert!(Tightness::new(0.95, 0.5).is_met(&scattered));
    }

    #[test]
    fn more_samples_of_the_same_spread_are_enough_in_the_end() {
        let rule = Tightness::new(0.95, 0.02);
        let samples: Vec<u64> = (0..4_001).map(|k| 1_000 + (k * 37) % 201).collect();
        assert!(!rule.is_met(&samples[..21]));
        assert!(rule.is_met(&samples));
    }
}
