//! 784-40-10 with one square (the shape of Dufour-Sans, Gay and Pointcheval, ePrint 2018/206), all in small
//! integers: the network that every scheme runs with the same weights.

use blindbench_core::network::architecture::{Architecture, Layer};

use super::recipe::{Augmentation, Quantization, Recipe};
use super::shorthand::{dense, integer, square};
use super::{Entry, Files};

/// The integer network.
pub struct Quadratic40;

impl Entry for Quadratic40 {
    fn name(&self) -> &'static str {
        "quadratic-40"
    }

    fn summary(&self) -> &'static str {
        "40 neurons and one square, small integer weights: runs under every scheme"
    }

    fn architecture(&self) -> Architecture {
        integer(4, 0, vec![Layer::Flatten, dense(40), square(), dense(10)])
    }

    fn recipe(&self) -> Recipe {
        Recipe {
            epochs: 40,
            learning_rate: 0.003,
            averaging: 0.99,
            augmentation: Augmentation { shift: 0.5, rotation: 4.0, scale: 0.04, elastic: 0.5 },
            quantization: vec![Quantization::fixed(3, 12.0), Quantization::fixed(7, 8.0)],
            ..Recipe::mnist()
        }
    }

    fn files(&self) -> Option<Files> {
        Some(embed!("quadratic-40"))
    }
}
