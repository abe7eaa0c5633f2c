//! The layers against formulas written another way, and bounds against the values they bound.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a failing test may panic")]

use blindbench_core::conformance::{made_up_images, made_up_weights};
use blindbench_core::error::Error;
use blindbench_core::network::architecture::{
    Activation, Architecture, Arithmetic, Conv2d, Dense, Input, Layer, Pixels, Pool, Sine,
};
use blindbench_core::network::bounds;
use blindbench_core::network::images::{Images, Shape};
use blindbench_core::network::logits::{Logits, Values};
use blindbench_core::network::lowered::{Lowered, Precision};
use blindbench_core::network::weights::{LayerWeights, Tensor, TensorValues, Weights};
use blindbench_core::roles::seed::Seed;
use blindbench_core::wire::{Encode, Wire};
use proptest::prelude::*;

fn architecture(shape: Shape, pixels: Pixels, layers: Vec<Layer>) -> Architecture {
    let arithmetic = if pixels == Pixels::Unit { Arithmetic::Real } else { Arithmetic::Integer };
    Architecture { input: Input { shape, crop: 0, pixels }, arithmetic, layers }
}

fn dense(outputs: usize) -> Layer {
    Layer::Dense(Dense { outputs, bounds: None, typical: None })
}

fn conv(maps: usize, kernel: usize, stride: usize, padding: usize) -> Layer {
    Layer::Conv2d(Conv2d { maps, kernel, stride, padding, bounds: None, typical: None })
}

fn integers(shape: &[usize], values: &[i64]) -> Tensor {
    Tensor { shape: shape.to_vec(), values: TensorValues::Integer(values.to_vec()) }
}

fn logits(architecture: &Architecture, weights: &Weights, images: &Images) -> Vec<f64> {
    Lowered::model(architecture).evaluator(weights).unwrap().logits(images).unwrap().values.to_real()
}

#[test]
fn a_network_worked_out_by_hand() {
    // Pixels 0, 85, 170, 255 are levels 0, 1, 2, 3 of four.
    let net = architecture(
        Shape::grey(2, 2),
        Pixels::Levels(4),
        vec![Layer::Flatten, dense(2), Layer::Activation(Activation::Square), dense(1)],
    );
    let first = LayerWeights { weight: integers(&[2, 4], &[1, 2, 3, 4, -1, 0, 0, 1]), bias: integers(&[2], &[5, -4]) };
    let last = LayerWeights { weight: integers(&[1, 2], &[2, -3]), bias: integers(&[1], &[7]) };
    let weights = Weights { layers: vec![None, Some(first), None, Some(last)] };
    let images = Images { shape: Shape::grey(2, 2), pixels: vec![0, 85, 170, 255] };
    // (0 + 2 + 6 + 12 + 5)^2 = 625, (3 - 4)^2 = 1, 2 * 625 - 3 * 1 + 7 = 1254
    let evaluator = Lowered::model(&net).evaluator(&weights).unwrap();
    assert_eq!(evaluator.logits(&images).unwrap().values, Values::Integer(vec![1254]));
    let bounds = bounds::measure(&net, &weights).unwrap()[1].unwrap();
    assert_eq!((bounds.weight_max, bounds.bias_max, bounds.l1_max, bounds.l2_squared_max), (4, 5, 10, 30));
    assert_eq!(bounds.output_max.0, 3 * 10 + 5);
}

#[test]
fn pools_and_batch_norm_worked_out_by_hand() {
    let shape = Shape::grey(2, 4);
    let image = Images { shape, pixels: vec![0, 255, 51, 102, 0, 0, 153, 204] };
    let head = |pool: fn(Pool) -> Layer| {
        let layers = vec![Layer::BatchNorm, pool(Pool { size: 2, stride: 2 }), Layer::Flatten];
        let net = architecture(shape, Pixels::Unit, layers);
        let real = |v: f32| Tensor { shape: vec![1], values: TensorValues::Real(vec![v]) };
        let weights = Weights { layers: vec![Some(LayerWeights { weight: real(2.0), bias: real(1.0) }), None, None] };
        logits(&net, &weights, &image)
    };
    let close = |found: Vec<f64>, expected: [f64; 2]| found.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-6);
    assert!(close(head(Layer::MaxPool), [3.0, 2.6]));
    assert!(close(head(Layer::AveragePool), [1.5, 2.0]));
}

