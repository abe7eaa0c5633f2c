//! Doubles side by side, and complex numbers of them.

/// `L` doubles in one register; `L` is a power of two.
///
/// Code over lanes is inlined into a function that is compiled for their instructions. It has loops where
/// closures would do: a closure that is not inlined would be compiled without them.
pub(crate) trait Lanes<const L: usize>: Copy {
    fn load(from: &[f64; L]) -> Self;
    fn store(self, to: &mut [f64; L]);
    fn splat(x: f64) -> Self;
    fn add(self, other: Self) -> Self;
    fn subtract(self, other: Self) -> Self;
    fn multiply(self, other: Self) -> Self;
    /// `self * a + b`.
    fn multiply_add(self, a: Self, b: Self) -> Self;
    /// `b - self * a`.
    fn multiply_subtract(self, a: Self, b: Self) -> Self;
    /// Lane j of register i to lane i of register j.
    fn transpose(rows: [Self; L]) -> [Self; L];
    /// The lanes of both by turns, `self`'s first: 2 L lanes in order.
    fn interleave(self, other: Self) -> [Self; 2];
    /// Of 2 L lanes in order the even ones and the odd ones: undoes [`Lanes::interleave`].
    fn separate(self, next: Self) -> [Self; 2];
    /// The last lane first.
    fn reverse(self) -> Self;
}

/// Lanes as the compiler joins them.
#[derive(Clone, Copy)]
pub(crate) struct Portable([f64; 4]);

impl Portable {
    #[inline(always)]
    fn each(self, other: Self, f: impl Fn(f64, f64) -> f64) -> Self {
        Portable(std::array::from_fn(|lane| f(self.0[lane], other.0[lane])))
    }
}

impl Lanes<4> for Portable {
    #[inline(always)]
    fn load(from: &[f64; 4]) -> Self {
        Portable(*from)
    }
    #[inline(always)]
    fn store(self, to: &mut [f64; 4]) {
        *to = self.0;
    }
    #[inline(always)]
    fn splat(x: f64) -> Self {
        Portable([x; 4])
    }
    #[inline(always)]
    fn add(self, other: Self) -> Self {
        self.each(other, |a, b| a + b)
    }
    #[inline(always)]
    fn subtract(self, other: Self) -> Self {
        self.each(other, |a, b| a - b)
    }
    #[inline(always)]
    fn multiply(self, other: Self) -> Self {
        self.each(other, |a, b| a * b)
    }
    // Rounded twice: what fuses the two is a call where the processor has no instruction for it.
    #[inline(always)]
    fn multiply_add(self, a: Self, b: Self) -> Self {
        self.multiply(a).add(b)
    }
    #[inline(always)]
    fn multiply_subtract(self, a: Self, b: Self) -> Self {
        b.subtract(self.multiply(a))
    }
    #[inline(always)]
    fn transpose(rows: [Self; 4]) -> [Self; 4] {
        std::array::from_fn(|i| Portable(std::array::from_fn(|j| rows[j].0[i])))
    }
    #[inline(always)]
    fn interleave(self, other: Self) -> [Self; 2] {
        let ([a0, a1, a2, a3], [b0, b1, b2, b3]) = (self.0, other.0);
        [Portable([a0, b0, a1, b1]), Portable([a2, b2, a3, b3])]
    }
    #[inline(always)]
    fn separate(self, next: Self) -> [Self; 2] {
        let ([a0, b0, a1, b1], [a2, b2, a3, b3]) = (self.0, next.0);
        [Portable([a0, a1, a2, a3]), Portable([b0, b1, b2, b3])]
    }
    #[inline(always)]
    fn reverse(self) -> Self {
        let [a, b, c, d] = self.0;
        Portable([d, c, b, a])
    }
}

/// Complex numbers side by side.
#[derive(Clone, Copy)]
pub(crate) struct Complex<V> {
    pub re: V,
    pub im: V,
}

impl<V> Complex<V> {
    /// The same number in each lane.
    #[inline(always)]
    pub(crate) fn splat<const L: usize>([re, im]: [f64; 2]) -> Self
    where
        V: Lanes<L>,
    {
        Complex { re: V::splat(re), im: V::splat(im) }
    }

    #[inline(always)]
    pub(crate) fn load<const L: usize>(re: &[f64; L], im: &[f64; L]) -> Self
    where
        V: Lanes<L>,
    {
        Complex { re: V::load(re), im: V::load(im) }
    }

    #[inline(always)]
    pub(crate) fn store<const L: usize>(self, re: &mut [f64; L], im: &mut [f64; L])
    where
        V: Lanes<L>,
    {
        self.re.store(re);
        self.im.store(im);
    }

    #[inline(always)]
    pub(crate) fn plus<const L: usize>(self, other: Self) -> Self
    where
        V: Lanes<L>,
    {
        Complex { re: self.re.add(other.re), im: self.im.add(other.im) }
    }

    #[inline(always)]
    pub(crate) fn minus<const L: usize>(self, other: Self) -> Self
    where
        V: Lanes<L>,
    {
        Complex { re: self.re.subtract(other.re), im: self.im.subtract(other.im) }
    }

    /// `self + i other`.
    #[inline(always)]
    pub(crate) fn plus_turned<const L: usize>(self, other: Self) -> Self
    where
        V: Lanes<L>,
    {
        Complex { re: self.re.subtract(other.im), im: self.im.add(other.re) }
    }

    /// `self - i other`.
    #[inline(always)]
    pub(crate) fn minus_turned<const L: usize>(self, other: Self) -> Self
    where
        V: Lanes<L>,
    {
        Complex { re: self.re.add(other.im), im: self.im.subtract(other.re) }
    }

    #[inline(always)]
    pub(crate) fn times<const L: usize>(self, w: Self) -> Self
    where
        V: Lanes<L>,
    {
        Complex {
            re: self.im.multiply_subtract(w.im, self.re.multiply(w.re)),
            im: self.re.multiply_add(w.im, self.im.multiply(w.re)),
        }
    }

    /// Times the conjugate of `w`.
    #[inline(always)]
    pub(crate) fn times_conjugate<const L: usize>(self, w: Self) -> Self
    where
        V: Lanes<L>,
    {
        Complex {
            re: self.im.multiply_add(w.im, self.re.multiply(w.re)),
            im: self.re.multiply_subtract(w.im, self.im.multiply(w.re)),
        }
    }
}
