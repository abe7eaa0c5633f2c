//! Shows how a training goes, and stops it when the user asks.

use std::ops::ControlFlow;
use std::time::Duration;

use super::session::Watch;
use crate::interrupt::Interrupt;
use crate::models::curve::Epoch;
use crate::progress::{Counter, Progress};

/// A bar over all steps of a training, and a line per epoch.
pub struct Shown<'a> {
    name: &'a str,
    progress: &'a Progress,
    interrupt: &'a Interrupt,
    counter: Option<Counter>,
    left: Option<Duration>,
}

impl<'a> Shown<'a> {
    /// Shows the training of the model called `name`.
    pub fn new(name: &'a str, progress: &'a Progress, interrupt: &'a Interrupt) -> Self {
        Shown { name, progress, interrupt, counter: None, left: None }
    }
}

impl Watch for Shown<'_> {
    fn step(&mut self, done: usize, of: usize) -> ControlFlow<()> {
        // Lines per tenth of an epoch would drown the lines per epoch.
        if let Progress::Bars(_) = self.progress {
            let label = || format!("{} {}", self.name, self.left.map_or(String::new(), left));
            let counter = self.counter.get_or_insert_with(|| self.progress.count(&label(), of as u64));
            counter.step();
            if done == of {
                counter.finish();
                self.counter = None;
            }
        }
        if self.interrupt.asked() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }

    fn epoch(&mut self, epoch: &Epoch, of: u32, took: Duration) {
        let remaining = took * of.saturating_sub(epoch.epoch);
        self.left = Some(remaining);
        self.progress.say(&format!(
            "{}: epoch {}/{of}, loss {:.4}, training accuracy {:.2} %, validation accuracy {:.2} %, {}",
            self.name,
            epoch.epoch,
            epoch.training_loss,
            100.0 * epoch.training_accuracy,
            100.0 * epoch.validation_accuracy,
            left(remaining)
        ));
    }
}

fn left(time: Duration) -> String {
    match time.as_secs() {
        seconds @ 0..60 => format!("{seconds} s left"),
        seconds => format!("{} min left", seconds.div_ceil(60)),
    }
}
