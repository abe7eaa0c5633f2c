//! How near a reconstructed image is to the real one; 8-bit grey images, row by row.

/// Peak signal-to-noise ratio that stands for identical images, in dB: of 784 pixels, two images that differ at all
/// reach 77.1 at most. It keeps a mean over images finite.
pub const IDENTICAL_DB: f64 = 99.0;

/// Largest value of a pixel.
const PEAK: f64 = 255.0;

/// Weights of the window of [`ssim`] reach this far from its middle.
const RADIUS: usize = 5;
const TAPS: usize = 2 * RADIUS + 1;
/// Deviation of the window, in pixels.
const SIGMA: f64 = 1.5;

/// 10 log10(255^2 / mean squared error), in dB; [`IDENTICAL_DB`] for images that are equal.
pub fn psnr(real: &[u8], guess: &[u8]) -> f64 {
    let square = |(a, b): (&u8, &u8)| f64::from(a.abs_diff(*b)).powi(2);
    let squares: f64 = real.iter().zip(guess).map(square).sum();
    let error = squares / real.len().max(1) as f64;
    if error == 0.0 { IDENTICAL_DB } else { 10.0 * (PEAK * PEAK / error).log10() }
}

/// Structural similarity (Wang, Bovik, Sheikh and Simoncelli, "Image quality assessment: from error visibility to
/// structural similarity", IEEE Transactions on Image Processing 13(4), 2004): the mean over all places of an 11x11
/// Gaussian window of deviation 1.5 that lies within the images, with K1 = 0.01, K2 = 0.03 and a range of 255. 1 for equal
/// images; none for images smaller than the window.
pub fn ssim(real: &[u8], guess: &[u8], width: usize) -> Option<f64> {
    let height = real.len().checked_div(width)?;
    let (down, across) = (height.checked_sub(TAPS - 1)?, width.checked_sub(TAPS - 1)?);
    if down == 0 || across == 0 || guess.len() != real.len() {
        return None;
    }
    let weights = window();
    let similarity = |(top, left): (usize, usize)| {
        let mut moments = Moments::default();
        for (y, vertical) in weights.iter().enumerate() {
            let start = (top + y) * width + left;
            for (x, horizontal) in weights.iter().enumerate() {
                moments.add(vertical * horizontal, real[start + x].into(), guess[start + x].into());
            }
        }
        moments.similarity()
    };
    let places = (0..down).flat_map(|top| (0..across).map(move |left| (top, left)));
    Some(places.map(similarity).sum::<f64>() / (down * across) as f64)
}

/// One side of the window; its weights sum to 1.
fn window() -> [f64; TAPS] {
    let mut weights = [0.0; TAPS];
    for (tap, weight) in weights.iter_mut().enumerate() {
        let distance = tap as f64 - RADIUS as f64;
        *weight = (-distance * distance / (2.0 * SIGMA * SIGMA)).exp();
    }
    let sum: f64 = weights.iter().sum();
    weights.map(|weight| weight / sum)
}

/// Weighted sums over a window.
#[derive(Default)]
struct Moments {
    a: f64,
    b: f64,
    aa: f64,
    bb: f64,
    ab: f64,
}

impl Moments {
    fn add(&mut self, weight: f64, a: f64, b: f64) {
        self.a += weight * a;
        self.b += weight * b;
        self.aa += weight * a * a;
        self.bb += weight * b * b;
        self.ab += weight * a * b;
    }

    /// Equation 13 of the paper.
    fn similarity(&self) -> f64 {
        let (c1, c2) = ((0.01 * PEAK).powi(2), (0.03 * PEAK).powi(2));
        let (means, both) = (self.a * self.b, self.a * self.a + self.b * self.b);
        let (covariance, variances) = (self.ab - means, self.aa + self.bb - both);
        (2.0 * means + c1) * (2.0 * covariance + c2) / ((both + c1) * (variances + c2))
    }
}
