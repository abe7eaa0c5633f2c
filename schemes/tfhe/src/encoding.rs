//! How numbers lie on the torus: pixels and sums on 32 bits, scores on 64.

use crate::parameters::Parameters;

/// Where a hidden value `z` lies, and what the bootstrap makes of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Encoding {
    /// `z` lies at `(z step + offset) / 2^32`; a pixel of level `p` at `p step / 2^32`.
    pub step: u32,
    /// Added to every sum; wraps.
    pub offset: u32,
    /// The function at `i / 2N` of the torus for `i` below `N`; the other half is its negative.
    pub wave: Vec<f64>,
    /// What is added to a bootstrap's value, for the function to be its activation.
    pub lift: f64,
    /// A score `s` lies at `s amplitude / 2^64`.
    pub amplitude: u64,
}

impl Encoding {
    /// A sine of period `period`, a power of two that divides the torus, and scores up to `largest_score`.
    ///
    /// A sixteenth of the torus is left for the noise of the scores.
    pub fn sine(parameters: &Parameters, period: u32, largest_score: f64) -> Self {
        let size = parameters.polynomial_size();
        let wave = (0..size).map(|i| (std::f64::consts::PI * i as f64 / size as f64).sin()).collect();
        let amplitude = 63f64.exp2() / (largest_score * 17.0 / 16.0 + 1.0);
        let step = ((1u64 << 32) / u64::from(period)) as u32;
        Encoding { step, offset: 0, wave, lift: 0.0, amplitude: amplitude as u64 }
    }

    /// The square of sums up to `largest_sum`, and scores up to `largest_score`.
    ///
    /// Sums up to `r`, at least the largest, lie on a quarter of the torus to each side of 0. On that half the function is
    /// `z^2 - r^2`; on the other half, its negative, it goes on with the same value and slope: a sum of `r + s` gives
    /// `r^2 + 2 r s - s^2`, in place of `r^2 + 2 r s + s^2`. Half of the torus is left for the noise of the scores.
    pub fn square(parameters: &Parameters, largest_sum: f64, largest_score: f64) -> Self {
        let step = (30f64.exp2() / largest_sum.max(1.0)) as u32;
        let reach = 30f64.exp2() / f64::from(step.max(1));
        let size = parameters.polynomial_size();
        let value = |i: usize| {
            let z = 2.0 * reach * i as f64 / size as f64;
            if z <= reach { z * z - reach * reach } else { reach * reach - (z - 2.0 * reach).powi(2) }
        };
        let amplitude = 63f64.exp2() / (largest_score * 2.0 + 1.0);
        Encoding {
            step,
            offset: 0,
            wave: (0..size).map(value).collect(),
            lift: reach * reach,
            amplitude: amplitude as u64,
        }
    }

    /// The sign of integers up to `largest_sum`, 0 counting as positive, and scores up to `largest_score`.
    ///
    /// `z` lies half a step above `z step`, so that 0 and -1 are equally far from the jump, and the
    /// outermost sums as far from the other jump, half a torus away. The modulus switch rounds to the
    /// nearest of `2N` points: half a point comes off, so that the jump lies between two.
    pub fn sign(parameters: &Parameters, largest_sum: f64, largest_score: f64) -> Self {
        let size = parameters.polynomial_size();
        let step = (32f64.exp2() / (2.0 * (largest_sum + 1.0))) as u32;
        let half_point = ((1u64 << 32) / (4 * size as u64)) as u32;
        let amplitude = 63f64.exp2() / (largest_score + 1.0);
        Encoding {
            step,
            offset: (step / 2).wrapping_sub(half_point),
            wave: vec![1.0; size],
            lift: 0.0,
            amplitude: amplitude as u64,
        }
    }

    /// Distance of a sum from the nearest jump of [`Encoding::sign`], as a share of the torus.
    pub fn sign_margin(&self) -> f64 {
        f64::from(self.step / 2) / 32f64.exp2()
    }

    /// Sums a turn of the torus.
    pub fn turn(&self) -> f64 {
        32f64.exp2() / f64::from(self.step.max(1))
    }

    /// One unit of a score, as a share of the torus.
    pub fn score_unit(&self) -> f64 {
        self.amplitude as f64 / 64f64.exp2()
    }

    /// The score that half of the torus holds: larger ones wrap.
    pub fn largest_score(&self) -> f64 {
        0.5 / self.score_unit()
    }

