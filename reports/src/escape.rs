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
                other => write!(out, "{}", printable(other))?,
            }
        }
        Ok(())
    }
}

/// The character itself, or a replacement where XML, and so SVG, has no form for it (XML 1.0, section 2.2).
#[must_use]
pub fn printable(character: char) -> char {
    let control = character.is_control() && !matches!(character, '\n' | '\r' | '\t');
    if control || matches!(character, '\u{fffe}' | '\u{ffff}') { '\u{fffd}' } else { character }
}

/// Text for one cell of a Markdown table, or a line of Markdown: no markup, no HTML, no line breaks.
#[derive(Clone, Copy, Debug)]
pub struct Plain<'a>(pub &'a str);

impl fmt::Display for Plain<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut before = ' ';
        let mut characters = self.0.chars().peekable();
        while let Some(character) = characters.next() {
            let after = characters.peek().copied().unwrap_or(' ');
            match character {
                // Within a word an underscore is no markup, and names of files and machines read better without escapes.
                '_' if before.is_alphanumeric() && after.is_alphanumeric() => out.write_str("_")?,
                '\\' | '`' | '*' | '_' | '[' | ']' | '|' | '#' | '~' => write!(out, "\\{character}")?,
                '&' => out.write_str("&amp;")?,
                '<' => out.write_str("&lt;")?,
                '>' => out.write_str("&gt;")?,
                control if control.is_control() => out.write_str(" ")?,
                plain => write!(out, "{plain}")?,
            }
            before = character;
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
        assert_eq!(Plain("x86_64 _a_").to_string(), "x86_64 \\_a\\_");
        assert_eq!(Plain("a|b\n<i>*c*").to_string(), "a\\|b &lt;i&gt;\\*c\\*");
    }
}
