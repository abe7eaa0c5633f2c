//! How a matrix is multiplied with a vector in slots: diagonals in groups, and sums of what lies apart.
//!
//! In blocks of slots, each slot sums up a part of one output: that of row `slot mod group`, over the inputs that
//! rotations by 0 to `steps - 1` bring to it. Rotations by multiples of the group then sum the parts up (the hybrid of
//! Juvekar, Vaikuntanathan and Chandrakasan, "GAZELLE: a low latency framework for secure neural network inference",
//! 2018, section 5). Where a vector comes in copies, blocks may have rows of their own, or the copies are staggered, so
//! that fewer rotations bring all inputs to all rows.

use std::collections::BTreeMap;

use super::affine::{Affine, Entry};
use super::layout::{Layout, Slots};

/// The choices for one matrix.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Choice {
    /// Rows that neighboring slots work on: a power of two.
    pub group: usize,
    /// Blocks with rows of their own: a power of two.
    pub blocks: usize,
    /// Rotations, by 0 up to it.
    pub steps: usize,
    /// Whether parts are summed up all around, whatever the matrix: with a single block, no slot holds a part then.
    pub around: bool,
}

/// A matrix's way through the slots.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Packing {
    slots: Slots,
    input: Layout,
    choice: Choice,
    /// Where blocks begin.
    origin: usize,
    /// The rotations whose diagonals may be other than zero, ascending.
    pub rotations: Vec<usize>,
    /// Distances of the parts that are summed up: powers of two times the group, ascending; the number of columns
    /// stands for the swap of rows.
    pub sums: Vec<usize>,
    /// Where the outputs are.
    pub output: Layout,
}

/// Diagonals by their rotation to the right, a value a slot.
pub type Diagonals<V> = BTreeMap<usize, Vec<V>>;

impl Packing {
    /// Plans a map on a layout; none where the choice does not bring each input to each of its rows exactly once.
    pub fn new<V: Entry>(slots: Slots, input: &Layout, map: &Affine<V>, choice: Choice) -> Option<Packing> {
        let period = input.period();
        let fits = choice.group * choice.blocks >= map.outputs()
            && choice.group.max(period) * choice.blocks <= slots.count()
            && (choice.group <= period || choice.blocks == 1);
        if !fits {
            return None;
        }
        let first = (0..period).find(|slot| input.value(*slot).is_some())?;
        let origin = first % choice.group;
        let (rotations, sums, output) = (Vec::new(), Vec::new(), Layout::new(Vec::new()));
        let mut packing = Packing { slots, input: input.clone(), choice, origin, rotations, sums, output };
        let (mut apart, mut count, mut used) = (0, 0, vec![false; choice.steps]);
        let (mut repeats, mut again) = (packing.repeats(map), false);
        packing.visit(map, |slot, steps, (input, _)| {
            apart |= packing.part(slot);
            used[steps] = true;
            again |= repeats(slot, input);
            count += 1;
        });
        let nonzero: usize = map.rows.iter().map(Vec::len).sum();
        if choice.around {
            apart |= packing.block() - choice.group;
        }
        // Each weight once in every copy of the blocks.
        if again || count != nonzero * (slots.count() / (period.max(choice.group) * choice.blocks)) {
            return None;
        }
        packing.rotations = (0..used.len()).filter(|steps| used[*steps]).collect();
        packing.sums = (0..usize::BITS).map(|bit| 1 << bit).filter(|bit| apart & bit != 0).collect();
        packing.output = packing.outputs(map.outputs());
        Some(packing)
    }

    /// Whether an input comes to a slot's row again in the first copy of the blocks; the others are alike.
    fn repeats<V: Entry>(&self, map: &Affine<V>) -> impl FnMut(usize, usize) -> bool + use<V> {
        let (copy, inputs) = (self.block() * self.choice.blocks, map.inputs);
        let row = |slot: usize| (self.past_origin(slot) < copy).then(|| self.row(slot) * inputs);
        let rows: Vec<Option<usize>> = (0..self.slots.count()).map(row).collect();
        let mut seen = vec![false; map.outputs() * inputs];
        move |slot, input| rows[slot].is_some_and(|row| std::mem::replace(&mut seen[row + input], true))
    }

