#![allow(clippy::unwrap_used, reason = "a failing test may panic")]

use blindbench_core::roles::seed::Seed;
use blindbench_kernels::dispatch::Kernel;
use num_bigint::BigUint;
use proptest::prelude::*;

use super::Group;
use super::batch::{Batch, List};
use super::combination::{Combination, spread};
use super::fixed_base::{Comb, ExponentBits, SmallPowers};
use super::lanes::Lanes;
use super::logarithm::{Extent, Logarithms};
use super::modp::{Modp3072, SafePrime256};
use super::portable::Portable;
use super::ristretto::Ristretto255;

/// `generator^exponent` by the slowest way.
fn power<G: Group>(exponent: i64) -> G::Element {
    G::power(&G::generator(), &G::scalar(exponent))
}

fn encoded<G: Group>(scalars: &[G::Scalar]) -> Vec<u8> {
    scalars.iter().flat_map(G::encode_scalar).collect()
}

fn laws<G: Group>() {
    let mut rng = Seed::from_number(1).rng();
    let (a, b) = (G::draw(&mut rng), G::draw(&mut rng));
    let (x, y) = (G::power(&G::generator(), &a), G::power(&G::generator(), &b));
    assert!(G::multiply(&x, &y) == G::power(&G::generator(), &(a + b)));
    assert!(G::power(&x, &b) == G::power(&G::generator(), &(a * b)));
    assert!(G::divide(&x, &x) == G::identity());
    assert!(G::square(&x) == G::multiply(&x, &x));
    assert!(G::power(&x, &G::scalar(0)) == G::identity());
    assert!(G::power(&x, &-G::scalar(1)) == G::invert(&x));
    assert!(G::power(&G::power(&x, &b), &G::inverse_vartime(&b).unwrap()) == x);
    assert!(G::inverse_vartime(&G::scalar(0)).is_none());
    assert!(G::signed_power_vartime(&x, -12345) == G::power(&x, &G::scalar(-12345)));
    let exponent = ExponentBits::of::<G>(&b);
    assert!(Comb::<G>::new(&x).power(&exponent) == G::power(&x, &b));
    let largest = -G::scalar(1);
    assert!(Comb::<G>::new(&x).power(&ExponentBits::of::<G>(&largest)) == G::invert(&x));
    let sum = G::weighted_sum(&[3, -4, i64::MIN], &[a, b, a].map(|scalar| G::encode_scalar(&scalar)).concat());
    assert!(sum == G::scalar(3) * a + G::scalar(-4) * b + G::scalar(i64::MIN) * a);
    // The largest sum that fits: all bits of a scalar and of the two words above.
    let most = G::reduce(&vec![u64::MAX; G::SCALAR_BYTES / 8 + 2]);
    let word = G::scalar(1 << 32) * G::scalar(1 << 32);
    let power = (0..G::SCALAR_BYTES / 8 + 2).fold(G::scalar(1), |power, _| power * word);
    assert!(most == power - G::scalar(1));
}

fn encodings<G: Group>() {
    let mut rng = Seed::from_number(2).rng();
    let scalar = G::draw(&mut rng);
    let elements: Vec<G::Element> =
        [G::identity(), G::generator(), G::power(&G::generator(), &scalar), power::<G>(-5)].into();
    let bytes = G::encode(&elements);
    assert_eq!(bytes.len(), 4 * G::ELEMENT_BYTES);
    for (element, bytes) in elements.iter().zip(bytes.chunks(G::ELEMENT_BYTES)) {
        assert!(G::decode(bytes).unwrap() == *element);
        assert!(G::decode(&bytes[1..]).is_none());
    }
    assert!(G::decode(&vec![0xff; G::ELEMENT_BYTES]).is_none());
    let bytes = G::encode_scalar(&scalar);
    assert_eq!(bytes.len(), G::SCALAR_BYTES);
    assert!(G::decode_scalar(&bytes).unwrap() == scalar);
    assert!(G::decode_scalar(&vec![0xff; G::SCALAR_BYTES]).is_none());
    assert!(bytes.last().unwrap() >> 7 == 0);
    let prints = G::fingerprints_vartime(&elements);
    let again = G::fingerprints_vartime(&[G::divide(&elements[2], &elements[0])]);
    assert_eq!(prints[2], again[0]);
    assert!(prints[0] != prints[1] && prints[1] != prints[2]);
}

fn small_powers<G: Group>() {
    let small = SmallPowers::<G>::new(&G::generator());
    for exponent in [0, 1, -1, 255, -255, 4096, 65535, -65535] {
        assert!(small.power(exponent) == power::<G>(exponent.into()), "{exponent}");
    }
}

