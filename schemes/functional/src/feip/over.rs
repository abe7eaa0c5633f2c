//! The scheme over a group: the algebra itself.

use std::fmt::Debug;
use std::sync::{Arc, OnceLock};

use blindbench_core::error::{Error, Result};
use blindbench_core::roles::seed::Rng;
use blindbench_core::scheme::Resources;
use blindbench_core::security::SecurityEstimate;
use blindbench_core::workers::Workers;
use zeroize::Zeroize;

use super::encryptor::Encryptor;
use super::engine::{Encrypt, Engine, Open, Sizes};
use super::messages::MasterKey;
use super::opener::Opener;
use super::{Params, Variant};
use crate::group::Group;
use crate::group::batch::{Batch, List};
use crate::group::fixed_base::{Comb, ExponentBits};
use crate::group::portable;
use crate::network::engine::Demand;

type Element<B> = <<B as Batch>::Group as Group>::Element;
pub(super) type Scalar<B> = <<B as Batch>::Group as Group>::Scalar;

/// The scheme over the group of `B`, for one demand.
pub struct Over<B: Batch>(Arc<Shared<B>>);

/// What all parts of the scheme read.
pub struct Shared<B: Batch> {
    /// The group.
    pub batch: B,
    /// Sizes of messages.
    pub sizes: Sizes,
    pub(super) demand: Demand,
    table_bytes: u64,
    pub(super) workers: Workers,
    pub(super) logarithms: OnceLock<B::Logarithms>,
}

impl<B: Batch> Debug for Over<B> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Over").field("group", &B::Group::NAME).field("demand", &self.0.demand).finish_non_exhaustive()
    }
}

impl<B: Batch> Over<B> {
    /// Opens the scheme; the table of logarithms waits until a server needs it.
    ///
    /// # Errors
    /// Where the system gives no threads.
    pub fn new(params: &Params, demand: &Demand, resources: &Resources) -> Result<Self> {
        Ok(Over(Arc::new(Shared {
            batch: B::new(resources.kernel),
            sizes: Sizes::new::<B::Group>(params.variant, demand.length),
            demand: *demand,
            table_bytes: params.table_bytes,
            workers: Workers::new(resources.threads)?,
            logarithms: OnceLock::new(),
        })))
    }

    /// The public key's bases, the generator first.
    fn public_bases(&self, public: &[u8]) -> Result<Vec<Element<B>>> {
        let decoded = portable::elements::<B::Group>(public, self.0.sizes.elements() - 1)?;
        Ok(std::iter::once(B::Group::generator()).chain(decoded).collect())
    }

    /// The public key decoded, with its tables.
    pub fn encryptor(&self, public: &[u8]) -> Result<Encryptor<B>> {
        // Below 2^16, or the setting would have been refused.
        let bases = self.0.batch.bases(&self.public_bases(public)?, self.0.demand.input_max as u32)?;
        Ok(Encryptor { shared: self.0.clone(), bases })
    }

    /// Function keys and their rows, exponents recoded; builds the table of logarithms.
    pub fn opener(&self, rows: &[Vec<i64>], keys: &[u8]) -> Result<Opener<B>> {
        let scalars = scalars::<B::Group>(keys)?;
        if scalars.len() != rows.len() * self.0.sizes.heads {
            return Err(Error::wire("function keys", format!("{} numbers for {} rows", scalars.len(), rows.len())));
        }
        let heads: Vec<Scalar<B>> = scalars.into_iter().map(|scalar| -scalar).collect();
        let list = |(heads, weights)| List { heads, weights };
        let lists: Vec<List<'_, B::Group>> =
            heads.chunks(self.0.sizes.heads).zip(rows.iter().map(Vec::as_slice)).map(list).collect();
        let combinations = self.0.batch.combinations(&lists)?;
        self.0.logarithms()?;
        Ok(Opener { shared: self.0.clone(), combinations, rows: rows.len() })
    }
}

impl<B: Batch> Shared<B> {
    /// The table of logarithms, built once.
    pub fn logarithms(&self) -> Result<&B::Logarithms> {
        if self.logarithms.get().is_none() {
            // Another thread may have been faster with the same table.
            let _ = self.logarithms.set(self.batch.logarithms(self.demand.result_max, self.table_bytes)?);
        }
        self.logarithms.get().ok_or_else(|| Error::Refused("no table of logarithms".into()))
    }
}

impl<B: Batch> Engine for Over<B> {
    fn group(&self) -> &'static str {
        B::Group::NAME
    }

    fn instructions(&self) -> &'static str {
        self.0.batch.instructions()
    }

    fn security(&self) -> SecurityEstimate {
        B::Group::security()
    }

    fn sizes(&self) -> Sizes {
        self.0.sizes
    }

    fn rows(&self) -> usize {
        self.0.demand.rows
    }

    fn setup(&self, rng: &mut Rng) -> (MasterKey, Vec<u8>) {
        let Sizes { heads, length, .. } = self.0.sizes;
        let mut generators = vec![B::Group::generator()];
        if heads == Variant::Adaptive.heads() {
            let mut logarithm = B::Group::draw(rng);
            generators.push(B::Group::power(&B::Group::generator(), &logarithm));
            logarithm.zeroize();
        }
        let mut powers = vec![B::Group::identity(); length];
        let mut master = Vec::with_capacity(heads * length * B::Group::SCALAR_BYTES);
        for generator in &generators {
            let table = Comb::<B::Group>::new(generator);
            for power in &mut powers {
                let factor = table.power(&drawn::<B::Group>(rng, &mut master));
                *power = B::Group::multiply(power, &factor);
            }
        }
        let public = [&generators[1..], &powers].concat();
        (MasterKey(master), B::Group::encode(&public))
    }

    fn derive(&self, master: &MasterKey, rows: &[Vec<i64>]) -> Result<Vec<u8>> {
        let length = self.0.sizes.length.max(1) * B::Group::SCALAR_BYTES;
        let key = |row: &Vec<i64>| {
            let numbers = master.0.chunks(length).map(|secrets| B::Group::weighted_sum(row, secrets));
            Ok(numbers.flat_map(|number| B::Group::encode_scalar(&number)).collect::<Vec<u8>>())
        };
        Ok(self.0.workers.try_map(rows, key)?.concat())
    }

    fn check_keys(&self, keys: &[u8]) -> Result<()> {
        scalars::<B::Group>(keys).map(drop)
    }

    fn encryptor(&self, public: &[u8]) -> Result<Box<dyn Encrypt>> {
        Ok(Box::new(Over::encryptor(self, public)?))
    }

    fn decryptor(&self, rows: &[Vec<i64>], keys: &[u8]) -> Result<Box<dyn Open>> {
        Ok(Box::new(self.opener(rows, keys)?))
    }
}

/// Draws a secret number and appends its encoding.
fn drawn<G: Group>(rng: &mut Rng, encoded: &mut Vec<u8>) -> ExponentBits {
    let mut secret = G::draw(rng);
    let bits = ExponentBits::of::<G>(&secret);
    encoded.extend_from_slice(bits.bytes());
    secret.zeroize();
    bits
}

/// Numbers modulo the group's order, one after another.
fn scalars<G: Group>(bytes: &[u8]) -> Result<Vec<G::Scalar>> {
    let scalar = |bytes| {
        G::decode_scalar(bytes).ok_or_else(|| Error::wire("function keys", "a number that is not below the order"))
    };
    bytes.chunks(G::SCALAR_BYTES).map(scalar).collect()
}
