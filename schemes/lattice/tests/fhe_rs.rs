//! The same BFV circuit here and in `fhe` (fhe.rs 0.1.1, an independent implementation), slot by slot.
//!
//! Both order slots in two rows of N/2. fhe.rs counts columns by powers of 3 and calls a rotation within rows one of
//! columns, and the swap of the rows one of rows; here columns count by powers of 5. So plaintext polynomials differ,
//! but not what is encrypted in which slot.

#![allow(clippy::unwrap_used, reason = "tests")]

use std::sync::Arc;

use blindbench_core::roles::seed::Seed;
use blindbench_kernels::dispatch::Kernel;
use blindbench_lattice::bfv;
use blindbench_lattice::integers::keys::Request;
use blindbench_lattice::integers::parameters::Literal;
use blindbench_lattice::integers::rotation::Rotation;
use fhe::bfv as theirs;
use fhe_traits::{FheDecoder, FheDecrypter, FheEncoder, FheEncrypter};

const LOG_N: u32 = 10;
const T: u64 = 786_433;

/// Operands of the circuit, for all slots.
struct Inputs {
    a: Vec<u64>,
    b: Vec<u64>,
    c: Vec<u64>,
}

impl Inputs {
    fn new() -> Inputs {
        let values = |seed: u64| (0..1u64 << LOG_N).map(|i| (i * i * 31 + i * seed + seed * seed * 977) % T).collect();
        // The largest values are among them.
        let mut a: Vec<u64> = values(11);
        (a[0], a[1], a[2]) = (T - 1, T / 2, T / 2 + 1);
        Inputs { a, b: values(7919), c: values(104_729) }
    }
}

/// Every slot after each step: the product of a and b, its square less a times the plaintext c, that rotated by three
/// columns, and with swapped rows.
type Steps = [Vec<u64>; 4];

fn ours(inputs: &Inputs) -> Steps {
    let literal = Literal { log_n: LOG_N, moduli: vec![50; 4], special: vec![50], plaintext_modulus: T };
    let params = Arc::new(bfv::Parameters::new(literal, Kernel::best()).unwrap());
    let secret = bfv::SecretKey::generate(&params, &Seed::from_number(1));
    let public = secret.public_key(&Seed::from_number(2));
    let mut request = Request { relinearization: Some(3), galois: [].into() };
    params.request_rotations(&mut request, &[Rotation::Rows(3), Rotation::Columns], 3);
    let keys = secret.evaluation_keys(&request, &Seed::from_number(3)).unwrap();
    let plaintext = |values: &[u64]| params.encoder().encode_unsigned(values).unwrap();
    let a = secret.encrypt(&plaintext(&inputs.a), 3, &Seed::from_number(4)).unwrap().expand();
    let b = public.encrypt(&plaintext(&inputs.b), 3, &Seed::from_number(5)).unwrap();
    let product = a.multiply_relinearize(&b, &keys).unwrap();
    let mut difference = product.multiply(&product).unwrap().relinearize(&keys).unwrap();
    let factor = bfv::Factor::new(&params, &plaintext(&inputs.c), 3).unwrap();
    difference.subtract_assign(&a.multiply_plain(&factor).unwrap()).unwrap();
    let rotated = difference.rotate_rows(3, &keys).unwrap();
    let swapped = rotated.rotate_columns(&keys).unwrap();
    [product, difference, rotated, swapped]
        .map(|ciphertext| params.encoder().decode_unsigned(&secret.decrypt(&ciphertext).unwrap()).unwrap())
}

fn theirs(inputs: &Inputs) -> Steps {
    let mut rng = rand::rng();
    let params = theirs::BfvParametersBuilder::new()
        .set_degree(1 << LOG_N)
        .set_plaintext_modulus(T)
        .set_moduli_sizes(&[50; 4])
        .build_arc()
        .unwrap();
    let secret = theirs::SecretKey::random(&params, &mut rng);
    let public = theirs::PublicKey::new(&secret, &mut rng);
    let relinearization = theirs::RelinearizationKey::new(&secret, &mut rng).unwrap();
    let keys = theirs::EvaluationKeyBuilder::new(&secret)
        .unwrap()
        .enable_column_rotation(3)
        .unwrap()
        .enable_row_rotation()
        .unwrap()
        .build(&mut rng)
        .unwrap();
    let plaintext = |values: &[u64]| theirs::Plaintext::try_encode(values, theirs::Encoding::simd(), &params).unwrap();
    let a: theirs::Ciphertext = secret.try_encrypt(&plaintext(&inputs.a), &mut rng).unwrap();
    let b: theirs::Ciphertext = public.try_encrypt(&plaintext(&inputs.b), &mut rng).unwrap();
    let mut product = &a * &b;
    relinearization.relinearizes(&mut product).unwrap();
    let mut square = &product * &product;
    relinearization.relinearizes(&mut square).unwrap();
    let difference = &square - &(&a * &plaintext(&inputs.c));
    let rotated = keys.rotates_columns_by(&difference, 3).unwrap();
    let swapped = keys.rotates_rows(&rotated).unwrap();
    [product, difference, rotated, swapped].map(|ciphertext| {
        let plaintext = secret.try_decrypt(&ciphertext).unwrap();
        Vec::<u64>::try_decode(&plaintext, theirs::Encoding::simd()).unwrap()
    })
}

#[test]
fn the_same_circuit_gives_the_same_slots() {
    let inputs = Inputs::new();
    let (ours, theirs) = (ours(&inputs), theirs(&inputs));
    for (step, (ours, theirs)) in ours.iter().zip(&theirs).enumerate() {
        assert!(ours == theirs, "step {step}");
    }
    let first = inputs.a.iter().zip(&inputs.b).map(|(a, b)| a * b % T);
    assert!(first.eq(ours[0].iter().copied()));
}
