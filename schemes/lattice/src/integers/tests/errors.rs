//! Refusals: both sides and the remedy.

#![allow(clippy::unwrap_used, reason = "tests")]

use blindbench_core::roles::seed::Seed;
use blindbench_kernels::dispatch::Kernel;

use super::{Context, literals};
use crate::error::Error;
use crate::integers::factor::Factor;
use crate::integers::keys::Request;
use crate::integers::parameters::{Literal, Parameters};
use crate::integers::placement::Placement;
use crate::integers::rotation::Rotation;

fn small<P: Placement>(log_n: u32, plaintext_modulus: u64) -> Context<P> {
    Context::new(Literal { log_n, moduli: vec![50, 50], special: vec![50], plaintext_modulus })
}

pub(crate) fn operands<P: Placement>() {
    let (context, other) = (small::<P>(7, 65_537), small::<P>(7, 786_433));
    let values = context.values(1);
    let (mut high, low) = (context.encrypt(&values, 1), context.encrypt(&values, 0));
    let foreign = other.encrypt(&values, 1);
    let told = |error: Error, parts: &[&str]| {
        let text = error.to_string();
        assert!(parts.iter().all(|part| text.contains(part)), "{text}");
    };
    let levels = ["levels 1 and 0", "drop the higher one"];
    told(high.clone().add_assign(&low).unwrap_err(), &levels);
    told(high.clone().subtract_assign(&low).unwrap_err(), &levels);
    told(high.multiply(&low).unwrap_err(), &levels);
    let moduli = ["t = 786433", "t = 65537", "make both from the same parameters"];
    told(high.clone().add_assign(&foreign).unwrap_err(), &moduli);
    told(high.multiply(&foreign).unwrap_err(), &moduli);
    told(context.secret.decrypt(&foreign).unwrap_err(), &moduli);
    let wider = small::<P>(8, 65_537);
    let rings = ["N = 2^8", "N = 2^7", "make both from the same parameters"];
    told(high.multiply_relinearize(&high, &wider.keys).unwrap_err(), &["relinearization key", rings[0], rings[1]]);
    told(high.rotate_rows(1, &wider.keys).unwrap_err(), &["Galois key", rings[0], rings[1]]);
    told(high.clone().into_hoisted().unwrap().rotate(Rotation::Columns, &wider.keys).unwrap_err(), &rings);
    let plaintext = other.plaintext(&values);
    told(high.add_plain_assign(&plaintext).unwrap_err(), &["modulo 786433", "modulo 65537", "encode it again"]);
    told(Factor::new(&context.params, &plaintext, 1).unwrap_err(), &["modulo 786433"]);
    let factor = Factor::new(&context.params, &context.plaintext(&values), 0).unwrap();
    told(high.multiply_plain(&factor).unwrap_err(), &["levels 1 and 0"]);
    told(Factor::new(&context.params, &context.plaintext(&values), 2).unwrap_err(), &["level is 2", "between 0 and 1"]);
    let refused = context.public.encrypt(&context.plaintext(&values), 2, &Seed::from_number(1)).unwrap_err();
    told(refused, &["level is 2", "between 0 and 1"]);
    told(high.rotate_rows(7, &context.keys).unwrap_err(), &["rotation of rows by 7", "add it to the key request"]);
    let product = high.multiply(&high).unwrap();
    told(product.multiply(&high).unwrap_err(), &["degree 1", "degree 2", "relinearize"]);
    told(product.rotate_columns(&context.keys).unwrap_err(), &["degree 1", "degree 2", "relinearize"]);
    told(product.clone().into_hoisted().unwrap_err(), &["degree 1", "degree 2"]);
    told(low.clone().switch_modulus().unwrap_err(), &["needs level 1", "at level 0"]);
    told(low.clone().switch_to(1).unwrap_err(), &["needs level 1", "at level 0"]);
    let none = context.secret.evaluation_keys(&Request::default(), &Seed::from_number(1)).unwrap();
    told(product.relinearize(&none).unwrap_err(), &["no relinearization key"]);
    told(high.rotate_columns(&none).unwrap_err(), &["swap of rows", "none"]);
    let request = Request { relinearization: Some(0), galois: [].into() };
    let lower = context.secret.evaluation_keys(&request, &Seed::from_number(1)).unwrap();
    told(product.relinearize(&lower).unwrap_err(), &["levels up to 0", "at level 1"]);
}

pub(crate) fn parameters<P: Placement>() {
    let [literal, ..] = &literals()[..] else { unreachable!() };
    let refusal = |plaintext_modulus| {
        let literal = Literal { plaintext_modulus, ..literal.clone() };
        Parameters::<P>::new(literal, Kernel::best()).unwrap_err().to_string()
    };
    assert_eq!(refusal(2), "plaintext modulus is 2, but must be between 3 and 17592186044415");
    assert!(refusal(1 << 44).contains("17592186044416, but must be between"));
    assert!(refusal(1 << 20).contains("1048576 is even"));
    let literal = Literal { moduli: vec![50, 30], ..literal.clone() };
    let small = Parameters::<P>::new(literal.clone(), Kernel::best()).unwrap();
    let prime = small.rlwe().data()[1].modulus().value();
    for multiple in [1, 3] {
        let literal = Literal { plaintext_modulus: prime * multiple, ..literal.clone() };
        let refused = Parameters::<P>::new(literal, Kernel::best()).unwrap_err().to_string();
        assert!(refused.contains(&format!("shares a factor with the prime {prime}")), "{refused}");
    }
    assert!(small.to_string().starts_with(&format!("{}, N = 2^10", P::NAME)), "{small}");
}
