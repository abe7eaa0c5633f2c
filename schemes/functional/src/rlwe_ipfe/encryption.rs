//! Setup, key derivation and encryption.

use blindbench_core::error::{Error, Result};
use blindbench_core::roles::seed::{Rng, Seed};
use blindbench_kernels::buffer::Buffer;
use blindbench_kernels::product::planes::{Matrix, Planes};
use blindbench_kernels::rescale;
use blindbench_kernels::residue::modulus::Multiplier;
use blindbench_kernels::sample::Sampler;
use blindbench_kernels::sample::gaussian::Gaussian;
use zeroize::Zeroize;

use super::ciphertext::Ciphertext;
use super::engine::RlweIpfe;
use super::keys::{AuthorityTag, FunctionKeys, MasterKey, PublicKey, expand};
use super::ring::{Multiplicand, Prime, Slots};

/// Tiles of columns that key derivation works on at a time.
const TILES: usize = 8;

impl RlweIpfe {
    /// A stream of secrets from a role's generator.
    fn sampler(&self, rng: &mut Rng) -> Sampler {
        Sampler::new(self.kernel, *Seed::drawn(rng).expose())
    }

    /// Draws the keys.
    pub(super) fn draw_keys(&self, rng: &mut Rng) -> (MasterKey, PublicKey) {
        let (ring, dimension) = (&self.ring, self.ring.dimension());
        let seed = *Seed::drawn(rng).expose();
        let matrix = expand(self, &seed);
        let mut sampler = self.sampler(rng);
        let bits = u64::BITS - self.key.bound().leading_zeros() + 1;
        let planes = bits.div_ceil(8);
        let offset = 1i64 << (8 * planes - 1);
        let mut secrets = Planes::zeroed(self.demand.length, dimension, planes as usize);
        let mut rows = Vec::with_capacity(self.demand.length);
        let mut four: [Buffer; 4] = std::array::from_fn(|_| Buffer::stale(dimension));
        let mut noise = Buffer::stale(dimension);
        for first in (0..self.demand.length).step_by(4) {
            let count = (self.demand.length - first).min(4);
            for secret in &mut four[..count] {
                self.key.fill(&mut sampler, secret.integers_mut());
                self.key.fill(&mut sampler, noise.integers_mut());
                rows.push(self.public_row(&matrix, secret.integers(), noise.integers()));
                secret.integers_mut().iter_mut().for_each(|x| *x += offset);
            }
            let all: [&[u64]; 4] = std::array::from_fn(|row| &*four[row]);
            secrets.set_rows(first, &all[..count]);
        }
        four.zeroize();
        noise.zeroize();
        debug_assert_eq!(ring.primes.len(), matrix.len());
        let moduli = self.derived.setting.primes.clone();
        (
            MasterKey { authority: AuthorityTag::of(&seed), planes: secrets, offset },
            PublicKey { seed, matrix, rows, moduli },
        )
    }

    /// A s + e in slots.
    fn public_row(&self, matrix: &[Buffer], secret: &[i64], noise: &[i64]) -> Slots {
        let ring = &self.ring;
        let (mut secret, mut noise) = (ring.transform(secret), ring.transform(noise));
        let mut rows = Slots::new();
        for (((prime, matrix), secret), noise) in ring.primes.iter().zip(matrix).zip(&secret).zip(&noise) {
            let (kernel, p) = (prime.ntt.kernel(), prime.modulus());
            let mut row = Buffer::stale(ring.dimension());
            let secret: Vec<&[u64]> = secret.chunks_exact(ring.degree).collect();
            for (j, row) in row.chunks_exact_mut(ring.degree).enumerate() {
                let columns = matrix.chunks_exact(ring.dimension());
                let entries: Vec<&[u64]> = columns.map(|column| &column[j * ring.degree..][..ring.degree]).collect();
                kernel.dot(p, &entries, &secret, row);
            }
            kernel.add_assign(p, &mut row, noise);
            rows.push(row);
        }
        secret.iter_mut().chain(&mut noise).for_each(Zeroize::zeroize);
        rows
    }

