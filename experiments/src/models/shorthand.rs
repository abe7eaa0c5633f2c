//! Short forms in which models state their layers, and a line that names them.

use blindbench_core::network::architecture::{
    Activation, Architecture, Arithmetic, Conv2d, Dense, Input, Layer, Pixels, Pool, Sine,
};
use blindbench_core::network::images::Shape;

/// Extent of MNIST's images and of the drawn digits.
const DIGIT: Shape = Shape::grey(28, 28);

/// A network of real weights on whole digits.
pub fn real(layers: Vec<Layer>) -> Architecture {
    let input = Input { shape: DIGIT, crop: 0, pixels: Pixels::Unit };
    Architecture { input, arithmetic: Arithmetic::Real, layers }
}

/// A network of integer weights on digits cropped by `crop` at each side, with pixels `0..levels`.
pub fn integer(levels: u16, crop: usize, layers: Vec<Layer>) -> Architecture {
    let input = Input { shape: DIGIT, crop, pixels: Pixels::Levels(levels) };
    Architecture { input, arithmetic: Arithmetic::Integer, layers }
}

/// A fully connected layer.
pub fn dense(outputs: usize) -> Layer {
    Layer::Dense(Dense { outputs, bounds: None, typical: None })
}

/// A convolution with kernels of 5 x 5.
pub fn conv5(maps: usize, stride: usize, padding: usize) -> Layer {
    Layer::Conv2d(Conv2d { maps, kernel: 5, stride, padding, bounds: None, typical: None })
}

/// A convolution with kernels of 7 x 7, without padding.
pub fn conv7(maps: usize, stride: usize) -> Layer {
    Layer::Conv2d(Conv2d { maps, kernel: 7, stride, padding: 0, bounds: None, typical: None })
}

/// Means over windows of 2 x 2.
pub fn halve() -> Layer {
    Layer::AveragePool(Pool { size: 2, stride: 2 })
}

/// `z^2`
pub fn square() -> Layer {
    Layer::Activation(Activation::Square)
}

/// `c_0 + c_1 z + c_2 z^2`
pub fn quadratic(coefficients: [f64; 3]) -> Layer {
    Layer::Activation(Activation::Polynomial(coefficients.to_vec()))
}

/// `max(z, 0)`
pub fn relu() -> Layer {
    Layer::Activation(Activation::Relu)
}

/// `1` where `z >= 0`, else `-1`.
pub fn sign() -> Layer {
    Layer::Activation(Activation::Sign)
}

/// `sin(2 pi z / period)`
pub fn sine(period: u32) -> Layer {
    Layer::Activation(Activation::Sine(Sine { period, steps: None }))
}

/// The layers in one line, such as `1x28x28, dense 128, square, dense 10`.
pub fn describe(architecture: &Architecture) -> String {
    let mut parts = vec![architecture.input.cropped().to_string()];
    parts.extend(architecture.layers.iter().filter(|layer| !matches!(layer, Layer::Flatten)).map(one));
    parts.join(", ")
}

fn one(layer: &Layer) -> String {
    match layer {
        Layer::Dense(dense) => format!("dense {}", dense.outputs),
        Layer::Conv2d(conv) => format!("conv {0}x{0} stride {1} maps {2}", conv.kernel, conv.stride, conv.maps),
        Layer::AveragePool(pool) => format!("average pool {}", pool.size),
        Layer::MaxPool(pool) => format!("max pool {}", pool.size),
        Layer::Activation(Activation::Polynomial(c)) => format!("polynomial of degree {}", c.len().saturating_sub(1)),
        Layer::Activation(Activation::Sine(sine)) => format!("sine of period {}", sine.period),
        Layer::BatchNorm | Layer::Flatten | Layer::Activation(_) => layer.kind().into(),
    }
}

#[cfg(test)]
mod tests {
    use super::{dense, describe, integer, sine};

    #[test]
    fn a_line_names_the_cropped_input_and_every_layer() {
        let network = integer(2, 2, vec![super::Layer::Flatten, dense(30), sine(32), dense(10)]);
        assert_eq!(describe(&network), "1x24x24, dense 30, sine of period 32, dense 10");
    }
}
