//! Bytes as keys: what is read can be used on a ciphertext.
#![no_main]

mod parameters;

use std::sync::LazyLock;

use blindbench_core::wire::Wire;
use blindbench_lattice::rlwe::ciphertext::Ciphertext;
use blindbench_lattice::rlwe::evaluation_keys::{EvaluationKeys, Request};
use blindbench_lattice::rlwe::parameters::Parameters;
use blindbench_lattice::rlwe::public_key::PublicKey;
use blindbench_lattice::rns::polynomial::Polynomial;
use libfuzzer_sys::fuzz_target;

static PARAMS: LazyLock<Parameters> = LazyLock::new(parameters::small);

fuzz_target!(|bytes: &[u8]| {
    let _ = Request::from_bytes(&PARAMS, bytes);
    let _ = PublicKey::from_bytes(&PARAMS, bytes);
    if let Ok(keys) = EvaluationKeys::from_bytes(&PARAMS, bytes) {
        let zero = [(); 2].map(|()| Polynomial::zero(PARAMS.degree(), PARAMS.max_level() + 1));
        let ciphertext = Ciphertext { parts: zero.into() };
        for element in [5, 127] {
            let _ = keys.galois(element).and_then(|key| key.apply(&PARAMS, &ciphertext));
        }
    }
});
