//! The figures: one file each, and its line in [`ALL`].

mod latency;
mod leakage;
mod reconstructions;
mod scaling;
mod stages;
mod tradeoff;

use crate::draw::canvas::Drawing;
use crate::draw::marker::{self, Fill, Shape};
use crate::draw::palette::{self, Swatch};
use crate::draw::sheet::Frame;
use crate::entry::{Entry, Standing};
use crate::error::Error;

/// Every figure a report draws, in order.
pub const ALL: &[&dyn Figure] = &[
    &latency::Latency,
    &stages::Stages,
    &tradeoff::Tradeoff,
    &scaling::Scaling,
    &leakage::Growth,
    &reconstructions::Reconstructions,
];

/// What a row's mark looks like: as its scheme does in every figure, hatched where it is insecure.
fn look(entry: &Entry<'_>) -> (Shape, Swatch, Fill) {
    let fill = if entry.standing == Standing::Insecure { Fill::Hatched } else { Fill::Solid };
    (marker::series(entry.series), palette::series(entry.series), fill)
}

/// A figure drawn from the summary rows of one run.
pub trait Figure: Sync {
    /// Name of its files and of its place in the page.
    fn name(&self) -> &'static str;

    /// Its title.
    fn title(&self) -> &'static str;

    /// What it draws, in a sentence.
    fn description(&self) -> &'static str;

    /// What its marks and bars mean, for the caption.
    fn legend(&self) -> &'static str;

    /// Whether it can draw this row; rows it cannot draw stand in the table alone.
    fn needs(&self, entry: &Entry<'_>) -> bool;

    /// The rows it draws of those that succeeded: all that meet [`Figure::needs`], unless they say something together
    /// alone.
    fn pick<'a, 'e>(&self, succeeded: &[&'a Entry<'e>]) -> Vec<&'a Entry<'e>> {
        succeeded.iter().copied().filter(|entry| self.needs(entry)).collect()
    }

    /// Draws the rows of [`Figure::pick`]; there is at least one.
    ///
    /// # Errors
    /// When the font is missing or plotters cannot draw.
    fn draw(&self, entries: &[&Entry<'_>], frame: &Frame) -> Result<Drawing, Error>;

    /// Whether a run where nothing succeeded is to say so here.
    fn tells_of_failure(&self) -> bool {
        true
    }

    /// One row in words, for readers who do not see the figure.
    fn words(&self, entry: &Entry<'_>) -> String;
}
