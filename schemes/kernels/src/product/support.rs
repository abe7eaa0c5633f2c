//! A sparse matrix as groups of outputs that read the same inputs: the channels of a convolution do.

use std::collections::BTreeMap;

/// Outputs of the same support.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Group {
    /// At most [`Group::MOST`].
    pub outputs: Vec<u32>,
    /// Ascending.
    pub inputs: Vec<u32>,
    /// The weights of all outputs for the first input, then for the second.
    pub weights: Vec<u64>,
}

impl Group {
    /// Outputs in a group at most.
    pub(super) const MOST: usize = 6;

    /// The entries that read inputs of a range: indices into `inputs`.
    pub(super) fn within(&self, first: usize, count: usize) -> std::ops::Range<usize> {
        let place = |input: usize| self.inputs.partition_point(|i| (*i as usize) < input);
        place(first)..place(first + count)
    }

    /// Bytes in memory.
    pub(super) fn bytes(&self) -> usize {
        size_of::<Group>() + 4 * (self.outputs.len() + self.inputs.len()) + 8 * self.weights.len()
    }
}

/// Groups the outputs, encoding every weight as a word.
pub(super) fn groups(rows: &[Vec<(u32, i32)>], word: impl Fn(i32) -> u64) -> Vec<Group> {
    let mut by_support: BTreeMap<Vec<u32>, Vec<u32>> = BTreeMap::new();
    let sorted: Vec<BTreeMap<u32, i32>> = rows.iter().map(|row| merged(row)).collect();
    for (output, row) in (0u32..).zip(&sorted) {
        by_support.entry(row.keys().copied().collect()).or_default().push(output);
    }
    let mut groups = Vec::new();
    for (inputs, outputs) in by_support {
        for outputs in outputs.chunks(Group::MOST) {
            let weights = inputs.iter().flat_map(|i| outputs.iter().map(|o| word(sorted[*o as usize][i])));
            groups.push(Group { outputs: outputs.to_vec(), weights: weights.collect(), inputs: inputs.clone() });
        }
    }
    groups
}

/// By input; weights of the same input add up.
fn merged(row: &[(u32, i32)]) -> BTreeMap<u32, i32> {
    let mut sums = BTreeMap::new();
    row.iter().for_each(|(input, weight)| *sums.entry(*input).or_insert(0) += weight);
    sums
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use super::groups;

    #[test]
    fn outputs_of_one_support_are_together() {
        let rows = [vec![(3, 1), (1, -2)], vec![(0, 5)], vec![(1, 7), (3, 4), (3, 5)], vec![]];
        let groups = groups(&rows, |w| w as i64 as u64);
        let pair = groups.iter().find(|group| group.outputs == [0, 2]).unwrap();
        assert_eq!((&pair.inputs[..], &pair.weights[..]), (&[1, 3][..], &[-2i64 as u64, 7, 1, 9][..]));
        assert_eq!(pair.within(0, 2), 0..1);
        assert_eq!(groups.iter().map(|group| group.outputs.len()).sum::<usize>(), 4);
    }
}
