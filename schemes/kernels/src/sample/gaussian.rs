//! Discrete Gaussians over the integers of any deviation up to 2^57, in constant time.
//!
//! Narrow ones come from a cumulative table, all of which is read for every sample. Wide ones are sums `x_0 + z_1 (x_1 +
//! z_2 (x_2 + ...))` of narrow ones x_i: by the convolution theorem of Micciancio and Walter ("Gaussian Sampling over the
//! Integers: Efficient, Generic, Constant-Time", CRYPTO 2017, corollary 4.2 and algorithm 1) `x + z y` is as good as a
//! discrete Gaussian where `(z^2 / s_x^2 + 1 / s_y^2)^(-1/2)` exceeds the smoothing parameter: 1.8 here, at which a sum over
//! any coset of the integers is off by less than 2^-91 of itself. The narrow deviation is chosen so that the sum's is the
//! one asked for, exactly.
//!
//! Tables hold probabilities to 63 bits; what lies beyond 9.3 deviations of a narrow sample (2^-62 of it) is left out.

use super::Sampler;

/// The smoothing parameter of the integers, as a deviation.
const SMOOTHING: f64 = 1.8;
/// Deviations that a table reaches.
const REACH: f64 = 9.3;
/// Widest deviation that a table is made for.
const WIDEST: f64 = 13.7;
/// Multiplier of the inner steps.
const STEP: u32 = 5;
/// Samples of a batch.
pub(super) const BATCH: usize = 64;

/// [`look_up`], compiled for some instructions.
pub(super) type LookUp = fn(&[u64], &[u64; BATCH], &mut [i64; BATCH]);

/// A discrete Gaussian around 0.
#[derive(Debug, Clone, PartialEq)]
pub struct Gaussian {
    sigma: f64,
    /// Entry k is the probability, in units of 2^-63, that a narrow sample's magnitude is k or less.
    table: Vec<u64>,
    /// What the sum so far is multiplied with before the next narrow sample joins it, the first one first.
    steps: Vec<u32>,
}

impl Gaussian {
    /// Least deviation.
    pub const LEAST: f64 = 0.5;
    /// Largest deviation: 2^57, so that every sample fits a signed word.
    pub const MOST: f64 = (1u64 << 57) as f64;

    /// The Gaussian of standard deviation `sigma`: none unless it lies from [`Gaussian::LEAST`] to [`Gaussian::MOST`].
    pub fn new(sigma: f64) -> Option<Gaussian> {
        if !(Self::LEAST..=Self::MOST).contains(&sigma) {
            return None;
        }
        let steps = (0..32).find_map(|inner| ladder(sigma, inner))?;
        let table = table(sigma / spread(&steps));
        Some(Gaussian { sigma, table, steps })
    }

    /// The standard deviation.
    pub fn sigma(&self) -> f64 {
        self.sigma
    }

    /// A bound on the magnitude of every sample.
    pub fn bound(&self) -> u64 {
        let reach = self.table.len() as u64;
        self.steps.iter().fold(reach, |sum, step| sum * u64::from(*step) + reach)
    }

    /// Fills `out` with independent samples. In constant time.
    pub fn fill(&self, sampler: &mut Sampler, out: &mut [i64]) {
        let mut bytes = [0; 8 * BATCH];
        let mut narrow = [0; BATCH];
        for out in out.chunks_mut(BATCH) {
            self.narrow(sampler, &mut bytes, &mut narrow);
            let mut sum = narrow;
            for step in &self.steps {
                self.narrow(sampler, &mut bytes, &mut narrow);
                sum.iter_mut().zip(&narrow).for_each(|(sum, x)| *sum = *sum * i64::from(*step) + x);
            }
            out.copy_from_slice(&sum[..out.len()]);
            zeroize::Zeroize::zeroize(&mut sum);
        }
        zeroize::Zeroize::zeroize(&mut bytes);
        zeroize::Zeroize::zeroize(&mut narrow);
    }

