//! The span of all weight vectors that keys were issued for.

use blindbench_core::error::{Error, Result};

/// Weight vectors are reduced modulo this prime, 2^31 - 1. The rank modulo a prime is at most the rank over the integers,
/// and smaller only where the prime divides every minor of the largest size: vectors that are independent here are so
/// indeed.
pub const PRIME: u32 = (1 << 31) - 1;

/// The span of weight vectors in row echelon form, grown vector by vector: at most `dimension` rows of `dimension`
/// numbers, however many keys are issued.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Span {
    places: Places,
    rows: Vec<Row>,
}

/// Which numbers of a vector count.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Places {
    /// All of that many.
    All(usize),
    /// These, of so many.
    Some { places: Vec<usize>, of: usize },
}

/// A row whose first number that is not 0 is a 1.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Row {
    pivot: usize,
    values: Vec<u32>,
}

/// What a further vector did to a span.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Growth {
    /// It lay outside: the rank is larger by one.
    Grew,
    /// It lay within: its key opens nothing new.
    Known,
}

impl Span {
    /// The empty span of vectors of `length` numbers.
    pub fn new(length: usize) -> Self {
        Span { places: Places::All(length), rows: Vec::new() }
    }

    /// The empty span of what vectors of `length` numbers say about some `places`: with the live pixels, the rank counts
    /// no key that differs from others on pixels that are never lit alone.
    ///
    /// # Errors
    /// [`Error::Refused`] for a place beyond the length.
    pub fn restricted(length: usize, places: &[usize]) -> Result<Self> {
        match places.iter().find(|place| **place >= length) {
            Some(place) => Err(Error::Refused(format!("place {place} of vectors of {length} numbers"))),
            None => Ok(Span { places: Places::Some { places: places.to_vec(), of: length }, rows: Vec::new() }),
        }
    }

    /// Largest rank that the span can reach.
    pub fn dimension(&self) -> usize {
        match &self.places {
            Places::All(length) => *length,
            Places::Some { places, .. } => places.len(),
        }
    }

    /// Independent weight vectors among all that were added.
    pub fn rank(&self) -> usize {
        self.rows.len()
    }

    /// Whether the rank equals the dimension. Inner-product schemes derive the key of a weight vector `y` as a linear
    /// function `<y, s>` of the master key `s` (Abdalla, Bourse, De Caro and Pointcheval, PKC 2015, section 3; over rings
    /// Mera et al., PKC 2022): that many independent keys are that many equations for as many unknowns, and who holds them
    /// solves for `s`, opens every ciphertext and issues keys of its own.
    pub fn is_master_key_determined(&self) -> bool {
        self.rank() == self.dimension()
    }

    /// Adds a weight vector.
    ///
    /// # Errors
    /// [`Error::Refused`] for a vector of another length.
    pub fn add(&mut self, vector: &[i64]) -> Result<Growth> {
        let mut values = self.reduced(vector)?;
        if self.is_master_key_determined() {
            return Ok(Growth::Known);
        }
        for row in &self.rows {
            let factor = values[row.pivot];
            if factor != 0 {
                subtract(&mut values[row.pivot..], &row.values[row.pivot..], factor);
            }
        }
        let Some(pivot) = values.iter().position(|value| *value != 0) else { return Ok(Growth::Known) };
        let inverse = power(values[pivot], PRIME - 2);
        values[pivot..].iter_mut().for_each(|value| *value = multiply(*value, inverse));
        // Rows stand in the order of their pivots, so that one pass reduces a vector.
        let place = self.rows.partition_point(|row| row.pivot < pivot);
        self.rows.insert(place, Row { pivot, values });
        Ok(Growth::Grew)
    }

    /// The rows in echelon form, pivots ascending: as good as all vectors that were added.
    pub(super) fn rows(&self) -> impl Iterator<Item = &[u32]> {
        self.rows.iter().map(|row| row.values.as_slice())
    }

    /// The numbers that count, modulo the prime.
    fn reduced(&self, vector: &[i64]) -> Result<Vec<u32>> {
        let length = match &self.places {
            Places::All(length) => *length,
            Places::Some { of, .. } => *of,
        };
        if vector.len() != length {
            return Err(Error::Refused(format!("a vector of {} numbers, the others have {length}", vector.len())));
        }
        let reduce = |value: i64| value.rem_euclid(PRIME.into()) as u32;
        Ok(match &self.places {
            Places::All(_) => vector.iter().map(|value| reduce(*value)).collect(),
            Places::Some { places, .. } => places.iter().map(|place| reduce(vector[*place])).collect(),
        })
    }
}

