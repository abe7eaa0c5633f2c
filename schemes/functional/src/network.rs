//! Networks whose first layer is computed by inner-product functional encryption, whichever.
//!
//! The client encrypts pixels. The authority derives a function key for each row of the first matrix; with it the server
//! opens that row's product with the pixels, adds the bias and computes all other layers in the clear. What it opens it
//! learns: the first layer's outputs, of any image that is ever encrypted for this authority.

mod authority;
pub mod engine;
pub mod first_layer;
mod messages;

use blindbench_core::error::{Error, Result};
use blindbench_core::network::architecture::Architecture;
use blindbench_core::network::images::Images;
use blindbench_core::network::logits::Logits;
use blindbench_core::network::lowered::{Evaluator, Lowered};
use blindbench_core::network::weights::Weights;
use blindbench_core::primitives::Offer;
use blindbench_core::probe::Probe;
use blindbench_core::roles::seed::Rng;
use blindbench_core::scheme::{Case, HeldByAuthority, KeyPair, Leakage, Profile, Promise, Resources, Scheme};
use blindbench_core::security::SecurityEstimate;
use blindbench_core::wire::parts::{PartReader, Parts};

pub use self::authority::Authority;
use self::engine::{Demand, InnerProduct};
use self::first_layer::FirstLayer;
pub use self::messages::{Of, Plan, Published, Rows};
use crate::leakage::budget::RankBudget;
use crate::leakage::span::Span;

/// Most images a query: keeps hostile plans from allocating.
const MAX_CHUNK: usize = 1 << 16;

/// An opened plan: a network with its first layer under the engine `E`.
#[derive(Debug)]
pub struct FirstLayerNetwork<E> {
    engine: E,
    layer: FirstLayer,
    lowered: Lowered,
    chunk: usize,
    rank_budget: Option<usize>,
}

impl<E: InnerProduct> FirstLayerNetwork<E> {
    /// The encryption of inner products.
    pub fn engine(&self) -> &E {
        &self.engine
    }

    /// Numbers a row of the matrix has, and rows.
    pub(crate) fn extent(&self) -> (usize, usize) {
        (self.layer.inputs, self.layer.outputs)
    }

    fn architecture(&self) -> &Architecture {
        &self.lowered.architecture
    }

    /// A budget of which nothing is used, where there is one.
    fn budget(&self) -> Option<RankBudget> {
        self.rank_budget.map(|most| RankBudget::new(self.layer.inputs, most))
    }
}

/// What the server keeps: the opened keys with their rows, the biases, and the layers that follow.
#[derive(Debug)]
pub struct Server<D> {
    decryptor: D,
    biases: Vec<i64>,
    rest: Evaluator,
}

impl<E: InnerProduct> Scheme for FirstLayerNetwork<E> {
    type Params = E::Params;
    type Plan = Plan<E>;
    type Holder = HeldByAuthority;
    type SecretKey = Authority<E::MasterKey>;
    type PublicKey = Of<E::PublicKey>;
    type ModelMessage = Published;
    type Model = Weights;
    type KeyRequest = Rows;
    type ServerKey = Of<E::FunctionKeys>;
    type Server = Server<E::Decryptor>;
    type Query = Of<E::Ciphertext>;
    type Answer = Logits;

    fn plan(params: E::Params, architecture: &Architecture, batch: usize) -> Result<Plan<E>> {
        let layer = FirstLayer::of(architecture)?;
        let setting = E::choose(&params, &layer.demand(batch))?;
        let rank_budget = E::rank_budget(&params);
        Ok(Plan { setting, architecture: architecture.clone(), chunk: batch, rank_budget })
    }

    fn open(plan: Plan<E>, resources: &Resources) -> Result<Self> {
        if !(1..=MAX_CHUNK).contains(&plan.chunk) {
            return Err(Error::Unsupported(format!("{} images a query, expected 1 to {MAX_CHUNK}", plan.chunk)));
        }
        let layer = FirstLayer::of(&plan.architecture)?;
        let engine = E::open(plan.setting, &layer.demand(plan.chunk), resources)?;
        let chunk = plan.chunk.min(engine.most_samples());
        let (lowered, rank_budget) = (Lowered::model(&plan.architecture), plan.rank_budget);
        Ok(FirstLayerNetwork { engine, layer, lowered, chunk, rank_budget })
    }

    fn cases() -> Vec<Case<E::Params>> {
        E::cases()
    }

    fn operations(params: E::Params, resources: &Resources) -> Result<Offer> {
        E::operations(params, resources)
    }

    fn operation_cases() -> Vec<E::Params> {
        E::operation_cases()
    }

    fn profile(&self) -> Profile {
        let description = self.engine.describe();
        let outputs = self.layer.outputs;
        Profile {
            family: "functional encryption (inner product)".into(),
            parameters: description.parameters,
            approximations: String::new(),
            exact: true,
            server_learns: format!(
                "the {outputs} outputs of the first layer, and so the scores, of these and all other images encrypted for \
                 this authority; pixels as far as the rank of all issued keys goes (see `leakage`)"
            ),
            client_learns: "scores".into(),
            key_holder_learns: "the weights of the first layer; with its master key it can open every image".into(),
            log_n: description.log_n,
            log_qp: description.log_qp,
            kernel: description.kernel,
        }
    }

