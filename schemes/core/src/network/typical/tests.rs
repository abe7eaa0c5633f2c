//! Outputs worked out by hand.

use proptest::prelude::*;

use super::{Survey, Typical, declare, measure, round_up};
use crate::conformance::{made_up_images, made_up_weights};
use crate::error::Error;
use crate::network::architecture::{Activation, Architecture, Arithmetic, Conv2d, Dense, Input, Layer, Pixels};
use crate::network::images::{Images, Shape};
use crate::network::weights::{LayerWeights, Tensor, TensorValues, Weights};
use crate::roles::seed::Seed;

fn dense(outputs: usize) -> Layer {
    Layer::Dense(Dense { outputs, bounds: None, typical: None })
}

fn network(shape: Shape, pixels: Pixels, layers: Vec<Layer>) -> Architecture {
    let arithmetic = if pixels == Pixels::Unit { Arithmetic::Real } else { Arithmetic::Integer };
    Architecture { input: Input { shape, crop: 0, pixels }, arithmetic, layers }
}

fn pair(shape: &[usize], weight: TensorValues, bias: TensorValues) -> Option<LayerWeights> {
    let outputs = shape[..1].to_vec();
    Some(LayerWeights {
        weight: Tensor { shape: shape.to_vec(), values: weight },
        bias: Tensor { shape: outputs, values: bias },
    })
}

fn integers(shape: &[usize], weight: &[i64], bias: &[i64]) -> Option<LayerWeights> {
    pair(shape, TensorValues::Integer(weight.to_vec()), TensorValues::Integer(bias.to_vec()))
}

fn typical(largest: f64, root_mean_square: f64) -> Option<Typical> {
    Some(Typical { largest, root_mean_square })
}

/// Two outputs of one pixel of levels 0 to 3, squared, subtracted.
fn squares() -> (Architecture, Weights) {
    let layers = vec![Layer::Flatten, dense(2), Layer::Activation(Activation::Square), dense(1)];
    let weights = vec![None, integers(&[2, 1], &[3, -4], &[0, 0]), None, integers(&[1, 2], &[1, -1], &[-20])];
    (network(Shape::grey(1, 1), Pixels::Levels(4), layers), Weights { layers: weights })
}

fn images(pixels: &[u8]) -> Images {
    Images { shape: Shape::grey(1, 1), pixels: pixels.to_vec() }
}

#[test]
fn integers_worked_out_by_hand() {
    let (net, weights) = squares();
    // Levels 1 and 3: outputs 3, -4 and 9, -12, then 9 - 16 - 20 = -27 and 81 - 144 - 20 = -83.
    let found = measure(&net, &weights, &images(&[85, 255])).unwrap();
    // sqrt((9 + 16 + 81 + 144) / 4) = 7.9056..., sqrt((27^2 + 83^2) / 2) = 61.7170...
    assert_eq!(found, [None, typical(12.0, 7.91), None, typical(83.0, 61.8)]);
}

#[test]
fn a_convolution_of_real_weights_worked_out_by_hand() {
    let conv = Conv2d { maps: 1, kernel: 2, stride: 1, padding: 0, bounds: None, typical: None };
    let net = network(Shape::grey(2, 3), Pixels::Unit, vec![Layer::Conv2d(conv), Layer::Flatten]);
    let weight = pair(&[1, 1, 2, 2], TensorValues::Real(vec![1.0, 2.0, -1.0, -4.0]), TensorValues::Real(vec![0.5]));
    let weights = Weights { layers: vec![weight, None] };
    let image = Images { shape: Shape::grey(2, 3), pixels: vec![255, 0, 255, 0, 255, 0] };
    // 1 - 4 + 0.5 = -2.5 and 2 - 1 + 0.5 = 1.5: sqrt((6.25 + 2.25) / 2) = 2.0615...
    assert_eq!(measure(&net, &weights, &image).unwrap(), [typical(2.5, 2.07), None]);
}