#[test]
fn the_sine_is_negacyclic_and_its_samples_round_half_up() {
    let at = |z: i64, steps| {
        let sine = Layer::Activation(Activation::Sine(Sine { period: 64, steps }));
        let net = architecture(Shape::grey(1, 1), Pixels::Levels(2), vec![Layer::Flatten, dense(1), sine]);
        let weights = Weights {
            layers: vec![
                None,
                Some(LayerWeights { weight: integers(&[1, 1], &[0]), bias: integers(&[1], &[z]) }),
                None,
            ],
        };
        logits(&net, &weights, &Images { shape: Shape::grey(1, 1), pixels: vec![0] })[0]
    };
    for z in -100..100 {
        assert!((at(z, None) + at(z + 32, None)).abs() < 1e-12);
        assert_eq!(at(z, Some(64)), at(z, None));
        assert_eq!(at(z, Some(16)), at((z + 2).div_euclid(4) * 4, None));
    }
    assert_eq!(at(16, None), 1.0);
}

/// The convolution written as its definition, one output at a time.
fn convolve(image: &[i64], shape: Shape, conv: &Conv2d, weight: &[i64], bias: &[i64]) -> Vec<i64> {
    let extent = |n: usize| (n + 2 * conv.padding - conv.kernel) / conv.stride + 1;
    let mut out = Vec::new();
    for (map, bias) in bias.iter().enumerate() {
        for top in 0..extent(shape.height) {
            for left in 0..extent(shape.width) {
                let mut sum = *bias;
                for c in 0..shape.channels {
                    for dy in 0..conv.kernel {
                        for dx in 0..conv.kernel {
                            let (y, x) = (top * conv.stride + dy, left * conv.stride + dx);
                            let inside = y >= conv.padding
                                && x >= conv.padding
                                && y < shape.height + conv.padding
                                && x < shape.width + conv.padding;
                            if inside {
                                let value =
                                    image[(c * shape.height + y - conv.padding) * shape.width + x - conv.padding];
                                sum +=
                                    weight[((map * shape.channels + c) * conv.kernel + dy) * conv.kernel + dx] * value;
                            }
                        }
                    }
                }
                out.push(sum);
            }
        }
    }
    out
}

proptest! {
    #[test]
    fn convolutions_equal_their_definition(seed: u64, channels in 1usize..4, size in 3usize..9, kernel in 1usize..4, stride in 1usize..4, padding in 0usize..3) {
        prop_assume!(padding < kernel);
        let shape = Shape { channels, height: size, width: size };
        let layer = conv(3, kernel, stride, padding);
        let net = architecture(shape, Pixels::Levels(16), vec![layer.clone(), Layer::Flatten]);
        prop_assume!(net.shapes().is_ok());
        let weights = made_up_weights(&net, &Seed::from_number(seed)).unwrap();
        let images = made_up_images(&net, 1, &Seed::from_number(seed));
        let found = Lowered::model(&net).evaluator(&weights).unwrap().logits(&images).unwrap().values;
        let Layer::Conv2d(conv) = &layer else { unreachable!() };
        let pair = weights.layers[0].as_ref().unwrap();
        let levels: Vec<i64> = net.input.levels(&images.pixels).into_iter().map(i64::from).collect();
        let expected = convolve(&levels, shape, conv, pair.weight.values.integers().unwrap(), pair.bias.values.integers().unwrap());
        prop_assert_eq!(found, Values::Integer(expected.into_iter().map(i128::from).collect()));
    }

    #[test]
    fn values_stay_within_measured_ranges_and_all_numbers_agree(seed: u64, outputs in 1usize..6) {
        let layers = vec![conv(2, 3, 2, 1), Layer::Activation(Activation::Square), Layer::MaxPool(Pool { size: 2, stride: 1 }), Layer::Flatten, dense(outputs), Layer::Activation(Activation::Relu), dense(3)];
        let net = architecture(Shape::grey(7, 7), Pixels::Levels(4), layers);
        let weights = made_up_weights(&net, &Seed::from_number(seed)).unwrap();
        let images = made_up_images(&net, 4, &Seed::from_number(seed));
        let exact = Lowered::model(&net).evaluator(&weights).unwrap().layers(&images).unwrap();
        let ranges = bounds::ranges(&net, &weights).unwrap();
        for (values, range) in exact.iter().zip(&ranges) {
            let Values::Integer(values) = values else { panic!("an integral network gave real values") };
            for image in values.chunks(range.len()) {
                prop_assert!(image.iter().zip(range).all(|(v, r)| r.low <= *v && *v <= r.high));
            }
        }
        let real = Lowered { architecture: net.clone(), precision: Precision::F64 }.evaluator(&weights).unwrap().layers(&images).unwrap();
        prop_assert_eq!(real.last().unwrap().to_real(), exact.last().unwrap().to_real());
        let declared = bounds::declare(&net, &weights).unwrap();
        prop_assert!(weights.check(&declared).is_ok());
    }

    #[test]
    fn weights_survive_safetensors_and_mutated_files_never_panic(seed: u64, at in 0usize..4000, flip in 1u8..255) {
        let net = architecture(Shape::grey(5, 5), Pixels::Unit, vec![conv(2, 3, 1, 0), Layer::BatchNorm, Layer::Flatten, dense(4)]);
        let weights = made_up_weights(&net, &Seed::from_number(seed)).unwrap();
        let mut bytes = weights.to_safetensors().unwrap();
        prop_assert_eq!(&Weights::from_safetensors(&net, &bytes).unwrap(), &weights);
        let place = at % bytes.len();
        bytes[place] ^= flip;
        let _ = Weights::from_safetensors(&net, &bytes);
        let _ = Weights::from_safetensors(&net, &bytes[..place]);
    }

    #[test]
    fn messages_round_trip_and_mutated_ones_never_panic(values in proptest::collection::vec(any::<i128>(), 0..6), at in 0usize..200, flip in 1u8..255) {
        let count = values.len() / 2 * 2;
        let logits = Logits { classes: 2, values: Values::Integer(values[..count].to_vec()) };
        let mut bytes = logits.to_bytes();
        prop_assert_eq!(Logits::from_bytes(&(), &bytes).unwrap(), logits);
        let place = at % bytes.len();
        prop_assert!(Logits::from_bytes(&(), &bytes[..place]).is_err());
        bytes[place] ^= flip;
        let _ = Logits::from_bytes(&(), &bytes);
    }
}

