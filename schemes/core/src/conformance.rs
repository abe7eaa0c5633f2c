//! What every registered scheme must pass, unasked: its answers equal the lowered twin's within its
//! promise, everything follows from plan bytes and seeds, and malformed bytes give errors.

use crate::adapter::{DynClient, DynKeyHolder, DynScheme, DynServer, Entry, Environment};
use crate::error::{Error, Result};
use crate::network::architecture::{Architecture, Arithmetic};
use crate::network::images::Images;
use crate::network::logits::Logits;
use crate::network::weights::{Blank, TensorValues, Weights};
use crate::primitives::Offer;
use crate::probe::Detail;
use crate::roles::seed::Seed;
use crate::scheme::Case;
use rand_chacha::rand_core::Rng as _;

/// Images that a case is asked about, over several chunks where a chunk holds fewer.
const IMAGES: usize = 5;

/// Bytes of each message that are mutated one by one.
const MUTATED: usize = 96;

/// Runs every case of an entry through all the checks.
///
/// # Errors
/// The first broken promise, in words.
pub fn check<E: Entry>(name: &str) -> Result<()> {
    let (cases, operations) = (E::cases(), E::operation_cases());
    if cases.is_empty() && operations.is_empty() {
        return Err(Error::Refused(format!("{name} has no case to be tested with")));
    }
    for params in operations {
        operations_hold::<E>(name, params)?;
    }
    for Case { params, architecture, weights } in cases {
        let environment = Environment::default();
        let scheme = E::plan(params.clone(), &architecture, 2, &environment)?;
        let images = made_up_images(&architecture, IMAGES, &Seed::from_number(2));
        let run = Run::new(name, &*scheme, &weights, &images)?;
        run.holds_its_promise()?;
        if E::FOREIGN {
            continue;
        }
        let again = E::open(scheme.plan(), &environment)?;
        Run::new(name, &*again, &weights, &images)?.equals(&run)?;
        refuses_malformed_plans::<E>(name, scheme.plan(), &environment)?;
        run.refuses_malformed_messages()?;
    }
    Ok(())
}

/// Every operation that parameters offer runs, repeats and stays within the stated error.
fn operations_hold<E: Entry>(name: &str, params: E::Params) -> Result<()> {
    let broken = |what: String| Error::Refused(format!("{name}: {what}"));
    let Offer { description, primitives } = E::operations(params, &Environment::default())?;
    let names = primitives.names();
    if names.is_empty() {
        return Err(broken("opens without a single operation".into()));
    }
    let seed = Seed::from_number(11);
    for operation in &names {
        let mut prepared = primitives.prepare(operation, &seed)?;
        if prepared.check().is_ok() {
            return Err(broken(format!("`{operation}` has a result before it ran")));
        }
        for times in [1, 2] {
            prepared.run(times)?;
            let (error, bound) = (prepared.check()?, description.error_bound);
            if error.is_nan() || error > bound {
                return Err(broken(format!("`{operation}` is off by {error}, {bound} is stated")));
            }
        }
    }
    match primitives.prepare("no such operation", &seed) {
        Ok(_) => Err(broken("prepares an operation that it does not list".into())),
        Err(_) => Ok(()),
    }
}

/// Everything that one run of all roles left behind.
struct Run<'a> {
    name: &'a str,
    scheme: &'a dyn DynScheme,
    holder: Box<dyn DynKeyHolder>,
    client: Box<dyn DynClient>,
    server: Box<dyn DynServer>,
    model: Vec<u8>,
    key: Vec<u8>,
    chunks: Vec<Chunk>,
    promise: f64,
}

struct Chunk {
    query: Vec<u8>,
    answer: Vec<u8>,
    logits: Logits,
    twin: Logits,
}

impl<'a> Run<'a> {
    fn new(name: &'a str, scheme: &'a dyn DynScheme, weights: &Weights, images: &Images) -> Result<Self> {
        let seed = Seed::from_number(7);
        let promise = scheme.promise(weights)?.logit_error;
        let holder = scheme.key_holder(&seed.derive("keygen", 0))?;
        let public = holder.public_key()?;
        let model = scheme.publish(&public, weights, &seed.derive("publish", 0))?;
        let mut server = scheme.server(&model)?;
        let key = holder.server_key(server.key_request(), &seed.derive("server key", 0))?;
        server.setup(&key)?;
        let client = match holder.client()? {
            Some(client) => client,
            None => scheme.client(&public)?,
        };
        let twin = scheme.describe().lowered.evaluator(weights)?;
        let size = scheme.describe().chunk.max(1);
        let mut chunks = Vec::new();
        for start in (0..images.len()).step_by(size) {
            let images = images.slice(start..start + size);
            let query = client.encrypt(&images, &seed.derive("encrypt", start as u64))?;
            let (answer, _) = server.evaluate(&query, &seed.derive("evaluate", start as u64), Detail::Counts)?;
            let logits = client.decrypt(&answer)?;
            chunks.push(Chunk { query, answer, logits, twin: twin.logits(&images)? });
        }
        Ok(Run { name, scheme, holder, client, server, model, key, chunks, promise })
    }

