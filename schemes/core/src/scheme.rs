//! What a scheme is: typed messages between the roles, each step a function.
//!
//! The order is `plan`, `open`, `keygen` (key holder), `publish` (model owner), `load` (server),
//! `server_key` (key holder), `setup` (server), then for every chunk of images `encrypt` (client),
//! `evaluate` (server), `decrypt` (client).

use std::sync::Arc;

use blindbench_kernels::dispatch::Kernel;
use schemars::JsonSchema;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use zeroize::Zeroize;

use crate::error::{Error, Result};
use crate::network::architecture::Architecture;
use crate::network::images::Images;
use crate::network::logits::Logits;
use crate::network::lowered::Lowered;
use crate::network::weights::Weights;
use crate::primitives::{Offer, Primitives, none_without_a_network};
use crate::probe::Probe;
use crate::roles::Party;
use crate::roles::seed::Rng;
use crate::security::SecurityEstimate;
use crate::wire::Wire;
use crate::wire::parts::{PartReader, Parts};

/// Who holds the secret key, and so what the client holds: the key pair under homomorphic
/// encryption, the public key alone under functional encryption.
///
/// A functional scheme whose `decrypt` asks for the master key does not compile.
pub trait Holder: Send + Sync + 'static {
    /// The party that holds the secret key.
    const PARTY: Party;
    /// What the client works with.
    type ClientKey<S: Scheme>: Send + Sync;

    /// The client's key where the client is the key holder.
    fn of_pair<S: Scheme>(keys: &Arc<KeyPair<S>>) -> Option<Arc<Self::ClientKey<S>>>;
    /// The client's key where all it is given is the public key.
    fn of_public<S: Scheme>(public: S::PublicKey) -> Option<Arc<Self::ClientKey<S>>>;
}

/// The client holds the secret key: homomorphic encryption.
#[derive(Debug, Clone, Copy)]
pub enum HeldByClient {}

impl Holder for HeldByClient {
    const PARTY: Party = Party::Client;
    type ClientKey<S: Scheme> = KeyPair<S>;

    fn of_pair<S: Scheme>(keys: &Arc<KeyPair<S>>) -> Option<Arc<KeyPair<S>>> {
        Some(keys.clone())
    }

    fn of_public<S: Scheme>(_: S::PublicKey) -> Option<Arc<KeyPair<S>>> {
        None
    }
}

/// An authority holds the master key: functional encryption.
#[derive(Debug, Clone, Copy)]
pub enum HeldByAuthority {}

impl Holder for HeldByAuthority {
    const PARTY: Party = Party::Authority;
    type ClientKey<S: Scheme> = S::PublicKey;

    fn of_pair<S: Scheme>(_: &Arc<KeyPair<S>>) -> Option<Arc<S::PublicKey>> {
        None
    }

    fn of_public<S: Scheme>(public: S::PublicKey) -> Option<Arc<S::PublicKey>> {
        Some(Arc::new(public))
    }
}

/// A secret key, zeroised when dropped, and its public key.
#[derive(Debug)]
pub struct KeyPair<S: Scheme> {
    /// Never serialised, never printed.
    pub secret: Secret<S::SecretKey>,
    /// Public.
    pub public: S::PublicKey,
}

impl<S: Scheme> KeyPair<S> {
    /// Takes both keys over; the secret one moves no further.
    pub fn new(secret: S::SecretKey, public: S::PublicKey) -> Self {
        KeyPair { secret: Secret(secret), public }
    }
}

/// A value that is zeroised when dropped and never printed.
pub struct Secret<T: Zeroize>(pub T);

impl<T: Zeroize> std::fmt::Debug for Secret<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret(..)")
    }
}

impl<T: Zeroize> Drop for Secret<T> {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

/// What the client of scheme `S` works with.
pub type ClientKey<S> = <<S as Scheme>::Holder as Holder>::ClientKey<S>;

/// What a machine lends to a scheme.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Resources {
    /// Threads that the server may use; at one it works on the calling thread.
    pub threads: usize,
    /// Widest instructions that the kernels may use.
    pub kernel: Kernel,
}

impl Default for Resources {
    fn default() -> Self {
        Resources { threads: 1, kernel: Kernel::best() }
    }
}

