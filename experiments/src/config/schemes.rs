//! Which networks meet which schemes.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use blindbench_core::error::Error;
use blindbench_schemes::registry::{Chosen, Registry};
use miette::SourceSpan;

use super::checks::{self, Network, Shelf};
use super::collect::Collector;
use super::comparisons;
use super::leakage;
use super::literal::{Literal, ModelName, Pair};
use crate::experiment::{Kind, ModelReference, Scenario};
use crate::matrix::Combination;
use crate::models::Model;
use crate::yaml::problem::Problem;
use crate::yaml::{At, OneOrMany};

/// How many images queries are asked to hold.
pub(super) struct Batches {
    /// Where nothing else is stated.
    pub all: Vec<usize>,
    /// What all queries hold, where that is stated.
    pub scenario: Option<At<Scenario>>,
    /// The images that there are.
    pub images: Option<usize>,
}

impl Batches {
    /// Those that are stated of one combination.
    fn check(&self, literal: &OneOrMany<usize>, problems: &mut Collector) -> Vec<usize> {
        checks::batches(literal, self.scenario, self.images, problems)
    }
}

/// What an experiment combines.
pub(super) struct Combinations {
    /// Models x schemes, then the pairs; each at the place of its scheme.
    pub list: Vec<At<Combination>>,
    /// Every network that one of them names.
    pub networks: BTreeMap<ModelReference, Arc<Model>>,
}

/// The combinations; none where a model or a scheme is unsound.
pub(super) fn combinations<R: Registry>(
    literal: Literal<R::Entry>,
    operations: &[At<String>],
    batches: &Batches,
    shelf: Shelf<'_>,
    problems: &mut Collector,
) -> Option<Combinations> {
    let kind = literal.kind.value;
    if kind == Kind::Leakage {
        return leakage::combinations(literal, shelf, problems);
    }
    if let Some(problem) = lonely(&literal) {
        problems.add(problem);
        return None;
    }
    let mut names = Vec::new();
    for name in literal.models.items {
        names.extend(references(&name, shelf, problems));
    }
    let names = checks::once(names, "models", problems);
    let of_model = |name: &At<ModelReference>, problems: &mut Collector| {
        problems.keep(shelf.model(name)).map(|model| name.with(model))
    };
    let models: Vec<_> = names.iter().map(|name| of_model(name, problems)).collect();
    let schemes: Vec<_> = literal.schemes.into_iter().map(|entry| problems.keep(choose::<R>(entry))).collect();
    let mut pairs = Vec::new();
    for Pair { model, scheme, batch } in literal.pairs {
        let batch = batch.map_or_else(|| batches.all.clone(), |batch| batches.check(&batch, problems));
        let scheme = problems.keep(choose::<R>(scheme));
        for model in references(&model, shelf, problems) {
            pairs.push((of_model(&model, problems), scheme.clone(), batch.clone()));
        }
    }
    let models: Vec<At<Network>> = models.into_iter().collect::<Option<_>>()?;
    let schemes: Vec<At<Arc<Chosen>>> = schemes.into_iter().collect::<Option<_>>()?;
    let sound = |(model, scheme, batch): (Option<_>, Option<_>, _)| Some((model?, scheme?, batch));
    let pairs = pairs.into_iter().map(sound).collect::<Option<Vec<_>>>()?;
    let mut entries: Vec<_> = schemes.iter().chain(pairs.iter().map(|(_, scheme, _)| scheme)).collect();
    // A pair of several networks is one entry.
    entries.dedup_by(|one, other| Arc::ptr_eq(&one.value, &other.value));
    comparisons::check(&entries, kind, operations, problems);
    // A scheme alone, where there is no network that it could run.
    let models: Vec<Option<&At<Network>>> =
        if models.is_empty() { vec![None] } else { models.iter().map(Some).collect() };
    let matrix = models.iter().flat_map(|model| schemes.iter().map(move |scheme| (*model, scheme, &batches.all)));
    let combined: Vec<_> =
        matrix.chain(pairs.iter().map(|(model, scheme, batch)| (Some(model), scheme, batch))).collect();
    let combination = |model: &Option<&At<Network>>, scheme: &At<Arc<Chosen>>, batch: &[usize]| {
        let model = model.map(|model| model.value.0.clone());
        scheme.with(Combination { model, scheme: scheme.value.clone(), batch: batch.to_vec() })
    };
    let list: Vec<_> = combined.iter().map(|(model, scheme, batch)| combination(model, scheme, batch)).collect();
    note_repeated(&list, problems);
    let networks = combined.iter().filter_map(|(model, ..)| Some(model.as_ref()?.value.clone())).collect();
    Some(Combinations { list, networks })
}

/// The networks that a model's name means; none where it means nothing sound.
pub(super) fn references(name: &At<ModelName>, shelf: Shelf<'_>, problems: &mut Collector) -> Vec<At<ModelReference>> {
    let references = problems.keep(shelf.references(name)).unwrap_or_default();
    references.into_iter().map(|reference| name.with(reference)).collect()
}

/// Models without schemes, schemes without the models that they need, or nothing at all.
fn lonely<E>(literal: &Literal<E>) -> Option<Problem> {
    let place = literal.models.span.or(literal.schemes.first().and_then(|scheme| scheme.span));
    match (literal.models.items.is_empty(), literal.schemes.is_empty()) {
        (false, true) => Some(
            Problem::new("models, but no schemes to run them under", place)
                .help("add `schemes:`, a list such as `- cleartext: {}`"),
        ),
        (true, false) if literal.kind.value == Kind::Primitives => None,
        (true, false) => {
            Some(Problem::new("schemes, but no models to run under them", place).help("add `models:`, a list of names"))
        }
        (true, true) if literal.pairs.is_empty() => Some(
            Problem::new("the experiment has no cell", literal.name.span)
                .help("add `models:` and `schemes:`, or `pairs:`"),
        ),
        (true, true) | (false, false) => None,
    }
}

/// The scheme of an entry.
fn choose<R: Registry>(entry: At<R::Entry>) -> Result<At<Arc<Chosen>>, Problem> {
    let span = entry.span;
    let chosen = R::choose(entry.value).map_err(|error| refused(&error, span))?;
    match chosen.insecure.as_deref().map(str::trim) {
        Some("") => Err(Problem::new("`insecure` without a reason", span)
            .help("state why less than 128 bits are accepted, such as `insecure: \"a paper's own group\"`")),
        Some(_) | None => Ok(At { value: Arc::new(chosen), span }),
    }
}

/// A refusal, its remedy apart.
pub(super) fn refused(error: &Error, span: Option<SourceSpan>) -> Problem {
    if let Error::Insecure { parameters, bits } = error {
        return Problem::new(format!("about {bits:.0} bits of security with {parameters}, below 128"), span)
            .help("take stronger parameters, or state `insecure: \"<reason>\"` beside the scheme");
    }
    let text = error.to_string();
    match text.split_once("; ") {
        Some((message, remedy)) => Problem::new(message, span).help(remedy),
        None => Problem::new(text, span),
    }
}

/// Notes combinations that are stated a second time: their records would be the same.
pub(super) fn note_repeated(combinations: &[At<Combination>], problems: &mut Collector) {
    let mut keys = BTreeSet::new();
    for At { value: combination, span } in combinations {
        if combination.keys().any(|key| !keys.insert(key)) {
            let message = format!("{combination} is stated twice");
            problems.add(Problem::new(message, *span).help("keep one of them, or change the parameters of one"));
        }
    }
}
