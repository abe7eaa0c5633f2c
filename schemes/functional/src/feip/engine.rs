//! The scheme over a group whose type is hidden: bytes in, bytes and integers out.

use std::fmt::Debug;

use blindbench_core::error::Result;
use blindbench_core::roles::seed::Rng;
use blindbench_core::scheme::Resources;
use blindbench_core::security::SecurityEstimate;

use super::messages::MasterKey;
use super::over::Over;
use super::{Params, Variant};
use crate::group::Group;
use crate::group::batch::Batch;
use crate::group::choice::Visitor;
use crate::network::engine::Demand;

/// How many of what the scheme handles, and bytes of each.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sizes {
    /// Leading elements of a ciphertext.
    pub heads: usize,
    /// Numbers of a vector.
    pub length: usize,
    /// Bytes of an element.
    pub element_bytes: usize,
    /// Bytes of a number modulo the group's order.
    pub scalar_bytes: usize,
}

impl Sizes {
    /// The sizes over a group.
    pub fn new<G: Group>(variant: Variant, length: usize) -> Self {
        let (element_bytes, scalar_bytes) = (G::ELEMENT_BYTES, G::SCALAR_BYTES);
        Sizes { heads: variant.heads(), length, element_bytes, scalar_bytes }
    }

    /// Elements of a ciphertext.
    pub fn elements(&self) -> usize {
        self.heads + self.length
    }

    /// Bytes of a ciphertext.
    pub fn ciphertext_bytes(&self) -> usize {
        self.elements() * self.element_bytes
    }

    /// Bytes of a public key, the generator left out.
    pub fn public_bytes(&self) -> usize {
        (self.elements() - 1) * self.element_bytes
    }

    /// Bytes of a function key.
    pub fn key_bytes(&self) -> usize {
        self.heads * self.scalar_bytes
    }
}

/// The scheme opened for a demand.
pub trait Engine: Send + Sync + Debug {
    /// Name of the group.
    fn group(&self) -> &'static str;
    /// The instructions that the work really uses.
    fn instructions(&self) -> &'static str;
    /// The cheapest attack.
    fn security(&self) -> SecurityEstimate;
    /// Sizes of messages.
    fn sizes(&self) -> Sizes;
    /// Vectors that keys are derived for.
    fn rows(&self) -> usize;

    /// The master key and the public key's bytes.
    fn setup(&self, rng: &mut Rng) -> (MasterKey, Vec<u8>);
    /// One function key a row, one after another.
    fn derive(&self, master: &MasterKey, rows: &[Vec<i64>]) -> Result<Vec<u8>>;
    /// Refuses bytes that are no function keys.
    fn check_keys(&self, keys: &[u8]) -> Result<()>;
    /// Decodes a public key and computes its tables.
    fn encryptor(&self, public: &[u8]) -> Result<Box<dyn Encrypt>>;
    /// Function keys and their rows, ready to open ciphertexts.
    fn decryptor(&self, rows: &[Vec<i64>], keys: &[u8]) -> Result<Box<dyn Open>>;
}

/// A public key, ready to encrypt.
pub trait Encrypt: Send + Sync {
    /// The ciphertexts of vectors.
    fn encrypt(&self, samples: &[Vec<u16>], rng: &mut Rng) -> Result<Vec<Vec<u8>>>;
}

/// Function keys, ready to open ciphertexts.
pub trait Open: Send + Sync {
    /// Inner products, `[sample][row]`.
    fn open_vartime(&self, ciphertexts: &[&[u8]]) -> Result<Vec<i64>>;
    /// Bytes that it keeps, the table of logarithms included.
    fn resident_bytes(&self) -> u64;
}

/// Function keys with their rows, exponents recoded, and the table of logarithms.
pub struct Decryptor(pub(crate) Box<dyn Open>);

impl Debug for Decryptor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Decryptor(..)")
    }
}

/// Whether the table of logarithms that parameters allow reaches a demand's results.
///
/// # Errors
/// [`blindbench_core::error::Error::Unsupported`] with both sides.
pub fn reach(params: &Params, demand: &Demand) -> Result<()> {
    struct Reach<'a>(&'a Params, &'a Demand);

    impl Visitor for Reach<'_> {
        type Output = Result<()>;

        fn visit<B: Batch>(self) -> Result<()> {
            B::reaches(self.1.result_max, self.0.table_bytes)
        }
    }
    params.group.visit(blindbench_kernels::dispatch::Kernel::Scalar, Reach(params, demand))
}

/// Opens the scheme over the group of the parameters.
///
/// # Errors
/// Where the system gives no threads.
pub fn open(params: &Params, demand: &Demand, resources: &Resources) -> Result<Box<dyn Engine>> {
    struct Opening<'a>(&'a Params, &'a Demand, &'a Resources);

    impl Visitor for Opening<'_> {
        type Output = Result<Box<dyn Engine>>;

        fn visit<B: Batch>(self) -> Self::Output {
            Ok(Box::new(Over::<B>::new(self.0, self.1, self.2)?))
        }
    }
    params.group.visit(resources.kernel, Opening(params, demand, resources))
}
