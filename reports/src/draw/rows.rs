//! A line for each row: labels on the left, panels with a logarithmic axis beside them.

use super::axis::LogAxis;
use super::canvas::{Align, Area, Canvas, Point};
use super::font::{HEADING, LABEL, SMALL};
use super::marker::{self, Fill, Shape};
use super::palette::{self, Swatch};
use crate::entry::{Entry, Standing};
use crate::error::Error;
use crate::measure::Measure;

/// Height of a row in pixels.
pub const ROW: i32 = 30;
/// Height that a panel's ticks and axis name take below the rows.
pub const AXIS: i32 = 46;
const WIDEST_LABEL: i32 = 280;
/// Pixels from line to line of a label.
const LINE: i32 = 14;

/// The rows of a figure and where they stand.
#[derive(Clone, Copy, Debug)]
pub struct Rows<'a> {
    /// In the order drawn.
    pub entries: &'a [&'a Entry<'a>],
    /// Pixel of the first row's upper edge.
    pub top: i32,
}

impl Rows<'_> {
    /// Pixels that the labels need.
    ///
    /// # Errors
    /// When the font is missing.
    pub fn label_width(entries: &[&Entry<'_>]) -> Result<i32, Error> {
        let mut widest = 0;
        for entry in entries {
            widest = widest.max(LABEL.width(&entry.label)?);
        }
        Ok(widest.min(WIDEST_LABEL))
    }

    /// Height of `count` rows in pixels.
    #[must_use]
    pub fn height(count: usize) -> i32 {
        ROW * i32::try_from(count).unwrap_or(0)
    }

    /// Vertical middle of a row.
    #[must_use]
    pub fn middle(&self, index: usize) -> i32 {
        self.top + Self::height(index) + ROW / 2
    }

    /// Lower edge of the last row.
    #[must_use]
    pub fn bottom(&self) -> i32 {
        self.top + Self::height(self.entries.len())
    }

    /// The labels, right-aligned to `right`, smaller and in two lines where one is too short.
    ///
    /// # Errors
    /// When the font is missing or plotters cannot draw.
    pub fn labels(&self, canvas: &mut Canvas<'_>, right: i32) -> Result<(), Error> {
        for (index, entry) in self.entries.iter().enumerate() {
            let fits = LABEL.width(&entry.label)? <= WIDEST_LABEL;
            let (face, mut lines) = match fits {
                true => (LABEL, vec![entry.label.clone()]),
                false => (SMALL, SMALL.wrap(&entry.label, WIDEST_LABEL)?),
            };
            if lines.len() > 2 {
                let rest = lines.split_off(1).join(" ");
                lines.push(face.fit(&rest, WIDEST_LABEL)?);
            }
            let first = self.middle(index) - if lines.len() > 1 { LINE / 2 } else { 0 };
            for (y, text) in (first..).step_by(LINE as usize).zip(&lines) {
                canvas.text((right, y), text, face, Align::End, palette::INK)?;
            }
        }
        Ok(())
    }

    /// Grid, ticks and the axis' name of one panel, with the rows below 128 bits hatched.
    ///
    /// # Errors
    /// When the font is missing or plotters cannot draw.
    pub fn panel(&self, canvas: &mut Canvas<'_>, panel: &Panel<'_>) -> Result<(), Error> {
        let (left, right) = panel.across;
        for (index, entry) in self.entries.iter().enumerate() {
            let middle = self.middle(index);
            if entry.standing == Standing::Insecure {
                canvas.hatch(Area { left, top: middle - ROW / 2 + 2, right, bottom: middle + ROW / 2 - 2 })?;
            }
            canvas.line(vec![(left, middle), (right, middle)], palette::GRID, 1)?;
        }
        let bottom = self.bottom();
        for tick in panel.axis.ticks(panel.say)? {
            canvas.line(vec![(tick.at, self.top), (tick.at, bottom + 4)], palette::GRID, 1)?;
            if let Some(label) = tick.label {
                canvas.text((tick.at, bottom + 14), &label, SMALL, Align::Middle, palette::MUTED)?;
            }
        }
        canvas.line(vec![(left, bottom), (right, bottom)], palette::MUTED, 1)?;
        canvas.text(((left + right) / 2, bottom + 34), panel.name, HEADING, Align::Middle, palette::MUTED)
    }
}

/// A panel beside the labels.
#[derive(Clone, Copy)]
pub struct Panel<'a> {
    /// Left and right edge in pixels.
    pub across: (i32, i32),
    /// From values to pixels.
    pub axis: LogAxis,
    /// The axis' name, with its scale.
    pub name: &'a str,
    /// From a value to a tick's label with its unit.
    pub say: fn(f64) -> String,
}

/// A value with its interval on a horizontal axis.
///
/// # Errors
/// When plotters cannot draw.
pub fn point(
    canvas: &mut Canvas<'_>,
    axis: LogAxis,
    y: i32,
    value: Measure,
    (shape, color, fill): (Shape, Swatch, Fill),
) -> Result<Point, Error> {
    if let Some((low, high)) = value.interval {
        let (from, to) = (axis.at(low), axis.at(high));
        canvas.line(vec![(from, y), (to, y)], palette::INK, 2)?;
        for end in [from, to] {
            canvas.line(vec![(end, y - 5), (end, y + 5)], palette::INK, 1)?;
        }
    }
    let at = (axis.at(value.value), y);
    shape.draw(canvas, at, color, fill)?;
    Ok(at)
}

/// A legend on one line from `at` on: each marker with its name.
///
/// # Errors
/// When the font is missing or plotters cannot draw.
pub fn legend(canvas: &mut Canvas<'_>, at: Point, items: &[(Shape, Swatch, Fill, &str)]) -> Result<(), Error> {
    let (mut x, y) = at;
    for (shape, color, fill, name) in items {
        x += marker::RADIUS;
        shape.draw(canvas, (x, y), *color, *fill)?;
        x += marker::RADIUS + 6;
        canvas.text((x, y), name, SMALL, Align::Start, palette::INK)?;
        x += SMALL.width(name)? + 16;
    }
    Ok(())
}