    /// sum_i y_i s_i for each weight vector y: one product of matrices, in constant time.
    pub(super) fn derive(&self, master: &MasterKey, rows: &[Vec<i64>]) -> Result<FunctionKeys> {
        let matrix = self.matrix(rows)?;
        let shifts: Vec<i64> = rows.iter().map(|row| master.offset.wrapping_mul(row.iter().sum())).collect();
        let dimension = self.ring.dimension();
        let mut keys = vec![vec![0; dimension]; rows.len()];
        for tile in (0..master.planes.column_tiles()).step_by(TILES) {
            let tiles = tile..(tile + TILES).min(master.planes.column_tiles());
            let width = tiles.len() * Planes::COLUMNS;
            let mut sums = vec![0; rows.len() * width];
            matrix.multiply(&master.planes, tiles, &mut sums);
            for ((key, shift), sums) in keys.iter_mut().zip(&shifts).zip(sums.chunks_exact(width)) {
                let key = &mut key[tile * Planes::COLUMNS..];
                key.iter_mut().zip(sums).for_each(|(key, sum)| *key = sum.wrapping_sub(*shift));
            }
        }
        Ok(FunctionKeys { authority: master.authority, keys })
    }

    /// Weight vectors as a matrix of bytes.
    pub(super) fn matrix(&self, rows: &[Vec<i64>]) -> Result<Matrix> {
        let length = self.demand.length;
        let fits =
            |row: &Vec<i64>| row.len() == length && row.iter().all(|w| w.unsigned_abs() <= self.demand.weight_max);
        if rows.is_empty() || !rows.iter().all(fits) {
            let most = self.demand.weight_max;
            return Err(Error::Refused(format!(
                "rlwe-ipfe: weight vectors other than of {length} numbers up to {most}"
            )));
        }
        let weights: Vec<i32> = rows.iter().flatten().map(|weight| *weight as i32).collect();
        Ok(Matrix::new(self.method, length, &weights))
    }

    /// Encrypts up to as many vectors as a ring element has coefficients.
    pub(super) fn encrypt_together(
        &self,
        public: &PublicKey,
        samples: &[Vec<u16>],
        rng: &mut Rng,
    ) -> Result<Ciphertext> {
        self.accept(samples)?;
        let mut sampler = self.sampler(rng);
        let ring = &self.ring;
        let mut secret = Buffer::stale(ring.dimension());
        self.randomness.fill(&mut sampler, secret.integers_mut());
        let slots = ring.transform(secret.integers());
        self.randomness.fill(&mut sampler, secret.integers_mut());
        let first = self.first(public, slots.clone(), secret.integers());
        secret.zeroize();
        let mut masked = Masked::new(self, Multiplicand::new(ring, slots, samples.len()), samples.len());
        let length = self.demand.length;
        let mut rows = Planes::zeroed(length, samples.len(), self.derived.setting.planes as usize);
        let mut four: [Buffer; 4] = std::array::from_fn(|_| Buffer::stale(ring.room(samples.len())));
        for first in (0..length).step_by(4) {
            let count = (length - first).min(4);
            for (row, out) in four[..count].iter_mut().enumerate() {
                let inputs = samples.iter().map(|sample| sample[first + row]);
                masked.row(self, &public.rows[first + row], inputs, &mut sampler, out);
            }
            let all: [&[u64]; 4] = std::array::from_fn(|row| &four[row][..samples.len()]);
            rows.set_rows(first, &all[..count]);
        }
        Ok(Ciphertext {
            authority: AuthorityTag::of(&public.seed),
            first,
            moduli: self.derived.setting.first_primes.clone(),
            rows,
        })
    }

    fn accept(&self, samples: &[Vec<u16>]) -> Result<()> {
        let (length, most) = (self.demand.length, self.demand.input_max);
        let fits = |sample: &Vec<u16>| sample.len() == length && sample.iter().all(|x| u64::from(*x) <= most);
        match (1..=self.ring.degree).contains(&samples.len()) && samples.iter().all(fits) {
            true => Ok(()),
            false => Err(Error::Refused(format!("rlwe-ipfe: vectors other than of {length} numbers from 0 to {most}"))),
        }
    }

    /// c_0 = A^T r + f_0, switched to its own modulus.
    fn first(&self, public: &PublicKey, secret: Slots, noise: &[i64]) -> Vec<Buffer> {
        let ring = &self.ring;
        let all = Multiplicand::new(ring, secret, ring.degree);
        let mut digits = Vec::new();
        for (index, prime) in ring.primes.iter().enumerate() {
            let mut out = Buffer::stale(ring.dimension());
            let columns = public.matrix[index].chunks_exact(ring.dimension());
            for (column, out) in columns.zip(out.chunks_exact_mut(ring.room(ring.degree))) {
                all.digits(ring, index, column.chunks_exact(ring.degree), out);
            }
            add_integers(prime, noise, prime.digit, &mut out);
            digits.push(out);
        }
        self.switch_first(&digits)
    }

