//! Thread CPU time of matrix products, lower quartile of repeats, in milliseconds, with multiply-accumulates a
//! nanosecond: `cargo run --release -p blindbench-kernels --example products -- [method]`.

use blindbench_kernels::product::method::Method;
use blindbench_kernels::product::rows::Rows;
use blindbench_kernels::product::weights::Weights;
use blindbench_kernels::residue::modulus::Modulus;
use rustix::time::{ClockId, clock_gettime};

const COLUMNS: usize = 8192;

fn cpu_ms() -> f64 {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    time.tv_sec as f64 * 1e3 + time.tv_nsec as f64 * 1e-6
}

/// Of one call.
fn time(mut work: impl FnMut()) -> f64 {
    work();
    let (start, mut times) = (cpu_ms(), Vec::new());
    while times.len() < 5 || (cpu_ms() - start < 300.0 && times.len() < 200) {
        let before = cpu_ms();
        work();
        times.push(cpu_ms() - before);
    }
    times.sort_by(f64::total_cmp);
    times[times.len() / 4]
}

fn report(name: &str, weights: &Weights, products: usize, p: &Modulus) {
    let rows: Vec<Vec<u64>> = (0..weights.inputs() as u64)
        .map(|i| (0..COLUMNS as u64).map(|x| p.multiply(x + 1, (i + 1) << 40 | 0x1234_5678_9abc)).collect())
        .collect();
    let halves: Vec<Vec<u32>> = rows.iter().map(|row| row.iter().map(|x| *x as u32).collect()).collect();
    let rows: Vec<&[u64]> = rows.iter().map(|row| &row[..]).collect();
    let halves: Vec<&[u32]> = halves.iter().map(|row| &row[..]).collect();
    let mut out = vec![vec![0; COLUMNS]; weights.outputs()];
    let mut out: Vec<&mut [u64]> = out.iter_mut().map(|out| &mut out[..]).collect();
    let mut line = |form: &str, rows: Rows<'_>| {
        let ms = time(|| weights.multiply(p, rows, &mut out));
        let rate = (products * COLUMNS) as f64 / ms * 1e-6;
        let (method, column) = (weights.method(), ms * 1e6 / COLUMNS as f64);
        println!(
            "{name:<20} {:>2} bits {method:<7} {form:<6} {ms:>8.2} ms {column:>8.1} ns a column {rate:>6.1} a ns",
            p.bits()
        );
    };
    line("words", Rows::Words(&rows));
    if p.bits() <= 32 {
        line("halves", Rows::Halves(&halves));
    }
}

/// Weights that fill this many bits.
fn weights(count: usize, bits: u32) -> Vec<i32> {
    let weight = |i: u64| (i.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 33) as i32 % (1 << (bits - 1));
    (0..count as u64).map(|i| if i % 2 == 0 { weight(i) } else { -weight(i) }).collect()
}

/// A convolution with 5 channels, kernels of 5 by 5, stride 2 and padding 1 over 28 by 28 pixels.
fn convolution() -> Vec<Vec<(u32, i32)>> {
    let window = |y: i32, x: i32| {
        let taps = (0..25).map(move |tap| (2 * y - 1 + tap / 5, 2 * x - 1 + tap % 5, tap));
        let inside = taps.filter(|(y, x, _)| (0..28).contains(y) && (0..28).contains(x));
        inside.map(|(y, x, tap)| ((28 * y + x) as u32, tap * 9 % 255 - 127)).collect()
    };
    (0..5 * 169).map(|o| window(o % 169 / 13, o % 13)).collect()
}

fn main() -> Result<(), &'static str> {
    let chosen = std::env::args().nth(1);
    let methods = Method::ALL.into_iter().filter(|method| method.is_available());
    for method in methods.filter(|method| chosen.as_deref().is_none_or(|name| name == method.name())) {
        for (p, sizes) in [((1u64 << 28) - 57, &[8, 10, 12][..]), ((1 << 36) - 5, &[8, 12]), ((1 << 50) - 27, &[8, 12])]
        {
            let p = Modulus::new(p).ok_or("an odd number below 2^50")?;
            for bits in sizes {
                let weights = Weights::dense(method, 784, &weights(784 * 128, *bits));
                report(&format!("784x128, {bits} bits"), &weights, 784 * 128, &p);
            }
            let sparse = convolution();
            let products = sparse.iter().map(Vec::len).sum();
            report("784x845, sparse", &Weights::sparse(method, 784, &sparse), products, &p);
        }
    }
    Ok(())
}
