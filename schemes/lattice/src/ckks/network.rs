//! Networks under CKKS.
//!
//! Values are kept below 1: each map is divided by a power of two that its outputs stay below, and multiplied by the
//! square of the one before, or by what a polynomial's values stay below. Their scale is larger than the primes that are dropped, so that rounding weighs little; the
//! last product keeps its prime.

mod activation;
mod batch;
pub mod choice;
mod encrypted;
mod promise;

use blindbench_core::error::Error as CoreError;
use blindbench_core::network::architecture::{Architecture, Arithmetic};
use blindbench_core::network::logits::Values;
use blindbench_core::network::lowered::{Lowered, Precision};
use blindbench_core::primitives::Offer;
use blindbench_core::roles::seed::Seed;
use blindbench_core::scheme::{Case, Promise, Resources};
use blindbench_core::wire::{Reader, Wire};
use blindbench_kernels::dispatch::Kernel;
use blindbench_kernels::residue::ntt::RingKind;
use serde::{Deserialize, Serialize};

use super::ciphertext::Ciphertext;
use super::encoder::Encoder;
use super::encryption::{decrypt, generate_evaluation_keys, generate_public_key, generate_secret_key};
use super::evaluator::Evaluator;
use super::linear::application::End;
use super::linear::transform::LinearTransform;
use super::noise::{Noise, expansion, secret_key_variance};
use super::operations;
use super::parameters::{Literal, Parameters};
use super::plaintext::Plaintext;
use crate::error::{Error, Result};
use crate::linear::diagonal::Diagonal;
use crate::network::affine::Affine;
use crate::network::flood::Flood;
use crate::network::layout::Slots;
use crate::network::plan::Route;
use crate::network::scheme::{Cryptosystem, EncryptedNetwork, StagesOf};
use crate::network::service::{Service, Stated};
use crate::network::strategy::Strategy;
use crate::network::track::{Factors, Multiplications, Then, Track};
use crate::rlwe::ciphertext::Ciphertext as Inner;
use crate::rlwe::encryption::{Noise as Fresh, SeededCiphertext, encrypt_by_secret_key};
use crate::rlwe::evaluation_keys::{EvaluationKeys, Request};
use crate::rlwe::flooding;
use crate::rlwe::matrix::Matrix;
use crate::rlwe::public_key::PublicKey;
use crate::rlwe::secret_key::SecretKey;

use activation::Activation;

/// CKKS as a line of the registry.
pub type CkksNetwork = EncryptedNetwork<Ckks>;

/// The scheme.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ckks {}

/// Parameters as they were chosen for a network.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Setting {
    /// The parameters, in an experiment's words.
    pub params: operations::Params,
    /// By map, log2 of what its outputs are divided by.
    pub log_ranges: Vec<u32>,
}

/// Parameters for a network of so many maps.
#[derive(Debug)]
pub struct CkksTrack {
    params: Parameters,
    /// By map, what outputs are divided by.
    ranges: Vec<f64>,
    /// By map but the last: what follows it.
    activations: Vec<Activation>,
    /// By map, the scales of its input and of its weights.
    scales: Vec<[f64; 2]>,
    /// The value of a pixel's level.
    pixel: f64,
    service: Service,
    /// What answers are flooded with.
    flood: Option<Flood>,
    /// Where images are packed side by side.
    batch: Option<batch::Schedule>,
}

impl CkksTrack {
    fn new(
        params: Parameters,
        (ranges, activations): (Vec<f64>, Vec<Activation>),
        pixel: f64,
        (service, score): (Service, f64),
    ) -> Result<CkksTrack> {
        let mut track =
            CkksTrack { params, ranges, activations, scales: Vec::new(), pixel, service, flood: None, batch: None };
        track.scales = scales(&track);
        track.flood = track.flood_of(score)?;
        Ok(track)
    }

