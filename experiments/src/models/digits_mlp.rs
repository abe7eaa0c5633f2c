//! 784-64-10 with a square, for the drawn digits that stand in where MNIST cannot be had.

use blindbench_core::network::architecture::{Architecture, Layer};

use super::recipe::Recipe;
use super::shorthand::{dense, real, square};
use super::{Entry, Files};

/// The real network.
pub struct DigitsMlp;

impl Entry for DigitsMlp {
    fn name(&self) -> &'static str {
        "digits-mlp"
    }

    fn summary(&self) -> &'static str {
        "for drawn digits: one hidden layer with a square activation, real weights"
    }

    fn architecture(&self) -> Architecture {
        real(vec![Layer::Flatten, dense(64), square(), dense(10)])
    }

    fn recipe(&self) -> Recipe {
        Recipe {
            dataset: "digits".into(),
            epochs: 20,
            batch: 100,
            learning_rate: 0.003,
            averaging: 0.995,
            ..Recipe::mnist()
        }
    }

    fn files(&self) -> Option<Files> {
        Some(embed!("digits-mlp"))
    }
}
