//! What BFV and BGV must do alike, written for either.

#![allow(clippy::unwrap_used, reason = "tests")]

pub(crate) mod errors;
pub(crate) mod exhaustion;
pub(crate) mod operations;
pub(crate) mod programs;
pub(crate) mod transforms;

use std::sync::Arc;

use blindbench_core::roles::seed::Seed;
use blindbench_kernels::dispatch::Kernel;
use blindbench_kernels::residue::modulus::Modulus;

use super::ciphertext::Ciphertext;
use super::keys::{EvaluationKeys, PublicKey, Request, SecretKey};
use super::parameters::{Literal, Parameters, batching_modulus};
use super::placement::Placement;
use super::rotation::Rotation;
use crate::batching::Plaintext;

/// Rotations that there are keys for.
pub(crate) const ROTATIONS: [Rotation; 4] =
    [Rotation::Rows(1), Rotation::Rows(-3), Rotation::Rows(16), Rotation::Columns];

/// Parameters with all keys.
pub(crate) struct Context<P: Placement> {
    pub(crate) params: Arc<Parameters<P>>,
    pub(crate) secret: SecretKey<P>,
    pub(crate) public: PublicKey<P>,
    pub(crate) keys: EvaluationKeys<P>,
}

/// Primes of several sizes, one to three special ones, small and large plaintext moduli.
pub(crate) fn literals() -> Vec<Literal> {
    let literal = |log_n, moduli: &[u32], special: &[u32], plaintext_modulus| {
        let (moduli, special) = (moduli.to_vec(), special.to_vec());
        Literal { log_n, moduli, special, plaintext_modulus }
    };
    vec![
        literal(10, &[50, 50, 50], &[50], 786_433),
        literal(9, &[50, 49, 48, 50, 47, 50], &[50, 50], 65_537),
        literal(8, &[28, 26, 26, 26, 26, 26], &[28, 28], batching_modulus(14, 8).unwrap()),
        literal(7, &[45, 45, 45, 45, 45, 45, 45], &[46, 46, 46], batching_modulus(20, 7).unwrap()),
        literal(8, &[50, 50, 50, 50], &[50], batching_modulus(43, 8).unwrap()),
    ]
}

impl<P: Placement> Context<P> {
    pub(crate) fn new(literal: Literal) -> Context<P> {
        let params = Arc::new(Parameters::new(literal, Kernel::best()).unwrap());
        let seed = Seed::from_number(5);
        let secret = SecretKey::generate(&params, &seed.derive("secret", 0));
        let public = secret.public_key(&seed.derive("public", 0));
        let mut request = Request { relinearization: Some(params.max_level()), galois: [].into() };
        params.request_rotations(&mut request, &ROTATIONS, params.max_level());
        let keys = secret.evaluation_keys(&request, &seed).unwrap();
        Context { params, secret, public, keys }
    }

    pub(crate) fn all() -> Vec<Context<P>> {
        literals().into_iter().map(Context::new).collect()
    }

    pub(crate) fn t(&self) -> Modulus {
        *self.params.t()
    }

