//! What a card states, measured on the exact network.

use blindbench_core::network::architecture::{Architecture, Arithmetic, Layer};
use blindbench_core::network::bounds;
use blindbench_core::network::images::Images;
use blindbench_core::network::logits::Values;
use blindbench_core::network::lowered::{Evaluator, Lowered};
use blindbench_core::network::weights::Weights;
use blindbench_results::stats::binomial;

use super::data::{Data, Labeled};
use super::error::Result;
use crate::machine;
use crate::models::card::{Accuracy, Card, Proven};
use crate::models::recipe::Recipe;
use crate::models::shorthand::describe;

/// Images at a time: their values after the widest layer stay small.
const CHUNK: usize = 500;
/// Level of the intervals on a card.
const CONFIDENCE: f64 = 0.95;

/// How a network came about.
pub struct Origin<'a> {
    /// The model.
    pub name: &'a str,
    /// What it is for.
    pub purpose: &'a str,
    /// How it was trained.
    pub recipe: &'a Recipe,
    /// Where the draws come from.
    pub seed: u64,
    /// The epoch that was kept.
    pub best_epoch: u32,
}

/// The card of a trained network.
///
/// # Errors
/// Where network and images do not fit together.
pub fn card(origin: &Origin<'_>, architecture: &Architecture, weights: &Weights, data: &Data) -> Result<Card> {
    let evaluator = Lowered::model(architecture).evaluator(weights)?;
    let (_, training_max_logit) = measure(&evaluator, &data.training)?;
    let (validation, validation_max_logit) = measure(&evaluator, &data.validation)?;
    let (test, _) = measure(&evaluator, &data.test)?;
    Ok(Card {
        name: origin.name.into(),
        purpose: origin.purpose.into(),
        architecture: describe(architecture),
        parameters: weights.layers.iter().flatten().map(|l| l.weight.values.len() + l.bias.values.len()).sum(),
        recipe: origin.recipe.clone(),
        seed: origin.seed,
        best_epoch: origin.best_epoch,
        commit: commit(),
        data_hash: data.hash.clone(),
        validation,
        test,
        training_max_logit,
        validation_max_logit,
        activation_inputs: activation_inputs(architecture, &evaluator, [&data.training, &data.validation])?,
        proven: proven(architecture, weights)?,
    })
}

/// Accuracy, and the largest absolute score.
fn measure(evaluator: &Evaluator, labeled: &Labeled) -> Result<(Accuracy, String)> {
    let (mut right, mut largest) = (0, Values::Integer(vec![0]));
    for start in (0..labeled.len()).step_by(CHUNK) {
        let logits = evaluator.logits(&labeled.images.slice(start..start + CHUNK))?;
        right += logits.labels().iter().zip(&labeled.labels[start..]).filter(|(found, label)| found == label).count();
        largest = larger(largest, &logits.values);
    }
    let text = match &largest {
        Values::Integer(v) => v.first().copied().unwrap_or(0).to_string(),
        Values::Real(v) => format!("{:.3}", v.first().copied().unwrap_or(0.0)),
    };
    Ok((accuracy(right as u64, labeled.len() as u64), text))
}

/// Largest absolute input of each activation of a real network.
fn activation_inputs(architecture: &Architecture, evaluator: &Evaluator, parts: [&Labeled; 2]) -> Result<Vec<f64>> {
    if architecture.arithmetic == Arithmetic::Integer {
        return Ok(Vec::new());
    }
    let is_activation = |at: &usize| matches!(architecture.layers[*at], Layer::Activation(_));
    // What goes into a layer is what comes out of the one before it.
    let before: Vec<usize> = (1..architecture.layers.len()).filter(is_activation).map(|at| at - 1).collect();
    let mut largest = vec![0.0f64; before.len()];
    for images in parts.iter().flat_map(|part| chunks(part)) {
        let values = evaluator.layers(&images)?;
        for (largest, at) in largest.iter_mut().zip(&before) {
            *largest = values[*at].to_real().iter().fold(*largest, |m, z| m.max(z.abs()));
        }
    }
    Ok(largest.into_iter().map(|z| (1000.0 * z).ceil() / 1000.0).collect())
}

fn chunks(labeled: &Labeled) -> impl Iterator<Item = Images> {
    (0..labeled.len()).step_by(CHUNK).map(|start| labeled.images.slice(start..start + CHUNK))
}

/// The largest absolute value of both, alone.
fn larger(before: Values, values: &Values) -> Values {
    match (before, values) {
        (Values::Integer(before), Values::Integer(v)) => {
            Values::Integer(vec![v.iter().chain(&before).map(|x| x.abs()).max().unwrap_or(0)])
        }
        (before, v) => {
            Values::Real(vec![v.to_real().iter().chain(&before.to_real()).fold(0.0f64, |m, x| m.max(x.abs()))])
        }
    }
}

fn accuracy(right: u64, images: u64) -> Accuracy {
    let interval = binomial::interval(right, images, CONFIDENCE);
    let (value, low, high) = interval.map_or((0.0, 0.0, 1.0), |i| (i.value, i.low, i.high));
    Accuracy { images, right, accuracy: value, low, high }
}

fn proven(architecture: &Architecture, weights: &Weights) -> Result<Option<Proven>> {
    if architecture.layers.iter().all(|layer| layer.bounds().is_none()) {
        return Ok(None);
    }
    let outputs = architecture.layers.iter().filter_map(|layer| layer.bounds()).map(|b| b.output_max.0.to_string());
    let partial_sum = bounds::largest_partial_sum(architecture, weights)?.0.to_string();
    Ok(Some(Proven { outputs: outputs.collect(), partial_sum }))
}

/// The commit that this program was built from, `-dirty` where files differed from it, `unknown` outside a checkout.
fn commit() -> String {
    let dirty = if machine::DIRTY == "true" { "-dirty" } else { "" };
    format!("{}{dirty}", machine::COMMIT)
}
