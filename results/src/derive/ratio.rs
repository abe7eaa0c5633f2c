//! Operations of a cell over those of the cell that it is compared with, sample by sample.

use std::collections::BTreeMap;

use crate::cell::Status;
use crate::sample::OperationSample;
use crate::store::cells::CellRecord;

/// CPU time of a result of each operation over that of the reference, one ratio a repeat that both have, in the order
/// of repeats.
///
/// Cells that are compared take turns, so that the two samples of a repeat were measured one after the
/// other: what slows the machine down for longer than a turn slows both of them down. Nothing of a cell
/// that did not end well: its times are no result.
pub fn of_cpu_time<'a>(ours: &'a CellRecord, theirs: &CellRecord) -> BTreeMap<&'a str, Vec<f64>> {
    if !ended_well(ours) || !ended_well(theirs) {
        return BTreeMap::new();
    }
    let (ours, theirs) = (ours.queries().operations, theirs.queries().operations);
    let pairs = ours.into_iter().filter_map(|(name, ours)| Some((name, paired(&ours, theirs.get(name)?))));
    pairs.filter(|(_, ratios)| !ratios.is_empty()).collect()
}

fn ended_well(record: &CellRecord) -> bool {
    record.seal.as_ref().is_some_and(|cell| cell.status == Status::Ok)
}

fn paired(ours: &[&OperationSample], theirs: &[&OperationSample]) -> Vec<f64> {
    let theirs: BTreeMap<u32, f64> = theirs.iter().map(|sample| (sample.repeat, cpu_ns(sample))).collect();
    let ours: BTreeMap<u32, f64> = ours.iter().map(|sample| (sample.repeat, cpu_ns(sample))).collect();
    let pair = |(repeat, ours): (u32, f64)| Some((ours, *theirs.get(&repeat)?));
    // 0 is the mark of a platform that does not tell.
    ours.into_iter().filter_map(pair).filter(|(a, b)| *a > 0.0 && *b > 0.0).map(|(a, b)| a / b).collect()
}

fn cpu_ns(sample: &OperationSample) -> f64 {
    sample.time.cpu_ns as f64 / sample.shares()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

    use super::*;
    use crate::cell::Identity;
    use crate::derive::derive;
    use crate::metrics::MetricRow;
    use crate::sample::{Line, Time};
    use crate::store::RunFolder;
    use crate::testing;

    /// Repeats of `rotate`, each of `times` rotations that take so many nanoseconds of CPU time together.
    fn samples(times: u32, cpu_ns: &[u64]) -> Vec<Line> {
        let line = |(repeat, &cpu_ns): (usize, &u64)| {
            let time = Time { wall_ns: 2 * cpu_ns, cpu_ns };
            Line::Operation(OperationSample { times, time, ..testing::operation("rotate", repeat as u32) })
        };
        cpu_ns.iter().enumerate().map(line).collect()
    }

    /// The ratio of the second cell to the first, which is its reference, and how the first ended.
    fn ratio(theirs: &[Line], ended: Status, ours: &[Line]) -> Option<MetricRow> {
        let out = tempfile::tempdir().unwrap();
        let folder = RunFolder::create(out.path(), testing::run(2)).unwrap();
        let reference = testing::identity(0, "peer");
        let identity = Identity { reference: Some(reference.content_hash.clone()), ..testing::identity(1, "ckks") };
        testing::record(&folder, &reference, theirs, ended).unwrap();
        testing::record(&folder, &identity, ours, Status::Ok).unwrap();
        let tables = derive(&folder).unwrap();
        assert_eq!(tables.summary[1].reference.as_ref(), Some(&reference.content_hash));
        let mut rows = tables.metrics.into_iter().filter(|row| row.metric == "cpu_ratio");
        let found = rows.next();
        assert_eq!(rows.next(), None);
        found.inspect(|row| {
            assert_eq!((&row.cell, &*row.stage, &*row.unit), (&identity.content_hash, "rotate", "times"))
        })
    }

    #[test]
    fn a_drift_that_both_feel_leaves_the_ratio_alone() {
        let theirs = samples(1, &[800, 1600, 3200, 800, 1600, 3200, 800, 1600]);
        let ours = samples(2, &[400, 800, 1600, 400, 800, 1600, 400, 800]);
        let row = ratio(&theirs, Status::Ok, &ours).unwrap();
        assert_eq!((row.value, row.low, row.high), (0.25, Some(0.25), Some(0.25)));
    }

    #[test]
    fn the_ratio_is_the_median_over_pairs_with_its_interval() {
        let theirs = samples(1, &[1000; 7]);
        let ours = samples(1, &[210, 190, 200, 500, 205, 195, 198]);
        let row = ratio(&theirs, Status::Ok, &ours).unwrap();
        assert_eq!(row.value, 0.2);
        assert!(row.low.unwrap() < 0.2 && row.high.unwrap() > 0.2, "{row:?}");
    }

    #[test]
    fn repeats_that_only_one_has_are_left_out() {
        let row = ratio(&samples(1, &[100, 100]), Status::Ok, &samples(1, &[50, 50, 900, 900, 900])).unwrap();
        assert_eq!(row.value, 0.5);
        let alone = ratio(&samples(1, &[100]), Status::Ok, &samples(1, &[50])).unwrap();
        assert_eq!((alone.value, alone.low, alone.high), (0.5, None, None));
    }

    #[test]
    fn a_reference_that_failed_or_has_no_such_operation_gives_none() {
        let ours = samples(1, &[50, 50]);
        assert_eq!(ratio(&samples(1, &[100, 100]), Status::FailedTwin, &ours), None);
        assert_eq!(ratio(&samples(1, &[100, 100]), Status::Interrupted, &ours), None);
        assert_eq!(ratio(&[Line::Operation(testing::operation("add", 0))], Status::Ok, &ours), None);
        assert_eq!(ratio(&[], Status::Unsupported, &ours), None);
        assert_eq!(ratio(&samples(1, &[0, 0]), Status::Ok, &ours), None);
    }
}
