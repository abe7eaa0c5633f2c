//! Encoding against polynomial arithmetic by definition.

#![allow(clippy::unwrap_used, reason = "tests")]

use blindbench_kernels::buffer::Buffer;
use blindbench_kernels::dispatch::Kernel;
use blindbench_kernels::residue::modulus::Modulus;
use proptest::prelude::*;

use super::{Encoder, Plaintext};
use crate::ring::galois;
use blindbench_kernels::residue::ntt::RingKind;

const T: u64 = 786_433;

fn encoder(log_n: u32) -> Encoder {
    Encoder::new(Kernel::best(), Modulus::new(T).unwrap(), log_n)
}

/// `m(X^element)` by its definition.
fn image(plaintext: &Plaintext, element: usize) -> Plaintext {
    let (n, p) = (plaintext.coefficients.len(), plaintext.modulus);
    let mut coefficients = Buffer::zeroed(n);
    for (i, value) in plaintext.coefficients.iter().enumerate() {
        let to = i * element % (2 * n);
        coefficients[to % n] = if to < n { *value } else { p.negate(*value) };
    }
    Plaintext { modulus: p, coefficients }
}

#[test]
fn element_5_rotates_rows_left_and_the_last_one_swaps_them() {
    let (encoder, n) = (encoder(7), 128);
    let values: Vec<u64> = (0..n as u64).map(|i| i * i + 1).collect();
    let plaintext = encoder.encode_unsigned(&values).unwrap();
    for steps in [1, 5, -1] {
        let element = galois::rotation(RingKind::Standard, 7, steps);
        let got = encoder.decode_unsigned(&image(&plaintext, element)).unwrap();
        for (j, got) in got.iter().enumerate() {
            let (row, column) = (j / (n / 2), (j % (n / 2)) as i64);
            let from = (column + steps).rem_euclid(n as i64 / 2) as usize;
            assert_eq!(*got, values[row * n / 2 + from]);
        }
    }
    let swapped = encoder.decode_unsigned(&image(&plaintext, galois::conjugation(RingKind::Standard, 7))).unwrap();
    assert_eq!(swapped, [&values[n / 2..], &values[..n / 2]].concat());
}

#[test]
fn a_constant_is_the_same_number_in_every_slot() {
    let encoder = encoder(6);
    let plaintext = encoder.encode(&[-3; 64]).unwrap();
    assert_eq!(encoder.decode_coefficients(&plaintext).unwrap(), [&[-3][..], &[0; 63]].concat());
}

proptest! {
    #[test]
    fn decoding_undoes_encoding(values in prop::collection::vec(0..T, 0..=64)) {
        let encoder = encoder(6);
        let mut padded = values.clone();
        padded.resize(64, 0);
        let got = encoder.decode_unsigned(&encoder.encode_unsigned(&values).unwrap()).unwrap();
        prop_assert_eq!(&got, &padded);
        let half = (T / 2) as i64;
        let signed: Vec<i64> = padded.iter().map(|x| *x as i64 - half).collect();
        let got = encoder.decode(&encoder.encode(&signed).unwrap()).unwrap();
        prop_assert_eq!(&got, &signed);
        let got = encoder.decode_coefficients(&encoder.encode_coefficients(&signed).unwrap()).unwrap();
        prop_assert_eq!(&got, &signed);
    }
}

#[test]
fn what_does_not_fit_is_refused() {
    let encoder = encoder(6);
    let refused = encoder.encode(&[0; 65]).unwrap_err().to_string();
    assert_eq!(refused, "65 values do not fit 64 slots: take a larger ring or split them");
    let refused = encoder.encode(&[0, 1, 393_217]).unwrap_err().to_string();
    assert!(refused.contains("value 393217 at place 2 is not between -393216 and 393216"), "{refused}");
    let refused = encoder.encode_unsigned(&[T]).unwrap_err().to_string();
    assert!(refused.contains("value 786433 at place 0 is not below 786433"), "{refused}");
    // 2^16 + 1 is 1 modulo 2^7; 257 is not 1 modulo 2^9; 2^12 - 1 is no prime.
    for (t, log_n) in [(257, 8), (4095, 6)] {
        let encoder = Encoder::new(Kernel::best(), Modulus::new(t).unwrap(), log_n);
        let refused = encoder.encode(&[1]).unwrap_err().to_string();
        assert!(refused.contains("has no slots") && refused.contains("encode coefficients"), "{refused}");
        let plaintext = encoder.encode_coefficients(&[1, -2]).unwrap();
        assert_eq!(encoder.decode_coefficients(&plaintext).unwrap()[..3], [1, -2, 0]);
        let refused = self::encoder(6).decode_coefficients(&plaintext).unwrap_err().to_string();
        assert!(refused.contains(&format!("modulo {t}")) && refused.contains("modulo 786433"), "{refused}");
    }
}

/// Coefficients of the polynomial that is i^2 + 1 in slot i, modulo 257 in degree 64, computed in Python by the
/// definition: c_k = 1/N sum_j v_j root^(-e_j k), with the root 9 of order 128 and the exponents 5^j, then -5^j.
const KNOWN: [u64; 64] = [
    178, 231, 97, 101, 151, 101, 10, 130, 233, 233, 78, 248, 75, 173, 43, 39, 53, 217, 78, 63, 219, 144, 122, 29, 209,
    40, 129, 237, 194, 133, 65, 183, 63, 241, 201, 191, 122, 91, 215, 199, 155, 115, 122, 94, 159, 0, 180, 231, 144,
    244, 127, 134, 222, 174, 122, 49, 126, 215, 24, 202, 214, 228, 221, 16,
];

#[test]
fn slots_stand_where_the_definition_has_them() {
    let encoder = Encoder::new(Kernel::best(), Modulus::new(257).unwrap(), 6);
    let values: Vec<u64> = (0..64).map(|i| (i * i + 1) % 257).collect();
    assert_eq!(encoder.encode_unsigned(&values).unwrap().coefficients(), KNOWN);
}
