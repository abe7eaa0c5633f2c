//! BGV: what it shares with BFV, and its correction factors.

#![allow(clippy::unwrap_used, reason = "tests")]

use super::{Bgv, Ciphertext};
use crate::integers::noise::Noise;
use crate::integers::parameters::{Literal, batching_modulus};
use crate::integers::tests::Context;
use crate::rlwe;
use crate::rns::polynomial::Polynomial;

crate::integers::tests::for_placement!(Bgv);

fn context() -> Context<Bgv> {
    let plaintext_modulus = batching_modulus(16, 6).unwrap();
    Context::new(Literal { log_n: 6, moduli: vec![50, 40], special: vec![50], plaintext_modulus })
}

#[test]
fn modulus_switching_is_that_of_integers() {
    let context = context();
    let base = context.params.rlwe();
    let [q0, q1] = [0, 1].map(|i| i128::from(base.data()[i].modulus().value()));
    let t = i128::from(context.t().value());
    let inverse = i128::from(context.t().inverse_vartime(q1 as u64).unwrap());
    for x in [0, 1, -1, t, q1, -q1, q1 / 2, 1 << 60, -(1 << 70), q0 * q1 / 5 * 2, -q0 * q1 / 3] {
        let mut part = Polynomial::zero(base.degree(), 2);
        for (plan, limb) in base.data().iter().zip(&mut part.limbs) {
            limb[0] = x.rem_euclid(i128::from(plan.modulus().value())) as u64;
            plan.kernel().forward(plan, limb);
        }
        let inner = rlwe::ciphertext::Ciphertext { parts: vec![part, Polynomial::zero(base.degree(), 2)] };
        let mut ciphertext = Ciphertext::from_inner(&context.params, inner, Noise::new(0.0, 0), 1);
        ciphertext.switch_modulus().unwrap();
        assert_eq!(i128::from(ciphertext.correction()), inverse);
        let mut limb = ciphertext.inner().parts[0].limbs[0].clone();
        base.kernel().inverse(&base.data()[0], &mut limb);
        let got = i128::from(base.data()[0].modulus().centered(limb[0]));
        // The nearest multiples of x's residue: off by at most t/2 and a unit of rounding.
        assert!((got * q1 - x).abs() <= (t / 2 + 1) * q1, "{x} became {got}");
        assert_eq!((got * q1 - x) % t, 0, "{x} became {got}");
    }
}

#[test]
fn correction_factors_multiply_and_are_taken_off() {
    let context = context();
    let (a, b) = (context.values(1), context.values(2));
    let mut left = context.encrypt(&a, 1);
    left.switch_modulus().unwrap();
    let right = context.encrypt(&b, 0);
    assert_ne!(left.correction(), 1);
    let mut sum = left.clone();
    sum.add_assign(&right).unwrap();
    context.assert(&sum, &context.zip(&a, &b, |t, a, b| t.add(a, b)), "a sum");
    // Balanced: neither was multiplied by much more than the square root of t.
    let grown = sum.noise().log2_deviation() - right.noise().log2_deviation().max(left.noise().log2_deviation());
    assert!(grown < 10.5, "{grown}");
    let product = context.encrypt(&a, 1).multiply(&context.encrypt(&b, 1)).unwrap();
    assert_eq!(product.correction(), 1);
    let mut left = context.encrypt(&a, 1);
    left.switch_modulus().unwrap();
    let square = left.multiply(&left).unwrap();
    assert_eq!(square.correction(), context.t().multiply(left.correction(), left.correction()));
}