    /// What answers are flooded with: as much as scores of this root mean square bear.
    fn flood_of(&self, score: f64) -> Result<Option<Flood>> {
        let last = self.ranges.len() - 1;
        let error = FLOODED_ERROR * score / self.ranges[last] * self.result_scale(last);
        let deviation = error / promise::TAIL / expansion(self.rlwe()).sqrt();
        let log2 = (deviation * 3f64.sqrt()).log2().max(0.0) as u32;
        self.service.flood_bits.map(|bits| Flood::new(bits, log2)).transpose()
    }

    /// The scale of a map's result.
    fn result_scale(&self, index: usize) -> f64 {
        let [scale, weights] = self.scales[index];
        if self.is_last(index) { scale * weights } else { scale * weights / self.params.prime(self.level(index)) }
    }

    /// The last map keeps its level: dividing by its prime would only add an error.
    fn is_last(&self, index: usize) -> bool {
        index + 1 == self.ranges.len()
    }

    /// What the values of activation `index` are divided by.
    fn divisor(&self, index: usize) -> f64 {
        match self.activations.get(index) {
            Some(Activation::Polynomial { largest, .. }) => *largest,
            Some(Activation::Square) | None => self.ranges[index] * self.ranges[index],
        }
    }

    /// The scale of polynomials' values.
    fn polynomial_scale(&self) -> f64 {
        self.params.scale() * (2.0 * LIFT).exp2()
    }

    fn encoder(&self) -> Encoder<'_> {
        Encoder::new(&self.params)
    }
}

/// Deviations that the noise of an answer stays below, for a flood.
const FLOODED_TAIL: f64 = 12.0;

/// Error that a flood makes in scores at most, over their root mean square.
const FLOODED_ERROR: f64 = 0.01;

/// Bits that results of maps have above the scale of the primes: rounding errors of divisions weigh less, those of
/// weights more, whose scale is as much smaller.
const LIFT: f64 = 2.0;

/// By map, the scales of its input and of its weights. After a map values have the parameters' scale and [`LIFT`], after
/// an activation twice the lift; the answer fills the modulus that is left but for a sign and as much again.
fn scales(track: &CkksTrack) -> Vec<[f64; 2]> {
    let params = &track.params;
    let result = params.scale() * LIFT.exp2();
    let mut input = params.scale() * (2.0 * LIFT).exp2();
    let scale = |index: usize| {
        let level = track.level(index);
        if track.is_last(index) {
            return [input, params.prime(0) * params.prime(1) / 4.0 / input];
        }
        let scales = [input, params.prime(level) * result / input];
        input = match &track.activations[index] {
            Activation::Square => result * result / params.prime(level - 1),
            Activation::Polynomial { .. } => track.polynomial_scale(),
        };
        scales
    };
    (0..track.ranges.len()).map(scale).collect()
}

/// The largest of the rows' sums of magnitudes and of their root sums of squares.
fn row_norms<'a>(diagonals: impl Iterator<Item = &'a [f64]>, slots: usize) -> [f64; 2] {
    let mut rows = vec![[0.0f64; 2]; slots];
    for diagonal in diagonals {
        for (row, x) in rows.iter_mut().zip(diagonal) {
            *row = [row[0] + x.abs(), row[1] + x * x];
        }
    }
    let largest = |k: usize| rows.iter().map(|row| row[k]).fold(0.0, f64::max);
    [largest(0), largest(1).sqrt()]
}

impl Track for CkksTrack {
    type Value = f64;
    type Secret = SecretKey;
    type Keys = EvaluationKeys;
    type Matrix = LinearTransform;
    type Addend = Plaintext;
    type Ciphertext = Ciphertext;

    fn rlwe(&self) -> &crate::rlwe::parameters::Parameters {
        self.params.rlwe()
    }

    fn describe(&self) -> String {
        format!("{}, scale 2^{}", self.params.rlwe(), self.params.log_scale())
    }

