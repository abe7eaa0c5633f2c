//! Sums of points by small weights, the same weights in all lanes.
//!
//! Points are added to a running sum in the order of falling weights, and the running sum to the total once a level of
//! weight: a weighted sum costs one addition a point and one a level.

use super::lanes::Lanes;
use super::point::{Niels, NielsRows, Point, PointRows};

/// Points of weights of one sign digit: point `index` of the sum, added or subtracted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Term(u32);

impl Term {
    /// The point's index and whether to add or subtract it by the digit's sign.
    pub(super) fn new(index: usize, digit: i32) -> Self {
        Term((index as u32) << 1 | u32::from(digit < 0))
    }

    #[inline(always)]
    fn index(self) -> usize {
        (self.0 >> 1) as usize
    }

    #[inline(always)]
    fn is_negative(self) -> bool {
        self.0 & 1 == 1
    }
}

/// Digits of a place, by falling magnitude.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Place {
    terms: Vec<Term>,
    /// Where the terms of each level end, from the highest level to 1.
    ends: Vec<u32>,
}

impl Place {
    /// From the digits of the points.
    pub(super) fn new(digits: impl IntoIterator<Item = (usize, i32)>) -> Self {
        let mut digits: Vec<_> = digits.into_iter().filter(|(_, digit)| *digit != 0).collect();
        digits.sort_by_key(|(_, digit)| std::cmp::Reverse(digit.unsigned_abs()));
        let top = digits.first().map_or(0, |(_, digit)| digit.unsigned_abs());
        let end = |level| digits.partition_point(|(_, digit)| digit.unsigned_abs() >= level) as u32;
        let ends = (1..=top).rev().map(end).collect();
        Place { terms: digits.into_iter().map(|(index, digit)| Term::new(index, digit)).collect(), ends }
    }

    /// Additions that the place costs.
    pub(super) fn additions(&self) -> usize {
        self.terms.len() + self.ends.len()
    }
}

/// The points that terms count: the samples' own, then those that are made for a call.
#[derive(Clone, Copy)]
pub(super) struct Points<'a> {
    pub(super) own: &'a [NielsRows],
    pub(super) made: &'a [NielsRows],
}

impl<'a> Points<'a> {
    #[inline(always)]
    fn at(&self, index: usize) -> &'a NielsRows {
        if index < self.own.len() { &self.own[index] } else { &self.made[index - self.own.len()] }
    }
}

/// The sum by places of `2^digit_bits`, the highest first.
#[inline(always)]
pub(super) fn sum<L: Lanes>(points: Points<'_>, places: &[Place], digit_bits: u32) -> PointRows {
    let mut total = Point::<L>::identity();
    for (k, place) in places.iter().enumerate() {
        if k > 0 {
            for _ in 0..digit_bits {
                total = total.doubled();
            }
        }
        let (mut running, mut start) = (Point::identity(), 0);
        for end in &place.ends {
            let end = *end as usize;
            for term in &place.terms[start..end] {
                let point = Niels::load_signed_vartime(points.at(term.index()), term.is_negative());
                running = running.plus_niels(&point);
            }
            start = end;
            total = total.plus(&running);
        }
    }
    total.rows()
}
