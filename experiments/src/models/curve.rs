//! Learning curves: one row per epoch.

use std::fmt::Write as _;

/// What an epoch brought.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Epoch {
    /// Number of the epoch, from 1.
    pub epoch: u32,
    /// Mean cross-entropy of the distorted training images while they were learned, in nats.
    pub training_loss: f64,
    /// Share of them that was right.
    pub training_accuracy: f64,
    /// Mean cross-entropy of the validation images after the epoch, in nats.
    pub validation_loss: f64,
    /// Share of them that was right.
    pub validation_accuracy: f64,
}

/// First line of every curve.
pub const HEADER: &str = "epoch,training_loss,training_accuracy,validation_loss,validation_accuracy";

/// The curve as CSV.
pub fn to_csv(epochs: &[Epoch]) -> String {
    let mut out = format!("{HEADER}\n");
    for e in epochs {
        // Writing to a string cannot fail.
        let _ = writeln!(
            out,
            "{},{:.6},{:.6},{:.6},{:.6}",
            e.epoch, e.training_loss, e.training_accuracy, e.validation_loss, e.validation_accuracy
        );
    }
    out
}

/// The curve that `text` holds; none where it is not one.
pub fn from_csv(text: &str) -> Option<Vec<Epoch>> {
    let mut lines = text.lines();
    (lines.next() == Some(HEADER)).then_some(())?;
    lines.map(row).collect()
}

fn row(line: &str) -> Option<Epoch> {
    let (epoch, rest) = line.split_once(',')?;
    let numbers: Vec<f64> = rest.split(',').map(|n| n.parse().ok()).collect::<Option<_>>()?;
    let [training_loss, training_accuracy, validation_loss, validation_accuracy] = numbers[..] else { return None };
    let epoch = epoch.parse().ok()?;
    Some(Epoch { epoch, training_loss, training_accuracy, validation_loss, validation_accuracy })
}

#[cfg(test)]
mod tests {
    use super::{Epoch, from_csv, to_csv};

    #[test]
    fn a_curve_survives_its_file() {
        let epoch = |epoch| Epoch {
            epoch,
            training_loss: 0.25,
            training_accuracy: 0.5,
            validation_loss: 0.125,
            validation_accuracy: 0.75,
        };
        let epochs = vec![epoch(1), epoch(2)];
        assert_eq!(from_csv(&to_csv(&epochs)), Some(epochs));
        assert_eq!(from_csv("epoch,loss\n1,2\n"), None);
        assert_eq!(from_csv(&to_csv(&[epoch(1)]).replace("0.75", "high")), None);
    }
}
