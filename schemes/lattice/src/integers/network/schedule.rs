//! At which level each step of a network works.

use super::super::linear::{Shape, of_rotate_sum, of_transform};
use super::super::noise::{Noise, of_key_switching, of_rounding, of_secret_key_encryption};
use super::super::parameters::Parameters;
use super::super::placement::Placement;
use crate::error::{Error, Result};

/// Levels of a network's steps, and what is left at the end.
#[derive(Debug, Clone, PartialEq)]
pub struct Schedule {
    /// By map, the level of its input.
    pub maps: Vec<usize>,
    /// By map, the level after it: that of the square, or of the answer.
    pub squares: Vec<usize>,
    /// Predicted noise budget of the answer in bits, at least.
    pub budget: f64,
}

/// What noise is kept above rounding errors by when the modulus is switched, in bits: less would lose a part of a bit
/// at every switch.
const MARGIN: f64 = 2.0;

/// log2 of the rotations that a map's parts are summed up by, at most.
const LOG_SUMS: f64 = 7.0;

impl Schedule {
    /// Follows the prediction of noise through maps of so many diagonals each, whose coefficients are as good as
    /// uniform modulo t.
    ///
    /// # Errors
    /// [`Error::Refused`] naming the map after which nothing would be left.
    pub fn new<P: Placement>(params: &Parameters<P>, diagonals: &[usize]) -> Result<Schedule> {
        let (mut level, mut noise) = (params.max_level(), of_secret_key_encryption(params.t()));
        let mut schedule = Schedule { maps: Vec::new(), squares: Vec::new(), budget: 0.0 };
        for (index, diagonals) in diagonals.iter().enumerate() {
            if index > 0 {
                noise = P::noise_of_square(params, level, noise).plus_independent(of_key_switching(
                    params.t(),
                    params.rlwe(),
                    level,
                ));
                (level, noise) = descended(params, level, noise);
            }
            schedule.maps.push(level);
            let coefficients = (diagonals * params.rlwe().degree()) as f64 / 12.0;
            let log2_norm = (params.plaintext_modulus() as f64).log2() + coefficients.log2() / 2.0;
            let giants = (*diagonals as f64).sqrt().ceil() as usize;
            noise = of_transform(params, noise, level, Shape { log2_norm, hoists: true, giants });
            noise = of_rotate_sum(params, noise, level, LOG_SUMS.exp2() as usize);
            (level, noise) = descended(params, level, noise);
            schedule.squares.push(level);
            schedule.budget = params.rlwe().log_q(level) - 1.0 - noise.log2_bound();
            if schedule.budget <= 0.0 {
                return Err(Error::Refused(format!(
                    "noise fills the modulus of {:.0} bits {:.0} bits too early, after matrix {index} of the network: \
                     take {} more primes or a smaller plaintext modulus",
                    params.rlwe().log_q(params.max_level()),
                    -schedule.budget,
                    1 + (-schedule.budget / 50.0) as usize
                )));
            }
        }
        Ok(schedule)
    }
}

/// The lowest level at which noise still prevails over rounding errors, and the noise there.
pub(super) fn descended<P: Placement>(params: &Parameters<P>, mut level: usize, mut noise: Noise) -> (usize, Noise) {
    let rounding = of_rounding(params.t(), params.rlwe(), 1);
    while level > 0 {
        let dropped = (params.rlwe().data()[level].modulus().value() as f64).log2();
        let lower = noise.times(-dropped);
        if lower.log2_deviation() < rounding.log2_deviation() + MARGIN {
            break;
        }
        (level, noise) = (level - 1, lower.plus_independent(rounding));
    }
    (level, noise)
}
