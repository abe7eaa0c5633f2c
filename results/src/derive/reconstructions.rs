//! A cell's rows of `tables/reconstructions.csv`.

use crate::leakage::ReconstructionRow;
use crate::store::cells::CellRecord;

/// The real images once, then those of each step.
pub fn rows(record: &CellRecord) -> Vec<ReconstructionRow> {
    let samples = record.queries().leakage;
    let row = |step, shown: &crate::leakage::ShownVictim, pixels: &crate::leakage::Pixels| ReconstructionRow {
        cell: record.identity.content_hash.clone(),
        step,
        image: shown.image,
        label: shown.label,
        width: shown.width,
        pixels: pixels.clone(),
    };
    let real = samples.first().into_iter().flat_map(|first| &first.shown).map(|shown| row(0, shown, &shown.real));
    let of_step = |sample: &&crate::leakage::LeakageSample| {
        sample.shown.iter().map(|shown| row(sample.step, shown, &shown.found)).collect::<Vec<_>>()
    };
    real.chain(samples.iter().flat_map(of_step)).collect()
}
