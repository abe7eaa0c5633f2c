//! Budgets down to the end.

#![allow(clippy::unwrap_used, reason = "tests")]

use super::Context;
use crate::integers::parameters::{Literal, batching_modulus};
use crate::integers::placement::Placement;

fn context<P: Placement>(moduli: &[u32]) -> Context<P> {
    let plaintext_modulus = batching_modulus(14, 7).unwrap();
    Context::new(Literal { log_n: 7, moduli: moduli.to_vec(), special: vec![50], plaintext_modulus })
}

/// Doubling steps take a bit each, and a threefold step decides at the border: right as long as there is budget.
pub(crate) fn by_additions<P: Placement>() {
    let context = context::<P>(&[45]);
    let mut wrong = 0;
    for seed in 0..24u64 {
        let mut values = context.values(seed);
        let mut ciphertext = context.encrypt(&values, 0);
        // Away from a power of two, differently each time.
        let first = 1 + 2 * seed as i64;
        ciphertext.multiply_scalar(first);
        values.iter_mut().for_each(|x| *x = context.t().multiply(*x, first as u64));
        for _ in 0..30 {
            let (budget, is_right) =
                (context.secret.noise_budget_vartime(&ciphertext).unwrap(), context.decrypt(&ciphertext) == values);
            assert!(is_right || budget == 0.0, "wrong with {budget} bits of budget");
            if budget == 0.0 {
                wrong += usize::from(!is_right);
                break;
            }
            ciphertext.add_assign(&ciphertext.clone()).unwrap();
            values.iter_mut().for_each(|x| *x = context.t().add(*x, *x));
        }
    }
    assert!(wrong < 24, "the budget says 0 only when it is too late");
}

pub(crate) fn by_products<P: Placement>() {
    let context = context::<P>(&[50, 50, 50]);
    let mut values = context.values(1);
    let mut ciphertext = context.encrypt(&values, 2);
    let mut failed = 0;
    for _ in 0..12 {
        let budget = context.secret.noise_budget_vartime(&ciphertext).unwrap();
        let is_right = context.decrypt(&ciphertext) == values;
        assert!(is_right || budget == 0.0, "wrong with {budget} bits of budget");
        failed += usize::from(!is_right);
        ciphertext = ciphertext.multiply_relinearize(&ciphertext, &context.keys).unwrap();
        values = context.zip(&values, &values, |t, a, b| t.multiply(a, b));
    }
    assert!(failed > 0, "budgets were never used up");
}
