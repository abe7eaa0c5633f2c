//! What a cell is, and what is known once it is finished: the seal `<content-hash>.json`.

use serde::{Deserialize, Serialize};

/// A finished cell; its log must not change any more.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cell {
    /// [`crate::SCHEMA_VERSION`] of the program that wrote it.
    pub schema_version: u32,
    /// What was measured.
    pub identity: Identity,
    /// How it ended.
    pub status: Status,
    /// Why it ended so; none for [`Status::Ok`].
    pub reason: Option<String>,
    /// What stands beside every number of the cell; none where it did not get as far as a plan.
    pub terms: Option<Terms>,
    /// Memory that was used.
    pub memory: Memory,
    /// Where it was measured.
    pub machine: Machine,
    /// SHA-256 of the program, hexadecimal.
    pub binary_sha256: String,
    /// The log as it was when the cell was sealed; filled in by the store.
    pub log: LogSeal,
}

/// What tells one cell from another.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Identity {
    /// Names the cell's files: hexadecimal hash of everything that its samples depend on.
    pub content_hash: String,
    /// Place in the experiment.
    pub index: u32,
    /// Cells of one group are measured together.
    pub group: u32,
    /// For people: what tells this cell from the others of its experiment.
    pub label: String,
    /// The scheme's name.
    pub scheme: String,
    /// The scheme with what tells it from others of the same name, `tfhe (128 bits)`.
    pub scheme_label: String,
    /// The scheme's parameters as the experiment states them, defaults filled in.
    pub params: serde_json::Value,
    /// Why parameters below 128 bits are allowed, where they are.
    pub insecure: Option<String>,
    /// The network's name; empty where none is evaluated.
    pub model: String,
    /// Kind of network: `float` or `integer`; empty where none is evaluated.
    pub network: String,
    /// The network's measures where its weights were drawn and not trained: it is there for its cost alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub untrained: Option<Untrained>,
    /// `single` or `batch`.
    pub scenario: String,
    /// Images a query is asked to hold, at least 1.
    pub batch: u64,
    /// Threads of the server, at least 1.
    pub threads: u32,
    /// The kernel as the experiment names it, `best` or a name.
    pub kernel_requested: String,
    /// The instructions that the cell may use.
    pub kernel: String,
    /// The data set and its split, as [`crate::run::Dataset::label`] gives it.
    pub dataset: String,
    /// Content hash of the cell that this one is compared with, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reference: Option<String>,
}

/// A network of dense layers with squares between them whose weights were drawn from a seed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Untrained {
    /// Pixels that it looks at.
    pub inputs: u64,
    /// Values of each hidden layer.
    pub width: u64,
    /// Squares in a row.
    pub depth: u64,
}

/// How a cell ended.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Every answer kept its promise.
    Ok,
    /// An answer differed from its lowered twin by more than is promised.
    FailedTwin,
    /// The scheme cannot do it.
    Unsupported,
    /// The server or a peer died or answered nonsense.
    Crashed,
    /// The server or a peer did not answer in time.
    TimedOut,
    /// Not finished; a resumed run goes on with it.
    #[default]
    Interrupted,
}

impl Status {
    /// The name used in records.
    pub fn name(self) -> &'static str {
        match self {
            Status::Ok => "ok",
            Status::FailedTwin => "failed_twin",
            Status::Unsupported => "unsupported",
            Status::Crashed => "crashed",
            Status::TimedOut => "timed_out",
            Status::Interrupted => "interrupted",
        }
    }

    /// Whether a resumed run leaves the cell as it is. What a cell crashed or timed out on may be gone,
    /// so it is tried again; a wrong answer stays, since asking until it is right would hide it.
    pub fn is_final(self) -> bool {
        match self {
            Status::Ok | Status::FailedTwin | Status::Unsupported => true,
            Status::Crashed | Status::TimedOut | Status::Interrupted => false,
        }
    }
}

/// What stands beside every number of a cell.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Terms {
    /// Kind of scheme, `fully homomorphic`.
    pub family: String,
    /// The parameters in one line, for people.
    pub parameters: String,
    /// What the lowering approximates or quantises, for people; empty where nothing.
    pub approximations: String,
    /// Images that a full query of this cell holds, at least 1.
    pub chunk: u64,
    /// The cheapest attack.
    pub security: Security,
    /// Whether answers equal the lowered twin's bit for bit.
    pub exact: bool,
    /// Largest difference of a score from the lowered twin's that is promised; 0 where exact.
    #[serde(with = "crate::real")]
    pub error_bound: f64,
    /// log2 of the probability that an image's answer breaks the promise; none where it cannot.
    pub failure_log2: Option<f64>,
    /// log2 of the ring degree or lattice dimension that security rests on.
    pub log_n: Option<f64>,
    /// log2 of the largest modulus that keys live under.
    pub log_qp: Option<f64>,
    /// Operations on single residues that the plan predicts for the answer to a full query, where it does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub predicted_operations: Option<u64>,
    /// What the server's function keys span, where it holds any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub leakage: Option<Leakage>,
    /// What the server learns of images and answers.
    pub server_learns: String,
    /// What the client learns of the weights.
    pub client_learns: String,
    /// What the key holder learns beyond what its party knows anyway.
    pub key_holder_learns: String,
    /// The instructions that the heavy work really used.
    pub kernel: String,
    /// Whether times, security and learning are the claims of a foreign program.
    pub claimed_by_peer: bool,
}

/// What all function keys that a server holds together span.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Leakage {
    /// Independent functions among them.
    pub rank: u64,
    /// Independent functions that there are.
    pub dimension: u64,
}

impl Leakage {
    /// Whether the keys are as many independent equations as the master key has unknowns.
    pub fn is_master_key_determined(self) -> bool {
        self.rank == self.dimension
    }
}

/// The cheapest known attack on a cell's parameters.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Security {
    /// log2 of its cost; none where nothing is hidden.
    pub bits: Option<f64>,
    /// log2 of the core-SVP cost, where lattices are involved.
    pub core_svp_bits: Option<f64>,
    /// The attack.
    pub attack: String,
    /// Where the estimate comes from.
    pub source: String,
}

/// Memory that a cell's processes used; none where the platform does not tell.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Memory {
    /// Most resident memory of the process that plays client and key holder.
    pub client_peak_rss_bytes: Option<u64>,
    /// Most resident memory of the server's process.
    pub server_peak_rss_bytes: Option<u64>,
}

/// Where a cell was measured.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Machine {
    /// The processor's model.
    pub cpu: String,
    /// Processors that the program may use.
    pub cores: u32,
    /// Memory of the machine.
    pub memory_bytes: u64,
    /// Operating system, its release and architecture.
    pub os: String,
    /// Instruction set extensions that the processor has and kernels may use.
    pub cpu_features: Vec<String>,
    /// Frequency governor of the processor, where the platform tells.
    pub governor: Option<String>,
    /// Whether the platform tells what a hypervisor or other programs took away.
    pub pressure_available: bool,
    /// What shuts a server's process off from files and the network, `landlock, ABI 5`, or why nothing does.
    pub confinement: String,
}

/// A log at the moment it was sealed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LogSeal {
    /// SHA-256 of its bytes, hexadecimal.
    pub sha256: String,
    /// Its lines.
    pub lines: u64,
    /// Its bytes.
    pub bytes: u64,
}
