//! The scheme's roles.

use std::sync::{Arc, OnceLock};

use blindbench_core::conformance::made_up_weights;
use blindbench_core::error::{Error, Result};
use blindbench_core::network::architecture::{Activation, Architecture, Arithmetic, Dense, Input, Layer, Pixels};
use blindbench_core::network::bounds::declare;
use blindbench_core::network::images::{Images, Shape};
use blindbench_core::network::logits::{Logits, Values};
use blindbench_core::network::lowered::Lowered;
use blindbench_core::network::weights::Weights;
use blindbench_core::primitives::Offer;
use blindbench_core::probe::{Operation, Probe};
use blindbench_core::roles::seed::{Rng, Seed};
use blindbench_core::scheme::{Case, HeldByAuthority, KeyPair, Leakage, Profile, Promise, Resources, Scheme};
use blindbench_core::security::SecurityEstimate;
use blindbench_core::wire::parts::{PartReader, Parts};
use blindbench_core::workers::Workers;
use blindbench_kernels::dispatch::Kernel;

use super::ciphertext::Ciphertext;
use super::decryptor::{self, Decryptor, Paired, Projected};
use super::form::{Forms, QuadraticNetwork};
use super::keys::{self, FunctionKeys, MasterKey, PublicKey};
use super::logarithm::{self, Logarithms};
use super::messages::Of;
use super::params::{Params, Plan};
use super::{operations, security};
use crate::leakage::span::Span;
use crate::network::Published;

/// Most images a query: keeps hostile plans from allocating.
const MAX_CHUNK: usize = 1 << 16;

/// Ciphertexts that are held at a time; what is left of them is a twentieth.
const TOGETHER: usize = 32;

/// An opened plan: a network with one square, by quadratic forms.
#[derive(Debug)]
pub struct Quadratic {
    params: Params,
    network: QuadraticNetwork,
    lowered: Lowered,
    chunk: usize,
    kernel: Kernel,
    workers: Workers,
    /// Built with the first server, shared by all.
    logarithms: OnceLock<Arc<Logarithms>>,
}

/// What the server keeps: keys, forms, the table of logarithms and the biases of the last layer.
#[derive(Debug)]
pub struct Server {
    decryptor: Decryptor,
    biases: Vec<i64>,
}

impl Server {
    /// The opened keys and forms.
    pub fn decryptor(&self) -> &Decryptor {
        &self.decryptor
    }
}

impl Quadratic {
    /// The network.
    pub fn network(&self) -> &QuadraticNetwork {
        &self.network
    }

    pub(super) fn architecture(&self) -> &Architecture {
        &self.lowered.architecture
    }

    fn logarithms(&self) -> Result<Arc<Logarithms>> {
        if let Some(built) = self.logarithms.get() {
            return Ok(built.clone());
        }
        let built = Logarithms::new(self.network.score_max(), &self.params, self.kernel, &self.workers)?;
        Ok(self.logarithms.get_or_init(|| Arc::new(built)).clone())
    }

    /// Reads ciphertexts, checks them and multiplies them by P.
    fn project(
        &self,
        decryptor: &Decryptor,
        mut query: PartReader<'_, Self, Of<Ciphertext>>,
        rng: &mut Rng,
    ) -> Result<Vec<Projected>> {
        let mut projected = Vec::with_capacity(query.len());
        while !query.is_empty() {
            let parts: Vec<_> = query.take_parts(TOGETHER)?.into_iter().map(|part| (part, Seed::drawn(rng))).collect();
            let some = self.workers.map(parts, |(part, seed)| {
                let ciphertext = part.decode()?.0;
                decryptor::check_order(&ciphertext, &seed)?;
                Ok(decryptor.project(&ciphertext))
            });
            projected.extend(some.into_iter().collect::<Result<Vec<_>>>()?);
        }
        Ok(projected)
    }
}

