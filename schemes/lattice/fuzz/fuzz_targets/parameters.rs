//! Parameters small enough that a fuzzer gets far.

use blindbench_kernels::dispatch::Kernel;
use blindbench_kernels::residue::ntt::RingKind;
use blindbench_lattice::rlwe::parameters::{Literal, Parameters};

/// Two digits, one of them partial, in the smallest ring.
pub fn small() -> Parameters {
    let literal = Literal { log_n: 6, ring: RingKind::Standard, moduli: vec![30, 26, 27], special: vec![30, 30] };
    Parameters::new(literal, Kernel::Scalar).expect("the parameters of the tests on stable")
}
