//! What the harness knows of a list of schemes, and the macro that makes one from a line each.

use blindbench_core::adapter::{DynScheme, Environment};
use blindbench_core::error::{Error, Result};
use blindbench_core::network::architecture::Architecture;
use blindbench_core::primitives::{Offer, none_without_a_network};
use schemars::JsonSchema;
use serde::de::DeserializeOwned;

/// A scheme's name and whether this build has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Listed {
    /// The key in an experiment.
    pub name: &'static str,
    /// The cargo feature that this build lacks for it.
    pub missing_feature: Option<&'static str>,
}

/// A list of schemes.
pub trait Registry: 'static {
    /// One entry of an experiment's `schemes:` list: the scheme is named by its key.
    type Entry: DeserializeOwned + JsonSchema;

    /// Every scheme, compiled in or not.
    fn list() -> Vec<Listed>;

    /// The scheme that an entry names, with its parameters.
    ///
    /// # Errors
    /// [`Error::Unsupported`] where an entry names none or several,
    /// [`Error::CompiledOut`] where this build lacks the scheme.
    fn choose(entry: Self::Entry) -> Result<Chosen>;

    /// Opens a plan from bytes.
    ///
    /// # Errors
    /// [`Error::UnknownScheme`], [`Error::CompiledOut`], or [`Error::Wire`] for bytes that are no plan.
    fn open(name: &str, plan: &[u8], environment: &Environment) -> Result<Box<dyn DynScheme>>;
}

/// A scheme with the parameters of an experiment, ready to be planned for a network.
pub struct Chosen {
    /// The scheme's name.
    pub name: &'static str,
    /// Its parameters, defaults filled in.
    pub params: serde_json::Value,
    /// Why less than 128 bits are accepted, where they are.
    pub insecure: Option<String>,
    /// What the entry is called and compared with.
    pub comparison: Comparison,
    /// Whether the scheme is a program of somebody else's.
    pub foreign: bool,
    /// What can be done with the parameters.
    pub planner: Box<dyn Planner>,
}

impl std::fmt::Debug for Chosen {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Chosen").field("name", &self.name).field("params", &self.params).finish_non_exhaustive()
    }
}

/// How an entry of an experiment takes part in comparisons.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Comparison {
    /// What results call the entry, where it has a name of its own.
    pub name: Option<String>,
    /// The name of the entry that it is compared with, operation by operation.
    pub reference: Option<String>,
    /// Operations that are timed of this entry in place of the experiment's; empty where it states none.
    pub operations: Vec<String>,
}

/// What can be done with fixed parameters: fit a network to them, or open the operations that need none.
pub trait Planner: Send + Sync {
    /// Plans for chunks of up to `batch` images and opens the plan.
    ///
    /// # Errors
    /// [`Error::Unsupported`] with what does not fit.
    fn plan(&self, architecture: &Architecture, batch: usize, environment: &Environment) -> Result<Box<dyn DynScheme>>;

    /// Opens the operations that belong to the parameters alone.
    ///
    /// # Errors
    /// [`Error::Unsupported`] where the parameters do not fit or the scheme has no such operations.
    fn operations(&self, environment: &Environment) -> Result<Offer> {
        let _ = environment;
        none_without_a_network()
    }
}

impl<F> Planner for F
where
    F: Fn(&Architecture, usize, &Environment) -> Result<Box<dyn DynScheme>> + Send + Sync,
{
    fn plan(&self, architecture: &Architecture, batch: usize, environment: &Environment) -> Result<Box<dyn DynScheme>> {
        self(architecture, batch, environment)
    }
}

/// The error for a name that no compiled scheme has.
pub fn absent(name: &str, listed: &[Listed]) -> Error {
    match listed.iter().find(|listed| listed.name == name).and_then(|listed| listed.missing_feature) {
        Some(feature) => Error::CompiledOut { name: name.into(), feature: feature.into() },
        None => {
            let known: Vec<&str> = listed.iter().map(|listed| listed.name).collect();
            Error::UnknownScheme { name: name.into(), known: known.join(", ") }
        }
    }
}

/// The error for an entry that does not name exactly one scheme.
pub fn ambiguous(named: &[&str]) -> Error {
    match named {
        [] => Error::Unsupported("this entry names no scheme; write `- <scheme>: {}`".into()),
        several => Error::Unsupported(format!(
            "this entry names {} schemes ({}); give each an entry of its own",
            several.len(),
            several.join(", ")
        )),
    }
}

