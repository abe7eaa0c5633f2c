//! One image a ciphertext: its maps are diagonals, rotations and sums.

use std::collections::BTreeSet;

use blindbench_core::probe::{LayerProbe, Operation, Probe};
use blindbench_core::roles::seed::Seed;
use blindbench_core::wire::Encode;
use blindbench_core::workers::Workers;

use super::affine::{Affine, Stages};
use super::encrypted::{EncryptedMap, EncryptedWeights};
use super::grid::Arranged;
use super::plan::{Route, Step};
use super::service::WeightsForm;
use super::track::{Factors, Multiplications, Then, Track};
use crate::error::{Error, Result};
use crate::linear::diagonal::Diagonal;
use crate::rlwe::encryption::SeededCiphertext;
use crate::rlwe::evaluation_keys::Request;
use crate::rlwe::matrix::Matrix;

/// A map's weights.
enum Operand<T: Track> {
    Clear { matrix: T::Matrix, addend: T::Addend },
    Encrypted(EncryptedMap<T>),
}

/// A map, encoded.
struct Map<T: Track> {
    /// By track.
    weights: Vec<Operand<T>>,
    sums: Vec<Matrix>,
    /// The layer that ends with it.
    layer: usize,
    counts: Counts,
}

/// What a map takes, for the record.
#[derive(Debug, Clone, Copy)]
struct Counts {
    rotations: u64,
    products: u64,
    /// Products are those of ciphertexts.
    encrypted: bool,
}

/// What the server keeps of a network.
pub struct Server<T: Track> {
    maps: Vec<Map<T>>,
}

impl Counts {
    fn of(step: &Step, encrypted: bool) -> Counts {
        let sums: usize = step.sums.iter().map(|images| images.len() - 1).sum();
        let rotations = (step.plan.moving_babies() + step.plan.moving_giants() + sums) as u64;
        Counts { rotations, products: step.packing.rotations.len() as u64, encrypted }
    }

    /// A rotation is a key switch, too, and so is a relinearization.
    fn put(self, span: &mut LayerProbe) {
        span.count(Operation::Rotation, self.rotations);
        span.count(Operation::KeySwitch, self.rotations + u64::from(self.encrypted));
        let product = if self.encrypted { Operation::CiphertextMultiply } else { Operation::PlaintextMultiply };
        span.count(product, self.products);
    }
}

/// The keys that a route takes.
pub fn request<T: Track>(track: &T, route: &Route, weights: WeightsForm) -> Request {
    let mut request = Request::default();
    for (index, step) in route.steps.iter().enumerate() {
        let level = track.level(index);
        step.plan.rotations().into_iter().for_each(|steps| request.ask(track.element(steps), level));
        let sums = step.sums.iter().flatten();
        sums.for_each(|steps| request.ask(track.element(*steps), track.sum_level(index)));
        if weights == WeightsForm::Encrypted {
            request.ask_relinearization(level);
        }
        if index + 1 < route.steps.len() {
            request.ask_relinearization(track.square_level(index));
        }
    }
    request
}

/// Encrypts one image's pixels, cropped and as levels.
///
/// # Errors
/// For values that do not fit.
pub fn encrypt<T: Track>(
    track: &T,
    (input, route): (&Arranged, &Route),
    secret: &T::Secret,
    levels: &[u16],
    seed: &Seed,
) -> Result<SeededCiphertext> {
    let pixel = |pixel: &Option<u32>| pixel.map_or(T::Value::default(), |pixel| track.pixel(levels[pixel as usize]));
    let values: Vec<T::Value> = input.pixels.iter().map(pixel).collect();
    track.encrypt(secret, &route.input.place(&values, track.slots().count(), T::Value::default()), seed)
}

