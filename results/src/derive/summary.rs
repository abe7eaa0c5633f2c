//! A cell's row of `summary.csv`.

use super::combine::{Combined, cpu, per_image, times, wall, whole_median};
use super::queries::Queries;
use crate::cell::{Cell, Identity, Leakage, Status, Terms};
use crate::leakage::{LEAST_NORM, LeakageSample, PUBLIC_PRIOR};
use crate::sample::{FLOODING, Sample, Stage};
use crate::stats::binomial;
use crate::store::cells::CellRecord;
use crate::summary::SummaryRow;

/// The row of one cell.
pub fn row(record: &CellRecord, confidence: f64) -> SummaryRow {
    let queries = record.queries();
    let mut row = SummaryRow::default();
    identify(&mut row, &record.identity);
    if let Some(cell) = &record.seal {
        finish(&mut row, cell);
    }
    count(&mut row, &queries);
    judge(&mut row, &queries, confidence);
    if record.identity.untrained.is_some() {
        leave_accuracy_out(&mut row);
    }
    time_stages(&mut row, &queries, confidence);
    time_queries(&mut row, &queries, confidence);
    weigh(&mut row, &queries);
    if let Some(last) = queries.leakage.last() {
        span(&mut row, Some(last.span));
        attack(&mut row, last);
    }
    row
}

fn identify(row: &mut SummaryRow, identity: &Identity) {
    let identity = identity.clone();
    row.cell = identity.content_hash;
    row.index = identity.index;
    row.group = identity.group;
    row.label = identity.label;
    row.scheme = identity.scheme;
    row.scheme_label = identity.scheme_label;
    row.reference = identity.reference;
    row.insecure = identity.insecure;
    row.model = identity.model;
    row.network = identity.network;
    row.untrained_inputs = identity.untrained.map(|untrained| untrained.inputs);
    row.untrained_width = identity.untrained.map(|untrained| untrained.width);
    row.untrained_depth = identity.untrained.map(|untrained| untrained.depth);
    row.scenario = identity.scenario;
    row.batch = identity.batch;
    row.threads = identity.threads;
    row.kernel_requested = identity.kernel_requested;
    row.kernel = identity.kernel;
    row.dataset = identity.dataset;
    row.status = Status::Interrupted;
    row.reason = Some("not finished; `blindbench run --resume` goes on with it".into());
}

fn finish(row: &mut SummaryRow, cell: &Cell) {
    row.status = cell.status;
    row.reason.clone_from(&cell.reason);
    row.client_peak_rss_bytes = cell.memory.client_peak_rss_bytes;
    row.server_peak_rss_bytes = cell.memory.server_peak_rss_bytes;
    row.cpu = Some(cell.machine.cpu.clone());
    row.cores = Some(cell.machine.cores);
    row.memory_bytes = Some(cell.machine.memory_bytes);
    row.os = Some(cell.machine.os.clone());
    row.cpu_features = Some(cell.machine.cpu_features.join(" "));
    if let Some(terms) = &cell.terms {
        state(row, terms.clone());
    }
}

fn state(row: &mut SummaryRow, terms: Terms) {
    row.family = Some(terms.family);
    row.parameters = Some(terms.parameters);
    row.approximations = Some(terms.approximations).filter(|words| !words.is_empty());
    row.chunk = Some(terms.chunk);
    row.kernel = terms.kernel;
    row.security_bits = terms.security.bits;
    row.core_svp_bits = terms.security.core_svp_bits;
    row.security_attack = Some(terms.security.attack);
    row.security_source = Some(terms.security.source);
    row.exact = Some(terms.exact);
    row.error_bound = Some(terms.error_bound);
    row.failure_log2 = terms.failure_log2;
    row.log_n = terms.log_n;
    row.log_qp = terms.log_qp;
    row.predicted_operations = terms.predicted_operations;
    span(row, terms.leakage);
    row.server_learns = Some(terms.server_learns).filter(|words| !words.is_empty());
    row.client_learns = Some(terms.client_learns).filter(|words| !words.is_empty());
    row.key_holder_learns = Some(terms.key_holder_learns).filter(|words| !words.is_empty());
    row.claimed_by_peer = Some(terms.claimed_by_peer);
}

