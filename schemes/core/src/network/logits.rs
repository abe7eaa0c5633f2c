//! What a network answers: one score per class and image.

use crate::error::{Error, Result};
use crate::wire::{Encode, Reader, Wire};

/// Scores of a chunk of images, `classes` per image, one image after another.
#[derive(Debug, Clone, PartialEq)]
pub struct Logits {
    /// Scores per image.
    pub classes: usize,
    /// `images * classes` scores.
    pub values: Values,
}

/// Scores of approximate networks are real, those of exact ones integers that `f64` could not hold.
#[derive(Debug, Clone, PartialEq)]
pub enum Values {
    /// Real scores.
    Real(Vec<f64>),
    /// Exact scores.
    Integer(Vec<i128>),
}

impl Values {
    /// Number of scores.
    pub fn len(&self) -> usize {
        match self {
            Values::Real(v) => v.len(),
            Values::Integer(v) => v.len(),
        }
    }

    /// Whether there is no score.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The scores as reals, rounded where an integer needs more than 53 bits.
    pub fn to_real(&self) -> Vec<f64> {
        match self {
            Values::Real(v) => v.clone(),
            Values::Integer(v) => v.iter().map(|&x| x as f64).collect(),
        }
    }
}

impl Logits {
    /// Number of images.
    pub fn images(&self) -> usize {
        self.values.len().checked_div(self.classes).unwrap_or(0)
    }

    /// The class with the largest score of each image; the first of equals.
    pub fn labels(&self) -> Vec<u8> {
        match &self.values {
            Values::Real(v) => v.chunks(self.classes.max(1)).map(first_largest).collect(),
            Values::Integer(v) => v.chunks(self.classes.max(1)).map(first_largest).collect(),
        }
    }

    /// Largest absolute difference per image to `other`; an error where they do not pair up.
    pub fn errors(&self, other: &Logits) -> Result<Vec<f64>> {
        if self.classes != other.classes || self.values.len() != other.values.len() {
            return Err(Error::wire(
                "logits",
                format!(
                    "{} scores of {} classes, expected {} of {}",
                    self.values.len(),
                    self.classes,
                    other.values.len(),
                    other.classes
                ),
            ));
        }
        let classes = self.classes.max(1);
        if let (Values::Integer(a), Values::Integer(b)) = (&self.values, &other.values) {
            let differences: Vec<f64> = a.iter().zip(b).map(|(x, y)| x.abs_diff(*y) as f64).collect();
            return Ok(differences.chunks(classes).map(largest).collect());
        }
        let (a, b) = (self.values.to_real(), other.values.to_real());
        // A score that is not a number is infinitely wrong, not equal to everything.
        let gap = |x: f64, y: f64| if (x - y).is_nan() { f64::INFINITY } else { (x - y).abs() };
        let differences: Vec<f64> = a.iter().zip(&b).map(|(x, y)| gap(*x, *y)).collect();
        Ok(differences.chunks(classes).map(largest).collect())
    }
}

fn largest(values: &[f64]) -> f64 {
    values.iter().copied().fold(0.0, f64::max)
}

fn first_largest<T: PartialOrd + Copy>(scores: &[T]) -> u8 {
    let mut best = 0;
    for (class, score) in scores.iter().enumerate() {
        if *score > scores[best] {
            best = class;
        }
    }
    best as u8
}

impl Encode for Logits {
    const TAG: [u8; 4] = *b"LOGI";
    const NAME: &'static str = "logits";

    fn put(&self, out: &mut Vec<u8>) {
        out.extend((self.classes as u32).to_le_bytes());
        match &self.values {
            Values::Real(v) => {
                out.push(0);
                out.extend((v.len() as u64).to_le_bytes());
                out.extend(v.iter().flat_map(|x| x.to_le_bytes()));
            }
            Values::Integer(v) => {
                out.push(1);
                out.extend((v.len() as u64).to_le_bytes());
                out.extend(v.iter().flat_map(|x| x.to_le_bytes()));
            }
        }
    }
}

impl<C: ?Sized> Wire<C> for Logits {
    fn take(_: &C, input: &mut Reader<'_>) -> Result<Self> {
        let classes = input.u32()? as usize;
        let values = match input.u8()? {
            0 => {
                let count = input.count(8)?;
                Values::Real((0..count).map(|_| input.f64()).collect::<Result<_>>()?)
            }
            1 => {
                let count = input.count(16)?;
                Values::Integer((0..count).map(|_| input.i128()).collect::<Result<_>>()?)
            }
            other => return Err(Error::wire("logits", format!("kind {other}, expected 0 (real) or 1 (integer)"))),
        };
        if classes == 0 || classes > 256 || values.len() % classes != 0 {
            return Err(Error::wire("logits", format!("{} scores of {classes} classes", values.len())));
        }
        Ok(Logits { classes, values })
    }
}
