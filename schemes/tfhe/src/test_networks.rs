//! Small networks with made-up weights, for conformance tests and benchmarks.

use blindbench_core::conformance::made_up_weights;
use blindbench_core::network::architecture::{Activation, Architecture, Arithmetic, Dense, Input, Layer, Pixels, Sine};
use blindbench_core::network::bounds;
use blindbench_core::network::images::Shape;
use blindbench_core::network::weights::{TensorValues, Weights};
use blindbench_core::roles::seed::Seed;

/// A network with a sine on grey images of `side` x `side` pixels of four levels.
pub fn sine(side: usize, hidden: usize, classes: usize, period: u32) -> Option<(Architecture, Weights)> {
    network(side, hidden, classes, Pixels::Levels(4), Activation::Sine(Sine { period, steps: None }))
}

/// A network with a square on grey images of `side` x `side` pixels of four levels.
pub fn square(side: usize, hidden: usize, classes: usize) -> Option<(Architecture, Weights)> {
    network(side, hidden, classes, Pixels::Levels(4), Activation::Square)
}

/// A network with a sign on black and white images of `side` x `side` pixels; each hidden neuron has
/// `terms` weights of 1, as many of -1, and no bias.
pub fn sign(side: usize, hidden: usize, classes: usize, terms: usize) -> Option<(Architecture, Weights)> {
    let (mut architecture, mut weights) = network(side, hidden, classes, Pixels::Levels(2), Activation::Sign)?;
    let inputs = side * side;
    let first = weights.layers.first_mut()?.as_mut()?;
    // Neurons differ by a shift; 5 is coprime to the number of pixels, so that signs spread over the image.
    let weight = |index: usize| match (index / inputs * 7 + index % inputs * 5) % inputs {
        place if place < terms => 1,
        place if place < 2 * terms => -1,
        _ => 0,
    };
    first.weight.values = TensorValues::Integer((0..hidden * inputs).map(weight).collect());
    first.bias.values = TensorValues::Integer(vec![0; hidden]);
    architecture = bounds::declare(&architecture, &weights).ok()?;
    Some((architecture, weights))
}

fn network(
    side: usize,
    hidden: usize,
    classes: usize,
    pixels: Pixels,
    activation: Activation,
) -> Option<(Architecture, Weights)> {
    let dense = |outputs| Layer::Dense(Dense { outputs, bounds: None, typical: None });
    let architecture = Architecture {
        input: Input { shape: Shape::grey(side, side), crop: 0, pixels },
        arithmetic: Arithmetic::Integer,
        layers: vec![dense(hidden), Layer::Activation(activation), dense(classes)],
    };
    let weights = made_up_weights(&architecture, &Seed::from_number(3)).ok()?;
    let architecture = bounds::declare(&architecture, &weights).ok()?;
    Some((architecture, weights))
}
