#![allow(clippy::unwrap_used, reason = "a failing test may panic")]

mod combinations;
mod commitments;
mod encodings;
mod field;
mod logarithms;

use curve25519_dalek::{RistrettoPoint, Scalar};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

use super::engine::engine;
use super::sums::Sums;
use crate::dispatch::Kernel;

/// The kernels with code of their own that this processor runs.
fn kernels() -> impl Iterator<Item = Kernel> {
    [Kernel::Scalar, Kernel::Avx2, Kernel::Ifma].into_iter().filter(|kernel| kernel.is_available())
}

fn random(seed: u64) -> ChaCha8Rng {
    ChaCha8Rng::seed_from_u64(seed)
}

fn random_bytes(rng: &mut ChaCha8Rng) -> [u8; 64] {
    let mut bytes = [0; 64];
    rng.fill_bytes(&mut bytes);
    bytes
}

fn random_scalar(rng: &mut ChaCha8Rng) -> Scalar {
    Scalar::from_bytes_mod_order_wide(&random_bytes(rng))
}

fn random_point(rng: &mut ChaCha8Rng) -> RistrettoPoint {
    RistrettoPoint::from_uniform_bytes(&random_bytes(rng))
}

fn scalar_of(value: i64) -> Scalar {
    let magnitude = Scalar::from(value.unsigned_abs());
    if value < 0 { -magnitude } else { magnitude }
}

/// The encodings of four times the points of sums, which keep them doubled.
fn quadruples(kernel: Kernel, sums: &Sums) -> Vec<[u8; 32]> {
    sums.in_order(&engine(kernel).encode_doubled(&sums.points))
}

/// From -bound to bound.
fn random_within(rng: &mut ChaCha8Rng, bound: u64) -> i64 {
    (rng.next_u64() % (2 * bound + 1)) as i64 - bound as i64
}
