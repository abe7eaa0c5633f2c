//! The scheme as networks see it.

use blindbench_core::error::Result;
use blindbench_core::network::architecture::{Activation, Architecture, Arithmetic, Dense, Input, Layer, Pixels};
use blindbench_core::network::bounds;
use blindbench_core::network::images::Shape;
use blindbench_core::primitives::Offer;
use blindbench_core::probe::LayerProbe;
use blindbench_core::roles::seed::{Rng, Seed};
use blindbench_core::scheme::{Case, Resources};
use blindbench_core::security::SecurityEstimate;
use blindbench_core::workers::Workers;
use blindbench_kernels::dispatch::Kernel;
use blindbench_kernels::product::method::Method;
use blindbench_kernels::rescale::Fractions;
use blindbench_kernels::sample::gaussian::Gaussian;

use super::budget::FAILURE_LOG2;
use super::ciphertext::Ciphertext;
use super::decryption::Decryptor;
use super::keys::{FunctionKeys, MasterKey, PublicKey};
use super::noise::NoiseRule;
use super::operations;
use super::ring::Ring;
use super::setting::{Derived, Params, Setting};
use crate::network::engine::{Demand, EngineDescription, InnerProduct};

/// The scheme for a demand, with its tables.
#[derive(Debug)]
pub struct RlweIpfe {
    pub(super) derived: Derived,
    pub(super) demand: Demand,
    pub(super) kernel: Kernel,
    pub(super) method: Method,
    /// Modulo q.
    pub(super) ring: Ring,
    /// Modulo the modulus that c_0 is switched to.
    pub(super) first: Ring,
    pub(super) key: Gaussian,
    pub(super) randomness: Gaussian,
    pub(super) message: Gaussian,
    /// The primes' shares of the modulus, which digits are switched by.
    pub(super) fractions: Fractions,
    /// What a unit of a result adds to an opened sum.
    pub(super) step: f64,
    /// The most noise that an opened sum has.
    pub(super) noise: f64,
    pub(super) workers: Workers,
}

impl RlweIpfe {
    fn new(derived: Derived, demand: &Demand, resources: &Resources) -> Result<RlweIpfe> {
        let Setting { degree, rank, planes, primes, first_primes, .. } = &derived.setting;
        let kernel = resources.kernel;
        let gaussian = |sigma: f64| {
            let unfit =
                || blindbench_core::error::Error::Unsupported(format!("rlwe-ipfe: no Gaussian of deviation {sigma}"));
            Gaussian::new(sigma).ok_or_else(unfit)
        };
        Ok(RlweIpfe {
            kernel,
            method: Method::of(kernel, 127),
            ring: Ring::new(kernel, *degree, *rank, primes)?,
            first: Ring::new(kernel, *degree, *rank, first_primes)?,
            key: gaussian(derived.widths.key)?,
            randomness: gaussian(derived.widths.randomness)?,
            message: gaussian(derived.widths.message)?,
            fractions: Fractions::new(primes),
            step: 2.0 * derived.load.half_step(*planes),
            noise: derived.load.noise(&derived.widths, derived.setting.dimension() as f64, &derived.budget),
            workers: Workers::new(resources.threads)?,
            demand: *demand,
            derived,
        })
    }

    /// The parameters.
    pub fn derived(&self) -> &Derived {
        &self.derived
    }

    /// Vectors of a full ciphertext: the ring's degree.
    pub fn full(&self) -> usize {
        self.ring.degree
    }

    /// log2 of the modulus that the c_i are switched to.
    pub(super) fn bits(&self) -> u32 {
        8 * self.derived.setting.planes
    }

    /// That modulus over each prime.
    pub(super) fn factors(&self, primes: &[u64]) -> Vec<f64> {
        primes.iter().map(|p| f64::from(self.bits()).exp2() / *p as f64).collect()
    }
}

