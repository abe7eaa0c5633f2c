//! Bytes in, bytes out: one interface for every scheme, the child process and foreign programs alike.
//!
//! Role by role, since each role keeps state that must not be decoded again for every query. A
//! blanket implementation covers every [`Scheme`](crate::scheme::Scheme); a foreign program implements it by hand.

mod local;

use std::sync::Arc;

use schemars::JsonSchema;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::error::Result;
use crate::network::architecture::Architecture;
use crate::network::images::Images;
use crate::network::logits::Logits;
use crate::network::lowered::Lowered;
use crate::network::weights::Weights;
use crate::primitives::{Offer, Primitives, none_without_a_network};
use crate::probe::{Clock, Detail, NoClock, Trace};
use crate::roles::Cast;
use crate::roles::seed::Seed;
use crate::scheme::{Case, Inspection, Leakage, Profile, Promise, Resources};
use crate::security::SecurityEstimate;

/// An opened plan in words and numbers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Description {
    /// What the scheme says of itself.
    pub profile: Profile,
    /// Most images that one query holds.
    pub chunk: usize,
    /// The twin as data.
    pub lowered: Lowered,
    /// Who plays which role.
    pub cast: Cast,
    /// The cheapest attack on the parameters.
    pub security: SecurityEstimate,
    /// Operations on single residues that the plan predicts for the answer to a full query, where it does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub predicted_operations: Option<u64>,
    /// Whether times, security and learning are the claims of a foreign program.
    #[serde(default)]
    pub claimed: bool,
}

/// A scheme with an opened plan: a factory of role objects.
pub trait DynScheme: Send + Sync {
    /// The plan in words and numbers.
    fn describe(&self) -> &Description;
    /// The public plan, as the server gets it.
    fn plan(&self) -> &[u8];
    /// What the parameters promise for these weights.
    ///
    /// # Errors
    /// Where the weights break what the plan assumes.
    fn promise(&self, weights: &Weights) -> Result<Promise>;
    /// What the function keys for these weights span; none where the server's keys open nothing, or nobody says.
    ///
    /// # Errors
    /// As [`DynScheme::promise`].
    fn leakage(&self, weights: &Weights) -> Result<Option<Leakage>> {
        let _ = weights;
        Ok(None)
    }
    /// Draws the keys.
    ///
    /// # Errors
    /// Where drawing them fails.
    fn key_holder(&self, seed: &Seed) -> Result<Box<dyn DynKeyHolder>>;
    /// A client that knows the public key alone.
    ///
    /// # Errors
    /// [`crate::Error::Refused`] where the client is the key holder itself.
    fn client(&self, public_key: &[u8]) -> Result<Box<dyn DynClient>>;
    /// The model owner's message to the server.
    ///
    /// # Errors
    /// Where the weights do not fit.
    fn publish(&self, public_key: &[u8], weights: &Weights, seed: &Seed) -> Result<Vec<u8>>;
    /// A server in this process, or in a process of its own where the program is foreign.
    ///
    /// # Errors
    /// Where the message is malformed or the weights do not fit.
    fn server(&self, model: &[u8]) -> Result<Box<dyn DynServer>>;
    /// The scheme's named operations, where it offers them.
    fn primitives(&self) -> Option<&dyn Primitives>;
}

/// Holds the secret key.
pub trait DynKeyHolder: Send + Sync {
    /// The public key's bytes.
    ///
    /// # Errors
    /// Where the other process does not answer.
    fn public_key(&self) -> Result<Vec<u8>>;
    /// Evaluation keys or function keys for a request.
    ///
    /// # Errors
    /// Where the request is malformed or must not be granted.
    fn server_key(&self, request: &[u8], seed: &Seed) -> Result<Vec<u8>>;
    /// The client, where it is the key holder itself; none where it must be opened from the public key.
    ///
    /// # Errors
    /// Where the other process does not answer.
    fn client(&self) -> Result<Option<Box<dyn DynClient>>>;
    /// Decrypts what the server left after a layer in an untimed pass.
    ///
    /// # Errors
    /// Where the scheme leaves no snapshots or this is none.
    fn inspect(&self, layer: u32, snapshot: &[u8]) -> Result<Inspection>;
}

/// Owns the images.
pub trait DynClient: Send + Sync {
    /// Pixels to query bytes.
    ///
    /// # Errors
    /// Where the images do not fit the plan.
    fn encrypt(&self, images: &Images, seed: &Seed) -> Result<Vec<u8>>;
    /// Answer bytes to scores.
    ///
    /// # Errors
    /// Where the answer is malformed.
    fn decrypt(&self, answer: &[u8]) -> Result<Logits>;
}

/// Computes.
pub trait DynServer: Send + Sync {
    /// What the server needs from the key holder.
    fn key_request(&self) -> &[u8];
    /// Expands keys and encodes weights, once; the number of resident bytes.
    ///
    /// # Errors
    /// Where the key is malformed or the server is set up already.
    fn setup(&mut self, server_key: &[u8]) -> Result<u64>;
    /// Query bytes to answer bytes, with times from the server's own clock.
    ///
    /// # Errors
    /// Where the query is malformed or the server is not set up.
    fn evaluate(&self, query: &[u8], seed: &Seed, detail: Detail) -> Result<(Vec<u8>, Trace)>;
    /// The process that the server runs in, where it is not this one.
    fn process_id(&self) -> Option<u32> {
        None
    }
}

/// What the machine and the harness lend to an opened plan.
#[derive(Clone)]
pub struct Environment {
    /// Threads and instructions.
    pub resources: Resources,
    /// The clock for times per layer.
    pub clock: Arc<dyn Clock>,
}

impl Default for Environment {
    fn default() -> Self {
        Environment { resources: Resources::default(), clock: Arc::new(NoClock) }
    }
}

impl std::fmt::Debug for Environment {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Environment").field("resources", &self.resources).finish_non_exhaustive()
    }
}

/// What one line of the registry stands for.
pub trait Entry {
    /// Parameters as an experiment states them.
    type Params: Serialize + DeserializeOwned + JsonSchema + Clone + std::fmt::Debug + Send + Sync + 'static;
    /// Whether the entry starts programs of somebody else's.
    const FOREIGN: bool = false;

    /// Plans the network and opens the plan.
    ///
    /// # Errors
    /// [`crate::Error::Unsupported`] with what does not fit.
    fn plan(
        params: Self::Params,
        architecture: &Architecture,
        batch: usize,
        environment: &Environment,
    ) -> Result<Box<dyn DynScheme>>;
    /// Opens a plan from bytes.
    ///
    /// # Errors
    /// [`crate::Error::Wire`] where they are no plan of this scheme.
    fn open(plan: &[u8], environment: &Environment) -> Result<Box<dyn DynScheme>>;
    /// Small instances for the conformance tests.
    fn cases() -> Vec<Case<Self::Params>>;

    /// Opens the operations that belong to the parameters alone, whatever the network.
    ///
    /// # Errors
    /// [`crate::Error::Unsupported`] with the parameter that does not fit, or where the scheme has
    /// operations for a plan alone, or none.
    fn operations(params: Self::Params, environment: &Environment) -> Result<Offer> {
        let _ = (params, environment);
        none_without_a_network()
    }
    /// Small parameters, far below 128 bits perhaps, for the conformance tests of the operations.
    fn operation_cases() -> Vec<Self::Params> {
        Vec::new()
    }
}
