//! A network's maps where every value has a ciphertext of its own: without the gaps that grids leave.

use crate::network::affine::{Affine, Entry, Stages};

/// The maps from values to values.
pub fn maps<V: Entry>(stages: Stages<V>) -> Vec<Affine<V>> {
    let Stages { maps, places, .. } = stages;
    let mut known: Option<Vec<usize>> = None;
    let mut dense = Vec::with_capacity(maps.len());
    for (mut map, places) in maps.into_iter().zip(places) {
        let mut rows: Vec<_> = places.iter().map(|place| std::mem::take(&mut map.rows[*place])).collect();
        if let Some(known) = &known {
            let mut values = vec![0; map.inputs];
            known.iter().enumerate().for_each(|(value, place)| values[*place] = value);
            rows.iter_mut().flatten().for_each(|(input, _)| *input = values[*input]);
            rows.iter_mut().for_each(|row| row.sort_unstable_by_key(|(input, _)| *input));
            map.inputs = known.len();
        }
        let bias = places.iter().map(|place| map.bias[*place]).collect();
        dense.push(Affine { rows, bias, ..map });
        known = Some(places);
    }
    dense
}

/// The numbers of inputs, entries and outputs of a map.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Size {
    /// Inputs.
    pub inputs: usize,
    /// Entries that may be other than zero.
    pub entries: usize,
    /// Outputs.
    pub outputs: usize,
}

impl Size {
    /// Of a map.
    pub fn of<V: Entry>(map: &Affine<V>) -> Size {
        Size { inputs: map.inputs, entries: map.rows.iter().map(Vec::len).sum(), outputs: map.outputs() }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use blindbench_core::conformance::made_up_images;
    use blindbench_core::network::lowered::{Lowered, Precision};
    use blindbench_core::roles::seed::Seed;

    use super::maps;
    use crate::network::affine::Stages;
    use crate::network::cases;
    use crate::network::grid::{Arranged, Arrangement};

    #[test]
    fn maps_without_gaps_are_the_networks() {
        for (architecture, weights) in cases::real() {
            let input = Arranged::new(&architecture, Arrangement::Pixels).unwrap();
            let maps = maps(Stages::<f64>::new(&architecture, &weights, &input).unwrap());
            assert!(maps.iter().flat_map(|map| &map.rows).all(|row| !row.is_empty()));
            let images = made_up_images(&architecture, 3, &Seed::from_number(5));
            let twin = Lowered { architecture: architecture.clone(), precision: Precision::F64 };
            let expected = twin.evaluator(&weights).unwrap().logits(&images).unwrap().values.to_real();
            for (image, expected) in images.iter().zip(expected.chunks(architecture.classes())) {
                let levels = architecture.input.levels(image);
                let mut x: Vec<f64> = levels.iter().map(|level| f64::from(*level) / 255.0).collect();
                for (index, map) in maps.iter().enumerate() {
                    let row = |row: &Vec<(usize, f64)>| row.iter().map(|(i, w)| w * x[*i]).sum::<f64>();
                    x = map.rows.iter().zip(&map.bias).map(|(terms, bias)| row(terms) + bias).collect();
                    if index + 1 < maps.len() {
                        x.iter_mut().for_each(|x| *x *= *x);
                    }
                }
                assert_eq!(x.len(), expected.len());
                x.iter().zip(expected).for_each(|(a, b)| assert!((a - b).abs() < 1e-9, "{a} {b}"));
            }
        }
    }
}