    fn slots(&self) -> Slots {
        Slots { rows: 1, columns: self.params.slots() }
    }

    fn level(&self, index: usize) -> usize {
        let left = || 1 + self.activations[index..].iter().map(|activation| 1 + activation.depth()).sum::<usize>();
        self.batch.as_ref().map_or_else(left, |batch| batch.levels[index])
    }

    fn sum_level(&self, index: usize) -> usize {
        self.level(index)
    }

    fn square_level(&self, index: usize) -> usize {
        let after = self.level(index) - usize::from(!self.is_last(index));
        self.batch.as_ref().map_or(after, |batch| batch.square_level(index))
    }

    fn adapt(&self, index: usize, mut map: Affine<f64>) -> Affine<f64> {
        let before = if index == 0 { 1.0 } else { self.divisor(index - 1) };
        let own = 1.0 / self.ranges[index];
        map.rows.iter_mut().flatten().for_each(|(_, weight)| *weight *= before * own);
        map.bias.iter_mut().for_each(|bias| *bias *= own);
        map
    }

    fn pixel(&self, level: u16) -> f64 {
        f64::from(level) * self.pixel
    }

    fn secret(&self, seed: &Seed) -> SecretKey {
        generate_secret_key(&self.params, seed)
    }

    fn public_key(&self, secret: &SecretKey, seed: &Seed) -> PublicKey {
        generate_public_key(&self.params, secret, seed)
    }

    fn evaluation_keys(&self, secret: &SecretKey, request: &Request, seed: &Seed) -> Result<EvaluationKeys> {
        generate_evaluation_keys(&self.params, secret, request, seed)
    }

    fn keys(&self, keys: EvaluationKeys) -> Result<EvaluationKeys> {
        Evaluator::new(&self.params, &keys)?;
        Ok(keys)
    }

    fn encrypt(&self, secret: &SecretKey, slots: &[f64], seed: &Seed) -> Result<SeededCiphertext> {
        let plaintext = self.encoder().encode(slots, self.level(0), self.scales[0][0])?;
        Ok(encrypt_by_secret_key(self.rlwe(), secret, &plaintext.polynomial, Fresh::PLAIN, seed))
    }

    fn decrypt(&self, secret: &SecretKey, ciphertext: &Ciphertext) -> Result<Vec<f64>> {
        self.encoder().decode(&decrypt(&self.params, secret, ciphertext)?)
    }

    fn matrix(&self, index: usize, diagonals: &[Diagonal<f64>]) -> Result<LinearTransform> {
        let [_, scale] = self.scales[index];
        let rows = row_norms(diagonals.iter().map(|diagonal| &diagonal.values[..]), self.params.slots());
        LinearTransform::of_elements(&self.encoder(), diagonals, self.level(index), scale, rows)
    }

    fn addend(&self, index: usize, slots: &[f64]) -> Result<Plaintext> {
        self.encoder().encode(slots, self.square_level(index), self.result_scale(index))
    }

    fn resident_bytes(&self, matrix: &LinearTransform) -> u64 {
        matrix.resident_bytes()
    }

    fn fresh(&self, ciphertext: SeededCiphertext) -> Ciphertext {
        let inner = ciphertext.expand(self.rlwe());
        let noise = Noise::encoded(1.0).plus_independent(secret_key_variance());
        Ciphertext { origin: self.params.origin().clone(), inner, scale: self.scales[0][0], noise }
    }

    fn transform_all(
        index: usize,
        keys: &EvaluationKeys,
        factors: &[Factors<'_, CkksTrack>],
        sums: &[Matrix],
    ) -> Result<Vec<Ciphertext>> {
        let transformed = |Factors { track, matrix, ciphertext }: &Factors<'_, CkksTrack>| {
            let evaluator = Evaluator::new(&track.params, keys)?;
            if track.is_last(index) {
                return evaluator.transform_sum(ciphertext, matrix, sums, End::Stay);
            }
            evaluator.transform_sum(ciphertext, matrix, sums, End::Rescale).map(within_range)
        };
        factors.iter().map(transformed).collect()
    }

