//! Grey images of a few hundred pixels as paths: an SVG that loads nothing and needs no decoder.

use std::fmt::Write as _;

use super::canvas::Point;

/// Greys are drawn in this many levels: fewer than a screen shows, more than an eye tells apart at this size.
const LEVELS: u32 = 16;

/// An image of `width` pixels a row with its upper left corner `at`, each pixel `scale` pixels wide: 0 is black. Its
/// colours are written so that the page's theme leaves them alone.
#[must_use]
pub fn element(at: Point, scale: i32, width: usize, pixels: &[u8]) -> String {
    let height = pixels.len() / width.max(1);
    let mut svg = format!(
        "<g transform=\"translate({} {}) scale({scale})\" shape-rendering=\"crispEdges\">\n\
         <rect width=\"{width}\" height=\"{height}\" fill=\"rgb(0,0,0)\"/>\n",
        at.0, at.1
    );
    for level in 1..LEVELS {
        let path = runs(width, pixels, level);
        if !path.is_empty() {
            let grey = level * 255 / (LEVELS - 1);
            let _ = writeln!(svg, "<path fill=\"rgb({grey},{grey},{grey})\" d=\"{path}\"/>");
        }
    }
    svg.push_str("</g>\n");
    svg
}

/// Boxes around the pixels of one level that follow one another in a row.
fn runs(width: usize, pixels: &[u8], level: u32) -> String {
    let is_of_level = |pixel: u8| (u32::from(pixel) * (LEVELS - 1) + 127) / 255 == level;
    let mut path = String::new();
    for (y, row) in pixels.chunks_exact(width.max(1)).enumerate() {
        let mut x = 0;
        for run in row.chunk_by(|a, b| is_of_level(*a) == is_of_level(*b)) {
            if run.first().is_some_and(|pixel| is_of_level(*pixel)) {
                let _ = write!(path, "M{x} {y}h{0}v1h-{0}z", run.len());
            }
            x += run.len();
        }
    }
    path
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pixels_of_one_grey_make_one_box() {
        let svg = element((3, 4), 2, 3, &[0, 255, 255, 136, 0, 255]);
        assert_eq!(
            svg,
            "<g transform=\"translate(3 4) scale(2)\" shape-rendering=\"crispEdges\">\n\
             <rect width=\"3\" height=\"2\" fill=\"rgb(0,0,0)\"/>\n\
             <path fill=\"rgb(136,136,136)\" d=\"M0 1h1v1h-1z\"/>\n\
             <path fill=\"rgb(255,255,255)\" d=\"M1 0h2v1h-2zM2 1h1v1h-1z\"/>\n</g>\n"
        );
    }
}
