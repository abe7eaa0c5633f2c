//! Latency of one query for each combination of scheme and model.

use super::Figure;
use crate::draw::axis::LogAxis;
use crate::draw::canvas::{Align, Area, Canvas, Drawing};
use crate::draw::font::{LABEL, SMALL};
use crate::draw::marker::{self, Fill, Shape};
use crate::draw::palette;
use crate::draw::rows::{AXIS, Panel, Rows, legend, point};
use crate::draw::sheet::Frame;
use crate::entry::{Entry, Standing};
use crate::error::Error;
use crate::units::duration;

/// Height of the legend above the rows, in pixels.
const LEGEND: i32 = 30;
/// Width of the column of medians on the right, in pixels.
const VALUES: i32 = 84;

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
        let batched = entries.iter().any(|entry| entry.amortized().is_some());
        let above = if batched { LEGEND } else { 0 };
        let label_width = Rows::label_width(entries)?;
        frame.around(above + Rows::height(entries.len()) + AXIS, |canvas, body| {
            if batched {
                kinds(canvas, body)?;
            }
            rows(canvas, entries, Area { top: body.top + above, ..body }, label_width)
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
    let across = (labels_end + 20, body.right - VALUES);
    let numbers = entries.iter().flat_map(|entry| entry.latency().into_iter().chain(entry.amortized()));
    let Some(axis) = LogAxis::around(numbers.flat_map(crate::measure::Measure::numbers), across) else {
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
            let face = if entry.standing == Standing::Insecure { SMALL } else { LABEL };
            canvas.text((body.right, y), &duration(latency.value), face, Align::End, palette::INK)?;
        }
    }
    Ok(())
}