fn logarithms<G: Group>() {
    for (bound, bytes) in [(100, 1 << 20), (3000, 512), (1000, 0), (0, 64)] {
        let table = Logarithms::<G>::new(Kernel::best(), bound, bytes).unwrap();
        assert!(table.bytes() <= bytes.max(64), "{bound} in {bytes}");
        let bound = bound as i64;
        let numbers = [0, 1, -1, bound / 2, -bound / 3, bound, -bound, bound + 1, -bound - 1];
        let elements: Vec<G::Element> = numbers.iter().map(|number| power::<G>(*number)).collect();
        let expected: Vec<Option<i64>> = numbers.iter().map(|k| (k.abs() <= bound).then_some(*k)).collect();
        assert_eq!(table.of_vartime(&elements), expected, "{bound} in {bytes}");
    }
}

fn combinations<G: Group>(weights: &[i64]) {
    let mut rng = Seed::from_number(3).rng();
    let heads = [G::draw(&mut rng), -G::scalar(1)];
    let draws: Vec<G::Scalar> = (0..weights.len() + 2).map(|_| G::draw(&mut rng)).collect();
    let elements: Vec<G::Element> = draws.iter().map(|draw| G::power(&G::generator(), draw)).collect();
    let combined = Combination::new::<G>(&heads, weights).apply_vartime::<G>(&spread::<G>(&elements, 2));
    let exponent = draws[0] * heads[0] + draws[1] * heads[1] + G::weighted_sum(weights, &encoded::<G>(&draws[2..]));
    assert!(combined == G::power(&G::generator(), &exponent));
}

fn everything<G: Group>() {
    laws::<G>();
    encodings::<G>();
    small_powers::<G>();
    logarithms::<G>();
    combinations::<G>(&[127, -127, 0, 1, -1, 128, -128, 129, 255, 256, -65536, 1 << 31, i64::MIN]);
    combinations::<G>(&[]);
    combinations::<G>(&[0, 0]);
}

#[test]
fn ristretto_is_a_group() {
    everything::<Ristretto255>();
}

#[test]
fn the_safe_prime_makes_a_group() {
    everything::<SafePrime256>();
}

#[test]
fn the_modp_group_is_one() {
    everything::<Modp3072>();
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]

    #[test]
    fn combinations_equal_single_powers(weights in prop::collection::vec(-300i64..300, 0..40)) {
        combinations::<Ristretto255>(&weights);
        combinations::<SafePrime256>(&weights);
    }

    #[test]
    fn logarithms_come_back(number in -5000i64..=5000) {
        let table = Logarithms::<SafePrime256>::new(Kernel::best(), 5000, 4096).unwrap();
        prop_assert_eq!(table.of_vartime(&[power::<SafePrime256>(number)]), [Some(number)]);
    }
}

/// The encodings of the generator's first multiples (RFC 9496, appendix A.1).
#[test]
fn encodings_are_those_of_the_standard() {
    let hex = |element| Ristretto255::encode(&[element]).iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    assert_eq!(hex(power::<Ristretto255>(0)), "00".repeat(32));
    assert_eq!(hex(power::<Ristretto255>(1)), "e2f2ae0a6abc4e71a884a961c500515f58e30b6aa582dd8db6a65945e08d2d76");
    assert_eq!(hex(power::<Ristretto255>(2)), "6a493210f7499cd17fecb510ae0cea23a110e8d5b901f8acadd3095c73a3b919");
}

fn is_probable_prime(number: &BigUint) -> bool {
    let one = BigUint::from(1u8);
    let less = number - &one;
    let twos = less.trailing_zeros().unwrap();
    let odd = &less >> twos;
    [2u8, 3, 5, 7, 11].iter().all(|base| {
        let mut power = BigUint::from(*base).modpow(&odd, number);
        let ends_in_one = power == one;
        ends_in_one
            || (0..twos).any(|_| {
                let found = power == less;
                power = &power * &power % number;
                found
            })
    })
}

fn order<G: Group>() -> BigUint {
    BigUint::from_bytes_le(&G::encode_scalar(&-G::scalar(1))) + 1u8
}

/// `floor(2^126 pi)`, by the digits that everybody prints: 3.243f6a88 85a308d3 13198a2e 03707344 (base 16).
const PI_126: u128 = 0xc90f_daa2_2168_c234_c4c6_628b_80dc_1cd1;

#[test]
fn primes_are_what_they_are_said_to_be() {
    let two = |bits: u32| BigUint::from(1u8) << bits;
    let prime = order::<SafePrime256>() * 2u8 + 1u8;
    let middle = BigUint::from(PI_126) + 3220u32;
    assert_eq!(prime, two(256) - two(192) - 1u8 + (middle << 64u32));
    let large = order::<Modp3072>() * 2u8 + 1u8;
    // The first digits of pi stand in the same place in every prime of this form.
    assert_eq!((&large >> 2880u32) & (two(126) - 1u8), BigUint::from(PI_126) & (two(126) - 1u8));
    assert_eq!(&large & (two(64) - 1u8), two(64) - 1u8);
    for prime in [prime, large] {
        assert_eq!(&prime % 8u8, BigUint::from(7u8));
        assert!(is_probable_prime(&prime) && is_probable_prime(&(prime >> 1)));
    }
}