impl InnerProduct for RlweIpfe {
    type Params = Params;
    type Setting = Setting;
    type MasterKey = MasterKey;
    type PublicKey = PublicKey;
    type FunctionKeys = FunctionKeys;
    type Ciphertext = Ciphertext;
    type Decryptor = Decryptor;

    const PLAN_TAG: [u8; 4] = *b"RFPL";

    fn rank_budget(params: &Params) -> Option<usize> {
        params.rank_budget
    }

    fn choose(params: &Params, demand: &Demand) -> Result<Setting> {
        Derived::choose(params, demand).map(|derived| derived.setting)
    }

    fn open(setting: Setting, demand: &Demand, resources: &Resources) -> Result<Self> {
        RlweIpfe::new(Derived::again(setting, demand)?, demand, resources)
    }

    fn cases() -> Vec<Case<Params>> {
        let rules = [NoiseRule::Conservative, NoiseRule::HintMlwe];
        rules
            .into_iter()
            .filter_map(|noise| case(Params { noise, dimension: Some(128), ..Params::default() }))
            .collect()
    }

    fn operations(params: Params, resources: &Resources) -> Result<Offer> {
        operations::offer(&params, resources)
    }

    fn operation_cases() -> Vec<Params> {
        vec![Params { noise: NoiseRule::HintMlwe, dimension: Some(64), ..Params::default() }]
    }

    fn describe(&self) -> EngineDescription {
        EngineDescription {
            parameters: self.derived.to_string(),
            log_n: Some((self.derived.setting.dimension() as f64).log2()),
            log_qp: Some(self.derived.budget.log_q),
            kernel: format!("{} (products of bytes), {} (transforms)", operations::method(self.method), self.kernel),
        }
    }

    fn security(&self) -> SecurityEstimate {
        self.derived.security()
    }

    fn failure_log2(&self) -> Option<f64> {
        Some(FAILURE_LOG2)
    }

    fn setup(&self, rng: &mut Rng) -> Result<(MasterKey, PublicKey)> {
        Ok(self.draw_keys(rng))
    }

    fn derive_function_keys(&self, master: &MasterKey, rows: &[Vec<i64>]) -> Result<FunctionKeys> {
        self.derive(master, rows)
    }

    fn encrypt(
        &self,
        public: &PublicKey,
        samples: &[Vec<u16>],
        rng: &mut Rng,
        out: &mut dyn FnMut(Ciphertext),
    ) -> Result<()> {
        for samples in samples.chunks(self.full()) {
            out(self.encrypt_together(public, samples, rng)?);
        }
        Ok(())
    }

    fn prepare(&self, rows: Vec<Vec<i64>>, keys: FunctionKeys) -> Result<Decryptor> {
        self.prepare_keys(&rows, &keys)
    }

    fn resident_bytes(&self, decryptor: &Decryptor) -> u64 {
        decryptor.resident_bytes()
    }

    fn decrypt(&self, decryptor: &Decryptor, ciphertexts: &[Ciphertext], probe: &mut LayerProbe) -> Result<Vec<i64>> {
        let mut out = Vec::new();
        for ciphertext in ciphertexts {
            self.open_together(decryptor, ciphertext, probe, &mut out)?;
        }
        Ok(out)
    }
}

/// A network of 4 x 4 pixels with five hidden neurons and three classes.
fn case(params: Params) -> Option<Case<Params>> {
    let dense = |outputs| Layer::Dense(Dense { outputs, bounds: None, typical: None });
    let architecture = Architecture {
        input: Input { shape: Shape::grey(4, 4), crop: 0, pixels: Pixels::Levels(4) },
        arithmetic: Arithmetic::Integer,
        layers: vec![dense(5), Layer::Activation(Activation::Square), dense(3)],
    };
    let weights = blindbench_core::conformance::made_up_weights(&architecture, &Seed::from_number(3)).ok()?;
    let architecture = bounds::declare(&architecture, &weights).ok()?;
    Some(Case { params, architecture, weights })
}
