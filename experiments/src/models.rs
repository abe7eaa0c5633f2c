//! The trained networks that this program brings along, those that users bring themselves, and those of chosen
//! width and depth that are not trained at all.
//!
//! A model is one module here, which states its architecture and recipe, one line in the list at the
//! end of this file, and a folder `models/<name>` with what training made of them:
//! `weights.safetensors`, `network.yaml`, `card.yaml` and `curve.csv`.

pub mod card;
pub mod command;
pub mod curve;
pub mod error;
pub mod folder;
pub mod measure;
pub mod recipe;
pub mod shorthand;
mod sine_network;
pub mod untrained;
pub mod user;

use blindbench_core::network::architecture::Architecture;
use blindbench_core::network::weights::Weights;

use crate::yaml;
use crate::yaml::problem::{Problem, Problems};
use card::Card;
use error::Error;
use recipe::Recipe;

/// A model of the catalogue.
pub trait Entry: Sync {
    /// What experiments call it.
    fn name(&self) -> &'static str;
    /// One line for people: what it is for.
    fn summary(&self) -> &'static str;
    /// The layers, nothing declared of them.
    fn architecture(&self) -> Architecture;
    /// How it is trained.
    fn recipe(&self) -> Recipe;
    /// What training wrote; none before it was trained for the first time.
    fn files(&self) -> Option<Files>;
}

/// The models that a name may mean, in the order they are listed.
pub type Catalogue<'a> = &'a [&'a dyn Entry];

/// The files of a trained model, embedded in the program.
#[derive(Debug, Clone, Copy)]
pub struct Files {
    /// The weights as safetensors.
    pub weights: &'static [u8],
    /// The architecture, with the bounds that the weights keep and what outputs are like, as YAML.
    pub network: &'static str,
    /// The [`Card`] as YAML.
    pub card: &'static str,
    /// Learning curve: a row an epoch, as CSV.
    pub curve: &'static str,
}

/// A network that can be run.
#[derive(Debug, Clone)]
pub struct Model {
    /// Its name, or the path of its file.
    pub name: String,
    /// One line for people.
    pub summary: String,
    /// The layers with what is declared of them: bounds of an integer network, what outputs are like.
    pub architecture: Architecture,
    /// Weights that keep them.
    pub weights: Weights,
    /// How it came about; none for a user's own.
    pub card: Option<Card>,
    /// BLAKE3 of architecture and weights, in hexadecimal.
    pub hash: String,
}

/// The entry called `name`.
///
/// # Errors
/// A [`Problem`] that suggests the nearest name and lists all.
pub fn find<'a>(catalogue: Catalogue<'a>, name: &str) -> Result<&'a dyn Entry, Problem> {
    let found = catalogue.iter().find(|entry| entry.name() == name);
    found.copied().ok_or_else(|| {
        let names: Vec<&str> = catalogue.iter().map(|entry| entry.name()).collect();
        Problem::unknown("model", name, &names, None)
    })
}

/// The trained model called `name`.
///
/// # Errors
/// [`Error::Unknown`], [`Error::Untrained`], or what is wrong with its files.
pub fn load(catalogue: Catalogue<'_>, name: &str) -> Result<Model, Error> {
    open(find(catalogue, name).map_err(Error::Unknown)?)
}

/// The trained model of an entry.
///
/// # Errors
/// [`Error::Untrained`], or what is wrong with its files.
pub fn open(entry: &dyn Entry) -> Result<Model, Error> {
    let files = entry.files().ok_or_else(|| Error::Untrained { name: entry.name().into() })?;
    let file = |kind: &str| format!("models/{}/{kind}", entry.name());
    let architecture: Architecture = read(&file("network.yaml"), files.network)?;
    let card: Card = read(&file("card.yaml"), files.card)?;
    let weights = weights(&file("weights.safetensors"), &architecture, files.weights)?;
    let (name, summary, hash) = (entry.name().into(), entry.summary().into(), hash(&architecture, &weights)?);
    Ok(Model { name, summary, architecture, weights, card: Some(card), hash })
}

/// The architecture of an entry as experiments see it: as trained, else as stated.
///
/// # Errors
/// What is wrong with its file.
pub fn architecture(entry: &dyn Entry) -> Result<Architecture, Error> {
    match entry.files() {
        Some(files) => read(&format!("models/{}/network.yaml", entry.name()), files.network),
        None => Ok(entry.architecture()),
    }
}

/// BLAKE3 of architecture and weights, in hexadecimal.
///
/// # Errors
/// [`Error::Network`] where the weights cannot be written down.
pub fn hash(architecture: &Architecture, weights: &Weights) -> Result<String, Error> {
    let refuse = |source| Error::Network { file: "network".into(), source };
    let layers = serde_json::to_vec(architecture)
        .map_err(|e| refuse(blindbench_core::error::Error::wire("architecture", e.to_string())))?;
    let weights = weights.to_safetensors().map_err(refuse)?;
    let mut hasher = blake3::Hasher::new();
    for part in [&layers, &weights] {
        hasher.update(&(part.len() as u64).to_le_bytes());
        hasher.update(part);
    }
    Ok(hasher.finalize().to_hex().to_string())
}

fn read<T: serde::de::DeserializeOwned>(file: &str, text: &str) -> Result<T, Error> {
    yaml::parse(text).map_err(|problem| Error::Yaml(Problems::new(file, text, vec![problem])))
}

fn weights(file: &str, architecture: &Architecture, bytes: &[u8]) -> Result<Weights, Error> {
    let refuse = |source| Error::Network { file: file.into(), source };
    let weights = Weights::from_safetensors(architecture, bytes).map_err(refuse)?;
    weights.check(architecture).map_err(refuse)?;
    Ok(weights)
}

/// The files in the folder `models/<name>`.
macro_rules! embed {
    ($name:literal) => {
        $crate::models::Files {
            weights: include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/models/", $name, "/weights.safetensors")),
            network: include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/models/", $name, "/network.yaml")),
            card: include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/models/", $name, "/card.yaml")),
            curve: include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/models/", $name, "/curve.csv")),
        }
    };
}

/// One line a model: its module and its type.
macro_rules! models {
    ($($module:ident::$model:ident,)*) => {
        $(mod $module;)*

        /// Every model of this build.
        pub const CATALOGUE: Catalogue<'static> = &[$(&$module::$model),*];
    };
}

models! {
    mlp_128_64::Mlp128x64,
    mlp_128_64_int::Mlp128x64Int,
    cryptonets::CryptoNets,
    cryptonets_int::CryptoNetsInt,
    quadratic_40::Quadratic40,
    quadratic_20::Quadratic20,
    lola_small::LolaSmall,
    tenseal_tutorial::TensealTutorial,
    lenet5::LeNet5,
    lenet5_poly::LeNet5Poly,
    tfhe_30::Tfhe30,
    tfhe_64::Tfhe64,
    tfhe_100::Tfhe100,
    sign_64::Sign64,
    digits_mlp::DigitsMlp,
    digits_tfhe_30::DigitsTfhe30,
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic, clippy::wildcard_enum_match_arm, reason = "a failing test may panic")]
mod tests;
