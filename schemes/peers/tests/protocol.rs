//! The protocol in prose says what the code does: ops, limits and the examples of JSON.
#![allow(clippy::unwrap_used, reason = "a failing test may panic")]

use blindbench_core::adapter::Description;
use blindbench_core::network::architecture::Architecture;
use blindbench_core::primitives::OfferDescription;
use blindbench_core::probe::Trace;
use blindbench_core::protocol::frame::{MAX_PART, MAX_PARTS};
use blindbench_core::protocol::{FAILED, OK, Op, PROTOCOL_VERSION};
use blindbench_core::wire::Encode;

const PROSE: &str = include_str!("../PROTOCOL.md");

/// `ServerKey` as `SERVER_KEY`.
fn shouted(op: Op) -> String {
    let mut name = String::new();
    for letter in format!("{op:?}").chars() {
        if letter.is_uppercase() && !name.is_empty() {
            name.push('_');
        }
        name.push(letter.to_ascii_uppercase());
    }
    name
}

fn examples() -> Vec<&'static str> {
    PROSE.split("```json\n").skip(1).filter_map(|rest| rest.split("```").next()).collect()
}

#[test]
fn prose_lists_every_op_by_its_number() {
    let ops: Vec<Op> = (0..=u8::MAX).filter_map(Op::of).collect();
    assert!(!ops.is_empty());
    for op in ops {
        let row = format!("| {} | {} |", op as u8, shouted(op));
        assert!(PROSE.contains(&row), "no row {row}");
    }
}

#[test]
fn prose_states_version_limits_and_outcomes() {
    assert!(PROSE.starts_with(&format!("# The wire protocol, version {PROTOCOL_VERSION}\n")));
    assert!(PROSE.contains(&format!("number of parts, at most {MAX_PARTS} |")));
    assert_eq!(MAX_PART, 1 << 36);
    assert!(PROSE.contains("at most 2^36"));
    assert!(PROSE.contains(&format!("`{OK:#04x}` (done) or `{FAILED:#04x}` (failed)")));
    assert!(PROSE.contains(&String::from_utf8(Trace::TAG.to_vec()).unwrap()));
}

#[test]
fn examples_are_what_the_harness_reads() {
    let [architecture, description, offer]: [&str; 3] = examples().try_into().unwrap();
    let network: Architecture = serde_json::from_str(architecture).unwrap();
    network.shapes().unwrap();
    let whole = description.replace(r#"{"...": "as above"}"#, architecture);
    let description: Description = serde_json::from_str(&whole).unwrap();
    assert_eq!(description.lowered.architecture, network);
    let offer: OfferDescription = serde_json::from_str(offer).unwrap();
    assert_eq!((offer.error_bound, offer.claimed), (0.0, false));
}
