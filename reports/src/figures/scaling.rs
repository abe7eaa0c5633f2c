//! How the server's time grows with batch, width and depth, beside what plans predict.

use super::{Figure, look};
use blindbench_results::sample::Stage;

use crate::draw::axis::{LogAxis, PlaceAxis};
use crate::draw::canvas::{Align, Area, Canvas, Drawing, Point};
use crate::draw::font::{HEADING, SMALL};
use crate::draw::marker::{self, Fill, Shape};
use crate::draw::palette::{self, Swatch};
use crate::draw::sheet::Frame;
use crate::entry::Entry;
use crate::error::Error;
use crate::measure::Measure;
use crate::series::{self, Axis, Series, exponent};
use crate::units::{count, decimals, duration};

/// Height of a panel's plot in pixels.
const PLOT: i32 = 300;
/// Height of ticks and axis names below a panel.
const AXIS: i32 = 52;
/// Width of a panel's ticks, left of it.
const TICKS: i32 = 58;
/// Height of the legend above the panels and of a line of the key below them.
const LINE: i32 = 22;
/// Pixels of a dash, and from one to the next.
const DASH: [f64; 2] = [6.0, 11.0];

/// See the module.
pub struct Scaling;

impl Figure for Scaling {
    fn name(&self) -> &'static str {
        "scaling"
    }

    fn title(&self) -> &'static str {
        "Growth of the time to evaluate a query"
    }

    fn description(&self) -> &'static str {
        "median time to evaluate a query against batch, width and depth of networks that differ in that alone, all axes logarithmic, with fitted powers beside what plans predict"
    }

    fn legend(&self) -> &'static str {
        "Marks: median time to evaluate a query, with its interval. Solid lines: the power that fits best, by least squares on logarithms. Dashed lines: operations that the plan predicts, in the time that they take on average over the series. Below: exponents with 95 % intervals."
    }

    fn needs(&self, entry: &Entry<'_>) -> bool {
        entry.stage(Stage::Evaluate).is_some_and(|time| time.value > 0.0)
    }

    fn pick<'a, 'e>(&self, succeeded: &[&'a Entry<'e>]) -> Vec<&'a Entry<'e>> {
        let all = series::all(succeeded);
        let drawn = |entry: &Entry<'_>| {
            all.iter().flat_map(|series| &series.points).any(|spot| spot.entry.row.cell == entry.row.cell)
        };
        succeeded.iter().copied().filter(|entry| drawn(entry)).collect()
    }

    fn draw(&self, entries: &[&Entry<'_>], frame: &Frame) -> Result<Drawing, Error> {
        let all = series::all(entries);
        let axes: Vec<Axis> = Axis::ALL.into_iter().filter(|axis| all.iter().any(|s| s.axis == *axis)).collect();
        let lines = i32::try_from(all.len()).unwrap_or(0);
        frame.around(LINE + PLOT + AXIS + LINE * lines + 10, |canvas, body| {
            kinds(canvas, body)?;
            let top = body.top + LINE + 8;
            let bottom = body.top + LINE + PLOT;
            let width = (body.right - body.left) / i32::try_from(axes.len().max(1)).unwrap_or(1);
            for (axis, place) in axes.iter().zip(0..) {
                let left = body.left + place * width;
                let area = Area { left: left + TICKS, top, right: left + width - 14, bottom };
                panel(canvas, *axis, &all, area)?;
            }
            key(canvas, &all, (body.left, bottom + AXIS))
        })
    }

    fn tells_of_failure(&self) -> bool {
        false
    }

    fn words(&self, entry: &Entry<'_>) -> String {
        let time = entry.stage(Stage::Evaluate).map_or_else(String::new, |time| time.say(duration));
        match entry.row.predicted_operations {
            Some(operations) => format!("{}: {time}, {} operations predicted", entry.label, count(operations)),
            None => format!("{}: {time}", entry.label),
        }
    }
}

fn kinds(canvas: &mut Canvas<'_>, body: Area) -> Result<(), Error> {
    let y = body.top + LINE / 2 - 4;
    let mut x = body.left;
    Shape::Disc.draw(canvas, (x + marker::RADIUS, y), palette::MUTED, Fill::Solid)?;
    x += 2 * marker::RADIUS + 6;
    canvas.text((x, y), "measured", SMALL, Align::Start, palette::INK)?;
    x += SMALL.width("measured")? + 18;
    canvas.line(vec![(x, y), (x + 30, y)], palette::MUTED, 2)?;
    canvas.text((x + 36, y), "fitted power", SMALL, Align::Start, palette::INK)?;
    x += 36 + SMALL.width("fitted power")? + 18;
    dashed(canvas, &[(x, y), (x + 30, y)], palette::INK)?;
    canvas.text((x + 36, y), "predicted by the plan", SMALL, Align::Start, palette::INK)
}

fn panel(canvas: &mut Canvas<'_>, axis: Axis, all: &[Series<'_>], area: Area) -> Result<(), Error> {
    let own: Vec<&Series<'_>> = all.iter().filter(|series| series.axis == axis).collect();
    let inset = 2 * marker::RADIUS;
    let places = own.iter().flat_map(|series| &series.points).map(|spot| spot.at);
    let numbers = own.iter().flat_map(|series| &series.points).flat_map(|spot| spot.time.numbers());
    let Some(across) = PlaceAxis::through(places, (area.left + inset, area.right - inset)) else { return Ok(()) };
    let Some(up) = LogAxis::around(numbers, (area.bottom - inset, area.top + inset)) else { return Ok(()) };
    grid(canvas, axis, area, &across, up)?;
    for series in &own {
        lines(canvas, series, &across, up)?;
    }
    for series in &own {
        spots(canvas, series, &across, up)?;
    }
    Ok(())
}

