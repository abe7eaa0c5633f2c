//! How far the values after each layer are from the twin's, from an untimed pass.

use blindbench_core::error::Error;
use blindbench_core::network::images::Images;
use blindbench_core::network::lowered::Lowered;
use blindbench_core::network::weights::Weights;
use blindbench_core::scheme::Inspection;
use blindbench_results::sample::NoiseSample;

/// Noise budget and precision by layer; precision only where a snapshot holds the twin's values one by one, and layers
/// with neither are left out.
///
/// # Errors
/// Where the twin cannot be evaluated.
pub fn samples(
    lowered: &Lowered,
    weights: &Weights,
    images: &Images,
    first_image: u64,
    inspected: &[(u32, Inspection)],
) -> Result<Vec<NoiseSample>, Error> {
    if inspected.is_empty() {
        return Ok(Vec::new());
    }
    let twin = lowered.evaluator(weights)?.layers(images)?;
    let sample = |(layer, inspection): &(u32, Inspection)| {
        let expected = sampled(twin.get(*layer as usize)?.to_real(), images.len(), &inspection.places);
        let name = lowered.architecture.layers.get(*layer as usize)?.kind().to_owned();
        let precision_bits = precision_bits(&inspection.values, &expected);
        let noise_budget_bits = inspection.noise_budget_bits;
        (precision_bits.is_some() || noise_budget_bits.is_some()).then_some(NoiseSample {
            layer: *layer,
            name,
            image: first_image,
            noise_budget_bits,
            precision_bits,
        })
    };
    Ok(inspected.iter().filter_map(sample).collect())
}

/// The values at these places, by place, then image; as they are where none is stated.
fn sampled(values: Vec<f64>, images: usize, places: &[usize]) -> Vec<f64> {
    let width = values.len() / images.max(1);
    match places.iter().all(|place| *place < width) && !places.is_empty() {
        true => places.iter().flat_map(|place| values.iter().skip(*place).step_by(width).copied()).collect(),
        false => values,
    }
}

/// -log2 of the largest difference; none where the values do not pair up or do not differ at all.
fn precision_bits(found: &[f64], expected: &[f64]) -> Option<f64> {
    let largest = found.iter().zip(expected).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
    (found.len() == expected.len() && largest > 0.0).then(|| -largest.log2())
}

#[cfg(test)]
mod tests {
    use super::{precision_bits, sampled};

    #[test]
    fn places_are_taken_from_every_image() {
        let values: Vec<f64> = (0..6).map(f64::from).collect();
        assert_eq!(sampled(values.clone(), 2, &[2, 0]), [2.0, 5.0, 0.0, 3.0]);
        assert_eq!(sampled(values.clone(), 2, &[]), values);
        assert_eq!(sampled(values.clone(), 2, &[3]), values);
    }

    #[test]
    fn precision_is_that_of_the_worst_value() {
        assert_eq!(precision_bits(&[1.0, 2.25], &[1.125, 2.0]), Some(2.0));
        assert_eq!(precision_bits(&[1.0], &[1.0]), None);
        assert_eq!(precision_bits(&[1.0], &[1.0, 2.0]), None);
    }
}
