//! What a running experiment says: bars with the time left where stderr is a terminal, plain lines
//! elsewhere.

use std::io::{IsTerminal, Write};
use std::sync::Mutex;
use std::sync::PoisonError;

use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};

/// Where progress is shown.
#[derive(Debug)]
pub enum Progress {
    /// Bars that are redrawn.
    Bars(MultiProgress),
    /// One line per step.
    Lines,
    /// Nothing: for tests.
    Silent,
}

impl Progress {
    /// Bars on a terminal, lines elsewhere.
    pub fn of_stderr() -> Self {
        match std::io::stderr().is_terminal() {
            true => Progress::Bars(MultiProgress::with_draw_target(ProgressDrawTarget::stderr())),
            false => Progress::Lines,
        }
    }

    /// Says one line, above the bars where there are any.
    pub fn say(&self, line: &str) {
        match self {
            Progress::Bars(bars) => drop(bars.println(line)),
            Progress::Lines => to_stderr(line),
            Progress::Silent => {}
        }
    }

    /// Says something that must not be overlooked.
    pub fn banner(&self, lines: &[String]) {
        let width = lines.iter().map(|line| line.chars().count()).max().unwrap_or(0);
        let rule = "!".repeat(width + 6);
        self.say(&rule);
        for line in lines {
            self.say(&format!("!! {line:width$} !!"));
        }
        self.say(&rule);
    }

    /// Starts to count `steps` of what `label` names.
    pub fn count(&self, label: &str, steps: u64) -> Counter {
        let label = label.to_owned();
        match self {
            Progress::Bars(bars) => Counter::Bar(bars.add(bar(label, steps))),
            Progress::Lines => Counter::Lines(Mutex::new(Quarters { label, steps, done: 0, said: 0 })),
            Progress::Silent => Counter::Silent,
        }
    }
}

/// A log of stderr that lies on a full disk must not end what is measured.
pub(crate) fn to_stderr(line: &str) {
    let _ = writeln!(std::io::stderr(), "{line}");
}

fn bar(label: String, steps: u64) -> ProgressBar {
    let style = ProgressStyle::with_template("{msg:36!} {bar:24} {pos}/{len} {elapsed} (left {eta})");
    let bar = ProgressBar::new(steps).with_message(label);
    // The template is fixed; were it refused, the default style would do. No steady tick: a thread
    // that wakes up would disturb what is measured.
    match style {
        Ok(style) => bar.with_style(style),
        Err(_) => bar,
    }
}

/// Steps of one piece of work.
#[derive(Debug)]
pub enum Counter {
    /// A bar.
    Bar(ProgressBar),
    /// A line per quarter.
    Lines(Mutex<Quarters>),
    /// Nothing.
    Silent,
}

/// Which quarter was said last.
#[derive(Debug)]
pub struct Quarters {
    label: String,
    steps: u64,
    done: u64,
    said: u64,
}

impl Quarters {
    /// The line for one more step, where it completes another quarter.
    fn step(&mut self) -> Option<String> {
        self.done += 1;
        // Work that turns out longer than announced counts on.
        self.steps = self.steps.max(self.done);
        let quarter = self.done * 4 / self.steps;
        (quarter > self.said).then(|| {
            self.said = quarter;
            format!("{}: {}/{} ({} %)", self.label, self.done, self.steps, quarter * 25)
        })
    }
}

impl Counter {
    /// Announces how many steps there will be.
    pub fn expect(&self, steps: u64) {
        match self {
            Counter::Bar(bar) => bar.set_length(steps),
            Counter::Lines(quarters) => quarters.lock().unwrap_or_else(PoisonError::into_inner).steps = steps,
            Counter::Silent => {}
        }
    }

    /// One more step is done.
    pub fn step(&self) {
        match self {
            Counter::Bar(bar) => {
                if bar.length().is_some_and(|length| bar.position() >= length) {
                    bar.inc_length(1);
                }
                bar.inc(1);
            }
            Counter::Lines(quarters) => {
                let line = quarters.lock().unwrap_or_else(PoisonError::into_inner).step();
                if let Some(line) = line {
                    to_stderr(&line);
                }
            }
            Counter::Silent => {}
        }
    }

    /// The work is over.
    pub fn finish(&self) {
        if let Counter::Bar(bar) = self {
            bar.finish();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Quarters;

    #[test]
    fn lines_come_at_every_quarter_and_survive_more_steps_than_announced() {
        let mut quarters = Quarters { label: "a".into(), steps: 20, done: 0, said: 0 };
        let lines: Vec<String> = (0..20).filter_map(|_| quarters.step()).collect();
        assert_eq!(lines, ["a: 5/20 (25 %)", "a: 10/20 (50 %)", "a: 15/20 (75 %)", "a: 20/20 (100 %)"]);
        assert_eq!(quarters.step(), None);
        assert_eq!((quarters.done, quarters.steps), (21, 21));
    }
}
