"""Operands are those of the harness, and the circuit is what it says."""

import unittest

import operands

SEED = bytes(range(32))

KNOWN_A = [300008, 745183, 678993, 49203]
KNOWN_C = [590569, 675967, 720202, 497377]
KNOWN_REALS = [-0.3015830103300714, -0.4336909022402655]
KNOWN_CIRCUIT = [628328, 540975, 752405, 451932, 616195, 371468, 663728, 117167]


class TestOperands(unittest.TestCase):
    def test_draws_are_those_of_splitmix64(self) -> None:
        """The first outputs for seed 1234567 (Rosetta Code, "Pseudo-random numbers/Splitmix64")."""
        expected = [6457827717110365317, 3203168211198807973, 9817491932198370423, 4593380528125082431]
        self.assertEqual(operands.integers((1234567).to_bytes(32, "little"), operands.A, 4, 1 << 64), expected)

    def test_draws_are_those_of_the_harness(self) -> None:
        """The same numbers stand in the tests of schemes/core/src/primitives/inputs.rs."""
        self.assertEqual(operands.integers(SEED, operands.A, 4, 786433), KNOWN_A)
        self.assertEqual(operands.integers(SEED, operands.C, 4, 786433), KNOWN_C)
        self.assertEqual(operands.reals(SEED, operands.B, 2), KNOWN_REALS)
        self.assertEqual(operands.circuit_of_integers(SEED, 8, 786433), KNOWN_CIRCUIT)

    def test_the_circuit_rotates_each_row_to_the_left(self) -> None:
        a, b, c = (operands.integers(SEED, operand, 16, 97) for operand in (operands.A, operands.B, operands.C))
        found = operands.circuit_of_integers(SEED, 16, 97)
        self.assertEqual(found[0], (a[3] * b[3] + c[3]) % 97)
        self.assertEqual(found[5], (a[0] * b[0] + c[0]) % 97)
        self.assertEqual(found[8], (a[11] * b[11] + c[11]) % 97)
        a, b, c = (operands.reals(SEED, operand, 8) for operand in (operands.A, operands.B, operands.C))
        self.assertEqual(operands.circuit_of_reals(SEED, 8)[0], a[3] * b[3] + c[3])


if __name__ == "__main__":
    unittest.main()