/// The values that a ciphertext holds after map `index`, whose rows they are.
///
/// # Errors
/// Where nothing but noise is left.
pub fn decrypt<T: Track>(
    track: &T,
    route: &Route,
    secret: &T::Secret,
    ciphertext: &T::Ciphertext,
    (index, rows): (usize, &[usize]),
) -> Result<Vec<T::Value>> {
    let slots = track.decrypt(secret, ciphertext)?;
    let count = rows.iter().max().map_or(0, |last| last + 1);
    let places = route.steps[index].packing.output.places(count);
    Ok(rows.iter().map(|row| slots[places[*row]]).collect())
}

impl<T: EncryptedWeights> Operand<T> {
    fn clear(track: &T, index: usize, step: &Step, map: Affine<T::Value>) -> Result<Operand<T>> {
        let (map, slots) = (track.adapt(index, map), track.slots());
        let diagonal = |(steps, values): (usize, Vec<T::Value>)| {
            // The plan was made of all diagonals that there may be.
            let (giant, baby) = step.plan.place(steps).unwrap_or((0, steps));
            let values = slots.rotated(&values, slots.columns - giant % slots.columns);
            Diagonal { giant: track.element(giant), baby: track.element(baby), values }
        };
        let diagonals: Vec<_> = step.packing.diagonals(&map).into_iter().map(diagonal).collect();
        let matrix = track.matrix(index, &diagonals)?;
        let addend = track.addend(index, &step.packing.bias(&map))?;
        Ok(Operand::Clear { matrix, addend })
    }

    fn resident_bytes(&self, track: &T) -> u64 {
        match self {
            Operand::Clear { matrix, .. } => track.resident_bytes(matrix),
            Operand::Encrypted(map) => map.resident_bytes(track),
        }
    }

    fn add_to(&self, track: &T, sum: &mut T::Ciphertext) -> Result<()> {
        match self {
            Operand::Clear { addend, .. } => track.add(sum, addend),
            Operand::Encrypted(map) => track.add_encrypted(sum, &map.addend),
        }
    }
}

impl<T: EncryptedWeights> Map<T> {
    fn new(track: &T, index: usize, step: &Step, layer: usize, weights: Vec<Operand<T>>) -> Map<T> {
        let level = track.level(index);
        let sum = |images: &BTreeSet<usize>| Matrix::sum(level, images.iter().map(|steps| track.element(*steps)));
        let counts = Counts::of(step, weights.iter().any(|weights| matches!(weights, Operand::Encrypted(_))));
        Map { weights, sums: step.sums.iter().map(sum).collect(), layer, counts }
    }

    fn apply(
        &self,
        tracks: &[T],
        index: usize,
        keys: &T::Keys,
        inputs: &[T::Ciphertext],
    ) -> Result<Vec<T::Ciphertext>> {
        let (mut clear, mut sums) = (Vec::new(), Vec::new());
        for ((track, weights), ciphertext) in tracks.iter().zip(&self.weights).zip(inputs) {
            match weights {
                Operand::Clear { matrix, .. } => clear.push(Factors { track, matrix, ciphertext }),
                Operand::Encrypted(map) => {
                    let then = Then::after(self.sums.is_empty());
                    let product = track.transform_encrypted(index, keys, ciphertext, &map.diagonals, then)?;
                    sums.push(track.rotate_sums(index, keys, product, &self.sums)?);
                }
            }
        }
        if !clear.is_empty() {
            sums = T::transform_all(index, keys, &clear, &self.sums)?;
        }
        for ((track, weights), sum) in tracks.iter().zip(&self.weights).zip(&mut sums) {
            weights.add_to(track, sum)?;
        }
        Ok(sums)
    }
}

impl<T: EncryptedWeights> Server<T> {
    /// Encodes an arranged network.
    ///
    /// # Errors
    /// For weights that do not fit.
    pub fn new(tracks: &[T], route: &Route, stages: &Stages<T::Value>) -> Result<Server<T>> {
        let map = |(index, (map, step)): (usize, (&Affine<T::Value>, &Step))| {
            let weights = tracks.iter().map(|track| Operand::clear(track, index, step, map.clone()));
            Ok(Map::new(&tracks[0], index, step, map.layer, weights.collect::<Result<_>>()?))
        };
        Ok(Server { maps: stages.maps.iter().zip(&route.steps).enumerate().map(map).collect::<Result<_>>()? })
    }

