//! Text on its way into a file whose syntax it must not speak.

use std::fmt;

/// Text for HTML and SVG, between tags and inside double or single quotes.
#[derive(Clone, Copy, Debug)]
pub struct Escaped<'a>(pub &'a str);

impl fmt::Display for Escaped<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        for character in self.0.chars() {
            match character {
                '&' => out.write_str("&amp;")?,
                '<' => out.write_str("&lt;")?,
                '>' => out.write_str("&gt;")?,
                '"' => out.write_str("&quot;")?,
                '\'' => out.write_str("&#39;")?,
                // XML has no form for other control characters, and SVG is XML.
                control if control.is_control() && !matches!(control, '\n' | '\t') => out.write_str("\u{fffd}")?,
                plain => write!(out, "{plain}")?,
            }
        }
        Ok(())
    }
}

/// Text for one cell of a Markdown table, or a line of Markdown: no markup, no HTML, no line breaks.
#[derive(Clone, Copy, Debug)]
pub struct Plain<'a>(pub &'a str);

impl fmt::Display for Plain<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        for character in self.0.chars() {
            match character {
                '\\' | '`' | '*' | '_' | '[' | ']' | '|' | '#' | '~' => write!(out, "\\{character}")?,
                '&' => out.write_str("&amp;")?,
                '<' => out.write_str("&lt;")?,
                '>' => out.write_str("&gt;")?,
                control if control.is_control() => out.write_str(" ")?,
                plain => write!(out, "{plain}")?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn html_loses_its_teeth() {
        assert_eq!(
            Escaped("<script>alert('x' && \"y\")</script>").to_string(),
            "&lt;script&gt;alert(&#39;x&#39; &amp;&amp; &quot;y&quot;)&lt;/script&gt;"
        );
        assert_eq!(Escaped("a\u{1}b").to_string(), "a\u{fffd}b");
    }

    #[test]
    fn markdown_cells_stay_one_cell() {
        assert_eq!(Plain("a|b\n<i>*c*").to_string(), "a\\|b &lt;i&gt;\\*c\\*");
    }
}
