//! What does not fit is refused, with both sides and the remedy.

use super::*;
use crate::error::Result;

fn refused<T>(result: Result<T>, parts: &[&str]) {
    let text = result.err().map_or_else(|| "accepted".to_owned(), |error| error.to_string());
    assert!(parts.iter().all(|part| text.contains(part)), "{text}");
}

#[test]
fn encodings() {
    let params = &cases()[2];
    let encoder = Encoder::new(params);
    let scale = params.scale();
    refused(encoder.encode(&[0.0; 513], 0, scale), &["513 values", "512 slots", "larger ring"]);
    refused(encoder.encode(&[0.0, f64::NAN], 0, scale), &["NaN", "place 1", "not finite"]);
    refused(encoder.encode(&[f64::INFINITY], 0, scale), &["inf", "not finite"]);
    refused(encoder.encode(&[1e200], 0, scale), &["do not fit the modulus", "level 0"]);
    refused(encoder.encode(&[1e308], 0, scale), &["do not fit the modulus", "level 0"]);
    refused(encoder.encode(&[1.0; 512], 0, 2f64.powi(28)), &["2^29.0", "2^28.0", "level 0", "smaller scale"]);
    refused(encoder.encode(&[1.0], 6, scale), &["level is 6", "between 0 and 5"]);
    refused(encoder.encode(&[1.0], 0, -1.0), &["scale of -1", "positive"]);
    let plaintext = encoder.encode(&[0.5, -2.0], 0, scale).unwrap();
    assert_eq!(plaintext.clone().with_bound(3.0).unwrap().noise().bound, 3.0);
    refused(plaintext.with_bound(1.0), &["2", "stated bound 1"]);
    let real = &cases()[3];
    let encoder = Encoder::new(real);
    refused(encoder.encode_complex(&[Complex::new(1.0, 0.5)], 0, 1.0), &["1+0.5i", "not real", "conjugate-invariant"]);
}

#[test]
fn literals() {
    let literal = |log_scale| {
        let (moduli, special) = (vec![30, 30], vec![30]);
        Parameters::new(Literal { log_n: 7, ring: RingKind::Standard, moduli, special, log_scale }, Kernel::Scalar)
    };
    refused(literal(-1.0), &["log_scale is -1", "between 0 and 120"]);
    refused(literal(f64::NAN), &["log_scale"]);
    refused(literal(65.0), &["2^66.0", "2^60.0"]);
}

#[test]
fn operands_that_do_not_match() {
    let [params, other] = [&cases()[0], &cases()[1]];
    let [keys, other_keys] = [params, other].map(Keys::new);
    let [bench, other_bench] = [Bench::new(params, &keys), Bench::new(other, &other_keys)];
    let evaluator = bench.evaluator();
    let values = values(params, 1);
    let at = |level| bench.encrypt(&values, level, 1);
    let foreign = other_bench.encrypt(&values, 3, 2);
    refused(evaluator.add(&at(3), &foreign), &["N = 2^8", "N = 2^9", "same parameters"]);
    refused(evaluator.add(&at(3), &at(2)), &["levels 3 and 2", "drop"]);
    let rescaled = at(3).reinterpret(1.001).unwrap();
    refused(evaluator.add(&at(3), &rescaled), &["2^45.0", "2^44.99", "rescale"]);
    assert!(evaluator.add(&at(3), &at(3).reinterpret(1.0 + 2f64.powi(-21)).unwrap()).is_ok());
    refused(evaluator.multiply_relinearize_rescale(&at(0), &at(0)), &["2^91.0", "2^50.0", "level 0"]);
    refused(evaluator.multiply(&at(3), &at(1)), &["levels 3 and 1"]);
    let product = evaluator.multiply(&at(3), &at(3)).unwrap();
    refused(evaluator.multiply(&product, &product), &["degree 1", "degree 2", "relinearize"]);
    refused(evaluator.rotate(&product, 1), &["degree 2", "relinearize"]);
    refused(evaluator.rescale(&mut at(0)), &["level 1", "level 0", "longer moduli chain"]);
    refused(evaluator.drop_to(&mut at(1), 2), &["level 2", "level 1"]);
    let plain = bench.encoder.encode_complex(&values, 2, params.scale()).unwrap();
    refused(evaluator.multiply_plain(&at(3), &plain), &["levels 3 and 2"]);
    let finer = bench.encoder.encode_complex(&values, 3, 2.0 * params.scale()).unwrap();
    refused(evaluator.add_plain_assign(&mut at(2), &finer), &["2^45.0", "2^46.0"]);
    refused(evaluator.multiply_constant_assign(&mut at(0), 1.0, params.scale()), &["2^91.0", "2^50.0"]);
    refused(evaluator.add_constant_assign(&mut at(0), f64::NAN), &["NaN", "not finite"]);
    refused(at(0).reinterpret(-1.0), &["-1", "positive"]);
}

#[test]
fn keys_that_are_missing_or_foreign() {
    let [params, other] = [&cases()[0], &cases()[1]];
    let keys = Keys::new(params);
    let bench = Bench::new(params, &keys);
    let evaluator = bench.evaluator();
    let a = bench.encrypt(&values(params, 1), 3, 1);
    let [one, two] = [1, 2].map(|steps| evaluator.rotation_element(steps).to_string());
    refused(evaluator.rotate(&a, 2), &["rotation by 2", &two, &one, "key request"]);
    let none = EvaluationKeys::default();
    let without = Evaluator::new(params, &none).unwrap();
    refused(without.conjugate(&a), &["complex conjugation", "keys for none"]);
    refused(without.multiply_relinearize_rescale(&a, &a), &["relinearization key", "key request"]);
    refused(Evaluator::new(other, &keys.evaluation), &["evaluation key", "N = 256", "N = 2^9"]);
    let request = Request { relinearization: Some(1), galois: [].into() };
    let low = Keys::of_request(params, &request);
    let evaluator = Evaluator::new(params, &low.evaluation).unwrap();
    refused(evaluator.multiply_relinearize_rescale(&a, &a), &["up to 1", "level 3"]);
}