/// Makes a [`Registry`], the type of its config entries and its conformance tests from one line a scheme:
/// `field: "name" = path::to::Type, feature "cargo-feature";`.
#[macro_export]
macro_rules! schemes {
    (
        $(#[$meta:meta])*
        $vis:vis enum $registry:ident as $entry:ident in $tests:ident {
            $($field:ident: $name:literal = $type:ty $(, feature $feature:literal)?;)*
        }
    ) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy)]
        $vis enum $registry {}

        /// A scheme, named by its key, and what stands beside it.
        #[derive(Debug, serde::Deserialize, schemars::JsonSchema)]
        #[serde(deny_unknown_fields)]
        $vis struct $entry {
            $(
                $(#[cfg(feature = $feature)])?
                #[serde(default, rename = $name)]
                $field: Option<<$type as $crate::__private::Entry>::Params>,
                $(
                    #[cfg(not(feature = $feature))]
                    #[serde(default, rename = $name)]
                    #[schemars(skip)]
                    $field: Option<serde::de::IgnoredAny>,
                )?
            )*
            /// Why less than 128 bits are accepted; rows are then labelled and never ranked.
            #[serde(default)]
            insecure: Option<String>,
            /// What results call this entry; other entries may name it as their reference.
            #[serde(default)]
            name: Option<String>,
            /// The name of the entry that this one is compared with, operation by operation.
            #[serde(default)]
            reference: Option<String>,
            /// Operations that are timed of this entry, in place of the experiment's.
            #[serde(default)]
            operations: Vec<String>,
        }

        impl $crate::registry::Registry for $registry {
            type Entry = $entry;

            fn list() -> Vec<$crate::registry::Listed> {
                vec![$({
                    #[allow(unused_mut, unused_assignments, reason = "only schemes behind a feature set it")]
                    let mut missing_feature = None;
                    $(#[cfg(not(feature = $feature))] { missing_feature = Some($feature); })?
                    $crate::registry::Listed { name: $name, missing_feature }
                }),*]
            }

            fn choose(entry: $entry) -> $crate::__private::Result<$crate::registry::Chosen> {
                let named: Vec<&str> = [$((entry.$field.is_some(), $name)),*]
                    .into_iter()
                    .filter_map(|(given, name)| given.then_some(name))
                    .collect();
                if named.len() != 1 {
                    return Err($crate::registry::ambiguous(&named));
                }
                $(
                    $(#[cfg(feature = $feature)])?
                    if let Some(params) = entry.$field {
                        let comparison = $crate::registry::Comparison {
                            name: entry.name,
                            reference: entry.reference,
                            operations: entry.operations,
                        };
                        return $crate::__private::chosen::<$type>($name, params, entry.insecure, comparison);
                    }
                )*
                Err($crate::registry::absent(named[0], &Self::list()))
            }

            fn open(
                name: &str,
                plan: &[u8],
                environment: &$crate::__private::Environment,
            ) -> $crate::__private::Result<Box<dyn $crate::__private::DynScheme>> {
                match name {
                    $(
                        $(#[cfg(feature = $feature)])?
                        $name => <$type as $crate::__private::Entry>::open(plan, environment),
                    )*
                    other => Err($crate::registry::absent(other, &Self::list())),
                }
            }
        }

        #[cfg(test)]
        mod $tests {
            #![allow(unused_imports, reason = "paths of schemes in the list are relative to its place")]
            use super::*;
            $(
                $(#[cfg(feature = $feature)])?
                #[test]
                fn $field() -> $crate::__private::Result<()> {
                    blindbench_core::conformance::check::<$type>($name)
                }
            )*
        }
    };
}

/// What the macro needs by a path that holds everywhere.
#[doc(hidden)]
pub mod private {
    pub use blindbench_core::adapter::{DynScheme, Entry, Environment};
    pub use blindbench_core::error::{Error, Result};
    use blindbench_core::network::architecture::Architecture;
    use blindbench_core::primitives::Offer;

    use super::{Chosen, Comparison, Planner};

    /// The parameters of an entry.
    struct With<E: Entry>(E::Params);

    impl<E: Entry> Planner for With<E> {
        fn plan(&self, network: &Architecture, batch: usize, environment: &Environment) -> Result<Box<dyn DynScheme>> {
            E::plan(self.0.clone(), network, batch, environment)
        }

        fn operations(&self, environment: &Environment) -> Result<Offer> {
            E::operations(self.0.clone(), environment)
        }
    }

    /// The chosen scheme of a typed entry.
    ///
    /// # Errors
    /// [`Error::Unsupported`] where the parameters cannot be written as JSON.
    pub fn chosen<E: Entry + 'static>(
        name: &'static str,
        params: E::Params,
        insecure: Option<String>,
        comparison: Comparison,
    ) -> Result<Chosen> {
        let json =
            serde_json::to_value(&params).map_err(|e| Error::Unsupported(format!("parameters of {name}: {e}")))?;
        Ok(Chosen {
            name,
            params: json,
            insecure,
            comparison,
            foreign: E::FOREIGN,
            planner: Box::new(With::<E>(params)),
        })
    }
}
