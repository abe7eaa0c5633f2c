//! The roles of encrypted inference, for every scheme of the family.

use std::fmt::Debug;

use blindbench_core::error::{Error, Result};
use blindbench_core::network::architecture::{Architecture, Arithmetic};
use blindbench_core::network::images::{Images, Shape};
use blindbench_core::network::logits::{Logits, Values};
use blindbench_core::network::lowered::Lowered;
use blindbench_core::network::weights::Weights;
use blindbench_core::primitives::Offer;
use blindbench_core::probe::Probe;
use blindbench_core::roles::seed::{Rng, Seed};
use blindbench_core::scheme::{Case, HeldByClient, Inspection, KeyPair, Profile, Promise, Resources, Scheme};
use blindbench_core::security::SecurityEstimate;
use blindbench_core::wire::parts::{PartReader, Parts};
use blindbench_core::wire::{Encode, Nothing, Reader};
use blindbench_kernels::dispatch::Kernel;
use schemars::JsonSchema;
use serde::Serialize;
use serde::de::DeserializeOwned;
use zeroize::Zeroize;

use super::affine::{Entry, Square, Stages};
use super::grid::{Arranged, Arrangement};
use super::latency::{self, Server};
use super::messages::{Answer, ClearWeights, PerTrack, Plan};
use super::plan::Route;
use super::track::Track;
use crate::rlwe::encryption::SeededCiphertext;
use crate::rlwe::evaluation_keys::{EvaluationKeys, Request};
use crate::rns::threads::Workers;

/// The stages of a scheme's networks.
pub type StagesOf<C> = Stages<<<C as Cryptosystem>::Track as Track>::Value>;

/// A scheme of the family: how it chooses parameters and joins results.
pub trait Cryptosystem: Sized + Debug + Clone + PartialEq + Send + Sync + 'static {
    /// The scheme's name.
    const NAME: &'static str;
    /// Magic of its plans.
    const PLAN_TAG: [u8; 4];
    /// Whether answers equal the lowered twin's bit for bit.
    const EXACT: bool;
    /// Parameters as an experiment states them.
    type Params: Serialize + DeserializeOwned + JsonSchema + Clone + Debug + Send + Sync + 'static;
    /// Parameters as they were chosen for a network.
    type Setting: Serialize + DeserializeOwned + Clone + Debug + PartialEq + Send + Sync + 'static;
    /// What computes.
    type Track: Track;

    /// Chooses parameters that hold a network.
    ///
    /// # Errors
    /// [`Error::Unsupported`] with the number that would do.
    fn choose(params: &Self::Params, architecture: &Architecture) -> Result<Self::Setting>;
    /// Opens the tracks.
    ///
    /// # Errors
    /// As [`Cryptosystem::choose`], of settings that are not trusted.
    fn open(setting: &Self::Setting, architecture: &Architecture, kernel: Kernel) -> Result<Vec<Self::Track>>;
    /// The network as it is computed.
    fn lowered(architecture: &Architecture) -> Lowered;
    /// The scores of one image from those of every track.
    ///
    /// # Errors
    /// Where they do not belong together.
    fn join(tracks: &[Self::Track], scores: &[Vec<<Self::Track as Track>::Value>]) -> Result<Values>;
    /// Values that a key holder has looked at under every track, in the network's units: the outputs of map `index`, or
    /// their squares.
    ///
    /// # Errors
    /// Where they do not belong together.
    fn reading(
        tracks: &[Self::Track],
        index: usize,
        square: bool,
        values: &[Vec<<Self::Track as Track>::Value>],
    ) -> Result<Vec<f64>>;
    /// What the parameters promise.
    ///
    /// # Errors
    /// For weights that break what the plan assumes.
    fn promise(
        tracks: &[Self::Track],
        routes: &[Route],
        architecture: &Architecture,
        stages: StagesOf<Self>,
    ) -> Result<Promise>;
    /// What is approximated, for people.
    fn approximations(setting: &Self::Setting) -> String;
    /// Small instances for the conformance tests.
    fn cases() -> Vec<Case<Self::Params>>;
    /// The operations of parameters alone.
    ///
    /// # Errors
    /// [`Error::Unsupported`] with the parameter that does not fit.
    fn operations(params: Self::Params, resources: &Resources) -> Result<Offer>;
    /// Small parameters for the conformance tests of operations.
    fn operation_cases() -> Vec<Self::Params>;
}

/// An opened plan.
#[derive(Debug)]
pub struct EncryptedNetwork<C: Cryptosystem> {
    setting: C::Setting,
    lowered: Lowered,
    tracks: Vec<C::Track>,
    form: Form,
    routes: Vec<Route>,
    chunk: usize,
    workers: Workers,
}

