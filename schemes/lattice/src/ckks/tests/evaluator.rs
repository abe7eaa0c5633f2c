//! Operations on ciphertexts.

use super::*;

/// Runs a check on every case at every level from `least` on.
fn everywhere(least: usize, check: impl Fn(&Bench<'_>, usize)) {
    for params in cases() {
        let keys = Keys::new(&params);
        let bench = Bench::new(&params, &keys);
        (least..=params.max_level()).for_each(|level| check(&bench, level));
    }
}

#[test]
fn fresh_ciphertexts() {
    everywhere(0, |bench, level| {
        let values = values(bench.params, 1);
        bench.check("public key", &bench.encrypt(&values, level, 1), &values);
        bench.check("secret key", &bench.encrypt_by_secret_key(&values, level, 2), &values);
    });
}

#[test]
fn sums() {
    everywhere(0, |bench, level| {
        let evaluator = bench.evaluator();
        let [x, y] = [1, 2].map(|seed| values(bench.params, seed));
        let [a, b] = [&x, &y].map(|values| bench.encrypt(values, level, values[0].re.to_bits()));
        bench.check("add", &evaluator.add(&a, &b).unwrap(), &map2(&x, &y, |x, y| x + y));
        bench.check("add itself", &evaluator.add(&a, &a).unwrap(), &map2(&x, &x, |x, y| x + y));
        bench.check("subtract", &evaluator.subtract(&a, &b).unwrap(), &map2(&x, &y, |x, y| x - y));
        let mut negative = a.clone();
        evaluator.negate(&mut negative).unwrap();
        bench.check("negate", &negative, &map2(&x, &x, |x, _| -x));
        let plain = bench.encoder.encode_complex(&y, bench.params.max_level(), a.scale()).unwrap();
        let mut sum = a.clone();
        evaluator.add_plain_assign(&mut sum, &plain).unwrap();
        bench.check("add plain", &sum, &map2(&x, &y, |x, y| x + y));
        evaluator.subtract_plain_assign(&mut sum, &plain).unwrap();
        evaluator.subtract_plain_assign(&mut sum, &plain).unwrap();
        bench.check("subtract plain", &sum, &map2(&x, &y, |x, y| x - y));
        let mut shifted = a;
        evaluator.add_constant_assign(&mut shifted, -0.75).unwrap();
        bench.check("add constant", &shifted, &map2(&x, &x, |x, _| x + Complex::from(-0.75)));
    });
}

#[test]
fn products_with_plaintexts() {
    everywhere(1, |bench, level| {
        let (params, evaluator) = (bench.params, bench.evaluator());
        let [x, y] = [3, 4].map(|seed| values(params, seed));
        let a = bench.encrypt(&x, level, 5);
        let exact = map2(&x, &y, |x, y| x * y);
        // At the scale of the prime, rescaling gives the ciphertext's scale back.
        let plain = bench.encoder.encode_complex(&y, level, params.prime(level)).unwrap();
        let mut product = evaluator.multiply_plain(&a, &plain).unwrap();
        bench.check("multiply plain", &product, &exact);
        evaluator.rescale(&mut product).unwrap();
        assert_eq!((product.level(), product.scale()), (level - 1, a.scale()));
        bench.check("multiply plain and rescale", &product, &exact);
        assert_eq!(evaluator.multiply_plain_rescale(&a, &plain).unwrap(), product);
        let mut product = a.clone();
        evaluator.multiply_plain_assign(&mut product, &plain).unwrap();
        bench.check("multiply plain in place", &product, &exact);
        let mut product = a.clone();
        evaluator.multiply_constant_assign(&mut product, -0.3, params.prime(level)).unwrap();
        bench.check("multiply constant", &product, &map2(&x, &x, |x, _| x * -0.3));
        evaluator.rescale(&mut product).unwrap();
        bench.check("multiply constant and rescale", &product, &map2(&x, &x, |x, _| x * -0.3));
        let mut product = a;
        evaluator.multiply_constant_assign(&mut product, 3.0, 1.0).unwrap();
        bench.check("multiply integer", &product, &map2(&x, &x, |x, _| x * 3.0));
    });
}

#[test]
fn products() {
    everywhere(1, |bench, level| {
        let evaluator = bench.evaluator();
        let [x, y] = [5, 6].map(|seed| values(bench.params, seed));
        let (a, b) = (bench.encrypt(&x, level, 7), bench.encrypt_by_secret_key(&y, level, 8));
        let exact = map2(&x, &y, |x, y| x * y);
        let product = evaluator.multiply(&a, &b).unwrap();
        assert_eq!(product.degree(), 2);
        bench.check("multiply", &product, &exact);
        let mut early = product.clone();
        evaluator.rescale(&mut early).unwrap();
        bench.check("multiply, rescale", &early, &exact);
        bench.check("multiply, rescale, relinearize", &evaluator.relinearize(early).unwrap(), &exact);
        let mut apart = evaluator.relinearize(product).unwrap();
        bench.check("multiply, relinearize", &apart, &exact);
        evaluator.rescale(&mut apart).unwrap();
        bench.check("multiply, relinearize, rescale", &apart, &exact);
        let merged = evaluator.multiply_relinearize_rescale(&a, &b).unwrap();
        assert_eq!((merged.level(), merged.scale()), (apart.level(), apart.scale()));
        bench.check("multiply, relinearize and rescale at once", &merged, &exact);
        let square = evaluator.square_relinearize_rescale(&a).unwrap();
        bench.check("square", &square, &map2(&x, &x, |x, y| x * y));
    });
}

#[test]
fn rotations() {
    everywhere(0, |bench, level| {
        let evaluator = bench.evaluator();
        let x = values(bench.params, 9);
        let a = bench.encrypt(&x, level, 10);
        let hoisted = evaluator.hoist(&a).unwrap();
        for steps in STEPS {
            let mut exact = x.clone();
            exact.rotate_left(steps.rem_euclid(x.len() as i64) as usize);
            bench.check("rotate", &evaluator.rotate(&a, steps).unwrap(), &exact);
            bench.check("rotate hoisted", &evaluator.rotate_hoisted(&hoisted, steps).unwrap(), &exact);
        }
        assert_eq!(evaluator.rotate(&a, x.len() as i64).unwrap(), a);
        let conjugate = map2(&x, &x, |x, _| x.conjugate());
        bench.check("conjugate", &evaluator.conjugate(&a).unwrap(), &conjugate);
    });
}

#[test]
fn levels_and_readings() {
    everywhere(1, |bench, level| {
        let evaluator = bench.evaluator();
        let x = values(bench.params, 11);
        let mut a = bench.encrypt(&x, level, 12);
        evaluator.drop_to(&mut a, level - 1).unwrap();
        bench.check("drop", &a, &x);
        let larger = a.reinterpret(4.0).unwrap();
        bench.check("reinterpret", &larger, &map2(&x, &x, |x, _| x * 4.0));
    });
}

/// A chain of squares down to level 0: predictions stay above, and within 2^6, of what piles up.
#[test]
fn chains_of_products() {
    for params in cases() {
        let keys = Keys::new(&params);
        let bench = Bench::new(&params, &keys);
        let evaluator = bench.evaluator();
        let mut exact = values(&params, 13);
        let mut power = bench.encrypt(&exact, params.max_level(), 14);
        while power.level() > 0 {
            power = evaluator.square_relinearize_rescale(&power).unwrap();
            exact = map2(&exact, &exact, |x, y| x * y);
            bench.check("square again", &power, &exact);
        }
    }
}
