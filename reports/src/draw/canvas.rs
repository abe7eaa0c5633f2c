//! A drawing surface in whole pixels that also remembers which point means what.

use plotters::backend::SVGBackend;
use plotters::coord::Shift;
use plotters::drawing::{DrawingArea, IntoDrawingArea};
use plotters::element::{Drawable, PathElement, Polygon, Rectangle, Text};
use plotters::style::text_anchor::{HPos, Pos, VPos};
use plotters::style::{Color, FontTransform, IntoTextStyle, RGBColor};

use super::font::{self, Face};
use super::image;
use super::palette::{self, Swatch};
use crate::error::Error;
use crate::escape::printable;

/// A point or the corner of a box, in pixels from the upper left.
pub type Point = (i32, i32);

/// A box of pixels; right and bottom lie outside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Area {
    /// Left edge.
    pub left: i32,
    /// Upper edge.
    pub top: i32,
    /// Right edge.
    pub right: i32,
    /// Lower edge.
    pub bottom: i32,
}

impl Area {
    /// The pixel in the middle.
    #[must_use]
    pub fn middle(&self) -> Point {
        (i32::midpoint(self.left, self.right), i32::midpoint(self.top, self.bottom))
    }

    /// Whether two boxes share a pixel.
    #[must_use]
    pub fn overlaps(&self, other: &Self) -> bool {
        self.left < other.right && other.left < self.right && self.top < other.bottom && other.top < self.bottom
    }

    /// Whether `other` lies within this box.
    #[must_use]
    pub fn contains(&self, other: &Self) -> bool {
        self.left <= other.left && self.top <= other.top && self.right >= other.right && self.bottom >= other.bottom
    }
}

/// Which point of a text its position names; vertically it is the middle of the line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Align {
    /// The text starts there.
    Start,
    /// The text's middle is there.
    Middle,
    /// The text ends there.
    End,
}

/// A point of the figure that can be hovered or focused, and what it says then.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mark {
    /// Where.
    pub at: Point,
    /// One line of text.
    pub says: String,
}

/// A finished drawing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Drawing {
    /// The SVG as plotters wrote it: no title, no description yet.
    pub svg: String,
    /// Points with something to say, in reading order.
    pub marks: Vec<Mark>,
}

/// What a figure draws on.
pub struct Canvas<'a> {
    area: DrawingArea<SVGBackend<'a>, Shift>,
    marks: Vec<Mark>,
    /// What plotters cannot draw: on top of everything else.
    images: String,
}

