//! Many operations in a row.

#![allow(clippy::unwrap_used, reason = "tests")]

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use super::{Context, ROTATIONS, rotated};
use crate::integers::ciphertext::Ciphertext;
use crate::integers::factor::Factor;
use crate::integers::parameters::{Literal, batching_modulus};
use crate::integers::placement::Placement;

#[derive(Debug, Clone, Copy)]
enum Step {
    Add,
    Subtract,
    Negate,
    AddPlain,
    SubtractPlain,
    MultiplyPlain,
    Scale(i64),
    Multiply,
    Rotate(usize),
    Switch,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        Just(Step::Add),
        Just(Step::Subtract),
        Just(Step::Negate),
        Just(Step::AddPlain),
        Just(Step::SubtractPlain),
        Just(Step::MultiplyPlain),
        (-9i64..10).prop_map(Step::Scale),
        Just(Step::Multiply),
        (0..ROTATIONS.len()).prop_map(Step::Rotate),
        Just(Step::Switch),
    ]
}

/// A value with its encryption.
struct State<P: Placement> {
    values: Vec<u64>,
    ciphertext: Ciphertext<P>,
}

/// The state after a step with a fresh operand.
fn apply<P: Placement>(context: &Context<P>, state: &State<P>, step: Step, seed: u64) -> State<P> {
    let other = context.values(seed);
    let level = state.ciphertext.level();
    let mut fresh = context.encrypt(&other, context.params.max_level());
    fresh.switch_to(level).unwrap();
    let plaintext = context.plaintext(&other);
    let mut ciphertext = state.ciphertext.clone();
    let zip =
        |f: fn(&blindbench_kernels::residue::modulus::Modulus, u64, u64) -> u64| context.zip(&state.values, &other, f);
    let values = match step {
        Step::Add => {
            ciphertext.add_assign(&fresh).unwrap();
            zip(|t, a, b| t.add(a, b))
        }
        Step::Subtract => {
            ciphertext.subtract_assign(&fresh).unwrap();
            zip(|t, a, b| t.subtract(a, b))
        }
        Step::Negate => {
            ciphertext.negate();
            zip(|t, a, _| t.negate(a))
        }
        Step::AddPlain => {
            ciphertext.add_plain_assign(&plaintext).unwrap();
            zip(|t, a, b| t.add(a, b))
        }
        Step::SubtractPlain => {
            ciphertext.subtract_plain_assign(&plaintext).unwrap();
            zip(|t, a, b| t.subtract(a, b))
        }
        Step::MultiplyPlain => {
            ciphertext = ciphertext.multiply_plain(&Factor::new(&context.params, &plaintext, level).unwrap()).unwrap();
            zip(|t, a, b| t.multiply(a, b))
        }
        Step::Scale(factor) => {
            ciphertext.multiply_scalar(factor);
            let factor = vec![context.t().reduce_signed(factor); state.values.len()];
            context.zip(&state.values, &factor, |t, a, b| t.multiply(a, b))
        }
        Step::Multiply => {
            ciphertext = ciphertext.multiply_relinearize(&fresh, &context.keys).unwrap();
            zip(|t, a, b| t.multiply(a, b))
        }
        Step::Rotate(which) => {
            ciphertext = ciphertext.rotate(ROTATIONS[which], &context.keys).unwrap();
            rotated(&state.values, ROTATIONS[which])
        }
        Step::Switch if level > 0 => {
            ciphertext.switch_modulus().unwrap();
            state.values.clone()
        }
        Step::Switch => state.values.clone(),
    };
    State { values, ciphertext }
}

pub(crate) fn random<P: Placement>() {
    let context = Context::<P>::new(Literal {
        log_n: 7,
        moduli: vec![50, 40, 40, 40, 40, 40],
        special: vec![50, 50],
        plaintext_modulus: batching_modulus(16, 7).unwrap(),
    });
    let mut runner = TestRunner::new(Config { cases: 24, ..Config::default() });
    let programs = (prop::collection::vec(step(), 1..12), any::<u32>());
    let ran = runner.run(&programs, |(program, seed)| {
        let values = context.values(u64::from(seed));
        let mut state = State { ciphertext: context.encrypt(&values, context.params.max_level()), values };
        for (i, step) in program.into_iter().enumerate() {
            let next = apply(&context, &state, step, u64::from(seed) + i as u64 + 1);
            // Where prediction promises nothing, the program ends.
            if next.ciphertext.predicted_budget() <= 0.0 {
                break;
            }
            prop_assert_eq!(context.decrypt(&next.ciphertext), next.values.clone(), "{:?}", step);
            let measured = context.secret.log2_noise_vartime(&next.ciphertext).unwrap();
            prop_assert!(measured <= next.ciphertext.noise().log2_bound(), "{:?}", step);
            state = next;
        }
        Ok(())
    });
    ran.unwrap();
}

/// Products at all levels, one modulus switched before each.
pub(crate) fn deep<P: Placement>() {
    let context = Context::<P>::new(Literal {
        log_n: 9,
        moduli: vec![50, 45, 45, 45, 45, 45, 45, 45],
        special: vec![50],
        plaintext_modulus: 65_537,
    });
    let top = context.params.max_level();
    let mut values = context.values(1);
    let mut ciphertext = context.encrypt(&values, top);
    ciphertext.switch_modulus().unwrap();
    for level in (1..top).rev() {
        let other = context.values(level as u64);
        let mut fresh = context.encrypt(&other, top);
        fresh.switch_to(level).unwrap();
        ciphertext = ciphertext.multiply_relinearize(&fresh, &context.keys).unwrap();
        values = context.zip(&values, &other, |t, a, b| t.multiply(a, b));
        ciphertext = ciphertext.rotate_rows(1, &context.keys).unwrap();
        values = rotated(&values, ROTATIONS[0]);
        ciphertext.add_plain_assign(&context.plaintext(&other)).unwrap();
        values = context.zip(&values, &other, |t, a, b| t.add(a, b));
        context.assert(&ciphertext, &values, "a deep circuit");
        ciphertext.switch_modulus().unwrap();
        context.assert(&ciphertext, &values, "a deep circuit, switched");
    }
    assert_eq!(ciphertext.level(), 0);
}
