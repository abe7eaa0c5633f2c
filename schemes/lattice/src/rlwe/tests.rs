//! Keys and ciphertexts against arithmetic on their phases.

#![allow(clippy::unwrap_used, reason = "tests")]

mod flooding;
mod switching;

use blindbench_core::roles::seed::Seed;
use blindbench_kernels::dispatch::Kernel;
use blindbench_kernels::residue::ntt::RingKind;

use super::ciphertext::Ciphertext;
use super::encryption::{Noise, encrypt_by_public_key, encrypt_by_secret_key};
use super::evaluation_keys::{EvaluationKeys, Request};
use super::key_switch::{Hoisted, key_switch};
use super::operand::Operand;
use super::parameters::{Literal, Parameters};
use super::public_key::PublicKey;
use super::secret_key::SecretKey;
use crate::ring::galois;
use crate::rns::polynomial::Polynomial;

/// Parameters with one to three special primes, full and partial digits, in both rings.
fn cases() -> Vec<Parameters> {
    let case = |log_n, ring, moduli: &[u32], special: &[u32]| {
        let literal = Literal { log_n, ring, moduli: moduli.to_vec(), special: special.to_vec() };
        Parameters::new(literal, Kernel::best()).unwrap()
    };
    vec![
        case(7, RingKind::Standard, &[50, 50, 50], &[50]),
        case(6, RingKind::Standard, &[50, 49, 48, 50, 47], &[50, 50]),
        case(7, RingKind::Standard, &[45, 45, 45, 45, 45, 45, 45], &[46, 46, 46]),
        case(8, RingKind::Standard, &[28, 26, 26, 26, 26, 26], &[28, 28]),
        case(6, RingKind::ConjugateInvariant, &[50, 40, 40], &[50]),
    ]
}

/// Integers in slots for the primes up to a level.
fn encoded(params: &Parameters, level: usize, values: &[i64]) -> Polynomial {
    let mut message = Polynomial::stale(params.degree(), level + 1);
    for (plan, limb) in params.data().iter().zip(&mut message.limbs) {
        plan.kernel().forward_signed(plan, values, limb);
    }
    message
}

/// The phase modulo the first prime, centered: small integers come out whole.
fn decoded(params: &Parameters, secret: &SecretKey, ciphertext: &Ciphertext) -> Vec<i64> {
    let mut phase = secret.phase(params, ciphertext);
    let plan = &params.data()[0];
    plan.kernel().inverse(plan, &mut phase.limbs[0]);
    phase.limbs[0].iter().map(|x| plan.modulus().centered(*x)).collect()
}

fn message(params: &Parameters) -> Vec<i64> {
    (0..params.degree() as i64).map(|k| ((k * 37) % 101 - 50) << 20).collect()
}

/// `m(X^g)` by its definition.
fn image(params: &Parameters, values: &[i64], element: usize) -> Vec<i64> {
    let n = params.degree();
    let order = galois::order(params.ring(), params.log_n());
    let mut image = vec![0; n];
    for (i, value) in values.iter().enumerate() {
        let to = i * element % order;
        match params.ring() {
            RingKind::Standard => image[to % n] = if to < n { *value } else { -value },
            // X^j + X^-j with X^2N = -1: j and 4N - j stand for the same, 2N - j for its negative.
            RingKind::ConjugateInvariant => {
                let folded = to.min(order - to);
                if folded < n {
                    image[folded] = *value;
                } else if folded > n {
                    image[2 * n - folded] = -value;
                }
            }
        }
    }
    image
}

fn assert_close(got: &[i64], want: &[i64], bound: i64) {
    let worst = got.iter().zip(want).map(|(a, b)| (a - b).abs()).max().unwrap();
    assert!(worst <= bound, "off by {worst}, bound {bound}");
}

struct Keys {
    secret: SecretKey,
    public: PublicKey,
    evaluation: EvaluationKeys,
}

fn keys(params: &Parameters, request: &Request) -> Keys {
    let seed = Seed::from_number(5);
    let secret = SecretKey::generate(params, &seed.derive("secret", 0));
    let public = PublicKey::generate(params, &secret, Noise::PLAIN, &seed.derive("public", 0));
    let evaluation = EvaluationKeys::generate(params, &secret, request, &seed).unwrap();
    Keys { secret, public, evaluation }
}

