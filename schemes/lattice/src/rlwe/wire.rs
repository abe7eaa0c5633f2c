//! Ciphertexts and keys as bytes: uniform polynomials as their seeds, all others bit-packed.

use std::collections::BTreeMap;

use blindbench_core::error::{Error, Result};
use blindbench_core::roles::seed::Seed;
use blindbench_core::wire::{Encode, Reader, Wire};
use blindbench_kernels::buffer::Buffer;

use super::ciphertext::Ciphertext;
use super::encryption::SeededCiphertext;
use super::evaluation_keys::{EvaluationKeys, GaloisKey, Request, permutation};
use super::key_switching_key::{KeySwitchingKey, Limb};
use super::packing::{put_limb, take_limb};
use super::parameters::Parameters;
use super::public_key::PublicKey;
use super::seeded::{uniform, uniform_limb};
use crate::rns::polynomial::Polynomial;
use crate::rns::threads::each_mut;

/// Most polynomials of a ciphertext on the wire.
const MOST_PARTS: usize = 8;

fn put_polynomial(polynomial: &Polynomial, out: &mut Vec<u8>) {
    polynomial.limbs.iter().for_each(|limb| put_limb(limb, out));
}

/// Reads a polynomial in slots with limbs for the primes up to `level`.
fn take_polynomial(
    message: &'static str,
    params: &Parameters,
    level: usize,
    input: &mut Reader<'_>,
) -> Result<Polynomial> {
    let plans = &params.data()[..=level];
    let limb =
        |plan: &blindbench_kernels::residue::ntt::Ntt| take_limb(message, plan.modulus(), params.degree(), input);
    Ok(Polynomial { limbs: plans.iter().map(limb).collect::<Result<_>>()? })
}

fn take_level(message: &'static str, params: &Parameters, input: &mut Reader<'_>) -> Result<usize> {
    let (level, most) = (usize::from(input.u8()?), params.max_level());
    if level > most {
        return Err(Error::wire(message, format!("level {level}, the parameters have {most}")));
    }
    Ok(level)
}

fn take_seed(input: &mut Reader<'_>) -> Result<Seed> {
    let mut seed = [0; 32];
    seed.copy_from_slice(input.bytes(32)?);
    Ok(Seed::new(seed))
}

impl Encode for Ciphertext {
    const TAG: [u8; 4] = *b"RCTX";
    const NAME: &'static str = "ciphertext";

    fn put(&self, out: &mut Vec<u8>) {
        out.push(self.parts.len() as u8);
        out.push(self.level() as u8);
        self.parts.iter().for_each(|part| put_polynomial(part, out));
    }
}

impl Wire<Parameters> for Ciphertext {
    fn take(params: &Parameters, input: &mut Reader<'_>) -> Result<Self> {
        let count = usize::from(input.u8()?);
        if !(2..=MOST_PARTS).contains(&count) {
            return Err(Error::wire(Self::NAME, format!("{count} polynomials, expected 2 to {MOST_PARTS}")));
        }
        let level = take_level(Self::NAME, params, input)?;
        let parts = (0..count).map(|_| take_polynomial(Self::NAME, params, level, input));
        Ok(Ciphertext { parts: parts.collect::<Result<_>>()? })
    }
}

impl Encode for SeededCiphertext {
    const TAG: [u8; 4] = *b"RSCT";
    const NAME: &'static str = "fresh ciphertext";

    fn put(&self, out: &mut Vec<u8>) {
        out.push((self.body.count() - 1) as u8);
        out.extend(self.seed.expose());
        put_polynomial(&self.body, out);
    }
}

impl Wire<Parameters> for SeededCiphertext {
    fn take(params: &Parameters, input: &mut Reader<'_>) -> Result<Self> {
        let level = take_level(Self::NAME, params, input)?;
        let seed = take_seed(input)?;
        Ok(SeededCiphertext { seed, body: take_polynomial(Self::NAME, params, level, input)? })
    }
}

impl Encode for PublicKey {
    const TAG: [u8; 4] = *b"RPUB";
    const NAME: &'static str = "public key";

