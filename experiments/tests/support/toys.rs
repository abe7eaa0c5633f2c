//! Schemes and models that are made for tests of what experiments may say.

#![allow(dead_code, reason = "each test takes what it needs")]

use blindbench::config::known::{DatasetSizes, Known};
use blindbench::models::card::{Accuracy, Card};
use blindbench::models::recipe::Recipe;
use blindbench::models::{self, Files};
use blindbench_core::adapter::{Description, DynClient, DynKeyHolder, DynScheme, DynServer, Entry, Environment};
use blindbench_core::conformance::made_up_weights;
use blindbench_core::error::{Error, Result};
use blindbench_core::network::architecture::{Activation, Architecture, Arithmetic, Dense, Input, Layer, Pixels};
use blindbench_core::network::images::Shape;
use blindbench_core::network::weights::Weights;
use blindbench_core::primitives::Primitives;
use blindbench_core::roles::seed::Seed;
use blindbench_core::scheme::{Case, Promise};
use blindbench_core::security::SecurityEstimate;
use blindbench_schemes::cleartext::{Cleartext, Params as NoParams};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Cleartext, which claims 80 bits.
pub enum Weak {}

/// What the claim rests on.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct WeakParams {
    /// Changes nothing.
    pub dimension: u32,
    /// Changes nothing either.
    #[serde(default)]
    pub packing: Packing,
}

/// A choice by name.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Packing {
    /// The default.
    #[default]
    Batch,
    /// The other.
    Row,
}

impl Entry for Weak {
    type Params = WeakParams;

    fn plan(params: WeakParams, network: &Architecture, batch: usize, on: &Environment) -> Result<Box<dyn DynScheme>> {
        let inner = <Cleartext as Entry>::plan(NoParams {}, network, batch, on)?;
        Ok(claiming(inner, params.dimension))
    }

    fn open(plan: &[u8], on: &Environment) -> Result<Box<dyn DynScheme>> {
        Ok(claiming(<Cleartext as Entry>::open(plan, on)?, 1))
    }

    fn cases() -> Vec<Case<WeakParams>> {
        let params = WeakParams { dimension: 1, packing: Packing::Batch };
        <Cleartext as Entry>::cases()
            .into_iter()
            .map(|Case { architecture, weights, .. }| Case { params, architecture, weights })
            .collect()
    }
}

/// Cleartext, which takes networks of a single layer with weights alone.
pub enum Shallow {}

impl Entry for Shallow {
    type Params = NoParams;

    fn plan(params: NoParams, network: &Architecture, batch: usize, on: &Environment) -> Result<Box<dyn DynScheme>> {
        let depth = network.layers.iter().filter(|layer| matches!(layer, Layer::Dense(_) | Layer::Conv2d(_))).count();
        match depth {
            1 => <Cleartext as Entry>::plan(params, network, batch, on),
            more => Err(Error::Unsupported(format!("{more} layers with weights; this scheme carries 1"))),
        }
    }

    fn open(plan: &[u8], on: &Environment) -> Result<Box<dyn DynScheme>> {
        <Cleartext as Entry>::open(plan, on)
    }

    fn cases() -> Vec<Case<NoParams>> {
        let architecture = layers(&[3], Arithmetic::Integer);
        made_up_weights(&architecture, &Seed::from_number(1))
            .map(|weights| vec![Case { params: NoParams {}, architecture, weights }])
            .unwrap_or_default()
    }
}

/// Cleartext as if it were somebody else's program.
pub enum Foreign {}

impl Entry for Foreign {
    type Params = NoParams;
    const FOREIGN: bool = true;

    fn plan(params: NoParams, network: &Architecture, batch: usize, on: &Environment) -> Result<Box<dyn DynScheme>> {
        <Cleartext as Entry>::plan(params, network, batch, on)
    }

    fn open(plan: &[u8], on: &Environment) -> Result<Box<dyn DynScheme>> {
        <Cleartext as Entry>::open(plan, on)
    }

    fn cases() -> Vec<Case<NoParams>> {
        <Cleartext as Entry>::cases()
    }
}

/// A scheme that runs as cleartext and claims other security.
struct Claiming {
    inner: Box<dyn DynScheme>,
    description: Description,
}

