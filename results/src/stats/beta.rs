//! The regularized incomplete beta function, from which exact binomial statistics follow.

/// Steps after which the continued fraction is taken as it is; it needs O(sqrt(max(a, b))) of them.
const MOST_STEPS: u32 = 100_000;

/// `I_x(a, b)`, the probability that a beta variable with `a, b > 0` is at most `x` in `[0, 1]`.
///
/// By the continued fraction DLMF 8.17.22 on the side where it converges fast, evaluated by the
/// modified Lentz algorithm (Thompson and Barnett, 1986).
pub fn regularized(x: f64, a: f64, b: f64) -> f64 {
    if x <= 0.0 {
        return 0.0;
    }
    if x >= 1.0 {
        return 1.0;
    }
    if x > (a + 1.0) / (a + b + 2.0) {
        return 1.0 - regularized_below_mean(1.0 - x, b, a);
    }
    regularized_below_mean(x, a, b)
}

fn regularized_below_mean(x: f64, a: f64, b: f64) -> f64 {
    let log_factor = a * x.ln() + b * (-x).ln_1p() - ln_beta(a, b) - a.ln();
    log_factor.exp() / continued_fraction(x, a, b)
}

/// `1 + d_1 / (1 + d_2 / (1 + ...))` with the coefficients of DLMF 8.17.23.
fn continued_fraction(x: f64, a: f64, b: f64) -> f64 {
    let (mut fraction, mut c, mut d) = (1.0, 1.0, 0.0);
    for step in 1..=MOST_STEPS {
        let m = f64::from(step / 2);
        let term = if step % 2 == 0 {
            m * (b - m) * x / ((a + 2.0 * m - 1.0) * (a + 2.0 * m))
        } else {
            -(a + m) * (a + b + m) * x / ((a + 2.0 * m) * (a + 2.0 * m + 1.0))
        };
        d = 1.0 / away_from_zero(1.0 + term * d);
        c = away_from_zero(1.0 + term / c);
        fraction *= c * d;
        if (c * d - 1.0).abs() < f64::EPSILON {
            break;
        }
    }
    fraction
}

fn away_from_zero(value: f64) -> f64 {
    if value.abs() < f64::MIN_POSITIVE { f64::MIN_POSITIVE } else { value }
}

/// The `x` with `I_x(a, b) = probability`, by bisection to the last bit.
pub fn quantile(probability: f64, a: f64, b: f64) -> f64 {
    let (mut low, mut high) = (0.0, 1.0);
    loop {
        let middle = low + (high - low) / 2.0;
        if middle <= low || middle >= high {
            return middle;
        }
        if regularized(middle, a, b) < probability {
            low = middle;
        } else {
            high = middle;
        }
    }
}

fn ln_beta(a: f64, b: f64) -> f64 {
    ln_gamma(a) + ln_gamma(b) - ln_gamma(a + b)
}

/// Natural logarithm of the gamma function for `x > 0`: Stirling's series, DLMF 5.11.1, above 10, and
/// the recurrence below.
fn ln_gamma(x: f64) -> f64 {
    /// `B_2k / (2k (2k - 1))`.
    const SERIES: [f64; 6] = [1.0 / 12.0, -1.0 / 360.0, 1.0 / 1260.0, -1.0 / 1680.0, 1.0 / 1188.0, -691.0 / 360_360.0];
    let (mut x, mut product) = (x, 1.0);
    while x < 10.0 {
        product *= x;
        x += 1.0;
    }
    let inverse = 1.0 / x;
    let tail = SERIES.iter().rev().fold(0.0, |sum, term| sum * inverse * inverse + term) * inverse;
    (x - 0.5) * x.ln() - x + 0.5 * std::f64::consts::TAU.ln() + tail - f64::ln(product)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gamma_of_integers_and_a_half() {
        let mut factorial = 1.0_f64;
        for n in 1..60 {
            assert!((ln_gamma(f64::from(n)) - factorial.ln()).abs() < 1e-12 * (1.0 + factorial.ln()));
            factorial *= f64::from(n);
        }
        assert!((ln_gamma(0.5) - std::f64::consts::PI.sqrt().ln()).abs() < 1e-13);
    }

    /// For integers the function is a sum of binomial probabilities, DLMF 8.17.5.
    #[test]
    fn equals_the_binomial_sum() {
        for (x, a, b) in [(0.3, 2_u32, 5_u32), (0.5, 10, 10), (0.9, 40, 3), (0.01, 1, 200), (0.42, 300, 411)] {
            let n = a + b - 1;
            let log_choose =
                |k: u32| ln_gamma(f64::from(n) + 1.0) - ln_gamma(f64::from(k) + 1.0) - ln_gamma(f64::from(n - k) + 1.0);
            let term = |k: u32| (log_choose(k) + f64::from(k) * f64::ln(x) + f64::from(n - k) * f64::ln(1.0 - x)).exp();
            let sum: f64 = (a..=n).map(term).sum();
            let found = regularized(x, f64::from(a), f64::from(b));
            assert!((found - sum).abs() < 1e-11, "I_{x}({a}, {b}) = {found}, sum {sum}");
        }
    }

    #[test]
    fn quantile_inverts_it() {
        for (p, a, b) in [(0.025, 3.0, 8.0), (0.5, 9990.0, 11.0), (0.975, 1.0, 10_000.0)] {
            assert!((regularized(quantile(p, a, b), a, b) - p).abs() < 1e-9);
        }
    }
}
