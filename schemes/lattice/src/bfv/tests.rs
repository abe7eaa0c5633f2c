//! BFV: what it shares with BGV, and its scaling against big integers.

#![allow(clippy::unwrap_used, reason = "tests")]

use num_bigint::BigInt;
use num_bigint::Sign;

use super::{Bfv, Ciphertext, multiplication};
use crate::integers::noise::Noise;
use crate::integers::parameters::{Literal, batching_modulus};
use crate::integers::tests::Context;
use crate::rlwe;
use crate::rns::polynomial::Polynomial;

crate::integers::tests::for_placement!(Bfv);

fn context() -> Context<Bfv> {
    let plaintext_modulus = batching_modulus(20, 6).unwrap();
    Context::new(Literal { log_n: 6, moduli: vec![50, 40, 45], special: vec![50], plaintext_modulus })
}

fn modulus(context: &Context<Bfv>) -> BigInt {
    context.params.rlwe().data().iter().map(|plan| BigInt::from(plan.modulus().value())).product()
}

/// `x / y` rounded to the nearest, halves up.
fn rounded(x: &BigInt, y: &BigInt) -> BigInt {
    let (twice, sum): (BigInt, BigInt) = (y * 2u32, x * 2u32 + y);
    let quotient: BigInt = &sum / &twice;
    if sum.sign() == Sign::Minus && &quotient * &twice != sum { quotient - 1u32 } else { quotient }
}

/// x modulo m in [0, m).
fn modulo(x: &BigInt, m: &BigInt) -> BigInt {
    ((x % m) + m) % m
}

/// The ciphertext of zero masks whose phase has one coefficient x, the others 0.
fn transparent(context: &Context<Bfv>, x: &BigInt) -> Ciphertext {
    let base = context.params.rlwe();
    let mut phase = Polynomial::zero(base.degree(), base.max_level() + 1);
    for (plan, limb) in base.data().iter().zip(&mut phase.limbs) {
        limb[0] = u64::try_from(modulo(x, &plan.modulus().value().into())).unwrap();
        plan.kernel().forward(plan, limb);
    }
    let mask = Polynomial::zero(base.degree(), base.max_level() + 1);
    let inner = rlwe::ciphertext::Ciphertext { parts: vec![phase, mask] };
    Ciphertext::from_inner(&context.params, inner, Noise::new(0.0, 0), 1)
}

/// Coefficient 0 of a polynomial in slots as an integer in [0, Q), by the Chinese remainder theorem.
fn first_coefficient(context: &Context<Bfv>, polynomial: &Polynomial) -> BigInt {
    let (q, mut sum) = (modulus(context), BigInt::from(0));
    for (plan, limb) in context.params.rlwe().data().iter().zip(&polynomial.limbs) {
        let mut coefficients = limb.clone();
        plan.kernel().inverse(plan, &mut coefficients);
        assert!(coefficients[1..].iter().all(|x| *x == 0));
        let p = plan.modulus();
        let others = &q / p.value();
        let inverse = p.inverse_vartime(u64::try_from(&others % p.value()).unwrap()).unwrap();
        sum += others * p.multiply(coefficients[0], inverse);
    }
    modulo(&sum, &q)
}

#[test]
fn decryption_rounds_exactly() {
    let context = context();
    let (q, t) = (modulus(&context), BigInt::from(context.t().value()));
    // Next to where rounding changes: a 2^40th of a step away.
    let near = &q / (&t << 40u32);
    for k in [0, 1, 2, 77, context.t().value() / 2, context.t().value() - 1] {
        let border: BigInt = (&q * (2 * k + 1)) / (&t * 2);
        for x in [&border - &near, &border + &near, (&q * k) / &t, &border - &near - &q, &q - &border - &near] {
            let plaintext = context.secret.decrypt(&transparent(&context, &x)).unwrap();
            let want = modulo(&rounded(&(&t * &x), &q), &t);
            assert_eq!(BigInt::from(plaintext.coefficients()[0]), want, "phase {x}");
            assert!(plaintext.coefficients()[1..].iter().all(|x| *x == 0));
        }
    }
}

#[test]
fn messages_are_scaled_exactly() {
    let context = context();
    let (q, t) = (modulus(&context), context.t());
    for m in [0, 1, 2, t.value() / 2, t.value() / 2 + 1, t.value() - 1] {
        let plaintext = context.params.encoder().encode_coefficients(&[t.centered(m)]).unwrap();
        let mut ciphertext = transparent(&context, &BigInt::from(0));
        ciphertext.add_plain_assign(&plaintext).unwrap();
        let want = modulo(&rounded(&(&q * m), &t.value().into()), &q);
        assert_eq!(first_coefficient(&context, &ciphertext.inner().parts[0]), want, "message {m}");
    }
}

#[test]
fn products_are_scaled_as_big_integers_are() {
    let context = context();
    let (q, t) = (modulus(&context), BigInt::from(context.t().value()));
    let half = &q / 2u32;
    let centered = |x: &BigInt| if x > &half { x - &q } else { x.clone() };
    let values: Vec<BigInt> = [0, 1, 2].map(BigInt::from).into_iter().chain([3u32, 7].map(|d| &q / d)).collect();
    // Not nearer to half the modulus than base conversion tells its sides apart.
    let near = &q >> 40u32;
    let values: Vec<BigInt> =
        values.into_iter().chain([&q - 1u32, &half - &near, &half + &near, &q - (&q / 11u32)]).collect();
    for a in &values {
        for b in &values {
            let product = multiplication::multiply(&transparent(&context, a), &transparent(&context, b));
            let got = first_coefficient(&context, &product.inner().parts[0]);
            let want = rounded(&(&t * centered(a) * centered(b)), &q);
            // Scaling the second factor rounds by 1/2, of which t/A times the first factor comes out; and once more.
            let off = centered(&modulo(&(&got - &want), &q));
            assert!(off.magnitude() <= (&t + 2u32).magnitude(), "{a} by {b}: off by {off}");
            assert!(product.inner().parts[1..].iter().all(|part| first_coefficient(&context, part) == BigInt::from(0)));
        }
    }
}

#[test]
fn auxiliary_primes_are_as_few_as_the_modulus_needs() {
    let context = context();
    // 135, 90 and 50 bits.
    let counts: Vec<usize> = (0..=2).map(|level| context.params.own().auxiliary(level).len()).collect();
    assert_eq!(counts, [1, 2, 3]);
    let mut all: Vec<u64> = context.params.own().auxiliary(2).iter().map(|plan| plan.modulus().value()).collect();
    all.extend(context.params.rlwe().key_plans(2).iter().map(|plan| plan.modulus().value()));
    all.sort_unstable();
    all.dedup();
    assert_eq!(all.len(), 7);
}
