//! Sequences of points.

use super::lanes::Lanes;
use super::point::{AffineRows, Niels, NielsRows, Point, PointRows, affine};

/// `2^(k bits) P` for `k < count`.
#[inline(always)]
pub(super) fn powers<L: Lanes>(start: &NielsRows, bits: u32, count: usize) -> Vec<PointRows> {
    let mut power = Point::<L>::from_niels(&Niels::load(start));
    let mut out = Vec::with_capacity(count);
    for k in 0..count {
        if k > 0 {
            for _ in 0..bits {
                power = power.doubled();
            }
        }
        out.push(power.rows());
    }
    out
}

/// `start`, `start + step` and so on in affine coordinates; `start` goes on to the next.
#[inline(always)]
pub(super) fn walk<L: Lanes>(start: &mut PointRows, step: &NielsRows, count: usize) -> Vec<AffineRows> {
    let (mut point, step) = (Point::<L>::load(start), Niels::load(step));
    let mut points = Vec::with_capacity(count);
    for _ in 0..count {
        points.push(point.rows());
        point = point.plus_niels(&step);
    }
    point.store(start);
    affine::<L>(&points)
}
