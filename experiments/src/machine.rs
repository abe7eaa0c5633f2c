//! Where a run is measured, what it was built from, and what else the machine does meanwhile.

pub mod interference;
pub mod memory;

use std::fs;
use std::path::Path;

use blindbench_kernels::dispatch::Kernel;
use blindbench_results::cell::Machine;
use sha2::{Digest, Sha256};

/// Commit that the program was built from, `unknown` without git.
pub const COMMIT: &str = env!("BLINDBENCH_COMMIT");

/// `true` where the sources differed from that commit.
pub const DIRTY: &str = env!("BLINDBENCH_DIRTY");

/// Compiler that built the program.
pub const TOOLCHAIN: &str = env!("BLINDBENCH_RUSTC");

/// The commit's first seven digits, `-dirty` behind them where the sources differed.
pub fn short_commit() -> String {
    let short: String = COMMIT.chars().take(7).collect();
    if DIRTY == "true" { format!("{short}-dirty") } else { short }
}

/// This machine.
pub fn describe() -> Machine {
    Machine {
        cpu: cpu_model(),
        cores: std::thread::available_parallelism().map_or(0, |cores| cores.get() as u32),
        memory_bytes: memory::total_bytes().unwrap_or(0),
        os: operating_system(),
        cpu_features: cpu_features(),
        governor: text("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor"),
        pressure_available: Path::new("/proc/pressure/cpu").exists(),
        confinement: crate::serve::confinement(),
    }
}

/// SHA-256 of this program's file, hexadecimal.
///
/// # Errors
/// Where the file cannot be read.
pub fn binary_sha256() -> std::io::Result<String> {
    let mut hasher = Sha256::new();
    let mut file = fs::File::open(std::env::current_exe()?)?;
    std::io::copy(&mut file, &mut HashWriter(&mut hasher))?;
    Ok(hex(&hasher.finalize()))
}

/// Hexadecimal digits of bytes.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// SHA-256 of a text, hexadecimal.
pub fn sha256_of(text: &str) -> String {
    hex(&Sha256::digest(text.as_bytes()))
}

struct HashWriter<'a>(&'a mut Sha256);

impl std::io::Write for HashWriter<'_> {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.update(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// A file's text without the space around it.
fn text(path: &str) -> Option<String> {
    fs::read_to_string(path).ok().map(|text| text.trim().to_owned())
}

#[cfg(target_arch = "x86_64")]
fn cpu_model() -> String {
    let brand = raw_cpuid::CpuId::new().get_processor_brand_string();
    brand
        .map(|brand| brand.as_str().trim().to_owned())
        .filter(|model| !model.is_empty())
        .unwrap_or_else(listed_cpu_model)
}

#[cfg(not(target_arch = "x86_64"))]
fn cpu_model() -> String {
    listed_cpu_model()
}

fn listed_cpu_model() -> String {
    let listed = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = listed.lines().find_map(|line| line.strip_prefix("model name")?.split_once(':'));
    model.map_or_else(|| "unknown".into(), |(_, model)| model.trim().to_owned())
}

/// `Linux 6.18.44 x86_64, Debian GNU/Linux 13`.
fn operating_system() -> String {
    let kernel = format!(
        "{} {} {}",
        text("/proc/sys/kernel/ostype").unwrap_or_else(|| std::env::consts::OS.into()),
        text("/proc/sys/kernel/osrelease").unwrap_or_default(),
        std::env::consts::ARCH
    );
    let release = fs::read_to_string("/etc/os-release").unwrap_or_default();
    let name = release.lines().find_map(|line| line.strip_prefix("PRETTY_NAME="));
    name.map_or(kernel.clone(), |name| format!("{kernel}, {}", name.trim_matches('"')))
}

/// Extensions that kernels may use, and those that explain speed.
fn cpu_features() -> Vec<String> {
    let mut features: Vec<String> = named_features().into_iter().map(str::to_owned).collect();
    if features.is_empty() {
        features.push(Kernel::best().name().to_owned());
    }
    features
}

#[cfg(target_arch = "x86_64")]
fn named_features() -> Vec<&'static str> {
    macro_rules! detected {
        ($($name:tt),*) => { [$(($name, is_x86_feature_detected!($name))),*] };
    }
    detected!(
        "sse4.2",
        "avx",
        "avx2",
        "fma",
        "bmi2",
        "adx",
        "aes",
        "vaes",
        "gfni",
        "avx512f",
        "avx512dq",
        "avx512bw",
        "avx512vl",
        "avx512ifma",
        "avx512vbmi",
        "avx512vnni"
    )
    .into_iter()
    .filter_map(|(name, found)| found.then_some(name))
    .collect()
}

#[cfg(not(target_arch = "x86_64"))]
fn named_features() -> Vec<&'static str> {
    Vec::new()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_machine_is_described() {
        let machine = describe();
        assert!(machine.cores > 0 && machine.memory_bytes > 1 << 20, "{machine:?}");
        assert!(!machine.cpu.is_empty() && !machine.os.is_empty() && !machine.cpu_features.is_empty());
    }

    #[test]
    fn hashes_are_those_of_sha256sum() {
        assert_eq!(sha256_of("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
        assert_eq!(binary_sha256().map(|hash| hash.len()).ok(), Some(64));
    }
}
