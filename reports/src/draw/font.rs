//! The embedded font: the same letters, and so the same extents, on every machine and in every format.

use std::sync::OnceLock;

use plotters::style::{FontDesc, FontFamily, FontStyle, register_font};

use crate::error::Error;

/// Embedded regular weight (DejaVu Sans 2.37, subset).
pub const REGULAR: &[u8] = include_bytes!("../../fonts/DejaVuSans.subset.ttf");
/// Embedded bold weight.
pub const BOLD: &[u8] = include_bytes!("../../fonts/DejaVuSans-Bold.subset.ttf");

/// Family list as it stands in the SVG. Verdana shares DejaVu's metrics, and other sans-serif fonts are narrower, so a
/// browser without DejaVu does not clip a label.
pub const FAMILY: &str = "DejaVu Sans, Verdana, sans-serif";

/// plotters divides a font's size by this factor when it writes the SVG's `font-size`.
const PLOTTERS_SIZE_FACTOR: f64 = 1.24;

/// Size in SVG pixels and weight of a text.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Face {
    /// The SVG's `font-size`, in pixels.
    pub size: f64,
    /// Regular or bold.
    pub weight: Weight,
}

/// The two weights that are embedded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Weight {
    /// Running text, ticks and labels.
    Regular,
    /// Titles.
    Bold,
}

/// A figure's title.
pub const TITLE: Face = Face { size: 17.0, weight: Weight::Bold };
/// Names of axes and panels.
pub const HEADING: Face = Face { size: 13.0, weight: Weight::Bold };
/// Labels of rows and legends.
pub const LABEL: Face = Face { size: 13.0, weight: Weight::Regular };
/// Ticks and notes.
pub const SMALL: Face = Face { size: 11.5, weight: Weight::Regular };

impl Face {
    pub(crate) fn desc(self) -> FontDesc<'static> {
        let style = match self.weight {
            Weight::Regular => FontStyle::Normal,
            Weight::Bold => FontStyle::Bold,
        };
        FontDesc::new(FontFamily::Name(FAMILY), self.size * PLOTTERS_SIZE_FACTOR, style)
    }

    /// Width of `text` in pixels, a little generous (rounded up).
    ///
    /// # Errors
    /// When the embedded font could not be registered.
    pub fn width(self, text: &str) -> Result<i32, Error> {
        register()?;
        let (width, _) = self.desc().box_size(text).map_err(|error| Error::Draw { what: error.to_string() })?;
        Ok(i32::try_from(width).unwrap_or(i32::MAX - 1) + 1)
    }

    /// `text`, cut with an ellipsis in its middle where it is wider than `width` pixels: names that start alike often
    /// differ at their end.
    ///
    /// # Errors
    /// As [`Face::width`].
    pub fn fit(self, text: &str, width: i32) -> Result<String, Error> {
        if self.width(text)? <= width {
            return Ok(text.to_owned());
        }
        let letters: Vec<char> = text.chars().collect();
        for kept in (0..letters.len()).rev() {
            let (head, tail) = (kept.div_ceil(2), letters.len() - kept / 2);
            let cut: String = letters[..head].iter().chain(&['…']).chain(&letters[tail..]).collect();
            if self.width(&cut)? <= width {
                return Ok(cut);
            }
        }
        Ok(String::new())
    }

    /// `text` broken at spaces into lines of at most `width` pixels; a single longer word is cut with an ellipsis.
    ///
    /// # Errors
    /// As [`Face::width`].
    pub fn wrap(self, text: &str, width: i32) -> Result<Vec<String>, Error> {
        let mut lines = Vec::new();
        let mut line = String::new();
        for word in text.split_whitespace() {
            let longer = if line.is_empty() { word.to_owned() } else { format!("{line} {word}") };
            if !line.is_empty() && self.width(&longer)? > width {
                lines.push(self.fit(&line, width)?);
                line = word.to_owned();
            } else {
                line = longer;
            }
        }
        if !line.is_empty() {
            lines.push(self.fit(&line, width)?);
        }
        Ok(lines)
    }
}

/// Makes the embedded font known to plotters, once a process; without it every text fails when it is drawn.
///
/// # Errors
/// When the embedded bytes are no font (a broken build).
pub fn register() -> Result<(), Error> {
    static REGISTERED: OnceLock<bool> = OnceLock::new();
    let done = *REGISTERED.get_or_init(|| {
        register_font(FAMILY, FontStyle::Normal, REGULAR).is_ok()
            && register_font(FAMILY, FontStyle::Bold, BOLD).is_ok()
    });
    if done { Ok(()) } else { Err(Error::Font) }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a failed unwrap is the test's failure")]
mod tests {
    use super::*;

    #[test]
    fn fitting_keeps_short_texts_and_cuts_long_ones() {
        assert_eq!(LABEL.fit("tfhe", 200).unwrap(), "tfhe");
        let cut = LABEL.fit("a label that is far too long for its column", 100).unwrap();
        assert!(cut.starts_with("a la") && cut.ends_with("umn") && LABEL.width(&cut).unwrap() <= 100, "{cut}");
        assert_eq!(LABEL.fit("anything", 2).unwrap(), "");
    }

    #[test]
    fn wrapping_keeps_every_word_and_the_width() {
        let text = "one two three four five six seven eight nine ten";
        let lines = SMALL.wrap(text, 90).unwrap();
        assert!(lines.len() > 1);
        assert_eq!(lines.join(" "), text);
        for line in &lines {
            assert!(SMALL.width(line).unwrap() <= 90, "{line}");
        }
    }
}