    fn chunk(&self) -> usize {
        self.chunk
    }

    fn lowered(&self) -> &Lowered {
        &self.lowered
    }

    fn security(&self) -> SecurityEstimate {
        self.engine.security()
    }

    fn promise(&self, weights: &Weights) -> Result<Promise> {
        weights.check(self.architecture())?;
        // Before any key is drawn: an authority that would refuse the keys cannot serve this network.
        if let Some(mut budget) = self.budget() {
            budget.grant(&self.layer.rows(weights)?)?;
        }
        Ok(Promise { logit_error: 0.0, failure_log2: self.engine.failure_log2() })
    }

    fn leakage(&self, weights: &Weights) -> Result<Option<Leakage>> {
        let mut span = Span::new(self.layer.inputs);
        for row in self.layer.rows(weights)? {
            span.add(&row)?;
        }
        Ok(Some(Leakage { rank: span.rank(), dimension: span.dimension(), degree: 1 }))
    }

    fn keygen(&self, rng: &mut Rng) -> Result<KeyPair<Self>> {
        let (master, public) = self.engine.setup(rng)?;
        Ok(KeyPair::new(Authority::new(master, self.budget()), Of(public)))
    }

    fn server_key(&self, keys: &KeyPair<Self>, request: &Rows, _: &mut Rng) -> Result<Of<E::FunctionKeys>> {
        self.layer.grant(&request.0)?;
        let master = keys.secret.0.grant(&request.0)?;
        self.engine.derive_function_keys(master, &request.0).map(Of)
    }

    fn publish(&self, _: &Of<E::PublicKey>, weights: &Weights, _: &mut Rng) -> Result<Published> {
        weights.check(self.architecture())?;
        Ok(Published(weights.clone()))
    }

    fn encrypt(
        &self,
        key: &Of<E::PublicKey>,
        images: &Images,
        rng: &mut Rng,
        out: &mut Parts<Of<E::Ciphertext>>,
    ) -> Result<()> {
        let input = &self.architecture().input;
        input.accept(images)?;
        if images.len() > self.chunk {
            let expected = format!("at most {} images a query", self.chunk);
            return Err(Error::Images { expected, found: format!("{} images", images.len()) });
        }
        let samples: Vec<Vec<u16>> = images.iter().map(|image| input.levels(image)).collect();
        self.engine.encrypt(&key.0, &samples, rng, &mut |ciphertext| out.push(&Of(ciphertext)))
    }

    fn decrypt(&self, _: &Of<E::PublicKey>, answer: &Logits) -> Result<Logits> {
        match answer.classes == self.architecture().classes() {
            true => Ok(answer.clone()),
            false => Err(Error::wire("answer", format!("{} classes", answer.classes))),
        }
    }

    fn load(&self, message: Published) -> Result<(Weights, Rows)> {
        let rows = self.layer.rows(&message.0)?;
        Ok((message.0, Rows(rows)))
    }

    fn setup(&self, model: Weights, key: Of<E::FunctionKeys>) -> Result<Server<E::Decryptor>> {
        let rows = self.layer.rows(&model)?;
        let biases = self.layer.biases(&model)?;
        let decryptor = self.engine.prepare(rows, key.0)?;
        Ok(Server { decryptor, biases, rest: self.lowered.evaluator(&model)? })
    }

    fn resident_bytes(&self, server: &Server<E::Decryptor>) -> u64 {
        self.engine.resident_bytes(&server.decryptor) + server.rest.resident_bytes()
    }

    fn evaluate(
        &self,
        server: &Server<E::Decryptor>,
        query: PartReader<'_, Self, Of<E::Ciphertext>>,
        _: &mut Rng,
        probe: &mut Probe<'_>,
    ) -> Result<Logits> {
        let opened = probe.layer(self.layer.index, |probe| {
            let ciphertexts = query.map(|part| part.map(|part| part.0)).collect::<Result<Vec<_>>>()?;
            self.engine.decrypt(&server.decryptor, &ciphertexts, probe)
        })?;
        let values = self.layer.outputs_of(&opened, &server.biases)?;
        let around = |layer: usize, work: &mut dyn FnMut()| probe.layer(layer, |_| work());
        server.rest.logits_from(self.layer.index + 1, &values, around)
    }
}

/// What a demand of no network is: products of single vectors, as operations time them.
pub fn demand_of_vectors(length: usize, input_max: u64, weight_max: u64) -> Demand {
    let l1_max = length as u64 * weight_max;
    Demand { length, rows: 1, samples: 1, input_max, weight_max, l1_max, result_max: l1_max * input_max }
}

#[cfg(test)]
mod tests;
