//! What issued function keys gave away, step by step: lines of a log, and `tables/reconstructions.csv`.

use serde::{Deserialize, Serialize};

use crate::cell::Leakage;

/// What all keys that were issued up to a step give away of images that were never trained on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LeakageSample {
    /// Steps whose keys have been issued, at least 1; occurs once in a log.
    pub step: u64,
    /// Keys so far.
    pub keys: u64,
    /// Those with a weight vector of their own.
    pub distinct_keys: u64,
    /// The span of weight vectors, among those that a ciphertext's vector has room for.
    pub span: Leakage,
    /// The span of what keys open of an image, among its pixels.
    pub pixels: Leakage,
    /// The same among pixels that public images light.
    pub live: Leakage,
    /// Images that were attacked.
    pub victims: u64,
    /// How each attack went.
    pub attacks: Vec<AttackSample>,
    /// Victims whose label was guessed from what keys open.
    pub labels_right: u64,
    /// A few victims, as they are and as the attack with the most knowledge finds them.
    pub shown: Vec<ShownVictim>,
}

/// The attack by what keys open alone: the image of least norm that agrees with it.
pub const LEAST_NORM: &str = "least_norm";

/// The attack by what keys open and what images are like, known from public ones.
pub const PUBLIC_PRIOR: &str = "public_prior";

/// One attack on all victims; images of 8 bits.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AttackSample {
    /// What it is called in `metrics.csv`.
    pub attack: String,
    /// Mean peak signal-to-noise ratio in dB.
    pub psnr_db: f64,
    /// Mean structural similarity; none for images that are smaller than its window.
    pub ssim: Option<f64>,
    /// Victims that were found exactly.
    pub exact: u64,
}

/// A victim for people to look at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ShownVictim {
    /// Its place in the data set's split.
    pub image: u64,
    /// What it shows.
    pub label: u8,
    /// Pixels of a row.
    pub width: u32,
    /// As it is.
    pub real: Pixels,
    /// As it was found.
    pub found: Pixels,
}

/// A row of `tables/reconstructions.csv`: one image.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReconstructionRow {
    /// The cell's content hash.
    pub cell: String,
    /// Steps whose keys it was found from; 0 for the real image.
    pub step: u64,
    /// Its place in the data set's split.
    pub image: u64,
    /// What it shows.
    pub label: u8,
    /// Pixels of a row.
    pub width: u32,
    /// Its pixels.
    pub pixels: Pixels,
}

/// 8-bit grey pixels row by row; two hexadecimal digits each in files.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Pixels(pub Vec<u8>);

impl TryFrom<String> for Pixels {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let digits = text.as_bytes();
        let pairs = digits.chunks(2).map(|pair| {
            let pair = std::str::from_utf8(pair).ok().filter(|pair| pair.len() == 2 && !pair.starts_with('+'));
            pair.and_then(|pair| u8::from_str_radix(pair, 16).ok())
        });
        let pixels: Option<Vec<u8>> = pairs.collect();
        pixels.map(Pixels).ok_or_else(|| "pixels that are not two hexadecimal digits each".into())
    }
}

impl From<Pixels> for String {
    fn from(pixels: Pixels) -> String {
        pixels.0.iter().map(|pixel| format!("{pixel:02x}")).collect()
    }
}

/// Before the number of a step in the column `stage` of `metrics.csv`.
const STAGE: &str = "step/";

/// A step in the column `stage` of `metrics.csv`.
pub fn stage(step: u64) -> String {
    format!("{STAGE}{step}")
}

/// The step that a stage of `metrics.csv` means; none for another kind of stage.
pub fn step_of(stage: &str) -> Option<u64> {
    stage.strip_prefix(STAGE)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pixels_read_back() {
        let pixels = Pixels(vec![0, 7, 255]);
        let text = String::from(pixels.clone());
        assert_eq!(text, "0007ff");
        assert_eq!(Pixels::try_from(text), Ok(pixels));
        for damaged in ["0", "0g", "+1", "é"] {
            assert!(Pixels::try_from(damaged.to_owned()).is_err(), "{damaged}");
        }
    }

    #[test]
    fn stages_read_back() {
        assert_eq!(step_of(&stage(13)), Some(13));
        assert_eq!(step_of("evaluate/0-dense"), None);
    }
}
