//! The shortest layers, together with the reversal of bits that brings coefficients into order.
//!
//! Of the `k` bits of an index the lowest, `log2 L`, tell the lane. A tile is `L` registers whose indices
//! differ in the lowest and in the highest bits alone: transposed, the shortest layers run between
//! registers, and what is stored is a tile again, at the reversed middle bits. `L` is 4 or 8.

use super::lanes::{Complex, Lanes};
use super::roots::twiddle;

/// The factors of the layers of blocks of 2 to L slots.
#[derive(Debug, Clone)]
pub(crate) struct Tile<const L: usize> {
    /// Entry `m/2 + j` is that of butterfly `j` in blocks of `m`.
    factors: [[f64; 2]; L],
    /// 1 over the number of slots.
    scale: f64,
    /// log2 of the number of tiles.
    log_tiles: u32,
}

type Registers<V, const L: usize> = [Complex<V>; L];

impl<const L: usize> Tile<L> {
    /// For at least `L^2` slots.
    pub(crate) fn new(slots: usize) -> Self {
        let factor = |place: usize| {
            let half = 1 << place.max(1).ilog2();
            twiddle(2 * half, place - half.min(place))
        };
        let log_tiles = slots.ilog2() - 2 * L.ilog2();
        Tile { factors: std::array::from_fn(factor), scale: 1.0 / slots as f64, log_tiles }
    }

    /// Slots to coefficients in order, scaled.
    #[inline(always)]
    pub(crate) fn inverse<V: Lanes<L>>(&self, re: &mut [[f64; L]], im: &mut [[f64; L]]) {
        for (tile, other) in self.pairs() {
            let first = self.inverse_one::<V>(re, im, tile);
            if tile != other {
                let second = self.inverse_one::<V>(re, im, other);
                self.write(re, im, tile, second);
            }
            self.write(re, im, other, first);
        }
    }

    /// Coefficients in order to slots.
    #[inline(always)]
    pub(crate) fn forward<V: Lanes<L>>(&self, re: &mut [[f64; L]], im: &mut [[f64; L]]) {
        for (tile, other) in self.pairs() {
            let first = self.forward_one::<V>(re, im, other);
            if tile != other {
                let second = self.forward_one::<V>(re, im, tile);
                self.write(re, im, other, second);
            }
            self.write(re, im, tile, first);
        }
    }

    /// Every tile with the one at the reversed bits, once.
    fn pairs(&self) -> impl Iterator<Item = (usize, usize)> + use<L> {
        let bits = self.log_tiles;
        let pair = move |tile: usize| (tile, tile.reverse_bits().checked_shr(usize::BITS - bits).unwrap_or(0));
        (0..1usize << bits).map(pair).filter(|(tile, other)| tile <= other)
    }

    /// Register `i` of a tile is row `reverse(i)`.
    #[inline(always)]
    fn read<V: Lanes<L>>(&self, re: &[[f64; L]], im: &[[f64; L]], tile: usize) -> Registers<V, L> {
        let mut x = [Complex::splat([0.0; 2]); L];
        for (i, x) in x.iter_mut().enumerate() {
            let place = (reverse::<L>(i) << self.log_tiles) + tile;
            *x = Complex::load(&re[place], &im[place]);
        }
        x
    }

    #[inline(always)]
    fn write<V: Lanes<L>>(&self, re: &mut [[f64; L]], im: &mut [[f64; L]], tile: usize, x: Registers<V, L>) {
        for (i, x) in x.iter().enumerate() {
            let place = (reverse::<L>(i) << self.log_tiles) + tile;
            x.store(&mut re[place], &mut im[place]);
        }
    }

    #[inline(always)]
    fn inverse_one<V: Lanes<L>>(&self, re: &[[f64; L]], im: &[[f64; L]], tile: usize) -> Registers<V, L> {
        let mut x = transpose(self.read::<V>(re, im, tile));
        // Layer by layer, since the compiler keeps nothing in registers through a loop over layers.
        if L == 8 {
            self.inverse_layer(&mut x, 4);
        }
        self.inverse_layer(&mut x, 2);
        self.inverse_layer(&mut x, 1);
        let scale = V::splat(self.scale);
        for x in &mut x {
            *x = Complex { re: x.re.multiply(scale), im: x.im.multiply(scale) };
        }
        x
    }

    #[inline(always)]
    fn forward_one<V: Lanes<L>>(&self, re: &[[f64; L]], im: &[[f64; L]], tile: usize) -> Registers<V, L> {
        let mut x = self.read::<V>(re, im, tile);
        self.forward_layer(&mut x, 1);
        self.forward_layer(&mut x, 2);
        if L == 8 {
            self.forward_layer(&mut x, 4);
        }
        transpose(x)
    }

    /// The layer of blocks of `2 half` registers.
    #[inline(always)]
    fn inverse_layer<V: Lanes<L>>(&self, x: &mut Registers<V, L>, half: usize) {
        for pair in 0..L / 2 {
            let (j, low) = (pair % half, pair / half * 2 * half + pair % half);
            let (a, b) = (x[low], x[low + half]);
            x[low] = a.plus(b);
            x[low + half] = a.minus(b).times_conjugate(Complex::splat(self.factors[half + j]));
        }
    }

    #[inline(always)]
    fn forward_layer<V: Lanes<L>>(&self, x: &mut Registers<V, L>, half: usize) {
        for pair in 0..L / 2 {
            let (j, low) = (pair % half, pair / half * 2 * half + pair % half);
            let (a, b) = (x[low], x[low + half].times(Complex::splat(self.factors[half + j])));
            x[low] = a.plus(b);
            x[low + half] = a.minus(b);
        }
    }
}

/// The lowest `log2 L` bits in reverse.
#[inline(always)]
fn reverse<const L: usize>(i: usize) -> usize {
    i.reverse_bits() >> (usize::BITS - L.ilog2())
}

#[inline(always)]
fn transpose<V: Lanes<L>, const L: usize>(x: Registers<V, L>) -> Registers<V, L> {
    let (mut re, mut im) = ([V::splat(0.0); L], [V::splat(0.0); L]);
    for (i, x) in x.iter().enumerate() {
        (re[i], im[i]) = (x.re, x.im);
    }
    let (re, im) = (V::transpose(re), V::transpose(im));
    let mut x = [Complex::splat([0.0; 2]); L];
    for (i, x) in x.iter_mut().enumerate() {
        *x = Complex { re: re[i], im: im[i] };
    }
    x
}
