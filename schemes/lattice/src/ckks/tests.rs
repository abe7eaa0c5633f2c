//! Every operation against arithmetic on doubles, and every error against its prediction.

#![allow(clippy::unwrap_used, reason = "tests")]

mod encoder;
mod evaluator;
mod linear;
mod polynomial;
mod refusals;
mod wire;

use blindbench_core::roles::seed::Seed;
use blindbench_kernels::dispatch::Kernel;
use blindbench_kernels::residue::ntt::RingKind;

use super::ciphertext::Ciphertext;
use super::complex::Complex;
use super::encoder::Encoder;
use super::encryption::{
    encrypt, encrypt_by_secret_key, generate_evaluation_keys, generate_public_key, generate_secret_key,
};
use super::evaluator::Evaluator;
use super::parameters::{Literal, Parameters};
use super::precision::measure;
use crate::rlwe::evaluation_keys::{EvaluationKeys, Request};
use crate::rlwe::public_key::PublicKey;
use crate::rlwe::secret_key::SecretKey;

/// Both rings, one to three special primes, full and partial digits, large and small primes.
fn cases() -> Vec<Parameters> {
    let case = |log_n, ring, moduli: &[u32], special: &[u32], log_scale| {
        let literal = Literal { log_n, ring, moduli: moduli.to_vec(), special: special.to_vec(), log_scale };
        Parameters::new(literal, Kernel::best()).unwrap()
    };
    vec![
        case(8, RingKind::Standard, &[50, 45, 45, 45], &[50], 45.0),
        case(9, RingKind::Standard, &[45, 36, 36, 36, 36], &[45, 45], 36.0),
        case(10, RingKind::Standard, &[28, 26, 26, 26, 26, 26], &[28, 28], 26.0),
        case(8, RingKind::ConjugateInvariant, &[50, 40, 40, 40], &[50], 40.0),
        case(9, RingKind::ConjugateInvariant, &[36, 26, 26, 26], &[36, 36], 26.0),
    ]
}

/// Keys for rotations by 1, -3 and 5, conjugation and products.
struct Keys {
    secret: SecretKey,
    public: PublicKey,
    evaluation: EvaluationKeys,
}

const STEPS: [i64; 3] = [1, -3, 5];

impl Keys {
    fn new(params: &Parameters) -> Keys {
        let (none, top) = (EvaluationKeys::default(), params.max_level());
        let elements = Evaluator::new(params, &none).unwrap();
        let rotations = STEPS.map(|steps| elements.rotation_element(steps));
        let conjugation = (params.rlwe().ring() == RingKind::Standard).then(|| elements.conjugation_element());
        let galois = rotations.into_iter().chain(conjugation).map(|element| (element, top)).collect();
        Keys::of_request(params, &Request { relinearization: Some(top), galois })
    }

    fn of_request(params: &Parameters, request: &Request) -> Keys {
        let seed = Seed::from_number(17);
        let secret = generate_secret_key(params, &seed.derive("secret", 0));
        let public = generate_public_key(params, &secret, &seed.derive("public", 0));
        let evaluation = generate_evaluation_keys(params, &secret, request, &seed.derive("evaluation", 0)).unwrap();
        Keys { secret, public, evaluation }
    }
}

/// Uniform values in [-1, 1], with imaginary parts where the ring has them.
fn values(params: &Parameters, seed: u64) -> Vec<Complex> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let mut next = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let z = (state ^ (state >> 29)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        (z >> 11) as f64 / (1u64 << 52) as f64 - 1.0
    };
    let complex = params.rlwe().ring() == RingKind::Standard;
    let half = std::f64::consts::FRAC_1_SQRT_2;
    let value = |_| if complex { Complex::new(half * next(), half * next()) } else { Complex::from(next()) };
    (0..params.slots()).map(value).collect()
}

/// The real parts, up to 1 in magnitude.
fn reals(values: &[Complex]) -> Vec<Complex> {
    let largest = values.iter().map(|value| value.re.abs()).fold(0.0, f64::max);
    values.iter().map(|value| Complex::from(value.re / largest)).collect()
}

fn map2(a: &[Complex], b: &[Complex], f: impl Fn(Complex, Complex) -> Complex) -> Vec<Complex> {
    a.iter().zip(b).map(|(a, b)| f(*a, *b)).collect()
}

/// Parameters with keys, and ciphertexts of two vectors at any level.
struct Bench<'a> {
    params: &'a Parameters,
    encoder: Encoder<'a>,
    keys: &'a Keys,
}

impl<'a> Bench<'a> {
    fn new(params: &'a Parameters, keys: &'a Keys) -> Bench<'a> {
        Bench { params, encoder: Encoder::new(params), keys }
    }

    fn evaluator(&self) -> Evaluator<'a> {
        Evaluator::new(self.params, &self.keys.evaluation).unwrap()
    }

    fn encrypt(&self, values: &[Complex], level: usize, seed: u64) -> Ciphertext {
        let plaintext = self.encoder.encode_complex(values, level, self.params.scale()).unwrap();
        encrypt(self.params, &self.keys.public, &plaintext, &Seed::from_number(seed)).unwrap()
    }

    fn encrypt_by_secret_key(&self, values: &[Complex], level: usize, seed: u64) -> Ciphertext {
        let plaintext = self.encoder.encode_complex(values, level, self.params.scale()).unwrap();
        let seed = Seed::from_number(seed);
        let seeded = encrypt_by_secret_key(self.params, &self.keys.secret, &plaintext, &seed).unwrap();
        seeded.expand(self.params).unwrap()
    }

    /// Values are right, and the predicted error is above the measured one by at most 2^6.
    fn check(&self, what: &str, ciphertext: &Ciphertext, exact: &[Complex]) {
        let precision = measure(&self.encoder, &self.keys.secret, ciphertext, exact).unwrap();
        let ratio = precision.predicted / precision.largest;
        let place = format!("{what}, level {}, {}", ciphertext.level(), self.params.rlwe());
        if std::env::var_os("PRINT_PRECISION").is_some() {
            println!("2^{:.1} of 2^{:.1}: {place}", ratio.log2(), precision.predicted.log2());
        }
        assert!(precision.largest < 0.1, "{place}: off by {}", precision.largest);
        assert!(ratio >= 1.0, "{place}: measured {} above predicted {}", precision.largest, precision.predicted);
        assert!(ratio <= 64.0, "{place}: predicted {} far above {}", precision.predicted, precision.largest);
    }
}
