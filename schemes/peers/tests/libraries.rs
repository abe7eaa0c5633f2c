//! Programs on foreign libraries, through the protocol: operations without a network, held to the
//! error that they state.
//!
//! Each needs the environment that `scripts/install-peers` makes; without it there is nothing to test, and the
//! test says so.
#![allow(clippy::unwrap_used, reason = "a failing test may panic")]

use blindbench_core::adapter::{Entry, Environment};
use blindbench_core::primitives::Offer;
use blindbench_core::roles::seed::Seed;
use blindbench_peers::{Params, Peer, Setting};

/// A program in its environment; none where that is not installed.
fn program(library: &str, params: &[(&str, Setting)]) -> Option<Params> {
    let python = format!("{}/../../target/peers/{library}/bin/python", env!("CARGO_MANIFEST_DIR"));
    if !std::path::Path::new(&python).exists() {
        eprintln!("NOTICE: {python} is missing: the peer on {library} is not tested");
        return None;
    }
    Some(Params {
        command: vec![python, format!("python/{library}_peer.py")],
        params: params.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect(),
        time_limit_seconds: 60,
    })
}

fn text(value: &str) -> Setting {
    Setting::Text(value.into())
}

fn bits(bits: &[i64]) -> Setting {
    Setting::Numbers(bits.to_vec())
}

/// Every operation runs by the program's own clock and keeps to the stated error.
fn holds(params: Params, log_n: Option<f64>, operations: &[&str]) {
    let Offer { description, primitives } = <Peer as Entry>::operations(params, &Environment::default()).unwrap();
    assert!(description.claimed && description.log_n == log_n, "{description:?}");
    assert_eq!(primitives.names(), operations);
    for name in primitives.names() {
        let mut prepared = primitives.prepare(&name, &Seed::from_number(1)).unwrap();
        assert!(prepared.check().is_err(), "nothing has run yet");
        assert!(prepared.run(2).unwrap().unwrap().cpu_ns > 0);
        let error = prepared.check().unwrap();
        assert!(error <= description.error_bound, "{name} is off by {error}");
    }
}

const APPROXIMATE: [&str; 8] =
    ["encode", "encrypt", "decrypt", "add", "mul_plain_rescale", "mul_relin_rescale", "rotate", "circuit"];
const EXACT: [&str; 7] = ["encode", "encrypt", "decrypt", "add", "mul_relin", "rotate", "circuit"];

#[test]
fn peer_on_seal_keeps_to_the_stated_error() {
    let common = [("log_n", Setting::Whole(12)), ("moduli", bits(&[50, 50])), ("special", bits(&[50]))];
    let ckks = [&common[..], &[("scheme", text("ckks")), ("log_scale", Setting::Whole(45))]].concat();
    let bfv = [&common[..], &[("scheme", text("bfv")), ("plaintext_modulus", Setting::Whole(65_537))]].concat();
    for (params, operations) in [(ckks, &APPROXIMATE[..]), (bfv, &EXACT)] {
        let Some(params) = program("tenseal", &params) else { return };
        holds(params, Some(12.0), operations);
    }
}

#[test]
fn peer_on_openfhe_keeps_to_the_stated_error() {
    let common = [("log_n", Setting::Whole(12)), ("moduli", bits(&[50, 50])), ("special", bits(&[60]))];
    let modulus = ("plaintext_modulus", Setting::Whole(65_537));
    for scheme in ["bfv", "bgv"] {
        let Some(params) = program("openfhe", &[&common[..], &[("scheme", text(scheme)), modulus.clone()]].concat())
        else {
            return;
        };
        holds(params, Some(12.0), &EXACT);
    }
}

#[test]
fn peer_without_operations_of_its_own_refuses_in_its_own_words() {
    let command = vec!["python3".into(), "python/cleartext.py".into()];
    let params = Params { command, params: Default::default(), time_limit_seconds: 60 };
    let error = <Peer as Entry>::operations(params, &Environment::default()).unwrap_err().to_string();
    assert!(error.contains("no operations without a network"), "{error}");
}

#[test]
fn peer_on_pymife_finds_inner_products() {
    let sizes =
        [("length", 6), ("input_max", 255), ("weight_max", 127)].map(|(name, size)| (name, Setting::Whole(size)));
    let Some(params) = program("pymife", &[&[("group", text("modp1024"))], &sizes[..]].concat()) else { return };
    let operations = ["setup_6", "derive_function_key_6", "encrypt_6", "inner_product_6", "inner_products_6_decoded"];
    holds(params, None, &operations);
}
