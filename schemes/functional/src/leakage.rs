//! What issued function keys give away.
//!
//! A key for a weight vector opens its product with every vector that is ever encrypted for the authority, and keys are
//! linear: with those for `y` and `z` the server opens any combination of both. So what counts is not how many keys were
//! issued but the [`span`] of their weight vectors. [`budget`] lets an authority stop before that span is everything.
//! [`reconstruction`], from a [`mixture`] of all keys, and [`labels`] are what a server can do with what it opens, with [`prior`] what it may know beforehand;
//! [`quality`] says how good the outcome is.
//!
//! All of it is a property of the functionality: whichever scheme computes it leaks the same. That first layers leak was
//! shown by Carpov, Fontaine, Ligier and Sirdey, "Illuminating the Dark or how to recover what should not be seen in
//! FE-based classifiers", PoPETs 2020(2), and by Ryffel et al., "Partially Encrypted Deep Learning using Functional
//! Encryption", NeurIPS 2019.

pub mod budget;
pub mod labels;
pub mod mixture;
pub mod prior;
pub mod quality;
pub mod reconstruction;
pub mod span;

#[cfg(test)]
mod tests;
