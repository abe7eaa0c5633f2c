//! CryptoNN's basic operations on encrypted numbers.
