"""PyMIFE gives the known answers, too: over its integers modulo a prime and, for ristretto255, over its Curve25519."""

import importlib.util
import json
import unittest
from pathlib import Path
from typing import Any, Dict, List
from unittest import mock

import modp
from known_answers import ristretto

FOLDER = Path(__file__).parents[2] / "functional" / "tests" / "known_answers"


def cases(name: str, group: str) -> Dict[str, Any]:
    """The answers of one file for one group."""
    return next(case for case in json.loads((FOLDER / name).read_text()) if case["group"] == group)


class Common:
    """A group of PyMIFE's."""

    group: Any

    def generators(self, chosen: List[Any]) -> Any:
        """Within it, these are what the library draws as generators."""
        return mock.patch.object(self.group, "generator", side_effect=chosen)


class Integers(Common):
    """PyMIFE's group modulo the prime of RFC 3526."""

    name, order, byte_order = "modp3072", modp.ORDER, "big"

    def __init__(self) -> None:
        from mife.data.zmod import Zmod

        self.group = Zmod(modp.PRIME)

    def decoded(self, element: str) -> Any:
        return self.group(int(element, 16))

    def encoded(self, element: Any) -> str:
        return int(element.val).to_bytes(384, "big").hex()


class Curve(Common):
    """PyMIFE's Curve25519 by the map of RFC 7748, section 4.1, to edwards25519, encoded as ristretto255."""

    name, order, byte_order = "ristretto255", ristretto.ORDER, "little"

    def __init__(self) -> None:
        from mife.data.curve25519 import Curve25519

        self.group = Curve25519()
        base = Curve25519.g
        # The root of -486664 that takes base point to base point.
        self.root = _of_prime_order(ristretto.GENERATOR).x * int(base[1]) * pow(int(base[0]), -1, ristretto.P) % ristretto.P
        assert self.root**2 % ristretto.P == -486664 % ristretto.P

    def decoded(self, element: str) -> Any:
        from mife.data.curve25519 import _Curve25519Elem
        from gmpy2 import mpz

        point = _of_prime_order(ristretto.decode(bytes.fromhex(element)))
        u = (1 + point.y) * pow(1 - point.y, -1, ristretto.P) % ristretto.P
        v = self.root * u * pow(point.x, -1, ristretto.P) % ristretto.P
        return _Curve25519Elem(mpz(u), mpz(v))

    def encoded(self, element: Any) -> str:
        if element.z == 0:
            return ristretto.encode(ristretto.NEUTRAL).hex()
        u, v = int(element.x), int(element.y)
        x = self.root * u * pow(v, -1, ristretto.P) % ristretto.P
        y = (u - 1) * pow(u + 1, -1, ristretto.P) % ristretto.P
        return ristretto.encode(ristretto.Edwards(x, y)).hex()


def _of_prime_order(point: ristretto.Edwards) -> ristretto.Edwards:
    """The one point of an element that has prime order: 8 times its inverse leaves that alone and removes torsion."""
    return ristretto.multiply(8 * pow(8, -1, ristretto.ORDER), point)


@unittest.skipUnless(importlib.util.find_spec("mife"), "PyMIFE is missing: scripts/install-peers")
class TestPyMifeAnswers(unittest.TestCase):
    def setUp(self) -> None:
        self.groups: List[Any] = [Integers(), Curve()]

    def scalar(self, group: Any, digits: str) -> int:
        return int.from_bytes(bytes.fromhex(digits), group.byte_order)

    def scalars(self, group: Any, digits: List[str]) -> List[int]:
        return [self.scalar(group, one) for one in digits]

    def test_selective(self) -> None:
        from mife.single.selective import ddh

        for group in self.groups:
            case = cases("feip.json", group.name)
            secret, g = self.scalars(group, case["secret"]), group.decoded(case["generator"])
            with mock.patch.object(ddh, "randbelow", side_effect=secret), group.generators([g]):
                key = ddh.FeDDH.generate(len(secret), group.group)
            self.assertEqual([group.encoded(h) for h in key.mpk], case["public"])
            with mock.patch.object(ddh, "randbelow", return_value=self.scalar(group, case["randomness"])):
                ciphertext = ddh.FeDDH.encrypt(case["values"], key)
            self.assertEqual(group.encoded(ciphertext.g_r), case["commitment"])
            self.assertEqual([group.encoded(c) for c in ciphertext.c], case["ciphertext"])
            for function in case["functions"]:
                derived = ddh.FeDDH.keygen(function["weights"], key)
                self.assertEqual(derived.sk % group.order, self.scalar(group, function["key"]))
                found = ddh.FeDDH.decrypt(ciphertext, key, derived, (-100_000, 100_000))
                self.assertEqual(found, function["result"])

    def test_adaptive(self) -> None:
        from mife.single import damgard

        for group in self.groups:
            case = cases("adaptive.json", group.name)
            first, second = (self.scalars(group, case[name]) for name in ("secret_s", "secret_t"))
            generators = [group.decoded(case[name]) for name in ("generator", "second_generator")]
            drawn = [one for pair in zip(first, second) for one in pair]
            with mock.patch.object(damgard, "randbelow", side_effect=drawn), group.generators(generators):
                key = damgard.FeDamgard.generate(len(first), group.group)
            self.assertEqual([group.encoded(h) for h in key.mpk], case["public"])
            with mock.patch.object(damgard, "randbelow", return_value=self.scalar(group, case["randomness"])):
                ciphertext = damgard.FeDamgard.encrypt(case["values"], key)
            self.assertEqual([group.encoded(c) for c in (ciphertext.g_r, ciphertext.h_r)], case["commitments"])
            self.assertEqual([group.encoded(c) for c in ciphertext.c], case["ciphertext"])
            for function in case["functions"]:
                derived = damgard.FeDamgard.keygen(function["weights"], key)
                keys = [derived.sx % group.order, derived.tx % group.order]
                self.assertEqual(keys, self.scalars(group, function["keys"]))
                found = damgard.FeDamgard.decrypt(ciphertext, key, derived, (-100_000, 100_000))
                self.assertEqual(found, function["result"])


if __name__ == "__main__":
    unittest.main()
