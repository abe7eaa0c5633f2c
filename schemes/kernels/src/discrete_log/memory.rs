//! Memory for tables that look-ups go to anywhere.

use super::table::Line;

/// Empty lines, on large pages where the system has some left: processors know the addresses of two thousand pages or so,
/// which as pages of 4 KiB are but 8 MiB.
pub(super) fn empty_lines(count: usize) -> Vec<Line> {
    let mut lines = Vec::with_capacity(count);
    #[cfg(target_os = "linux")]
    prefer_large_pages(lines.spare_capacity_mut());
    lines.resize(count, Line::default());
    lines
}

/// Asks for large pages before memory is used for the first time; where they are refused, small ones do.
#[cfg(target_os = "linux")]
#[expect(unsafe_code, reason = "advice, which changes no content")]
fn prefer_large_pages<T>(memory: &mut [std::mem::MaybeUninit<T>]) {
    use rustix::mm::{Advice, madvise};
    const PAGE: usize = 2 << 20;
    let address = memory.as_ptr().addr();
    let before = address.next_multiple_of(PAGE) - address;
    let whole = size_of_val(memory).saturating_sub(before) / PAGE * PAGE;
    if whole > 0 {
        let first = memory.as_mut_ptr().cast::<u8>().wrapping_add(before);
        // SAFETY: whole pages within memory that is borrowed alone.
        let _ = unsafe { madvise(first.cast(), whole, Advice::LinuxHugepage) };
    }
}
