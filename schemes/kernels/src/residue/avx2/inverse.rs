//! Slots to coefficients.

use super::ends::{Input, Output};
use super::field::{Factor, Field};
use super::lanes::{Reals, Row};
use super::layers;
use super::tables::{Tables, Tail, Twiddles};
use super::transform::{BLOCK, CACHED, Part, Passes, load_tail, splat, transpose_both};

/// Of what `input` gives, to `output`, in the working space `work`.
#[target_feature(enable = "avx2,fma")]
pub(super) fn transform<I: Input, O: Output>(
    field: &Field,
    tables: &Tables,
    input: &I,
    work: &mut [Row],
    output: &mut O,
) {
    let passes = Passes::new(work.len());
    let width = passes.width(0).unwrap_or(3);
    let mut whole = Part { work, stage: 0, block: 0 };
    if whole.work.len() <= CACHED {
        start(field, &tables.inverse, passes, input, &mut whole, width);
    } else {
        for number in 0..1 << width {
            ascend(field, &tables.inverse, passes, input, whole.block(width, number));
        }
    }
    if width == 2 {
        last_pass::<O, 4>(field, tables, whole.work, output);
    } else {
        last_pass::<O, 8>(field, tables, whole.work, output);
    }
}

#[target_feature(enable = "avx2,fma")]
fn ascend<I: Input>(field: &Field, twiddles: &Twiddles, passes: Passes, input: &I, mut part: Part<'_>) {
    match passes.width(part.stage) {
        Some(width) if part.work.len() > CACHED => {
            for number in 0..1 << width {
                ascend(field, twiddles, passes, input, part.block(width, number));
            }
            pass(field, twiddles, &mut part, 0, width);
        }
        _ => start(field, twiddles, passes, input, &mut part, 0),
    }
}

/// All stages of a part but its `left` longest, which come last.
#[target_feature(enable = "avx2,fma")]
fn start<I: Input>(field: &Field, twiddles: &Twiddles, passes: Passes, input: &I, part: &mut Part<'_>, left: u32) {
    let first = part.place();
    for (number, rows) in part.work.as_chunks_mut::<BLOCK>().0.iter_mut().enumerate() {
        tail(field, twiddles, input, rows, first + BLOCK * number);
    }
    passes_after(field, twiddles, passes, part, left);
}

/// The passes from the last down to that which begins `above` stages into the part.
#[target_feature(enable = "avx2,fma")]
fn passes_after(field: &Field, twiddles: &Twiddles, passes: Passes, part: &mut Part<'_>, above: u32) {
    if let Some(width) = passes.width(part.stage + above) {
        passes_after(field, twiddles, passes, part, above + width);
        pass(field, twiddles, part, above, width);
    }
}

/// `width` stages, those after the part's `above` longest.
#[target_feature(enable = "avx2,fma")]
fn pass(field: &Field, twiddles: &Twiddles, part: &mut Part<'_>, above: u32, width: u32) {
    if width == 2 {
        pass_of::<4>(field, twiddles, part, above);
    } else {
        pass_of::<8>(field, twiddles, part, above);
    }
}

#[inline(always)]
fn pass_of<const R: usize>(field: &Field, twiddles: &Twiddles, part: &mut Part<'_>, above: u32) {
    let (stage, first) = (part.stage + above, part.block << above);
    let rows = part.work.len() >> above;
    for (number, block) in part.work.chunks_exact_mut(rows).enumerate() {
        let factors = splat(&twiddles.group::<R>(stage, first + number));
        for place in 0..rows / R {
            let mut x = load::<R>(block, place);
            layers::inverse(field, &mut x, &factors);
            for (r, x) in x.iter().enumerate() {
                x.store(&mut block[r * (rows / R) + place]);
            }
        }
    }
}

/// The longest stages, with the division by the degree.
#[inline(always)]
fn last_pass<O: Output, const R: usize>(field: &Field, tables: &Tables, work: &mut [Row], output: &mut O) {
    let apart = work.len() / R;
    let factors = splat(&tables.inverse.group::<R>(0, 0));
    let scale: [Factor; 2] = [tables.scale.splat(), tables.last.splat()];
    for place in 0..apart {
        let mut x = load::<R>(work, place);
        layers::inverse_scaled(field, &mut x, &factors, scale);
        for (r, x) in x.iter().enumerate() {
            output.store(field, &mut work[r * apart + place], r * apart + place, *x);
        }
    }
}

#[inline(always)]
fn load<const R: usize>(block: &[Row], place: usize) -> [Reals; R] {
    let mut x = [Reals::splat(0.0); R];
    for (r, x) in x.iter_mut().enumerate() {
        *x = Reals::load(&block[r * (block.len() / R) + place]);
    }
    x
}

/// The first three stages on a block of 64 that starts at row `first`.
#[inline(always)]
fn tail<I: Input>(field: &Field, twiddles: &Twiddles, input: &I, rows: &mut [Row; BLOCK], first: usize) {
    let pair = first / 8;
    let low = half_tail(field, &twiddles.tail()[pair], input, rows, first, 0);
    let high = half_tail(field, &twiddles.tail()[pair + 1], input, rows, first, 1);
    for (half, x) in [low, high].iter().enumerate() {
        for i in 0..4 {
            x[i].store(&mut rows[8 * half + 2 * i]);
            x[4 + i].store(&mut rows[8 * half + 2 * i + 1]);
        }
    }
}

/// Four lanes of all columns, to four of the eight rows of a block, two registers each.
#[inline(always)]
fn half_tail<I: Input>(
    field: &Field,
    tail: &Tail,
    input: &I,
    rows: &[Row; BLOCK],
    first: usize,
    half: usize,
) -> [Reals; 8] {
    let mut x = [Reals::splat(0.0); 8];
    for (column, x) in x.iter_mut().enumerate() {
        let row = 2 * column + half;
        *x = input.load(&rows[row], first + row);
    }
    layers::inverse(field, &mut x, &load_tail(tail));
    transpose_both(x)
}
