//! Leakage: what function keys give away of images that were never trained on, step by step as they are issued.
//!
//! It takes no scheme. Every inner-product functional encryption opens the same products, so a server under any of them
//! holds what is computed here in the clear.

mod issue;
mod meter;
mod patches;
mod sgd;

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Mutex, PoisonError};

use blindbench_core::error::Error;
use blindbench_functional::leakage::prior::PublicImages;
use blindbench_results::cell::{Memory, Security, Status, Terms};
use blindbench_results::leakage::LeakageSample;
use blindbench_results::sample::Line;

use self::issue::Issuer;
use self::meter::{Meter, Victims};
use super::{Failure, LabelledImages, Task, Work, unsupported};
use crate::experiment::CellSpec;
use crate::experiment::leakage::{LeakageRequest, TrainedKeys};
use crate::machine::memory;
use crate::models::Model;

/// The name that cells have in place of a scheme's: any that opens inner products.
pub const ANY_SCHEME: &str = "inner-product";

/// Digits.
const CLASSES: usize = 10;

/// Who tries what keys give away, the same for all cells.
#[derive(Debug)]
pub struct Attackers {
    request: LeakageRequest,
    /// The images that networks are trained on; the last of them are public.
    training: LabelledImages,
    /// What came of the networks that they have tried, by their hashes: no scheme changes it.
    tried: Mutex<BTreeMap<String, LeakageSample>>,
}

impl Attackers {
    /// Attackers with the last of the training images.
    pub fn new(request: LeakageRequest, training: LabelledImages) -> Self {
        Attackers { request, training, tried: Mutex::default() }
    }

    /// What the keys of a cell's network give away of the cell's images.
    ///
    /// # Errors
    /// Where the attack cannot be computed.
    pub fn try_network(&self, task: &Task<'_>) -> Result<LeakageSample, Failure> {
        let model = task.network()?;
        let mut tried = self.tried.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(sample) = tried.get(&model.hash) {
            return Ok(sample.clone());
        }
        let mut issuer = Issuer::of_model(model)?;
        let mut meter = self.meter(&issuer, task.images)?;
        meter.issue(&issuer.next())?;
        let sample = meter.measure(1)?;
        tried.insert(model.hash.clone(), sample.clone());
        Ok(sample)
    }

    /// A meter of these images before the first key.
    fn meter(&self, issuer: &Issuer<'_>, images: &LabelledImages) -> Result<Meter, Error> {
        let victims = Victims {
            images: issuer.encode(&images.images.pixels),
            labels: images.labels.clone(),
            format: issuer.format(),
            width: issuer.width(),
            shown: self.request.shown,
        };
        Meter::new(issuer.length(), self.public(issuer)?, victims)
    }

    /// The public images, as they are encrypted.
    fn public(&self, issuer: &Issuer<'_>) -> Result<PublicImages, Error> {
        let LabelledImages { images, labels } = &self.training;
        let first = images.len().saturating_sub(self.request.public_images);
        let pixels = issuer.encode(&images.slice(first..images.len()).pixels);
        PublicImages::of(&pixels, labels.get(first..).unwrap_or_default(), issuer.format(), CLASSES)
    }
}

/// A cell of issued keys under way.
pub struct KeyLeakage<'a> {
    issuer: Issuer<'a>,
    meter: Meter,
    /// Steps whose keys the meter has.
    taken: u64,
    /// Steps that are still to be measured, ascending.
    left: VecDeque<u64>,
    parameters: String,
}

impl<'a> KeyLeakage<'a> {
    /// Prepares keys and attackers; `before` are the lines of an interrupted process, whose steps are taken again but not
    /// measured again.
    ///
    /// # Errors
    /// [`Status::Unsupported`] for a network that functional encryption cannot open.
    pub fn open(task: &Task<'a>, before: &[Line]) -> Result<Self, Failure> {
        let attackers =
            task.attackers.ok_or_else(|| Failure::new(Status::Unsupported, "no public images: state `leakage:`"))?;
        let issuer = issuer(task, &attackers.training).map_err(unsupported)?;
        let meter = attackers.meter(&issuer, task.images)?;
        let measured = |step: &u64| before.iter().any(|line| matches!(line, Line::Leakage(s) if s.step == *step));
        let left = issuer.steps().into_iter().filter(|step| !measured(step)).collect();
        Ok(KeyLeakage { issuer, meter, taken: 0, left, parameters: parameters(task.cell) })
    }
}

impl Work for KeyLeakage<'_> {
    fn terms(&self) -> Terms {
        Terms {
            family: "functional encryption (inner product)".into(),
            parameters: self.parameters.clone(),
            approximations: String::new(),
            chunk: 1,
            security: Security {
                bits: None,
                core_svp_bits: None,
                attack: "none on a cryptosystem: linear algebra on what keys open".into(),
                source: "measured".into(),
            },
            exact: true,
            error_bound: 0.0,
            failure_log2: None,
            log_n: None,
            log_qp: None,
            predicted_operations: None,
            leakage: None,
            server_learns: "of every image that is ever encrypted for the authority what all issued keys span".into(),
            client_learns: String::new(),
            key_holder_learns: "the weights of the first layer, at every step".into(),
            kernel: "none".into(),
            claimed_by_peer: false,
        }
    }

    fn expected_turns(&self) -> u64 {
        self.left.len() as u64
    }

    fn turn(&mut self) -> Result<Option<Vec<Line>>, Failure> {
        let Some(step) = self.left.pop_front() else { return Ok(None) };
        while self.taken < step {
            self.meter.issue(&self.issuer.next())?;
            self.taken += 1;
        }
        Ok(Some(vec![Line::Leakage(self.meter.measure(step)?)]))
    }

    fn memory(&self) -> Memory {
        Memory { client_peak_rss_bytes: None, server_peak_rss_bytes: memory::own_peak_bytes() }
    }
}

/// Why functional encryption cannot open a cell's first layer, where it cannot.
///
/// # Errors
/// The reason.
pub fn check(model: &Model) -> Result<(), Error> {
    Issuer::of_model(model).map(drop)
}

fn issuer<'a>(task: &Task<'a>, training: &'a LabelledImages) -> Result<Issuer<'a>, Error> {
    match task.network {
        Some(model) => Issuer::of_model(model),
        None => {
            let keys = trained_keys(task.cell)?;
            // The same for all cells: those that differ in their steps alone issue the same keys.
            Issuer::of_training(keys, training, &task.shared_seed.derive("first layer", 0))
        }
    }
}

/// What the cell's parameters state.
fn trained_keys(cell: &CellSpec) -> Result<TrainedKeys, Error> {
    serde_json::from_value(cell.scheme.params.clone())
        .map_err(|error| Error::Unsupported(format!("no network, and no keys of training: {error}")))
}

fn parameters(cell: &CellSpec) -> String {
    match trained_keys(cell) {
        Ok(TrainedKeys { learning_rate, batch, decimals, .. }) => {
            format!("plain SGD: learning rate {learning_rate}, batch {batch}, weights of {decimals} decimals")
        }
        Err(_) => "rows of the first matrix".into(),
    }
}
