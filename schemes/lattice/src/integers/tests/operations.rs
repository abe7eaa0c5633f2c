//! Every operation at every level.

#![allow(clippy::unwrap_used, reason = "tests")]

use blindbench_core::roles::seed::Seed;
use blindbench_kernels::dispatch::Kernel;
use std::sync::Arc;

use super::{Context, ROTATIONS, rotated};
use crate::integers::factor::Factor;
use crate::integers::keys::{Request, SecretKey};
use crate::integers::parameters::{Literal, Parameters};
use crate::integers::placement::Placement;

pub(crate) fn encryption<P: Placement>() {
    for context in Context::<P>::all() {
        let values = context.values(1);
        for level in 0..=context.params.max_level() {
            let seed = Seed::from_number(level as u64);
            let fresh = context.public.encrypt(&context.plaintext(&values), level, &seed).unwrap();
            assert_eq!((fresh.level(), fresh.degree(), fresh.correction()), (level, 1, 1));
            context.assert(&fresh, &values, "encryption by the public key");
            let fresh = context.secret.encrypt(&context.plaintext(&values), level, &seed).unwrap().expand();
            context.assert(&fresh, &values, "encryption by the secret key");
        }
    }
}

pub(crate) fn sums<P: Placement>() {
    for context in Context::<P>::all() {
        let (a, b) = (context.values(1), context.values(2));
        let plaintext = context.plaintext(&b);
        for level in 0..=context.params.max_level() {
            let (left, right) = (context.encrypt(&a, level), context.encrypt(&b, level));
            let sum = context.zip(&a, &b, |t, a, b| t.add(a, b));
            let difference = context.zip(&a, &b, |t, a, b| t.subtract(a, b));
            let mut got = left.clone();
            got.add_assign(&right).unwrap();
            context.assert(&got, &sum, "a sum");
            let mut got = left.clone();
            got.subtract_assign(&right).unwrap();
            context.assert(&got, &difference, "a difference");
            got.negate();
            context.assert(&got, &context.zip(&b, &a, |t, b, a| t.subtract(b, a)), "a negated difference");
            let mut got = left.clone();
            got.add_plain_assign(&plaintext).unwrap();
            context.assert(&got, &sum, "a sum with a plaintext");
            let mut got = left.clone();
            got.subtract_plain_assign(&plaintext).unwrap();
            context.assert(&got, &difference, "a difference with a plaintext");
            let mut got = left.clone();
            got.add_assign(&left).unwrap();
            context.assert(&got, &context.zip(&a, &a, |t, a, b| t.add(a, b)), "a double");
        }
    }
}

pub(crate) fn plain_products<P: Placement>() {
    for context in Context::<P>::all() {
        let (a, b) = (context.values(1), context.values(2));
        let top = context.params.max_level();
        let product = context.zip(&a, &b, |t, a, b| t.multiply(a, b));
        let factor = Factor::new(&context.params, &context.plaintext(&b), top).unwrap();
        for level in 0..=top {
            let fresh = context.encrypt(&a, level);
            context.assert(&fresh.multiply_plain(&factor).unwrap(), &product, "a product with a plaintext");
            for scalar in [2, -3, (context.t().value() / 2) as i64] {
                let mut got = fresh.clone();
                got.multiply_scalar(scalar);
                let scalar = vec![context.t().reduce_signed(scalar); a.len()];
                context.assert(&got, &context.zip(&a, &scalar, |t, a, b| t.multiply(a, b)), "a multiple");
            }
        }
    }
}

pub(crate) fn products<P: Placement>() {
    for context in Context::<P>::all() {
        let (a, b) = (context.values(1), context.values(2));
        for level in 0..=context.params.max_level() {
            let (left, right) = (context.encrypt(&a, level), context.encrypt(&b, level));
            let product = context.zip(&a, &b, |t, a, b| t.multiply(a, b));
            let got = left.multiply(&right).unwrap();
            assert_eq!(got.degree(), 2);
            context.assert(&got, &product, "a product");
            let got = got.relinearize(&context.keys).unwrap();
            assert_eq!(got.degree(), 1);
            context.assert(&got, &product, "a relinearized product");
            let got = left.multiply_relinearize(&right, &context.keys).unwrap();
            context.assert(&got, &product, "a product relinearized at once");
            let square = left.multiply_relinearize(&left, &context.keys).unwrap();
            context.assert(&square, &context.zip(&a, &a, |t, a, b| t.multiply(a, b)), "a square");
        }
    }
}

pub(crate) fn rotations<P: Placement>() {
    for context in Context::<P>::all() {
        let values = context.values(1);
        for level in 0..=context.params.max_level() {
            let fresh = context.encrypt(&values, level);
            let hoisted = fresh.clone().into_hoisted().unwrap();
            for rotation in ROTATIONS {
                let want = rotated(&values, rotation);
                context.assert(&fresh.rotate(rotation, &context.keys).unwrap(), &want, &rotation.to_string());
                context.assert(
                    &hoisted.rotate(rotation, &context.keys).unwrap(),
                    &want,
                    &format!("hoisted {rotation}"),
                );
            }
            let got = fresh.rotate_rows(1, &context.keys).unwrap().rotate_columns(&context.keys).unwrap();
            let want = rotated(&rotated(&values, ROTATIONS[0]), ROTATIONS[3]);
            context.assert(&got, &want, "a rotation and a swap of rows");
        }
    }
}

