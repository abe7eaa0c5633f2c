//! The operations with AVX-512 IFMA: eight residues in a register, products of 52 bits.
#![expect(unsafe_code, reason = "calls of functions that need instructions which detection has found")]

mod butterfly;
mod conversion;
mod elementwise;
mod field;
mod fold;
mod forward;
mod inverse;
mod lanes;
mod permutation;
mod products;

use super::conversion::{Conversion, Weighted};
use super::key::KeyStream;
use super::modulus::{Modulus, Multiplier};
use super::ntt::{Ntt, RingKind};
use super::operations::Residues;
use super::permutation::Run;
use super::rows::{rows, rows_mut, same};
use crate::buffer::Buffer;
use crate::dispatch::Kernel;
use conversion::Combined;
use elementwise::Lift;
use field::{Factor, Long, Short};
use forward::{Canonical, Divide, Input, Lazy, Lifted, LiftedNear, Output, Signed};
use lanes::Row;

/// AVX-512 IFMA. There is no value of it on processors without.
#[derive(Debug, Clone, Copy)]
pub struct Ifma(());

impl Ifma {
    /// None where the processor lacks the instructions.
    pub fn detect() -> Option<&'static Ifma> {
        Kernel::Ifma.is_available().then_some(&Ifma(()))
    }
}

fn forward<I: Input, O: Output>(plan: &Ntt, input: &I, out: &mut [Row], output: &mut O) {
    // SAFETY: an `Ifma` is at hand, so the processor has the instructions.
    unsafe {
        match plan.ring() {
            RingKind::Standard => forward::transform(plan, input, out, output),
            RingKind::ConjugateInvariant => {
                fold::fold(plan, input, out);
                forward::transform(plan, &forward::Folded, out, output);
            }
        }
    }
}

fn forward_lifted<O: Output>(plan: &Ntt, from: &Modulus, coefficients: &[Row], out: &mut [Row], output: &mut O) {
    let p = plan.modulus();
    // SAFETY: as above.
    let lift = unsafe { lift_constants(from, p) };
    if Lift::is_near(from, p) {
        forward(plan, &LiftedNear(coefficients, lift), out, output);
    } else {
        forward(plan, &Lifted(coefficients, lift), out, output);
    }
}

#[target_feature(enable = "avx512f,avx512dq,avx512ifma")]
fn lift_constants(from: &Modulus, p: &Modulus) -> Lift {
    Lift::new(from, p)
}

#[target_feature(enable = "avx512f,avx512dq,avx512ifma")]
fn signed_constants<'a>(p: &Modulus, values: &'a [[i64; 8]]) -> Signed<'a> {
    Signed::new(p, values)
}

#[target_feature(enable = "avx512f,avx512dq,avx512ifma")]
fn factor_constants(factor: Multiplier) -> Factor {
    Factor::splat(factor)
}

fn divide_by<'a>(p: &Modulus, factor: Multiplier, acc: &'a mut [u64], add: Option<&'a [u64]>) -> Divide<'a> {
    let minus_factor = p.multiplier(p.negate(factor.value));
    // SAFETY: as above.
    let [factor, minus_factor] = [factor, minus_factor].map(|factor| unsafe { factor_constants(factor) });
    Divide { acc: rows_mut(acc), add: add.map(rows), factor, minus_factor }
}

// SAFETY of the calls: an `Ifma` is at hand, so the processor has the instructions.
impl Residues for Ifma {
    fn kernel(&self) -> Kernel {
        Kernel::Ifma
    }

    fn add_assign(&self, p: &Modulus, acc: &mut [u64], x: &[u64]) {
        same(acc.len(), [x.len()]);
        unsafe { elementwise::add_assign(p, rows_mut(acc), rows(x)) }
    }

    fn add(&self, p: &Modulus, a: &[u64], b: &[u64], out: &mut [u64]) {
        same(out.len(), [a.len(), b.len()]);
        unsafe { elementwise::add(p, rows(a), rows(b), rows_mut(out)) }
    }

    fn subtract_assign(&self, p: &Modulus, acc: &mut [u64], x: &[u64]) {
        same(acc.len(), [x.len()]);
        unsafe { elementwise::subtract_assign(p, rows_mut(acc), rows(x)) }
    }

    fn negate(&self, p: &Modulus, acc: &mut [u64]) {
        unsafe { elementwise::negate(p, rows_mut(acc)) }
    }

    fn multiply(&self, p: &Modulus, a: &[u64], b: &[u64], out: &mut [u64]) {
        same(out.len(), [a.len(), b.len()]);
        unsafe { elementwise::multiply(p, rows(a), rows(b), rows_mut(out)) }
    }

    fn multiply_assign(&self, p: &Modulus, acc: &mut [u64], x: &[u64]) {
        same(acc.len(), [x.len()]);
        unsafe { elementwise::multiply_assign(p, rows_mut(acc), rows(x)) }
    }

