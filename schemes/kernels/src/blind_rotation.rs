//! Blind rotation of TFHE for eight ciphertexts at once, one a lane.
//!
//! The heart of programmable bootstrapping (Chillotti, Gama, Georgieva, Izabachène, J. Cryptology 33,
//! 2020, algorithm 9): an accumulator is multiplied by `X^(b - <a, s>)`, where the bits of `s` are
//! encrypted in GGSW ciphertexts. Ciphertexts lie side by side, so that a transform needs no shuffles
//! and one read of a key's coefficient serves eight ciphertexts; each GGSW ciphertext is read once for
//! all of them.

use crate::dispatch::Kernel;
use crate::fourier::{Complex, Isa, LANES, Lanes, Portable, Transform};

/// Extents of a bootstrapping key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shape {
    /// LWE dimension `n` of what is bootstrapped: GGSW ciphertexts in the key.
    pub lwe_dimension: usize,
    /// Mask polynomials `k` of a GLWE ciphertext.
    pub glwe_dimension: usize,
    /// Coefficients `N` of a polynomial, a power of two of at least 4.
    pub polynomial_size: usize,
    /// Bits of a digit.
    pub base_log: u32,
    /// Digits; with `base_log` at most 52 bits.
    pub level_count: usize,
}

impl Shape {
    fn polynomials(&self) -> usize {
        self.glwe_dimension + 1
    }

    /// Rows of a GGSW ciphertext: products that an external product sums up.
    fn rows(&self) -> usize {
        self.polynomials() * self.level_count
    }

    fn frequencies(&self) -> usize {
        self.polynomial_size / 2
    }

    /// Coefficients of the whole key in the standard domain.
    pub fn key_size(&self) -> usize {
        self.lwe_dimension * self.rows() * self.polynomials() * self.polynomial_size
    }
}

/// A bootstrapping key in the Fourier domain, in the order that an external product reads it:
/// ciphertext, frequency, row, polynomial.
#[derive(Debug, Clone)]
pub struct FourierKey {
    shape: Shape,
    transform: Transform,
    values: Vec<[f64; 2]>,
}

/// Eight torus elements, one a lane.
type Torus = [u64; LANES];

/// Adding this to a number below `2^51` rounds it to an integer, which lies in the sum's lowest bits.
const MAGIC: f64 = 6_755_399_441_055_744.0;

/// Bits of a torus element that survive the way through a double.
const KEPT_BITS: u32 = 51;

impl FourierKey {
    /// Transforms a key from the standard domain: `key_size` torus elements in the order ciphertext,
    /// digit (the least significant first), row, polynomial, coefficient. Missing ones count as zero.
    pub fn new(shape: Shape, standard: &[u64]) -> Self {
        let transform = Transform::new(shape.polynomial_size);
        let (size, half) = (shape.polynomial_size, shape.frequencies());
        let pairs = shape.rows() * shape.polynomials();
        let mut values = vec![[0.0; 2]; shape.key_size() / 2];
        let scale = (-64f64).exp2() / half as f64;
        let mut block = vec![Complex::default(); half];
        for (index, polynomials) in standard.chunks(size * LANES).enumerate() {
            block.fill(Complex::default());
            for (lane, polynomial) in polynomials.chunks_exact(size).enumerate() {
                let (re, im) = polynomial.split_at(half);
                for ((value, re), im) in block.iter_mut().zip(re).zip(im) {
                    value.re.0[lane] = *re as i64 as f64 * scale;
                    value.im.0[lane] = *im as i64 as f64 * scale;
                }
            }
            transform.forward::<Portable>(&mut block);
            for lane in 0..polynomials.len() / size {
                let place = index * LANES + lane;
                let first = place / pairs * pairs * half + place % pairs;
                for (frequency, value) in block.iter().enumerate() {
                    if let Some(slot) = values.get_mut(first + frequency * pairs) {
                        *slot = [value.re.0[lane], value.im.0[lane]];
                    }
                }
            }
        }
        FourierKey { shape, transform, values }
    }

    /// Bytes that the key takes.
    pub fn resident_bytes(&self) -> u64 {
        size_of_val(self.values.as_slice()) as u64
    }

    /// Whether [`FourierKey::bootstrap`] is fast with this kernel: it lives off fused multiply-adds.
    pub fn suits(kernel: Kernel) -> bool {
        kernel >= Kernel::Avx512 && kernel.is_available()
    }