/// How attackers fared.
fn attack(row: &mut SummaryRow, sample: &LeakageSample) {
    let share = |count: u64| (sample.victims > 0).then(|| count as f64 / sample.victims as f64);
    let of = |name: &str| sample.attacks.iter().find(|attack| attack.attack == name);
    if let Some(attack) = of(LEAST_NORM) {
        row.least_norm_psnr_db = Some(attack.psnr_db);
        row.least_norm_ssim = attack.ssim;
        row.least_norm_exact = share(attack.exact);
    }
    if let Some(attack) = of(PUBLIC_PRIOR) {
        row.public_prior_psnr_db = Some(attack.psnr_db);
        row.public_prior_ssim = attack.ssim;
        row.public_prior_exact = share(attack.exact);
    }
    row.leaked_label_accuracy = share(sample.labels_right);
}

fn span(row: &mut SummaryRow, leakage: Option<Leakage>) {
    row.leakage_rank = leakage.map(|leakage| leakage.rank);
    row.leakage_dimension = leakage.map(|leakage| leakage.dimension);
    row.master_key_determined = leakage.map(Leakage::is_master_key_determined);
}

fn count(row: &mut SummaryRow, queries: &Queries<'_>) {
    row.images = queries.images();
    row.queries = queries.first.len() as u64;
    row.samples = queries.all.len() as u64;
    let contaminated = |sample: &&&Sample| sample.interference.contaminated.is_some();
    row.contaminated = queries.all.iter().filter(contaminated).count() as u64;
    row.wrong_answers = queries.all.iter().map(|sample| sample.wrong).sum();
    row.max_logit_error = Queries::max_logit_error(&queries.first);
}

fn judge(row: &mut SummaryRow, queries: &Queries<'_>, confidence: f64) {
    let share = |equal: u64| binomial::interval(equal, queries.images(), confidence).map(Combined::from);
    let accuracy = share(queries.equal(|sample| &sample.predictions, |sample| &sample.labels));
    put(accuracy, [&mut row.accuracy, &mut row.accuracy_ci_low, &mut row.accuracy_ci_high]);
    let lowered = share(queries.equal(|sample| &sample.predictions, |sample| &sample.lowered_predictions));
    put(lowered, [&mut row.agreement_lowered, &mut row.agreement_lowered_ci_low, &mut row.agreement_lowered_ci_high]);
    let model = share(queries.equal(|sample| &sample.predictions, |sample| &sample.model_predictions));
    put(model, [&mut row.agreement_model, &mut row.agreement_model_ci_low, &mut row.agreement_model_ci_high]);
    row.model_accuracy =
        share(queries.equal(|sample| &sample.model_predictions, |sample| &sample.labels)).map(|found| found.value);
}

/// Whoever never learned digits is right by chance.
fn leave_accuracy_out(row: &mut SummaryRow) {
    for column in [&mut row.accuracy, &mut row.accuracy_ci_low, &mut row.accuracy_ci_high, &mut row.model_accuracy] {
        *column = None;
    }
}

fn time_stages(row: &mut SummaryRow, queries: &Queries<'_>, confidence: f64) {
    for stage in Stage::ALL {
        let times = times(queries, stage);
        let (columns, cpu_column) = match stage {
            Stage::Plan => {
                ([&mut row.plan_ns, &mut row.plan_ns_ci_low, &mut row.plan_ns_ci_high], &mut row.plan_cpu_ns)
            }
            Stage::Keygen => {
                ([&mut row.keygen_ns, &mut row.keygen_ns_ci_low, &mut row.keygen_ns_ci_high], &mut row.keygen_cpu_ns)
            }
            Stage::Setup => {
                ([&mut row.setup_ns, &mut row.setup_ns_ci_low, &mut row.setup_ns_ci_high], &mut row.setup_cpu_ns)
            }
            Stage::Encrypt => (
                [&mut row.encrypt_ns, &mut row.encrypt_ns_ci_low, &mut row.encrypt_ns_ci_high],
                &mut row.encrypt_cpu_ns,
            ),
            Stage::Evaluate => (
                [&mut row.evaluate_ns, &mut row.evaluate_ns_ci_low, &mut row.evaluate_ns_ci_high],
                &mut row.evaluate_cpu_ns,
            ),
            Stage::Decrypt => (
                [&mut row.decrypt_ns, &mut row.decrypt_ns_ci_low, &mut row.decrypt_ns_ci_high],
                &mut row.decrypt_cpu_ns,
            ),
        };
        put_whole(wall(&times, confidence), columns);
        *cpu_column = cpu(&times);
    }
}

