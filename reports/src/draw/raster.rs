//! From SVG to PNG with resvg, in the embedded font, so that both formats show the same letters.

use std::sync::Arc;

use resvg::tiny_skia::{Pixmap, Transform};
use resvg::usvg::fontdb::Database;
use resvg::usvg::{Options, Tree};

use super::font;
use crate::error::Error;

/// Pixels of the PNG per pixel of the SVG: sharp in print and on dense screens.
pub const SCALE: f32 = 2.0;

/// Parses an SVG with the embedded font and no other.
///
/// # Errors
/// When the text is no SVG.
pub fn parse(svg: &str) -> Result<Tree, Error> {
    let mut fonts = Database::new();
    fonts.load_font_data(font::REGULAR.to_vec());
    fonts.load_font_data(font::BOLD.to_vec());
    fonts.set_sans_serif_family("DejaVu Sans");
    let options = Options { fontdb: Arc::new(fonts), ..Options::default() };
    Tree::from_str(svg, &options).map_err(|error| Error::Raster { what: error.to_string() })
}

/// The bytes of a PNG, [`SCALE`] times as large as the SVG.
///
/// # Errors
/// When the text is no SVG or the image has no size.
pub fn png(svg: &str) -> Result<Vec<u8>, Error> {
    let tree = parse(svg)?;
    let size = tree.size();
    let (width, height) = ((size.width() * SCALE).ceil() as u32, (size.height() * SCALE).ceil() as u32);
    let mut pixels = Pixmap::new(width, height)
        .ok_or_else(|| Error::Raster { what: format!("an image of {width} x {height} pixels") })?;
    resvg::render(&tree, Transform::from_scale(SCALE, SCALE), &mut pixels.as_mut());
    pixels.encode_png().map_err(|error| Error::Raster { what: error.to_string() })
}