pub(crate) fn modulus_switching<P: Placement>() {
    for context in Context::<P>::all() {
        let (a, b) = (context.values(1), context.values(2));
        let top = context.params.max_level();
        let mut ciphertext = context.encrypt(&a, top);
        let mut product = context.encrypt(&a, top).multiply(&context.encrypt(&b, top)).unwrap();
        let want = context.zip(&a, &b, |t, a, b| t.multiply(a, b));
        for level in (0..top).rev() {
            ciphertext.switch_modulus().unwrap();
            assert_eq!(ciphertext.level(), level);
            context.assert(&ciphertext, &a, "a switched modulus");
            product.switch_modulus().unwrap();
            context.assert(&product, &want, "a switched modulus of degree 2");
            // With one that was encrypted at this level: another correction factor in BGV.
            let mut sum = ciphertext.clone();
            sum.add_assign(&context.encrypt(&b, level)).unwrap();
            context.assert(&sum, &context.zip(&a, &b, |t, a, b| t.add(a, b)), "a sum of two histories");
            let mut difference = context.encrypt(&b, level);
            difference.subtract_assign(&ciphertext).unwrap();
            let want = context.zip(&b, &a, |t, b, a| t.subtract(b, a));
            context.assert(&difference, &want, "a difference of two histories");
            let mut sum = ciphertext.clone();
            sum.add_plain_assign(&context.plaintext(&b)).unwrap();
            context.assert(&sum, &context.zip(&a, &b, |t, a, b| t.add(a, b)), "a sum with a plaintext");
        }
    }
}

pub(crate) fn extreme_values<P: Placement>() {
    for context in Context::<P>::all() {
        let (n, t, top) = (context.params.rlwe().degree(), context.t().value(), context.params.max_level());
        // A constant polynomial, the largest coefficient of one, all coefficients extreme, slots of both ends.
        let half = (t / 2) as i64;
        let everywhere = context.params.encoder().encode_coefficients(&vec![half; n]).unwrap();
        let everywhere = context.params.encoder().decode_unsigned(&everywhere).unwrap();
        let mixed: Vec<u64> = (0..n).map(|i| if i % 2 == 0 { 0 } else { t - 1 }).collect();
        for values in [vec![t - 1; n], vec![t / 2; n], vec![t / 2 + 1; n], vec![0; n], mixed, everywhere] {
            let fresh = context.encrypt(&values, top);
            assert_eq!(context.decrypt(&fresh), values);
            let mut sum = fresh.clone();
            sum.add_assign(&fresh).unwrap();
            assert_eq!(context.decrypt(&sum), context.zip(&values, &values, |t, a, b| t.add(a, b)));
            let square = fresh.multiply_relinearize(&fresh, &context.keys).unwrap();
            assert!(square.predicted_budget() > 0.0, "{}", context.params);
            let measured = context.secret.log2_noise_vartime(&square).unwrap();
            assert!(measured <= square.noise().log2_bound(), "{}", context.params);
            assert_eq!(context.decrypt(&square), context.zip(&values, &values, |t, a, b| t.multiply(a, b)));
        }
    }
}

pub(crate) fn coefficients<P: Placement>() {
    // No prime, and a prime without slots; both odd.
    for plaintext_modulus in [3, 15, 1_000_001] {
        let literal = Literal { log_n: 7, moduli: vec![50, 50, 50], special: vec![50], plaintext_modulus };
        let params = Arc::new(Parameters::<P>::new(literal, Kernel::best()).unwrap());
        let (secret, encoder) = (SecretKey::generate(&params, &Seed::from_number(1)), params.encoder());
        let request = Request { relinearization: Some(2), galois: [].into() };
        let keys = secret.evaluation_keys(&request, &Seed::from_number(2)).unwrap();
        let monomial = |place: usize, value: i64| {
            let mut values = vec![0; place + 1];
            values[place] = value;
            let plaintext = encoder.encode_coefficients(&values).unwrap();
            secret.encrypt(&plaintext, 2, &Seed::from_number(place as u64)).unwrap().expand()
        };
        // X^100 X^50 is -X^22.
        let mut product = monomial(100, 1).multiply_relinearize(&monomial(50, -1), &keys).unwrap();
        product.switch_modulus().unwrap();
        product.add_plain_assign(&encoder.encode_coefficients(&[-1]).unwrap()).unwrap();
        let got = encoder.decode_coefficients(&secret.decrypt(&product).unwrap()).unwrap();
        let mut want = vec![0; 128];
        (want[0], want[22]) = (-1, 1);
        assert_eq!(got, want, "modulo {plaintext_modulus}");
    }
}
