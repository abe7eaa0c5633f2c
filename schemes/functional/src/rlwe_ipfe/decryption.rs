//! Opening ciphertexts with function keys.

use std::ops::Range;

use blindbench_core::error::{Error, Result};
use blindbench_core::probe::{LayerProbe, Operation};
use blindbench_kernels::buffer::Buffer;
use blindbench_kernels::product::planes::{Matrix, Planes};
use blindbench_kernels::rescale::{self, Decoding};

use super::ciphertext::Ciphertext;
use super::engine::RlweIpfe;
use super::keys::{AuthorityTag, FunctionKeys};
use super::ring::{Multiplicand, Slots};

/// Tiles of columns that are opened at a time: the sums of so many stay in the second cache.
const TILES: usize = 8;

/// Function keys in slots, and their weight vectors as a matrix.
#[derive(Debug)]
pub struct Decryptor {
    authority: AuthorityTag,
    matrix: Matrix,
    rows: Vec<Row>,
}

/// A weight vector's key.
struct Row {
    key: Slots,
    /// Least and largest result.
    window: (i64, i64),
}

impl std::fmt::Debug for Row {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Row").field("window", &self.window).finish_non_exhaustive()
    }
}

impl Decryptor {
    /// Bytes in memory.
    pub(super) fn resident_bytes(&self) -> u64 {
        let keys = self.rows.iter().flat_map(|row| &row.key).map(|slots| 8 * slots.len() as u64);
        self.matrix.resident_bytes() + keys.sum::<u64>()
    }
}

impl RlweIpfe {
    /// Puts keys into slots.
    pub(super) fn prepare_keys(&self, rows: &[Vec<i64>], keys: &FunctionKeys) -> Result<Decryptor> {
        if keys.keys.len() != rows.len() {
            return Err(Error::Refused(format!(
                "rlwe-ipfe: {} keys for {} weight vectors",
                keys.keys.len(),
                rows.len()
            )));
        }
        let row = |(weights, key): (&Vec<i64>, &Vec<i64>)| Row {
            key: self.first.transform(key),
            window: self.window(weights),
        };
        Ok(Decryptor {
            authority: keys.authority,
            matrix: self.matrix(rows)?,
            rows: rows.iter().zip(&keys.keys).map(row).collect(),
        })
    }

    /// Least and largest result of a weight vector with inputs in range.
    fn window(&self, weights: &[i64]) -> (i64, i64) {
        let (least, most) = weights.iter().fold((0, 0), |(least, most), w| (least + w.min(&0), most + w.max(&0)));
        let input = self.demand.input_max as i64;
        let result = i64::try_from(self.demand.result_max).unwrap_or(i64::MAX);
        ((least * input).max(-result), (most * input).min(result))
    }

    /// The inner products of a ciphertext's vectors, `[sample][row]`.
    pub(super) fn open_together(
        &self,
        decryptor: &Decryptor,
        ciphertext: &Ciphertext,
        probe: &mut LayerProbe,
        out: &mut Vec<i64>,
    ) -> Result<()> {
        if ciphertext.authority != decryptor.authority {
            let reason = "a ciphertext and the function keys belong to different authorities";
            return Err(Error::Refused(format!("rlwe-ipfe: {reason}")));
        }
        let samples = ciphertext.samples();
        let masks = self.masks(decryptor, ciphertext, probe);
        let starts: Vec<usize> = (0..ciphertext.rows.column_tiles()).step_by(TILES).collect();
        let opened = self.workers.map(starts, |start| {
            let tiles = start..(start + TILES).min(ciphertext.rows.column_tiles());
            self.open_tiles(decryptor, ciphertext, tiles, &masks)
        });
        let (start, outputs) = (out.len(), decryptor.rows.len());
        out.resize(start + samples * outputs, 0);
        for (block, opened) in opened.into_iter().enumerate() {
            let columns = out[start..][block * TILES * Planes::COLUMNS * outputs..].chunks_mut(outputs);
            let opened = opened?;
            let width = opened.len() / outputs;
            for (column, out) in columns.take(width).enumerate() {
                out.iter_mut().zip(opened[column..].iter().step_by(width)).for_each(|(out, x)| *out = *x);
            }
        }
        Ok(())
    }

    /// <c_0, k> for each key k, switched to the modulus of the c_i.
    fn masks(&self, decryptor: &Decryptor, ciphertext: &Ciphertext, probe: &mut LayerProbe) -> Vec<Buffer> {
        let (ring, samples) = (&self.first, ciphertext.samples());
        let room = ring.room(samples);
        let transformed = ring.primes.iter().zip(&ciphertext.first).map(|(prime, first)| {
            let mut slots = first.clone();
            slots.chunks_exact_mut(ring.degree).for_each(|slots| prime.ntt.kernel().forward(&prime.ntt, slots));
            slots
        });
        let first = Multiplicand::new(ring, transformed.collect(), samples);
        let transforms = if room == ring.degree { ring.rank + decryptor.rows.len() } else { ring.rank };
        probe.count(Operation::Ntt, (ring.primes.len() * transforms) as u64);
        let factors = self.factors(&self.derived.setting.first_primes);
        self.workers.map(decryptor.rows.iter().collect(), |row| {
            let digits = row.key.iter().enumerate().map(|(index, key)| {
                let mut digits = Buffer::stale(room);
                first.digits(ring, index, key.chunks_exact(ring.degree), &mut digits);
                digits
            });
            let digits: Vec<Buffer> = digits.collect();
            let digits: Vec<&[u64]> = digits.iter().map(|digits| &**digits).collect();
            let mut mask = Buffer::stale(room);
            rescale::switch(self.kernel, self.bits(), &digits, &factors, &mut mask);
            mask
        })
    }

    /// The results of some tiles of columns, `[row][sample]`.
    fn open_tiles(
        &self,
        decryptor: &Decryptor,
        ciphertext: &Ciphertext,
        tiles: Range<usize>,
        masks: &[Buffer],
    ) -> Result<Vec<i64>> {
        let first = tiles.start * Planes::COLUMNS;
        let padded = tiles.len() * Planes::COLUMNS;
        let width = padded.min(ciphertext.samples() - first);
        let mut sums = vec![0; decryptor.rows.len() * padded];
        decryptor.matrix.multiply(&ciphertext.rows, tiles, &mut sums);
        for (o, (row, mask)) in decryptor.rows.iter().zip(masks).enumerate() {
            let sums = &mut sums[o * padded..][..width];
            let center = row.window.0.midpoint(row.window.1);
            let decoding = Decoding { bits: self.bits(), step: self.step, center };
            let found = rescale::decode(self.kernel, &decoding, &mask[first..first + width], sums);
            if found.remainder > self.noise || found.results.0 < row.window.0 || found.results.1 > row.window.1 {
                return Err(self.damaged(found.remainder));
            }
        }
        if width < padded {
            sums = sums.chunks_exact(padded).flat_map(|sums| &sums[..width]).copied().collect();
        }
        Ok(sums)
    }

    fn damaged(&self, remainder: f64) -> Error {
        Error::Refused(format!(
            "a ciphertext does not open: noise {remainder:.0} where at most {:.0} is promised, or a result out of range; it or \
             the function keys are damaged, or are of other vectors",
            self.noise
        ))
    }
}
