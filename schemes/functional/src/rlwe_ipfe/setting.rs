//! Parameters as an experiment states them, and as they follow from what is demanded.

use blindbench_core::error::{Error, Result};
use blindbench_core::security::{REQUIRED_BITS, SecurityEstimate};
use blindbench_kernels::product::planes::MOST_INPUTS;
use blindbench_kernels::residue::ntt::Ntt;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::budget::{Budget, Load};
use super::noise::{NoiseRule, Sizes, Widths};
use super::{prime, security};
use crate::network::engine::Demand;

/// Largest degree that is chosen: more samples share what is paid for once, but transforms leave the fastest cache.
const MOST_DEGREE: usize = 1024;
/// Smallest degree that is chosen: below, ranks and with them public keys' work would grow.
const LEAST_DEGREE: usize = 256;
/// Largest dimension.
pub(super) const MOST_DIMENSION: usize = 1 << 14;

/// Parameters of `rlwe-ipfe`. Everything else follows from the vectors' length and ranges.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Params {
    /// The rule that secrets and noises follow.
    pub noise: NoiseRule,
    /// Dimension of the lattice, ring degree times rank, a multiple of 64: the smallest one of 128 bits where it is left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dimension: Option<usize>,
    /// Most independent weight vectors that the authority issues keys for; as many as are asked for where nothing is stated.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rank_budget: Option<usize>,
}

/// Parameters for a demand, as they travel in plans.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Setting {
    /// The rule.
    pub noise: NoiseRule,
    /// Coefficients of a ring element, a power of two.
    pub degree: usize,
    /// Ring elements of a secret.
    pub rank: usize,
    /// Bytes of a switched coefficient.
    pub planes: u32,
    /// Primes of the modulus q.
    pub primes: Vec<u64>,
    /// Primes of the modulus that c_0 is switched to.
    pub first_primes: Vec<u64>,
}

/// A setting with what follows from it.
#[derive(Debug, Clone, PartialEq)]
pub struct Derived {
    /// The setting.
    pub setting: Setting,
    /// Deviations.
    pub widths: Widths,
    /// What counts for noise.
    pub load: Load,
    /// The moduli as they are.
    pub budget: Budget,
}

impl Setting {
    /// Ring degree times rank.
    pub fn dimension(&self) -> usize {
        self.degree * self.rank
    }
}

impl Derived {
    /// The smallest parameters for a demand: of those with 128 bits, unless a dimension is stated.
    ///
    /// # Errors
    /// [`Error::Unsupported`] where there are none.
    pub fn choose(params: &Params, demand: &Demand) -> Result<Derived> {
        check(demand)?;
        let most = params.dimension.unwrap_or(MOST_DEGREE).min(MOST_DEGREE);
        let wanted = demand.samples.clamp(1, MOST_DEGREE).next_power_of_two().max(LEAST_DEGREE);
        let fitting = |degree: &usize| *degree <= most && params.dimension.is_none_or(|d| d.is_multiple_of(*degree));
        let degrees = std::iter::successors(Some(wanted), |degree| (*degree > 64).then_some(degree / 2));
        // Every degree fits where no dimension is stated.
        let stated = params.dimension.unwrap_or_default();
        let unfit = || unsupported(format!("dimension {stated}, expected a multiple of 64 above 0"));
        let degree = degrees.into_iter().find(fitting).ok_or_else(unfit)?;
        if let Some(dimension) = params.dimension {
            return Derived::of(params.noise, degree, dimension / degree, demand);
        }
        let dimensions = security::dimensions().into_iter().filter(|dimension| dimension.is_multiple_of(degree));
        for dimension in dimensions {
            let derived = Derived::of(params.noise, degree, dimension / degree, demand)?;
            if derived.security().bits >= Some(REQUIRED_BITS) {
                return Ok(derived);
            }
        }
        Err(unsupported(format!("no dimension of 128 bits carries results up to {}", demand.result_max)))
    }

    /// The parameters of a ring degree and rank.
    ///
    /// # Errors
    /// [`Error::Unsupported`] where they are out of range or carry the demand by no modulus.
    pub fn of(noise: NoiseRule, degree: usize, rank: usize, demand: &Demand) -> Result<Derived> {
        check(demand)?;
        let in_range = degree.is_power_of_two()
            && (1 << Ntt::LEAST_LOG_N..=1 << 12).contains(&degree)
            && degree.checked_mul(rank).is_some_and(|dimension| (1..=MOST_DIMENSION).contains(&dimension));
        if !in_range {
            return Err(unsupported(format!(
                "ring degree {degree} and rank {rank}, expected a power of two from 64 to 4096 and a product of at most {MOST_DIMENSION}"
            )));
        }
        let sizes = Sizes {
            length: demand.length as f64,
            input_max: demand.input_max.max(1) as f64,
            degree: degree as f64,
            rank: rank as f64,
        };
        let (widths, load) = (noise.widths(&sizes), Load::of(demand));
        let too_many = || unsupported(format!("results up to {} have more than 32 bits or so", demand.result_max));
        let least = load.least(&widths, sizes.degree * sizes.rank).ok_or_else(too_many)?;
        let order = 2 * degree as u64;
        let primes = prime::product_of_at_least(least.log_q, order)?;
        let first_primes = prime::product_of_at_least(least.log_first, order)?;
        let budget = Budget { log_q: log2(&primes), log_first: log2(&first_primes), planes: least.planes };
        let setting = Setting { noise, degree, rank, planes: least.planes, primes, first_primes };
        Ok(Derived { setting, widths, load, budget })
    }

