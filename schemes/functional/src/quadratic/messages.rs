//! What travels: points of keys compressed, those of queries uncompressed.
//!
//! Of a query's points it is checked here that they are on the curve. Taking them uncompressed saves the server 3140
//! square roots an image at twice the bytes. That they have order r is tested for all of an image together, when it is
//! evaluated ([`super::decryptor`]); points of keys are tested one by one.

use blindbench_core::error::{Error, Result};
use blindbench_core::network::weights::Weights;
use blindbench_core::wire::{Encode, Reader, Wire};
use blindbench_kernels::pairing::{Affine, G1Affine, G2Affine, MalformedPoint};

use super::ciphertext::Ciphertext;
use super::form::Forms;
use super::keys::{FunctionKeys, PublicKey};
use super::scheme::Quadratic;
use crate::network::Published;

/// A message that is read in the context of a plan.
#[derive(Debug)]
pub struct Of<T>(pub T);

impl Wire<Quadratic> for Published {
    fn take(scheme: &Quadratic, input: &mut Reader<'_>) -> Result<Self> {
        Weights::take(scheme.architecture(), input).map(Published)
    }
}

/// Reads `count` points of `N` bytes each.
fn points<P, const N: usize>(
    message: &'static str,
    count: usize,
    input: &mut Reader<'_>,
    read: impl Fn(&[u8; N]) -> Result<P, MalformedPoint>,
) -> Result<Vec<P>> {
    let bytes = input.bytes(count.saturating_mul(N))?;
    let malformed = |(place, error)| Error::wire(message, format!("point {place}: {error}"));
    let read = |(place, bytes)| read(bytes).map_err(|error| malformed((place, error)));
    bytes.as_chunks::<N>().0.iter().enumerate().map(read).collect()
}

impl Encode for Of<PublicKey> {
    const TAG: [u8; 4] = *b"QUPK";
    const NAME: &'static str = "public key of quadratic forms";

    fn put(&self, out: &mut Vec<u8>) {
        self.0.first.iter().for_each(|point| out.extend(point.compressed()));
        self.0.second.iter().for_each(|point| out.extend(point.compressed()));
    }
}

impl Wire<Quadratic> for Of<PublicKey> {
    fn take(scheme: &Quadratic, input: &mut Reader<'_>) -> Result<Self> {
        let length = scheme.network().length();
        let first = points(Self::NAME, length, input, G1Affine::from_compressed)?;
        let second = points(Self::NAME, length, input, G2Affine::from_compressed)?;
        Ok(Of(PublicKey { first, second }))
    }
}

impl Encode for Of<FunctionKeys> {
    const TAG: [u8; 4] = *b"QUFK";
    const NAME: &'static str = "function keys of quadratic forms";

    fn put(&self, out: &mut Vec<u8>) {
        self.0.0.iter().for_each(|point| out.extend(point.compressed()));
    }
}

impl Wire<Quadratic> for Of<FunctionKeys> {
    fn take(scheme: &Quadratic, input: &mut Reader<'_>) -> Result<Self> {
        let classes = scheme.network().classes;
        points(Self::NAME, classes, input, G2Affine::from_compressed).map(|keys| Of(FunctionKeys(keys)))
    }
}

impl Encode for Of<Ciphertext> {
    const TAG: [u8; 4] = *b"QUCT";
    const NAME: &'static str = "ciphertext of quadratic forms";

    fn put(&self, out: &mut Vec<u8>) {
        let Ciphertext { randomness, a, b } = &self.0;
        out.extend(randomness.to_bytes());
        a.iter().flatten().for_each(|point| out.extend(point.to_bytes()));
        b.iter().flatten().for_each(|point| out.extend(point.to_bytes()));
    }
}

impl Wire<Quadratic> for Of<Ciphertext> {
    fn take(scheme: &Quadratic, input: &mut Reader<'_>) -> Result<Self> {
        let length = scheme.network().length();
        let mut first = |count| points(Self::NAME, count, input, proper(G1Affine::from_bytes_of_any_order));
        let randomness = first(1)?;
        let a = [first(length)?, first(length)?];
        let mut second = || points(Self::NAME, length, input, proper(G2Affine::from_bytes_of_any_order));
        let b = [second()?, second()?];
        match randomness[..] {
            [randomness] => Ok(Of(Ciphertext { randomness, a, b })),
            _ => Err(Error::wire(Self::NAME, "no randomness")),
        }
    }
}

/// The neutral element is in no ciphertext, but for a chance of 2^-243 that would tell everything.
fn proper<P: Affine, const N: usize>(
    read: impl Fn(&[u8; N]) -> Result<P, MalformedPoint>,
) -> impl Fn(&[u8; N]) -> Result<P, MalformedPoint> {
    move |bytes| {
        read(bytes).and_then(|point| if point.is_neutral() { Err(MalformedPoint::Encoding) } else { Ok(point) })
    }
}

impl Encode for Of<Forms> {
    const TAG: [u8; 4] = *b"QUFM";
    const NAME: &'static str = "quadratic forms";

    fn put(&self, out: &mut Vec<u8>) {
        let numbers = self.0.projection.iter().chain(&self.0.combination).flatten();
        numbers.for_each(|weight| out.extend((*weight as i32).to_le_bytes()));
    }
}

impl Wire<Quadratic> for Of<Forms> {
    fn take(scheme: &Quadratic, input: &mut Reader<'_>) -> Result<Self> {
        let network = scheme.network();
        let projection = rows(network.hidden, network.length(), input)?;
        Ok(Of(Forms { projection, combination: rows(network.classes, network.hidden, input)? }))
    }
}

/// Reads a matrix of 32-bit numbers.
fn rows(count: usize, length: usize, input: &mut Reader<'_>) -> Result<Vec<Vec<i64>>> {
    let bytes = input.bytes(count.saturating_mul(length).saturating_mul(4))?;
    let numbers: Vec<i64> = bytes.as_chunks::<4>().0.iter().map(|bytes| i32::from_le_bytes(*bytes).into()).collect();
    Ok(numbers.chunks(length.max(1)).map(<[i64]>::to_vec).collect())
}
