//! Inference: encrypted images are classified, timed stage by stage, and every answer is checked.

mod judge;
mod noise;
mod schedule;
mod session;

use std::collections::BTreeSet;

use blindbench_core::adapter::DynScheme;
use blindbench_core::network::architecture::Architecture;
use blindbench_core::network::images::Images;
use blindbench_core::probe::{Operation, Trace};
use blindbench_core::scheme::{Leakage, Promise};
use blindbench_results::cell::{Memory, Terms};
use blindbench_results::sample::{FLOODING, LayerSample, Line, OneOff, Sample};

use self::judge::Judge;
use self::schedule::{Schedule, Turn};
use self::session::{Draw, Exchange, Session};
use super::{Failure, Task, Work, spanned, terms, unsupported};
use crate::machine::interference::Watch;
use crate::machine::memory;
use crate::measure::timed;

/// A cell of encrypted inference under way.
pub struct Inference<'a> {
    task: Task<'a>,
    scheme: Box<dyn DynScheme>,
    promise: Promise,
    leakage: Option<Leakage>,
    session: Session,
    one_off: Option<OneOff>,
    judge: Judge,
    schedule: Schedule,
    noise: Pass,
    attack: Pass,
    /// Layers whose noise an interrupted process has noted.
    noted: BTreeSet<u32>,
    client_peak: Option<u64>,
}

/// Whether something that is not timed is still to come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Pass {
    ToCome,
    Done,
}

impl<'a> Inference<'a> {
    /// Plans, draws keys and sets the server up; `before` are the lines of an interrupted process.
    ///
    /// # Errors
    /// [`blindbench_results::cell::Status::Unsupported`] where the scheme refuses network or weights, else how a role failed.
    pub fn open(task: Task<'a>, before: &[Line]) -> Result<Self, Failure> {
        memory::forget_own_peak();
        let (scheme, plan) = timed(&*task.clock, || task.plan());
        let scheme = scheme.map_err(unsupported)?;
        let description = scheme.describe();
        let network = task.network()?;
        let promise = scheme.promise(&network.weights).map_err(unsupported)?;
        let leakage = scheme.leakage(&network.weights).map_err(unsupported)?;
        let mut judge = Judge::new(
            &description.lowered,
            &network.architecture,
            &network.weights,
            promise,
            description.profile.exact,
        )?;
        let chunk = chunk(&*scheme, &task);
        let queries = task.images.images.len().div_ceil(chunk) as u64;
        let mut schedule = Schedule::new(queries.min(task.measure.queries.unwrap_or(queries)), task.measure);
        let mut noted = BTreeSet::new();
        // The attackers solve linear equations.
        let linear = leakage.is_some_and(|leakage| leakage.degree == 1);
        let mut attack = if linear && task.attackers.is_some() { Pass::ToCome } else { Pass::Done };
        for line in before {
            match line {
                Line::Query(sample) => {
                    schedule.record(sample.query, sample.repeat, sample.latency_ns());
                    judge.note(sample.images, sample.wrong)?;
                }
                Line::Noise(sample) => {
                    noted.insert(sample.layer);
                }
                Line::Leakage(_) => attack = Pass::Done,
                Line::Start(_) | Line::OneOff(_) | Line::Operation(_) | Line::Stopped(_) => {}
            }
        }
        let (session, one_off) = Session::open(&task, &*scheme, plan)?;
        let one_off = Some(one_off);
        Ok(Inference {
            task,
            scheme,
            promise,
            leakage,
            session,
            one_off,
            judge,
            schedule,
            noise: Pass::ToCome,
            attack,
            noted,
            client_peak: memory::own_peak_bytes(),
        })
    }

    fn query_images(&self, query: u64) -> (usize, Images) {
        let chunk = chunk(&*self.scheme, &self.task);
        let first = query as usize * chunk;
        (first, self.task.images.images.slice(first..first + chunk))
    }

    /// Asks once and checks the answer; nothing is kept of a warm-up but whether it kept its promise.
    fn ask(&mut self, query: u64, draw: Draw) -> Result<Sample, Failure> {
        let (first, images) = self.query_images(query);
        memory::forget_own_peak();
        let watch = Watch::start(&*self.task.clock);
        let exchange = self.task.workers.run(|| self.session.ask(&self.task, &images, draw))?;
        let interference = watch.finish(&*self.task.clock, exchange.evaluate, self.task.cell.threads);
        self.client_peak = self.client_peak.max(memory::own_peak_bytes());
        let verdict = self.judge.compare(&images, &exchange.logits)?;
        self.judge
            .note(images.len() as u64, verdict.wrong)
            .map_err(|failure| at_query(failure, query, verdict.max_logit_error))?;
        let Exchange { encrypt, evaluate, decrypt, trace, logits, messages } = exchange;
        Ok(Sample {
            query,
            repeat: draw.repeat,
            first_image: first as u64,
            images: images.len() as u64,
            encrypt,
            evaluate,
            decrypt,
            layers: layers(&self.scheme.describe().lowered.architecture, &trace),
            messages,
            predictions: logits.labels(),
            labels: self.task.images.labels[first..first + images.len()].to_vec(),
            lowered_predictions: verdict.lowered_predictions,
            model_predictions: verdict.model_predictions,
            max_logit_error: verdict.max_logit_error,
            wrong: verdict.wrong,
            interference,
        })
    }

