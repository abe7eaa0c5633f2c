//! The logarithms of sums to the base point.

use curve25519_dalek::Scalar;
use curve25519_dalek::constants::RISTRETTO_BASEPOINT_POINT;

use super::bases::doubles;
use super::engine::{Engine, engine};
use super::error::CurveError;
use super::field::Field;
use super::invariant::{Keys, Stride};
use super::lanes::{Limbs, Mask};
use super::point::{AffineRows, Niels, NielsRows, Point, PointRows};
use super::portable::Portable;
use super::sums::Sums;
use crate::discrete_log::{Member, Sign, Table, TableError};
use crate::dispatch::Kernel;

mod giants;

use giants::Giants;

/// The name of the group in tables.
const GROUP: &str = "ristretto255";

/// Neighbors of a center, on each side, whose keys are computed together.
const NEIGHBORS: u64 = 256;

/// Centers, of eight lanes, that are brought to affine form together.
const CENTERS: usize = 64;

/// Bundles looked up together: one inversion costs as much as some 400 products.
const TOGETHER: usize = 512;

/// What logarithms are wanted, and what they may cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LogarithmOptions {
    /// The instructions to use.
    pub kernel: Kernel,
    /// The largest magnitude to be found.
    pub bound: u64,
    /// Memory of the table at most: what the bound exceeds it by is searched for in giant steps.
    pub max_bytes: u64,
}

/// Logarithms to the base point of ristretto255, from `-bound` to `bound`.
///
/// A logarithm within the table's own bound is one lookup. Beyond, the table is looked up at points a table's width
/// apart, outwards from zero (Shanks' baby and giant steps), and what is found so is checked against the point.
#[derive(Debug, Clone)]
pub struct Logarithms {
    engine: &'static dyn Engine,
    table: Table,
    giants: Giants,
}

/// The table's own bound under the options.
fn table_bound(options: &LogarithmOptions) -> Result<u64, CurveError> {
    let LogarithmOptions { bound, max_bytes, .. } = *options;
    if bound == 0 || bound > Logarithms::MAX_BOUND {
        return Err(CurveError::Bound { given: bound, most: Logarithms::MAX_BOUND });
    }
    let smallest = bound.div_ceil(2 * Giants::MOST);
    Table::bound_within(bound, max_bytes)
        .filter(|own| *own >= smallest)
        .ok_or_else(|| CurveError::Table(TableError::Memory { needed: Table::bytes_for(smallest), allowed: max_bytes }))
}

impl Logarithms {
    /// The largest bound.
    pub const MAX_BOUND: u64 = 1 << 44;

    /// Builds the table: a second for 2^25.
    ///
    /// # Errors
    ///
    /// The bound is zero or above [`Logarithms::MAX_BOUND`], or the memory allowed is too small for it.
    pub fn new(options: LogarithmOptions) -> Result<Self, CurveError> {
        let (engine, own) = (engine(options.kernel), table_bound(&options)?);
        let table = Table::build(options.kernel, GROUP, own, |add| members(engine, own, add))?;
        Ok(Logarithms { engine, giants: Giants::new(engine, own, options.bound), table })
    }

    /// From the bytes of a table that was built under the same options.
    ///
    /// # Errors
    ///
    /// As for [`Logarithms::new`], or the bytes are of another table or damaged.
    pub fn from_bytes(options: LogarithmOptions, bytes: &[u8]) -> Result<Self, CurveError> {
        let (engine, own) = (engine(options.kernel), table_bound(&options)?);
        let table = Table::from_bytes(options.kernel, GROUP, own, bytes)?;
        Ok(Logarithms { engine, giants: Giants::new(engine, own, options.bound), table })
    }

    /// The table, whose bytes can be kept.
    pub fn table(&self) -> &Table {
        &self.table
    }

    /// The largest magnitude found.
    pub fn bound(&self) -> u64 {
        self.giants.bound()
    }

    /// Bytes held in memory.
    pub fn resident_bytes(&self) -> u64 {
        self.table.resident_bytes() + self.giants.resident_bytes()
    }

    /// The logarithms of sums by sample, then output; none for what is not within the bound, but for the chance of
    /// 2^-32 that [`Table`] states. Variable time.
    pub fn find_vartime(&self, sums: &Sums) -> Vec<Option<i64>> {
        let mut found = vec![[None; 8]; sums.points.len()];
        for (points, found) in sums.points.chunks(TOGETHER).zip(found.chunks_mut(TOGETHER)) {
            let queries: Vec<_> = self.engine.keys(points).iter().flat_map(queries).collect();
            self.table.find_all(&queries, found.as_flattened_mut());
        }
        if !self.giants.is_empty() {
            self.search(sums, &mut found);
        }
        sums.in_order(&found)
    }

