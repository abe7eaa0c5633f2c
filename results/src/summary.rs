//! One cell a row: `summary.csv`, for inference.

use serde::{Deserialize, Serialize};

use crate::cell::Status;

/// Everything that a cell of inference comes down to. Columns have the fields' names; an empty column
/// is none. Times are medians over all samples; their intervals need two samples, and six to
/// reach a level of 0.95.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SummaryRow {
    /// The cell's content hash.
    pub cell: String,
    /// Place in the experiment.
    pub index: u32,
    /// Cells of one group were measured together.
    pub group: u32,
    /// For people: what tells this cell from the others of its experiment.
    pub label: String,
    /// The scheme's name.
    pub scheme: String,
    /// The scheme with what tells it from others of the same name.
    pub scheme_label: String,
    /// The cell, by its content hash, that this one is compared with.
    #[serde(default)]
    pub reference: Option<String>,
    /// Kind of scheme, `fully homomorphic`.
    pub family: Option<String>,
    /// The parameters in one line, for people.
    pub parameters: Option<String>,
    /// What the lowering approximates or quantises; empty where nothing.
    pub approximations: Option<String>,
    /// The network's name; empty where none is evaluated.
    pub model: String,
    /// `float` or `integer`; empty where none is evaluated.
    pub network: String,
    /// Pixels that the network looks at, where its weights were drawn and not trained: its accuracy means nothing, and
    /// is left out.
    #[serde(default)]
    pub untrained_inputs: Option<u64>,
    /// Values of each hidden layer of such a network.
    #[serde(default)]
    pub untrained_width: Option<u64>,
    /// Squares in a row of such a network.
    #[serde(default)]
    pub untrained_depth: Option<u64>,
    /// `single` or `batch`.
    pub scenario: String,
    /// Images a query is asked to hold.
    pub batch: u64,
    /// Images that a full query holds.
    pub chunk: Option<u64>,
    /// Threads of the server.
    pub threads: u32,
    /// The kernel as the experiment names it.
    pub kernel_requested: String,
    /// The instructions that the heavy work really used; before a plan stands, those that it may use.
    pub kernel: String,
    /// The data set and its split, `mnist/test`.
    pub dataset: String,
    /// Different images that were classified.
    pub images: u64,
    /// Different queries that were answered.
    pub queries: u64,
    /// Queries that were timed, repeats included.
    pub samples: u64,
    /// Samples whose times are not to be trusted; they are kept.
    pub contaminated: u64,
    /// Images, repeats included, whose scores break the promise.
    pub wrong_answers: u64,
    /// Share of images with the right label.
    pub accuracy: Option<f64>,
    /// Lower end of the interval of `accuracy`.
    pub accuracy_ci_low: Option<f64>,
    /// Upper end of the interval of `accuracy`.
    pub accuracy_ci_high: Option<f64>,
    /// Share of images with the lowered twin's label.
    pub agreement_lowered: Option<f64>,
    /// Lower end of the interval of `agreement_lowered`.
    pub agreement_lowered_ci_low: Option<f64>,
    /// Upper end of the interval of `agreement_lowered`.
    pub agreement_lowered_ci_high: Option<f64>,
    /// Share of images with the label of the network as its file states it.
    pub agreement_model: Option<f64>,
    /// Lower end of the interval of `agreement_model`.
    pub agreement_model_ci_low: Option<f64>,
    /// Upper end of the interval of `agreement_model`.
    pub agreement_model_ci_high: Option<f64>,
    /// Accuracy of the network as its file states it, on the same images.
    pub model_accuracy: Option<f64>,
    /// Largest difference of a score from the lowered twin's, over the first repeat of every query.
    pub max_logit_error: Option<f64>,
    /// The difference that is promised; 0 where exact.
    pub error_bound: Option<f64>,
    /// Whether answers are to equal the lowered twin's bit for bit.
    pub exact: Option<bool>,
    /// Parameters and architecture to tables; once.
    pub plan_ns: Option<u64>,
    /// Lower end of the interval of `plan_ns`.
    pub plan_ns_ci_low: Option<u64>,
    /// Upper end of the interval of `plan_ns`.
    pub plan_ns_ci_high: Option<u64>,
    /// Secret and public key; once.
    pub keygen_ns: Option<u64>,
    /// Lower end of the interval of `keygen_ns`.
    pub keygen_ns_ci_low: Option<u64>,
    /// Upper end of the interval of `keygen_ns`.
    pub keygen_ns_ci_high: Option<u64>,
    /// Server key made and expanded, weights encoded; once.
    pub setup_ns: Option<u64>,
    /// Lower end of the interval of `setup_ns`.
    pub setup_ns_ci_low: Option<u64>,
    /// Upper end of the interval of `setup_ns`.
    pub setup_ns_ci_high: Option<u64>,
    /// Pixels to query bytes, of a query.
    pub encrypt_ns: Option<u64>,
    /// Lower end of the interval of `encrypt_ns`.
    pub encrypt_ns_ci_low: Option<u64>,
    /// Upper end of the interval of `encrypt_ns`.
    pub encrypt_ns_ci_high: Option<u64>,
    /// Query bytes to answer bytes, of a query.
    pub evaluate_ns: Option<u64>,
    /// Lower end of the interval of `evaluate_ns`.
    pub evaluate_ns_ci_low: Option<u64>,
    /// Upper end of the interval of `evaluate_ns`.
    pub evaluate_ns_ci_high: Option<u64>,
    /// Answer bytes to labels, of a query.
    pub decrypt_ns: Option<u64>,
    /// Lower end of the interval of `decrypt_ns`.
    pub decrypt_ns_ci_low: Option<u64>,
    /// Upper end of the interval of `decrypt_ns`.
    pub decrypt_ns_ci_high: Option<u64>,
    /// One query end to end: encrypt, evaluate and decrypt.
    pub latency_ns: Option<u64>,
    /// Lower end of the interval of `latency_ns`.
    pub latency_ns_ci_low: Option<u64>,
    /// Upper end of the interval of `latency_ns`.
    pub latency_ns_ci_high: Option<u64>,
    /// The same per image of a full query; none where no query was full.
    pub amortized_ns: Option<u64>,
    /// Lower end of the interval of `amortized_ns`.
    pub amortized_ns_ci_low: Option<u64>,
    /// Upper end of the interval of `amortized_ns`.
    pub amortized_ns_ci_high: Option<u64>,
    /// Median CPU time of `plan`, where the platform tells.
    pub plan_cpu_ns: Option<u64>,
    /// Median CPU time of `keygen`, where the platform tells.
    pub keygen_cpu_ns: Option<u64>,
    /// Median CPU time of `setup`, where the platform tells.
    pub setup_cpu_ns: Option<u64>,
    /// Median CPU time of `encrypt`, where the platform tells.
    pub encrypt_cpu_ns: Option<u64>,
    /// Median CPU time of `evaluate`, where the platform tells.
    pub evaluate_cpu_ns: Option<u64>,
    /// Median CPU time of `decrypt`, where the platform tells.
    pub decrypt_cpu_ns: Option<u64>,
    /// Median CPU time per image of a full query, end to end.
    pub amortized_cpu_ns: Option<u64>,
    /// Median CPU time of `evaluate` per image of a full query.
    pub evaluate_cpu_ns_per_image: Option<u64>,
    /// Median wall time of flooding a query's answer with noise, a part of `evaluate_ns`; none where answers leave as
    /// they are.
    pub flooding_ns: Option<u64>,
    /// The inverse of `amortized_ns`.
    pub images_per_second: Option<f64>,
    /// Lower end of the interval of `images_per_second`.
    pub images_per_second_ci_low: Option<f64>,
    /// Upper end of the interval of `images_per_second`.
    pub images_per_second_ci_high: Option<f64>,
    /// Operations on single residues that the plan predicts for `evaluate`, of a full query, where it does.
    #[serde(default)]
    pub predicted_operations: Option<u64>,
    /// Bytes of the largest query.
    pub query_bytes: Option<u64>,
    /// Bytes of the largest answer.
    pub answer_bytes: Option<u64>,
    /// Bytes of public key that left a party, once.
    pub public_key_bytes: Option<u64>,
    /// Bytes of weights that left a party, once.
    pub model_bytes: Option<u64>,
    /// Bytes of evaluation or function keys that left a party, once.
    pub server_key_bytes: Option<u64>,
    /// Bytes of keys and encoded weights that the server keeps.
    pub resident_key_bytes: Option<u64>,
    /// Most resident memory of the process that plays client and key holder.
    pub client_peak_rss_bytes: Option<u64>,
    /// Most resident memory of the server's process.
    pub server_peak_rss_bytes: Option<u64>,
    /// log2 of the cheapest attack; none where nothing is hidden.
    pub security_bits: Option<f64>,
    /// log2 of the core-SVP cost, where lattices are involved.
    pub core_svp_bits: Option<f64>,
    /// The cheapest attack.
    pub security_attack: Option<String>,
    /// Where the estimate comes from.
    pub security_source: Option<String>,
    /// Why parameters below 128 bits are allowed, where they are; such a row is never ranked.
    pub insecure: Option<String>,
    /// log2 of the probability that an image's answer breaks the promise; none where it cannot.
    pub failure_log2: Option<f64>,
    /// Least bits before decryption fails that any layer left.
    pub min_noise_budget_bits: Option<f64>,
    /// log2 of the ring degree or lattice dimension that security rests on.
    pub log_n: Option<f64>,
    /// log2 of the largest modulus that keys live under.
    pub log_qp: Option<f64>,
    /// Independent functions among all that the server's function keys open; none where it holds no such keys.
    #[serde(default)]
    pub leakage_rank: Option<u64>,
    /// Independent functions that there are.
    #[serde(default)]
    pub leakage_dimension: Option<u64>,
    /// Whether the function keys determine the master key: with it every image is opened.
    #[serde(default)]
    pub master_key_determined: Option<bool>,
    /// Mean peak signal-to-noise ratio in dB of images found from what the keys open alone; none where nobody tried.
    #[serde(default)]
    pub least_norm_psnr_db: Option<f64>,
    /// Mean structural similarity of these to the real ones.
    #[serde(default)]
    pub least_norm_ssim: Option<f64>,
    /// Share of these that are exact.
    #[serde(default)]
    pub least_norm_exact: Option<f64>,
    /// As `least_norm_psnr_db`, by an attacker with public images.
    #[serde(default)]
    pub public_prior_psnr_db: Option<f64>,
    /// As `least_norm_ssim`, by an attacker with public images.
    #[serde(default)]
    pub public_prior_ssim: Option<f64>,
    /// As `least_norm_exact`, by an attacker with public images.
    #[serde(default)]
    pub public_prior_exact: Option<f64>,
    /// Share of images whose label was guessed from what the keys open.
    #[serde(default)]
    pub leaked_label_accuracy: Option<f64>,
    /// What the server learns of images and answers.
    pub server_learns: Option<String>,
    /// What the client learns of the weights.
    pub client_learns: Option<String>,
    /// What the key holder learns beyond what its party knows anyway.
    pub key_holder_learns: Option<String>,
    /// Whether times, security and learning are the claims of a foreign program.
    pub claimed_by_peer: Option<bool>,
    /// The processor's model.
    pub cpu: Option<String>,
    /// Processors that the program could use.
    pub cores: Option<u32>,
    /// Memory of the machine.
    pub memory_bytes: Option<u64>,
    /// Operating system, its release and architecture.
    pub os: Option<String>,
    /// Instruction set extensions, separated by spaces.
    pub cpu_features: Option<String>,
    /// How the cell ended.
    pub status: Status,
    /// Why it ended so; none for `ok`.
    pub reason: Option<String>,
}
