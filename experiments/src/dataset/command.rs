//! `blindbench data`: fetches MNIST and says what is there.

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::PathBuf;

use super::error::{Error, Result};
use super::files::Expected;
use super::folder::{State, inspect};
use super::source::{DATA_VARIABLE, Fallback, NamedBy, Place, Source};
use crate::progress::Progress;

/// `blindbench data …`
#[derive(Debug, clap::Subcommand)]
pub enum Data {
    /// Download what is missing of MNIST, checked by SHA-256, into the folder that `run` would read
    Fetch(FetchArgs),
    /// Show which MNIST files are there, whether they are sound, and which source `run` would use
    Status(StatusArgs),
}

/// Arguments of `data fetch`.
#[derive(Debug, clap::Args)]
pub struct FetchArgs {
    /// Folder to fill instead of $BLINDBENCH_DATA or the cache folder
    #[arg(long, value_name = "DIR")]
    pub data: Option<PathBuf>,
    /// Address of a folder with the four .gz files, tried before the next one; replaces the usual mirrors
    #[arg(long = "mirror", value_name = "URL")]
    pub mirrors: Vec<String>,
}

/// Arguments of `data status`.
#[derive(Debug, clap::Args)]
pub struct StatusArgs {
    /// Folder that comes before $BLINDBENCH_DATA and the cache folder
    #[arg(long, value_name = "DIR")]
    pub data: Option<PathBuf>,
}

impl Data {
    /// Does what was asked for.
    ///
    /// # Errors
    /// As [`fetch`] and [`status`].
    pub fn run(&self) -> Result<()> {
        match self {
            Data::Fetch(args) => fetch(args),
            Data::Status(args) => status(args),
        }
    }
}

/// Downloads what is missing or bad, and says what is there then.
///
/// # Errors
/// What the mirrors answered, or why the folder cannot be written.
pub fn fetch(args: &FetchArgs) -> Result<()> {
    let mut source = Source::of_process(args.data.as_deref(), Fallback::Refuse);
    if !args.mirrors.is_empty() {
        source.mirrors.clone_from(&args.mirrors);
    }
    let folder = &source.place()?.folder;
    source.fetch(&Progress::of_stderr()).into_folder(folder, &source.edition.files())?;
    print(&format!("MNIST is in {}\n", folder.display()))
}

/// Prints which files are there and which source `run` would use.
///
/// # Errors
/// Where nothing can be printed.
pub fn status(args: &StatusArgs) -> Result<()> {
    print(&overview(&Source::of_process(args.data.as_deref(), Fallback::Refuse)))
}

fn print(text: &str) -> Result<()> {
    std::io::stdout().write_all(text.as_bytes()).map_err(Error::write("standard output"))
}

/// The state of every place, and the one that counts.
fn overview(source: &Source) -> String {
    let mut text = String::new();
    let mut verdict = None;
    for place in &source.places {
        let states = source.edition.files().map(|file| (file, inspect(file, &place.folder)));
        // Writing to a string cannot fail.
        let _ = writeln!(text, "{} ({})", place.folder.display(), place.named_by);
        for (file, state) in &states {
            let _ = writeln!(text, "  {}", line(file, state));
        }
        verdict.get_or_insert_with(|| conclusion(source, place, &states.map(|(_, state)| state)));
    }
    let verdict = verdict.unwrap_or_else(|| format!("`run` would stop: {}", Error::Homeless));
    let _ = writeln!(text, "{verdict}");
    text
}

/// One file: its state, name, size on disk, and what is wrong with it.
fn line(file: &Expected, state: &State) -> String {
    let size = |path: &PathBuf| match std::fs::metadata(path) {
        Ok(metadata) => format!("{} bytes", metadata.len()),
        Err(error) => error.to_string(),
    };
    let name = |path: &PathBuf| path.file_name().unwrap_or_default().display().to_string();
    match state {
        State::Missing => format!("missing  {}", file.name),
        State::Good(path) => format!("ok       {}, {}, SHA-256 as published", name(path), size(path)),
        State::Bad(path, error) => format!("bad      {}, {}: {error}", name(path), size(path)),
    }
}

/// What `run` would do with the place that counts.
fn conclusion(source: &Source, place: &Place, states: &[State]) -> String {
    let folder = place.folder.display();
    if states.iter().all(|state| matches!(state, State::Good(_))) {
        return format!("`run` would read {folder}");
    }
    match place.named_by {
        NamedBy::Cache => format!(
            "`run` would download what it needs into {folder} from {}; \
             set ${DATA_VARIABLE} or --data to read a folder of your own",
            source.mirrors.join(" or ")
        ),
        named_by @ (NamedBy::Option | NamedBy::Environment) => format!(
            "`run` would read {folder}, because {named_by} names it, and stop where it needs a file that is missing or bad; \
             fill the folder: `blindbench data fetch --data {folder}`"
        ),
    }
}
