//! The baseline: the network in the clear, through the same roles and bytes as every scheme.

use blindbench_core::conformance::made_up_weights;
use blindbench_core::error::{Error, Result};
use blindbench_core::network::architecture::{
    Activation, Architecture, Arithmetic, Conv2d, Dense, Input, Layer, Pixels, Pool,
};
use blindbench_core::network::images::{Images, Shape};
use blindbench_core::network::logits::Logits;
use blindbench_core::network::lowered::{Evaluator, Lowered};
use blindbench_core::network::weights::Weights;
use blindbench_core::primitives::{Prepared, Primitives, primitive};
use blindbench_core::probe::{Operation, Probe};
use blindbench_core::roles::seed::{Rng, Seed};
use blindbench_core::scheme::{Case, HeldByClient, KeyPair, Profile, Promise, Resources, Scheme};
use blindbench_core::security::SecurityEstimate;
use blindbench_core::wire::parts::{PartReader, Parts};
use blindbench_core::wire::{Encode, Nothing, Reader, Wire, put_json, take_json};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Cleartext has nothing to choose.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Params {}

/// The network and how many images a query holds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Plan {
    lowered: Lowered,
    chunk: usize,
}

impl Encode for Plan {
    const TAG: [u8; 4] = *b"CLRP";
    const NAME: &'static str = "cleartext plan";

    fn put(&self, out: &mut Vec<u8>) {
        put_json(self, out);
    }
}

impl Wire<()> for Plan {
    fn take(_: &(), input: &mut Reader<'_>) -> Result<Self> {
        take_json(Self::NAME, input)
    }
}

/// An opened cleartext plan.
#[derive(Debug)]
pub struct Cleartext {
    plan: Plan,
}

/// Weights on their way to the server, bound to the plan's architecture.
#[derive(Debug)]
pub struct Published(Weights);

impl Encode for Published {
    const TAG: [u8; 4] = Weights::TAG;
    const NAME: &'static str = Weights::NAME;

    fn put(&self, out: &mut Vec<u8>) {
        self.0.put(out);
    }
}

impl Wire<Cleartext> for Published {
    fn take(scheme: &Cleartext, input: &mut Reader<'_>) -> Result<Self> {
        Weights::take(&scheme.plan.lowered.architecture, input).map(Published)
    }
}

impl Scheme for Cleartext {
    type Params = Params;
    type Plan = Plan;
    type Holder = HeldByClient;
    type SecretKey = [u8; 0];
    type PublicKey = Nothing;
    type ModelMessage = Published;
    type Model = Weights;
    type KeyRequest = Nothing;
    type ServerKey = Nothing;
    type Server = Evaluator;
    type Query = Images;
    type Answer = Logits;

    fn plan(_: Params, architecture: &Architecture, batch: usize) -> Result<Plan> {
        Ok(Plan { lowered: Lowered::model(architecture), chunk: batch })
    }

    fn open(plan: Plan, _: &Resources) -> Result<Self> {
        plan.lowered.architecture.shapes()?;
        match plan.chunk {
            0 => Err(Error::wire(Plan::NAME, "a chunk of 0 images, expected at least 1")),
            _ => Ok(Cleartext { plan }),
        }
    }

    fn cases() -> Vec<Case<Params>> {
        let seed = Seed::from_number(1);
        let case = |architecture: Architecture| {
            let weights = made_up_weights(&architecture, &seed).ok()?;
            Some(Case { params: Params {}, architecture, weights })
        };
        [Arithmetic::Real, Arithmetic::Integer].into_iter().filter_map(|a| case(small_network(a))).collect()
    }

    fn profile(&self) -> Profile {
        Profile {
            family: "cleartext".into(),
            parameters: format!("{:?}", self.plan.lowered.precision).to_lowercase(),
            approximations: String::new(),
            exact: true,
            server_learns: "everything: images, scores, weights".into(),
            client_learns: "scores".into(),
            key_holder_learns: "nothing: there is no key".into(),
            log_n: None,
            log_qp: None,
            kernel: "portable".into(),
        }
    }

    fn chunk(&self) -> usize {
        self.plan.chunk
    }

    fn lowered(&self) -> &Lowered {
        &self.plan.lowered
    }

    fn security(&self) -> SecurityEstimate {
        SecurityEstimate::none()
    }

    fn promise(&self, weights: &Weights) -> Result<Promise> {
        weights.check(&self.plan.lowered.architecture).map(|()| Promise::EXACT)
    }

    fn keygen(&self, _: &mut Rng) -> Result<KeyPair<Self>> {
        Ok(KeyPair::new([], Nothing))
    }

    fn server_key(&self, _: &KeyPair<Self>, _: &Nothing, _: &mut Rng) -> Result<Nothing> {
        Ok(Nothing)
    }

    fn publish(&self, _: &Nothing, weights: &Weights, _: &mut Rng) -> Result<Published> {
        weights.check(&self.plan.lowered.architecture)?;
        Ok(Published(weights.clone()))
    }

    fn encrypt(&self, _: &KeyPair<Self>, images: &Images, _: &mut Rng, out: &mut Parts<Images>) -> Result<()> {
        self.plan.lowered.architecture.input.accept(images)?;
        out.push(images);
        Ok(())
    }

