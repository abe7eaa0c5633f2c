//! The operations with AVX2 and FMA: four residues in a register, as doubles.
#![expect(unsafe_code, reason = "instructions that only functions compiled for them reach; calls after detection")]

mod conversion;
mod elementwise;
mod ends;
mod field;
mod fold;
mod forward;
mod inverse;
mod lanes;
mod layers;
mod products;
pub(crate) mod tables;
mod transform;

use super::conversion::{Conversion, Weighted};
use super::key::KeyStream;
use super::modulus::{Modulus, Multiplier};
use super::ntt::{Ntt, RingKind};
use super::operations::Residues;
use super::permutation::Run;
use super::rows::{rows, rows_mut, same};
use super::scalar::Scalar;
use crate::buffer::Buffer;
use crate::dispatch::Kernel;
use conversion::{Combined, Sources, Target};
use ends::{Apart, Canonical, Divide, Doubles, InPlace, Input, Lazy, Lifted, Output, Signed};
use field::{Constant, Field};
use lanes::Row;
use tables::Tables;

/// AVX2 and FMA. There is no value of it on processors without.
///
/// Transforms need a plan made for a kernel that runs here; on others they are those of portable code.
#[derive(Debug, Clone, Copy)]
pub struct Avx2(());

impl Avx2 {
    /// None where the processor lacks the instructions.
    pub fn detect() -> Option<&'static Avx2> {
        Kernel::Avx2.is_available().then_some(&Avx2(()))
    }
}

#[target_feature(enable = "avx2,fma")]
fn forward<I: Input, O: Output>(plan: &Ntt, tables: &Tables, input: &I, work: &mut [Row], output: &mut O) {
    let field = Field::new(plan.modulus());
    match plan.ring() {
        RingKind::Standard => forward::transform(&field, &tables.forward, input, work, output),
        RingKind::ConjugateInvariant => {
            fold::fold(&field, tables.fold, input, work);
            forward::transform(&field, &tables.forward, &Doubles, work, output);
        }
    }
}

#[target_feature(enable = "avx2,fma")]
fn inverse<I: Input>(plan: &Ntt, tables: &Tables, input: &I, work: &mut [Row]) {
    let field = Field::new(plan.modulus());
    match plan.ring() {
        RingKind::Standard => inverse::transform(&field, tables, input, work, &mut Canonical),
        RingKind::ConjugateInvariant => {
            inverse::transform(&field, tables, input, work, &mut Doubles);
            fold::unfold(&field, tables.fold, work);
        }
    }
}

// SAFETY of the calls: an `Avx2` is at hand, so the processor has the instructions.
impl Residues for Avx2 {
    fn kernel(&self) -> Kernel {
        Kernel::Avx2
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
        unsafe { elementwise::scale(p, rows_mut(acc), Constant::of(p, factor)) }
    }

    fn scale_add(&self, p: &Modulus, acc: &mut [u64], x: &[u64], factor: Multiplier) {
        same(acc.len(), [x.len()]);
        unsafe { elementwise::scale_add(p, rows_mut(acc), rows(x), Constant::of(p, factor)) }
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
        // Nothing but loads and stores.
        Scalar.permute(permutation, a, out);
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
        let targets: Vec<Target> = (0..to.len()).map(|to| Target::new(tables, to)).collect();
        unsafe { conversion::convert(&Sources::new(tables), &targets, &from, &mut to) }
    }

    fn weigh(&self, tables: &Conversion, from: &mut [&mut [u64]], overflow: &mut [u64]) {
        same(tables.from.len(), [from.len()]);
        same(overflow.len(), from.iter().map(|x| x.len()));
        let mut from: Vec<&mut [Row]> = from.iter_mut().map(|x| rows_mut(x)).collect();
        unsafe { conversion::weigh(&Sources::new(tables), &mut from, rows_mut(overflow)) }
    }

