//! 784-128-64-10 with squares: deep enough for levelled encryption to matter, shallow enough to be fast.

use blindbench_core::network::architecture::{Architecture, Layer};

use super::recipe::{Augmentation, Recipe};
use super::shorthand::{dense, real, square};
use super::{Entry, Files};

/// The real network.
pub struct Mlp128x64;

impl Entry for Mlp128x64 {
    fn name(&self) -> &'static str {
        "mlp-128-64"
    }

    fn summary(&self) -> &'static str {
        "two hidden layers with square activations, real weights"
    }

    fn architecture(&self) -> Architecture {
        real(vec![Layer::Flatten, dense(128), square(), dense(64), square(), dense(10)])
    }

    fn recipe(&self) -> Recipe {
        Recipe {
            epochs: 20,
            learning_rate: 0.003,
            averaging: 0.998,
            augmentation: Augmentation { shift: 1.0, rotation: 8.0, scale: 0.08, elastic: 1.0 },
            ..Recipe::mnist()
        }
    }

    fn files(&self) -> Option<Files> {
        Some(embed!("mlp-128-64"))
    }
}
