//! Groups, samples and records under a clock that is made up: no time passes, so every number is known.

#![allow(clippy::unwrap_used, reason = "a test may fail")]

#[path = "support/clockwork.rs"]
mod clockwork;

use blindbench::interrupt::Interrupt;
use blindbench_results::cell::Status;
use blindbench_results::derive::derive;
use blindbench_results::sample::Line;
use clockwork::{Bench, DECRYPT, ENCRYPT, EVALUATE, KEYGEN, SETUP, Twist};

#[test]
fn every_stage_is_recorded_with_the_time_that_it_took() {
    let bench = Bench::new(4, &[Twist::None]);
    assert_eq!(bench.run(&Interrupt::default()), [Status::Ok]);
    let row = derive(&bench.folder).unwrap().summary.remove(0);
    assert_eq!((row.keygen_ns, row.setup_ns), (Some(KEYGEN), Some(SETUP)));
    assert_eq!((row.encrypt_ns, row.evaluate_ns, row.decrypt_ns), (Some(ENCRYPT), Some(EVALUATE), Some(DECRYPT)));
    let latency = ENCRYPT + EVALUATE + DECRYPT;
    assert_eq!(
        (row.latency_ns, row.latency_ns_ci_low, row.latency_ns_ci_high),
        (Some(latency), Some(latency), Some(latency))
    );
    assert_eq!((row.accuracy, row.agreement_lowered, row.max_logit_error), (Some(1.0), Some(1.0), Some(0.0)));
    assert_eq!((row.images, row.queries), (4, 4));
}

#[test]
fn steady_times_stop_after_the_repeats_that_were_asked_for() {
    let bench = Bench::new(4, &[Twist::None]);
    bench.run(&Interrupt::default());
    // Four queries, three repeats: twelve samples that do not differ are tight.
    assert_eq!(derive(&bench.folder).unwrap().summary[0].samples, 12);
}

#[test]
fn cells_of_a_group_take_turns() {
    let bench = Bench::new(3, &[Twist::None, Twist::None]);
    assert_eq!(bench.run(&Interrupt::default()), [Status::Ok, Status::Ok]);
    let asked = bench.asked();
    // One warm-up each, then sample by sample.
    assert!(asked.len() >= 14, "{asked:?}");
    assert!(asked.windows(2).all(|pair| pair[0] != pair[1]), "{asked:?}");
}

#[test]
fn a_wrong_answer_ends_its_cell_before_its_time_is_kept() {
    let bench = Bench::new(4, &[Twist::WrongFromQuery(3), Twist::None]);
    let mut statuses = bench.run(&Interrupt::default());
    statuses.sort_by_key(|status| status.name());
    assert_eq!(statuses, [Status::FailedTwin, Status::Ok]);
    let record = bench.folder.records().unwrap().remove(0);
    let queries = record.lines.iter().filter(|line| matches!(line, Line::Query(_))).count();
    // The warm-up was right, and so were two measured queries.
    assert_eq!(queries, 2);
    let reason = record.seal.unwrap().reason.unwrap();
    assert!(reason.contains("1 of 4 answers differ"), "{reason}");
}

#[test]
fn a_scheme_that_cannot_do_it_is_recorded_with_its_reason() {
    let bench = Bench::new(4, &[Twist::Refuses, Twist::None]);
    assert_eq!(bench.run(&Interrupt::default()), [Status::Unsupported, Status::Ok]);
    let rows = derive(&bench.folder).unwrap().summary;
    assert_eq!(rows[0].reason.as_deref(), Some("depth 9 is too deep"));
    assert_eq!(rows[0].samples, 0);
}

#[test]
fn an_interrupted_group_is_left_unsealed_and_goes_on() {
    let bench = Bench::new(4, &[Twist::None]);
    let interrupt = Interrupt::default();
    interrupt.ask();
    assert_eq!(bench.run(&interrupt), [Status::Interrupted]);
    assert_eq!(bench.run(&Interrupt::default()), [Status::Ok]);
    assert_eq!(bench.run(&Interrupt::default()), [Status::Ok]);
    assert_eq!(derive(&bench.folder).unwrap().summary[0].samples, 12);
}
