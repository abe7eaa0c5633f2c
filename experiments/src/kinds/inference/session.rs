//! All roles of one cell, from keys to answers; the ledger is the only way between them.

use blindbench_core::adapter::{DynClient, DynKeyHolder, DynScheme, DynServer};
use blindbench_core::error::Error;
use blindbench_core::network::images::Images;
use blindbench_core::network::logits::Logits;
use blindbench_core::probe::{Detail, Trace};
use blindbench_core::roles::Role;
use blindbench_core::roles::ledger::{Kind, Ledger};
use blindbench_core::roles::seed::Seed;
use blindbench_core::scheme::Inspection;
use blindbench_results::sample::{MessageSample, OneOff, Time};

use crate::kinds::Task;
use crate::machine::interference::Watch;
use crate::measure::{Elapsed, timed};

/// The roles of a cell, set up.
pub struct Session {
    holder: Box<dyn DynKeyHolder>,
    client: Box<dyn DynClient>,
    server: Box<dyn DynServer>,
    ledger: Ledger,
    seed: Seed,
}

/// Randomness of one query: warm-ups, repeats and untimed passes draw different numbers.
#[derive(Debug, Clone, Copy)]
pub struct Draw {
    /// What the query is for.
    pub purpose: &'static str,
    /// Which query, from 0.
    pub query: u64,
    /// Which repeat of it.
    pub repeat: u32,
}

impl Draw {
    fn seed(&self, root: &Seed, role: &str) -> Seed {
        root.derive(role, 0).derive(self.purpose, self.query).derive("repeat", u64::from(self.repeat))
    }
}

/// One query, from pixels to scores.
#[derive(Debug)]
pub struct Exchange {
    /// Pixels to query bytes.
    pub encrypt: Time,
    /// Query bytes to answer bytes.
    pub evaluate: Time,
    /// Answer bytes to scores.
    pub decrypt: Time,
    /// Layer by layer, from the server.
    pub trace: Trace,
    /// The scores.
    pub logits: Logits,
    /// What was sent.
    pub messages: Vec<MessageSample>,
}

impl Session {
    /// Draws keys, publishes the weights and sets the server up.
    ///
    /// # Errors
    /// Those of the roles.
    pub fn open(task: &Task<'_>, scheme: &dyn DynScheme, plan: Elapsed) -> Result<(Self, OneOff), Error> {
        let clock = &*task.clock;
        let watch = Watch::start(clock);
        let ledger = Ledger::new(scheme.describe().cast);
        let seed = |role: &str| task.seed.derive(role, 0);
        ledger.send(Role::Client, Role::Server, Kind::Plan, scheme.plan().to_vec());
        let (drawn, keygen) = timed(clock, || {
            task.workers.run(|| {
                let holder = scheme.key_holder(&seed("keygen"))?;
                let public = holder.public_key()?;
                Ok::<_, Error>((holder, public))
            })
        });
        let (holder, public) = drawn?;
        let public = ledger.send(Role::KeyHolder, Role::ModelOwner, Kind::PublicKey, public);
        let weights = &task.network()?.weights;
        let model = task.workers.run(|| scheme.publish(&public, weights, &seed("publish")))?;
        let model = ledger.send(Role::ModelOwner, Role::Server, Kind::Model, model);
        // Starting a process is no part of any scheme's set-up.
        let place = task.servers.launch(task.resources())?;
        let (loaded, load) = timed(clock, || task.workers.run(|| place.load(task.cell.scheme.name, scheme, &model)));
        let mut server = loaded?;
        let request = ledger.send(Role::Server, Role::KeyHolder, Kind::KeyRequest, server.key_request().to_vec());
        let (key, derive) =
            timed(clock, || task.workers.run(|| holder.server_key(&request, &task.seed.derive("server key", 0))));
        let key = ledger.send(Role::KeyHolder, Role::Server, Kind::ServerKey, key?);
        let (resident_key_bytes, expand) = timed(clock, || task.workers.run(|| server.setup(&key)));
        let resident_key_bytes = resident_key_bytes?;
        // What the key holder does is key generation, what the server does is set-up.
        let (keygen, setup) = (keygen + derive, load + expand);
        let client = match holder.client()? {
            Some(client) => client,
            None => scheme.client(&ledger.send(Role::KeyHolder, Role::Client, Kind::PublicKey, public))?,
        };
        let one_off = OneOff {
            plan: time(plan),
            keygen: time(keygen),
            setup: time(setup),
            messages: messages(&ledger),
            resident_key_bytes,
            interference: watch.finish(clock, time(keygen), task.cell.threads),
        };
        Ok((Session { holder, client, server, ledger, seed: task.seed.clone() }, one_off))
    }

