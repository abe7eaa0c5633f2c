//! Encrypted vectors, switched to the moduli that they are sent under.

use blindbench_core::error::{Error, Result};
use blindbench_core::wire::{Encode, Reader, Wire};
use blindbench_kernels::buffer::Buffer;
use blindbench_kernels::product::planes::Planes;

use super::engine::RlweIpfe;
use super::keys::{self, AuthorityTag};
use super::packing;

/// Some vectors, at most as many as a ring element has coefficients.
///
/// Sent as the authority's tag and the number of vectors; c_0 prime by prime, each residue in as many bits as the prime has;
/// then of each c_i the first coefficients, as many as there are vectors, little-endian.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ciphertext {
    pub(super) authority: AuthorityTag,
    /// Coefficients of c_0, for each prime of its modulus.
    pub(super) first: Vec<Buffer>,
    /// The primes of c_0's modulus.
    pub(super) moduli: Vec<u64>,
    /// Row i: the first coefficients of c_i modulo 256^k.
    pub(super) rows: Planes,
}

impl Ciphertext {
    /// How many vectors it holds.
    pub fn samples(&self) -> usize {
        self.rows.columns()
    }

    /// Bytes in memory.
    pub fn resident_bytes(&self) -> u64 {
        self.rows.resident_bytes() + self.first.iter().map(|first| 8 * first.len() as u64).sum::<u64>()
    }
}

impl Encode for Ciphertext {
    const TAG: [u8; 4] = *b"RFCT";
    const NAME: &'static str = "ciphertext of rlwe-ipfe";

    fn put(&self, out: &mut Vec<u8>) {
        self.authority.put(out);
        out.extend((self.samples() as u32).to_le_bytes());
        for (residues, modulus) in self.first.iter().zip(&self.moduli) {
            packing::pack(residues.iter().copied(), modulus.ilog2() + 1, out);
        }
        let bytes = self.rows.planes();
        for row in 0..self.rows.inputs() {
            for column in 0..self.samples() {
                out.extend(&self.rows.number(row, column).to_le_bytes()[..bytes]);
            }
        }
    }
}

impl Wire<RlweIpfe> for Ciphertext {
    fn take(engine: &RlweIpfe, input: &mut Reader<'_>) -> Result<Self> {
        let authority = AuthorityTag::take(input)?;
        let samples = input.u32()? as usize;
        let most = engine.ring.degree;
        if !(1..=most).contains(&samples) {
            return Err(Error::wire(Self::NAME, format!("{samples} vectors, expected 1 to {most}")));
        }
        let first = keys::residues(Self::NAME, &engine.first, input)?;
        let (length, planes) = (engine.demand.length, engine.derived.setting.planes as usize);
        let bytes = input.bytes(length * samples * planes)?;
        let mut rows = Planes::zeroed(length, samples, planes);
        let mut four = [const { Vec::new() }; 4];
        for (group, bytes) in bytes.chunks(4 * samples * planes).enumerate() {
            let present = bytes.chunks_exact(samples * planes).zip(&mut four);
            let count = present.map(|(bytes, row)| numbers(bytes, planes, row)).count();
            let four: [&[u64]; 4] = std::array::from_fn(|row| four[row].as_slice());
            rows.set_rows(4 * group, &four[..count]);
        }
        Ok(Ciphertext { authority, first, moduli: engine.derived.setting.first_primes.clone(), rows })
    }
}

fn numbers(bytes: &[u8], planes: usize, out: &mut Vec<u64>) {
    out.clear();
    out.extend(bytes.chunks_exact(planes).map(|bytes| {
        let mut word = [0; 8];
        word[..planes].copy_from_slice(bytes);
        u64::from_le_bytes(word)
    }));
}
