//! LeNet-5 (LeCun et al., Proc. IEEE 1998) as it is used today: ReLU, means over windows, dense layers of
//! 120, 84 and 10.

use blindbench_core::network::architecture::{Architecture, Layer};

use super::recipe::{Augmentation, Recipe};
use super::shorthand::{conv5, dense, halve, real, relu};
use super::{Entry, Files};

/// The real network.
pub struct LeNet5;

impl Entry for LeNet5 {
    fn name(&self) -> &'static str {
        "lenet5"
    }

    fn summary(&self) -> &'static str {
        "LeNet-5 with ReLU and average pooling, real weights"
    }

    fn architecture(&self) -> Architecture {
        real(vec![
            conv5(6, 1, 2),
            relu(),
            halve(),
            conv5(16, 1, 0),
            relu(),
            halve(),
            Layer::Flatten,
            dense(120),
            relu(),
            dense(84),
            relu(),
            dense(10),
        ])
    }

    fn recipe(&self) -> Recipe {
        Recipe {
            epochs: 8,
            batch: 125,
            learning_rate: 0.002,
            averaging: 0.998,
            augmentation: Augmentation { shift: 1.0, rotation: 8.0, scale: 0.08, elastic: 1.0 },
            ..Recipe::mnist()
        }
    }

    fn files(&self) -> Option<Files> {
        Some(embed!("lenet5"))
    }
}
