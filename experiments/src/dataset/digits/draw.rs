//! Random numbers: SplitMix64 (Steele, Lea and Flood, OOPSLA 2014), small and the same everywhere.

use blindbench_core::roles::seed::Seed;

/// A stream of random numbers; nothing secret may come from it.
pub struct Draw(u64);

impl Draw {
    /// The stream of a seed.
    pub fn new(seed: &Seed) -> Self {
        let [a, b, c, d, e, f, g, h, ..] = *seed.expose();
        Draw(u64::from_le_bytes([a, b, c, d, e, f, g, h]))
    }

    fn word(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// Uniform in `0..count`, up to a bias of `count / 2^64`.
    pub fn below(&mut self, count: usize) -> usize {
        ((u128::from(self.word()) * count as u128) >> 64) as usize
    }

    /// Uniform in `[low, high)`, in 2^24 steps.
    pub fn between(&mut self, low: f32, high: f32) -> f32 {
        let unit = (self.word() >> 40) as f32 / (1 << 24) as f32;
        low + (high - low) * unit
    }

    /// Bell-shaped around 0 with the given standard deviation, never beyond 3.47 of them: the sum of four
    /// uniform numbers, because logarithms are not rounded alike everywhere.
    pub fn bell(&mut self, deviation: f32) -> f32 {
        let sum: f32 = (0..4).map(|_| self.between(-1.0, 1.0)).sum();
        // The sum's variance is 4/3.
        sum * 0.866_025_4 * deviation
    }
}

#[cfg(test)]
mod tests {
    use super::Draw;

    #[test]
    fn known_answers() {
        // First outputs for state 1234567, as listed at https://rosettacode.org/wiki/Pseudo-random_numbers/Splitmix64.
        let mut draw = Draw(1_234_567);
        assert_eq!([draw.word(), draw.word()], [6_457_827_717_110_365_317, 3_203_168_211_198_807_973]);
    }

    #[test]
    fn draws_keep_their_bounds_and_deviation() {
        let mut draw = Draw(7);
        let bells: Vec<f32> = (0..20_000).map(|_| draw.bell(2.0)).collect();
        let variance = bells.iter().map(|bell| bell * bell).sum::<f32>() / bells.len() as f32;
        assert!((variance - 4.0).abs() < 0.15, "{variance}");
        assert!((0..1000).all(|_| draw.below(7) < 7 && (2.0..3.0).contains(&draw.between(2.0, 3.0))));
    }
}
