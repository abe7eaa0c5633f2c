//! Every embedded model is what its card and its recipe say.

use blindbench_core::network::architecture::{Architecture, Arithmetic, Layer};
use blindbench_core::network::bounds;
use blindbench_core::network::lowered::Lowered;

use super::card::Card;
use super::recipe::Recipe;
use super::shorthand::{dense, describe, real};
use super::{CATALOGUE, Catalogue, Entry, Files, curve, find, load, open};
use crate::dataset::source::{DATA_VARIABLE, Fallback, Source};
use crate::experiment::Split;
use crate::progress::Progress;

/// Least accuracies on the validation images.
const TARGETS: [(&str, f64); 13] = [
    ("mlp-128-64", 0.978),
    ("mlp-128-64-int", 0.975),
    ("cryptonets", 0.989),
    ("cryptonets-int", 0.986),
    ("quadratic-40", 0.975),
    ("quadratic-20", 0.970),
    ("lola-small", 0.970),
    ("tenseal-tutorial", 0.980),
    ("lenet5", 0.990),
    ("lenet5-poly", 0.989),
    ("tfhe-30", 0.953),
    ("tfhe-64", 0.967),
    ("tfhe-100", 0.972),
];

fn card(name: &str) -> Card {
    load(CATALOGUE, name).unwrap().card.unwrap()
}

#[test]
fn every_model_opens_and_its_card_tells_of_it() {
    for entry in CATALOGUE {
        let model = open(*entry).unwrap_or_else(|e| panic!("{}: {e}", entry.name()));
        let card = model.card.unwrap();
        assert_eq!(model.architecture.without_bounds(), entry.architecture(), "{}", entry.name());
        assert_eq!((card.name.as_str(), card.purpose.as_str()), (entry.name(), entry.summary()));
        assert_eq!(card.recipe, entry.recipe(), "{}", entry.name());
        assert_eq!(card.architecture, describe(&entry.architecture()));
        let numbers = model.weights.layers.iter().flatten().map(|l| l.weight.values.len() + l.bias.values.len());
        assert_eq!(card.parameters, numbers.sum::<usize>());
        assert!(card.validation.low < card.validation.accuracy && card.validation.accuracy < card.validation.high);
    }
}

#[test]
fn every_curve_has_an_epoch_for_each_of_the_recipe_and_the_best_was_kept() {
    for entry in CATALOGUE {
        let curve = curve::from_csv(entry.files().unwrap().curve).unwrap();
        let card = card(entry.name());
        assert_eq!(curve.len(), entry.recipe().epochs as usize, "{}", entry.name());
        let best = &curve[card.best_epoch as usize - 1];
        assert!(curve.iter().all(|epoch| epoch.validation_accuracy <= best.validation_accuracy), "{}", entry.name());
        // Training measures with other orders of summation: an image on the border may change sides.
        assert!((best.validation_accuracy - card.validation.accuracy).abs() <= 0.001, "{}", entry.name());
    }
}

#[test]
fn declared_bounds_are_those_that_the_weights_keep() {
    for entry in CATALOGUE {
        let model = open(*entry).unwrap();
        if model.architecture.arithmetic == Arithmetic::Integer {
            let kept = bounds::measure(&entry.architecture(), &model.weights).unwrap();
            let declared: Vec<_> = model.architecture.layers.iter().map(|layer| layer.bounds().copied()).collect();
            assert_eq!(kept, declared, "{}", entry.name());
        }
    }
}

#[test]
fn every_layer_with_weights_states_what_its_outputs_are_like() {
    for entry in CATALOGUE {
        for layer in &open(*entry).unwrap().architecture.layers {
            let (Layer::Dense(_) | Layer::Conv2d(_)) = layer else { continue };
            let typical = layer.typical().unwrap_or_else(|| panic!("{}: nothing stated", entry.name()));
            let in_order = 0.0 < typical.root_mean_square && typical.root_mean_square <= typical.largest;
            assert!(in_order, "{}: {typical:?}", entry.name());
            if let Some(bounds) = layer.bounds() {
                assert!(typical.largest <= bounds.output_max.0 as f64, "{}: {typical:?} {bounds:?}", entry.name());
            }
        }
    }
}

