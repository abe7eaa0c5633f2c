//! The peer in Python finds the very scores that the twins have, whatever the layers.
#![allow(clippy::unwrap_used, reason = "a failing test may panic")]

use blindbench_core::adapter::{DynScheme, Entry, Environment};
use blindbench_core::conformance::{made_up_images, made_up_weights};
use blindbench_core::network::architecture::{
    Activation, Architecture, Arithmetic, Conv2d, Dense, Input, Layer, Pixels, Pool, Sine,
};
use blindbench_core::network::images::Shape;
use blindbench_core::network::logits::Logits;
use blindbench_core::network::lowered::Precision;
use blindbench_core::probe::{Detail, Operation};
use blindbench_core::roles::seed::Seed;
use blindbench_peers::{Params, Peer};

fn params() -> Params {
    Params {
        command: vec!["python3".into(), "python/cleartext.py".into()],
        params: Default::default(),
        time_limit_seconds: 60,
    }
}

fn plan(architecture: &Architecture) -> Box<dyn DynScheme> {
    <Peer as Entry>::plan(params(), architecture, 3, &Environment::default()).unwrap()
}

/// Scores of the peer and of its twin for three images.
fn scores(architecture: &Architecture) -> (Logits, Logits) {
    let peer = plan(architecture);
    let weights = made_up_weights(architecture, &Seed::from_number(3)).unwrap();
    let images = made_up_images(architecture, 3, &Seed::from_number(4));
    let seed = Seed::from_number(5);
    let holder = peer.key_holder(&seed).unwrap();
    let public = holder.public_key().unwrap();
    let mut server = peer.server(&peer.publish(&public, &weights, &seed).unwrap()).unwrap();
    server.setup(&holder.server_key(server.key_request(), &seed).unwrap()).unwrap();
    let client = holder.client().unwrap().unwrap();
    let query = client.encrypt(&images, &seed).unwrap();
    let (answer, trace) = server.evaluate(&query, &seed, Detail::Counts).unwrap();
    assert_eq!(trace.spans.len(), architecture.layers.len());
    assert!(trace.spans.iter().any(|span| span.counts[Operation::PlaintextMultiply as usize] > 0));
    let twin = peer.describe().lowered.evaluator(&weights).unwrap().logits(&images).unwrap();
    (client.decrypt(&answer).unwrap(), twin)
}

fn network(arithmetic: Arithmetic, middle: Vec<Layer>) -> Architecture {
    let pixels = match arithmetic {
        Arithmetic::Real => Pixels::Unit,
        Arithmetic::Integer => Pixels::Levels(16),
    };
    let conv = Conv2d { maps: 3, kernel: 3, stride: 2, padding: 1, bounds: None, typical: None };
    let mut layers = vec![Layer::Conv2d(conv)];
    layers.extend(middle);
    layers.push(Layer::Flatten);
    layers.push(Layer::Dense(Dense { outputs: 4, bounds: None, typical: None }));
    Architecture { input: Input { shape: Shape::grey(13, 15), crop: 1, pixels }, arithmetic, layers }
}

#[test]
fn python_peer_equals_the_twin_bit_for_bit() {
    let pool = Pool { size: 2, stride: 2 };
    let polynomial = Layer::Activation(Activation::Polynomial(vec![0.25, 0.5, -0.125]));
    for (arithmetic, middle) in [
        (Arithmetic::Real, vec![Layer::BatchNorm, Layer::AveragePool(pool), polynomial]),
        (Arithmetic::Real, vec![Layer::Activation(Activation::Relu), Layer::MaxPool(pool)]),
        (Arithmetic::Integer, vec![Layer::BatchNorm, Layer::Activation(Activation::Square), Layer::MaxPool(pool)]),
        (Arithmetic::Integer, vec![Layer::Activation(Activation::Sign)]),
        (Arithmetic::Integer, vec![Layer::AveragePool(pool), Layer::Activation(Activation::Relu)]),
    ] {
        let architecture = network(arithmetic, middle);
        assert!(plan(&architecture).describe().profile.exact);
        let (found, twin) = scores(&architecture);
        assert_eq!(found, twin, "{architecture:?}");
    }
}

#[test]
fn python_peer_keeps_its_promise_where_libraries_round() {
    let sine = |steps| Activation::Sine(Sine { period: 256, steps });
    for activation in [Activation::Sigmoid, Activation::Tanh, sine(None), sine(Some(64))] {
        for arithmetic in [Arithmetic::Real, Arithmetic::Integer] {
            let architecture = network(arithmetic, vec![Layer::Activation(activation.clone())]);
            let (found, twin) = scores(&architecture);
            let weights = made_up_weights(&architecture, &Seed::from_number(3)).unwrap();
            let promised = plan(&architecture).promise(&weights).unwrap().logit_error;
            let worst = found.errors(&twin).unwrap().into_iter().fold(0.0, f64::max);
            assert!(worst <= promised, "{activation:?}: {worst} exceeds {promised}");
        }
    }
}

#[test]
fn python_peer_lowers_to_exact_or_double_precision() {
    let precision = |arithmetic, middle| plan(&network(arithmetic, middle)).describe().lowered.precision;
    assert_eq!(precision(Arithmetic::Integer, vec![Layer::Activation(Activation::Square)]), Precision::Exact);
    assert_eq!(precision(Arithmetic::Integer, vec![Layer::Activation(Activation::Tanh)]), Precision::F64);
    assert_eq!(precision(Arithmetic::Real, vec![]), Precision::F64);
}

#[test]
fn python_peer_offers_checked_primitives() {
    let peer = plan(&network(Arithmetic::Integer, vec![]));
    let primitives = peer.primitives().unwrap();
    for name in primitives.names() {
        let mut prepared = primitives.prepare(&name, &Seed::from_number(1)).unwrap();
        assert!(prepared.check().is_err(), "nothing has run yet");
        assert!(prepared.run(2).unwrap().unwrap().wall_ns > 0);
        assert_eq!(prepared.check().unwrap(), 0.0);
    }
}

#[test]
fn python_peer_says_what_it_refuses() {
    let refused = Params { params: [("log_n".into(), blindbench_peers::Setting::Whole(13))].into(), ..params() };
    let architecture = network(Arithmetic::Integer, vec![]);
    let error = <Peer as Entry>::plan(refused, &architecture, 1, &Environment::default()).err().unwrap().to_string();
    assert!(error.contains("log_n"), "{error}");
}
