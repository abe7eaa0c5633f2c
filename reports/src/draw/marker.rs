//! Marker shapes: series differ by shape as well as by colour.

use super::canvas::{Area, Canvas, Point};
use super::palette::{self, Swatch};
use crate::error::Error;

/// Half of a marker's extent, in pixels.
pub const RADIUS: i32 = 6;

/// A marker's outline; seven, as many as there are series colours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// Octagon that reads as a disc.
    Disc,
    /// Upright square.
    Square,
    /// Triangle pointing up.
    Triangle,
    /// Square on its corner.
    Diamond,
    /// Triangle pointing down.
    Wedge,
    /// Upright cross.
    Plus,
    /// Five-pointed star.
    Star,
}

/// How a marker is filled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fill {
    /// Series colour inside a dark outline.
    Solid,
    /// Outline alone: a second quantity.
    Hollow,
    /// Outline over hatching: a row below 128-bit security.
    Hatched,
}

const SHAPES: [Shape; 7] =
    [Shape::Disc, Shape::Square, Shape::Triangle, Shape::Diamond, Shape::Wedge, Shape::Plus, Shape::Star];

/// Shape of the `index`-th series. Shapes shift against colours after each round, so that no pair repeats for 49 series.
#[must_use]
pub fn series(index: usize) -> Shape {
    SHAPES[(index + index / palette::SERIES.len()) % SHAPES.len()]
}

impl Shape {
    /// The outline around `(x, y)`, closed.
    fn outline(self, (x, y): Point) -> Vec<Point> {
        let r = RADIUS;
        let around = |offsets: &[Point]| {
            let mut points: Vec<Point> = offsets.iter().map(|(dx, dy)| (x + dx, y + dy)).collect();
            points.extend(points.first().copied());
            points
        };
        match self {
            Self::Disc => around(&[
                (-2, -r),
                (2, -r),
                (5, -4),
                (r, -1),
                (r, 1),
                (5, 4),
                (2, r),
                (-2, r),
                (-5, 4),
                (-r, 1),
                (-r, -1),
                (-5, -4),
            ]),
            Self::Square => around(&[(-5, -5), (5, -5), (5, 5), (-5, 5)]),
            Self::Triangle => around(&[(0, -r), (r, 5), (-r, 5)]),
            Self::Diamond => around(&[(0, -r - 1), (r + 1, 0), (0, r + 1), (-r - 1, 0)]),
            Self::Wedge => around(&[(0, r), (r, -5), (-r, -5)]),
            Self::Plus => around(&[
                (-2, -r),
                (2, -r),
                (2, -2),
                (r, -2),
                (r, 2),
                (2, 2),
                (2, r),
                (-2, r),
                (-2, 2),
                (-r, 2),
                (-r, -2),
                (-2, -2),
            ]),
            Self::Star => {
                around(&[(0, -7), (2, -2), (7, -2), (3, 1), (4, 6), (0, 3), (-4, 6), (-3, 1), (-7, -2), (-2, -2)])
            }
        }
    }

    /// Draws the marker with its centre at `at`.
    ///
    /// # Errors
    /// When plotters cannot draw.
    pub fn draw(self, canvas: &mut Canvas<'_>, at: Point, color: Swatch, fill: Fill) -> Result<(), Error> {
        let outline = self.outline(at);
        match fill {
            Fill::Solid => {
                canvas.polygon(outline.clone(), color)?;
                canvas.line(outline, palette::INK, 1)
            }
            Fill::Hollow => {
                canvas.polygon(outline.clone(), palette::PAPER)?;
                canvas.line(outline, color, 2)
            }
            Fill::Hatched => {
                let (x, y) = at;
                let half = RADIUS + 4;
                canvas.hatch(Area { left: x - half, top: y - half, right: x + half, bottom: y + half })?;
                canvas.line(outline, color, 2)
            }
        }
    }
}

/// The box a marker at `at` covers.
#[must_use]
pub fn extent((x, y): Point) -> Area {
    let r = RADIUS + 1;
    Area { left: x - r, top: y - r, right: x + r, bottom: y + r }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neighbours_differ_in_shape_and_colour() {
        for index in 0..7 {
            for other in 0..index {
                assert_ne!(series(index), series(other));
                assert_ne!(palette::series(index), palette::series(other));
            }
        }
        let pair = |index| (format!("{:?}", series(index)), palette::series(index).name);
        assert!((1..49).all(|index| pair(index) != pair(0)));
    }

    #[test]
    fn outlines_stay_within_their_extent() {
        let bounds = extent((20, 20));
        for shape in SHAPES {
            for (x, y) in shape.outline((20, 20)) {
                assert!(x >= bounds.left && x <= bounds.right && y >= bounds.top && y <= bounds.bottom, "{shape:?}");
            }
        }
    }
}
