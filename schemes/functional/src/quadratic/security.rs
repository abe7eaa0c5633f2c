//! How hard BLS12-381 is to break.

use blindbench_core::security::SecurityEstimate;

/// log2 of the cost of a logarithm in the field of p^12 elements that holds GT: Guillevic, "A short-list of
/// pairing-friendly curves resistant to special TNFS at the 128-bit level" (PKC 2020, eprint 2019/1371), estimates about 2^126
/// by simulating the special tower number field sieve. Barbulescu, Duquesne, "Updating key size estimations for pairings"
/// (J. Cryptology, 2019), ask for 461 bits of p where 128 bits are meant conservatively.
const FIELD_BITS: f64 = 126.0;

/// The estimate. G1, G2 and the generic attacks on all three groups take 2^127 (half of r's 255 bits); the field that
/// holds GT is cheaper.
pub(super) fn estimate() -> SecurityEstimate {
    SecurityEstimate {
        bits: Some(FIELD_BITS),
        core_svp_bits: None,
        attack: "discrete logarithm in the field of p^12 elements by the special tower number field sieve".into(),
        source: "Guillevic, PKC 2020 (eprint 2019/1371), for BLS12-381; generic attacks on its groups take 2^127"
            .into(),
    }
}
