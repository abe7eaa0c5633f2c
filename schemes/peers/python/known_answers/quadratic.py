"""Known answers for quadratic forms by pairings, on the BLS12-381 of py_ecc.

    pip install py_ecc==8.0.0
    cd schemes/peers/python
    python3 -m known_answers.quadratic ../../functional/tests/known_answers

writes ``quadratic.json`` there, within a minute or two. Nothing is random: exponents follow from labels. What a field
means, the README beside that file says.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any, Dict, List, Sequence, Tuple

from py_ecc.bls.point_compression import compress_G1, compress_G2
from py_ecc.optimized_bls12_381 import G1, G2, Z2, add, curve_order, multiply, pairing

from known_answers.groups import drawn

VALUES = [3, 0, 255, 17]
LENGTH = len(VALUES)

PROJECTION = [[1, -2, 0, 7], [0, 5, -1, 3]]
SCALES = [4, -9]

FORMS = [
    [[1, 2, 3, 4], [-5, 6, -7, 8], [9, -10, 11, 12], [0, 0, 0, -127]],
    [[sum(d * row[i] * row[j] for d, row in zip(SCALES, PROJECTION)) for j in range(LENGTH)] for i in range(LENGTH)],
    [[0, 0, 0, 0] for _ in range(LENGTH)],
]
"""A form without symmetry; P^T diag(d) P of a projection P and scales d; none."""

Matrix = List[List[int]]


def exponent(label: str) -> int:
    """An exponent that follows from a label: 96 bytes, little-endian, modulo the order."""
    return int.from_bytes(drawn(f"bls12-381 {label}", 96), "little") % curve_order


def evaluate(form: Matrix, x: Sequence[int], y: Sequence[int]) -> int:
    """The sum of form_ij x_i y_j."""
    return sum(form[i][j] * x[i] * y[j] for i in range(LENGTH) for j in range(LENGTH))


def encrypt(w: Matrix, gamma: int, s: Sequence[int], t: Sequence[int]) -> Tuple[List[Any], List[Any]]:
    """a_i = (W^-1)^T (x_i, gamma s_i) in G1 and b_i = W (x_i, -t_i) in G2."""
    (p, q), (u, v) = w
    inverse = pow(p * v - q * u, -1, curve_order)
    transposed = [[v * inverse, -u * inverse], [-q * inverse, p * inverse]]
    first = [_times(transposed, (x, gamma * s_i), G1) for x, s_i in zip(VALUES, s)]
    second = [_times(w, (x, -t_i), G2) for x, t_i in zip(VALUES, t)]
    return first, second


def _times(matrix: Matrix, vector: Sequence[int], generator: Any) -> List[Any]:
    return [multiply(generator, sum(m * x for m, x in zip(row, vector)) % curve_order) for row in matrix]


def decrypt(form: Matrix, commitment: Any, key: Any, first: List[Any], second: List[Any]) -> Any:
    """e(g1^gamma, key) times the product of e(a_i, b_j)^form_ij, an element of the target group."""
    result = pairing(key, commitment)
    for i in range(LENGTH):
        for half in range(2):
            row = Z2
            for j in range(LENGTH):
                row = add(row, multiply(second[j][half], form[i][j] % curve_order))
            result *= pairing(row, first[i][half])
    return result


def answers() -> Dict[str, Any]:
    """Sans, Gay, Pointcheval, "Reading in the Dark", ePrint 2018/206, figure 2, with y = x."""
    s, t = ([exponent(f"{name} {index}") for index in range(LENGTH)] for name in "st")
    gamma, w = exponent("gamma"), [[exponent(f"W {row} {column}") for column in range(2)] for row in range(2)]
    commitment, (first, second) = multiply(G1, gamma), encrypt(w, gamma, s, t)

    def function(form: Matrix) -> Dict[str, Any]:
        exponent, result = evaluate(form, s, t) % curve_order, evaluate(form, VALUES, VALUES)
        key = multiply(G2, exponent)
        if decrypt(form, commitment, key, first, second) != pairing(G2, G1) ** (result % curve_order):
            raise AssertionError(f"decryption does not give the generator to the power of {result}")
        return {"form": form, "key_exponent": _scalar(exponent), "key": _second(key), "result": result}

    return {
        "group": "bls12-381",
        "secret_s": [_scalar(value) for value in s],
        "secret_t": [_scalar(value) for value in t],
        "public_s": [_first(multiply(G1, value)) for value in s],
        "public_t": [_second(multiply(G2, value)) for value in t],
        "gamma": _scalar(gamma),
        "w": [[_scalar(value) for value in row] for row in w],
        "values": VALUES,
        "commitment": _first(commitment),
        "first": [[_first(point) for point in pair] for pair in first],
        "second": [[_second(point) for point in pair] for pair in second],
        "functions": [function(form) for form in FORMS],
    }


def _scalar(value: int) -> str:
    return int(value).to_bytes(32, "big").hex()


def _first(point: Any) -> str:
    return int(compress_G1(point)).to_bytes(48, "big").hex()


def _second(point: Any) -> str:
    return b"".join(int(half).to_bytes(48, "big") for half in compress_G2(point)).hex()


if __name__ == "__main__":
    (Path(sys.argv[1]) / "quadratic.json").write_text(json.dumps([answers()], indent=1) + "\n")
