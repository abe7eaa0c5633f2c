//! Bakes into the binary what it was built from: commit, dirty flag and compiler.
//!
//! Without git (a source archive) the commit is `unknown`; the build goes on.

use std::path::Path;
use std::process::Command;

fn main() {
    // The dirty flag follows every source that ends up in the binary.
    for watched in ["build.rs", "src", "../schemes", "../results/src", "../reports/src", "../Cargo.lock"] {
        println!("cargo:rerun-if-changed={watched}");
    }
    // Changes with every commit and checkout. A path that is not there would make every build run this script.
    if let Some(log) = output("git", &["rev-parse", "--git-path", "logs/HEAD"]).filter(|log| Path::new(log).exists()) {
        println!("cargo:rerun-if-changed={log}");
    }
    let commit = output("git", &["rev-parse", "HEAD"]).unwrap_or_else(|| "unknown".into());
    let dirty =
        output("git", &["status", "--porcelain", "--untracked-files=no"]).is_some_and(|changes| !changes.is_empty());
    let compiler = std::env::var("RUSTC").ok().and_then(|rustc| output(&rustc, &["--version"]));
    println!("cargo:rustc-env=BLINDBENCH_COMMIT={commit}");
    println!("cargo:rustc-env=BLINDBENCH_DIRTY={dirty}");
    println!("cargo:rustc-env=BLINDBENCH_RUSTC={}", compiler.unwrap_or_else(|| "unknown".into()));
    println!("cargo:rustc-env=BLINDBENCH_TARGET={}", std::env::var("TARGET").unwrap_or_else(|_| "unknown".into()));
}

/// What a program prints, where there is such a program and it succeeds.
fn output(program: &str, arguments: &[&str]) -> Option<String> {
    let output = Command::new(program).args(arguments).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    output.status.success().then(|| text.trim().to_owned())
}
