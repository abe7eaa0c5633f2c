//! Every operation of CKKS, BFV and BGV at the sizes of `configs/primitives/lattice.yaml`:
//! `cargo bench -p blindbench-lattice -- ckks/8192/3+1/rotate`.
//!
//! Ids are scheme / N / ciphertext primes + special primes / operation. Times are of the wall, on one thread.

#![allow(missing_docs, reason = "made by the macros of criterion")]

use blindbench_core::error::Result;
use blindbench_core::primitives::Offer;
use blindbench_core::roles::seed::Seed;
use blindbench_core::scheme::Resources;
use blindbench_lattice::bfv::Bfv;
use blindbench_lattice::bgv::Bgv;
use blindbench_lattice::ckks::operations::{self as ckks_operations, Params as CkksParams, Ring};
use blindbench_lattice::integers::operations::{self as integer_operations, Params};
use criterion::{Criterion, criterion_group, criterion_main};

/// log2 of the ring degree, sizes of ciphertext primes and of special primes.
type Size = (u32, &'static [u32], &'static [u32]);

const SIZES: [Size; 4] = [
    (13, &[50; 3], &[50]),
    (14, &[50; 7], &[50]),
    (14, &[50; 6], &[50; 2]),
    // The moduli of the networks on MNIST.
    (13, &[28, 26, 26, 26, 26, 26], &[28, 28]),
];

/// 3 * 2^18 + 1: a slot for every coefficient up to N = 2^17.
const PLAINTEXT_MODULUS: u64 = 786_433;

fn all(criterion: &mut Criterion) {
    for size @ (log_n, moduli, special) in SIZES {
        let log_scale = if moduli[0] == 50 { 45.0 } else { 26.0 };
        let (moduli, special) = (moduli.to_vec(), special.to_vec());
        let ckks =
            CkksParams { log_n, moduli: moduli.clone(), special: special.clone(), log_scale, ring: Ring::Standard };
        bench(criterion, "ckks", size, ckks_operations::offer(ckks, &Resources::default()));
        let integers = Params { log_n, moduli, special, plaintext_modulus: PLAINTEXT_MODULUS };
        bench(criterion, "bfv", size, integer_operations::offer::<Bfv>(integers.clone(), &Resources::default()));
        bench(criterion, "bgv", size, integer_operations::offer::<Bgv>(integers, &Resources::default()));
    }
}

fn bench(criterion: &mut Criterion, scheme: &str, (log_n, moduli, special): Size, offer: Result<Offer>) {
    let id = format!("{scheme}/{}/{}+{}", 1 << log_n, moduli.len(), special.len());
    let primitives = match offer {
        Ok(offer) => offer.primitives,
        Err(error) => return eprintln!("{id}: {error}"),
    };
    let mut group = criterion.benchmark_group(id);
    for name in primitives.names() {
        match primitives.prepare(&name, &Seed::from_number(1)) {
            Ok(mut prepared) => drop(group.bench_function(name, |bencher| bencher.iter(|| prepared.run(1)))),
            Err(error) => eprintln!("{name}: {error}"),
        }
    }
    group.finish();
}

criterion_group!(benches, all);
criterion_main!(benches);
