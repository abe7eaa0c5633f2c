//! Tables for base conversion: from the residues modulo some primes to those modulo others.

use super::modulus::{Modulus, Multiplier};

/// Converts residues modulo `q_0, q_1, ...` of an integer to residues modulo `p_0, p_1, ...` of its
/// representative around zero, by the floating-point method of Halevi, Polyakov and Shoup, "An
/// improved RNS variant of the BFV homomorphic encryption scheme" (2018), section 2.2.
///
/// Exact, but for integers within a share of about 2^-48 of +-Q/2, which may come out on the other side.
#[derive(Debug, Clone)]
pub struct Conversion {
    /// The primes converted from.
    pub from: Vec<Modulus>,
    /// The primes converted to.
    pub to: Vec<Modulus>,
    /// (Q/q_i)^-1 mod q_i.
    pub weights: Vec<Multiplier>,
    /// 1/q_i.
    pub reciprocals: Vec<f64>,
    /// Q/q_i mod p_j, by j, then i.
    pub products: Vec<Vec<u64>>,
    /// -Q mod p_j.
    pub corrections: Vec<u64>,
}

impl Conversion {
    /// Most primes that can be converted from.
    pub const MOST: usize = 64;

    /// None where the primes converted from are not coprime or are none or more than [`Conversion::MOST`].
    pub fn new(from: &[Modulus], to: &[Modulus]) -> Option<Conversion> {
        if from.is_empty() || from.len() > Self::MOST {
            return None;
        }
        let others = |i: usize, p: &Modulus| {
            let others = from.iter().enumerate().filter(|(k, _)| *k != i);
            others.fold(1, |product, (_, q)| p.multiply(product, q.value()))
        };
        let weight = |(i, q): (usize, &Modulus)| q.inverse_vartime(others(i, q)).map(|w| q.multiplier(w));
        let weights = from.iter().enumerate().map(weight).collect::<Option<Vec<_>>>()?;
        let all = |p: &Modulus| from.iter().fold(1, |product, q| p.multiply(product, q.value()));
        Some(Conversion {
            weights,
            reciprocals: from.iter().map(|q| 1.0 / q.value() as f64).collect(),
            products: to.iter().map(|p| (0..from.len()).map(|i| others(i, p)).collect()).collect(),
            corrections: to.iter().map(|p| p.negate(all(p))).collect(),
            from: from.to_vec(),
            to: to.to_vec(),
        })
    }

    /// Multiplies what comes out modulo each target prime by a constant, given by the prime's place: at no cost
    /// to conversions.
    pub fn scale_targets(&mut self, factor: impl Fn(usize, &Modulus) -> u64) {
        for (j, p) in self.to.iter().enumerate() {
            let factor = factor(j, p);
            self.products[j].iter_mut().for_each(|product| *product = p.multiply(*product, factor));
            self.corrections[j] = p.multiply(self.corrections[j], factor);
        }
    }

    /// Multiplies what is converted by a constant modulo each source prime, given by the prime's place: converts
    /// the representative around zero of the product.
    pub fn scale_sources(&mut self, factor: impl Fn(usize, &Modulus) -> u64) {
        for (i, (q, weight)) in self.from.iter().zip(&mut self.weights).enumerate() {
            *weight = q.multiplier(q.multiply(weight.value, factor(i, q)));
        }
    }
}

/// Residues half-way through a conversion: on their way to one of its target primes.
#[derive(Debug, Clone, Copy)]
pub struct Weighted<'a> {
    /// The conversion.
    pub tables: &'a Conversion,
    /// The place of the prime converted to among [`Conversion::to`].
    pub to: usize,
    /// By prime converted from, what [`Residues::weigh`](super::operations::Residues::weigh) has left there.
    pub residues: &'a [&'a [u64]],
    /// What it gave besides: by slot, the multiple of Q to be taken off.
    pub overflow: &'a [u64],
}
