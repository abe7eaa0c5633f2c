//! Every answer is held against the lowered twin before its time is kept.

use blindbench_core::error::Error;
use blindbench_core::network::architecture::Architecture;
use blindbench_core::network::images::Images;
use blindbench_core::network::logits::Logits;
use blindbench_core::network::lowered::{Evaluator, Lowered};
use blindbench_core::network::weights::Weights;
use blindbench_core::scheme::Promise;
use blindbench_results::cell::Status;

use crate::kinds::Failure;

/// More broken promises than this probability explains are no chance.
const CHANCE: f64 = 1e-6;

/// Twin, network and promise of a cell, and how its answers have kept the promise so far.
#[derive(Debug)]
pub struct Judge {
    twin: Evaluator,
    /// None where the twin is the network as its file states it.
    model: Option<Evaluator>,
    promise: Promise,
    exact: bool,
    images: u64,
    wrong: u64,
}

/// What is found out about one answer.
#[derive(Debug, Clone, PartialEq)]
pub struct Verdict {
    /// Labels of the lowered twin.
    pub lowered_predictions: Vec<u8>,
    /// Labels of the network as its file states it.
    pub model_predictions: Vec<u8>,
    /// Largest difference of a score from the twin's.
    pub max_logit_error: f64,
    /// Images with a score outside the promise.
    pub wrong: u64,
}

impl Judge {
    /// Prepares twin and network.
    ///
    /// # Errors
    /// Where the weights do not fit one of them.
    pub fn new(
        lowered: &Lowered,
        architecture: &Architecture,
        weights: &Weights,
        promise: Promise,
        exact: bool,
    ) -> Result<Self, Error> {
        let model = Lowered::model(architecture);
        Ok(Judge {
            twin: lowered.evaluator(weights)?,
            model: (model != *lowered).then(|| model.evaluator(weights)).transpose()?,
            promise,
            exact,
            images: 0,
            wrong: 0,
        })
    }

    /// Compares the scores for `images` with the twin's.
    ///
    /// # Errors
    /// Where the twin itself cannot be evaluated, or the answer holds another number of scores.
    pub fn compare(&self, images: &Images, logits: &Logits) -> Result<Verdict, Failure> {
        let twin = self.twin.logits(images)?;
        let errors = logits
            .errors(&twin)
            .map_err(|error| Failure::new(Status::FailedTwin, format!("the answer is no answer: {error}")))?;
        let lowered_predictions = twin.labels();
        let model_predictions = match &self.model {
            Some(model) => model.logits(images)?.labels(),
            None => lowered_predictions.clone(),
        };
        // Written so that an error that is not a number counts as one.
        let kept = |error: f64| if self.exact { error == 0.0 } else { error <= self.promise.logit_error };
        Ok(Verdict {
            lowered_predictions,
            model_predictions,
            max_logit_error: largest(&errors),
            wrong: errors.iter().filter(|error| !kept(**error)).count() as u64,
        })
    }

    /// Takes note of a verdict over `images` images, of this process or an interrupted one.
    ///
    /// # Errors
    /// [`Status::FailedTwin`] once more answers have broken the promise than its probability explains.
    pub fn note(&mut self, images: u64, wrong: u64) -> Result<(), Failure> {
        self.images += images;
        self.wrong += wrong;
        if self.is_explained_by_chance() {
            return Ok(());
        }
        let promised = match (self.exact, self.promise.failure_log2) {
            (true, None) => "scores equal to the lowered twin's".to_owned(),
            (true, Some(log2)) => format!("scores equal to the lowered twin's but for one image in 2^{:.0}", -log2),
            (false, None) => format!("errors of at most {}", self.promise.logit_error),
            (false, Some(log2)) => {
                format!("errors of at most {} but for one image in 2^{:.1}", self.promise.logit_error, -log2)
            }
        };
        let reason = format!(
            "{} of {} answers differ from the lowered twin; the scheme promises {promised}",
            self.wrong, self.images
        );
        Err(Failure::new(Status::FailedTwin, reason))
    }

    fn is_explained_by_chance(&self) -> bool {
        match self.promise.failure_log2 {
            _ if self.wrong == 0 => true,
            None => false,
            Some(log2) => poisson_tail(self.images as f64 * log2.exp2(), self.wrong) >= CHANCE,
        }
    }
}

/// The largest error; one that is not a number is infinitely large.
fn largest(errors: &[f64]) -> f64 {
    let known = |error: &f64| if error.is_nan() { f64::INFINITY } else { *error };
    errors.iter().map(known).fold(0.0, f64::max)
}

