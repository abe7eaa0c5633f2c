//! Images from the values that issued keys open of them.

use blindbench_core::error::{Error, Result};
use nalgebra::{DMatrix, DVector, QR};

use super::prior::{Format, PublicImages};

/// Independent weight vectors `M` and the products `M x` that their keys open of images `x`. All other issued keys open
/// combinations of these.
#[derive(Debug)]
pub struct Opened {
    /// `M`, a row each.
    pub(super) vectors: DMatrix<f64>,
    /// `M x`, a column an image. Exact: products of pixels and small weights are far below 2^53.
    pub(super) values: DMatrix<f64>,
    /// What the vectors span.
    pub(super) basis: Basis,
    format: Format,
}

impl Opened {
    /// What keys for independent vectors open of images that stand one after another.
    ///
    /// # Errors
    /// [`Error::Refused`] without a vector, or for lengths that do not fit.
    pub fn of(vectors: &[Vec<i64>], pixels: &[u8], format: Format) -> Result<Self> {
        let length = format.length;
        let fits = length > 0 && !vectors.is_empty() && vectors.iter().all(|vector| vector.len() == length);
        if !fits || vectors.len() > length || !pixels.len().is_multiple_of(length) {
            let found = format!("{} weight vectors and {} pixels", vectors.len(), pixels.len());
            return Err(Error::Refused(format!(
                "{found}; expected 1 to {length} vectors and images of {length} numbers"
            )));
        }
        let weights = vectors.iter().flatten().map(|weight| *weight as f64);
        let vectors = DMatrix::from_row_iterator(vectors.len(), length, weights);
        let images = DMatrix::from_iterator(length, pixels.len() / length, pixels.iter().map(|v| f64::from(*v)));
        let values = &vectors * images;
        let basis = Basis::of_rows(&vectors);
        Ok(Opened { vectors, values, basis, format })
    }

    /// Whether public images are of the same kind.
    ///
    /// # Errors
    /// [`Error::Refused`] where they are not.
    pub(super) fn accept(&self, public: &PublicImages) -> Result<()> {
        match public.format == self.format {
            true => Ok(()),
            false => Err(Error::Refused(format!("public images of {:?}, keys for {:?}", public.format, self.format))),
        }
    }
}

/// Finds the most plausible images that open to given values, whatever they are: the same images that opened them where
/// the vectors span all pixels.
///
/// With images `x = m + L u`, the coordinates `u` of least norm that solve `M L u = M x - M m` are taken, by the QR
/// decomposition `(M L)^T = Q R`: `u = Q R^-T (M x - M m)`. Its error grows with the condition of `M L`, not with the
/// square of it.
#[derive(Debug)]
pub struct Reconstruction<'a> {
    opened: &'a Opened,
    knowledge: Knowledge,
}

/// What is known of images beforehand.
#[derive(Debug)]
enum Knowledge {
    /// Nothing: `m` is 0 and `L` the identity.
    Nothing,
    /// Mean `m`, covariance `L L^T` and what `M L` spans.
    Gaussian { mean: DVector<f64>, factor: DMatrix<f64>, basis: Basis },
}

impl<'a> Reconstruction<'a> {
    /// The image of least norm: what somebody finds who knows nothing of images.
    pub fn of_least_norm(opened: &'a Opened) -> Self {
        Reconstruction { opened, knowledge: Knowledge::Nothing }
    }

    /// The conditional mean of an image, were images Gaussian with mean and covariance of public ones: of all linear
    /// estimates the one of least mean squared error.
    ///
    /// # Errors
    /// [`Error::Refused`] for public images of another size.
    pub fn with_prior(opened: &'a Opened, public: &PublicImages) -> Result<Self> {
        opened.accept(public)?;
        let factor = public.factor()?;
        let basis = Basis::of_rows(&(&opened.vectors * &factor));
        let knowledge = Knowledge::Gaussian { mean: public.mean.clone(), factor, basis };
        Ok(Reconstruction { opened, knowledge })
    }

    /// The images, one after another, rounded to values that pixels can have.
    ///
    /// # Errors
    /// [`Error::Refused`] where the vectors depend on each other.
    pub fn images(&self) -> Result<Vec<u8>> {
        let values = &self.opened.values;
        let mut images = DMatrix::zeros(self.opened.vectors.ncols(), values.ncols());
        if let Knowledge::Gaussian { mean, .. } = &self.knowledge {
            images.column_iter_mut().for_each(|mut image| image += mean);
        }
        // A second pass corrects what rounding left of the first.
        for _ in 0..2 {
            images += self.correction(&(values - &self.opened.vectors * &images))?;
        }
        let largest = f64::from(self.opened.format.largest);
        Ok(images.iter().map(|pixel| pixel.round().clamp(0.0, largest) as u8).collect())
    }

    /// What has to be added to images whose opened values are off by so much.
    fn correction(&self, missing: &DMatrix<f64>) -> Result<DMatrix<f64>> {
        let shortest = |basis: &Basis| basis.coordinates(missing).map(|found| &basis.directions * found);
        match &self.knowledge {
            Knowledge::Nothing => shortest(&self.opened.basis),
            Knowledge::Gaussian { factor, basis, .. } => shortest(basis).map(|found| factor * found),
        }
    }
}

/// An orthonormal basis of what rows span.
#[derive(Debug)]
pub(super) struct Basis {
    /// `Q`, a direction each column.
    pub directions: DMatrix<f64>,
    /// `R`, upper triangular.
    triangle: DMatrix<f64>,
}

impl Basis {
    /// Of independent rows.
    pub fn of_rows(rows: &DMatrix<f64>) -> Self {
        let (directions, triangle) = QR::new(rows.transpose()).unpack();
        Basis { directions, triangle }
    }

    /// Coordinates of what has these products with the rows: `R^-T values`.
    ///
    /// # Errors
    /// [`Error::Refused`] where the rows depend on each other.
    pub fn coordinates(&self, values: &DMatrix<f64>) -> Result<DMatrix<f64>> {
        let found = self.triangle.tr_solve_upper_triangular(values);
        found.ok_or_else(|| Error::Refused("weight vectors that depend on each other".into()))
    }
}
