//! Noise flooding: a ciphertext's noise is drowned in noise that is uniform and far larger, and its polynomials are
//! blinded by an encryption of zero, so that what the key holder decrypts tells of the message alone.
//!
//! Noise below `2^-B` times the flood's magnitude changes the distribution of each coefficient by at most `2^-B`
//! (Asharov, Jain, Lopez-Alt, Tromer, Vaikuntanathan and Wichs, "Multiparty computation with low communication,
//! computation and interaction via threshold FHE", 2012, lemma 1; for circuit privacy see Gentry, "A fully homomorphic
//! encryption scheme", 2009, section 8.4; against IND-CPA-D see Li, Micciancio, Schultz and Sorrell, "Securing
//! approximate homomorphic encryption using differential privacy", 2022).

use blindbench_core::roles::seed::Seed;
use blindbench_kernels::buffer::Buffer;
use blindbench_kernels::sample::Sampler;
use zeroize::{Zeroize, Zeroizing};

use super::ciphertext::Ciphertext;
use super::encryption::{Noise, encrypt_by_public_key};
use super::parameters::Parameters;
use super::public_key::PublicKey;
use crate::error::{Error, Result};
use crate::rns::polynomial::Polynomial;
use crate::rns::threads::each_mut;

/// Bits of a word of large noise.
const WORD: u32 = 44;

/// log2 of the largest flood.
pub const MOST_LOG2: u32 = 2 * WORD - 1;

/// Adds an encryption of noise that is uniform in `[-2^log2, 2^log2)`, times the factor of `noise`, by the public key. A
/// seed must never be used twice.
///
/// # Errors
/// [`Error::Range`] for a flood beyond [`MOST_LOG2`], [`Error::Degree`] unless the degree is 1.
pub fn flood(
    params: &Parameters,
    public: &PublicKey,
    ciphertext: &mut Ciphertext,
    (log2, noise): (u32, Noise),
    seed: &Seed,
) -> Result<()> {
    ciphertext.require_degree("noise flooding", 1)?;
    if log2 > MOST_LOG2 {
        return Err(Error::Range {
            name: "log2 of a flood of noise",
            given: i64::from(log2),
            least: 0,
            most: i64::from(MOST_LOG2),
        });
    }
    let mut flood = uniform_noise(params, ciphertext.level(), (log2, noise), &seed.derive("flood", 0));
    let mut blind = encrypt_by_public_key(params, public, &flood, noise, &seed.derive("blind", 0));
    flood.zeroize();
    ciphertext.add_assign(params, &blind)?;
    blind.parts.iter_mut().for_each(Zeroize::zeroize);
    Ok(())
}

/// Uniform noise in slots, from two words where one does not hold it: `x = high 2^44 + low`.
fn uniform_noise(params: &Parameters, level: usize, (log2, noise): (u32, Noise), seed: &Seed) -> Polynomial {
    let mut sampler = Sampler::new(params.instructions(), *seed.expose());
    let low_bits = (log2 + 1).min(WORD);
    let high_bits = log2 + 1 - low_bits;
    let [mut low, mut high] = [low_bits, high_bits].map(|bits| words(params.degree(), bits, &mut sampler));
    let top = if high_bits == 0 { (&mut low, low_bits) } else { (&mut high, high_bits) };
    top.0.iter_mut().for_each(|word| *word -= 1 << (top.1 - 1));
    let (kernel, mut polynomial) = (params.kernel(), Polynomial::stale(params.degree(), level + 1));
    each_mut(&mut polynomial.limbs, |j, limb| {
        let plan = &params.data()[j];
        let p = plan.modulus();
        kernel.forward_signed(plan, &low, limb);
        if high_bits > 0 {
            let mut upper = Buffer::stale(params.degree());
            kernel.forward_signed(plan, &high, &mut upper);
            kernel.scale(p, &mut upper, p.multiplier(p.reduce(1 << WORD)));
            kernel.add_assign(p, limb, &upper);
            upper.zeroize();
        }
        if noise != Noise::PLAIN {
            kernel.scale(p, limb, p.multiplier(p.reduce_signed(noise.factor)));
        }
    });
    polynomial
}

/// Uniform words of so many bits.
fn words(count: usize, bits: u32, sampler: &mut Sampler) -> Zeroizing<Vec<i64>> {
    let mut bytes = Zeroizing::new(vec![0; 8 * count]);
    sampler.fill(&mut bytes);
    let mask = (1u64 << bits) - 1;
    let word = |bytes: &[u8]| bytes.iter().fold(0u64, |word, byte| word << 8 | u64::from(*byte)) & mask;
    Zeroizing::new(bytes.chunks_exact(8).map(|bytes| word(bytes) as i64).collect())
}
