//! One image a slot: a ciphertext for each pixel, maps as matrix products of residues with small integers.
//!
//! No value ever moves from slot to slot: there are no rotations and no Galois keys. A linear layer takes no transform
//! and no key switch, whatever the weights; squares are relinearized before or after the map that follows them,
//! whichever are fewer, and answers not at all.

pub mod product;
pub mod relinearization;
pub mod size;
pub mod snapshot;
pub mod track;

use blindbench_core::error::Error;
use blindbench_core::network::architecture::Input;
use blindbench_core::network::images::Images;
use blindbench_core::probe::{LayerProbe, Operation, Probe};
use blindbench_core::roles::seed::Seed;
use blindbench_core::wire::Wire;
use blindbench_core::wire::parts::PartReader;
use blindbench_core::workers::Workers;
use blindbench_kernels::product::weights::Weights;

use super::affine::{Affine, Stages};
use super::messages::Query;
use crate::error::Result;
use crate::rlwe::encryption::SeededCiphertext;
use crate::rlwe::evaluation_keys::Request;
use crate::rns::items::made;
use product::Sums;
use relinearization::Relinearization;
use size::Size;
use track::Batched;

/// Bytes of ciphertexts of a query that are expanded at a time, about: those of a dense map, and those of a sparse one,
/// whose outputs are many and would be gone through for every piece.
const EXPANDED_BYTES: [usize; 2] = [128 << 20, 640 << 20];

/// The keys that maps take: at most one.
pub fn request<T: Batched>(track: &T, maps: usize) -> Request {
    let mut request = Request::default();
    for square in 0..maps - 1 {
        match track.relinearization(square) {
            Relinearization::Before => request.ask_relinearization(track.square_level(square)),
            Relinearization::After => request.ask_relinearization(track.level(square + 1)),
            Relinearization::Never => {}
        }
    }
    request
}

/// Encrypts one pixel of all images, cropped and as levels.
///
/// # Errors
/// For values that do not fit.
pub fn encrypt<T: Batched>(
    track: &T,
    secret: &T::Secret,
    levels: &[Vec<u16>],
    pixel: usize,
    seed: &Seed,
) -> Result<SeededCiphertext> {
    let slots: Vec<T::Value> = levels.iter().map(|image| track.pixel(image[pixel])).collect();
    track.encrypt(secret, &slots, seed)
}

/// The levels of all images' pixels, by image.
pub fn levels(input: &Input, images: &Images) -> Vec<Vec<u16>> {
    images.iter().map(|image| input.levels(image)).collect()
}

/// A map, packed.
struct Map<T: Batched> {
    weights: Weights,
    /// The largest root sum of squares of an output's integers.
    norm: f64,
    bias: Vec<T::Value>,
    layer: usize,
    size: Size,
}

impl<T: Batched> Map<T> {
    fn new(track: &T, index: usize, map: Affine<T::Value>) -> Result<Map<T>> {
        let size = Size::of(&map);
        let map = track.adapt(index, map);
        let rows = track.integers(index, &map)?;
        let square = |row: &Vec<(u32, i32)>| row.iter().map(|(_, weight)| f64::from(*weight).powi(2)).sum::<f64>();
        let norm = rows.iter().map(square).fold(0.0, f64::max).sqrt();
        let weights = product::packed(track.rlwe(), map.inputs, &rows);
        Ok(Map { weights, norm, bias: map.bias, layer: map.layer, size })
    }

    fn sums<'a>(&'a self, track: &'a T, index: usize, parts: usize) -> Sums<'a> {
        Sums::new(track.rlwe(), &self.weights, parts, track.level(index))
    }

    /// The map's results from its sums.
    fn finish(
        &self,
        (track, keys): (&T, &T::Keys),
        index: usize,
        sums: Sums<'_>,
        like: &T::Ciphertext,
    ) -> Result<Vec<T::Ciphertext>> {
        let sums: Vec<_> = sums.into_ciphertexts().into_iter().map(|sum| std::sync::Mutex::new(Some(sum))).collect();
        let result = |o: usize| {
            let sum = sums[o].lock().ok().and_then(|mut sum| sum.take());
            let sum = sum.ok_or_else(|| crate::error::Error::Refused("a sum was taken twice".into()))?;
            let mut sum = track.sum_of(index, sum, like, self.norm);
            track.add_bias(index, &mut sum, self.bias[o])?;
            track.settle(index, keys, sum)
        };
        made(sums.len(), result).into_iter().collect()
    }

