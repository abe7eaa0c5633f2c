//! The authority's keys.

use blindbench_core::error::{Error, Result};
use blindbench_core::roles::seed::Rng;
use blindbench_kernels::pairing::{G1, G1Affine, G2, G2Affine, Scalar};
use rand_chacha::rand_core::Rng as _;
use zeroize::Zeroize;

use super::form::Forms;

/// The master key: s and t, one number each for each number that is encrypted.
#[derive(Debug)]
pub struct MasterKey {
    pub(super) s: Vec<Scalar>,
    pub(super) t: Vec<Scalar>,
}

impl Zeroize for MasterKey {
    fn zeroize(&mut self) {
        self.s.zeroize();
        self.t.zeroize();
    }
}

/// The public key: g1^s and g2^t.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicKey {
    pub(super) first: Vec<G1Affine>,
    pub(super) second: Vec<G2Affine>,
}

/// Function keys: g2^f(s, t) for each form f.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FunctionKeys(pub(super) Vec<G2Affine>);

/// A scalar that is uniform up to 2^-257; secret.
pub(super) fn random(rng: &mut Rng) -> Scalar {
    let mut bytes = [0; 64];
    rng.fill_bytes(&mut bytes);
    let scalar = Scalar::from_wide_bytes(&bytes);
    bytes.zeroize();
    scalar
}

/// Draws the keys for vectors of `length` numbers; constant time (Setup of the paper, section 3).
pub fn setup(length: usize, rng: &mut Rng) -> (MasterKey, PublicKey) {
    let mut draw = || (0..length).map(|_| random(rng)).collect::<Vec<_>>();
    let master = MasterKey { s: draw(), t: draw() };
    let public = master.public_key();
    (master, public)
}

impl MasterKey {
    /// The public key; constant time.
    pub(super) fn public_key(&self) -> PublicKey {
        let first = self.s.iter().map(G1::of_scalar).collect::<Vec<_>>();
        let second = self.t.iter().map(G2::of_scalar).collect::<Vec<_>>();
        PublicKey { first: G1::normalize(&first), second: G2::normalize(&second) }
    }

    /// Keys for forms that have been granted; constant time (KeyDer of the paper, section 3).
    ///
    /// f(s, t) is computed as f is: sum_k D_ck (P s)_k (P t)_k.
    ///
    /// # Errors
    /// [`Error::Refused`] for forms of another length than the key.
    pub fn derive_function_keys(&self, forms: &Forms) -> Result<FunctionKeys> {
        if forms.projection.iter().any(|row| row.len() != self.s.len()) {
            return Err(Error::Refused(format!("the master key is for forms of {} numbers", self.s.len())));
        }
        let mut products: Vec<Scalar> =
            forms.projection.iter().map(|row| inner(row, &self.s).multiply(&inner(row, &self.t))).collect();
        let mut values: Vec<Scalar> = forms.combination.iter().map(|row| inner(row, &products)).collect();
        let keys = values.iter().map(G2::of_scalar).collect::<Vec<_>>();
        products.zeroize();
        values.zeroize();
        Ok(FunctionKeys(G2::normalize(&keys)))
    }
}

/// Public weights times secret numbers.
fn inner(weights: &[i64], numbers: &[Scalar]) -> Scalar {
    let terms = weights.iter().zip(numbers).filter(|(weight, _)| **weight != 0);
    terms.fold(Scalar::default(), |sum, (weight, number)| sum.add(&Scalar::from_i64(*weight).multiply(number)))
}
