//! Decryption: projections, one product of two pairings for each hidden neuron, one power for each class.
//!
//! With A = P a in G1 and B = P b in G2, two coordinates each, e(A_k, B_k) is e(g1, g2) to the power
//! `(P x)_k^2 - gamma (P s)_k (P t)_k`. The powers by D_ck are taken of Miller loops, so that the final exponentiation is
//! done once for each class, after the key's part has been multiplied in (Dec of the paper, section 3, with its
//! "pairing product" shared by all classes).

use std::sync::Arc;

use blindbench_core::error::{Error, Result};
use blindbench_core::roles::seed::Seed;
use blindbench_kernels::pairing::{FixedG2, G1Affine, G2Affine, Gt, LinearMap, MillerValue, OrderTest};
use rand_chacha::rand_core::Rng as _;

use super::ciphertext::Ciphertext;
use super::form::Forms;
use super::keys::FunctionKeys;
use super::logarithm::Logarithms;

/// Random subsets of an image's points that are tested to have order r: points that have not pass with a probability of
/// 2^-21. Clients are taken to follow the protocol; a point of another order would at most change the scores of the
/// image that it is part of, since the final exponentiation gives an element of GT whatever the points.
const SUBSETS: u32 = 21;

/// Keys and forms, ready to open ciphertexts.
#[derive(Debug)]
pub struct Decryptor {
    projection: LinearMap,
    combination: Vec<Vec<i64>>,
    keys: Vec<FixedG2>,
    logarithms: Arc<Logarithms>,
}

/// A ciphertext's projections: two coordinates for each hidden neuron in each group.
#[derive(Debug, Clone)]
pub struct Projected {
    randomness: G1Affine,
    neurons: Vec<[(G1Affine, G2Affine); 2]>,
}

/// The products of pairings of a ciphertext, one for each hidden neuron, before the final exponentiation.
#[derive(Debug, Clone)]
pub struct Paired {
    randomness: G1Affine,
    neurons: Vec<MillerValue>,
}

impl Decryptor {
    /// Computes ahead what depends on keys and forms alone.
    ///
    /// # Errors
    /// [`Error::Refused`] where there are not as many keys as forms.
    pub fn new(forms: &Forms, keys: &FunctionKeys, logarithms: Arc<Logarithms>) -> Result<Self> {
        let Forms { projection, combination } = forms;
        if keys.0.len() != combination.len() {
            let (keys, forms) = (keys.0.len(), combination.len());
            return Err(Error::Refused(format!("{keys} function keys for {forms} forms")));
        }
        let inputs = projection.first().map_or(0, Vec::len);
        let projection = LinearMap::new(projection, inputs);
        let keys = keys.0.iter().map(FixedG2::new).collect();
        Ok(Decryptor { projection, combination: combination.clone(), keys, logarithms })
    }

    /// Scores of an image.
    pub fn classes(&self) -> usize {
        self.keys.len()
    }

    /// Additions of points that an image's projections take.
    pub fn additions(&self) -> u64 {
        4 * self.projection.additions() as u64
    }

    /// Bytes held in memory, the table of logarithms included.
    pub fn resident_bytes(&self) -> u64 {
        let forms = self.projection.bytes() + self.combination.iter().map(|row| size_of_val(&**row)).sum::<usize>();
        (forms + self.keys.len() * FixedG2::BYTES) as u64 + self.logarithms.resident_bytes()
    }

    /// Multiplies both sides of a ciphertext by P.
    pub fn project(&self, ciphertext: &Ciphertext) -> Projected {
        let [a0, a1] = ciphertext.a.each_ref().map(|points| self.projection.apply_vartime(points));
        let [b0, b1] = ciphertext.b.each_ref().map(|points| self.projection.apply_vartime(points));
        let (first, second) = (a0.into_iter().zip(b0), a1.into_iter().zip(b1));
        let neurons = first.zip(second).map(|(first, second)| [first, second]).collect();
        Projected { randomness: ciphertext.randomness, neurons }
    }

    /// Pairs the projections.
    pub fn pair(&self, projected: &Projected) -> Paired {
        let neurons = projected.neurons.iter().map(|pairs| MillerValue::of_pairs(pairs)).collect();
        Paired { randomness: projected.randomness, neurons }
    }

    /// The score of each class, without its bias.
    ///
    /// # Errors
    /// [`Error::Wire`] where a score is beyond what images within range can have: keys and ciphertext belong to
    /// different authorities, or the ciphertext is none.
    pub fn scores(&self, paired: &Paired) -> Result<Vec<i64>> {
        let bound = self.logarithms.bound();
        (0..self.classes())
            .map(|class| {
                self.logarithms.find_vartime(&self.opened(paired, class)).ok_or_else(|| {
                    let reason = format!(
                        "the score of class {class} is not within {bound}: its encryption and the function keys belong \
                         to different authorities, or its pixels are out of range"
                    );
                    Error::wire("query", reason)
                })
            })
            .collect()
    }

    /// e(g1, g2) to the power of a class's score.
    pub fn opened(&self, paired: &Paired, class: usize) -> Gt {
        let product = power_product(&paired.neurons, &self.combination[class]);
        let key = MillerValue::of_fixed(&paired.randomness, &self.keys[class]);
        product.multiply(&key).exponentiate()
    }
}

/// The product of small powers, bit by bit for all together (Straus, 1964); values of negative exponents are conjugated,
/// which the final exponentiation turns into an inverse.
fn power_product(values: &[MillerValue], exponents: &[i64]) -> MillerValue {
    let largest = exponents.iter().map(|exponent| exponent.unsigned_abs()).max().unwrap_or(0);
    let mut product = MillerValue::one();
    for bit in (0..u64::BITS - largest.leading_zeros()).rev() {
        product = product.square();
        for (value, exponent) in values.iter().zip(exponents) {
            if exponent.unsigned_abs() >> bit & 1 == 1 {
                product = product.multiply(&if *exponent < 0 { value.conjugate() } else { *value });
            }
        }
    }
    product
}

/// Tests that all points of a ciphertext have order r, all of a group together; the randomness must be the server's own.
///
/// # Errors
/// [`Error::Wire`] where one has not, but for a chance of 2^-21.
pub fn check_order(ciphertext: &Ciphertext, seed: &Seed) -> Result<()> {
    let mut rng = seed.rng();
    let first: Vec<G1Affine> = ciphertext.a.iter().flatten().chain([&ciphertext.randomness]).copied().collect();
    let second: Vec<G2Affine> = ciphertext.b.iter().flatten().copied().collect();
    let words: Vec<u64> = first.iter().map(|_| rng.next_u64()).collect();
    let test = OrderTest::new(&words, SUBSETS);
    match test.passes_vartime(&first) && test.passes_vartime(&second) {
        true => Ok(()),
        false => Err(Error::wire("ciphertext of quadratic forms", "a point outside the subgroup of order r")),
    }
}
