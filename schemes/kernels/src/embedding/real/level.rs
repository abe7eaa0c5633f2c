//! From n real slots to n/2 real and n/4 complex ones.
//!
//! With w = `e^(i pi / 2n)` and the coefficients `c_k = a_k - i a_(n - k)` of the complex transform of n slots, slot `j`
//! is the sum of `c_k w^(5^j k)`. Even `k` alone make up a conjugate-invariant polynomial of degree n/2, whose slots are
//! `(v_j + v_(j + n/2)) / 2`. Odd ones come in pairs, since `c_(n - k) = -i conj(c_k)`: those with k = 4m + 1 tell
//! the others, and have n/4 complex slots `((v_j - v_(j + n/2)) + i (v_(j + n/4) - v_(j + 3n/4))) conj(t_j) / 4`,
//! t_j = `w^(5^j)`. Here these are multiplied by i, which makes the coefficients `a_(n - k) + i a_k`. So do
//! Sorensen, Jones, Heideman and Burrus, "Real-valued fast Fourier transform algorithms", 1987, leave out of a
//! complex transform what is redundant; here on roots in the order of the powers of 5.

use crate::embedding::lanes::{Complex, Lanes};
use crate::embedding::passes::Row;
use crate::embedding::plan::{Plan, Transform};
use crate::embedding::roots::twiddle;

/// The tables for one n, at least `4 L^2`.
#[derive(Debug, Clone)]
pub(crate) struct Level<const L: usize> {
    /// Half of t_j.
    factors: Vec<Row<L, 2>>,
    /// For the complex slots.
    plan: Plan<L>,
}

/// A quarter of a level's numbers.
type Quarter<'a, const L: usize> = &'a mut [[f64; L]];

impl<const L: usize> Level<L> {
    pub(crate) fn new(length: usize) -> Self {
        let row = |first: usize| Row::new(|lane| twiddle(length, first * L + lane).map(|part| part / 2.0));
        Level { factors: (0..length / 4 / L).map(row).collect(), plan: Plan::new(length / 4) }
    }

    /// The level's n.
    fn length(&self) -> usize {
        4 * L * self.factors.len()
    }

    /// Where a level below the longest keeps its complex numbers: each behind those of all shorter ones.
    pub(crate) fn place<'a>(&self, free: &'a mut [f64]) -> &'a mut [f64] {
        &mut free[self.length() / 2..self.length()]
    }

    /// Slots, the first n, to those of half the degree, the first n/2, and coefficients of odd index: n/2 numbers.
    #[inline(always)]
    pub(crate) fn split<V: Lanes<L>>(&self, values: &mut [f64], odd: &mut [f64]) {
        let (re, im) = odd.split_at_mut(odd.len() / 2);
        self.halve::<V>(&mut values[..self.length()], re.as_chunks_mut().0, im.as_chunks_mut().0);
        self.plan.inverse::<V>(re, im);
    }

    /// Undoes [`Level::split`].
    #[inline(always)]
    pub(crate) fn join<V: Lanes<L>>(&self, values: &mut [f64], odd: &mut [f64]) {
        let (re, im) = odd.split_at_mut(odd.len() / 2);
        self.plan.forward::<V>(re, im);
        self.double::<V>(&mut values[..self.length()], re.as_chunks_mut().0, im.as_chunks_mut().0);
    }

    #[inline(always)]
    fn halve<V: Lanes<L>>(&self, values: &mut [f64], re: Quarter<'_, L>, im: Quarter<'_, L>) {
        let [v0, v1, v2, v3] = quarters(values);
        let half = V::splat(0.5);
        for (j, row) in self.factors.iter().enumerate() {
            let (x0, x1) = (V::load(&v0[j]).multiply(half), V::load(&v1[j]).multiply(half));
            let (x2, x3) = (V::load(&v2[j]), V::load(&v3[j]));
            x2.multiply_add(half, x0).store(&mut v0[j]);
            x3.multiply_add(half, x1).store(&mut v1[j]);
            let turned = Complex { re: x3.multiply(half).subtract(x1), im: x2.multiply_subtract(half, x0) };
            turned.times_conjugate(row.factor(0)).store(&mut re[j], &mut im[j]);
        }
    }

    #[inline(always)]
    fn double<V: Lanes<L>>(&self, values: &mut [f64], re: Quarter<'_, L>, im: Quarter<'_, L>) {
        let [v0, v1, v2, v3] = quarters(values);
        let four = V::splat(4.0);
        for (j, row) in self.factors.iter().enumerate() {
            let turned = Complex::<V>::load(&re[j], &im[j]).times(row.factor(0));
            let (x0, x1) = (V::load(&v0[j]), V::load(&v1[j]));
            turned.im.multiply_add(four, x0).store(&mut v0[j]);
            turned.re.multiply_subtract(four, x1).store(&mut v1[j]);
            turned.im.multiply_subtract(four, x0).store(&mut v2[j]);
            turned.re.multiply_add(four, x1).store(&mut v3[j]);
        }
    }

    /// Coefficients of even index, the first n/2, and those of odd index to all in order, the first n.
    #[inline(always)]
    pub(crate) fn interleave<V: Lanes<L>>(&self, coefficients: &mut [f64], odd: &[f64]) {
        let registers = self.factors.len();
        let all = &mut coefficients.as_chunks_mut().0[..4 * registers];
        let (re, im) = odd.as_chunks().0[..2 * registers].split_at(registers);
        // From behind, so that nothing is written over before it is read.
        for place in (0..registers).rev() {
            let [x0, x1] = [V::load(&all[2 * place]), V::load(&all[2 * place + 1])];
            let [y0, y1] = V::load(&im[place]).interleave(V::load(&re[registers - 1 - place]).reverse());
            let ([x0, y0], [x1, y1]) = (x0.interleave(y0), x1.interleave(y1));
            x0.store(&mut all[4 * place]);
            y0.store(&mut all[4 * place + 1]);
            x1.store(&mut all[4 * place + 2]);
            y1.store(&mut all[4 * place + 3]);
        }
    }

    /// Undoes [`Level::interleave`].
    #[inline(always)]
    pub(crate) fn separate<V: Lanes<L>>(&self, coefficients: &mut [f64], odd: &mut [f64]) {
        let registers = self.factors.len();
        let all = &mut coefficients.as_chunks_mut().0[..4 * registers];
        let (re, im) = odd.as_chunks_mut().0[..2 * registers].split_at_mut(registers);
        for place in 0..registers {
            let [x0, y0] = V::load(&all[4 * place]).separate(V::load(&all[4 * place + 1]));
            let [x1, y1] = V::load(&all[4 * place + 2]).separate(V::load(&all[4 * place + 3]));
            let [y0, y1] = y0.separate(y1);
            x0.store(&mut all[2 * place]);
            x1.store(&mut all[2 * place + 1]);
            y0.store(&mut im[place]);
            y1.reverse().store(&mut re[registers - 1 - place]);
        }
    }
}

/// The four quarters, register by register.
#[inline(always)]
fn quarters<const L: usize>(values: &mut [f64]) -> [Quarter<'_, L>; 4] {
    let values = values.as_chunks_mut().0;
    let (low, high) = values.split_at_mut(values.len() / 2);
    let ([v0, v1], [v2, v3]) = (halves(low), halves(high));
    [v0, v1, v2, v3]
}

#[inline(always)]
fn halves<T>(x: &mut [T]) -> [&mut [T]; 2] {
    x.split_at_mut(x.len() / 2).into()
}
