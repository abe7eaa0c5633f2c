#!/usr/bin/env python3
"""Inner products by functional encryption (Abdalla, Bourse, De Caro, Pointcheval, PKC 2015) of PyMIFE.

The library as it comes: its selective scheme over DDH, its groups, its bounded logarithm (Pollard's kangaroo).
Group elements are Python objects that are handed over as they are, nothing is read from bytes. Keys and
randomness come from the operating system; operands follow from the seed.
"""

from __future__ import annotations

from importlib.metadata import version
from typing import Any, Callable, Dict, List, NamedTuple, NoReturn, Optional, Sequence, Tuple

from mife.common import getStrongPrime
from mife.data.curve25519 import Curve25519
from mife.data.group import GroupBase
from mife.data.zmod import Zmod
from mife.single.selective.ddh import FeDDH

import modp
import operands
from blindbench_peer import Client, Primitive, Refused, main
from lattice_peer import NoServer

MAX_LENGTH = 65_536
MAX_LOG_RANGE = 40
"""log2 of the widest range of results: the kangaroo takes about three times its square root in steps."""


class Group(NamedTuple):
    """A group of the library's, and what is known of it."""

    title: str
    make: Callable[[], GroupBase]
    bits: float
    attack: str
    source: str


FIELD_SIEVE = "discrete logarithm by the number field sieve"

GROUPS = {
    "modp1024": Group(
        "squares modulo a fresh random strong prime of 1024 bits (the library's default)",
        lambda: Zmod(getStrongPrime(1024)),
        80.0,
        FIELD_SIEVE,
        "NIST SP 800-57 part 1 revision 5, table 2: 80 bits for finite fields of 1024 bits",
    ),
    "modp3072": Group(
        "squares modulo the 3072-bit prime of RFC 3526, group 15",
        lambda: Zmod(modp.PRIME),
        128.0,
        FIELD_SIEVE,
        "NIST SP 800-57 part 1 revision 5, table 2: 128 bits for finite fields of 3072 bits",
    ),
    "curve25519": Group(
        "Curve25519 in affine Montgomery coordinates",
        Curve25519,
        128.0,
        "discrete logarithm by Pollard's rho with negation, about 2^125.8 additions of points",
        "RFC 7748, section 7 (the 128-bit level)",
    ),
}


class Parameters(NamedTuple):
    """Parameters of an experiment, checked."""

    group: str
    """A key of :data:`GROUPS`."""
    length: int
    """Values in a ciphertext."""
    input_max: int
    """Values are 0 to this."""
    weight_max: int
    """Weights are from minus this to this."""

    @classmethod
    def of(cls, params: Dict[str, Any]) -> Parameters:
        """What an experiment states, or a refusal with what would do."""
        unknown = set(params) - set(cls._fields)
        if unknown:
            raise Refused(f"unknown parameters {', '.join(sorted(unknown))}; there are {', '.join(cls._fields)}")
        if params.get("group") not in GROUPS:
            raise Refused(f"group is {params.get('group')!r}, must be one of {', '.join(GROUPS)}")
        limits = {"length": MAX_LENGTH, "input_max": 65_535, "weight_max": 65_535}
        found = cls(params["group"], *(_whole(params, name, limit) for name, limit in limits.items()))
        if (2 * found.largest).bit_length() > MAX_LOG_RANGE:
            raise Refused(f"results up to {found.largest} either way; at most 2^{MAX_LOG_RANGE} values can be searched")
        return found

    @property
    def largest(self) -> int:
        """The largest result, either way."""
        return self.length * self.input_max * self.weight_max

    @property
    def bound(self) -> Tuple[int, int]:
        """The range that the logarithm is searched in. The kangaroo never finds its upper end."""
        return (-self.largest - 1, self.largest + 1)

    def values(self, seed: bytes) -> List[int]:
        """The encrypted operand."""
        return operands.integers(seed, operands.A, self.length, self.input_max + 1)

    def weights(self, seed: bytes) -> List[int]:
        """The function."""
        drawn = operands.integers(seed, operands.B, self.length, 2 * self.weight_max + 1)
        return [value - self.weight_max for value in drawn]

    def __str__(self) -> str:
        group = GROUPS[self.group].title
        return f"{group}; length {self.length}, values 0 to {self.input_max}, weights within {self.weight_max}"


def _whole(params: Dict[str, Any], name: str, limit: int) -> int:
    value = params.get(name)
    if not isinstance(value, int) or isinstance(value, bool) or not 1 <= value <= limit:
        raise Refused(f"{name} is {value!r}, must be a whole number from 1 to {limit}")
    return value


