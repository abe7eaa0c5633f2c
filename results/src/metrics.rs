//! One measured number a row: `metrics.csv`, the same columns for every kind of experiment.

use serde::{Deserialize, Serialize, Serializer};

/// One measured number.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MetricRow {
    /// The cell's content hash.
    pub cell: String,
    /// A stage (`evaluate`), a layer of it (`evaluate/0-dense`), an operation's name, how many steps have issued keys
    /// (`step/13`), or `cell`.
    pub stage: String,
    /// What was measured: `wall`, `cpu`, `accuracy`, the name of a counter or of a message.
    pub metric: String,
    /// `ns`, `bytes`, `count`, `ratio`, `bits`, `score` or `dB`.
    pub unit: String,
    /// The median of all samples, or the number itself where there is one.
    #[serde(serialize_with = "plain")]
    pub value: f64,
    /// Lower end of the interval, where there is one.
    #[serde(serialize_with = "plain_or_none")]
    pub low: Option<f64>,
    /// Upper end of the interval, where there is one.
    #[serde(serialize_with = "plain_or_none")]
    pub high: Option<f64>,
}

/// Largest magnitude below which `f64` holds every integer.
const EXACT: f64 = 9_007_199_254_740_992.0;

fn plain<S: Serializer>(value: &f64, serializer: S) -> Result<S::Ok, S::Error> {
    if value.fract() == 0.0 && value.abs() < EXACT {
        serializer.serialize_i64(*value as i64)
    } else {
        serializer.serialize_f64(*value)
    }
}

#[expect(clippy::ref_option, reason = "serde hands over a reference to the field")]
fn plain_or_none<S: Serializer>(value: &Option<f64>, serializer: S) -> Result<S::Ok, S::Error> {
    match value {
        Some(value) => plain(value, serializer),
        None => serializer.serialize_none(),
    }
}
