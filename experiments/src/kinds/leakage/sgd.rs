//! Training by plain stochastic gradient descent, with the first layer's weights cut off as CryptoNN does (Xu, Joshi and Li,
//! ICDCS 2019): what a server asks keys for, step by step. No image is encrypted: keys do not depend on that.

use blindbench_core::roles::seed::Rng;
use rand_chacha::rand_core::Rng as _;

use super::patches::Patches;
use crate::experiment::leakage::TrainedKeys;

/// Digits.
const CLASSES: usize = 10;

/// Filters over windows, ReLU, ten scores, softmax and cross entropy; a fully connected first layer is one window.
#[derive(Debug, Clone)]
pub(super) struct Network {
    patches: Patches,
    learning_rate: f64,
    scale: f64,
    /// `[filter][tap]`
    filters: Vec<f64>,
    filter_biases: Vec<f64>,
    /// `[class][window][filter]`
    scores: Vec<f64>,
    score_biases: [f64; CLASSES],
}

/// A gradient of the same shape.
struct Gradient {
    filters: Vec<f64>,
    filter_biases: Vec<f64>,
    scores: Vec<f64>,
    score_biases: [f64; CLASSES],
}

impl Network {
    /// Normal weights of variance one over the number of inputs, zero biases.
    pub fn drawn(keys: &TrainedKeys, patches: Patches, rng: &mut Rng) -> Self {
        let (count, taps) = (keys.layer.filters(), patches.taps());
        let hidden = count * patches.count();
        Network {
            patches,
            learning_rate: keys.learning_rate,
            scale: 10_f64.powi(keys.decimals as i32),
            filters: normal(count * taps, taps, rng),
            filter_biases: vec![0.0; count],
            scores: normal(CLASSES * hidden, hidden, rng),
            score_biases: [0.0; CLASSES],
        }
    }

    /// The first layer's weights as keys are asked for: times a power of ten, cut off towards zero.
    pub fn weights(&self) -> Vec<Vec<i64>> {
        let whole: Vec<i64> = self.filters.iter().map(|weight| (weight * self.scale) as i64).collect();
        whole.chunks(self.patches.taps()).map(<[i64]>::to_vec).collect()
    }

    /// One step on images of pixels from 0 to 255, one after another.
    pub fn step(&mut self, pixels: &[u8], labels: &[u8]) {
        let weights: Vec<f64> = self.weights().concat().iter().map(|weight| *weight as f64 / self.scale).collect();
        let mut sum = Gradient {
            filters: vec![0.0; self.filters.len()],
            filter_biases: vec![0.0; self.filter_biases.len()],
            scores: vec![0.0; self.scores.len()],
            score_biases: [0.0; CLASSES],
        };
        for (image, label) in pixels.chunks(self.patches.pixels()).zip(labels) {
            let windows = self.windows(image);
            self.add_gradient(&weights, &windows, *label, &mut sum);
        }
        let rate = self.learning_rate / labels.len().max(1) as f64;
        descend(&mut self.filters, &sum.filters, rate);
        descend(&mut self.filter_biases, &sum.filter_biases, rate);
        descend(&mut self.scores, &sum.scores, rate);
        descend(&mut self.score_biases, &sum.score_biases, rate);
    }

    /// `[window][tap]`, from 0 to 1.
    fn windows(&self, image: &[u8]) -> Vec<f64> {
        let windows = (0..self.patches.count()).flat_map(|window| self.patches.places(window));
        windows.map(|place| f64::from(image[place]) / 255.0).collect()
    }

    /// Back-propagation of one image; the forward pass uses the weights that keys are issued for.
    fn add_gradient(&self, weights: &[f64], windows: &[f64], label: u8, sum: &mut Gradient) {
        let (taps, count) = (self.patches.taps(), self.filter_biases.len());
        let hidden: Vec<f64> = windows
            .chunks(taps)
            .flat_map(|window| {
                let outputs = weights.chunks(taps).zip(&self.filter_biases);
                outputs.map(move |(filter, bias)| (dot(filter, window) + bias).max(0.0))
            })
            .collect();
        let mut errors = softmax(&self.scores, &self.score_biases, &hidden);
        errors[usize::from(label) % CLASSES] -= 1.0;
        let mut back = vec![0.0; hidden.len()];
        for (class, error) in errors.iter().enumerate() {
            let row = class * hidden.len()..(class + 1) * hidden.len();
            add(&mut sum.scores[row.clone()], &hidden, *error);
            add(&mut back, &self.scores[row], *error);
            sum.score_biases[class] += error;
        }
        for (at, (error, _)) in back.iter().zip(&hidden).enumerate().filter(|(_, (_, output))| **output > 0.0) {
            let (window, filter) = (at / count, at % count);
            add(&mut sum.filters[filter * taps..][..taps], &windows[window * taps..][..taps], *error);
            sum.filter_biases[filter] += error;
        }
    }
}

