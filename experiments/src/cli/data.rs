//! `data`

use super::arguments::DataCommand;
use super::exit::{Exit, Failure};
use crate::dataset::files::MNIST;
use crate::dataset::folder::{self, State};
use crate::dataset::source::{Fallback, Source};
use crate::progress::Progress;

/// Fetches MNIST, or says what there is of it.
pub fn data(command: DataCommand) -> Result<Exit, Failure> {
    let progress = Progress::of_stderr();
    match command {
        DataCommand::Fetch { data, mirror } => {
            let mut source = Source::of_process(data.as_deref(), Fallback::Refuse);
            source.mirrors.splice(0..0, mirror);
            let folder = &source.place()?.folder;
            source.fetch(&progress).into_folder(folder, &MNIST.files())?;
            println!("MNIST lies in {}", folder.display());
            Ok(Exit::Done)
        }
        DataCommand::Status { data } => status(&Source::of_process(data.as_deref(), Fallback::Refuse)),
    }
}

/// One line a file; incomplete where one is missing or bad.
fn status(source: &Source) -> Result<Exit, Failure> {
    let place = source.place()?;
    println!("{} (by {})", place.folder.display(), place.named_by);
    let mut exit = Exit::Done;
    for file in MNIST.files() {
        match folder::inspect(file, &place.folder) {
            State::Good(path) => println!("  sound: {}", path.display()),
            State::Missing => {
                exit = Exit::Incomplete;
                println!("  missing: {}", file.name);
            }
            State::Bad(_, error) => {
                exit = Exit::Incomplete;
                println!("  bad: {error}");
            }
        }
    }
    Ok(exit)
}
