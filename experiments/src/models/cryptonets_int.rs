//! `cryptonets` in integers, for the schemes that compute exactly.

use blindbench_core::network::architecture::Architecture;

use super::cryptonets::CryptoNets;
use super::recipe::{Quantization, Recipe};
use super::shorthand::integer;
use super::{Entry, Files};

/// The integer network.
pub struct CryptoNetsInt;

impl Entry for CryptoNetsInt {
    fn name(&self) -> &'static str {
        "cryptonets-int"
    }

    fn summary(&self) -> &'static str {
        "cryptonets quantised: integer weights, pixels of 2 bits"
    }

    fn architecture(&self) -> Architecture {
        integer(4, 0, CryptoNets.architecture().layers)
    }

    fn recipe(&self) -> Recipe {
        Recipe {
            start: Some("cryptonets".into()),
            epochs: 6,
            learning_rate: 0.0005,
            averaging: 0.998,
            augmentation: CryptoNets.recipe().augmentation,
            quantization: vec![Quantization::fitted(15), Quantization::fitted(7), Quantization::fitted(7)],
            ..Recipe::mnist()
        }
    }

    fn files(&self) -> Option<Files> {
        Some(embed!("cryptonets-int"))
    }
}
