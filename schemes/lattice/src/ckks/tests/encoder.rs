//! Encoding and decoding.

use proptest::prelude::*;

use super::*;

/// The polynomial's coefficients modulo the first prime, centered.
fn coefficients(params: &Parameters, values: &[Complex], scale: f64) -> Vec<i64> {
    let encoder = Encoder::new(params);
    let mut polynomial = encoder.encode_complex(values, 0, scale).unwrap().polynomial().clone();
    let plan = &params.rlwe().data()[0];
    plan.kernel().inverse(plan, &mut polynomial.limbs[0]);
    polynomial.limbs[0].iter().map(|x| plan.modulus().centered(*x)).collect()
}

/// Cheon, Kim, Kim and Song, 2017, section 3.2, the example: for M = 8, scale 64 and z = (3 + 4i, 2 - i) the encoding
/// is 160 + 91 X + 160 X^2 + 45 X^3. Its second slot is at zeta^3, ours at zeta^5, where the value is the
/// conjugate; values that repeat belong to a polynomial in X^(N/4).
#[test]
fn the_example_of_the_paper() {
    let params = &cases()[0];
    let repeated = [Complex::new(3.0, 4.0), Complex::new(2.0, 1.0)].repeat(params.slots() / 2);
    let step = params.rlwe().degree() / 4;
    for (k, coefficient) in coefficients(params, &repeated, 64.0).into_iter().enumerate() {
        let expected = if k % step == 0 { [160, 91, 160, 45][k / step] } else { 0 };
        assert_eq!(coefficient, expected, "coefficient {k}");
    }
}

/// By hand: slot j of `X + X^-1` is `2 cos(pi 5^j / (2N))`, and of `X^2 + X^-2` twice the cosine of the double.
#[test]
fn cosines_are_monomials_of_the_conjugate_invariant_ring() {
    let params = &cases()[3];
    let n = params.rlwe().degree();
    for power in [1usize, 2, n - 1] {
        let slot = |j: usize| {
            let exponent = (0..j).fold(1, |e, _| e * 5 % (4 * n)) * power % (4 * n);
            Complex::from(2.0 * (std::f64::consts::PI * exponent as f64 / (2 * n) as f64).cos())
        };
        let values: Vec<Complex> = (0..n).map(slot).collect();
        let mut expected = vec![0; n];
        expected[power] = 1 << 20;
        assert_eq!(coefficients(params, &values, f64::from(1 << 20)), expected);
    }
}

#[test]
fn what_is_encoded_is_decoded_at_every_level_and_scale() {
    for params in cases() {
        let encoder = Encoder::new(&params);
        let values = values(&params, 1);
        for level in 0..=params.max_level() {
            for log_scale in [10.0, 20.5, 26.0, 45.0, 52.0, 60.0, 90.0] {
                if log_scale + 2.0 > params.rlwe().log_q(level) {
                    let ones = vec![1.0; params.slots()];
                    assert!(encoder.encode(&ones, level, f64::exp2(log_scale + 1.0)).is_err());
                    continue;
                }
                let scale = f64::exp2(log_scale);
                let plaintext = encoder.encode_complex(&values, level, scale).unwrap();
                let decoded = encoder.decode_complex(&plaintext).unwrap();
                let allowed = plaintext.noise().slot_error(scale, &params);
                let error = map2(&decoded, &values, |a, b| a - b).iter().map(|e| e.magnitude()).fold(0.0, f64::max);
                assert!(error <= allowed, "{params:?} {log_scale}: {error} above {allowed}");
                let reals = encoder.decode(&plaintext).unwrap();
                assert!(reals.iter().zip(&decoded).all(|(re, complex)| *re == complex.re));
            }
        }
    }
}

#[test]
fn kernels_encode_alike() {
    for params in cases() {
        let scalar = Parameters::new(params.literal(), Kernel::Scalar).unwrap();
        let values = values(&params, 2);
        // Transforms in doubles may round differently: by one in the last place of a coefficient.
        let [a, b] = [&params, &scalar].map(|params| coefficients(params, &values, f64::from(1 << 24)));
        assert!(a.iter().zip(&b).all(|(a, b)| (a - b).abs() <= 1));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn encoding_is_linear(a in -1e3..1e3f64, b in -1e3..1e3f64, seed: u64) {
        let params = &cases()[1];
        let (x, y) = (values(params, seed), values(params, seed ^ 1));
        let sum = map2(&x, &y, |x, y| x * a + y * b);
        let scale = params.scale();
        let [x, y, sum] = [x, y, sum].map(|values| coefficients(params, &values, scale / 1e4));
        for ((x, y), sum) in x.iter().zip(&y).zip(&sum) {
            let expected = *x as f64 * a + *y as f64 * b;
            prop_assert!((expected - *sum as f64).abs() <= 1.0 + a.abs() + b.abs());
        }
    }
}
