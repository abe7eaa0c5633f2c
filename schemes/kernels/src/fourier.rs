//! The negacyclic Fourier transform of eight real polynomials at once, one a lane.
//!
//! A polynomial of degree below `N` modulo `X^N + 1` becomes `N / 2` complex numbers: its halves as real
//! and imaginary part, twisted by the powers of `e^(i pi / N)`, then a complex transform of size `N / 2`.
//! Eight polynomials lie side by side, so that every operation is one on eight lanes and none moves data
//! between lanes. Frequencies stay in the order that decimation in frequency leaves them in: products
//! are taken point by point, and the inverse takes that order back.

#[cfg(target_arch = "x86_64")]
pub(crate) mod avx512;

/// Polynomials that are transformed at once.
pub const LANES: usize = 8;

/// One number of each lane.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
#[repr(align(64))]
pub struct Lanes(pub [f64; LANES]);

/// One complex number of each lane.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Complex {
    /// Real parts.
    pub re: Lanes,
    /// Imaginary parts.
    pub im: Lanes,
}

/// Arithmetic on eight lanes.
pub(crate) trait Isa {
    fn splat(x: f64) -> Lanes;
    fn add(a: Lanes, b: Lanes) -> Lanes;
    fn subtract(a: Lanes, b: Lanes) -> Lanes;
    fn multiply(a: Lanes, b: Lanes) -> Lanes;
    /// `a b + c` with one rounding.
    fn fused(a: Lanes, b: Lanes, c: Lanes) -> Lanes;
    /// `c - a b` with one rounding.
    fn fused_negated(a: Lanes, b: Lanes, c: Lanes) -> Lanes;
    /// Fills `rotated` with `X^exponent polynomial` in each lane.
    fn rotate(polynomial: &[[u64; LANES]], exponents: &[u32; LANES], rotated: &mut [[u64; LANES]]);
}

/// Lanes one by one, or as the compiler joins them.
pub(crate) enum Portable {}

fn each(a: Lanes, b: Lanes, f: impl Fn(f64, f64) -> f64) -> Lanes {
    Lanes(std::array::from_fn(|lane| f(a.0[lane], b.0[lane])))
}

impl Isa for Portable {
    #[inline(always)]
    fn splat(x: f64) -> Lanes {
        Lanes([x; LANES])
    }
    #[inline(always)]
    fn add(a: Lanes, b: Lanes) -> Lanes {
        each(a, b, |a, b| a + b)
    }
    #[inline(always)]
    fn subtract(a: Lanes, b: Lanes) -> Lanes {
        each(a, b, |a, b| a - b)
    }
    #[inline(always)]
    fn multiply(a: Lanes, b: Lanes) -> Lanes {
        each(a, b, |a, b| a * b)
    }
    #[inline(always)]
    fn fused(a: Lanes, b: Lanes, c: Lanes) -> Lanes {
        Lanes(std::array::from_fn(|lane| a.0[lane].mul_add(b.0[lane], c.0[lane])))
    }
    #[inline(always)]
    fn fused_negated(a: Lanes, b: Lanes, c: Lanes) -> Lanes {
        Lanes(std::array::from_fn(|lane| (-a.0[lane]).mul_add(b.0[lane], c.0[lane])))
    }
    fn rotate(polynomial: &[[u64; LANES]], exponents: &[u32; LANES], rotated: &mut [[u64; LANES]]) {
        let size = polynomial.len();
        for lane in 0..LANES {
            let exponent = exponents[lane] as usize % (2 * size);
            let (shift, sign) = if exponent < size { (exponent, 0) } else { (exponent - size, u64::MAX) };
            let (kept, wrapped) = polynomial.split_at(size - shift);
            let (first, rest) = rotated.split_at_mut(shift);
            // -x = !x + 1, so that one loop serves both signs.
            let turn = |x: u64, mask: u64| (x ^ mask).wrapping_sub(mask);
            first.iter_mut().zip(wrapped).for_each(|(to, from)| to[lane] = turn(from[lane], !sign));
            rest.iter_mut().zip(kept).for_each(|(to, from)| to[lane] = turn(from[lane], sign));
        }
    }
}

/// A root of unity: the same in each lane.
#[derive(Debug, Clone, Copy)]
struct Root {
    re: f64,
    im: f64,
}

impl Root {
    /// `e^(i angle)`.
    fn new(angle: f64) -> Self {
        Root { re: angle.cos(), im: angle.sin() }
    }

