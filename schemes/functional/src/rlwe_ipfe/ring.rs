//! Vectors over Z_q\[X\]/(X^n + 1), modulo one prime at a time, and the first coefficients of their products.

use blindbench_core::error::{Error, Result};
use blindbench_kernels::buffer::Buffer;
use blindbench_kernels::dispatch::Kernel;
use blindbench_kernels::residue::modulus::{Modulus, Multiplier};
use blindbench_kernels::residue::ntt::{Ntt, RingKind};
use zeroize::Zeroize;

/// Operations on residues work on multiples of so many.
pub(super) const ROW: usize = 64;
/// Up to so many coefficients are computed one by one: each is a sum over all slots, where a transform back gives all.
const FEW: usize = 4;

/// A prime of a modulus.
#[derive(Debug)]
pub(super) struct Prime {
    pub(super) ntt: Ntt,
    /// The inverse of each slot's point: what coefficient j + 1 is weighted with more than coefficient j.
    points: Buffer,
    /// 1/n.
    scale: Multiplier,
    /// (q / p)^-1: turns a residue into its digit ([`blindbench_kernels::rescale`]).
    pub(super) digit: Multiplier,
}

impl Prime {
    pub(super) fn modulus(&self) -> &Modulus {
        self.ntt.modulus()
    }
}

/// The ring modulo a product of primes, and the rank of vectors over it.
#[derive(Debug)]
pub(super) struct Ring {
    pub(super) degree: usize,
    pub(super) rank: usize,
    pub(super) primes: Vec<Prime>,
}

/// A vector in slots: for each prime `[rank][degree]`.
pub(super) type Slots = Vec<Buffer>;

impl Ring {
    /// Tables for so many primes.
    pub(super) fn new(kernel: Kernel, degree: usize, rank: usize, primes: &[u64]) -> Result<Ring> {
        let unfit =
            |p: u64| Error::Unsupported(format!("rlwe-ipfe: {p} is no prime for transforms of degree {degree}"));
        let of = |p: &u64| prime(kernel, degree, *p, primes).ok_or_else(|| unfit(*p));
        Ok(Ring { degree, rank, primes: primes.iter().map(of).collect::<Result<_>>()? })
    }

    /// Coefficients of a vector.
    pub(super) fn dimension(&self) -> usize {
        self.degree * self.rank
    }

    /// Words that so many coefficients of a product need.
    pub(super) fn room(&self, count: usize) -> usize {
        if count <= FEW { ROW } else { self.degree }
    }

    /// A vector of small coefficients, below 2^49 in magnitude, in slots.
    pub(super) fn transform(&self, coefficients: &[i64]) -> Slots {
        let of = |prime: &Prime| {
            let mut slots = Buffer::stale(self.dimension());
            for (slots, from) in slots.chunks_exact_mut(self.degree).zip(coefficients.chunks_exact(self.degree)) {
                prime.ntt.kernel().forward_signed(&prime.ntt, from, slots);
            }
            slots
        };
        self.primes.iter().map(of).collect()
    }
}

fn prime(kernel: Kernel, degree: usize, p: u64, all: &[u64]) -> Option<Prime> {
    let modulus = Modulus::new(p)?;
    let ntt = Ntt::new(kernel, modulus, degree.ilog2(), RingKind::Standard)?;
    let others = all.iter().filter(|other| **other != p).fold(1, |product, other| modulus.multiply(product, *other));
    let mut points = Buffer::stale(degree);
    for (slot, point) in points.iter_mut().enumerate() {
        *point = modulus.power_vartime(ntt.root(), (ntt.order() - ntt.exponent(slot)) as u64);
    }
    let scale = modulus.multiplier(modulus.inverse_vartime(degree as u64)?);
    let digit = modulus.multiplier(modulus.inverse_vartime(others)?);
    Some(Prime { ntt, points, scale, digit })
}

/// A vector to be multiplied with many others, for the first coefficients of the products' sums, as digits.
pub(super) struct Multiplicand {
    extent: Extent,
    /// For each prime: the vector times its digit's factor, or such a one for each coefficient.
    forms: Vec<Vec<Buffer>>,
}

/// How coefficients are computed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Extent {
    /// One by one.
    Few,
    /// All, by a transform back.
    All,
}

impl Drop for Multiplicand {
    fn drop(&mut self) {
        self.forms.iter_mut().flatten().for_each(Zeroize::zeroize);
    }
}

impl Multiplicand {
    /// Prepares a vector for products of which so many coefficients are wanted.
    pub(super) fn new(ring: &Ring, vector: Slots, count: usize) -> Multiplicand {
        let extent = if count <= FEW { Extent::Few } else { Extent::All };
        let forms = ring.primes.iter().zip(vector).map(|(prime, vector)| forms(ring, prime, vector, extent, count));
        Multiplicand { extent, forms: forms.collect() }
    }

