//! 576-64-10 with a sine, for programmable bootstrapping without a padding bit.

use blindbench_core::network::architecture::Architecture;

use super::recipe::Recipe;
use super::{Entry, Files, sine_network};

/// Sixty-four neurons.
pub struct Tfhe64;

impl Entry for Tfhe64 {
    fn name(&self) -> &'static str {
        "tfhe-64"
    }

    fn summary(&self) -> &'static str {
        "64 neurons with a sine activation, small integer weights, black and white pixels"
    }

    fn architecture(&self) -> Architecture {
        sine_network::architecture(64)
    }

    fn recipe(&self) -> Recipe {
        sine_network::recipe()
    }

    fn files(&self) -> Option<Files> {
        Some(embed!("tfhe-64"))
    }
}
