//! Small trainings on made-up images.

use std::ops::ControlFlow;
use std::path::Path;
use std::time::Duration;

use blindbench_core::network::architecture::{Architecture, Layer};
use blindbench_core::network::images::{Images, Shape};
use blindbench_core::network::typical;

use super::data::{Data, Labeled};
use super::draw::Draw;
use super::error::Error;
use super::session::Watch;
use super::{Task, files, train};
use crate::models::curve::Epoch;
use crate::models::recipe::{Augmentation, Quantization, Range, Recipe, TorusNoise};
use crate::models::shorthand::{conv5, dense, halve, integer, quadratic, real, relu, sign, sine, square};

/// Hears everything, and stops after some steps.
struct Ear {
    epochs: Vec<Epoch>,
    steps_left: usize,
}

impl Ear {
    fn patient() -> Self {
        Ear { epochs: Vec::new(), steps_left: usize::MAX }
    }
}

impl Watch for Ear {
    fn step(&mut self, _: usize, _: usize) -> ControlFlow<()> {
        self.steps_left -= 1;
        if self.steps_left == 0 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }

    fn epoch(&mut self, epoch: &Epoch, _: u32, _: Duration) {
        self.epochs.push(*epoch);
    }
}

/// Images with a bright bar whose height tells the class, on speckled ground.
fn labeled(count: usize, index: u64) -> Labeled {
    let mut draw = Draw::new(9, "made up", index);
    let mut labeled = Labeled { images: Images { shape: Shape::grey(28, 28), pixels: Vec::new() }, labels: Vec::new() };
    for at in 0..count {
        let class = at % 10;
        for pixel in 0..28 * 28 {
            let bar = (4 + 2 * class..6 + 2 * class).contains(&(pixel / 28)) && (4..24).contains(&(pixel % 28));
            labeled.images.pixels.push((draw.unit() * 60.0) as u8 + if bar { 160 } else { 0 });
        }
        labeled.labels.push(class as u8);
    }
    labeled
}

fn data() -> Data {
    Data::new(labeled(200, 0), labeled(50, 1), labeled(50, 2))
}

fn recipe() -> Recipe {
    Recipe { epochs: 6, batch: 20, learning_rate: 0.01, averaging: 0.8, ..Recipe::mnist() }
}

fn task(architecture: Architecture, recipe: Recipe) -> Task<'static> {
    Task { name: "made-up", purpose: "a test", architecture, recipe, start: None, seed: 3 }
}

fn network() -> Architecture {
    real(vec![Layer::Flatten, dense(16), square(), dense(10)])
}

fn run(task: &Task<'_>, folder: &Path) -> files::Trained {
    train(task, &data(), &folder.join("checkpoint"), &mut Ear::patient()).unwrap()
}

#[test]
fn learning_lowers_the_loss_and_repeats_bit_by_bit() {
    let folder = tempfile::tempdir().unwrap();
    let augmentation = Augmentation { shift: 0.5, rotation: 2.0, scale: 0.02, elastic: 0.3 };
    let task = task(network(), Recipe { augmentation, ..recipe() });
    let first = run(&task, folder.path());
    let second = run(&task, folder.path());
    assert!(first.curve[5].training_loss < 0.5 * first.curve[0].training_loss, "{:?}", first.curve);
    assert!(first.card.validation.accuracy > 0.8, "{:?}", first.card.validation);
    assert_eq!(first.weights, second.weights);
    assert_eq!(first.card, second.card);
    let other = run(&Task { seed: 4, ..task }, folder.path());
    assert_ne!(first.weights, other.weights);
}

#[test]
fn an_interrupted_training_ends_where_an_uninterrupted_one_does() {
    let folder = tempfile::tempdir().unwrap();
    let task = task(network(), recipe());
    let checkpoint = folder.path().join("checkpoint");
    let mut ear = Ear { epochs: Vec::new(), steps_left: 25 };
    let stopped = train(&task, &data(), &checkpoint, &mut ear).err().unwrap();
    assert!(matches!(stopped, Error::Interrupted { epochs: 2, of: 6 }), "{stopped}");
    let mut ear = Ear::patient();
    let resumed = train(&task, &data(), &checkpoint, &mut ear).unwrap();
    assert_eq!(ear.epochs.first().unwrap().epoch, 3);
    let whole = run(&task, folder.path());
    assert_eq!(resumed.weights, whole.weights);
    assert!(!checkpoint.exists());
}

#[test]
fn a_checkpoint_of_another_training_or_a_damaged_one_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let checkpoint = folder.path().join("checkpoint");
    let mut task = task(network(), recipe());
    let stop = |task: &Task<'_>| {
        train(task, &data(), &checkpoint, &mut Ear { epochs: Vec::new(), steps_left: 15 }).err().unwrap()
    };
    assert!(matches!(stop(&task), Error::Interrupted { epochs: 1, .. }));
    task.seed += 1;
    assert!(stop(&task).to_string().contains("another recipe"));
    std::fs::write(&checkpoint, b"torn").unwrap();
    assert!(matches!(stop(&task), Error::Checkpoint { .. }));
}

