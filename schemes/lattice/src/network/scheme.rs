//! The roles of encrypted inference, for every scheme of the family.

use std::fmt::Debug;

use blindbench_core::error::Result;
use blindbench_core::network::architecture::Architecture;
use blindbench_core::network::images::Images;
use blindbench_core::network::logits::{Logits, Values};
use blindbench_core::network::lowered::Lowered;
use blindbench_core::network::weights::Weights;
use blindbench_core::primitives::Offer;
use blindbench_core::probe::Probe;
use blindbench_core::roles::Party;
use blindbench_core::roles::seed::{Rng, Seed};
use blindbench_core::scheme::{Case, HeldByClient, Inspection, KeyPair, Profile, Promise, Resources, Scheme};
use blindbench_core::security::SecurityEstimate;
use blindbench_core::wire::parts::{PartReader, Parts};
use blindbench_core::workers::Workers;
use blindbench_kernels::dispatch::Kernel;
use schemars::JsonSchema;
use serde::Serialize;
use serde::de::DeserializeOwned;
use zeroize::Zeroize;

use super::affine::{Curve, Entry, Stages};
use super::batch;
use super::batch::size::Size;
use super::batch::track::Batched;
use super::cost;
use super::encrypted::EncryptedWeights;
use super::grid::Arranged;
use super::latency;
use super::messages::{Answer, Model, ModelWeights, Plan, PublicKeys, Query};
use super::plan::{Costs, Route};
use super::service::{Service, Stated, WeightsForm};
use super::strategy::Strategy;
use super::track::Track;
use crate::rlwe::evaluation_keys::{EvaluationKeys, Request};
use crate::rlwe::parameters::Parameters;
use crate::rlwe::public_key::PublicKey;

mod chunks;
mod inspection;
mod serving;

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
    type Track: Batched + EncryptedWeights;

    /// How networks are to be served.
    fn stated(params: &Self::Params) -> Stated;
    /// Chooses parameters that hold a network.
    ///
    /// # Errors
    /// [`blindbench_core::error::Error::Unsupported`] with the number that would do.
    fn choose(params: &Self::Params, architecture: &Architecture, service: Service) -> Result<Self::Setting>;
    /// Opens the tracks.
    ///
    /// # Errors
    /// As [`Cryptosystem::choose`], of settings that are not trusted.
    fn open(
        setting: &Self::Setting,
        architecture: &Architecture,
        service: Service,
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
        route: &Route,
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
    /// [`blindbench_core::error::Error::Unsupported`] with the parameter that does not fit.
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
    service: Service,
    chunk: usize,
    workers: Workers,
}

/// How images go through ciphertexts.
#[derive(Debug)]
enum Way {
    /// Each by itself, by the same route under every track.
    Latency(Route),
    /// Side by side in slots.
    Batch,
}

/// What the server keeps of a network.
pub struct Servers<T: Batched> {
    tracks: Tracks<T>,
    /// The same for all tracks.
    keys: T::Keys,
    key_bytes: u64,
    /// What answers are flooded with.
    public: PublicKeys,
}

/// A network under each track.
enum Tracks<T: Batched> {
    /// For one image a ciphertext.
    Latency(latency::Server<T>),
    /// For one image a slot.
    Batch(Vec<batch::Server<T>>),
}

/// What there is to know of a network's stages without its weights.
#[derive(Debug)]
struct Form {
    input: Arranged,
    activations: Vec<Curve>,
    /// By map, the layer that ends with it.
    layers: Vec<usize>,
    /// By map, its size without gaps.
    sizes: Vec<Size>,
}

/// The secret key, as each track has it.
pub struct SecretKeys<C: Cryptosystem>(pub(crate) Vec<<C::Track as Track>::Secret>);

impl<C: Cryptosystem> Zeroize for SecretKeys<C> {
    fn zeroize(&mut self) {
        self.0.iter_mut().for_each(Zeroize::zeroize);
    }
}

impl<C: Cryptosystem> EncryptedNetwork<C> {
    /// The tracks.
    pub fn tracks(&self) -> &[C::Track] {
        &self.tracks
    }

    /// How the network is served.
    pub fn service(&self) -> Service {
        self.service
    }

    /// The ring that all tracks share, with its ciphertext primes and its keys.
    pub(crate) fn ring(&self) -> &Parameters {
        self.tracks[0].rlwe()
    }