    /// Takes maps that are encrypted under each track, and end with these layers.
    pub fn encrypted(tracks: &[T], steps: &[Step], maps: Vec<Vec<EncryptedMap<T>>>, layers: &[usize]) -> Server<T> {
        let mut maps: Vec<_> = maps.into_iter().map(Vec::into_iter).collect();
        let map = |(index, (step, layer)): (usize, (&Step, &usize))| {
            let weights = maps.iter_mut().filter_map(|track| track.next().map(Operand::Encrypted)).collect();
            Map::new(&tracks[0], index, step, *layer, weights)
        };
        Server { maps: steps.iter().zip(layers).enumerate().map(map).collect() }
    }

    /// Bytes of encoded weights.
    pub fn resident_bytes(&self, tracks: &[T]) -> u64 {
        let bytes = |map: &Map<T>| {
            tracks.iter().zip(&map.weights).map(|(track, weights)| weights.resident_bytes(track)).sum::<u64>()
        };
        self.maps.iter().map(bytes).sum()
    }
}

/// The scores of one image, encrypted: layer by layer under all tracks.
///
/// # Errors
/// Where a key is missing, or a layer leaves nothing but noise.
pub fn evaluate<T: EncryptedWeights>(
    tracks: &[T],
    (server, keys): (&Server<T>, &T::Keys),
    query: Vec<SeededCiphertext>,
    workers: &Workers,
    probe: &mut Probe<'_>,
) -> Result<Vec<T::Ciphertext>> {
    let mut values: Vec<T::Ciphertext> =
        workers.run(|| tracks.iter().zip(query).map(|(track, query)| track.fresh(query)).collect());
    for (index, map) in server.maps.iter().enumerate() {
        values = probe.layer(map.layer, |span| -> Result<_> {
            tracks.iter().for_each(|_| map.counts.put(span));
            let results = workers.run(|| map.apply(tracks, index, keys, &values))?;
            span.snapshot(|| snapshot(index, &results));
            require_left(tracks, &results, map.layer).map(|()| results)
        })?;
        if index + 1 == server.maps.len() {
            break;
        }
        values = probe.layer(map.layer + 1, |span| -> Result<_> {
            for track in tracks {
                let Multiplications { products, switches } = track.multiplications(index);
                span.count(Operation::CiphertextMultiply, products);
                span.count(Operation::KeySwitch, switches);
            }
            let square = |(track, value): (&T, &T::Ciphertext)| track.square(index, keys, value);
            let results = workers.run(|| tracks.iter().zip(&values).map(square).collect::<Result<Vec<_>>>())?;
            span.snapshot(|| snapshot(index, &results));
            require_left(tracks, &results, map.layer + 1).map(|()| results)
        })?;
    }
    Ok(values)
}

/// Refuses results of a layer that are nothing but noise by prediction.
fn require_left<T: Track>(tracks: &[T], results: &[T::Ciphertext], layer: usize) -> Result<()> {
    let bits = tracks.iter().zip(results).map(|(track, result)| track.predicted_bits(result));
    let least = bits.fold(f64::INFINITY, f64::min);
    if least > 0.0 { Ok(()) } else { Err(Error::Exhausted { layer, missing: -least }) }
}

/// What the key holder is left to look at: which map it belongs to and the ciphertext of each track.
fn snapshot<M: Encode>(index: usize, ciphertexts: &[M]) -> Vec<u8> {
    let mut bytes = (index as u64).to_le_bytes().to_vec();
    ciphertexts.iter().for_each(|ciphertext| ciphertext.put(&mut bytes));
    bytes
}
