"""The peer on SEAL finds what the operations are in the clear. Left out where the library is missing."""

import importlib.util
import unittest

import lattice_peer
from library_checks import check_names, check_operations, check_refusal

CKKS = {"scheme": "ckks", "log_n": 12, "moduli": [50, 50], "special": [50], "log_scale": 45}
BFV = {"scheme": "bfv", "log_n": 12, "moduli": [40, 40, 40], "special": [40], "plaintext_modulus": 65537}


@unittest.skipUnless(importlib.util.find_spec("tenseal"), "tenseal is missing: scripts/install-peers")
class TestSeal(unittest.TestCase):
    def setUp(self) -> None:
        from tenseal_peer import Seal

        self.client = lattice_peer.client(Seal, ("ckks", "bfv"))

    def test_operations_are_right(self) -> None:
        for params in (CKKS, BFV):
            errors = check_operations(self, self.client, params)
            check_names(self, errors, str(params["scheme"]))
            if params is CKKS:
                # Approximate, and not by chance a copy of what is expected.
                self.assertTrue(all(error > 0.0 for error in errors.values()), errors)

    def test_the_stated_error_is_not_too_loose_to_find_a_wrong_result(self) -> None:
        self.assertLess(self.client().operations(CKKS)["error_bound"], 1e-4)

    def test_what_the_library_cannot_do_is_refused(self) -> None:
        check_refusal(self, self.client, {**CKKS, "special": [50, 50]}, "exactly one")
        check_refusal(self, self.client, {**BFV, "scheme": "bgv"}, "bgv")
        check_refusal(self, self.client, {**BFV, "plaintext_modulus": 65539}, "no slots")

    def test_parameters_below_128_bits_are_opened_as_they_are_and_say_so(self) -> None:
        weak = self.client().operations({**BFV, "moduli": [50, 50, 50]})
        self.assertEqual(weak["log_qp"], 190.0)
        self.assertLess(weak["security"]["bits"], 128.0)


if __name__ == "__main__":
    unittest.main()
