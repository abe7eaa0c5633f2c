//! `leakage:`, and the cells of experiments that issue keys.

use std::sync::Arc;

use blindbench_core::error::Error;
use blindbench_core::network::architecture::Architecture;
use blindbench_schemes::registry::{Chosen, Comparison};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};

use super::checks::{self, Shelf};
use super::collect::Collector;
use super::known::DatasetSizes;
use super::literal::Literal;
use super::schemes::{Combinations, note_repeated, references};
use crate::experiment::leakage::{Layout, LeakageRequest, TrainedKeys, TrainedLayer};
use crate::experiment::{Kind, ModelReference, Split};
use crate::kinds::leakage::ANY_SCHEME;
use crate::matrix::Combination;
use crate::yaml::At;
use crate::yaml::problem::Problem;

/// Rows and columns of MNIST's images and of the drawn digits.
const SIDE: usize = 28;

/// Most neurons or filters: beyond it keys of one step fill the memory.
const MOST_FILTERS: usize = 1024;

/// Most decimals: weights then still fit the 31 bits that keys are issued for.
const MOST_DECIMALS: u32 = 6;

/// Issued keys and their attackers.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Leakage {
    /// Public images that an attacker has: the last of the training images.
    pub public_images: At<usize>,
    /// Victims that records show, the first of the images.
    #[serde(default = "shown")]
    pub shown: At<usize>,
    /// First layers in training, each a cell. Networks under `models` issue the keys of inference.
    #[serde(default)]
    pub training: Vec<At<TrainedKeys>>,
}

fn shown() -> At<usize> {
    At::nowhere(5)
}

/// What holds for all cells; none where there is nothing to say or it is unsound.
pub(super) fn request<E>(
    literal: &Literal<E>,
    known: &[DatasetSizes],
    problems: &mut Collector,
) -> Option<LeakageRequest> {
    let kind = literal.kind.value;
    let leakage = match (&literal.leakage, kind) {
        (None, Kind::Inference | Kind::Primitives) => return None,
        (Some(leakage), Kind::Inference) => {
            if let Some(keys) = leakage.value.training.first() {
                let help = "remove `training:`, or take `kind: leakage`";
                problems.add(Problem::new("kind `inference` trains nothing", keys.span).help(help));
            }
            &leakage.value
        }
        (Some(leakage), Kind::Leakage) => &leakage.value,
        (Some(leakage), Kind::Primitives) => {
            let message = format!("kind `{}` issues no keys to be attacked", kind.name());
            let help = "remove `leakage:`, or take `kind: inference` or `leakage`";
            problems.add(Problem::new(message, leakage.span).help(help));
            return None;
        }
        (None, Kind::Leakage) => {
            let message = "kind `leakage` needs to know what attackers have";
            problems.add(Problem::new(message, literal.kind.span).help("add `leakage: {public_images: 5000}`"));
            return None;
        }
    };
    let alone = if kind == Kind::Leakage { [unseeded(literal), schemes(literal)] } else { [None, None] };
    for problem in alone.into_iter().chain([victims(literal)]).flatten() {
        problems.add(problem);
    }
    let images = literal.dataset.as_ref().map(|dataset| &dataset.value);
    let sizes = known.iter().find(|sizes| images.is_some_and(|images| images.name.value.0 == sizes.name));
    let training = sizes.map_or(usize::MAX, |sizes| sizes.of(Split::Train));
    for problem in public(leakage, training).into_iter().chain(shows_too_many(leakage, images.map(|i| i.images.value)))
    {
        problems.add(problem);
    }
    let left = training.saturating_sub(leakage.public_images.value);
    leakage.training.iter().filter_map(|keys| unsound(keys, left)).for_each(|problem| problems.add(problem));
    Some(LeakageRequest { public_images: leakage.public_images.value, shown: leakage.shown.value })
}

/// Weights are drawn, and a resumed run must go on with the same.
fn unseeded<E>(literal: &Literal<E>) -> Option<Problem> {
    let message = "kind `leakage` needs a seed: what it finds is to be found again";
    literal.seed.is_none().then(|| Problem::new(message, literal.kind.span).help("add `seed:`, a whole number"))
}

fn schemes<E>(literal: &Literal<E>) -> Option<Problem> {
    let pair = literal.pairs.first().map(|pair| pair.model.span);
    let place = literal.schemes.first().map(|scheme| scheme.span).or(pair)?;
    let help = "remove them: all schemes for inner products leak the same; networks stand under `models:`";
    Some(Problem::new("kind `leakage` takes no schemes", place).help(help))
}

fn victims<E>(literal: &Literal<E>) -> Option<Problem> {
    let split = literal.dataset.as_ref()?.value.split;
    let message = "victims among the images that networks are trained on";
    (split.value == Split::Train).then(|| Problem::new(message, split.span).help("take `split: test` or `validation`"))
}

fn public(leakage: &Leakage, training: usize) -> Option<Problem> {
    let At { value, span } = leakage.public_images;
    let fits = (2..=training).contains(&value);
    (!fits).then(|| Problem::new(format!("{value} public images"), span).help(format!("take 2 to {training}")))
}

