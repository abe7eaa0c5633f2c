//! The loop: epochs of steps over shuffled, distorted images, the best epoch on the validation images kept.

use std::ops::ControlFlow;
use std::time::{Duration, Instant};

use blindbench_core::network::architecture::Architecture;
use blindbench_core::network::weights::Weights;
use candle_core::{D, Result, Tensor};
use candle_nn::loss::cross_entropy;

use super::adam::{Adam, Tracked, floats};
use super::data::{Data, Labeled};
use super::draw::Draw;
use super::layers::{Layers, Pass};
use super::{export, start};
use crate::models::curve::Epoch;
use crate::models::recipe::{Augmentation, Recipe};

/// Images whose values set the scale of random weights.
const FIRST_BATCH: usize = 512;
/// Images at a time where nothing is learned.
const CHUNK: usize = 1000;

/// A training under way.
pub struct Session<'a> {
    recipe: &'a Recipe,
    seed: u64,
    data: &'a Data,
    /// The network as it stands.
    pub layers: Layers,
    /// The optimiser's state.
    pub adam: Adam,
    /// Epochs that are done.
    pub curve: Vec<Epoch>,
    /// Tensors of the best epoch so far, in the order of [`Adam::tensors`].
    pub best: Vec<Vec<f32>>,
}

/// What a batch costs.
struct Loss {
    /// `[images, classes]`
    scores: Tensor,
    /// Mean cross-entropy, in nats.
    entropy: Tensor,
    /// What is made smaller: the entropy, and more where the recipe keeps a range.
    whole: Tensor,
}

/// Hears how a training goes.
pub trait Watch {
    /// `done` steps of the current epoch are done; says whether to go on.
    fn step(&mut self, done: usize, of: usize) -> ControlFlow<()>;
    /// An epoch is done.
    fn epoch(&mut self, epoch: &Epoch, of: u32, took: Duration);
}

impl<'a> Session<'a> {
    /// A training before its first epoch.
    ///
    /// # Errors
    /// Where architecture, recipe, data and starting weights do not fit together.
    pub fn new(
        architecture: &Architecture,
        recipe: &'a Recipe,
        start: Option<&Weights>,
        seed: u64,
        data: &'a Data,
    ) -> Result<Self> {
        let layers = match start {
            Some(weights) => start::from_weights(architecture, recipe, weights)?,
            None => {
                let first: Vec<usize> = (0..data.training.len().min(FIRST_BATCH)).collect();
                let mut draw = Draw::new(seed, "first batch", 0);
                let (pixels, _) =
                    data.training.batch(&first, &architecture.input, &Augmentation::default(), &mut draw)?;
                start::random(architecture, recipe, &pixels, seed)?
            }
        };
        let adam = Adam::new(&layers, recipe)?;
        Ok(Session { recipe, seed, data, layers, adam, curve: Vec::new(), best: Vec::new() })
    }

    /// Learns from every training image once, then measures. Where `watch` says stop, the session stands
    /// between two epochs and is good for nothing but its curve.
    ///
    /// # Errors
    /// None that a well-formed session gives.
    pub fn epoch(&mut self, watch: &mut dyn Watch) -> Result<ControlFlow<()>> {
        let begun = Instant::now();
        let number = self.curve.len() as u32;
        let Some((training_loss, training_accuracy)) = self.learn(number, watch)? else {
            return Ok(ControlFlow::Break(()));
        };
        // A mean of weights that keep their range need not keep it.
        let ((validation_loss, validation_accuracy), means) = self.adam.with_means(|| {
            self.layers.keep_ranges()?;
            let means = self.adam.tensors.iter().map(|t| floats(&t.var)).collect::<Result<Vec<_>>>()?;
            Ok((self.measure(&self.data.validation)?, means))
        })?;
        let epoch = Epoch { epoch: number + 1, training_loss, training_accuracy, validation_loss, validation_accuracy };
        if self.curve.iter().all(|earlier| is_better(&epoch, earlier)) {
            self.best = means;
        }
        self.curve.push(epoch);
        watch.epoch(&epoch, self.recipe.epochs, begun.elapsed());
        Ok(ControlFlow::Continue(()))
    }

    /// The weights of the best epoch.
    ///
    /// # Errors
    /// Where a bias leaves 62 bits as an integer.
    pub fn best_weights(&self) -> Result<Weights> {
        for (tensor, values) in self.adam.tensors.iter().zip(&self.best) {
            tensor.assign(values)?;
        }
        export::weights(&self.layers)
    }