/// Draws on a white canvas of `width` by `height` pixels.
///
/// # Errors
/// When the font is missing or plotters cannot draw.
pub fn sketch(
    (width, height): (i32, i32),
    draw: impl FnOnce(&mut Canvas<'_>) -> Result<(), Error>,
) -> Result<Drawing, Error> {
    font::register()?;
    let mut svg = String::new();
    let (marks, images) = {
        let size = (width.unsigned_abs(), height.unsigned_abs());
        let area = SVGBackend::with_string(&mut svg, size).into_drawing_area();
        let mut canvas = Canvas { area, marks: Vec::new(), images: String::new() };
        canvas.rectangle(Area { left: 0, top: 0, right: width, bottom: height }, palette::PAPER)?;
        draw(&mut canvas)?;
        canvas.area.present().map_err(drawing)?;
        (canvas.marks, canvas.images)
    };
    if let Some(end) = svg.rfind("</svg>") {
        svg.insert_str(end, &images);
    }
    Ok(Drawing { svg, marks })
}

impl Canvas<'_> {
    /// A filled box.
    ///
    /// # Errors
    /// When plotters cannot draw.
    pub fn rectangle(&mut self, area: Area, fill: Swatch) -> Result<(), Error> {
        self.element(&Rectangle::new([(area.left, area.top), (area.right, area.bottom)], fill.color().filled()))
    }

    /// A line through `points`, `width` pixels wide.
    ///
    /// # Errors
    /// When plotters cannot draw.
    pub fn line(&mut self, points: Vec<Point>, stroke: Swatch, width: u32) -> Result<(), Error> {
        self.element(&PathElement::new(points, stroke.color().stroke_width(width)))
    }

    /// An interval that stands upright, with a bar at either end.
    ///
    /// # Errors
    /// When plotters cannot draw.
    pub fn interval(&mut self, x: i32, ends: [i32; 2], stroke: Swatch) -> Result<(), Error> {
        self.line(ends.map(|end| (x, end)).to_vec(), stroke, 1)?;
        ends.into_iter().try_for_each(|end| self.line(vec![(x - 4, end), (x + 4, end)], stroke, 1))
    }

    /// A filled polygon.
    ///
    /// # Errors
    /// When plotters cannot draw.
    pub fn polygon(&mut self, points: Vec<Point>, fill: Swatch) -> Result<(), Error> {
        self.element(&Polygon::new(points, fill.color().filled()))
    }

    /// A line of text, vertically centred on `at`.
    ///
    /// # Errors
    /// When the font is missing or plotters cannot draw.
    pub fn text(&mut self, at: Point, text: &str, face: Face, align: Align, color: Swatch) -> Result<(), Error> {
        self.place_text(at, text, face, align, color.color(), FontTransform::None)
    }

    /// A line of text read from bottom to top, its middle at `at`.
    ///
    /// # Errors
    /// As [`Canvas::text`].
    pub fn upright(&mut self, at: Point, text: &str, face: Face, color: Swatch) -> Result<(), Error> {
        self.place_text(at, text, face, Align::Middle, color.color(), FontTransform::Rotate270)
    }

    /// Diagonal hatching of a box: rows below 128-bit security.
    ///
    /// # Errors
    /// When plotters cannot draw.
    pub fn hatch(&mut self, area: Area) -> Result<(), Error> {
        const SPACING: i32 = 7;
        let (width, height) = (area.right - area.left, area.bottom - area.top);
        let mut offset = SPACING;
        while offset < width + height {
            // The line x + y = offset, cut at the box.
            let from = (area.left + (offset - height).max(0), area.top + offset.min(height));
            let to = (area.left + offset.min(width), area.top + (offset - width).max(0));
            self.line(vec![from, to], palette::HATCH, 1)?;
            offset += SPACING;
        }
        Ok(())
    }

    /// A grey image with its upper left corner `at`, `scale` pixels a pixel, on top of whatever else is there.
    pub fn image(&mut self, at: Point, scale: i32, width: usize, pixels: &[u8]) {
        self.images.push_str(&image::element(at, scale, width, pixels));
    }

    /// Gives a point something to say on hover and focus.
    pub fn mark(&mut self, at: Point, says: String) {
        self.marks.push(Mark { at, says });
    }

    fn place_text(
        &mut self,
        at: Point,
        text: &str,
        face: Face,
        align: Align,
        color: RGBColor,
        turn: FontTransform,
    ) -> Result<(), Error> {
        let horizontal = match align {
            Align::Start => HPos::Left,
            Align::Middle => HPos::Center,
            Align::End => HPos::Right,
        };
        // plotters centres on half the x-height; labels of figures and capitals look centred a pixel lower.
        let at = if matches!(turn, FontTransform::Rotate270) { (at.0 + 1, at.1) } else { (at.0, at.1 + 1) };
        let style = face.desc().transform(turn).color(&color).into_text_style(&self.area);
        self.element(&Text::new(
            text.chars().map(printable).collect::<String>(),
            at,
            style.pos(Pos::new(horizontal, VPos::Center)),
        ))
    }

    fn element<'e, E>(&mut self, element: &'e E) -> Result<(), Error>
    where
        &'e E: plotters::element::PointCollection<'e, Point>,
        E: for<'b> Drawable<SVGBackend<'b>>,
    {
        self.area.draw(element).map_err(drawing)
    }
}

fn drawing(error: impl std::fmt::Display) -> Error {
    Error::Draw { what: error.to_string() }
}
