//! Networks under BFV and BGV: exact modulo one or several plaintext moduli, whose product holds every score.
//!
//! Levels follow from the prediction of noise: after each step the modulus is switched down as far as noise allows, so
//! that what comes next works on fewer primes.

mod batch;
mod chain;
pub mod choice;
mod encrypted;
mod schedule;

use std::marker::PhantomData;
use std::sync::Arc;

use blindbench_core::error::Error as CoreError;
use blindbench_core::network::architecture::Architecture;
use blindbench_core::network::logits::Values;
use blindbench_core::network::lowered::Lowered;
use blindbench_core::primitives::Offer;
use blindbench_core::roles::seed::Seed;
use blindbench_core::scheme::{Case, Promise, Resources};
use blindbench_core::wire::{Reader, Wire};
use blindbench_kernels::dispatch::Kernel;
use serde::{Deserialize, Serialize};
use zeroize::Zeroize;

use super::ciphertext::Ciphertext;
use super::encryption::SeededCiphertext as Seeded;
use super::keys::{EvaluationKeys, SecretKey};
use super::linear::{LinearTransform, transform_all};
use super::noise::of_flood;
use super::operations;
use super::parameters::{Literal, Parameters};
use super::placement::{Effort, Placement};
use crate::batching::Plaintext;
use crate::error::{Error, Result};
use crate::linear::diagonal::Diagonal;
use crate::network::affine::Affine;
use crate::network::flood::Flood;
use crate::network::layout::Slots;
use crate::network::plan::{Costs, Route, TRANSFORM};
use crate::network::scheme::{Cryptosystem, EncryptedNetwork, StagesOf};
use crate::network::service::{Service, Stated};
use crate::network::strategy::Strategy;
use crate::network::track::{Factors, Then, Track};
use crate::rlwe::ciphertext::Ciphertext as Inner;
use crate::rlwe::encryption::SeededCiphertext;
use crate::rlwe::evaluation_keys::{EvaluationKeys as InnerKeys, Request};
use crate::rlwe::flooding;
use crate::rlwe::matrix::Matrix;
use crate::rlwe::public_key::PublicKey;
use schedule::Schedule;

/// BFV or BGV as a line of the registry.
pub type IntegerNetwork<P> = EncryptedNetwork<Integers<P>>;

/// BFV or BGV.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Integers<P>(PhantomData<P>);

/// Parameters as they were chosen for a network.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Setting {
    /// log2 of the ring degree N.
    pub log_n: u32,
    /// Sizes in bits of the ciphertext primes.
    pub moduli: Vec<u32>,
    /// Sizes in bits of the special primes.
    pub special: Vec<u32>,
    /// Plaintext moduli, one a track.
    pub plaintext_moduli: Vec<u64>,
}

/// Parameters of one plaintext modulus for a network of so many maps.
#[derive(Debug)]
pub struct IntegerTrack<P: Placement> {
    params: Arc<Parameters<P>>,
    schedule: Schedule,
    /// Plaintext moduli that share the keys.
    sharers: usize,
    /// Where images are packed side by side.
    batch: Option<batch::Batch>,
}

/// A secret key that can be zeroized.
pub struct Secret<P: Placement>(SecretKey<P>);

impl<P: Placement> Zeroize for Secret<P> {
    fn zeroize(&mut self) {
        self.0.inner.zeroize();
    }
}

impl<P: Placement> IntegerTrack<P> {
    /// What answers are flooded with.
    pub fn flood(&self) -> Option<Flood> {
        self.schedule.flood
    }

    fn plaintext(&self, slots: &[i128]) -> Result<Plaintext> {
        self.params.encoder().encode(&self.centered(slots))
    }

    /// Around zero modulo t.
    fn centered(&self, values: &[i128]) -> Vec<i64> {
        let t = self.params.t();
        values.iter().map(|value| t.centered(value.rem_euclid(i128::from(t.value())) as u64)).collect()
    }
}

