//! Memory as `/proc` tells it; none of it where there is no `/proc`.

use std::fs;

/// Memory of the machine.
pub fn total_bytes() -> Option<u64> {
    kibibytes(&fs::read_to_string("/proc/meminfo").ok()?, "MemTotal:")
}

/// Most resident memory that a process has used since it started, or since [`forget_own_peak`].
pub fn peak_bytes(process: u32) -> Option<u64> {
    kibibytes(&fs::read_to_string(format!("/proc/{process}/status")).ok()?, "VmHWM:")
}

/// Most resident memory of this process.
pub fn own_peak_bytes() -> Option<u64> {
    peak_bytes(std::process::id())
}

/// Starts the own peak anew (`man 5 proc`, `/proc/pid/clear_refs`), so that one cell is not charged
/// for another's; where the kernel refuses, the peak is that of the process so far.
pub fn forget_own_peak() {
    let _ = fs::write("/proc/self/clear_refs", "5");
}

fn kibibytes(text: &str, field: &str) -> Option<u64> {
    let line = text.lines().find_map(|line| line.strip_prefix(field))?;
    line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok().map(|size| size * 1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_of_proc_are_read_in_bytes() {
        assert_eq!(kibibytes("VmPeak:\t  9 kB\nVmHWM:\t    1234 kB\n", "VmHWM:"), Some(1234 * 1024));
        assert_eq!(kibibytes("VmPeak:\t  9 kB\n", "VmHWM:"), None);
    }
}
