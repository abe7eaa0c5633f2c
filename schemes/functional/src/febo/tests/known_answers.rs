//! Basic operations.

use std::collections::BTreeMap;

use blindbench_kernels::dispatch::Kernel;
use serde::Deserialize;

use crate::febo::algebra::encrypt_with;
use crate::febo::{Ciphertext, Error, Input, MasterKey, Operation, PublicKey, decrypt, derive_function_key};
use crate::group::logarithm::Logarithms;
use crate::group::modp::Modp3072;
use crate::group::ristretto::Ristretto255;
use crate::known_answers::{Stated, case};

const ANSWERS: &str = include_str!("../../../tests/known_answers/febo.json");

#[derive(Deserialize)]
struct Answers {
    generator: String,
    secret: String,
    public: String,
    encryptions: Vec<Encryption>,
}

#[derive(Deserialize)]
struct Encryption {
    value: i32,
    operand: i64,
    randomness: String,
    commitment: String,
    ciphertext: String,
    operations: BTreeMap<String, Answer>,
}

#[derive(Deserialize)]
struct Answer {
    key: String,
    element: String,
    result: Option<i64>,
}

fn operation(name: &str) -> Operation {
    match name {
        "add" => Operation::Add,
        "subtract" => Operation::Subtract,
        "multiply" => Operation::Multiply,
        _ => Operation::Divide,
    }
}

fn check<G: Stated>() {
    let answers = case::<G, Answers>(ANSWERS);
    let element = |digits: &str| G::decode(&G::stated_element(digits)).unwrap();
    assert!(element(&answers.generator) == G::generator());
    let master = MasterKey::<G> { secret: G::scalar_of(&answers.secret) };
    let public = PublicKey::<G>::of(&master);
    assert!(G::power(&G::generator(), &master.secret) == element(&answers.public));
    let table = Logarithms::<G>::new(Kernel::best(), 1 << 20, 1 << 16).unwrap();
    for Encryption { value, operand, randomness, commitment, ciphertext, operations } in &answers.encryptions {
        let encrypted: Ciphertext<G> = encrypt_with(&public, *value, G::scalar_of(randomness));
        assert!(encrypted.commitment == element(commitment) && encrypted.element == element(ciphertext), "{value}");
        for (name, answer) in operations {
            let key = derive_function_key(&master, &encrypted.commitment, operation(name), *operand).unwrap();
            assert!(key.0 == element(&answer.key), "{name} {value} {operand}");
            let input = Input { ciphertext: encrypted.clone(), key, operand: *operand };
            let expected = answer.result.ok_or(Error::NotDivisible { index: 0, divisor: *operand });
            assert_eq!(decrypt(&table, operation(name), &[input]), expected.map(|result| vec![result]));
            if let Some(result) = answer.result {
                assert_eq!(G::encoded_power(result), G::stated_element(&answer.element), "{name} {value} {operand}");
            }
        }
    }
}

#[test]
fn basic_operations_are_those_of_another_program() {
    check::<Ristretto255>();
    check::<Modp3072>();
}
