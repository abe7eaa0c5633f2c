//! index.html.

use blindbench_reports::render;
use blindbench_results::bundle::Bundle;
use resvg::usvg::roxmltree::Document;

use crate::fixture::{CLEARTEXT, TFHE, bundle, crowd, row, small};
use crate::folder;

fn page(name: &str, bundles: &[Bundle]) -> String {
    std::fs::read_to_string(render(bundles, &folder(name)).unwrap().index).unwrap()
}

#[test]
fn a_first_run() {
    let page = page("page-small", &[small()]);
    // Style and script have files of their own; the snapshot is for what is made here.
    let (before, rest) = page.split_once("<style>").unwrap();
    let (_, body) = rest.split_once("</style>").unwrap();
    let (body, _) = body.split_once("<script>").unwrap();
    let head = before.split("sha256-").next().unwrap();
    insta::assert_snapshot!(format!("{head}{body}"));
}

#[test]
fn nothing_is_loaded_from_anywhere() {
    let page = page("page-closed", &[crowd()]);
    for way in ["http://", "https://", "src=", "@import", "url(", "<link", " style=\""] {
        let found = page.replace("http://www.w3.org/2000/svg", "");
        assert!(!found.contains(way), "the page holds '{way}'");
    }
    assert!(page.contains("default-src &#39;none&#39;") || page.contains("default-src 'none'"));
}

#[test]
fn hostile_names_stay_text() {
    let hostile = "<script>alert(1)</script>\"'&\u{1}\u{ffff}";
    let mut wrong = row(1, TFHE, hostile, 118_000, 953);
    wrong.server_learns = Some(hostile.to_owned());
    wrong.parameters = Some(hostile.to_owned());
    wrong.cpu = Some(hostile.to_owned());
    wrong.scheme_label = hostile.to_owned();
    let mut bundle = bundle(hostile, hostile, vec![row(0, CLEARTEXT, hostile, 38, 978), wrong]);
    bundle.run.config.text = hostile.to_owned();
    bundle.run.commit = Some(hostile.to_owned());
    let page = page("page-hostile", &[bundle]);
    assert_eq!(page.matches("<script>").count(), 1, "only the page's own script may stand");
    assert!(!page.contains("alert(1)</script>"));
}

#[test]
fn tables_and_figures_are_accessible() {
    let page = page("page-accessible", &[crowd(), small(), small()]);
    assert!(page.starts_with("<!doctype html>\n<html lang=\"en\">"));
    assert_eq!(page.matches("<table").count(), page.matches("<caption>").count());
    assert_eq!(page.matches("<th").count() - page.matches("<thead").count(), page.matches("<th scope=\"").count());
    assert_eq!(page.matches("<svg").count(), page.matches("<desc id=").count());
    assert_eq!(page.matches("<svg").count(), page.matches("<figcaption>").count());
    assert_unique(&page, " id=\"");
    assert_unique(&page, "role=\"region\" aria-label=\"");
}

fn assert_unique(page: &str, attribute: &str) {
    let mut values: Vec<&str> = page.split(attribute).skip(1).map(|rest| rest.split('"').next().unwrap()).collect();
    assert!(!values.is_empty());
    values.sort_unstable();
    for pair in values.windows(2) {
        assert_ne!(pair[0], pair[1], "{attribute} stands twice");
    }
}

#[test]
fn the_body_is_well_formed() {
    let page = page("page-well-formed", &[small(), crowd()]);
    let body = page.split_once("<main").unwrap().1.split_once("</main>").unwrap().0;
    let body = format!("<main{body}</main>").replace(" hidden>", ">").replace("<details open>", "<details>");
    Document::parse(&body).unwrap();
}

#[test]
fn provenance_is_complete() {
    let page = page("page-provenance", &[small()]);
    for fact in
        ["dirty", "benchmark-only keys", "rustc 1.95.0", "Example CPU 9000", "name: quickstart", "2026-01-31T12:00:00Z"]
    {
        assert!(page.contains(fact), "{fact}");
    }
    for hash in ["b1", "c0", "da"] {
        assert!(page.contains(&hash.repeat(32)), "hash {hash}…");
    }
}

#[test]
fn words_beside_the_figures_belong_to_their_experiment() {
    assert!(page("page-words", &[small()]).contains("price of computing blindly"));
    assert!(!page("page-no-words", &[crowd()]).contains("price of computing blindly"));
}