    fn count(&self, span: &mut LayerProbe, switches: usize) {
        span.count(Operation::PlaintextMultiply, self.size.entries as u64);
        span.count(Operation::KeySwitch, switches as u64);
    }
}

/// What the server keeps of a network for one track.
pub struct Server<T: Batched> {
    maps: Vec<Map<T>>,
}

impl<T: Batched> Server<T> {
    /// Packs a network's maps.
    ///
    /// # Errors
    /// For weights that do not fit.
    pub fn new(track: &T, stages: &Stages<T::Value>) -> Result<Server<T>> {
        let maps = stages.maps.iter().cloned().enumerate().map(|(index, map)| Map::new(track, index, map));
        Ok(Server { maps: maps.collect::<Result<_>>()? })
    }

    /// Bytes of packed weights.
    pub fn resident_bytes(&self) -> u64 {
        self.maps.iter().map(|map| map.weights.resident_bytes()).sum::<u64>()
    }

    /// Key switches of map `index`.
    fn switches(&self, track: &T, index: usize) -> usize {
        let after = index > 0 && track.relinearization(index - 1) == Relinearization::After;
        if after { self.maps[index].size.outputs } else { 0 }
    }

    /// What follows the first map.
    fn rest(
        &self,
        (place, track, keys): (usize, &T, &T::Keys),
        images: usize,
        mut values: Vec<T::Ciphertext>,
        workers: &Workers,
        probe: &mut Probe<'_>,
    ) -> Result<Vec<T::Ciphertext>> {
        let sample = |index: usize, results: &[T::Ciphertext]| {
            let mut bytes = Vec::new();
            snapshot::put((index, place), images, results, &mut bytes);
            bytes
        };
        for (index, map) in self.maps.iter().enumerate().skip(1) {
            values = probe.layer(self.maps[index - 1].layer + 1, |span| {
                let switches = track.relinearization(index - 1) == Relinearization::Before;
                span.count(Operation::CiphertextMultiply, values.len() as u64);
                span.count(Operation::KeySwitch, if switches { values.len() as u64 } else { 0 });
                let square = |i: usize| track.square_slots(index - 1, keys, &values[i]);
                let squares = workers.run(|| made(values.len(), square).into_iter().collect::<Result<Vec<_>>>())?;
                span.snapshot(|| sample(index - 1, &squares));
                Ok::<_, crate::error::Error>(squares)
            })?;
            values = probe.layer(map.layer, |span| {
                map.count(span, self.switches(track, index));
                let results = workers.run(|| {
                    let inputs: Vec<_> = values.iter().map(|value| track.polynomials(value)).collect();
                    let mut sums = map.sums(track, index, inputs[0].parts.len());
                    sums.add(&inputs);
                    map.finish((track, keys), index, sums, &values[0])
                })?;
                span.snapshot(|| sample(index, &results));
                Ok::<_, crate::error::Error>(results)
            })?;
        }
        Ok(values)
    }
}

