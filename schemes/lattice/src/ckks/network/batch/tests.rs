#![allow(clippy::unwrap_used, reason = "tests")]

use blindbench_kernels::dispatch::Kernel;

use super::{cases, choose, open};
use crate::ckks::network::choice::Params;
use crate::ckks::network::{Ckks, CkksTrack};
use crate::ckks::parameters::{Literal, Parameters};
use crate::network::affine::Affine;
use crate::network::batch::relinearization::Relinearization;
use crate::network::batch::track::Batched;
use crate::network::scheme::Cryptosystem;
use crate::network::service::Service;
use crate::network::strategy::Strategy;
use crate::network::track::Track;

fn tracks() -> Vec<CkksTrack> {
    let track = |case: blindbench_core::scheme::Case<Params>| {
        let setting = Ckks::choose(&case.params, &case.architecture, Service::of(Strategy::Batch)).unwrap();
        Ckks::open(&setting, &case.architecture, Service::of(Strategy::Batch), Kernel::Scalar).unwrap().remove(0)
    };
    cases().into_iter().map(track).collect()
}

#[test]
fn every_way_to_relinearize_is_tried() {
    let ways: Vec<_> = tracks().into_iter().flat_map(|track| track.batch.unwrap().relinearizations).collect();
    for way in [Relinearization::Before, Relinearization::After, Relinearization::Never] {
        assert!(ways.contains(&way), "{way:?}");
    }
}

#[test]
fn weights_are_rounded_at_their_scale_and_zeros_left_out() {
    let track = &tracks()[0];
    let scale = track.scales[1][1];
    let rows = vec![vec![(0, 1.0), (2, -0.4 / scale), (3, -2.6 / scale)], vec![]];
    let map = Affine { inputs: 4, rows, bias: vec![0.0; 2], layer: 0 };
    assert_eq!(track.integers(1, &map).unwrap(), vec![vec![(0, scale as i32), (3, -3)], vec![]]);
    let large = Affine { rows: vec![vec![(0, 2f64.powi(32) / scale)]], ..map };
    assert!(track.integers(1, &large).unwrap_err().to_string().contains("beyond 2^31"));
}

#[test]
fn levels_fall_by_one_a_square_and_scales_come_back() {
    for track in tracks() {
        let (schedule, count) = (track.batch.as_ref().unwrap(), track.ranges.len());
        for index in 1..count {
            let relinearization = schedule.relinearizations[index - 1];
            let dropped = usize::from(relinearization == Relinearization::Before);
            assert_eq!(track.level(index), track.square_level(index - 1) - dropped);
            if index + 1 < count {
                let ratio = schedule.results[index] / schedule.results[index - 1];
                assert!((ratio.log2()).abs() < 0.01, "{ratio}");
            }
        }
    }
}

#[test]
fn what_is_chosen_is_secure_and_what_does_not_fit_is_refused() {
    let case = cases().remove(0);
    let params =
        Params { packing: Some(Strategy::Batch), log_values: Some(5), log_scores: Some(8), ..Params::default() };
    let setting = choose(&params, &case.architecture, Service::of(Strategy::Batch)).unwrap();
    let track =
        Ckks::open(&setting, &case.architecture, Service::of(Strategy::Batch), Kernel::Scalar).unwrap().remove(0);
    assert!(track.rlwe().security().bits.unwrap() >= 128.0);
    let small = Params { log_n: Some(12), ..params };
    assert!(
        choose(&small, &case.architecture, Service::of(Strategy::Batch))
            .unwrap_err()
            .to_string()
            .contains("1 squares need a modulus of")
    );
    let literal = |log_scale| Literal { log_scale, ..Literal::from(setting.params.clone()) };
    let opened = |log_scale| {
        let params = Parameters::new(literal(log_scale), Kernel::Scalar).unwrap();
        open(params, &setting.log_ranges, 1.0, (&case.architecture, Service::of(Strategy::Batch)))
    };
    assert!(opened(24.0).is_ok());
    assert!(opened(45.0).unwrap_err().to_string().contains("the modulus lacks"));
}
