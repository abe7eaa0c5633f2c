//! Plans for number-theoretic transforms.

#[cfg(target_arch = "x86_64")]
use super::avx2::tables::Tables;
use super::modulus::{Modulus, Multiplier};
use super::operations::{Residues, residues};
use crate::buffer::Buffer;
use crate::dispatch::Kernel;

/// The ring of polynomials that a transform belongs to; N is its degree.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RingKind {
    /// `Z[X]/(X^N + 1)`.
    Standard,
    /// The part of `Z[X]/(X^2N + 1)` that X -> X^-1 leaves alone: `a_0 + sum a_i (X^i + X^-i)`, 0 < i < N
    /// (Kim and Song, "Approximate homomorphic encryption over the conjugate-invariant ring", 2018).
    ConjugateInvariant,
}

/// Words that the twiddles of the last three stages take for a block of 64 slots.
const TAIL_WORDS: usize = 7 * 2 * 8;

/// Tables for the transform of one ring modulo one prime.
///
/// Slot `i` holds the value at `psi^exponent(i)`, where psi is a primitive root of unity of order
/// [`Ntt::order`]. Slots stand in bit-reversed order, each block of 64 transposed as an 8 by 8 matrix: so
/// vector code never has to combine the lanes of one register, and all kernels share the order.
#[derive(Debug, Clone)]
pub struct Ntt {
    modulus: Modulus,
    log_n: u32,
    ring: RingKind,
    kernel: &'static dyn Residues,
    root: u64,
    /// Entry `2^s + j` is the twiddle of block `j` in stage `s`, which halves 2^s blocks.
    forward: Vec<Multiplier>,
    /// Their inverses.
    inverse: Vec<Multiplier>,
    /// The twiddles of the last three stages, in [`tail`]'s order.
    forward_tail: Buffer,
    /// Their inverses.
    inverse_tail: Buffer,
    /// 1/N, and in the conjugate-invariant ring 1/(2N).
    scale: Multiplier,
    /// A square root of -1, which folds the conjugate-invariant ring.
    fold: Multiplier,
    /// Twiddles as AVX2 takes them, in plans for it.
    #[cfg(target_arch = "x86_64")]
    doubles: Option<Tables>,
}

impl Ntt {
    /// Smallest degree, as a power of two.
    pub const LEAST_LOG_N: u32 = 6;
    /// Largest degree, as a power of two.
    pub const MOST_LOG_N: u32 = 17;

    /// None where the degree is out of range, or the modulus is no prime that is 1 modulo the order of
    /// the roots of unity: 2N, and 4N in the conjugate-invariant ring.
    pub fn new(kernel: Kernel, modulus: Modulus, log_n: u32, ring: RingKind) -> Option<Ntt> {
        if !(Self::LEAST_LOG_N..=Self::MOST_LOG_N).contains(&log_n) {
            return None;
        }
        let root = root_of_unity(&modulus, log_order(log_n, ring))?;
        let inverse_root = modulus.inverse_vartime(root)?;
        let two = u64::from(ring == RingKind::ConjugateInvariant) + 1;
        let scale = modulus.inverse_vartime(two << log_n)?;
        let fold = modulus.power_vartime(root, 1 << log_n);
        let forward = twiddles(&modulus, root, log_n, ring);
        let inverse = twiddles(&modulus, inverse_root, log_n, ring);
        let kernel = residues(kernel);
        let (scale, fold) = (modulus.multiplier(scale), modulus.multiplier(fold));
        Some(Ntt {
            modulus,
            log_n,
            ring,
            kernel,
            root,
            forward_tail: tail(&forward),
            inverse_tail: tail(&inverse),
            #[cfg(target_arch = "x86_64")]
            doubles: (kernel.kernel() == Kernel::Avx2)
                .then(|| Tables::new(&modulus, [&forward, &inverse], scale, fold)),
            forward,
            inverse,
            scale,
            fold,
        })
    }

    /// The prime.
    pub fn modulus(&self) -> &Modulus {
        &self.modulus
    }

    /// The ring.
    pub fn ring(&self) -> RingKind {
        self.ring
    }

    /// log2 of the degree.
    pub fn log_n(&self) -> u32 {
        self.log_n
    }

    /// The degree N: the number of coefficients and of slots.
    pub fn degree(&self) -> usize {
        1 << self.log_n
    }

    /// The order of psi: 2N, and 4N in the conjugate-invariant ring.
    pub fn order(&self) -> usize {
        1 << log_order(self.log_n, self.ring)
    }

    /// The root of unity psi.
    pub fn root(&self) -> u64 {
        self.root
    }

