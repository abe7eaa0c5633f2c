//! Matrices times encrypted vectors, double-hoisted: baby steps stay modulo the special primes, and a giant step
//! costs one division of one polynomial (Bossuat, Mouchet, Troncoso-Pastoriza and Hubaux, "Efficient bootstrapping for
//! approximate homomorphic encryption with non-sparse keys", 2021, section 4, algorithm 6).

use std::collections::BTreeMap;

use blindbench_kernels::buffer::Buffer;
use blindbench_kernels::residue::modulus::Modulus;

use super::transform::{GiantStep, LinearTransform};
use crate::ckks::ciphertext::Ciphertext;
use crate::ckks::evaluator::Evaluator;
use crate::ckks::evaluator::rotation::rotation_in_words;
use crate::ckks::noise::{Noise, division_variance, switching_variance};
use crate::error::{Error, Result};
use crate::rlwe::ciphertext::Ciphertext as Inner;
use crate::rlwe::evaluation_keys::permuted;
use crate::rlwe::key_switch::{Accumulator, Hoisted, key_switch};
use crate::rlwe::parameters::Parameters;
use crate::rns::polynomial::Polynomial;
use crate::rns::threads::each_mut;

impl Evaluator<'_> {
    /// The matrix times the vector in the slots; the scale is the product of both. To be rescaled.
    ///
    /// # Errors
    /// [`Error::Levels`] where the matrix was encoded for lower levels, [`Error::MissingGaloisKey`],
    /// [`Error::KeyLevel`], [`Error::Degree`], [`Error::ScaleOverflow`] or [`Error::Parameters`].
    pub fn transform(&self, ciphertext: &Ciphertext, transform: &LinearTransform) -> Result<Ciphertext> {
        let (accumulator, scale, noise) = self.accumulate(ciphertext, transform)?;
        let inner = Inner { parts: accumulator.divide(self.params().rlwe(), [None, None]).into() };
        let noise = noise.plus_independent(division_variance(self.params().rlwe(), 1));
        Ok(Ciphertext { origin: ciphertext.origin.clone(), inner, scale, noise })
    }

    /// [`Evaluator::transform`] and the rescaling in one division, by P times the level's prime.
    ///
    /// # Errors
    /// Those of [`Evaluator::transform`], and [`Error::Depth`] at level 0.
    pub fn transform_rescale(&self, ciphertext: &Ciphertext, transform: &LinearTransform) -> Result<Ciphertext> {
        let level = ciphertext.level();
        if level == 0 {
            return Err(Error::Depth { operation: "rescaling", needed: 1, level });
        }
        let (accumulator, scale, noise) = self.accumulate(ciphertext, transform)?;
        let prime = self.params().prime(level);
        let inner = Inner { parts: accumulator.divide_and_drop(self.params().rlwe(), [None, None])?.into() };
        let noise = noise.rescaled(prime, 1, self.params());
        Ok(Ciphertext { origin: ciphertext.origin.clone(), inner, scale: scale / prime, noise })
    }

    fn accumulate(&self, ciphertext: &Ciphertext, transform: &LinearTransform) -> Result<(Accumulator, f64, Noise)> {
        self.require(ciphertext)?;
        self.params().require_origin(&transform.origin, "a linear transform")?;
        let level = ciphertext.level();
        if transform.level < level {
            return Err(Error::Levels { left: level, right: transform.level });
        }
        let scale = ciphertext.scale * transform.scale;
        self.params().require_room(scale, level)?;
        let babies = self.baby_steps(ciphertext, transform)?;
        let mut total: Option<Accumulator> = None;
        for giant in &transform.giants {
            let mut sum = self.weighted(&babies, giant, transform.level, level)?;
            if giant.steps != 0 {
                sum = self.rotated(sum, giant.steps)?;
            }
            match &mut total {
                Some(total) => total.add_assign(self.params().rlwe(), &sum)?,
                None => total = Some(sum),
            }
        }
        let total = total.unwrap_or_else(|| Accumulator::zero(self.params().rlwe(), level));
        Ok((total, scale, self.transformed_noise(ciphertext, transform)))
    }

    /// The ciphertext rotated by each baby step, P times too large.
    fn baby_steps(&self, ciphertext: &Ciphertext, transform: &LinearTransform) -> Result<BTreeMap<usize, Accumulator>> {
        let (params, inner) = (self.params().rlwe(), &ciphertext.inner);
        inner.require_degree("a linear transform", 1)?;
        let steps = transform.plan.babies();
        let hoisted = steps.iter().any(|steps| *steps != 0).then(|| Hoisted::new(params, &inner.parts[1].limbs));
        let rotated = |steps: usize| match &hoisted {
            Some(hoisted) if steps != 0 => {
                let element = self.rotation_element(steps as i64);
                let key = self.galois_key(element, || rotation_in_words(steps as i64))?;
                key.accumulate_hoisted(params, inner, hoisted)
            }
            _ => {
                let mut unmoved = Accumulator::zero(params, ciphertext.level());
                (0..2).for_each(|part| unmoved.add_special_multiple(params, part, &inner.parts[part]));
                Ok(unmoved)
            }
        };
        steps.into_iter().map(|steps| Ok((steps, rotated(steps)?))).collect()
    }

    /// The sum of baby steps times diagonals, each coefficient reduced once.
    fn weighted(
        &self,
        babies: &BTreeMap<usize, Accumulator>,
        giant: &GiantStep,
        encoded: usize,
        level: usize,
    ) -> Result<Accumulator> {
        let params = self.params().rlwe();
        let missing = || Error::Refused("a baby step is not in the plan: make the plan of this matrix".into());
        let terms = giant.terms.iter().map(|(baby, diagonal)| Ok((babies.get(baby).ok_or_else(missing)?, diagonal)));
        let terms: Vec<(&Accumulator, &Polynomial)> = terms.collect::<Result<_>>()?;
        let plans = params.key_plans(level);
        let mut sum = Accumulator::zero(params, level);
        for (h, part) in sum.parts.iter_mut().enumerate() {
            each_mut(&mut part.limbs, |j, limb| {
                let own = if j <= level { j } else { j - level + encoded };
                let left: Vec<&[u64]> = terms.iter().map(|(baby, _)| &baby.parts[h].limbs[j][..]).collect();
                let right: Vec<&[u64]> = terms.iter().map(|(_, diagonal)| &diagonal.limbs[own][..]).collect();
                lazy_dot(params, plans[j].modulus(), &left, &right, limb);
            });
        }
        Ok(sum)
    }

    /// A giant step: the second polynomial is divided by P and switched, the first only moves.
    fn rotated(&self, sum: Accumulator, steps: usize) -> Result<Accumulator> {
        let (params, level) = (self.params().rlwe(), sum.level());
        let key = self.galois_key(self.rotation_element(steps as i64), || rotation_in_words(steps as i64))?;
        let [first, mut second] = sum.parts;
        let plans = params.key_plans(level);
        params.level(level).by_special.divide(&plans, &mut second.limbs, None);
        let moved = |polynomial: &Polynomial| permuted(params, key.permutation(), polynomial);
        let mut switched = key_switch(params, &moved(&second).limbs, key.key())?;
        let first = moved(&first);
        each_mut(&mut switched.parts[0].limbs, |j, limb| {
            params.kernel().add_assign(plans[j].modulus(), limb, &first.limbs[j]);
        });
        Ok(switched)
    }

    /// Before the last division: errors of different slots are uncorrelated, so that a row takes the root sum
    /// of their squares; each giant step adds those of its division and its switch.
    fn transformed_noise(&self, ciphertext: &Ciphertext, transform: &LinearTransform) -> Noise {
        let (params, level, noise) = (self.params().rlwe(), ciphertext.level(), ciphertext.noise);
        let switching = switching_variance(params, level);
        let babies = if transform.plan.babies().iter().any(|steps| *steps != 0) { switching } else { 0.0 };
        let rotated = noise.plus_independent(babies).deviation * transform.row_norm * transform.scale;
        let terms: usize = transform.giants.iter().map(|giant| giant.terms.len()).sum();
        let rounded = Noise::encoded(0.0).deviation * (terms as f64).sqrt() * noise.bound * ciphertext.scale;
        let giants = transform.giants.iter().filter(|giant| giant.steps != 0).count() as f64;
        let own = giants * (switching + division_variance(params, 1));
        Noise { deviation: rotated + rounded, bound: noise.bound * transform.row_sum }.plus_independent(own)
    }
}

/// Terms that are summed up before a reduction: twice as many streams, all at the same offset of their pages, find room
/// in a cache of eight ways.
const TERMS_AT_ONCE: usize = 4;

/// `out = sum_k left[k] * right[k]`, a few terms at a time over blocks that stay in the cache.
fn lazy_dot(params: &Parameters, p: &Modulus, left: &[&[u64]], right: &[&[u64]], out: &mut [u64]) {
    const BLOCK: usize = 1024;
    let mut part = Buffer::stale(BLOCK.min(out.len()));
    for (place, out) in out.chunks_mut(BLOCK).enumerate() {
        let range = place * BLOCK..place * BLOCK + out.len();
        let groups = left.chunks(TERMS_AT_ONCE).zip(right.chunks(TERMS_AT_ONCE));
        for (group, (left, right)) in groups.enumerate() {
            let left: Vec<&[u64]> = left.iter().map(|term| &term[range.clone()]).collect();
            let right: Vec<&[u64]> = right.iter().map(|term| &term[range.clone()]).collect();
            if group == 0 {
                params.kernel().dot(p, &left, &right, out);
            } else {
                params.kernel().dot(p, &left, &right, &mut part[..]);
                params.kernel().add_assign(p, out, &part);
            }
        }
    }
}