/// `values - factor * row`.
fn subtract(values: &mut [u32], row: &[u32], factor: u32) {
    let factor = u64::from(PRIME - factor);
    for (value, entry) in values.iter_mut().zip(row) {
        *value = fold(u64::from(*value) + factor * u64::from(*entry));
    }
}

fn multiply(a: u32, b: u32) -> u32 {
    fold(u64::from(a) * u64::from(b))
}

/// A number below 2^63 modulo the prime: 2^31 is 1, so its digits in base 2^31 are summed.
fn fold(value: u64) -> u32 {
    let prime = u64::from(PRIME);
    let once = (value & prime) + (value >> 31);
    let twice = (once & prime) + (once >> 31);
    (if twice >= prime { twice - prime } else { twice }) as u32
}

fn power(base: u32, mut exponent: u32) -> u32 {
    let (mut result, mut square) = (1, base);
    while exponent > 0 {
        if exponent & 1 == 1 {
            result = multiply(result, square);
        }
        square = multiply(square, square);
        exponent >>= 1;
    }
    result
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

    use proptest::prelude::*;

    use super::*;

    /// The rank over the rationals, by elimination without divisions (Bareiss 1968) in 128-bit integers.
    fn naive_rank(rows: &[Vec<i64>]) -> usize {
        let mut rows: Vec<Vec<i128>> = rows.iter().map(|row| row.iter().map(|v| i128::from(*v)).collect()).collect();
        let (mut rank, mut before) = (0, 1);
        for column in 0..rows.first().map_or(0, Vec::len) {
            let Some(found) = (rank..rows.len()).find(|row| rows[*row][column] != 0) else { continue };
            rows.swap(rank, found);
            let pivot = rows[rank].clone();
            for row in &mut rows[rank + 1..] {
                let factor = row[column];
                row.iter_mut().zip(&pivot).for_each(|(v, p)| *v = (*v * pivot[column] - factor * p) / before);
            }
            before = pivot[column];
            rank += 1;
        }
        rank
    }

    fn span_of(rows: &[Vec<i64>], length: usize) -> Span {
        let mut span = Span::new(length);
        for row in rows {
            span.add(row).unwrap();
        }
        span
    }

    fn matrices() -> impl Strategy<Value = Vec<Vec<i64>>> {
        (1_usize..8).prop_flat_map(|length| prop::collection::vec(prop::collection::vec(-3_i64..4, length), 0..12))
    }

    proptest! {
        #[test]
        fn the_rank_is_that_over_the_integers(rows in matrices()) {
            let length = rows.first().map_or(1, Vec::len);
            prop_assert_eq!(span_of(&rows, length).rank(), naive_rank(&rows));
        }

        #[test]
        fn combinations_open_nothing_new(rows in matrices(), factors in prop::collection::vec(-9_i64..10, 12)) {
            let length = rows.first().map_or(1, Vec::len);
            let mut span = span_of(&rows, length);
            let combined = |at: usize| rows.iter().zip(&factors).map(|(row, factor)| factor * row[at]).sum();
            prop_assert_eq!(span.add(&(0..length).map(combined).collect::<Vec<_>>()).unwrap(), Growth::Known);
        }
    }

    #[test]
    fn large_and_negative_weights_are_reduced() {
        let mut span = Span::new(2);
        assert_eq!(span.add(&[i64::from(PRIME), 0]).unwrap(), Growth::Known);
        assert_eq!(span.add(&[-i64::from(i32::MAX) - 1, 1]).unwrap(), Growth::Grew);
        assert_eq!(span.add(&[1, -1]).unwrap(), Growth::Known);
        assert_eq!(span.add(&[i64::MIN, i64::MAX]).unwrap(), Growth::Grew);
        assert!(span.is_master_key_determined());
        assert_eq!(span.add(&[7, 9]).unwrap(), Growth::Known);
    }

    #[test]
    fn dead_places_do_not_count() {
        let mut live = Span::restricted(3, &[0, 2]).unwrap();
        assert_eq!(live.add(&[0, 5, 0]).unwrap(), Growth::Known);
        assert_eq!(live.add(&[1, 5, 0]).unwrap(), Growth::Grew);
        assert_eq!(live.add(&[1, 6, 0]).unwrap(), Growth::Known);
        assert_eq!((live.rank(), live.dimension()), (1, 2));
        assert!(Span::restricted(3, &[3]).is_err());
    }

    #[test]
    fn a_vector_of_another_length_is_refused() {
        let message = Span::new(3).add(&[1, 2]).unwrap_err().to_string();
        assert_eq!(message, "refused: a vector of 2 numbers, the others have 3");
    }
}
