//! Who holds what, and the only way from one role to another.

pub mod ledger;
pub mod seed;

use serde::{Deserialize, Serialize};

/// A part that somebody plays in the protocol.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Owns the images.
    Client,
    /// Owns the weights.
    ModelOwner,
    /// Computes.
    Server,
    /// Owns the secret key.
    KeyHolder,
}

/// Somebody who plays one or more roles; what stays within one party crosses no wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Party {
    /// The owner of the images.
    Client,
    /// The owner of the weights, where it is not the server's own party.
    ModelOwner,
    /// The server.
    Server,
    /// A third party that holds the master key of functional encryption.
    Authority,
}

impl Role {
    /// The name used in records.
    pub fn name(self) -> &'static str {
        match self {
            Role::Client => "client",
            Role::ModelOwner => "model_owner",
            Role::Server => "server",
            Role::KeyHolder => "key_holder",
        }
    }
}

impl Party {
    /// The name used in records.
    pub fn name(self) -> &'static str {
        match self {
            Party::Client => "client",
            Party::ModelOwner => "model_owner",
            Party::Server => "server",
            Party::Authority => "authority",
        }
    }
}

/// Who plays which role.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cast {
    /// The client under homomorphic encryption, the authority under functional encryption.
    pub key_holder: Party,
    /// The server's own party unless the weights are encrypted.
    pub model_owner: Party,
}

impl Cast {
    /// The party that plays `role`.
    pub fn party(&self, role: Role) -> Party {
        match role {
            Role::Client => Party::Client,
            Role::Server => Party::Server,
            Role::ModelOwner => self.model_owner,
            Role::KeyHolder => self.key_holder,
        }
    }
}
