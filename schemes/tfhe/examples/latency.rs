//! Thread CPU time of one evaluation with the default parameters on made-up weights:
//! `cargo run --release -p blindbench-tfhe --example latency -- [approximate|exact] [HIDDEN] [REPEATS] [THREADS]`.

use blindbench_core::conformance::made_up_images;
use blindbench_core::network::architecture::Architecture;
use blindbench_core::network::weights::Weights;
use blindbench_core::probe::{Clock, Detail, Probe};
use blindbench_core::roles::seed::Seed;
use blindbench_core::scheme::{Resources, Scheme};
use blindbench_core::wire::parts::{PartReader, Parts};
use blindbench_core::wire::{Encode, Nothing, Wire};
use blindbench_core::{Error, Result};
use blindbench_tfhe::approximate::Tfhe;
use blindbench_tfhe::exact::TfheExact;
use blindbench_tfhe::test_networks;
use rustix::time::{ClockId, clock_gettime};

/// CPU time of this thread.
struct ThreadClock;

impl Clock for ThreadClock {
    fn wall_ns(&self) -> u64 {
        self.cpu_ns()
    }

    fn cpu_ns(&self) -> u64 {
        let now = clock_gettime(ClockId::ThreadCPUTime);
        (now.tv_sec * 1_000_000_000 + now.tv_nsec) as u64
    }
}

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let number = |index: usize, default: usize| arguments.get(index).and_then(|a| a.parse().ok()).unwrap_or(default);
    let (hidden, repeats, threads) = (number(1, 30), number(2, 20), number(3, 1));
    let broken = || Error::Unsupported("no such network".into());
    match arguments.first().map(String::as_str) {
        Some("exact") => {
            let network = test_networks::sign(24, hidden, 10, 30).ok_or_else(broken)?;
            measure::<TfheExact>(Default::default(), &network, repeats, threads)
        }
        _ => {
            let network = test_networks::sine(24, hidden, 10, 512).ok_or_else(broken)?;
            measure::<Tfhe>(Default::default(), &network, repeats, threads)
        }
    }
}

fn measure<S: Scheme>(
    params: S::Params,
    (architecture, weights): &(Architecture, Weights),
    repeats: usize,
    threads: usize,
) -> Result<()> {
    let resources = Resources { threads, ..Resources::default() };
    let scheme = S::open(S::plan(params, architecture, 1)?, &resources)?;
    println!("{}\n{:?}\n{:?}", scheme.profile().parameters, scheme.security(), scheme.promise(weights)?);
    let seed = Seed::from_number(5);
    let start = ThreadClock.cpu_ns();
    let keys = scheme.keygen(&mut seed.derive("keygen", 0).rng())?;
    let message = scheme.publish(&keys.public, weights, &mut seed.rng())?;
    let (model, _) = scheme.load(message)?;
    let request = S::KeyRequest::from_bytes(&scheme, &Nothing.to_bytes())?;
    let key = scheme.server_key(&keys, &request, &mut seed.derive("server key", 0).rng())?.to_bytes();
    let drawn = ThreadClock.cpu_ns();
    let server = scheme.setup(model, S::ServerKey::from_bytes(&scheme, &key)?)?;
    let ready = ThreadClock.cpu_ns();
    println!("keys {} ms, {} bytes; set-up {} ms", (drawn - start) / 1_000_000, key.len(), (ready - drawn) / 1_000_000);
    let images = made_up_images(architecture, 1, &seed);
    let mut totals = Vec::new();
    for _ in 0..repeats {
        let mut parts = Parts::default();
        // The client's key is the key pair: this program only measures schemes whose client holds it.
        let client = <S::Holder as blindbench_core::scheme::Holder>::of_pair::<S>(&std::sync::Arc::new(
            scheme.keygen(&mut seed.derive("keygen", 0).rng())?,
        ))
        .ok_or_else(|| Error::Unsupported("the client holds no key".into()))?;
        scheme.encrypt(&client, &images, &mut seed.rng(), &mut parts)?;
        let query = parts.into_bytes();
        let mut probe = Probe::new(&ThreadClock, Detail::Counts);
        let answer = scheme.evaluate(&server, PartReader::new(&scheme, &query)?, &mut seed.rng(), &mut probe)?;
        let bytes = answer.to_bytes();
        let trace = probe.finish();
        let layers: Vec<u64> = trace.spans.iter().map(|span| span.wall_ns / 1000).collect();
        totals.push(trace.cpu_ns / 1000);
        println!(
            "{} us, layers {layers:?} us, query {} bytes, answer {} bytes",
            trace.cpu_ns / 1000,
            query.len(),
            bytes.len()
        );
    }
    totals.sort_unstable();
    println!("least {} us, median {} us", totals[0], totals[totals.len() / 2]);
    Ok(())
}
