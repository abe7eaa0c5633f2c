//! The parameter sets that schemes choose from; `security/table.csv` has their estimates.

use crate::parameters::Literal;

/// Approximate networks: the fastest bootstrap whose noise leaves a trained network's labels alone.
///
/// `n = 576` encrypts a 24x24 image without a coefficient to spare. One GLWE polynomial fewer is
/// faster, but its noise, which the output layer's integer weights add up, changes labels.
pub const APPROXIMATE: Literal = Literal {
    input_glwe_dimension: 9,
    input_polynomial_size: 64,
    input_log2_sigma: -11.68,
    glwe_dimension: 4,
    polynomial_size: 512,
    log2_sigma: -48.3,
    decomposition_base_log: 23,
    decomposition_level_count: 1,
};

/// Approximate networks with squares, cheapest first; a plan takes the first whose noise leaves the scores alone.
///
/// Their noise comes from the modulus switch to `2N` points, which doubling `N` halves, until that of the pixels
/// remains. `k N = 2048` is enough for the output layer of 40 neurons and weights of at most 7.
pub const SQUARE: [Literal; 3] = [square(4, 512), square(2, 1024), square(1, 2048)];

const fn square(glwe_dimension: usize, polynomial_size: usize) -> Literal {
    Literal { glwe_dimension, polynomial_size, ..exact(736, 1) }
}

/// Exact networks, cheapest first; a plan takes the first that carries the declared bounds.
///
/// `N` bounds the range of a hidden neuron's sum: 2048 carries about 30, 4096 about 55. The number of
/// digits bounds the output layer: one carries `(output_max + 1) sqrt(l2_squared_max)` up to about
/// 1,100, two up to about 150,000.
pub const EXACT: [Literal; 6] =
    [exact(704, 1), exact(736, 1), exact(704, 2), exact(736, 2), wide_exact(736, 1), wide_exact(736, 2)];

const fn exact(lwe_dimension: usize, decomposition_level_count: usize) -> Literal {
    Literal {
        input_glwe_dimension: lwe_dimension / 32,
        input_polynomial_size: 32,
        input_log2_sigma: if lwe_dimension == 704 { -14.86 } else { -15.66 },
        glwe_dimension: 1,
        polynomial_size: 2048,
        log2_sigma: -48.3,
        decomposition_base_log: if decomposition_level_count == 1 { 23 } else { 15 },
        decomposition_level_count,
    }
}

const fn wide_exact(lwe_dimension: usize, decomposition_level_count: usize) -> Literal {
    Literal { polynomial_size: 4096, log2_sigma: -62.0, ..exact(lwe_dimension, decomposition_level_count) }
}

/// Parameters for tests: as fast as possible, with little noise and no security at all.
pub const TOY: Literal = Literal {
    input_glwe_dimension: 2,
    input_polynomial_size: 32,
    input_log2_sigma: -28.0,
    glwe_dimension: 1,
    polynomial_size: 256,
    log2_sigma: -50.0,
    decomposition_base_log: 12,
    decomposition_level_count: 2,
};
