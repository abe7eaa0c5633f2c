//! Images that were never trained on, as keys of training or inference give them away.

use blindbench_results::leakage::ReconstructionRow;

use super::Figure;
use crate::draw::canvas::{Align, Area, Canvas, Drawing};
use crate::draw::font::{HEADING, LABEL, SMALL};
use crate::draw::palette;
use crate::draw::sheet::Frame;
use crate::entry::Entry;
use crate::error::Error;
use crate::leakage::{Step, steps};

/// Largest extent of an image in pixels.
const SIDE: i32 = 56;
/// Pixels from one image to the next.
const PITCH: i32 = SIDE + 6;
/// Most victims of a row.
const MOST: usize = 5;
/// Width of the words left of the images.
const WORDS: i32 = 280;
/// Pixels between reconstructions and differences.
const GUTTER: i32 = 20;
/// Height of the headings.
const HEADS: i32 = 26;

/// See the module.
pub struct Reconstructions;

/// One row of the figure.
enum Row<'a> {
    /// The victims as they are.
    Real(Vec<&'a ReconstructionRow>),
    /// As they are found, beside what they are.
    Found { entry: &'a Entry<'a>, step: Step<'a>, found: Vec<&'a ReconstructionRow>, real: Vec<&'a ReconstructionRow> },
}

impl Figure for Reconstructions {
    fn name(&self) -> &'static str {
        "reconstructions"
    }

    fn title(&self) -> &'static str {
        "Images found from what keys open"
    }

    fn description(&self) -> &'static str {
        "a few images that were never trained on, as they are, as they are reconstructed from what all keys issued so far open of them, and the difference"
    }

    fn legend(&self) -> &'static str {
        "Left, below the real images: those reconstructed from what the server opens, with mean and covariance of public images as a prior. Right: magnitude of the difference from the real image, white where it is 255. Decibels: mean peak signal-to-noise ratio over all victims, not only those shown."
    }

    fn needs(&self, entry: &Entry<'_>) -> bool {
        !entry.reconstructions.is_empty()
    }

    fn draw(&self, entries: &[&Entry<'_>], frame: &Frame) -> Result<Drawing, Error> {
        let rows = rows(entries);
        let height = HEADS + PITCH * i32::try_from(rows.len()).unwrap_or(0);
        frame.around(height, |canvas, body| {
            let left = body.left + WORDS;
            let right = left + PITCH * MOST as i32 + GUTTER;
            canvas.text((left, body.top + 8), "real and reconstructed", HEADING, Align::Start, palette::INK)?;
            canvas.text((right, body.top + 8), "difference", HEADING, Align::Start, palette::INK)?;
            for (row, index) in rows.iter().zip(0..) {
                let top = body.top + HEADS + index * PITCH;
                words(canvas, row, (body.left, top + SIDE / 2))?;
                images(canvas, row, top, (left, right))?;
            }
            Ok(())
        })
    }

    fn tells_of_failure(&self) -> bool {
        false
    }

    fn words(&self, entry: &Entry<'_>) -> String {
        let steps: Vec<String> =
            steps(entry).iter().map(|step| format!("{}, images found at {}", step.ranks(), step.quality())).collect();
        format!("{}: {}", entry.label, steps.join("; "))
    }
}

/// Each entry's steps behind the real images, which stand there once where entries share them.
fn rows<'a>(entries: &'a [&'a Entry<'a>]) -> Vec<Row<'a>> {
    let mut rows = Vec::new();
    let mut shown: Vec<&[u8]> = Vec::new();
    for entry in entries {
        let of = |step: u64| -> Vec<&ReconstructionRow> {
            entry.reconstructions.iter().copied().filter(|image| image.step == step).take(MOST).collect()
        };
        let real = of(0);
        let pixels: Vec<&[u8]> = real.iter().map(|image| image.pixels.0.as_slice()).collect();
        if pixels != shown {
            rows.push(Row::Real(real.clone()));
            shown = pixels;
        }
        for step in steps(entry) {
            let found = of(step.number);
            rows.push(Row::Found { entry, step, found, real: real.clone() });
        }
    }
    rows
}

fn words(canvas: &mut Canvas<'_>, row: &Row<'_>, (left, middle): (i32, i32)) -> Result<(), Error> {
    let width = WORDS - 12;
    match row {
        Row::Real(_) => canvas.text((left, middle), "real images", LABEL, Align::Start, palette::INK),
        Row::Found { entry, step, .. } => {
            canvas.text((left, middle - 17), &LABEL.fit(&entry.label, width)?, LABEL, Align::Start, palette::INK)?;
            canvas.text((left, middle), &SMALL.fit(&step.ranks(), width)?, SMALL, Align::Start, palette::MUTED)?;
            canvas.text((left, middle + 16), &step.quality(), SMALL, Align::Start, palette::MUTED)
        }
    }
}

fn images(canvas: &mut Canvas<'_>, row: &Row<'_>, top: i32, (left, right): (i32, i32)) -> Result<(), Error> {
    let place = |start: i32, index: usize| (start + PITCH * index as i32, top);
    match row {
        Row::Real(real) => {
            for (index, image) in real.iter().enumerate() {
                picture(canvas, place(left, index), image.width, &image.pixels.0)?;
            }
        }
        Row::Found { entry, step, found, real } => {
            for (index, (found, real)) in found.iter().zip(real).enumerate() {
                let at = place(left, index);
                picture(canvas, at, found.width, &found.pixels.0)?;
                let what = format!("{}, image {}, a {}, {}", entry.label, found.image, found.label, step.ranks());
                canvas.mark((at.0 + SIDE / 2, at.1 + SIDE / 2), what);
                let pairs = found.pixels.0.iter().zip(&real.pixels.0);
                let difference: Vec<u8> = pairs.map(|(found, real)| found.abs_diff(*real)).collect();
                picture(canvas, place(right, index), found.width, &difference)?;
            }
        }
    }
    Ok(())
}

/// An image with a thin frame, so that black ones show on a dark page.
fn picture(canvas: &mut Canvas<'_>, (x, y): (i32, i32), width: u32, pixels: &[u8]) -> Result<(), Error> {
    let across = i32::try_from(width).unwrap_or(SIDE).max(1);
    let down = i32::try_from(pixels.len()).unwrap_or(0) / across;
    let scale = (SIDE / across.max(down).max(1)).max(1);
    let frame = Area { left: x - 1, top: y - 1, right: x + across * scale + 1, bottom: y + down * scale + 1 };
    canvas.rectangle(frame, palette::MUTED)?;
    canvas.image((x, y), scale, width as usize, pixels);
    Ok(())
}