/// Shares of the classes.
fn softmax(scores: &[f64], biases: &[f64; CLASSES], hidden: &[f64]) -> [f64; CLASSES] {
    let mut shares = *biases;
    for (share, row) in shares.iter_mut().zip(scores.chunks(hidden.len().max(1))) {
        *share += dot(row, hidden);
    }
    let most = shares.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let shares = shares.map(|score| (score - most).exp());
    let all: f64 = shares.iter().sum();
    shares.map(|share| share / all)
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

fn add(sum: &mut [f64], values: &[f64], factor: f64) {
    sum.iter_mut().zip(values).for_each(|(sum, value)| *sum += factor * value);
}

fn descend(values: &mut [f64], gradient: &[f64], rate: f64) {
    add(values, gradient, -rate);
}

/// Normal numbers of variance `1 / inputs`, by Box and Muller (1958).
fn normal(count: usize, inputs: usize, rng: &mut Rng) -> Vec<f64> {
    let mut uniform = || ((rng.next_u64() >> 11) as f64 + 0.5) / (1_u64 << 53) as f64;
    let deviation = (inputs.max(1) as f64).sqrt().recip();
    let draw = |_| deviation * (-2.0 * uniform().ln()).sqrt() * (std::f64::consts::TAU * uniform()).cos();
    (0..count).map(draw).collect()
}

#[cfg(test)]
mod tests {
    use blindbench_core::roles::seed::Seed;

    use super::*;
    use crate::experiment::leakage::TrainedLayer;

    /// Two images of 2 by 2 that differ in one pixel each.
    const PIXELS: [u8; 8] = [255, 0, 0, 0, 0, 0, 0, 255];

    fn network(layer: TrainedLayer, kernel: usize) -> Network {
        let keys = TrainedKeys { layer, learning_rate: 0.5, batch: 2, decimals: 2, steps: vec![1] };
        Network::drawn(&keys, Patches { side: 2, kernel }, &mut Seed::from_number(4).rng())
    }

    fn loss(network: &Network) -> f64 {
        let weights: Vec<f64> = network.weights().concat().iter().map(|w| *w as f64 / network.scale).collect();
        let of_image = |(image, label): (&[u8], usize)| {
            let windows = network.windows(image);
            let taps = network.patches.taps();
            let outputs = windows.chunks(taps).flat_map(|window| {
                weights.chunks(taps).zip(&network.filter_biases).map(move |(f, b)| (dot(f, window) + b).max(0.0))
            });
            let hidden: Vec<f64> = outputs.collect();
            -softmax(&network.scores, &network.score_biases, &hidden)[label].ln()
        };
        PIXELS.chunks(4).zip([3, 8]).map(of_image).sum()
    }

    #[test]
    fn training_learns_and_changes_weights_on_lit_pixels_alone() {
        let mut network = network(TrainedLayer::Dense { neurons: 6 }, 2);
        let (before, lost) = (network.filters.clone(), loss(&network));
        (0..40).for_each(|_| network.step(&PIXELS, &[3, 8]));
        assert!(loss(&network) < lost / 4.0, "{lost} to {}", loss(&network));
        let changed = |tap: usize| before.chunks(4).zip(network.filters.chunks(4)).any(|(a, b)| a[tap] != b[tap]);
        assert_eq!([0, 1, 2, 3].map(changed), [true, false, false, true]);
    }

    #[test]
    fn weights_are_cut_off_towards_zero() {
        let mut network = network(TrainedLayer::Dense { neurons: 1 }, 2);
        network.filters = vec![0.019, -0.019, 1.0, -0.009];
        assert_eq!(network.weights(), [[1, -1, 100, 0]]);
    }

    #[test]
    fn gradients_are_those_of_small_differences() {
        let layout = crate::experiment::leakage::Layout::Window;
        let mut network = network(TrainedLayer::Convolution { filters: 2, kernel: 1, layout }, 1);
        let (at, width) = (3, 1e-5);
        let shifted = |by: f64| {
            let mut shifted = network.clone();
            shifted.scores[at] += by;
            loss(&shifted)
        };
        let slope = (shifted(width) - shifted(-width)) / (2.0 * width);
        let before = network.scores[at];
        network.step(&PIXELS, &[3, 8]);
        let found = (before - network.scores[at]) * 2.0 / network.learning_rate;
        assert!((slope - found).abs() < 1e-6, "{slope} and {found}");
    }
}
