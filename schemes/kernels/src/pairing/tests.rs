#![allow(clippy::unwrap_used, reason = "a failing test may panic")]

use proptest::prelude::*;
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::SeedableRng;

use super::field::Field;
use super::*;

fn scalar(rng: &mut ChaCha20Rng) -> Scalar {
    let mut bytes = [0; 64];
    rng.fill_bytes(&mut bytes);
    Scalar::from_wide_bytes(&bytes)
}

fn rng(seed: u64) -> ChaCha20Rng {
    ChaCha20Rng::seed_from_u64(seed)
}

fn points1(count: usize, rng: &mut ChaCha20Rng) -> Vec<G1Affine> {
    G1::normalize(&(0..count).map(|_| G1::of_scalar(&scalar(rng))).collect::<Vec<_>>())
}

fn points2(count: usize, rng: &mut ChaCha20Rng) -> Vec<G2Affine> {
    G2::normalize(&(0..count).map(|_| G2::of_scalar(&scalar(rng))).collect::<Vec<_>>())
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The generators as in draft-irtf-cfrg-pairing-friendly-curves-11, section 4.2.1, and their encodings of appendix C.
#[test]
fn generators_are_the_standard_ones() {
    assert_eq!(
        hex(&G1Affine::generator().to_bytes()),
        concat!(
            "17f1d3a73197d7942695638c4fa9ac0fc3688c4f9774b905a14e3a3f171bac586c55e83ff97a1aeffb3af00adb22c6bb",
            "08b3f481e3aaa0f1a09e30ed741d8ae4fcf5e095d5d00af600db18cb2c04b3edd03cc744a2888ae40caa232946c5e7e1"
        )
    );
    assert_eq!(
        hex(&G2Affine::generator().to_bytes()),
        concat!(
            "13e02b6052719f607dacd3a088274f65596bd0d09920b61ab5da61bbdc7f5049334cf11213945d57e5ac7d055d042b7e",
            "024aa2b2f08f0a91260805272dc51051c6e47ad4fa403b02b4510b647ae3d1770bac0326a805bbefd48056c8c121bdb8",
            "0606c4a02ea734cc32acd2b02bc28b99cb3e287e85a763af267492ab572e99ab3f370d275cec1da1aaa9075ff05f79be",
            "0ce5d527727d6e118cc9cdc6da2e351aadfd9baa8cbdd3a76d429a695160d12c923ac9cc3baca289e193548608b82801"
        )
    );
}

#[test]
fn one_is_neutral_in_the_field() {
    let generator = G1Affine::generator();
    let x = generator.x();
    assert!(x.multiply(&Field::ONE) == *x && x.multiply(&x.inverse()) == Field::ONE);
}

#[test]
fn the_pairing_is_bilinear() {
    let mut rng = rng(1);
    let (a, b) = (scalar(&mut rng), scalar(&mut rng));
    let pair = |a: &Scalar, b: &Scalar| {
        let (first, second) = (G1::normalize(&[G1::of_scalar(a)])[0], G2::normalize(&[G2::of_scalar(b)])[0]);
        MillerValue::of_pairs(&[(first, second)]).exponentiate()
    };
    let one = Scalar::from_i64(1);
    assert_eq!(pair(&a, &b), pair(&a.multiply(&b), &one));
    assert_eq!(pair(&a, &b), pair(&one, &a.multiply(&b)));
    assert_eq!(pair(&Scalar::from_i64(-3), &Scalar::from_i64(5)), Gt::generator().power_vartime(-15));
    assert!(pair(&a, &b).is_in_group() && Gt::generator() != Gt::one());
    assert_eq!(pair(&a, &b).multiply(&pair(&a, &b.negate())), Gt::one());
    assert_eq!(pair(&a, &a.inverse()), Gt::generator());
}

#[test]
fn conjugates_become_inverses_and_fixed_points_pair_alike() {
    let mut rng = rng(2);
    let (first, second) = (points1(2, &mut rng), points2(2, &mut rng));
    let value = MillerValue::of_pairs(&[(first[0], second[0]), (first[1], second[1])]);
    assert_eq!(value.conjugate().exponentiate(), value.exponentiate().inverse());
    assert_eq!(value.square().exponentiate(), value.exponentiate().square());
    let single = |place: usize| MillerValue::of_fixed(&first[place], &FixedG2::new(&second[place]));
    assert_eq!(single(0).multiply(&single(1)).exponentiate(), value.exponentiate());
    let neutral = G1Affine::default();
    assert_eq!(
        MillerValue::of_pairs(&[(neutral, second[0]), (first[0], second[0])]).exponentiate(),
        single(0).exponentiate()
    );
    assert_eq!(MillerValue::of_fixed(&neutral, &FixedG2::new(&second[0])), MillerValue::one());
}

#[test]
fn two_fingerprints_come_from_two_inner_products() {
    let generator = Gt::generator();
    let (a, b) = (generator.power_vartime(1_000_003), generator.power_vartime(77));
    let expected = [a.multiply(&b).fingerprint(), a.multiply(&b.inverse()).fingerprint()];
    assert_eq!(Tower::of(&a).fingerprints(&b), expected);
    assert_eq!(a.fingerprint(), a.inverse().fingerprint());
}

#[test]
fn encodings_are_read_back_and_malformed_ones_refused() {
    let mut rng = rng(3);
    let (first, second) = (points1(1, &mut rng)[0], points2(1, &mut rng)[0]);
    assert_eq!(G1Affine::from_compressed(&first.compressed()), Ok(first));
    assert_eq!(G2Affine::from_compressed(&second.compressed()), Ok(second));
    assert_eq!(G1Affine::from_bytes_of_any_order(&first.to_bytes()), Ok(first));
    assert_eq!(G2Affine::from_bytes_of_any_order(&second.to_bytes()), Ok(second));
    let mut bytes = first.to_bytes();
    bytes[95] ^= 1;
    assert_eq!(G1Affine::from_bytes_of_any_order(&bytes), Err(MalformedPoint::Curve));
    assert_eq!(G1Affine::from_bytes_of_any_order(&[0xff; 96]), Err(MalformedPoint::Encoding));
    assert!(G2Affine::from_compressed(&[0; 96]).is_err());
}

/// A point of the curve that is almost surely of another order: the first abscissa that has one.
fn outside() -> G1Affine {
    let mut bytes = [0; 48];
    bytes[0] = 0x80;
    let found = (1..=255).find_map(|byte| {
        bytes[47] = byte;
        match G1Affine::from_compressed(&bytes) {
            Err(MalformedPoint::Subgroup) => Some(bytes),
            _ => None,
        }
    });
    let mut point = blst::blst_p1_affine::default();
    let error = blst_uncompress(&mut point, &found.unwrap());
    assert!(error);
    G1Affine(point)
}

#[expect(unsafe_code, reason = "a point outside the subgroup, which no safe function gives")]
fn blst_uncompress(point: &mut blst::blst_p1_affine, bytes: &[u8; 48]) -> bool {
    // SAFETY: as many bytes as the function reads.
    unsafe { blst::blst_p1_uncompress(point, bytes.as_ptr()) == blst::BLST_ERROR::BLST_SUCCESS }
}

#[test]
fn a_point_outside_the_subgroup_is_found_among_others() {
    let mut rng = rng(4);
    let mut points = points1(40, &mut rng);
    let words: Vec<u64> = points.iter().map(|_| rng.next_u64()).collect();
    let test = OrderTest::new(&words, 21);
    assert!(test.passes_vartime(&points));
    points[17] = outside();
    assert!(points[17].is_on_curve() && !points[17].is_in_subgroup());
    assert!(!test.passes_vartime(&points));
    assert!(!OrderTest::new(&words[..17], 21).passes_vartime(&points[..18]));
}

#[test]
fn subsets_are_those_of_the_bits() {
    let mut rng = rng(7);
    let points = points2(33, &mut rng);
    let words: Vec<u64> = points.iter().map(|_| rng.next_u64()).collect();
    let rows: Vec<Vec<i64>> = (0..17).map(|row| words.iter().map(|word| (word >> row & 1) as i64).collect()).collect();
    let expected = LinearMap::new(&rows, 33).apply_vartime(&points);
    assert_eq!(LinearMap::of_subsets(&words, 17).apply_vartime(&points), expected);
}

#[test]
fn selection_takes_the_point_of_the_index() {
    let mut rng = rng(5);
    let (first, second) = (points1(5, &mut rng), points2(5, &mut rng));
    for index in 0..5 {
        assert_eq!(G1Affine::select(&first, index), first[usize::from(index)]);
        assert_eq!(G2Affine::select(&second, index), second[usize::from(index)]);
    }
}

/// The map of `rows` on multiples of the generator, whose sums are known.
fn agrees(rows: &[Vec<i64>], multiples: &[i64], height: usize) -> bool {
    let of = |value: i64| G1::of_scalar(&Scalar::from_i64(value));
    let points = G1::normalize(&multiples.iter().map(|value| of(*value)).collect::<Vec<_>>());
    let sums: Vec<G1> =
        rows.iter().map(|row| of(row.iter().zip(multiples).map(|(weight, value)| weight * value).sum())).collect();
    LinearMap::in_blocks(rows, multiples.len(), height).apply_vartime(&points) == G1::normalize(&sums)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// Small multiples make sums double, cancel and vanish on the way.
    #[test]
    fn maps_give_the_sums_of_their_rows(
        (rows, multiples) in (1usize..9, 1usize..5).prop_flat_map(|(inputs, outputs)| (
            prop::collection::vec(prop::collection::vec(-9i64..=9, inputs), outputs),
            prop::collection::vec(-2i64..=2, inputs),
        )),
        height in 1usize..5,
    ) {
        prop_assert!(agrees(&rows, &multiples, height));
    }
}

#[test]
fn maps_of_both_groups_agree_with_multiplication() {
    let mut rng = rng(6);
    let rows: Vec<Vec<i64>> = (0..7).map(|_| (0..60).map(|_| i64::from(rng.next_u32() % 7) - 3).collect()).collect();
    let (first, second) = (points1(60, &mut rng), points2(60, &mut rng));
    let map = LinearMap::new(&rows, 60);
    let (sums1, sums2) = (map.apply_vartime(&first), map.apply_vartime(&second));
    for (row, (sum1, sum2)) in rows.iter().zip(sums1.iter().zip(&sums2)) {
        let weights: Vec<Scalar> = row.iter().map(|weight| Scalar::from_i64(*weight)).collect();
        let slow1 = first.iter().zip(&weights).fold(G1::default(), |sum, (point, w)| sum.add(&point.multiply(w)));
        let slow2 = second.iter().zip(&weights).fold(G2::default(), |sum, (point, w)| sum.add(&point.multiply(w)));
        assert_eq!(G1::normalize(&[slow1])[0], *sum1);
        assert_eq!(G2::normalize(&[slow2])[0], *sum2);
    }
    assert!(LinearMap::new(&[], 60).apply_vartime(&first).is_empty());
    assert_eq!(LinearMap::new(&[vec![0; 60]], 60).apply_vartime(&first), [G1Affine::default()]);
    assert!(map.bytes() > 0 && map.inputs() == 60 && map.additions() < 7 * 60);
}
