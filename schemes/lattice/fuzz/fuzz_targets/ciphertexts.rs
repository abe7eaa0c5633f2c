//! Bytes as ciphertexts: what is read can be worked with and is written as it was.
#![no_main]

mod parameters;

use std::sync::LazyLock;

use blindbench_core::wire::{Encode, Wire};
use blindbench_lattice::rlwe::ciphertext::Ciphertext;
use blindbench_lattice::rlwe::encryption::SeededCiphertext;
use blindbench_lattice::rlwe::parameters::Parameters;
use libfuzzer_sys::fuzz_target;

static PARAMS: LazyLock<Parameters> = LazyLock::new(parameters::small);

fuzz_target!(|bytes: &[u8]| {
    if let Ok(mut ciphertext) = Ciphertext::from_bytes(&PARAMS, bytes) {
        assert_eq!(Ciphertext::from_bytes(&PARAMS, &ciphertext.to_bytes()).as_ref(), Ok(&ciphertext));
        let _ = ciphertext.tensor(&PARAMS, &ciphertext);
        let _ = ciphertext.divide_by_last(&PARAMS);
    }
    if let Ok(seeded) = SeededCiphertext::from_bytes(&PARAMS, bytes) {
        let _ = seeded.expand(&PARAMS);
    }
});
