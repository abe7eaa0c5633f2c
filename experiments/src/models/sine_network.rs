//! What the networks with one sine layer have in common.
//!
//! A sine is negacyclic, `f(z + period / 2) = -f(z)`: one programmable bootstrapping evaluates it over the
//! whole torus, without a padding bit and without overflow. A period of 32 torus units keeps weights of
//! 2 bits and a sign apart from the noise.

use blindbench_core::network::architecture::{Architecture, Layer};

use super::recipe::{Augmentation, Quantization, Recipe, TorusNoise};
use super::shorthand::{dense, integer, sine};

/// Period of the sine: a power of two, so that it divides the torus.
const PERIOD: u32 = 32;

/// `hidden` neurons on black and white pixels of the 24 x 24 in the middle.
pub fn architecture(hidden: usize) -> Architecture {
    integer(2, 2, vec![Layer::Flatten, dense(hidden), sine(PERIOD), dense(10)])
}

/// Trained with the noise of encrypted evaluation: pixels at deviation 2^-11.68 (the 132-bit curve at LWE
/// dimension 576), a switch to 1024 steps, and a little on the output of each bootstrapping.
pub fn recipe() -> Recipe {
    recipe_under_noise(1.0)
}

/// As [`recipe`], under `factor` times the noise: labels then lie further from where noise changes them.
pub fn recipe_under_noise(factor: f64) -> Recipe {
    Recipe {
        epochs: 40,
        learning_rate: 0.004,
        averaging: 0.99,
        augmentation: Augmentation { shift: 0.3, rotation: 3.0, scale: 0.03, elastic: 0.3 },
        quantization: vec![Quantization::fixed(3, f64::from(PERIOD)).rate(0.08), Quantization::fixed(31, 8.0)],
        noise: Some(TorusNoise {
            pixel: factor * (-11.68f64).exp2(),
            modulus_switch: factor * 0.0034,
            activation: factor * 0.01,
        }),
        ..Recipe::mnist()
    }
}
