#![allow(clippy::unwrap_used, reason = "a failing test may panic")]

mod known_answers;

use blindbench_core::conformance::check;
use blindbench_core::network::architecture::{self, Architecture, Arithmetic, Pixels};
use blindbench_core::network::images::Shape;
use blindbench_core::roles::seed::Seed;
use blindbench_core::scheme::{Resources, Scheme};
use blindbench_kernels::dispatch::Kernel;
use proptest::prelude::*;

use super::{Error, Febo, Input, Operation, Params, decrypt, derive_function_key, encrypt, setup};
use crate::group::Group;
use crate::group::logarithm::Logarithms;
use crate::group::modp::{Modp3072, SafePrime256};
use crate::group::ristretto::Ristretto255;

const BOUND: u64 = 10_000;

/// Encrypts, derives a key by the authority number `authority` and decrypts.
fn compute<G: Group>(operation: Operation, x: i32, y: i64, authority: u64) -> Result<i64, Error> {
    let table = Logarithms::<G>::new(Kernel::best(), BOUND, 1 << 12).unwrap();
    let (_, public) = setup::<G>(&mut Seed::from_number(1).rng());
    let (master, _) = setup::<G>(&mut Seed::from_number(authority).rng());
    let ciphertext = encrypt(&public, x, &mut Seed::from_number(2).rng());
    let key = derive_function_key(&master, &ciphertext.commitment, operation, y)?;
    decrypt(&table, operation, &[Input { ciphertext, key, operand: y }]).map(|results| results[0])
}

fn exact<G: Group>() {
    for (x, y) in [(0, 0), (100, 100), (-100, 100), (100, -100), (-100, -100), (7, 0), (0, -3)] {
        let (wide, of) = (i64::from(x), |operation| compute::<G>(operation, x, y, 1));
        assert_eq!(of(Operation::Add), Ok(wide + y));
        assert_eq!(of(Operation::Subtract), Ok(wide - y));
        assert_eq!(of(Operation::Multiply), Ok(wide * y));
    }
    for (x, y, quotient) in [(0, 5, 0), (100, -4, -25), (-99, -3, 33), (65535, 15, 4369)] {
        assert_eq!(compute::<G>(Operation::Divide, x, y, 1), Ok(quotient));
    }
}

#[test]
fn operations_are_exact_in_every_group() {
    exact::<Ristretto255>();
    exact::<SafePrime256>();
    exact::<Modp3072>();
}

#[test]
fn errors_tell_zero_remainders_and_bounds_apart() {
    let of = |operation, x, y| compute::<SafePrime256>(operation, x, y, 1).unwrap_err();
    let errors = [of(Operation::Divide, 6, 0), of(Operation::Divide, 7, 2), of(Operation::Multiply, 101, 100)];
    assert_eq!(errors[0], Error::DivisionByZero);
    assert_eq!(errors[1], Error::NotDivisible { index: 0, divisor: 2 });
    assert_eq!(errors[2], Error::BeyondBound { index: 0, bound: BOUND });
    let texts = errors.map(|error| error.to_string());
    assert!(texts[0].contains("by 0") && texts[1].contains("multiple of 2") && texts[2].contains("within ±10000"));
}

#[test]
fn keys_of_another_authority_open_nothing() {
    for operation in [Operation::Add, Operation::Subtract, Operation::Multiply, Operation::Divide] {
        let refused = compute::<Ristretto255>(operation, 6, 3, 2);
        assert_eq!(refused, Err(Error::BeyondBound { index: 0, bound: BOUND }), "{operation:?}");
    }
}

/// What the documentation says of confidentiality.
#[test]
fn any_key_gives_the_number_away() {
    let (master, public) = setup::<SafePrime256>(&mut Seed::from_number(1).rng());
    let ciphertext = encrypt(&public, 42, &mut Seed::from_number(2).rng());
    let key = derive_function_key(&master, &ciphertext.commitment, Operation::Multiply, 5).unwrap();
    let fifth = SafePrime256::inverse_vartime(&SafePrime256::scalar(5)).unwrap();
    let mask = SafePrime256::power(&key.0, &fifth);
    let number = SafePrime256::divide(&ciphertext.element, &mask);
    assert!(number == SafePrime256::power(&SafePrime256::generator(), &SafePrime256::scalar(42)));
    assert_eq!(format!("{master:?} {key:?}"), "MasterKey(..) FunctionKey(..)");
}

#[test]
fn febo_conforms() {
    check::<Febo>("febo").unwrap();
}

#[test]
fn networks_and_empty_batches_are_refused() {
    let input = architecture::Input { shape: Shape::grey(2, 2), crop: 0, pixels: Pixels::Levels(2) };
    let architecture = Architecture { input, arithmetic: Arithmetic::Integer, layers: Vec::new() };
    let refused = Febo::plan(Params::default(), &architecture, 1).unwrap_err();
    assert!(refused.to_string().contains("carry no network"), "{refused}");
    let refused = |params| Febo::operations(params, &Resources::default()).unwrap_err().to_string();
    assert!(refused(Params { elements: 0, ..Params::default() }).contains("expected 1 to"));
    assert!(refused(Params { value_max: 0, ..Params::default() }).contains("at least 1"));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]

    #[test]
    fn results_are_those_of_integers(x in -100i32..=100, y in -100i64..=100) {
        let wide = i64::from(x);
        prop_assert_eq!(compute::<SafePrime256>(Operation::Add, x, y, 1), Ok(wide + y));
        prop_assert_eq!(compute::<Ristretto255>(Operation::Subtract, x, y, 1), Ok(wide - y));
        prop_assert_eq!(compute::<SafePrime256>(Operation::Multiply, x, y, 1), Ok(wide * y));
        let quotient = match (y, wide.checked_rem(y)) {
            (_, None) => Err(Error::DivisionByZero),
            (_, Some(0)) => Ok(wide / y),
            (divisor, Some(_)) => Err(Error::NotDivisible { index: 0, divisor }),
        };
        prop_assert_eq!(compute::<SafePrime256>(Operation::Divide, x, y, 1), quotient);
    }
}
