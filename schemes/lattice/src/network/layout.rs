//! Where the values of a vector stand in slots.

/// The slots of a plaintext: rows that rotate together, and that a conjugation swaps where there are two.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Slots {
    /// 1, or 2 in BFV and BGV.
    pub rows: usize,
    /// Slots of a row: a power of two.
    pub columns: usize,
}

impl Slots {
    /// Number of slots.
    pub fn count(self) -> usize {
        self.rows * self.columns
    }

    /// The slot whose content a rotation by `steps` to the right brings to `slot`.
    pub fn source(self, slot: usize, steps: usize) -> usize {
        let (row, column) = (slot / self.columns, slot % self.columns);
        row * self.columns + (column + self.columns - steps % self.columns) % self.columns
    }

    /// The content rotated right by `steps`.
    pub fn rotated<V: Copy>(self, values: &[V], steps: usize) -> Vec<V> {
        (0..values.len()).map(|slot| values[self.source(slot, steps)]).collect()
    }
}

/// Which value each slot holds: the same in every period of slots.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Layout {
    /// By slot of a period, a power of two of them: the value; none where a slot is zero or unknown.
    values: Vec<Option<u32>>,
}

impl Layout {
    /// A layout with these values in a period.
    pub fn new(values: Vec<Option<u32>>) -> Layout {
        Layout { values }
    }

    /// `count` values one after the other in the smallest period, its copies turned to the left by `stagger`
    /// places each: the c-th of `copies` by `c * stagger`. Copies within a group of slots are turned alike.
    pub fn staggered(count: usize, copies: usize, (stagger, group): (usize, usize)) -> Layout {
        let period = count.next_power_of_two();
        let value = |slot: usize| {
            let value = (slot + slot / period.max(group) * stagger) % period;
            (value < count).then_some(value as u32)
        };
        Layout { values: (0..copies * period).map(value).collect() }
    }

    /// Slots after which everything comes again.
    pub fn period(&self) -> usize {
        self.values.len()
    }

    /// The value that a slot holds.
    pub fn value(&self, slot: usize) -> Option<usize> {
        self.values[slot % self.values.len()].map(|value| value as usize)
    }

    /// The first slot of each of `count` values.
    pub fn places(&self, count: usize) -> Vec<usize> {
        let mut places = vec![0; count];
        for (slot, value) in self.values.iter().enumerate().rev() {
            if let Some(value) = value {
                places[*value as usize] = slot;
            }
        }
        places
    }

    /// All slots of each of `count` values.
    pub fn places_of_all(&self, count: usize, slots: usize) -> Vec<Vec<usize>> {
        let mut places = vec![Vec::new(); count];
        for slot in 0..slots {
            if let Some(value) = self.value(slot) {
                places[value].push(slot);
            }
        }
        places
    }

    /// A vector in slots, `other` where a slot holds none of its values.
    pub fn place<V: Copy>(&self, vector: &[V], slots: usize, other: V) -> Vec<V> {
        (0..slots).map(|slot| self.value(slot).map_or(other, |value| vector[value])).collect()
    }
}
