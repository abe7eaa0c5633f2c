//! The scheme, for approximate and exact networks alike: roles and messages.
//!
//! The client encrypts an image in seeded GLWE ciphertexts whose flattened key is the key that bootstraps
//! take their inputs under, so that no key switch is needed. The server extracts a row of LWE
//! coefficients a pixel, multiplies them with the first matrix, bootstraps each hidden value through a
//! negacyclic function, which uses the whole torus, and multiplies with the last matrix.

use blindbench_core::error::{Error, Result};
use blindbench_core::network::architecture::Architecture;
use blindbench_core::network::images::Images;
use blindbench_core::network::logits::Logits;
use blindbench_core::network::lowered::Lowered;
use blindbench_core::network::weights::Weights;
use blindbench_core::primitives::Offer;
use blindbench_core::probe::Probe;
use blindbench_core::roles::seed::Rng;
use blindbench_core::scheme::{Case, HeldByClient, Inspection, KeyPair, Profile, Promise, Resources, Scheme};
use blindbench_core::security::SecurityEstimate;
use blindbench_core::wire::Nothing;
use blindbench_core::wire::parts::{PartReader, Parts};
use blindbench_core::workers::Workers;
use blindbench_kernels::dispatch::Kernel;

use crate::answer::Answer;
use crate::bootstrap;
use crate::circuit::Circuit;
use crate::encoding::Encoding;
use crate::image::EncryptedImage;
use crate::keys::{BootstrappingKey, SecretKey};
use crate::messages::{Message, Plan};
use crate::noise::Noise;
use crate::operations;
use crate::parameters::Parameters;
use crate::security;
use crate::semantics::{Choice, Semantics};
use crate::server::Server;

/// An opened plan with the semantics `S`.
#[derive(Debug)]
pub struct EncryptedNetwork<S> {
    pub(crate) semantics: S,
    pub(crate) parameters: Parameters,
    pub(crate) circuit: Circuit,
    pub(crate) encoding: Encoding,
    pub(crate) answer_bits: u32,
    pub(crate) kernel: Kernel,
    pub(crate) workers: Workers,
    lowered: Lowered,
    chunk: usize,
}

/// Most images a query: keeps hostile plans from allocating.
const MAX_CHUNK: usize = 1 << 12;

impl<S: Semantics> EncryptedNetwork<S> {
    /// The noise of each step.
    pub fn noise(&self) -> Noise {
        Noise::new(&self.parameters, self.answer_bits)
    }
}

impl<S: Semantics> Scheme for EncryptedNetwork<S> {
    type Params = S::Params;
    type Plan = Plan<S>;
    type Holder = HeldByClient;
    type SecretKey = SecretKey;
    type PublicKey = Nothing;
    type ModelMessage = Message<Weights>;
    type Model = Weights;
    type KeyRequest = Nothing;
    type ServerKey = Message<BootstrappingKey>;
    type Server = Server;
    type Query = Message<EncryptedImage>;
    type Answer = Message<Answer>;

    fn plan(params: S::Params, architecture: &Architecture, batch: usize) -> Result<Plan<S>> {
        let Choice { literal, answer_bits } = S::choose(&params, &Circuit::of(architecture)?)?;
        Ok(Plan::new(literal, answer_bits, architecture.clone(), batch))
    }

    fn open(plan: Plan<S>, resources: &Resources) -> Result<Self> {
        let parameters = Parameters::try_from(plan.parameters)?;
        let circuit = Circuit::of(&plan.architecture)?;
        if !(1..=MAX_CHUNK).contains(&plan.chunk) {
            return Err(Error::Unsupported(format!("{} images a query, expected 1 to {MAX_CHUNK}", plan.chunk)));
        }
        if !(1..=u64::BITS).contains(&plan.answer_bits) {
            return Err(Error::Unsupported(format!("{} answer bits, expected 1 to 64", plan.answer_bits)));
        }
        let encoding = S::encoding(&circuit, &parameters)?;
        if encoding.step == 0 || encoding.amplitude == 0 {
            return Err(Error::Unsupported("the declared bounds leave no room on the torus: smaller weights".into()));
        }
        Ok(EncryptedNetwork {
            semantics: S::open(&circuit, &parameters, &encoding, plan.answer_bits)?,
            lowered: S::lowered(&plan.architecture, &circuit, &parameters),
            workers: Workers::new(resources.threads)?,
            kernel: resources.kernel,
            answer_bits: plan.answer_bits,
            chunk: plan.chunk,
            parameters,
            circuit,
            encoding,
        })
    }

