//! Whole key switches against their parts, bit by bit, on one thread and on several.

use rayon::ThreadPoolBuilder;

use super::*;
use crate::rlwe::evaluation_keys::permuted;
use crate::rlwe::operand::Operand;
use crate::rlwe::switch::switch;

fn ciphertexts(params: &Parameters, keys: &Keys) -> [Ciphertext; 2] {
    [1, 2].map(|seed| {
        let message = encoded(params, params.max_level(), &message(params));
        encrypt_by_secret_key(params, &keys.secret, &message, Noise::PLAIN, &Seed::from_number(seed)).expand(params)
    })
}

/// By automorphism, and by multiplication with and without a drop.
fn in_parts(params: &Parameters, keys: &Keys, element: usize) -> Vec<[Polynomial; 2]> {
    let [a, b] = ciphertexts(params, keys);
    let key = keys.evaluation.galois(element).unwrap();
    let [c0, c1] = [0, 1].map(|part| permuted(params, key.permutation(), &a.parts[part]));
    let moved = key_switch(params, &Operand::Given(&c1.limbs), key.key()).unwrap().divide(params, [Some(&c0), None]);
    let [d0, d1, d2] = a.tensor(params, &b).unwrap();
    let product = key_switch(params, &Operand::Given(&d2.limbs), keys.evaluation.relinearization().unwrap()).unwrap();
    let kept = product.clone().divide(params, [Some(&d0), Some(&d1)]);
    let mut sum = product;
    sum.add_special_multiple(params, params.special_at(a.level()), 0, &d0);
    sum.add_special_multiple(params, params.special_at(a.level()), 1, &d1);
    vec![moved, kept, sum.divide_and_drop(params, [None, None]).unwrap()]
}

fn as_a_whole(params: &Parameters, keys: &Keys, element: usize) -> Vec<[Polynomial; 2]> {
    let [a, b] = ciphertexts(params, keys);
    let moved = keys.evaluation.galois(element).unwrap().apply(params, &a).unwrap();
    let [[a0, a1], [b0, b1]] = [&a, &b].map(|c| [0, 1].map(|part| &c.parts[part].limbs[..]));
    let [d0, d1, d2] = [vec![[a0, b0]], vec![[a0, b1], [a1, b0]], vec![[a1, b1]]].map(Operand::Products);
    let (key, tables) = (keys.evaluation.relinearization().unwrap(), params.level(params.max_level()));
    let add = [Some(d0), Some(d1)];
    let kept = switch(params, &d2, key, &tables.by_special, &add).unwrap();
    let dropped = switch(params, &d2, key, tables.by_last_and_special.as_ref().unwrap(), &add).unwrap();
    vec![moved.parts.try_into().unwrap(), kept, dropped]
}

#[test]
fn whole_switches_are_their_parts_on_any_number_of_threads() {
    for params in cases() {
        let (top, element) = (params.max_level(), galois::rotation(params.ring(), params.log_n(), 3));
        let keys = keys(&params, &Request { relinearization: Some(top), galois: [(element, top)].into() });
        let want = in_parts(&params, &keys, element);
        assert!(as_a_whole(&params, &keys, element) == want, "{params}");
        for threads in [2, 3, 5] {
            let pool = ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| {
                assert!(in_parts(&params, &keys, element) == want, "{params}, in parts on {threads} threads");
                assert!(as_a_whole(&params, &keys, element) == want, "{params}, whole on {threads} threads");
            });
        }
    }
}