    /// Values for all slots from a seed.
    pub(crate) fn values(&self, seed: u64) -> Vec<u64> {
        let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
        let mut next = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 20) % self.t().value()
        };
        (0..self.params.rlwe().degree()).map(|_| next()).collect()
    }

    pub(crate) fn plaintext(&self, values: &[u64]) -> Plaintext {
        self.params.encoder().encode_unsigned(values).unwrap()
    }

    pub(crate) fn encrypt(&self, values: &[u64], level: usize) -> Ciphertext<P> {
        self.public.encrypt(&self.plaintext(values), level, &Seed::from_number(values[0])).unwrap()
    }

    pub(crate) fn decrypt(&self, ciphertext: &Ciphertext<P>) -> Vec<u64> {
        self.params.encoder().decode_unsigned(&self.secret.decrypt(ciphertext).unwrap()).unwrap()
    }

    /// Asserts a ciphertext's values, and that its measured noise is at most the predicted and at least a 2^6th of it.
    /// Where prediction leaves no budget, only that the noise is as near to the end as that.
    pub(crate) fn assert(&self, ciphertext: &Ciphertext<P>, values: &[u64], what: &str) {
        let what = format!("{what} at level {}, {}", ciphertext.level(), self.params);
        let measured = self.secret.log2_noise_vartime(ciphertext).unwrap();
        let predicted = ciphertext.noise().log2_bound();
        if ciphertext.predicted_budget() <= 0.0 {
            let end = self.params.rlwe().log_q(ciphertext.level()) - 1.0;
            assert!(measured >= end - 6.0, "{what}: noise of {measured} bits of {end}, but no budget predicted");
            return;
        }
        assert!(self.decrypt(ciphertext) == values, "wrong values of {what}");
        assert!(measured <= predicted, "{what}: noise of {measured} bits above the predicted {predicted}");
        assert!(predicted <= measured + 6.0, "{what}: noise of {measured} bits, predicted {predicted}");
        let budget = self.secret.noise_budget_vartime(ciphertext).unwrap();
        assert!(budget == 0.0 || budget >= ciphertext.predicted_budget(), "{what}");
    }

    /// Slot by slot.
    pub(crate) fn zip(&self, a: &[u64], b: &[u64], f: impl Fn(&Modulus, u64, u64) -> u64) -> Vec<u64> {
        a.iter().zip(b).map(|(a, b)| f(&self.t(), *a, *b)).collect()
    }
}

/// What a rotation does to slots.
pub(crate) fn rotated(values: &[u64], rotation: Rotation) -> Vec<u64> {
    let half = values.len() / 2;
    let (first, second) = values.split_at(half);
    match rotation {
        Rotation::Columns => [second, first].concat(),
        Rotation::Rows(steps) => {
            let steps = steps.rem_euclid(half as i64) as usize;
            [&first[steps..], &first[..steps], &second[steps..], &second[..steps]].concat()
        }
    }
}

/// The tests of a placement.
macro_rules! for_placement {
    ($placement:ty) => {
        use crate::integers::tests::{errors, exhaustion, operations, programs, transforms};

        #[test]
        fn both_keys_encrypt_at_every_level() {
            operations::encryption::<$placement>();
        }

        #[test]
        fn sums_are_those_of_slots_at_every_level() {
            operations::sums::<$placement>();
        }

        #[test]
        fn plaintexts_and_scalars_multiply_slots_at_every_level() {
            operations::plain_products::<$placement>();
        }

        #[test]
        fn products_are_those_of_slots_at_every_level() {
            operations::products::<$placement>();
        }

        #[test]
        fn rotations_move_slots_at_every_level() {
            operations::rotations::<$placement>();
        }

        #[test]
        fn modulus_switching_leaves_values_at_every_level() {
            operations::modulus_switching::<$placement>();
        }

        #[test]
        fn extreme_values_come_out_whole() {
            operations::extreme_values::<$placement>();
        }

        #[test]
        fn plaintext_moduli_without_slots_compute_on_coefficients() {
            operations::coefficients::<$placement>();
        }

        #[test]
        fn decryption_fails_only_after_the_budget_is_used_up() {
            exhaustion::by_additions::<$placement>();
            exhaustion::by_products::<$placement>();
        }

        #[test]
        fn random_programs_compute_what_slots_do() {
            programs::random::<$placement>();
        }

        #[test]
        fn deep_circuits_use_all_levels() {
            programs::deep::<$placement>();
        }

        #[test]
        fn matrices_multiply_slots_under_several_plaintext_moduli_at_once() {
            transforms::together::<$placement>();
            transforms::refusals::<$placement>();
        }

        #[test]
        fn operands_that_do_not_fit_are_refused() {
            errors::operands::<$placement>();
        }

        #[test]
        fn parameters_that_do_not_fit_are_refused() {
            errors::parameters::<$placement>();
        }
    };
}

pub(crate) use for_placement;
