//! Which additions a matrix takes, and in what order.

use std::collections::BTreeMap;

use super::{Addition, LinearMap, Term};

/// Collects additions; values are numbered from the inputs on.
pub(super) struct Builder {
    inputs: usize,
    additions: Vec<Addition>,
    /// How many additions each value waits for, one after another.
    depths: Vec<u32>,
}

/// The weights of one point in a block of rows, the first that is not 0 positive.
type Class = Vec<i64>;

impl Builder {
    pub(super) fn new(inputs: usize) -> Self {
        Builder { inputs, additions: Vec::new(), depths: vec![0; inputs] }
    }

    fn depth(&self, term: &Term) -> u32 {
        self.depths[term.value as usize]
    }

    fn add(&mut self, left: Term, right: Term) -> Term {
        let value = self.depths.len() as u32;
        self.depths.push(1 + self.depth(&left).max(self.depth(&right)));
        self.additions.push(Addition { left, right });
        Term { value, negated: false }
    }

    /// The sum of all terms, as a tree; none of none.
    fn sum(&mut self, mut terms: Vec<Term>) -> Option<Term> {
        while terms.len() > 1 {
            // Those that are ready first are added first.
            terms.sort_by_key(|term| self.depth(term));
            let shallowest = self.depth(&terms[0]);
            let ready = terms.iter().take_while(|term| self.depth(term) == shallowest).count().max(2);
            let rest = terms.split_off(ready);
            let mut sums: Vec<Term> = Vec::with_capacity(terms.len().div_ceil(2) + rest.len());
            for pair in terms.chunks(2) {
                sums.push(match pair {
                    [left, right] => self.add(*left, *right),
                    single => single[0],
                });
            }
            // One that found no partner waits for the next.
            sums.extend(rest);
            if ready % 2 == 1 && sums.len() > 1 {
                let odd = sums.remove(ready / 2);
                let partner = sums.remove(0);
                let joined = self.add(odd, partner);
                sums.push(joined);
            }
            terms = sums;
        }
        terms.pop()
    }

    /// The map, its additions sorted into rounds by how long they wait.
    pub(super) fn finish(self, outputs: Vec<Option<Term>>) -> LinearMap {
        let Builder { inputs, additions, depths } = self;
        let mut order: Vec<usize> = (0..additions.len()).collect();
        order.sort_by_key(|place| depths[inputs + place]);
        let mut moved: Vec<u32> = (0..depths.len() as u32).collect();
        for (to, from) in order.iter().enumerate() {
            moved[inputs + from] = (inputs + to) as u32;
        }
        let renumbered = |term: Term| Term { value: moved[term.value as usize], ..term };
        let additions: Vec<Addition> = order
            .iter()
            .map(|place| Addition {
                left: renumbered(additions[*place].left),
                right: renumbered(additions[*place].right),
            })
            .collect();
        let waits: Vec<u32> = order.iter().map(|place| depths[inputs + place]).collect();
        let rounds = waits.chunk_by(|a, b| a == b).scan(0, |end, round| {
            *end += round.len();
            Some(*end)
        });
        LinearMap {
            inputs,
            rounds: rounds.collect(),
            additions,
            outputs: outputs.into_iter().map(|t| t.map(renumbered)).collect(),
        }
    }
}

/// The sums of one block of rows.
pub(super) fn block(builder: &mut Builder, rows: &[Vec<i64>]) -> Vec<Option<Term>> {
    let mut classes: BTreeMap<Class, Vec<Term>> = BTreeMap::new();
    for value in 0..builder.inputs {
        let weights: Class = rows.iter().map(|row| row.get(value).copied().unwrap_or(0)).collect();
        insert(&mut classes, weights, Term { value: value as u32, negated: false });
    }
    for row in (1..rows.len()).rev() {
        classes = without(builder, classes, row);
    }
    (0..rows.len()).map(|row| single(builder, &classes, row)).collect()
}

/// The sums of the inputs whose words have bit `start`, `start + 1`, ... set.
pub(super) fn subsets(builder: &mut Builder, words: &[u64], start: u32, count: u32) -> Vec<Option<Term>> {
    let mut classes: Vec<Vec<Term>> = vec![Vec::new(); 1 << count];
    for (value, word) in words.iter().enumerate() {
        let class = (word >> start) as usize & (classes.len() - 1);
        classes[class].push(Term { value: value as u32, negated: false });
    }
    let mut sums = vec![None; count as usize];
    for (bit, sum) in sums.iter_mut().enumerate().rev() {
        // Classes with this bit: their sums go to it, and to the class without it.
        let upper = classes.split_off(1 << bit);
        let mut parts = Vec::with_capacity(upper.len());
        for (lower, terms) in classes.iter_mut().zip(upper) {
            let part = builder.sum(terms);
            parts.extend(part);
            lower.extend(part);
        }
        *sum = builder.sum(parts);
    }
    sums
}

/// Adds a term of these weights to its class.
fn insert(classes: &mut BTreeMap<Class, Vec<Term>>, weights: Class, term: Term) {
    let Some(first) = weights.iter().find(|weight| **weight != 0) else { return };
    let (class, negated) = match *first < 0 {
        true => (weights.iter().map(|weight| -weight).collect(), !term.negated),
        false => (weights, term.negated),
    };
    classes.entry(class).or_default().push(Term { negated, ..term });
}

/// Splits each class that has a weight in `row` and in an earlier row: its sum goes to both parts.
fn without(builder: &mut Builder, classes: BTreeMap<Class, Vec<Term>>, row: usize) -> BTreeMap<Class, Vec<Term>> {
    let mut split = BTreeMap::new();
    for (class, terms) in classes {
        let shared = class[row] != 0 && class[..row].iter().any(|weight| *weight != 0);
        if !shared {
            terms.into_iter().for_each(|term| insert(&mut split, class.clone(), term));
            continue;
        }
        let Some(sum) = builder.sum(terms) else { continue };
        let part = |kept: &dyn Fn(usize) -> bool| -> Class {
            class.iter().enumerate().map(|(place, weight)| if kept(place) { *weight } else { 0 }).collect()
        };
        insert(&mut split, part(&|place| place < row), sum);
        insert(&mut split, part(&|place| place == row), sum);
    }
    split
}

/// The sum of one row, once every class belongs to one row alone: by the bits of the weights in non-adjacent form.
fn single(builder: &mut Builder, classes: &BTreeMap<Class, Vec<Term>>, row: usize) -> Option<Term> {
    let mut bits: Vec<Vec<Term>> = Vec::new();
    for (class, terms) in classes.iter().filter(|(class, _)| class[row] != 0) {
        let Some(sum) = builder.sum(terms.clone()) else { continue };
        for (bit, digit) in digits(class[row]) {
            bits.resize_with(bits.len().max(bit + 1), Vec::new);
            bits[bit].push(Term { value: sum.value, negated: sum.negated ^ (digit < 0) });
        }
    }
    let mut total: Option<Term> = None;
    for terms in bits.into_iter().rev() {
        let mut parts: Vec<Term> = total.map(|term| builder.add(term, term)).into_iter().collect();
        parts.extend(terms);
        total = builder.sum(parts);
    }
    total
}

/// The places and signs of the digits of a number that are not 0, none next to another.
fn digits(weight: i64) -> Vec<(usize, i8)> {
    let (mut left, mut place, mut out) = (i128::from(weight), 0, Vec::new());
    while left != 0 {
        if left & 1 == 1 {
            let digit: i8 = if left & 2 == 0 { 1 } else { -1 };
            out.push((place, digit));
            left -= i128::from(digit);
        }
        left >>= 1;
        place += 1;
    }
    out
}
