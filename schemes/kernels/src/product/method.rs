//! Which instructions a matrix product is made of.

#[cfg(target_arch = "x86_64")]
use super::amx;
use crate::dispatch::Kernel;

/// A way to multiply, from the plainest on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Method {
    /// Portable 64-bit integers.
    Scalar,
    /// Doubles with AVX2 and FMA.
    Avx2,
    /// Doubles with AVX-512.
    Avx512,
    /// 52-bit integers with AVX-512 IFMA.
    Ifma,
    /// Bytes with AVX-512 VNNI.
    Vnni,
    /// Tiles of bytes with AMX.
    Amx,
}

impl Method {
    /// Every method, the plainest first.
    pub const ALL: [Method; 6] =
        [Method::Scalar, Method::Avx2, Method::Avx512, Method::Ifma, Method::Vnni, Method::Amx];

    /// Whether this processor, and the system that it runs, have the instructions.
    pub fn is_available(self) -> bool {
        match self {
            Method::Scalar => true,
            Method::Avx2 => Kernel::Avx2.is_available(),
            Method::Avx512 => Kernel::Avx512.is_available(),
            Method::Ifma => Kernel::Ifma.is_available(),
            #[cfg(target_arch = "x86_64")]
            Method::Vnni => Kernel::Avx512.is_available() && is_x86_feature_detected!("avx512vnni"),
            #[cfg(target_arch = "x86_64")]
            Method::Amx => Kernel::Avx512.is_available() && amx::is_permitted(),
            #[cfg(not(target_arch = "x86_64"))]
            Method::Vnni | Method::Amx => false,
        }
    }

    /// The fastest available method that needs no more than a kernel, for weights of such magnitudes at most.
    ///
    /// Measured on Sapphire Rapids over 784 inputs, 128 outputs and 28-bit primes: AMX is 3 to 4 times as fast as IFMA
    /// whatever the weights; VNNI 1.7 times with weights of one byte, and slower with two.
    pub fn of(kernel: Kernel, magnitude: u32) -> Method {
        let within = match kernel {
            Kernel::Scalar => Method::Scalar,
            Kernel::Avx2 => Method::Avx2,
            Kernel::Avx512 => Method::Avx512,
            Kernel::Ifma => Method::Amx,
        };
        let fast = |method: &Method| *method != Method::Vnni || magnitude <= 127;
        let fitting = |method: &Method| fast(method) && method.is_available();
        within.and_plainer().find(fitting).unwrap_or(Method::Scalar)
    }

    /// The method and all plainer ones, itself first.
    pub(super) fn and_plainer(self) -> impl Iterator<Item = Method> {
        Method::ALL.into_iter().rev().skip_while(move |method| *method > self)
    }

    /// Whether it multiplies tiles of bytes.
    pub(super) fn is_of_bytes(self) -> bool {
        matches!(self, Method::Vnni | Method::Amx)
    }

    /// The kernel whose other operations go with it.
    pub fn kernel(self) -> Kernel {
        match self {
            Method::Scalar => Kernel::Scalar,
            Method::Avx2 => Kernel::Avx2,
            Method::Avx512 => Kernel::Avx512,
            Method::Vnni | Method::Amx if !Kernel::Ifma.is_available() => Kernel::Avx512,
            Method::Ifma | Method::Vnni | Method::Amx => Kernel::Ifma,
        }
    }

    /// The name used in experiments and records.
    pub fn name(self) -> &'static str {
        match self {
            Method::Scalar => "scalar",
            Method::Avx2 => "avx2",
            Method::Avx512 => "avx512",
            Method::Ifma => "ifma",
            Method::Vnni => "vnni",
            Method::Amx => "amx",
        }
    }

    /// The method of that name.
    pub fn parse(name: &str) -> Option<Method> {
        Method::ALL.into_iter().find(|method| method.name() == name)
    }
}

impl std::fmt::Display for Method {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::Method;
    use crate::dispatch::Kernel;

    #[test]
    fn names_parse_back() {
        for method in Method::ALL {
            assert_eq!(Method::parse(method.name()), Some(method));
        }
        assert_eq!(Method::parse("avx3"), None);
    }

    #[test]
    fn a_kernel_bounds_the_method() {
        assert_eq!(Method::of(Kernel::Scalar, 127), Method::Scalar);
        for kernel in Kernel::ALL {
            let method = Method::of(kernel, 2047);
            assert!(method.is_available() && method.kernel() <= kernel && method != Method::Vnni);
        }
        assert!(Method::of(Kernel::best(), 127) >= Method::of(Kernel::best(), 2047));
    }
}