    fn rotate_sum(
        &self,
        index: usize,
        keys: &EvaluationKeys,
        ciphertext: &Ciphertext,
        rotations: &Matrix,
        then: Then,
    ) -> Result<Ciphertext> {
        let evaluator = Evaluator::new(&self.params, keys)?;
        match then {
            Then::Descend if !self.is_last(index) => {
                evaluator.rotate_sum_rescale(ciphertext, rotations).map(within_range)
            }
            Then::Stay | Then::Descend => evaluator.rotate_sum(ciphertext, rotations),
        }
    }

    fn add(&self, ciphertext: &mut Ciphertext, addend: &Plaintext) -> Result<()> {
        let none = EvaluationKeys::default();
        Evaluator::new(&self.params, &none)?.add_plain_assign(ciphertext, addend)?;
        ciphertext.noise.bound = 1.0;
        Ok(())
    }

    fn square(&self, index: usize, keys: &EvaluationKeys, ciphertext: &Ciphertext) -> Result<Ciphertext> {
        let evaluator = Evaluator::new(&self.params, keys)?;
        match &self.activations[index] {
            Activation::Square => evaluator.square_relinearize_rescale(ciphertext),
            Activation::Polynomial { polynomial, .. } => {
                evaluator.evaluate_polynomial(ciphertext, polynomial, self.polynomial_scale()).map(within_range)
            }
        }
    }

    fn multiplications(&self, index: usize) -> Multiplications {
        self.activations[index].multiplications()
    }

    fn predicted_bits(&self, ciphertext: &Ciphertext) -> f64 {
        // By one deviation: what is predicted of a ciphertext is for the worst case, and far above the noise that there is.
        -(ciphertext.noise.deviation * expansion(self.rlwe()).sqrt() / ciphertext.scale).log2()
    }

    fn measured_budget(&self, _: &SecretKey, _: &Ciphertext) -> Result<Option<f64>> {
        Ok(None)
    }

    fn flooded(&self, public: &PublicKey, answer: &Ciphertext, seed: &Seed) -> Result<Ciphertext> {
        let mut answer = answer.clone();
        let flood = self.flood.ok_or_else(|| Error::Refused("no flood is planned".into()))?;
        flooding::flood(self.rlwe(), public, &mut answer.inner, (flood.log2, Fresh::PLAIN), seed)?;
        // The same whatever the weights: noise that is stated is sent.
        answer.noise = Noise { deviation: flood.log2_deviation().exp2(), bound: 1.0 };
        Ok(answer)
    }

    fn polynomials<'a>(&self, ciphertext: &'a Ciphertext) -> &'a Inner {
        ciphertext.inner()
    }

    fn take(&self, input: &mut Reader<'_>) -> blindbench_core::error::Result<Ciphertext> {
        Ciphertext::take(&self.params, input)
    }
}

/// Values stay within the range that they were divided by, as far as the network keeps what it promises.
fn within_range(ciphertext: Ciphertext) -> Ciphertext {
    ciphertext.assume_bound(1.0)
}

impl Cryptosystem for Ckks {
    const NAME: &'static str = "CKKS";
    const PLAN_TAG: [u8; 4] = *b"CKPL";
    const EXACT: bool = false;
    type Params = choice::Params;
    type Setting = Setting;
    type Track = CkksTrack;

    fn stated(params: &choice::Params) -> Stated {
        Stated { packing: params.packing, weights: params.weights, answer: params.answer }
    }

    fn choose(
        params: &choice::Params,
        architecture: &Architecture,
        service: Service,
    ) -> blindbench_core::error::Result<Setting> {
        match service.packing {
            Strategy::Latency => choice::choose(params, architecture, service),
            Strategy::Batch => batch::choose(params, architecture, service),
        }
    }

