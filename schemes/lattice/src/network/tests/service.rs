//! Flooded answers, encrypted weights, and what the key holder sees of layers.

use blindbench_core::network::images::Images;
use blindbench_core::network::lowered::{Lowered, Precision};
use blindbench_core::network::weights::{TensorValues, Weights};
use blindbench_core::probe::{Detail, NoClock, Probe, Span};
use blindbench_core::roles::Party;
use blindbench_core::scheme::{Case, KeyPair, Resources, Scheme};
use blindbench_core::wire::parts::{PartReader, Parts};
use blindbench_core::wire::{Encode, Wire};

use super::*;
use crate::ckks::network::choice::Params as CkksParams;
use crate::integers::network::choice::Params as IntegerParams;
use crate::network::messages::{Answer, Model, ModelWeights};
use crate::network::service::{Service, WeightsForm};
use crate::network::strategy::Strategy;
use crate::network::track::Track;

/// A network that has answered.
struct Answered<C: Cryptosystem> {
    network: EncryptedNetwork<C>,
    keys: KeyPair<EncryptedNetwork<C>>,
    answer: Answer<C>,
    spans: Vec<Span>,
    twin: Vec<Vec<f64>>,
    images: Images,
}

fn twin(network: &Lowered, weights: &Weights, images: &Images) -> Vec<Vec<f64>> {
    let lowered = Lowered { precision: Precision::F64, ..network.clone() };
    let layers = lowered.evaluator(weights).unwrap().layers(images).unwrap();
    layers.iter().map(|values| values.to_real()).collect()
}

fn answered<C: Cryptosystem>(case: Case<C::Params>, batch: usize) -> Answered<C> {
    let plan = EncryptedNetwork::<C>::plan(case.params, &case.architecture, batch).unwrap();
    let network = EncryptedNetwork::open(plan, &Resources::default()).unwrap();
    let mut rng = Seed::from_number(11).rng();
    let keys = network.keygen(&mut rng).unwrap();
    let model = network.publish(&keys.public, &case.weights, &mut rng).unwrap();
    let model = Model::from_bytes(&network, &model.to_bytes()).unwrap();
    let (model, request) = network.load(model).unwrap();
    let key = network.server_key(&keys, &request, &mut rng).unwrap();
    let server = network.setup(model, key).unwrap();
    let images = made_up_images(&case.architecture, network.chunk(), &Seed::from_number(5));
    let mut query = Parts::default();
    network.encrypt(&keys, &images, &mut rng, &mut query).unwrap();
    let (query, mut probe) = (query.into_bytes(), Probe::new(&NoClock, Detail::Snapshots));
    let reader = PartReader::new(&network, &query).unwrap();
    let answer = network.evaluate(&server, reader, &mut rng, &mut probe).unwrap();
    let spans = probe.finish().spans;
    let twin = twin(network.lowered(), &case.weights, &images);
    Answered { network, keys, answer, spans, twin, images }
}

fn cases_with<C: Cryptosystem>(wanted: impl Fn(Service) -> bool) -> Vec<Case<C::Params>> {
    let served = |case: &Case<C::Params>| Service::new(C::stated(&case.params), 1).is_ok_and(&wanted);
    C::cases().into_iter().filter(served).collect()
}

fn is_flooded(service: Service) -> bool {
    service.flood_bits.is_some() && service.packing == Strategy::Latency
}

fn case_of_batch() -> Case<CkksParams> {
    cases_with::<Ckks>(|service| service.packing == Strategy::Batch).remove(0)
}

/// All slots of the first track of each answer.
fn slots<C: Cryptosystem>(answered: &Answered<C>) -> Vec<Vec<<C::Track as Track>::Value>> {
    let (track, secret) = (&answered.network.tracks()[0], &answered.keys.secret.0.0[0]);
    answered.answer.scores.iter().map(|tracks| track.decrypt(secret, &tracks[0]).unwrap()).collect()
}

