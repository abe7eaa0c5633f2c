//! How far scores may be off.

use blindbench_core::error::{Error, Result};
use blindbench_core::network::architecture::Sine;
use blindbench_core::network::typical::Typical;

use super::function::points;
use super::{Approximate, FAILURE_LOG2};
use crate::circuit::Matrices;
use crate::noise::deviations;
use crate::scheme::EncryptedNetwork;

/// The largest error of scores after a sine.
pub(super) fn of_sine(network: &EncryptedNetwork<Approximate>, matrices: &Matrices<'_>, sine: Sine) -> f64 {
    let points = f64::from(points(&network.parameters));
    // A sum between two points is rounded by the twin and by the server, each in its own direction.
    let between = if f64::from(sine.period) > points { std::f64::consts::PI / points } else { 0.0 };
    let tail = deviations(FAILURE_LOG2 - (network.circuit.classes as f64).log2());
    score_deviations(network, matrices, std::f64::consts::TAU)
        .zip(matrices.last.rows())
        .map(|(sigma, row)| tail * sigma + between * row.iter().map(|w| w.unsigned_abs() as f64).sum::<f64>())
        .fold(0.0, f64::max)
}

/// The largest error of scores after squares of sums that are no larger than these.
///
/// The square of a sum `z` with noise `e` is off by at most `2 |z e| + e^2`, beyond the table's end, too.
///
/// # Errors
/// [`Error::Unsupported`] where scores could wrap.
pub(super) fn of_square(
    network: &EncryptedNetwork<Approximate>,
    matrices: &Matrices<'_>,
    sums: Typical,
) -> Result<f64> {
    let (noise, encoding) = (network.noise(), &network.encoding);
    let values = network.circuit.classes + network.circuit.hidden;
    let tail = deviations(FAILURE_LOG2 - (values as f64).log2());
    let norm = |row: &[i64]| row.iter().map(|w| (w * w) as f64).sum::<f64>();
    let variances = matrices.first.rows().map(|row| noise.fresh * norm(row) + noise.modulus_switch);
    let squares: Vec<f64> = variances.map(|variance| (tail * encoding.turn()).powi(2) * variance).collect();
    let second = |row: &[i64]| row.iter().zip(&squares).map(|(w, e)| w.unsigned_abs() as f64 * e).sum::<f64>();
    let error = score_deviations(network, matrices, 2.0 * sums.largest * encoding.turn())
        .zip(matrices.last.rows())
        .map(|(sigma, row)| tail * sigma + second(row))
        .fold(0.0, f64::max);
    let largest = network.circuit.typical_scores().largest;
    let room = encoding.largest_score() - largest;
    if error > room {
        return Err(Error::Unsupported(format!(
            "scores of up to {largest} may be off by {error:.0}, but wrap from {room:.0} on; take parameters with less noise"
        )));
    }
    Ok(error)
}

/// An upper bound of each score's standard deviation, in units of the score, to first order in the noise,
/// where the function's slope is at most `slope` a turn.
///
/// The fresh noise of a pixel reaches every neuron, so that the errors of two neurons correlate as their
/// weights do; the signs of their slopes depend on the image, and the bound takes the worst:
/// `sum_jk |v_j v_k <w_j, w_k>|` for weights `w` and `v` of the two layers. All other noise is independent
/// between neurons.
fn score_deviations<'a>(
    network: &EncryptedNetwork<Approximate>,
    matrices: &Matrices<'a>,
    slope: f64,
) -> impl Iterator<Item = f64> + use<'a> {
    let gram = gram(matrices);
    let (noise, unit) = (network.noise(), network.encoding.score_unit().powi(2));
    matrices.last.rows().map(move |row| {
        let size = |j: usize| row[j].unsigned_abs() as f64;
        let squares: f64 = (0..row.len()).map(|j| size(j).powi(2)).sum();
        let fresh: f64 = gram.iter().map(|&(j, k, product)| size(j) * size(k) * product).sum();
        let activation = slope.powi(2) * (noise.fresh * fresh + noise.modulus_switch * squares);
        (activation + (noise.bootstrap * squares + noise.truncation) / unit).sqrt()
    })
}

/// `|<w_j, w_k>|` for all pairs of hidden neurons.
fn gram(matrices: &Matrices<'_>) -> Vec<(usize, usize, f64)> {
    let product = |a: &[i64], b: &[i64]| a.iter().zip(b).map(|(x, y)| (x * y) as f64).sum::<f64>().abs();
    let rows = || matrices.first.rows().enumerate();
    rows().flat_map(|(j, a)| rows().map(move |(k, b)| (j, k, product(a, b)))).collect()
}
