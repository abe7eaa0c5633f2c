//! Two or three layers of butterflies in one pass over the data.
//!
//! A block of `m` slots comes from two of `m/2`: butterfly `j` joins entries `j` and `j + m/2` with the
//! factor `t_m(j)` of [`super::roots::twiddle`]. Since `t_m(j)^2 = t_(m/2)(j)` and `t_m(j + m/4) = -i t_m(j)`,
//! two layers take three multiplications.

use super::lanes::{Complex, Lanes};
use super::roots::twiddle;

/// The factors of one pass on blocks of one length, in order of use: real and imaginary part by turns.
#[derive(Debug, Clone)]
pub(crate) enum Pass<const L: usize> {
    /// Two layers: t, t^2 and t^3.
    Four(Vec<Row<L, 6>>),
    /// Three: the longest layer's t at `j` and at `j + m/8`, then the other two as in `Four`.
    Eight(Vec<Row<L, 10>>),
}

/// Factors for `L` butterflies at once.
#[derive(Debug, Clone)]
#[repr(align(64))]
pub(crate) struct Row<const L: usize, const PARTS: usize>([[f64; L]; PARTS]);

impl<const L: usize, const PARTS: usize> Row<L, PARTS> {
    pub(crate) fn new(factors: impl Fn(usize) -> [f64; PARTS]) -> Self {
        let lanes: [[f64; PARTS]; L] = std::array::from_fn(factors);
        Row(std::array::from_fn(|part| std::array::from_fn(|lane| lanes[lane][part])))
    }

    #[inline(always)]
    pub(crate) fn factor<V: Lanes<L>>(&self, index: usize) -> Complex<V> {
        Complex::load(&self.0[2 * index], &self.0[2 * index + 1])
    }
}

/// t, t^2 and t^3 for two layers on blocks of `length`.
fn three(length: usize, j: usize) -> [f64; 6] {
    let ([a, b], [c, d]) = (twiddle(length, j), twiddle(length / 2, j));
    // The angle of t^3 is three times that of t.
    let log_order = length.ilog2() + 2;
    let [e, f] = super::roots::root(3 * super::roots::power_of_five(j, log_order), log_order);
    [a, b, c, d, e, f]
}

impl<const L: usize> Pass<L> {
    /// The passes of all layers from blocks of `slots` down to those of `2 L`, the longest first; there is
    /// at least one layer more than one.
    pub(crate) fn all(slots: usize) -> Vec<Pass<L>> {
        let mut passes = Vec::new();
        let mut length = slots;
        if (slots / L).ilog2() % 2 == 1 {
            let row = |first: usize| {
                Row::new(|lane| {
                    let j = first * L + lane;
                    let ([a, b], [c, d]) = (twiddle(length, j), twiddle(length, j + length / 8));
                    let [e, f, g, h, k, l] = three(length / 2, j);
                    [a, b, c, d, e, f, g, h, k, l]
                })
            };
            passes.push(Pass::Eight((0..length / 8 / L).map(row).collect()));
            length /= 8;
        }
        while length > L {
            let row = |first: usize| Row::new(|lane| three(length, first * L + lane));
            passes.push(Pass::Four((0..length / 4 / L).map(row).collect()));
            length /= 4;
        }
        passes
    }

    /// Registers in a block.
    pub(crate) fn block(&self) -> usize {
        match self {
            Pass::Four(rows) => 4 * rows.len(),
            Pass::Eight(rows) => 8 * rows.len(),
        }
    }

    /// Takes every block through the layers.
    #[inline(always)]
    pub(crate) fn run<D: Direction, V: Lanes<L>>(&self, re: &mut [[f64; L]], im: &mut [[f64; L]]) {
        for (re, im) in re.chunks_exact_mut(self.block()).zip(im.chunks_exact_mut(self.block())) {
            match self {
                Pass::Four(rows) => two_layers::<D, V, L>(re, im, rows),
                Pass::Eight(rows) => three_layers::<D, V, L>(re, im, rows),
            }
        }
    }
}

/// Which way the layers run.
pub(crate) trait Direction {
    /// Two layers on four registers a quarter of a block apart, with the factors t, t^2 and t^3.
    fn four<V: Lanes<L>, const L: usize>(x: [Complex<V>; 4], factors: [Complex<V>; 3]) -> [Complex<V>; 4];
    /// Three layers on eight registers, with the factors of the longest and those of the other two.
    fn eight<V: Lanes<L>, const L: usize>(
        x: [Complex<V>; 8],
        longest: [Complex<V>; 2],
        factors: [Complex<V>; 3],
    ) -> [Complex<V>; 8];
}

/// Slots towards coefficients.
pub(crate) enum Inverse {}

/// Coefficients towards slots.
pub(crate) enum Forward {}

#[inline(always)]
fn two_layers<D: Direction, V: Lanes<L>, const L: usize>(re: &mut [[f64; L]], im: &mut [[f64; L]], rows: &[Row<L, 6>]) {
    for (place, row) in rows.iter().enumerate() {
        let x = load::<V, L, 4>(re, im, rows.len(), place);
        let y = D::four(x, [row.factor(0), row.factor(1), row.factor(2)]);
        store(re, im, rows.len(), place, y);
    }
}

