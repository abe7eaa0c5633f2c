//! Results of combinations.

use super::point::PointRows;

/// One point for each sample and output, of which twice is kept.
#[derive(Debug, Clone)]
pub struct Sums {
    outputs: usize,
    /// Twice the points.
    pub(super) points: Vec<PointRows>,
    /// By sample, then output: eight times the bundle plus the lane.
    places: Vec<u32>,
}

impl Sums {
    pub(super) fn new(outputs: usize) -> Self {
        Sums { outputs, points: Vec::new(), places: Vec::new() }
    }

    /// Adds bundles whose lanes are samples, one an output.
    pub(super) fn push_samples(&mut self, bundles: Vec<PointRows>, samples: usize) {
        let start = self.points.len();
        let place = |sample: usize| move |output: usize| (8 * (start + output) + sample) as u32;
        let outputs = self.outputs;
        self.places.extend((0..samples).flat_map(|sample| (0..outputs).map(place(sample))));
        self.points.extend(bundles);
    }

    /// Adds one sample's bundles whose lanes are outputs.
    pub(super) fn push_outputs(&mut self, bundles: Vec<PointRows>) {
        let start = 8 * self.points.len();
        self.places.extend((0..self.outputs).map(|output| (start + output) as u32));
        self.points.extend(bundles);
    }

    /// The number of points.
    pub fn len(&self) -> usize {
        self.places.len()
    }

    /// Whether there is no point.
    pub fn is_empty(&self) -> bool {
        self.places.is_empty()
    }

    /// The number of outputs of each sample.
    pub fn outputs(&self) -> usize {
        self.outputs
    }

    /// What belongs to the points, by sample, then output.
    pub(super) fn in_order<T: Copy>(&self, bundles: &[[T; 8]]) -> Vec<T> {
        self.places.iter().map(|place| bundles.as_flattened()[*place as usize]).collect()
    }

    /// Whether lanes of the bundles hold points.
    pub(super) fn held(&self) -> Vec<[bool; 8]> {
        let mut held = vec![[false; 8]; self.points.len()];
        self.places.iter().for_each(|place| held.as_flattened_mut()[*place as usize] = true);
        held
    }
}