    fn broken(&self, what: impl std::fmt::Display) -> Error {
        Error::Refused(format!("{}: {what}", self.name))
    }

    fn holds_its_promise(&self) -> Result<()> {
        let profile = &self.scheme.describe().profile;
        for chunk in &self.chunks {
            let worst = chunk.logits.errors(&chunk.twin)?.into_iter().fold(0.0, f64::max);
            if worst > self.promise || (profile.exact && chunk.logits != chunk.twin) {
                return Err(
                    self.broken(format!("a score differs by {worst} from the twin's, {} is promised", self.promise))
                );
            }
        }
        Ok(())
    }

    fn equals(&self, other: &Run<'_>) -> Result<()> {
        for (a, b) in self.chunks.iter().zip(&other.chunks) {
            if a.query != b.query || a.answer != b.answer || self.key != other.key || self.model != other.model {
                return Err(self.broken("messages do not follow from plan bytes and seeds alone"));
            }
        }
        Ok(())
    }

    /// Cut messages are refused; changed ones are refused or answered, but never panic.
    fn refuses_malformed_messages(&self) -> Result<()> {
        let Some(chunk) = self.chunks.first() else { return Ok(()) };
        let seed = Seed::from_number(0);
        let setup = |key: &[u8]| self.scheme.server(&self.model).and_then(|mut server| server.setup(key)).is_ok();
        let request = |bytes: &[u8]| self.holder.server_key(bytes, &seed).is_ok();
        let evaluate = |query: &[u8]| self.server.evaluate(query, &seed, Detail::Counts).is_ok();
        self.mutate("model message", &self.model, &|bytes| self.scheme.server(bytes).is_ok())?;
        self.mutate("key request", self.server.key_request(), &request)?;
        self.mutate("server key", &self.key, &setup)?;
        self.mutate("query", &chunk.query, &evaluate)?;
        self.mutate("answer", &chunk.answer, &|bytes| self.client.decrypt(bytes).is_ok())
    }

    fn mutate(&self, what: &str, bytes: &[u8], accepts: &dyn Fn(&[u8]) -> bool) -> Result<()> {
        mutate(bytes, accepts)
            .map_err(|cut| self.broken(format!("accepts a {what} of {} bytes cut at {cut}", bytes.len())))
    }
}

fn refuses_malformed_plans<E: Entry>(name: &str, plan: &[u8], environment: &Environment) -> Result<()> {
    mutate(plan, &|bytes| E::open(bytes, environment).is_ok())
        .map_err(|cut| Error::Refused(format!("{name}: accepts a plan of {} bytes cut at {cut}", plan.len())))
}

/// Cuts and changes a message at places spread over it; the first cut that was accepted.
fn mutate(bytes: &[u8], accepts: &dyn Fn(&[u8]) -> bool) -> Result<(), usize> {
    let step = (bytes.len() / MUTATED).max(1);
    let places = (0..bytes.len().min(48)).chain((48..bytes.len()).step_by(step));
    for at in places {
        if accepts(&bytes[..at]) {
            return Err(at);
        }
        let mut changed = bytes.to_vec();
        changed[at] ^= 0x81;
        let _ = accepts(&changed);
    }
    let longer = [bytes, &[0]].concat();
    if accepts(&longer) { Err(bytes.len() + 1) } else { Ok(()) }
}

/// Images of the network's shape with every pixel drawn at random.
pub fn made_up_images(architecture: &Architecture, count: usize, seed: &Seed) -> Images {
    let shape = architecture.input.shape;
    let mut pixels = vec![0; count * shape.len()];
    seed.rng().fill_bytes(&mut pixels);
    Images { shape, pixels }
}

/// Small weights for an architecture: integers of at most 3 or reals below 1.
pub fn made_up_weights(architecture: &Architecture, seed: &Seed) -> Result<Weights> {
    let mut rng = seed.rng();
    Weights::filled(architecture, |Blank { count, .. }| match architecture.arithmetic {
        Arithmetic::Integer => TensorValues::Integer((0..count).map(|_| i64::from(rng.next_u32() % 7) - 3).collect()),
        Arithmetic::Real => {
            TensorValues::Real((0..count).map(|_| (rng.next_u32() % 2001) as f32 / 1000.0 - 1.0).collect())
        }
    })
}
