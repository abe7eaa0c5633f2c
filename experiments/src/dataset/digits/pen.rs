//! From a stroke's curves to the points of a line, with a hand that shakes.

use super::draw::Draw;
use super::glyphs::{Point, Stroke};

/// Straight pieces per curve.
const PIECES: usize = 10;
/// How far the hand misses a point, as a standard deviation in the unit box.
const SHAKE: f32 = 0.035;

/// The line that a hand makes of a stroke.
pub fn trace(stroke: &Stroke, draw: &mut Draw) -> Vec<Point> {
    let mut from = shaken(stroke.start, draw);
    let mut line = vec![from];
    for curve in stroke.curves {
        let [first, second, to] = curve.map(|point| shaken(point, draw));
        line.extend((1..=PIECES).map(|piece| bezier([from, first, second, to], piece as f32 / PIECES as f32)));
        from = to;
    }
    line
}

fn shaken(point: Point, draw: &mut Draw) -> Point {
    point.map(|place| place + draw.bell(SHAKE))
}

/// The point of a cubic Bézier curve at `t` in `0..=1`.
fn bezier([a, b, c, d]: [Point; 4], t: f32) -> Point {
    let u = 1.0 - t;
    [0, 1].map(|axis| {
        let (outer, inner) = (u * u * u * a[axis] + t * t * t * d[axis], u * b[axis] + t * c[axis]);
        outer + 3.0 * u * t * inner
    })
}

#[cfg(test)]
mod tests {
    use super::bezier;

    #[test]
    fn a_curve_runs_from_end_to_end_and_control_points_at_the_thirds_make_it_straight() {
        let points = [[0.0, 3.0], [1.0, 2.0], [2.0, 1.0], [3.0, 0.0]];
        assert_eq!(bezier(points, 0.0), [0.0, 3.0]);
        assert_eq!(bezier(points, 1.0), [3.0, 0.0]);
        assert_eq!(bezier(points, 0.5), [1.5, 1.5]);
    }
}
