//! Real numbers in JSON, which knows neither infinity nor NaN: those are written as words.
//!
//! A scheme that returns garbage has an infinite or undefined error, and its record must say so.

use serde::de::Error;
use serde::{Deserialize, Deserializer, Serializer};

#[derive(Deserialize)]
#[serde(untagged)]
enum Written {
    Number(f64),
    Word(String),
}

/// Writes a finite number as it is, others as `inf`, `-inf` or `NaN`.
///
/// # Errors
/// What the serializer gives.
pub fn serialize<S: Serializer>(value: &f64, serializer: S) -> Result<S::Ok, S::Error> {
    if value.is_finite() { serializer.serialize_f64(*value) } else { serializer.serialize_str(&value.to_string()) }
}

/// Reads what [`serialize`] wrote.
///
/// # Errors
/// Where it is neither a number nor one of the three words.
pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<f64, D::Error> {
    match Written::deserialize(deserializer)? {
        Written::Number(value) => Ok(value),
        Written::Word(word) if matches!(word.as_str(), "inf" | "-inf" | "NaN") => {
            word.parse().map_err(D::Error::custom)
        }
        Written::Word(word) => {
            Err(D::Error::custom(format!("'{word}' is not a number; expected one, or inf, -inf, NaN")))
        }
    }
}