    fn multiply_add(&self, p: &Modulus, acc: &mut [u64], a: &[u64], b: &[u64]) {
        same(acc.len(), [a.len(), b.len()]);
        unsafe { elementwise::multiply_add(p, rows_mut(acc), rows(a), rows(b)) }
    }

    fn scale(&self, p: &Modulus, acc: &mut [u64], factor: Multiplier) {
        unsafe { elementwise::scale(p, rows_mut(acc), factor) }
    }

    fn scale_add(&self, p: &Modulus, acc: &mut [u64], x: &[u64], factor: Multiplier) {
        same(acc.len(), [x.len()]);
        unsafe { elementwise::scale_add(p, rows_mut(acc), rows(x), factor) }
    }

    fn tensor(&self, p: &Modulus, a: [&[u64]; 2], b: [&[u64]; 2], out: [&mut [u64]; 3]) {
        same(a[0].len(), [a[1], b[0], b[1], &*out[0], &*out[1], &*out[2]].map(<[u64]>::len));
        unsafe { elementwise::tensor(p, a.map(rows), b.map(rows), out.map(rows_mut)) }
    }

    fn dot(&self, p: &Modulus, left: &[&[u64]], right: &[&[u64]], out: &mut [u64]) {
        same(left.len(), [right.len()]);
        same(out.len(), left.iter().chain(right).map(|x| x.len()));
        let [left, right] = [left, right].map(|side| side.iter().map(|x| rows(x)).collect::<Vec<_>>());
        unsafe { products::dot(p, &left, &right, rows_mut(out)) }
    }

    fn inner_product(&self, p: &Modulus, digits: &[&[u64]], key: KeyStream<'_>, out: [&mut [u64]; 2]) {
        same(out[0].len(), digits.iter().map(|digit| digit.len()).chain([out[1].len()]));
        key.assert_fit(digits.len(), out[0].len());
        let digits: Vec<&[Row]> = digits.iter().map(|digit| rows(digit)).collect();
        unsafe { products::inner_product(p, &digits, key, out.map(rows_mut)) }
    }

    fn inner_product_permuted(
        &self,
        p: &Modulus,
        digits: &[&[u64]],
        permutation: Run<'_>,
        key: KeyStream<'_>,
        out: [&mut [u64]; 2],
    ) {
        same(permutation.degree(), digits.iter().map(|digit| digit.len()));
        same(permutation.sources().len(), [out[0].len(), out[1].len()]);
        key.assert_fit(digits.len(), out[0].len());
        let digits: Vec<&[Row]> = digits.iter().map(|digit| rows(digit)).collect();
        unsafe { products::inner_product_permuted(p, &digits, permutation, key, out.map(rows_mut)) }
    }

    fn permute(&self, permutation: Run<'_>, a: &[u64], out: &mut [u64]) {
        same(permutation.degree(), [a.len()]);
        same(permutation.sources().len(), [out.len()]);
        unsafe { permutation::permute(permutation, rows(a), rows_mut(out)) }
    }

    fn reduce_signed(&self, p: &Modulus, values: &[i64], out: &mut [u64]) {
        same(out.len(), [values.len()]);
        unsafe { elementwise::reduce_signed(p, rows(values), rows_mut(out)) }
    }

    fn reduce_rounded(&self, p: &Modulus, values: &[f64], out: &mut [u64]) {
        same(out.len(), [values.len()]);
        unsafe { elementwise::reduce_rounded(p, rows(values), rows_mut(out)) }
    }

    fn lift(&self, from: &Modulus, p: &Modulus, a: &[u64], out: &mut [u64]) {
        same(out.len(), [a.len()]);
        unsafe { elementwise::lift(from, p, rows(a), rows_mut(out)) }
    }

    fn convert(&self, tables: &Conversion, from: &[&[u64]], to: &mut [&mut [u64]]) {
        same(tables.from.len(), [from.len()]);
        same(tables.to.len(), [to.len()]);
        same(from[0].len(), from.iter().map(|x| x.len()).chain(to.iter().map(|x| x.len())));
        let from: Vec<&[Row]> = from.iter().map(|x| rows(x)).collect();
        let mut to: Vec<&mut [Row]> = to.iter_mut().map(|x| rows_mut(x)).collect();
        unsafe { conversion::convert(tables, &from, &mut to) }
    }

    fn weigh(&self, tables: &Conversion, from: &mut [&mut [u64]], overflow: &mut [u64]) {
        same(tables.from.len(), [from.len()]);
        same(overflow.len(), from.iter().map(|x| x.len()));
        let mut from: Vec<&mut [Row]> = from.iter_mut().map(|x| rows_mut(x)).collect();
        unsafe { conversion::weigh(tables, &mut from, rows_mut(overflow)) }
    }