    /// The residue of a bias of the first layer.
    pub fn hidden_bias(&self, bias: i64) -> u32 {
        (bias as u32).wrapping_mul(self.step).wrapping_add(self.offset)
    }

    /// The residue of a bias of the last layer.
    pub fn score_bias(&self, bias: i64) -> u64 {
        (bias as u64).wrapping_mul(self.amplitude)
    }

    /// The coefficients of the bootstrap's accumulator.
    pub fn accumulator(&self) -> impl Iterator<Item = u64> + '_ {
        self.wave.iter().map(|value| self.residue(*value))
    }

    /// The residue of what is added to a bootstrap's result.
    pub fn lift_residue(&self) -> u64 {
        self.residue(self.lift)
    }

    /// Where a value lies on the torus of 64 bits; wraps.
    fn residue(&self, value: f64) -> u64 {
        (value * self.amplitude as f64).round() as i128 as u64
    }

    /// The hidden value at a point of the torus of 32 bits.
    pub fn hidden_value(&self, phase: u32) -> f64 {
        f64::from(phase.wrapping_sub(self.offset) as i32) / f64::from(self.step.max(1))
    }

    /// The score at a point of the torus of 64 bits.
    pub fn score(&self, phase: u64) -> f64 {
        phase as i64 as f64 / self.amplitude.max(1) as f64
    }

    /// The integer score nearest to a point of the torus of 64 bits.
    pub fn integer_score(&self, phase: u64) -> i128 {
        let amplitude = i128::from(self.amplitude.max(1));
        (i128::from(phase as i64) + amplitude / 2).div_euclid(amplitude)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use super::Encoding;
    use crate::parameters::Parameters;
    use crate::presets;

    #[test]
    fn sums_keep_the_margin_from_both_jumps() {
        let parameters = Parameters::try_from(presets::EXACT[0]).unwrap();
        for largest in [1i64, 7, 30, 31] {
            let encoding = Encoding::sign(&parameters, largest as f64, 10.0);
            let half_point = 1i64 << 32 >> 13;
            let margin = (encoding.sign_margin() * 32f64.exp2()) as i64;
            for z in -largest..=largest {
                let place = i64::from(encoding.hidden_bias(z).wrapping_add(half_point as u32) as i32);
                assert_eq!(place >= 0, z >= 0);
                assert!(place.abs() >= margin && (1i64 << 31) - place.abs() >= margin, "{z} of {largest}: {place}");
                assert_eq!(encoding.hidden_value(encoding.hidden_bias(z)), z as f64);
            }
        }
    }

    #[test]
    fn squares_are_negacyclic_and_go_on_smoothly() {
        for literal in presets::SQUARE {
            let parameters = Parameters::try_from(literal).unwrap();
            let points = 2 * parameters.polynomial_size() as i64;
            for largest in [10.0, 410.0, 1951.5] {
                let encoding = Encoding::square(&parameters, largest, 1e6);
                // What a bootstrap makes of a sum: the accumulator at the nearest point, negated on the other half.
                let value = |z: f64| {
                    let point = ((z * points as f64 / encoding.turn()).round() as i64).rem_euclid(points) as usize;
                    let half = points as usize / 2;
                    let value = if point < half { encoding.wave[point] } else { -encoding.wave[point - half] };
                    value + encoding.lift
                };
                let rounding = encoding.turn() / points as f64 / 2.0;
                for share in -100..=100 {
                    let z = largest * f64::from(share) / 100.0;
                    let off = (value(z) - z * z).abs();
                    assert!(
                        off <= 2.0 * z.abs() * rounding + rounding.powi(2) + 1e-3,
                        "{z} of {largest}: off by {off}"
                    );
                    let past = largest / 10.0;
                    let smooth = largest * largest + 2.0 * largest * past - past * past;
                    assert!(
                        (value(z.signum() * (largest + past)) - smooth).abs() <= 2.5 * largest * rounding,
                        "{largest}"
                    );
                }
            }
        }
    }

    #[test]
    fn scores_round_to_the_nearest() {
        let parameters = Parameters::try_from(presets::TOY).unwrap();
        let encoding = Encoding::sign(&parameters, 5.0, 9.0);
        for score in -9i64..=9 {
            for error in [-0.49, 0.0, 0.49] {
                let noise = (error * encoding.amplitude as f64) as i64 as u64;
                assert_eq!(encoding.integer_score(encoding.score_bias(score).wrapping_add(noise)), score.into());
            }
            assert!((encoding.score(encoding.score_bias(score)) - score as f64).abs() < 1e-9);
        }
    }
}
