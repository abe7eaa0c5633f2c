//! Every sample a row: `samples.parquet`, for whoever analyzes a run with other tools.

use std::path::PathBuf;

use polars_core::prelude::{
    Column, DataFrame, DataType, IntoSeries, ListBuilderTrait, ListPrimitiveChunkedBuilder, NamedFrom, PolarsResult,
    Series, UInt32Type,
};
use polars_io::prelude::ParquetWriter;

use crate::error::{Error, Result};
use crate::sample::{Interference, Line, OneOff, OperationSample, Sample, Stage, Time};
use crate::store::cells::CellRecord;
use crate::store::{RunFolder, atomic};

/// A line of a log and the cell that it belongs to.
struct Row<'a> {
    record: &'a CellRecord,
    line: &'a Line,
}

/// Writes `samples.parquet` into the run's folder: one row a line of one-off costs, query or
/// operation; a column that a kind of line does not have is null. Gives the file's path.
///
/// # Errors
/// As [`RunFolder::records`], and where the file cannot be written.
pub fn write(folder: &RunFolder) -> Result<PathBuf> {
    let path = folder.path().join("samples.parquet");
    let records = folder.records()?;
    let rows: Vec<Row<'_>> = records
        .iter()
        .flat_map(|record| record.lines.iter().map(move |line| Row { record, line }))
        .filter(|row| !matches!(row.line, Line::Start(_) | Line::Noise(_) | Line::Leakage(_) | Line::Stopped(_)))
        .collect();
    let mut frame = frame(&rows).map_err(|error| Error::Table { path: path.clone(), reason: error.to_string() })?;
    atomic::write_with(&path, |file| {
        ParquetWriter::new(file).finish(&mut frame).map(drop).map_err(std::io::Error::other)
    })?;
    Ok(path)
}

impl<'a> Row<'a> {
    fn sample(&self) -> Option<&'a Sample> {
        match self.line {
            Line::Query(sample) => Some(sample),
            Line::Start(_)
            | Line::OneOff(_)
            | Line::Noise(_)
            | Line::Operation(_)
            | Line::Leakage(_)
            | Line::Stopped(_) => None,
        }
    }

    fn one_off(&self) -> Option<&'a OneOff> {
        match self.line {
            Line::OneOff(one_off) => Some(one_off),
            Line::Start(_)
            | Line::Query(_)
            | Line::Noise(_)
            | Line::Operation(_)
            | Line::Leakage(_)
            | Line::Stopped(_) => None,
        }
    }

    fn operation(&self) -> Option<&'a OperationSample> {
        match self.line {
            Line::Operation(sample) => Some(sample),
            Line::Start(_)
            | Line::OneOff(_)
            | Line::Query(_)
            | Line::Noise(_)
            | Line::Leakage(_)
            | Line::Stopped(_) => None,
        }
    }

    fn repeat(&self) -> Option<u32> {
        self.sample().map(|sample| sample.repeat).or(self.operation().map(|sample| sample.repeat))
    }

    fn interference(&self) -> Option<&'a Interference> {
        let once = self.one_off().map(|one_off| &one_off.interference);
        let query = self.sample().map(|sample| &sample.interference);
        once.or(query).or(self.operation().map(|sample| &sample.interference))
    }

    fn time(&self, stage: Stage) -> Option<Time> {
        match stage {
            Stage::Plan => Some(self.one_off()?.plan),
            Stage::Keygen => Some(self.one_off()?.keygen),
            Stage::Setup => Some(self.one_off()?.setup),
            Stage::Encrypt => Some(self.sample()?.encrypt),
            Stage::Evaluate => Some(self.sample()?.evaluate),
            Stage::Decrypt => Some(self.sample()?.decrypt),
        }
    }
}

