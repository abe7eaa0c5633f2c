"""Two groups under one interface, written multiplicatively as papers on inner products write them."""

from __future__ import annotations

import hashlib
from typing import Any, List, Sequence

import modp

from known_answers import ristretto

LABEL = "blindbench known answers: "


def drawn(label: str, length: int) -> bytes:
    """Bytes that follow from a label: SHAKE-256 of ``LABEL`` and it."""
    return hashlib.shake_256((LABEL + label).encode()).digest(length)


class Group:
    """A group of prime order with a generator g and a second one, h, whose logarithm nobody knows."""

    name: str
    order: int
    generator: Any
    second: Any

    def multiply(self, a: Any, b: Any) -> Any:
        """The group's operation."""
        raise NotImplementedError

    def power(self, base: Any, exponent: int) -> Any:
        """``base`` to an exponent of either sign."""
        raise NotImplementedError

    def element(self, value: Any) -> str:
        """An element in hexadecimal digits."""
        raise NotImplementedError

    def scalar(self, value: int) -> str:
        """An exponent modulo the order in hexadecimal digits."""
        raise NotImplementedError

    def product(self, factors: Sequence[Any]) -> Any:
        """The product of one or more elements."""
        result = factors[0]
        for factor in factors[1:]:
            result = self.multiply(result, factor)
        return result

    def draw(self, label: str) -> int:
        """An exponent that follows from a label: 64 bytes more than the order has, little-endian, modulo it."""
        length = (self.order.bit_length() + 7) // 8 + 64
        return int.from_bytes(drawn(f"{self.name} {label}", length), "little") % self.order

    def exponents(self, label: str, count: int) -> List[int]:
        """``count`` exponents: 1, the order minus 1, and drawn ones."""
        return [1, self.order - 1, *(self.draw(f"{label} {index}") for index in range(2, count))]


class Ristretto(Group):
    """ristretto255."""

    name = "ristretto255"
    order = ristretto.ORDER
    generator = ristretto.GENERATOR
    second = ristretto.derive(drawn("ristretto255 h", 64))

    def multiply(self, a: Any, b: Any) -> Any:
        return ristretto.add(a, b)

    def power(self, base: Any, exponent: int) -> Any:
        if exponent < 0:
            base = ristretto.Edwards(-base.x % ristretto.P, base.y)
        return ristretto.multiply(abs(exponent) % self.order, base)

    def element(self, value: Any) -> str:
        return ristretto.encode(value).hex()

    def scalar(self, value: int) -> str:
        return (value % self.order).to_bytes(32, "little").hex()


class Modp(Group):
    """The squares modulo the prime of RFC 3526, group 15."""

    name = "modp3072"
    order = modp.ORDER
    generator = modp.GENERATOR
    second = pow(int.from_bytes(drawn("modp3072 h", 448), "big"), 2, modp.PRIME)

    def multiply(self, a: Any, b: Any) -> Any:
        return a * b % modp.PRIME

    def power(self, base: Any, exponent: int) -> Any:
        if exponent < 0:
            base = pow(base, -1, modp.PRIME)
        return pow(base, abs(exponent) % self.order, modp.PRIME)

    def element(self, value: Any) -> str:
        return value.to_bytes(384, "big").hex()

    def scalar(self, value: int) -> str:
        return (value % self.order).to_bytes(384, "big").hex()


GROUPS: Sequence[Group] = (Ristretto(), Modp())