/// The first map of every track, of a query that is decoded and expanded piece by piece. Gives the number of images,
/// too.
fn first<C: ?Sized + Sync, T: Batched>(
    (tracks, servers, keys): (&[T], &[Server<T>], &T::Keys),
    mut query: PartReader<'_, C, Query>,
    pixels: usize,
) -> blindbench_core::error::Result<(usize, Vec<Vec<T::Ciphertext>>)>
where
    Query: Wire<C>,
{
    if query.len() != pixels {
        return Err(Error::wire("query", format!("{} pixels, the images have {pixels}", query.len())));
    }
    let mut sums: Vec<_> = servers.iter().zip(tracks).map(|(server, track)| server.maps[0].sums(track, 0, 2)).collect();
    let limbs: usize = tracks.iter().map(|track| 2 * (track.level(0) + 1)).sum();
    let sparse = servers.iter().any(|server| product::is_sparse(server.maps[0].size));
    let granules = EXPANDED_BYTES[usize::from(sparse)] / (8 * limbs * tracks[0].rlwe().degree() * Weights::GRANULE);
    let (mut images, mut like) = (None, Vec::new());
    while !query.is_empty() {
        let parts = query.take_parts(granules.max(1) * Weights::GRANULE)?;
        let expand = |i: usize| -> blindbench_core::error::Result<(usize, Vec<T::Ciphertext>)> {
            let Query { images, tracks: own } = parts[i].decode()?;
            if let Some((level, track)) = levels_differ(tracks, &own) {
                let reason = format!("a ciphertext at level {level}, expected {}", track.level(0));
                return Err(Error::wire("query", reason));
            }
            Ok((images, tracks.iter().zip(own).map(|(track, ciphertext)| track.fresh(ciphertext)).collect()))
        };
        let expanded = made(parts.len(), expand).into_iter().collect::<blindbench_core::error::Result<Vec<_>>>()?;
        for (own, _) in &expanded {
            if *images.get_or_insert(*own) != *own {
                return Err(Error::wire("query", format!("{own} images in a part, others before it")));
            }
        }
        for (place, (track, sums)) in tracks.iter().zip(&mut sums).enumerate() {
            let inputs: Vec<_> = expanded.iter().map(|(_, own)| track.polynomials(&own[place])).collect();
            sums.add(&inputs);
        }
        if like.is_empty() {
            like = expanded.into_iter().next().map_or_else(Vec::new, |(_, own)| own);
        }
    }
    let finish = |(place, sums): (usize, Sums<'_>)| {
        let (track, server) = (&tracks[place], &servers[place]);
        server.maps[0].finish((track, keys), 0, sums, &like[place])
    };
    let values = sums.into_iter().enumerate().map(finish).collect::<Result<_>>()?;
    Ok((images.unwrap_or(0), values))
}

/// A fresh ciphertext's level and its track where the first map is at another.
fn levels_differ<'a, T: Batched>(tracks: &'a [T], own: &[SeededCiphertext]) -> Option<(usize, &'a T)> {
    let level = |ciphertext: &SeededCiphertext| ciphertext.body.count() - 1;
    let differs = |(track, ciphertext): &(&T, &SeededCiphertext)| level(ciphertext) != track.level(0);
    tracks.iter().zip(own).find(differs).map(|(track, ciphertext)| (level(ciphertext), track))
}

/// The number of images in a query, and the encrypted scores: by class, then track.
///
/// # Errors
/// For a query that cannot be one, or where a key is missing.
pub fn evaluate<C: ?Sized + Sync, T: Batched>(
    (tracks, servers, keys): (&[T], &[Server<T>], &T::Keys),
    query: PartReader<'_, C, Query>,
    workers: &Workers,
    probe: &mut Probe<'_>,
) -> blindbench_core::error::Result<(usize, Vec<Vec<T::Ciphertext>>)>
where
    Query: Wire<C>,
{
    let map = &servers[0].maps[0];
    let (images, values) = probe.layer(map.layer, |span| {
        servers.iter().for_each(|server| server.maps[0].count(span, 0));
        let (images, values) = workers.run(|| first((tracks, servers, keys), query, map.size.inputs))?;
        span.snapshot(|| {
            let mut bytes = Vec::new();
            values.iter().enumerate().for_each(|(place, values)| snapshot::put((0, place), images, values, &mut bytes));
            bytes
        });
        Ok::<_, Error>((images, values))
    })?;
    let mut scores: Vec<Vec<T::Ciphertext>> = Vec::new();
    for (((place, track), server), values) in tracks.iter().enumerate().zip(servers).zip(values) {
        for (class, score) in server.rest((place, track, keys), images, values, workers, probe)?.into_iter().enumerate()
        {
            match scores.get_mut(class) {
                Some(tracks) => tracks.push(score),
                None => scores.push(vec![score]),
            }
        }
    }
    Ok((images, scores))
}