fn grid(canvas: &mut Canvas<'_>, axis: Axis, area: Area, across: &PlaceAxis, up: LogAxis) -> Result<(), Error> {
    for tick in across.ticks(count)? {
        canvas.line(vec![(tick.at, area.top), (tick.at, area.bottom + 4)], palette::GRID, 1)?;
        if let Some(label) = tick.label {
            canvas.text((tick.at, area.bottom + 14), &label, SMALL, Align::Middle, palette::MUTED)?;
        }
    }
    for tick in up.ticks(duration)? {
        canvas.line(vec![(area.left - 4, tick.at), (area.right, tick.at)], palette::GRID, 1)?;
        canvas.text((area.left - 8, tick.at), &tick.label.unwrap_or_default(), SMALL, Align::End, palette::MUTED)?;
    }
    canvas.line(vec![(area.left, area.top), (area.left, area.bottom), (area.right, area.bottom)], palette::MUTED, 1)?;
    let middle = i32::midpoint(area.left, area.right);
    canvas.text((middle, area.bottom + 34), words(axis), HEADING, Align::Middle, palette::MUTED)
}

fn words(axis: Axis) -> &'static str {
    match axis {
        Axis::Batch => "batch (images a query)",
        Axis::Width => "width (values a layer)",
        Axis::Depth => "depth (squares)",
    }
}

/// The fitted power and the predicted operations.
fn lines(canvas: &mut Canvas<'_>, series: &Series<'_>, across: &PlaceAxis, up: LogAxis) -> Result<(), Error> {
    let (_, color, _) = look(series.points[0].entry);
    if let Some(law) = series.measured() {
        let ends = [series.points.first(), series.points.last()].into_iter().flatten();
        let ends = ends.map(|spot| (across.at(spot.at), up.at(law.at(spot.at as f64))));
        canvas.line(ends.collect(), color, 2)?;
    }
    if let Some(ratios) = series.ratios() {
        let predicted = |spot: &series::Spot<'_>| Some((across.at(spot.at), up.at(ratios.mean * spot.operations?)));
        let points: Vec<Point> = series.points.iter().filter_map(predicted).collect();
        dashed(canvas, &points, palette::INK)?;
    }
    Ok(())
}

fn spots(canvas: &mut Canvas<'_>, series: &Series<'_>, across: &PlaceAxis, up: LogAxis) -> Result<(), Error> {
    let (shape, color, fill) = look(series.points[0].entry);
    for spot in &series.points {
        let (x, y) = (across.at(spot.at), up.at(spot.time.value));
        if let Some((low, high)) = spot.time.interval {
            canvas.interval(x, [up.at(low), up.at(high)], palette::INK)?;
        }
        shape.draw(canvas, (x, y), color, fill)?;
        canvas.mark((x, y), format!("{}: {}", spot.entry.label, spot.time.say(duration)));
    }
    Ok(())
}

/// A line of dashes through `points`.
fn dashed(canvas: &mut Canvas<'_>, points: &[Point], color: Swatch) -> Result<(), Error> {
    for ends in points.windows(2) {
        let [from, to] = [ends[0], ends[1]].map(|(x, y)| (f64::from(x), f64::from(y)));
        let (run, rise) = (to.0 - from.0, to.1 - from.1);
        let length = run.hypot(rise);
        let at = |along: f64| {
            let share = (along / length).min(1.0);
            ((from.0 + run * share).round() as i32, (from.1 + rise * share).round() as i32)
        };
        let mut along = 0.0;
        while along < length {
            canvas.line(vec![at(along), at(along + DASH[0])], color, 1)?;
            along += DASH[1];
        }
    }
    Ok(())
}

/// A line a series: what grows, and how fast.
fn key(canvas: &mut Canvas<'_>, all: &[Series<'_>], (left, top): Point) -> Result<(), Error> {
    for (series, line) in all.iter().zip(0..) {
        let y = top + line * LINE + LINE / 2;
        let (shape, color, fill) = look(series.points[0].entry);
        shape.draw(canvas, (left + marker::RADIUS, y), color, fill)?;
        let text = SMALL.fit(&sentence(series), crate::draw::sheet::WIDTH - 2 * crate::draw::sheet::MARGIN - 24)?;
        canvas.text((left + 20, y), &text, SMALL, Align::Start, palette::INK)?;
    }
    Ok(())
}

/// `width: ckks (packing batch), depth 1, 1 image: exponent 0.98 (0.95 to 1.01), predicted 0.97`
fn sentence(series: &Series<'_>) -> String {
    let scheme = &series.points[0].entry.row.scheme_label;
    let none = || "none".to_owned();
    let measured = series.measured().map_or_else(none, |law| Measure::say(exponent(law.exponent), decimals));
    let predicted = series.predicted().map_or_else(none, |law| decimals(law.exponent.value));
    let (axis, fixed) = (series.axis.name(), series.fixed());
    format!("{axis}: {scheme}, {fixed}: exponent {measured}, predicted {predicted}")
}
