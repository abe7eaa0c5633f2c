//! At which level each step of a batch works, by the declared bounds of the weights.

use blindbench_core::error::Error as CoreError;
use blindbench_core::network::architecture::{Architecture, Layer};

use super::super::schedule::{Schedule, descended};
use crate::error::Result;
use crate::integers::noise::{of_key_switching, of_plaintext, of_secret_key_encryption};
use crate::integers::parameters::Parameters;
use crate::integers::placement::Placement;
use crate::network::affine::Stages;
use crate::network::batch::relinearization::{Costs, Relinearization};
use crate::network::batch::size::Size;
use crate::network::service::Service;

/// What a batch needs beside levels.
#[derive(Debug, Clone, PartialEq)]
pub struct Batch {
    /// By square.
    pub relinearizations: Vec<Relinearization>,
    /// By map, log2 of what noise grows by.
    pub log2_norms: Vec<f64>,
}

/// A map's size, and what its outputs' weights stay within.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bounded {
    /// Inputs, entries and outputs.
    pub size: Size,
    /// log2 of the factor of noise.
    pub log2_norm: f64,
}

/// The maps of a network with what they multiply noise by: fresh noises are independent of each other, so that the
/// first map's counts with its root sum of squares; those after squares share the key's, and sums of magnitudes count.
///
/// # Errors
/// [`CoreError::Layer`] for a layer with weights that declares no bounds.
pub fn bounded(architecture: &Architecture) -> blindbench_core::error::Result<Vec<Bounded>> {
    let mut from = 0;
    let mut known = Vec::new();
    for (index, map) in Stages::<i128>::outline(architecture)?.maps.iter().enumerate() {
        let mut log2_norm = 0.0;
        let layers = architecture.layers.iter().enumerate().take(map.layer + 1).skip(from);
        let mut is_fresh = index == 0;
        for (layer, own) in
            layers.filter(|(_, layer)| matches!(layer, Layer::Dense(_) | Layer::Conv2d(_) | Layer::BatchNorm))
        {
            let bounds = own.bounds().ok_or_else(|| CoreError::Layer {
                layer,
                kind: own.kind(),
                reason: "declare its `bounds`: how large its weights are decides how noise grows".into(),
            })?;
            let norm = if is_fresh { (bounds.l2_squared_max as f64).sqrt() } else { bounds.l1_max as f64 };
            log2_norm += norm.max(1.0).log2();
            is_fresh = false;
        }
        from = map.layer + 1;
        known.push(Bounded { size: Size::of(map), log2_norm });
    }
    Ok(known)
}

/// Follows the prediction of noise through the maps.
///
/// # Errors
/// [`Error::Refused`] naming the map after which nothing would be left.
pub fn schedule<P: Placement>(params: &Parameters<P>, maps: &[Bounded], service: Service) -> Result<(Schedule, Batch)> {
    let (base, t) = (params.rlwe(), params.t());
    let (mut level, mut noise) = (params.max_level(), of_secret_key_encryption(t));
    let mut schedule = Schedule::empty();
    let mut relinearizations = Vec::new();
    for (index, map) in maps.iter().enumerate() {
        let mut degree = 1;
        let is_last = index + 1 == maps.len();
        let flood_bits = service.flood_bits.filter(|_| is_last);
        if index > 0 {
            noise = P::noise_of_square(params, level, noise);
            let switched = noise.plus_independent(of_key_switching(t, base, level));
            let lower = descended(params, level, switched);
            let (digits, special) = (base.level(level).digits.len(), base.special().len());
            let costs = Costs { limbs: level + 1, digits, special, dropped: level - lower.0 };
            // A flooded answer is blinded in both of its polynomials, and has no third.
            let relinearization = costs.choose(map.size, is_last && flood_bits.is_none());
            match relinearization {
                Relinearization::Before => (level, noise) = lower,
                Relinearization::After | Relinearization::Never => degree = 2,
            }
            relinearizations.push(relinearization);
        }
        schedule.maps.push(level);
        noise = noise.times(map.log2_norm).plus_independent(of_plaintext(t));
        if relinearizations.last() == Some(&Relinearization::After) {
            noise = noise.plus_independent(of_key_switching(t, base, level));
            degree = 1;
        }
        if degree == 1 {
            (level, noise) = descended(params, level, noise);
        }
        schedule.end_map(params, level, [noise, noise], (flood_bits, "map", index))?;
    }
    let log2_norms = maps.iter().map(|map| map.log2_norm).collect();
    Ok((schedule, Batch { relinearizations, log2_norms }))
}
