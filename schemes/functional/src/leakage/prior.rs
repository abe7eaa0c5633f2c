//! What a server may know of images before it opens any: public ones of the same kind.

use nalgebra::{Cholesky, DMatrix, DVector};

use blindbench_core::error::{Error, Result};

/// Added to the variance of each pixel, in units of the largest value squared: one of 255 grey levels. So a pixel that no
/// public image lights may still be lit, and the covariance can be inverted.
const FLOOR: f64 = 1.0 / (255.0 * 255.0);

/// Images as a client encrypts them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Format {
    /// Pixels of an image.
    pub length: usize,
    /// Largest value of a pixel, at least 1; the smallest is 0.
    pub largest: u8,
}

/// Statistics of public, labelled images.
#[derive(Debug, Clone)]
pub struct PublicImages {
    /// Number of images.
    pub(super) count: usize,
    /// Mean of each pixel.
    pub(super) mean: DVector<f64>,
    /// Sum of the squares of deviations from the mean, a matrix.
    pub(super) scatter: DMatrix<f64>,
    /// For each label the sum of its images' deviations from the mean, `[pixel, label]`.
    pub(super) deviations: DMatrix<f64>,
    /// For each label its share of the images.
    pub(super) shares: DVector<f64>,
    /// What the images are.
    pub(super) format: Format,
    live: Vec<usize>,
}

impl PublicImages {
    /// Of images one after another, each with a label below `classes`.
    ///
    /// # Errors
    /// [`Error::Refused`] without two images, or where numbers of pixels and labels do not fit.
    pub fn of(pixels: &[u8], labels: &[u8], format: Format, classes: usize) -> Result<Self> {
        let (length, count) = (format.length, labels.len());
        if count < 2 || length == 0 || pixels.len() != count * length {
            let found = format!("{} pixels and {count} labels", pixels.len());
            return Err(Error::Refused(format!("{found}; expected 2 images or more of {length} pixels")));
        }
        if let Some(label) = labels.iter().find(|label| usize::from(**label) >= classes) {
            return Err(Error::Refused(format!("label {label} among {classes} classes")));
        }
        let live = (0..length).filter(|pixel| pixels.iter().skip(*pixel).step_by(length).any(|value| *value > 0));
        let live = live.collect();
        let mut images = DMatrix::from_iterator(length, count, pixels.iter().map(|pixel| f64::from(*pixel)));
        let mean = images.column_mean();
        images.column_iter_mut().for_each(|mut image| image -= &mean);
        let (mut deviations, mut shares) = (DMatrix::zeros(length, classes), DVector::zeros(classes));
        for (image, label) in images.column_iter().zip(labels) {
            let mut of_label = deviations.column_mut(usize::from(*label));
            of_label += image;
            shares[usize::from(*label)] += 1.0 / count as f64;
        }
        let scatter = &images * images.transpose();
        Ok(PublicImages { count, mean, scatter, deviations, shares, format, live })
    }

    /// Pixels that some image lights, ascending.
    pub fn live(&self) -> &[usize] {
        &self.live
    }

    /// The largest value of a pixel, squared.
    pub(super) fn peak_square(&self) -> f64 {
        f64::from(self.format.largest).powi(2)
    }

    /// A lower triangular matrix whose product with its transpose is the covariance of pixels.
    ///
    /// # Errors
    /// [`Error::Refused`] where the covariance is not a number.
    pub(super) fn factor(&self) -> Result<DMatrix<f64>> {
        let mut covariance = &self.scatter / (self.count - 1) as f64;
        let floor = FLOOR * self.peak_square();
        (0..self.format.length).for_each(|pixel| covariance[(pixel, pixel)] += floor);
        let factor = Cholesky::new(covariance).map(|cholesky| cholesky.unpack());
        factor.ok_or_else(|| Error::Refused("the covariance of the public images has no Cholesky factor".into()))
    }
}
