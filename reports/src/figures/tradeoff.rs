//! What accuracy costs: time in one panel, bytes in the other.

use super::{Figure, look};
use crate::draw::axis::{LogAxis, PercentAxis};
use crate::draw::canvas::{Align, Area, Canvas, Drawing, Point};
use crate::draw::font::{HEADING, LABEL, SMALL};
use crate::draw::marker::{self, RADIUS};
use crate::draw::palette;
use crate::draw::place;
use crate::draw::sheet::Frame;
use crate::entry::Entry;
use crate::error::Error;
use crate::measure::Measure;
use crate::units::{bytes, duration, percent};

/// Height of a panel's plot in pixels.
const PLOT: i32 = 330;
/// Height of ticks and axis names below a panel.
const AXIS: i32 = 52;
/// Width of the accuracy axis' ticks and name, left of each panel.
const TICKS: i32 = 74;
/// Height of a line of the key.
const LINE: i32 = 22;

/// See the module.
pub struct Tradeoff;

impl Figure for Tradeoff {
    fn name(&self) -> &'static str {
        "tradeoff"
    }

    fn title(&self) -> &'static str {
        "Accuracy against latency and bytes"
    }

    fn description(&self) -> &'static str {
        "accuracy on the vertical axis against median latency of a query and against bytes on the wire for a query, both logarithmic"
    }

    fn legend(&self) -> &'static str {
        "Left: accuracy against median latency of one query. Right: accuracy against the bytes of a query and its answer. Vertical bars: exact binomial intervals of the accuracy."
    }

    fn needs(&self, entry: &Entry<'_>) -> bool {
        let drawn = |value: Option<f64>| value.is_some_and(|value| value > 0.0);
        entry.accuracy().is_some()
            && (drawn(entry.latency().map(|latency| latency.value))
                || drawn(entry.traffic_bytes().map(|bytes| bytes as f64)))
    }

    fn draw(&self, entries: &[&Entry<'_>], frame: &Frame) -> Result<Drawing, Error> {
        let key = Key::of(entries)?;
        frame.around(PLOT + AXIS + key.height(), |canvas, body| {
            let middle = (body.left + body.right) / 2;
            let bottom = body.top + PLOT;
            let left = Area { left: body.left + TICKS, top: body.top + 4, right: middle - 14, bottom };
            let right = Area { left: middle + TICKS, top: body.top + 4, right: body.right - 14, bottom };
            panel(canvas, entries, left, &LATENCY)?;
            panel(canvas, entries, right, &TRAFFIC)?;
            key.draw(canvas, entries, (body.left, bottom + AXIS))
        })
    }

    fn words(&self, entry: &Entry<'_>) -> String {
        let accuracy = entry.accuracy().map_or_else(String::new, |accuracy| accuracy.say(percent));
        let latency = entry.latency().map_or_else(|| "no latency".to_owned(), |latency| duration(latency.value));
        let traffic = entry.traffic_bytes().map_or_else(|| "no bytes recorded".to_owned(), |sum| bytes(sum as f64));
        format!("{}: accuracy {accuracy}, {latency}, {traffic}", entry.label)
    }
}

/// What a panel's horizontal axis shows.
struct Cost {
    name: &'static str,
    of: fn(&Entry<'_>) -> Option<Measure>,
    say: fn(f64) -> String,
}

const LATENCY: Cost = Cost { name: "latency of one query (logarithmic)", of: |entry| entry.latency(), say: duration };
const TRAFFIC: Cost = Cost {
    name: "bytes of query and answer (logarithmic)",
    of: |entry| entry.traffic_bytes().map(|sum| Measure { value: sum as f64, interval: None }),
    say: bytes,
};

/// A row's place in a panel.
struct Spot<'a> {
    entry: &'a Entry<'a>,
    number: usize,
    accuracy: Measure,
    cost: Measure,
}

fn panel(canvas: &mut Canvas<'_>, entries: &[&Entry<'_>], area: Area, cost: &Cost) -> Result<(), Error> {
    let spots: Vec<Spot<'_>> = entries
        .iter()
        .enumerate()
        .filter_map(|(index, entry)| {
            let cost = (cost.of)(entry).filter(|cost| cost.value > 0.0)?;
            Some(Spot { entry, number: index + 1, accuracy: entry.accuracy()?, cost })
        })
        .collect();
    // Markers at the ends of an axis stay whole within the frame.
    let inset = 2 * RADIUS;
    let across = (area.left + inset, area.right - inset);
    let down = (area.bottom - inset, area.top + inset);
    let Some(horizontal) = LogAxis::around(spots.iter().flat_map(|spot| spot.cost.numbers()), across) else {
        return Ok(());
    };
    let Some(vertical) = PercentAxis::around(spots.iter().flat_map(|spot| spot.accuracy.numbers()), down) else {
        return Ok(());
    };
    grid(canvas, area, horizontal, vertical, cost)?;
    let (mut markers, mut taken): (Vec<Area>, Vec<Area>) = (Vec::new(), Vec::new());
    for spot in &spots {
        let at = (horizontal.at(spot.cost.value), vertical.at(spot.accuracy.value));
        draw_spot(canvas, spot, at, horizontal, vertical)?;
        canvas.mark(
            at,
            format!("{}: {}, accuracy {}", spot.entry.label, spot.cost.say(cost.say), spot.accuracy.say(percent)),
        );
        markers.push(marker::extent(at));
        taken.extend(whiskers(at, spot, horizontal, vertical));
    }
    taken.extend(&markers);
    for (spot, marker) in spots.iter().zip(markers) {
        let text = spot.number.to_string();
        let beside = place::beside(marker, (LABEL.width(&text)? + 2, 18), &taken, area);
        taken.push(beside);
        let middle = beside.middle();
        if let Some(leader) = place::leader(marker, beside) {
            canvas.line(leader, palette::MUTED, 1)?;
        }
        canvas.text(middle, &text, LABEL, Align::Middle, palette::INK)?;
    }
    Ok(())
}

