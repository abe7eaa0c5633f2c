//! tmp
#[allow(missing_docs)]
#[derive(Debug)]
pub struct Bundle { pub run: blindbench_results::run::Run, pub summary: Vec<blindbench_results::summary::SummaryRow>, pub metrics: Vec<blindbench_results::metrics::MetricRow> }