fn claiming(inner: Box<dyn DynScheme>, dimension: u32) -> Box<dyn DynScheme> {
    let mut description = inner.describe().clone();
    description.profile.parameters = format!("dimension {dimension}");
    description.security = SecurityEstimate { bits: Some(80.0), ..SecurityEstimate::none() };
    Box::new(Claiming { inner, description })
}

impl DynScheme for Claiming {
    fn describe(&self) -> &Description {
        &self.description
    }

    fn plan(&self) -> &[u8] {
        self.inner.plan()
    }

    fn promise(&self, weights: &Weights) -> Result<Promise> {
        self.inner.promise(weights)
    }

    fn key_holder(&self, seed: &Seed) -> Result<Box<dyn DynKeyHolder>> {
        self.inner.key_holder(seed)
    }

    fn client(&self, public_key: &[u8]) -> Result<Box<dyn DynClient>> {
        self.inner.client(public_key)
    }

    fn publish(&self, public_key: &[u8], weights: &Weights, seed: &Seed) -> Result<Vec<u8>> {
        self.inner.publish(public_key, weights, seed)
    }

    fn server(&self, model: &[u8]) -> Result<Box<dyn DynServer>> {
        self.inner.server(model)
    }

    fn primitives(&self) -> Option<&dyn Primitives> {
        None
    }
}

/// A network of dense layers and squares on images of 2 x 2.
pub fn layers(outputs: &[usize], arithmetic: Arithmetic) -> Architecture {
    let pixels = match arithmetic {
        Arithmetic::Real => Pixels::Unit,
        Arithmetic::Integer => Pixels::Levels(4),
    };
    let mut layers = vec![Layer::Flatten];
    for &outputs in outputs {
        if layers.len() > 1 {
            layers.push(Layer::Activation(Activation::Square));
        }
        layers.push(Layer::Dense(Dense { outputs, bounds: None, typical: None }));
    }
    Architecture { input: Input { shape: Shape::grey(2, 2), crop: 0, pixels }, arithmetic, layers }
}

/// A model with made-up weights, trained or not.
pub struct Toy {
    /// Its name.
    pub name: &'static str,
    /// Outputs of its layers.
    pub outputs: &'static [usize],
    /// Whether it has files.
    pub trained: bool,
}

impl models::Entry for Toy {
    fn name(&self) -> &'static str {
        self.name
    }

    fn summary(&self) -> &'static str {
        "made up for a test"
    }

    fn architecture(&self) -> Architecture {
        layers(self.outputs, Arithmetic::Real)
    }

    fn recipe(&self) -> Recipe {
        Recipe::mnist()
    }

    fn files(&self) -> Option<Files> {
        if !self.trained {
            return None;
        }
        let architecture = self.architecture();
        let weights = made_up_weights(&architecture, &Seed::from_number(5)).ok()?;
        // Embedded files live as long as the program.
        Some(Files {
            weights: weights.to_safetensors().ok()?.leak(),
            network: serde_json::to_string(&architecture).ok()?.leak(),
            card: serde_json::to_string(&card(self.name)).ok()?.leak(),
            curve: "",
        })
    }
}

fn card(name: &str) -> Card {
    let accuracy = Accuracy { images: 10, right: 5, accuracy: 0.5, low: 0.2, high: 0.8 };
    Card {
        name: name.into(),
        purpose: "made up for a test".into(),
        architecture: "dense".into(),
        parameters: 1,
        recipe: Recipe::mnist(),
        seed: 1,
        best_epoch: 1,
        commit: "none".into(),
        data_hash: "none".into(),
        validation: accuracy,
        test: accuracy,
        training_max_logit: "1".into(),
        validation_max_logit: "1".into(),
        activation_inputs: Vec::new(),
        proven: None,
    }
}

/// The data sets of the tests.
pub const DATASETS: &[DatasetSizes] = &[
    DatasetSizes { name: "mnist", train: 55_000, validation: 5_000, test: 10_000 },
    DatasetSizes { name: "digits", train: 600, validation: 50, test: 100 },
];

/// The models of the tests.
pub const MODELS: models::Catalogue<'static> = &[
    &Toy { name: "flat", outputs: &[3], trained: true },
    &Toy { name: "deep-64", outputs: &[4, 3], trained: true },
    &Toy { name: "raw", outputs: &[3], trained: false },
];

/// What the experiments of the tests may name.
pub const KNOWN: Known<'static> = Known { models: MODELS, datasets: DATASETS };