    /// One image a ciphertext: the way through slots.
    pub(crate) fn route(&self) -> Option<&Route> {
        match &self.way {
            Way::Latency(route) => Some(route),
            Way::Batch => None,
        }
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

impl Form {
    fn new<V: Entry>(input: Arranged, stages: Stages<V>) -> Form {
        let layers = stages.maps.iter().map(|map| map.layer).collect();
        let sizes = stages.maps.iter().map(Size::of).collect();
        Form { input, activations: stages.activations, layers, sizes }
    }
}

/// The form and the route of the cheaper arrangement.
fn routed<T: Track>(track: &T, architecture: &Architecture, service: Service) -> Result<(Form, Route)> {
    let outline = Stages::<T::Value>::outline(architecture)?;
    let costs: Vec<Costs> = (0..outline.maps.len()).map(|index| track.costs(index)).collect();
    let (input, route) = Route::cheapest::<T::Value>(architecture, track.slots(), &costs, service)?;
    Ok((Form::new(input, outline), route))
}

impl<C: Cryptosystem> Scheme for EncryptedNetwork<C> {
    type Params = C::Params;
    type Plan = Plan<C>;
    type Holder = HeldByClient;
    type SecretKey = SecretKeys<C>;
    type PublicKey = PublicKeys;
    type ModelMessage = Model<C>;
    type Model = Model<C>;
    type KeyRequest = Request;
    type ServerKey = EvaluationKeys;
    type Server = Servers<C::Track>;
    type Query = Query;
    type Answer = Answer<C>;

    fn plan(params: C::Params, architecture: &Architecture, batch: usize) -> Result<Plan<C>> {
        let service = Service::new(C::stated(&params), batch)?;
        let setting = C::choose(&params, architecture, service)?;
        let slots = match service.packing {
            Strategy::Latency => 1,
            Strategy::Batch => {
                let tracks = C::open(&setting, architecture, service, Kernel::best())?;
                tracks.first().map_or(1, |track| track.slots().count())
            }
        };
        Ok(Plan { setting, architecture: architecture.clone(), service, chunk: service.packing.chunk(batch, slots) })
    }

    fn open(plan: Plan<C>, resources: &Resources) -> Result<Self> {
        let Plan { setting, architecture, service, chunk } = plan;
        service.check()?;
        let tracks = C::open(&setting, &architecture, service, resources.kernel)?;
        service.packing.require_chunk(chunk, tracks.first().map_or(0, |track| track.slots().count()))?;
        let (form, way) = match service.packing {
            Strategy::Latency => {
                routed(&tracks[0], &architecture, service).map(|(form, route)| (form, Way::Latency(route)))?
            }
            Strategy::Batch => {
                let outline = Stages::<<C::Track as Track>::Value>::outline(&architecture)?;
                (Form::new(Arranged::pixels(&architecture)?, outline), Way::Batch)
            }
        };
        Ok(EncryptedNetwork {
            lowered: C::lowered(&architecture),
            form,
            workers: Workers::new(resources.threads)?,
            setting,
            tracks,
            way,
            service,
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
            server_learns: match self.service.weights {
                WeightsForm::Clear => "the number of images",
                WeightsForm::Encrypted => "the number of images, nothing of the weights",
            }
            .into(),
            client_learns: self.client_learns(),
            key_holder_learns: "nothing beyond the client, which holds the key".into(),
            log_n: Some(f64::from(first.rlwe().log_n())),
            log_qp: Some(first.rlwe().log_qp()),
            kernel: self.kernels(),
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
        // Polynomials, floods and encrypted weights are not predicted.
        let plain = self.service == Service::of(self.service.packing)
            && self.form.activations.iter().all(|curve| curve.degree() == 2);
        plain.then(|| match &self.way {
            Way::Latency(route) => cost::of_images(&self.tracks, route, self.chunk),
            Way::Batch => cost::of_batch(&self.tracks, &self.form.sizes),
        })
    }

    fn promise(&self, weights: &Weights) -> Result<Promise> {
        weights.check(&self.lowered.architecture)?;
        let architecture = &self.lowered.architecture;
        let stages = Stages::new(architecture, weights)?;
        match &self.way {
            Way::Latency(route) => C::promise(&self.tracks, route, architecture, stages),
            Way::Batch => C::promise_of_batch(&self.tracks, architecture, stages),
        }
    }

    fn model_owner(&self) -> Party {
        match self.service.weights {
            WeightsForm::Clear => Party::Server,
            WeightsForm::Encrypted => Party::ModelOwner,
        }
    }

    fn keygen(&self, rng: &mut Rng) -> Result<KeyPair<Self>> {
        let seed = Seed::drawn(rng);
        let secrets: Vec<_> = self.tracks.iter().map(|track| track.secret(&seed)).collect();
        let tracks = self.tracks.iter().zip(&secrets).filter(|_| self.service.has_public_key());
        let public = tracks.map(|(track, secret)| track.public_key(secret, &Seed::drawn(rng))).collect();
        Ok(KeyPair::new(SecretKeys(secrets), PublicKeys(public)))
    }

    fn server_key(&self, keys: &KeyPair<Self>, request: &Request, rng: &mut Rng) -> Result<EvaluationKeys> {
        let seed = Seed::drawn(rng);
        Ok(self.workers.run(|| self.tracks[0].evaluation_keys(&self.secret_of(keys)[0], request, &seed))?)
    }

    fn inspect(&self, keys: &KeyPair<Self>, layer: u32, snapshot: &[u8]) -> Result<Inspection> {
        let left = (layer, snapshot);
        match &self.way {
            Way::Latency(route) => self.inspect_image(route, self.secret_of(keys), left),
            Way::Batch => self.inspect_batch(self.secret_of(keys), left),
        }
    }

    fn publish(&self, public: &PublicKeys, weights: &Weights, rng: &mut Rng) -> Result<Model<C>> {
        self.accept(weights)?;
        let weights = match self.service.weights {
            WeightsForm::Clear => ModelWeights::Clear(weights.clone()),
            WeightsForm::Encrypted => ModelWeights::Encrypted(self.encrypt_weights(public, weights, rng)?),
        };
        Ok(Model { weights, public: if self.service.floods() { public.clone() } else { PublicKeys::default() } })
    }

    fn encrypt(&self, key: &KeyPair<Self>, images: &Images, rng: &mut Rng, out: &mut Parts<Query>) -> Result<()> {
        self.lowered.architecture.input.accept(images)?;
        match &self.way {
            Way::Latency(route) => self.encrypt_images(route, self.secret_of(key), images, rng, out),
            Way::Batch => self.encrypt_batch(self.secret_of(key), images, &Seed::drawn(rng), out),
        }
    }

    fn decrypt(&self, key: &KeyPair<Self>, answer: &Answer<C>) -> Result<Logits> {
        match &self.way {
            Way::Latency(route) => self.decrypt_images(route, self.secret_of(key), answer),
            Way::Batch => self.decrypt_batch(self.secret_of(key), answer),
        }
    }

    fn load(&self, model: Model<C>) -> Result<(Model<C>, Request)> {
        if let ModelWeights::Clear(weights) = &model.weights {
            self.accept(weights)?;
        }
        let request = match &self.way {
            Way::Latency(route) => latency::request(&self.tracks[0], route, self.service.weights),
            Way::Batch => batch::request(&self.tracks[0], self.form.layers.len()),
        };
        Ok((model, request))
    }

    fn setup(&self, model: Model<C>, keys: EvaluationKeys) -> Result<Servers<C::Track>> {
        let Model { weights, public } = model;
        let (key_bytes, keys) = (keys.resident_bytes(), self.tracks[0].keys(keys)?);
        let tracks = self.workers.run(|| match weights {
            ModelWeights::Clear(weights) => self.serve_clear(&weights),
            ModelWeights::Encrypted(maps) => Ok(self.serve_encrypted(maps)),
        })?;
        Ok(Servers { tracks, keys, key_bytes, public })
    }

    fn resident_bytes(&self, server: &Servers<C::Track>) -> u64 {
        let weights: u64 = match &server.tracks {
            Tracks::Latency(server) => server.resident_bytes(&self.tracks),
            Tracks::Batch(servers) => servers.iter().map(batch::Server::resident_bytes).sum(),
        };
        let public = server.public.0.iter().map(PublicKey::resident_bytes).sum::<u64>();
        server.key_bytes + public + weights
    }

    fn evaluate(
        &self,
        server: &Servers<C::Track>,
        query: PartReader<'_, Self, Query>,
        rng: &mut Rng,
        probe: &mut Probe<'_>,
    ) -> Result<Answer<C>> {
        let (images, scores) = match &server.tracks {
            Tracks::Latency(own) => self.evaluate_images((own, &server.keys), query, probe)?,
            Tracks::Batch(own) => batch::evaluate((&self.tracks, own, &server.keys), query, &self.workers, probe)?,
        };
        let scores = match self.service.floods() {
            true => self.flooded(&server.public, scores, &Seed::drawn(rng), probe)?,
            false => scores,
        };
        Ok(Answer { images, scores })
    }
}
