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
use blindbench_core::wire::{Nothing, Reader};
use blindbench_kernels::dispatch::Kernel;
use schemars::JsonSchema;
use serde::Serialize;
use serde::de::DeserializeOwned;
use zeroize::Zeroize;

use super::affine::{Entry, Square, Stages};
use super::batch;
use super::batch::maps::{Size, maps};
use super::batch::track::Batched;
use super::cost;
use super::grid::{Arranged, Arrangement};
use super::latency;
use super::messages::{Answer, ClearWeights, PerTrack, Plan, Query};
use super::plan::Route;
use super::strategy::Strategy;
use super::track::Track;
use crate::rlwe::evaluation_keys::{EvaluationKeys, Request};
use crate::rns::threads::Workers;

mod chunks;

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
    type Track: Batched;

    /// How images are packed, where it is stated.
    fn packing(params: &Self::Params) -> Option<Strategy>;
    /// Chooses parameters that hold a network.
    ///
    /// # Errors
    /// [`Error::Unsupported`] with the number that would do.
    fn choose(params: &Self::Params, architecture: &Architecture, packing: Strategy) -> Result<Self::Setting>;
    /// Opens the tracks.
    ///
    /// # Errors
    /// As [`Cryptosystem::choose`], of settings that are not trusted.
    fn open(
        setting: &Self::Setting,
        architecture: &Architecture,
        packing: Strategy,
        kernel: Kernel,
    ) -> Result<Vec<Self::Track>>;
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
    /// What the parameters promise for one image a ciphertext.
    ///
    /// # Errors
    /// For weights that break what the plan assumes.
    fn promise(
        tracks: &[Self::Track],
        routes: &[Route],
        architecture: &Architecture,
        stages: StagesOf<Self>,
    ) -> Result<Promise>;
    /// What they promise for one image a slot.
    ///
    /// # Errors
    /// For weights that break what the plan assumes.
    fn promise_of_batch(tracks: &[Self::Track], architecture: &Architecture, stages: StagesOf<Self>)
    -> Result<Promise>;
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
    way: Way,
    chunk: usize,
    workers: Workers,
}

/// How images go through ciphertexts.
#[derive(Debug)]
enum Way {
    /// Each by itself, by a route for each track.
    Latency(Vec<Route>),
    /// Side by side in slots.
    Batch,
}

/// What the server keeps of a network, for each track.
pub enum Servers<T: Batched> {
    /// For one image a ciphertext.
    Latency(Vec<latency::Server<T>>),
    /// For one image a slot.
    Batch(Vec<batch::Server<T>>),
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
    /// By map, its size without gaps.
    sizes: Vec<Size>,
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

    /// Ciphertexts of an answer for so many images, under each track.
    pub(crate) fn ciphertexts(&self, images: usize) -> usize {
        match self.way {
            Way::Latency(_) => images,
            Way::Batch => self.lowered.architecture.classes(),
        }
    }

    fn secret_of<'a>(&self, keys: &'a KeyPair<Self>) -> &'a [<C::Track as Track>::Secret] {
        &keys.secret.0.0
    }
}