    /// The slot counted from the origin, within its own row of slots.
    fn past_origin(&self, slot: usize) -> usize {
        let columns = self.slots.columns;
        slot / columns * columns + (slot % columns + columns - self.origin) % columns
    }

    /// Slots of a block.
    fn block(&self) -> usize {
        self.input.period().max(self.choice.group)
    }

    fn row(&self, slot: usize) -> usize {
        let Choice { group, blocks, .. } = self.choice;
        let slot = self.past_origin(slot);
        slot / self.block() % blocks * group + slot % group
    }

    /// How far a slot is from the first of its row in its block.
    fn part(&self, slot: usize) -> usize {
        let within = self.past_origin(slot) % self.block();
        within - within % self.choice.group
    }

    /// Calls with slot, rotation, input and weight for each entry of the map.
    fn visit<V: Entry>(&self, map: &Affine<V>, mut entry: impl FnMut(usize, usize, (usize, V))) {
        let mut dense: Vec<Option<V>> = vec![None; map.inputs];
        let mut by_row: Vec<Vec<usize>> = vec![Vec::new(); map.outputs()];
        for slot in 0..self.slots.count() {
            if let Some(slots) = by_row.get_mut(self.row(slot)) {
                slots.push(slot);
            }
        }
        let places = self.input.places_of_all(map.inputs, self.slots.count());
        for (terms, slots) in map.rows.iter().zip(by_row) {
            let candidates: usize = terms.iter().map(|(input, _)| places[*input].len()).sum();
            if candidates < self.choice.steps {
                for slot in slots {
                    self.visit_terms(slot, terms, &places, &mut entry);
                }
                continue;
            }
            terms.iter().for_each(|(input, weight)| dense[*input] = Some(*weight));
            for slot in slots {
                for steps in 0..self.choice.steps {
                    let value = self.input.value(self.slots.source(slot, steps));
                    if let Some(weight) = value.and_then(|value| Some((value, dense[value]?))) {
                        entry(slot, steps, weight);
                    }
                }
            }
            terms.iter().for_each(|(input, _)| dense[*input] = None);
        }
    }

    /// As [`Packing::visit`] for one slot, by where the row's inputs are: the shorter way where they are few.
    fn visit_terms<V: Entry>(
        &self,
        slot: usize,
        terms: &[(usize, V)],
        places: &[Vec<usize>],
        entry: &mut impl FnMut(usize, usize, (usize, V)),
    ) {
        let columns = self.slots.columns;
        for (input, weight) in terms {
            for place in places[*input].iter().filter(|place| **place / columns == slot / columns) {
                let steps = (slot + columns - place) % columns;
                if steps < self.choice.steps {
                    entry(slot, steps, (*input, *weight));
                }
            }
        }
    }

    /// The diagonals of a map of the planned form.
    pub fn diagonals<V: Entry>(&self, map: &Affine<V>) -> Diagonals<V> {
        let mut diagonals: Diagonals<V> = BTreeMap::new();
        let zeros = || vec![V::default(); self.slots.count()];
        self.visit(map, |slot, steps, (_, weight)| diagonals.entry(steps).or_insert_with(zeros)[slot] = weight);
        diagonals
    }

    /// The bias in slots, zero elsewhere.
    pub fn bias<V: Entry>(&self, map: &Affine<V>) -> Vec<V> {
        self.output.place(&map.bias, self.slots.count(), V::default())
    }

    /// Sums go to the right: the last part of a row has them all.
    fn outputs(&self, count: usize) -> Layout {
        let (Choice { group, blocks, .. }, columns) = (self.choice, self.slots.columns);
        let (period, sum) = (self.block(), self.sums.iter().sum::<usize>());
        if blocks == 1 && sum + group == period {
            // Cyclic sums leave the rows in every group.
            let value = |slot: usize| {
                let row = (slot + group - self.origin) % group;
                (row < count).then_some(row as u32)
            };
            return Layout::new((0..group).map(value).collect());
        }
        let mut values = vec![None; period * blocks];
        for row in 0..count {
            let place = row / group * period + sum + row % group;
            let turned = place / columns * columns + (place % columns + self.origin) % columns;
            values[turned % (period * blocks)] = Some(row as u32);
        }
        Layout::new(values)
    }
}
