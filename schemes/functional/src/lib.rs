//! Functional encryption: a function key opens one function of what is encrypted, and nothing else of it.
//!
//! [`network`] runs a network whose first layer is computed by inner-product encryption, whichever: [`feip`] over groups,
//! [`rlwe_ipfe`] over rings. [`quadratic`] computes a network with one square from end to end by pairings. [`febo`] has
//! CryptoNN's element-wise operations. [`leakage`] measures what issued keys give away. [`group`] has the groups.

pub mod febo;
pub mod feip;
pub mod group;
pub mod leakage;
pub mod network;
pub mod quadratic;
pub mod rlwe_ipfe;

#[cfg(test)]
mod known_answers;
