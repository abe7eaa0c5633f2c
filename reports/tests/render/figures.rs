//! Every figure of every made-up run: title, description, units, and texts that neither leave the page nor touch.

use std::path::Path;
use std::sync::LazyLock;

use blindbench_reports::{figures, render};
use blindbench_results::bundle::Bundle;
use resvg::usvg::roxmltree::Document;
use resvg::usvg::{Group, Node, Rect};

use crate::fixture::{CLEARTEXT, ELGAMAL, TFHE, bundle, crowd, failed, growing, leaking, row, small};
use crate::folder;

fn cases() -> Vec<(&'static str, Bundle)> {
    vec![
        ("small", small()),
        ("crowd", crowd()),
        ("growing", growing()),
        ("leaking", leaking()),
        ("one", bundle("one", "mnist", vec![row(0, TFHE, "tfhe-30", 118_000, 953)])),
        ("perfect", bundle("perfect", "mnist", vec![row(0, CLEARTEXT, "mlp-128-64", 38, 1000)])),
        ("equal", bundle("equal", "mnist", (0..6).map(|i| row(i, TFHE, &format!("tfhe-{i}"), 118_000, 953)).collect())),
        ("nothing", bundle("nothing", "mnist", vec![failed(0, TFHE, "tfhe-30", "crashed", "the server was killed")])),
        (
            "digits",
            bundle(
                "drawn digits",
                "digits",
                vec![row(0, TFHE, "digits-30", 99_000, 880), row(1, ELGAMAL, "q", 7, 400)],
            ),
        ),
        ("long", bundle(&"a very long name of an experiment ".repeat(6), "mnist", long())),
    ]
}

fn long() -> Vec<blindbench_results::summary::SummaryRow> {
    (0..12)
        .map(|i| {
            row(
                i,
                TFHE,
                &format!("a-model-{i}-whose-name-goes-on-and-on-and-on-and-on-and-on"),
                10u64.pow(i % 9) * 20,
                900 + i,
            )
        })
        .collect()
}

/// Name and SVG of every figure of every case: drawn once for all tests, which run side by side.
static DRAWN: LazyLock<Vec<(String, String)>> = LazyLock::new(|| cases().iter().flat_map(draw).collect());

fn draw((name, bundle): &(&str, Bundle)) -> Vec<(String, String)> {
    let written = render(std::slice::from_ref(bundle), &folder(&format!("cases-{name}"))).unwrap();
    let drawn = written.figures.iter().filter(|path| path.extension().is_some_and(|ext| ext == "svg"));
    drawn.map(|path| (format!("{name}/{}", file_name(path)), std::fs::read_to_string(path).unwrap())).collect()
}

/// Runs `check` on every figure's name and SVG.
fn each_figure(check: impl Fn(&str, &str)) {
    for (name, svg) in DRAWN.iter() {
        check(name, svg);
    }
}

fn file_name(path: &Path) -> String {
    path.file_name().unwrap().to_string_lossy().into_owned()
}

#[test]
fn every_figure_has_title_description_and_units() {
    each_figure(|name, svg| {
        let document = Document::parse(svg).unwrap();
        let root = document.root_element();
        let text_of =
            |tag: &str| root.children().find(|node| node.has_tag_name(tag)).and_then(|node| node.text()).unwrap_or("");
        let title = root.children().find(|node| node.has_tag_name(("http://www.w3.org/2000/svg", "title")));
        assert!(
            title.and_then(|node| node.text()).is_some_and(|text| !text.is_empty()),
            "{name}: no title {}",
            text_of("title")
        );
        let description = root.children().find(|node| node.has_tag_name(("http://www.w3.org/2000/svg", "desc")));
        let words = description.and_then(|node| node.text()).unwrap_or("");
        assert!(words.len() > 40, "{name}: no description");
        let ticks: Vec<&str> = document
            .descendants()
            .filter(|node| node.has_tag_name(("http://www.w3.org/2000/svg", "text")))
            .filter_map(|node| node.text())
            .map(str::trim)
            .collect();
        if name.starts_with("leaking") {
            let decibels = ["dB", "dB, 100 % exact"].iter().any(|unit| ticks.iter().any(|text| text.ends_with(unit)));
            assert!(decibels && words.contains("after 200 steps: rank 784 of 784, master key, "), "{name}: {words}");
        } else if !name.starts_with("nothing") {
            let unit = |text: &&&str| [" ns", " µs", " ms", " s"].iter().any(|unit| text.ends_with(unit));
            assert!(ticks.iter().filter(unit).count() >= 2, "{name}: no tick carries a unit: {ticks:?}");
            let schemes = ["tfhe", "cleartext", "ckks"];
            assert!(schemes.iter().any(|scheme| words.contains(scheme)), "{name}: {words}");
        }
    });
}

/// Boxes of all texts as resvg sets them in the embedded font.
fn text_boxes(group: &Group, out: &mut Vec<(String, Rect)>) {
    for node in group.children() {
        match node {
            Node::Group(group) => text_boxes(group, out),
            Node::Text(text) => {
                let words = text.chunks().iter().map(|chunk| chunk.text().to_owned()).collect();
                out.push((words, text.abs_bounding_box()));
            }
            Node::Path(_) | Node::Image(_) => {}
        }
    }
}