    /// The parameters of a setting from the wire: it has to be the one that is derived for the demand.
    ///
    /// # Errors
    /// [`Error::Unsupported`] where it is another.
    pub fn again(setting: Setting, demand: &Demand) -> Result<Derived> {
        let derived = Derived::of(setting.noise, setting.degree, setting.rank, demand)?;
        match derived.setting == setting {
            true => Ok(derived),
            false => Err(unsupported(format!("moduli other than {:?} follow from the plan", derived.setting))),
        }
    }

    /// The cheapest attack.
    pub fn security(&self) -> SecurityEstimate {
        security::estimate(self.setting.dimension(), self.budget.log_q, self.widths.sigma)
    }
}

impl std::fmt::Display for Derived {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Setting { noise, degree, rank, planes, .. } = &self.setting;
        let Widths { sigma, key, randomness, message } = self.widths;
        write!(
            f,
            "noise {}, degree {degree} x rank {rank}, log q {:.1}, sigma {sigma}, sigma_1 2^{:.1}, sigma_2 2^{:.1}, \
             sigma_3 2^{:.1}, log Delta {:.1}; sent under 2^{} and 2^{:.1}",
            noise.name(),
            self.budget.log_q,
            key.log2(),
            randomness.log2(),
            message.log2(),
            self.budget.log_q - self.load.results.log2(),
            8 * planes,
            self.budget.log_first,
        )
    }
}

fn log2(primes: &[u64]) -> f64 {
    primes.iter().map(|prime| (*prime as f64).log2()).sum()
}

fn check(demand: &Demand) -> Result<()> {
    let Demand { length, rows, input_max, weight_max, .. } = *demand;
    if !(1..=MOST_INPUTS).contains(&length) {
        return Err(unsupported(format!("vectors of {length} numbers, expected 1 to {MOST_INPUTS}")));
    }
    if rows == 0 || input_max > u64::from(u16::MAX) || weight_max > i32::MAX as u64 {
        return Err(unsupported(format!(
            "{rows} weight vectors of weights up to {weight_max} for numbers up to {input_max}, expected at least one, 31 and 16 bits"
        )));
    }
    Ok(())
}

fn unsupported(reason: String) -> Error {
    Error::Unsupported(format!("rlwe-ipfe: {reason}"))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use super::{Derived, Params};
    use crate::network::demand_of_vectors;
    use crate::network::engine::Demand;
    use crate::rlwe_ipfe::noise::NoiseRule;

    fn demand(length: usize, input_max: u64, weight_max: u64) -> Demand {
        Demand { rows: 128, samples: 1024, ..demand_of_vectors(length, input_max, weight_max) }
    }

    #[test]
    fn derived_parameters_reach_128_bits_and_leave_room_for_noise() {
        for noise in [NoiseRule::Conservative, NoiseRule::HintMlwe] {
            for (length, input_max, weight_max) in
                [(784, 255, 127), (784, 3, 7), (784, 3, 3), (25, 100, 100), (25, 255, 127)]
            {
                let demand = demand(length, input_max, weight_max);
                let derived =
                    Derived::choose(&Params { noise, dimension: None, ..Params::default() }, &demand).unwrap();
                let security = derived.security();
                println!("({length}, {input_max}, {weight_max}): {derived}; {security:?}");
                let dimension = derived.setting.dimension() as f64;
                assert!(security.bits.unwrap() >= 128.0);
                assert!(
                    derived.load.noise(&derived.widths, dimension, &derived.budget)
                        <= derived.load.allowed(derived.setting.planes)
                );
                assert_eq!(Derived::again(derived.setting.clone(), &demand).unwrap(), derived);
            }
        }
    }

    #[test]
    fn stated_dimensions_are_kept_and_others_refused() {
        let demand = Demand { samples: 2, ..demand(9, 3, 3) };
        let of = |dimension| {
            Derived::choose(
                &Params { noise: NoiseRule::HintMlwe, dimension: Some(dimension), ..Params::default() },
                &demand,
            )
        };
        let derived = of(192).unwrap();
        assert_eq!((derived.setting.degree, derived.setting.rank), (64, 3));
        assert_eq!(derived.security().bits, Some(0.0));
        assert_eq!(of(4096).unwrap().setting.degree, 256);
        for dimension in [0, 63, 100, 1 << 20] {
            assert!(of(dimension).is_err(), "{dimension}");
        }
    }

    #[test]
    fn settings_that_do_not_follow_are_refused() {
        let demand = demand(25, 100, 100);
        let right = Derived::choose(&Params::default(), &demand).unwrap().setting;
        for wrong in [
            super::Setting { planes: right.planes + 1, ..right.clone() },
            super::Setting { degree: 3, ..right.clone() },
            super::Setting { rank: usize::MAX, ..right.clone() },
            super::Setting { primes: vec![], ..right.clone() },
        ] {
            assert!(Derived::again(wrong, &demand).is_err());
        }
    }
}
