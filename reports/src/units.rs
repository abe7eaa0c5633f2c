//! Numbers for the screen: files keep integers, people read three significant digits and a unit.

/// What stands where a row has no value.
pub const ABSENT: &str = "–";

/// A duration in nanoseconds with the largest unit that keeps it at or above one: `12.3 ms`.
#[must_use]
pub fn duration(ns: f64) -> String {
    const UNITS: [(f64, &str); 4] = [(1e9, "s"), (1e6, "ms"), (1e3, "µs"), (1.0, "ns")];
    scaled(ns, &UNITS)
}

/// A size in bytes with decimal units (1 kB = 1000 bytes): `1.05 MB`.
#[must_use]
pub fn bytes(count: f64) -> String {
    const UNITS: [(f64, &str); 5] = [(1e12, "TB"), (1e9, "GB"), (1e6, "MB"), (1e3, "kB"), (1.0, "B")];
    scaled(count, &UNITS)
}

/// A fraction as a percentage with one decimal, two above 99 % so that 99.95 % never reads as all: `97.5 %`.
#[must_use]
pub fn percent(fraction: f64) -> String {
    let value = fraction * 100.0;
    if value == 100.0 || value == 0.0 {
        format!("{value:.0} %")
    } else if value > 99.0 {
        // Rounding up to 100.00 would claim what was not measured.
        format!("{:.2} %", value.min(99.99))
    } else {
        format!("{value:.1} %")
    }
}

/// An integer with thousands separators: `10,000`.
#[must_use]
pub fn count(value: u64) -> String {
    let digits = value.to_string();
    let mut grouped = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

/// Three significant digits without an exponent: `0.0123`, `4.57`, `1230`.
#[must_use]
pub fn significant(value: f64) -> String {
    if value == 0.0 || !value.is_finite() {
        return format!("{value}");
    }
    let magnitude = value.abs().log10().floor() as i32;
    let decimals = (2 - magnitude).clamp(0, 12) as usize;
    let text = format!("{value:.decimals$}");
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
}

/// Two decimals, for exponents: `0.98`, `-1`.
#[must_use]
pub fn decimals(value: f64) -> String {
    let text = format!("{value:.2}");
    let text = text.trim_end_matches('0').trim_end_matches('.');
    if text == "-0" { "0".to_owned() } else { text.to_owned() }
}

fn scaled(value: f64, units: &[(f64, &str)]) -> String {
    // 999.6 would print as "1000 µs": round to the digits shown before the unit is chosen.
    let shown = round_significant(value);
    let (factor, unit) = units.iter().find(|(factor, _)| shown.abs() >= *factor).or(units.last()).unwrap_or(&(1.0, ""));
    format!("{} {unit}", significant(shown / factor))
}

fn round_significant(value: f64) -> f64 {
    if value == 0.0 || !value.is_finite() {
        return value;
    }
    let step = 10f64.powi(value.abs().log10().floor() as i32 - 2);
    (value / step).round() * step
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_take_the_unit_that_reads() {
        assert_eq!(duration(0.0), "0 ns");
        assert_eq!(duration(950.0), "950 ns");
        assert_eq!(duration(45_678.0), "45.7 µs");
        assert_eq!(duration(999_600.0), "1 ms");
        assert_eq!(duration(123_456_789.0), "123 ms");
        assert_eq!(duration(1_500_000_000.0), "1.5 s");
        assert_eq!(duration(4_321_000_000_000.0), "4320 s");
    }

    #[test]
    fn sizes_are_decimal() {
        assert_eq!(bytes(80.0), "80 B");
        assert_eq!(bytes(3136.0), "3.14 kB");
        assert_eq!(bytes(1_048_576.0), "1.05 MB");
    }

    #[test]
    fn percentages_never_round_up_to_all() {
        assert_eq!(percent(1.0), "100 %");
        assert_eq!(percent(0.999_999), "99.99 %");
        assert_eq!(percent(0.9753), "97.5 %");
        assert_eq!(percent(0.0), "0 %");
    }

    #[test]
    fn exponents_have_two_decimals_and_no_negative_nought() {
        assert_eq!([0.984, 1.0, -0.001, 2.5].map(decimals), ["0.98", "1", "0", "2.5"]);
    }

    #[test]
    fn counts_are_grouped() {
        assert_eq!(count(7), "7");
        assert_eq!(count(999), "999");
        assert_eq!(count(10_000), "10,000");
        assert_eq!(count(1_234_567), "1,234,567");
    }
}