#[test]
fn slots_of_flooded_answers_hold_scores_alone() {
    let mut others = 0;
    for case in cases_with::<Ckks>(is_flooded) {
        let answered = answered::<Ckks>(case.clone(), 1);
        let scores = answered.twin.last().unwrap();
        // Divided by the range that the case states for scores.
        let near = |slot: &f64| scores.iter().chain([&0.0]).any(|score| (slot * 128.0 - score).abs() < 0.1);
        assert!(slots(&answered).iter().flatten().all(near));
        let params = CkksParams { answer: None, ..case.params.clone() };
        let calm = super::service::answered::<Ckks>(Case { params, ..case.clone() }, 1);
        // Without a flood, slots hold parts of sums, too, unless the cheapest packing happens to leave none.
        others += slots(&calm).iter().flatten().filter(|slot| !near(slot)).count();
        let learns = answered.network.profile().client_learns;
        // 8 bits are no more than the ring's 256 coefficients take.
        assert!(learns.contains("behind a flood of 8 bits"), "{learns}");
    }
    assert!(others > 0);
    for case in cases_with::<Integers<Bfv>>(is_flooded) {
        let answered = answered::<Integers<Bfv>>(case, 1);
        let modulus = 786_433;
        let scores: Vec<i128> = answered.twin.last().unwrap().iter().map(|score| *score as i128).collect();
        let is_score = |slot: &i128| scores.iter().chain([&0]).any(|score| (slot - score) % modulus == 0);
        assert!(slots(&answered).iter().flatten().all(is_score));
    }
}

/// log2 of what noise there is in the first track's first answer, measured.
fn noise_of_answer(answered: &Answered<Integers<Bgv>>) -> f64 {
    let (track, secret) = (&answered.network.tracks()[0], &answered.keys.secret.0.0[0]);
    let ciphertext = &answered.answer.scores[0][0];
    let budget = track.measured_budget(secret, ciphertext).unwrap().unwrap();
    track.rlwe().log_q(ciphertext.level()) - 1.0 - budget - 786_433f64.log2()
}

#[test]
fn a_flood_is_as_much_larger_than_noise_as_it_was_asked_to_be() {
    let case = cases_with::<Integers<Bgv>>(is_flooded).remove(0);
    let unflooded = choice_without_flood(case.clone());
    let flooded = answered::<Integers<Bgv>>(case, 1);
    let calm = answered::<Integers<Bgv>>(unflooded, 1);
    let planned = flooded.network.tracks()[0].flood().unwrap();
    assert_eq!(planned.bits, 8);
    let (noise, own) = (noise_of_answer(&flooded), noise_of_answer(&calm));
    // The largest of 256 uniform coefficients comes close to the bound, and stays within noise of it.
    assert!((noise - f64::from(planned.log2)).abs() < 0.2, "2^{noise} for 2^{}", planned.log2);
    assert!(own + 8.0 <= f64::from(planned.log2), "2^{own} under 2^{}", planned.log2);
    assert!(calm.network.profile().client_learns.contains("noise"));
}

fn choice_without_flood(case: Case<IntegerParams>) -> Case<IntegerParams> {
    Case { params: IntegerParams { answer: None, ..case.params }, ..case }
}

#[test]
fn floods_that_do_not_fit_are_refused_with_what_would() {
    use crate::network::service::Answering;
    let case = cases_with::<Ckks>(is_flooded).remove(0);
    let plan = |flood_bits: u32, params: CkksParams| {
        let params = CkksParams { answer: Some(Answering { flood_bits }), ..params };
        EncryptedNetwork::<Ckks>::plan(params, &case.architecture, 1)
    };
    let network = EncryptedNetwork::open(plan(40, case.params.clone()).unwrap(), &Resources::default()).unwrap();
    let refused = network.publish(&Default::default(), &case.weights, &mut Seed::from_number(1).rng());
    let text = refused.err().unwrap().to_string();
    assert!(text.contains("take flood_bits of"), "{text}");
    let free = CkksParams { log_values: Some(4), log_scores: Some(7), ..CkksParams::default() };
    let text = plan(30, free).err().unwrap().to_string();
    assert!(text.contains("take flood_bits of 14"), "{text}");
    // Nor does a plan from elsewhere flood batches.
    let batch = case_of_batch();
    let mut plan = EncryptedNetwork::<Ckks>::plan(batch.params, &batch.architecture, 1).unwrap();
    plan.service.flood_bits = Some(8);
    let text = EncryptedNetwork::open(plan, &Resources::default()).err().unwrap().to_string();
    assert!(text.contains("take `packing: latency`"), "{text}");
}