#[inline(always)]
fn three_layers<D: Direction, V: Lanes<L>, const L: usize>(
    re: &mut [[f64; L]],
    im: &mut [[f64; L]],
    rows: &[Row<L, 10>],
) {
    for (place, row) in rows.iter().enumerate() {
        let x = load::<V, L, 8>(re, im, rows.len(), place);
        let y = D::eight(x, [row.factor(0), row.factor(1)], [row.factor(2), row.factor(3), row.factor(4)]);
        store(re, im, rows.len(), place, y);
    }
}

/// The registers at one place of each of a block's `R` parts.
#[inline(always)]
fn load<V: Lanes<L>, const L: usize, const R: usize>(
    re: &[[f64; L]],
    im: &[[f64; L]],
    part: usize,
    place: usize,
) -> [Complex<V>; R] {
    let mut x = [Complex::splat([0.0; 2]); R];
    for (r, x) in x.iter_mut().enumerate() {
        *x = Complex::load(&re[r * part + place], &im[r * part + place]);
    }
    x
}

#[inline(always)]
fn store<V: Lanes<L>, const L: usize, const R: usize>(
    re: &mut [[f64; L]],
    im: &mut [[f64; L]],
    part: usize,
    place: usize,
    y: [Complex<V>; R],
) {
    for (r, y) in y.into_iter().enumerate() {
        y.store(&mut re[r * part + place], &mut im[r * part + place]);
    }
}

impl Direction for Inverse {
    #[inline(always)]
    fn four<V: Lanes<L>, const L: usize>(x: [Complex<V>; 4], [t, t2, t3]: [Complex<V>; 3]) -> [Complex<V>; 4] {
        let [x0, x1, x2, x3] = x;
        let (sum02, sum13) = (x0.plus(x2), x1.plus(x3));
        let (difference02, difference13) = (x0.minus(x2), x1.minus(x3));
        [
            sum02.plus(sum13),
            sum02.minus(sum13).times_conjugate(t2),
            difference02.plus_turned(difference13).times_conjugate(t),
            difference02.minus_turned(difference13).times_conjugate(t3),
        ]
    }

    #[inline(always)]
    fn eight<V: Lanes<L>, const L: usize>(
        x: [Complex<V>; 8],
        [a, b]: [Complex<V>; 2],
        [t, t2, t3]: [Complex<V>; 3],
    ) -> [Complex<V>; 8] {
        let [x0, x1, x2, x3, x4, x5, x6, x7] = x;
        let [y0, y1, y2, y3] = Self::four([x0.plus(x4), x1.plus(x5), x2.plus(x6), x3.plus(x7)], [t, t2, t3]);
        let (d0, d1) = (x0.minus(x4).times_conjugate(a), x1.minus(x5).times_conjugate(b));
        let (d2, d3) = (x2.minus(x6).times_conjugate(a), x3.minus(x7).times_conjugate(b));
        // The factors of the last two are i times those of the first: into the sums and differences.
        let (sum02, sum13) = (d0.plus_turned(d2), d1.plus_turned(d3));
        let (difference02, difference13) = (d0.minus_turned(d2), d1.minus_turned(d3));
        let y4 = sum02.plus(sum13);
        let y5 = sum02.minus(sum13).times_conjugate(t2);
        let y6 = difference02.plus_turned(difference13).times_conjugate(t);
        let y7 = difference02.minus_turned(difference13).times_conjugate(t3);
        [y0, y1, y2, y3, y4, y5, y6, y7]
    }
}

impl Direction for Forward {
    #[inline(always)]
    fn four<V: Lanes<L>, const L: usize>(x: [Complex<V>; 4], [t, t2, t3]: [Complex<V>; 3]) -> [Complex<V>; 4] {
        let [x0, x1, x2, x3] = x;
        let (x1, x2, x3) = (x1.times(t2), x2.times(t), x3.times(t3));
        let (sum01, difference01) = (x0.plus(x1), x0.minus(x1));
        let (sum23, difference23) = (x2.plus(x3), x2.minus(x3));
        [
            sum01.plus(sum23),
            difference01.minus_turned(difference23),
            sum01.minus(sum23),
            difference01.plus_turned(difference23),
        ]
    }

    #[inline(always)]
    fn eight<V: Lanes<L>, const L: usize>(
        x: [Complex<V>; 8],
        [a, b]: [Complex<V>; 2],
        factors: [Complex<V>; 3],
    ) -> [Complex<V>; 8] {
        let [x0, x1, x2, x3, x4, x5, x6, x7] = x;
        let [s0, s1, s2, s3] = Self::four([x0, x1, x2, x3], factors);
        let [d0, d1, d2, d3] = Self::four([x4, x5, x6, x7], factors);
        let (d0, d1, d2, d3) = (d0.times(a), d1.times(b), d2.times(a), d3.times(b));
        [
            s0.plus(d0),
            s1.plus(d1),
            s2.minus_turned(d2),
            s3.minus_turned(d3),
            s0.minus(d0),
            s1.minus(d1),
            s2.plus_turned(d2),
            s3.plus_turned(d3),
        ]
    }
}
