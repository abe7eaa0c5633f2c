//! Ctrl-C: the first one lets the sample in flight finish and be written, the second one ends the
//! process at once. A file that may grow no more is no reason to end: its write is refused, as on a
//! full disk.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use signal_hook::consts::{SIGINT, SIGTERM, SIGXFSZ};
use signal_hook::flag;

/// Set once the user has asked to stop.
#[derive(Debug, Clone, Default)]
pub struct Interrupt(Arc<AtomicBool>);

impl Interrupt {
    /// Takes SIGINT, SIGTERM and SIGXFSZ over for this process.
    ///
    /// # Errors
    /// Where the system refuses the handler.
    pub fn install() -> std::io::Result<Self> {
        let asked = Arc::new(AtomicBool::new(false));
        for signal in [SIGINT, SIGTERM] {
            // Handlers run in the order of registration: the default action only applies once the
            // flag is set, so only from the second signal on.
            flag::register_conditional_default(signal, asked.clone())?;
            flag::register(signal, asked.clone())?;
        }
        // Sent along with the error of a write beyond `ulimit -f`, which says it all.
        flag::register(SIGXFSZ, Arc::default())?;
        Ok(Interrupt(asked))
    }

    /// Whether the user has asked to stop.
    pub fn asked(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }

    /// Asks to stop, as a signal would.
    pub fn ask(&self) {
        self.0.store(true, Ordering::Relaxed);
    }
}
