"""The operands of operations: the same numbers in every scheme and in every language.

What ``schemes/core/src/primitives/inputs.rs`` draws: SplitMix64 (Steele, Lea, Flood, OOPSLA 2014,
figure 14) from 8 bytes of the seed for each operand. They are no secret.
"""

from __future__ import annotations

from typing import Iterator, List, Sequence, TypeVar

A, B, C = range(3)
"""The operands: what is encoded, encrypted and rotated; what is added or multiplied; the circuit's third."""

CIRCUIT_STEPS = 3
"""How far the circuit rotates: to the left, each row of slots by itself."""

T = TypeVar("T")

_GAMMA = 0x9E3779B97F4A7C15
_MASK = (1 << 64) - 1


def integers(seed: bytes, operand: int, count: int, modulus: int) -> List[int]:
    """``count`` whole numbers below ``modulus``."""
    draws = _draws(seed, operand)
    return [next(draws) % modulus for _ in range(count)]


def reals(seed: bytes, operand: int, count: int) -> List[float]:
    """``count`` reals from -1 on and below 1, multiples of 2^-52."""
    draws = _draws(seed, operand)
    return [(next(draws) >> 11) * 2.0**-52 - 1.0 for _ in range(count)]


def circuit_of_reals(seed: bytes, count: int) -> List[float]:
    """``a * b + c`` in the clear, rotated as one row."""
    operands = zip(*(reals(seed, operand, count) for operand in (A, B, C)))
    return rotated([a * b + c for a, b, c in operands], CIRCUIT_STEPS)


def circuit_of_integers(seed: bytes, count: int, modulus: int) -> List[int]:
    """``a * b + c`` modulo ``modulus`` in the clear, each half of the slots rotated as a row of its own."""
    operands = zip(*(integers(seed, operand, count, modulus) for operand in (A, B, C)))
    return rotated_rows([(a * b + c) % modulus for a, b, c in operands], CIRCUIT_STEPS)


def rotated(row: Sequence[T], steps: int) -> List[T]:
    """A row of slots, rotated to the left."""
    return [*row[steps:], *row[:steps]]


def rotated_rows(slots: Sequence[T], steps: int) -> List[T]:
    """Two rows of slots, each rotated to the left by itself."""
    half = len(slots) // 2
    return rotated(slots[:half], steps) + rotated(slots[half:], steps)


def _draws(seed: bytes, operand: int) -> Iterator[int]:
    state = int.from_bytes(seed[8 * operand : 8 * operand + 8], "little")
    while True:
        state = (state + _GAMMA) & _MASK
        mixed = ((state ^ (state >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
        mixed = ((mixed ^ (mixed >> 27)) * 0x94D049BB133111EB) & _MASK
        yield mixed ^ (mixed >> 31)