impl<P: Placement> Track for IntegerTrack<P> {
    type Value = i128;
    type Secret = Secret<P>;
    type Keys = EvaluationKeys<P>;
    type Matrix = LinearTransform<P>;
    type Addend = Plaintext;
    type Ciphertext = Ciphertext<P>;

    fn rlwe(&self) -> &crate::rlwe::parameters::Parameters {
        self.params.rlwe()
    }

    fn describe(&self) -> String {
        self.params.to_string()
    }

    fn slots(&self) -> Slots {
        Slots { rows: 2, columns: self.params.rlwe().degree() / 2 }
    }

    fn level(&self, index: usize) -> usize {
        self.schedule.maps[index]
    }

    fn sum_level(&self, index: usize) -> usize {
        self.schedule.sums[index]
    }

    fn costs_at(&self, level: usize) -> Costs {
        let base = self.params.rlwe();
        Costs::shared(level + 1, base.special().len(), base.level(level).digits.len(), 1.0 / self.sharers as f64)
    }

    fn costs(&self, index: usize) -> Costs {
        chain::costs(index, self.schedule.maps.len())
    }

    fn square_level(&self, index: usize) -> usize {
        self.schedule.squares[index]
    }

    fn adapt(&self, _: usize, map: Affine<i128>) -> Affine<i128> {
        map
    }

    fn pixel(&self, level: u16) -> i128 {
        i128::from(level)
    }

    fn secret(&self, seed: &Seed) -> Secret<P> {
        Secret(SecretKey::generate(&self.params, seed))
    }

    fn public_key(&self, secret: &Secret<P>, seed: &Seed) -> PublicKey {
        secret.0.public_key(seed).inner
    }

    fn evaluation_keys(&self, secret: &Secret<P>, request: &Request, seed: &Seed) -> Result<InnerKeys> {
        Ok(secret.0.evaluation_keys(request, seed)?.inner)
    }

    fn keys(&self, keys: InnerKeys) -> Result<EvaluationKeys<P>> {
        Ok(EvaluationKeys::from_inner(&self.params, keys))
    }

    fn encrypt(&self, secret: &Secret<P>, slots: &[i128], seed: &Seed) -> Result<SeededCiphertext> {
        Ok(secret.0.encrypt(&self.plaintext(slots)?, self.level(0), seed)?.inner().clone())
    }

    fn decrypt(&self, secret: &Secret<P>, ciphertext: &Ciphertext<P>) -> Result<Vec<i128>> {
        let values = self.params.encoder().decode(&secret.0.decrypt(ciphertext)?)?;
        Ok(values.into_iter().map(i128::from).collect())
    }

    fn matrix(&self, index: usize, diagonals: &[Diagonal<i128>]) -> Result<LinearTransform<P>> {
        let reduced = |diagonal: &Diagonal<i128>| {
            let Diagonal { giant, baby, values } = diagonal;
            Diagonal { giant: *giant, baby: *baby, values: self.centered(values) }
        };
        LinearTransform::new(&self.params, &diagonals.iter().map(reduced).collect::<Vec<_>>(), self.level(index))
    }

    fn addend(&self, _: usize, slots: &[i128]) -> Result<Plaintext> {
        self.plaintext(slots)
    }

    fn resident_bytes(&self, matrix: &LinearTransform<P>) -> u64 {
        matrix.resident_bytes()
    }

    fn fresh(&self, ciphertext: SeededCiphertext) -> Ciphertext<P> {
        Seeded::from_inner(&self.params, ciphertext).expand()
    }

