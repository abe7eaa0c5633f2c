//! Bounded discrete logarithms to the base of the generator: a table of small steps, giant steps where it does not reach.
//!
//! Baby-step giant-step (Shanks 1971) for results of either sign. Steps go outwards from 0, where inner products gather, and
//! many logarithms go together, so that whatever a group can share between elements it shares.

use blindbench_core::error::{Error, Result};

use super::Group;

/// Most giant steps to either side: beyond, a logarithm would take minutes.
const MOST_STEPS: u64 = 1 << 22;

/// Bytes of a table's slot.
const SLOT_BYTES: u64 = 8;

/// Largest table, as log2 of its entries.
const MOST_ENTRIES_LOG2: u32 = 31;

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
        // Slots are a power of two, three quarters full at most.
        let slots = (bytes / SLOT_BYTES).checked_ilog2().map_or(0, |log| 1u64 << log.min(MOST_ENTRIES_LOG2));
        let entries = (slots / 4 * 3).min(G::MOST_LOGARITHMS);
        let reach = (entries.max(1) - 1) / 2;
        let reach = reach.min(bound);
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
    /// [`Error::Unsupported`] where the bound is out of reach or memory is short of the table.
    pub fn new(bound: u64, bytes: u64) -> Result<Self> {
        let Extent { reach, steps } = Extent::new::<G>(bound, bytes)?;
        let reach = reach as i64;
        let mut table = Table::new(2 * reach as u64 + 1)?;
        let (generator, mut next) = (G::generator(), G::signed_power_vartime(&G::generator(), -reach));
        for start in (-reach..=reach).step_by(BATCH) {
            let count = BATCH.min((reach - start) as usize + 1);
            let powers: Vec<G::Element> = (0..count)
                .map(|_| {
                    let following = G::multiply(&next, &generator);
                    std::mem::replace(&mut next, following)
                })
                .collect();
            for (place, fingerprint) in G::fingerprints_vartime(&powers).into_iter().enumerate() {
                table.insert(fingerprint, (start + reach) as u64 + place as u64)?;
            }
        }
        let giant = G::signed_power_vartime(&generator, 2 * reach + 1);
        let giant_back = G::invert(&giant);
        Ok(Logarithms { table, reach, bound, steps, giant, giant_back })
    }

    /// Bytes that the table takes.
    pub fn bytes(&self) -> u64 {
        self.table.slots.len() as u64 * SLOT_BYTES
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
        let mut fingerprints = G::fingerprints_vartime(&places).into_iter();
        let width = 2 * self.reach + 1;
        walks.retain(|walk| {
            let entry = fingerprints.next().and_then(|fingerprint| self.table.find(fingerprint));
            let logarithm = entry
                .map(|entry| entry as i64 - self.reach + step * width)
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

/// Numbers by fingerprint: open addressing, a tag of what the place does not say beside each number.
#[derive(Debug)]
struct Table {
    slots: Vec<u64>,
    value_bits: u32,
}

impl Table {
    /// Room for the numbers below `entries`.
    fn new(entries: u64) -> Result<Self> {
        let count = (entries.div_ceil(3) * 4).next_power_of_two();
        let mut slots = Vec::new();
        let length = usize::try_from(count).ok().filter(|count| slots.try_reserve_exact(*count).is_ok());
        let Some(length) = length else {
            let bytes = count.saturating_mul(SLOT_BYTES);
            return Err(Error::Unsupported(format!(
                "a table of logarithms of {bytes} bytes is beyond this machine's memory: lower `table_bytes`"
            )));
        };
        slots.resize(length, 0);
        // One more than the largest number, since 0 says that a slot is free.
        Ok(Table { slots, value_bits: u64::BITS - entries.leading_zeros() })
    }

    fn places(&self, fingerprint: u64) -> impl Iterator<Item = usize> + use<> {
        let (count, mask) = (self.slots.len(), self.slots.len() - 1);
        let start = fingerprint.wrapping_mul(0xd6e8_feb8_6659_fd93).rotate_left(32) as usize;
        (0..count).map(move |step| start.wrapping_add(step) & mask)
    }

    /// Enters a number under a fingerprint.
    ///
    /// # Errors
    /// [`Error::Refused`] where another number has it: every entry is told from every other, once and for all.
    fn insert(&mut self, fingerprint: u64, value: u64) -> Result<()> {
        let tag = fingerprint >> self.value_bits << self.value_bits;
        for place in self.places(fingerprint) {
            let slot = self.slots[place];
            if slot == 0 {
                self.slots[place] = tag | (value + 1);
                return Ok(());
            }
            if slot >> self.value_bits << self.value_bits == tag {
                return Err(Error::Refused("two elements have one fingerprint: take a smaller `table_bytes`".into()));
            }
        }
        Err(Error::Refused("a table of logarithms is full".into()))
    }

    fn find(&self, fingerprint: u64) -> Option<u64> {
        let tag = fingerprint >> self.value_bits << self.value_bits;
        for place in self.places(fingerprint) {
            let slot = self.slots[place];
            if slot == 0 {
                return None;
            }
            if slot >> self.value_bits << self.value_bits == tag {
                return Some(slot - tag - 1);
            }
        }
        None
    }
}
