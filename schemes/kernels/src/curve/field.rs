//! Eight elements of the field of 2^255 - 19 at once, in limbs of 51 bits.
//!
//! Products stay [`Wide`] until something needs them: sums and differences of products are carried once instead of each
//! product and each sum.

use super::lanes::{Lanes, Limbs, Mask};

/// Elements with limbs below 2^51 + 2^18: what products take.
#[derive(Clone, Copy)]
pub(super) struct Field<L>(pub(super) [L; 5]);

/// Elements with limbs not yet carried. A product has limbs below 2^60.
#[derive(Clone, Copy)]
pub(super) struct Wide<L>([L; 5]);

/// The low 51 bits.
pub(super) const LOW: u64 = (1 << 51) - 1;

/// 2^11 p by limbs: above every sum of four products, so that differences stay positive.
const BIAS: [u64; 5] = [(LOW - 18) << 11, LOW << 11, LOW << 11, LOW << 11, LOW << 11];

/// 2 p by limbs: above every element.
const TWICE_P: [u64; 5] = [2 * (LOW - 18), 2 * LOW, 2 * LOW, 2 * LOW, 2 * LOW];

// Arrays of registers go without `map`, which the compiler may leave a call.
macro_rules! by_limb {
    ($k:ident => $limb:expr) => {
        [
            {
                let $k = 0;
                $limb
            },
            {
                let $k = 1;
                $limb
            },
            {
                let $k = 2;
                $limb
            },
            {
                let $k = 3;
                $limb
            },
            {
                let $k = 4;
                $limb
            },
        ]
    };
}

impl<L: Lanes> Field<L> {
    /// The same element in all lanes.
    #[inline(always)]
    pub(super) fn splat(limbs: &[u64; 5]) -> Self {
        Field(by_limb!(k => L::splat(limbs[k])))
    }

    #[inline(always)]
    pub(super) fn one() -> Self {
        Self::splat(&[1, 0, 0, 0, 0])
    }

    #[inline(always)]
    pub(super) fn zero() -> Self {
        Self::splat(&[0; 5])
    }

    #[inline(always)]
    pub(super) fn load(limbs: &Limbs) -> Self {
        Field(by_limb!(k => L::load(&limbs[k])))
    }

    #[inline(always)]
    pub(super) fn store(self, limbs: &mut Limbs) {
        let [a, b, c, d, e] = self.0;
        let [ra, rb, rc, rd, re] = limbs;
        a.store(ra);
        b.store(rb);
        c.store(rc);
        d.store(rd);
        e.store(re);
    }

    #[inline(always)]
    pub(super) fn wide(self) -> Wide<L> {
        Wide(self.0)
    }

    #[inline(always)]
    pub(super) fn product(&self, other: &Self) -> Wide<L> {
        Wide(L::multiply(&self.0, &other.0))
    }

    #[inline(always)]
    pub(super) fn times(&self, other: &Self) -> Self {
        self.product(other).carry()
    }

    #[inline(always)]
    pub(super) fn squared(&self) -> Wide<L> {
        Wide(L::square(&self.0))
    }

    #[inline(always)]
    pub(super) fn square(&self) -> Self {
        self.squared().carry()
    }

    #[inline(always)]
    pub(super) fn plus(self, other: Self) -> Self {
        self.wide().plus(other.wide()).carry()
    }

    #[inline(always)]
    pub(super) fn minus(self, other: Self) -> Self {
        Wide(by_limb!(k => self.0[k].add(L::splat(TWICE_P[k]).sub(other.0[k])))).carry()
    }

    #[inline(always)]
    pub(super) fn negated(self) -> Self {
        Self::zero().minus(self)
    }

    /// `other` in the lanes of the mask.
    #[inline(always)]
    pub(super) fn select(self, mask: Mask, other: Self) -> Self {
        Field(by_limb!(k => self.0[k].select(mask, other.0[k])))
    }

    /// Both, changed for each other in the lanes of the mask.
    #[inline(always)]
    pub(super) fn swapped(self, mask: Mask, other: Self) -> [Self; 2] {
        [self.select(mask, other), other.select(mask, self)]
    }

    /// In the lanes of the mask, the table's elements at the given lanes; `self` in the others.
    #[inline(always)]
    pub(super) fn permuted(self, mask: Mask, lanes: L, table: &Limbs) -> Self {
        Field(by_limb!(k => self.0[k].permuted(mask, lanes, L::load(&table[k]))))
    }

    /// The one representative below p, its limbs below 2^51.
    #[inline(always)]
    pub(super) fn canonical(self) -> Self {
        let [a, b, c, d, e] = self.wide().carry().0;
        // Below 2^255 + 2^20 now, so the quotient by p is the carry out of x + 19.
        let low = L::splat(LOW);
        let carry = a.add(L::splat(19)).shift_right::<51>();
        let carry = b.add(carry).shift_right::<51>();
        let carry = c.add(carry).shift_right::<51>();
        let carry = d.add(carry).shift_right::<51>();
        let carry = e.add(carry).shift_right::<51>();
        let a = a.add_19_times(carry);
        let b = b.add(a.shift_right::<51>());
        let c = c.add(b.shift_right::<51>());
        let d = d.add(c.shift_right::<51>());
        let e = e.add(d.shift_right::<51>());
        Field([a.and(low), b.and(low), c.and(low), d.and(low), e.and(low)])
    }

    /// The lanes whose canonical element is odd, which is RFC 9496's "negative" (section 4.1).
    #[inline(always)]
    pub(super) fn odd(self) -> Mask {
        let one = L::splat(1);
        self.0[0].and(one).equal(one)
    }

    /// The lanes whose canonical elements are equal.
    #[inline(always)]
    pub(super) fn equal(self, other: Self) -> Mask {
        let [a, b, c, d, e] = by_limb!(k => self.0[k].equal(other.0[k]));
        a & b & c & d & e
    }
}

impl<L: Lanes> Wide<L> {
    /// Of four products at most.
    #[inline(always)]
    pub(super) fn plus(self, other: Self) -> Self {
        Wide(by_limb!(k => self.0[k].add(other.0[k])))
    }

    #[inline(always)]
    pub(super) fn twice(self) -> Self {
        self.plus(self)
    }

    /// Less a sum of four products at most.
    #[inline(always)]
    pub(super) fn minus(self, other: Self) -> Self {
        Wide(by_limb!(k => self.0[k].add(L::splat(BIAS[k])).sub(other.0[k])))
    }

    #[inline(always)]
    pub(super) fn negated(self) -> Self {
        Wide(by_limb!(k => L::splat(BIAS[k]).sub(self.0[k])))
    }

    /// Limbs below 2^51 + 2^18 again: what exceeds 51 bits goes to the next limb, from all of them at once.
    #[inline(always)]
    pub(super) fn carry(self) -> Field<L> {
        let [a, b, c, d, e] = self.0;
        let low = L::splat(LOW);
        Field([
            a.and(low).add_19_times(e.shift_right::<51>()),
            b.and(low).add(a.shift_right::<51>()),
            c.and(low).add(b.shift_right::<51>()),
            d.and(low).add(c.shift_right::<51>()),
            e.and(low).add(d.shift_right::<51>()),
        ])
    }
}
