//! LoLa-Small (Brutzkus, Elisha and Gilad-Bachrach, ICML 2019): the convolution of `cryptonets`, one square and one
//! dense layer. That paper's larger network for MNIST, LoLa, is `cryptonets` itself.

use blindbench_core::network::architecture::{Architecture, Layer};

use super::recipe::{Augmentation, Recipe};
use super::shorthand::{conv5, dense, real, square};
use super::{Entry, Files};

/// The real network.
pub struct LolaSmall;

impl Entry for LolaSmall {
    fn name(&self) -> &'static str {
        "lola-small"
    }

    fn summary(&self) -> &'static str {
        "the small network of LoLa: 5 maps, one square, real weights"
    }

    fn architecture(&self) -> Architecture {
        real(vec![conv5(5, 2, 1), square(), Layer::Flatten, dense(10)])
    }

    fn recipe(&self) -> Recipe {
        Recipe {
            epochs: 20,
            learning_rate: 0.003,
            averaging: 0.998,
            augmentation: Augmentation { shift: 0.5, rotation: 4.0, scale: 0.04, elastic: 0.5 },
            ..Recipe::mnist()
        }
    }

    fn files(&self) -> Option<Files> {
        Some(embed!("lola-small"))
    }
}
