//! Small instances for the conformance tests.

use blindbench_core::conformance::made_up_weights;
use blindbench_core::network::architecture::{
    Activation, Architecture, Arithmetic, Conv2d, Dense, Input, Layer, Pixels, Pool,
};
use blindbench_core::network::bounds;
use blindbench_core::network::images::Shape;
use blindbench_core::roles::seed::Seed;
use blindbench_core::scheme::Case;

use super::{Params, Variant};
use crate::group::choice::GroupChoice;

/// Tables this small leave giant steps.
const SMALL_TABLE: u64 = 1 << 10;

/// Both variants, dense and convolutional. The group of 3072 bits is the one of 256 bits with longer numbers, a hundred times
/// slower.
pub fn cases() -> Vec<Case<Params>> {
    let convolution =
        || Layer::Conv2d(Conv2d { maps: 2, kernel: 3, stride: 2, padding: 1, bounds: None, typical: None });
    let pool = Layer::MaxPool(Pool { size: 2, stride: 1 });
    [
        case(Params::default(), 4, vec![convolution(), Layer::Activation(Activation::Relu), pool, Layer::Flatten]),
        case(
            Params { variant: Variant::Adaptive, table_bytes: SMALL_TABLE, ..Params::default() },
            5,
            vec![Layer::Flatten, dense(4), Layer::Activation(Activation::Square)],
        ),
        case(
            Params { group: GroupChoice::SafePrime256, table_bytes: SMALL_TABLE, ..Params::default() },
            5,
            vec![dense(3), Layer::Activation(Activation::Relu)],
        ),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// Parameters whose operations run within seconds.
pub fn operation_cases() -> Vec<Params> {
    let table_bytes = 1 << 22;
    vec![
        Params { table_bytes, ..Params::default() },
        Params { table_bytes, group: GroupChoice::SafePrime256, variant: Variant::Adaptive, ..Params::default() },
    ]
}

fn dense(outputs: usize) -> Layer {
    Layer::Dense(Dense { outputs, bounds: None, typical: None })
}

/// A network on images of `side` x `side` pixels of 16 levels that ends in three scores.
fn case(params: Params, side: usize, mut layers: Vec<Layer>) -> Option<Case<Params>> {
    layers.push(dense(3));
    let input = Input { shape: Shape::grey(side, side), crop: 0, pixels: Pixels::Levels(16) };
    let architecture = Architecture { input, arithmetic: Arithmetic::Integer, layers };
    let weights = made_up_weights(&architecture, &Seed::from_number(5)).ok()?;
    let architecture = bounds::declare(&architecture, &weights).ok()?;
    Some(Case { params, architecture, weights })
}