    /// Puts images to the server.
    ///
    /// # Errors
    /// Those of the roles; [`Error::Wire`] for a server that claims to have worked longer than it took.
    pub fn ask(&self, task: &Task<'_>, images: &Images, draw: Draw) -> Result<Exchange, Error> {
        let clock = &*task.clock;
        let (query, encrypt) = timed(clock, || self.client.encrypt(images, &draw.seed(&self.seed, "encrypt")));
        let query = self.ledger.send(Role::Client, Role::Server, Kind::Query, query?);
        let seed = draw.seed(&self.seed, "evaluate");
        let (answer, round_trip) = timed(clock, || self.server.evaluate(&query, &seed, Detail::Counts));
        let (answer, trace) = answer?;
        let evaluate = evaluation_time(&trace, round_trip)?;
        let answer = self.ledger.send(Role::Server, Role::Client, Kind::Answer, answer);
        let (logits, decrypt) = timed(clock, || self.client.decrypt(&answer));
        let messages = messages(&self.ledger);
        Ok(Exchange { encrypt: time(encrypt), evaluate, decrypt: time(decrypt), trace, logits: logits?, messages })
    }

    /// The decrypted values of each layer that the scheme leaves a snapshot of; untimed.
    ///
    /// # Errors
    /// Those of the roles.
    pub fn inspect(&self, images: &Images, draw: Draw) -> Result<Vec<(u32, Inspection)>, Error> {
        let query = self.client.encrypt(images, &draw.seed(&self.seed, "encrypt"))?;
        let (_, trace) = self.server.evaluate(&query, &draw.seed(&self.seed, "evaluate"), Detail::Snapshots)?;
        let left = trace.spans.iter().filter(|span| !span.snapshot.is_empty());
        left.map(|span| Ok((span.layer, self.holder.inspect(span.layer, &span.snapshot)?))).collect()
    }

    /// The server's process, where it is not this one.
    pub fn server_process(&self) -> Option<u32> {
        self.server.process_id()
    }
}

/// The server's own time, as long as our clock does not contradict it.
fn evaluation_time(trace: &Trace, round_trip: Elapsed) -> Result<Time, Error> {
    // Clocks of two processes start their readings at different moments: one microsecond is no lie.
    if trace.wall_ns > round_trip.wall_ns.saturating_add(1_000) {
        let reason =
            format!("claims to have worked {} ns, but answered after {} ns", trace.wall_ns, round_trip.wall_ns);
        return Err(Error::Process { process: "server".into(), reason });
    }
    match trace.wall_ns {
        // A program that reads no clock: the way there and back is then part of the time.
        0 => Ok(Time { wall_ns: round_trip.wall_ns, cpu_ns: 0 }),
        wall_ns => Ok(Time { wall_ns, cpu_ns: trace.cpu_ns }),
    }
}

fn time(elapsed: Elapsed) -> Time {
    Time { wall_ns: elapsed.wall_ns, cpu_ns: elapsed.cpu_ns }
}

fn messages(ledger: &Ledger) -> Vec<MessageSample> {
    let sample = |entry: blindbench_core::roles::ledger::Entry| MessageSample {
        from: entry.from.name().into(),
        to: entry.to.name().into(),
        kind: entry.kind.name().into(),
        messages: entry.tally.messages,
        bytes: entry.tally.bytes,
    };
    ledger.take().into_iter().map(sample).collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that cannot be set up has failed")]

    use super::*;

    #[test]
    fn a_server_cannot_have_worked_longer_than_it_took() {
        let trace = |wall_ns| Trace { wall_ns, cpu_ns: 5, spans: vec![] };
        let round_trip = Elapsed { wall_ns: 50_000, cpu_ns: 0 };
        assert_eq!(evaluation_time(&trace(40_000), round_trip).unwrap(), Time { wall_ns: 40_000, cpu_ns: 5 });
        assert_eq!(evaluation_time(&trace(0), round_trip).unwrap(), Time { wall_ns: 50_000, cpu_ns: 0 });
        assert!(evaluation_time(&trace(60_000), round_trip).is_err());
    }

    #[test]
    fn every_draw_has_randomness_of_its_own() {
        let root = Seed::from_number(1);
        let draw = Draw { purpose: "measured", query: 1, repeat: 0 };
        let others = [Draw { purpose: "warm-up", ..draw }, Draw { query: 2, ..draw }, Draw { repeat: 1, ..draw }];
        assert!(others.iter().all(|other| other.seed(&root, "encrypt") != draw.seed(&root, "encrypt")));
        assert_ne!(draw.seed(&root, "encrypt"), draw.seed(&root, "evaluate"));
    }
}
