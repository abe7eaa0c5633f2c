//! What plotters leaves out of an SVG: a title, a description, and points that answer to hover and focus.

use std::fmt::Write as _;

use super::canvas::Drawing;
use crate::escape::Escaped;

/// Radius of the invisible disc around a point that takes the pointer, in pixels.
const TARGET_RADIUS: i32 = 13;

/// A standalone SVG file: one image with title and description.
#[must_use]
pub fn standalone(drawing: &Drawing, title: &str, description: &str) -> String {
    let head = format!(
        " role=\"img\" aria-labelledby=\"title desc\"><title id=\"title\">{}</title><desc id=\"desc\">{}</desc>",
        Escaped(title),
        Escaped(description)
    );
    insert_after_root(&drawing.svg, &head, "")
}

/// The same drawing for inlining in a page: ids start with `id`, and every marked point can be focused and read.
#[must_use]
pub fn inline(drawing: &Drawing, title: &str, description: &str, id: &str) -> String {
    let head = format!(
        " role=\"group\" aria-labelledby=\"{id}-title {id}-desc\"><title id=\"{id}-title\">{}</title><desc id=\"{id}-desc\">{}</desc>",
        Escaped(title),
        Escaped(description)
    );
    let mut points = String::new();
    for mark in &drawing.marks {
        let (x, y) = mark.at;
        let _ = writeln!(
            points,
            "<circle class=\"mark\" cx=\"{x}\" cy=\"{y}\" r=\"{TARGET_RADIUS}\" tabindex=\"0\" role=\"img\" aria-label=\"{}\"/>",
            Escaped(&mark.says)
        );
    }
    insert_after_root(&drawing.svg, &head, &points)
}

/// Puts `head` where the root tag closes and `tail` before the root ends.
fn insert_after_root(svg: &str, head: &str, tail: &str) -> String {
    let Some((root, rest)) = svg.split_once('>') else {
        return svg.to_owned();
    };
    let body = rest.trim_end().strip_suffix("</svg>").unwrap_or(rest);
    format!("{root}{head}{body}{tail}</svg>\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::draw::canvas::Mark;

    fn drawing() -> Drawing {
        Drawing {
            svg: "<svg width=\"9\">\n<rect/>\n</svg>\n".to_owned(),
            marks: vec![Mark { at: (3, 4), says: "a <b> & \"c\"".to_owned() }],
        }
    }

    #[test]
    fn files_get_title_and_description() {
        let svg = standalone(&drawing(), "T<", "D&");
        assert_eq!(
            svg,
            "<svg width=\"9\" role=\"img\" aria-labelledby=\"title desc\"><title id=\"title\">T&lt;</title>\
             <desc id=\"desc\">D&amp;</desc>\n<rect/>\n</svg>\n"
        );
    }

    #[test]
    fn pages_get_focusable_points() {
        let svg = inline(&drawing(), "t", "d", "f1");
        assert!(svg.contains("id=\"f1-title\"") && svg.contains("tabindex=\"0\""));
        assert!(svg.contains("aria-label=\"a &lt;b&gt; &amp; &quot;c&quot;\"/>\n</svg>"), "{svg}");
    }
}
