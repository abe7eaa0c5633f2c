//! What a network asks of inner-product functional encryption.

use blindbench_core::error::Result;
use blindbench_core::primitives::Offer;
use blindbench_core::probe::LayerProbe;
use blindbench_core::roles::seed::Rng;
use blindbench_core::scheme::{Case, Resources};
use blindbench_core::security::SecurityEstimate;
use blindbench_core::wire::Wire;
use schemars::JsonSchema;
use serde::Serialize;
use serde::de::DeserializeOwned;
use zeroize::Zeroize;

/// Sizes and ranges that parameters have to hold; public.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Demand {
    /// Numbers of a vector.
    pub length: usize,
    /// Weight vectors that keys are derived for.
    pub rows: usize,
    /// Vectors that are encrypted together at most.
    pub samples: usize,
    /// Numbers that are encrypted lie in `0..=input_max`.
    pub input_max: u64,
    /// Largest magnitude of a weight.
    pub weight_max: u64,
    /// Largest sum of the magnitudes of a row's weights.
    pub l1_max: u64,
    /// Largest magnitude of an inner product.
    pub result_max: u64,
}

/// What an engine says of itself beside its numbers.
#[derive(Debug, Clone, PartialEq)]
pub struct EngineDescription {
    /// The parameters in one line, for people.
    pub parameters: String,
    /// log2 of the lattice dimension that security rests on.
    pub log_n: Option<f64>,
    /// log2 of the modulus.
    pub log_qp: Option<f64>,
    /// The instructions that the heavy work really uses.
    pub kernel: String,
}

/// Inner-product functional encryption: vectors of small integers are encrypted under a public key; a key for a weight
/// vector opens its inner product with them, exactly.
pub trait InnerProduct: Sized + Send + Sync + std::fmt::Debug + 'static {
    /// Parameters as an experiment states them.
    type Params: Serialize + DeserializeOwned + JsonSchema + Clone + std::fmt::Debug + Send + Sync + 'static;
    /// Parameters as chosen for a demand; travels in the plan, as JSON.
    type Setting: Serialize + DeserializeOwned + Clone + PartialEq + std::fmt::Debug + Send + Sync + 'static;
    /// The authority's.
    type MasterKey: Zeroize + Send + Sync;
    /// What clients encrypt with.
    type PublicKey: Wire<Self> + Send + Sync;
    /// One key a weight vector, in their order.
    type FunctionKeys: Wire<Self>;
    /// One or more encrypted vectors.
    type Ciphertext: Wire<Self>;
    /// Function keys and their weight vectors, ready to open ciphertexts.
    type Decryptor: Send + Sync + std::fmt::Debug;

    /// Magic of the plan.
    const PLAN_TAG: [u8; 4];

    /// Parameters for a demand.
    ///
    /// # Errors
    /// [`blindbench_core::error::Error::Unsupported`] with the number that does not fit and what would.
    fn choose(params: &Self::Params, demand: &Demand) -> Result<Self::Setting>;
    /// Largest rank of all keys that the authority issues, where the experiment limits it: an engine whose parameters have
    /// a `rank_budget` hands it out here.
    fn rank_budget(params: &Self::Params) -> Option<usize> {
        let _ = params;
        None
    }
    /// Builds tables; checks the setting again, since its bytes are not trusted.
    ///
    /// # Errors
    /// As [`InnerProduct::choose`].
    fn open(setting: Self::Setting, demand: &Demand, resources: &Resources) -> Result<Self>;
    /// Small instances for the conformance tests.
    fn cases() -> Vec<Case<Self::Params>>;
    /// Operations that need no network.
    ///
    /// # Errors
    /// As [`InnerProduct::choose`].
    fn operations(params: Self::Params, resources: &Resources) -> Result<Offer>;
    /// Small parameters for the conformance tests of the operations.
    fn operation_cases() -> Vec<Self::Params>;

    /// What there is to say.
    fn describe(&self) -> EngineDescription;
    /// The cheapest attack.
    fn security(&self) -> SecurityEstimate;
    /// log2 of the probability that an image's answer is wrong; none where it cannot be.
    fn failure_log2(&self) -> Option<f64> {
        None
    }
    /// Most vectors that one query holds.
    fn most_samples(&self) -> usize {
        usize::MAX
    }

    /// Authority: draws the keys.
    ///
    /// # Errors
    /// Where drawing them fails.
    fn setup(&self, rng: &mut Rng) -> Result<(Self::MasterKey, Self::PublicKey)>;
    /// Authority: one key a weight vector; lengths and ranges have been checked against the demand.
    ///
    /// # Errors
    /// Where a key cannot be derived.
    fn derive_function_keys(&self, master: &Self::MasterKey, rows: &[Vec<i64>]) -> Result<Self::FunctionKeys>;
    /// Client: encrypts vectors, in one ciphertext or in several, in order.
    ///
    /// # Errors
    /// For vectors of another length or outside the demand's range.
    fn encrypt(
        &self,
        public: &Self::PublicKey,
        samples: &[Vec<u16>],
        rng: &mut Rng,
        out: &mut dyn FnMut(Self::Ciphertext),
    ) -> Result<()>;
    /// Server: whatever can be computed of keys and weight vectors alone, tables included.
    ///
    /// # Errors
    /// Where keys and rows do not fit each other.
    fn prepare(&self, rows: Vec<Vec<i64>>, keys: Self::FunctionKeys) -> Result<Self::Decryptor>;
    /// Bytes that a decryptor keeps.
    fn resident_bytes(&self, decryptor: &Self::Decryptor) -> u64;
    /// Server: the inner products, `[sample][row]` one after another.
    ///
    /// # Errors
    /// For ciphertexts that are none, and where keys and ciphertexts belong to different authorities.
    fn decrypt(
        &self,
        decryptor: &Self::Decryptor,
        ciphertexts: &[Self::Ciphertext],
        probe: &mut LayerProbe,
    ) -> Result<Vec<i64>>;
}