/// Probability of `count` or more events where `mean` are expected; 1 where `count` is not above it.
fn poisson_tail(mean: f64, count: u64) -> f64 {
    if mean <= 0.0 {
        return if count == 0 { 1.0 } else { 0.0 };
    }
    if count as f64 <= mean {
        // No less than a half, and nothing finer is asked.
        return 1.0;
    }
    // Summed upwards from `count`: the complement of the lower sum would be all rounding.
    let log_first = count as f64 * mean.ln() - mean - (1..=count).map(|k| (k as f64).ln()).sum::<f64>();
    let mut term = log_first.exp();
    let mut sum = 0.0;
    for k in count + 1.. {
        sum += term;
        term *= mean / k as f64;
        if term <= sum * 1e-12 {
            break;
        }
    }
    sum
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that cannot be set up has failed")]

    use blindbench_core::conformance::{made_up_images, made_up_weights};
    use blindbench_core::network::architecture::{Arithmetic, Dense, Input, Layer, Pixels};
    use blindbench_core::network::images::Shape;
    use blindbench_core::network::logits::Values;
    use blindbench_core::roles::seed::Seed;

    use super::*;

    fn judge(promise: Promise, exact: bool) -> (Judge, Images, Logits) {
        let layers = vec![Layer::Flatten, Layer::Dense(Dense { outputs: 3, bounds: None, typical: None })];
        let input = Input { shape: Shape::grey(3, 3), crop: 0, pixels: Pixels::Levels(4) };
        let architecture = Architecture { input, arithmetic: Arithmetic::Integer, layers };
        let weights = made_up_weights(&architecture, &Seed::from_number(1)).unwrap();
        let images = made_up_images(&architecture, 4, &Seed::from_number(2));
        let lowered = Lowered::model(&architecture);
        let logits = lowered.evaluator(&weights).unwrap().logits(&images).unwrap();
        (Judge::new(&lowered, &architecture, &weights, promise, exact).unwrap(), images, logits)
    }

    fn changed(logits: &Logits, by: f64) -> Logits {
        let mut values = logits.values.to_real();
        values[4] += by;
        Logits { classes: logits.classes, values: Values::Real(values) }
    }

    #[test]
    fn an_exact_scheme_may_not_differ_at_all() {
        let (mut judge, images, logits) = judge(Promise::EXACT, true);
        let verdict = judge.compare(&images, &logits).unwrap();
        assert_eq!((verdict.wrong, verdict.max_logit_error), (0, 0.0));
        assert_eq!(verdict.lowered_predictions, logits.labels());
        judge.note(4, verdict.wrong).unwrap();
        let verdict = judge.compare(&images, &changed(&logits, 1.0)).unwrap();
        assert_eq!((verdict.wrong, verdict.max_logit_error), (1, 1.0));
        assert_eq!(judge.note(4, 1).unwrap_err().status, Status::FailedTwin);
    }

    #[test]
    fn an_approximate_scheme_may_differ_by_what_it_promises() {
        let (judge, images, logits) = judge(Promise { logit_error: 2.0, failure_log2: None }, false);
        assert_eq!(judge.compare(&images, &changed(&logits, 1.5)).unwrap().wrong, 0);
        assert_eq!(judge.compare(&images, &changed(&logits, 2.5)).unwrap().wrong, 1);
        assert_eq!(judge.compare(&images, &changed(&logits, f64::NAN)).unwrap().wrong, 1);
    }

    #[test]
    fn too_few_scores_are_no_answer() {
        let (judge, images, logits) = judge(Promise::EXACT, true);
        let short = Logits { classes: 3, values: Values::Real(logits.values.to_real()[..9].to_vec()) };
        let failure = judge.compare(&images, &short).unwrap_err();
        assert_eq!(failure.status, Status::FailedTwin);
        assert!(failure.reason.contains("9 scores") && failure.reason.contains("expected 12"), "{}", failure.reason);
    }

    #[test]
    fn rare_failures_that_were_promised_are_no_fault() {
        let promise = Promise { logit_error: 0.0, failure_log2: Some(-10.0) };
        let (mut patient, _, _) = judge(promise, true);
        patient.note(10_000, 12).unwrap();
        let (mut strict, _, _) = judge(promise, true);
        assert!(strict.note(10_000, 40).is_err());
        let (mut rare, _, _) = judge(Promise { failure_log2: Some(-40.0), ..promise }, true);
        assert!(rare.note(10_000, 1).is_err());
    }

    #[test]
    fn the_tail_is_the_poisson_distributions() {
        // From scipy.stats.poisson.sf(k - 1, mean).
        for (mean, count, tail) in
            [(1.0, 3, 0.080_301_397), (9.765_625, 12, 0.276_9), (0.001, 1, 0.000_999_5), (2.0, 0, 1.0)]
        {
            let found = poisson_tail(mean, count);
            assert!((found - tail).abs() < 1e-3 * tail.max(1e-9) + 1e-4 * tail, "{mean} {count}: {found}, not {tail}");
        }
    }
}
