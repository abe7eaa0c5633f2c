"""The peer on PyMIFE finds the inner products of integers. Left out where the library is missing."""

import importlib.util
import unittest
from typing import Any, Dict, Type

from blindbench_peer import Client
from library_checks import SEED, check_operations, check_refusal

SMALL: Dict[str, Any] = {"group": "modp1024", "length": 6, "input_max": 255, "weight_max": 127}


@unittest.skipUnless(importlib.util.find_spec("mife"), "PyMIFE is missing: scripts/install-peers")
class TestPyMife(unittest.TestCase):
    def setUp(self) -> None:
        from pymife_peer import PyMifeClient

        self.client: Type[Client] = PyMifeClient

    def test_operations_are_right_in_every_group(self) -> None:
        from pymife_peer import GROUPS

        for group in GROUPS:
            errors = check_operations(self, self.client, {**SMALL, "group": group})
            names = ["setup_6", "derive_function_key_6", "encrypt_6", "inner_product_6", "inner_products_6_decoded"]
            self.assertEqual(list(errors), names, group)

    def test_results_of_either_sign_and_at_the_ends_of_the_range_are_found(self) -> None:
        from mife.single.selective.ddh import FeDDH
        from pymife_peer import GROUPS, Parameters

        parameters = Parameters.of({**SMALL, "length": 2})
        for group in ("modp1024", "curve25519"):
            key = FeDDH.generate(2, GROUPS[group].make())
            ciphertext = FeDDH.encrypt([255, 255], key.get_public_key())
            for weights in ([127, 127], [-127, -127], [-127, 127], [-127, 126]):
                function = FeDDH.keygen(weights, key)
                found = FeDDH.decrypt(ciphertext, key.get_public_key(), function, parameters.bound)
                self.assertEqual(found, 255 * sum(weights), group)

    def test_a_wrong_result_is_told(self) -> None:
        side = self.client()
        side.operations(SMALL)
        operation = side.prepare("encrypt_6", SEED)
        operation.run(1)
        other = side.prepare("encrypt_6", SEED[::-1])
        other.run(1)
        operation._result = other._result
        self.assertGreater(operation.check(), 0.0)
        setup = side.prepare("setup_6", SEED)
        setup.run(1)
        assert setup._result is not None
        setup._result[0].mpk[3] += setup._result[0].g
        self.assertEqual(setup.check(), 1.0)

    def test_operands_are_those_of_the_harness(self) -> None:
        from pymife_peer import Parameters

        parameters = Parameters.of({**SMALL, "length": 784})
        values, weights = parameters.values(SEED), parameters.weights(SEED)
        self.assertEqual((min(values), max(values)), (0, 255))
        self.assertEqual((min(weights), max(weights)), (-127, 127))
        self.assertEqual(parameters.largest, 784 * 255 * 127)

    def test_security_is_what_the_group_has(self) -> None:
        bits = {group: self.client().operations({**SMALL, "group": group})["security"]["bits"] for group in
                ("modp1024", "modp3072", "curve25519")}
        self.assertEqual(bits, {"modp1024": 80.0, "modp3072": 128.0, "curve25519": 128.0})

    def test_other_parameters_are_refused_with_what_would_do(self) -> None:
        check_refusal(self, self.client, {**SMALL, "group": "p256"}, "curve25519")
        check_refusal(self, self.client, {**SMALL, "length": 0}, "1 to 65536")
        check_refusal(self, self.client, {**SMALL, "weight_max": True}, "weight_max")
        check_refusal(self, self.client, {**SMALL, "input_max": 65_535, "weight_max": 65_535, "length": 65_536}, "2^40")
        check_refusal(self, self.client, {**SMALL, "adaptive": True}, "unknown parameters adaptive")


if __name__ == "__main__":
    unittest.main()