impl Scheme for Quadratic {
    type Params = Params;
    type Plan = Plan;
    type Holder = HeldByAuthority;
    type SecretKey = MasterKey;
    type PublicKey = Of<PublicKey>;
    type ModelMessage = Published;
    type Model = Weights;
    type KeyRequest = Of<Forms>;
    type ServerKey = Of<FunctionKeys>;
    type Server = Server;
    type Query = Of<Ciphertext>;
    type Answer = Logits;

    fn plan(params: Params, architecture: &Architecture, batch: usize) -> Result<Plan> {
        let network = QuadraticNetwork::of(architecture)?;
        logarithm::check(network.score_max(), &params)?;
        Ok(Plan { params, architecture: architecture.clone(), chunk: batch.min(MAX_CHUNK) })
    }

    fn open(plan: Plan, resources: &Resources) -> Result<Self> {
        let Plan { params, architecture, chunk } = plan;
        if !(1..=MAX_CHUNK).contains(&chunk) {
            return Err(Error::Unsupported(format!("{chunk} images a query, expected 1 to {MAX_CHUNK}")));
        }
        let network = QuadraticNetwork::of(&architecture)?;
        logarithm::check(network.score_max(), &params)?;
        let workers = Workers::new(resources.threads)?;
        let (lowered, kernel) = (Lowered::model(&architecture), resources.kernel);
        Ok(Quadratic { params, network, lowered, chunk, kernel, workers, logarithms: OnceLock::new() })
    }

    fn cases() -> Vec<Case<Params>> {
        [(2, 1, 3), (4, 256, 2)]
            .into_iter()
            .filter_map(|(hidden, levels, classes)| case(hidden, levels, classes))
            .collect()
    }

    fn operations(params: Params, resources: &Resources) -> Result<Offer> {
        operations::offer(params, resources)
    }

    fn operation_cases() -> Vec<Params> {
        vec![Params { table_bytes: 1 << 18 }]
    }

    fn profile(&self) -> Profile {
        let QuadraticNetwork { hidden, classes, .. } = self.network;
        let bound = self.network.score_max();
        Profile {
            family: "functional encryption (quadratic forms)".into(),
            parameters: format!("BLS12-381, {hidden} products of pairings, scores up to {bound}"),
            approximations: String::new(),
            exact: true,
            server_learns: format!(
                "only the {classes} scores of each image, and those of every other image encrypted for this authority; \
                 pixels as far as {classes} quadratic forms of each image determine them"
            ),
            client_learns: "scores".into(),
            key_holder_learns: "the weights of both layers; with its master key it can open every image".into(),
            log_n: None,
            log_qp: None,
            kernel: "blst: BMI2 and ADX where the processor has them".into(),
        }
    }

    fn chunk(&self) -> usize {
        self.chunk
    }

    fn leakage(&self, weights: &Weights) -> Result<Option<Leakage>> {
        let forms = self.network.forms(weights)?;
        let length = self.network.length();
        let mut span = Span::new(length * (length + 1) / 2);
        for coefficients in forms.coefficients() {
            span.add(&coefficients)?;
        }
        Ok(Some(Leakage { rank: span.rank(), dimension: span.dimension(), degree: 2 }))
    }

    fn lowered(&self) -> &Lowered {
        &self.lowered
    }

    fn security(&self) -> SecurityEstimate {
        security::estimate()
    }

    fn promise(&self, weights: &Weights) -> Result<Promise> {
        weights.check(self.architecture()).map(|()| Promise::EXACT)
    }

    fn keygen(&self, rng: &mut Rng) -> Result<KeyPair<Self>> {
        let (master, public) = keys::setup(self.network.length(), rng);
        Ok(KeyPair::new(master, Of(public)))
    }

    fn server_key(&self, keys: &KeyPair<Self>, request: &Of<Forms>, _: &mut Rng) -> Result<Of<FunctionKeys>> {
        self.network.grant(&request.0)?;
        keys.secret.0.derive_function_keys(&request.0).map(Of)
    }

    fn publish(&self, _: &Of<PublicKey>, weights: &Weights, _: &mut Rng) -> Result<Published> {
        weights.check(self.architecture())?;
        Ok(Published(weights.clone()))
    }

