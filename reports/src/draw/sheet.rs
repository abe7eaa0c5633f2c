//! The frame every figure shares: a title above, notes below, and the size that follows from both.

use super::canvas::{Align, Area, Canvas, Drawing, sketch};
use super::font::{Face, SMALL, TITLE, Weight};
use super::palette;
use crate::error::Error;

/// Width of every figure in pixels.
pub const WIDTH: i32 = 960;
/// Margin around everything, in pixels.
pub const MARGIN: i32 = 16;

const TITLE_HEIGHT: i32 = 44;
const NOTE_HEIGHT: i32 = 17;
const GAP: i32 = 10;
const WARNING: Face = Face { size: 13.0, weight: Weight::Bold };

/// Words around a drawing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frame {
    /// Above the drawing.
    pub title: String,
    /// Below the title in bold, where readers must not miss it (a data set that is not MNIST).
    pub warning: Option<String>,
    /// Below the drawing, each on its own lines.
    pub notes: Vec<String>,
}

impl Frame {
    /// Draws the frame and lets `draw` fill a body `height` pixels tall.
    ///
    /// # Errors
    /// When the font is missing or plotters cannot draw.
    pub fn around(
        &self,
        height: i32,
        draw: impl FnOnce(&mut Canvas<'_>, Area) -> Result<(), Error>,
    ) -> Result<Drawing, Error> {
        let width = WIDTH - 2 * MARGIN;
        let warnings = self.warning.as_deref().map_or(Ok(Vec::new()), |text| WARNING.wrap(text, width))?;
        let mut notes = Vec::new();
        for note in &self.notes {
            notes.extend(SMALL.wrap(note, width)?);
        }
        let top = TITLE_HEIGHT + lines_height(&warnings);
        let body = Area { left: MARGIN, top, right: WIDTH - MARGIN, bottom: top + height };
        let total = body.bottom + GAP + lines_height(&notes) + MARGIN;
        sketch((WIDTH, total), |canvas| {
            let title = TITLE.fit(&self.title, width)?;
            canvas.text((MARGIN, TITLE_HEIGHT / 2), &title, TITLE, Align::Start, palette::INK)?;
            lines(canvas, TITLE_HEIGHT, &warnings, WARNING)?;
            draw(canvas, body)?;
            lines(canvas, body.bottom + GAP, &notes, SMALL)
        })
    }

    /// A figure without data: the frame and one sentence saying why.
    ///
    /// # Errors
    /// As [`Frame::around`].
    pub fn without_data(&self, why: &str) -> Result<Drawing, Error> {
        self.around(80, |canvas, body| {
            canvas.rectangle(body, palette::GRID)?;
            let inner = Area { left: body.left + 1, top: body.top + 1, right: body.right - 1, bottom: body.bottom - 1 };
            canvas.rectangle(inner, palette::PAPER)?;
            let middle = ((body.left + body.right) / 2, (body.top + body.bottom) / 2);
            let text = WARNING.fit(why, body.right - body.left - 2 * MARGIN)?;
            canvas.text(middle, &text, WARNING, Align::Middle, palette::INK)
        })
    }
}

fn lines(canvas: &mut Canvas<'_>, top: i32, texts: &[String], face: Face) -> Result<(), Error> {
    let mut y = top + NOTE_HEIGHT / 2;
    for text in texts {
        canvas.text(
            (MARGIN, y),
            text,
            face,
            Align::Start,
            if face == SMALL { palette::MUTED } else { palette::INK },
        )?;
        y += NOTE_HEIGHT;
    }
    Ok(())
}

fn lines_height(texts: &[String]) -> i32 {
    let count = i32::try_from(texts.len()).unwrap_or(0);
    if count == 0 { 0 } else { count * NOTE_HEIGHT + 6 }
}