#[test]
fn encrypted_weights_come_from_a_party_of_their_own() {
    for case in cases_with::<Integers<Bfv>>(|service| service.weights == WeightsForm::Encrypted) {
        let answered = answered::<Integers<Bfv>>(case.clone(), 1);
        assert_eq!(answered.network.model_owner(), Party::ModelOwner);
        let mut rng = Seed::from_number(3).rng();
        let model = answered.network.publish(&answered.keys.public, &case.weights, &mut rng).unwrap();
        assert!(matches!(&model.weights, ModelWeights::Encrypted(tracks) if tracks.len() == 2));
        // Zeros are encrypted, too: other weights of the same architecture take as many bytes.
        let mut zeros = case.weights.clone();
        for layer in zeros.layers.iter_mut().flatten() {
            if let TensorValues::Integer(values) = &mut layer.weight.values {
                values.fill(0);
            }
        }
        let other = answered.network.publish(&answered.keys.public, &zeros, &mut rng).unwrap();
        assert_eq!(model.to_bytes().len(), other.to_bytes().len());
    }
}

#[test]
fn what_is_stated_of_encrypted_weights_is_the_same_for_all() {
    for case in cases_with::<Ckks>(|service| service.weights == WeightsForm::Encrypted) {
        let plan = EncryptedNetwork::<Ckks>::plan(case.params, &case.architecture, 1).unwrap();
        let network = EncryptedNetwork::<Ckks>::open(plan, &Resources::default()).unwrap();
        let mut rng = Seed::from_number(3).rng();
        let keys = network.keygen(&mut rng).unwrap();
        let mut halves = case.weights.clone();
        for tensor in halves.layers.iter_mut().flatten().flat_map(|layer| [&mut layer.weight, &mut layer.bias]) {
            if let TensorValues::Real(values) = &mut tensor.values {
                values.iter_mut().for_each(|value| *value *= 0.5);
            }
        }
        let mut stated = |weights: &Weights| {
            let model = network.publish(&keys.public, weights, &mut rng).unwrap();
            // Flooding alone takes the public key to the server.
            assert!(model.public.0.is_empty());
            let ModelWeights::Encrypted(tracks) = model.weights else { return Vec::new() };
            let ciphertexts = tracks
                .into_iter()
                .flatten()
                .flat_map(|map| map.diagonals.into_iter().map(|(_, diagonal)| diagonal).chain([map.addend]));
            ciphertexts.map(|c| (c.level(), c.scale().to_bits(), c.noise().deviation, c.noise().bound)).collect()
        };
        let known = stated(&case.weights);
        assert!(!known.is_empty());
        assert_eq!(known, stated(&halves));
    }
}

#[test]
fn layers_of_batches_are_inspected_by_samples() {
    let is_batch = |service: Service| service.packing == Strategy::Batch;
    for case in cases_with::<Ckks>(is_batch) {
        let answered = answered::<Ckks>(case, 3);
        assert!(answered.spans.iter().all(|span| !span.snapshot.is_empty()));
        for span in &answered.spans {
            let inspection = answered.network.inspect(&answered.keys, span.layer, &span.snapshot).unwrap();
            let (layer, images) = (&answered.twin[span.layer as usize], answered.images.len());
            let width = layer.len() / images;
            assert!(!inspection.places.is_empty() && inspection.values.len() == inspection.places.len() * images);
            for (place, values) in inspection.places.iter().zip(inspection.values.chunks(images)) {
                for (image, value) in values.iter().enumerate() {
                    let expected = layer[image * width + place];
                    assert!((value - expected).abs() < 0.3, "layer {}: {value} for {expected}", span.layer);
                }
            }
        }
    }
    for case in cases_with::<Integers<Bfv>>(is_batch) {
        let answered = answered::<Integers<Bfv>>(case, 3);
        let left = answered.spans.iter().filter(|span| !span.snapshot.is_empty());
        let budgets = left.map(|span| {
            answered.network.inspect(&answered.keys, span.layer, &span.snapshot).unwrap().noise_budget_bits.unwrap()
        });
        assert!(budgets.fold(f64::INFINITY, f64::min) > 1.0);
    }
}