    fn put(&self, out: &mut Vec<u8>) {
        out.extend(self.seed.expose());
        put_polynomial(&self.parts[0], out);
    }
}

impl Wire<Parameters> for PublicKey {
    fn take(params: &Parameters, input: &mut Reader<'_>) -> Result<Self> {
        let seed = take_seed(input)?;
        let body = take_polynomial(Self::NAME, params, params.max_level(), input)?;
        let mask = uniform(params, params.max_level(), &seed);
        Ok(PublicKey { seed, parts: [body, mask] })
    }
}

fn put_key(key: &KeySwitchingKey, out: &mut Vec<u8>) {
    out.push(key.level as u8);
    out.extend(key.seed.expose());
    for limb in &key.limbs {
        (0..key.digits).for_each(|digit| put_limb(&limb.first(key.digits, digit), out));
    }
}

fn take_key(message: &'static str, params: &Parameters, input: &mut Reader<'_>) -> Result<KeySwitchingKey> {
    let level = take_level(message, params, input)?;
    let seed = take_seed(input)?;
    let (plans, digits) = (params.key_plans(level), params.level(level).digits.len());
    let mut bodies = Vec::with_capacity(plans.len());
    for plan in &plans {
        let body = |_| take_limb(message, plan.modulus(), params.degree(), input);
        bodies.push((0..digits).map(body).collect::<Result<Vec<Buffer>>>()?);
    }
    let mut limbs = Limb::unwritten(&plans, digits);
    each_mut(&mut limbs, |j, limb| {
        for (digit, body) in bodies[j].iter().enumerate() {
            let mask = uniform_limb(params, plans[j], &seed.derive("digit", digit as u64));
            limb.write(digits, digit, [body, &mask]);
        }
    });
    Ok(KeySwitchingKey { seed, level, digits, limbs })
}

impl Encode for EvaluationKeys {
    const TAG: [u8; 4] = *b"REVK";
    const NAME: &'static str = "evaluation keys";

    fn put(&self, out: &mut Vec<u8>) {
        out.push(u8::from(self.relinearization.is_some()));
        self.relinearization.iter().for_each(|key| put_key(key, out));
        out.extend((self.galois.len() as u64).to_le_bytes());
        for (element, galois) in &self.galois {
            out.extend((*element as u64).to_le_bytes());
            put_key(&galois.key, out);
        }
    }
}

impl Wire<Parameters> for EvaluationKeys {
    fn take(params: &Parameters, input: &mut Reader<'_>) -> Result<Self> {
        let relinearization = match input.u8()? {
            0 => None,
            1 => Some(take_key(Self::NAME, params, input)?),
            other => return Err(Error::wire(Self::NAME, format!("{other} relinearization keys, expected 0 or 1"))),
        };
        let mut galois = BTreeMap::new();
        for _ in 0..input.count(8 + 1 + 32)? {
            let element = take_element(Self::NAME, galois.last_key_value().map(|(last, _)| *last), input)?;
            let permutation =
                permutation(params, element).map_err(|error| Error::wire(Self::NAME, error.to_string()))?;
            galois.insert(element, GaloisKey { key: take_key(Self::NAME, params, input)?, permutation });
        }
        Ok(EvaluationKeys { relinearization, galois })
    }
}

/// A Galois element larger than the one before: so each comes once.
fn take_element(message: &'static str, before: Option<usize>, input: &mut Reader<'_>) -> Result<usize> {
    let element = usize::try_from(input.u64()?).unwrap_or(usize::MAX);
    match before {
        Some(before) if before >= element => {
            Err(Error::wire(message, format!("Galois element {element} after {before}, expected ascending order")))
        }
        _ => Ok(element),
    }
}

impl Encode for Request {
    const TAG: [u8; 4] = *b"RREQ";
    const NAME: &'static str = "key request";

    fn put(&self, out: &mut Vec<u8>) {
        // 0 for none, else the level and one.
        out.push(self.relinearization.map_or(0, |level| level as u8 + 1));
        out.extend((self.galois.len() as u64).to_le_bytes());
        for (element, level) in &self.galois {
            out.extend((*element as u64).to_le_bytes());
            out.push(*level as u8);
        }
    }
}

