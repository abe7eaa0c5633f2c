//! Latency of one query for each combination of scheme and model.

use super::Figure;
use crate::draw::axis::LogAxis;
use crate::draw::canvas::{Align, Area, Canvas, Drawing};
use crate::draw::font::SMALL;
use crate::draw::marker::{self, Fill, Shape};
use crate::draw::palette;
use crate::draw::rows::{AXIS, Panel, Rows, legend, point};
use crate::draw::sheet::Frame;
use crate::entry::Entry;
use crate::error::Error;
use crate::measure::Measure;
use crate::units::duration;

/// Height of the legend and of the headings above the rows, in pixels.
const LEGEND: i32 = 30;

/// See the module.
pub struct Latency;

impl Figure for Latency {
    fn name(&self) -> &'static str {
        "latency"
    }

    fn title(&self) -> &'static str {
        "Latency of one query, end to end"
    }

    fn description(&self) -> &'static str {
        "median latency of a query by scheme and model on a logarithmic axis, with intervals; amortised time per image for batches"
    }

    fn legend(&self) -> &'static str {
        "Filled marks: median latency of one query (encrypt, evaluate, decrypt). Hollow marks: amortised time per image, where a query holds several."
    }

    fn needs(&self, entry: &Entry<'_>) -> bool {
        entry.latency().is_some_and(|latency| latency.value > 0.0)
    }

    fn draw(&self, entries: &[&Entry<'_>], frame: &Frame) -> Result<Drawing, Error> {
        let label_width = Rows::label_width(entries)?;
        frame.around(LEGEND + Rows::height(entries.len()) + AXIS, |canvas, body| {
            if entries.iter().any(|entry| entry.amortized().is_some()) {
                kinds(canvas, body)?;
            }
            rows(canvas, entries, Area { top: body.top + LEGEND, ..body }, label_width)
        })
    }

    fn words(&self, entry: &Entry<'_>) -> String {
        let latency = entry.latency().map_or_else(String::new, |latency| latency.say(duration));
        match entry.amortized() {
            Some(each) => format!("{}: {latency}, {} an image", entry.label, each.say(duration)),
            None => format!("{}: {latency}", entry.label),
        }
    }
}

fn kinds(canvas: &mut Canvas<'_>, body: Area) -> Result<(), Error> {
    let kinds = [
        (Shape::Disc, palette::MUTED, Fill::Solid, "latency of one query"),
        (Shape::Disc, palette::MUTED, Fill::Hollow, "amortised time per image"),
    ];
    legend(canvas, (body.left, body.top + LEGEND / 2 - 4), &kinds)
}

fn rows(canvas: &mut Canvas<'_>, entries: &[&Entry<'_>], body: Area, label_width: i32) -> Result<(), Error> {
    let rows = Rows { entries, top: body.top };
    let labels_end = body.left + label_width;
    let values_start = columns(canvas, &rows, body)?;
    let across = (labels_end + 20, values_start - 24);
    let numbers = entries.iter().flat_map(|entry| entry.latency().into_iter().chain(entry.amortized()));
    let Some(axis) = LogAxis::around(numbers.flat_map(Measure::numbers), across) else {
        return Ok(());
    };
    rows.labels(canvas, labels_end)?;
    rows.panel(canvas, &Panel { across, axis, name: "time (logarithmic)", say: duration })?;
    for (index, entry) in entries.iter().enumerate() {
        let y = rows.middle(index);
        let (shape, color) = (marker::series(entry.series), palette::series(entry.series));
        if let Some(each) = entry.amortized() {
            let at = point(canvas, axis, y, each, (shape, color, Fill::Hollow))?;
            canvas.mark(at, format!("{}: {} an image", entry.label, each.say(duration)));
        }
        if let Some(latency) = entry.latency() {
            let at = point(canvas, axis, y, latency, (shape, color, Fill::Solid))?;
            canvas.mark(at, format!("{}: {}", entry.label, latency.say(duration)));
        }
    }
    Ok(())
}

/// The numbers behind the marks, right-aligned in columns; gives the pixel where the first column starts.
fn columns(canvas: &mut Canvas<'_>, rows: &Rows<'_>, body: Area) -> Result<i32, Error> {
    let columns: [(&str, Say); 3] = [("per image", amortized), ("interval", interval), ("median", median)];
    let mut right = body.right;
    for (heading, say) in columns {
        let cells: Vec<String> = rows.entries.iter().map(|entry| say(entry)).collect();
        if cells.iter().all(String::is_empty) {
            continue;
        }
        let mut widest = SMALL.width(heading)?;
        canvas.text((right, body.top - LEGEND / 2 + 4), heading, SMALL, Align::End, palette::MUTED)?;
        for (index, cell) in cells.iter().enumerate() {
            widest = widest.max(SMALL.width(cell)?);
            canvas.text((right, rows.middle(index)), cell, SMALL, Align::End, palette::INK)?;
        }
        right -= widest + 14;
    }
    Ok(right)
}

type Say = fn(&Entry<'_>) -> String;

fn median(entry: &Entry<'_>) -> String {
    entry.latency().map_or_else(String::new, |latency| duration(latency.value))
}

fn interval(entry: &Entry<'_>) -> String {
    let ends = entry.latency().and_then(|latency| latency.interval);
    ends.map_or_else(String::new, |(low, high)| format!("{} to {}", duration(low), duration(high)))
}

fn amortized(entry: &Entry<'_>) -> String {
    entry.amortized().map_or_else(String::new, |each| duration(each.value))
}