    /// The first coefficients of `<self, other>` modulo a prime, as digits; `other` holds its slots, ring element by ring
    /// element, and `out` [`Ring::room`] words, of which those beyond the wanted ones are zero or further coefficients.
    pub(super) fn digits<'a>(
        &self,
        ring: &Ring,
        index: usize,
        other: impl Iterator<Item = &'a [u64]>,
        out: &mut [u64],
    ) {
        let prime = &ring.primes[index];
        let (kernel, p) = (prime.ntt.kernel(), prime.modulus());
        let other: Vec<&[u64]> = other.collect();
        let dot = |form: &Buffer, out: &mut [u64]| {
            let form: Vec<&[u64]> = form.chunks_exact(ring.degree).collect();
            kernel.dot(p, &form, &other, out);
        };
        match self.extent {
            Extent::All => {
                dot(&self.forms[index][0], out);
                kernel.inverse(&prime.ntt, out);
            }
            Extent::Few => {
                let mut slots = Buffer::stale(ring.degree);
                out.fill(0);
                for (form, out) in self.forms[index].iter().zip(out) {
                    dot(form, &mut slots);
                    *out = sum(prime, &mut slots);
                }
                slots.zeroize();
            }
        }
    }
}

fn forms(ring: &Ring, prime: &Prime, mut vector: Buffer, extent: Extent, count: usize) -> Vec<Buffer> {
    let (kernel, p) = (prime.ntt.kernel(), prime.modulus());
    kernel.scale(p, &mut vector, prime.digit);
    if extent == Extent::All {
        return vec![vector];
    }
    kernel.scale(p, &mut vector, prime.scale);
    let mut forms = vec![vector];
    while forms.len() < count {
        let mut next = forms[forms.len() - 1].clone();
        next.chunks_exact_mut(ring.degree).for_each(|slots| kernel.multiply_assign(p, slots, &prime.points));
        forms.push(next);
    }
    forms
}

/// The sum of all slots, which are used up.
fn sum(prime: &Prime, slots: &mut [u64]) -> u64 {
    let p = prime.modulus();
    let mut width = slots.len();
    while width > ROW {
        width /= 2;
        let (low, high) = slots[..2 * width].split_at_mut(width);
        prime.ntt.kernel().add_assign(p, low, high);
    }
    slots[..width].iter().fold(0, |sum, slot| p.add(sum, *slot))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use blindbench_kernels::buffer::Buffer;
    use blindbench_kernels::dispatch::Kernel;

    use super::{Multiplicand, Ring};

    /// Coefficients of the sum of products, by definition.
    fn schoolbook(degree: usize, a: &[i64], b: &[i64], p: i64) -> Vec<i64> {
        let mut out = vec![0; degree];
        for (a, b) in a.chunks(degree).zip(b.chunks(degree)) {
            for (i, a) in a.iter().enumerate() {
                for (j, b) in b.iter().enumerate() {
                    let sign = if i + j < degree { 1 } else { -1 };
                    out[(i + j) % degree] += sign * a * b;
                }
            }
        }
        out.into_iter().map(|x| x.rem_euclid(p)).collect()
    }

    #[test]
    fn first_coefficients_are_those_of_the_product() {
        let (degree, rank) = (64, 3);
        let numbers =
            |seed: i64| -> Vec<i64> { (0..degree * rank).map(|i| (i as i64 * seed * seed) % 2003 - 1001).collect() };
        let (a, b) = (numbers(17), numbers(101));
        for kernel in Kernel::ALL.into_iter().filter(|kernel| kernel.is_available()) {
            let ring = Ring::new(kernel, degree, rank, &[786_433, 7681]).unwrap();
            let right = ring.transform(&b);
            for count in [1, 4, 5, 64] {
                let left = Multiplicand::new(&ring, ring.transform(&a), count);
                for (index, prime) in ring.primes.iter().enumerate() {
                    let mut out = Buffer::zeroed(ring.room(count));
                    left.digits(&ring, index, right[index].chunks_exact(degree), &mut out);
                    let p = prime.modulus();
                    let expected = schoolbook(degree, &a, &b, p.value() as i64);
                    for (found, expected) in out.iter().zip(&expected).take(count) {
                        assert_eq!(*found, p.scale(*expected as u64, prime.digit), "{kernel}, {count}");
                    }
                }
            }
        }
        assert!(Ring::new(Kernel::Scalar, degree, rank, &[786_431]).is_err());
    }
}
