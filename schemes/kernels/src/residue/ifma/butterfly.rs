//! Butterflies on registers, by groups of two to eight.
//!
//! A group's twiddles stand in an array in heap order: entry 0 for the widest stage, entries 2k + 1 and
//! 2k + 2 for the halves of what entry k splits.

use super::super::modulus::Multiplier;
#[expect(unused_imports, reason = "named in documentation")]
use super::super::ntt::Ntt;
use super::field::{Factor, Field};
use super::lanes::{Lanes, Row};

/// How large residues may become in a transform. All are dirty and must fit 52 bits.
pub(super) trait Range {
    /// Whether a group's first stage tames the operand that is not multiplied.
    const TAMES_FIRST: bool;
    /// Whether the other stages do.
    const TAMES: bool;
}

/// For any prime below 2^50: two stages in a row without taming would outgrow 52 bits.
pub(super) struct Tight;

/// [`Tight`] for a group whose inputs are below 2p.
pub(super) struct Fresh;

/// For small primes, without taming inside a pass.
pub(super) struct Roomy;

impl Roomy {
    /// Bits of primes for the forward direction: residues grow by 2p a stage, and may do so for all 17.
    pub(super) const FORWARD_BITS: u32 = 46;
    /// Bits of primes for the inverse: in a block or a pass sums double with each stage, six times at most,
    /// and the differences are below twice as much.
    pub(super) const INVERSE_BITS: u32 = 45;
}

impl Range for Tight {
    const TAMES_FIRST: bool = true;
    const TAMES: bool = true;
}

impl Range for Fresh {
    const TAMES_FIRST: bool = false;
    const TAMES: bool = true;
}

impl Range for Roomy {
    const TAMES_FIRST: bool = false;
    const TAMES: bool = false;
}

/// `x + w y` and `x - w y`, both below x + 2p, where taming has brought x below (1 + e)p.
#[inline(always)]
fn forward<const TAMES: bool>(f: &Field, x: Lanes, y: Lanes, w: Factor) -> (Lanes, Lanes) {
    let two = Lanes::splat(2);
    if TAMES {
        let excess = Lanes::zero().high(x, f.reciprocal);
        let tame = x.low(excess, f.minus_p);
        // x and w y less both quotients' multiples of p.
        let sum = x.low(y, w.value).low(excess.high(y, w.quotient), f.minus_p);
        (sum, f.slack.low(tame, two).sub(sum))
    } else {
        let sum = x.low(y, w.value).low(Lanes::zero().high(y, w.quotient), f.minus_p);
        (sum, f.slack.low(x, two).sub(sum))
    }
}

/// With the taming that a range asks for after the first stage.
#[inline(always)]
pub(super) fn forward_in<R: Range>(f: &Field, x: Lanes, y: Lanes, w: Factor) -> (Lanes, Lanes) {
    if R::TAMES { forward::<true>(f, x, y, w) } else { forward::<false>(f, x, y, w) }
}

/// Applies a butterfly to registers four, two or one apart; its factor depends on the group of
/// `2 * DISTANCE` registers.
#[inline(always)]
pub(super) fn stage<const DISTANCE: usize>(
    v: [Lanes; 8],
    factor: impl Fn(usize) -> Factor,
    butterfly: impl Fn(Lanes, Lanes, Factor) -> (Lanes, Lanes),
) -> [Lanes; 8] {
    let [a, b, c, d, e, g, h, i] = v;
    match DISTANCE {
        4 => {
            let w = factor(0);
            let ((a, e), (b, g)) = (butterfly(a, e, w), butterfly(b, g, w));
            let ((c, h), (d, i)) = (butterfly(c, h, w), butterfly(d, i, w));
            [a, b, c, d, e, g, h, i]
        }
        2 => {
            let w = [factor(0), factor(1)];
            let ((a, c), (b, d)) = (butterfly(a, c, w[0]), butterfly(b, d, w[0]));
            let ((e, h), (g, i)) = (butterfly(e, h, w[1]), butterfly(g, i, w[1]));
            [a, b, c, d, e, g, h, i]
        }
        _ => {
            let ((a, b), (c, d)) = (butterfly(a, b, factor(0)), butterfly(c, d, factor(1)));
            let ((e, g), (h, i)) = (butterfly(e, g, factor(2)), butterfly(h, i, factor(3)));
            [a, b, c, d, e, g, h, i]
        }
    }
}