    /// Slot `i` holds the value at psi to this power.
    pub fn exponent(&self, slot: usize) -> usize {
        let standing = (slot & !63) | (slot & 7) << 3 | (slot >> 3 & 7);
        let reversed = standing.reverse_bits() >> (usize::BITS - self.log_n);
        match self.ring {
            RingKind::Standard => 2 * reversed + 1,
            RingKind::ConjugateInvariant => 4 * reversed + 1,
        }
    }

    /// The implementation of the operations.
    pub fn kernel(&self) -> &'static dyn Residues {
        self.kernel
    }

    pub(crate) fn forward_twiddles(&self) -> &[Multiplier] {
        &self.forward
    }

    pub(crate) fn inverse_twiddles(&self) -> &[Multiplier] {
        &self.inverse
    }

    /// For each block of 64, seven pairs of rows of eight words, twiddles and their quotients: one pair
    /// for the stage that combines rows four apart of the transposed block, two (rows 0 and 1, rows 4
    /// and 5) for the next, four (rows 0, 2, 4, 6) for the last. Lane `a` serves the block's row `a`
    /// before the transposition.
    pub(crate) fn forward_tail(&self) -> &[u64] {
        &self.forward_tail
    }

    /// [`Ntt::forward_tail`] of the inverse twiddles.
    pub(crate) fn inverse_tail(&self) -> &[u64] {
        &self.inverse_tail
    }

    /// None in plans for other kernels than AVX2.
    #[cfg(target_arch = "x86_64")]
    pub(crate) fn doubles(&self) -> Option<&Tables> {
        self.doubles.as_ref()
    }

    pub(crate) fn scale(&self) -> Multiplier {
        self.scale
    }

    pub(crate) fn fold(&self) -> Multiplier {
        self.fold
    }
}

fn log_order(log_n: u32, ring: RingKind) -> u32 {
    match ring {
        RingKind::Standard => log_n + 1,
        RingKind::ConjugateInvariant => log_n + 2,
    }
}

/// A primitive root of unity of order 2^log_order: the same for every run, the power of the smallest
/// number that gives one.
fn root_of_unity(p: &Modulus, log_order: u32) -> Option<u64> {
    let cofactor = (p.value() - 1) >> log_order;
    if cofactor << log_order != p.value() - 1 {
        return None;
    }
    // Half of all numbers give one if p is prime.
    let candidates = (2..p.value()).take(64).map(|g| p.power_vartime(g, cofactor));
    let is_primitive = |root: &u64| p.power_vartime(*root, 1 << (log_order - 1)) == p.value() - 1;
    let mut found = candidates.filter(is_primitive);
    found.next()
}

/// Block `j` of stage `s` splits X^2m - c into (X^m - t)(X^m + t) with t^2 = c: its twiddle t is the
/// root to the power of the block's first exponent times m.
fn twiddles(p: &Modulus, root: u64, log_n: u32, ring: RingKind) -> Vec<Multiplier> {
    let step = match ring {
        RingKind::Standard => 2,
        RingKind::ConjugateInvariant => 4,
    };
    let root = p.multiplier(root);
    let powers: Vec<u64> =
        std::iter::successors(Some(1), |power| Some(p.scale(*power, root))).take(1 << log_order(log_n, ring)).collect();
    let mut twiddles = vec![Multiplier::default(); 1 << log_n];
    for stage in 0..log_n {
        let half = (1 << log_n) >> (stage + 1);
        for block in 0..1usize << stage {
            let reversed = if stage == 0 { 0 } else { block.reverse_bits() >> (usize::BITS - stage) };
            twiddles[(1 << stage) + block] = p.multiplier(powers[(step * reversed + 1) * half]);
        }
    }
    twiddles
}

