//! Inner-product functional encryption from decisional Diffie-Hellman.
//!
//! `selective` is the scheme of Abdalla, Bourse, De Caro and Pointcheval (PKC 2015, section 3), the one that CryptoNN takes:
//! master key `s`, public key `h_i = g^(s_i)`, ciphertext `g^r, h_i^r g^(x_i)`, function key `<y, s>` for weights `y`, and
//! `g^<x, y> = prod ct_i^(y_i) / ct_0^(<y, s>)`. Its proof holds for vectors that are named before the public key is seen.
//! `adaptive` is that of Agrawal, Libert and Stehle (CRYPTO 2016, section 3): a second generator `h`, `h_i = g^(s_i) h^(t_i)`,
//! a second head `h^r` and a second number `<y, t>` a function key; vectors may be chosen at any time.
//!
//! Inner products are exponents, and come out by a bounded discrete logarithm.

mod cases;
mod encryptor;
mod engine;
mod messages;
mod opener;
mod operations;
mod over;
#[cfg(test)]
mod tests;

use blindbench_core::error::{Error, Result};
use blindbench_core::primitives::Offer;
use blindbench_core::probe::{LayerProbe, Operation};
use blindbench_core::roles::seed::Rng;
use blindbench_core::scheme::{Case, Resources};
use blindbench_core::security::SecurityEstimate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use self::engine::Decryptor;
use self::engine::Engine;
pub use self::messages::{Ciphertext, FunctionKeys, MasterKey, PublicKey};
use crate::group::SMALL_BITS;
use crate::group::choice::GroupChoice;
use crate::network::engine::{Demand, EngineDescription, InnerProduct};

/// Memory that a table of logarithms may take where nothing else is stated.
const TABLE_BYTES: u64 = 512 << 20;

/// When the vectors that an attacker tells apart have to be fixed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Variant {
    /// Before the public key is seen; the scheme of CryptoNN and of most measurements, hence the default.
    #[default]
    Selective,
    /// At any time: one more element a ciphertext, one more number a key.
    Adaptive,
}

impl Variant {
    /// Elements of a ciphertext that function keys are exponents of.
    pub(crate) fn heads(self) -> usize {
        match self {
            Variant::Selective => 1,
            Variant::Adaptive => 2,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Variant::Selective => "selective",
            Variant::Adaptive => "adaptive",
        }
    }
}

/// Parameters as an experiment states them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Params {
    /// What the proof of security allows.
    pub variant: Variant,
    /// Where logarithms are hard.
    pub group: GroupChoice,
    /// Most bytes that the table of logarithms takes; where results reach further, each costs giant steps.
    pub table_bytes: u64,
    /// Most independent weight vectors that the authority issues keys for; as many as are asked for where nothing is stated.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rank_budget: Option<usize>,
}

impl Default for Params {
    fn default() -> Self {
        Params {
            variant: Variant::default(),
            group: GroupChoice::default(),
            table_bytes: TABLE_BYTES,
            rank_budget: None,
        }
    }
}

/// The encryption of inner products, opened for one demand.
#[derive(Debug)]
pub struct Feip {
    params: Params,
    engine: Box<dyn Engine>,
}

impl Feip {
    pub(crate) fn engine(&self) -> &dyn Engine {
        &*self.engine
    }
}

impl InnerProduct for Feip {
    type Params = Params;
    type Setting = Params;
    type MasterKey = MasterKey;
    type PublicKey = PublicKey;
    type FunctionKeys = FunctionKeys;
    type Ciphertext = Ciphertext;
    type Decryptor = Decryptor;

    const PLAN_TAG: [u8; 4] = *b"FEIP";

    fn rank_budget(params: &Params) -> Option<usize> {
        params.rank_budget
    }

    fn choose(params: &Params, demand: &Demand) -> Result<Params> {
        let most = 1 << SMALL_BITS;
        if demand.input_max >= most {
            return Err(Error::Unsupported(format!(
                "inputs reach {}, encryption in constant time takes numbers below {most}",
                demand.input_max
            )));
        }
        engine::reach(params, demand)?;
        Ok(*params)
    }

    fn open(setting: Params, demand: &Demand, resources: &Resources) -> Result<Self> {
        let params = Feip::choose(&setting, demand)?;
        Ok(Feip { params, engine: engine::open(&params, demand, resources)? })
    }

    fn cases() -> Vec<Case<Params>> {
        cases::cases()
    }

    fn operations(params: Params, resources: &Resources) -> Result<Offer> {
        operations::offer(&params, resources)
    }

    fn operation_cases() -> Vec<Params> {
        cases::operation_cases()
    }

    fn describe(&self) -> EngineDescription {
        EngineDescription {
            parameters: description(&self.params, self.engine.group()),
            log_n: None,
            log_qp: None,
            kernel: self.engine.instructions().into(),
        }
    }

    fn security(&self) -> SecurityEstimate {
        self.engine.security()
    }

    fn setup(&self, rng: &mut Rng) -> Result<(MasterKey, PublicKey)> {
        let (master, public) = self.engine.setup(rng);
        Ok((master, PublicKey::new(public)))
    }

    fn derive_function_keys(&self, master: &MasterKey, rows: &[Vec<i64>]) -> Result<FunctionKeys> {
        self.engine.derive(master, rows).map(FunctionKeys)
    }

    fn encrypt(
        &self,
        public: &PublicKey,
        samples: &[Vec<u16>],
        rng: &mut Rng,
        out: &mut dyn FnMut(Ciphertext),
    ) -> Result<()> {
        let ciphertexts = public.encryptor(self)?.encrypt(samples, rng)?;
        ciphertexts.into_iter().for_each(|bytes| out(Ciphertext(bytes)));
        Ok(())
    }

    fn prepare(&self, rows: Vec<Vec<i64>>, keys: FunctionKeys) -> Result<Decryptor> {
        self.engine.decryptor(&rows, &keys.0).map(Decryptor)
    }

    fn resident_bytes(&self, decryptor: &Decryptor) -> u64 {
        decryptor.0.resident_bytes()
    }

    fn decrypt(&self, decryptor: &Decryptor, ciphertexts: &[Ciphertext], probe: &mut LayerProbe) -> Result<Vec<i64>> {
        let Decryptor(decryptor) = decryptor;
        let bytes: Vec<&[u8]> = ciphertexts.iter().map(|ciphertext| &*ciphertext.0).collect();
        let opened = decryptor.open_vartime(&bytes)?;
        // As the scheme is written: a power for each element of a ciphertext, whatever they share.
        probe.count(Operation::GroupExponentiation, opened.len() as u64 * self.engine.sizes().elements() as u64);
        probe.count(Operation::DiscreteLog, opened.len() as u64);
        Ok(opened)
    }
}

/// The parameters in one line, for people.
fn description(params: &Params, group: &str) -> String {
    format!("{group}, {}, logarithms within {} MiB", params.variant.name(), params.table_bytes >> 20)
}
