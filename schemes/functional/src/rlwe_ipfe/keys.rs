//! The authority's keys, function keys, and what they are on the wire.

use blindbench_core::error::{Error, Result};
use blindbench_core::wire::{Encode, Reader, Wire};
use blindbench_kernels::buffer::Buffer;
use blindbench_kernels::product::planes::Planes;
use blindbench_kernels::sample::Sampler;
use zeroize::Zeroize;

use super::engine::RlweIpfe;
use super::packing;
use super::ring::{Ring, Slots};

/// Which authority a message belongs to, so that mixed-up ones are named: the first bytes of the public key's seed. It says
/// nothing against forgery.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AuthorityTag(u64);

impl AuthorityTag {
    pub(super) fn of(seed: &[u8; 32]) -> Self {
        AuthorityTag(u64::from_le_bytes(*seed.first_chunk().unwrap_or(&[0; 8])))
    }

    pub(super) fn put(self, out: &mut Vec<u8>) {
        out.extend(self.0.to_le_bytes());
    }

    pub(super) fn take(input: &mut Reader<'_>) -> Result<Self> {
        input.u64().map(AuthorityTag)
    }
}

/// The secrets s_i, as rows of bytes: each coefficient stands `offset` too high, so that it is not negative. Zeroized by its
/// owner, never printed, not sent.
pub struct MasterKey {
    pub(super) authority: AuthorityTag,
    pub(super) planes: Planes,
    pub(super) offset: i64,
}

impl Zeroize for MasterKey {
    fn zeroize(&mut self) {
        self.planes.zeroize();
    }
}

impl std::fmt::Debug for MasterKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("MasterKey(..)")
    }
}

/// The seed of the matrix A and the p_i = A s_i + e_i, in slots.
///
/// Sent as the seed, then for each i and prime the residues, each in as many bits as the prime has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicKey {
    pub(super) seed: [u8; 32],
    /// A transposed, for each prime: `[column][row][degree]`.
    pub(super) matrix: Vec<Buffer>,
    pub(super) rows: Vec<Slots>,
    /// The primes.
    pub(super) moduli: Vec<u64>,
}

/// Expands the matrix A from a seed: uniform in slots, prime by prime.
pub(super) fn expand(engine: &RlweIpfe, seed: &[u8; 32]) -> Vec<Buffer> {
    let ring = &engine.ring;
    let mut sampler = Sampler::new(engine.kernel, *seed);
    let mut of = |modulus| {
        let mut matrix = Buffer::stale(ring.rank * ring.dimension());
        sampler.uniform(modulus, &mut matrix);
        matrix
    };
    ring.primes.iter().map(|prime| of(prime.modulus())).collect()
}

impl Encode for PublicKey {
    const TAG: [u8; 4] = *b"RFPK";
    const NAME: &'static str = "public key of rlwe-ipfe";

    fn put(&self, out: &mut Vec<u8>) {
        out.extend(self.seed);
        for row in &self.rows {
            for (residues, modulus) in row.iter().zip(&self.moduli) {
                packing::pack(residues.iter().copied(), modulus.ilog2() + 1, out);
            }
        }
    }
}

impl Wire<RlweIpfe> for PublicKey {
    fn take(engine: &RlweIpfe, input: &mut Reader<'_>) -> Result<Self> {
        let mut seed = [0; 32];
        seed.copy_from_slice(input.bytes(32)?);
        let rows =
            (0..engine.demand.length).map(|_| residues(Self::NAME, &engine.ring, input)).collect::<Result<_>>()?;
        Ok(PublicKey { seed, matrix: expand(engine, &seed), rows, moduli: engine.derived.setting.primes.clone() })
    }
}

/// A vector of residues, prime by prime.
pub(super) fn residues(message: &'static str, ring: &Ring, input: &mut Reader<'_>) -> Result<Vec<Buffer>> {
    let mut of = |modulus: u64| {
        let mut residues = Buffer::stale(ring.dimension());
        packing::unpack(message, input, modulus.ilog2() + 1, modulus, &mut residues)?;
        Ok(residues)
    };
    ring.primes.iter().map(|prime| of(prime.modulus().value())).collect()
}

/// Function keys: the coefficients of sum_i y_i s_i for each weight vector y.
///
/// Sent as the authority's tag, their width in bits, then all coefficients, each 2^(width - 1) too high.
#[derive(Clone, PartialEq, Eq)]
pub struct FunctionKeys {
    pub(super) authority: AuthorityTag,
    /// By weight vector.
    pub(super) keys: Vec<Vec<i64>>,
}

/// Function keys open ciphertexts: their number alone.
impl std::fmt::Debug for FunctionKeys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "FunctionKeys({} vectors)", self.keys.len())
    }
}

impl FunctionKeys {
    /// Widest coefficients, sign included: transforms take no larger ones.
    const MOST_BITS: u32 = 49;
}

impl Encode for FunctionKeys {
    const TAG: [u8; 4] = *b"RFFK";
    const NAME: &'static str = "function keys of rlwe-ipfe";

    fn put(&self, out: &mut Vec<u8>) {
        self.authority.put(out);
        let largest = |x: &i64| u64::BITS - (x ^ (x >> 63)).leading_zeros();
        let width = 1 + self.keys.iter().flatten().map(largest).max().unwrap_or(0);
        out.push(width as u8);
        for key in &self.keys {
            packing::pack(key.iter().map(|x| (x + (1 << (width - 1))) as u64), width, out);
        }
    }
}

impl Wire<RlweIpfe> for FunctionKeys {
    fn take(engine: &RlweIpfe, input: &mut Reader<'_>) -> Result<Self> {
        let authority = AuthorityTag::take(input)?;
        let width = u32::from(input.u8()?);
        if !(1..=Self::MOST_BITS).contains(&width) {
            return Err(Error::wire(
                Self::NAME,
                format!("coefficients of {width} bits, expected 1 to {}", Self::MOST_BITS),
            ));
        }
        let mut key = || {
            let mut key = vec![0; engine.ring.dimension()];
            packing::unpack(Self::NAME, input, width, 1 << width, &mut key)?;
            Ok(key.into_iter().map(|x| x as i64 - (1 << (width - 1))).collect())
        };
        Ok(FunctionKeys { authority, keys: (0..engine.demand.rows).map(|_| key()).collect::<Result<_>>()? })
    }
}