/// The twiddles of the last three stages by block of 64, as [`Ntt::forward_tail`] describes.
fn tail(twiddles: &[Multiplier]) -> Buffer {
    let n = twiddles.len();
    let mut tail = Buffer::zeroed(n / 64 * TAIL_WORDS);
    for (block, rows) in tail.chunks_exact_mut(TAIL_WORDS).enumerate() {
        let places =
            [(n / 8, 1, 0), (n / 4, 2, 0), (n / 4, 2, 1), (n / 2, 4, 0), (n / 2, 4, 1), (n / 2, 4, 2), (n / 2, 4, 3)];
        for (pair, (start, step, offset)) in rows.chunks_exact_mut(16).zip(places) {
            for lane in 0..8 {
                let twiddle = twiddles[start + (8 * block + lane) * step + offset];
                (pair[lane], pair[8 + lane]) = (twiddle.value, twiddle.quotient);
            }
        }
    }
    tail
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use proptest::prelude::*;

    use super::*;
    use crate::residue::permutation::Permutation;
    use crate::residue::testing::{primes, random_residues};

    /// The product in Z_p[X]/(X^N + 1) by its definition.
    fn schoolbook(p: &Modulus, a: &[u64], b: &[u64]) -> Vec<u64> {
        let n = a.len();
        let mut product = vec![0; n];
        for (i, a) in a.iter().enumerate() {
            for (j, b) in b.iter().enumerate() {
                let term = p.multiply(*a, *b);
                let place = &mut product[(i + j) % n];
                *place = if i + j < n { p.add(*place, term) } else { p.subtract(*place, term) };
            }
        }
        product
    }

    /// A conjugate-invariant polynomial as one of Z_p[X]/(X^2N + 1), where X^-i is -X^(2N-i).
    fn unfolded(p: &Modulus, a: &[u64]) -> Vec<u64> {
        let n = a.len();
        let mut wide = a.to_vec();
        wide.resize(2 * n, 0);
        for (i, a) in a.iter().enumerate().skip(1) {
            wide[2 * n - i] = p.negate(*a);
        }
        wide
    }

    fn product(plan: &Ntt, a: &[u64], b: &[u64]) -> Vec<u64> {
        let (mut a, mut b) = (a.to_vec(), b.to_vec());
        plan.kernel().forward(plan, &mut a);
        plan.kernel().forward(plan, &mut b);
        plan.kernel().multiply_assign(plan.modulus(), &mut a, &b);
        plan.kernel().inverse(plan, &mut a);
        a
    }

    #[test]
    fn every_plan_multiplies_as_the_schoolbook_does() {
        for kernel in Kernel::ALL.into_iter().filter(|kernel| kernel.is_available()) {
            for log_n in 6..=9 {
                for p in primes(log_n) {
                    let [a, b] = [1, 2].map(|seed| random_residues(&p, 1 << log_n, seed));
                    let standard = Ntt::new(kernel, p, log_n, RingKind::Standard).unwrap();
                    assert_eq!(product(&standard, &a, &b), schoolbook(&p, &a, &b), "{kernel} {log_n} {p:?}");
                    let real = Ntt::new(kernel, p, log_n, RingKind::ConjugateInvariant).unwrap();
                    let wide = schoolbook(&p, &unfolded(&p, &a), &unfolded(&p, &b));
                    assert_eq!(unfolded(&p, &product(&real, &a, &b)), wide, "{kernel} {log_n} {p:?}");
                }
            }
        }
    }

    #[test]
    fn slots_are_values_at_the_stated_powers() {
        for ring in [RingKind::Standard, RingKind::ConjugateInvariant] {
            let p = primes(6)[0];
            let plan = Ntt::new(Kernel::Scalar, p, 6, ring).unwrap();
            let a = random_residues(&p, 64, 3);
            let mut slots = a.clone();
            plan.kernel().forward(&plan, &mut slots);
            let whole = if ring == RingKind::Standard { a } else { unfolded(&p, &a) };
            for (slot, value) in slots.iter().enumerate() {
                let point = p.power_vartime(plan.root(), plan.exponent(slot) as u64);
                let at = whole.iter().rev().fold(0, |sum, a| p.add(p.multiply(sum, point), *a));
                assert_eq!(*value, at, "{ring:?} slot {slot}");
            }
        }
    }

    proptest! {
        #[test]
        fn automorphisms_permute_slots(half in 0usize..64, seed: u64) {
            let (p, element) = (primes(6)[0], 2 * half + 1);
            let plan = Ntt::new(Kernel::Scalar, p, 6, RingKind::Standard).unwrap();
            let a = random_residues(&p, 64, seed);
            let mut image = vec![0; 64];
            for (i, a) in a.iter().enumerate() {
                let to = i * element % 128;
                image[to % 64] = if to < 64 { *a } else { p.negate(*a) };
            }
            let (mut slots, mut permuted) = (a, vec![0; 64]);
            plan.kernel().forward(&plan, &mut slots);
            plan.kernel().forward(&plan, &mut image);
            let permutation = Permutation::of_automorphism(&plan, element).unwrap();
            plan.kernel().permute(permutation.whole(), &slots, &mut permuted);
            prop_assert_eq!(permuted, image);
        }
    }

    #[test]
    fn unfit_moduli_and_degrees_are_refused() {
        let p = Modulus::new(786_433).unwrap();
        assert!(Ntt::new(Kernel::Scalar, p, 5, RingKind::Standard).is_none());
        assert!(Ntt::new(Kernel::Scalar, p, 18, RingKind::Standard).is_none());
        // 786433 = 3 2^18 + 1.
        assert!(Ntt::new(Kernel::Scalar, p, 17, RingKind::Standard).is_some());
        assert!(Ntt::new(Kernel::Scalar, p, 17, RingKind::ConjugateInvariant).is_none());
        // 2^18 k + 1, but a multiple of 5.
        assert!(Ntt::new(Kernel::Scalar, Modulus::new((1 << 18) * 6 + 1).unwrap(), 12, RingKind::Standard).is_none());
    }
}
