//! A figure as a report carries it: for the page, as a file, and as pixels.

use crate::error::Error;
#[cfg(feature = "plots")]
use crate::figures::{self, Figure};
use crate::report::Section;

/// A drawn figure of one run.
#[derive(Clone, Debug)]
pub(crate) struct Plate {
    /// The figure's name.
    pub name: &'static str,
    /// What its marks mean, and the terms of its rows.
    pub caption: Vec<String>,
    /// For the page: an `svg` element that follows the page's theme.
    pub inline: String,
    /// For itself: a file with title, description and notes.
    pub svg: String,
    /// The file's pixels.
    pub png: Vec<u8>,
}

/// Name and purpose of a figure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FigureInfo {
    /// Name of the figure and of its files.
    pub name: &'static str,
    /// What it draws, in a sentence.
    pub description: &'static str,
}

/// Name and purpose of every figure.
#[cfg(feature = "plots")]
pub(crate) fn list() -> Vec<FigureInfo> {
    let info = |figure: &&dyn Figure| FigureInfo { name: figure.name(), description: figure.description() };
    figures::ALL.iter().map(info).collect()
}

/// A build without the feature `plots` knows no figure.
#[cfg(not(feature = "plots"))]
pub(crate) fn list() -> Vec<FigureInfo> {
    Vec::new()
}

/// Draws every figure of a run.
///
/// # Errors
/// When a figure cannot be drawn.
#[cfg(feature = "plots")]
pub(crate) fn plates(section: &Section<'_>) -> Result<Vec<Plate>, Error> {
    figures::ALL
        .iter()
        .filter(|figure| drawn::applies(**figure, section))
        .map(|figure| drawn::plate(*figure, section))
        .collect()
}

/// A build without the feature `plots` draws nothing.
///
/// # Errors
/// None.
#[cfg(not(feature = "plots"))]
pub(crate) fn plates(_section: &Section<'_>) -> Result<Vec<Plate>, Error> {
    Ok(Vec::new())
}

#[cfg(feature = "plots")]
mod drawn {
    use super::{Error, Plate, Section};
    use crate::draw::canvas::Drawing;
    use crate::draw::raster;
    use crate::draw::sheet::Frame;
    use crate::draw::svg;
    use crate::entry::Entry;
    use crate::figures::Figure;
    use crate::terms;

    /// A figure without rows says so instead of showing empty axes.
    const NO_DATA: &str = "No successful cell to draw: the tables say how each cell ended and why.";

    /// Whether the figure has rows, or no row at all succeeded and the figure is to say so. Rows that succeeded without
    /// anything for this figure belong to another kind of experiment.
    pub(super) fn applies(figure: &dyn Figure, section: &Section<'_>) -> bool {
        let succeeded = section.succeeded();
        let failed = succeeded.is_empty() && !section.entries.is_empty();
        !figure.pick(&succeeded).is_empty() || (failed && figure.tells_of_failure())
    }

    pub(super) fn plate(figure: &dyn Figure, section: &Section<'_>) -> Result<Plate, Error> {
        let rows: Vec<&Entry<'_>> = figure.pick(&section.succeeded());
        let title = format!("{}: {}", figure.title(), section.run.name);
        let warning = terms::warning(section.run);
        let mut caption = Vec::new();
        if !rows.is_empty() {
            caption.push(figure.legend().to_owned());
        }
        caption.extend(terms::sentences(section.run, &rows));
        let bare = Frame { title: title.clone(), warning, notes: Vec::new() };
        let noted = Frame { notes: caption.clone(), ..bare.clone() };
        let words = words(figure, &rows);
        let file = draw(figure, &rows, &noted)?;
        let page = draw(figure, &rows, &bare)?;
        let svg = svg::standalone(&file, &title, &words);
        Ok(Plate {
            name: figure.name(),
            inline: svg::inline(&page, &title, &words, &format!("{}-{}", section.slug, figure.name())),
            png: raster::png(&svg)?,
            svg,
            caption,
        })
    }

    fn draw(figure: &dyn Figure, rows: &[&Entry<'_>], frame: &Frame) -> Result<Drawing, Error> {
        if rows.is_empty() { frame.without_data(NO_DATA) } else { figure.draw(rows, frame) }
    }

    fn words(figure: &dyn Figure, rows: &[&Entry<'_>]) -> String {
        if rows.is_empty() {
            return NO_DATA.to_owned();
        }
        let rows: Vec<String> = rows.iter().map(|entry| figure.words(entry)).collect();
        format!("Shows {}. {}.", figure.description(), rows.join("; "))
    }
}
