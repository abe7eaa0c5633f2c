//! What goes wrong with basic operations.

/// Why there is no key or no result.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Error {
    /// A quotient by 0 was asked for.
    DivisionByZero,
    /// The encrypted number is no multiple of the divisor: the quotient is no small exponent.
    NotDivisible {
        /// Which ciphertext.
        index: usize,
        /// The divisor.
        divisor: i64,
    },
    /// No logarithm within the bound.
    BeyondBound {
        /// Which ciphertext.
        index: usize,
        /// Largest magnitude that is looked for.
        bound: u64,
    },
}

impl std::error::Error for Error {}

impl std::fmt::Display for Error {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Error::DivisionByZero => write!(f, "no function key divides by 0"),
            Error::NotDivisible { index, divisor } => {
                write!(f, "ciphertext {index} holds no multiple of {divisor}: only whole quotients can be decrypted")
            }
            Error::BeyondBound { index, bound } => write!(
                f,
                "ciphertext {index} decrypts to no number within ±{bound}: the result is larger, or key and ciphertext \
                 do not belong together"
            ),
        }
    }
}

impl From<Error> for blindbench_core::error::Error {
    fn from(error: Error) -> Self {
        blindbench_core::error::Error::Refused(error.to_string())
    }
}
