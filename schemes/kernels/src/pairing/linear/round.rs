//! Additions in affine coordinates that do not wait for one another, with one inversion for all.

use super::super::field::Field;
use super::super::point::Affine;
use super::{Addition, Term};

/// What one addition needs: the line through both points is `numerator / denominator` steep.
#[derive(Clone, Copy)]
pub(super) struct Line<F> {
    numerator: F,
    denominator: F,
    /// The product of the denominators of all lines before this one.
    before: F,
}

/// The point of a term.
pub(super) fn signed<P: Affine>(values: &[P], term: Term) -> P {
    let point = values[term.value as usize];
    if term.negated { point.negate() } else { point }
}

/// Does the additions, whose results go to `values` from `first` on.
///
/// For different abscissas the line is (y2 - y1) / (x2 - x1), for equal points 3 x^2 / 2 y; then x3 = line^2 - x1 - x2
/// and y3 = line (x1 - x3) - y1.
pub(super) fn add_all_vartime<P: Affine>(
    additions: &[Addition],
    values: &mut [P],
    first: usize,
    scratch: &mut Vec<Line<P::Coordinate>>,
) {
    scratch.clear();
    let mut product = P::Coordinate::ONE;
    for addition in additions {
        let line = line(&signed(values, addition.left), &signed(values, addition.right), product);
        product = product.multiply(&line.denominator);
        scratch.push(line);
    }
    let mut inverse = product.inverse();
    for (place, (addition, line)) in additions.iter().zip(scratch.iter()).enumerate().rev() {
        let slope = inverse.multiply(&line.before).multiply(&line.numerator);
        inverse = inverse.multiply(&line.denominator);
        let (left, right) = (signed(values, addition.left), signed(values, addition.right));
        values[first + place] = sum(&left, &right, &slope);
    }
}

/// The line through two points, its denominator 1 where there is none.
fn line<P: Affine>(left: &P, right: &P, before: P::Coordinate) -> Line<P::Coordinate> {
    let denominator = right.x().subtract(left.x());
    if denominator.is_zero() {
        return tangent(left, before);
    }
    if left.is_neutral() || right.is_neutral() {
        return Line { numerator: P::Coordinate::ONE, denominator: P::Coordinate::ONE, before };
    }
    Line { numerator: right.y().subtract(left.y()), denominator, before }
}

fn tangent<P: Affine>(point: &P, before: P::Coordinate) -> Line<P::Coordinate> {
    let square = point.x().square();
    let twice = point.y().add(point.y());
    let denominator = if twice.is_zero() { P::Coordinate::ONE } else { twice };
    Line { numerator: square.add(&square).add(&square), denominator, before }
}

fn sum<P: Affine>(left: &P, right: &P, slope: &P::Coordinate) -> P {
    if left.is_neutral() {
        return *right;
    }
    if right.is_neutral() {
        return *left;
    }
    // Opposite points, or a point of order two with itself.
    if left.x() == right.x() && left.y() == &right.y().negate() {
        return P::default();
    }
    let x = slope.square().subtract(left.x()).subtract(right.x());
    let y = left.x().subtract(&x).multiply(slope).subtract(left.y());
    P::of_coordinates(x, y)
}
