//! The network of TenSEAL's tutorial "Encrypted Convolution on MNIST" (the library: Benaissa, Retiat, Cebere and
//! Belfedhal, arXiv:2104.03152), trained here: the tutorial's own answers 9,777 of the 10,000 test images right.

use blindbench_core::network::architecture::{Architecture, Layer};

use super::recipe::{Augmentation, Recipe};
use super::shorthand::{conv7, dense, real, square};
use super::{Entry, Files};

/// The real network.
pub struct TensealTutorial;

impl Entry for TensealTutorial {
    fn name(&self) -> &'static str {
        "tenseal-tutorial"
    }

    fn summary(&self) -> &'static str {
        "the network of TenSEAL's tutorial: 4 maps, two squares, real weights"
    }

    fn architecture(&self) -> Architecture {
        real(vec![conv7(4, 3), square(), Layer::Flatten, dense(64), square(), dense(10)])
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
        Some(embed!("tenseal-tutorial"))
    }
}