#[test]
fn what_was_measured_is_stated_layer_by_layer_and_taken_away_again() {
    let (net, weights) = squares();
    let measured = measure(&net, &weights, &images(&[85, 255])).unwrap();
    let declared = declare(&net, &measured);
    assert_eq!(declared.layers.iter().map(|layer| layer.typical().copied()).collect::<Vec<_>>(), measured);
    assert_eq!(declared.clone().without_bounds(), net);
    let text = serde_json::to_string(&declared).unwrap();
    assert!(text.contains(r#"{"outputs":2,"typical":{"largest":12.0,"root_mean_square":7.91}}"#), "{text}");
    assert_eq!(serde_json::from_str::<Architecture>(&text).unwrap(), declared);
}

#[test]
fn no_images_and_outputs_without_end_are_refused() {
    let (net, weights) = squares();
    let error = measure(&net, &weights, &images(&[])).unwrap_err();
    assert_eq!(error.to_string(), "typical outputs need at least one image");
    let wide = Images { shape: Shape::grey(1, 2), pixels: vec![0, 0] };
    assert!(matches!(measure(&net, &weights, &wide), Err(Error::Images { .. })));
    let net = network(Shape::grey(1, 1), Pixels::Unit, vec![Layer::Flatten, dense(1), dense(1)]);
    let huge = || pair(&[1, 1], TensorValues::Real(vec![f32::MAX]), TensorValues::Real(vec![0.0]));
    let error = measure(&net, &Weights { layers: vec![None, huge(), huge()] }, &images(&[255])).unwrap_err();
    assert!(error.to_string().starts_with("layer 2 (dense): outputs or their squares leave"), "{error}");
}

#[test]
fn what_no_outputs_can_be_like_is_refused_with_its_layer() {
    let (net, _) = squares();
    let shapes = |largest, root_mean_square| declare(&net, &[None, typical(largest, root_mean_square)]).shapes();
    assert!(shapes(2.0, 1.5).is_ok() && shapes(0.0, 0.0).is_ok());
    for (largest, root_mean_square) in [(1.0, 1.5), (1.0, -0.1), (f64::INFINITY, 1.0), (f64::NAN, 1.0), (1.0, f64::NAN)]
    {
        assert!(matches!(shapes(largest, root_mean_square), Err(Error::Layer { layer: 1, kind: "dense", .. })));
    }
    let error = shapes(1.0, 1.5).unwrap_err().to_string();
    assert!(error.contains("largest 1 and root_mean_square 1.5, expected 0 <= root_mean_square <= largest"), "{error}");
}

#[test]
fn three_digits_are_kept_and_rounded_up() {
    let cases = [
        (0.0, 0.0),
        (0.1 + 0.2, 0.3),
        (7.5901, 7.6),
        (9.991, 10.0),
        (999.0, 999.0),
        (1000.5, 1010.0),
        (0.000_123_01, 0.000_124),
        (4.306e18, 4.31e18),
    ];
    for (value, expected) in cases {
        assert_eq!(round_up(value), expected, "{value}");
    }
}

proptest! {
    #[test]
    fn rounding_up_raises_by_less_than_a_hundredth(value in proptest::num::f64::POSITIVE | proptest::num::f64::NORMAL) {
        let value = value.abs().clamp(1e-290, 1e290);
        let up = round_up(value);
        prop_assert!(up >= value * (1.0 - 1e-11) && up <= value * 1.01, "{value} became {up}");
        prop_assert_eq!(round_up(up), up);
    }

    #[test]
    fn chunks_of_any_size_give_the_same(seed: u64, images in 1usize..250, chunk in 1usize..120) {
        let conv = Conv2d { maps: 2, kernel: 3, stride: 2, padding: 1, bounds: None, typical: None };
        let layers = vec![Layer::Conv2d(conv), Layer::Activation(Activation::Square), Layer::Flatten, dense(3)];
        let net = network(Shape::grey(5, 5), Pixels::Unit, layers);
        let weights = made_up_weights(&net, &Seed::from_number(seed)).unwrap();
        let images = made_up_images(&net, images, &Seed::from_number(seed));
        let mut survey = Survey::new(&net, &weights).unwrap();
        for start in (0..images.len()).step_by(chunk) {
            survey.add(&images.slice(start..start + chunk)).unwrap();
        }
        let found = survey.finish().unwrap();
        prop_assert_eq!(&found, &measure(&net, &weights, &images).unwrap());
        prop_assert!(declare(&net, &found).shapes().is_ok());
    }
}
