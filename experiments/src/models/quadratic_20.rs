//! Half of `quadratic-40` on the 22 x 22 pixels in the middle: 484 inputs fit 512 slots. With 16 neurons or fewer the
//! same training stays below 97 % of the validation images.

use blindbench_core::network::architecture::{Architecture, Layer};

use super::recipe::{Augmentation, Quantization, Recipe};
use super::shorthand::{dense, integer, square};
use super::{Entry, Files};

/// The integer network.
pub struct Quadratic20;

impl Entry for Quadratic20 {
    fn name(&self) -> &'static str {
        "quadratic-20"
    }

    fn summary(&self) -> &'static str {
        "20 neurons and one square on cropped images, small integer weights: the fastest at 97 %"
    }

    fn architecture(&self) -> Architecture {
        integer(4, 3, vec![Layer::Flatten, dense(20), square(), dense(10)])
    }

    fn recipe(&self) -> Recipe {
        Recipe {
            epochs: 80,
            learning_rate: 0.004,
            averaging: 0.998,
            augmentation: Augmentation { shift: 0.5, rotation: 4.0, scale: 0.04, elastic: 0.5 },
            quantization: vec![Quantization::fixed(3, 12.0), Quantization::fixed(7, 8.0)],
            ..Recipe::mnist()
        }
    }

    fn files(&self) -> Option<Files> {
        Some(embed!("quadratic-20"))
    }
}
