//! Security of parameters: looked up in a committed table, which `security/estimate.py` makes.

use blindbench_core::security::SecurityEstimate;

use crate::parameters::Parameters;

const TABLE: &str = include_str!("../security/table.csv");

/// A line of the table: the cheapest attack on LWE with these parameters.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Row {
    dimension: usize,
    log2_sigma: f64,
    log2_modulus: u32,
    bits: f64,
    core_svp_bits: Option<f64>,
    attack: &'static str,
    source: &'static str,
}

impl Row {
    fn parse(line: &'static str) -> Option<Row> {
        let mut fields = line.splitn(8, ',');
        let row = Row {
            dimension: fields.next()?.parse().ok()?,
            log2_sigma: fields.next()?.parse().ok()?,
            log2_modulus: fields.next()?.parse().ok()?,
            bits: (fields.next()? == "binary").then(|| fields.next()?.parse().ok())??,
            core_svp_bits: fields.next()?.parse().ok(),
            attack: fields.next()?,
            source: fields.next()?,
        };
        Some(row)
    }

    /// Whether LWE with these parameters is at least as hard as the row's: dimension and noise at least as large.
    fn covers(&self, dimension: usize, log2_sigma: f64, log2_modulus: u32) -> bool {
        self.log2_modulus == log2_modulus && self.dimension <= dimension && self.log2_sigma <= log2_sigma + 1e-9
    }
}

fn rows() -> impl Iterator<Item = Row> {
    TABLE.lines().skip(1).filter_map(Row::parse)
}

/// The estimate of the weaker of the two keys. Parameters that no row of the table covers get 0 bits:
/// they run only with a stated reason.
///
/// GLWE ciphertexts count as LWE ciphertexts of dimension `k N`: no attack is known that gains from their structure.
pub fn estimate(parameters: &Parameters) -> SecurityEstimate {
    let literal = parameters.literal();
    let keys = [
        (parameters.lwe_dimension(), literal.input_log2_sigma, 32),
        (parameters.output_dimension(), literal.log2_sigma, 64),
    ];
    let found =
        keys.map(|(n, sigma, q)| rows().filter(|row| row.covers(n, sigma, q)).max_by(|a, b| a.bits.total_cmp(&b.bits)));
    match found {
        [Some(input), Some(output)] => {
            let weaker = if input.bits <= output.bits { input } else { output };
            let core = input.core_svp_bits.zip(output.core_svp_bits).map(|(a, b)| a.min(b));
            SecurityEstimate {
                bits: Some(weaker.bits),
                core_svp_bits: core,
                attack: weaker.attack.into(),
                source: weaker.source.into(),
            }
        }
        _ => SecurityEstimate {
            bits: Some(0.0),
            core_svp_bits: None,
            attack: "not estimated".into(),
            source: format!("no row of schemes/tfhe/security/table.csv covers {parameters}"),
        },
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use blindbench_core::security::REQUIRED_BITS;

    use super::{TABLE, estimate, rows};
    use crate::parameters::Parameters;
    use crate::presets;

    #[test]
    fn every_line_of_the_table_parses() {
        assert_eq!(rows().count(), TABLE.lines().count() - 1);
        assert!(rows().count() > 0);
    }

    #[test]
    fn both_keys_have_rows_of_128_192_and_256_bits() {
        for log2_modulus in [32, 64] {
            for bits in [128.0, 192.0, 256.0] {
                let found = rows().filter(|row| row.log2_modulus == log2_modulus && row.bits >= bits).count();
                assert!(found > 0, "q = 2^{log2_modulus} at {bits} bits");
            }
        }
    }

    #[test]
    fn the_harder_a_row_the_larger_its_dimension_or_noise() {
        let rows: Vec<_> = rows().collect();
        for a in &rows {
            for b in rows.iter().filter(|b| a.covers(b.dimension, b.log2_sigma, b.log2_modulus)) {
                assert!(a.bits <= b.bits && a.core_svp_bits <= b.core_svp_bits, "{a:?} {b:?}");
            }
        }
    }

    #[test]
    fn stricter_parameters_find_their_rows() {
        let stricter = |input_glwe_dimension, polynomial_size, log2_sigma| {
            let literal = presets::EXACT[0];
            let literal = crate::parameters::Literal {
                input_glwe_dimension,
                input_log2_sigma: -13.1,
                polynomial_size,
                log2_sigma,
                ..literal
            };
            estimate(&Parameters::try_from(literal).unwrap()).bits.unwrap()
        };
        assert!(stricter(960 / 32, 2048, -31.6) >= 192.0);
        assert!(stricter(1280 / 32, 4096, -51.0) >= 256.0);
        assert!(stricter(1280 / 32, 2048, -48.3) < 192.0);
    }

    #[test]
    fn presets_reach_the_required_bits() {
        for literal in [presets::APPROXIMATE].into_iter().chain(presets::SQUARE).chain(presets::EXACT) {
            let parameters = Parameters::try_from(literal).unwrap();
            let bits = estimate(&parameters).bits.unwrap();
            assert!(bits >= REQUIRED_BITS, "{parameters}: {bits}");
        }
    }

    #[test]
    fn more_noise_keeps_a_row_and_less_loses_it() {
        let bits = |change: f64| {
            let mut literal = presets::APPROXIMATE;
            literal.input_log2_sigma += change;
            estimate(&Parameters::try_from(literal).unwrap()).bits.unwrap()
        };
        assert!(bits(0.0) >= REQUIRED_BITS && bits(0.5) >= REQUIRED_BITS);
        assert_eq!(bits(-0.5), 0.0);
        assert_eq!(estimate(&Parameters::try_from(presets::TOY).unwrap()).bits, Some(0.0));
    }
}
