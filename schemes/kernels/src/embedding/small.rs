//! The transform layer by layer, for sizes that fill no tile.

use super::roots::twiddle;

/// All factors: entry `m/2 + j` is that of butterfly `j` in blocks of `m`.
pub(crate) fn factors(slots: usize) -> Vec<[f64; 2]> {
    let factor = |place: usize| {
        let half = 1 << place.max(1).ilog2();
        twiddle(2 * half, place - half.min(place))
    };
    (0..slots).map(factor).collect()
}

/// Slots to coefficients.
pub(crate) fn inverse(factors: &[[f64; 2]], re: &mut [f64], im: &mut [f64]) {
    let slots = re.len();
    let mut half = slots / 2;
    while half > 0 {
        for (low, high, [c, s]) in pairs(factors, slots, half) {
            let difference = [re[low] - re[high], im[low] - im[high]];
            (re[low], im[low]) = (re[low] + re[high], im[low] + im[high]);
            re[high] = difference[0] * c + difference[1] * s;
            im[high] = difference[1] * c - difference[0] * s;
        }
        half /= 2;
    }
    reverse(re);
    reverse(im);
    let scale = 1.0 / slots as f64;
    re.iter_mut().chain(im).for_each(|x| *x *= scale);
}

/// Coefficients to slots.
pub(crate) fn forward(factors: &[[f64; 2]], re: &mut [f64], im: &mut [f64]) {
    reverse(re);
    reverse(im);
    let slots = re.len();
    let mut half = 1;
    while half < slots {
        for (low, high, [c, s]) in pairs(factors, slots, half) {
            let turned = [re[high] * c - im[high] * s, im[high] * c + re[high] * s];
            (re[high], im[high]) = (re[low] - turned[0], im[low] - turned[1]);
            (re[low], im[low]) = (re[low] + turned[0], im[low] + turned[1]);
        }
        half *= 2;
    }
}

/// The butterflies of one layer, with their factors.
fn pairs(factors: &[[f64; 2]], slots: usize, half: usize) -> impl Iterator<Item = (usize, usize, [f64; 2])> {
    (0..slots / 2).map(move |pair| {
        let (j, low) = (pair % half, pair / half * 2 * half + pair % half);
        (low, low + half, factors[half + j])
    })
}

fn reverse(x: &mut [f64]) {
    let bits = x.len().ilog2();
    for i in 0..x.len() {
        let j = i.reverse_bits().checked_shr(usize::BITS - bits).unwrap_or(0);
        if i < j {
            x.swap(i, j);
        }
    }
}
