//! Floods of noise, and what blinds them.

use super::*;
use crate::rlwe::flooding::{MOST_LOG2, flood};
use crate::rns::magnitude::MixedRadix;

/// log2 of the largest coefficient of a ciphertext's phase.
fn log2_phase(params: &Parameters, secret: &SecretKey, ciphertext: &Ciphertext) -> f64 {
    let mut phase = secret.phase(params, ciphertext);
    let plans = &params.data()[..phase.count()];
    plans.iter().zip(&mut phase.limbs).for_each(|(plan, limb)| params.kernel().inverse(plan, limb));
    let moduli: Vec<_> = plans.iter().map(|plan| *plan.modulus()).collect();
    MixedRadix::new(&moduli).unwrap().log2_largest_vartime(&phase.limbs)
}

#[test]
fn floods_are_as_large_as_stated_and_blind_both_polynomials() {
    let literal = Literal { log_n: 10, ring: RingKind::Standard, moduli: vec![50, 50, 50], special: vec![50] };
    let params = Parameters::new(literal, Kernel::best()).unwrap();
    let secret = SecretKey::generate(&params, &Seed::from_number(1));
    for (level, log2, noise) in [
        (0, 20, Noise::PLAIN),
        (0, 43, Noise::PLAIN),
        (1, 44, Noise::PLAIN),
        (2, 87, Noise::PLAIN),
        (2, 30, Noise { factor: 65_537 }),
    ] {
        let public = PublicKey::generate(&params, &secret, noise, &Seed::from_number(2));
        let zero = Polynomial::zero(params.degree(), level + 1);
        let fresh = encrypt_by_secret_key(&params, &secret, &zero, noise, &Seed::from_number(3)).expand(&params);
        let flooded = |seed: u64| {
            let mut ciphertext = fresh.clone();
            flood(&params, &public, &mut ciphertext, (log2, noise), &Seed::from_number(seed)).unwrap();
            ciphertext
        };
        let (one, other) = (flooded(4), flooded(5));
        assert!(one.parts.iter().zip(&fresh.parts).all(|(a, b)| a != b));
        assert!(one.parts.iter().zip(&other.parts).all(|(a, b)| a != b));
        let found = log2_phase(&params, &secret, &one) - (noise.factor as f64).log2();
        // The largest of 1024 uniform coefficients, and little noise of the encryption.
        assert!((found - f64::from(log2)).abs() < 0.05, "2^{found} for 2^{log2}");
    }
    let public = PublicKey::generate(&params, &secret, Noise::PLAIN, &Seed::from_number(2));
    let zero = Polynomial::zero(params.degree(), 1);
    let mut fresh = encrypt_by_secret_key(&params, &secret, &zero, Noise::PLAIN, &Seed::from_number(3)).expand(&params);
    assert!(flood(&params, &public, &mut fresh, (MOST_LOG2 + 1, Noise::PLAIN), &Seed::from_number(4)).is_err());
}
