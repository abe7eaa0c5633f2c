//! `lenet5` with a polynomial in place of each ReLU, for schemes that add and multiply alone.

use blindbench_core::network::architecture::{Activation, Architecture, Layer};

use super::lenet5::LeNet5;
use super::recipe::{Range, Recipe};
use super::shorthand::quadratic;
use super::{Entry, Files};

/// `((z + 2)^2 - 1) / 8`: near the parabola that is closest to `max(z, 0)` in the mean square between -4 and 4
/// (`3/8 + z/2 + 15 z^2/128`), and one square once its shift and factor are part of the layers around it.
const ACTIVATION: [f64; 3] = [0.375, 0.5, 0.125];
/// Where it stays close: at -4 and 4 it is 3/8 above the ReLU.
const REACH: f64 = 4.0;

/// The real network.
pub struct LeNet5Poly;

impl Entry for LeNet5Poly {
    fn name(&self) -> &'static str {
        "lenet5-poly"
    }

    fn summary(&self) -> &'static str {
        "lenet5 with polynomials of degree 2 in place of ReLU, real weights"
    }

    fn architecture(&self) -> Architecture {
        let mut architecture = LeNet5.architecture();
        for layer in &mut architecture.layers {
            if *layer == Layer::Activation(Activation::Relu) {
                *layer = quadratic(ACTIVATION);
            }
        }
        architecture
    }

    fn recipe(&self) -> Recipe {
        Recipe {
            start: Some("lenet5".into()),
            epochs: 5,
            learning_rate: 0.001,
            range: Some(Range { limit: REACH, weight: 10.0 }),
            ..LeNet5.recipe()
        }
    }

    fn files(&self) -> Option<Files> {
        Some(embed!("lenet5-poly"))
    }
}
