//! A foreign program as an entry of the registry.

use std::sync::Arc;
use std::time::Duration;

use blindbench_core::adapter::{Description, DynClient, DynKeyHolder, DynScheme, DynServer, Entry, Environment};
use blindbench_core::conformance::made_up_weights;
use blindbench_core::error::{Error, Result};
use blindbench_core::network::architecture::{Activation, Architecture, Arithmetic, Dense, Input, Layer, Pixels};
use blindbench_core::network::images::Shape;
use blindbench_core::network::weights::Weights;
use blindbench_core::primitives::{Offer, OfferDescription, Primitives};
use blindbench_core::protocol::Op;
use blindbench_core::protocol::channel::{Channel, Program};
use blindbench_core::protocol::remote::RemoteServer;
use blindbench_core::roles::seed::Seed;
use blindbench_core::scheme::{Case, Promise};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::sides::{PeerClient, PeerPrimitives};

/// A program that speaks the wire protocol.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Params {
    /// The program and its arguments, found as a shell would find them.
    pub command: Vec<String>,
    /// Parameters that are the program's own business.
    #[serde(default)]
    pub params: std::collections::BTreeMap<String, Setting>,
    /// Seconds that the program may take for one call before it is stopped.
    #[serde(default = "two_minutes")]
    pub time_limit_seconds: u64,
}

/// A value of a program's own parameter.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Setting {
    /// Whole numbers: the bits of moduli, one by one.
    Numbers(Vec<i64>),
    /// A whole number.
    Whole(i64),
    /// A real number.
    Real(f64),
    /// Text.
    Text(String),
}

fn two_minutes() -> u64 {
    120
}

/// A foreign program with an opened plan.
pub struct Peer {
    program: Program,
    description: Description,
    plan: Vec<u8>,
    client: Arc<Channel>,
    primitives: PeerPrimitives,
}

impl Entry for Peer {
    type Params = Params;
    const FOREIGN: bool = true;

    fn plan(
        params: Params,
        architecture: &Architecture,
        batch: usize,
        environment: &Environment,
    ) -> Result<Box<dyn DynScheme>> {
        let program = program(&params, environment);
        let client = Arc::new(Channel::spawn(&program, "client")?);
        let settings = json(&params.params)?;
        let [plan, description] =
            client.call(Op::Plan, &[&json(architecture)?, &(batch as u64).to_le_bytes(), &settings])?;
        let mut description: Description =
            serde_json::from_slice(&description).map_err(|e| Error::wire("description", e.to_string()))?;
        // Whatever the program says of itself stays a claim.
        description.claimed = true;
        if description.chunk == 0 {
            return Err(Error::wire("description", "a chunk of 0 images, expected at least 1"));
        }
        let [] = client.call(Op::Open, &[b"peer", &plan])?;
        let primitives = PeerPrimitives::ask(client.clone())?;
        Ok(Box::new(Peer { program, description, plan, client, primitives }))
    }

    fn open(_: &[u8], _: &Environment) -> Result<Box<dyn DynScheme>> {
        Err(Error::Refused("a plan's bytes may not choose a program: peers start from an experiment alone".into()))
    }

    fn operations(params: Params, environment: &Environment) -> Result<Offer> {
        let client = Arc::new(Channel::spawn(&program(&params, environment), "client")?);
        let [description] = client.call(Op::Operations, &[&json(&params.params)?])?;
        let mut description: OfferDescription =
            serde_json::from_slice(&description).map_err(|e| Error::wire("description", e.to_string()))?;
        description.claimed = true;
        Ok(Offer { description, primitives: Box::new(PeerPrimitives::ask(client)?) })
    }

    fn cases() -> Vec<Case<Params>> {
        let layers = vec![
            Layer::Flatten,
            Layer::Dense(Dense { outputs: 4, bounds: None, typical: None }),
            Layer::Activation(Activation::Square),
            Layer::Dense(Dense { outputs: 3, bounds: None, typical: None }),
        ];
        let input = Input { shape: Shape::grey(4, 4), crop: 0, pixels: Pixels::Levels(4) };
        let architecture = Architecture { input, arithmetic: Arithmetic::Integer, layers };
        // Relative to this package, where its tests run.
        let command = vec!["python3".into(), "peers/python/cleartext.py".into()];
        let params = Params { command, params: Default::default(), time_limit_seconds: 20 };
        let weights = made_up_weights(&architecture, &Seed::from_number(1)).unwrap_or_default();
        vec![Case { params, architecture, weights }]
    }
}

/// The command with the few variables that interpreters need, and the threads it may use.
fn program(params: &Params, environment: &Environment) -> Program {
    let kept = ["PATH", "HOME", "LANG", "PYTHONPATH", "VIRTUAL_ENV", "LD_LIBRARY_PATH"];
    let mut variables: Vec<(String, String)> =
        kept.into_iter().filter_map(|name| Some((name.to_string(), std::env::var(name).ok()?))).collect();
    variables.push(("BLINDBENCH_THREADS".into(), environment.resources.threads.to_string()));
    Program {
        command: params.command.clone(),
        environment: variables,
        time_limit: Duration::from_secs(params.time_limit_seconds),
    }
}

fn json<T: Serialize>(value: &T) -> Result<Vec<u8>> {
    serde_json::to_vec(value).map_err(|e| Error::wire("JSON", e.to_string()))
}

impl DynScheme for Peer {
    fn describe(&self) -> &Description {
        &self.description
    }

    fn plan(&self) -> &[u8] {
        &self.plan
    }

    fn promise(&self, weights: &Weights) -> Result<Promise> {
        let [promise] = self.client.call(Op::Promise, &[&weights.to_safetensors()?])?;
        serde_json::from_slice(&promise).map_err(|e| Error::wire("promise", e.to_string()))
    }

    fn key_holder(&self, seed: &Seed) -> Result<Box<dyn DynKeyHolder>> {
        let [public] = self.client.call(Op::Keygen, &[seed.expose()])?;
        Ok(Box::new(PeerClient { channel: self.client.clone(), public }))
    }

    fn client(&self, _: &[u8]) -> Result<Box<dyn DynClient>> {
        Err(Error::Refused("a peer's client side holds its keys: ask its key holder for it".into()))
    }

    fn publish(&self, public_key: &[u8], weights: &Weights, seed: &Seed) -> Result<Vec<u8>> {
        let [model] = self.client.call(Op::Publish, &[public_key, &weights.to_safetensors()?, seed.expose()])?;
        Ok(model)
    }

    fn server(&self, model: &[u8]) -> Result<Box<dyn DynServer>> {
        let channel = Arc::new(Channel::spawn(&self.program, "server")?);
        Ok(Box::new(RemoteServer::load(channel, "peer", &self.plan, model)?))
    }

    fn primitives(&self) -> Option<&dyn Primitives> {
        self.primitives.any().then_some(&self.primitives)
    }
}