/// The boxes that a row's two intervals cover.
fn whiskers((x, y): Point, spot: &Spot<'_>, horizontal: LogAxis, vertical: PercentAxis) -> [Area; 2] {
    let (low, high) = spot.accuracy.interval.unwrap_or((spot.accuracy.value, spot.accuracy.value));
    let (least, most) = spot.cost.interval.unwrap_or((spot.cost.value, spot.cost.value));
    [
        Area { left: x - 1, top: vertical.at(high), right: x + 2, bottom: vertical.at(low) + 1 },
        Area { left: horizontal.at(least), top: y - 1, right: horizontal.at(most) + 1, bottom: y + 2 },
    ]
}

fn grid(
    canvas: &mut Canvas<'_>,
    area: Area,
    horizontal: LogAxis,
    vertical: PercentAxis,
    cost: &Cost,
) -> Result<(), Error> {
    for tick in horizontal.ticks(cost.say)? {
        canvas.line(vec![(tick.at, area.top), (tick.at, area.bottom + 4)], palette::GRID, 1)?;
        if let Some(label) = tick.label {
            canvas.text((tick.at, area.bottom + 14), &label, SMALL, Align::Middle, palette::MUTED)?;
        }
    }
    for tick in vertical.ticks() {
        canvas.line(vec![(area.left - 4, tick.at), (area.right, tick.at)], palette::GRID, 1)?;
        if let Some(label) = tick.label {
            canvas.text((area.left - 8, tick.at), &label, SMALL, Align::End, palette::MUTED)?;
        }
    }
    canvas.line(vec![(area.left, area.top), (area.left, area.bottom), (area.right, area.bottom)], palette::MUTED, 1)?;
    let middle = i32::midpoint(area.left, area.right);
    canvas.text((middle, area.bottom + 34), cost.name, HEADING, Align::Middle, palette::MUTED)?;
    let beside = (area.left - TICKS + 8, i32::midpoint(area.top, area.bottom));
    canvas.upright(beside, "accuracy (% of images)", HEADING, palette::MUTED)
}

fn draw_spot(
    canvas: &mut Canvas<'_>,
    spot: &Spot<'_>,
    (x, y): Point,
    horizontal: LogAxis,
    vertical: PercentAxis,
) -> Result<(), Error> {
    if let Some((low, high)) = spot.accuracy.interval {
        canvas.interval(x, [vertical.at(low), vertical.at(high)], palette::INK)?;
    }
    if let Some((low, high)) = spot.cost.interval {
        canvas.line(vec![(horizontal.at(low), y), (horizontal.at(high), y)], palette::INK, 1)?;
    }
    let (shape, color, fill) = look(spot.entry);
    shape.draw(canvas, (x, y), color, fill)
}

/// The key: number, marker and label of each row, in as many columns as fit.
struct Key {
    columns: usize,
    lines: usize,
    width: i32,
}

impl Key {
    fn of(entries: &[&Entry<'_>]) -> Result<Self, Error> {
        let mut widest = 0;
        for entry in entries {
            widest = widest.max(SMALL.width(&entry.label)?);
        }
        let inner = crate::draw::sheet::WIDTH - 2 * crate::draw::sheet::MARGIN;
        let width = (widest + 64).min(inner);
        let columns = usize::try_from(inner / width).unwrap_or(1).clamp(1, entries.len().max(1));
        Ok(Self { columns, lines: entries.len().div_ceil(columns), width })
    }

    fn height(&self) -> i32 {
        LINE * i32::try_from(self.lines).unwrap_or(0) + 10
    }

    fn draw(&self, canvas: &mut Canvas<'_>, entries: &[&Entry<'_>], (left, top): Point) -> Result<(), Error> {
        for (index, entry) in entries.iter().enumerate() {
            let column = i32::try_from(index / self.lines).unwrap_or(0);
            let line = i32::try_from(index % self.lines).unwrap_or(0);
            debug_assert!(index / self.lines < self.columns);
            let (x, y) = (left + column * self.width, top + line * LINE + LINE / 2);
            canvas.text((x + 18, y), &(index + 1).to_string(), SMALL, Align::End, palette::INK)?;
            let (shape, color, fill) = look(entry);
            shape.draw(canvas, (x + 32, y), color, fill)?;
            let text = SMALL.fit(&entry.label, self.width - 60)?;
            canvas.text((x + 46, y), &text, SMALL, Align::Start, palette::INK)?;
        }
        Ok(())
    }
}
