//! What an answer costs the server as its plan predicts it, in operations on single residues: by the same costs as the
//! plan was chosen. A pass over a residue polynomial is N of them.
//!
//! With one image a ciphertext these are the passes of its [`Route`] and the squares between its matrices; with one
//! image a slot, the entries of matrices and the key switches that [`super::batch::relinearization`] weighs, the
//! squares, and the query that is expanded. Weights are not looked at: a zero counts like any other.

use super::batch::product::is_sparse;
use super::batch::relinearization::{Relinearization, TRANSFORM as ENTRIES_OF_A_TRANSFORM};
use super::batch::size::Size;
use super::batch::track::Batched;
use super::plan::{Costs, Route, TRANSFORM};
use super::track::Track;

/// Passes of a limb of a fresh ciphertext, by what it takes beside a rotation on AVX-512 IFMA: its words are read and
/// checked, and those of its other polynomial drawn from the seed.
const EXPANSION: f64 = 20.0;

/// Passes of an entry of a dense matrix, for a limb each; of a sparse one, four times as many (see [`is_sparse`]).
const ENTRY: f64 = TRANSFORM / ENTRIES_OF_A_TRANSFORM as f64;

/// Of so many images, one after the other, by the same route under each track.
pub(super) fn of_images<T: Track>(tracks: &[T], route: &Route, images: usize) -> u64 {
    let one = |track: &T| {
        let steps = route
            .steps
            .iter()
            .enumerate()
            .map(|(map, step)| step.cost([track.costs_at(track.level(map)), track.costs_at(track.sum_level(map))]));
        let squares = (1..route.steps.len()).map(|map| {
            let (square, own) = (track.square_level(map - 1), track.level(map));
            let before = drop((track.level(map - 1), square), 2);
            before + track.product_passes(square) + switch(track, square) + drop((square, own), 2)
        });
        let passes = expansion(track) + steps.sum::<f64>() + squares.sum::<f64>();
        passes * track.rlwe().degree() as f64
    };
    (images as f64 * tracks.iter().map(one).sum::<f64>()) as u64
}

/// Of all images of a query at once, through maps of these sizes.
pub(super) fn of_batch<T: Batched>(tracks: &[T], sizes: &[Size]) -> u64 {
    let one = |track: &T| {
        let pixels = sizes.first().map_or(0, |size| size.inputs) as f64;
        let maps = sizes.iter().enumerate().map(|(index, size)| of_map(track, index, *size));
        let squares =
            sizes.iter().enumerate().skip(1).map(|(map, size)| size.inputs as f64 * of_square(track, map - 1));
        let passes = pixels * expansion(track) + maps.sum::<f64>() + squares.sum::<f64>();
        passes * track.rlwe().degree() as f64
    };
    tracks.iter().map(one).sum::<f64>() as u64
}

/// The sums of a map, and what settles them.
fn of_map<T: Batched>(track: &T, index: usize, size: Size) -> f64 {
    let level = track.level(index);
    let squared = index.checked_sub(1).map(|square| track.relinearization(square));
    let parts = if matches!(squared, None | Some(Relinearization::Before)) { 2 } else { 3 };
    let entry = if is_sparse(size) { 4.0 * ENTRY } else { ENTRY };
    let dropped = drop((level, track.square_level(index)), 2);
    let settled = match squared {
        None | Some(Relinearization::Before) => dropped,
        Some(Relinearization::After) => switch(track, level) + dropped,
        Some(Relinearization::Never) => 0.0,
    };
    (parts * (level + 1) * size.entries) as f64 * entry + size.outputs as f64 * settled
}

/// One square of a batch.
fn of_square<T: Batched>(track: &T, index: usize) -> f64 {
    let level = track.square_level(index);
    let switched = match track.relinearization(index) {
        Relinearization::Before => switch(track, level) + drop((level, track.level(index + 1)), 2),
        Relinearization::After | Relinearization::Never => 0.0,
    };
    track.product_passes(level) + switched
}