fn time_queries(row: &mut SummaryRow, queries: &Queries<'_>, confidence: f64) {
    let latency: Vec<f64> = queries.all.iter().map(|sample| sample.latency_ns() as f64).collect();
    let latency = Combined::median(&latency, confidence);
    put_whole(latency, [&mut row.latency_ns, &mut row.latency_ns_ci_low, &mut row.latency_ns_ci_high]);
    let amortized = Combined::median(&per_image(queries, Sample::latency_ns), confidence);
    put_whole(amortized, [&mut row.amortized_ns, &mut row.amortized_ns_ci_low, &mut row.amortized_ns_ci_high]);
    let rate = amortized.and_then(inverse);
    put(rate, [&mut row.images_per_second, &mut row.images_per_second_ci_low, &mut row.images_per_second_ci_high]);
    row.amortized_cpu_ns = whole_median(per_image(queries, Sample::latency_cpu_ns).into_iter());
    row.flooding_ns = whole_median(queries.all.iter().flat_map(|sample| flooding(sample)));
    row.evaluate_cpu_ns_per_image = whole_median(per_image(queries, |sample| sample.evaluate.cpu_ns).into_iter());
}

/// The time of an answer's flooding, where there is any.
fn flooding(sample: &Sample) -> Option<f64> {
    sample.layers.iter().find(|layer| layer.name == FLOODING).map(|layer| layer.wall_ns as f64)
}

/// Images a second from nanoseconds an image: the ends of the interval change places. None where the
/// clock was too coarse to see the work.
pub fn inverse(ns: Combined) -> Option<Combined> {
    let rate = |ns: f64| 1e9 / ns;
    let ends = ns.ends.filter(|(low, _)| *low > 0.0).map(|(low, high)| (rate(high), rate(low)));
    (ns.value > 0.0).then(|| Combined { value: rate(ns.value), ends })
}

fn weigh(row: &mut SummaryRow, queries: &Queries<'_>) {
    row.query_bytes = queries.largest("query");
    row.answer_bytes = queries.largest("answer");
    row.public_key_bytes = queries.sent_once("public_key");
    row.model_bytes = queries.sent_once("model");
    row.server_key_bytes = queries.sent_once("server_key");
    row.resident_key_bytes = queries.one_offs.first().map(|one_off| one_off.resident_key_bytes);
    row.min_noise_budget_bits = queries.noise.iter().filter_map(|noise| noise.noise_budget_bits).reduce(f64::min);
}

fn put(found: Option<Combined>, columns: [&mut Option<f64>; 3]) {
    let ends = found.and_then(|found| found.ends);
    let [value, low, high] = columns;
    *value = found.map(|found| found.value);
    *low = ends.map(|ends| ends.0);
    *high = ends.map(|ends| ends.1);
}

fn put_whole(found: Option<Combined>, columns: [&mut Option<u64>; 3]) {
    let (mut value, mut low, mut high) = (None, None, None);
    put(found.map(Combined::rounded), [&mut value, &mut low, &mut high]);
    for (column, number) in columns.into_iter().zip([value, low, high]) {
        *column = number.map(|number| number as u64);
    }
}

/// The columns of `summary.csv` that are equal whenever the same experiment with a stated seed is run
/// to its end on the same images by the same program, interrupted on the way or not.
///
/// They follow from what the experiment states and from the first repeat of every query.
pub fn deterministic_columns() -> &'static [&'static str] {
    &[
        "cell",
        "index",
        "group",
        "label",
        "scheme",
        "scheme_label",
        "reference",
        "family",
        "parameters",
        "approximations",
        "model",
        "network",
        "untrained_inputs",
        "untrained_width",
        "untrained_depth",
        "scenario",
        "batch",
        "chunk",
        "threads",
        "kernel_requested",
        "kernel",
        "dataset",
        "images",
        "queries",
        "accuracy",
        "accuracy_ci_low",
        "accuracy_ci_high",
        "agreement_lowered",
        "agreement_lowered_ci_low",
        "agreement_lowered_ci_high",
        "agreement_model",
        "agreement_model_ci_low",
        "agreement_model_ci_high",
        "model_accuracy",
        "max_logit_error",
        "error_bound",
        "exact",
        "predicted_operations",
        "query_bytes",
        "answer_bytes",
        "public_key_bytes",
        "model_bytes",
        "server_key_bytes",
        "resident_key_bytes",
        "security_bits",
        "core_svp_bits",
        "security_attack",
        "security_source",
        "insecure",
        "failure_log2",
        "min_noise_budget_bits",
        "log_n",
        "log_qp",
        "leakage_rank",
        "leakage_dimension",
        "master_key_determined",
        "least_norm_psnr_db",
        "least_norm_ssim",
        "least_norm_exact",
        "public_prior_psnr_db",
        "public_prior_ssim",
        "public_prior_exact",
        "leaked_label_accuracy",
        "server_learns",
        "client_learns",
        "key_holder_learns",
        "claimed_by_peer",
        "status",
        "reason",
    ]
}
