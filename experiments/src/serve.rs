//! The child process: plays the server role over stdin and stdout, shut off from the file system.

use std::sync::Arc;

use blindbench_core::adapter::Environment;
use blindbench_core::protocol::serve::serve;
use blindbench_core::scheme::Resources;
use blindbench_kernels::dispatch::Kernel;
use blindbench_schemes::Schemes;
use blindbench_schemes::registry::Registry;
use landlock::{ABI, Access, AccessFs, AccessNet, LandlockStatus, Ruleset, RulesetAttr, RulesetStatus};
use rustix::process::{Signal, set_parent_process_death_signal};

use crate::measure::SystemClock;

/// The newest rules that are asked for; an older kernel enforces those that it knows.
const RULES: ABI = ABI::V5;

/// Serves until stdin ends.
///
/// # Errors
/// In words, where the process cannot be shut off although the kernel could, or a stream breaks.
pub fn run(threads: usize, kernel: Kernel) -> Result<(), String> {
    prefix_panics();
    // A harness that is killed leaves no server behind. Where the kernel refuses, stdin's end does it later.
    let _ = set_parent_process_death_signal(Some(Signal::KILL));
    let _ = shut_off()?;
    // After the rules: threads inherit those of the thread that starts them.
    rayon::ThreadPoolBuilder::new()
        .num_threads(threads)
        .build_global()
        .map_err(|error| format!("cannot start {threads} threads: {error}"))?;
    let environment = Environment { resources: Resources { threads, kernel }, clock: Arc::new(SystemClock::default()) };
    serve(Schemes::open, &environment, std::io::stdin().lock(), std::io::stdout().lock())
        .map_err(|error| format!("the connection to the harness broke: {error}"))
}

/// What shuts a child off on this machine: `landlock, ABI 5`, or why nothing does.
///
/// Found out by a thread that shuts itself off and ends, since the rules hold for the thread that
/// asks for them. A child whose kernel has Landlock and that still cannot be shut off refuses to serve.
pub fn confinement() -> String {
    match std::thread::spawn(shut_off).join() {
        Ok(Ok(Some(abi))) => format!("landlock, ABI {abi}"),
        Ok(Ok(None)) => "none: this kernel has no Landlock".into(),
        Ok(Err(reason)) => format!("none: {reason}"),
        Err(_) => "none: the attempt panicked".into(),
    }
}

/// Gives up every access of this thread, and those it starts, to files and the network; the version
/// of the rules, or none where the kernel has no Landlock.
fn shut_off() -> Result<Option<i32>, String> {
    let status = Ruleset::default()
        .handle_access(AccessFs::from_all(RULES))
        .and_then(|rules| rules.handle_access(AccessNet::from_all(RULES)))
        .and_then(|rules| rules.create())
        .and_then(|rules| rules.restrict_self())
        .map_err(|error| format!("cannot enforce Landlock rules: {error}"))?;
    match (status.landlock, status.ruleset) {
        (LandlockStatus::Available { .. }, RulesetStatus::NotEnforced) => {
            Err("the kernel has Landlock, but did not enforce its rules".into())
        }
        (LandlockStatus::Available { effective_abi, .. }, _) => Ok(Some(effective_abi as i32)),
        (LandlockStatus::NotEnabled | LandlockStatus::NotImplemented, _) => Ok(None),
    }
}

/// Says on stderr which process a panic comes from.
fn prefix_panics() {
    let report = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        eprint!("[server process {}] ", std::process::id());
        report(panic);
    }));
}

#[cfg(test)]
mod tests {
    use super::{confinement, shut_off};

    #[test]
    fn a_thread_that_is_shut_off_reads_no_file_and_others_still_do() {
        let file = concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml");
        let alone = std::thread::spawn(move || (shut_off(), std::fs::read(file).is_ok())).join();
        assert!(std::fs::read(file).is_ok());
        match alone {
            Ok((Ok(Some(_)), readable)) => assert!(!readable && confinement().starts_with("landlock")),
            Ok((Ok(None), readable)) => assert!(readable && confinement().starts_with("none")),
            other => assert!(matches!(other, Ok((Ok(_), _))), "{other:?}"),
        }
    }
}