    /// Bootstraps LWE ciphertexts of `n + 1` coefficients, body last, through the function whose
    /// values at `i / 2N` of the torus are `function`: fills `k N + 1` coefficients for each.
    ///
    /// The mask is rounded to the nearest of `2N` points, half up. Asks the processor before it uses
    /// wide instructions. Variable time in nothing secret.
    pub fn bootstrap(&self, kernel: Kernel, input: &[u32], function: &[u64], output: &mut [u64]) {
        #[cfg(target_arch = "x86_64")]
        if kernel.is_available() {
            match kernel {
                Kernel::Scalar => {}
                Kernel::Avx2 => return wide::bootstrap_avx2(self, input, function, output),
                Kernel::Avx512 | Kernel::Ifma => return wide::bootstrap_avx512(self, input, function, output),
            }
        }
        let _ = kernel;
        bootstrap_all::<Portable>(self, input, function, output);
    }
}

/// Ciphertexts of a group and their accumulators.
struct Group {
    /// Rounded masks and bodies, in `0..2N`.
    exponents: Vec<[u32; LANES]>,
    accumulator: Vec<Torus>,
}

/// Buffers of an external product.
struct Scratch {
    rotated: Vec<Torus>,
    digits: Vec<Complex>,
    products: Vec<Complex>,
}

#[inline(always)]
fn bootstrap_all<I: Isa>(key: &FourierKey, input: &[u32], function: &[u64], output: &mut [u64]) {
    let shape = &key.shape;
    let (narrow, wide) = (shape.lwe_dimension + 1, shape.glwe_dimension * shape.polynomial_size + 1);
    let mut groups: Vec<Group> =
        input.chunks(narrow * LANES).map(|ciphertexts| start(shape, ciphertexts, function)).collect();
    let half = shape.frequencies();
    let mut scratch = Scratch {
        rotated: vec![[0; LANES]; shape.polynomial_size],
        digits: vec![Complex::default(); shape.rows() * half],
        products: vec![Complex::default(); shape.polynomials() * half],
    };
    let ggsw_size = half * shape.rows() * shape.polynomials();
    for (index, ggsw) in key.values.chunks_exact(ggsw_size).enumerate() {
        for group in &mut groups {
            step::<I>(key, ggsw, &group.exponents[index], &mut group.accumulator, &mut scratch);
        }
    }
    for (group, output) in groups.iter().zip(output.chunks_mut(wide * LANES)) {
        for (lane, output) in output.chunks_exact_mut(wide).enumerate() {
            extract(shape, &group.accumulator, lane, output);
        }
    }
}

/// Rounds the ciphertexts and turns the function back by their bodies.
fn start(shape: &Shape, ciphertexts: &[u32], function: &[u64]) -> Group {
    let size = shape.polynomial_size;
    let shift = 32 - (2 * size).ilog2();
    let round = |x: u32| x.wrapping_add(1 << (shift - 1)) >> shift;
    let mut exponents = vec![[0; LANES]; shape.lwe_dimension + 1];
    for (lane, lwe) in ciphertexts.chunks_exact(shape.lwe_dimension + 1).enumerate() {
        exponents.iter_mut().zip(lwe).for_each(|(exponent, x)| exponent[lane] = round(*x));
    }
    let mut accumulator = vec![[0; LANES]; shape.glwe_dimension * size];
    let bodies = exponents.last().copied().unwrap_or_default();
    accumulator.extend((0..size).map(|j| {
        let mut point = [0; LANES];
        for lane in 0..LANES {
            let place = (j + bodies[lane] as usize) % (2 * size);
            let value = function.get(place % size).copied().unwrap_or_default();
            point[lane] = if place < size { value } else { value.wrapping_neg() };
        }
        point
    }));
    Group { exponents, accumulator }
}

/// `accumulator += ggsw x (X^exponent accumulator - accumulator)`: the accumulator is multiplied by
/// `X^exponent` where the GGSW ciphertext holds 1.
#[inline(always)]
fn step<I: Isa>(
    key: &FourierKey,
    ggsw: &[[f64; 2]],
    exponents: &[u32; LANES],
    accumulator: &mut [Torus],
    scratch: &mut Scratch,
) {
    let shape = &key.shape;
    let (half, rows) = (shape.frequencies(), shape.rows());
    for (index, polynomial) in accumulator.chunks_exact(shape.polynomial_size).enumerate() {
        I::rotate(polynomial, exponents, &mut scratch.rotated);
        decompose(shape, polynomial, &scratch.rotated, &mut scratch.digits[index * half..]);
    }
    for digits in scratch.digits.chunks_exact_mut(half) {
        key.transform.forward::<I>(digits);
    }
    match shape.polynomials() {
        2 => multiply::<I, 2>(half, rows, &scratch.digits, ggsw, &mut scratch.products),
        3 => multiply::<I, 3>(half, rows, &scratch.digits, ggsw, &mut scratch.products),
        4 => multiply::<I, 4>(half, rows, &scratch.digits, ggsw, &mut scratch.products),
        polynomials => multiply_any::<I>(half, polynomials, &scratch.digits, ggsw, &mut scratch.products),
    }
    let products = scratch.products.chunks_exact_mut(half);
    for (products, polynomial) in products.zip(accumulator.chunks_exact_mut(shape.polynomial_size)) {
        key.transform.inverse::<I>(products);
        let (low, high) = polynomial.split_at_mut(half);
        for ((product, low), high) in products.iter().zip(low).zip(high) {
            add_real(low, product.re);
            add_real(high, product.im);
        }
    }
}