class PyMife:
    """The scheme over one group, with a master key that is drawn when an operation first asks for it."""

    kernel = f"PyMIFE {version('pymife')}, gmpy2 {version('gmpy2')}"

    def __init__(self, parameters: Parameters) -> None:
        self._parameters = parameters
        self._group = GROUPS[parameters.group].make()
        self._key: Optional[Any] = None

    def operations(self) -> Dict[str, Callable[[bytes], Primitive]]:
        """See ``OPERATIONS.md``."""
        length = self._parameters.length
        return {
            f"setup_{length}": self._setup,
            f"derive_function_key_{length}": self._derive,
            f"encrypt_{length}": self._encrypt,
            f"inner_product_{length}": self._decrypt,
            # The library has no batches, and its ciphertexts are decoded always.
            f"inner_products_{length}_decoded": self._decrypt,
        }

    def _master(self) -> Any:
        if self._key is None:
            self._key = FeDDH.generate(self._parameters.length, self._group)
        return self._key

    def _setup(self, seed: bytes) -> Primitive:
        length, group, weights = self._parameters.length, self._group, self._parameters.weights(seed)

        def error(key: Any) -> float:
            """Whether the product of h_i^{y_i} is g^{<s, y>}: every h_i with a weight has its part in it."""
            found = group.identity()
            for weight, element in zip(weights, key.mpk):
                found = found + weight * element
            return _wrong(len(key.mpk) == length and found == _dot(key.msk, weights) % group.order() * key.g)

        return Primitive(lambda: FeDDH.generate(length, group), error)

    def _derive(self, seed: bytes) -> Primitive:
        key, weights = self._master(), self._parameters.weights(seed)
        expected = _dot(key.msk, weights) % self._group.order()
        return Primitive(lambda: FeDDH.keygen(weights, key), lambda found: _wrong(found.sk == expected))

    def _encrypt(self, seed: bytes) -> Primitive:
        public, values = self._master().get_public_key(), self._parameters.values(seed)
        return Primitive(lambda: FeDDH.encrypt(values, public), lambda found: self._distance(found, seed))

    def _decrypt(self, seed: bytes) -> Primitive:
        key, parameters = self._master(), self._parameters
        public, bound = key.get_public_key(), parameters.bound
        values, weights = parameters.values(seed), parameters.weights(seed)
        ciphertext, function = FeDDH.encrypt(values, public), FeDDH.keygen(weights, key)
        expected = _dot(values, weights)
        return Primitive(
            lambda: FeDDH.decrypt(ciphertext, public, function, bound), lambda found: float(abs(found - expected))
        )

    def _distance(self, ciphertext: Any, seed: bytes) -> float:
        """How far the inner product of a ciphertext is from the one in the clear."""
        key, weights = self._master(), self._parameters.weights(seed)
        found = FeDDH.decrypt(ciphertext, key.get_public_key(), FeDDH.keygen(weights, key), self._parameters.bound)
        return float(abs(found - _dot(self._parameters.values(seed), weights)))


def _dot(a: Sequence[int], b: Sequence[int]) -> int:
    return sum(x * y for x, y in zip(a, b))


def _wrong(right: bool) -> float:
    return 0.0 if right else 1.0


def describe(parameters: Parameters, kernel: str) -> Dict[str, Any]:
    """What the harness records beside every number."""
    group = GROUPS[parameters.group]
    return {
        "family": "functional encryption (inner product)",
        "parameters": str(parameters),
        "error_bound": 0.0,
        "log_n": None,
        "log_qp": None,
        "kernel": kernel,
        "security": {"bits": group.bits, "core_svp_bits": None, "attack": group.attack, "source": group.source},
    }


class PyMifeClient(Client):
    """Opens parameters and sets operations up; there are no networks."""

    def __init__(self) -> None:
        self._opened: Optional[PyMife] = None

    def plan(self, architecture: Dict[str, Any], batch: int, params: Dict[str, Any]) -> NoReturn:
        raise Refused("this program runs no network; leave `models:` out and take `kind: primitives`")

    def operations(self, params: Dict[str, Any]) -> Dict[str, Any]:
        parameters = Parameters.of(params)
        self._opened = PyMife(parameters)
        return describe(parameters, PyMife.kernel)

    def primitives(self) -> Sequence[str]:
        return list(self._library().operations())

    def prepare(self, name: str, seed: bytes) -> Primitive:
        offered = self._library().operations()
        if name not in offered:
            raise Refused(f"no operation {name!r}; there are {', '.join(offered)}")
        return offered[name](seed)

    def _library(self) -> PyMife:
        if self._opened is None:
            raise Refused("no parameters have been opened")
        return self._opened


if __name__ == "__main__":
    main(PyMifeClient, NoServer, f"PyMIFE {version('pymife')}")
