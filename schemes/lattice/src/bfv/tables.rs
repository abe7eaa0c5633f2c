//! The auxiliary modulus of products and what leads there and back.

use blindbench_kernels::residue::conversion::Conversion;
use blindbench_kernels::residue::modulus::Modulus;
use blindbench_kernels::residue::ntt::Ntt;

use crate::error::{Error, Result};
use crate::ring::galois;
use crate::ring::prime::primes;
use crate::rlwe::parameters::Parameters;

/// Conversions between a level's modulus Q and the auxiliary modulus A, each with all constant factors of
/// multiplication inside.
#[derive(Debug)]
pub(crate) struct Level {
    /// Number of auxiliary primes at work.
    pub auxiliary: usize,
    /// From Q to A: the same integer.
    pub extend: Conversion,
    /// From Q to A: `round(A x / Q)`, which is `-[A x]_Q / Q` modulo A.
    pub scale: Conversion,
    /// From A to Q: the same integer, times `t / A`.
    pub back: Conversion,
    /// From A to Q: `[t x]_A / A`, what is taken off `t x / A` to round it.
    pub remainder: Conversion,
    /// [`Level::remainder`] times the special primes' product, to be taken off before a division by it.
    pub special_remainder: Conversion,
    /// log2(Q / A).
    pub log2_ratio: f64,
}

/// Tables that BFV alone needs.
#[derive(Debug)]
pub struct Tables {
    auxiliary: Vec<Ntt>,
    levels: Vec<Level>,
}

impl Tables {
    /// As few auxiliary primes as make A no less than half of Q.
    pub(crate) fn new(base: &Parameters, t: &Modulus) -> Result<Tables> {
        let count = |level: usize| ((base.log_q(level) - 1.0) / f64::from(Modulus::BITS)).ceil().max(1.0) as usize;
        let literal = base.literal();
        let taken = literal.moduli.len() + literal.special.len();
        let sizes: Vec<u32> = (literal.moduli.iter().chain(&literal.special).copied())
            .chain(std::iter::repeat_n(Modulus::BITS, count(base.max_level())))
            .collect();
        let found = primes(&sizes, galois::order(base.ring(), base.log_n()) as u64)?;
        let plan = |prime: &Modulus| {
            let refused = || Error::Refused(format!("{prime:?} has no transform of degree 2^{}", base.log_n()));
            Ntt::new(base.instructions(), *prime, base.log_n(), base.ring()).ok_or_else(refused)
        };
        let auxiliary: Vec<Ntt> = found[taken..].iter().map(plan).collect::<Result<_>>()?;
        let level = |level: usize| Level::new(base, &auxiliary[..count(level)], t, level);
        let levels = (0..=base.max_level()).map(level).collect::<Result<_>>()?;
        Ok(Tables { auxiliary, levels })
    }

    pub(crate) fn level(&self, level: usize) -> &Level {
        &self.levels[level]
    }

    /// Transforms for the auxiliary primes at work at a level.
    pub(crate) fn auxiliary(&self, level: usize) -> &[Ntt] {
        &self.auxiliary[..self.levels[level].auxiliary]
    }
}

fn product(factors: &[Modulus], p: &Modulus) -> u64 {
    factors.iter().fold(1, |product, q| p.multiply(product, q.value()))
}

impl Level {
    fn new(base: &Parameters, auxiliary: &[Ntt], t: &Modulus, level: usize) -> Result<Level> {
        let moduli = |plans: &[Ntt]| plans.iter().map(|plan| *plan.modulus()).collect::<Vec<_>>();
        let (q, a) = (moduli(&base.data()[..=level]), moduli(auxiliary));
        let refused = || Error::Refused("the primes of products must be different".into());
        let conversion = |from: &[Modulus], to: &[Modulus]| Conversion::new(from, to).ok_or_else(refused);
        // Different primes have inverses; 1 is never used.
        let inverse = |p: &Modulus, x: u64| p.inverse_vartime(x).unwrap_or(1);
        let [extend, mut scale] = [conversion(&q, &a)?, conversion(&q, &a)?];
        scale.scale_sources(|_, p| product(&a, p));
        scale.scale_targets(|_, p| p.negate(inverse(p, product(&q, p))));
        let [mut back, mut remainder] = [conversion(&a, &q)?, conversion(&a, &q)?];
        back.scale_targets(|_, p| p.multiply(t.value(), inverse(p, product(&a, p))));
        remainder.scale_sources(|_, _| t.value());
        remainder.scale_targets(|_, p| inverse(p, product(&a, p)));
        let mut special_remainder = remainder.clone();
        special_remainder.scale_targets(|i, _| base.level(level).special[i].value);
        let log2 = |moduli: &[Modulus]| moduli.iter().map(|p| (p.value() as f64).log2()).sum::<f64>();
        let log2_ratio = log2(&q) - log2(&a);
        Ok(Level { auxiliary: a.len(), extend, scale, back, remainder, special_remainder, log2_ratio })
    }
}
