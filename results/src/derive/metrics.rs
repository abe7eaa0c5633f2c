//! A cell's rows of `metrics.csv`.

use std::collections::BTreeMap;

use super::combine::{Combined, cpu, per_image, times, wall, whole_median};
use super::queries::Queries;
use super::ratio;
use super::summary::inverse;
use crate::leakage::{AttackSample, stage};
use crate::metrics::MetricRow;
use crate::sample::{LayerSample, MessageSample, OperationSample, Sample, Stage, Time};
use crate::stats::{binomial, median};
use crate::store::cells::CellRecord;

/// The rows of one cell, those without samples left out; with ratios to the cell that it is compared with.
pub fn rows(record: &CellRecord, reference: Option<&CellRecord>, confidence: f64) -> Vec<MetricRow> {
    let queries = record.queries();
    let mut rows = Rows { cell: &record.identity.content_hash, confidence, rows: Vec::new() };
    rows.stages(&queries);
    rows.queries(&queries);
    rows.answers(&queries);
    if record.identity.untrained.is_some() {
        // Whoever never learned digits is right by chance.
        rows.rows.retain(|row| !["accuracy", "model_accuracy"].contains(&row.metric.as_str()));
    }
    rows.layers(&queries);
    rows.messages(&queries);
    rows.noise(&queries);
    rows.operations(&queries);
    rows.leakage(&queries);
    if let Some(reference) = reference {
        rows.ratios(record, reference);
    }
    if let Some(terms) = record.seal.as_ref().and_then(|cell| cell.terms.as_ref()) {
        rows.put("evaluate", "predicted_operations", "count", terms.predicted_operations.map(whole));
    }
    if let Some(cell) = &record.seal {
        rows.put("cell", "client_peak_rss", "bytes", cell.memory.client_peak_rss_bytes.map(whole));
        rows.put("cell", "server_peak_rss", "bytes", cell.memory.server_peak_rss_bytes.map(whole));
    }
    rows.rows
}

/// One of a sample's lists of labels.
type Labels = fn(&Sample) -> &[u8];

struct Rows<'a> {
    cell: &'a str,
    confidence: f64,
    rows: Vec<MetricRow>,
}

