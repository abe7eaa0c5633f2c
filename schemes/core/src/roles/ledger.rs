//! The ledger: bytes get from one role to another through it alone, so what is counted is what is sent.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use super::{Cast, Party, Role};

/// What a message is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// The public plan.
    Plan,
    /// The public key.
    PublicKey,
    /// The weights, clear or encrypted.
    Model,
    /// What the server needs from the key holder.
    KeyRequest,
    /// Evaluation keys or function keys.
    ServerKey,
    /// Encrypted images.
    Query,
    /// Encrypted scores.
    Answer,
}

impl Kind {
    /// The name used in records.
    pub fn name(self) -> &'static str {
        match self {
            Kind::Plan => "plan",
            Kind::PublicKey => "public_key",
            Kind::Model => "model",
            Kind::KeyRequest => "key_request",
            Kind::ServerKey => "server_key",
            Kind::Query => "query",
            Kind::Answer => "answer",
        }
    }
}

/// Messages of one kind from one party to another.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Tally {
    /// How many.
    pub messages: u64,
    /// All of them together.
    pub bytes: u64,
    /// The largest one.
    pub largest: u64,
}

/// One line of the ledger.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entry {
    /// Who sent.
    pub from: Party,
    /// Who received.
    pub to: Party,
    /// What was sent.
    pub kind: Kind,
    /// How much.
    pub tally: Tally,
}

/// Counts every message that leaves a party.
#[derive(Debug)]
pub struct Ledger {
    cast: Cast,
    rows: Mutex<BTreeMap<(Party, Party, Kind), Tally>>,
}

impl Ledger {
    /// An empty ledger for roles played by `cast`.
    pub fn new(cast: Cast) -> Self {
        Ledger { cast, rows: Mutex::default() }
    }

    /// Hands `bytes` on, counting them where `from` and `to` are different parties.
    pub fn send(&self, from: Role, to: Role, kind: Kind, bytes: Vec<u8>) -> Vec<u8> {
        let (from, to) = (self.cast.party(from), self.cast.party(to));
        if from != to {
            let mut rows = self.rows.lock().unwrap_or_else(PoisonError::into_inner);
            let tally = rows.entry((from, to, kind)).or_default();
            let size = bytes.len() as u64;
            *tally =
                Tally { messages: tally.messages + 1, bytes: tally.bytes + size, largest: tally.largest.max(size) };
        }
        bytes
    }

    /// Takes everything counted since the last call, in the order of parties and kinds.
    pub fn take(&self) -> Vec<Entry> {
        let rows = std::mem::take(&mut *self.rows.lock().unwrap_or_else(PoisonError::into_inner));
        rows.into_iter().map(|((from, to, kind), tally)| Entry { from, to, kind, tally }).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_messages_between_parties_are_counted() {
        let ledger = Ledger::new(Cast { key_holder: Party::Client, model_owner: Party::Server });
        ledger.send(Role::KeyHolder, Role::Client, Kind::PublicKey, vec![0; 9]);
        ledger.send(Role::ModelOwner, Role::Server, Kind::Model, vec![0; 9]);
        ledger.send(Role::Client, Role::Server, Kind::Query, vec![0; 5]);
        ledger.send(Role::Client, Role::Server, Kind::Query, vec![0; 7]);
        let tally = Tally { messages: 2, bytes: 12, largest: 7 };
        assert_eq!(ledger.take(), [Entry { from: Party::Client, to: Party::Server, kind: Kind::Query, tally }]);
        assert!(ledger.take().is_empty());
    }
}
