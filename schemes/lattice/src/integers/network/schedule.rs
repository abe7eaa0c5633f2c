//! At which level each step of a network works.

use std::collections::BTreeSet;

use super::super::linear::{self, of_rotate_sum, of_transform};
use super::super::noise::{
    Noise, of_flood, of_key_switching, of_public_key_encryption, of_rounding, of_secret_key_encryption,
};
use super::super::parameters::Parameters;
use super::super::placement::Placement;
use crate::error::{Error, Result};
use crate::network::flood::Flood;
use crate::network::plan::Step;
use crate::network::service::{Service, WeightsForm};

/// Levels of a network's steps, and what is left at the end.
#[derive(Debug, Clone, PartialEq)]
pub struct Schedule {
    /// By map, the level of its input.
    pub maps: Vec<usize>,
    /// By map, the level at which its parts are summed up.
    pub sums: Vec<usize>,
    /// By map, the level after it: that of the square, or of the answer.
    pub squares: Vec<usize>,
    /// Predicted noise budget of the answer in bits, at least.
    pub budget: f64,
    /// What answers are flooded with.
    pub flood: Option<Flood>,
}

/// What noise is kept above rounding errors by when the modulus is switched, in bits: less would lose more than a fourth
/// of a bit at a switch.
const MARGIN: f64 = 0.75;

/// What a map does to noise: how many products and rotations it takes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shape {
    /// Diagonals.
    pub diagonals: usize,
    /// Rotations that decompose once.
    pub babies: usize,
    /// Rotations of sums of products.
    pub giants: usize,
    /// Images that are summed up, set by set.
    pub sums: Vec<usize>,
}

impl Shape {
    /// That of a matrix on its way through the slots.
    pub fn of(step: &Step) -> Shape {
        Shape {
            diagonals: step.packing.rotations.len(),
            babies: step.plan.moving_babies(),
            giants: step.plan.moving_giants(),
            sums: step.sums.iter().map(BTreeSet::len).collect(),
        }
    }
}

impl Schedule {
    /// Nothing yet.
    pub fn empty() -> Schedule {
        Schedule { maps: Vec::new(), sums: Vec::new(), squares: Vec::new(), budget: 0.0, flood: None }
    }

    /// Follows the prediction of noise through maps, whose coefficients are as good as uniform modulo t.
    ///
    /// # Errors
    /// [`Error::Refused`] naming the map after which nothing would be left.
    pub fn new<P: Placement>(params: &Parameters<P>, maps: &[Shape], service: Service) -> Result<Schedule> {
        let (mut level, mut noise) = (params.max_level(), of_secret_key_encryption(params.t()));
        let mut schedule = Schedule::empty();
        for (index, map) in maps.iter().enumerate() {
            if index > 0 {
                let switching = of_key_switching(params.t(), params.rlwe(), level);
                noise = P::noise_of_square(params, level, noise).plus_independent(switching);
                (level, noise) = descended(params, level, noise);
            }
            schedule.maps.push(level);
            noise = match service.weights {
                WeightsForm::Clear => of_map(params, noise, level, map),
                WeightsForm::Encrypted => of_encrypted_map(params, noise, level, map.diagonals),
            };
            noise = noise.plus_independent(of_rounding(params.t(), params.rlwe(), 1));
            (level, noise) = descended(params, level, noise);
            schedule.sums.push(level);
            for images in &map.sums {
                noise = of_rotate_sum(params, noise, level, *images);
            }
            noise = noise.plus_independent(of_rounding(params.t(), params.rlwe(), 1));
            (level, noise) = descended(params, level, noise);
            if service.weights == WeightsForm::Encrypted {
                noise = noise.plus(of_encrypted_addend(params, level));
            }
            let flood_bits = service.flood_bits.filter(|_| index + 1 == maps.len());
            let largest = noise.times(log2_concentration(&map.sums));
            schedule.end_map(params, level, [noise, largest], (flood_bits, "matrix", index))?;
        }
        Ok(schedule)
    }