    fn open(
        setting: &Setting,
        architecture: &Architecture,
        service: Service,
        kernel: Kernel,
    ) -> blindbench_core::error::Result<Vec<CkksTrack>> {
        let params = Parameters::new(Literal::from(setting.params.clone()), kernel)?;
        let ranges: Vec<f64> = setting.log_ranges.iter().map(|log| f64::from(*log).exp2()).collect();
        let pixel = match architecture.arithmetic {
            Arithmetic::Real => 1.0 / f64::from(architecture.input.largest()),
            Arithmetic::Integer => 1.0,
        };
        if service.packing == Strategy::Batch {
            return Ok(vec![batch::open(params, &setting.log_ranges, pixel, (architecture, service))?]);
        }
        let activations = activation::all(architecture, &ranges)?;
        let depth = ranges.len() + activations.iter().map(Activation::depth).sum::<usize>();
        if ranges.len() != activations.len() + 1
            || params.max_level() < depth
            || setting.log_ranges.iter().any(|log| *log > 120)
        {
            return Err(CoreError::Unsupported(format!(
                "the network multiplies {depth} times in a row, but the chain leaves {} levels: take {} moduli",
                params.max_level(),
                depth + 1
            )));
        }
        let typical = architecture.layers.last().and_then(|layer| layer.typical());
        let score = typical.map_or(ranges[ranges.len() - 1] / 8.0, |typical| typical.root_mean_square);
        Ok(vec![CkksTrack::new(params, (ranges, activations), pixel, (service, score))?])
    }

    fn lowered(architecture: &Architecture) -> Lowered {
        Lowered { architecture: architecture.clone(), precision: Precision::F64 }
    }

    fn join(tracks: &[CkksTrack], scores: &[Vec<f64>]) -> blindbench_core::error::Result<Values> {
        let range = tracks[0].ranges[tracks[0].ranges.len() - 1];
        Ok(Values::Real(scores[0].iter().map(|score| score * range).collect()))
    }

    fn reading(
        tracks: &[CkksTrack],
        index: usize,
        square: bool,
        values: &[Vec<f64>],
    ) -> blindbench_core::error::Result<Vec<f64>> {
        let range = tracks[0].ranges[index];
        let factor = if square { tracks[0].divisor(index) } else { range };
        Ok(values[0].iter().map(|value| value * factor).collect())
    }

    fn promise(
        tracks: &[CkksTrack],
        route: &Route,
        architecture: &Architecture,
        stages: StagesOf<Self>,
    ) -> blindbench_core::error::Result<Promise> {
        promise::promise(&tracks[0], route, architecture, stages)
    }

    fn promise_of_batch(
        tracks: &[CkksTrack],
        architecture: &Architecture,
        stages: StagesOf<Self>,
    ) -> blindbench_core::error::Result<Promise> {
        batch::promise::promise(&tracks[0], architecture, stages)
    }

    fn approximations(_: &Setting) -> String {
        "values and weights rounded at the scale; errors of encryption stay in the results".into()
    }

    fn cases() -> Vec<Case<choice::Params>> {
        choice::cases().into_iter().chain(batch::cases()).collect()
    }

    fn operations(params: choice::Params, resources: &Resources) -> blindbench_core::error::Result<Offer> {
        operations::offer(params.stated()?, resources)
    }

    fn operation_cases() -> Vec<choice::Params> {
        operations::cases().into_iter().map(choice::Params::of).collect()
    }
}

impl From<operations::Params> for Literal {
    fn from(params: operations::Params) -> Literal {
        let operations::Params { log_n, moduli, special, log_scale, ring } = params;
        let ring = match ring {
            operations::Ring::Standard => RingKind::Standard,
            operations::Ring::ConjugateInvariant => RingKind::ConjugateInvariant,
        };
        Literal { log_n, ring, moduli, special, log_scale }
    }
}
