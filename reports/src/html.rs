//! index.html: one file that loads nothing, reads without a script, and follows the reader's theme.

use std::fmt::Write as _;

use crate::analysis::{self, Block};
use crate::csp;
use crate::entry::Standing;
use crate::escape::Escaped;
use crate::plate::Plate;
use crate::provenance;
use crate::report::Section;
use crate::tables::{Cells, Table};
use crate::terms;
use crate::units::ABSENT;

const STYLE: &str = include_str!("html/page.css");
const SCRIPT: &str = include_str!("html/page.js");

/// A table with more lines than these is folded away until it is asked for.
const FOLDED_LINES: usize = 24;

/// The whole page; `plates[i]` are the figures of `sections[i]`.
#[must_use]
pub fn page(sections: &[Section<'_>], plates: &[Vec<Plate>]) -> String {
    let style = style();
    let names: Vec<&str> = sections.iter().map(|section| section.run.name.as_str()).collect();
    let title = format!("blindbench report: {}", names.join(", "));
    let mut out = String::new();
    let _ = write!(
        out,
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"{}\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"generator\" content=\"blindbench {}\">\n\
         <title>{}</title>\n<style>{style}</style>\n</head>\n<body>\n",
        csp::policy(&style, SCRIPT),
        env!("CARGO_PKG_VERSION"),
        Escaped(&title),
    );
    header(&mut out, sections);
    out.push_str("<main id=\"main\">\n");
    for (section, plates) in sections.iter().zip(plates) {
        write_section(&mut out, section, plates, if sections.len() == 1 { Files::Plain } else { Files::Prefixed });
    }
    let _ = write!(out, "</main>\n<script>{SCRIPT}</script>\n</body>\n</html>\n");
    out
}

/// How a figure's files are named.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Files {
    /// `figures/latency.svg`: the report holds one run.
    Plain,
    /// `figures/quickstart-latency.svg`: the report holds several.
    Prefixed,
}

impl Files {
    /// Path of a figure's file below the report's folder, without its extension.
    #[must_use]
    pub fn stem(self, section: &Section<'_>, figure: &str) -> String {
        match self {
            Self::Plain => format!("figures/{figure}"),
            Self::Prefixed => format!("figures/{}-{figure}", section.slug),
        }
    }
}

#[cfg(feature = "plots")]
fn style() -> String {
    use crate::draw::palette;
    let (light, dark) = (palette::light_variables(), palette::dark_variables());
    format!(
        ":root{{{light}}}\n@media (prefers-color-scheme:dark){{:root:not([data-theme=light]){{{dark}}}}}\n\
         :root[data-theme=dark]{{{dark}}}\n{}{STYLE}",
        palette::selectors()
    )
}

#[cfg(not(feature = "plots"))]
fn style() -> String {
    STYLE.to_owned()
}