    fn narrow(&self, sampler: &mut Sampler, bytes: &mut [u8; 8 * BATCH], out: &mut [i64; BATCH]) {
        sampler.fill(bytes);
        let mut words = [0; BATCH];
        words.iter_mut().zip(bytes.as_chunks::<8>().0).for_each(|(word, bytes)| *word = u64::from_le_bytes(*bytes));
        (sampler.form.look_up)(&self.table, &words, out);
        zeroize::Zeroize::zeroize(&mut words);
    }
}

/// Each word's sign bit and magnitude: the number of entries that its low 63 bits reach.
#[inline(always)]
pub(super) fn look_up(table: &[u64], words: &[u64; BATCH], out: &mut [i64; BATCH]) {
    for (words, out) in words.as_chunks::<16>().0.iter().zip(out.as_chunks_mut::<16>().0) {
        let mut magnitude = [0i64; 16];
        for entry in table {
            // Both below 2^63: their difference's sign says which is larger.
            let reached = |word: u64| 1 - ((word & (u64::MAX >> 1)).wrapping_sub(*entry) >> 63) as i64;
            magnitude.iter_mut().zip(words).for_each(|(magnitude, word)| *magnitude += reached(*word));
        }
        for ((out, magnitude), word) in out.iter_mut().zip(magnitude).zip(words) {
            let sign = -((word >> 63) as i64);
            *out = (magnitude ^ sign) - sign;
        }
    }
}

/// The deviation of a sum in units of its narrow samples'.
fn spread(steps: &[u32]) -> f64 {
    steps.iter().fold(1.0, |sum: f64, step| 1.0 + f64::from(*step).powi(2) * sum).sqrt()
}

/// Steps to a deviation, so many of them inner ones and up to two others, for which a table can be made.
fn ladder(sigma: f64, inner: usize) -> Option<Vec<u32>> {
    let outer = std::iter::once(Vec::new())
        .chain((1..=STEP).map(|step| vec![step]))
        .chain((1..=STEP).flat_map(|first| (1..=STEP).map(move |second| vec![first, second])));
    let ladders = outer.map(|outer| [vec![STEP; inner], outer].concat());
    let mut fitting = ladders.filter(|steps| {
        let narrow = sigma / spread(steps);
        let steepest = steps.iter().max().map_or(0.0, |step| f64::from(*step));
        let least = if steps.is_empty() { 0.0 } else { SMOOTHING * (steepest * steepest + 1.0).sqrt() };
        (least..=WIDEST).contains(&narrow)
    });
    fitting.next()
}

