//! Random draws of training, each epoch and purpose from its own seed.

use blindbench_core::roles::seed::{Rng, Seed};
use rand_chacha::rand_core::Rng as _;

/// A stream of draws that depends on nothing but its seed, label and index.
pub struct Draw {
    rng: Rng,
    spare: Option<f32>,
}

impl Draw {
    /// The stream of `label` and `index` under the stated seed.
    pub fn new(seed: u64, label: &str, index: u64) -> Self {
        Draw { rng: Seed::from_number(seed).derive(label, index).rng(), spare: None }
    }

    /// Uniform in `[0, 1)`, in steps of 2^-24.
    pub fn unit(&mut self) -> f32 {
        (self.rng.next_u32() >> 8) as f32 / (1 << 24) as f32
    }

    /// Uniform in `[-largest, largest)`.
    pub fn within(&mut self, largest: f32) -> f32 {
        (2.0 * self.unit() - 1.0) * largest
    }

    /// Standard normal (Box and Muller, Ann. Math. Stat. 1958).
    pub fn normal(&mut self) -> f32 {
        if let Some(spare) = self.spare.take() {
            return spare;
        }
        // 1 - u is never 0, so the logarithm is finite.
        let radius = (-2.0 * (1.0 - self.unit()).ln()).sqrt();
        let (sine, cosine) = (std::f32::consts::TAU * self.unit()).sin_cos();
        self.spare = Some(radius * sine);
        radius * cosine
    }

    /// `0..count` in random order (Fisher and Yates).
    pub fn permutation(&mut self, count: usize) -> Vec<usize> {
        let mut order: Vec<usize> = (0..count).collect();
        for last in (1..count).rev() {
            // A 64-bit draw modulo a small count is uniform but for 2^-40.
            order.swap(last, (self.rng.next_u64() % (last as u64 + 1)) as usize);
        }
        order
    }
}

#[cfg(test)]
mod tests {
    use super::Draw;

    #[test]
    fn a_stream_repeats_and_labels_separate() {
        let draw = |seed, label, index| {
            let mut draw = Draw::new(seed, label, index);
            [draw.normal(), draw.normal(), draw.unit()]
        };
        assert_eq!(draw(1, "a", 0), draw(1, "a", 0));
        assert_ne!(draw(1, "a", 0), draw(1, "a", 1));
        assert_ne!(draw(1, "a", 0), draw(1, "b", 0));
        assert_ne!(draw(1, "a", 0), draw(2, "a", 0));
    }

    #[test]
    fn normal_draws_have_mean_0_and_deviation_1() {
        let mut draw = Draw::new(3, "normal", 0);
        let values: Vec<f32> = (0..40_000).map(|_| draw.normal()).collect();
        let mean = values.iter().sum::<f32>() / values.len() as f32;
        let variance = values.iter().map(|x| (x - mean).powi(2)).sum::<f32>() / values.len() as f32;
        assert!(mean.abs() < 0.02, "{mean}");
        assert!((variance - 1.0).abs() < 0.03, "{variance}");
    }

    #[test]
    fn a_permutation_holds_everything_once() {
        let mut order = Draw::new(5, "order", 0).permutation(1000);
        assert_ne!(order[..10], (0..10).collect::<Vec<_>>()[..]);
        order.sort_unstable();
        assert_eq!(order, (0..1000).collect::<Vec<_>>());
    }
}
