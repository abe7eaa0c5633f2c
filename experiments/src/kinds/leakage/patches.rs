//! Square windows over square images of one channel.

/// All windows of a filter, without padding, one pixel apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Patches {
    /// Rows and columns of an image.
    pub side: usize,
    /// Rows and columns of a window; at least 1 and at most `side`.
    pub kernel: usize,
}

impl Patches {
    /// Pixels of a window.
    pub fn taps(self) -> usize {
        self.kernel * self.kernel
    }

    /// Pixels of an image.
    pub fn pixels(self) -> usize {
        self.side * self.side
    }

    /// Windows.
    pub fn count(self) -> usize {
        let across = self.side - self.kernel + 1;
        across * across
    }

    /// Places in the image of a window's pixels, row by row.
    pub fn places(self, window: usize) -> impl Iterator<Item = usize> {
        let across = self.side - self.kernel + 1;
        let corner = window / across * self.side + window % across;
        (0..self.taps()).map(move |tap| corner + tap / self.kernel * self.side + tap % self.kernel)
    }

    /// A filter as weight vectors of whole images, a vector each window.
    pub fn over_images(self, filter: &[i64]) -> Vec<Vec<i64>> {
        let row = |window| {
            let mut row = vec![0; self.pixels()];
            self.places(window).zip(filter).for_each(|(place, weight)| row[place] = *weight);
            row
        };
        (0..self.count()).map(row).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_lie_where_they_should() {
        let patches = Patches { side: 4, kernel: 3 };
        assert_eq!((patches.taps(), patches.count()), (9, 4));
        assert_eq!(patches.places(3).collect::<Vec<_>>(), [5, 6, 7, 9, 10, 11, 13, 14, 15]);
        let rows = patches.over_images(&[1, 2, 3, 4, 5, 6, 7, 8, 9]);
        assert_eq!(rows[1], [0, 1, 2, 3, 0, 4, 5, 6, 0, 7, 8, 9, 0, 0, 0, 0]);
    }

    #[test]
    fn a_window_as_large_as_the_image_is_a_dense_layer() {
        let patches = Patches { side: 2, kernel: 2 };
        assert_eq!(patches.over_images(&[5, 6, 7, 8]), [[5, 6, 7, 8]]);
    }
}