    /// The epoch whose weights are kept; 0 before the first.
    pub fn best_epoch(&self) -> u32 {
        let mut best: Option<&Epoch> = None;
        for epoch in &self.curve {
            if best.is_none_or(|best| is_better(epoch, best)) {
                best = Some(epoch);
            }
        }
        best.map_or(0, |best| best.epoch)
    }

    /// Current values of a tensor.
    ///
    /// # Errors
    /// None that a well-formed tensor gives.
    pub fn current(&self, tensor: &Tracked) -> super::error::Result<Vec<f32>> {
        Ok(floats(&tensor.var)?)
    }

    fn learn(&mut self, number: u32, watch: &mut dyn Watch) -> Result<Option<(f64, f64)>> {
        let order = Draw::new(self.seed, "order", number.into()).permutation(self.data.training.len());
        let mut distortions = Draw::new(self.seed, "distortions", number.into());
        let mut noise = Draw::new(self.seed, "noise", number.into());
        let steps = order.len().div_ceil(self.recipe.batch);
        let (mut loss_sum, mut right) = (0.0, 0.0);
        for (step, chosen) in order.chunks(self.recipe.batch).enumerate() {
            let input = &self.layers.architecture.input;
            let (pixels, labels) =
                self.data.training.batch(chosen, input, &self.recipe.augmentation, &mut distortions)?;
            let pass = match &self.recipe.noise {
                Some(stated) => Pass::Noisy(stated, &mut noise),
                None => Pass::Quiet,
            };
            let Loss { scores, entropy, whole } = self.loss(&pixels, &labels, pass)?;
            let at = (f64::from(number) + step as f64 / steps as f64) / f64::from(self.recipe.epochs.max(1));
            let rate = self.recipe.learning_rate * schedule(at, self.recipe.epochs);
            self.adam.step(&self.layers, &whole.backward()?, rate)?;
            loss_sum += f64::from(entropy.to_scalar::<f32>()?) * chosen.len() as f64;
            right += count_right(&scores, &labels)?;
            if watch.step(step + 1, steps).is_break() {
                return Ok(None);
            }
        }
        Ok(Some((loss_sum / order.len() as f64, right / order.len() as f64)))
    }

    /// What a batch costs.
    fn loss(&self, pixels: &Tensor, labels: &Tensor, pass: Pass<'_>) -> Result<Loss> {
        let Some(range) = self.recipe.range else {
            let scores = self.layers.forward(pixels, pass)?;
            let entropy = cross_entropy(&scores, labels)?;
            return Ok(Loss { scores, whole: entropy.clone(), entropy });
        };
        let (scores, excess) = self.layers.forward_within(pixels, pass, range.limit)?;
        let entropy = cross_entropy(&scores, labels)?;
        let whole = (&entropy + (excess * range.weight)?)?;
        Ok(Loss { scores, entropy, whole })
    }

    /// Mean loss and accuracy without noise or distortion.
    fn measure(&self, labeled: &Labeled) -> Result<(f64, f64)> {
        let all: Vec<usize> = (0..labeled.len()).collect();
        let mut unused = Draw::new(self.seed, "measure", 0);
        let (mut loss, mut right) = (0.0, 0.0);
        for chunk in all.chunks(CHUNK) {
            let input = &self.layers.architecture.input;
            let (pixels, labels) = labeled.batch(chunk, input, &Augmentation::default(), &mut unused)?;
            let scores = self.layers.forward(&pixels, Pass::Quiet)?;
            loss += f64::from(cross_entropy(&scores, &labels)?.to_scalar::<f32>()?) * chunk.len() as f64;
            right += count_right(&scores, &labels)?;
        }
        let count = labeled.len().max(1) as f64;
        Ok((loss / count, right / count))
    }
}

/// Higher accuracy, or the same at a lower loss.
fn is_better(epoch: &Epoch, other: &Epoch) -> bool {
    let key = |e: &Epoch| (e.validation_accuracy, -e.validation_loss);
    key(epoch) > key(other)
}

/// Factor of the learning rate: a linear rise over one epoch, then half a cosine down to zero.
fn schedule(at: f64, epochs: u32) -> f64 {
    let rise = (at * f64::from(epochs)).min(1.0);
    rise * 0.5 * (1.0 + (std::f64::consts::PI * at).cos())
}

fn count_right(scores: &Tensor, labels: &Tensor) -> Result<f64> {
    let right = scores.argmax(D::Minus1)?.eq(labels)?.to_dtype(candle_core::DType::F32)?.sum_all()?;
    Ok(right.to_scalar::<f32>()?.into())
}
