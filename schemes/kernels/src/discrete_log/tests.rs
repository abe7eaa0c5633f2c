#![allow(clippy::unwrap_used, reason = "a failing test may panic")]

use super::{Member, Sign, Table, TableError};
use crate::dispatch::Kernel;
use proptest::prelude::*;

/// Something random by the magnitude.
fn key(magnitude: u64) -> u64 {
    let mut x = magnitude.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    x = (x ^ x >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    x = (x ^ x >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ x >> 31
}

fn member(magnitude: u64) -> Member {
    let sign = if key(magnitude) >> 40 & 1 == 0 { Sign::Plus } else { Sign::Minus };
    Member { magnitude, key: key(magnitude), sign }
}

fn table(kernel: Kernel, bound: u64) -> Table {
    let members: Vec<Member> = (0..=bound).map(member).collect();
    Table::build(kernel, "test", bound, |add| members.chunks(100).for_each(&mut *add)).unwrap()
}

fn other(sign: Sign) -> Sign {
    if sign == Sign::Plus { Sign::Minus } else { Sign::Plus }
}

fn kernels() -> impl Iterator<Item = Kernel> {
    Kernel::ALL.into_iter().filter(|kernel| kernel.is_available())
}

#[test]
fn members_are_found_with_their_signs_and_nothing_else_is() {
    for kernel in kernels() {
        for bound in [0, 1, 2, 5, 6, 7, 12, 13, 1000, 6553, 70_000] {
            let table = table(kernel, bound);
            assert_eq!(table.resident_bytes(), Table::bytes_for(bound));
            let members: Vec<Member> = (0..=bound).map(member).collect();
            let queries: Vec<_> = members.iter().flat_map(|m| [(m.key, m.sign), (m.key, other(m.sign))]).collect();
            let mut found = vec![None; queries.len()];
            table.find_all(&queries, &mut found);
            for (m, found) in (0i64..).zip(found.chunks(2)) {
                assert_eq!(found, [Some(m), Some(-m)], "{kernel}, bound {bound}");
                assert_eq!(table.find(queries[2 * m as usize].0, queries[2 * m as usize].1), Some(m));
            }
            let strangers: Vec<_> = (bound + 1..bound + 3000).map(|m| (key(m), Sign::Plus)).collect();
            let mut found = vec![Some(1); strangers.len()];
            table.find_all(&strangers, &mut found);
            assert!(found.iter().all(Option::is_none));
        }
    }
}

#[test]
fn members_that_cannot_be_told_apart_are_refused() {
    let twins = [Member { key: 7, ..member(3) }, Member { key: 7, ..member(4) }];
    let error = Table::build(Kernel::Scalar, "test", 10, |add| add(&twins)).unwrap_err();
    assert_eq!(error, TableError::Collision { members: [3, 4] });
}

#[test]
fn another_seed_tells_members_apart_whose_entries_collide() {
    // Inverts the mixing for seed 0: keys that differ in bits of neither the line nor the fingerprint, for a bound
    // of 2^28 - 1 in a table of few members.
    let unmixed = |mixed: u64| (mixed ^ mixed >> 32).wrapping_mul(0xf1de_83e1_9937_733d);
    assert_eq!(super::table::mixed(unmixed(0x1234_5678_9abc_def0), 0), 0x1234_5678_9abc_def0);
    let bound = 1 << 12;
    let shift = 14;
    let low = Table::lines_for(bound) - 1;
    let free = ((1 << shift) - 1) & !low;
    let base = 0xfeed_0000_0000_0000;
    let members = [(1, base), (2, base | free & free.wrapping_neg())];
    let members = members.map(|(magnitude, mixed)| Member { magnitude, key: unmixed(mixed), sign: Sign::Plus });
    let table = Table::build(Kernel::Scalar, "test", bound, |add| add(&members)).unwrap();
    assert!(table.seed > 0);
    members.iter().for_each(|m| assert_eq!(table.find(m.key, Sign::Minus), Some(-(m.magnitude as i64))));
}

#[test]
fn what_exceeds_the_bound_is_refused() {
    let given = Table::MAX_BOUND + 1;
    let error = Table::build(Kernel::Scalar, "test", given, |_| ()).unwrap_err();
    assert_eq!(error, TableError::Bound { given, most: Table::MAX_BOUND });
    let error = Table::build(Kernel::Scalar, "test", 5, |add| add(&[member(6)])).unwrap_err();
    assert_eq!(error, TableError::Magnitude { given: 6, bound: 5 });
    let many: Vec<Member> = (0..9).map(|k| Member { key: key(k), ..member(0) }).collect();
    assert_eq!(Table::build(Kernel::Scalar, "test", 0, |add| add(&many)).unwrap_err(), TableError::Full);
}

#[test]
fn bounds_fit_their_bytes() {
    for bytes in [64, 100, 128, 4096, 1 << 20, 3 << 20] {
        let bound = Table::bound_within(u64::MAX, bytes).unwrap();
        assert!(Table::bytes_for(bound) <= bytes && Table::bytes_for(2 * bound + 2) > bytes);
    }
    assert_eq!(Table::bound_within(100, 1 << 20), Some(100));
    assert_eq!(Table::bound_within(100, 63), None);
    assert_eq!(Table::bytes_for((1 << 21) - 1), 32 << 20);
    assert_eq!(Table::bytes_for(784 * 255 * 127), 256 << 20);
}

#[test]
fn bytes_give_the_table_back_and_say_what_is_wrong_with_them() {
    let read = |bytes: &[u8]| Table::from_bytes(Kernel::best(), "test", 1000, bytes);
    let made = table(Kernel::Scalar, 1000);
    let bytes = made.to_bytes();
    let back = read(&bytes).unwrap();
    assert_eq!((back.lines, back.seed), (made.lines, made.seed));
    let error = Table::from_bytes(Kernel::Scalar, "test", 999, &bytes).unwrap_err();
    assert_eq!(error, TableError::OtherBound { expected: 999, given: 1000 });
    let error = Table::from_bytes(Kernel::Scalar, "toast", 1000, &bytes).unwrap_err();
    assert_eq!(error, TableError::Group { expected: "toast".into(), given: "test".into() });
    for length in [0, 7, 11, 15, 17, 30, bytes.len() - 1] {
        assert!(matches!(read(&bytes[..length]), Err(TableError::Length { given, .. }) if given == length as u64));
    }
    assert!(matches!(read(&[&bytes[..], &[0]].concat()), Err(TableError::Length { .. })));
    let changed = |place: usize| {
        let mut bytes = bytes.clone();
        bytes[place] ^= 1;
        read(&bytes).unwrap_err()
    };
    assert_eq!(changed(0), TableError::NotATable);
    assert_eq!(changed(8), TableError::Version { expected: 1, given: 0 });
    assert_eq!(changed(bytes.len() - 1), TableError::Checksum);
    assert_eq!(changed(30), TableError::Checksum);
}

proptest! {
    #[test]
    fn every_kernel_finds_the_same(bound in 0u64..3000, queries in prop::collection::vec(0u64..6000, 0..200)) {
        let queries: Vec<_> = queries.into_iter().map(|m| (key(m), member(m).sign)).collect();
        let expected: Vec<_> = queries.iter().map(|(key, sign)| table(Kernel::Scalar, bound).find(*key, *sign)).collect();
        for kernel in kernels() {
            let mut found = vec![None; queries.len()];
            table(kernel, bound).find_all(&queries, &mut found);
            prop_assert_eq!(&found, &expected);
        }
    }
}