/// What there is to know of a network's stages without its weights.
#[derive(Debug)]
struct Form {
    input: Arranged,
    /// By map, the rows of its outputs.
    rows: Vec<Vec<usize>>,
    squares: Vec<Square>,
    /// By map, the layer that ends with it.
    layers: Vec<usize>,
}

/// The secret keys of all tracks.
pub struct SecretKeys<C: Cryptosystem>(Vec<<C::Track as Track>::Secret>);

impl<C: Cryptosystem> Zeroize for SecretKeys<C> {
    fn zeroize(&mut self) {
        self.0.iter_mut().for_each(Zeroize::zeroize);
    }
}

/// Weights of ones, to see which entries of maps there are.
fn unit_weights(architecture: &Architecture) -> Result<Weights> {
    use blindbench_core::network::weights::{LayerWeights, Tensor, TensorValues};
    let shapes = architecture.shapes()?;
    let tensor = |shape: Vec<usize>| {
        let count = shape.iter().product();
        let values = match architecture.arithmetic {
            Arithmetic::Real => TensorValues::Real(vec![1.0; count]),
            Arithmetic::Integer => TensorValues::Integer(vec![1; count]),
        };
        Tensor { shape, values }
    };
    let pair = |(layer, input): (&blindbench_core::network::architecture::Layer, _)| {
        let (weight, bias) = layer.weight_shapes(input)?;
        Some(LayerWeights { weight: tensor(weight), bias: tensor(bias) })
    };
    Ok(Weights { layers: architecture.layers.iter().zip(shapes).map(pair).collect() })
}

/// The stages of a network without its weights, pixel by pixel.
///
/// # Errors
/// Those of [`Stages::new`].
pub fn outline<V: Entry>(architecture: &Architecture) -> Result<Stages<V>> {
    let none = || Error::Unsupported("a network needs an input".into());
    let input = Arranged::new(architecture, Arrangement::Pixels).ok_or_else(none)?;
    Stages::new(architecture, &unit_weights(architecture)?, &input)
}

impl<C: Cryptosystem> EncryptedNetwork<C> {
    /// The tracks.
    pub fn tracks(&self) -> &[C::Track] {
        &self.tracks
    }

    fn secret_of<'a>(&self, keys: &'a KeyPair<Self>) -> &'a [<C::Track as Track>::Secret] {
        &keys.secret.0.0
    }
}

/// The form and the routes of the cheaper arrangement.
fn routes<T: Track>(tracks: &[T], architecture: &Architecture) -> Result<(Form, Vec<Route>)> {
    let weights = unit_weights(architecture)?;
    let mut best: Option<(Form, Vec<Route>)> = None;
    let cost = |routes: &[Route]| routes.iter().map(|route| route.cost).sum::<f64>();
    for arrangement in [Arrangement::Pixels, Arrangement::Windows] {
        let Some(input) = Arranged::new(architecture, arrangement) else { continue };
        let stages = Stages::<T::Value>::new(architecture, &weights, &input)?;
        let route = |track: &T| {
            let levels: Vec<usize> = (0..stages.maps.len()).map(|index| track.level(index)).collect();
            Route::new(track.rlwe(), track.slots(), &stages, &levels)
        };
        let Some(routes) = tracks.iter().map(route).collect::<Option<Vec<Route>>>() else { continue };
        if best.as_ref().is_none_or(|(_, known)| cost(&routes) < cost(known)) {
            let layers = stages.maps.iter().map(|map| map.layer).collect();
            let Stages { places: rows, squares, .. } = stages;
            best = Some((Form { input, rows, squares, layers }, routes));
        }
    }
    best.ok_or_else(|| {
        let slots = tracks.first().map_or(0, |track| track.slots().count());
        let widest = architecture.shapes().unwrap_or_default().iter().map(Shape::len).max().unwrap_or(0);
        Error::Unsupported(format!(
            "layers of up to {widest} values and their matrices do not fit {slots} slots: take a larger ring, log_n of \
             at least {}",
            widest.next_power_of_two().ilog2() + 1
        ))
    })
}

impl<C: Cryptosystem> Scheme for EncryptedNetwork<C> {
    type Params = C::Params;
    type Plan = Plan<C>;
    type Holder = HeldByClient;
    type SecretKey = SecretKeys<C>;
    type PublicKey = Nothing;
    type ModelMessage = ClearWeights;
    type Model = Weights;
    type KeyRequest = PerTrack<Request>;
    type ServerKey = PerTrack<EvaluationKeys>;
    type Server = Vec<Server<C::Track>>;
    type Query = PerTrack<SeededCiphertext>;
    type Answer = Answer<C>;