#[test]
fn the_exact_integer_network_is_the_one_that_was_trained() {
    let folder = tempfile::tempdir().unwrap();
    let quantization = vec![Quantization::fixed(3, 12.0), Quantization::fixed(7, 8.0)];
    let network = integer(4, 0, vec![Layer::Flatten, dense(16), square(), dense(10)]);
    let trained = run(&task(network, Recipe { quantization, ..recipe() }), folder.path());
    let simulated = trained.curve[trained.card.best_epoch as usize - 1].validation_accuracy;
    assert_eq!(simulated, trained.card.validation.accuracy);
    assert!(simulated > 0.8, "{simulated}");
    let bounds = trained.architecture.layers[1].bounds().unwrap();
    assert!((1..=3).contains(&bounds.weight_max), "{bounds:?}");
    let stated: Vec<_> = trained.architecture.layers.iter().map(|layer| layer.typical().copied()).collect();
    assert_eq!(stated, typical::measure(&trained.architecture, &trained.weights, &data().training.images).unwrap());
    assert!(stated[1].unwrap().largest <= bounds.output_max.0 as f64 && stated[3].is_some(), "{stated:?}");
}

#[test]
fn signs_keep_the_range_that_is_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let quantization = vec![Quantization::fixed(1, 8.0).rate(0.3).output_max(20), Quantization::fixed(7, 16.0)];
    let network = integer(2, 2, vec![Layer::Flatten, dense(16), sign(), dense(10)]);
    let trained = run(&task(network, Recipe { quantization, ..recipe() }), folder.path());
    let bounds = trained.architecture.layers[1].bounds().unwrap();
    assert!(bounds.output_max.0 <= 20 && bounds.weight_max == 1, "{bounds:?}");
    assert!(trained.card.validation.accuracy > 0.5, "{:?}", trained.card.validation);
}

#[test]
fn sines_learn_through_the_noise_of_the_torus() {
    let folder = tempfile::tempdir().unwrap();
    let quantization = vec![Quantization::fixed(3, 32.0).rate(0.1), Quantization::fixed(31, 8.0)];
    let noise = Some(TorusNoise { pixel: 3e-4, modulus_switch: 0.0034, activation: 0.01 });
    let network = integer(2, 2, vec![Layer::Flatten, dense(16), sine(32), dense(10)]);
    let trained = run(&task(network, Recipe { quantization, noise, ..recipe() }), folder.path());
    assert!(trained.card.validation.accuracy > 0.7, "{:?}", trained.card.validation);
}

#[test]
fn convolutions_and_pools_learn() {
    let folder = tempfile::tempdir().unwrap();
    let network = real(vec![conv5(3, 2, 1), relu(), halve(), Layer::Flatten, dense(10)]);
    let trained = run(&task(network, recipe()), folder.path());
    assert!(trained.card.validation.accuracy > 0.8, "{:?}", trained.card.validation);
}

#[test]
fn inputs_of_polynomials_are_drawn_into_the_range() {
    let folder = tempfile::tempdir().unwrap();
    let network = real(vec![Layer::Flatten, dense(16), quadratic([0.375, 0.5, 0.125]), dense(10)]);
    let free = run(&task(network.clone(), recipe()), folder.path());
    let range = Some(Range { limit: 1.0, weight: 10.0 });
    let kept = run(&task(network, Recipe { range, ..recipe() }), folder.path());
    assert!(kept.card.validation.accuracy > 0.8, "{:?}", kept.card.validation);
    let largest = |trained: &files::Trained| trained.card.activation_inputs[0];
    assert!(3.0 * largest(&kept) < largest(&free), "{} of {}", largest(&kept), largest(&free));
}

#[test]
fn a_real_network_becomes_an_integer_one_that_answers_alike() {
    let folder = tempfile::tempdir().unwrap();
    let start = run(&task(network(), recipe()), folder.path());
    let quantization = vec![Quantization::fitted(15), Quantization::fitted(15)];
    let recipe = Recipe { epochs: 2, learning_rate: 0.001, quantization, ..recipe() };
    let network = integer(16, 0, network().layers);
    let task = Task { start: Some(start.weights), ..task(network, recipe) };
    let trained = run(&task, folder.path());
    assert!(trained.card.validation.accuracy >= start.card.validation.accuracy - 0.05);
    assert!(trained.card.proven.is_some());
}

#[test]
fn the_four_files_are_read_back() {
    let folder = tempfile::tempdir().unwrap();
    let trained = run(&task(network(), Recipe { epochs: 1, ..recipe() }), folder.path());
    files::write_all(&trained, folder.path()).unwrap();
    let text = |name: &str| std::fs::read_to_string(folder.path().join(name)).unwrap();
    let architecture: Architecture = crate::yaml::parse(&text("network.yaml")).unwrap();
    let card: crate::models::card::Card = crate::yaml::parse(&text("card.yaml")).unwrap();
    assert_eq!((architecture, card), (trained.architecture, trained.card));
    assert_eq!(crate::models::curve::from_csv(&text("curve.csv")).unwrap().len(), 1);
}