fn shows_too_many(leakage: &Leakage, images: Option<usize>) -> Option<Problem> {
    let (At { value, span }, images) = (leakage.shown, images?);
    (value > images && span.is_some()).then(|| {
        Problem::new(format!("{value} victims to be shown, of {images}"), span).help(format!("take at most {images}"))
    })
}

/// What is wrong with keys of training that has `left` images.
fn unsound(At { value: keys, span }: &At<TrainedKeys>, left: usize) -> Option<Problem> {
    let problem = |message: String, help: String| Some(Problem::new(message, *span).help(help));
    let (filters, kernel) = (keys.layer.filters(), keys.layer.kernel(SIDE));
    let ascending = keys.steps.windows(2).all(|pair| pair[0] < pair[1]);
    let last = keys.steps.last().copied().unwrap_or(0);
    if !(1..=MOST_FILTERS).contains(&filters) {
        let what = if matches!(keys.layer, TrainedLayer::Dense { .. }) { "neurons" } else { "filters" };
        return problem(format!("{filters} {what}"), format!("take 1 to {MOST_FILTERS}"));
    }
    if !(1..=SIDE).contains(&kernel) {
        return problem(format!("filters of {kernel} rows"), format!("take 1 to {SIDE}"));
    }
    if keys.steps.first().is_none_or(|first| *first == 0) || !ascending {
        return problem(format!("steps {:?}", keys.steps), "take ascending numbers from 1 on".into());
    }
    if keys.decimals > MOST_DECIMALS {
        return problem(format!("weights of {} decimals", keys.decimals), format!("take at most {MOST_DECIMALS}"));
    }
    if !(keys.learning_rate > 0.0 && keys.learning_rate.is_finite()) {
        return problem(format!("a learning rate of {}", keys.learning_rate), "take a finite number above 0".into());
    }
    let fits = usize::try_from(last).ok().and_then(|last| last.checked_mul(keys.batch)).is_some_and(|all| all <= left);
    if keys.batch == 0 || !fits {
        let help = format!("take at least 1, and no more than {left} images in all: the others are public");
        return problem(format!("{last} steps of {} images", keys.batch), help);
    }
    None
}

/// Networks with the keys of inference, then those of training.
pub(super) fn combinations<E>(literal: Literal<E>, shelf: Shelf<'_>, problems: &mut Collector) -> Option<Combinations> {
    let training = literal.leakage.map(|leakage| leakage.value.training).unwrap_or_default();
    if training.is_empty() && literal.models.items.is_empty() {
        let problem = Problem::new("the experiment has no cell", literal.name.span);
        problems.add(problem.help("add `models:`, or `training:` under `leakage:`"));
        return None;
    }
    let mut names = Vec::new();
    for name in literal.models.items {
        names.extend(references(&name, shelf, problems));
    }
    let names = checks::once(names, "models", problems);
    let models: Vec<_> = names.iter().map(|name| problems.keep(shelf.model(name))).collect();
    let networks: Vec<checks::Network> = models.into_iter().collect::<Option<_>>()?;
    let inference = Arc::new(issued(json!({}), None));
    let short: Vec<String> = training.iter().map(|keys| short(&keys.value)).collect();
    // Two entries of one name are told apart by their parameters.
    let name =
        |at: usize| Some(&short[at]).filter(|name| short.iter().filter(|other| other == name).count() == 1).cloned();
    let of_model = |name: &At<ModelReference>| name.with(combination(Some(name.value.clone()), inference.clone()));
    let of_training = |(at, keys): (usize, &At<TrainedKeys>)| {
        keys.with(combination(None, Arc::new(issued(json!(keys.value), name(at)))))
    };
    let list: Vec<_> = names.iter().map(of_model).chain(training.iter().enumerate().map(of_training)).collect();
    note_repeated(&list, problems);
    Some(Combinations { list, networks: networks.into_iter().collect() })
}

fn combination(model: Option<ModelReference>, scheme: Arc<Chosen>) -> Combination {
    Combination { model, scheme, batch: vec![1] }
}

/// What rows and figures call a layer in training.
fn short(keys: &TrainedKeys) -> String {
    match keys.layer {
        TrainedLayer::Dense { neurons } => format!("{neurons} neurons in training"),
        TrainedLayer::Convolution { filters, kernel, layout } => {
            let layout = match layout {
                Layout::Image => "images",
                Layout::Window => "windows",
            };
            format!("{filters} filter{} of {kernel}x{kernel} on {layout}", if filters == 1 { "" } else { "s" })
        }
    }
}

/// What stands in a scheme's place: any for inner products, with what keys are issued for.
fn issued(params: Value, name: Option<String>) -> Chosen {
    let refuse = |_: &Architecture, _: usize, _: &_| Err(Error::Unsupported("keys alone, without a scheme".into()));
    Chosen {
        name: ANY_SCHEME,
        params,
        insecure: None,
        comparison: Comparison { name, ..Comparison::default() },
        foreign: false,
        planner: Box::new(refuse),
    }
}
