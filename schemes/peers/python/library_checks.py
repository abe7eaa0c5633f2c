"""What every program on a lattice library must pass, at small sizes, under that library's own Python."""

from __future__ import annotations

import unittest
from typing import Any, Dict, Type

from blindbench_peer import Client, Refused

SEED = bytes(range(32))


def check_operations(test: unittest.TestCase, client: Type[Client], params: Dict[str, Any]) -> Dict[str, float]:
    """Every operation repeats and stays within the stated error; the errors by name."""
    side = client()
    bound = side.operations(params)["error_bound"]
    errors: Dict[str, float] = {}
    for name in side.primitives():
        operation = side.prepare(name, SEED)
        with test.assertRaises(Refused):
            operation.check()
        wall, cpu = operation.run(2)
        test.assertGreater(min(wall, cpu), 0, name)
        errors[name] = operation.check()
        test.assertLessEqual(errors[name], bound, name)
    return errors


def check_names(test: unittest.TestCase, errors: Dict[str, float], scheme: str) -> None:
    """The names are those of ``OPERATIONS.md``."""
    middle = {"mul_plain_rescale", "mul_relin_rescale"} if scheme == "ckks" else {"mul_relin"}
    test.assertEqual(set(errors), {"encode", "encrypt", "decrypt", "add", "rotate", "circuit"} | middle)


def check_refusal(test: unittest.TestCase, client: Type[Client], params: Dict[str, Any], reason: str) -> None:
    """The parameters are refused with that in the reason."""
    with test.assertRaises(Refused) as refused:
        client().operations(params)
    test.assertIn(reason, str(refused.exception))