    fn plan(params: C::Params, architecture: &Architecture, _: usize) -> Result<Plan<C>> {
        let setting = C::choose(&params, architecture)?;
        Ok(Plan { setting, architecture: architecture.clone(), chunk: 1 })
    }

    fn open(plan: Plan<C>, resources: &Resources) -> Result<Self> {
        let Plan { setting, architecture, chunk } = plan;
        if chunk != 1 {
            return Err(Error::Unsupported(format!("{chunk} images a query, expected 1")));
        }
        let tracks = C::open(&setting, &architecture, resources.kernel)?;
        let (form, routes) = routes(&tracks, &architecture)?;
        Ok(EncryptedNetwork {
            lowered: C::lowered(&architecture),
            form,
            workers: Workers::new(resources.threads)?,
            setting,
            tracks,
            routes,
            chunk,
        })
    }

    fn cases() -> Vec<Case<C::Params>> {
        C::cases()
    }

    fn operations(params: C::Params, resources: &Resources) -> Result<Offer> {
        C::operations(params, resources)
    }

    fn operation_cases() -> Vec<C::Params> {
        C::operation_cases()
    }

    fn profile(&self) -> Profile {
        let first = &self.tracks[0];
        let all: Vec<String> = self.tracks.iter().map(|track| track.describe()).collect();
        Profile {
            family: format!("fully homomorphic ({})", C::NAME),
            parameters: all.join("; "),
            approximations: C::approximations(&self.setting),
            exact: C::EXACT,
            server_learns: "the number of images".into(),
            client_learns: "the scores, and sums of parts of products with weights in slots that hold no score".into(),
            key_holder_learns: "nothing beyond the client, which holds the key".into(),
            log_n: Some(f64::from(first.rlwe().log_n())),
            log_qp: Some(first.rlwe().log_qp()),
            kernel: first.rlwe().kernel().kernel().name().into(),
        }
    }

    fn chunk(&self) -> usize {
        self.chunk
    }

    fn lowered(&self) -> &Lowered {
        &self.lowered
    }

    fn security(&self) -> SecurityEstimate {
        let estimates = self.tracks.iter().map(|track| track.rlwe().security());
        let weakest = estimates.min_by(|a, b| a.bits.unwrap_or(0.0).total_cmp(&b.bits.unwrap_or(0.0)));
        weakest.unwrap_or_else(SecurityEstimate::none)
    }

    fn promise(&self, weights: &Weights) -> Result<Promise> {
        weights.check(&self.lowered.architecture)?;
        let architecture = &self.lowered.architecture;
        C::promise(&self.tracks, &self.routes, architecture, Stages::new(architecture, weights, &self.form.input)?)
    }

    fn keygen(&self, rng: &mut Rng) -> Result<KeyPair<Self>> {
        let secrets = self.tracks.iter().map(|track| track.secret(&Seed::drawn(rng))).collect();
        Ok(KeyPair::new(SecretKeys(secrets), Nothing))
    }

    fn server_key(
        &self,
        keys: &KeyPair<Self>,
        request: &PerTrack<Request>,
        rng: &mut Rng,
    ) -> Result<PerTrack<EvaluationKeys>> {
        let tracks = self.tracks.iter().zip(self.secret_of(keys)).zip(&request.0);
        let make = |((track, secret), request): ((&C::Track, _), _)| {
            Ok(track.evaluation_keys(secret, request, &Seed::drawn(rng))?)
        };
        self.workers.run(|| tracks.map(make).collect::<Result<_>>()).map(PerTrack)
    }

    fn inspect(&self, keys: &KeyPair<Self>, layer: u32, snapshot: &[u8]) -> Result<Inspection> {
        let mut input = Reader::new("snapshot", snapshot);
        let index = usize::try_from(input.u64()?).unwrap_or(usize::MAX);
        let refused = || Error::wire("snapshot", format!("map {index} of {}", self.form.rows.len()));
        let (rows, own) = self.form.rows.get(index).zip(self.form.layers.get(index)).ok_or_else(refused)?;
        let mut inspection = Inspection::default();
        let mut residues = Vec::new();
        for ((track, route), secret) in self.tracks.iter().zip(&self.routes).zip(self.secret_of(keys)) {
            let ciphertext = track.take(&mut input)?;
            let budget = track.measured_budget(secret, &ciphertext)?;
            inspection.noise_budget_bits = inspection.noise_budget_bits.into_iter().chain(budget).reduce(f64::min);
            residues.push(latency::decrypt(track, route, secret, &ciphertext, (index, rows))?);
        }
        let square = *own != layer as usize;
        let in_layer = |value: f64| match (self.form.squares.get(index), square) {
            (Some(activation), true) => activation.after(value),
            (Some(activation), false) => activation.before(value),
            (None, _) => value,
        };
        inspection.values = C::reading(&self.tracks, index, square, &residues)?.into_iter().map(in_layer).collect();
        Ok(inspection)
    }

