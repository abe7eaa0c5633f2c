"""Known answers for inner products over groups, selective and adaptive, and for CryptoNN's basic operations.

    cd schemes/peers/python
    python3 -m known_answers.feip ../../functional/tests/known_answers

writes ``feip.json``, ``adaptive.json`` and ``febo.json`` there. Nothing is random: exponents follow from labels. What a
field means, the README beside those files says.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any, Dict, List, Optional, Sequence

from known_answers.groups import GROUPS, Group

VALUES = [0, 255, 17, 128, 3]
WEIGHTS = [[127, -127, 0, 5, -1], [1, 2, 3, 4, 5], [-127, -126, 64, -1, 99], [0, 0, 0, 0, 0], [31, 0, 0, 0, 0]]
LENGTH = len(VALUES)

FEBO_PAIRS = [(15, 3), (-15, 5), (0, 7), (999, -999), (7, 2), (6, 0)]
"""Encrypted value and operand; a division by the last is left out, that of 7 by 2 has no small result."""


def dot(a: Sequence[int], b: Sequence[int]) -> int:
    """The inner product of integers."""
    return sum(x * y for x, y in zip(a, b))


def feip(group: Group) -> Dict[str, Any]:
    """Abdalla, Bourse, De Caro, Pointcheval, PKC 2015, section 3: h_i = g^{s_i}, ct_i = h_i^r g^{x_i}, sk = <s, y>."""
    g, power = group.generator, group.power
    secret, r = group.exponents("feip s", LENGTH), group.draw("feip r")
    public = [power(g, s) for s in secret]
    commitment = power(g, r)
    ciphertext = [group.multiply(power(h, r), power(g, x)) for h, x in zip(public, VALUES)]

    def function(weights: List[int]) -> Dict[str, Any]:
        key = dot(secret, weights)
        parts = [power(c, y) for c, y in zip(ciphertext, weights)]
        found = group.product([*parts, power(commitment, -key)])
        return {"weights": weights, "key": group.scalar(key), **_result(group, found, dot(VALUES, weights))}

    return {
        **_group(group),
        "secret": [group.scalar(s) for s in secret],
        "public": [group.element(h) for h in public],
        "randomness": group.scalar(r),
        "values": VALUES,
        "commitment": group.element(commitment),
        "ciphertext": [group.element(c) for c in ciphertext],
        "functions": [function(weights) for weights in WEIGHTS],
    }


def adaptive(group: Group) -> Dict[str, Any]:
    """Agrawal, Libert, Stehle, CRYPTO 2016, section 3: h_i = g^{s_i} h^{t_i}, keys <s, y> and <t, y>."""
    g, h, power = group.generator, group.second, group.power
    first, second = group.exponents("adaptive s", LENGTH), group.exponents("adaptive t", LENGTH)[::-1]
    r = group.draw("adaptive r")
    public = [group.multiply(power(g, s), power(h, t)) for s, t in zip(first, second)]
    commitments = [power(g, r), power(h, r)]
    ciphertext = [group.multiply(power(h_i, r), power(g, x)) for h_i, x in zip(public, VALUES)]

    def function(weights: List[int]) -> Dict[str, Any]:
        keys = [dot(first, weights), dot(second, weights)]
        parts = [power(c, y) for c, y in zip(ciphertext, weights)]
        found = group.product([*parts, *(power(c, -key) for c, key in zip(commitments, keys))])
        result = _result(group, found, dot(VALUES, weights))
        return {"weights": weights, "keys": [group.scalar(key) for key in keys], **result}

    return {
        **_group(group),
        "second_generator": group.element(h),
        "secret_s": [group.scalar(s) for s in first],
        "secret_t": [group.scalar(t) for t in second],
        "public": [group.element(h_i) for h_i in public],
        "randomness": group.scalar(r),
        "values": VALUES,
        "commitments": [group.element(c) for c in commitments],
        "ciphertext": [group.element(c) for c in ciphertext],
        "functions": [function(weights) for weights in WEIGHTS],
    }


def febo(group: Group) -> Dict[str, Any]:
    """Xu, Joshi, Li, ICDCS 2019 (CryptoNN): commitment g^r, ciphertext h^r g^x, keys bound to the commitment."""
    secret = group.draw("febo s")
    public = group.power(group.generator, secret)

    def encrypted(index: int, value: int, operand: int) -> Dict[str, Any]:
        r = group.draw(f"febo r {index}")
        commitment = group.power(group.generator, r)
        ciphertext = group.multiply(group.power(public, r), group.power(group.generator, value))
        operations = ["add", "subtract", "multiply", "divide"] if operand else ["add", "subtract", "multiply"]
        return {
            "value": value,
            "operand": operand,
            "randomness": group.scalar(r),
            "commitment": group.element(commitment),
            "ciphertext": group.element(ciphertext),
            "operations": {
                name: _operation(group, name, secret, commitment, ciphertext, value, operand) for name in operations
            },
        }

    return {
        **_group(group),
        "secret": group.scalar(secret),
        "public": group.element(public),
        "encryptions": [encrypted(index, *pair) for index, pair in enumerate(FEBO_PAIRS)],
    }


def _operation(
    group: Group, name: str, secret: int, commitment: Any, ciphertext: Any, value: int, operand: int
) -> Dict[str, Any]:
    shared, power = group.power(commitment, secret), group.power
    result: Optional[int]
    if name in ("add", "subtract"):
        sign = 1 if name == "add" else -1
        key = group.multiply(shared, power(group.generator, -sign * operand))
        raised, result = ciphertext, value + sign * operand
    else:
        exponent = operand if name == "multiply" else pow(operand, -1, group.order)
        key, raised = power(shared, exponent), power(ciphertext, exponent)
        result = value * operand if name == "multiply" else _quotient(value, operand)
    found = group.multiply(raised, power(key, -1))
    if result is None:
        return {"key": group.element(key), "element": group.element(found), "result": None}
    return {"key": group.element(key), **_result(group, found, result)}


def _quotient(value: int, operand: int) -> Optional[int]:
    return value // operand if value % operand == 0 else None


def _group(group: Group) -> Dict[str, Any]:
    return {"group": group.name, "generator": group.element(group.generator)}


def _result(group: Group, found: Any, expected: int) -> Dict[str, Any]:
    """What decryption gives before and after the logarithm; they belong together or the script is wrong."""
    if group.element(found) != group.element(group.power(group.generator, expected)):
        raise AssertionError(f"{group.name}: decryption does not give g^{expected}")
    return {"element": group.element(found), "result": expected}


FILES = {"feip.json": feip, "adaptive.json": adaptive, "febo.json": febo}


def text(name: str) -> str:
    """What one of the files holds."""
    return json.dumps([FILES[name](group) for group in GROUPS], indent=1) + "\n"


def main(folder: Path) -> None:
    """Writes the files."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in FILES:
        (folder / name).write_text(text(name))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