impl Rows<'_> {
    fn put(&mut self, stage: &str, metric: &str, unit: &str, found: Option<Combined>) {
        let Some(found) = found else { return };
        self.rows.push(MetricRow {
            cell: self.cell.to_owned(),
            stage: stage.to_owned(),
            metric: metric.to_owned(),
            unit: unit.to_owned(),
            value: found.value,
            low: found.ends.map(|ends| ends.0),
            high: found.ends.map(|ends| ends.1),
        });
    }

    fn stages(&mut self, queries: &Queries<'_>) {
        for stage in Stage::ALL {
            let times = times(queries, stage);
            self.put(stage.name(), "wall", "ns", wall(&times, self.confidence));
            self.put(stage.name(), "cpu", "ns", cpu(&times).map(whole));
        }
        self.put(
            "setup",
            "resident_keys",
            "bytes",
            queries.one_offs.first().map(|one_off| whole(one_off.resident_key_bytes)),
        );
    }

    fn queries(&mut self, queries: &Queries<'_>) {
        let latency: Vec<f64> = queries.all.iter().map(|sample| sample.latency_ns() as f64).collect();
        self.put("query", "latency", "ns", Combined::median(&latency, self.confidence).map(Combined::rounded));
        let amortized = Combined::median(&per_image(queries, Sample::latency_ns), self.confidence);
        self.put("query", "amortized", "ns", amortized.map(Combined::rounded));
        self.put("query", "images_per_second", "per_s", amortized.and_then(inverse));
        if queries.all.is_empty() {
            return;
        }
        let contaminated = queries.all.iter().filter(|sample| sample.interference.contaminated.is_some()).count();
        self.put("query", "samples", "count", Some(whole(queries.all.len() as u64)));
        self.put("query", "contaminated", "count", Some(whole(contaminated as u64)));
    }

    fn answers(&mut self, queries: &Queries<'_>) {
        let equals: [(&str, Labels, Labels); 4] = [
            ("accuracy", |sample| &sample.predictions, |sample| &sample.labels),
            ("agreement_lowered", |sample| &sample.predictions, |sample| &sample.lowered_predictions),
            ("agreement_model", |sample| &sample.predictions, |sample| &sample.model_predictions),
            ("model_accuracy", |sample| &sample.model_predictions, |sample| &sample.labels),
        ];
        for (name, ours, theirs) in equals {
            let share = binomial::interval(queries.equal(ours, theirs), queries.images(), self.confidence);
            self.put("answer", name, "ratio", share.map(Combined::from));
        }
        self.put("answer", "max_logit_error", "score", Queries::max_logit_error(&queries.first).map(alone));
        self.put("answer", "max_logit_error_any_repeat", "score", Queries::max_logit_error(&queries.all).map(alone));
        let wrong = queries.all.iter().map(|sample| sample.wrong).sum();
        self.put("answer", "wrong_any_repeat", "count", (!queries.all.is_empty()).then(|| whole(wrong)));
    }

    /// Wall time over all samples, counters over first repeats.
    fn layers(&mut self, queries: &Queries<'_>) {
        let mut layers: BTreeMap<(u32, &str), Vec<f64>> = BTreeMap::new();
        for layer in queries.all.iter().flat_map(|sample| &sample.layers) {
            layers.entry((layer.layer, &layer.name)).or_default().push(layer.wall_ns as f64);
        }
        let mut counters: BTreeMap<(u32, &str), BTreeMap<&str, Vec<f64>>> = BTreeMap::new();
        for layer in queries.first.iter().flat_map(|sample| &sample.layers) {
            count(counters.entry((layer.layer, &layer.name)).or_default(), layer);
        }
        for (key, walls) in layers {
            let stage = layer_stage(key.0, key.1);
            self.put(&stage, "wall", "ns", Combined::median(&walls, self.confidence).map(Combined::rounded));
            for (name, counts) in counters.remove(&key).unwrap_or_default() {
                self.put(&stage, name, "count", median(&counts).map(alone));
            }
        }
    }

    /// What was sent once, and of the largest query.
    fn messages(&mut self, queries: &Queries<'_>) {
        let once = queries.one_offs.iter().take(1).flat_map(|one_off| &one_off.messages);
        let mut largest: BTreeMap<(&str, &str, &str), &MessageSample> = BTreeMap::new();
        for message in queries.first.iter().flat_map(|sample| &sample.messages) {
            let kept = largest.entry((&message.kind, &message.from, &message.to)).or_insert(message);
            if message.bytes > kept.bytes {
                *kept = message;
            }
        }
        for message in once.chain(largest.into_values()) {
            let stage = format!("{}>{}", message.from, message.to);
            self.put(&stage, &message.kind, "bytes", Some(whole(message.bytes)));
            self.put(&stage, &message.kind, "count", Some(whole(message.messages)));
        }
    }

    /// The least of each layer.
    fn noise(&mut self, queries: &Queries<'_>) {
        let mut layers: BTreeMap<(u32, &str), [Option<f64>; 2]> = BTreeMap::new();
        for noise in &queries.noise {
            let least = layers.entry((noise.layer, &noise.name)).or_default();
            for (least, found) in least.iter_mut().zip([noise.noise_budget_bits, noise.precision_bits]) {
                *least = (*least).into_iter().chain(found).reduce(f64::min);
            }
        }
        for ((layer, name), [budget, precision]) in layers {
            let stage = layer_stage(layer, name);
            self.put(&stage, "noise_budget", "bits", budget.map(alone));
            self.put(&stage, "precision", "bits", precision.map(alone));
        }
    }

    fn operations(&mut self, queries: &Queries<'_>) {
        for (name, samples) in &queries.operations {
            let of_run = |ns: fn(Time) -> u64| move |sample: &&OperationSample| ns(sample.time) as f64 / sample.runs();
            let walls: Vec<f64> = samples.iter().map(of_run(|time| time.wall_ns)).collect();
            self.put(name, "wall", "ns", Combined::median(&walls, self.confidence).map(Combined::rounded));
            self.put(name, "cpu", "ns", whole_median(samples.iter().map(of_run(|time| time.cpu_ns))).map(whole));
            self.amortized(name, samples);
            let error =
                samples.iter().map(|sample| sample.max_error).reduce(|a, b| if a.is_nan() || a > b { a } else { b });
            self.put(name, "max_error", "score", error.map(alone));
            let contaminated = samples.iter().filter(|sample| sample.interference.contaminated.is_some()).count();
            self.put(name, "samples", "count", Some(whole(samples.len() as u64)));
            self.put(name, "contaminated", "count", Some(whole(contaminated as u64)));
        }
    }

    /// Time of a single result, where a run gives many: fractions of a nanosecond count.
    fn amortized(&mut self, name: &str, samples: &[&OperationSample]) {
        let Some(first) = samples.first().filter(|sample| sample.results > 1) else { return };
        let of_result = |ns: fn(Time) -> u64| move |sample: &&OperationSample| ns(sample.time) as f64 / sample.shares();
        let walls: Vec<f64> = samples.iter().map(of_result(|time| time.wall_ns)).collect();
        let cpus: Vec<f64> = samples.iter().map(of_result(|time| time.cpu_ns)).collect();
        self.put(name, "amortized", "ns", Combined::median(&walls, self.confidence));
        self.put(name, "amortized_cpu", "ns", median(&cpus).map(alone));
        self.put(name, "results", "count", Some(whole(first.results)));
    }

    fn leakage(&mut self, queries: &Queries<'_>) {
        for sample in &queries.leakage {
            let stage = stage(sample.step);
            let counts = [
                ("keys", sample.keys),
                ("distinct_keys", sample.distinct_keys),
                ("rank", sample.span.rank),
                ("dimension", sample.span.dimension),
                ("pixel_rank", sample.pixels.rank),
                ("pixel_dimension", sample.pixels.dimension),
                ("live_rank", sample.live.rank),
                ("live_dimension", sample.live.dimension),
                ("master_key_determined", sample.span.is_master_key_determined().into()),
                ("victims", sample.victims),
            ];
            for (name, count) in counts {
                self.put(&stage, name, "count", Some(whole(count)));
            }
            for AttackSample { attack, psnr_db, ssim, exact } in &sample.attacks {
                self.put(&stage, &format!("psnr_{attack}"), "dB", Some(alone(*psnr_db)));
                self.put(&stage, &format!("ssim_{attack}"), "score", ssim.map(alone));
                self.share(&stage, &format!("exact_{attack}"), *exact, sample.victims);
            }
            self.share(&stage, "label_accuracy", sample.labels_right, sample.victims);
        }
    }

    fn share(&mut self, stage: &str, metric: &str, count: u64, of: u64) {
        self.put(stage, metric, "ratio", binomial::interval(count, of, self.confidence).map(Combined::from));
    }

    fn ratios(&mut self, ours: &CellRecord, theirs: &CellRecord) {
        for (name, ratios) in ratio::of_cpu_time(ours, theirs) {
            self.put(name, "cpu_ratio", "times", Combined::median(&ratios, self.confidence));
        }
    }
}

fn count<'a>(counters: &mut BTreeMap<&'a str, Vec<f64>>, layer: &'a LayerSample) {
    for (name, &times) in &layer.counters {
        counters.entry(name).or_default().push(times as f64);
    }
}

/// A layer as a part of its stage, `evaluate/0-dense`.
fn layer_stage(layer: u32, name: &str) -> String {
    format!("{}/{layer}-{name}", Stage::Evaluate.name())
}

fn whole(number: u64) -> Combined {
    alone(number as f64)
}

fn alone(value: f64) -> Combined {
    Combined { value, ends: None }
}
