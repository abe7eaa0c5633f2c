//! A scheme is one module and one line, and so is a model: with these they are listed, stand in the
//! schema, can be named in experiments and pass through the conformance tests.

#![allow(clippy::unwrap_used, reason = "a test may fail")]

#[path = "support/toys.rs"]
mod toys;

use std::path::Path;

use blindbench::config::known::Known;
use blindbench::config::outlook::Outlook;
use blindbench::config::{Overrides, check_text};
use blindbench::listing::{self, schema};
use blindbench::models::Catalogue;
use toys::DATASETS;

/// A new scheme: cleartext that takes a parameter.
mod masked {
    use blindbench_core::adapter::{DynScheme, Entry, Environment};
    use blindbench_core::error::Result;
    use blindbench_core::network::architecture::Architecture;
    use blindbench_core::scheme::Case;
    use blindbench_schemes::cleartext::{self, Cleartext};
    use schemars::JsonSchema;
    use serde::{Deserialize, Serialize};

    /// The scheme.
    pub enum Masked {}

    /// Its parameters.
    #[derive(Debug, Clone, Copy, Serialize, Deserialize, JsonSchema)]
    #[serde(deny_unknown_fields)]
    pub struct Params {
        /// Bits of the mask.
        pub mask_bits: u32,
    }

    impl Entry for Masked {
        type Params = Params;

        fn plan(_: Params, network: &Architecture, batch: usize, on: &Environment) -> Result<Box<dyn DynScheme>> {
            <Cleartext as Entry>::plan(cleartext::Params {}, network, batch, on)
        }

        fn open(plan: &[u8], on: &Environment) -> Result<Box<dyn DynScheme>> {
            <Cleartext as Entry>::open(plan, on)
        }

        fn cases() -> Vec<Case<Params>> {
            let params = Params { mask_bits: 1 };
            let cases = <Cleartext as Entry>::cases().into_iter();
            cases.map(|Case { architecture, weights, .. }| Case { params, architecture, weights }).collect()
        }
    }
}

/// A new model.
mod tiny {
    use crate::toys::Toy;

    /// The model.
    pub const TINY: Toy = Toy { name: "tiny-3", outputs: &[3], trained: true };
}

blindbench_schemes::schemes! {
    /// The schemes of this test.
    enum Registered as RegisteredEntry in conformance {
        cleartext: "cleartext" = blindbench_schemes::cleartext::Cleartext;
        masked: "masked" = masked::Masked;
    }
}

/// The models of this test.
const CATALOGUE: Catalogue<'static> = &[
    &tiny::TINY, //
];

const KNOWN: Known<'static> = Known { models: CATALOGUE, datasets: DATASETS };

const EXPERIMENT: &str = "\
name: new
kind: inference
dataset: {name: digits, split: test, images: 4}
models: [tiny-3]
schemes:
  - masked: {mask_bits: 5}
";

#[test]
fn it_is_listed() {
    let schemes = listing::table(&listing::schemes::<Registered>());
    assert_eq!(schemes, "cleartext  no parameters\nmasked     parameters: mask_bits\n");
    assert_eq!(listing::table(&listing::models(CATALOGUE)), "tiny-3  made up for a test\n");
}

#[test]
fn it_stands_in_the_schema() {
    let schema = schema::schema::<Registered>(&KNOWN);
    let text = schema.to_string();
    assert!(text.contains("mask_bits") && text.contains("Bits of the mask."), "{text}");
    let names = schema.pointer("/$defs/ModelName/anyOf/0/enum").unwrap();
    assert_eq!(names, &serde_json::json!(["tiny-3"]));
}

#[test]
fn an_experiment_may_name_it() {
    let checked = check_text::<Registered>(EXPERIMENT, Path::new("new.yaml"), &KNOWN, Overrides::default()).unwrap();
    let cell = &checked.experiment.cells[0];
    assert_eq!((cell.scheme.name, cell.model_name().as_str()), ("masked", "tiny-3"));
    assert_eq!(cell.scheme.params, serde_json::json!({ "mask_bits": 5 }));
    assert!(matches!(checked.outlooks[0], Outlook::Planned(_)));
}

#[test]
fn misspelling_it_suggests_it() {
    let refuse = |from: &str, to: &str| {
        let text = EXPERIMENT.replace(from, to);
        let problems =
            check_text::<Registered>(&text, Path::new("new.yaml"), &KNOWN, Overrides::default()).unwrap_err();
        problems.list()[0].label.clone().unwrap_or_default()
    };
    assert_eq!(refuse("masked", "maskd"), "did you mean `masked`?");
    assert_eq!(refuse("tiny-3", "tiny"), "did you mean `tiny-3`?");
    assert_eq!(refuse("mask_bits", "mask_bit"), "did you mean `mask_bits`?");
}