impl Wire<Parameters> for Request {
    fn take(params: &Parameters, input: &mut Reader<'_>) -> Result<Self> {
        let level = |level: usize| {
            let most = params.max_level();
            let refused = || Error::wire(Self::NAME, format!("a key for level {level}, the parameters have {most}"));
            (level <= most).then_some(level).ok_or_else(refused)
        };
        let relinearization = usize::from(input.u8()?).checked_sub(1).map(level).transpose()?;
        let mut galois = BTreeMap::new();
        for _ in 0..input.count(9)? {
            let element = take_element(Self::NAME, galois.last_key_value().map(|(last, _)| *last), input)?;
            galois.insert(element, level(usize::from(input.u8()?))?);
        }
        Ok(Request { relinearization, galois })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use blindbench_kernels::dispatch::Kernel;
    use blindbench_kernels::residue::ntt::RingKind;

    use super::*;
    use crate::rlwe::encryption::{Noise, encrypt_by_public_key, encrypt_by_secret_key};
    use crate::rlwe::parameters::Literal;
    use crate::rlwe::secret_key::SecretKey;

    fn params() -> Parameters {
        let literal = Literal { log_n: 6, ring: RingKind::Standard, moduli: vec![30, 26, 27], special: vec![30, 30] };
        Parameters::new(literal, Kernel::Scalar).unwrap()
    }

    /// Messages come back, are as long as is said, and no changed, cut or lengthened byte makes reading panic; a
    /// changed header, a cut and a longer message are refused.
    fn check<M: Wire<Parameters> + PartialEq + std::fmt::Debug>(params: &Parameters, message: &M) {
        let bytes = message.to_bytes();
        assert_eq!(&M::from_bytes(params, &bytes).unwrap(), message);
        for place in (0..bytes.len()).step_by(1 + bytes.len() / 500) {
            assert!(M::from_bytes(params, &bytes[..place]).is_err());
            for change in [1, 0x80, 0xff] {
                let mut changed = bytes.clone();
                changed[place] ^= change;
                let read = M::from_bytes(params, &changed);
                assert!(read.is_err() || (place >= 16 && read.unwrap() != *message), "byte {place}");
            }
        }
        assert!(M::from_bytes(params, &[&bytes[..], &[0]].concat()).is_err());
    }

    #[test]
    fn messages_come_back_and_malformed_ones_are_refused() {
        let params = params();
        let seed = Seed::from_number(1);
        let secret = SecretKey::generate(&params, &seed);
        let public = PublicKey::generate(&params, &secret, Noise::PLAIN, &seed);
        check(&params, &public);
        let message = Polynomial::zero(params.degree(), 3);
        let seeded = encrypt_by_secret_key(&params, &secret, &message, Noise::PLAIN, &seed);
        check(&params, &seeded);
        check(&params, &encrypt_by_public_key(&params, &public, &message, Noise::PLAIN, &seed));
        let request = Request { relinearization: Some(1), galois: [(5, 2), (127, 0)].into() };
        check(&params, &request);
        check(&params, &Request::default());
        check(&params, &EvaluationKeys::generate(&params, &secret, &request, &seed).unwrap());
    }

    #[test]
    fn fresh_ciphertexts_take_half_the_room_of_expanded_ones() {
        let literal = Literal { log_n: 13, ring: RingKind::Standard, moduli: vec![50; 3], special: vec![50] };
        let params = Parameters::new(literal, Kernel::best()).unwrap();
        let secret = SecretKey::generate(&params, &Seed::from_number(1));
        let message = Polynomial::zero(params.degree(), 3);
        let seeded = encrypt_by_secret_key(&params, &secret, &message, Noise::PLAIN, &Seed::from_number(2));
        // Three limbs of 50 bits, their widths, seed, level and header.
        assert_eq!(seeded.to_bytes().len(), 3 * (8192 * 50 / 8 + 1) + 32 + 1 + 16);
    }
}
