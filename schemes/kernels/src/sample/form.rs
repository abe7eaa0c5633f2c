//! The passes over bytes in the form that a kernel has them in.

use super::chacha20::{ChaCha20, Portable};
use super::gaussian::{self, LookUp};
use super::portable::{self, Progress};
#[cfg(target_arch = "x86_64")]
use super::{avx2, avx512};
use crate::dispatch::Kernel;

/// One function for each pass; all forms agree.
pub(crate) struct Form {
    /// [`ChaCha20::fill`].
    pub fill: fn(&mut ChaCha20, &mut [u8]),
    /// [`portable::uniform`].
    pub uniform: fn(&[u8], usize, u64, &mut [u64]) -> Progress,
    /// [`portable::centered_binomial`].
    pub centered_binomial: fn(&[u8], &mut [i64]) -> Progress,
    /// [`portable::ternary`].
    pub ternary: fn(&[u8], &mut [i64]) -> Progress,
    /// [`gaussian::look_up`].
    pub look_up: LookUp,
}

static PORTABLE: Form = Form {
    fill: |generator, out| generator.fill::<Portable>(out),
    uniform: portable::uniform,
    centered_binomial: portable::centered_binomial,
    ternary: portable::ternary,
    look_up: |table, words, out| gaussian::look_up(table, words, out),
};

#[cfg(target_arch = "x86_64")]
static AVX2: Form = Form {
    fill: avx2::fill,
    uniform: avx2::uniform,
    centered_binomial: avx2::centered_binomial,
    ternary: avx2::ternary,
    look_up: avx2::look_up,
};

/// Taking bytes apart in registers of 512 bits needs what comes with IFMA.
#[cfg(target_arch = "x86_64")]
static AVX512: Form = Form { fill: avx512::fill, look_up: avx512::look_up, ..AVX2 };

#[cfg(target_arch = "x86_64")]
static IFMA: Form = Form {
    fill: avx512::fill,
    uniform: avx512::uniform,
    centered_binomial: avx512::centered_binomial,
    ternary: avx512::ternary,
    look_up: avx512::look_up,
};

impl Form {
    /// The form for a kernel; the portable one where the processor lacks its instructions.
    pub(crate) fn of(kernel: Kernel) -> &'static Form {
        #[cfg(target_arch = "x86_64")]
        if kernel.is_available() {
            return match kernel {
                Kernel::Scalar => &PORTABLE,
                Kernel::Avx2 => &AVX2,
                Kernel::Avx512 => &AVX512,
                Kernel::Ifma => &IFMA,
            };
        }
        let _ = kernel;
        &PORTABLE
    }
}