    fn transform_all(
        index: usize,
        keys: &EvaluationKeys<P>,
        factors: &[Factors<'_, IntegerTrack<P>>],
        sums: &[Matrix],
    ) -> Result<Vec<Ciphertext<P>>> {
        let levels = factors
            .first()
            .map_or([0, 0], |Factors { track, .. }| [track.schedule.sums[index], track.schedule.squares[index]]);
        let factors: Vec<_> = factors.iter().map(|Factors { matrix, ciphertext, .. }| (*matrix, *ciphertext)).collect();
        transform_all(keys, &factors, sums, levels)
    }

    fn rotate_sum(
        &self,
        index: usize,
        keys: &EvaluationKeys<P>,
        ciphertext: &Ciphertext<P>,
        rotations: &Matrix,
        then: Then,
    ) -> Result<Ciphertext<P>> {
        self.descended(index, ciphertext.rotate_sum(rotations, keys)?, then)
    }

    fn add(&self, ciphertext: &mut Ciphertext<P>, addend: &Plaintext) -> Result<()> {
        ciphertext.add_plain_assign(addend)
    }

    fn square(&self, index: usize, keys: &EvaluationKeys<P>, ciphertext: &Ciphertext<P>) -> Result<Ciphertext<P>> {
        let mut square = ciphertext.multiply_relinearize(ciphertext, keys)?;
        square.switch_to(self.schedule.maps[index + 1])?;
        Ok(square)
    }

    fn product_passes(&self, level: usize) -> f64 {
        let Effort { transforms, passes } = P::product_effort(level);
        TRANSFORM * transforms + passes
    }

    fn predicted_bits(&self, ciphertext: &Ciphertext<P>) -> f64 {
        ciphertext.predicted_budget()
    }

    fn measured_budget(&self, secret: &Secret<P>, ciphertext: &Ciphertext<P>) -> Result<Option<f64>> {
        secret.0.noise_budget_vartime(ciphertext).map(Some)
    }

    fn flooded(&self, public: &PublicKey, answer: &Ciphertext<P>, seed: &Seed) -> Result<Ciphertext<P>> {
        let t = self.params.t();
        let flood = self.flood().ok_or_else(|| Error::Refused("no flood is planned".into()))?;
        flood.require(answer.noise().log2_bound() - (t.value() as f64).log2())?;
        let mut inner = answer.inner().clone();
        flooding::flood(self.rlwe(), public, &mut inner, (flood.log2, P::fresh_noise(t)), seed)?;
        // The same whatever the weights: noise that is stated is sent.
        Ok(answer.with(inner, of_flood(t, self.rlwe(), flood)))
    }

    fn polynomials<'a>(&self, ciphertext: &'a Ciphertext<P>) -> &'a Inner {
        ciphertext.inner()
    }

    fn take(&self, input: &mut Reader<'_>) -> blindbench_core::error::Result<Ciphertext<P>> {
        Ciphertext::take(&self.params, input)
    }
}

impl<P: Placement> IntegerTrack<P> {
    fn descended(&self, index: usize, mut ciphertext: Ciphertext<P>, then: Then) -> Result<Ciphertext<P>> {
        ciphertext.switch_to(match then {
            Then::Stay => self.schedule.sums[index],
            Then::Descend => self.schedule.squares[index],
        })?;
        Ok(ciphertext)
    }
}

fn promise<P: Placement>(tracks: &[IntegerTrack<P>]) -> Promise {
    let budget = tracks.iter().map(|track| track.schedule.budget).fold(f64::INFINITY, f64::min);
    // The bound of noise is 12 deviations, which a normal variable exceeds with this probability.
    let failure = if budget > 0.0 { -80.0 } else { 0.0 };
    Promise { logit_error: 0.0, failure_log2: Some(failure) }
}

impl<P: Placement + PartialEq> Cryptosystem for Integers<P> {
    const NAME: &'static str = P::NAME;
    const PLAN_TAG: [u8; 4] = *b"INPL";
    const EXACT: bool = true;
    type Params = choice::Params;
    type Setting = Setting;
    type Track = IntegerTrack<P>;

    fn stated(params: &choice::Params) -> Stated {
        Stated { packing: params.packing, weights: params.weights, answer: params.answer }
    }

