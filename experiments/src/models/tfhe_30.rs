//! 576-30-10 with a sine, for programmable bootstrapping without a padding bit.

use blindbench_core::network::architecture::Architecture;

use super::recipe::Recipe;
use super::{Entry, Files, sine_network};

/// Thirty neurons.
pub struct Tfhe30;

impl Entry for Tfhe30 {
    fn name(&self) -> &'static str {
        "tfhe-30"
    }

    fn summary(&self) -> &'static str {
        "30 neurons with a sine activation, small integer weights, black and white pixels"
    }

    fn architecture(&self) -> Architecture {
        sine_network::architecture(30)
    }

    fn recipe(&self) -> Recipe {
        // With few neurons each one's noise weighs more.
        sine_network::recipe_under_noise(3.0)
    }

    fn files(&self) -> Option<Files> {
        Some(embed!("tfhe-30"))
    }
}
