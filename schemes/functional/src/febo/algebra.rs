//! The scheme itself, element by element, over any group.

use blindbench_core::roles::seed::Rng;
use zeroize::Zeroize;

use super::Error;
use crate::group::Group;
use crate::group::fixed_base::{Comb, ExponentBits, SmallPowers};
use crate::group::logarithm::Logarithms;

/// What a function key computes of an encrypted `x` and a `y` in the clear.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operation {
    /// `x + y`
    Add,
    /// `x - y`
    Subtract,
    /// `x * y`
    Multiply,
    /// `x / y`, where it is whole.
    Divide,
}

/// The authority's secret number, zeroised when dropped.
pub struct MasterKey<G: Group> {
    pub(super) secret: G::Scalar,
}

impl<G: Group> Drop for MasterKey<G> {
    fn drop(&mut self) {
        self.secret.zeroize();
    }
}

impl<G: Group> std::fmt::Debug for MasterKey<G> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("MasterKey(..)")
    }
}

/// `h`, with the tables that encryption takes.
#[derive(Debug)]
pub struct PublicKey<G: Group> {
    generator: Comb<G>,
    element: Comb<G>,
    small: SmallPowers<G>,
}

/// An encrypted number.
#[derive(Debug)]
pub struct Ciphertext<G: Group> {
    /// `g^r`, which function keys are made from.
    pub commitment: G::Element,
    /// `h^r g^x`
    pub element: G::Element,
}

impl<G: Group> Clone for Ciphertext<G> {
    fn clone(&self) -> Self {
        Ciphertext { commitment: self.commitment.clone(), element: self.element.clone() }
    }
}

/// A function key for one ciphertext; it gives the number itself away.
pub struct FunctionKey<G: Group>(pub(super) G::Element);

impl<G: Group> std::fmt::Debug for FunctionKey<G> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("FunctionKey(..)")
    }
}

/// What decryption takes: a ciphertext, the key for it, and the operand that the key is for.
#[derive(Debug)]
pub struct Input<G: Group> {
    /// An encrypted number.
    pub ciphertext: Ciphertext<G>,
    /// The key for it.
    pub key: FunctionKey<G>,
    /// The other operand.
    pub operand: i64,
}

impl<G: Group> PublicKey<G> {
    /// The public key of a master key.
    pub(super) fn of(master: &MasterKey<G>) -> Self {
        let element = G::power(&G::generator(), &master.secret);
        PublicKey {
            generator: Comb::new(&G::generator()),
            element: Comb::new(&element),
            small: SmallPowers::new(&G::generator()),
        }
    }
}

/// Authority: draws the keys.
pub fn setup<G: Group>(rng: &mut Rng) -> (MasterKey<G>, PublicKey<G>) {
    let master = MasterKey { secret: G::draw(rng) };
    let public = PublicKey::of(&master);
    (master, public)
}

/// Client: encrypts a number of a magnitude below `2^16`, in constant time.
pub fn encrypt<G: Group>(public: &PublicKey<G>, value: i32, rng: &mut Rng) -> Ciphertext<G> {
    encrypt_with(public, value, G::draw(rng))
}

/// Encrypts under randomness that is not used again.
pub(super) fn encrypt_with<G: Group>(public: &PublicKey<G>, value: i32, mut drawn: G::Scalar) -> Ciphertext<G> {
    let exponent = ExponentBits::of::<G>(&drawn);
    drawn.zeroize();
    Ciphertext {
        commitment: public.generator.power(&exponent),
        element: G::multiply(&public.element.power(&exponent), &public.small.power(value)),
    }
}

/// Authority: a key for one ciphertext, of which it sees the commitment, and the operand `y`; in constant time in the secret.
///
/// # Errors
/// [`Error::DivisionByZero`].
pub fn derive_function_key<G: Group>(
    master: &MasterKey<G>,
    commitment: &G::Element,
    operation: Operation,
    operand: i64,
) -> Result<FunctionKey<G>, Error> {
    let shifted = |shift: i64| {
        let shift = G::signed_power_vartime(&G::generator(), shift);
        G::multiply(&G::power(commitment, &master.secret), &shift)
    };
    let scaled = |factor: G::Scalar| {
        let mut exponent = master.secret * factor;
        let power = G::power(commitment, &exponent);
        exponent.zeroize();
        power
    };
    Ok(FunctionKey(match operation {
        Operation::Add => shifted(operand.wrapping_neg()),
        Operation::Subtract => shifted(operand),
        Operation::Multiply => scaled(G::scalar(operand)),
        Operation::Divide => scaled(inverse_vartime::<G>(operand)?),
    }))
}

/// Server: the results for ciphertexts with their keys and operands.
///
/// # Errors
/// The first ciphertext that has no result: [`Error::DivisionByZero`], [`Error::NotDivisible`] or [`Error::BeyondBound`],
/// where the bound is that of the table.
pub fn decrypt<G: Group>(table: &Logarithms<G>, operation: Operation, inputs: &[Input<G>]) -> Result<Vec<i64>, Error> {
    let result = |Input { ciphertext, key, operand }: &Input<G>| {
        let power = match operation {
            Operation::Add | Operation::Subtract => ciphertext.element.clone(),
            Operation::Multiply => G::signed_power_vartime(&ciphertext.element, *operand),
            Operation::Divide => G::power(&ciphertext.element, &inverse_vartime::<G>(*operand)?),
        };
        Ok(G::divide_vartime(&power, &key.0))
    };
    let elements = inputs.iter().map(result).collect::<Result<Vec<_>, Error>>()?;
    let missing = |index: usize| {
        let divisor = inputs[index].operand;
        let number = table.of_vartime(&[G::signed_power_vartime(&elements[index], divisor)]);
        match (operation, number.first()) {
            // The number is known though its quotient is not.
            (Operation::Divide, Some(Some(_))) => Error::NotDivisible { index, divisor },
            _ => Error::BeyondBound { index, bound: table.bound() },
        }
    };
    let found = table.of_vartime(&elements);
    found.into_iter().enumerate().map(|(index, found)| found.ok_or_else(|| missing(index))).collect()
}

/// `1 / operand` modulo the order.
fn inverse_vartime<G: Group>(operand: i64) -> Result<G::Scalar, Error> {
    G::inverse_vartime(&G::scalar(operand)).ok_or(Error::DivisionByZero)
}