/// `x + y` and `w (x - y)` for operands no larger than the slack, the latter below 2p, and the former too if
/// it is tamed.
#[inline(always)]
pub(super) fn inverse<R: Range>(f: &Field, x: Lanes, y: Lanes, w: Factor) -> (Lanes, Lanes) {
    let sum = x.add(y);
    (if R::TAMES { f.tame(sum) } else { sum }, f.scale(x.add(f.slack).sub(y), w))
}

/// The twiddles of a group, by stage from the widest. Their places are checked once: a load that follows
/// a check cannot feed a multiplication directly.
#[derive(Clone, Copy)]
pub(super) struct Heap<'a> {
    one: &'a [Multiplier; 1],
    two: &'a [Multiplier; 2],
    four: &'a [Multiplier; 4],
}

impl<'a> Heap<'a> {
    /// At `node` of the tree, in whose table the halves of node k are nodes 2k and 2k + 1.
    #[inline(always)]
    pub(super) fn new(twiddles: &'a [Multiplier], node: usize) -> Self {
        Heap { one: level(twiddles, node), two: level(twiddles, 2 * node), four: level(twiddles, 4 * node) }
    }

    /// By heap order.
    #[inline(always)]
    pub(super) fn at(&self, k: usize) -> Factor {
        Factor::broadcast(match k {
            0 => &self.one[0],
            1 | 2 => &self.two[k - 1],
            _ => &self.four[(k - 3) & 3],
        })
    }
}

/// The twiddles of the three stages between the lanes of a block, as [`Ntt::forward_tail`] describes.
pub(super) struct Tail<'a>(&'a [Row; 14]);

impl<'a> Tail<'a> {
    #[inline(always)]
    pub(super) fn new(tails: &'a [u64], block: usize) -> Self {
        Tail(&tails.as_chunks::<8>().0.as_chunks().0[block])
    }

    /// Those of an even block and the next.
    #[inline(always)]
    pub(super) fn pair(tails: &'a [u64], block: usize) -> [Self; 2] {
        let [a, b] = &tails.as_chunks::<8>().0.as_chunks::<14>().0.as_chunks::<2>().0[block / 2];
        [Tail(a), Tail(b)]
    }

    #[inline(always)]
    pub(super) fn at(&self, i: usize) -> Factor {
        Factor { value: Lanes::load(&self.0[2 * i]), quotient: Lanes::load(&self.0[2 * i + 1]) }
    }
}

/// A stage's twiddles.
#[inline(always)]
fn level<const COUNT: usize>(twiddles: &[Multiplier], start: usize) -> &[Multiplier; COUNT] {
    &twiddles[start..start + COUNT].as_chunks().0[0]
}

#[inline(always)]
fn two<const FIRST: bool>(f: &Field, t: &Heap, k: usize, [a, b]: [Lanes; 2]) -> [Lanes; 2] {
    let (a, b) = forward::<FIRST>(f, a, b, t.at(k));
    [a, b]
}

#[inline(always)]
fn four<const FIRST: bool, const REST: bool>(f: &Field, t: &Heap, k: usize, [a, b, c, d]: [Lanes; 4]) -> [Lanes; 4] {
    let w = t.at(k);
    let (a, c) = forward::<FIRST>(f, a, c, w);
    let (b, d) = forward::<FIRST>(f, b, d, w);
    let [a, b] = two::<REST>(f, t, 2 * k + 1, [a, b]);
    let [c, d] = two::<REST>(f, t, 2 * k + 2, [c, d]);
    [a, b, c, d]
}

