//! What the server leaves behind after each layer in an untimed pass, and the key holder's look at it.

use blindbench_core::error::{Error, Result};
use tfhe::core_crypto::prelude::{CiphertextModulus, LweCiphertext, decrypt_lwe_ciphertext};

use crate::keys::SecretKey;
use crate::scheme::EncryptedNetwork;
use crate::semantics::Semantics;

/// LWE coefficients of 32 bits as bytes.
pub(crate) fn of_u32(coefficients: &[u32]) -> Vec<u8> {
    coefficients.iter().flat_map(|x| x.to_le_bytes()).collect()
}

/// LWE coefficients of 64 bits as bytes.
pub(crate) fn of_u64(coefficients: &[u64]) -> Vec<u8> {
    coefficients.iter().flat_map(|x| x.to_le_bytes()).collect()
}

/// The values after a layer, noise included: sums modulo the torus, then activations and scores.
///
/// # Errors
/// [`Error::Unsupported`] for a layer that leaves none, [`Error::Wire`] for bytes of another length.
pub(crate) fn inspect<S: Semantics>(
    network: &EncryptedNetwork<S>,
    key: &SecretKey,
    layer: usize,
    snapshot: &[u8],
) -> Result<Vec<f64>> {
    let layers = network.circuit.layers;
    if layer == layers.first {
        let key = key.input_lwe();
        let value = |lwe: Vec<u32>| {
            let lwe = LweCiphertext::from_container(lwe, CiphertextModulus::new_native());
            network.encoding.hidden_value(decrypt_lwe_ciphertext(&key, &lwe).0)
        };
        let width = network.parameters.lwe_dimension() + 1;
        return Ok(ciphertexts(snapshot, width, u32::from_le_bytes)?.into_iter().map(value).collect());
    }
    if layer == layers.activation || layer == layers.last {
        let key = key.output_lwe();
        let value = |lwe: Vec<u64>| {
            let lwe = LweCiphertext::from_container(lwe, CiphertextModulus::new_native());
            network.encoding.score(decrypt_lwe_ciphertext(&key, &lwe).0)
        };
        let width = network.parameters.output_dimension() + 1;
        return Ok(ciphertexts(snapshot, width, u64::from_le_bytes)?.into_iter().map(value).collect());
    }
    Err(Error::Unsupported(format!("layer {layer} leaves no snapshot")))
}

/// Ciphertexts of `width` coefficients of `N` bytes.
fn ciphertexts<T, const N: usize>(bytes: &[u8], width: usize, read: impl Fn([u8; N]) -> T) -> Result<Vec<Vec<T>>> {
    if !bytes.len().is_multiple_of(width * N) {
        let reason = format!("{} bytes, expected ciphertexts of {} bytes", bytes.len(), width * N);
        return Err(Error::wire("TFHE snapshot", reason));
    }
    let lwe = |bytes: &[u8]| bytes.as_chunks::<N>().0.iter().map(|b| read(*b)).collect();
    Ok(bytes.chunks_exact(width * N).map(lwe).collect())
}