fn frame(rows: &[Row<'_>]) -> PolarsResult<DataFrame> {
    let mut columns = identity(rows);
    for stage in Stage::ALL {
        columns.push(column(&format!("{}_ns", stage.name()), rows, |row| Some(row.time(stage)?.wall_ns)));
        columns.push(column(&format!("{}_cpu_ns", stage.name()), rows, |row| Some(row.time(stage)?.cpu_ns)));
    }
    columns.extend(operation(rows));
    columns.extend(answers(rows));
    columns.extend(interference(rows));
    DataFrame::new(rows.len(), columns)
}

fn identity(rows: &[Row<'_>]) -> Vec<Column> {
    vec![
        column("cell", rows, |row| row.record.identity.content_hash.as_str()),
        column("scheme_label", rows, |row| row.record.identity.scheme_label.as_str()),
        column("model", rows, |row| row.record.identity.model.as_str()),
        column("line", rows, |row| match row.line {
            Line::Start(_) => "start",
            Line::OneOff(_) => "one_off",
            Line::Query(_) => "query",
            Line::Noise(_) => "noise",
            Line::Operation(_) => "operation",
            Line::Leakage(_) => "leakage",
            Line::Stopped(_) => "stopped",
        }),
        column("query", rows, |row| Some(row.sample()?.query)),
        column("repeat", rows, |row| row.repeat()),
        column("first_image", rows, |row| Some(row.sample()?.first_image)),
        column("images", rows, |row| Some(row.sample()?.images)),
    ]
}

fn operation(rows: &[Row<'_>]) -> Vec<Column> {
    vec![
        column("operation", rows, |row| Some(row.operation()?.operation.as_str())),
        column("operation_times", rows, |row| Some(row.operation()?.times)),
        column("operation_results", rows, |row| Some(row.operation()?.results)),
        column("operation_ns", rows, |row| Some(row.operation()?.time.wall_ns)),
        column("operation_cpu_ns", rows, |row| Some(row.operation()?.time.cpu_ns)),
        column("operation_max_error", rows, |row| Some(row.operation()?.max_error)),
    ]
}

fn answers(rows: &[Row<'_>]) -> Vec<Column> {
    vec![
        column("query_bytes", rows, |row| Some(row.sample()?.bytes("query"))),
        column("answer_bytes", rows, |row| Some(row.sample()?.bytes("answer"))),
        labels("predictions", rows, |sample| &sample.predictions),
        labels("labels", rows, |sample| &sample.labels),
        labels("lowered_predictions", rows, |sample| &sample.lowered_predictions),
        labels("model_predictions", rows, |sample| &sample.model_predictions),
        column("max_logit_error", rows, |row| Some(row.sample()?.max_logit_error)),
        column("wrong", rows, |row| Some(row.sample()?.wrong)),
    ]
}

fn interference(rows: &[Row<'_>]) -> Vec<Column> {
    vec![
        column("load", rows, |row| row.interference()?.load),
        column("steal_ns", rows, |row| row.interference()?.steal_ns),
        column("cpu_over_wall", rows, |row| row.interference()?.cpu_over_wall),
        column("contaminated", rows, |row| row.interference()?.contaminated.as_deref()),
    ]
}

fn column<'a, T>(name: &str, rows: &'a [Row<'a>], value: impl Fn(&'a Row<'a>) -> T) -> Column
where
    Series: NamedFrom<Vec<T>, [T]>,
{
    let values: Vec<T> = rows.iter().map(value).collect();
    Series::new(name.into(), values).into()
}

/// A list of labels for each query.
fn labels(name: &str, rows: &[Row<'_>], of: impl Fn(&Sample) -> &[u8]) -> Column {
    let mut lists =
        ListPrimitiveChunkedBuilder::<UInt32Type>::new(name.into(), rows.len(), rows.len(), DataType::UInt32);
    for row in rows {
        match row.sample() {
            Some(sample) => lists.append_slice(&of(sample).iter().copied().map(u32::from).collect::<Vec<_>>()),
            None => lists.append_null(),
        }
    }
    lists.finish().into_series().into()
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]
mod tests {
    use std::fs::File;

    use polars_io::prelude::{ParquetReader, SerReader};

    use super::*;
    use crate::testing;

    #[test]
    fn every_sample_is_a_row_that_reads_back() {
        let out = tempfile::tempdir().unwrap();
        let folder = testing::run_folder(out.path()).unwrap();
        let path = write(&folder).unwrap();
        let frame = ParquetReader::new(File::open(&path).unwrap()).finish().unwrap();
        // Two cells of one-off costs and 3 times 16 queries, one of one-off costs and 5 queries.
        assert_eq!(frame.height(), 2 * (1 + 48) + 1 + 5);
        let evaluate = frame.column("evaluate_ns").unwrap();
        assert_eq!(evaluate.null_count(), 3);
        let first = testing::sample(0, 0, 1);
        assert_eq!(evaluate.u64().unwrap().get(1), Some(first.evaluate.wall_ns));
        let labels = frame.column("labels").unwrap().list().unwrap().get_as_series(4).unwrap();
        assert_eq!(labels.u32().unwrap().to_vec(), [Some(3)]);
        assert_eq!(
            std::fs::read_dir(folder.path())
                .unwrap()
                .filter(|entry| {
                    entry.as_ref().unwrap().path().extension().is_some_and(|extension| extension == "tmp")
                })
                .count(),
            0
        );
    }
}
