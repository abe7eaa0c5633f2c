//! Where the time goes: costs paid once, apart from costs paid for every query.

use super::Figure;
use blindbench_results::sample::Stage;

use crate::draw::axis::LogAxis;
use crate::draw::canvas::{Align, Area, Canvas, Drawing};
use crate::draw::font::HEADING;
use crate::draw::marker::{self, Fill, Shape};
use crate::draw::palette::{self, Swatch};
use crate::draw::rows::{AXIS, Panel, Rows, legend, point};
use crate::draw::sheet::Frame;
use crate::entry::Entry;
use crate::error::Error;
use crate::measure::Measure;
use crate::units::duration;

/// The stages that run once, before the first query.
const ONCE: [Stage; 3] = [Stage::Plan, Stage::Keygen, Stage::Setup];
/// The stages that run for every query.
const EACH_QUERY: [Stage; 3] = [Stage::Encrypt, Stage::Evaluate, Stage::Decrypt];

/// Height of the panels' headings and legends, in pixels.
const HEADS: i32 = 48;
/// Pixels between the two panels.
const GUTTER: i32 = 44;

/// See the module.
pub struct Stages;

impl Figure for Stages {
    fn name(&self) -> &'static str {
        "stages"
    }

    fn title(&self) -> &'static str {
        "Time by stage"
    }

    fn description(&self) -> &'static str {
        "median time of each stage by scheme and model: plan, keygen and setup once, encrypt, evaluate and decrypt for each query"
    }

    fn legend(&self) -> &'static str {
        "Left: stages that run once before the first query. Right: stages that run for every query. The two are never added up."
    }

    fn needs(&self, entry: &Entry<'_>) -> bool {
        Stage::ALL.iter().any(|stage| entry.stage(*stage).is_some_and(|time| time.value > 0.0))
    }

    fn draw(&self, entries: &[&Entry<'_>], frame: &Frame) -> Result<Drawing, Error> {
        let label_width = Rows::label_width(entries)?;
        frame.around(HEADS + Rows::height(entries.len()) + AXIS, |canvas, body| {
            let rows = Rows { entries, top: body.top + HEADS };
            let labels_end = body.left + label_width;
            rows.labels(canvas, labels_end)?;
            let left = labels_end + 20;
            let width = (body.right - left - GUTTER) / 2;
            let once = (left, left + width);
            let each = (left + width + GUTTER, body.right - 8);
            panel(canvas, &rows, once, "once, before the first query", &ONCE)?;
            panel(canvas, &rows, each, "for every query", &EACH_QUERY)
        })
    }

    fn words(&self, entry: &Entry<'_>) -> String {
        let times = Stage::ALL.iter().filter_map(|stage| Some((stage, entry.stage(*stage)?)));
        let words: Vec<String> =
            times.map(|(stage, time)| format!("{} {}", stage.name(), duration(time.value))).collect();
        format!("{}: {}", entry.label, words.join(", "))
    }
}

fn panel(
    canvas: &mut Canvas<'_>,
    rows: &Rows<'_>,
    across: (i32, i32),
    heading: &str,
    stages: &[Stage],
) -> Result<(), Error> {
    let head = Area { left: across.0, top: rows.top - HEADS, right: across.1, bottom: rows.top };
    canvas.text((head.left, head.top + 6), heading, HEADING, Align::Start, palette::INK)?;
    let times = |entry: &Entry<'_>| stages.iter().filter_map(|stage| entry.stage(*stage)).collect::<Vec<_>>();
    let numbers = rows.entries.iter().flat_map(|entry| times(entry)).flat_map(Measure::numbers);
    let Some(axis) = LogAxis::around(numbers, across) else {
        return canvas.text((head.left, rows.middle(0)), "not recorded", HEADING, Align::Start, palette::MUTED);
    };
    let items: Vec<_> =
        stages.iter().map(|stage| (look(*stage).0, look(*stage).1, Fill::Solid, stage.name())).collect();
    legend(canvas, (head.left, head.top + 30), &items)?;
    rows.panel(canvas, &Panel { across, axis, name: "time (logarithmic)", say: duration })?;
    for (index, entry) in rows.entries.iter().enumerate() {
        for stage in stages {
            let Some(time) = entry.stage(*stage).filter(|time| time.value > 0.0) else { continue };
            let (shape, color) = look(*stage);
            let at = point(canvas, axis, rows.middle(index), time, (shape, color, Fill::Solid))?;
            canvas.mark(at, format!("{}, {}: {}", entry.label, stage.name(), time.say(duration)));
        }
    }
    Ok(())
}

/// A stage keeps its marker in every report.
fn look(stage: Stage) -> (Shape, Swatch) {
    let index = Stage::ALL.iter().position(|other| *other == stage).unwrap_or(0);
    (marker::series(index), palette::series(index))
}
