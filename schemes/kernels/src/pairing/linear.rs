//! Small integer matrices times vectors of points: all sums of a matrix share their terms and their inversions.
//!
//! Rows are taken in blocks. Points whose weights in a block agree up to sign are added first, whatever the weights;
//! then the few classes that are left are added up for each row (the method of Straus, "Addition chains of vectors",
//! 1964, transposed; Pippenger, "On the evaluation of powers and monomials", 1980). All additions that do not wait for
//! one another are done together in affine coordinates, with one inversion (Montgomery, "Speeding the Pollard and
//! elliptic curve methods of factorization", 1987, section 10.3.1): 5 multiplications and a square each.

mod plan;
mod round;

use self::plan::Builder;
use super::point::Affine;

/// Rows a block at most; more leave no two points with the same weights.
const MOST_ROWS: usize = 5;

/// Subsets a block: the more, the fewer additions of inputs, but each doubles the sums that are left.
const SUBSETS: u32 = 7;

/// A sum or difference of two values, or its opposite, by the numbers of the values.
#[derive(Debug, Clone, Copy)]
struct Addition {
    left: Term,
    right: Term,
}

/// A value or its opposite.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Term {
    value: u32,
    negated: bool,
}

/// A matrix of small integers, ready to be applied to vectors of points of either group.
#[derive(Debug, Clone)]
pub struct LinearMap {
    inputs: usize,
    additions: Vec<Addition>,
    /// Where each round of additions ends that wait for no other of the round.
    rounds: Vec<usize>,
    outputs: Vec<Option<Term>>,
}

impl LinearMap {
    /// The matrix of these rows of `inputs` numbers each, in blocks of as many rows as take the fewest additions.
    pub fn new(rows: &[Vec<i64>], inputs: usize) -> Self {
        let most = MOST_ROWS.min(rows.len()).max(1);
        let maps = (1..=most).map(|height| Self::in_blocks(rows, inputs, height));
        let best = maps.min_by_key(LinearMap::additions);
        best.unwrap_or(LinearMap { inputs, additions: Vec::new(), rounds: Vec::new(), outputs: Vec::new() })
    }

    /// As [`LinearMap::new`], with `height` rows a block.
    pub(super) fn in_blocks(rows: &[Vec<i64>], inputs: usize, height: usize) -> Self {
        let mut builder = Builder::new(inputs);
        let outputs: Vec<Option<Term>> =
            rows.chunks(height.max(1)).flat_map(|block| plan::block(&mut builder, block)).collect();
        builder.finish(outputs)
    }

    /// Sums of subsets: row `j` is bit `j` of a word for each input.
    pub(super) fn of_subsets(words: &[u64], rows: u32) -> Self {
        let mut builder = Builder::new(words.len());
        let starts = (0..rows).step_by(SUBSETS as usize);
        let outputs: Vec<Option<Term>> =
            starts.flat_map(|start| plan::subsets(&mut builder, words, start, SUBSETS.min(rows - start))).collect();
        builder.finish(outputs)
    }

    /// Numbers of a row.
    pub fn inputs(&self) -> usize {
        self.inputs
    }

    /// Additions of points that the map takes.
    pub fn additions(&self) -> usize {
        self.additions.len()
    }

    /// Bytes that the map keeps.
    pub fn bytes(&self) -> usize {
        size_of_val(&*self.additions) + size_of_val(&*self.outputs) + size_of_val(&*self.rounds)
    }

    /// The matrix times a vector of points of any order; points that are missing count as neutral.
    ///
    /// The time depends on the points.
    pub fn apply_vartime<P: Affine>(&self, points: &[P]) -> Vec<P> {
        let mut values = vec![P::default(); self.inputs + self.additions.len()];
        values.iter_mut().zip(points.iter().take(self.inputs)).for_each(|(value, point)| *value = *point);
        let mut scratch = Vec::new();
        let mut start = 0;
        for &end in &self.rounds {
            round::add_all_vartime(&self.additions[start..end], &mut values, self.inputs + start, &mut scratch);
            start = end;
        }
        let of = |term: &Option<Term>| term.map_or(P::default(), |term| round::signed(&values, term));
        self.outputs.iter().map(of).collect()
    }
}
