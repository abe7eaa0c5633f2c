//! What values between layers are like, measured on images: real networks promise no more.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Outputs of a layer over many images. Schemes with limited precision choose scales by it and promise errors for
/// images that are like those.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Typical {
    /// The largest absolute value of any output.
    pub largest: f64,
    /// The root mean square over all outputs and images.
    pub root_mean_square: f64,
}
