//! CryptoNets (Gilad-Bachrach et al., ICML 2016), its two pooling layers folded into the dense layer
//! behind them, as that paper evaluates it.

use blindbench_core::network::architecture::{Architecture, Layer};

use super::recipe::{Augmentation, Recipe};
use super::shorthand::{conv5, dense, real, square};
use super::{Entry, Files};

/// The real network.
pub struct CryptoNets;

impl Entry for CryptoNets {
    fn name(&self) -> &'static str {
        "cryptonets"
    }

    fn summary(&self) -> &'static str {
        "the convolutional network of CryptoNets: 5 maps, two squares, real weights"
    }

    fn architecture(&self) -> Architecture {
        real(vec![conv5(5, 2, 1), square(), Layer::Flatten, dense(100), square(), dense(10)])
    }

    fn recipe(&self) -> Recipe {
        Recipe {
            epochs: 18,
            learning_rate: 0.003,
            averaging: 0.998,
            augmentation: Augmentation { shift: 1.0, rotation: 8.0, scale: 0.08, elastic: 1.0 },
            ..Recipe::mnist()
        }
    }

    fn files(&self) -> Option<Files> {
        Some(embed!("cryptonets"))
    }
}
