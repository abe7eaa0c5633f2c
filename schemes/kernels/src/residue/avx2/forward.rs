//! Coefficients to slots.

use super::ends::{Doubles, Input, Output};
use super::field::Field;
use super::lanes::{Reals, Row};
use super::layers;
use super::tables::{Tail, Twiddles};
use super::transform::{BLOCK, CACHED, Part, Passes, load_tail, splat, transpose_both};

/// Of what `input` gives, to `output`, in the working space `work`.
#[target_feature(enable = "avx2,fma")]
pub(super) fn transform<I: Input, O: Output>(
    field: &Field,
    twiddles: &Twiddles,
    input: &I,
    work: &mut [Row],
    output: &mut O,
) {
    let passes = Passes::new(work.len());
    let width = passes.width(0).unwrap_or(3);
    let mut whole = Part { work, stage: 0, block: 0 };
    pass(field, twiddles, input, &mut whole, 0, width);
    if whole.work.len() <= CACHED {
        finish(field, twiddles, passes, &mut whole, width, output);
    } else {
        for number in 0..1 << width {
            descend(field, twiddles, passes, whole.block(width, number), output);
        }
    }
}

#[target_feature(enable = "avx2,fma")]
fn descend<O: Output>(field: &Field, twiddles: &Twiddles, passes: Passes, mut part: Part<'_>, output: &mut O) {
    match passes.width(part.stage) {
        Some(width) if part.work.len() > CACHED => {
            pass(field, twiddles, &Doubles, &mut part, 0, width);
            for number in 0..1 << width {
                descend(field, twiddles, passes, part.block(width, number), output);
            }
        }
        _ => finish(field, twiddles, passes, &mut part, 0, output),
    }
}

/// All stages of a part but its first `done`.
#[target_feature(enable = "avx2,fma")]
fn finish<O: Output>(
    field: &Field,
    twiddles: &Twiddles,
    passes: Passes,
    part: &mut Part<'_>,
    mut done: u32,
    output: &mut O,
) {
    while let Some(width) = passes.width(part.stage + done) {
        pass(field, twiddles, &Doubles, part, done, width);
        done += width;
    }
    let first = part.place();
    for (number, rows) in part.work.as_chunks_mut::<BLOCK>().0.iter_mut().enumerate() {
        tail(field, twiddles, rows, first + BLOCK * number, output);
    }
}

/// `width` stages, after the part's first `done`.
#[target_feature(enable = "avx2,fma")]
#[inline]
fn pass<I: Input>(field: &Field, twiddles: &Twiddles, input: &I, part: &mut Part<'_>, done: u32, width: u32) {
    if width == 2 {
        pass_of::<I, 4>(field, twiddles, input, part, done);
    } else {
        pass_of::<I, 8>(field, twiddles, input, part, done);
    }
}

#[inline(always)]
fn pass_of<I: Input, const R: usize>(field: &Field, twiddles: &Twiddles, input: &I, part: &mut Part<'_>, done: u32) {
    let (stage, first) = (part.stage + done, part.block << done);
    let rows = part.work.len() >> done;
    let apart = rows / R;
    for (number, block) in part.work.chunks_exact_mut(rows).enumerate() {
        let factors = splat(&twiddles.group::<R>(stage, first + number));
        for place in 0..apart {
            let mut x = [Reals::splat(0.0); R];
            for (r, x) in x.iter_mut().enumerate() {
                *x = input.load(&block[r * apart + place], r * apart + place);
            }
            layers::forward(field, &mut x, &factors);
            for (r, x) in x.iter().enumerate() {
                x.store(&mut block[r * apart + place]);
            }
        }
    }
}

/// The last three stages on a block of 64 that starts at row `first`.
#[inline(always)]
fn tail<O: Output>(field: &Field, twiddles: &Twiddles, rows: &mut [Row; BLOCK], first: usize, output: &mut O) {
    let pair = first / 8;
    let low = half_tail(field, &twiddles.tail()[pair], &rows[..8]);
    let high = half_tail(field, &twiddles.tail()[pair + 1], &rows[8..]);
    for (column, (low, high)) in low.iter().zip(&high).enumerate() {
        output.store(field, &mut rows[2 * column], first + 2 * column, *low);
        output.store(field, &mut rows[2 * column + 1], first + 2 * column + 1, *high);
    }
}

/// Four of the eight rows of a block, two registers each, to four lanes of all columns.
#[inline(always)]
fn half_tail(field: &Field, tail: &Tail, rows: &[Row]) -> [Reals; 8] {
    let mut x = [Reals::splat(0.0); 8];
    for (i, row) in rows.as_chunks::<2>().0.iter().enumerate() {
        (x[i], x[4 + i]) = (Reals::load(&row[0]), Reals::load(&row[1]));
    }
    x = transpose_both(x);
    layers::forward(field, &mut x, &load_tail(tail));
    x
}
