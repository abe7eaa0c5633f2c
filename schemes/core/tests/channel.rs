//! Programs that die, hang, lie or never read: each gives its own error, none blocks.
#![allow(clippy::unwrap_used, reason = "a failing test may panic")]
#![cfg(unix)]

use std::time::{Duration, Instant};

use blindbench_core::error::Error;
use blindbench_core::protocol::Op;
use blindbench_core::protocol::channel::{Channel, Program};

fn program(script: &str) -> Program {
    let path = std::env::var("PATH").unwrap_or_default();
    Program {
        command: ["sh", "-c", script].map(String::from).to_vec(),
        environment: vec![("PATH".into(), path)],
        time_limit: Duration::from_millis(400),
    }
}

fn greeting_fails(script: &str, expected: &str) {
    let start = Instant::now();
    let error = Channel::spawn(&program(script), "server").unwrap_err();
    assert!(matches!(error, Error::Process { .. } | Error::TimedOut { .. }), "{error}");
    assert!(error.to_string().contains(expected), "`{error}` does not say `{expected}`");
    assert!(start.elapsed() < Duration::from_secs(5));
}

#[test]
fn a_program_that_cannot_be_started() {
    let missing = Program { command: vec!["/no/such/program".into()], ..program("") };
    let error = Channel::spawn(&missing, "server").unwrap_err().to_string();
    assert!(error.contains("cannot be started"), "{error}");
}

#[test]
fn a_program_that_dies() {
    greeting_fails("exit 3", "exit status: 3");
}

#[test]
fn a_program_that_hangs() {
    greeting_fails("exec sleep 60", "gave no answer to Hello within 400ms and was stopped");
}

#[test]
fn a_program_that_hangs_behind_a_wrapper() {
    greeting_fails("sleep 60; true", "gave no answer to Hello within 400ms and was stopped");
}

#[test]
fn a_program_that_echoes() {
    greeting_fails("exec cat", "op 0x01");
}

#[test]
fn a_program_that_floods() {
    greeting_fails("exec yes", "malformed answer");
}

/// A greeting as the protocol has it: frame 1, op OK, two parts.
const GREETING: &str = r"printf '\001\000\000\000\200\002\000\000\000\004\000\000\000\000\000\000\000\001\000\000\000\001\000\000\000\000\000\000\000x'";

#[test]
fn a_program_that_never_reads_is_stopped_while_the_call_still_writes() {
    let channel = Channel::spawn(&program(&format!("{GREETING}; exec sleep 60")), "server").unwrap();
    let large = vec![0; 1 << 24];
    let error = channel.call::<1>(Op::Load, &[&large]).unwrap_err().to_string();
    assert!(error.contains("gave no answer to Load"), "{error}");
    let again = channel.call::<1>(Op::Load, &[b"x"]).unwrap_err().to_string();
    assert_eq!(again, error);
}

#[test]
fn a_program_that_answers_too_little() {
    let answer = r"printf '\002\000\000\000\200\000\000\000\000'";
    let channel = Channel::spawn(&program(&format!("{GREETING}; {answer}; exec sleep 60")), "server").unwrap();
    let error = channel.call::<2>(Op::Evaluate, &[b"x"]).unwrap_err().to_string();
    assert!(error.contains("answered Evaluate with 0 parts, the protocol has 2"), "{error}");
}