#[test]
fn accuracies_reach_what_is_promised() {
    for (name, least) in TARGETS {
        let found = card(name).validation.accuracy;
        assert!(found >= least, "{name}: {found}, promised {least}");
    }
    for name in ["mlp-128-64", "cryptonets"] {
        let loss = card(name).validation.accuracy - card(&format!("{name}-int")).validation.accuracy;
        assert!(loss <= 0.003, "{name}-int loses {loss}");
    }
}

#[test]
fn quadratic_40_stays_below_2_to_the_31_for_every_image() {
    let proven = card("quadratic-40").proven.unwrap();
    assert!(proven.outputs[1].parse::<u128>().unwrap() < 1 << 31, "{proven:?}");
}

#[test]
fn sign_64_stays_in_the_range_that_one_bootstrapping_tells_apart() {
    let model = load(CATALOGUE, "sign-64").unwrap();
    let bounds = model.architecture.layers[1].bounds().unwrap();
    assert!(bounds.output_max.0 <= 30 && bounds.l2_squared_max <= 128, "{bounds:?}");
    assert!(model.architecture.is_integral());
}

#[test]
fn hashes_tell_models_apart() {
    let mut hashes: Vec<String> = CATALOGUE.iter().map(|entry| open(*entry).unwrap().hash).collect();
    hashes.sort();
    hashes.dedup();
    assert_eq!(hashes.len(), CATALOGUE.len());
}

/// A model that this build does not have.
struct Guest;

impl Entry for Guest {
    fn name(&self) -> &'static str {
        "guest"
    }

    fn summary(&self) -> &'static str {
        "a guest"
    }

    fn architecture(&self) -> Architecture {
        real(vec![Layer::Flatten, dense(10)])
    }

    fn recipe(&self) -> Recipe {
        Recipe::mnist()
    }

    fn files(&self) -> Option<Files> {
        None
    }
}

#[test]
fn a_list_with_one_more_model_finds_it() {
    let mut list = CATALOGUE.to_vec();
    list.push(&Guest);
    let longer: Catalogue<'_> = &list;
    assert_eq!(find(longer, "guest").unwrap().summary(), "a guest");
    assert_eq!(super::architecture(&Guest).unwrap().classes(), 10);
    let error = load(longer, "guest").unwrap_err();
    assert_eq!(error.to_string(), "model `guest` has not been trained yet");
}

#[test]
fn an_unknown_name_is_told_the_nearest_and_all() {
    let problem = find(CATALOGUE, "tfhe30").err().unwrap();
    assert_eq!(problem.to_string(), "unknown model `tfhe30`");
    assert_eq!(problem.label.as_deref(), Some("did you mean `tfhe-30`?"));
    assert!(problem.help.unwrap().contains("mlp-128-64, mlp-128-64-int, cryptonets"));
}

#[test]
fn cards_are_reproduced_on_the_validation_images() {
    if std::env::var_os(DATA_VARIABLE).is_none() {
        eprintln!("SKIPPED: ${DATA_VARIABLE} names no folder with MNIST");
    }
    for entry in CATALOGUE {
        let model = open(*entry).unwrap();
        let card = model.card.unwrap();
        if card.recipe.dataset == "mnist" && std::env::var_os(DATA_VARIABLE).is_none() {
            continue;
        }
        let source = Source::of_process(None, Fallback::Refuse);
        let name = card.recipe.dataset.parse().unwrap();
        let images = source.load(name, Split::Validation, None, &Progress::Silent).unwrap();
        let evaluator = Lowered::model(&model.architecture).evaluator(&model.weights).unwrap();
        let labels = evaluator.logits(&images.images).unwrap().labels();
        let right = labels.iter().zip(&images.labels).filter(|(found, label)| found == label).count();
        assert_eq!(
            (right as u64, images.len() as u64),
            (card.validation.right, card.validation.images),
            "{}",
            card.name
        );
    }
}
