//! The safe primes and their orders.

use blindbench_core::security::SecurityEstimate;
use crypto_bigint::{U256, U3072, const_monty_params};

use super::{Modp, SafePrime};

const_monty_params!(
    Prime256,
    U256,
    "FFFFFFFFFFFFFFFFC90FDAA22168C234C4C6628B80DC2964FFFFFFFFFFFFFFFF",
    "`2^256 - 2^192 - 1 + 2^64 (floor(2^126 pi) + 3220)`: the first safe prime of the form that RFC 2412, appendix E, gives \
     to its primes, here with 256 bits."
);

const_monty_params!(
    Order256,
    U256,
    "7FFFFFFFFFFFFFFFE487ED5110B4611A62633145C06E14B27FFFFFFFFFFFFFFF",
    "Half of [`Prime256`], rounded down."
);

const_monty_params!(
    Prime3072,
    U3072,
    "FFFFFFFFFFFFFFFFC90FDAA22168C234C4C6628B80DC1CD129024E088A67CC74020BBEA63B139B22514A08798E3404DD\
     EF9519B3CD3A431B302B0A6DF25F14374FE1356D6D51C245E485B576625E7EC6F44C42E9A637ED6B0BFF5CB6F406B7ED\
     EE386BFB5A899FA5AE9F24117C4B1FE649286651ECE45B3DC2007CB8A163BF0598DA48361C55D39A69163FA8FD24CF5F\
     83655D23DCA3AD961C62F356208552BB9ED529077096966D670C354E4ABC9804F1746C08CA18217C32905E462E36CE3B\
     E39E772C180E86039B2783A2EC07A28FB5C55DF06F4C52C9DE2BCBF6955817183995497CEA956AE515D2261898FA0510\
     15728E5A8AAAC42DAD33170D04507A33A85521ABDF1CBA64ECFB850458DBEF0A8AEA71575D060C7DB3970F85A6E1E4C7\
     ABF5AE8CDB0933D71E8C94E04A25619DCEE3D2261AD2EE6BF12FFA06D98A0864D87602733EC86A64521F2B18177B200C\
     BBE117577A615D6C770988C0BAD946E208E24FA074E5AB3143DB5BFCE0FD108E4B82D120A93AD2CAFFFFFFFFFFFFFFFF",
    "`2^3072 - 2^3008 - 1 + 2^64 (floor(2^2942 pi) + 1690314)`: group 15 of RFC 3526, section 5."
);

const_monty_params!(
    Order3072,
    U3072,
    "7FFFFFFFFFFFFFFFE487ED5110B4611A62633145C06E0E68948127044533E63A0105DF531D89CD9128A5043CC71A026E\
     F7CA8CD9E69D218D98158536F92F8A1BA7F09AB6B6A8E122F242DABB312F3F637A262174D31BF6B585FFAE5B7A035BF6\
     F71C35FDAD44CFD2D74F9208BE258FF324943328F6722D9EE1003E5C50B1DF82CC6D241B0E2AE9CD348B1FD47E9267AF\
     C1B2AE91EE51D6CB0E3179AB1042A95DCF6A9483B84B4B36B3861AA7255E4C0278BA3604650C10BE19482F23171B671D\
     F1CF3B960C074301CD93C1D17603D147DAE2AEF837A62964EF15E5FB4AAC0B8C1CCAA4BE754AB5728AE9130C4C7D0288\
     0AB9472D45556216D6998B8682283D19D42A90D5EF8E5D32767DC2822C6DF785457538ABAE83063ED9CB87C2D370F263\
     D5FAD7466D8499EB8F464A702512B0CEE771E9130D697735F897FD036CC504326C3B01399F643532290F958C0BBD9006\
     5DF08BABBD30AEB63B84C4605D6CA371047127D03A72D598A1EDADFE707E884725C16890549D69657FFFFFFFFFFFFFFF",
    "Half of [`Prime3072`], rounded down."
);

/// CryptoNN's setting (Xu, Joshi and Li, ICDCS 2019, section V): a safe prime of 256 bits. Insecure.
pub type SafePrime256 = Modp<Prime256, { U256::LIMBS }>;

/// The group of 3072 bits: what 128 bits of security cost in that setting.
pub type Modp3072 = Modp<Prime3072, { U3072::LIMBS }>;

impl SafePrime<{ U256::LIMBS }> for Prime256 {
    type Order = Order256;
    const NAME: &'static str = "256-bit safe prime";
    const MOST_LOGARITHMS: u64 = 1 << 24;

    fn security() -> SecurityEstimate {
        SecurityEstimate {
            bits: Some(number_field_sieve(256)),
            core_svp_bits: None,
            attack: "discrete logarithm by the number field sieve: hours, once for all keys of the group".into(),
            source: "L_p[1/3, 1.923] without its o(1) (Gordon, SIAM J. Discrete Math. 6(1), 1993; Schirokauer 1993); \
                     twice the bits took a week (Adrian et al., CCS 2015, section 3)"
                .into(),
        }
    }
}

impl SafePrime<{ U3072::LIMBS }> for Prime3072 {
    type Order = Order3072;
    const NAME: &'static str = "3072-bit MODP group";
    const MOST_LOGARITHMS: u64 = 1 << 18;

    fn security() -> SecurityEstimate {
        SecurityEstimate {
            bits: Some(128.0),
            core_svp_bits: None,
            attack: "discrete logarithm by the number field sieve".into(),
            source:
                "NIST SP 800-57 part 1 rev. 5, table 2; RFC 7919, appendix A.2, counts 125 bits for its group of this \
                     size, RFC 3526, section 8, 130"
                    .into(),
        }
    }
}

/// log2 of `L_p[1/3, (64/9)^(1/3)]`, the `o(1)` left out.
fn number_field_sieve(bits: u32) -> f64 {
    let log = f64::from(bits) * std::f64::consts::LN_2;
    (64.0 / 9.0_f64).cbrt() * log.cbrt() * log.ln().powi(2).cbrt() / std::f64::consts::LN_2
}