    fn publish(&self, _: &Nothing, weights: &Weights, _: &mut Rng) -> Result<ClearWeights> {
        weights.check(&self.lowered.architecture)?;
        Ok(ClearWeights(weights.clone()))
    }

    fn encrypt(
        &self,
        key: &KeyPair<Self>,
        images: &Images,
        rng: &mut Rng,
        out: &mut Parts<PerTrack<SeededCiphertext>>,
    ) -> Result<()> {
        let input = &self.lowered.architecture.input;
        input.accept(images)?;
        for image in images.iter() {
            let (levels, tracks) = (input.levels(image), self.tracks.iter().zip(&self.routes).zip(self.secret_of(key)));
            let encrypt = |((track, route), secret): ((&C::Track, _), _)| {
                latency::encrypt(track, (&self.form.input, route), secret, &levels, &Seed::drawn(rng))
            };
            out.push(&PerTrack(tracks.map(encrypt).collect::<crate::error::Result<_>>()?));
        }
        Ok(())
    }

    fn decrypt(&self, key: &KeyPair<Self>, answer: &Answer<C>) -> Result<Logits> {
        let last = self.form.rows.len() - 1;
        let rows = &self.form.rows[last];
        let mut joined: Option<Values> = None;
        for image in &answer.images {
            let mut scores = Vec::new();
            let tracks = self.tracks.iter().zip(&self.routes).zip(self.secret_of(key)).zip(image);
            for (((track, route), secret), ciphertext) in tracks {
                scores.push(latency::decrypt(track, route, secret, ciphertext, (last, rows))?);
            }
            let values = C::join(&self.tracks, &scores)?;
            joined = Some(match (joined, values) {
                (Some(Values::Real(mut all)), Values::Real(own)) => {
                    all.extend(own);
                    Values::Real(all)
                }
                (Some(Values::Integer(mut all)), Values::Integer(own)) => {
                    all.extend(own);
                    Values::Integer(all)
                }
                (_, own) => own,
            });
        }
        Ok(Logits { classes: rows.len(), values: joined.unwrap_or(Values::Real(Vec::new())) })
    }

    fn load(&self, message: ClearWeights) -> Result<(Weights, PerTrack<Request>)> {
        message.0.check(&self.lowered.architecture)?;
        let requests = self.tracks.iter().zip(&self.routes).map(|(track, route)| latency::request(track, route));
        Ok((message.0, PerTrack(requests.collect())))
    }

    fn setup(&self, model: Weights, keys: PerTrack<EvaluationKeys>) -> Result<Vec<Server<C::Track>>> {
        self.workers.run(|| {
            let tracks = self.tracks.iter().zip(&self.routes).zip(keys.0);
            let server = |((track, route), keys): ((&C::Track, &Route), EvaluationKeys)| {
                let bytes = keys.resident_bytes();
                Server::new(
                    track,
                    route,
                    (&self.lowered.architecture, &self.form.input),
                    &model,
                    track.keys(keys)?,
                    bytes,
                )
            };
            tracks.map(server).collect()
        })
    }

    fn resident_bytes(&self, server: &Vec<Server<C::Track>>) -> u64 {
        self.tracks.iter().zip(server).map(|(track, server)| server.resident_bytes(track)).sum()
    }

    fn evaluate(
        &self,
        server: &Vec<Server<C::Track>>,
        query: PartReader<'_, Self, PerTrack<SeededCiphertext>>,
        _: &mut Rng,
        probe: &mut Probe<'_>,
    ) -> Result<Answer<C>> {
        if query.is_empty() || query.len() > self.chunk {
            let reason = format!("{} images, a chunk holds 1 to {}", query.len(), self.chunk);
            return Err(Error::wire(<PerTrack<SeededCiphertext> as Encode>::NAME, reason));
        }
        let mut images = Vec::new();
        for part in query {
            images.push(latency::evaluate(&self.tracks, server, part?.0, &self.workers, probe)?);
        }
        Ok(Answer::new(self, images))
    }
}