/// Signed digits of `rotated - polynomial`, least significant first, each digit's polynomials `k + 1`
/// transforms apart.
#[inline(always)]
fn decompose(shape: &Shape, polynomial: &[Torus], rotated: &[Torus], digits: &mut [Complex]) {
    let half = shape.frequencies();
    let ((low, high), (low_rotated, high_rotated)) = (polynomial.split_at(half), rotated.split_at(half));
    let stride = shape.polynomials() * half;
    for at in 0..half {
        let (mut re, mut im) = (round(shape, &low[at], &low_rotated[at]), round(shape, &high[at], &high_rotated[at]));
        for level in 0..shape.level_count {
            digits[level * stride + at] =
                Complex { re: next_digit(shape.base_log, &mut re), im: next_digit(shape.base_log, &mut im) };
        }
    }
}

/// The nearest multiple of the last digit's unit.
#[inline(always)]
fn round(shape: &Shape, polynomial: &Torus, rotated: &Torus) -> Torus {
    let shift = 63 - shape.base_log * shape.level_count as u32;
    let mut out = [0; LANES];
    for lane in 0..LANES {
        out[lane] = (rotated[lane].wrapping_sub(polynomial[lane]) >> shift).wrapping_add(1) >> 1;
    }
    out
}

/// Takes the lowest digit off, in `-B/2..=B/2`; the carry goes to the next.
#[inline(always)]
fn next_digit(base_log: u32, state: &mut Torus) -> Lanes {
    let mask = (1u64 << base_log) - 1;
    let mut out = Lanes::default();
    for (state, out) in state.iter_mut().zip(&mut out.0) {
        let digit = *state & mask;
        let rest = *state >> base_log;
        let carry = ((digit.wrapping_sub(1) | rest) & digit) >> (base_log - 1);
        *state = rest + carry;
        let digit = digit.wrapping_sub(carry << base_log);
        *out = f64::from_bits(MAGIC.to_bits().wrapping_add(digit)) - MAGIC;
    }
    out
}

/// Adds a real number to a torus element, modulo 1.
#[inline(always)]
fn add_real(torus: &mut Torus, real: Lanes) {
    for (torus, real) in torus.iter_mut().zip(real.0) {
        let fraction = real - ((real + MAGIC) - MAGIC);
        let scaled = fraction * (1u64 << KEPT_BITS) as f64 + MAGIC;
        let integer = scaled.to_bits().wrapping_sub(MAGIC.to_bits());
        *torus = torus.wrapping_add(integer << (64 - KEPT_BITS));
    }
}

/// Sums over the rows, all `Q` polynomials of a frequency in registers.
#[inline(always)]
fn multiply<I: Isa, const Q: usize>(
    half: usize,
    rows: usize,
    digits: &[Complex],
    ggsw: &[[f64; 2]],
    products: &mut [Complex],
) {
    for (frequency, key) in ggsw.chunks_exact(rows * Q).enumerate() {
        let mut sums = [Complex::default(); Q];
        for (row, key) in key.as_chunks::<Q>().0.iter().enumerate() {
            let digit = digits[row * half + frequency];
            for polynomial in 0..Q {
                sums[polynomial] = sums[polynomial].add_product::<I>(digit, key[polynomial]);
            }
        }
        for (polynomial, sum) in sums.into_iter().enumerate() {
            products[polynomial * half + frequency] = sum;
        }
    }
}

/// As [`multiply`], for any number of polynomials.
#[inline(always)]
fn multiply_any<I: Isa>(
    half: usize,
    polynomials: usize,
    digits: &[Complex],
    ggsw: &[[f64; 2]],
    products: &mut [Complex],
) {
    let rows = digits.len() / half;
    for (frequency, key) in ggsw.chunks_exact(rows * polynomials).enumerate() {
        for polynomial in 0..polynomials {
            let mut sum = Complex::default();
            for row in 0..rows {
                sum = sum.add_product::<I>(digits[row * half + frequency], key[row * polynomials + polynomial]);
            }
            products[polynomial * half + frequency] = sum;
        }
    }
}

/// The LWE ciphertext of the constant coefficient: `a_0, -a_(N-1), ..., -a_1` for each mask polynomial, then the body.
fn extract(shape: &Shape, accumulator: &[Torus], lane: usize, output: &mut [u64]) {
    let size = shape.polynomial_size;
    for (polynomial, output) in accumulator.chunks_exact(size).zip(output.chunks_mut(size)) {
        for (j, x) in output.iter_mut().enumerate() {
            *x = if j == 0 { polynomial[0][lane] } else { polynomial[size - j][lane].wrapping_neg() };
        }
    }
}