fn expansion<T: Track>(track: &T) -> f64 {
    EXPANSION * (track.level(0) + 1) as f64
}

/// A key switch by itself.
fn switch<T: Track>(track: &T, level: usize) -> f64 {
    let costs = Costs::at(track.rlwe(), level);
    costs.switch + costs.rotation
}

/// Primes that are dropped one by one: each takes a transform of every prime that was there.
fn drop((from, to): (usize, usize), parts: usize) -> f64 {
    (to + 1..=from).map(|level| (parts * (level + 1)) as f64 * TRANSFORM).sum()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use blindbench_core::network::architecture::{Architecture, Layer};
    use blindbench_core::scheme::{Resources, Scheme};

    use crate::bfv::Bfv;
    use crate::ckks::network::Ckks;
    use crate::ckks::network::choice::Params as CkksParams;
    use crate::integers::network::Integers;
    use crate::integers::network::choice::Params;
    use crate::network::cases;
    use crate::network::scheme::{Cryptosystem, EncryptedNetwork};
    use crate::network::strategy::Strategy::{Batch, Latency};

    fn predicted<C: Cryptosystem>(params: C::Params, architecture: &Architecture, batch: usize) -> f64 {
        let plan = EncryptedNetwork::<C>::plan(params, architecture, batch).unwrap();
        let network = EncryptedNetwork::<C>::open(plan, &Resources::default()).unwrap();
        network.predicted_operations().unwrap() as f64
    }

    fn ckks(packing: crate::network::strategy::Strategy) -> CkksParams {
        let log_n = Some(13);
        CkksParams { log_n, packing: Some(packing), log_values: Some(4), log_scores: Some(7), ..CkksParams::default() }
    }

    /// A network of real weights with so many hidden values.
    fn hidden(outputs: usize) -> Architecture {
        let mut architecture = cases::real().swap_remove(0).0;
        if let Layer::Dense(dense) = &mut architecture.layers[1] {
            dense.outputs = outputs;
        }
        architecture
    }

    #[test]
    fn a_batch_costs_what_its_slots_cost_however_many_are_full() {
        let of = |batch| predicted::<Ckks>(ckks(Batch), &hidden(10), batch);
        assert_eq!(of(1), of(8192));
    }

    #[test]
    fn entries_and_squares_are_counted() {
        // 16 pixels at level 1: 16 x 20 x 2 passes; 10 x 16 entries of two limbs of two polynomials, and 5 x 10 of
        // three; ten products of five passes a limb.
        let own = [16.0 * 20.0 * 2.0, 160.0 * 4.0 * 0.1, 50.0 * 6.0 * 0.1, 10.0 * 10.0];
        assert_eq!(predicted::<Ckks>(ckks(Batch), &hidden(10), 1), own.iter().sum::<f64>() * 8192.0);
    }

    #[test]
    fn an_image_by_itself_costs_less_and_grows_more_slowly() {
        let of = |packing, outputs| predicted::<Ckks>(ckks(packing), &hidden(outputs), 1);
        let growth = |packing| of(packing, 1000) / of(packing, 10);
        assert!(of(Latency, 1000) < of(Batch, 1000));
        assert!(1.0 < growth(Latency) && growth(Latency) < growth(Batch), "{} {}", growth(Latency), growth(Batch));
    }

    #[test]
    fn products_of_bfv_cost_more_than_those_of_bgv() {
        let (architecture, _) = cases::integral().swap_remove(0);
        let params = |packing| Params {
            log_n: Some(12),
            moduli: Some(vec![36, 36]),
            special: Some(vec![37]),
            plaintext_moduli: Some(vec![786_433]),
            packing: Some(packing),
            ..Params::default()
        };
        let bfv = predicted::<Integers<Bfv>>(params(Batch), &architecture, 1);
        let bgv = predicted::<Integers<crate::bgv::Bgv>>(params(Batch), &architecture, 1);
        assert!(bfv > bgv, "{bfv} {bgv}");
    }
}