#[test]
fn wrong_shapes_and_broken_bounds_name_both_sides() {
    let net = architecture(Shape::grey(2, 2), Pixels::Levels(2), vec![Layer::Flatten, dense(2)]);
    let good = made_up_weights(&net, &Seed::from_number(3)).unwrap();
    let wider = architecture(Shape::grey(2, 2), Pixels::Levels(2), vec![Layer::Flatten, dense(3)]);
    let error = good.check(&wider).unwrap_err();
    assert_eq!(
        error.to_string(),
        "weights of layer 1: weight has shape [2, 4] and 8 values, the architecture has [3, 4]"
    );
    let mut declared = bounds::declare(&net, &good).unwrap();
    let Layer::Dense(layer) = &mut declared.layers[1] else { unreachable!() };
    let l1 = layer
        .bounds
        .as_mut()
        .map(|b| {
            b.l1_max -= 1;
            b.l1_max
        })
        .unwrap();
    let error = good.check(&declared).unwrap_err().to_string();
    assert_eq!(error, format!("weights of layer 1: l1_max is {}, the architecture declares at most {l1}", l1 + 1));
}

#[test]
fn layers_that_do_not_fit_name_layer_and_numbers() {
    let shapes = |layers| architecture(Shape::grey(4, 4), Pixels::Unit, layers).shapes();
    let kernel = shapes(vec![conv(2, 9, 1, 0)]).unwrap_err();
    assert_eq!(kernel.to_string(), "layer 0 (conv2d): a window of 9 with stride 1 does not fit an extent of 4");
    assert!(matches!(shapes(vec![dense(1 << 40)]), Err(Error::Layer { layer: 0, .. })));
    assert!(shapes(vec![]).is_err());
    assert!(shapes(vec![conv(2, 3, 1, 0)]).is_err(), "planes are not class scores");
    let sine = Layer::Activation(Activation::Sine(Sine { period: 100, steps: None }));
    assert_eq!(shapes(vec![sine]).unwrap_err().to_string(), "layer 0 (sine): period 100, expected a power of two");
}

#[test]
fn a_score_that_is_not_a_number_is_infinitely_wrong() {
    let logits = |v: f64| Logits { classes: 1, values: Values::Real(vec![v]) };
    assert_eq!(logits(f64::NAN).errors(&logits(1.0)).unwrap(), [f64::INFINITY]);
    assert_eq!(logits(3.0).errors(&logits(1.0)).unwrap(), [2.0]);
    assert!(logits(1.0).errors(&Logits { classes: 2, values: Values::Real(vec![1.0, 2.0]) }).is_err());
}
