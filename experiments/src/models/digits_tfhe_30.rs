//! `tfhe-30` for the drawn digits that stand in where MNIST cannot be had.

use blindbench_core::network::architecture::Architecture;

use super::recipe::Recipe;
use super::{Entry, Files, sine_network};

/// Thirty neurons.
pub struct DigitsTfhe30;

impl Entry for DigitsTfhe30 {
    fn name(&self) -> &'static str {
        "digits-tfhe-30"
    }

    fn summary(&self) -> &'static str {
        "for drawn digits: 30 neurons with a sine activation, small integer weights"
    }

    fn architecture(&self) -> Architecture {
        sine_network::architecture(30)
    }

    fn recipe(&self) -> Recipe {
        Recipe { dataset: "digits".into(), batch: 100, ..sine_network::recipe() }
    }

    fn files(&self) -> Option<Files> {
        Some(embed!("digits-tfhe-30"))
    }
}