    fn encrypt(
        &self,
        key: &Of<PublicKey>,
        images: &Images,
        rng: &mut Rng,
        out: &mut Parts<Of<Ciphertext>>,
    ) -> Result<()> {
        let input = &self.architecture().input;
        input.accept(images)?;
        if images.len() > self.chunk {
            let expected = format!("at most {} images a query", self.chunk);
            return Err(Error::Images { expected, found: format!("{} images", images.len()) });
        }
        for image in images.iter() {
            let mut numbers = input.levels(image);
            numbers.push(1);
            out.push(&Of(key.0.encrypt(&numbers, self.network.pixel_max, rng)?));
        }
        Ok(())
    }

    fn decrypt(&self, _: &Of<PublicKey>, answer: &Logits) -> Result<Logits> {
        match answer.classes == self.network.classes {
            true => Ok(answer.clone()),
            false => Err(Error::wire("answer", format!("{} classes", answer.classes))),
        }
    }

    fn load(&self, message: Published) -> Result<(Weights, Of<Forms>)> {
        let forms = self.network.forms(&message.0)?;
        Ok((message.0, Of(forms)))
    }

    fn setup(&self, model: Weights, key: Of<FunctionKeys>) -> Result<Server> {
        let forms = self.network.forms(&model)?;
        let decryptor = Decryptor::new(&forms, &key.0, self.logarithms()?)?;
        Ok(Server { decryptor, biases: self.network.biases(&model)? })
    }

    fn resident_bytes(&self, server: &Server) -> u64 {
        server.decryptor.resident_bytes() + size_of_val(&*server.biases) as u64
    }

    fn evaluate(
        &self,
        server: &Server,
        query: PartReader<'_, Self, Of<Ciphertext>>,
        rng: &mut Rng,
        probe: &mut Probe<'_>,
    ) -> Result<Logits> {
        let images = query.len();
        if !(1..=self.chunk).contains(&images) {
            return Err(Error::wire("query", format!("{images} images, a chunk holds 1 to {}", self.chunk)));
        }
        let (decryptor, times) = (&server.decryptor, images as u64);
        let QuadraticNetwork { index, hidden, classes, .. } = self.network;
        let projected = probe.layer(index, |probe| {
            probe.count(Operation::Add, times * decryptor.additions());
            self.project(decryptor, query, rng)
        })?;
        let paired: Vec<Paired> = probe.layer(index + 1, |probe| {
            probe.count(Operation::CiphertextMultiply, times * hidden as u64);
            self.workers.map(projected, |projected| decryptor.pair(&projected))
        });
        let scores = probe.layer(index + 2, |probe| {
            probe.count(Operation::GroupExponentiation, times * classes as u64);
            probe.count(Operation::DiscreteLog, times * classes as u64);
            self.workers.map(paired, |paired| decryptor.scores(&paired)).into_iter().collect::<Result<Vec<_>>>()
        })?;
        let biased = scores.iter().flat_map(|scores| scores.iter().zip(&server.biases));
        let values = biased.map(|(score, bias)| i128::from(*score) + i128::from(*bias)).collect();
        Ok(Logits { classes, values: Values::Integer(values) })
    }
}

/// A network on images of 2 x 2 pixels; none where its numbers do not fit.
fn case(hidden: usize, levels: u16, classes: usize) -> Option<Case<Params>> {
    let dense = |outputs| Layer::Dense(Dense { outputs, bounds: None, typical: None });
    let input = Input { shape: Shape::grey(2, 2), crop: 0, pixels: Pixels::Levels(levels.max(2)) };
    let layers = vec![Layer::Flatten, dense(hidden), Layer::Activation(Activation::Square), dense(classes)];
    let architecture = Architecture { input, arithmetic: Arithmetic::Integer, layers };
    let weights = made_up_weights(&architecture, &Seed::from_number(1)).ok()?;
    let architecture = declare(&architecture, &weights).ok()?;
    Some(Case { params: Params { table_bytes: 1 << 14 }, architecture, weights })
}
