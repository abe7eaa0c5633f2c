//! A measured value and the interval around it.

/// A value with its interval, both in the unit of the column it comes from.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Measure {
    /// The value: a median or a proportion.
    pub value: f64,
    /// Lower and upper end, where the records give one.
    pub interval: Option<(f64, f64)>,
}

impl Measure {
    /// A measure from three columns; `None` where the first is empty.
    #[must_use]
    pub fn from_columns(value: Option<f64>, low: Option<f64>, high: Option<f64>) -> Option<Self> {
        Some(Self { value: value?, interval: low.zip(high) })
    }

    /// Every number of the measure, for an axis that must hold them all.
    pub fn numbers(self) -> impl Iterator<Item = f64> {
        let (low, high) = self.interval.unwrap_or((self.value, self.value));
        [self.value, low, high].into_iter()
    }

    /// `12 ms (11.8 ms to 12.3 ms)`, or the value alone without an interval.
    #[must_use]
    pub fn say(self, unit: fn(f64) -> String) -> String {
        match self.interval {
            Some((low, high)) => format!("{} ({} to {})", unit(self.value), unit(low), unit(high)),
            None => unit(self.value),
        }
    }
}
