//! The command line: every command is one file below, and ends in one of five exit codes.

mod arguments;
mod baseline;
mod exit;
mod list;
mod models;
mod report;
mod run;

use std::process::ExitCode;

use blindbench_schemes::Schemes;
use clap::Parser;

use self::arguments::{Arguments, Command};
use self::exit::{Exit, Failure};
use crate::config::command::check_config;
use crate::config::known::Known;
use crate::progress::to_stderr;
use crate::{dataset, models as catalogue};

/// Everything that an experiment of this program's may name.
const KNOWN: Known<'static> = Known { models: catalogue::CATALOGUE, datasets: &dataset::SIZES };

/// Does what the command line says.
pub fn main() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => {
            // Help and version are no errors; were the terminal gone, there would be nobody to tell.
            let _ = error.print();
            return if error.use_stderr() { Exit::Usage.into() } else { Exit::Done.into() };
        }
    };
    match run_command(arguments.command) {
        Ok(exit) => exit.into(),
        Err(Failure { exit, report }) => {
            to_stderr(&format!("{report:?}"));
            exit.into()
        }
    }
}

fn run_command(command: Command) -> Result<Exit, Failure> {
    match command {
        Command::Run(arguments) => run::run(&arguments),
        Command::RunCell(arguments) => run::run_cell(&arguments),
        Command::Report(arguments) => report::report(&arguments),
        Command::Baseline { run, folder } => baseline::baseline(&run, &folder),
        Command::CheckConfig { configs } => {
            check_config::<Schemes>(&configs, &KNOWN, &mut std::io::stdout().lock())?;
            Ok(Exit::Done)
        }
        Command::List { what } => list::list(what),
        Command::Schema => list::schema(),
        Command::Data { command } => {
            command.run()?;
            Ok(Exit::Done)
        }
        Command::Models { command } => models::models(&command),
        Command::Serve { threads, kernel } => serve(threads.get(), &kernel),
    }
}

fn serve(threads: usize, kernel: &str) -> Result<Exit, Failure> {
    let kernel = blindbench_kernels::dispatch::Kernel::parse(kernel)
        .ok_or_else(|| Failure::usage(miette::miette!("unknown kernel `{kernel}`")))?;
    crate::serve::run(threads, kernel)
        .map(|()| Exit::Done)
        .map_err(|reason| Failure::incomplete(miette::miette!("{reason}")))
}
