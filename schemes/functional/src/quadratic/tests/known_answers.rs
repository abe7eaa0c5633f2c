//! Quadratic forms.

use std::sync::Arc;

use blindbench_core::workers::Workers;
use blindbench_kernels::dispatch::Kernel;
use blindbench_kernels::pairing::Scalar;
use serde::Deserialize;

use crate::known_answers::{bytes, cases};
use crate::quadratic::ciphertext::Randomness;
use crate::quadratic::decryptor::Decryptor;
use crate::quadratic::keys::MasterKey;
use crate::quadratic::logarithm::Logarithms;
use crate::quadratic::{Forms, Params};

const ANSWERS: &str = include_str!("../../../tests/known_answers/quadratic.json");

#[derive(Deserialize)]
struct Answers {
    secret_s: Vec<String>,
    secret_t: Vec<String>,
    public_s: Vec<String>,
    public_t: Vec<String>,
    gamma: String,
    w: [[String; 2]; 2],
    values: Vec<u16>,
    commitment: String,
    first: Vec<[String; 2]>,
    second: Vec<[String; 2]>,
    functions: Vec<Function>,
}

#[derive(Deserialize)]
struct Function {
    form: Vec<Vec<i64>>,
    key: String,
    result: i64,
}

/// Numbers are stated big-endian.
fn scalar(digits: &str) -> Scalar {
    let mut wide = [0; 64];
    bytes(digits).iter().rev().zip(&mut wide).for_each(|(byte, place)| *place = *byte);
    Scalar::from_wide_bytes(&wide)
}

/// The stated forms that a projection and a layer of squares make, by place.
fn forms(functions: &[Function]) -> (Vec<&Function>, Forms) {
    let (projection, scales) = (vec![vec![1, -2, 0, 7], vec![0, 5, -1, 3]], vec![vec![4, -9], vec![0, 0]]);
    let form = |row: &Vec<i64>| {
        let entry = |i: usize, j: usize| row.iter().zip(&projection).map(|(scale, p)| scale * p[i] * p[j]).sum::<i64>();
        (0..4).map(|i| (0..4).map(|j| entry(i, j)).collect::<Vec<_>>()).collect::<Vec<_>>()
    };
    let stated = |row| functions.iter().find(|function| function.form == form(row)).unwrap();
    (scales.iter().map(stated).collect(), Forms { projection: projection.clone(), combination: scales.clone() })
}

#[test]
fn quadratic_forms_are_those_of_another_program() {
    let answers: Answers = cases(ANSWERS).remove(0);
    let (functions, forms) = forms(&answers.functions);
    let master = MasterKey {
        s: answers.secret_s.iter().map(|digits| scalar(digits)).collect(),
        t: answers.secret_t.iter().map(|digits| scalar(digits)).collect(),
    };

    let public = master.public_key();
    let first = public.first.iter().map(|point| point.compressed().to_vec());
    assert!(first.eq(answers.public_s.iter().map(|digits| bytes(digits))));
    let second = public.second.iter().map(|point| point.compressed().to_vec());
    assert!(second.eq(answers.public_t.iter().map(|digits| bytes(digits))));

    let matrix = answers.w.each_ref().map(|row| row.each_ref().map(|digits| scalar(digits)));
    let randomness = Randomness::of(scalar(&answers.gamma), matrix).unwrap();
    let ciphertext = public.encrypt_with(&answers.values, 255, &randomness);
    assert_eq!(ciphertext.randomness.compressed().to_vec(), bytes(&answers.commitment));
    for half in [0, 1] {
        let a = ciphertext.a[half].iter().map(|point| point.compressed().to_vec());
        assert!(a.eq(answers.first.iter().map(|pair| bytes(&pair[half]))), "coordinate {half} in G1");
        let b = ciphertext.b[half].iter().map(|point| point.compressed().to_vec());
        assert!(b.eq(answers.second.iter().map(|pair| bytes(&pair[half]))), "coordinate {half} in G2");
    }

    let keys = master.derive_function_keys(&forms).unwrap();
    let encoded = keys.0.iter().map(|key| key.compressed().to_vec());
    assert!(encoded.eq(functions.iter().map(|function| bytes(&function.key))));
    let workers = Workers::new(1).unwrap();
    let logarithms = Logarithms::new(1 << 20, &Params::default(), Kernel::best(), &workers).unwrap();
    let decryptor = Decryptor::new(&forms, &keys, Arc::new(logarithms)).unwrap();
    let paired = decryptor.pair(&decryptor.project(&ciphertext));
    let results: Vec<i64> = functions.iter().map(|function| function.result).collect();
    assert_eq!(decryptor.scores(&paired).unwrap(), results);
}
