//! The JSON Schema of experiment files, for editors: made from the types that read them.

use std::collections::BTreeMap;

use blindbench_kernels::dispatch::Kernel;
use blindbench_schemes::registry::Registry;
use schemars::schema_for;
use serde_json::{Value, json};

use crate::config::known::Known;
use crate::config::literal::Literal;

/// The schema, with the names of this build's schemes, models and data sets.
pub fn schema<R: Registry>(known: &Known<'_>) -> Value {
    let mut schema = schema_for!(Literal<R::Entry>).to_value();
    let models: Vec<&str> = known.models.iter().map(|entry| entry.name()).collect();
    let datasets: Vec<&str> = known.datasets.iter().map(|sizes| sizes.name).collect();
    let kernels: Vec<&str> = std::iter::once("best").chain(Kernel::ALL.map(Kernel::name)).collect();
    let untrained = schema.pointer("/$defs/ModelName/anyOf/1").cloned();
    name(
        &mut schema,
        "ModelName",
        json!({ "anyOf": [{ "enum": models }, { "type": "string", "pattern": r"\.ya?ml$" }, untrained] }),
    );
    name(&mut schema, "DatasetName", json!({ "enum": datasets }));
    name(&mut schema, "KernelName", json!({ "enum": kernels }));
    schema
}

/// Puts what a text may be in place of the definition that allows any; its description stays.
fn name(schema: &mut Value, definition: &str, allowed: Value) {
    let Some(Value::Object(found)) = schema.pointer_mut(&format!("/$defs/{definition}")) else { return };
    found.remove("type");
    if let Value::Object(allowed) = allowed {
        found.extend(allowed);
    }
}

/// The names of each scheme's parameters.
pub fn parameters<R: Registry>() -> BTreeMap<String, Vec<String>> {
    let schema = schema_for!(R::Entry).to_value();
    let fields = |value: &Value| -> Vec<(String, Value)> {
        let properties = value.get("properties").and_then(Value::as_object);
        properties.into_iter().flatten().map(|(name, value)| (name.clone(), value.clone())).collect()
    };
    let names = |property: &Value| {
        let definition = reference(property).and_then(|reference| schema.pointer(reference.trim_start_matches('#')));
        fields(definition.unwrap_or(property)).into_iter().map(|(name, _)| name).collect()
    };
    fields(&schema).iter().map(|(scheme, property)| (scheme.clone(), names(property))).collect()
}

/// The definition that a property refers to, itself or as one of the forms it may take.
fn reference(property: &Value) -> Option<&str> {
    let own = property.get("$ref").and_then(Value::as_str);
    let forms = property.get("anyOf").and_then(Value::as_array);
    own.or_else(|| forms?.iter().find_map(|form| form.get("$ref").and_then(Value::as_str)))
}