#[inline(always)]
fn eight<const FIRST: bool, const REST: bool>(f: &Field, t: &Heap, k: usize, v: [Lanes; 8]) -> [Lanes; 8] {
    let w = t.at(k);
    let (a, e) = forward::<FIRST>(f, v[0], v[4], w);
    let (b, g) = forward::<FIRST>(f, v[1], v[5], w);
    let (c, h) = forward::<FIRST>(f, v[2], v[6], w);
    let (d, i) = forward::<FIRST>(f, v[3], v[7], w);
    let [a, b, c, d] = four::<REST, REST>(f, t, 2 * k + 1, [a, b, c, d]);
    let [e, g, h, i] = four::<REST, REST>(f, t, 2 * k + 2, [e, g, h, i]);
    [a, b, c, d, e, g, h, i]
}

/// Groups by their number of operands.
pub(super) trait Group {
    /// Coefficients towards slots.
    fn forward<R: Range>(f: &Field, t: &Heap, v: Self) -> Self;
    /// Slots towards coefficients.
    fn inverse<R: Range>(f: &Field, t: &Heap, k: usize, v: Self) -> Self;
}

/// The constants of a range as arguments.
macro_rules! by_range {
    ($function:ident, $range:ident, $($argument:expr),*) => {
        match ($range::TAMES_FIRST, $range::TAMES) {
            (true, _) => $function::<true, true>($($argument),*),
            (false, true) => $function::<false, true>($($argument),*),
            (false, false) => $function::<false, false>($($argument),*),
        }
    };
}

impl Group for [Lanes; 1] {
    #[inline(always)]
    fn forward<R: Range>(_: &Field, _: &Heap, v: Self) -> Self {
        v
    }

    #[inline(always)]
    fn inverse<R: Range>(_: &Field, _: &Heap, _: usize, v: Self) -> Self {
        v
    }
}

impl Group for [Lanes; 2] {
    #[inline(always)]
    fn forward<R: Range>(f: &Field, t: &Heap, v: Self) -> Self {
        if R::TAMES_FIRST { two::<true>(f, t, 0, v) } else { two::<false>(f, t, 0, v) }
    }

    #[inline(always)]
    fn inverse<R: Range>(f: &Field, t: &Heap, k: usize, [a, b]: Self) -> Self {
        let (a, b) = inverse::<R>(f, a, b, t.at(k));
        [a, b]
    }
}

impl Group for [Lanes; 4] {
    #[inline(always)]
    fn forward<R: Range>(f: &Field, t: &Heap, v: Self) -> Self {
        by_range!(four, R, f, t, 0, v)
    }

    #[inline(always)]
    fn inverse<R: Range>(f: &Field, t: &Heap, k: usize, [a, b, c, d]: Self) -> Self {
        let [a, b] = Group::inverse::<R>(f, t, 2 * k + 1, [a, b]);
        let [c, d] = Group::inverse::<R>(f, t, 2 * k + 2, [c, d]);
        let w = t.at(k);
        let (a, c) = inverse::<R>(f, a, c, w);
        let (b, d) = inverse::<R>(f, b, d, w);
        [a, b, c, d]
    }
}

impl Group for [Lanes; 8] {
    #[inline(always)]
    fn forward<R: Range>(f: &Field, t: &Heap, v: Self) -> Self {
        by_range!(eight, R, f, t, 0, v)
    }

    #[inline(always)]
    fn inverse<R: Range>(f: &Field, t: &Heap, k: usize, v: Self) -> Self {
        let [a, b, c, d] = Group::inverse::<R>(f, t, 2 * k + 1, [v[0], v[1], v[2], v[3]]);
        let [e, g, h, i] = Group::inverse::<R>(f, t, 2 * k + 2, [v[4], v[5], v[6], v[7]]);
        let w = t.at(k);
        let (a, e) = inverse::<R>(f, a, e, w);
        let (b, g) = inverse::<R>(f, b, g, w);
        let (c, h) = inverse::<R>(f, c, h, w);
        let (d, i) = inverse::<R>(f, d, i, w);
        [a, b, c, d, e, g, h, i]
    }
}