/// What there is to say about an opened plan beside its numbers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Profile {
    /// Kind of scheme: `cleartext`, `fully homomorphic`, ...
    pub family: String,
    /// The parameters in one line, for people.
    pub parameters: String,
    /// What the lowering approximates or quantises, for people; empty where nothing.
    pub approximations: String,
    /// Whether answers equal the lowered twin's bit for bit.
    pub exact: bool,
    /// What the server learns of images and answers.
    pub server_learns: String,
    /// What the client learns of the weights.
    pub client_learns: String,
    /// What the key holder learns beyond what its party knows anyway.
    pub key_holder_learns: String,
    /// log2 of the ring degree or lattice dimension that security rests on.
    pub log_n: Option<f64>,
    /// log2 of the largest modulus that keys live under.
    pub log_qp: Option<f64>,
    /// The instructions that the heavy work really uses.
    pub kernel: String,
}

/// What the parameters promise for given weights.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Promise {
    /// Largest difference of a score from the lowered twin's; 0 where the scheme is exact.
    pub logit_error: f64,
    /// log2 of the probability that an image's answer breaks the promise; none where it cannot.
    pub failure_log2: Option<f64>,
}

impl Promise {
    /// An exact answer that cannot fail.
    pub const EXACT: Promise = Promise { logit_error: 0.0, failure_log2: None };
}

/// What all function keys of an authority together span.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Leakage {
    /// Independent functions among them: no more than these are opened, however many keys there are.
    pub rank: usize,
    /// Independent functions that there are. Who opens that many opens everything, and where keys are linear in the master
    /// key they determine it.
    pub dimension: usize,
    /// Degree of the functions in the numbers that are encrypted: 1 for inner products, 2 for quadratic forms.
    pub degree: u32,
}

/// What the key holder sees of the values after a layer.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Inspection {
    /// The values in the network's units; none where they cannot be read by themselves. By place, then image, where
    /// places are stated.
    pub values: Vec<f64>,
    /// Which of the layer's values they are, for all images of a query; all values of its only image where empty.
    pub places: Vec<usize>,
    /// Bits of noise that would still fit, where the scheme has such a measure.
    pub noise_budget_bits: Option<f64>,
}

/// A small instance of a scheme for the conformance tests.
#[derive(Debug, Clone)]
pub struct Case<P> {
    /// Parameters; they may be far below 128 bits.
    pub params: P,
    /// A small network that the parameters carry.
    pub architecture: Architecture,
    /// Weights for it.
    pub weights: Weights,
}

