//! `models`

use super::exit::{Exit, Failure};
use crate::interrupt::Interrupt;
use crate::models::CATALOGUE;
use crate::models::command::{self, ModelsCommand};
use crate::progress::Progress;
use crate::run::error::RunError;

/// Trains or measures models, or prints a card; what is interrupted is incomplete.
pub fn models(command: &ModelsCommand) -> Result<Exit, Failure> {
    let refuse = |source| Failure::usage(RunError::System { action: "listen for Ctrl-C", source });
    let interrupt = Interrupt::install().map_err(refuse)?;
    let done = command::run(command, CATALOGUE, &Progress::of_stderr(), &interrupt, &mut std::io::stdout().lock());
    match done {
        Ok(()) => Ok(Exit::Done),
        Err(error) if interrupt.asked() => Err(Failure::incomplete(error)),
        Err(error) => Err(Failure::usage(error)),
    }
}
