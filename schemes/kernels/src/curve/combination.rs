//! Weighted sums of the entries of samples.

use curve25519_dalek::Scalar;

use super::chosen::{self, Choice, DIGIT_BITS, MULTIPLES, copy_lane};
use super::engine::Engine;
use super::error::CurveError;
use super::point::{NielsRows, PointRows};
use super::recoding::{digit_count, digits_vartime, scalar_digit_count, scalar_digits_vartime};
use super::running::{Place, Points};
use super::samples::Samples;
use super::sums::Sums;

/// The weights of one output: scalars for the first entries of a sample and small weights for the others.
///
/// To open an inner product, the scalar is the negated function key and belongs to the ciphertext's first point.
#[derive(Debug, Clone, Copy)]
pub struct Combination<'a> {
    /// Weights of any size, for the first entries.
    pub scalars: &'a [Scalar],
    /// Small weights, for the other entries.
    pub weights: &'a [i32],
}

/// Combinations of the same shape, recoded once for all samples.
#[derive(Debug, Clone)]
pub struct Combinations {
    heads: usize,
    dimensions: usize,
    outputs: usize,
    shape: Shape,
    /// One sum an output, its places from the highest.
    running: Vec<Vec<Place>>,
    /// One sum of eight outputs in the lanes, its places from the highest.
    chosen: Vec<Vec<Vec<Choice>>>,
}

/// How numbers are cut into digits for running sums.
#[derive(Debug, Clone, Copy)]
struct Shape {
    weight_bits: u32,
    weight_places: usize,
    head_bits: u32,
}

impl Shape {
    /// The cheapest, counting additions.
    fn new(heads: usize, dimensions: usize, largest: u64) -> Self {
        let cost = |shape: &Shape| {
            let half = |bits: u32| 1usize << (bits - 1);
            let levels = if shape.weight_places == 1 { largest as usize } else { half(shape.weight_bits) };
            let (mut lowest, mut head) = (levels, 0);
            if heads > 0 {
                lowest = levels.max(half(shape.head_bits));
                head = heads * scalar_digit_count(shape.head_bits);
            }
            shape.weight_places * dimensions + (shape.weight_places - 1) * (levels + 8) + lowest + head
        };
        let places = |weight_bits| digit_count(largest, weight_bits);
        let shapes = (2..=12).flat_map(|weight_bits| {
            (2..=12).map(move |head_bits| Shape { weight_bits, weight_places: places(weight_bits), head_bits })
        });
        let plain = Shape { weight_bits: 8, weight_places: places(8), head_bits: 8 };
        shapes.min_by_key(cost).unwrap_or(plain)
    }

    /// The sum of one output.
    fn places(&self, combination: &Combination<'_>) -> Vec<Place> {
        let heads = combination.scalars.len();
        let mut digits = vec![Vec::new(); self.weight_places];
        for (k, weight) in combination.weights.iter().enumerate() {
            let of_weight = digits_vartime(i64::from(*weight), self.weight_bits, self.weight_places);
            digits.iter_mut().zip(of_weight).for_each(|(digits, digit)| digits.push((heads + k, digit)));
        }
        // Powers of the heads come after the sample's own points, all of one head together.
        let (made, count) = (heads + combination.weights.len(), scalar_digit_count(self.head_bits));
        for (head, scalar) in combination.scalars.iter().enumerate() {
            let of_scalar = scalar_digits_vartime(scalar, self.head_bits).into_iter().enumerate();
            digits[0].extend(of_scalar.map(|(k, digit)| (made + head * count + k, digit)));
        }
        digits.into_iter().rev().map(Place::new).collect()
    }
}

