//! Bounded discrete logarithms in GT.

use blindbench_core::error::{Error, Result};
use blindbench_core::workers::Workers;
use blindbench_kernels::discrete_log::{Member, Sign, Table};
use blindbench_kernels::dispatch::Kernel;
use blindbench_kernels::pairing::{Gt, Tower};

use super::params::Params;

/// The name of the group in tables.
const GROUP: &str = "GT of BLS12-381";

/// Neighbors of a center, on each side, whose fingerprints are computed together.
const NEIGHBORS: u64 = 1024;

/// Giant steps to each side at most: some ten milliseconds where nothing is found.
const MOST_STEPS: u64 = 4096;

/// Logarithms to the base e(g1, g2), from `-bound` to `bound`.
///
/// The table holds fingerprints of small powers (Shanks' baby steps): an element and its inverse, its conjugate, share
/// one. Giant steps go outwards from 0, since scores are mostly small. What the table gives is compared with the power
/// itself, so that nothing wrong is ever found.
#[derive(Debug)]
pub struct Logarithms {
    table: Table,
    /// The powers with exponents 0, 1, ..., as far as neighbors reach.
    neighbors: Vec<Gt>,
    /// The powers whose exponents are multiples of [`Logarithms::spacing`], from 0 on.
    centers: Vec<Gt>,
    /// The power by the width of the table.
    stride: Gt,
    bound: u64,
}

/// The bound of the table that memory allows, if giant steps reach the rest.
fn table_bound(bound: u64, bytes: u64) -> Option<u64> {
    let own = Table::bound_within(bound.max(1), bytes)?;
    (steps(bound, own) <= MOST_STEPS).then_some(own)
}

/// Giant steps to each side.
fn steps(bound: u64, own: u64) -> u64 {
    bound.saturating_sub(own).div_ceil(2 * own + 1)
}

/// Refuses bounds that the memory allowed does not reach.
///
/// # Errors
/// [`Error::Unsupported`] with the memory that would do, or the largest bound.
pub fn check(bound: u64, params: &Params) -> Result<()> {
    params.check()?;
    if table_bound(bound, params.table_bytes).is_some() {
        return Ok(());
    }
    let sizes = (6..=u64::BITS - 1).map(|log| 1u64 << log);
    let needed = Params::at_most(sizes.into_iter().find(|bytes| table_bound(bound, *bytes).is_some()));
    let remedy = match needed {
        Some(bytes) => format!("state `table_bytes: {bytes}`"),
        None => "no table would do: take smaller weights or fewer levels of pixels".into(),
    };
    let given = params.table_bytes;
    Err(Error::Unsupported(format!(
        "scores may reach {bound}, beyond what {MOST_STEPS} steps over a table of {given} bytes can find; {remedy}"
    )))
}

impl Logarithms {
    /// Builds the table, of the memory that the parameters allow at most.
    ///
    /// # Errors
    /// As [`check`], or [`Error::Refused`] where the table cannot be built.
    pub fn new(bound: u64, params: &Params, kernel: Kernel, workers: &Workers) -> Result<Self> {
        check(bound, params)?;
        let own = table_bound(bound, params.table_bytes).unwrap_or(1);
        let reach = own.isqrt().clamp(1, NEIGHBORS);
        let base = Gt::generator();
        let neighbors = powers(&base, reach + 1);
        let spacing = neighbors[reach as usize].square().multiply(&base);
        let centers = powers(&spacing, own / (2 * reach + 1) + 2);
        let table = Table::build(kernel, GROUP, own, |add| members(&neighbors, &centers, own, workers, add));
        let table = table.map_err(|error| Error::Refused(error.to_string()))?;
        let stride = base.power_vartime(2 * own as i64 + 1);
        Ok(Logarithms { table, neighbors, centers, stride, bound })
    }

    /// The largest magnitude found.
    pub fn bound(&self) -> u64 {
        self.bound
    }

    /// Bytes held in memory.
    pub fn resident_bytes(&self) -> u64 {
        self.table.resident_bytes() + (size_of_val(&*self.neighbors) + size_of_val(&*self.centers)) as u64
    }

    /// The logarithm, if it is within the bound; variable time.
    pub fn find_vartime(&self, element: &Gt) -> Option<i64> {
        let width = 2 * self.table.bound() as i64 + 1;
        let within = |value: i64| Some(value).filter(|value| value.unsigned_abs() <= self.bound);
        if let Some(found) = self.look_up(element) {
            return within(found);
        }
        let (mut above, mut below, back) = (*element, *element, self.stride.inverse());
        for step in 1..=steps(self.bound, self.table.bound()) as i64 {
            above = above.multiply(&back);
            below = below.multiply(&self.stride);
            let found = self.look_up(&above).map(|rest| rest + step * width);
            if let Some(found) = found.or_else(|| self.look_up(&below).map(|rest| rest - step * width)) {
                return within(found);
            }
        }
        None
    }

    /// The logarithm of what is in the table, compared with the power.
    fn look_up(&self, element: &Gt) -> Option<i64> {
        let magnitude = self.table.find(element.fingerprint(), Sign::Plus)?;
        let power = self.power(magnitude.unsigned_abs())?;
        match *element {
            element if element == power => Some(magnitude),
            element if element == power.inverse() => Some(-magnitude),
            _ => None,
        }
    }

    /// The power of an exponent within the table, by one multiplication.
    fn power(&self, exponent: u64) -> Option<Gt> {
        let reach = self.neighbors.len() as u64 - 1;
        let place = (exponent + reach) / (2 * reach + 1);
        let offset = exponent as i64 - (place * (2 * reach + 1)) as i64;
        let neighbor = self.neighbors.get(offset.unsigned_abs() as usize)?;
        let center = self.centers.get(place as usize)?;
        Some(if offset < 0 { center.multiply(&neighbor.inverse()) } else { center.multiply(neighbor) })
    }
}

/// The first powers of an element, from its zeroth on.
fn powers(base: &Gt, count: u64) -> Vec<Gt> {
    std::iter::successors(Some(Gt::one()), |last| Some(last.multiply(base))).take(count as usize).collect()
}

/// Centers whose members are computed at a time.
const TOGETHER: usize = 16;

/// The fingerprints of all powers up to `bound`, around centers that are as far apart as their neighbors reach.
fn members(neighbors: &[Gt], centers: &[Gt], bound: u64, workers: &Workers, add: &mut dyn FnMut(&[Member])) {
    let width = 2 * neighbors.len() as u64 - 1;
    let member = |magnitude: u64, key: u64| Member { magnitude, key, sign: Sign::Plus };
    let places: Vec<(u64, Gt)> = (0..).zip(centers.iter().copied()).collect();
    for some in places.chunks(TOGETHER) {
        let around = workers.map(some.to_vec(), |(place, center)| {
            let (middle, tower) = (place * width, Tower::of(&center));
            let mut found = vec![member(middle, center.fingerprint())];
            for (offset, neighbor) in (1u64..).zip(&neighbors[1..]) {
                let [above, below] = tower.fingerprints(neighbor);
                found.push(member(middle + offset, above));
                found.extend(middle.checked_sub(offset).map(|magnitude| member(magnitude, below)));
            }
            found.retain(|member| member.magnitude <= bound);
            found
        });
        around.iter().for_each(|members| add(members));
    }
}
