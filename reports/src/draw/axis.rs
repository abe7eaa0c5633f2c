//! Value axes: from numbers to pixels, with ticks whose labels never touch.

use super::font::SMALL;
use crate::error::Error;

/// Pixels kept free between two tick labels.
const GAP: i32 = 12;

/// A tick: where, and what it says (nothing where there is no room).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tick {
    /// Pixel along the axis.
    pub at: i32,
    /// Label with its unit.
    pub label: Option<String>,
}

/// A logarithmic axis over whole decades: ticks stand at powers of ten alone.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LogAxis {
    low: i32,
    high: i32,
    pixels: (i32, i32),
}

impl LogAxis {
    /// The decades that hold every positive value, at least one; `None` without a positive value.
    pub fn around(values: impl IntoIterator<Item = f64>, pixels: (i32, i32)) -> Option<Self> {
        let positive = values.into_iter().filter(|value| *value > 0.0 && value.is_finite());
        let (least, most) = bounds(positive)?;
        let low = least.log10().floor() as i32;
        let high = (most.log10().ceil() as i32).max(low + 1);
        Some(Self { low, high, pixels })
    }

    /// Pixel of a value; values at or below zero land on the axis' start.
    #[must_use]
    pub fn at(&self, value: f64) -> i32 {
        let fraction = (value.log10() - f64::from(self.low)) / f64::from(self.high - self.low);
        along(self.pixels, fraction)
    }

    /// A tick each decade; labels (by `say`) thinned out until they keep apart.
    ///
    /// # Errors
    /// When the font is missing.
    pub fn ticks(&self, say: impl Fn(f64) -> String) -> Result<Vec<Tick>, Error> {
        let values: Vec<f64> = (self.low..=self.high).map(|exponent| 10f64.powi(exponent)).collect();
        let labels: Vec<String> = values.iter().map(|value| say(*value)).collect();
        let mut widest = 0;
        for label in &labels {
            widest = widest.max(SMALL.width(label)?);
        }
        let decade = (self.pixels.1 - self.pixels.0).abs() / (self.high - self.low);
        let step = ((widest + GAP) / decade.max(1) + 1).unsigned_abs() as usize;
        let tick = |(index, (value, label)): (usize, (&f64, String))| Tick {
            at: self.at(*value),
            label: index.is_multiple_of(step).then_some(label),
        };
        Ok(values.iter().zip(labels).enumerate().map(tick).collect())
    }
}

/// A logarithmic axis whose ticks stand at the places of a few points: 16, 32, 64.
#[derive(Clone, Debug, PartialEq)]
pub struct PlaceAxis {
    /// Ascending, at least one.
    places: Vec<u64>,
    pixels: (i32, i32),
}

impl PlaceAxis {
    /// From the least to the greatest of the places; `None` without a positive one.
    pub fn through(places: impl IntoIterator<Item = u64>, pixels: (i32, i32)) -> Option<Self> {
        let mut places: Vec<u64> = places.into_iter().filter(|place| *place > 0).collect();
        places.sort_unstable();
        places.dedup();
        (!places.is_empty()).then_some(Self { places, pixels })
    }

    /// Pixel of a place; a single one stands in the middle.
    #[must_use]
    pub fn at(&self, place: u64) -> i32 {
        let log = |place: Option<&u64>| (place.copied().unwrap_or(1) as f64).ln();
        let (low, high) = (log(self.places.first()), log(self.places.last()));
        let fraction = if high > low { (log(Some(&place)) - low) / (high - low) } else { 0.5 };
        along(self.pixels, fraction)
    }

    /// A tick each place; labels (by `say`) left out where they would touch the one before.
    ///
    /// # Errors
    /// When the font is missing.
    pub fn ticks(&self, say: impl Fn(u64) -> String) -> Result<Vec<Tick>, Error> {
        let mut free = i32::MIN;
        let mut ticks = Vec::with_capacity(self.places.len());
        for place in &self.places {
            let (at, label) = (self.at(*place), say(*place));
            let half = SMALL.width(&label)? / 2;
            let fits = at - half >= free;
            if fits {
                free = at + half + GAP;
            }
            ticks.push(Tick { at, label: fits.then_some(label) });
        }
        Ok(ticks)
    }
}

/// A linear axis of fractions of one, shown as percentages.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PercentAxis {
    low: f64,
    high: f64,
    step: f64,
    pixels: (i32, i32),
}

impl PercentAxis {
    /// An axis with about five ticks that holds every value; `None` without one.
    pub fn around(values: impl IntoIterator<Item = f64>, pixels: (i32, i32)) -> Option<Self> {
        let (least, most) = bounds(values.into_iter().filter(|value| value.is_finite()))?;
        let step = round_step(((most - least).max(0.01)) / 4.0);
        let low = ((least / step - 0.01).floor() * step).max(0.0);
        let high = ((most / step + 0.01).ceil() * step).min(1.0).max(low + step);
        Some(Self { low, high, step, pixels })
    }

    /// Pixel of a fraction.
    #[must_use]
    pub fn at(&self, fraction: f64) -> i32 {
        along(self.pixels, (fraction - self.low) / (self.high - self.low))
    }

