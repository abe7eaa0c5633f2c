//! All roles of a scheme, set up.

use std::sync::Arc;

use blindbench_core::network::architecture::Architecture;
use blindbench_core::network::images::Images;
use blindbench_core::network::logits::Logits;
use blindbench_core::network::lowered::Evaluator;
use blindbench_core::network::weights::Weights;
use blindbench_core::probe::{Detail, NoClock, Probe, Trace};
use blindbench_core::roles::seed::Seed;
use blindbench_core::scheme::{HeldByClient, KeyPair, Promise, Resources, Scheme};
use blindbench_core::wire::parts::{PartReader, Parts};
use blindbench_core::wire::{Encode, Nothing, Wire};

/// Key holder, client and server of one network.
pub struct Roles<S: Scheme> {
    pub scheme: S,
    pub keys: Arc<KeyPair<S>>,
    pub evaluator: Evaluator,
    pub promise: Promise,
    pub seed: Seed,
    server: S::Server,
}

impl<S: Scheme<Holder = HeldByClient, KeyRequest = Nothing>> Roles<S> {
    pub fn new(
        params: S::Params,
        (architecture, weights): &(Architecture, Weights),
        batch: usize,
        resources: Resources,
    ) -> Self {
        let scheme = S::open(S::plan(params, architecture, batch).unwrap(), &resources).unwrap();
        let seed = Seed::from_number(11);
        let keys = scheme.keygen(&mut seed.derive("keygen", 0).rng()).unwrap();
        let model = scheme.publish(&keys.public, weights, &mut seed.rng()).unwrap().to_bytes();
        let (model, request) = scheme.load(S::ModelMessage::from_bytes(&scheme, &model).unwrap()).unwrap();
        let key = scheme.server_key(&keys, &request, &mut seed.derive("server key", 0).rng()).unwrap().to_bytes();
        let server = scheme.setup(model, S::ServerKey::from_bytes(&scheme, &key).unwrap()).unwrap();
        let evaluator = scheme.lowered().evaluator(weights).unwrap();
        let promise = scheme.promise(weights).unwrap();
        Roles { scheme, keys: Arc::new(keys), evaluator, promise, seed, server }
    }

    pub fn answer(&self, images: &Images) -> Logits {
        self.run(images, Detail::Counts).0
    }

    pub fn run(&self, images: &Images, detail: Detail) -> (Logits, Trace) {
        let mut parts = Parts::default();
        self.scheme.encrypt(&self.keys, images, &mut self.seed.derive("encrypt", 0).rng(), &mut parts).unwrap();
        let query = parts.into_bytes();
        let reader = PartReader::new(&self.scheme, &query).unwrap();
        let mut probe = Probe::new(&NoClock, detail);
        let answer = self.scheme.evaluate(&self.server, reader, &mut self.seed.rng(), &mut probe).unwrap().to_bytes();
        let answer = S::Answer::from_bytes(&self.scheme, &answer).unwrap();
        (self.scheme.decrypt(&self.keys, &answer).unwrap(), probe.finish())
    }

    /// What the key holder finds after layer `layer` of a run that left snapshots.
    pub fn inspect(&self, trace: &Trace, layer: usize) -> Vec<f64> {
        self.scheme.inspect(&self.keys, layer as u32, &trace.spans[layer].snapshot).unwrap().values
    }

    pub fn twin(&self, images: &Images) -> Logits {
        self.evaluator.logits(images).unwrap()
    }
}