fn header(out: &mut String, sections: &[Section<'_>]) {
    out.push_str("<a class=\"skip\" href=\"#main\">Skip to the results</a>\n<header>\n<h1>blindbench report</h1>\n");
    out.push_str("<button id=\"theme\" type=\"button\" hidden>Light or dark</button>\n");
    if sections.len() > 1 {
        out.push_str("<nav aria-label=\"Runs\"><ul>\n");
        for section in sections {
            let _ = writeln!(
                out,
                "<li><a href=\"#{}\">{}</a>: {}, {}</li>",
                section.slug,
                Escaped(&section.run.name),
                Escaped(&section.run.dataset.label()),
                Escaped(&section.progress())
            );
        }
        out.push_str("</ul></nav>\n");
    }
    out.push_str("</header>\n");
}

fn write_section(out: &mut String, section: &Section<'_>, plates: &[Plate], files: Files) {
    let run = section.run;
    let slug = &section.slug;
    let _ = writeln!(
        out,
        "<section id=\"{slug}\" aria-labelledby=\"{slug}-name\">\n<h2 id=\"{slug}-name\" class=\"run\">{}</h2>",
        Escaped(&run.name)
    );
    let _ =
        writeln!(out, "<p class=\"lead\">{}. Started {}.</p>", Escaped(&section.progress()), Escaped(&run.created_utc));
    if let Some(warning) = terms::warning(run) {
        notice(out, &warning);
    }
    if section.succeeded().is_empty() && !section.entries.is_empty() {
        notice(out, "No cell succeeded: there are no numbers to show. The table of cells says why.");
    }
    if let Some(words) = analysis::of(&run.name) {
        write_analysis(out, words);
    }
    let (first, others) = section.tables.split_at(section.tables.len().min(1));
    for table in first {
        write_table(out, table, slug);
    }
    for plate in plates {
        write_plate(out, plate, slug, &files.stem(section, plate.name));
    }
    for table in others {
        write_table(out, table, slug);
    }
    write_provenance(out, section);
    out.push_str("</section>\n");
}

fn notice(out: &mut String, words: &str) {
    let _ = writeln!(out, "<p class=\"notice\" role=\"note\">{}</p>", Escaped(words));
}

fn write_analysis(out: &mut String, words: &str) {
    for block in analysis::blocks(words) {
        match block {
            Block::Paragraph(text) => {
                let _ = writeln!(out, "<p>{}</p>", Escaped(&text));
            }
            Block::Items(items) => {
                out.push_str("<ul>\n");
                for item in items {
                    let _ = writeln!(out, "<li>{}</li>", Escaped(&item));
                }
                out.push_str("</ul>\n");
            }
        }
    }
}

fn write_plate(out: &mut String, plate: &Plate, slug: &str, stem: &str) {
    let _ = writeln!(
        out,
        "<figure>\n<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"{slug}. Figure {}\">\n{}</div>\n\
         <div class=\"tip\" aria-hidden=\"true\" hidden></div>\n<figcaption>",
        plate.name, plate.inline
    );
    for sentence in &plate.caption {
        let _ = writeln!(out, "<span>{}</span>", Escaped(sentence));
    }
    let _ = writeln!(
        out,
        "<span>Files: <a href=\"{stem}.svg\">SVG</a>, <a href=\"{stem}.png\">PNG</a>.</span></figcaption>\n</figure>"
    );
}

fn write_table(out: &mut String, table: &Table, slug: &str) {
    let caption = Escaped(&table.caption);
    let class = match table.cells {
        Cells::Numbers => "numbers",
        Cells::Words => "words",
    };
    let folded = table.lines.len() > FOLDED_LINES;
    if folded {
        let _ = writeln!(out, "<details><summary>{caption}</summary>");
    }
    let _ = write!(
        out,
        "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"{slug}. {caption}\">\n<table class=\"{class}\">\n<caption>{caption}</caption>\n<thead><tr>"
    );
    for column in &table.columns {
        let _ = write!(out, "<th scope=\"col\">{}</th>", Escaped(column));
    }
    out.push_str("</tr></thead>\n<tbody>\n");
    for line in &table.lines {
        let insecure = line.standing == Standing::Insecure;
        let (class, sign) =
            if insecure { (" class=\"insecure\"", " <small>(below 128 bits, not ranked)</small>") } else { ("", "") };
        let _ = write!(out, "<tr{class}><th scope=\"row\">{}{sign}</th>", Escaped(&line.name));
        for cell in &line.cells {
            let _ = write!(out, "<td>{}", Escaped(cell.value.as_deref().unwrap_or(ABSENT)));
            if let Some(interval) = &cell.interval {
                let _ = write!(out, "<small>{}</small>", Escaped(interval));
            }
            out.push_str("</td>");
        }
        out.push_str("</tr>\n");
    }
    out.push_str("</tbody>\n</table>\n</div>\n");
    if folded {
        out.push_str("</details>\n");
    }
}

fn write_provenance(out: &mut String, section: &Section<'_>) {
    let _ = writeln!(
        out,
        "<section class=\"provenance\" aria-labelledby=\"{0}-provenance\">\n<h3 id=\"{0}-provenance\">Provenance</h3>\n<dl>",
        section.slug
    );
    for (name, value) in provenance::facts(section.run, &section.entries) {
        let _ = writeln!(out, "<div><dt>{}</dt><dd>{}</dd></div>", Escaped(name), Escaped(&value));
    }
    let _ = writeln!(
        out,
        "</dl>\n<details open><summary>Configuration as it was read</summary>\n<pre tabindex=\"0\">{}</pre></details>\n</section>",
        Escaped(&section.run.config.text)
    );
}
