//! Butterflies on registers, by groups of two to sixteen.
//!
//! A group's twiddles stand in an array in heap order: entry 0 for the widest stage, entries 2k + 1 and
//! 2k + 2 for the halves of what entry k splits.

use super::super::modulus::Multiplier;
use super::field::{Factor, Field};
use super::lanes::Lanes;

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

/// For primes below 2^46: residues grow by 2p a stage, and may do so for all stages.
pub(super) struct Roomy;

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
        (sum, f.twice.low(tame, two).sub(sum))
    } else {
        let sum = x.low(y, w.value).low(Lanes::zero().high(y, w.quotient), f.minus_p);
        (sum, f.twice.low(x, two).sub(sum))
    }
}

/// A stage of the last three, whose twiddles differ by lane.
#[inline(always)]
pub(super) fn forward_by_lane<R: Range>(f: &Field, x: Lanes, y: Lanes, w: Factor) -> (Lanes, Lanes) {
    if R::TAMES { forward::<true>(f, x, y, w) } else { forward::<false>(f, x, y, w) }
}

/// `x + y` and `w (x - y)` for operands below 2p, both below 2p.
#[inline(always)]
pub(super) fn inverse(f: &Field, x: Lanes, y: Lanes, w: Factor) -> (Lanes, Lanes) {
    (f.tame(x.add(y)), f.scale(x.add(f.twice).sub(y), w))
}

/// The twiddles of a group at `node` of the tree, in heap order.
#[inline(always)]
pub(super) fn heap<const COUNT: usize>(twiddles: &[Multiplier], node: usize) -> [Multiplier; COUNT] {
    let mut heap = [Multiplier::default(); COUNT];
    for (i, entry) in heap.iter_mut().enumerate() {
        let level = (i + 1).ilog2();
        *entry = twiddles[(node << level) + (i + 1 - (1 << level))];
    }
    heap
}

#[inline(always)]
fn two<const FIRST: bool>(f: &Field, t: &[Multiplier], k: usize, [a, b]: [Lanes; 2]) -> [Lanes; 2] {
    let (a, b) = forward::<FIRST>(f, a, b, Factor::splat(t[k]));
    [a, b]
}

#[inline(always)]
fn four<const FIRST: bool, const REST: bool>(
    f: &Field,
    t: &[Multiplier],
    k: usize,
    [a, b, c, d]: [Lanes; 4],
) -> [Lanes; 4] {
    let w = Factor::splat(t[k]);
    let (a, c) = forward::<FIRST>(f, a, c, w);
    let (b, d) = forward::<FIRST>(f, b, d, w);
    let [a, b] = two::<REST>(f, t, 2 * k + 1, [a, b]);
    let [c, d] = two::<REST>(f, t, 2 * k + 2, [c, d]);
    [a, b, c, d]
}

#[inline(always)]
fn eight<const FIRST: bool, const REST: bool>(f: &Field, t: &[Multiplier], k: usize, v: [Lanes; 8]) -> [Lanes; 8] {
    let w = Factor::splat(t[k]);
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
    fn forward<R: Range>(f: &Field, t: &[Multiplier], v: Self) -> Self;
    /// Slots towards coefficients.
    fn inverse(f: &Field, t: &[Multiplier], k: usize, v: Self) -> Self;
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
    fn forward<R: Range>(_: &Field, _: &[Multiplier], v: Self) -> Self {
        v
    }

    #[inline(always)]
    fn inverse(_: &Field, _: &[Multiplier], _: usize, v: Self) -> Self {
        v
    }
}

impl Group for [Lanes; 2] {
    #[inline(always)]
    fn forward<R: Range>(f: &Field, t: &[Multiplier], v: Self) -> Self {
        if R::TAMES_FIRST { two::<true>(f, t, 0, v) } else { two::<false>(f, t, 0, v) }
    }

    #[inline(always)]
    fn inverse(f: &Field, t: &[Multiplier], k: usize, [a, b]: Self) -> Self {
        let (a, b) = inverse(f, a, b, Factor::splat(t[k]));
        [a, b]
    }
}

impl Group for [Lanes; 4] {
    #[inline(always)]
    fn forward<R: Range>(f: &Field, t: &[Multiplier], v: Self) -> Self {
        by_range!(four, R, f, t, 0, v)
    }

    #[inline(always)]
    fn inverse(f: &Field, t: &[Multiplier], k: usize, [a, b, c, d]: Self) -> Self {
        let [a, b] = Group::inverse(f, t, 2 * k + 1, [a, b]);
        let [c, d] = Group::inverse(f, t, 2 * k + 2, [c, d]);
        let w = Factor::splat(t[k]);
        let (a, c) = inverse(f, a, c, w);
        let (b, d) = inverse(f, b, d, w);
        [a, b, c, d]
    }
}

impl Group for [Lanes; 8] {
    #[inline(always)]
    fn forward<R: Range>(f: &Field, t: &[Multiplier], v: Self) -> Self {
        by_range!(eight, R, f, t, 0, v)
    }

    #[inline(always)]
    fn inverse(f: &Field, t: &[Multiplier], k: usize, v: Self) -> Self {
        let [a, b, c, d] = Group::inverse(f, t, 2 * k + 1, [v[0], v[1], v[2], v[3]]);
        let [e, g, h, i] = Group::inverse(f, t, 2 * k + 2, [v[4], v[5], v[6], v[7]]);
        let w = Factor::splat(t[k]);
        let (a, e) = inverse(f, a, e, w);
        let (b, g) = inverse(f, b, g, w);
        let (c, h) = inverse(f, c, h, w);
        let (d, i) = inverse(f, d, i, w);
        [a, b, c, d, e, g, h, i]
    }
}
