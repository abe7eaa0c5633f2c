//! How hard a scheme's parameters are to break, and the rule that follows from it.

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};

/// Below this many bits a cell runs only with a stated reason, labelled and unranked.
pub const REQUIRED_BITS: f64 = 128.0;

/// The cheapest known attack on a scheme's parameters.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SecurityEstimate {
    /// log2 of the cheapest attack's cost; none where nothing is hidden.
    pub bits: Option<f64>,
    /// log2 of the core-SVP cost, the more cautious model, where lattices are involved.
    pub core_svp_bits: Option<f64>,
    /// The attack.
    pub attack: String,
    /// Where the estimate comes from.
    pub source: String,
}

impl SecurityEstimate {
    /// The estimate of a scheme that hides nothing.
    pub fn none() -> Self {
        SecurityEstimate {
            bits: None,
            core_svp_bits: None,
            attack: "none: nothing is encrypted".into(),
            source: "by definition".into(),
        }
    }

    /// Refuses less than [`REQUIRED_BITS`] without a reason. Nothing hidden needs no reason: nobody
    /// takes it for encryption.
    ///
    /// # Errors
    /// [`Error::Insecure`] naming the parameters and their bits.
    pub fn require(&self, parameters: &str, reason: Option<&str>) -> Result<()> {
        match self.bits {
            Some(bits) if bits < REQUIRED_BITS && reason.is_none() => {
                Err(Error::Insecure { parameters: parameters.into(), bits })
            }
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::SecurityEstimate;

    #[test]
    fn weak_parameters_need_a_reason() {
        let estimate = |bits| SecurityEstimate { bits, ..SecurityEstimate::none() };
        assert!(estimate(None).require("p", None).is_ok());
        assert!(estimate(Some(128.0)).require("p", None).is_ok());
        assert!(estimate(Some(127.9)).require("p", None).is_err());
        assert!(estimate(Some(40.0)).require("p", Some("a paper's own group")).is_ok());
    }
}
