"""The peer on OpenFHE finds what the operations are in the clear. Left out where the library is missing."""

import importlib.util
import os
import unittest

import lattice_peer
from library_checks import check_names, check_operations, check_refusal

CKKS = {"scheme": "ckks", "log_n": 12, "moduli": [50, 50], "special": [60], "log_scale": 50}
BFV = {"scheme": "bfv", "log_n": 12, "moduli": [50, 50], "special": [60], "plaintext_modulus": 65537}
BGV = {**BFV, "scheme": "bgv", "moduli": [50, 50, 50]}


@unittest.skipUnless(importlib.util.find_spec("openfhe"), "openfhe is missing: scripts/install-peers")
class TestOpenFhe(unittest.TestCase):
    def setUp(self) -> None:
        from openfhe_peer import OpenFhe

        self.client = lattice_peer.client(OpenFhe, ("ckks", "bfv", "bgv"))

    def test_operations_are_right(self) -> None:
        for params in (CKKS, BFV, BGV):
            errors = check_operations(self, self.client, params)
            check_names(self, errors, str(params["scheme"]))
            if params is CKKS:
                # Approximate, and not by chance a copy of what is expected.
                self.assertTrue(all(error > 0.0 for error in errors.values()), errors)

    def test_what_the_library_would_choose_otherwise_is_refused(self) -> None:
        check_refusal(self, self.client, {**CKKS, "log_scale": 45}, "state 50")
        check_refusal(self, self.client, {**CKKS, "moduli": [50, 40]}, "one size")
        check_refusal(self, self.client, {**CKKS, "special": [50]}, "60")
        check_refusal(self, self.client, {**BFV, "moduli": [50] * 100}, "no modulus")

    def test_one_thread_unless_more_are_lent(self) -> None:
        self.assertEqual(os.environ["OMP_NUM_THREADS"], os.environ.get("BLINDBENCH_THREADS", "1"))


if __name__ == "__main__":
    unittest.main()
