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

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]
mod tests {
    use proptest::prelude::*;
    use serde::{Deserialize, Serialize};

    #[derive(Debug, Serialize, Deserialize)]
    struct Holder {
        #[serde(with = "crate::real")]
        value: f64,
    }

    fn through_json(value: f64) -> f64 {
        let text = serde_json::to_string(&Holder { value }).unwrap();
        serde_json::from_str::<Holder>(&text).unwrap().value
    }

    #[test]
    fn what_json_cannot_hold_survives() {
        assert!(through_json(f64::NAN).is_nan());
        assert_eq!([through_json(f64::INFINITY), through_json(f64::NEG_INFINITY)], [f64::INFINITY, f64::NEG_INFINITY]);
        let refused = serde_json::from_str::<Holder>(r#"{"value":"many"}"#).unwrap_err().to_string();
        assert!(refused.contains("'many' is not a number"), "{refused}");
    }

    proptest! {
        /// serde_json reads numbers of common size to within the last place.
        #[test]
        fn finite_numbers_survive(value in -1e12_f64..1e12) {
            let found = through_json(value);
            prop_assert!((found - value).abs() <= value.abs() * f64::EPSILON, "{value} became {found}");
        }
    }
}
