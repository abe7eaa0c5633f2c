//! When squares come back to two polynomials.

use super::size::Size;

/// When the result of a square is relinearized.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Relinearization {
    /// Right away: a key switch for every input of the map after it.
    Before,
    /// After the map, which works on three polynomials and before a prime is dropped: a key switch for every output.
    After,
    /// Never: the client decrypts three polynomials.
    Never,
}

/// What the choice goes by, for key switches at a level of `limbs` primes in `digits` digits with `special` primes.
#[derive(Debug, Clone, Copy)]
pub struct Costs {
    /// Primes before the map drops one.
    pub limbs: usize,
    /// Digits of a key switch.
    pub digits: usize,
    /// Special primes.
    pub special: usize,
    /// Primes that are dropped by then where the square is relinearized right away.
    pub dropped: usize,
}

/// A transform over an entry of the matrix, for a residue each: measured with tiles of bytes and primes of 50 bits.
pub const TRANSFORM: usize = 40;

impl Costs {
    /// Of one key switch with its division.
    fn switch(self) -> usize {
        let keys = self.limbs + self.special;
        TRANSFORM * (self.digits * keys + 2 * keys)
    }

    /// The cheapest choice for a square before a map.
    pub fn choose(self, map: Size, is_last: bool) -> Relinearization {
        let before = map.inputs * self.switch() + 2 * (self.limbs - self.dropped) * map.entries;
        let products = 3 * self.limbs * map.entries;
        match is_last {
            true if products < before => Relinearization::Never,
            false if products + map.outputs * self.switch() < before => Relinearization::After,
            _ => Relinearization::Before,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Costs, Relinearization, Size};

    #[test]
    fn the_cheaper_side_of_a_map_is_relinearized() {
        let costs = Costs { limbs: 3, digits: 3, special: 1, dropped: 1 };
        let map = |inputs, outputs| Size { inputs, entries: inputs * outputs, outputs };
        assert_eq!(costs.choose(map(64, 10), true), Relinearization::Never);
        assert_eq!(costs.choose(map(128, 64), false), Relinearization::After);
        assert_eq!(costs.choose(map(64, 128), false), Relinearization::Before);
        assert_eq!(costs.choose(map(64, 4000), true), Relinearization::Before);
    }
}