    /// Labelled ticks at multiples of the step.
    #[must_use]
    pub fn ticks(&self) -> Vec<Tick> {
        let steps = ((self.high - self.low) / self.step + 1e-6).floor() as i32;
        let decimals = if self.step < 0.001 { 2 } else { usize::from(self.step < 0.01) };
        (0..=steps)
            .map(|index| {
                let fraction = self.low + f64::from(index) * self.step;
                Tick { at: self.at(fraction), label: Some(format!("{:.decimals$} %", fraction * 100.0)) }
            })
            .collect()
    }
}

/// A linear axis from 0 on.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LinearAxis {
    high: f64,
    step: f64,
    pixels: (i32, i32),
}

impl LinearAxis {
    /// An axis with about five ticks that holds every value; `None` without a positive one.
    pub fn around(values: impl IntoIterator<Item = f64>, pixels: (i32, i32)) -> Option<Self> {
        let (_, most) = bounds(values.into_iter().filter(|value| *value > 0.0 && value.is_finite()))?;
        let step = round_step(most / 5.0);
        Some(Self { high: (most / step - 1e-6).ceil() * step, step, pixels })
    }

    /// Pixel of a value.
    #[must_use]
    pub fn at(&self, value: f64) -> i32 {
        along(self.pixels, value / self.high)
    }

    /// Ticks at multiples of the step, labelled by `say`.
    pub fn ticks(&self, say: impl Fn(f64) -> String) -> Vec<Tick> {
        let steps = (self.high / self.step + 1e-6).floor() as i32;
        let values = (0..=steps).map(|index| f64::from(index) * self.step);
        values.map(|value| Tick { at: self.at(value), label: Some(say(value)) }).collect()
    }
}

fn bounds(values: impl Iterator<Item = f64>) -> Option<(f64, f64)> {
    values.fold(None, |range, value| match range {
        None => Some((value, value)),
        Some((least, most)) => Some((f64::min(least, value), f64::max(most, value))),
    })
}

fn along((start, end): (i32, i32), fraction: f64) -> i32 {
    let fraction = fraction.clamp(0.0, 1.0);
    start + (f64::from(end - start) * fraction).round() as i32
}

/// The next of 1, 2, 5 times a power of ten.
fn round_step(least: f64) -> f64 {
    let power = 10f64.powf(least.log10().floor());
    [1.0, 2.0, 5.0, 10.0]
        .into_iter()
        .map(|factor| factor * power)
        .find(|step| *step >= least * 0.999)
        .unwrap_or(power * 10.0)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a failed unwrap is the test's failure")]
mod tests {
    use super::*;
    use crate::units::duration;

    #[test]
    fn one_value_still_gets_a_decade() {
        let axis = LogAxis::around([1e6], (0, 100)).unwrap();
        assert_eq!((axis.at(1e6), axis.at(1e7)), (0, 100));
        assert_eq!(LogAxis::around([0.0, -3.0], (0, 100)), None);
    }

    #[test]
    fn labels_keep_apart_over_nine_decades() {
        let axis = LogAxis::around([12e3, 4e12], (0, 250)).unwrap();
        let ticks = axis.ticks(duration).unwrap();
        assert_eq!(ticks.len(), 10);
        let labelled: Vec<_> = ticks.iter().filter_map(|tick| Some((tick.at, tick.label.as_deref()?))).collect();
        assert!(labelled.len() >= 2);
        for pair in labelled.windows(2) {
            let room = pair[1].0 - pair[0].0;
            let need = (SMALL.width(pair[0].1).unwrap() + SMALL.width(pair[1].1).unwrap()) / 2;
            assert!(room > need, "{pair:?}");
        }
    }

    #[test]
    fn places_have_ticks_and_crowded_ones_no_label() {
        let axis = PlaceAxis::through([64, 1, 4096, 64, 4097], (0, 120)).unwrap();
        let ticks = axis.ticks(|place| place.to_string()).unwrap();
        let labels: Vec<_> = ticks.iter().map(|tick| tick.label.as_deref()).collect();
        assert_eq!(labels, [Some("1"), Some("64"), Some("4096"), None]);
        assert_eq!((ticks[0].at, ticks[3].at), (0, 120));
        assert_eq!(PlaceAxis::through([7], (0, 100)).unwrap().at(7), 50);
        assert_eq!(PlaceAxis::through([0], (0, 100)), None);
    }

    #[test]
    fn a_linear_axis_starts_at_nought() {
        let axis = LinearAxis::around([15.6, 99.0], (100, 0)).unwrap();
        let labels: Vec<_> = axis.ticks(|value| value.to_string()).into_iter().filter_map(|tick| tick.label).collect();
        assert_eq!(labels, ["0", "20", "40", "60", "80", "100"]);
        assert_eq!((axis.at(0.0), axis.at(50.0), axis.at(100.0)), (100, 50, 0));
        assert_eq!(LinearAxis::around([0.0], (0, 1)), None);
    }

    #[test]
    fn percentages_stay_within_nought_and_a_hundred() {
        let axis = PercentAxis::around([0.84, 0.97, 1.0], (200, 0)).unwrap();
        let ticks = axis.ticks();
        assert_eq!(ticks.last().unwrap().label.as_deref(), Some("100 %"));
        assert_eq!(axis.at(1.0), 0);
        let flat = PercentAxis::around([1.0], (200, 0)).unwrap();
        assert!(flat.ticks().len() >= 2, "{:?}", flat.ticks());
    }
}
