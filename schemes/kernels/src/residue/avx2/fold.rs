//! The conjugate-invariant ring modulo X^N - i, where X^-k is -i X^(N - k).

use super::ends::Input;
use super::field::{Constant, Field};
use super::lanes::{Reals, Row};

/// Reads the input; coefficient j becomes `a_j - i a_(N-j)`, as doubles within 7p/4.
#[target_feature(enable = "avx2,fma")]
pub(super) fn fold<I: Input>(field: &Field, i: Constant, input: &I, work: &mut [Row]) {
    for (place, row) in work.iter_mut().enumerate() {
        input.load(row, place).store(row);
    }
    let (words, i) = (work.as_flattened_mut(), i.splat());
    for j in starts(words.len()) {
        let (a, b) = load_pair(words, j);
        store_pair(words, j, a.subtract(field.scale(b, i)), b.subtract(field.scale(a, i)));
    }
}

/// Undoes [`fold`], up to a factor of 2, on doubles within p; canonical residues come out.
#[target_feature(enable = "avx2,fma")]
pub(super) fn unfold(field: &Field, i: Constant, work: &mut [Row]) {
    let (words, i) = (work.as_flattened_mut(), i.splat());
    words[0] = (2.0 * f64::from_bits(words[0])).to_bits();
    for j in starts(words.len()) {
        let (a, b) = load_pair(words, j);
        store_pair(words, j, a.add(field.scale(b, i)), b.add(field.scale(a, i)));
    }
    for row in work {
        field.canonical(Reals::load(row)).store(row);
    }
}

/// Where fours of coefficients begin that cover 1 to N/2; those at N/2 are their own partners, and both
/// ways come to the same.
fn starts(words: usize) -> impl Iterator<Item = usize> {
    (1..words / 2).step_by(4)
}

/// Coefficients j to j + 3, and N - j down to N - j - 3.
#[inline(always)]
fn load_pair(words: &[u64], j: usize) -> (Reals, Reals) {
    let high = words.len() - j - 3;
    let (mut a, mut b) = (Row::default(), Row::default());
    a.copy_from_slice(&words[j..j + 4]);
    b.copy_from_slice(&words[high..high + 4]);
    (Reals::load(&a), Reals::load(&b).reversed())
}

#[inline(always)]
fn store_pair(words: &mut [u64], j: usize, a: Reals, b: Reals) {
    let high = words.len() - j - 3;
    let mut row = Row::default();
    a.store(&mut row);
    words[j..j + 4].copy_from_slice(&row);
    b.reversed().store(&mut row);
    words[high..high + 4].copy_from_slice(&row);
}
