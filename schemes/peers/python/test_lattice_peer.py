"""Parameters, claims and expected results of the peers on lattice libraries, without a library."""

import json
import math
import struct
import unittest
from io import BytesIO
from typing import Any, Callable, Dict, List

import blindbench_peer as peer
import lattice_peer
import operands
from blindbench_peer import FAILED, OK, Frame, Refused, read_frame, write_frame
from lattice_peer import Expected, Library, NoServer, Parameters, Ready, distance

CKKS: Dict[str, Any] = {"scheme": "ckks", "log_n": 13, "moduli": [50, 50, 50], "special": [50], "log_scale": 45}
BFV: Dict[str, Any] = {"scheme": "bfv", "log_n": 13, "moduli": [50, 50, 50], "special": [50], "plaintext_modulus": 786433}
SEED = bytes(range(32))


class Clear(Library):
    """A library that encrypts nothing: it adds, rightly or not."""

    kernel = "none"
    error = 0

    def __init__(self, parameters: Parameters) -> None:
        self._modulus = parameters.plaintext_modulus

    def operations(self) -> Dict[str, Callable[[Expected], Ready]]:
        return {"add": self._add}

    def _add(self, expected: Expected) -> Ready:
        a, b = expected.operand(operands.A), expected.operand(operands.B)

        def work() -> List[int]:
            return [(x + y) % self._modulus + self.error for x, y in zip(a, b)]

        return Ready(work, lambda result: result)


class Wrong(Clear):
    error = 1


def answers(library: Any, calls: List[Frame]) -> List[Frame]:
    """What a program on the library answers to calls behind its greeting."""
    stream, out = BytesIO(), BytesIO()
    hello = Frame(0, peer.HELLO, [struct.pack("<I", 1), b"client"])
    for frame in [hello, *calls]:
        write_frame(stream, frame)
    stream.seek(0)
    peer.serve(lattice_peer.client(library, ("bfv",)), NoServer, "test", stream, out)
    out.seek(0)
    found = [read_frame(out) for _ in range(len(calls) + 1)]
    return [frame for frame in found[1:] if frame is not None]


class TestParameters(unittest.TestCase):
    def test_sound_ones_are_read_and_described(self) -> None:
        found = Parameters.of(CKKS)
        self.assertEqual((found.degree, found.slots, found.log_qp, found.log_scale), (8192, 4096, 200, 45))
        self.assertEqual(found.error_bound, 2.0 ** (13 + 12 - 40))
        self.assertIn("3 x 50", str(found))
        exact = Parameters.of(BFV)
        self.assertEqual((exact.slots, exact.error_bound, exact.plaintext_modulus), (8192, 0.0, 786433))

    def test_others_are_refused_with_what_would_do(self) -> None:
        for changed, expected in [
            ({"scheme": "tfhe"}, "ckks, bfv, bgv"),
            ({"log_n": "13"}, "log_n"),
            ({"log_n": 40}, "10 to 17"),
            ({"log_n": True}, "log_n"),
            ({"moduli": []}, "moduli"),
            ({"moduli": [50, 61]}, "20 to 60"),
            ({"special": 50}, "special"),
            ({"log_scale": None}, "log_scale"),
            ({"plaintext_modulus": 5}, "plaintext_modulus"),
            ({"limbs": 3}, "limbs"),
        ]:
            with self.assertRaises(Refused) as refused:
                Parameters.of({**CKKS, **changed})
            self.assertIn(expected, str(refused.exception), changed)
        with self.assertRaises(Refused):
            Parameters.of(CKKS, ("bfv", "bgv"))

    def test_security_is_claimed_up_to_the_guidelines_limit(self) -> None:
        bits = [
            lattice_peer.security(Parameters.of({**CKKS, "moduli": [50, 50, last], "special": [50]}))["bits"]
            for last in (50, 60)
        ]
        self.assertEqual(bits, [128.0, 128.0])
        beyond = lattice_peer.security(Parameters.of({**CKKS, "moduli": [55, 55, 55], "special": [50]}))
        self.assertLess(beyond["bits"], 128.0)


class TestExpected(unittest.TestCase):
    def test_results_follow_from_definitions(self) -> None:
        parameters = Parameters.of(BFV)
        expected, modulus = Expected(parameters, SEED), parameters.plaintext_modulus
        a, b = expected.operand(operands.A), expected.operand(operands.B)
        self.assertEqual(expected.of("decrypt"), a)
        self.assertEqual(expected.of("add")[7], (a[7] + b[7]) % modulus)
        self.assertEqual(expected.of("mul_relin")[8191], a[8191] * b[8191] % modulus)
        rotated = expected.of("rotate")
        self.assertEqual((rotated[0], rotated[4095], rotated[8191]), (a[1], a[0], a[4096]))
        self.assertEqual(expected.of("circuit"), operands.circuit_of_integers(SEED, 8192, modulus))
        real = Expected(Parameters.of(CKKS), SEED)
        a, b = real.operand(operands.A), real.operand(operands.B)
        self.assertEqual(real.of("mul_relin_rescale")[5], a[5] * b[5])
        self.assertEqual((real.of("rotate")[0], real.of("rotate")[4095]), (a[1], a[0]))

    def test_distance_is_the_largest_and_never_hides_a_value_that_is_none(self) -> None:
        self.assertEqual(distance([1.0, 2.5], [1.0, 2.0]), 0.5)
        self.assertTrue(math.isnan(distance([1.0], [1.0, 2.0])))
        self.assertTrue(math.isnan(distance([float("nan"), 1.0], [1.0, 1.0])))


class TestClient(unittest.TestCase):
    def operation(self, library: Any) -> List[Frame]:
        parts = [
            (peer.OPERATIONS, [json.dumps(BFV).encode()]),
            (peer.PRIMITIVES, []),
            (peer.PREPARE, [b"add", SEED]),
            (peer.RUN, [struct.pack("<I", 2)]),
            (peer.CHECK, []),
        ]
        return answers(library, [Frame(number, op, part) for number, (op, part) in enumerate(parts, 1)])

    def test_an_operation_is_opened_timed_and_checked(self) -> None:
        found = self.operation(Clear)
        self.assertEqual([frame.op for frame in found], [OK] * 5)
        description = json.loads(found[0].parts[0])
        self.assertEqual((description["log_qp"], description["error_bound"]), (200.0, 0.0))
        self.assertEqual(json.loads(found[1].parts[0]), ["add"])
        self.assertEqual(found[4].parts, [struct.pack("<d", 0.0)])

    def test_a_wrong_result_is_told(self) -> None:
        self.assertEqual(self.operation(Wrong)[4].parts, [struct.pack("<d", 1.0)])

    def test_what_is_out_of_order_or_not_there_is_refused(self) -> None:
        early, network, unknown = answers(
            Clear,
            [
                Frame(1, peer.PRIMITIVES, []),
                Frame(2, peer.PLAN, [b"{}", struct.pack("<Q", 1), b"{}"]),
                Frame(3, peer.OPERATIONS, [json.dumps({**BFV, "scheme": "bgv"}).encode()]),
            ],
        )
        self.assertEqual({early.op, network.op, unknown.op}, {FAILED})
        self.assertIn(b"no parameters", early.parts[0])
        self.assertIn(b"runs no network", network.parts[0])
        self.assertIn(b"bgv", unknown.parts[0])


if __name__ == "__main__":
    unittest.main()