    #[inline(always)]
    fn conjugate(self) -> Self {
        Root { re: self.re, im: -self.im }
    }
}

impl Complex {
    #[inline(always)]
    fn plus<I: Isa>(self, other: Self) -> Self {
        Complex { re: I::add(self.re, other.re), im: I::add(self.im, other.im) }
    }

    #[inline(always)]
    fn minus<I: Isa>(self, other: Self) -> Self {
        Complex { re: I::subtract(self.re, other.re), im: I::subtract(self.im, other.im) }
    }

    /// `self - i other`
    #[inline(always)]
    fn minus_turned<I: Isa>(self, other: Self) -> Self {
        Complex { re: I::add(self.re, other.im), im: I::subtract(self.im, other.re) }
    }

    /// `self + i other`
    #[inline(always)]
    fn plus_turned<I: Isa>(self, other: Self) -> Self {
        Complex { re: I::subtract(self.re, other.im), im: I::add(self.im, other.re) }
    }

    #[inline(always)]
    fn times<I: Isa>(self, root: Root) -> Self {
        let (re, im) = (I::splat(root.re), I::splat(root.im));
        Complex {
            re: I::fused_negated(self.im, im, I::multiply(self.re, re)),
            im: I::fused(self.re, im, I::multiply(self.im, re)),
        }
    }

    /// `self + a key`, where the key's number is the same in each lane.
    #[inline(always)]
    pub(crate) fn add_product<I: Isa>(self, a: Complex, key: [f64; 2]) -> Self {
        let (re, im) = (I::splat(key[0]), I::splat(key[1]));
        Complex {
            re: I::fused_negated(a.im, im, I::fused(a.re, re, self.re)),
            im: I::fused(a.im, re, I::fused(a.re, im, self.im)),
        }
    }
}

/// The roots for polynomials of `2 size` coefficients.
#[derive(Debug, Clone)]
pub struct Transform {
    size: usize,
    /// `e^(i pi j / 2 size)` for `j` below `size`.
    twists: Vec<Root>,
    /// For each stage of radix 4, from the longest: `e^(-2 pi i j / length)` and its square.
    stages: Vec<Vec<[Root; 2]>>,
}

impl Transform {
    /// Roots for polynomials of `polynomial_size` coefficients, a power of two of at least 4.
    pub fn new(polynomial_size: usize) -> Self {
        let size = (polynomial_size / 2).max(2).next_power_of_two();
        let twist = |j: usize| Root::new(std::f64::consts::PI * j as f64 / (2 * size) as f64);
        let mut stages = Vec::new();
        let mut length = size;
        while length >= 4 {
            let root = |j: usize| Root::new(-std::f64::consts::TAU * j as f64 / length as f64);
            stages.push((0..length / 4).map(|j| [root(j), root(2 * j)]).collect());
            length /= 4;
        }
        Transform { size, twists: (0..size).map(twist).collect(), stages }
    }

    /// Complex numbers a polynomial becomes.
    pub fn size(&self) -> usize {
        self.size
    }

    /// In place: halves of coefficients to frequencies.
    #[inline(always)]
    pub(crate) fn forward<I: Isa>(&self, values: &mut [Complex]) {
        for (value, twist) in values.iter_mut().zip(&self.twists) {
            *value = value.times::<I>(*twist);
        }
        for roots in &self.stages {
            for block in values.chunks_exact_mut(4 * roots.len()) {
                forward_block::<I>(block, roots);
            }
        }
        if self.has_short_stage() {
            short_stage::<I>(values);
        }
    }

    /// In place: frequencies to halves of coefficients, `size` times too large.
    #[inline(always)]
    pub(crate) fn inverse<I: Isa>(&self, values: &mut [Complex]) {
        if self.has_short_stage() {
            short_stage::<I>(values);
        }
        for roots in self.stages.iter().rev() {
            for block in values.chunks_exact_mut(4 * roots.len()) {
                inverse_block::<I>(block, roots);
            }
        }
        for (value, twist) in values.iter_mut().zip(&self.twists) {
            *value = value.times::<I>(twist.conjugate());
        }
    }

    /// Whether a stage of radix 2 is left after those of radix 4.
    fn has_short_stage(&self) -> bool {
        self.size.ilog2() % 2 == 1
    }
}

