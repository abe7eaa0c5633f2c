//! Distorted copies of training images: affine, and elastic over a coarse grid of displaced knots
//! (after Simard, Steinkraus and Platt, ICDAR 2003, with interpolation instead of a wide blur).

use blindbench_core::network::images::Shape;

use super::draw::Draw;
use crate::models::recipe::Augmentation;

/// Knots along either axis of the displacement grid.
const KNOTS: usize = 5;

/// One random distortion: where each pixel of the copy is taken from.
struct Distortion {
    /// Rows of the linear map from copy to original, around the centre.
    linear: [[f32; 2]; 2],
    shift: [f32; 2],
    /// Displacement of each knot, `[y, x]`.
    knots: [[[f32; 2]; KNOTS]; KNOTS],
}

impl Distortion {
    fn draw(largest: &Augmentation, draw: &mut Draw) -> Self {
        let (sine, cosine) = draw.within(largest.rotation).to_radians().sin_cos();
        let stretch = [1.0 + draw.within(largest.scale), 1.0 + draw.within(largest.scale)];
        let shear = draw.within(largest.scale);
        let mut knots = [[[0.0; 2]; KNOTS]; KNOTS];
        if largest.elastic > 0.0 {
            knots.iter_mut().flatten().flatten().for_each(|d| *d = draw.within(largest.elastic));
        }
        Distortion {
            linear: [[cosine * stretch[0], sine * stretch[1]], [(shear - sine) * stretch[0], cosine * stretch[1]]],
            shift: [draw.within(largest.shift), draw.within(largest.shift)],
            knots,
        }
    }

    /// Where the copy's pixel comes from, as row and column of the original.
    fn source(&self, row: usize, column: usize, plane: Shape) -> [f32; 2] {
        let center = [(plane.height as f32 - 1.0) / 2.0, (plane.width as f32 - 1.0) / 2.0];
        let (y, x) = (row as f32 - center[0], column as f32 - center[1]);
        let bend = self.bend(row as f32 / plane.height as f32, column as f32 / plane.width as f32);
        [0, 1].map(|axis| {
            self.linear[axis][0] * y + self.linear[axis][1] * x + center[axis] + self.shift[axis] + bend[axis]
        })
    }

    /// The knots' displacement, interpolated at a place given in shares of the image.
    fn bend(&self, y: f32, x: f32) -> [f32; 2] {
        let split = |at: f32| {
            let at = at * (KNOTS - 1) as f32;
            let knot = (at as usize).min(KNOTS - 2);
            (knot, at - knot as f32)
        };
        let ((i, v), (j, u)) = (split(y), split(x));
        [0, 1].map(|axis| {
            let knot = |i: usize, j: usize| self.knots[i][j][axis];
            (1.0 - v) * ((1.0 - u) * knot(i, j) + u * knot(i, j + 1))
                + v * ((1.0 - u) * knot(i + 1, j) + u * knot(i + 1, j + 1))
        })
    }
}

/// A randomly distorted copy of an image; the image itself where nothing is to be distorted.
pub fn distort(image: &[u8], shape: Shape, largest: &Augmentation, draw: &mut Draw) -> Vec<u8> {
    if *largest == Augmentation::default() {
        return image.to_vec();
    }
    let distortion = Distortion::draw(largest, draw);
    let plane = Shape { channels: 1, ..shape };
    let mut out = Vec::with_capacity(image.len());
    for pixels in image.chunks_exact(plane.len().max(1)) {
        for row in 0..plane.height {
            for column in 0..plane.width {
                out.push(sample(pixels, plane, distortion.source(row, column, plane)));
            }
        }
    }
    out
}

/// The bilinear value at a place between pixels; black outside.
fn sample(pixels: &[u8], plane: Shape, [y, x]: [f32; 2]) -> u8 {
    let (top, left) = (y.floor(), x.floor());
    let (v, u) = (y - top, x - left);
    let (top, left) = (top as i32, left as i32);
    let at = |row: i32, column: i32| {
        let inside = (0..plane.height as i32).contains(&row) && (0..plane.width as i32).contains(&column);
        if inside { f32::from(pixels[row as usize * plane.width + column as usize]) } else { 0.0 }
    };
    let upper = (1.0 - u) * at(top, left) + u * at(top, left + 1);
    let lower = (1.0 - u) * at(top + 1, left) + u * at(top + 1, left + 1);
    ((1.0 - v) * upper + v * lower).round() as u8
}

#[cfg(test)]
mod tests {
    use super::{Augmentation, distort};
    use crate::training::draw::Draw;
    use blindbench_core::network::images::Shape;

    fn dot() -> Vec<u8> {
        let mut image = vec![0; 28 * 28];
        for (row, column) in [(13, 13), (13, 14), (14, 13), (14, 14)] {
            image[row * 28 + column] = 200;
        }
        image
    }

    #[test]
    fn nothing_to_distort_copies() {
        let mut draw = Draw::new(1, "augment", 0);
        assert_eq!(distort(&dot(), Shape::grey(28, 28), &Augmentation::default(), &mut draw), dot());
    }

    #[test]
    fn the_ink_moves_at_most_as_far_as_allowed() {
        let largest = Augmentation { shift: 2.0, elastic: 1.0, ..Augmentation::default() };
        for index in 0..50 {
            let copy = distort(&dot(), Shape::grey(28, 28), &largest, &mut Draw::new(1, "augment", index));
            let ink: f32 = copy.iter().map(|&p| f32::from(p)).sum();
            assert!((400.0..1400.0).contains(&ink), "{ink}");
            let far = copy.iter().enumerate().filter(|(_, p)| **p > 0).any(|(at, _)| {
                let away = |place: usize| (place as f32 - 13.5).abs();
                away(at / 28) > 4.6 || away(at % 28) > 4.6
            });
            assert!(!far);
        }
    }
}