    fn combine(&self, tables: &Conversion, to: usize, weighted: &[&[u64]], overflow: &[u64], out: &mut [u64]) {
        same(tables.from.len(), [weighted.len()]);
        same(out.len(), weighted.iter().map(|x| x.len()).chain([overflow.len()]));
        let weighted: Vec<&[Row]> = weighted.iter().map(|x| rows(x)).collect();
        let (overflow, out) = (rows(overflow), rows_mut(out));
        if conversion::is_short(tables, &tables.to[to]) {
            let target = unsafe { conversion::target::<Short>(tables, to) };
            unsafe { conversion::combine(&Combined { target, weighted: &weighted, overflow }, out) }
        } else {
            let target = unsafe { conversion::target::<Long>(tables, to) };
            unsafe { conversion::combine(&Combined { target, weighted: &weighted, overflow }, out) }
        }
    }

    fn forward_combined(
        &self,
        plan: &Ntt,
        tables: &Conversion,
        to: usize,
        weighted: &[&[u64]],
        overflow: &[u64],
        out: &mut [u64],
    ) {
        same(tables.from.len(), [weighted.len()]);
        same(plan.degree(), weighted.iter().map(|x| x.len()).chain([overflow.len(), out.len()]));
        let weighted: Vec<&[Row]> = weighted.iter().map(|x| rows(x)).collect();
        let (overflow, out) = (rows(overflow), rows_mut(out));
        if conversion::is_short(tables, &tables.to[to]) {
            let target = unsafe { conversion::target::<Short>(tables, to) };
            forward(plan, &Combined { target, weighted: &weighted, overflow }, out, &mut Lazy);
        } else {
            let target = unsafe { conversion::target::<Long>(tables, to) };
            forward(plan, &Combined { target, weighted: &weighted, overflow }, out, &mut Lazy);
        }
    }

    fn forward(&self, plan: &Ntt, data: &mut [u64]) {
        same(plan.degree(), [data.len()]);
        forward(plan, &forward::InPlace, rows_mut(data), &mut Canonical);
    }

    fn inverse(&self, plan: &Ntt, data: &mut [u64]) {
        same(plan.degree(), [data.len()]);
        unsafe { inverse::transform(plan, &inverse::InPlace, rows_mut(data)) }
    }

    fn inverse_from(&self, plan: &Ntt, slots: &[u64], out: &mut [u64]) {
        same(plan.degree(), [slots.len(), out.len()]);
        unsafe { inverse::transform(plan, &inverse::Apart(rows(slots)), rows_mut(out)) }
    }

    fn forward_lifted(&self, plan: &Ntt, from: &Modulus, coefficients: &[u64], out: &mut [u64]) {
        same(plan.degree(), [coefficients.len(), out.len()]);
        forward_lifted(plan, from, rows(coefficients), rows_mut(out), &mut Lazy);
    }

    fn forward_signed(&self, plan: &Ntt, coefficients: &[i64], out: &mut [u64]) {
        same(plan.degree(), [coefficients.len(), out.len()]);
        let input = unsafe { signed_constants(plan.modulus(), rows(coefficients)) };
        forward(plan, &input, rows_mut(out), &mut Canonical);
    }

    fn divide(
        &self,
        plan: &Ntt,
        from: &Modulus,
        coefficients: &[u64],
        factor: Multiplier,
        acc: &mut [u64],
        add: Option<&[u64]>,
    ) {
        same(plan.degree(), [coefficients.len(), acc.len()].into_iter().chain(add.map(<[u64]>::len)));
        let mut divide = divide_by(plan.modulus(), factor, acc, add);
        let mut slots = Buffer::stale(plan.degree());
        forward_lifted(plan, from, rows(coefficients), rows_mut(&mut slots), &mut divide);
    }

    fn divide_combined(
        &self,
        plan: &Ntt,
        remainder: &Weighted<'_>,
        factor: Multiplier,
        acc: &mut [u64],
        add: Option<&[u64]>,
    ) {
        let Weighted { tables, to, residues, overflow } = *remainder;
        same(tables.from.len(), [residues.len()]);
        let lengths = residues.iter().map(|x| x.len()).chain([overflow.len(), acc.len()]);
        same(plan.degree(), lengths.chain(add.map(<[u64]>::len)));
        let weighted: Vec<&[Row]> = residues.iter().map(|x| rows(x)).collect();
        let (mut divide, overflow) = (divide_by(plan.modulus(), factor, acc, add), rows(overflow));
        let mut slots = Buffer::stale(plan.degree());
        let slots = rows_mut(&mut slots);
        if conversion::is_short(tables, &tables.to[to]) {
            let target = unsafe { conversion::target::<Short>(tables, to) };
            forward(plan, &Combined { target, weighted: &weighted, overflow }, slots, &mut divide);
        } else {
            let target = unsafe { conversion::target::<Long>(tables, to) };
            forward(plan, &Combined { target, weighted: &weighted, overflow }, slots, &mut divide);
        }
    }
}
