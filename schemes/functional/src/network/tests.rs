//! An authority with a budget, and what keys span, under an engine that encrypts nothing.

#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

use blindbench_core::error::{Error, Result};
use blindbench_core::network::architecture::{Architecture, Arithmetic, Dense, Input, Layer, Pixels};
use blindbench_core::network::bounds::{Bounds, Magnitude};
use blindbench_core::network::images::Shape;
use blindbench_core::network::weights::{Blank, TensorValues, Weights};
use blindbench_core::primitives::{Offer, none_without_a_network};
use blindbench_core::probe::LayerProbe;
use blindbench_core::roles::seed::{Rng, Seed};
use blindbench_core::scheme::{Case, Leakage, Resources, Scheme};
use blindbench_core::security::SecurityEstimate;
use blindbench_core::wire::{Encode, Nothing, Reader, Wire};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::engine::{Demand, EngineDescription, InnerProduct};
use super::{FirstLayerNetwork, Rows};

/// Hides nothing: a "ciphertext" is the vector, a key the weight vector.
#[derive(Debug)]
struct Bare;

#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
struct Params {
    rank_budget: Option<usize>,
}

#[derive(Debug)]
struct Numbers(Vec<i64>);

impl Encode for Numbers {
    const TAG: [u8; 4] = *b"BARE";
    const NAME: &'static str = "numbers";

    fn put(&self, out: &mut Vec<u8>) {
        self.0.iter().for_each(|number| out.extend(number.to_le_bytes()));
    }
}

impl Wire<Bare> for Numbers {
    fn take(_: &Bare, input: &mut Reader<'_>) -> Result<Self> {
        let bytes = input.bytes(input.left())?;
        Ok(Numbers(bytes.as_chunks::<8>().0.iter().map(|bytes| i64::from_le_bytes(*bytes)).collect()))
    }
}

impl InnerProduct for Bare {
    type Params = Params;
    type Setting = ();
    type MasterKey = u8;
    type PublicKey = Nothing;
    type FunctionKeys = Numbers;
    type Ciphertext = Numbers;
    type Decryptor = Vec<Vec<i64>>;
    const PLAN_TAG: [u8; 4] = *b"BARP";

    fn choose(_: &Params, _: &Demand) -> Result<()> {
        Ok(())
    }

    fn rank_budget(params: &Params) -> Option<usize> {
        params.rank_budget
    }

    fn open((): (), _: &Demand, _: &Resources) -> Result<Self> {
        Ok(Bare)
    }

    fn cases() -> Vec<Case<Params>> {
        Vec::new()
    }

    fn operations(_: Params, _: &Resources) -> Result<Offer> {
        none_without_a_network()
    }

    fn operation_cases() -> Vec<Params> {
        Vec::new()
    }

    fn describe(&self) -> EngineDescription {
        EngineDescription { parameters: "none".into(), log_n: None, log_qp: None, kernel: "scalar".into() }
    }

    fn security(&self) -> SecurityEstimate {
        SecurityEstimate::none()
    }

    fn setup(&self, _: &mut Rng) -> Result<(u8, Nothing)> {
        Ok((0, Nothing))
    }

    fn derive_function_keys(&self, _: &u8, rows: &[Vec<i64>]) -> Result<Numbers> {
        Ok(Numbers(rows.concat()))
    }

    fn encrypt(&self, _: &Nothing, samples: &[Vec<u16>], _: &mut Rng, out: &mut dyn FnMut(Numbers)) -> Result<()> {
        samples.iter().for_each(|sample| out(Numbers(sample.iter().map(|pixel| i64::from(*pixel)).collect())));
        Ok(())
    }

    fn prepare(&self, rows: Vec<Vec<i64>>, _: Numbers) -> Result<Vec<Vec<i64>>> {
        Ok(rows)
    }

    fn resident_bytes(&self, rows: &Vec<Vec<i64>>) -> u64 {
        8 * rows.concat().len() as u64
    }

    fn decrypt(&self, rows: &Vec<Vec<i64>>, vectors: &[Numbers], _: &mut LayerProbe) -> Result<Vec<i64>> {
        let product = |row: &Vec<i64>, vector: &Numbers| row.iter().zip(&vector.0).map(|(a, b)| a * b).sum();
        Ok(vectors.iter().flat_map(|vector| rows.iter().map(move |row| product(row, vector))).collect())
    }
}

/// Three neurons on four pixels.
fn architecture() -> Architecture {
    let output_max = Magnitude(100_000);
    let bounds = Bounds { weight_max: 9, bias_max: 9, l1_max: 36, l2_squared_max: 324, output_max };
    Architecture {
        input: Input { shape: Shape::grey(2, 2), crop: 0, pixels: Pixels::Levels(256) },
        arithmetic: Arithmetic::Integer,
        layers: vec![Layer::Flatten, Layer::Dense(Dense { outputs: 3, bounds: Some(bounds), typical: None })],
    }
}

fn open(rank_budget: Option<usize>) -> FirstLayerNetwork<Bare> {
    let plan = FirstLayerNetwork::<Bare>::plan(Params { rank_budget }, &architecture(), 1).unwrap();
    FirstLayerNetwork::open(plan, &Resources::default()).unwrap()
}

/// Three rows of rank 2.
const DEPENDENT: [i64; 12] = [1, 2, 3, 4, 0, 1, 0, 1, 1, 3, 3, 5];

fn weights() -> Weights {
    let values = |blank: Blank| TensorValues::Integer(DEPENDENT.iter().copied().cycle().take(blank.count).collect());
    Weights::filled(&architecture(), values).unwrap()
}

#[test]
fn leakage_is_the_rank_of_the_first_matrix() {
    assert_eq!(open(None).leakage(&weights()).unwrap(), Some(Leakage { rank: 2, dimension: 4, degree: 1 }));
}

#[test]
fn a_network_beyond_the_budget_is_refused_before_keys_are_drawn() {
    assert!(open(Some(2)).promise(&weights()).is_ok());
    let error = open(Some(1)).promise(&weights()).unwrap_err();
    let words = "refused: these keys would raise the rank of all issued keys from 0 to 2, the budget is 1";
    assert_eq!(error.to_string(), words);
}

#[test]
fn an_authority_counts_the_keys_of_all_requests() {
    let network = open(Some(3));
    let mut rng = Seed::from_number(1).rng();
    let keys = network.keygen(&mut rng).unwrap();
    let mut request = |rows: [[i64; 4]; 3]| {
        let rows = Rows(rows.map(|row| row.to_vec()).to_vec());
        network.server_key(&keys, &rows, &mut rng).map(|_| ())
    };
    let first = [[1, 2, 3, 4], [0, 1, 0, 1], [1, 3, 3, 5]];
    request(first).unwrap();
    request([[1, 0, 0, 0]; 3]).unwrap();
    assert!(matches!(request([[0, 0, 1, 0]; 3]), Err(Error::Refused(_))));
    request(first).unwrap();
}
