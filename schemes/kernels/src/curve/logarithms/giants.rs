//! Steps of a table's width.

use curve25519_dalek::edwards::EdwardsPoint;
use curve25519_dalek::scalar::Scalar;

use super::{Engine, queries, strides};
use crate::curve::encoding::encodings_of;
use crate::curve::field::Field;
use crate::curve::invariant::Stride;
use crate::curve::lanes::Limbs;
use crate::curve::point::{AffineRows, PointRows};
use crate::curve::portable::Portable;
use crate::discrete_log::Table;

/// Steps taken together at first; later twice as many each time.
const FIRST: usize = 16;

/// Steps taken together at most.
const TOGETHER: usize = 256;

/// Points a table's width apart, to go to the bound from where the table ends.
#[derive(Debug, Clone)]
pub(super) struct Giants {
    bound: u64,
    /// From one step to the next: the table's members on both sides, and zero.
    width: u64,
    strides: Vec<Stride>,
}

impl Giants {
    /// The largest number of steps to each side.
    pub(super) const MOST: u64 = 1 << 17;

    pub(super) fn new(engine: &dyn Engine, table_bound: u64, bound: u64) -> Self {
        let width = 2 * table_bound + 1;
        let count = bound.saturating_sub(table_bound).div_ceil(width);
        let strides = if count == 0 { Vec::new() } else { strides(engine, width, count as usize) };
        Giants { bound, width, strides }
    }

    pub(super) fn bound(&self) -> u64 {
        self.bound
    }

    pub(super) fn is_empty(&self) -> bool {
        self.strides.is_empty()
    }

    pub(super) fn resident_bytes(&self) -> u64 {
        (self.strides.len() * size_of::<Stride>()) as u64
    }

    /// The logarithms of the first `held` lanes, none of which the table itself has.
    pub(super) fn find_vartime(
        &self,
        engine: &dyn Engine,
        table: &Table,
        doubles: &PointRows,
        held: usize,
    ) -> [Option<i64>; 8] {
        let double = engine.affine(std::slice::from_ref(doubles))[0];
        let mut found = [None; 8];
        let (mut start, mut count) = (0, FIRST);
        while start < self.strides.len() && found.iter().take(held).any(Option::is_none) {
            let strides = &self.strides[start..self.strides.len().min(start + count)];
            let queries: Vec<_> = engine.surroundings(&double, strides).iter().flat_map(queries).collect();
            let mut rests = vec![None; queries.len()];
            table.find_all(&queries, &mut rests);
            for (k, rest) in rests.iter().enumerate().filter_map(|(k, rest)| Some((k, (*rest)?))) {
                let (step, side, lane) = (start + k / 16 + 1, k / 8 % 2, k % 8);
                // P + step = rest, or P - step = rest.
                let away = step as i64 * self.width as i64;
                let logarithm = if side == 0 { rest - away } else { rest + away };
                let within = logarithm.unsigned_abs() <= self.bound;
                if lane < held && found[lane].is_none() && within && is_logarithm(logarithm, &double, lane) {
                    found[lane] = Some(logarithm);
                }
            }
            start += strides.len();
            count = (2 * count).min(TOGETHER);
        }
        found
    }
}

/// Whether twice the number times the base point is the double, or the double plus `(0, -1)`.
fn is_logarithm(logarithm: i64, [x, y]: &AffineRows, lane: usize) -> bool {
    let magnitude = Scalar::from(2 * logarithm.unsigned_abs());
    let scalar = if logarithm < 0 { -magnitude } else { magnitude };
    let expected = EdwardsPoint::mul_base(&scalar).compress().to_bytes();
    let encoding = |negate: fn(Field<Portable>) -> Field<Portable>| {
        let [x, y] = [x, y].map(|rows| {
            let mut out = Limbs::default();
            negate(Field::load(rows)).canonical().store(&mut out);
            out
        });
        let mut bytes = encodings_of(&y)[lane];
        bytes[31] |= (x[0].0[lane] as u8 & 1) << 7;
        bytes
    };
    encoding(|z| z) == expected || encoding(Field::negated) == expected
}
