//! The one error of schemes, networks and the wire: what was found, what would do.

/// Result with this crate's [`Error`].
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why a scheme, a network or a message was refused.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Bytes that are not the message they should be.
    #[error("malformed {message}: {reason}")]
    Wire {
        /// The message or field that was read.
        message: &'static str,
        /// What is wrong with it.
        reason: String,
    },
    /// The scheme cannot do this; the reason says what would do.
    #[error("{0}")]
    Unsupported(String),
    /// A network whose parts do not fit together.
    #[error("layer {layer} ({kind}): {reason}")]
    Layer {
        /// Index of the layer, from 0.
        layer: usize,
        /// What the layer is, as in the YAML.
        kind: &'static str,
        /// Both sides of the mismatch.
        reason: String,
    },
    /// Weights that do not fit the architecture or its declared bounds.
    #[error("weights of layer {layer}: {reason}")]
    Weights {
        /// Index of the layer, from 0.
        layer: usize,
        /// Both sides of the mismatch.
        reason: String,
    },
    /// Images that the network does not take.
    #[error("the network takes images of {expected}, but was given {found}")]
    Images {
        /// Shape that the network takes.
        expected: String,
        /// Shape and size that were given.
        found: String,
    },
    /// A scheme that the registry does not hold.
    #[error("unknown scheme `{name}`; there are {known}")]
    UnknownScheme {
        /// The name that was asked for.
        name: String,
        /// Every name of the registry.
        known: String,
    },
    /// A scheme that was compiled out.
    #[error("scheme `{name}` was built without the feature `{feature}`; build with `--features {feature}`")]
    CompiledOut {
        /// The scheme.
        name: String,
        /// The cargo feature that brings it.
        feature: String,
    },
    /// A step out of order or a role that may not do this.
    #[error("refused: {0}")]
    Refused(String),
    /// Parameters below 128 bits without a stated reason.
    #[error(
        "{parameters} reach {bits:.1} bits, below 128: state `insecure: \"<reason>\"` beside the scheme, or take parameters of at least 128 bits"
    )]
    Insecure {
        /// The parameters, as text.
        parameters: String,
        /// Estimated bits.
        bits: f64,
    },
    /// Another process ended, hung, or said something else than the protocol allows.
    #[error("process `{process}`: {reason}")]
    Process {
        /// The command, or the role that it plays.
        process: String,
        /// What happened.
        reason: String,
    },
    /// Another process took too long and was stopped.
    #[error("process `{process}`: gave no answer to {call} within {limit:?} and was stopped")]
    TimedOut {
        /// The command, or the role that it plays.
        process: String,
        /// The call that was under way.
        call: String,
        /// The longest that a call may take.
        limit: std::time::Duration,
    },
    /// An error reported by the other side of the protocol, in its own words.
    #[error("process `{process}` reports: {message}")]
    Remote {
        /// The command, or the role that it plays.
        process: String,
        /// The other side's message.
        message: String,
    },
}

impl Error {
    /// A malformed `message`, for the given reason.
    pub fn wire(message: &'static str, reason: impl Into<String>) -> Self {
        Error::Wire { message, reason: reason.into() }
    }
}
