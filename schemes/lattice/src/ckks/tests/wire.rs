//! Ciphertexts as bytes.

use blindbench_core::wire::{Encode, Wire};

use super::*;
use crate::ckks::encryption::SeededCiphertext;

/// No changed, cut or lengthened message makes reading panic; cut and longer ones are refused.
fn mutate<T: Wire<Parameters> + PartialEq + std::fmt::Debug>(params: &Parameters, message: &T) {
    let bytes = message.to_bytes();
    assert_eq!(&T::from_bytes(params, &bytes).unwrap(), message);
    assert!(T::from_bytes(params, &[bytes.as_slice(), &[0]].concat()).is_err());
    for place in (0..bytes.len()).step_by(7).chain(bytes.len() - 24..bytes.len()) {
        assert!(T::from_bytes(params, &bytes[..place]).is_err());
        for change in [1, 0x80, 0xff] {
            let mut changed = bytes.clone();
            changed[place] ^= change;
            if let Ok(read) = T::from_bytes(params, &changed) {
                assert_ne!(&read, message, "byte {place}");
            }
        }
    }
    for (from_end, what) in [(24, "scale of 0"), (16, "noise of NaN"), (8, "values of NaN")] {
        let mut changed = bytes.clone();
        let place = bytes.len() - from_end;
        let real = if from_end == 24 { 0.0 } else { f64::NAN };
        changed[place..place + 8].copy_from_slice(&real.to_le_bytes());
        let refused = T::from_bytes(params, &changed).unwrap_err().to_string();
        assert!(refused.contains(what), "{refused}");
    }
}

#[test]
fn ciphertexts_come_back_and_malformed_ones_are_refused() {
    for params in &cases()[3..] {
        let keys = Keys::of_request(params, &Request::default());
        let bench = Bench::new(params, &keys);
        let x = values(params, 1);
        mutate(params, &bench.encrypt(&x, 1, 1));
        let plaintext = bench.encoder.encode_complex(&x, 1, params.scale()).unwrap();
        let seed = Seed::from_number(2);
        let seeded: SeededCiphertext = encrypt_by_secret_key(params, &keys.secret, &plaintext, &seed).unwrap();
        mutate(params, &seeded);
        // Half the bytes, but for headers.
        let expanded = seeded.clone().expand(params).unwrap();
        assert!(seeded.to_bytes().len() < expanded.to_bytes().len() * 11 / 20);
    }
}
