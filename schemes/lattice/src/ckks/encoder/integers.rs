//! Between real coefficients and residues.

use blindbench_kernels::buffer::Buffer;
use blindbench_kernels::residue::modulus::Modulus;
use blindbench_kernels::residue::ntt::Ntt;
use zeroize::Zeroize;

use crate::rlwe::parameters::Parameters;
use crate::rns::polynomial::Polynomial;
use crate::rns::threads::each_mut;

/// Below it kernels round: 2^51.
pub const MOST_EXACT: f64 = (1u64 << 51) as f64;

/// The largest magnitude.
pub fn largest(reals: &[f64]) -> f64 {
    reals.iter().fold(0.0, |largest, x| largest.max(x.abs()))
}

/// Rounds reals of magnitudes up to `largest` to integers and transforms them modulo each plan's prime.
pub fn round_to_slots(plans: &[&Ntt], reals: &[f64], largest: f64) -> Polynomial {
    let mut polynomial = Polynomial::stale(reals.len(), plans.len());
    each_mut(&mut polynomial.limbs, |j, limb| {
        let (plan, p) = (plans[j], plans[j].modulus());
        if largest < MOST_EXACT {
            plan.kernel().reduce_rounded(p, reals, limb);
        } else {
            limb.iter_mut().zip(reals).for_each(|(out, x)| *out = residue(p, *x));
        }
        plan.kernel().forward(plan, limb);
    });
    polynomial
}

/// The residue of a real of any magnitude, rounded: from 2^53 on a double is an integer times a power of two.
pub fn residue(p: &Modulus, x: f64) -> u64 {
    let x = x.round_ties_even();
    let bits = x.abs().to_bits();
    let (mantissa, exponent) = ((bits & ((1 << 52) - 1)) | 1 << 52, bits >> 52);
    if exponent <= 1075 {
        return p.reduce_signed(x as i64);
    }
    let magnitude = p.multiply(mantissa, p.power_vartime(2, exponent - 1075));
    if x < 0.0 { p.negate(magnitude) } else { magnitude }
}

/// The centered coefficients of a polynomial in slots times `factor`, where their magnitude is known to stay below
/// about `largest`: as many primes as that takes are looked at. Fills the first N of `out`.
pub fn to_reals(params: &Parameters, polynomial: &Polynomial, largest: f64, factor: f64, out: &mut [f64]) {
    // Two bits for the sign and what the prediction may be off by, and no less than one prime.
    let needed = largest.max(1.0).log2() + 2.0;
    let count = (1..polynomial.count()).find(|count| params.log_q(count - 1) >= needed).unwrap_or(polynomial.count());
    let plans = &params.data()[..count];
    let mut limbs: Vec<Buffer> = polynomial.limbs[..count].to_vec();
    each_mut(&mut limbs, |j, limb| plans[j].kernel().inverse(&plans[j], limb));
    let radix = MixedRadix::new(plans);
    let mut digits = vec![0i64; count];
    for (k, out) in out.iter_mut().take(params.degree()).enumerate() {
        radix.digits(limbs.iter().map(|limb| limb[k]), &mut digits);
        *out = radix.value(&digits) * factor;
    }
    limbs.iter_mut().for_each(Zeroize::zeroize);
    digits.zeroize();
}

/// Balanced mixed-radix numbers (Garner's algorithm, Knuth, "The Art of Computer Programming", volume 2, section
/// 4.3.2): `d_0 + q_0 (d_1 + q_1 (d_2 + ...))` with `|d_i| < q_i / 2`, which is what is wanted: the centered
/// representative, whose leading digits are zero where it is small.
struct MixedRadix {
    moduli: Vec<Modulus>,
    /// `(q_0 ... q_(i-1))^-1` modulo q_i.
    inverses: Vec<u64>,
}

impl MixedRadix {
    fn new(plans: &[Ntt]) -> MixedRadix {
        let moduli: Vec<Modulus> = plans.iter().map(|plan| *plan.modulus()).collect();
        let inverse = |i: usize| {
            let p = &moduli[i];
            let product = moduli[..i].iter().fold(1, |product, q| p.multiply(product, q.value()));
            // Primes of parameters are different.
            p.inverse_vartime(product).unwrap_or(0)
        };
        let inverses = (0..moduli.len()).map(inverse).collect();
        MixedRadix { moduli, inverses }
    }

    fn digits(&self, residues: impl Iterator<Item = u64>, digits: &mut [i64]) {
        for (i, residue) in residues.enumerate() {
            let p = &self.moduli[i];
            // What the digits before stand for, modulo q_i.
            let lower = digits[..i].iter().zip(&self.moduli).rev();
            let known = lower.fold(0, |sum, (digit, q)| p.add(p.multiply(sum, q.value()), p.reduce_signed(*digit)));
            digits[i] = p.centered(p.multiply(p.subtract(residue, known), self.inverses[i]));
        }
    }

    fn value(&self, digits: &[i64]) -> f64 {
        digits.iter().zip(&self.moduli).rev().fold(0.0, |sum, (digit, q)| sum * q.value() as f64 + *digit as f64)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use blindbench_kernels::dispatch::Kernel;
    use blindbench_kernels::residue::ntt::RingKind;

    use super::{MixedRadix, residue};
    use crate::rlwe::parameters::{Literal, Parameters};

    #[test]
    fn large_doubles_keep_every_bit() {
        let literal = Literal { log_n: 6, ring: RingKind::Standard, moduli: vec![50, 40, 28], special: vec![50] };
        let params = Parameters::new(literal, Kernel::Scalar).unwrap();
        let radix = MixedRadix::new(params.data());
        let mut digits = [0; 3];
        let exact = |digits: &[i64]| {
            let terms = digits.iter().zip(params.data()).rev();
            terms.fold(0i128, |sum, (digit, plan)| sum * i128::from(plan.modulus().value()) + i128::from(*digit))
        };
        // Values around the border between the two ways, with every bit in use, up to 2^116.
        for exponent in 0..116 {
            for mantissa in [1.0, 1.5, 1.0 + f64::EPSILON, 2.0 - f64::EPSILON] {
                for sign in [1.0, -1.0] {
                    let x = sign * mantissa * f64::from(exponent).exp2();
                    let residues = params.data().iter().map(|plan| residue(plan.modulus(), x));
                    radix.digits(residues, &mut digits);
                    assert_eq!(exact(&digits), x.round_ties_even() as i128, "2^{exponent} {mantissa}");
                    let error = (radix.value(&digits) - x.round_ties_even()).abs();
                    assert!(error <= x.abs() * f64::EPSILON, "2^{exponent} {mantissa}");
                }
            }
        }
    }
}
