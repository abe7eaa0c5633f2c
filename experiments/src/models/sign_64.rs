//! 576-64-10 with signs: integers all the way, in ranges that exact programmable bootstrapping affords.

use blindbench_core::network::architecture::{Architecture, Layer};

use super::recipe::{Augmentation, Quantization, Recipe};
use super::shorthand::{dense, integer, sign};
use super::{Entry, Files};

/// Sixty-four neurons.
pub struct Sign64;

impl Entry for Sign64 {
    fn name(&self) -> &'static str {
        "sign-64"
    }

    fn summary(&self) -> &'static str {
        "64 neurons with a sign activation, ternary weights: exact under programmable bootstrapping"
    }

    fn architecture(&self) -> Architecture {
        integer(2, 2, vec![Layer::Flatten, dense(64), sign(), dense(10)])
    }

    fn recipe(&self) -> Recipe {
        Recipe {
            epochs: 40,
            learning_rate: 0.004,
            averaging: 0.99,
            augmentation: Augmentation { shift: 0.3, rotation: 3.0, scale: 0.03, elastic: 0.3 },
            // A power of two keeps sums of weights exact while training, and so the sign of zero.
            // 30 is what an accumulator of 2048 coefficients tells apart from its noise, any image whatever.
            quantization: vec![Quantization::fixed(1, 8.0).rate(0.3).output_max(30), Quantization::fixed(7, 16.0)],
            ..Recipe::mnist()
        }
    }

    fn files(&self) -> Option<Files> {
        Some(embed!("sign-64"))
    }
}