    fn decrypt(&self, _: &KeyPair<Self>, answer: &Logits) -> Result<Logits> {
        Ok(answer.clone())
    }

    fn load(&self, message: Published) -> Result<(Weights, Nothing)> {
        Ok((message.0, Nothing))
    }

    fn setup(&self, model: Weights, _: Nothing) -> Result<Evaluator> {
        self.plan.lowered.evaluator(&model)
    }

    fn resident_bytes(&self, server: &Evaluator) -> u64 {
        server.resident_bytes()
    }

    fn evaluate(
        &self,
        server: &Evaluator,
        query: PartReader<'_, Self, Images>,
        _: &mut Rng,
        probe: &mut Probe<'_>,
    ) -> Result<Logits> {
        let images = query.only()?;
        if images.len() > self.plan.chunk {
            let reason = format!("{} images, a chunk holds {}", images.len(), self.plan.chunk);
            return Err(Error::wire("cleartext query", reason));
        }
        let multiplies = multiplies(&self.plan.lowered.architecture)?;
        server.logits_by_layer(&images, |layer, work| {
            probe.layer(layer, |probe| {
                work();
                probe.count(Operation::PlaintextMultiply, multiplies[layer] * images.len() as u64);
            });
        })
    }

    fn primitives(&self) -> Option<&dyn Primitives> {
        Some(self)
    }
}

/// Products per image and layer.
fn multiplies(architecture: &Architecture) -> Result<Vec<u64>> {
    let shapes = architecture.shapes()?;
    let layers = architecture.layers.iter().zip(shapes.iter().zip(&shapes[1..]));
    Ok(layers
        .map(|(layer, (input, output))| match layer {
            Layer::Dense(_) => (input.len() * output.len()) as u64,
            Layer::Conv2d(conv) => (output.len() * input.channels * conv.kernel * conv.kernel) as u64,
            Layer::BatchNorm => output.len() as u64,
            Layer::AveragePool(_) | Layer::MaxPool(_) | Layer::Flatten | Layer::Activation(_) => 0,
        })
        .collect())
}

impl Primitives for Cleartext {
    fn names(&self) -> Vec<String> {
        vec!["network".into()]
    }

    fn prepare(&self, name: &str, seed: &Seed) -> Result<Box<dyn Prepared>> {
        if name != "network" {
            return Err(Error::Unsupported(format!("no primitive `{name}` in cleartext; there is `network`")));
        }
        // Made-up weights break bounds that were declared for trained ones.
        let architecture = self.plan.lowered.architecture.clone().without_bounds();
        let lowered = Lowered { architecture, precision: self.plan.lowered.precision };
        let evaluator = lowered.evaluator(&made_up_weights(&lowered.architecture, seed)?)?;
        let images = blindbench_core::conformance::made_up_images(&lowered.architecture, 1, seed);
        let twin = evaluator.logits(&images)?;
        let check =
            move |logits: &Logits| logits.errors(&twin).map_or(f64::INFINITY, |e| e.into_iter().fold(0.0, f64::max));
        Ok(primitive(move || evaluator.logits(&images), check))
    }
}

/// Every kind of layer that the arithmetic can compute, on 8x8 images.
fn small_network(arithmetic: Arithmetic) -> Architecture {
    let conv = Conv2d { maps: 2, kernel: 3, stride: 2, padding: 1, bounds: None, typical: None };
    let pool = Pool { size: 2, stride: 2 };
    let (pixels, middle) = match arithmetic {
        Arithmetic::Real => (Pixels::Unit, vec![Layer::BatchNorm, Layer::AveragePool(pool)]),
        Arithmetic::Integer => (Pixels::Levels(4), vec![Layer::MaxPool(pool)]),
    };
    let mut layers = vec![Layer::Conv2d(conv), Layer::Activation(Activation::Relu)];
    layers.extend(middle);
    layers.extend([
        Layer::Flatten,
        Layer::Dense(Dense { outputs: 5, bounds: None, typical: None }),
        Layer::Activation(Activation::Square),
        Layer::Dense(Dense { outputs: 3, bounds: None, typical: None }),
    ]);
    Architecture { input: Input { shape: Shape::grey(8, 8), crop: 0, pixels }, arithmetic, layers }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failing test may panic")]

    use blindbench_core::network::bounds::declare;

    use super::*;

    #[test]
    fn the_primitive_runs_on_a_network_whose_bounds_made_up_weights_break() {
        let architecture = small_network(Arithmetic::Integer);
        let mut weights = made_up_weights(&architecture, &Seed::from_number(1)).unwrap();
        for layer in weights.layers.iter_mut().flatten() {
            let count = layer.weight.values.len();
            layer.weight.values = blindbench_core::network::weights::TensorValues::Integer(vec![0; count]);
        }
        let declared = declare(&architecture, &weights).unwrap();
        let plan = <Cleartext as Scheme>::plan(Params {}, &declared, 1).unwrap();
        let scheme = <Cleartext as Scheme>::open(plan, &Resources::default()).unwrap();
        let mut network = scheme.prepare("network", &Seed::from_number(2)).unwrap();
        network.run(2).unwrap();
        assert_eq!(network.check().unwrap(), 0.0);
    }
}
