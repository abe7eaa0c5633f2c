//! How a network is served: what an experiment may ask for beside parameters.

use blindbench_core::error::{Error, Result};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::strategy::Strategy;

/// How the server gets the weights.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum WeightsForm {
    /// As they are: the server's own party owns the model.
    #[default]
    Clear,
    /// Encrypted under the client's public key by a model owner who is neither client nor server.
    Encrypted,
}

/// What is done to answers before they leave the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Answering {
    /// The noise of answers is drowned in uniform noise 2^B times as large as it may be, so that it tells of nothing
    /// but the scores, except with a probability of N 2^-(B+1) a ciphertext; 1 to 64.
    pub flood_bits: u32,
}

/// What an experiment states, if anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Stated {
    /// How images are packed; by the size of the batch otherwise.
    pub packing: Option<Strategy>,
    /// How the server gets the weights; clear otherwise.
    pub weights: Option<WeightsForm>,
    /// What is done to answers; nothing otherwise.
    pub answer: Option<Answering>,
}

/// How a network is served.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Service {
    /// How images are packed.
    pub packing: Strategy,
    /// How the server gets the weights.
    pub weights: WeightsForm,
    /// Bits by which answers are flooded; none where they leave as they are.
    pub flood_bits: Option<u32>,
}

/// Most bits by which answers are flooded.
const MOST_FLOOD_BITS: u32 = 64;

impl Service {
    /// Weights and answers as they are.
    pub fn of(packing: Strategy) -> Service {
        Service { packing, weights: WeightsForm::Clear, flood_bits: None }
    }

    /// What is stated, completed for batches of so many images.
    ///
    /// # Errors
    /// Those of [`Service::check`].
    pub fn new(stated: Stated, batch: usize) -> Result<Service> {
        let service = Service {
            packing: Strategy::of(stated.packing, batch),
            weights: stated.weights.unwrap_or_default(),
            flood_bits: stated.answer.map(|answer| answer.flood_bits),
        };
        service.check()?;
        Ok(service)
    }

    /// Refuses what cannot be served.
    ///
    /// # Errors
    /// [`Error::Unsupported`] with what would do.
    pub fn check(&self) -> Result<()> {
        if let Some(bits) = self.flood_bits.filter(|bits| !(1..=MOST_FLOOD_BITS).contains(bits)) {
            return Err(Error::Unsupported(format!(
                "flood_bits is {bits}, but must be between 1 and {MOST_FLOOD_BITS}"
            )));
        }
        if self.weights == WeightsForm::Encrypted && self.packing == Strategy::Batch {
            return Err(Error::Unsupported(
                "encrypted weights are multiplied with one image a ciphertext: take `packing: latency`".into(),
            ));
        }
        Ok(())
    }

    /// Whether answers are flooded.
    pub fn floods(&self) -> bool {
        self.flood_bits.is_some()
    }

    /// Whether the server or the model owner encrypts anything: then there is a public key.
    pub fn has_public_key(&self) -> bool {
        self.floods() || self.weights == WeightsForm::Encrypted
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use super::*;

    #[test]
    fn what_cannot_be_served_is_refused() {
        let stated = Stated { answer: Some(Answering { flood_bits: 20 }), ..Stated::default() };
        let service = Service::new(stated, 1).unwrap();
        assert!(service.has_public_key() && service.flood_bits == Some(20));
        assert!(!Service::new(Stated::default(), 1).unwrap().has_public_key());
        for flood_bits in [0, 65] {
            let stated = Stated { answer: Some(Answering { flood_bits }), ..stated };
            assert!(Service::new(stated, 1).unwrap_err().to_string().contains("between 1 and 64"));
        }
        let encrypted = Stated { weights: Some(WeightsForm::Encrypted), ..Stated::default() };
        assert!(Service::new(encrypted, 1).unwrap().has_public_key());
        assert!(Service::new(encrypted, 8192).unwrap_err().to_string().contains("take `packing: latency`"));
    }
}