#[test]
fn both_keys_encrypt() {
    for params in cases() {
        let keys = keys(&params, &Request::default());
        let values = message(&params);
        for level in 0..=params.max_level() {
            let message = encoded(&params, level, &values);
            let seed = Seed::from_number(level as u64);
            let ciphertext = encrypt_by_public_key(&params, &keys.public, &message, Noise::PLAIN, &seed);
            assert_eq!((ciphertext.level(), ciphertext.degree()), (level, 1));
            // e u + e_1 s + e_0: deviation about 3.24 sqrt(4N/3 + 1), doubled in the other ring.
            let bound = (8.0 * 3.24 * (3.0 * params.degree() as f64).sqrt()) as i64;
            assert_close(&decoded(&params, &keys.secret, &ciphertext), &values, bound);
            let seeded = encrypt_by_secret_key(&params, &keys.secret, &message, Noise { factor: 3 }, &seed);
            assert_close(&decoded(&params, &keys.secret, &seeded.expand(&params)), &values, 3 * 21);
        }
    }
}

/// Largest error that switching may add: digits below 2^28 to 2^50 times noise over P, and rounding.
fn switching_bound(params: &Parameters) -> i64 {
    let digit = params.level(params.max_level()).digits.iter().map(|digit| {
        let primes = params.data()[digit.primes.clone()].iter();
        primes.map(|plan| (plan.modulus().value() as f64).log2()).sum::<f64>()
    });
    let largest = digit.fold(0.0, f64::max) - params.log_p();
    let n = params.degree() as f64;
    (10.0 * (3.24 * (n * params.data().len() as f64).sqrt() * largest.exp2() + n.sqrt() + 1.0)) as i64
}

#[test]
fn automorphisms_act_on_messages_at_every_level() {
    for params in cases() {
        let elements = [1, -3].map(|steps| galois::rotation(params.ring(), params.log_n(), steps));
        let conjugation = galois::conjugation(params.ring(), params.log_n());
        let levels = elements.into_iter().chain([conjugation]).map(|element| (element, params.max_level()));
        let request = Request { relinearization: None, galois: levels.collect() };
        let keys = keys(&params, &request);
        let values = message(&params);
        for level in 0..=params.max_level() {
            let plain = encoded(&params, level, &values);
            let seeded = encrypt_by_secret_key(&params, &keys.secret, &plain, Noise::PLAIN, &Seed::from_number(1));
            let ciphertext = seeded.expand(&params);
            let hoisted = Hoisted::new(&params, &Operand::Given(&ciphertext.parts[1].limbs));
            for &element in request.galois.keys() {
                let key = keys.evaluation.galois(element).unwrap();
                let want = image(&params, &values, element);
                let rotated = key.apply(&params, &ciphertext).unwrap();
                assert_close(&decoded(&params, &keys.secret, &rotated), &want, 21 + switching_bound(&params));
                let rotated = key.apply_hoisted(&params, &ciphertext, &hoisted).unwrap();
                assert_close(&decoded(&params, &keys.secret, &rotated), &want, 21 + switching_bound(&params));
                let lazy = key.accumulate_hoisted(&params, params.special_at(level), &ciphertext, &hoisted).unwrap();
                let rotated = Ciphertext { parts: lazy.divide(&params, [None, None]).into() };
                assert_close(&decoded(&params, &keys.secret, &rotated), &want, 21 + switching_bound(&params));
            }
        }
    }
}

#[test]
fn keys_for_a_level_are_those_of_the_top_cut_short_and_refuse_what_is_above() {
    let params = &cases()[1];
    let element = galois::rotation(params.ring(), params.log_n(), 1);
    let request = Request { relinearization: Some(1), galois: [(element, 2)].into() };
    let keys = keys(params, &request);
    let values = message(params);
    let at = |level| {
        let message = encoded(params, level, &values);
        encrypt_by_secret_key(params, &keys.secret, &message, Noise::PLAIN, &Seed::from_number(1)).expand(params)
    };
    let rotated = keys.evaluation.galois(element).unwrap().apply(params, &at(2)).unwrap();
    let want = image(params, &values, element);
    assert_close(&decoded(params, &keys.secret, &rotated), &want, 21 + switching_bound(params));
    let refused = keys.evaluation.galois(element).unwrap().apply(params, &at(3)).unwrap_err();
    assert!(refused.to_string().contains("levels up to 2, but the ciphertext is at level 3"), "{refused}");
    let refused = keys.evaluation.galois(3).unwrap_err().to_string();
    assert!(refused.contains("element 3") && refused.contains(&element.to_string()), "{refused}");
}

