"""The known answers of functional encryption follow from their script, whose arithmetic is that of the RFCs."""

import hashlib
import json
import unittest
from pathlib import Path
from typing import Any

import modp
from known_answers import feip, ristretto
from known_answers.groups import GROUPS

FOLDER = Path(__file__).parents[2] / "functional" / "tests" / "known_answers"

MULTIPLES = """
0000000000000000000000000000000000000000000000000000000000000000
e2f2ae0a6abc4e71a884a961c500515f58e30b6aa582dd8db6a65945e08d2d76
6a493210f7499cd17fecb510ae0cea23a110e8d5b901f8acadd3095c73a3b919
94741f5d5d52755ece4f23f044ee27d5d1ea1e2bd196b462166b16152a9d0259
da80862773358b466ffadfe0b3293ab3d9fd53c5ea6c955358f568322daf6a57
e882b131016b52c1d3337080187cf768423efccbb517bb495ab812c4160ff44e
f64746d3c92b13050ed8d80236a7f0007c3b3f962f5ba793d19a601ebb1df403
44f53520926ec81fbd5a387845beb7df85a96a24ece18738bdcfa6a7822a176d
903293d8f2287ebe10e2374dc1a53e0bc887e592699f02d077d5263cdd55601c
02622ace8f7303a31cafc63f8fc48fdc16e1c8c8d234b2f0d6685282a9076031
20706fd788b2720a1ed2a5dad4952b01f413bcf0e7564de8cdc816689e2db95f
bce83f8ba5dd2fa572864c24ba1810f9522bc6004afe95877ac73241cafdab42
e4549ee16b9aa03099ca208c67adafcafa4c3f3e4e5303de6026e3ca8ff84460
aa52e000df2e16f55fb1032fc33bc42742dad6bd5a8fc0be0167436c5948501f
46376b80f409b29dc2b5f6f0c52591990896e5716f41477cd30085ab7f10301e
e0c418f7c8d9c4cdd7395b93ea124f3ad99021bb681dfc3302a9d99a2e53e64e
""".split()
"""RFC 9496, appendix A.1: the generator times 0 to 15."""

INVALID = """
00ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff
edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f
0100000000000000000000000000000000000000000000000000000000000000
87260f7a2f12495118360f02c26a470f450dadf34a413d21042b43b9d93e1309
26948d35ca62e643e26a83177332e6b6afeb9d08e4268b650f1f5bbd8d81d371
2810e5cbc2cc4d4eece54f61c6f69758e289aa7ab440b3cbeaa21995c2f4232b
3eb858e78f5a7254d8c9731174a94f76755fd3941c0ac93735c07ba14579630e
445425117cb8c90edcbc7c1cc0e74f747f2c1efa5630a967c64f287792a48a4b
ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f
""".split()
"""RFC 9496, appendix A.2: one or two of each kind of encoding that must be refused."""

DERIVED = {
    "Ristretto is traditionally a short shot of espresso coffee":
        "3066f82a1a747d45120d1740f14358531a8f04bbffe6a819f86dfe50f44a0a46",
    "made with the normal amount of ground coffee but extracted with":
        "f26e5b6f7d362d2d2a94c5d0e7602cb4773c95a2e5c31a64f133189fa76ed61b",
    "about half the amount of water in the same amount of time":
        "006ccd2a9e6867e6a2c5cea83d3302cc9de128dd2a9a57dd8ee7b9d7ffe02826",
    "by using a finer grind.": "f8f0c87cf237953c5890aec3998169005dae3eca1fbb04548c635953c817f92a",
}
"""RFC 9496, appendix A.3: elements from the SHA-512 of these texts, as libsodium names them."""


def stored(name: str) -> Any:
    """One of the committed files."""
    return json.loads((FOLDER / name).read_text())


class TestGroups(unittest.TestCase):
    def test_ristretto_is_that_of_the_rfc(self) -> None:
        for multiple, expected in enumerate(MULTIPLES):
            point = ristretto.multiply(multiple, ristretto.GENERATOR)
            self.assertEqual(ristretto.encode(point).hex(), expected)
            self.assertEqual(ristretto.encode(ristretto.decode(bytes.fromhex(expected))).hex(), expected)
        for encoding in INVALID:
            with self.assertRaises(ValueError, msg=encoding):
                ristretto.decode(bytes.fromhex(encoding))
        for text, expected in DERIVED.items():
            self.assertEqual(ristretto.encode(ristretto.derive(hashlib.sha512(text.encode()).digest())).hex(), expected)

    def test_the_modulus_is_that_of_the_rfc(self) -> None:
        """RFC 3526 gives the prime by a formula, too. pi is Machin's."""
        unit = 1 << 3100
        pi = 4 * (4 * _arctan_inverse(5, unit) - _arctan_inverse(239, unit))
        formula = 2**3072 - 2**3008 - 1 + 2**64 * ((pi >> (3100 - 2942)) + 1690314)
        self.assertEqual(modp.PRIME, formula)
        for number in (modp.PRIME, modp.ORDER):
            self.assertEqual(pow(3, number - 1, number), 1)

    def test_orders_are_those_of_the_generators(self) -> None:
        for group in GROUPS:
            one = group.power(group.generator, 0)
            for base in (group.generator, group.second):
                self.assertNotEqual(group.element(base), group.element(one))
                almost = group.power(base, group.order - 1)
                self.assertEqual(group.element(group.multiply(almost, base)), group.element(one))


def _arctan_inverse(x: int, unit: int) -> int:
    """arctan(1/x) as a multiple of 1/unit."""
    term, total, divisor = unit // x, 0, 1
    while term:
        total += (term // divisor) * (1 if divisor % 4 == 1 else -1)
        term, divisor = term // (x * x), divisor + 2
    return total


class TestFiles(unittest.TestCase):
    def test_the_files_are_what_the_script_writes(self) -> None:
        for name in feip.FILES:
            self.assertEqual((FOLDER / name).read_text(), feip.text(name), name)

    def test_results_are_those_of_integers(self) -> None:
        for name in ("feip.json", "adaptive.json"):
            for case in stored(name):
                for function in case["functions"]:
                    expected = sum(x * y for x, y in zip(case["values"], function["weights"]))
                    self.assertEqual(function["result"], expected)
        for case in stored("febo.json"):
            for encryption in case["encryptions"]:
                x, y = encryption["value"], encryption["operand"]
                found = {name: operation["result"] for name, operation in encryption["operations"].items()}
                expected = {"add": x + y, "subtract": x - y, "multiply": x * y}
                if y:
                    expected["divide"] = x // y if x % y == 0 else None
                self.assertEqual(found, expected)
        for case in stored("quadratic.json"):
            x = case["values"]
            for function in case["functions"]:
                form = function["form"]
                expected = sum(form[i][j] * x[i] * x[j] for i in range(len(x)) for j in range(len(x)))
                self.assertEqual(function["result"], expected)


if __name__ == "__main__":
    unittest.main()
