//! What evaluation tells beside its answer: time and operations per layer, by the process's own clock.

use crate::error::{Error, Result};
use crate::wire::{Encode, Reader, Wire};

/// An operation that is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Operation {
    /// Programmable bootstrap.
    Pbs,
    /// Rotation of slots.
    Rotation,
    /// Key switch, those inside rotations and relinearisations included.
    KeySwitch,
    /// Product of two ciphertexts.
    CiphertextMultiply,
    /// Product of a ciphertext and a plaintext or a cleartext number.
    PlaintextMultiply,
    /// Sum of two ciphertexts.
    Add,
    /// Number-theoretic transform of one residue polynomial.
    Ntt,
    /// Exponentiation in a group.
    GroupExponentiation,
    /// Discrete logarithm.
    DiscreteLog,
}

impl Operation {
    /// Every operation, in the order of their numbers.
    pub const ALL: [Operation; 9] = [
        Operation::Pbs,
        Operation::Rotation,
        Operation::KeySwitch,
        Operation::CiphertextMultiply,
        Operation::PlaintextMultiply,
        Operation::Add,
        Operation::Ntt,
        Operation::GroupExponentiation,
        Operation::DiscreteLog,
    ];

    /// The name used in records.
    pub fn name(self) -> &'static str {
        match self {
            Operation::Pbs => "pbs",
            Operation::Rotation => "rotations",
            Operation::KeySwitch => "key_switches",
            Operation::CiphertextMultiply => "ciphertext_multiplies",
            Operation::PlaintextMultiply => "plaintext_multiplies",
            Operation::Add => "adds",
            Operation::Ntt => "ntts",
            Operation::GroupExponentiation => "group_exponentiations",
            Operation::DiscreteLog => "discrete_logs",
        }
    }
}

/// A clock that the harness lends to a server; schemes themselves read none.
pub trait Clock: Send + Sync {
    /// Monotonic nanoseconds since some moment.
    fn wall_ns(&self) -> u64;
    /// CPU nanoseconds of the whole process, or 0 where the platform does not tell.
    fn cpu_ns(&self) -> u64;
}

/// Always zero: for plans and for roles that are not timed.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoClock;

impl Clock for NoClock {
    fn wall_ns(&self) -> u64 {
        0
    }
    fn cpu_ns(&self) -> u64 {
        0
    }
}

/// What a server leaves behind for each layer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Detail {
    /// Times and counts.
    Counts,
    /// Also the layer's ciphertexts, for the key holder to inspect; untimed passes only.
    Snapshots,
}

/// Time and operations of one evaluation.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Trace {
    /// Wall time from query bytes to answer bytes.
    pub wall_ns: u64,
    /// CPU time of all threads over the same span.
    pub cpu_ns: u64,
    /// One entry per layer that opened a span.
    pub spans: Vec<Span>,
}

/// Time and operations of one layer.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Span {
    /// Index of the layer, from 0.
    pub layer: u32,
    /// Wall time.
    pub wall_ns: u64,
    /// Counts in the order of [`Operation::ALL`].
    pub counts: [u64; Operation::ALL.len()],
    /// The layer's ciphertexts, empty unless asked for.
    pub snapshot: Vec<u8>,
}

/// Opens spans and counts; lent to a scheme's `evaluate`.
pub struct Probe<'a> {
    clock: &'a dyn Clock,
    detail: Detail,
    started: (u64, u64),
    spans: Vec<Span>,
}

impl std::fmt::Debug for Probe<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Probe").field("detail", &self.detail).field("spans", &self.spans.len()).finish_non_exhaustive()
    }
}

/// Counts of the layer whose span is open.
#[derive(Debug)]
pub struct LayerProbe {
    span: Span,
    detail: Detail,
}

impl<'a> Probe<'a> {
    /// Starts the evaluation's clock.
    pub fn new(clock: &'a dyn Clock, detail: Detail) -> Self {
        Probe { clock, detail, started: (clock.wall_ns(), clock.cpu_ns()), spans: Vec::new() }
    }

    /// Runs `body` in the span of layer `layer`.
    pub fn layer<T>(&mut self, layer: usize, body: impl FnOnce(&mut LayerProbe) -> T) -> T {
        let mut probe = LayerProbe { span: Span { layer: layer as u32, ..Span::default() }, detail: self.detail };
        let start = self.clock.wall_ns();
        let out = body(&mut probe);
        probe.span.wall_ns = self.clock.wall_ns().saturating_sub(start);
        self.spans.push(probe.span);
        out
    }

    /// Stops the clock.
    pub fn finish(self) -> Trace {
        let (wall, cpu) = self.started;
        Trace {
            wall_ns: self.clock.wall_ns().saturating_sub(wall),
            cpu_ns: self.clock.cpu_ns().saturating_sub(cpu),
            spans: self.spans,
        }
    }
}

impl LayerProbe {
    /// Counts `times` operations.
    pub fn count(&mut self, operation: Operation, times: u64) {
        self.span.counts[operation as usize] += times;
    }

    /// Leaves the layer's ciphertexts, where this pass wants them.
    pub fn snapshot(&mut self, bytes: impl FnOnce() -> Vec<u8>) {
        if self.detail == Detail::Snapshots {
            self.span.snapshot = bytes();
        }
    }
}

impl Encode for Trace {
    const TAG: [u8; 4] = *b"TRCE";
    const NAME: &'static str = "trace";

    fn put(&self, out: &mut Vec<u8>) {
        for number in [self.wall_ns, self.cpu_ns, self.spans.len() as u64] {
            out.extend(number.to_le_bytes());
        }
        for span in &self.spans {
            out.extend(u64::from(span.layer).to_le_bytes());
            out.extend(span.wall_ns.to_le_bytes());
            out.extend(span.counts.iter().flat_map(|count| count.to_le_bytes()));
            out.extend((span.snapshot.len() as u64).to_le_bytes());
            out.extend(&span.snapshot);
        }
    }
}

impl<C: ?Sized> Wire<C> for Trace {
    fn take(_: &C, input: &mut Reader<'_>) -> Result<Self> {
        let (wall_ns, cpu_ns) = (input.u64()?, input.u64()?);
        let count = input.count(8 * (Operation::ALL.len() + 3))?;
        let spans = (0..count).map(|_| take_span(input)).collect::<Result<_>>()?;
        Ok(Trace { wall_ns, cpu_ns, spans })
    }
}

fn take_span(input: &mut Reader<'_>) -> Result<Span> {
    let layer = input.u64()?;
    let layer = u32::try_from(layer).map_err(|_| Error::wire("trace", format!("layer {layer}")))?;
    let mut span = Span { layer, wall_ns: input.u64()?, ..Span::default() };
    for count in &mut span.counts {
        *count = input.u64()?;
    }
    span.snapshot = input.counted_bytes()?.to_vec();
    Ok(span)
}
