//! Ink on paper: a round pen along lines, with soft edges.

use super::glyphs::Point;

/// A square page with the share of each pixel that is inked.
pub struct Sheet {
    side: usize,
    ink: Vec<f32>,
}

impl Sheet {
    /// An empty page of `side` by `side` pixels.
    pub fn new(side: usize) -> Self {
        Sheet { side, ink: vec![0.0; side * side] }
    }

    /// Draws a line with a round pen of the given radius in pixels.
    pub fn stroke(&mut self, line: &[Point], radius: f32) {
        for piece in line.windows(2) {
            self.piece(piece[0], piece[1], radius);
        }
    }

    fn piece(&mut self, from: Point, to: Point, radius: f32) {
        let reach = radius + 0.5;
        let [columns, rows] = [0, 1].map(|axis| {
            let (low, high) = (from[axis].min(to[axis]) - reach, from[axis].max(to[axis]) + reach);
            // Saturating casts keep what lies beyond the page on it.
            (low as usize).min(self.side)..((high + 1.0) as usize).min(self.side)
        });
        for row in rows {
            for column in columns.clone() {
                let distance = distance([column as f32 + 0.5, row as f32 + 0.5], from, to);
                // The share of a pixel on the inner side of an edge at that distance, for an edge along an axis.
                let share = (reach - distance).clamp(0.0, 1.0);
                let ink = &mut self.ink[row * self.side + column];
                *ink = ink.max(share);
            }
        }
    }

    /// The page as bytes, full ink being `strength * 255`.
    pub fn develop(&self, strength: f32, image: &mut [u8]) {
        for (pixel, ink) in image.iter_mut().zip(&self.ink) {
            *pixel = (ink * strength * 255.0 + 0.5) as u8;
        }
    }
}

/// From a point to the nearest of a line from `from` to `to`.
fn distance(point: Point, from: Point, to: Point) -> f32 {
    let [along, away] = [[to[0] - from[0], to[1] - from[1]], [point[0] - from[0], point[1] - from[1]]];
    let length = along[0] * along[0] + along[1] * along[1];
    let share = if length > 0.0 { ((along[0] * away[0] + along[1] * away[1]) / length).clamp(0.0, 1.0) } else { 0.0 };
    let [x, y] = [away[0] - share * along[0], away[1] - share * along[1]];
    (x * x + y * y).sqrt()
}

#[cfg(test)]
mod tests {
    use super::{Sheet, distance};

    #[test]
    fn distances_are_to_the_piece_not_to_its_line() {
        assert_eq!(distance([1.0, 2.0], [0.0, 0.0], [3.0, 0.0]), 2.0);
        assert_eq!(distance([6.0, 4.0], [0.0, 0.0], [3.0, 0.0]), 5.0);
        assert_eq!(distance([3.0, 4.0], [0.0, 0.0], [0.0, 0.0]), 5.0);
    }

    #[test]
    fn a_line_has_the_ink_of_its_width() {
        let mut sheet = Sheet::new(20);
        sheet.stroke(&[[-5.0, 10.2], [25.0, 10.2]], 1.5);
        let mut image = vec![0; 400];
        sheet.develop(1.0, &mut image);
        let column: f32 = (0..20).map(|row| f32::from(image[row * 20 + 10]) / 255.0).sum();
        assert!((column - 3.0).abs() < 0.02, "{column}");
    }
}
