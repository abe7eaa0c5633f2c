//! From the unit box to the page: an affine map, then an elastic one.

use super::draw::Draw;
use super::glyphs::Point;

/// Height of an upright digit in pixels.
const HEIGHT: f32 = 19.0;
/// Width of the unit box in pixels.
const WIDTH: f32 = 15.0;
/// Cells of the elastic grid along each axis; its knots reach one cell further on either side.
const CELLS: usize = 4;
/// Standard deviation of a knot's displacement along each axis, in pixels. The spline averages over knots, so that
/// points move by about half of that.
const ELASTIC: f32 = 1.9;

/// A random map from the unit box to the page.
pub struct Warp {
    linear: [[f32; 2]; 2],
    center: Point,
    knots: [[Point; CELLS + 3]; CELLS + 3],
    side: f32,
}

impl Warp {
    /// A map onto a page of `side` by `side` pixels.
    pub fn random(draw: &mut Draw, side: f32) -> Self {
        // Half-angle formulas instead of sine and cosine, which are not rounded alike everywhere.
        let half = draw.bell(0.075);
        let norm = 1.0 + half * half;
        let (cosine, sine) = ((1.0 - half * half) / norm, 2.0 * half / norm);
        let (wide, high) = (WIDTH * draw.between(0.75, 1.15), HEIGHT * draw.between(0.85, 1.1));
        let slant = draw.bell(0.14);
        // The slant leans the digit first, then it is turned.
        let linear = [[cosine * wide, (cosine * slant - sine) * high], [sine * wide, (sine * slant + cosine) * high]];
        let center = [0, 1].map(|_| side / 2.0 + draw.between(-2.0, 2.0));
        let mut knots = [[[0.0; 2]; CELLS + 3]; CELLS + 3];
        knots.iter_mut().flatten().flatten().for_each(|displacement| *displacement = draw.bell(ELASTIC));
        Warp { linear, center, knots, side }
    }

    /// Where a point of the unit box comes to lie, in pixels from the upper left corner of the page.
    pub fn place(&self, point: Point) -> Point {
        let (x, y) = (point[0] - 0.5, point[1] - 0.5);
        let flat = [0, 1].map(|axis| self.linear[axis][0] * x + self.linear[axis][1] * y + self.center[axis]);
        let bend = self.bend(flat);
        [flat[0] + bend[0], flat[1] + bend[1]]
    }

    /// The displacement at a point of the page: a uniform cubic B-spline over the knots, hence smooth.
    fn bend(&self, point: Point) -> Point {
        let [(column, across), (row, down)] = point.map(|place| self.cell(place));
        let mut bend = [0.0; 2];
        for (knots, down) in self.knots[row..].iter().zip(basis(down)) {
            for (knot, across) in knots[column..].iter().zip(basis(across)) {
                bend[0] += down * across * knot[0];
                bend[1] += down * across * knot[1];
            }
        }
        bend
    }

    /// The grid's cell at a place along one axis, and where in the cell; beyond the page as at its border.
    fn cell(&self, place: f32) -> (usize, f32) {
        let at = (place / self.side * CELLS as f32).clamp(0.0, CELLS as f32);
        let cell = (at as usize).min(CELLS - 1);
        (cell, at - cell as f32)
    }
}

/// The four cubic B-spline weights at `t` in `0..=1`.
fn basis(t: f32) -> [f32; 4] {
    let u = 1.0 - t;
    let inner = |t: f32| (3.0 * t * t * (t - 2.0) + 4.0) / 6.0;
    [u * u * u / 6.0, inner(t), inner(u), t * t * t / 6.0]
}

#[cfg(test)]
mod tests {
    use super::{Draw, Warp, basis};
    use blindbench_core::roles::seed::Seed;

    #[test]
    fn the_spline_s_weights_sum_to_one_and_join() {
        for t in [0.0, 0.3, 0.5, 1.0] {
            assert!((basis(t).iter().sum::<f32>() - 1.0).abs() < 1e-6);
        }
        let (end, start) = (basis(1.0), basis(0.0));
        assert!((0..3).all(|knot| (end[knot + 1] - start[knot]).abs() < 1e-6));
    }

    #[test]
    fn neighbors_stay_neighbors() {
        for index in 0..200 {
            let warp = Warp::random(&mut Draw::new(&Seed::from_number(index)), 28.0);
            for step in 0..100 {
                let x = step as f32 / 100.0;
                let (a, b) = (warp.place([x, 0.3]), warp.place([x + 0.01, 0.3]));
                let apart = ((a[0] - b[0]).powi(2) + (a[1] - b[1]).powi(2)).sqrt();
                assert!(apart < 0.5, "points 0.15 pixels apart are drawn {apart} apart");
            }
        }
    }
}
