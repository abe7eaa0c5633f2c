//! A batch of images through a network, on two threads: wall and CPU seconds of each step and layer, bytes, errors
//! beside the promise, and the most memory that the process held:
//! `cargo run --release -p blindbench-lattice --example batches -- SCHEME NETWORK WEIGHTS IMAGES COUNT [PARAMS]`
//! with the network's description and the parameters as JSON, its weights as safetensors, and the images' pixels as
//! bytes.
//!
//! For quick looks while the code is worked on; `configs/inference` has the records.

use std::sync::Arc;
use std::time::Instant;

use blindbench_core::adapter::{Entry, Environment};
use blindbench_core::error::{Error, Result};
use blindbench_core::network::architecture::Architecture;
use blindbench_core::network::images::Images;
use blindbench_core::network::weights::Weights;
use blindbench_core::probe::{Clock, Detail};
use blindbench_core::roles::seed::Seed;
use blindbench_core::scheme::Resources;
use blindbench_core::wire::{Reader, take_json};
use blindbench_kernels::dispatch::Kernel;
use blindbench_lattice::bfv::Bfv;
use blindbench_lattice::bgv::Bgv;
use blindbench_lattice::ckks::network::CkksNetwork;
use blindbench_lattice::integers::network::IntegerNetwork;
use rustix::time::{ClockId, clock_gettime};

struct Watch(Instant);

impl Clock for Watch {
    fn wall_ns(&self) -> u64 {
        self.0.elapsed().as_nanos() as u64
    }

    fn cpu_ns(&self) -> u64 {
        let time = clock_gettime(ClockId::ProcessCPUTime);
        time.tv_sec as u64 * 1_000_000_000 + time.tv_nsec as u64
    }
}

fn timed<T>(name: &str, work: impl FnOnce() -> Result<T>) -> Result<T> {
    let watch = Watch(Instant::now());
    let before = watch.cpu_ns();
    let result = work()?;
    let (wall, cpu) = (watch.wall_ns(), watch.cpu_ns() - before);
    println!("{name:<10} {:>8.3} s {:>8.3} s CPU", wall as f64 * 1e-9, cpu as f64 * 1e-9);
    Ok(result)
}

fn file(path: &str) -> Result<Vec<u8>> {
    std::fs::read(path).map_err(|error| Error::Unsupported(format!("{path}: {error}")))
}

fn json<T: serde::de::DeserializeOwned>(text: &[u8]) -> Result<T> {
    let counted = [&(text.len() as u64).to_le_bytes()[..], text].concat();
    take_json("file", &mut Reader::new("file", &counted))
}

fn run<E: Entry>(architecture: &Architecture, weights: &Weights, images: &Images, params: &[u8]) -> Result<()> {
    let resources = Resources { threads: 2, kernel: Kernel::best() };
    let environment = Environment { resources, clock: Arc::new(Watch(Instant::now())) };
    let seed = Seed::from_number(1);
    let scheme = timed("plan", || E::plan(json(params)?, architecture, images.len(), &environment))?;
    let promise = scheme.promise(weights)?;
    println!("{}", scheme.describe().profile.parameters);
    let holder = timed("keygen", || scheme.key_holder(&seed))?;
    let public = holder.public_key()?;
    let model = scheme.publish(&public, weights, &seed)?;
    let mut server = scheme.server(&model)?;
    let key = timed("keys", || holder.server_key(server.key_request(), &seed))?;
    let resident = timed("setup", || server.setup(&key))?;
    let refused = || Error::Unsupported("the key holder is no client".into());
    let client = holder.client()?.ok_or_else(refused)?;
    let query = timed("encrypt", || client.encrypt(images, &seed))?;
    for _ in 0..2 {
        let (answer, trace) = timed("evaluate", || server.evaluate(&query, &seed, Detail::Counts))?;
        let per_image = trace.wall_ns as f64 * 1e-6 / images.len() as f64;
        println!("  {per_image:.4} ms an image, {:.4} ms CPU", trace.cpu_ns as f64 * 1e-6 / images.len() as f64);
        for span in &trace.spans {
            println!("  layer {} {:>8.3} s {:?}", span.layer, span.wall_ns as f64 * 1e-9, span.counts);
        }
        let logits = timed("decrypt", || client.decrypt(&answer))?;
        let twin = scheme.describe().lowered.evaluator(weights)?.logits(images)?;
        let worst = logits.errors(&twin)?.into_iter().fold(0.0, f64::max);
        let agreeing = logits.labels().iter().zip(twin.labels()).filter(|(a, b)| **a == *b).count();
        println!("worst error {worst}, promised {}, {agreeing} of {} agree", promise.logit_error, images.len());
        println!("keys {} B, resident {resident} B, query {} B, answer {} B", key.len(), query.len(), answer.len());
    }
    let status = String::from_utf8_lossy(&file("/proc/self/status")?).into_owned();
    status.lines().filter(|line| line.starts_with("VmHWM")).for_each(|line| println!("{line}"));
    Ok(())
}

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [scheme, network, weights, images, count, rest @ ..] = &arguments[..] else {
        return Err(Error::Unsupported("state scheme, network, weights, images and their count".into()));
    };
    let architecture: Architecture = json(&file(network)?)?;
    let weights = Weights::from_safetensors(&architecture, &file(weights)?)?;
    let count: usize = count.parse().map_err(|_| Error::Unsupported(format!("`{count}` is no number")))?;
    let mut pixels = file(images)?;
    pixels.truncate(count * architecture.input.shape.len());
    let images = Images { shape: architecture.input.shape, pixels };
    let params = rest.first().map_or("{\"packing\": \"batch\"}", |params| params);
    match scheme.as_str() {
        "ckks" => run::<CkksNetwork>(&architecture, &weights, &images, params.as_bytes()),
        "bfv" => run::<IntegerNetwork<Bfv>>(&architecture, &weights, &images, params.as_bytes()),
        "bgv" => run::<IntegerNetwork<Bgv>>(&architecture, &weights, &images, params.as_bytes()),
        other => Err(Error::Unsupported(format!("no scheme `{other}`"))),
    }
}