    fn combine(&self, tables: &Conversion, to: usize, weighted: &[&[u64]], overflow: &[u64], out: &mut [u64]) {
        same(tables.from.len(), [weighted.len()]);
        same(out.len(), weighted.iter().map(|x| x.len()).chain([overflow.len()]));
        let weighted: Vec<&[Row]> = weighted.iter().map(|x| rows(x)).collect();
        let combined = Combined { target: Target::new(tables, to), weighted: &weighted, overflow: rows(overflow) };
        unsafe { conversion::combine(&combined, rows_mut(out)) }
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
        let Some(twiddles) = plan.doubles() else {
            return Scalar.forward_combined(plan, tables, to, weighted, overflow, out);
        };
        same(tables.from.len(), [weighted.len()]);
        same(plan.degree(), weighted.iter().map(|x| x.len()).chain([overflow.len(), out.len()]));
        let weighted: Vec<&[Row]> = weighted.iter().map(|x| rows(x)).collect();
        let combined = Combined { target: Target::new(tables, to), weighted: &weighted, overflow: rows(overflow) };
        unsafe { forward(plan, twiddles, &combined, rows_mut(out), &mut Lazy) }
    }

    fn forward(&self, plan: &Ntt, data: &mut [u64]) {
        let Some(tables) = plan.doubles() else { return Scalar.forward(plan, data) };
        same(plan.degree(), [data.len()]);
        unsafe { forward(plan, tables, &InPlace, rows_mut(data), &mut Canonical) }
    }

    fn inverse(&self, plan: &Ntt, data: &mut [u64]) {
        let Some(tables) = plan.doubles() else { return Scalar.inverse(plan, data) };
        same(plan.degree(), [data.len()]);
        unsafe { inverse(plan, tables, &InPlace, rows_mut(data)) }
    }

    fn inverse_from(&self, plan: &Ntt, slots: &[u64], out: &mut [u64]) {
        let Some(tables) = plan.doubles() else { return Scalar.inverse_from(plan, slots, out) };
        same(plan.degree(), [slots.len(), out.len()]);
        unsafe { inverse(plan, tables, &Apart(rows(slots)), rows_mut(out)) }
    }

    fn forward_lifted(&self, plan: &Ntt, from: &Modulus, coefficients: &[u64], out: &mut [u64]) {
        let Some(tables) = plan.doubles() else { return Scalar.forward_lifted(plan, from, coefficients, out) };
        same(plan.degree(), [coefficients.len(), out.len()]);
        let input = Lifted { residues: rows(coefficients), from };
        unsafe { forward(plan, tables, &input, rows_mut(out), &mut Lazy) }
    }

    fn forward_signed(&self, plan: &Ntt, coefficients: &[i64], out: &mut [u64]) {
        let Some(tables) = plan.doubles() else { return Scalar.forward_signed(plan, coefficients, out) };
        same(plan.degree(), [coefficients.len(), out.len()]);
        unsafe { forward(plan, tables, &Signed(rows(coefficients)), rows_mut(out), &mut Canonical) }
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
        let Some(tables) = plan.doubles() else {
            return Scalar.divide(plan, from, coefficients, factor, acc, add);
        };
        same(plan.degree(), [coefficients.len(), acc.len()].into_iter().chain(add.map(<[u64]>::len)));
        let input = Lifted { residues: rows(coefficients), from };
        let factor = Constant::of(plan.modulus(), factor);
        let mut divide = Divide { acc: rows_mut(acc), add: add.map(rows), factor };
        let mut work = Buffer::stale(plan.degree());
        unsafe { forward(plan, tables, &input, rows_mut(&mut work), &mut divide) }
    }

    fn divide_combined(
        &self,
        plan: &Ntt,
        remainder: &Weighted<'_>,
        factor: Multiplier,
        acc: &mut [u64],
        add: Option<&[u64]>,
    ) {
        let Some(twiddles) = plan.doubles() else {
            return Scalar.divide_combined(plan, remainder, factor, acc, add);
        };
        let Weighted { tables, to, residues, overflow } = *remainder;
        same(tables.from.len(), [residues.len()]);
        let lengths = residues.iter().map(|x| x.len()).chain([overflow.len(), acc.len()]);
        same(plan.degree(), lengths.chain(add.map(<[u64]>::len)));
        let weighted: Vec<&[Row]> = residues.iter().map(|x| rows(x)).collect();
        let combined = Combined { target: Target::new(tables, to), weighted: &weighted, overflow: rows(overflow) };
        let factor = Constant::of(plan.modulus(), factor);
        let mut divide = Divide { acc: rows_mut(acc), add: add.map(rows), factor };
        let mut work = Buffer::stale(plan.degree());
        unsafe { forward(plan, twiddles, &combined, rows_mut(&mut work), &mut divide) }
    }
}
