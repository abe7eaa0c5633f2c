//! Writes what the fuzz targets start from, one file for each kind of message, to `corpus/<target>`: without, a fuzzer
//! is long in finding out what a key looks like. Run in schemes/lattice/fuzz: `cargo run --example corpus`.

use blindbench_core::roles::seed::Seed;
use blindbench_core::wire::Encode;
use blindbench_lattice::rlwe::ciphertext::Ciphertext;
use blindbench_lattice::rlwe::encryption::{Noise, encrypt_by_secret_key};
use blindbench_lattice::rlwe::evaluation_keys::{EvaluationKeys, Request, special_constants};
use blindbench_lattice::rlwe::public_key::PublicKey;
use blindbench_lattice::rlwe::secret_key::SecretKey;
use blindbench_lattice::rns::polynomial::Polynomial;

#[path = "../fuzz_targets/parameters.rs"]
mod parameters;

fn write(target: &str, name: &str, bytes: &[u8]) -> std::io::Result<()> {
    let folder = std::path::Path::new("corpus").join(target);
    std::fs::create_dir_all(&folder)?;
    std::fs::write(folder.join(name), bytes)
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let params = parameters::small();
    let seed = Seed::from_number(1);
    let secret = SecretKey::generate(&params, &seed.derive("secret", 0));
    for level in 0..=params.max_level() {
        let zero = Polynomial::zero(params.degree(), level + 1);
        let own = seed.derive("encryption", level as u64);
        let fresh = encrypt_by_secret_key(&params, &secret, &zero, Noise::PLAIN, &own);
        write("ciphertexts", &format!("fresh-{level}"), &fresh.to_bytes())?;
        let ciphertext: Ciphertext = fresh.expand(&params);
        write("ciphertexts", &format!("ciphertext-{level}"), &ciphertext.to_bytes())?;
        let request = Request { relinearization: Some(level), galois: [(5, level), (127, 0)].into() };
        write("keys", &format!("request-{level}"), &request.to_bytes())?;
        let constants = |level| special_constants(&params, level);
        let keys = EvaluationKeys::generate(&params, &secret, &request, constants, &own)?;
        write("keys", &format!("keys-{level}"), &keys.to_bytes())?;
    }
    let public = PublicKey::generate(&params, &secret, Noise::PLAIN, &seed.derive("public", 0));
    write("keys", "public", &public.to_bytes())?;
    Ok(())
}
