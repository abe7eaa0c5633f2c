//! Bounded discrete logarithms to the base of the generator: a table of small steps, giant steps where it does not reach.
//!
//! Baby-step giant-step (Shanks 1971) for results of either sign. Steps go outwards from 0, where inner products gather, and
//! many logarithms go together, so that whatever a group can share between elements it shares.

use blindbench_core::error::{Error, Result};
use blindbench_kernels::discrete_log::{Member, Sign, Table};
use blindbench_kernels::dispatch::Kernel;

use super::Group;

/// Most giant steps to either side: beyond, a logarithm would take minutes.
const MOST_STEPS: u64 = 1 << 22;

/// Logarithms of magnitudes up to a bound.
#[derive(Debug)]
pub struct Logarithms<G: Group> {
    table: Table,
    reach: i64,
    bound: u64,
    steps: u64,
    giant: G::Element,
    giant_back: G::Element,
}

/// How far a table reaches to either side, and the giant steps that are left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Extent {
    /// Largest magnitude in the table.
    pub reach: u64,
    /// Giant steps to either side.
    pub steps: u64,
}

impl Extent {
    /// The table for a bound that stays within `bytes`, and no larger than the group or the bound makes it worth.
    ///
    /// # Errors
    /// [`Error::Unsupported`] where it would leave too many giant steps.
    pub fn new<G: Group>(bound: u64, bytes: u64) -> Result<Self> {
        let most = bound.min(G::MOST_LOGARITHMS / 2);
        let reach = Table::bound_within(2 * most, bytes).unwrap_or(0) / 2;
        let steps = (bound - reach).div_ceil(2 * reach + 1);
        if steps > MOST_STEPS {
            return Err(Error::Unsupported(format!(
                "results reach {bound}, and a table of {bytes} bytes leaves {steps} giant steps a logarithm: raise \
                 `table_bytes` or take a network with smaller bounds (at most {MOST_STEPS} steps)"
            )));
        }
        Ok(Extent { reach, steps })
    }
}

impl<G: Group> Logarithms<G> {
    /// Builds the table for magnitudes up to `bound` within `bytes` of memory.
    ///
    /// # Errors
    /// [`Error::Unsupported`] where the bound is out of reach or a table cannot be built.
    pub fn new(kernel: Kernel, bound: u64, bytes: u64) -> Result<Self> {
        let Extent { reach, steps } = Extent::new::<G>(bound, bytes)?;
        // The table has logarithms from -reach to reach as magnitudes from 0 on.
        let table = Table::build(kernel, G::NAME, 2 * reach, |add| members::<G>(reach, add));
        let table = table.map_err(|error| Error::Unsupported(format!("a table of logarithms: {error}")))?;
        let reach = reach as i64;
        let giant = G::signed_power_vartime(&G::generator(), 2 * reach + 1);
        let giant_back = G::invert(&giant);
        Ok(Logarithms { table, reach, bound, steps, giant, giant_back })
    }

    /// Bytes that the table takes.
    pub fn bytes(&self) -> u64 {
        self.table.resident_bytes()
    }

    /// Largest magnitude that is found.
    pub fn bound(&self) -> u64 {
        self.bound
    }

    /// The logarithms of elements; none where the magnitude is beyond the bound.
    pub fn of_vartime(&self, elements: &[G::Element]) -> Vec<Option<i64>> {
        elements.chunks(BATCH).flat_map(|elements| self.of_batch_vartime(elements)).collect()
    }

    fn of_batch_vartime(&self, elements: &[G::Element]) -> Vec<Option<i64>> {
        let mut found = vec![None; elements.len()];
        let mut walks: Vec<Walk<G>> = elements.iter().enumerate().map(|(at, element)| Walk::new(at, element)).collect();
        self.arrive(&mut walks, elements, 0, |walk| &walk.down, &mut found);
        for step in 1..=self.steps as i64 {
            if walks.is_empty() {
                break;
            }
            for walk in &mut walks {
                walk.down = G::multiply(&walk.down, &self.giant_back);
                walk.up = G::multiply(&walk.up, &self.giant);
            }
            self.arrive(&mut walks, elements, step, |walk| &walk.down, &mut found);
            self.arrive(&mut walks, elements, -step, |walk| &walk.up, &mut found);
        }
        found
    }

    /// Looks up where the walks are after `step` giant steps and ends those that have arrived.
    fn arrive(
        &self,
        walks: &mut Vec<Walk<G>>,
        elements: &[G::Element],
        step: i64,
        position: impl Fn(&Walk<G>) -> &G::Element,
        found: &mut [Option<i64>],
    ) {
        let places: Vec<G::Element> = walks.iter().map(|walk| position(walk).clone()).collect();
        let queries: Vec<(u64, Sign)> =
            G::fingerprints_vartime(&places).into_iter().map(|fingerprint| (fingerprint, Sign::Plus)).collect();
        let mut entries = vec![None; queries.len()];
        self.table.find_all(&queries, &mut entries);
        let (mut entries, width) = (entries.into_iter(), 2 * self.reach + 1);
        walks.retain(|walk| {
            let entry = entries.next().flatten();
            let logarithm = entry
                .map(|entry| entry - self.reach + step * width)
                .filter(|logarithm| self.is_certain_vartime(*logarithm, &elements[walk.at]));
            found[walk.at] = logarithm.filter(|logarithm| logarithm.unsigned_abs() <= self.bound);
            logarithm.is_none()
        });
    }

    /// Whether a fingerprint that was found can be trusted: where every result within the bound has an entry of its own, or
    /// where the logarithm proves itself.
    fn is_certain_vartime(&self, logarithm: i64, element: &G::Element) -> bool {
        self.steps == 0 || G::signed_power_vartime(&G::generator(), logarithm) == *element
    }
}

/// Elements that go together.
const BATCH: usize = 256;

/// An element on its way, at both sides.
struct Walk<G: Group> {
    at: usize,
    down: G::Element,
    up: G::Element,
}

impl<G: Group> Walk<G> {
    fn new(at: usize, element: &G::Element) -> Self {
        Walk { at, down: element.clone(), up: element.clone() }
    }
}

/// The generator's powers from `-reach` to `reach`, by their place among these.
fn members<G: Group>(reach: u64, add: &mut dyn FnMut(&[Member])) {
    let (generator, count) = (G::generator(), 2 * reach + 1);
    let mut next = G::signed_power_vartime(&generator, -(reach as i64));
    for start in (0..count).step_by(BATCH) {
        let places = start..count.min(start + BATCH as u64);
        let powers: Vec<G::Element> = places
            .clone()
            .map(|_| {
                let following = G::multiply(&next, &generator);
                std::mem::replace(&mut next, following)
            })
            .collect();
        let fingerprints = places.zip(G::fingerprints_vartime(&powers));
        let member = |(magnitude, key)| Member { magnitude, key, sign: Sign::Plus };
        add(&fingerprints.map(member).collect::<Vec<_>>());
    }
}