#[cfg(target_arch = "x86_64")]
mod wide {
    #![expect(unsafe_code, reason = "calls of functions that need instructions which the processor was asked for")]

    use super::{FourierKey, bootstrap_all};
    use crate::dispatch::Kernel;
    use crate::fourier::Portable;
    use crate::fourier::avx512::Avx512;

    /// The loop with AVX2.
    pub(super) fn bootstrap_avx2(key: &FourierKey, input: &[u32], function: &[u64], output: &mut [u64]) {
        #[target_feature(enable = "avx2,fma")]
        fn inner(key: &FourierKey, input: &[u32], function: &[u64], output: &mut [u64]) {
            bootstrap_all::<Portable>(key, input, function, output);
        }
        assert!(Kernel::Avx2.is_available());
        // SAFETY: the line above found every instruction of the inner function available.
        unsafe { inner(key, input, function, output) }
    }

    /// The loop with AVX-512.
    pub(super) fn bootstrap_avx512(key: &FourierKey, input: &[u32], function: &[u64], output: &mut [u64]) {
        #[target_feature(enable = "avx2,fma,avx512f,avx512dq,avx512bw,avx512vl")]
        fn inner(key: &FourierKey, input: &[u32], function: &[u64], output: &mut [u64]) {
            bootstrap_all::<Avx512>(key, input, function, output);
        }
        assert!(Kernel::Avx512.is_available());
        // SAFETY: the line above found every instruction of the inner function available.
        unsafe { inner(key, input, function, output) }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{FourierKey, Shape};
    use crate::dispatch::Kernel;

    /// A key without noise or mask: GGSW ciphertexts of bits under the zero key, `m B^-level` on the diagonal.
    fn trivial_key(shape: Shape, bits: &[u64]) -> Vec<u64> {
        let (polynomials, size) = (shape.glwe_dimension + 1, shape.polynomial_size);
        let mut key = vec![0; shape.key_size()];
        for (index, polynomial) in key.chunks_exact_mut(size).enumerate() {
            let (row, column) = (index / polynomials % polynomials, index % polynomials);
            let digit = index / (polynomials * polynomials) % shape.level_count;
            let bit = bits[index / (polynomials * polynomials * shape.level_count)];
            let level = (shape.level_count - digit) as u32;
            polynomial[0] = if row == column { bit << (64 - shape.base_log * level) } else { 0 };
        }
        key
    }

    fn shapes() -> impl Strategy<Value = Shape> {
        (1usize..=4, 2u32..=7, prop_oneof![Just((9, 1)), Just((7, 2)), Just((23, 2))]).prop_map(|(k, log, (b, l))| {
            Shape { lwe_dimension: 5, glwe_dimension: k, polynomial_size: 1 << log, base_log: b, level_count: l }
        })
    }

    proptest! {
        /// With a trivial key a bootstrap reads the function at the rounded phase, up to the last digit.
        #[test]
        fn bootstraps_read_the_function_at_the_phase(
            shape in shapes(), bits in proptest::collection::vec(0u64..2, 5), count in 1usize..20, seed in any::<u32>(),
        ) {
            let size = shape.polynomial_size;
            let key = FourierKey::new(shape, &trivial_key(shape, &bits));
            // Multiples of the last digit's unit, so that nothing is rounded.
            let unit = 64 - shape.base_log * shape.level_count as u32;
            let function: Vec<u64> = (0..size as u64).map(|i| (i * 37 + 11) << unit).collect();
            let input: Vec<u32> = (0..count as u32 * 6).map(|i| (i ^ seed).wrapping_mul(0x9e37_79b9)).collect();
            let shift = 32 - (2 * size).ilog2();
            let round = |x: u32| (x.wrapping_add(1 << (shift - 1)) >> shift) as usize;
            let wide = shape.glwe_dimension * size + 1;
            for kernel in Kernel::ALL {
                let mut output = vec![0; count * wide];
                key.bootstrap(kernel, &input, &function, &mut output);
                for (lwe, output) in input.chunks(6).zip(output.chunks(wide)) {
                    // The accumulator is turned by b and back by a where the bit is set.
                    let turned: usize = (0..5).map(|i| round(lwe[i]) * bits[i] as usize).sum();
                    let place = (round(lwe[5]) + 10 * size - turned % (2 * size)) % (2 * size);
                    let value = function[place % size];
                    let expected = if place < size { value } else { value.wrapping_neg() };
                    prop_assert!((output[wide - 1].wrapping_sub(expected) as i64).unsigned_abs() < 1 << 24);
                    prop_assert!(output[..wide - 1].iter().all(|x| (*x as i64).unsigned_abs() < 1 << 24));
                }
            }
        }
    }
}