    fn noise(&mut self) -> Result<Vec<Line>, Failure> {
        self.noise = Pass::Done;
        let (first, images) = self.query_images(0);
        let draw = Draw { purpose: "noise", query: 0, repeat: 0 };
        let layers = self.session.inspect(&images, draw)?;
        let lowered = &self.scheme.describe().lowered;
        let samples = noise::samples(lowered, &self.task.network()?.weights, &images, first as u64, &layers)?;
        Ok(samples.into_iter().filter(|sample| !self.noted.contains(&sample.layer)).map(Line::Noise).collect())
    }
}

impl Work for Inference<'_> {
    fn terms(&self) -> Terms {
        let chunk = chunk(&*self.scheme, &self.task);
        Terms { leakage: self.leakage.map(spanned), ..terms(self.scheme.describe(), self.promise, chunk) }
    }

    fn expected_turns(&self) -> u64 {
        let passes = [self.noise, self.attack].into_iter().filter(|pass| *pass == Pass::ToCome).count();
        self.schedule.expected() + u64::from(self.one_off.is_some()) + passes as u64
    }

    fn turn(&mut self) -> Result<Option<Vec<Line>>, Failure> {
        if let Some(one_off) = self.one_off.take() {
            return Ok(Some(vec![Line::OneOff(one_off)]));
        }
        match self.schedule.next() {
            Some(Turn::WarmUp { query, index }) => {
                self.ask(query, Draw { purpose: "warm-up", query, repeat: index })?;
                Ok(Some(Vec::new()))
            }
            Some(Turn::Measured { query, repeat }) => {
                let sample = self.ask(query, Draw { purpose: "measured", query, repeat })?;
                self.schedule.record(query, repeat, sample.latency_ns());
                Ok(Some(vec![Line::Query(sample)]))
            }
            None if self.noise == Pass::ToCome => self.noise().map(Some),
            None if self.attack == Pass::ToCome => {
                self.attack = Pass::Done;
                let attacked = self.task.attackers.map(|attackers| attackers.try_network(&self.task)).transpose()?;
                Ok(Some(attacked.into_iter().map(Line::Leakage).collect()))
            }
            None => Ok(None),
        }
    }

    fn memory(&self) -> Memory {
        // A foreign program's client side is not this process, and its server says nothing for itself.
        let own = !self.task.cell.scheme.foreign;
        let server = self.session.server_process().map_or_else(memory::own_peak_bytes, memory::peak_bytes);
        Memory { client_peak_rss_bytes: self.client_peak.filter(|_| own), server_peak_rss_bytes: server }
    }
}

/// Images of a full query: what was asked for, or less where the scheme holds no more.
fn chunk(scheme: &dyn DynScheme, task: &Task<'_>) -> usize {
    scheme.describe().chunk.min(task.cell.batch).max(1)
}

fn at_query(failure: Failure, query: u64, error: f64) -> Failure {
    Failure::new(failure.status, format!("query {query}, off by {error}: {}", failure.reason))
}

/// What a step behind the last layer is called: what is done to an answer before it leaves.
fn name(architecture: &Architecture, layer: u32) -> &'static str {
    match (architecture.layers.get(layer as usize), architecture.layers.len()) {
        (Some(layer), _) => layer.kind(),
        (None, count) if count == layer as usize => FLOODING,
        (None, _) => "unknown",
    }
}

fn layers(architecture: &Architecture, trace: &Trace) -> Vec<LayerSample> {
    let sample = |span: &blindbench_core::probe::Span| LayerSample {
        layer: span.layer,
        name: name(architecture, span.layer).into(),
        wall_ns: span.wall_ns,
        counters: Operation::ALL
            .into_iter()
            .zip(span.counts)
            .filter(|(_, count)| *count > 0)
            .map(|(operation, count)| (operation.name().to_owned(), count))
            .collect(),
    };
    trace.spans.iter().map(sample).collect()
}
