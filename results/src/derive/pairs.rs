//! Every two cells over the images that both classified.

use std::collections::BTreeMap;

use crate::pair::PairRow;
use crate::stats::mcnemar;
use crate::store::cells::CellRecord;

/// A label that was decrypted, and the one that the data set states.
#[derive(Clone, Copy)]
struct Answer {
    prediction: u8,
    label: u8,
}

type Answers = BTreeMap<u64, Answer>;

/// The rows of all pairs with an image in common, in the order of the experiment; networks that were not trained
/// are right by chance and stand in no pair.
pub fn rows(records: &[CellRecord]) -> Vec<PairRow> {
    let records: Vec<&CellRecord> = records.iter().filter(|record| record.identity.untrained.is_none()).collect();
    let answers: Vec<Answers> = records.iter().map(|record| answers(record)).collect();
    let mut rows = Vec::new();
    for (second, theirs) in answers.iter().enumerate() {
        for (first, ours) in answers.iter().enumerate().take(second) {
            let (first, second) = (&records[first].identity, &records[second].identity);
            if first.dataset == second.dataset {
                rows.extend(compare(ours, theirs).map(|row| PairRow {
                    first: first.content_hash.clone(),
                    second: second.content_hash.clone(),
                    ..row
                }));
            }
        }
    }
    rows
}

fn answers(record: &CellRecord) -> Answers {
    let queries = record.queries();
    let answers = |sample: &&crate::sample::Sample| {
        let pairs = sample.predictions.iter().zip(&sample.labels);
        let answers = pairs.map(|(&prediction, &label)| Answer { prediction, label });
        (sample.first_image..).zip(answers).collect::<Vec<_>>()
    };
    queries.first.iter().flat_map(answers).collect()
}

fn compare(ours: &Answers, theirs: &Answers) -> Option<PairRow> {
    let mut row = PairRow {
        first: String::new(),
        second: String::new(),
        images: 0,
        only_first: 0,
        only_second: 0,
        same_label: 0,
        mcnemar_p: 1.0,
    };
    for (image, first) in ours {
        let Some(second) = theirs.get(image) else { continue };
        let right = (first.prediction == first.label, second.prediction == second.label);
        row.images += 1;
        row.only_first += u64::from(right.0 && !right.1);
        row.only_second += u64::from(right.1 && !right.0);
        row.same_label += u64::from(first.prediction == second.prediction);
    }
    row.mcnemar_p = mcnemar::p_value(row.only_first, row.only_second);
    (row.images > 0).then_some(row)
}
