//! Encryption.

use blindbench_core::error::{Error, Result};
use blindbench_core::roles::seed::Rng;
use blindbench_kernels::pairing::{G1, G1Affine, G2, G2Affine, Scalar};
use zeroize::Zeroize;

use super::keys::{PublicKey, random};

/// An encrypted vector: g1^gamma and both coordinates of a_i and b_i.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ciphertext {
    pub(super) randomness: G1Affine,
    /// The first coordinates of all a_i, then the second ones.
    pub(super) a: [Vec<G1Affine>; 2],
    /// The first coordinates of all b_i, then the second ones.
    pub(super) b: [Vec<G2Affine>; 2],
}

/// What a ciphertext is made from beside numbers; secret.
pub(super) struct Randomness {
    gamma: Scalar,
    /// W.
    matrix: [[Scalar; 2]; 2],
    /// (W^-1)^T.
    dual: [[Scalar; 2]; 2],
}

impl Drop for Randomness {
    fn drop(&mut self) {
        self.gamma.zeroize();
        self.matrix.iter_mut().chain(&mut self.dual).flatten().for_each(Zeroize::zeroize);
    }
}

impl Randomness {
    fn draw(rng: &mut Rng) -> Self {
        loop {
            let matrix = [[random(rng), random(rng)], [random(rng), random(rng)]];
            if let Some(drawn) = Randomness::of(random(rng), matrix) {
                return drawn;
            }
        }
    }

    /// From gamma and W; none, which is as good as never, where a ciphertext could not be opened or would hide nothing.
    pub(super) fn of(gamma: Scalar, matrix: [[Scalar; 2]; 2]) -> Option<Self> {
        let [[a, b], [c, d]] = matrix;
        let determinant = a.multiply(&d).subtract(&b.multiply(&c));
        if determinant.is_zero() || gamma.is_zero() {
            return None;
        }
        let inverse = determinant.inverse();
        let over = |value: Scalar| value.multiply(&inverse);
        let dual = [[over(d), over(c.negate())], [over(b.negate()), over(a)]];
        Some(Randomness { gamma, matrix, dual })
    }
}

impl PublicKey {
    /// Numbers that are encrypted together.
    pub fn length(&self) -> usize {
        self.first.len()
    }

    /// Encrypts a vector of numbers up to `most`, in constant time (Enc of the paper, section 3).
    ///
    /// # Errors
    /// [`Error::Refused`] for another length or a number beyond `most`.
    pub fn encrypt(&self, numbers: &[u16], most: u16, rng: &mut Rng) -> Result<Ciphertext> {
        if numbers.len() != self.length() || numbers.iter().any(|number| *number > most) {
            let length = self.length();
            return Err(Error::Refused(format!("the public key encrypts {length} numbers of at most {most}")));
        }
        Ok(self.encrypt_with(numbers, most, &Randomness::draw(rng)))
    }

    /// Encrypts numbers that have been checked under randomness that is not used again.
    pub(super) fn encrypt_with(&self, numbers: &[u16], most: u16, drawn: &Randomness) -> Ciphertext {
        let randomness = G1::normalize(&[G1::of_scalar(&drawn.gamma)])[0];
        let a = |row: &[Scalar; 2]| {
            let mut scalar = row[1].multiply(&drawn.gamma);
            let side = g1_side(numbers, &self.first, &row[0], &scalar, most);
            scalar.zeroize();
            side
        };
        let b = |row: &[Scalar; 2]| g2_side(numbers, &self.second, &row[0], &row[1].negate(), most);
        let (a, b) = ([a(&drawn.dual[0]), a(&drawn.dual[1])], [b(&drawn.matrix[0]), b(&drawn.matrix[1])]);
        Ciphertext { randomness, a, b }
    }
}

macro_rules! side {
    ($name:ident, $point:ident, $affine:ident) => {
        /// The generator to the power `unit number_i`, times `bases_i` to the power `scalar`, for all i.
        fn $name(numbers: &[u16], bases: &[$affine], unit: &Scalar, scalar: &Scalar, most: u16) -> Vec<$affine> {
            // Numbers are few and small, so their multiples come from a table, read as a whole each time.
            let unit = $point::of_scalar(unit);
            let multiples = std::iter::successors(Some($point::default()), |last| Some(last.add(&unit)));
            let mut multiples = $point::normalize(&multiples.take(usize::from(most) + 1).collect::<Vec<_>>());
            let pairs = numbers.iter().zip(bases);
            let sum = |(number, base): (&u16, &$affine)| {
                base.multiply(scalar).add_affine(&$affine::select(&multiples, *number))
            };
            let side = $point::normalize(&pairs.map(sum).collect::<Vec<_>>());
            multiples.zeroize();
            side
        }
    };
}

side!(g1_side, G1, G1Affine);
side!(g2_side, G2, G2Affine);
