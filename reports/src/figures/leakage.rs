//! How the span of issued keys grows, and what images are found from it.

use super::Figure;
use crate::draw::axis::{LinearAxis, PercentAxis, PlaceAxis, Tick};
use crate::draw::canvas::{Align, Area, Canvas, Drawing, Point};
use crate::draw::font::{HEADING, SMALL};
use crate::draw::marker::{self, Fill};
use crate::draw::palette;
use crate::draw::rows;
use crate::draw::sheet::Frame;
use crate::entry::Entry;
use crate::error::Error;
use crate::leakage::{Step, decibels, steps};
use crate::units::{count, percent};

/// Height of a panel's plot in pixels.
const PLOT: i32 = 280;
/// Height of ticks and axis names below a panel.
const AXIS: i32 = 52;
/// Width of a panel's ticks, left of it.
const TICKS: i32 = 62;
/// Height of a line of the key above the panels.
const LINE: i32 = 22;
/// Height of a panel's name above its plot.
const NAME: i32 = 24;

/// See the module.
pub struct Growth;

impl Figure for Growth {
    fn name(&self) -> &'static str {
        "leakage"
    }

    fn title(&self) -> &'static str {
        "Leakage of issued keys"
    }

    fn description(&self) -> &'static str {
        "the rank of all issued keys, and how near images are found that were never trained on, against the steps that issued keys"
    }

    fn legend(&self) -> &'static str {
        "Left: rank of all issued keys, as a share of the numbers that a ciphertext holds; at 100 % the master key is determined. Right: mean peak signal-to-noise ratio of reconstructed images; marks and thick lines with mean and covariance of public images as a prior, thin lines without. An image that is found exactly counts as 99 dB."
    }

    fn needs(&self, entry: &Entry<'_>) -> bool {
        steps(entry).len() > 1
    }

    fn draw(&self, entries: &[&Entry<'_>], frame: &Frame) -> Result<Drawing, Error> {
        let key = LINE * i32::try_from(entries.len()).unwrap_or(0);
        frame.around(key + NAME + PLOT + AXIS, |canvas, body| {
            for (entry, line) in entries.iter().zip(0..) {
                let look = (marker::series(entry.series), palette::series(entry.series), Fill::Solid, &*entry.label);
                rows::legend(canvas, (body.left, body.top + line * LINE + LINE / 2 - 4), &[look])?;
            }
            let top = body.top + key + NAME;
            let bottom = top + PLOT;
            let half = i32::midpoint(body.left, body.right);
            ranks(canvas, entries, Area { left: body.left + TICKS, top, right: half - 14, bottom })?;
            images(canvas, entries, Area { left: half + TICKS, top, right: body.right - 14, bottom })
        })
    }

    fn tells_of_failure(&self) -> bool {
        false
    }

    fn words(&self, entry: &Entry<'_>) -> String {
        let steps: Vec<String> =
            steps(entry).iter().map(|step| format!("{}, {}", step.ranks(), step.quality())).collect();
        format!("{}: {}", entry.label, steps.join("; "))
    }
}

fn ranks(canvas: &mut Canvas<'_>, entries: &[&Entry<'_>], area: Area) -> Result<(), Error> {
    let Some(across) = places(entries, area) else { return Ok(()) };
    let shares = entries.iter().flat_map(|entry| steps(entry)).filter_map(|step| step.share());
    let Some(up) = PercentAxis::around(shares.chain([0.0, 1.0]), (area.bottom, area.top + 8)) else { return Ok(()) };
    grid(canvas, area, &across, &up.ticks(), "rank of issued keys")?;
    for entry in entries {
        let at = |step: &Step<'_>| Some((across.at(step.number), up.at(step.share()?)));
        let say = |step: &Step<'_>| step.share().map(percent);
        curve(canvas, entry, &at, Some(&say))?;
    }
    Ok(())
}

fn images(canvas: &mut Canvas<'_>, entries: &[&Entry<'_>], area: Area) -> Result<(), Error> {
    let Some(across) = places(entries, area) else { return Ok(()) };
    let both = ["psnr_least_norm", "psnr_public_prior"];
    let all = entries.iter().flat_map(|entry| steps(entry));
    let values: Vec<f64> = all.flat_map(|step| both.map(|metric| step.value(metric))).flatten().collect();
    let Some(up) = LinearAxis::around(values, (area.bottom, area.top + 8)) else { return Ok(()) };
    grid(canvas, area, &across, &up.ticks(|value| format!("{value} dB")), "PSNR of reconstructed images")?;
    for entry in entries {
        for metric in both {
            let at = |step: &Step<'_>| Some((across.at(step.number), up.at(step.value(metric)?)));
            let say = |step: &Step<'_>| step.value(metric).map(decibels);
            let marked: Option<Say<'_>> = if metric == both[1] { Some(&say) } else { None };
            curve(canvas, entry, &at, marked)?;
        }
    }
    Ok(())
}

/// What a mark says of a step.
type Say<'a> = &'a dyn Fn(&Step<'_>) -> Option<String>;

/// A line through an entry's steps: thick with marks that say something, or thin without.
fn curve(
    canvas: &mut Canvas<'_>,
    entry: &Entry<'_>,
    at: &dyn Fn(&Step<'_>) -> Option<Point>,
    say: Option<Say<'_>>,
) -> Result<(), Error> {
    let color = palette::series(entry.series);
    let steps = steps(entry);
    canvas.line(steps.iter().filter_map(at).collect(), color, if say.is_some() { 2 } else { 1 })?;
    let Some(say) = say else { return Ok(()) };
    for step in &steps {
        let (Some(at), Some(words)) = (at(step), say(step)) else { continue };
        marker::series(entry.series).draw(canvas, at, color, Fill::Solid)?;
        canvas.mark(at, format!("{}, {}: {words}", entry.label, step.ranks()));
    }
    Ok(())
}

fn places(entries: &[&Entry<'_>], area: Area) -> Option<PlaceAxis> {
    let numbers = entries.iter().flat_map(|entry| steps(entry)).map(|step| step.number);
    let inset = 2 * marker::RADIUS;
    PlaceAxis::through(numbers, (area.left + inset, area.right - inset))
}

fn grid(canvas: &mut Canvas<'_>, area: Area, across: &PlaceAxis, up: &[Tick], name: &str) -> Result<(), Error> {
    for tick in across.ticks(count)? {
        canvas.line(vec![(tick.at, area.top), (tick.at, area.bottom + 4)], palette::GRID, 1)?;
        if let Some(label) = tick.label {
            canvas.text((tick.at, area.bottom + 14), &label, SMALL, Align::Middle, palette::MUTED)?;
        }
    }
    for tick in up {
        canvas.line(vec![(area.left - 4, tick.at), (area.right, tick.at)], palette::GRID, 1)?;
        let label = tick.label.as_deref().unwrap_or_default();
        canvas.text((area.left - 8, tick.at), label, SMALL, Align::End, palette::MUTED)?;
    }
    canvas.line(vec![(area.left, area.top), (area.left, area.bottom), (area.right, area.bottom)], palette::MUTED, 1)?;
    let middle = i32::midpoint(area.left, area.right);
    canvas.text((middle, area.bottom + 34), "steps that issued keys", HEADING, Align::Middle, palette::MUTED)?;
    canvas.text((middle, area.top - 10), name, HEADING, Align::Middle, palette::INK)
}