#[test]
fn products_relinearize_with_and_without_a_drop() {
    for params in cases() {
        let top = params.max_level();
        let keys = keys(&params, &Request { relinearization: Some(top), galois: [].into() });
        let n = params.degree();
        // A monomial, so that the product is as large as the message.
        let (mut one, two) = (vec![0; n], message(&params));
        one[0] = 1 << 10;
        let seed = Seed::from_number(3);
        let encrypt = |values: &[i64]| {
            let message = encoded(&params, top, values);
            encrypt_by_secret_key(&params, &keys.secret, &message, Noise::PLAIN, &seed).expand(&params)
        };
        // Short messages, for the smallest modulus.
        let two: Vec<i64> = two.iter().map(|x| x >> 16).collect();
        let [d0, d1, d2] = encrypt(&one).tensor(&params, &encrypt(&two)).unwrap();
        let before = Ciphertext { parts: vec![d0.clone(), d1.clone(), d2.clone()] };
        let want = decoded(&params, &keys.secret, &before);
        let accumulator =
            key_switch(&params, &Operand::Given(&d2.limbs), keys.evaluation.relinearization().unwrap()).unwrap();
        let parts = accumulator.clone().divide(&params, [Some(&d0), Some(&d1)]).into();
        let relinearized = Ciphertext { parts };
        assert_close(&decoded(&params, &keys.secret, &relinearized), &want, switching_bound(&params));
        // Merged: add first, then divide by P and the last prime at once.
        let mut merged = accumulator;
        merged.add_special_multiple(&params, params.special_at(top), 0, &d0);
        merged.add_special_multiple(&params, params.special_at(top), 1, &d1);
        let merged = Ciphertext { parts: merged.divide_and_drop(&params, [None, None]).unwrap().into() };
        let mut apart = relinearized;
        apart.divide_by_last(&params).unwrap();
        assert_eq!(merged.level(), top - 1);
        let (a, b) = (decoded(&params, &keys.secret, &merged), decoded(&params, &keys.secret, &apart));
        assert_close(&a, &b, 10 * (2.0 * n as f64).sqrt() as i64);
    }
}

#[test]
fn what_does_not_fit_is_refused() {
    let literal = |log_n, moduli: &[u32], special: &[u32]| {
        let (moduli, special) = (moduli.to_vec(), special.to_vec());
        Parameters::new(Literal { log_n, ring: RingKind::Standard, moduli, special }, Kernel::Scalar)
    };
    assert!(literal(5, &[50], &[50]).is_err());
    assert!(literal(18, &[50], &[50]).is_err());
    assert!(literal(8, &[], &[50]).is_err());
    assert!(literal(8, &[50], &[]).is_err());
    assert!(literal(8, &[51], &[50]).unwrap_err().to_string().contains("51, but must be between"));
    let params = literal(8, &[50, 50], &[50]).unwrap();
    let other = literal(9, &[50, 50], &[50]).unwrap();
    let refused = params.require_same(&other, "key").unwrap_err().to_string();
    assert!(refused.contains("2^8") && refused.contains("2^9"), "{refused}");
    let keys = keys(&params, &Request::default());
    let at = |level| {
        let message = encoded(&params, level, &message(&params));
        encrypt_by_secret_key(&params, &keys.secret, &message, Noise::PLAIN, &Seed::from_number(1)).expand(&params)
    };
    assert!(at(0).tensor(&params, &at(1)).unwrap_err().to_string().contains("levels 0 and 1"));
    assert!(at(0).divide_by_last(&params).unwrap_err().to_string().contains("needs level 1"));
    assert!(at(0).drop_to(1).is_err());
    assert!(keys.evaluation.relinearization().is_err());
    let request = Request { relinearization: Some(2), galois: [].into() };
    assert!(EvaluationKeys::generate(&params, &keys.secret, &request, &Seed::from_number(1)).is_err());
}
