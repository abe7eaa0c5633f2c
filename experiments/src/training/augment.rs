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

    /// The copy of one plane.
    fn apply(&self, pixels: &[u8], plane: Shape, out: &mut Vec<u8>) {
        let center = [(plane.height as f32 - 1.0) / 2.0, (plane.width as f32 - 1.0) / 2.0];
        let columns: Vec<(usize, f32)> = (0..plane.width).map(|x| between(x, plane.width)).collect();
        for row in 0..plane.height {
            let y = row as f32 - center[0];
            let knots = self.knots_beside(between(row, plane.height));
            for (column, (knot, part)) in columns.iter().enumerate() {
                let x = column as f32 - center[1];
                let place = [0, 1].map(|axis| {
                    let bend = mix(knots[*knot][axis], knots[knot + 1][axis], *part);
                    self.linear[axis][0] * y + self.linear[axis][1] * x + center[axis] + self.shift[axis] + bend
                });
                out.push(sample(pixels, plane, place));
            }
        }
    }

    /// The knots' displacements, interpolated between the two rows of knots around a row of pixels.
    fn knots_beside(&self, (knot, part): (usize, f32)) -> [[f32; 2]; KNOTS] {
        let mut out = [[0.0; 2]; KNOTS];
        for (out, (above, below)) in out.iter_mut().zip(self.knots[knot].iter().zip(&self.knots[knot + 1])) {
            *out = [mix(above[0], below[0], part), mix(above[1], below[1], part)];
        }
        out
    }
}

/// The knot before a row or column of pixels, and how far it is on to the next.
fn between(at: usize, extent: usize) -> (usize, f32) {
    let at = at as f32 * (KNOTS - 1) as f32 / extent as f32;
    let knot = (at as usize).min(KNOTS - 2);
    (knot, at - knot as f32)
}

fn mix(a: f32, b: f32, part: f32) -> f32 {
    a + part * (b - a)
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
        distortion.apply(pixels, plane, &mut out);
    }
    out
}

/// The bilinear value at a place between pixels; black outside.
fn sample(pixels: &[u8], plane: Shape, [y, x]: [f32; 2]) -> u8 {
    // Truncation of positive numbers: rounding down is a library call on the baseline instruction set.
    const BIAS: i32 = 1 << 10;
    let down = |at: f32| (at + BIAS as f32) as i32 - BIAS;
    let (top, left) = (down(y), down(x));
    let (v, u) = (y - top as f32, x - left as f32);
    let at = |row: i32, column: i32| {
        let inside = (row as u32) < plane.height as u32 && (column as u32) < plane.width as u32;
        if inside { f32::from(pixels[row as usize * plane.width + column as usize]) } else { 0.0 }
    };
    let upper = mix(at(top, left), at(top, left + 1), u);
    let lower = mix(at(top + 1, left), at(top + 1, left + 1), u);
    (mix(upper, lower, v) + 0.5) as u8
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