    /// Ends a map whose results have this level and noise, on average and where it is largest, and floods them by so many
    /// bits.
    ///
    /// # Errors
    /// [`Error::Refused`] where nothing would be left, naming the map.
    pub(super) fn end_map<P: Placement>(
        &mut self,
        params: &Parameters<P>,
        level: usize,
        [noise, mut largest]: [Noise; 2],
        (flood_bits, kind, index): (Option<u32>, &str, usize),
    ) -> Result<()> {
        let (base, t) = (params.rlwe(), params.t());
        self.squares.push(level);
        if let Some(bits) = flood_bits {
            let own = (noise.log2_bound() - (t.value() as f64).log2()).ceil().max(0.0) as u32;
            let flood = Flood::new(bits, own + bits)?;
            largest = largest.plus_independent(of_flood(t, base, flood));
            self.flood = Some(flood);
        }
        self.budget = base.log_q(level) - 1.0 - largest.log2_bound();
        if self.budget > 0.0 {
            return Ok(());
        }
        let flooded = flood_bits.map_or_else(String::new, |bits| format!(", flooded by {bits} bits"));
        Err(Error::Refused(format!(
            "noise fills the modulus of {:.0} bits {:.0} bits too early, after {kind} {index} of the network{flooded}: \
             take {} more primes or a smaller plaintext modulus",
            base.log_q(params.max_level()),
            -self.budget,
            1 + (-self.budget / 50.0) as usize
        )))
    }
}

/// log2 of how much larger than the others coefficients may be after sums of rotations: those that all rotations of a sum
/// leave where they are grow with the number of images, not with its root. The others cancel; together they are what
/// prediction says.
fn log2_concentration(sums: &[usize]) -> f64 {
    sums.iter().map(|images| (*images as f64).log2() / 2.0).sum()
}

/// After a map of diagonals in the clear, before the division that ends it.
fn of_map<P: Placement>(params: &Parameters<P>, noise: Noise, level: usize, map: &Shape) -> Noise {
    let coefficients = (map.diagonals * params.rlwe().degree()) as f64 / 12.0;
    let log2_norm = (params.plaintext_modulus() as f64).log2() + coefficients.log2() / 2.0;
    of_transform(params, noise, level, linear::Shape { log2_norm, hoists: map.babies > 0, giants: map.giants })
}

/// After a map of encrypted diagonals, relinearized.
fn of_encrypted_map<P: Placement>(params: &Parameters<P>, noise: Noise, level: usize, diagonals: usize) -> Noise {
    let (t, base) = (params.t(), params.rlwe());
    let switching = of_key_switching(t, base, level);
    let (rotated, weights) = (noise.plus_independent(switching), of_public_key_encryption(t, base));
    let larger = if rotated.log2_deviation() < weights.log2_deviation() { weights } else { rotated };
    P::noise_of_square(params, level, larger).times((diagonals as f64).log2()).plus_independent(switching)
}

/// Of an encrypted bias: where correction factors differ, it is multiplied by about the root of t.
fn of_encrypted_addend<P: Placement>(params: &Parameters<P>, level: usize) -> Noise {
    let fresh = of_public_key_encryption(params.t(), params.rlwe());
    let corrected = P::correction_after_drop(params, level.max(1), 1) != 1;
    if corrected { fresh.times((params.t().value() as f64).log2() / 2.0 + 1.0) } else { fresh }
}

/// The lowest level at which noise still prevails over rounding errors, and the noise there.
pub(super) fn descended<P: Placement>(params: &Parameters<P>, mut level: usize, mut noise: Noise) -> (usize, Noise) {
    let rounding = of_rounding(params.t(), params.rlwe(), 1);
    while level > 0 {
        let lower = noise.times(-params.rlwe().log2_prime(level));
        if lower.log2_deviation() < rounding.log2_deviation() + MARGIN {
            break;
        }
        (level, noise) = (level - 1, lower.plus_independent(rounding));
    }
    (level, noise)
}
