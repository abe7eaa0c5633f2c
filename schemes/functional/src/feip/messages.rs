//! What travels, and the master key, which does not.

use std::fmt::Debug;
use std::sync::OnceLock;

use blindbench_core::error::{Error, Result};
use blindbench_core::wire::{Encode, Reader, Wire};
use zeroize::Zeroize;

use super::Feip;
use super::engine::Encrypt;

/// The authority's secret numbers, encoded one after another: `s`, and `t` in the adaptive variant.
pub struct MasterKey(pub(super) Vec<u8>);

impl Zeroize for MasterKey {
    fn zeroize(&mut self) {
        self.0.zeroize();
    }
}

impl Drop for MasterKey {
    fn drop(&mut self) {
        self.zeroize();
    }
}

impl Debug for MasterKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("MasterKey(..)")
    }
}

/// What clients encrypt with: in the adaptive variant `h`, then one element for each number of a vector.
pub struct PublicKey {
    encoded: Vec<u8>,
    encryptor: OnceLock<Box<dyn Encrypt>>,
}

impl PublicKey {
    pub(super) fn new(encoded: Vec<u8>) -> Self {
        PublicKey { encoded, encryptor: OnceLock::new() }
    }

    /// The key decoded, with tables, which are computed once: by whoever reads a key, or on first use.
    pub(super) fn encryptor(&self, scheme: &Feip) -> Result<&dyn Encrypt> {
        if self.encryptor.get().is_none() {
            // Another thread may have been faster with the same tables.
            let _ = self.encryptor.set(scheme.engine().encryptor(&self.encoded)?);
        }
        match self.encryptor.get() {
            Some(encryptor) => Ok(&**encryptor),
            None => Err(Error::wire(PublicKey::NAME, "without tables")),
        }
    }
}

impl Debug for PublicKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PublicKey").field("bytes", &self.encoded.len()).finish_non_exhaustive()
    }
}

impl Encode for PublicKey {
    const TAG: [u8; 4] = *b"FIPK";
    const NAME: &'static str = "public key of inner-product encryption";

    fn put(&self, out: &mut Vec<u8>) {
        out.extend(&self.encoded);
    }
}

impl Wire<Feip> for PublicKey {
    fn take(scheme: &Feip, input: &mut Reader<'_>) -> Result<Self> {
        let key = PublicKey::new(input.bytes(scheme.engine().sizes().public_bytes())?.to_vec());
        key.encryptor(scheme)?;
        Ok(key)
    }
}

/// One function key a weight vector: `<y, s>`, and `<y, t>` in the adaptive variant.
pub struct FunctionKeys(pub(super) Vec<u8>);

impl Debug for FunctionKeys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("FunctionKeys(..)")
    }
}

impl Encode for FunctionKeys {
    const TAG: [u8; 4] = *b"FIFK";
    const NAME: &'static str = "function keys of inner-product encryption";

    fn put(&self, out: &mut Vec<u8>) {
        out.extend(&self.0);
    }
}

impl Wire<Feip> for FunctionKeys {
    fn take(scheme: &Feip, input: &mut Reader<'_>) -> Result<Self> {
        let engine = scheme.engine();
        let bytes = input.bytes(engine.rows() * engine.sizes().key_bytes())?;
        engine.check_keys(bytes)?;
        Ok(FunctionKeys(bytes.to_vec()))
    }
}

/// An encrypted vector: encoded elements, which are decoded many at once when it is opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ciphertext(pub(super) Vec<u8>);

impl Encode for Ciphertext {
    const TAG: [u8; 4] = *b"FICT";
    const NAME: &'static str = "ciphertext of inner-product encryption";

    fn put(&self, out: &mut Vec<u8>) {
        out.extend(&self.0);
    }
}

impl Wire<Feip> for Ciphertext {
    fn take(scheme: &Feip, input: &mut Reader<'_>) -> Result<Self> {
        Ok(Ciphertext(input.bytes(scheme.engine().sizes().ciphertext_bytes())?.to_vec()))
    }
}