    fn cases() -> Vec<Case<S::Params>> {
        S::cases()
    }

    fn operations(params: S::Params, resources: &Resources) -> Result<Offer> {
        operations::offer(S::setting(&params)?, resources)
    }

    fn operation_cases() -> Vec<S::Params> {
        S::operation_cases()
    }

    fn profile(&self) -> Profile {
        Profile {
            family: "fully homomorphic (TFHE)".into(),
            parameters: format!("{}; answers of {} bits a coefficient", self.parameters, self.answer_bits),
            approximations: self.semantics.approximations(self),
            exact: S::EXACT,
            server_learns: "the number of images".into(),
            client_learns: S::CLIENT_LEARNS.into(),
            key_holder_learns: "nothing beyond the client, which holds the key".into(),
            log_n: Some((self.parameters.lwe_dimension() as f64).log2()),
            log_qp: Some(64.0),
            kernel: format!("{} (matrices), {}", self.kernel, bootstrap::instructions(self.kernel)),
        }
    }

    fn chunk(&self) -> usize {
        self.chunk
    }

    fn lowered(&self) -> &Lowered {
        &self.lowered
    }

    fn security(&self) -> SecurityEstimate {
        security::estimate(&self.parameters)
    }

    fn promise(&self, weights: &Weights) -> Result<Promise> {
        weights.check(&self.lowered.architecture)?;
        self.semantics.promise(self, weights)
    }

    fn keygen(&self, rng: &mut Rng) -> Result<KeyPair<Self>> {
        Ok(KeyPair::new(SecretKey::generate(&self.parameters, rng), Nothing))
    }

    fn server_key(&self, keys: &KeyPair<Self>, _: &Nothing, rng: &mut Rng) -> Result<Message<BootstrappingKey>> {
        Ok(Message(keys.secret.0.bootstrapping_key(&self.parameters, &self.workers, rng)))
    }

    fn inspect(&self, keys: &KeyPair<Self>, layer: u32, snapshot: &[u8]) -> Result<Inspection> {
        let values = crate::snapshot::inspect(self, &keys.secret.0, layer as usize, snapshot)?;
        Ok(Inspection { values, ..Inspection::default() })
    }

    fn publish(&self, _: &Nothing, weights: &Weights, _: &mut Rng) -> Result<Message<Weights>> {
        weights.check(&self.lowered.architecture)?;
        Ok(Message(weights.clone()))
    }

    fn encrypt(
        &self,
        key: &KeyPair<Self>,
        images: &Images,
        rng: &mut Rng,
        out: &mut Parts<Message<EncryptedImage>>,
    ) -> Result<()> {
        let input = &self.lowered.architecture.input;
        input.accept(images)?;
        for image in images.iter() {
            let levels = input.levels(image);
            out.push(&Message(EncryptedImage::encrypt(
                &self.parameters,
                &key.secret.0,
                &levels,
                self.encoding.step,
                rng,
            )));
        }
        Ok(())
    }

    fn decrypt(&self, key: &KeyPair<Self>, answer: &Message<Answer>) -> Result<Logits> {
        let phases = answer.0.phases(&key.secret.0);
        Ok(Logits { classes: self.circuit.classes, values: S::scores(&self.encoding, &phases) })
    }

    fn load(&self, message: Message<Weights>) -> Result<(Weights, Nothing)> {
        Ok((message.0, Nothing))
    }

    fn setup(&self, model: Weights, key: Message<BootstrappingKey>) -> Result<Server> {
        Server::new(self, &model, key.0)
    }

    fn resident_bytes(&self, server: &Server) -> u64 {
        server.resident_bytes()
    }

    fn evaluate(
        &self,
        server: &Server,
        query: PartReader<'_, Self, Message<EncryptedImage>>,
        _: &mut Rng,
        probe: &mut Probe<'_>,
    ) -> Result<Message<Answer>> {
        if query.is_empty() || query.len() > self.chunk {
            let reason = format!("{} images, a chunk holds 1 to {}", query.len(), self.chunk);
            return Err(Error::wire("TFHE query", reason));
        }
        let images = query.map(|part| part.map(|message| message.0)).collect::<Result<Vec<_>>>()?;
        Ok(Message(server.evaluate(self, &images, probe)))
    }
}
