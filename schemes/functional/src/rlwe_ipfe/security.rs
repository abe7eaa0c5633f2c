//! Security of the module-LWE instances: looked up in a committed table, which `security/estimate.py` makes.

use blindbench_core::security::SecurityEstimate;

const TABLE: &str = include_str!("../../security/table.csv");

/// A line of the table: the cheapest attack on LWE with secret and noise of the same deviation.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Row {
    dimension: usize,
    log_q: u32,
    sigma: f64,
    bits: f64,
    core_svp_bits: f64,
    attack: &'static str,
    source: &'static str,
}

impl Row {
    fn parse(line: &'static str) -> Option<Row> {
        let mut fields = line.splitn(7, ',');
        Some(Row {
            dimension: fields.next()?.parse().ok()?,
            log_q: fields.next()?.parse().ok()?,
            sigma: fields.next()?.parse().ok()?,
            bits: fields.next()?.parse().ok()?,
            core_svp_bits: fields.next()?.parse().ok()?,
            attack: fields.next()?,
            source: fields.next()?,
        })
    }

    /// Whether LWE with these parameters is at least as hard as the row's: dimension and noise at least as large,
    /// modulus at most as large.
    fn covers(&self, dimension: usize, log_q: f64, sigma: f64) -> bool {
        self.dimension <= dimension && log_q <= f64::from(self.log_q) && self.sigma <= sigma + 1e-9
    }
}

fn rows() -> impl Iterator<Item = Row> {
    TABLE.lines().skip(1).filter_map(Row::parse)
}

/// The dimensions of the table, ascending.
pub fn dimensions() -> Vec<usize> {
    let mut dimensions: Vec<usize> = rows().map(|row| row.dimension).collect();
    dimensions.sort_unstable();
    dimensions.dedup();
    dimensions
}

/// The cheapest attack on module-LWE of a total dimension modulo 2^log_q, secret and noise of deviation `sigma`.
///
/// Between two lines of the table the weaker one counts. Parameters that no line covers get 0 bits: they run only with a
/// stated reason.
pub fn estimate(dimension: usize, log_q: f64, sigma: f64) -> SecurityEstimate {
    let covering = rows().filter(|row| row.covers(dimension, log_q, sigma));
    match covering.max_by(|a, b| a.bits.total_cmp(&b.bits)) {
        Some(row) => SecurityEstimate {
            bits: Some(row.bits),
            core_svp_bits: Some(row.core_svp_bits),
            attack: row.attack.into(),
            source: row.source.into(),
        },
        None => SecurityEstimate {
            bits: Some(0.0),
            core_svp_bits: None,
            attack: "not estimated".into(),
            source: format!(
                "no row of schemes/functional/security/table.csv covers dimension {dimension}, log q {log_q:.1}, sigma {sigma}"
            ),
        },
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use super::{TABLE, dimensions, estimate, rows};

    #[test]
    fn every_line_of_the_table_parses() {
        assert_eq!(rows().count(), TABLE.lines().count() - 1);
        assert!(rows().all(|row| row.core_svp_bits < row.bits));
    }

    #[test]
    fn a_larger_modulus_is_easier() {
        for (a, b) in rows().flat_map(|a| rows().map(move |b| (a, b))) {
            if a.dimension == b.dimension && a.sigma == b.sigma && a.log_q < b.log_q {
                assert!(a.bits > b.bits && a.core_svp_bits > b.core_svp_bits, "{a:?} {b:?}");
            }
        }
    }

    /// Every dimension has a modulus at 128 bits for either deviation, and larger dimensions larger ones.
    #[test]
    fn limits_grow_with_the_dimension() {
        for sigma in [1.0, 3.2] {
            let largest = |dimension: usize| {
                let enough = rows().filter(|row| row.dimension == dimension && row.sigma == sigma && row.bits >= 128.0);
                enough.map(|row| row.log_q).max().unwrap()
            };
            let limits: Vec<u32> = dimensions().into_iter().map(largest).collect();
            assert!(limits.is_sorted(), "{limits:?}");
        }
    }

    #[test]
    fn what_the_table_does_not_cover_has_no_bits() {
        assert_eq!(estimate(512, 10.0, 3.2).bits, Some(0.0));
        assert_eq!(estimate(4096, 300.0, 3.2).bits, Some(0.0));
        assert_eq!(estimate(4096, 60.0, 0.9).bits, Some(0.0));
        assert_eq!(estimate(4096, f64::NAN, 3.2).bits, Some(0.0));
        assert!(estimate(4096, 100.0, 1.0).bits.unwrap() >= 128.0);
        assert!(estimate(4096, 100.0, 3.2).bits >= estimate(4096, 100.0, 1.0).bits);
    }
}