/// The sum of up to eight outputs in the lanes: tables are first those of weights, then those of the heads' powers.
fn choices(combinations: &[Combination<'_>], largest: u64) -> Vec<Vec<Choice>> {
    let Some(first) = combinations.first() else { return Vec::new() };
    let (places, dimensions) = (chosen::places_of(largest), first.weights.len());
    let empty = |count: usize| -> Vec<Choice> {
        (0..count as u32).map(|table| Choice { table, digits: chosen::Digits::default() }).collect()
    };
    let powers = scalar_digit_count(DIGIT_BITS);
    let mut by_place: Vec<_> = (0..places).map(|_| empty(dimensions)).collect();
    by_place[0] = empty(dimensions + first.scalars.len() * powers);
    for (lane, combination) in combinations.iter().enumerate() {
        for (k, weight) in combination.weights.iter().enumerate() {
            let digits = digits_vartime(i64::from(*weight), DIGIT_BITS, places);
            by_place.iter_mut().zip(digits).for_each(|(place, digit)| place[k].digits.set(lane, digit.into()));
        }
        let digits = combination.scalars.iter().flat_map(|scalar| scalar_digits_vartime(scalar, DIGIT_BITS));
        let of_heads = by_place[0][dimensions..].iter_mut();
        of_heads.zip(digits).for_each(|(choice, digit)| choice.digits.set(lane, digit.into()));
    }
    by_place.iter_mut().for_each(|place| place.retain(|choice| !choice.digits.is_zero()));
    by_place.into_iter().rev().collect()
}

impl Combinations {
    /// Recodes combinations, in variable time.
    ///
    /// # Errors
    ///
    /// Combinations differ in their numbers of scalars or weights.
    pub fn new_vartime(combinations: &[Combination<'_>]) -> Result<Self, CurveError> {
        let lengths = |c: &Combination<'_>| (c.scalars.len(), c.weights.len());
        let (heads, dimensions) = combinations.first().map_or((0, 0), lengths);
        for combination in combinations {
            let given = lengths(combination);
            if given != (heads, dimensions) {
                return Err(CurveError::Length { expected: heads + dimensions, given: given.0 + given.1 });
            }
        }
        let weights = combinations.iter().flat_map(|combination| combination.weights);
        let largest = weights.map(|weight| u64::from(weight.unsigned_abs())).max().unwrap_or(0);
        let shape = Shape::new(heads, dimensions, largest);
        let running = combinations.iter().map(|combination| shape.places(combination)).collect();
        let chosen = combinations.chunks(8).map(|group| choices(group, largest)).collect();
        Ok(Combinations { heads, dimensions, outputs: combinations.len(), shape, running, chosen })
    }

    /// The number of combinations.
    pub fn len(&self) -> usize {
        self.outputs
    }

    /// Whether there is no combination.
    pub fn is_empty(&self) -> bool {
        self.outputs == 0
    }

    /// All combinations of all samples, in variable time.
    ///
    /// Eight samples share the lanes; where too few are left, as for a single one, eight outputs do.
    ///
    /// # Errors
    ///
    /// The samples have another length than the combinations.
    pub fn apply_vartime(&self, samples: &Samples) -> Result<Sums, CurveError> {
        let expected = self.heads + self.dimensions;
        if !self.is_empty() && !samples.is_empty() && samples.entries() != expected {
            return Err(CurveError::Length { expected, given: samples.entries() });
        }
        let mut sums = Sums::new(self.outputs);
        if !self.is_empty() {
            for (bundles, held) in samples.groups() {
                match self.cheaper(held) {
                    Lanes::Samples => sums.push_samples(self.by_sample(samples.engine, bundles), held),
                    Lanes::Outputs => {
                        let of_sample = |lane| self.by_output(samples.engine, bundles, lane);
                        (0..held).for_each(|lane| sums.push_outputs(of_sample(lane)));
                    }
                }
            }
        }
        Ok(sums)
    }

    /// What costs less for a group of that many samples, by additions of bundles.
    fn cheaper(&self, held: usize) -> Lanes {
        let powers = self.heads * scalar_digit_count(DIGIT_BITS);
        // A table's multiples and their normalization come to twelve additions, for eight points; a chosen addition
        // costs a fifth more than another.
        let tables = 12 * (self.dimensions + powers) / 8;
        let chosen: usize = self.chosen.iter().flatten().map(Vec::len).sum();
        let running: usize = self.running.iter().flatten().map(Place::additions).sum();
        if held * (tables + chosen + chosen / 5) < running { Lanes::Outputs } else { Lanes::Samples }
    }

    /// The points `2^(k bits) P` of the heads, all of one head together.
    fn powers(&self, engine: &dyn Engine, bundles: &[NielsRows], bits: u32) -> Vec<NielsRows> {
        let of_head = |head| engine.powers(head, bits, scalar_digit_count(bits));
        let powers: Vec<_> = bundles[..self.heads].iter().flat_map(of_head).collect();
        engine.normalized(&powers)
    }

    /// One bundle an output.
    fn by_sample(&self, engine: &dyn Engine, bundles: &[NielsRows]) -> Vec<PointRows> {
        let made = self.powers(engine, bundles, self.shape.head_bits);
        let points = Points { own: bundles, made: &made };
        let sum = |places: &Vec<Place>| engine.running_sum(points, places, self.shape.weight_bits);
        self.running.iter().map(sum).collect()
    }

    /// One bundle for each eight outputs, of the sample in that lane.
    fn by_output(&self, engine: &dyn Engine, bundles: &[NielsRows], lane: usize) -> Vec<PointRows> {
        let powers = self.powers(engine, bundles, DIGIT_BITS);
        let points: Vec<_> = bundles[self.heads..].iter().chain(&powers).collect();
        let gathered = |points: &[&NielsRows]| {
            let mut bundle = *points[0];
            points.iter().enumerate().for_each(|(k, point)| copy_lane(point, lane, &mut bundle, k));
            bundle
        };
        let gathered: Vec<_> = points.chunks(MULTIPLES).map(gathered).collect();
        let tables = engine.tables(&gathered);
        self.chosen.iter().map(|places| engine.chosen_sum(&tables, places)).collect()
    }
}

/// What the lanes of a bundle hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Lanes {
    Samples,
    Outputs,
}
