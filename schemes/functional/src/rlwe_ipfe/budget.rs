//! Which moduli open ciphertexts rightly, but with a stated probability.
//!
//! Noise of an opened sum, in units of the modulus 256^k that the c_i are switched to: that of encryption,
//! `sum_i y_i (<e_i, r> + f_i - <s_i, f_0>)` scaled by 256^k / q; that of switching c_0 to q_0, `<rounding, k>` scaled by
//! 256^k / q_0; and that of switching the c_i, `sum_i y_i rounding_i`. Discrete Gaussians are subgaussian with their own deviation (Micciancio and Peikert, "Trapdoors for
//! Lattices", 2012, lemma 2.8), and so is what is uniform in an interval; roundings are uniform unless ciphertexts can be told from
//! uniform ones. Deviations add up in squares, and a subgaussian exceeds T deviations with probability 2 exp(-T^2 / 2) at most.

use crate::network::engine::Demand;

use super::noise::Widths;

/// log2 of the probability that any of an image's results is wrong, at most.
pub const FAILURE_LOG2: f64 = -80.0;
/// Share of half a step that noise may take: what lies beyond shows a key of another authority, or a damaged ciphertext.
const SHARE: f64 = 0.75;
/// Most bytes of a c_i's coefficient.
const MOST_PLANES: u32 = 6;

/// Vectors and their weights as they count for noise.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Load {
    /// Largest Euclidean norm of a weight vector.
    pub norm: f64,
    /// Largest sum of a weight vector's magnitudes.
    pub l1: f64,
    /// Results that have to be told apart: K.
    pub results: f64,
    /// Weight vectors.
    pub rows: f64,
}

/// Moduli, as logarithms, and the noise that they leave.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Budget {
    /// log2 of the least modulus q of keys and encryption.
    pub log_q: f64,
    /// log2 of the least modulus q_0 of c_0.
    pub log_first: f64,
    /// Bytes of a c_i's coefficient: k.
    pub planes: u32,
}

impl Load {
    /// The heaviest load that a demand allows.
    pub fn of(demand: &Demand) -> Load {
        let weight = demand.weight_max as f64;
        let l1 = (demand.l1_max as f64).min(demand.length as f64 * weight).max(1.0);
        let norm = (l1 * weight).sqrt().max(1.0);
        let by_norm = demand.input_max as f64 * l1;
        // From 0 on, and one to spare: of an even number, those around an integer in the middle reach to half the circle.
        let results = by_norm.min(2.0 * demand.result_max as f64).max(1.0) + 2.0;
        Load { norm, l1, results, rows: demand.rows.max(1) as f64 }
    }

    /// Deviations that no result of an image exceeds but with probability 2^[`FAILURE_LOG2`].
    fn tail(&self) -> f64 {
        (2.0 * std::f64::consts::LN_2 * (1.0 + self.rows.log2() - FAILURE_LOG2)).sqrt()
    }

    /// A bound on the Euclidean norm of sum_i y_i s_i over so many dimensions: a Gaussian vector's norm exceeds its expectation, at most
    /// the root of the dimension, by t deviations with probability exp(-t^2 / 2) at most.
    fn key_norm(&self, widths: &Widths, dimension: f64) -> f64 {
        self.norm * widths.key * (dimension.sqrt() + self.tail())
    }

    /// Deviation of encryption's noise, in units of q.
    fn encryption(&self, widths: &Widths, dimension: f64) -> f64 {
        let products = 2f64.sqrt() * widths.randomness * self.key_norm(widths, dimension);
        products.hypot(self.norm * widths.message)
    }

    /// Deviation of c_0's rounding, in units of q_0.
    fn first(&self, widths: &Widths, dimension: f64) -> f64 {
        self.key_norm(widths, dimension) / 12f64.sqrt()
    }

    /// Half the distance between two results, in units of 256^k.
    pub fn half_step(&self, planes: u32) -> f64 {
        f64::from(8 * planes).exp2() / (2.0 * self.results)
    }

    /// What is lost beside rounding: by each of the c_i 2^-27 at most, by the mask, which is computed in doubles, 2^-51 of 256^k.
    fn imprecision(&self, planes: u32) -> f64 {
        self.l1 * (-27f64).exp2() + (f64::from(8 * planes) - 51.0).exp2() + 2.0
    }

    /// Noise that no result of an image exceeds but with probability 2^[`FAILURE_LOG2`], in units of 256^k.
    pub fn noise(&self, widths: &Widths, dimension: f64, budget: &Budget) -> f64 {
        let scale = |log_from: f64| (f64::from(8 * budget.planes) - log_from).exp2();
        let encryption = self.encryption(widths, dimension) * scale(budget.log_q);
        let first = self.first(widths, dimension) * scale(budget.log_first);
        let rounding = self.norm / 12f64.sqrt();
        self.tail() * (encryption.powi(2) + first.powi(2) + rounding.powi(2)).sqrt() + self.imprecision(budget.planes)
    }

    /// Noise that results may have: what lies beyond shows damage.
    pub fn allowed(&self, planes: u32) -> f64 {
        SHARE * self.half_step(planes)
    }

    /// The least moduli under which the noise is allowed: first as few bytes as leave room for more than their own rounding, then
    /// what is left of it in equal shares to encryption and to c_0. None where results are too many.
    pub fn least(&self, widths: &Widths, dimension: f64) -> Option<Budget> {
        let rounding = self.norm / 12f64.sqrt();
        let room = |planes: u32| (self.allowed(planes) - self.imprecision(planes)) / self.tail();
        let planes = (1..=MOST_PLANES).find(|planes| room(*planes) > 1.1 * rounding)?;
        let each = ((room(planes).powi(2) - rounding.powi(2)) / 2.0).sqrt();
        let least = |deviation: f64| f64::from(8 * planes) + (deviation / each).log2();
        let (encryption, first) = (self.encryption(widths, dimension), self.first(widths, dimension));
        Some(Budget { log_q: least(encryption), log_first: least(first), planes })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use super::Load;
    use crate::network::demand_of_vectors;
    use crate::rlwe_ipfe::noise::{NoiseRule, Sizes};

    #[test]
    fn the_least_moduli_leave_exactly_the_noise_that_is_allowed() {
        for (length, input_max, weight_max) in
            [(784, 255, 127), (784, 3, 7), (25, 100, 100), (64, 255, 127), (36_864, 255, 127), (1, 1, 1)]
        {
            let load = Load::of(&demand_of_vectors(length, input_max, weight_max));
            let sizes = Sizes { length: length as f64, input_max: input_max as f64, degree: 1024.0, rank: 4.0 };
            let widths = NoiseRule::HintMlwe.widths(&sizes);
            let budget = load.least(&widths, 4096.0).unwrap();
            let (noise, allowed) = (load.noise(&widths, 4096.0, &budget), load.allowed(budget.planes));
            assert!(noise <= allowed * 1.000_001 && noise > 0.999 * allowed, "{length}: {noise} of {allowed}");
            assert!(budget.log_first < budget.log_q && noise < load.half_step(budget.planes));
        }
    }

    #[test]
    fn results_beyond_six_bytes_are_refused() {
        let load = Load::of(&demand_of_vectors(1 << 16, 65_535, 1 << 30));
        let sizes = Sizes { length: 65_536.0, input_max: 65_535.0, degree: 1024.0, rank: 4.0 };
        assert_eq!(load.least(&NoiseRule::HintMlwe.widths(&sizes), 4096.0), None);
    }
}