/// An opened plan: its tables stand, it holds no key and no weight.
pub trait Scheme: Sized + Send + Sync + 'static {
    /// Parameters as an experiment states them; every field that has a safe default has it.
    type Params: Serialize + DeserializeOwned + JsonSchema + Clone + std::fmt::Debug + Send + Sync + 'static;
    /// Shapes and declared ranges, no weights; public.
    type Plan: Wire<()>;
    /// Who holds the secret key.
    type Holder: Holder;
    /// The secret or master key.
    type SecretKey: Zeroize + Send + Sync;
    /// The public key.
    type PublicKey: Wire<Self> + Send + Sync;
    /// Model owner to server: the weights, clear or encrypted.
    type ModelMessage: Wire<Self>;
    /// The server's copy of the weights.
    type Model: Send + Sync;
    /// Server to key holder: nothing, Galois elements, or weight vectors (functional encryption).
    type KeyRequest: Wire<Self>;
    /// Key holder to server: evaluation keys or function keys.
    type ServerKey: Wire<Self>;
    /// What the server keeps: keys expanded, weights encoded.
    type Server: Send + Sync;
    /// One part of a query.
    type Query: Wire<Self>;
    /// The encrypted scores of a query.
    type Answer: Wire<Self>;

    /// Fits the network to the parameters for chunks of up to `batch` images.
    ///
    /// # Errors
    /// [`Error::Unsupported`] with the layer or number that does not fit and what would.
    fn plan(params: Self::Params, architecture: &Architecture, batch: usize) -> Result<Self::Plan>;
    /// Builds the plan's tables; checks it again, since its bytes are not trusted.
    ///
    /// # Errors
    /// As [`Scheme::plan`].
    fn open(plan: Self::Plan, resources: &Resources) -> Result<Self>;
    /// Small instances for the conformance tests.
    fn cases() -> Vec<Case<Self::Params>>;

    /// Opens the operations that belong to the parameters alone, whatever the network.
    ///
    /// # Errors
    /// [`Error::Unsupported`] with the parameter that does not fit, or where there are none.
    fn operations(params: Self::Params, resources: &Resources) -> Result<Offer> {
        let _ = (params, resources);
        none_without_a_network()
    }
    /// Small parameters, far below 128 bits perhaps, for the conformance tests of the operations.
    fn operation_cases() -> Vec<Self::Params> {
        Vec::new()
    }

    /// What there is to say about the opened plan.
    fn profile(&self) -> Profile;
    /// Most images that one query holds.
    fn chunk(&self) -> usize;
    /// The twin as data; `core` evaluates it.
    fn lowered(&self) -> &Lowered;
    /// The party that owns the weights.
    fn model_owner(&self) -> Party {
        Party::Server
    }
    /// The cheapest attack on these parameters.
    fn security(&self) -> SecurityEstimate;
    /// What the plan predicts that the answer to a full query costs the server, in operations on single residues; none
    /// where the scheme predicts nothing.
    fn predicted_operations(&self) -> Option<u64> {
        None
    }
    /// What the parameters promise for these weights.
    ///
    /// # Errors
    /// Where the weights break what the plan assumes.
    fn promise(&self, weights: &Weights) -> Result<Promise>;
    /// What the function keys for these weights span; none where the server's keys open nothing.
    ///
    /// # Errors
    /// As [`Scheme::promise`].
    fn leakage(&self, weights: &Weights) -> Result<Option<Leakage>> {
        let _ = weights;
        Ok(None)
    }

    /// Key holder: draws the keys.
    ///
    /// # Errors
    /// Where drawing them fails.
    fn keygen(&self, rng: &mut Rng) -> Result<KeyPair<Self>>;
    /// Key holder: derives what the server asked for.
    ///
    /// # Errors
    /// [`Error::Refused`] for a request that must not be granted.
    fn server_key(&self, keys: &KeyPair<Self>, request: &Self::KeyRequest, rng: &mut Rng) -> Result<Self::ServerKey>;
    /// Key holder: decrypts the values that the server left after `layer` in an untimed pass.
    ///
    /// # Errors
    /// [`Error::Unsupported`] where the scheme leaves none.
    fn inspect(&self, keys: &KeyPair<Self>, layer: u32, snapshot: &[u8]) -> Result<Inspection> {
        let _ = (keys, layer, snapshot);
        Err(Error::Unsupported("this scheme leaves no snapshots".into()))
    }

    /// Model owner: hands out the weights, clear or encrypted.
    ///
    /// # Errors
    /// [`Error::Weights`] where they do not fit.
    fn publish(&self, public: &Self::PublicKey, weights: &Weights, rng: &mut Rng) -> Result<Self::ModelMessage>;

    /// Client: encrypts a chunk of images, part by part.
    ///
    /// # Errors
    /// [`Error::Images`] for images of another shape.
    fn encrypt(
        &self,
        key: &ClientKey<Self>,
        images: &Images,
        rng: &mut Rng,
        out: &mut Parts<Self::Query>,
    ) -> Result<()>;
    /// Client: the scores in an answer.
    ///
    /// # Errors
    /// [`Error::Wire`] for an answer that cannot be one.
    fn decrypt(&self, key: &ClientKey<Self>, answer: &Self::Answer) -> Result<Logits>;

    /// Server: takes the weights and says what it needs for them.
    ///
    /// # Errors
    /// [`Error::Weights`] where they break what the plan assumes.
    fn load(&self, message: Self::ModelMessage) -> Result<(Self::Model, Self::KeyRequest)>;
    /// Server: expands the keys and encodes the weights.
    ///
    /// # Errors
    /// Where the key does not fit the plan.
    fn setup(&self, model: Self::Model, key: Self::ServerKey) -> Result<Self::Server>;
    /// Bytes that the server keeps between queries.
    fn resident_bytes(&self, server: &Self::Server) -> u64;
    /// Server: computes the answer.
    ///
    /// # Errors
    /// [`Error::Wire`] for a query that cannot be one.
    fn evaluate(
        &self,
        server: &Self::Server,
        query: PartReader<'_, Self, Self::Query>,
        rng: &mut Rng,
        probe: &mut Probe<'_>,
    ) -> Result<Self::Answer>;

    /// The scheme's named operations, where it offers them.
    fn primitives(&self) -> Option<&dyn Primitives> {
        None
    }
}