fn parse(svg: &str) -> resvg::usvg::Tree {
    let mut fonts = resvg::usvg::fontdb::Database::new();
    fonts.load_font_data(include_bytes!("../../fonts/DejaVuSans.subset.ttf").to_vec());
    fonts.load_font_data(include_bytes!("../../fonts/DejaVuSans-Bold.subset.ttf").to_vec());
    let options = resvg::usvg::Options { fontdb: std::sync::Arc::new(fonts), ..Default::default() };
    resvg::usvg::Tree::from_str(svg, &options).unwrap()
}

#[test]
fn texts_stay_on_the_page_and_apart() {
    each_figure(|name, svg| {
        let tree = parse(svg);
        let mut texts = Vec::new();
        text_boxes(tree.root(), &mut texts);
        assert!(texts.len() >= 2, "{name}: texts are missing");
        for (words, area) in &texts {
            let inside = area.left() >= 0.0
                && area.top() >= 0.0
                && area.right() <= tree.size().width()
                && area.bottom() <= tree.size().height();
            assert!(inside, "{name}: '{words}' leaves the page: {area:?}");
        }
        for (index, (words, area)) in texts.iter().enumerate() {
            for (other_words, other) in &texts[..index] {
                let apart = area.right() <= other.left()
                    || other.right() <= area.left()
                    || area.bottom() <= other.top()
                    || other.bottom() <= area.top();
                assert!(apart, "{name}: '{words}' {area:?} touches '{other_words}' {other:?}");
            }
        }
    });
}

#[test]
fn rows_below_128_bits_are_hatched_and_come_last() {
    let out = folder("figures-hatched");
    let written = render(&[crowd()], &out).unwrap();
    let svg = std::fs::read_to_string(&written.figures[0]).unwrap();
    assert!(svg.contains("#C4A08C"), "no hatching");
    let position = |label: &str| svg.find(&format!("\n{label}\n")).unwrap();
    assert!(
        position("elgamal / quadratic-40") > position("tfhe-exact / sign-64"),
        "an insecure row stands among ranked ones"
    );
    let secure = render(&[small()], &folder("figures-secure")).unwrap();
    assert!(!std::fs::read_to_string(&secure.figures[0]).unwrap().contains("#C4A08C"), "hatching without a reason");
}

/// Figures that any run of inference has; growth needs rows that differ in one measure alone.
fn of_any_run() -> Vec<&'static str> {
    let of_some = ["scaling", "leakage", "reconstructions"];
    figures().iter().map(|figure| figure.name).filter(|name| !of_some.contains(name)).collect()
}

#[test]
fn every_listed_figure_is_written_as_svg_and_png() {
    let names = |bundle, name| -> Vec<String> {
        let written = render(&[bundle], &folder(name)).unwrap();
        for path in &written.figures {
            let bytes = std::fs::read(path).unwrap();
            let png = path.extension().is_some_and(|ext| ext == "png");
            assert_eq!(png, bytes.starts_with(b"\x89PNG"), "{}", path.display());
        }
        written.figures.iter().map(|path| file_name(path)).collect()
    };
    let files = |names: Vec<&str>| -> Vec<String> {
        names.iter().flat_map(|name| ["svg", "png"].map(|ext| format!("{name}.{ext}"))).collect()
    };
    assert_eq!(names(small(), "figures-listed"), files(of_any_run()));
    // Without accuracy there is nothing to weigh it against.
    assert_eq!(names(growing(), "figures-growing"), files(vec!["latency", "stages", "scaling"]));
    // Where keys are attacked, nothing is timed.
    assert_eq!(names(leaking(), "figures-leaking"), files(vec!["leakage", "reconstructions"]));
}

#[test]
fn exponents_stand_in_the_figure_of_growth() {
    let written = render(&[growing()], &folder("figures-exponents")).unwrap();
    let svg = written.figures.iter().find(|path| path.ends_with("scaling.svg")).unwrap();
    let svg = std::fs::read_to_string(svg).unwrap();
    for line in [
        "width: ckks, depth 1, 1 image: exponent 1 (1 to 1), predicted 1",
        "depth: ckks, width 16, 1 image: exponent 2 (2 to 2), predicted 2",
        "batch: ckks, width 16, depth 1: exponent 0 (0 to 0), predicted 0",
    ] {
        assert!(svg.contains(line), "{line}");
    }
    let bent = svg.lines().find(|line| line.starts_with("width: bfv, depth 1, 1 image: exponent 1.")).unwrap();
    assert!(bent.ends_with("predicted 1"), "{bent}");
}

#[test]
fn images_are_drawn_without_being_loaded() {
    let written = render(&[leaking()], &folder("figures-images")).unwrap();
    let svg = written.figures.iter().find(|path| path.ends_with("reconstructions.svg")).unwrap();
    let svg = std::fs::read_to_string(svg).unwrap();
    // The real image of both entries once, and two images for each of four steps.
    assert_eq!(svg.matches("shape-rendering").count(), 1 + 2 * 4);
    assert!(!svg.contains("<image") && !svg.contains("data:"));
}

#[test]
fn several_runs_write_files_of_their_own() {
    let written = render(&[small(), crowd(), small()], &folder("figures-several")).unwrap();
    let mut names: Vec<String> = written.figures.iter().map(|path| file_name(path)).collect();
    assert_eq!(names.len(), 3 * of_any_run().len() * 2);
    names.sort();
    names.dedup();
    assert_eq!(names.len(), 3 * of_any_run().len() * 2, "{names:?}");
}
