//! One image a ciphertext: its maps are diagonals, rotations and sums.

use std::collections::BTreeSet;

use blindbench_core::probe::{LayerProbe, Operation, Probe};
use blindbench_core::roles::seed::Seed;
use blindbench_core::wire::Encode;

use super::affine::{Affine, Stages};
use super::encrypted::{EncryptedMap, EncryptedWeights};
use super::grid::Arranged;
use super::plan::{Route, Step};
use super::service::WeightsForm;
use super::track::{Multiplications, Then, Track};
use crate::error::{Error, Result};
use crate::linear::diagonal::Diagonal;
use crate::rlwe::encryption::SeededCiphertext;
use crate::rlwe::evaluation_keys::Request;
use crate::rlwe::matrix::Matrix;
use crate::rns::threads::Workers;

/// A map's weights.
enum Operand<T: Track> {
    Clear { matrix: T::Matrix, addend: T::Addend },
    Encrypted(EncryptedMap<T>),
}

/// A map, encoded.
struct Map<T: Track> {
    weights: Operand<T>,
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
    keys: T::Keys,
    key_bytes: u64,
}

impl Counts {
    fn of(step: &Step, encrypted: bool) -> Counts {
        let babies = step.plan.babies().iter().filter(|steps| **steps != 0).count();
        let giants = step.plan.giants().filter(|(steps, _)| *steps != 0).count();
        let sums: usize = step.sums.iter().map(|images| images.len() - 1).sum();
        let rotations = (babies + giants + sums) as u64;
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
        let sums = step.sums.iter().flatten().copied();
        step.plan.rotations().into_iter().chain(sums).for_each(|steps| request.ask(track.element(steps), level));
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

impl<T: EncryptedWeights> Map<T> {
    fn clear(track: &T, index: usize, step: &Step, map: Affine<T::Value>) -> Result<Map<T>> {
        let (layer, map, slots) = (map.layer, track.adapt(index, map), track.slots());
        let diagonal = |(steps, values): (usize, Vec<T::Value>)| {
            // The plan was made of all diagonals that there may be.
            let (giant, baby) = step.plan.place(steps).unwrap_or((0, steps));
            let values = slots.rotated(&values, slots.columns - giant % slots.columns);
            Diagonal { giant: track.element(giant), baby: track.element(baby), values }
        };
        let diagonals: Vec<_> = step.packing.diagonals(&map).into_iter().map(diagonal).collect();
        let matrix = track.matrix(index, &diagonals)?;
        let addend = track.addend(index, &step.packing.bias(&map))?;
        Ok(Map::new(track, index, step, layer, Operand::Clear { matrix, addend }))
    }

    fn new(track: &T, index: usize, step: &Step, layer: usize, weights: Operand<T>) -> Map<T> {
        let level = track.level(index);
        let sum = |images: &BTreeSet<usize>| Matrix::sum(level, images.iter().map(|steps| track.element(*steps)));
        let counts = Counts::of(step, matches!(weights, Operand::Encrypted(_)));
        Map { weights, sums: step.sums.iter().map(sum).collect(), layer, counts }
    }

    fn apply(&self, track: &T, index: usize, keys: &T::Keys, input: &T::Ciphertext) -> Result<T::Ciphertext> {
        let then = |done: bool| if done { Then::Descend } else { Then::Stay };
        let done = then(self.sums.is_empty());
        let mut sum = match &self.weights {
            Operand::Clear { matrix, .. } => track.transform(index, keys, input, matrix, done)?,
            Operand::Encrypted(map) => track.transform_encrypted(index, keys, input, &map.diagonals, done)?,
        };
        for (place, rotations) in self.sums.iter().enumerate() {
            sum = track.rotate_sum(index, keys, &sum, rotations, then(place + 1 == self.sums.len()))?;
        }
        match &self.weights {
            Operand::Clear { addend, .. } => track.add(&mut sum, addend)?,
            Operand::Encrypted(map) => track.add_encrypted(&mut sum, &map.addend)?,
        }
        Ok(sum)
    }

    fn resident_bytes(&self, track: &T) -> u64 {
        match &self.weights {
            Operand::Clear { matrix, .. } => track.resident_bytes(matrix),
            Operand::Encrypted(map) => map.resident_bytes(track),
        }
    }
}

impl<T: EncryptedWeights> Server<T> {
    /// Encodes an arranged network.
    ///
    /// # Errors
    /// For weights that do not fit.
    pub fn new(
        track: &T,
        route: &Route,
        stages: &Stages<T::Value>,
        (keys, key_bytes): (T::Keys, u64),
    ) -> Result<Server<T>> {
        let maps = stages.maps.iter().cloned().zip(&route.steps).enumerate();
        let maps = maps.map(|(index, (map, step))| Map::clear(track, index, step, map)).collect::<Result<_>>()?;
        Ok(Server { maps, keys, key_bytes })
    }

    /// Takes encrypted maps, which end with these layers.
    pub fn encrypted(
        track: &T,
        route: &Route,
        (maps, layers): (Vec<EncryptedMap<T>>, &[usize]),
        (keys, key_bytes): (T::Keys, u64),
    ) -> Server<T> {
        let maps = maps.into_iter().zip(layers).zip(&route.steps).enumerate();
        let map = |(index, ((map, layer), step)): (usize, ((_, &usize), &Step))| {
            Map::new(track, index, step, *layer, Operand::Encrypted(map))
        };
        Server { maps: maps.map(map).collect(), keys, key_bytes }
    }

    /// Bytes of keys and encoded weights.
    pub fn resident_bytes(&self, track: &T) -> u64 {
        self.key_bytes + self.maps.iter().map(|map| map.resident_bytes(track)).sum::<u64>()
    }
}

/// The scores of one image, encrypted: layer by layer under all tracks.
///
/// # Errors
/// Where a key is missing, or a layer leaves nothing but noise.
pub fn evaluate<T: EncryptedWeights>(
    tracks: &[T],
    servers: &[Server<T>],
    query: Vec<SeededCiphertext>,
    workers: &Workers,
    probe: &mut Probe<'_>,
) -> Result<Vec<T::Ciphertext>> {
    let mut values: Vec<T::Ciphertext> =
        workers.run(|| tracks.iter().zip(query).map(|(track, query)| track.fresh(query)).collect());
    let maps = servers.iter().map(|server| server.maps.len()).min().unwrap_or(0);
    for index in 0..maps {
        let layer = servers[0].maps[index].layer;
        values = probe.layer(layer, |span| -> Result<_> {
            servers.iter().for_each(|server| server.maps[index].counts.put(span));
            let apply = |track: &T, server: &Server<T>, values: &T::Ciphertext| {
                server.maps[index].apply(track, index, &server.keys, values)
            };
            let results = workers.run(|| each_track(tracks, servers, &values, layer, apply))?;
            span.snapshot(|| snapshot(index, &results));
            Ok(results)
        })?;
        if index + 1 == maps {
            break;
        }
        values = probe.layer(layer + 1, |span| -> Result<_> {
            for track in tracks {
                let Multiplications { products, switches } = track.multiplications(index);
                span.count(Operation::CiphertextMultiply, products);
                span.count(Operation::KeySwitch, switches);
            }
            let square =
                |track: &T, server: &Server<T>, values: &T::Ciphertext| track.square(index, &server.keys, values);
            let results = workers.run(|| each_track(tracks, servers, &values, layer + 1, square))?;
            span.snapshot(|| snapshot(index, &results));
            Ok(results)
        })?;
    }
    Ok(values)
}

/// A step of a layer under each track; refuses a result that is nothing but noise by prediction.
fn each_track<T: EncryptedWeights>(
    tracks: &[T],
    servers: &[Server<T>],
    values: &[T::Ciphertext],
    layer: usize,
    step: impl Fn(&T, &Server<T>, &T::Ciphertext) -> Result<T::Ciphertext>,
) -> Result<Vec<T::Ciphertext>> {
    let one = |((track, server), values): ((&T, &Server<T>), &T::Ciphertext)| {
        let result = step(track, server, values)?;
        let bits = track.predicted_bits(&result);
        if bits > 0.0 { Ok(result) } else { Err(Error::Exhausted { layer, missing: -bits }) }
    };
    tracks.iter().zip(servers).zip(values).map(one).collect()
}

/// What the key holder is left to look at: which map it belongs to and the ciphertext of each track.
fn snapshot<M: Encode>(index: usize, ciphertexts: &[M]) -> Vec<u8> {
    let mut bytes = (index as u64).to_le_bytes().to_vec();
    ciphertexts.iter().for_each(|ciphertext| ciphertext.put(&mut bytes));
    bytes
}
