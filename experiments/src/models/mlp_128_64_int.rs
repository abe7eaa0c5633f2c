//! `mlp-128-64` in integers, for the schemes that compute exactly.

use blindbench_core::network::architecture::Architecture;

use super::mlp_128_64::Mlp128x64;
use super::recipe::{Quantization, Recipe};
use super::shorthand::integer;
use super::{Entry, Files};

/// The integer network.
pub struct Mlp128x64Int;

impl Entry for Mlp128x64Int {
    fn name(&self) -> &'static str {
        "mlp-128-64-int"
    }

    fn summary(&self) -> &'static str {
        "mlp-128-64 quantised: integer weights, pixels of 2 bits"
    }

    fn architecture(&self) -> Architecture {
        integer(4, 0, Mlp128x64.architecture().layers)
    }

    fn recipe(&self) -> Recipe {
        Recipe {
            start: Some("mlp-128-64".into()),
            epochs: 8,
            learning_rate: 0.0005,
            averaging: 0.998,
            augmentation: Mlp128x64.recipe().augmentation,
            quantization: vec![Quantization::fitted(7), Quantization::fitted(7), Quantization::fitted(7)],
            ..Recipe::mnist()
        }
    }

    fn files(&self) -> Option<Files> {
        Some(embed!("mlp-128-64-int"))
    }
}
