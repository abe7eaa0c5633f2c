//! Small networks with made-up weights, for conformance tests.

use blindbench_core::conformance::made_up_weights;
use blindbench_core::network::architecture::{
    Activation, Architecture, Arithmetic, Conv2d, Dense, Input, Layer, Pixels, Pool,
};
use blindbench_core::network::bounds;
use blindbench_core::network::images::Shape;
use blindbench_core::network::weights::Weights;
use blindbench_core::roles::seed::Seed;

fn dense(outputs: usize) -> Layer {
    Layer::Dense(Dense { outputs, bounds: None, typical: None })
}

fn square() -> Layer {
    Layer::Activation(Activation::Square)
}

fn with_weights(
    side: usize,
    arithmetic: Arithmetic,
    pixels: Pixels,
    layers: Vec<Layer>,
) -> Option<(Architecture, Weights)> {
    let architecture =
        Architecture { input: Input { shape: Shape::grey(side, side), crop: 0, pixels }, arithmetic, layers };
    let weights = made_up_weights(&architecture, &Seed::from_number(3)).ok()?;
    Some((architecture, weights))
}

/// Networks of real weights: of matrices, of a convolution, a polynomial and a pool, and of a matrix that widens.
pub fn real() -> Vec<(Architecture, Weights)> {
    let convolution = Conv2d { maps: 2, kernel: 3, stride: 1, padding: 1, bounds: None, typical: None };
    let polynomial = Layer::Activation(Activation::Polynomial(vec![0.25, 0.5, 0.125]));
    let pool = Layer::AveragePool(Pool { size: 2, stride: 2 });
    let network = |side, layers| with_weights(side, Arithmetic::Real, Pixels::Unit, layers);
    let matrices = network(4, vec![Layer::Flatten, dense(10), square(), dense(5)]);
    let widening = network(3, vec![Layer::Flatten, dense(40), square(), dense(2)]);
    let windows = network(6, vec![Layer::Conv2d(convolution), polynomial, pool, Layer::Flatten, dense(3)]);
    matrices.into_iter().chain(windows).chain(widening).collect()
}

/// Networks of real weights with a polynomial of higher degree than 2, after a matrix and after a convolution.
pub fn of_higher_degree() -> Vec<(Architecture, Weights)> {
    let convolution = Conv2d { maps: 2, kernel: 3, stride: 1, padding: 0, bounds: None, typical: None };
    let cubic = || Layer::Activation(Activation::Polynomial(vec![0.25, 0.5, -0.125, 0.0625]));
    let network = |side, layers| with_weights(side, Arithmetic::Real, Pixels::Unit, layers);
    let matrices = network(4, vec![Layer::Flatten, dense(6), cubic(), dense(3)]);
    let windows = network(5, vec![Layer::Conv2d(convolution), cubic(), Layer::Flatten, dense(3)]);
    matrices.into_iter().chain(windows).collect()
}

/// Networks of real weights whose squares batches relinearize in different places: where maps narrow and where they widen.
pub fn of_batches() -> Vec<(Architecture, Weights)> {
    let network = |layers| with_weights(4, Arithmetic::Real, Pixels::Unit, layers);
    let narrow = network(vec![Layer::Flatten, dense(3), square(), dense(2), square(), dense(3)]);
    let wide = network(vec![Layer::Flatten, dense(1), square(), dense(4), square(), dense(200)]);
    narrow.into_iter().chain(wide).collect()
}

/// A network of integers.
pub fn integral() -> Vec<(Architecture, Weights)> {
    integers(vec![Layer::Flatten, dense(10), square(), dense(5)]).into_iter().collect()
}

/// Networks of integers as those of [`of_batches`].
pub fn integral_of_batches() -> Vec<(Architecture, Weights)> {
    let narrow = integers(vec![Layer::Flatten, dense(2), square(), dense(1), square(), dense(2)]);
    let wide = integers(vec![Layer::Flatten, dense(1), square(), dense(250)]);
    narrow.into_iter().chain(wide).collect()
}

fn integers(layers: Vec<Layer>) -> Option<(Architecture, Weights)> {
    let (architecture, weights) = with_weights(4, Arithmetic::Integer, Pixels::Levels(4), layers)?;
    Some((bounds::declare(&architecture, &weights).ok()?, weights))
}
