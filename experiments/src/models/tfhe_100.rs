//! 576-100-10 with a sine, for programmable bootstrapping without a padding bit.

use blindbench_core::network::architecture::Architecture;

use super::recipe::Recipe;
use super::{Entry, Files, sine_network};

/// A hundred neurons.
pub struct Tfhe100;

impl Entry for Tfhe100 {
    fn name(&self) -> &'static str {
        "tfhe-100"
    }

    fn summary(&self) -> &'static str {
        "100 neurons with a sine activation, small integer weights, black and white pixels"
    }

    fn architecture(&self) -> Architecture {
        sine_network::architecture(100)
    }

    fn recipe(&self) -> Recipe {
        sine_network::recipe()
    }

    fn files(&self) -> Option<Files> {
        Some(embed!("tfhe-100"))
    }
}