/// Two layers of decimation in frequency at once.
#[inline(always)]
fn forward_block<I: Isa>(block: &mut [Complex], roots: &[[Root; 2]]) {
    let (low, high) = block.split_at_mut(2 * roots.len());
    let ((a, b), (c, d)) = (low.split_at_mut(roots.len()), high.split_at_mut(roots.len()));
    for ((((a, b), c), d), [root, square]) in a.iter_mut().zip(b).zip(c).zip(d).zip(roots) {
        let (sum_ac, sum_bd) = (a.plus::<I>(*c), b.plus::<I>(*d));
        let (difference_ac, difference_bd) = (a.minus::<I>(*c).times::<I>(*root), b.minus::<I>(*d).times::<I>(*root));
        *a = sum_ac.plus::<I>(sum_bd);
        *b = sum_ac.minus::<I>(sum_bd).times::<I>(*square);
        *c = difference_ac.minus_turned::<I>(difference_bd);
        *d = difference_ac.plus_turned::<I>(difference_bd).times::<I>(*square);
    }
}

/// The inverse of [`forward_block`], four times too large.
#[inline(always)]
fn inverse_block<I: Isa>(block: &mut [Complex], roots: &[[Root; 2]]) {
    let (low, high) = block.split_at_mut(2 * roots.len());
    let ((a, b), (c, d)) = (low.split_at_mut(roots.len()), high.split_at_mut(roots.len()));
    for ((((a, b), c), d), [root, square]) in a.iter_mut().zip(b).zip(c).zip(d).zip(roots) {
        let (root, square) = (root.conjugate(), square.conjugate());
        let (turned_b, turned_d) = (b.times::<I>(square), d.times::<I>(square));
        let (sum_ac, sum_bd) = (a.plus::<I>(turned_b), a.minus::<I>(turned_b));
        let (difference_ac, difference_bd) =
            (c.plus::<I>(turned_d).times::<I>(root), c.minus::<I>(turned_d).times::<I>(root));
        *a = sum_ac.plus::<I>(difference_ac);
        *c = sum_ac.minus::<I>(difference_ac);
        *b = sum_bd.plus_turned::<I>(difference_bd);
        *d = sum_bd.minus_turned::<I>(difference_bd);
    }
}

/// Sums and differences of neighbours; its own inverse but for a factor of two.
#[inline(always)]
fn short_stage<I: Isa>(values: &mut [Complex]) {
    for [a, b] in values.as_chunks_mut::<2>().0 {
        (*a, *b) = (a.plus::<I>(*b), a.minus::<I>(*b));
    }
}

#[cfg(test)]
mod tests {
    use super::{Complex, LANES, Lanes, Portable, Transform};

    /// Products of frequencies are negacyclic products of polynomials, in each lane by itself.
    #[test]
    fn frequencies_multiply_as_polynomials_do() {
        for size in [4usize, 8, 16, 64, 128] {
            let transform = Transform::new(size);
            let coefficient = |lane: usize, j: usize| ((j * 7 + lane * 5 + 3) % 11) as f64 - 5.0;
            let other = |j: usize| ((j * 3 + 1) % 7) as f64 - 3.0;
            let load = |f: &dyn Fn(usize, usize) -> f64| -> Vec<Complex> {
                let half = |offset: usize, j: usize| Lanes(std::array::from_fn(|lane| f(lane, j + offset)));
                (0..size / 2).map(|j| Complex { re: half(0, j), im: half(size / 2, j) }).collect()
            };
            let (mut a, mut b) = (load(&coefficient), load(&|_, j| other(j)));
            transform.forward::<Portable>(&mut a);
            transform.forward::<Portable>(&mut b);
            let mut product: Vec<Complex> = a
                .iter()
                .zip(&b)
                .map(|(a, b)| Complex::default().add_product::<Portable>(*a, [b.re.0[0], b.im.0[0]]))
                .collect();
            transform.inverse::<Portable>(&mut product);
            for lane in 0..LANES {
                let mut expected = vec![0.0; size];
                for (i, j) in (0..size).flat_map(|i| (0..size).map(move |j| (i, j))) {
                    let sign = if i + j < size { 1.0 } else { -1.0 };
                    expected[(i + j) % size] += sign * coefficient(lane, i) * other(j);
                }
                for (j, value) in product.iter().enumerate() {
                    let scale = transform.size() as f64;
                    assert!((value.re.0[lane] / scale - expected[j]).abs() < 1e-9);
                    assert!((value.im.0[lane] / scale - expected[j + size / 2]).abs() < 1e-9);
                }
            }
        }
    }
}