#[test]
fn security_is_stated_honestly() {
    let bits = |estimate: blindbench_core::security::SecurityEstimate| estimate.bits.unwrap();
    assert!((40.0..50.0).contains(&bits(SafePrime256::security())));
    assert_eq!(bits(Ristretto255::security()), 128.0);
    assert_eq!(bits(Modp3072::security()), 128.0);
}

#[test]
fn tables_are_no_larger_than_needed_and_refuse_the_impossible() {
    let extent = |bound, bytes| Extent::new::<Ristretto255>(bound, bytes);
    assert_eq!(extent(1000, 1 << 30).unwrap(), Extent { reach: 1000, steps: 0 });
    let small = extent(1_000_000, 1 << 10).unwrap();
    assert!(small.reach < 64 && (2 * small.reach + 1) * (2 * small.steps + 1) > 2_000_000);
    assert!(extent(u64::MAX, 1 << 20).unwrap_err().to_string().contains("giant steps"));
}

/// Encrypts, combines and takes logarithms as inner-product encryption does; all results and the ciphertext's bytes.
fn batch_results<B: Batch<Group = Ristretto255>>() -> (Vec<u8>, Vec<Option<i64>>) {
    let batch = B::new(Kernel::best());
    let secrets = [0, 3, 5, 7, -11].map(Ristretto255::scalar);
    let bases: Vec<_> = secrets.iter().map(|secret| Ristretto255::power(&Ristretto255::generator(), secret)).collect();
    let exponent = Ristretto255::draw(&mut Seed::from_number(4).rng());
    let bytes = batch.commit(&batch.bases(&bases, 65535).unwrap(), &exponent, &[0, 0, 65535, -65535, 0]).unwrap();
    let samples = batch.decode(&[bytes.as_slice(); 9], 5).unwrap();
    // The heads take back what the secrets add.
    let lists = [[1i64, -2, 3], [0, 0, 0], [-70000, 5, 0]].map(|weights| {
        let sum = Ristretto255::weighted_sum(&weights, &encoded::<Ristretto255>(&secrets[2..]));
        let third = Ristretto255::inverse_vartime(&Ristretto255::scalar(3)).unwrap();
        ([Ristretto255::scalar(0), -(sum * third)], weights)
    });
    let lists: Vec<List<'_, Ristretto255>> = lists.iter().map(|(heads, weights)| List { heads, weights }).collect();
    let combinations = batch.combinations(&lists).unwrap();
    assert!(batch.combinations_bytes(&combinations) > 0);
    let products = batch.combine_vartime(&samples, &combinations).unwrap();
    let table = batch.logarithms(1 << 20, 1 << 16).unwrap();
    assert!(batch.logarithms_bytes(&table) > 0);
    let single = batch.products(vec![power::<Ristretto255>(-99), power::<Ristretto255>((1 << 20) + 1)]).unwrap();
    let found = [batch.logarithms_vartime(&table, &products), batch.logarithms_vartime(&table, &single)].concat();
    (bytes, found)
}

#[test]
fn lanes_equal_single_elements() {
    let (bytes, found) = batch_results::<Lanes>();
    assert_eq!((bytes, found.clone()), batch_results::<Portable<Ristretto255>>());
    assert_eq!(found[24..], [Some(3 * 65535), Some(0), None, Some(-99), None]);
    let refused = Lanes::new(Kernel::best()).decode(&[&[0xff; 64]], 2).err().unwrap().to_string();
    assert!(refused.contains("element 0 is not in the group"), "{refused}");
    assert!(Lanes::new(Kernel::best()).decode(&[&[0; 63]], 2).is_err());
    assert!(Lanes::reaches(1000, 1 << 20).is_ok() && Lanes::reaches(0, 1 << 20).is_ok());
    assert!(Lanes::reaches(1 << 50, 1 << 20).unwrap_err().to_string().contains("table_bytes"));
    assert!(Lanes::reaches(1 << 40, 1 << 10).is_err());
}

#[test]
fn commitments_open() {
    let group = Portable::<Ristretto255>::new(Kernel::Scalar);
    let base = power::<Ristretto255>(77);
    let bytes = {
        let bases = group.bases(&[base, base], 65535).unwrap();
        assert!(group.commit(&bases, &Ristretto255::scalar(3), &[1]).is_err());
        group.commit(&bases, &Ristretto255::scalar(3), &[65535, -65535]).unwrap()
    };
    let samples = group.decode(&[&bytes], 2).unwrap();
    assert!(samples == [[power::<Ristretto255>(231 + 65535), power::<Ristretto255>(231 - 65535)]]);
    assert!(group.decode(&[&bytes[1..]], 2).is_err());
    assert!(group.decode(&[&[bytes, vec![0xff; 32]].concat()], 3).unwrap_err().to_string().contains("element 2"));
}
