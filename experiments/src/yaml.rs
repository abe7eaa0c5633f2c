//! YAML to typed values that remember where they stood. Nothing else knows which library reads it.

pub mod problem;
mod report;

use std::fmt;
use std::marker::PhantomData;

use miette::SourceSpan;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::value::SeqAccessDeserializer;
use serde::de::{DeserializeOwned, Error as _, IntoDeserializer, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use problem::Problem;

/// Reads one document. Unknown fields are refused by the type, duplicate keys always.
///
/// # Errors
/// The first [`Problem`], with its place in `text`.
pub fn parse<T: DeserializeOwned>(text: &str) -> Result<T, Problem> {
    serde_yaml::from_str(text).map_err(|error| report::problem(text, &error))
}

/// A value and its place in the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct At<T> {
    /// The value.
    pub value: T,
    /// Bytes that it stands at; empty for a mapping, which begins there. None for a default.
    pub span: Option<SourceSpan>,
}

impl<T> At<T> {
    /// A value that stands nowhere: a default.
    pub fn nowhere(value: T) -> Self {
        At { value, span: None }
    }

    /// Another value at the same place.
    pub fn with<U>(&self, value: U) -> At<U> {
        At { value, span: self.span }
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for At<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let spanned = serde_yaml::Spanned::<T>::deserialize(deserializer)?;
        Ok(At { value: spanned.value, span: report::span(&spanned.referenced) })
    }
}

/// The value alone: where defaults are shown, places mean nothing.
impl<T: Serialize> Serialize for At<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.value.serialize(serializer)
    }
}

impl<T: JsonSchema> JsonSchema for At<T> {
    fn inline_schema() -> bool {
        T::inline_schema()
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        T::schema_name()
    }

    fn schema_id() -> std::borrow::Cow<'static, str> {
        T::schema_id()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        T::json_schema(generator)
    }
}

/// One value, or a list of values that is expanded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OneOrMany<T> {
    /// The values in order.
    pub items: Vec<At<T>>,
    /// Where the value or list stands.
    pub span: Option<SourceSpan>,
}

impl<T> Default for OneOrMany<T> {
    fn default() -> Self {
        OneOrMany { items: Vec::new(), span: None }
    }
}

impl<T> OneOrMany<T> {
    /// A single value that stands nowhere: a default.
    pub fn one(value: T) -> Self {
        OneOrMany { items: vec![At::nowhere(value)], span: None }
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for OneOrMany<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let At { value: Items(mut items), span } = At::<Items<T>>::deserialize(deserializer)?;
        for item in &mut items {
            item.span = item.span.or(span);
        }
        Ok(OneOrMany { items, span })
    }
}

/// A single value as itself, as it would be written.
impl<T: Serialize> Serialize for OneOrMany<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.items.as_slice() {
            [only] => only.serialize(serializer),
            items => items.serialize(serializer),
        }
    }
}

impl<T: JsonSchema> JsonSchema for OneOrMany<T> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        format!("OneOrMany_{}", T::schema_name()).into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let item = generator.subschema_for::<T>();
        json_schema!({ "anyOf": [item, { "type": "array", "items": item, "minItems": 1 }] })
    }
}

/// Values of a [`OneOrMany`]; a single one has no place of its own.
struct Items<T>(Vec<At<T>>);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Items<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ItemsVisitor(PhantomData))
    }
}

struct ItemsVisitor<T>(PhantomData<T>);

/// Hands a single value on to the item's own type.
macro_rules! single {
    ($($visit:ident: $type:ty),*) => {
        $(fn $visit<E: serde::de::Error>(self, value: $type) -> Result<Self::Value, E> {
            Ok(Items(vec![At::nowhere(T::deserialize(value.into_deserializer())?)]))
        })*
    };
}

impl<'de, T: Deserialize<'de>> Visitor<'de> for ItemsVisitor<T> {
    type Value = Items<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value or a list")
    }

    single!(visit_bool: bool, visit_u64: u64, visit_i64: i64, visit_f64: f64, visit_str: &str);

    fn visit_seq<A: SeqAccess<'de>>(self, items: A) -> Result<Self::Value, A::Error> {
        let items = Vec::deserialize(SeqAccessDeserializer::new(items))?;
        if items.is_empty() {
            return Err(A::Error::invalid_length(0, &"at least one value"));
        }
        Ok(Items(items))
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test may fail")]
mod tests {
    use super::{At, OneOrMany, parse};
    use serde::Deserialize;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct File {
        name: At<String>,
        #[serde(default)]
        sizes: OneOrMany<usize>,
    }

    #[test]
    fn values_know_their_bytes() {
        let text = "# é\nname: zürich\nsizes: [1, 22]\n";
        let file: File = parse(text).unwrap();
        let slice = |span: Option<miette::SourceSpan>| {
            let span = span.unwrap();
            &text[span.offset()..span.offset() + span.len()]
        };
        assert_eq!(slice(file.name.span), "zürich");
        assert_eq!(file.sizes.items.iter().map(|item| item.value).collect::<Vec<_>>(), [1, 22]);
        assert_eq!(slice(file.sizes.items[1].span), "22");
    }

    #[test]
    fn a_single_value_is_a_list_of_one() {
        let file: File = parse("name: a\nsizes: 7").unwrap();
        assert_eq!(file.sizes.items.len(), 1);
        assert_eq!((file.sizes.items[0].value, file.sizes.items[0].span), (7, file.sizes.span));
        assert!(parse::<File>("name: a").unwrap().sizes.items.is_empty());
    }

    #[test]
    fn what_is_no_value_or_list_is_refused() {
        for sizes in ["[]", "{a: 1}", "-1", "[1, -1]", "x", "1.5", "[[1]]", "null"] {
            assert!(parse::<File>(&format!("name: a\nsizes: {sizes}")).is_err(), "{sizes}");
        }
    }
}
