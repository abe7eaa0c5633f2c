//! An authority that stops issuing keys before their span is everything.

use blindbench_core::error::{Error, Result};
use serde::{Deserialize, Serialize};

use super::span::{PRIME, Span};

/// What an authority remembers of the keys that it issued, and the rank up to which it issues more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RankBudget {
    span: Span,
    most: usize,
}

/// A [`RankBudget`] as it is written down, for an authority that starts again. It holds no secret: weight vectors are the
/// server's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Checkpoint {
    /// Numbers of a weight vector.
    pub length: usize,
    /// Largest rank that is granted.
    pub most: usize,
    /// The span's rows in echelon form, modulo 2^31 - 1.
    pub rows: Vec<Vec<u32>>,
}

impl RankBudget {
    /// A budget of rank `most` for weight vectors of `length` numbers, none of it used.
    pub fn new(length: usize, most: usize) -> Self {
        RankBudget { span: Span::new(length), most }
    }

    /// Rank of all keys that were granted.
    pub fn rank(&self) -> usize {
        self.span.rank()
    }

    /// Grants keys for all these weight vectors, or for none of them. Vectors within the span of those granted before cost
    /// nothing: their keys open nothing new.
    ///
    /// # Errors
    /// [`Error::Refused`] with the rank that all keys would reach and the budget.
    pub fn grant(&mut self, vectors: &[Vec<i64>]) -> Result<()> {
        let mut span = self.span.clone();
        for vector in vectors {
            span.add(vector)?;
        }
        let (rank, most) = (span.rank(), self.most);
        if rank > most {
            let before = self.rank();
            return Err(Error::Refused(format!(
                "these keys would raise the rank of all issued keys from {before} to {rank}, the budget is {most}"
            )));
        }
        self.span = span;
        Ok(())
    }

    /// What is to be kept.
    pub fn checkpoint(&self) -> Checkpoint {
        let rows = self.span.rows().map(<[u32]>::to_vec).collect();
        Checkpoint { length: self.span.dimension(), most: self.most, rows }
    }

    /// Goes on from what was kept.
    ///
    /// # Errors
    /// [`Error::Wire`] for rows that no span leaves, or of a rank beyond the budget.
    pub fn resume(checkpoint: &Checkpoint) -> Result<Self> {
        let Checkpoint { length, most, rows } = checkpoint;
        let refuse = |reason: String| Error::wire("checkpoint of a rank budget", reason);
        let mut budget = RankBudget::new(*length, *most);
        if rows.iter().flatten().any(|value| *value >= PRIME) {
            return Err(refuse(format!("a number of {PRIME} or more")));
        }
        let vectors: Vec<Vec<i64>> = rows.iter().map(|row| row.iter().map(|v| i64::from(*v)).collect()).collect();
        budget.grant(&vectors).map_err(|error| refuse(error.to_string()))?;
        match budget.rank() == rows.len() {
            true => Ok(budget),
            false => Err(refuse(format!("{} rows of rank {}", rows.len(), budget.rank()))),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

    use super::*;

    fn used() -> RankBudget {
        let mut budget = RankBudget::new(3, 2);
        budget.grant(&[vec![1, 2, 3], vec![-4, 5, 6]]).unwrap();
        budget
    }

    #[test]
    fn what_opens_nothing_new_is_granted_and_the_rest_refused_as_a_whole() {
        let mut budget = used();
        budget.grant(&[vec![-3, 7, 9], vec![0, 0, 0]]).unwrap();
        let error = budget.grant(&[vec![2, 4, 6], vec![0, 0, 1]]).unwrap_err();
        let words = "refused: these keys would raise the rank of all issued keys from 2 to 3, the budget is 2";
        assert_eq!(error.to_string(), words);
        assert_eq!(budget, used());
    }

    #[test]
    fn a_checkpoint_goes_on_where_it_stopped() {
        let checkpoint = used().checkpoint();
        let json = serde_json::to_string(&checkpoint).unwrap();
        let mut resumed = RankBudget::resume(&serde_json::from_str(&json).unwrap()).unwrap();
        assert_eq!(resumed, used());
        assert!(resumed.grant(&[vec![0, 1, 0]]).is_err());
    }

    #[test]
    fn a_damaged_checkpoint_is_refused() {
        let sound = used().checkpoint();
        let damaged = [
            Checkpoint { most: 1, ..sound.clone() },
            Checkpoint { length: 4, ..sound.clone() },
            Checkpoint { rows: vec![vec![PRIME, 0, 0]], ..sound.clone() },
            Checkpoint { rows: vec![vec![1, 0, 0], vec![2, 0, 0]], ..sound },
        ];
        assert!(damaged.iter().all(|checkpoint| RankBudget::resume(checkpoint).is_err()));
    }
}