    /// Rounds x q_0 / q, where x / q is the fractional part of the sum of the digits over their primes.
    fn switch_first(&self, digits: &[Buffer]) -> Vec<Buffer> {
        let target: u128 = self.derived.setting.first_primes.iter().map(|p| u128::from(*p)).product();
        let mut first: Vec<Buffer> = self.first.primes.iter().map(|_| Buffer::stale(self.ring.dimension())).collect();
        for i in 0..self.ring.dimension() {
            let switched = rounded_product(self.fractions.sum(digits.iter().map(|digits| digits[i])), target);
            for (first, prime) in first.iter_mut().zip(&self.first.primes) {
                first[i] = prime.modulus().reduce(switched);
            }
        }
        first
    }
}

/// `fraction * target / 2^128` rounded.
fn rounded_product(fraction: u128, target: u128) -> u128 {
    let halves = |x: u128| (x >> 64, x & u128::from(u64::MAX));
    let ((a, b), (c, d)) = (halves(fraction), halves(target));
    let middle = ((b * d) >> 64) + halves(a * d).1 + halves(b * c).1 + (1 << 63);
    a * c + halves(a * d).0 + halves(b * c).0 + (middle >> 64)
}

/// `digits += integers * factor` modulo a prime.
fn add_integers(prime: &Prime, integers: &[i64], factor: Multiplier, digits: &mut [u64]) {
    let (kernel, p) = (prime.ntt.kernel(), prime.modulus());
    let mut residues = Buffer::stale(digits.len());
    kernel.reduce_signed(p, integers, &mut residues);
    kernel.scale_add(p, digits, &residues, factor);
    residues.zeroize();
}

/// What the c_i of a ciphertext have in common.
struct Masked<'a> {
    secret: Multiplicand,
    message: &'a Gaussian,
    samples: usize,
    /// Delta times the digit's factor, prime by prime.
    delta: Vec<Multiplier>,
    noise: Buffer,
    inputs: Buffer,
    digits: Vec<Buffer>,
}

impl<'a> Masked<'a> {
    fn new(engine: &'a RlweIpfe, secret: Multiplicand, samples: usize) -> Masked<'a> {
        let (ring, room) = (&engine.ring, engine.ring.room(samples));
        let modulus: u128 = engine.derived.setting.primes.iter().map(|p| u128::from(*p)).product();
        let delta = modulus / engine.derived.load.results as u128;
        let of = |prime: &Prime| {
            let p = prime.modulus();
            p.multiplier(p.multiply(p.reduce(delta), prime.digit.value))
        };
        Masked {
            secret,
            message: &engine.message,
            samples,
            delta: ring.primes.iter().map(of).collect(),
            noise: Buffer::zeroed(room),
            inputs: Buffer::zeroed(room),
            digits: ring.primes.iter().map(|_| Buffer::stale(room)).collect(),
        }
    }

    /// c_i = <p_i, r> + f_i + Delta X_i, switched.
    fn row(
        &mut self,
        engine: &RlweIpfe,
        public: &Slots,
        inputs: impl Iterator<Item = u16>,
        sampler: &mut Sampler,
        out: &mut [u64],
    ) {
        self.message.fill(sampler, &mut self.noise.integers_mut()[..self.samples]);
        self.inputs.iter_mut().zip(inputs).for_each(|(place, x)| *place = x.into());
        let ring = &engine.ring;
        for (index, (prime, digits)) in ring.primes.iter().zip(&mut self.digits).enumerate() {
            self.secret.digits(ring, index, public[index].chunks_exact(ring.degree), digits);
            add_integers(prime, self.noise.integers(), prime.digit, digits);
            prime.ntt.kernel().scale_add(prime.modulus(), digits, &self.inputs, self.delta[index]);
        }
        let digits: Vec<&[u64]> = self.digits.iter().map(|digits| &**digits).collect();
        rescale::switch_exactly(engine.bits(), &digits, &engine.fractions, out);
    }
}

impl Drop for Masked<'_> {
    fn drop(&mut self) {
        self.noise.zeroize();
        self.inputs.zeroize();
        self.digits.zeroize();
    }
}
