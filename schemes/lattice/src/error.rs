//! What the lattice schemes refuse, with both sides of each mismatch and the remedy.

/// Result with this crate's [`Error`].
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why parameters, keys or operands were refused.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A number outside of its range.
    #[error("{name} is {given}, but must be between {least} and {most}")]
    Range {
        /// The parameter.
        name: &'static str,
        /// What was given.
        given: i64,
        /// Smallest value that would do.
        least: i64,
        /// Largest value that would do.
        most: i64,
    },
    /// There are not that many primes.
    #[error("there are no {count} primes of {bits} bits that are 1 modulo {order}: take other sizes or a smaller ring")]
    Primes {
        /// Primes asked for.
        count: usize,
        /// Their size.
        bits: u32,
        /// Order of the roots of unity that they must have.
        order: u64,
    },
    /// Operands of different parameters.
    #[error(
        "{operand} belongs to the parameters {given}, but {expected} are at work: make both from the same parameters"
    )]
    Parameters {
        /// The operand.
        operand: &'static str,
        /// Its parameters.
        given: String,
        /// The parameters that the operation was opened with.
        expected: String,
    },
    /// Operands at different levels.
    #[error("operands are at levels {left} and {right}: drop the higher one to the lower one's level first")]
    Levels {
        /// Level of the first.
        left: usize,
        /// Level of the second.
        right: usize,
    },
    /// A network's layer whose result is nothing but noise.
    #[error(
        "layer {layer} leaves nothing but noise, {missing:.1} bits too much of it: take a longer moduli chain, or leave the parameters to be chosen"
    )]
    Exhausted {
        /// Index of the layer, from 0.
        layer: usize,
        /// Bits that are missing.
        missing: f64,
    },
    /// No level left.
    #[error("{operation} needs level {needed}, but the ciphertext is at level {level}: take a longer moduli chain")]
    Depth {
        /// What was asked for.
        operation: &'static str,
        /// Level that it needs.
        needed: usize,
        /// Level that there is.
        level: usize,
    },
    /// A key for lower levels than the ciphertext's.
    #[error(
        "the key was made for levels up to {key}, but the ciphertext is at level {level}: drop it or make a higher key"
    )]
    KeyLevel {
        /// Highest level of the key.
        key: usize,
        /// Level of the ciphertext.
        level: usize,
    },
    /// A Galois key that is not there.
    #[error("no Galois key for element {element} ({what}); there are keys for {known}: add it to the key request")]
    MissingGaloisKey {
        /// The Galois element.
        element: usize,
        /// The operation in words.
        what: String,
        /// Elements of the keys that are there.
        known: String,
    },
    /// A ciphertext of the wrong degree.
    #[error(
        "{operation} takes ciphertexts of degree {expected}, but this one has degree {given}: relinearize it first"
    )]
    Degree {
        /// What was asked for.
        operation: &'static str,
        /// Degree that it takes.
        expected: usize,
        /// Degree of the ciphertext.
        given: usize,
    },
    /// Scales that do not match.
    #[error("scales are 2^{left:.6} and 2^{right:.6}: rescale or encode at the other's scale")]
    Scales {
        /// log2 of the first scale.
        left: f64,
        /// log2 of the second scale.
        right: f64,
    },
    /// A scale for which the modulus has no room.
    #[error(
        "values of 2^{needed:.1} do not fit the modulus of 2^{available:.1} at level {level}: take a smaller scale or a higher level"
    )]
    ScaleOverflow {
        /// log2 of the largest coefficient to be held, sign included.
        needed: f64,
        /// log2 of the modulus.
        available: f64,
        /// The level.
        level: usize,
    },
    /// More values than slots.
    #[error("{given} values do not fit {slots} slots: take a larger ring or split them")]
    Slots {
        /// Values given.
        given: usize,
        /// Slots that there are.
        slots: usize,
    },
    /// A value that cannot be encoded.
    #[error("value {value} at place {place} {reason}")]
    Value {
        /// The place among the values.
        place: usize,
        /// The value as text.
        value: String,
        /// What would do.
        reason: String,
    },
    /// Anything else, with its remedy in the text.
    #[error("{0}")]
    Refused(String),
    /// Bytes that are not what they should be, or too little security.
    #[error(transparent)]
    Core(#[from] blindbench_core::error::Error),
}

impl From<Error> for blindbench_core::error::Error {
    fn from(error: Error) -> Self {
        if let Error::Core(error) = error { error } else { Self::Unsupported(error.to_string()) }
    }
}
