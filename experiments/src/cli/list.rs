//! `list` and `schema`.

use std::io::Write;
use std::path::Path;

use blindbench_schemes::Schemes;
use miette::{IntoDiagnostic, WrapErr};

use super::KNOWN;
use super::arguments::Listed;
use super::exit::{Exit, Failure};
use crate::listing;
use crate::models::CATALOGUE;

/// Where experiments are kept.
const CONFIGS: &str = "configs";

/// Prints what there is.
pub fn list(what: Listed) -> Result<Exit, Failure> {
    let rows = match what {
        Listed::Schemes => listing::schemes::<Schemes>(),
        Listed::Models => listing::models(CATALOGUE),
        Listed::Figures => listing::figures(),
        Listed::Experiments => listing::experiments(Path::new(CONFIGS))
            .into_diagnostic()
            .wrap_err(format!("cannot list the folder {CONFIGS}; run this where it lies"))
            .map_err(Failure::usage)?,
    };
    print(&listing::table(&rows))
}

/// Prints the schema of experiments.
pub fn schema() -> Result<Exit, Failure> {
    let schema = listing::schema::schema::<Schemes>(&KNOWN);
    print(&format!("{schema:#}\n"))
}

/// To stdout; a reader that has gone away has seen enough.
pub(super) fn print(text: &str) -> Result<Exit, Failure> {
    match std::io::stdout().write_all(text.as_bytes()) {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => {
            Err(Failure::incomplete(miette::miette!("cannot write to stdout: {error}")))
        }
        _ => Ok(Exit::Done),
    }
}
