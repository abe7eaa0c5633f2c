//! The registry: every scheme that blindbench compares, one line each.

pub mod cleartext;
pub mod registry;

#[doc(hidden)]
pub use registry::private as __private;

schemes! {
    /// Every scheme of this build.
    pub enum Schemes as SchemeEntry in conformance_of_schemes {
        cleartext: "cleartext" = cleartext::Cleartext;
        ckks: "ckks" = blindbench_lattice::ckks::network::CkksNetwork;
        bfv: "bfv" = blindbench_lattice::integers::network::IntegerNetwork<blindbench_lattice::bfv::Bfv>;
        bgv: "bgv" = blindbench_lattice::integers::network::IntegerNetwork<blindbench_lattice::bgv::Bgv>;
        tfhe: "tfhe" = blindbench_tfhe::approximate::Tfhe, feature "tfhe";
        tfhe_exact: "tfhe-exact" = blindbench_tfhe::exact::TfheExact, feature "tfhe";
        feip: "feip" = blindbench_functional::network::FirstLayerNetwork<blindbench_functional::feip::Feip>;
        febo: "febo" = blindbench_functional::febo::Febo;
        rlwe_ipfe: "rlwe-ipfe" = blindbench_functional::network::FirstLayerNetwork<blindbench_functional::rlwe_ipfe::RlweIpfe>;
        quadratic: "quadratic" = blindbench_functional::quadratic::Quadratic;
        peer: "peer" = blindbench_peers::Peer;
    }
}