    fn choose(
        params: &choice::Params,
        architecture: &Architecture,
        service: Service,
    ) -> blindbench_core::error::Result<Setting> {
        match service.packing {
            Strategy::Latency => choice::choose::<P>(params, architecture, service),
            Strategy::Batch => batch::choose::<P>(params, architecture, service),
        }
    }

    fn open(
        setting: &Setting,
        architecture: &Architecture,
        service: Service,
        kernel: Kernel,
    ) -> blindbench_core::error::Result<Vec<IntegerTrack<P>>> {
        choice::require_range(&setting.plaintext_moduli, architecture)?;
        let opened = |plaintext_modulus: &u64| {
            let Setting { log_n, moduli, special, .. } = setting.clone();
            let literal = Literal { log_n, moduli, special, plaintext_modulus: *plaintext_modulus };
            let params = Parameters::<P>::new(literal, kernel)?;
            params.encoder().slot_count()?;
            Ok(Arc::new(params))
        };
        let all = setting.plaintext_moduli.iter().map(opened).collect::<Result<Vec<_>>>()?;
        // The largest modulus has the most noise; all keep to the same levels.
        let largest = all.iter().max_by_key(|params| params.plaintext_modulus());
        let largest = largest.ok_or_else(|| Error::Refused("a network needs a plaintext modulus".into()))?;
        let (schedule, batch) = match service.packing {
            Strategy::Latency => {
                let shapes = choice::shapes(architecture, setting.log_n, service)?;
                (Schedule::new(largest, &shapes, service)?, None)
            }
            Strategy::Batch => {
                let (schedule, batch) = batch::schedule(largest, &batch::bounded(architecture)?, service)?;
                (schedule, Some(batch))
            }
        };
        let sharers = all.len();
        let track = |params| IntegerTrack { params, schedule: schedule.clone(), sharers, batch: batch.clone() };
        Ok(all.into_iter().map(track).collect())
    }

    fn lowered(architecture: &Architecture) -> Lowered {
        Lowered::model(architecture)
    }

    fn join(tracks: &[IntegerTrack<P>], scores: &[Vec<i128>]) -> blindbench_core::error::Result<Values> {
        let moduli: Vec<u64> = tracks.iter().map(|track| track.params.plaintext_modulus()).collect();
        let classes = scores.first().map_or(0, Vec::len);
        let joined = |class: usize| choice::joined(&moduli, scores.iter().map(|scores| scores[class]));
        Ok(Values::Integer((0..classes).map(joined).collect::<Result<_>>()?))
    }

    fn reading(
        tracks: &[IntegerTrack<P>],
        _: usize,
        _: bool,
        values: &[Vec<i128>],
    ) -> blindbench_core::error::Result<Vec<f64>> {
        // Hidden values are no larger than the scores that they lead to, as a rule.
        Self::join(tracks, values).map(|values| values.to_real())
    }

    fn promise_of_batch(
        tracks: &[IntegerTrack<P>],
        _: &Architecture,
        _: StagesOf<Self>,
    ) -> blindbench_core::error::Result<Promise> {
        Ok(promise(tracks))
    }

    fn promise(
        tracks: &[IntegerTrack<P>],
        _: &Route,
        _: &Architecture,
        _: StagesOf<Self>,
    ) -> blindbench_core::error::Result<Promise> {
        Ok(promise(tracks))
    }

    fn approximations(_: &Setting) -> String {
        String::new()
    }

    fn cases() -> Vec<Case<choice::Params>> {
        choice::cases().into_iter().chain(batch::cases()).collect()
    }

    fn operations(params: choice::Params, resources: &Resources) -> blindbench_core::error::Result<Offer> {
        operations::offer::<P>(params.stated().map_err(CoreError::from)?, resources)
    }

    fn operation_cases() -> Vec<choice::Params> {
        operations::cases().into_iter().map(choice::Params::of).collect()
    }
}