    /// Looks further for what the table has not.
    fn search(&self, sums: &Sums, found: &mut [[Option<i64>; 8]]) {
        let held = sums.held();
        let lanes = found.iter().zip(&held).enumerate().flat_map(|(k, (found, held))| {
            (0..8).filter(|lane| held[*lane] && found[*lane].is_none()).map(move |lane| (k, lane))
        });
        let missing: Vec<(usize, usize)> = lanes.collect();
        for missing in missing.chunks(8) {
            let mut bundle: PointRows = sums.points[missing[0].0];
            for (to, (k, lane)) in missing.iter().enumerate() {
                copy_point(&sums.points[*k], *lane, &mut bundle, to);
            }
            let logarithms = self.giants.find_vartime(self.engine, &self.table, &bundle, missing.len());
            for ((k, lane), logarithm) in missing.iter().zip(logarithms) {
                found[*k][*lane] = logarithm;
            }
        }
    }
}

fn copy_point(from: &PointRows, lane: usize, to: &mut PointRows, to_lane: usize) {
    let rows = from.as_flattened().iter().zip(to.as_flattened_mut());
    rows.for_each(|(from, to)| to.0[to_lane] = from.0[lane]);
}

fn sign(negative: Mask, lane: usize) -> Sign {
    if negative >> lane & 1 == 1 { Sign::Minus } else { Sign::Plus }
}

/// What to look up for a bundle.
fn queries(keys: &Keys) -> [(u64, Sign); 8] {
    std::array::from_fn(|lane| (keys.words.0[lane], sign(keys.negative, lane)))
}

/// Twice the multiples of the base point by a factor for each lane.
fn multiples(engine: &dyn Engine, factor: impl Fn(u64) -> u64) -> NielsRows {
    doubles(engine, &[0, 1, 2, 3, 4, 5, 6, 7].map(|lane| RISTRETTO_BASEPOINT_POINT * Scalar::from(factor(lane))))[0]
}

/// The first eight of a sequence.
fn start(summands: &NielsRows) -> PointRows {
    Point::<Portable>::from_niels(&Niels::load(summands)).rows()
}

/// The doubles of `unit B`, `2 unit B`, ..., `count unit B`.
fn strides(engine: &dyn Engine, unit: u64, count: usize) -> Vec<Stride> {
    let (first, step) = (multiples(engine, |lane| (lane + 1) * unit), multiples(engine, |_| 8 * unit));
    let bundles = engine.walk(&mut start(&first), &step, count.div_ceil(8));
    let stride = |[x, y]: &AffineRows, lane: usize| {
        let mut product = Limbs::default();
        Field::<Portable>::load(x).times(&Field::load(y)).store(&mut product);
        Stride([x, y, &product].map(|rows| rows.map(|row| row.0[lane])))
    };
    let lanes = bundles.iter().flat_map(|bundle| (0..8).map(move |lane| stride(bundle, lane)));
    lanes.take(count).collect()
}

/// The members of a table, around centers that are as far apart as their neighbors reach.
fn members(engine: &dyn Engine, bound: u64, add: &mut dyn FnMut(&[Member])) {
    let neighbors = (bound / 16).clamp(1, NEIGHBORS);
    let (spacing, strides) = (2 * neighbors + 1, strides(engine, 1, neighbors as usize));
    let mut next = start(&multiples(engine, |lane| neighbors + 1 + spacing * lane));
    let step = multiples(engine, |_| 8 * spacing);
    let bundles = bound.div_ceil(8 * spacing) as usize;
    add(&[Member { magnitude: 0, key: 0, sign: Sign::Plus }]);
    let mut batch = Vec::with_capacity(8 * spacing as usize);
    for first in (0..bundles).step_by(CENTERS) {
        let centers = engine.walk(&mut next, &step, CENTERS.min(bundles - first));
        for (k, center) in centers.iter().enumerate() {
            let lowest = neighbors + 1 + spacing * 8 * (first + k) as u64;
            let mut push = |keys: &Keys, magnitude: &dyn Fn(u64) -> u64| {
                let lanes = (0..8u64).zip(queries(keys)).map(|(lane, (key, sign))| Member {
                    magnitude: magnitude(lowest + spacing * lane),
                    key,
                    sign,
                });
                batch.extend(lanes.filter(|member| member.magnitude <= bound));
            };
            push(&engine.key_of_double(center), &|center| center);
            let around = engine.surroundings(center, &strides);
            for (distance, keys) in (1..).zip(around.as_chunks::<2>().0) {
                push(&keys[0], &|center| center + distance);
                push(&keys[1], &|center| center - distance);
            }
            add(&batch);
            batch.clear();
        }
    }
}
