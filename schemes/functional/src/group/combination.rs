//! Products of powers with small signed exponents: `prod element_i^(w_i)`, one list of exponents for many lists of elements.
//!
//! Elements with the same magnitude of exponent need to be told apart by nobody: taken in the order of falling magnitudes, a
//! running product enters the result once for every step that the magnitude falls (the buckets of Pippenger, SIAM J. Comput.
//! 9(2), 1980, with signs). Exponents as wide as the order, those of a few leading elements, become digits of 8 bits of which
//! each multiplies a power `element^(256^k)`; these powers are the same for all lists of exponents.

use super::{Group, Inversion};

/// Bits of a digit.
const DIGIT_BITS: u32 = 8;

/// The exponent of an element in a window of digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Term {
    /// Which element.
    pub index: u32,
    /// Its exponent, from -127 to 128, not 0.
    pub digit: i16,
}

/// Exponents, by windows of digits from the lowest; in each, terms of falling magnitude.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Combination {
    heads: usize,
    windows: Vec<Vec<Term>>,
}

impl Combination {
    /// Exponents for [`spread`] elements: full ones for the leading elements, small ones for those that follow.
    pub fn new<G: Group>(heads: &[G::Scalar], weights: &[i64]) -> Self {
        let mut windows: Vec<Vec<Term>> = vec![Vec::new()];
        let mut index = 0;
        for head in heads {
            for digit in signed_digits(&G::encode_scalar(head)) {
                push(&mut windows, 0, index, digit);
                index += 1;
            }
        }
        for weight in weights {
            for (window, digit) in signed_digits(&i128::from(*weight).unsigned_abs().to_le_bytes()).enumerate() {
                push(&mut windows, window, index, if *weight < 0 { -digit } else { digit });
            }
            index += 1;
        }
        for window in &mut windows {
            window.sort_by_key(|term| std::cmp::Reverse(term.digit.unsigned_abs()));
        }
        Combination { heads: heads.len(), windows }
    }

    /// Elements with exponents of any size.
    pub fn heads(&self) -> usize {
        self.heads
    }

    /// Bytes that it takes.
    pub fn bytes(&self) -> u64 {
        self.windows.iter().map(|window| (size_of::<Term>() * window.len()) as u64).sum()
    }

    /// The product of the [`spread`] elements' powers; takes time by the exponents.
    pub fn apply_vartime<G: Group>(&self, elements: &[G::Element]) -> G::Element {
        self.windows.iter().rev().fold(G::identity(), |high, window| {
            let high = (0..DIGIT_BITS).fold(high, |power, _| G::square(&power));
            G::multiply(&high, &window_vartime::<G>(window, elements))
        })
    }
}

fn push(windows: &mut Vec<Vec<Term>>, window: usize, index: u32, digit: i16) {
    if digit != 0 {
        windows.resize(windows.len().max(window + 1), Vec::new());
        windows[window].push(Term { index, digit });
    }
}

/// The elements that a [`Combination`] multiplies: of each of the first `heads` elements the powers
/// `1, 256, 256^2, ...` up to the order, then all others as they are.
pub fn spread<G: Group>(elements: &[G::Element], heads: usize) -> Vec<G::Element> {
    let (heads, rest) = elements.split_at(heads.min(elements.len()));
    let next = |power: &G::Element| (0..DIGIT_BITS).fold(power.clone(), |power, _| G::square(&power));
    let powers = heads
        .iter()
        .flat_map(|head| std::iter::successors(Some(head.clone()), |power| Some(next(power))).take(G::SCALAR_BYTES));
    powers.chain(rest.iter().cloned()).collect()
}

/// Digits from -127 to 128 of a little-endian number whose top bit is clear: as many as it has bytes.
fn signed_digits(bytes: &[u8]) -> impl Iterator<Item = i16> {
    bytes.iter().scan(0, |carry, byte| {
        let digit = i16::from(*byte) + *carry;
        *carry = (digit > 128).into();
        Some(digit - (*carry << DIGIT_BITS))
    })
}

fn window_vartime<G: Group>(terms: &[Term], elements: &[G::Element]) -> G::Element {
    match G::INVERSION {
        Inversion::Free => running_vartime::<G>(terms.iter().copied(), elements),
        Inversion::Dear => {
            let part = |sign: i16| {
                running_vartime::<G>(
                    terms
                        .iter()
                        .filter(|term| term.digit.signum() == sign)
                        .map(|term| Term { digit: sign * term.digit, ..*term }),
                    elements,
                )
            };
            G::divide_vartime(&part(1), &part(-1))
        }
    }
}

fn running_vartime<G: Group>(terms: impl Iterator<Item = Term>, elements: &[G::Element]) -> G::Element {
    let (mut running, mut total, mut magnitude) = (None, None, 0);
    let enter = |total: Option<G::Element>, running: &Option<G::Element>, times: u16| match (total, running) {
        (total, None) => total,
        (None, Some(running)) => Some(G::small_power_vartime(running, times.into())),
        (Some(total), Some(running)) if times == 1 => Some(G::multiply(&total, running)),
        (Some(total), Some(running)) => Some(G::multiply(&total, &G::small_power_vartime(running, times.into()))),
    };
    for Term { index, digit } in terms {
        let next = digit.unsigned_abs();
        if next < magnitude {
            total = enter(total, &running, magnitude - next);
        }
        magnitude = next;
        let Some(element) = elements.get(index as usize) else { continue };
        running = Some(match (running, digit < 0) {
            (None, false) => element.clone(),
            (None, true) => G::invert(element),
            (Some(running), false) => G::multiply(&running, element),
            (Some(running), true) => G::divide_vartime(&running, element),
        });
    }
    enter(total, &running, magnitude).unwrap_or_else(G::identity)
}
