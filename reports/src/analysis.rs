//! The words beside the figures: `analysis/<experiment>.md`, embedded; numbers live in the records alone.

/// Experiment and words, one line each.
const ALL: &[(&str, &str)] = &[
    ("quickstart", include_str!("../analysis/quickstart.md")),
    ("inference-scaling", include_str!("../analysis/inference-scaling.md")),
];

/// The words on an experiment, where there are any.
#[must_use]
pub fn of(experiment: &str) -> Option<&'static str> {
    ALL.iter().find(|(name, _)| *name == experiment).map(|(_, words)| *words)
}

/// A block of an analysis.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Block {
    /// Running text.
    Paragraph(String),
    /// Items of a list.
    Items(Vec<String>),
}

/// The blocks of a text in the small part of Markdown that analyses use: paragraphs and lists, blank lines between.
#[must_use]
pub fn blocks(words: &str) -> Vec<Block> {
    let mut blocks = Vec::new();
    for block in words.split("\n\n").map(str::trim).filter(|block| !block.is_empty()) {
        if block.starts_with("* ") {
            let items = block.split("\n* ").map(|item| joined(item.trim_start_matches("* ")));
            blocks.push(Block::Items(items.collect()));
        } else {
            blocks.push(Block::Paragraph(joined(block)));
        }
    }
    blocks
}

fn joined(lines: &str) -> String {
    lines.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_are_paragraphs_and_lists() {
        let words = "One\ntwo.\n\n* a\n  b\n* c\n";
        assert_eq!(
            blocks(words),
            [Block::Paragraph("One two.".to_owned()), Block::Items(vec!["a b".to_owned(), "c".to_owned()])]
        );
    }

    #[test]
    fn analyses_carry_no_numbers_of_their_own() {
        for (name, words) in ALL {
            assert!(!words.chars().any(|c| c.is_ascii_digit()), "{name}: numbers belong in records");
            assert!(!words.contains(['#', '`', '<', '[']), "{name}: only paragraphs and lists starting with '* '");
        }
    }
}
