#![allow(clippy::unwrap_used, reason = "tests")]

use blindbench_kernels::dispatch::Kernel;

use super::{bounded, cases, choose};
use crate::bfv::Bfv;
use crate::bgv::Bgv;
use crate::integers::network::choice::Params;
use crate::integers::network::{IntegerTrack, Integers};
use crate::integers::placement::Placement;
use crate::network::affine::Affine;
use crate::network::batch::relinearization::Relinearization;
use crate::network::batch::track::Batched;
use crate::network::scheme::Cryptosystem;
use crate::network::service::Service;
use crate::network::strategy::Strategy;
use crate::network::track::Track;

fn tracks<P: Placement + PartialEq>() -> Vec<IntegerTrack<P>> {
    let tracks = |case: blindbench_core::scheme::Case<Params>| {
        let setting = Integers::<P>::choose(&case.params, &case.architecture, Service::of(Strategy::Batch)).unwrap();
        Integers::<P>::open(&setting, &case.architecture, Service::of(Strategy::Batch), Kernel::Scalar).unwrap()
    };
    cases().into_iter().flat_map(tracks).collect()
}

fn ways<P: Placement + PartialEq>() {
    let ways: Vec<_> = tracks::<P>().into_iter().flat_map(|track| track.batch.unwrap().relinearizations).collect();
    for way in [Relinearization::Before, Relinearization::After, Relinearization::Never] {
        assert!(ways.contains(&way), "{} {way:?} in {ways:?}", P::NAME);
    }
}

#[test]
fn every_way_to_relinearize_is_tried() {
    ways::<Bfv>();
    ways::<Bgv>();
}

#[test]
fn weights_stay_as_they_are_or_are_refused() {
    let track = &tracks::<Bfv>()[0];
    let map = |weight| Affine { inputs: 3, rows: vec![vec![(0, 0), (2, weight)]], bias: vec![0], layer: 0 };
    assert_eq!(track.integers(0, &map(-7)).unwrap(), [[(2, -7)]]);
    assert!(track.integers(0, &map(1 << 40)).unwrap_err().to_string().contains("fewer bits"));
}

#[test]
fn noise_grows_by_what_is_declared() {
    let case = cases().remove(0);
    let bounds = |layer: usize| *case.architecture.layers[layer].bounds().unwrap();
    let maps = bounded(&case.architecture).unwrap();
    assert_eq!(maps[0].log2_norm, (bounds(1).l2_squared_max as f64).log2() / 2.0);
    assert_eq!(maps[1].log2_norm, (bounds(3).l1_max as f64).log2());
}

#[test]
fn what_is_chosen_is_secure_and_holds() {
    let case = cases().remove(0);
    let params = Params { packing: Some(Strategy::Batch), ..Params::default() };
    let setting = choose::<Bgv>(&params, &case.architecture, Service::of(Strategy::Batch)).unwrap();
    let tracks =
        Integers::<Bgv>::open(&setting, &case.architecture, Service::of(Strategy::Batch), Kernel::Scalar).unwrap();
    for track in tracks {
        assert!(track.rlwe().security().bits.unwrap() >= 128.0);
        assert!(track.schedule.budget > 0.0);
    }
}