/// Cumulative probabilities of magnitudes 0, 1, ... of a discrete Gaussian.
fn table(sigma: f64) -> Vec<u64> {
    let reach = (REACH * sigma).ceil() as u32;
    let weight = |k: u32| f64::from(k.min(1) + 1) * (-0.5 * (f64::from(k) / sigma).powi(2)).exp();
    // From the far end on, so that small terms are not lost: `beyond` is what lies above magnitude k.
    let mut beyond = vec![0.0; reach as usize + 1];
    for k in (0..reach as usize).rev() {
        beyond[k] = beyond[k + 1] + weight(k as u32 + 1);
    }
    let total = beyond[0] + weight(0);
    let unit = (1u64 << 63) as f64;
    beyond[..reach as usize].iter().map(|beyond| (1 << 63) - (beyond / total * unit) as u64).collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use super::{Gaussian, REACH, SMOOTHING, spread};
    use crate::dispatch::Kernel;
    use crate::sample::Sampler;

    fn samples(kernel: Kernel, sigma: f64, count: usize) -> Vec<i64> {
        let mut out = vec![0; count];
        Gaussian::new(sigma).unwrap().fill(&mut Sampler::new(kernel, [7; 32]), &mut out);
        out
    }

    #[test]
    fn deviations_out_of_range_are_refused() {
        for sigma in [0.0, 0.4, -1.0, f64::NAN, f64::INFINITY, 1e18] {
            assert_eq!(Gaussian::new(sigma), None);
        }
    }

    /// Every deviation has steps that meet the convolution theorem's condition at each of them.
    #[test]
    fn steps_keep_to_the_smoothing_parameter() {
        let mut sigma = Gaussian::LEAST;
        while sigma < Gaussian::MOST {
            let gaussian = Gaussian::new(sigma).unwrap();
            let narrow = sigma / spread(&gaussian.steps);
            let mut wide = narrow;
            for step in gaussian.steps.iter().map(|step| f64::from(*step)) {
                assert!((step * step / (narrow * narrow) + 1.0 / (wide * wide)).powf(-0.5) >= SMOOTHING, "{sigma}");
                wide = (narrow * narrow + step * step * wide * wide).sqrt();
            }
            assert!((wide / sigma - 1.0).abs() < 1e-12, "{sigma}");
            assert!(gaussian.table.is_sorted() && gaussian.table.len() <= 128, "{sigma}");
            assert!(gaussian.bound() as f64 >= REACH * sigma && gaussian.bound() < 1 << 62, "{sigma}");
            sigma *= 1.013;
        }
    }

    #[test]
    fn kernels_agree() {
        for sigma in [1.0, 3.2, 14_280.0, 3e10] {
            let expected = samples(Kernel::Scalar, sigma, 999);
            for kernel in Kernel::ALL.into_iter().filter(|kernel| kernel.is_available()) {
                assert_eq!(samples(kernel, sigma, 999), expected, "{kernel}");
            }
        }
    }

    #[test]
    fn moments_are_those_of_a_gaussian() {
        let count = 200_000;
        for sigma in [1.0, 3.2, 40.0, 14_280.0, 2.6e10, 1e17] {
            let samples: Vec<f64> = samples(Kernel::best(), sigma, count).iter().map(|x| *x as f64 / sigma).collect();
            let moment = |k: i32| samples.iter().map(|x| x.powi(k)).sum::<f64>() / count as f64;
            // Five deviations of each moment's estimate.
            let within = |k: i32, expected: f64, variance: f64| {
                assert!(
                    (moment(k) - expected).abs() < 5.0 * (variance / count as f64).sqrt(),
                    "{sigma}, {k}: {}",
                    moment(k)
                );
            };
            within(1, 0.0, 1.0);
            within(2, 1.0, 2.0);
            within(3, 0.0, 15.0);
            within(4, 3.0, 96.0);
        }
    }

    /// Pearson's test: 2 * 4 + 1 cells of single numbers and two tails.
    fn chi_square(sigma: f64, scale: i64, count: usize) -> f64 {
        let mut cells = [0.0; 11];
        for x in samples(Kernel::best(), sigma, count) {
            cells[(x.div_euclid(scale).clamp(-5, 5) + 5) as usize] += 1.0;
        }
        let weight = |k: i64| (-0.5 * (k as f64 / sigma).powi(2)).exp();
        let reach = (10.0 * sigma) as i64;
        let total: f64 = (-reach..=reach).map(weight).sum();
        let mut expected = [0.0; 11];
        for k in -reach..=reach {
            expected[(k.div_euclid(scale).clamp(-5, 5) + 5) as usize] += weight(k) / total * count as f64;
        }
        cells.iter().zip(expected).map(|(found, expected)| (found - expected).powi(2) / expected).sum()
    }

    /// Ten degrees of freedom: beyond 40 once in 50,000 such tests.
    #[test]
    fn single_numbers_come_as_often_as_they_should() {
        for (sigma, scale) in [(1.8, 1), (3.2, 1), (13.0, 5), (64.0, 20), (5000.0, 2000)] {
            let statistic = chi_square(sigma, scale, 300_000);
            assert!(statistic < 40.0, "{sigma}: {statistic}");
        }
    }

    #[test]
    fn tails_are_as_long_as_they_should_be() {
        let count = 400_000;
        for sigma in [3.2, 2.6e10] {
            let beyond =
                |z: f64| samples(Kernel::best(), sigma, count).iter().filter(|x| x.abs() as f64 > z * sigma).count();
            // Of 400,000, 1080 lie beyond three deviations and 25 beyond four; a discrete Gaussian of 3.2 has steps there.
            assert!((900..1300).contains(&beyond(3.0)), "{sigma}: {}", beyond(3.0));
            assert!((5..70).contains(&beyond(4.0)), "{sigma}: {}", beyond(4.0));
            assert_eq!(beyond(7.0), 0);
        }
    }
}
