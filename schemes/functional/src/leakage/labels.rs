//! What an image shows, guessed from the values that issued keys open of it.

use blindbench_core::error::{Error, Result};
use nalgebra::{Cholesky, DMatrix};

use super::prior::PublicImages;
use super::reconstruction::Opened;

/// Added to the variance along each direction, in units of the largest value of a pixel squared. It keeps directions in which public images hardly
/// differ from deciding.
const RIDGE: f64 = 0.01;

/// Labels of the images whose values were opened, guessed by a ridge classifier (least squares on one-hot labels) that was
/// trained on what the same keys open of public images. Values are seen in an orthonormal basis of the keys' span, so that
/// only the span counts and not the keys chosen in it.
///
/// # Errors
/// [`Error::Refused`] where the vectors depend on each other or public images are of another size.
pub fn guess(opened: &Opened, public: &PublicImages) -> Result<Vec<u8>> {
    opened.accept(public)?;
    let basis = &opened.basis;
    let across = basis.directions.transpose();
    let mut variances = &across * &public.scatter * &basis.directions;
    let ridge = RIDGE * public.peak_square() * public.count as f64;
    (0..variances.nrows()).for_each(|at| variances[(at, at)] += ridge);
    let normal = Cholesky::new(variances);
    let normal = normal.ok_or_else(|| Error::Refused("public images without finite variances".into()))?;
    let weights = normal.solve(&(&across * &public.deviations));
    let mut values = basis.coordinates(&opened.values)?;
    let mean = &across * &public.mean;
    values.column_iter_mut().for_each(|mut image| image -= &mean);
    let mut scores: DMatrix<f64> = weights.transpose() * values;
    scores.column_iter_mut().for_each(|mut image| image += &public.shares);
    Ok(scores.column_iter().map(|image| image.imax() as u8).collect())
}
