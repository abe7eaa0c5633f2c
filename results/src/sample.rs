//! What is measured: the lines of a cell's log.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::cell::{Identity, Status};
use crate::leakage::LeakageSample;

/// One line of a cell's log.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "line", rename_all = "snake_case")]
pub enum Line {
    /// What is measured: always the first line, and the only one of its kind.
    Start(Identity),
    /// Costs that are paid once; again after a resume, since keys are not kept.
    OneOff(OneOff),
    /// One query, end to end.
    Query(Sample),
    /// What an untimed pass found in a layer's ciphertexts.
    Noise(NoiseSample),
    /// One operation by itself.
    Operation(OperationSample),
    /// What the function keys that were issued so far give away.
    Leakage(LeakageSample),
    /// The cell crashed or timed out here; samples behind this line are of another try.
    Stopped(Stop),
}

/// A step that is timed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// Parameters and architecture to tables; once.
    Plan,
    /// Secret and public key; once.
    Keygen,
    /// Server key made and expanded, weights encoded; once.
    Setup,
    /// Pixels to query bytes.
    Encrypt,
    /// Query bytes to answer bytes.
    Evaluate,
    /// Answer bytes to labels.
    Decrypt,
}

impl Stage {
    /// Every stage, in the order of the protocol.
    pub const ALL: [Stage; 6] =
        [Stage::Plan, Stage::Keygen, Stage::Setup, Stage::Encrypt, Stage::Evaluate, Stage::Decrypt];

    /// The name used in records.
    pub fn name(self) -> &'static str {
        match self {
            Stage::Plan => "plan",
            Stage::Keygen => "keygen",
            Stage::Setup => "setup",
            Stage::Encrypt => "encrypt",
            Stage::Evaluate => "evaluate",
            Stage::Decrypt => "decrypt",
        }
    }
}

/// How long something took.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Time {
    /// By the clock on the wall.
    pub wall_ns: u64,
    /// Of all threads that did the work; 0 where the platform does not tell.
    pub cpu_ns: u64,
}

/// Costs that are paid once for a cell.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OneOff {
    /// [`Stage::Plan`].
    pub plan: Time,
    /// [`Stage::Keygen`].
    pub keygen: Time,
    /// [`Stage::Setup`].
    pub setup: Time,
    /// What was sent: plan, keys, weights.
    pub messages: Vec<MessageSample>,
    /// What the server keeps in memory for later queries, as the scheme counts it.
    pub resident_key_bytes: u64,
    /// What else the machine did.
    pub interference: Interference,
}

/// One query, end to end, checked.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sample {
    /// Which query of the cell, from 0.
    pub query: u64,
    /// Which repeat of that query, from 0; (`query`, `repeat`) occurs once in a log.
    pub repeat: u32,
    /// The query's first image in the data set's split.
    pub first_image: u64,
    /// Images in the query, at least 1; the lists below have one entry an image.
    pub images: u64,
    /// [`Stage::Encrypt`].
    pub encrypt: Time,
    /// [`Stage::Evaluate`], by the server's own clock.
    pub evaluate: Time,
    /// [`Stage::Decrypt`].
    pub decrypt: Time,
    /// The parts of [`Sample::evaluate`].
    pub layers: Vec<LayerSample>,
    /// What was sent: query and answer.
    pub messages: Vec<MessageSample>,
    /// Labels that were decrypted.
    pub predictions: Vec<u8>,
    /// Labels that the data set states.
    pub labels: Vec<u8>,
    /// Labels of the lowered twin.
    pub lowered_predictions: Vec<u8>,
    /// Labels of the network as its file states it.
    pub model_predictions: Vec<u8>,
    /// Largest difference of a score from the lowered twin's.
    #[serde(with = "crate::real")]
    pub max_logit_error: f64,
    /// Images whose scores differ from the lowered twin's by more than is promised.
    pub wrong: u64,
    /// What else the machine did.
    pub interference: Interference,
}

/// Name of the step behind the last layer that drowns an answer's noise.
pub const FLOODING: &str = "flooding";

/// One layer of one evaluation.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LayerSample {
    /// Index of the layer in the network, from 0; their number for [`FLOODING`].
    pub layer: u32,
    /// What it is, `dense` or `conv2d`.
    pub name: String,
    /// Wall time.
    pub wall_ns: u64,
    /// Operations by name, those that were counted at all.
    pub counters: BTreeMap<String, u64>,
}

/// Messages of one kind from one party to another.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MessageSample {
    /// Party that sent.
    pub from: String,
    /// Party that received.
    pub to: String,
    /// `query`, `answer`, `server_key`, ...
    pub kind: String,
    /// How many.
    pub messages: u64,
    /// All of them together.
    pub bytes: u64,
}

/// What an untimed pass found in a layer's ciphertexts.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NoiseSample {
    /// Index of the layer in the network, from 0.
    pub layer: u32,
    /// What it is.
    pub name: String,
    /// The image that was looked at.
    pub image: u64,
    /// Bits before decryption fails, for schemes with a noise budget.
    pub noise_budget_bits: Option<f64>,
    /// -log2 of the largest error of a value, for approximate schemes.
    pub precision_bits: Option<f64>,
}

/// One operation by itself, run several times.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OperationSample {
    /// Its name.
    pub operation: String,
    /// Which repeat, from 0; (`operation`, `repeat`) occurs once in a log.
    pub repeat: u32,
    /// How often it ran in `time`, at least 1.
    pub times: u32,
    /// Results that it gives each time, where they are many.
    #[serde(default = "one", skip_serializing_if = "is_one")]
    pub results: u64,
    /// All of them together.
    pub time: Time,
    /// The last result's largest error against cleartext; 0 where it is exact.
    #[serde(with = "crate::real")]
    pub max_error: f64,
    /// What else the machine did.
    pub interference: Interference,
}

fn one() -> u64 {
    1
}

fn is_one(results: &u64) -> bool {
    *results == 1
}

/// How a try to measure a cell ended that was not its last, or need not be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Stop {
    /// In one word.
    pub status: Status,
    /// In a sentence.
    pub reason: Option<String>,
}

/// What else the machine did during a sample.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Interference {
    /// Load average over a minute, where the platform tells.
    pub load: Option<f64>,
    /// Time that a hypervisor took away, where the platform tells.
    pub steal_ns: Option<u64>,
    /// CPU time over wall time, per thread of the cell.
    pub cpu_over_wall: Option<f64>,
    /// Why the sample's times are not to be trusted, where they are not.
    pub contaminated: Option<String>,
}

impl OperationSample {
    /// Times that `time` is shared by for the time of one run.
    pub fn runs(&self) -> f64 {
        f64::from(self.times.max(1))
    }

    /// Times that `time` is shared by for the time of one result.
    pub fn shares(&self) -> f64 {
        self.runs() * self.results.max(1) as f64
    }
}

impl Sample {
    /// Wall time from pixels to labels.
    pub fn latency_ns(&self) -> u64 {
        [self.encrypt, self.evaluate, self.decrypt].iter().map(|time| time.wall_ns).sum()
    }

    /// CPU time from pixels to labels; 0 where the platform does not tell.
    pub fn latency_cpu_ns(&self) -> u64 {
        [self.encrypt, self.evaluate, self.decrypt].iter().map(|time| time.cpu_ns).sum()
    }

    /// Bytes of one kind of message.
    pub fn bytes(&self, kind: &str) -> u64 {
        self.messages.iter().filter(|message| message.kind == kind).map(|message| message.bytes).sum()
    }
}