/// The form of images in slots.
fn form_of_batch<V: Entry>(architecture: &Architecture) -> Result<Form> {
    let none = || Error::Unsupported("a network needs an input".into());
    let input = Arranged::new(architecture, Arrangement::Pixels).ok_or_else(none)?;
    let stages = Stages::<V>::new(architecture, &unit_weights(architecture)?, &input)?;
    let (layers, sizes) = (stages.maps.iter().map(|map| map.layer).collect(), cost::sizes(&stages));
    let Stages { places: rows, squares, .. } = stages;
    Ok(Form { input, rows, squares, layers, sizes })
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
            let (layers, sizes) = (stages.maps.iter().map(|map| map.layer).collect(), cost::sizes(&stages));
            let Stages { places: rows, squares, .. } = stages;
            best = Some((Form { input, rows, squares, layers, sizes }, routes));
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
    type Server = Servers<C::Track>;
    type Query = Query;
    type Answer = Answer<C>;

    fn plan(params: C::Params, architecture: &Architecture, batch: usize) -> Result<Plan<C>> {
        let packing = Strategy::of(C::packing(&params), batch);
        let setting = C::choose(&params, architecture, packing)?;
        let slots = match packing {
            Strategy::Latency => 1,
            Strategy::Batch => {
                let tracks = C::open(&setting, architecture, packing, Kernel::best())?;
                tracks.first().map_or(1, |track| track.slots().count())
            }
        };
        Ok(Plan { setting, architecture: architecture.clone(), packing, chunk: packing.chunk(batch, slots) })
    }

    fn open(plan: Plan<C>, resources: &Resources) -> Result<Self> {
        let Plan { setting, architecture, packing, chunk } = plan;
        let tracks = C::open(&setting, &architecture, packing, resources.kernel)?;
        packing.require_chunk(chunk, tracks.first().map_or(0, |track| track.slots().count()))?;
        let (form, way) = match packing {
            Strategy::Latency => routes(&tracks, &architecture).map(|(form, routes)| (form, Way::Latency(routes)))?,
            Strategy::Batch => (form_of_batch::<<C::Track as Track>::Value>(&architecture)?, Way::Batch),
        };
        Ok(EncryptedNetwork {
            lowered: C::lowered(&architecture),
            form,
            workers: Workers::new(resources.threads)?,
            setting,
            tracks,
            way,
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
            parameters: match self.way {
                Way::Latency(_) => format!("one image a ciphertext; {}", all.join("; ")),
                Way::Batch => format!("one image a slot, {} a query; {}", self.chunk, all.join("; ")),
            },
            approximations: C::approximations(&self.setting),
            exact: C::EXACT,
            server_learns: "the number of images".into(),
            client_learns: match self.way {
                Way::Latency(_) => "the scores, and sums of parts of products with weights in slots that hold no score",
                Way::Batch => "the scores, and what their noise tells of the weights' size",
            }
            .into(),
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

    fn predicted_operations(&self) -> Option<u64> {
        Some(match &self.way {
            Way::Latency(routes) => cost::of_images(&self.tracks, routes, self.chunk),
            Way::Batch => cost::of_batch(&self.tracks, &self.form.sizes),
        })
    }

    fn promise(&self, weights: &Weights) -> Result<Promise> {
        weights.check(&self.lowered.architecture)?;
        let architecture = &self.lowered.architecture;
        let stages = Stages::new(architecture, weights, &self.form.input)?;
        match &self.way {
            Way::Latency(routes) => C::promise(&self.tracks, routes, architecture, stages),
            Way::Batch => C::promise_of_batch(&self.tracks, architecture, stages),
        }
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
        let Way::Latency(routes) = &self.way else {
            return Err(Error::Unsupported("batches leave no snapshots: take one image a ciphertext".into()));
        };
        let mut inspection = Inspection::default();
        let mut residues = Vec::new();
        for ((track, route), secret) in self.tracks.iter().zip(routes).zip(self.secret_of(keys)) {
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

    fn encrypt(&self, key: &KeyPair<Self>, images: &Images, rng: &mut Rng, out: &mut Parts<Query>) -> Result<()> {
        self.lowered.architecture.input.accept(images)?;
        match &self.way {
            Way::Latency(routes) => self.encrypt_images(routes, self.secret_of(key), images, rng, out),
            Way::Batch => self.encrypt_batch(self.secret_of(key), images, &Seed::drawn(rng), out),
        }
    }

    fn decrypt(&self, key: &KeyPair<Self>, answer: &Answer<C>) -> Result<Logits> {
        match &self.way {
            Way::Latency(routes) => self.decrypt_images(routes, self.secret_of(key), answer),
            Way::Batch => self.decrypt_batch(self.secret_of(key), answer),
        }
    }

    fn load(&self, message: ClearWeights) -> Result<(Weights, PerTrack<Request>)> {
        message.0.check(&self.lowered.architecture)?;
        let requests = match &self.way {
            Way::Latency(routes) => {
                let tracks = self.tracks.iter().zip(routes);
                tracks.map(|(track, route)| latency::request(track, route)).collect()
            }
            Way::Batch => self.tracks.iter().map(|track| batch::request(track, self.form.layers.len())).collect(),
        };
        Ok((message.0, PerTrack(requests)))
    }

    fn setup(&self, model: Weights, keys: PerTrack<EvaluationKeys>) -> Result<Servers<C::Track>> {
        let (architecture, input) = (&self.lowered.architecture, &self.form.input);
        let keys = self.tracks.iter().zip(keys.0).map(|(track, keys)| (track, keys.resident_bytes(), keys));
        self.workers.run(|| match &self.way {
            Way::Latency(routes) => {
                let server = |((track, bytes, keys), route): ((&C::Track, u64, EvaluationKeys), &Route)| {
                    latency::Server::new(track, route, (architecture, input), &model, track.keys(keys)?, bytes)
                };
                Ok(Servers::Latency(keys.zip(routes).map(server).collect::<Result<_>>()?))
            }
            Way::Batch => {
                let maps = maps(Stages::<<C::Track as Track>::Value>::new(architecture, &model, input)?);
                let server = |(track, bytes, keys): (&C::Track, u64, EvaluationKeys)| {
                    batch::Server::new(track, maps.clone(), track.keys(keys)?, bytes)
                };
                Ok(Servers::Batch(keys.map(server).collect::<crate::error::Result<_>>()?))
            }
        })
    }

    fn resident_bytes(&self, server: &Servers<C::Track>) -> u64 {
        match server {
            Servers::Latency(servers) => {
                self.tracks.iter().zip(servers).map(|(track, server)| server.resident_bytes(track)).sum()
            }
            Servers::Batch(servers) => servers.iter().map(batch::Server::resident_bytes).sum(),
        }
    }

    fn evaluate(
        &self,
        server: &Servers<C::Track>,
        query: PartReader<'_, Self, Query>,
        _: &mut Rng,
        probe: &mut Probe<'_>,
    ) -> Result<Answer<C>> {
        let (images, scores) = match server {
            Servers::Latency(servers) => self.evaluate_images(servers, query, probe)?,
            Servers::Batch(servers) => batch::evaluate((&self.tracks, servers), query, &self.workers, probe)?,
        };
        Ok(Answer::new(self, images, scores))
    }
}
