//! Two cells that classified the same images: `tables/pairs.csv`.

use serde::{Deserialize, Serialize};

/// How the answers of two cells differ, image by image.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PairRow {
    /// Content hash of the first cell, the one that comes first in the experiment.
    pub first: String,
    /// Content hash of the second cell.
    pub second: String,
    /// Images that both classified.
    pub images: u64,
    /// Images that only the first classified rightly.
    pub only_first: u64,
    /// Images that only the second classified rightly.
    pub only_second: u64,
    /// Images that both gave the same label, right or wrong.
    pub same_label: u64,
    /// Exact two-sided p-value of McNemar's test, for one pair by itself: whoever looks for a
    /// difference among many pairs corrects for their number.
    pub mcnemar_p: f64,
}
