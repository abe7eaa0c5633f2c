"""What the peers for foreign lattice libraries share: parameters as experiments state them, what is
claimed of them, and operations that are held to the same cleartext results.

``OPERATIONS.md`` in the folder above says what each operation is. A library's own program beside this
file says how its library does it.
"""

from __future__ import annotations

from typing import Any, Callable, Dict, List, NamedTuple, NoReturn, Sequence, Tuple, Type

import operands
from blindbench_peer import Client, Primitive, Refused, Server

SCHEMES = ("ckks", "bfv", "bgv")

LIMITS = {10: 26, 11: 53, 12: 106, 13: 214, 14: 430, 15: 868, 16: 1747}
"""Largest log2(QP) by log2(N) for 128 bits with a ternary secret, classical: Security Guidelines for Implementing
Homomorphic Encryption (Bossuat et al., IACR CiC 1(4):26, 2024), table 5.2."""

MARGIN_BITS = 12
"""What the stated error of approximate results leaves for noise, beside one bit for each doubling of N."""


class Parameters(NamedTuple):
    """Parameters of an experiment, checked for what every library asks."""

    scheme: str
    """``ckks``, ``bfv`` or ``bgv``."""
    log_n: int
    """log2 of the ring degree."""
    moduli: Tuple[int, ...]
    """Bits of the data primes, from the one that stays last."""
    special: Tuple[int, ...]
    """Bits of the primes for key switching alone."""
    log_scale: int
    """log2 of the scale under CKKS, else 0."""
    plaintext_modulus: int
    """The plaintext modulus under BFV and BGV, else 0."""

    @property
    def degree(self) -> int:
        """The ring degree."""
        return 1 << self.log_n

    @property
    def slots(self) -> int:
        """Values in a plaintext: one row under CKKS, else two."""
        return self.degree // 2 if self.scheme == "ckks" else self.degree

    @property
    def log_qp(self) -> int:
        """Bits of the largest modulus that keys live under."""
        return sum(self.moduli) + sum(self.special)

    @property
    def error_bound(self) -> float:
        """Largest error of a result: 0 where it is exact; else what noise and a rescaling stay below by far."""
        if self.scheme != "ckks":
            return 0.0
        return 2.0 ** (self.log_n + MARGIN_BITS - min(self.log_scale, 2 * self.log_scale - self.moduli[-1]))

    @staticmethod
    def of(params: Dict[str, Any], schemes: Sequence[str] = SCHEMES) -> Parameters:
        """Reads the object under ``params:`` of an experiment."""
        left = dict(params)
        scheme = left.pop("scheme", None)
        if scheme not in schemes:
            raise Refused(f"scheme {scheme!r}, this program has {', '.join(schemes)}; state one under `params:`")
        own = "log_scale" if scheme == "ckks" else "plaintext_modulus"
        found = Parameters(
            scheme=scheme,
            log_n=_whole(left, "log_n", 10, 17),
            moduli=_bits(left, "moduli"),
            special=_bits(left, "special"),
            log_scale=_whole(left, own, 10, 60) if scheme == "ckks" else 0,
            plaintext_modulus=_whole(left, own, 2, 1 << 60) if scheme != "ckks" else 0,
        )
        if left:
            raise Refused(f"unknown parameters {', '.join(sorted(left))}; `{scheme}` has none of them")
        return found

    def __str__(self) -> str:
        chain = f"N = 2^{self.log_n}, data primes of {_list(self.moduli)} bits, special of {_list(self.special)}"
        last = f"scale 2^{self.log_scale}" if self.scheme == "ckks" else f"t = {self.plaintext_modulus}"
        return f"{self.scheme} {chain}, {last}"


def _list(bits: Sequence[int]) -> str:
    if len(set(bits)) == 1:
        return f"{len(bits)} x {bits[0]}"
    return " + ".join(map(str, bits))


def _whole(params: Dict[str, Any], name: str, least: int, most: int) -> int:
    value = params.pop(name, None)
    if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
        raise Refused(f"`{name}` is {value!r}; state a whole number from {least} to {most}")
    return value


def _bits(params: Dict[str, Any], name: str) -> Tuple[int, ...]:
    value = params.pop(name, None)
    if not isinstance(value, list) or not value or not all(type(b) is int and 20 <= b <= 60 for b in value):
        raise Refused(f"`{name}` is {value!r}; state the bits of each prime, 20 to 60, such as [50, 50, 50]")
    return tuple(value)


def security(parameters: Parameters) -> Dict[str, Any]:
    """The claim: 128 bits up to the guidelines' limit, beyond it what the ratio to the limit leaves of them."""
    limit = LIMITS.get(parameters.log_n, 0)
    bits = 128.0 if parameters.log_qp <= limit else 128.0 * limit / parameters.log_qp
    source = f"Security Guidelines (Bossuat et al. 2024): log QP of at most {limit} for 128 bits at this degree"
    return {"bits": bits, "core_svp_bits": None, "attack": "cheapest of usvp, bdd, dual hybrid", "source": source}


def describe(parameters: Parameters, kernel: str) -> Dict[str, Any]:
    """What the harness records beside every number."""
    return {
        "family": "fully homomorphic",
        "parameters": str(parameters),
        "error_bound": parameters.error_bound,
        "log_n": float(parameters.log_n),
        "log_qp": float(parameters.log_qp),
        "kernel": kernel,
        "security": security(parameters),
    }


def distance(found: Sequence[float], expected: Sequence[float]) -> float:
    """Largest difference of two vectors; not a number where their lengths differ or one value is none."""
    if len(found) < len(expected):
        return float("nan")
    differences = [abs(a - b) for a, b in zip(found, expected)]
    return float("nan") if any(d != d for d in differences) else float(max(differences, default=0.0))


class Expected:
    """Operands and results in the clear, by the operation's definition and no library."""

    def __init__(self, parameters: Parameters, seed: bytes) -> None:
        self._parameters, self._seed = parameters, seed

    def operand(self, operand: int) -> List[Any]:
        """The values of one operand."""
        parameters = self._parameters
        if parameters.scheme == "ckks":
            return operands.reals(self._seed, operand, parameters.slots)
        return operands.integers(self._seed, operand, parameters.slots, parameters.plaintext_modulus)

    def of(self, operation: str) -> List[Any]:
        """The result of an operation on them."""
        a, b = self.operand(operands.A), self.operand(operands.B)
        if operation in ("encode", "encrypt", "decrypt"):
            return a
        if operation == "add":
            return self._reduced([x + y for x, y in zip(a, b)])
        if operation in ("mul_relin", "mul_relin_rescale", "mul_plain_rescale"):
            return self._reduced([x * y for x, y in zip(a, b)])
        if operation == "rotate":
            return operands.rotated(a, 1) if self._parameters.scheme == "ckks" else operands.rotated_rows(a, 1)
        if self._parameters.scheme == "ckks":
            return operands.circuit_of_reals(self._seed, self._parameters.slots)
        return operands.circuit_of_integers(self._seed, self._parameters.slots, self._parameters.plaintext_modulus)

    def _reduced(self, values: List[Any]) -> List[Any]:
        modulus = self._parameters.plaintext_modulus
        return [value % modulus for value in values] if modulus else values


class Ready(NamedTuple):
    """An operation that is set up."""

    work: Callable[[], Any]
    """The timed part alone."""
    values: Callable[[Any], Sequence[Any]]
    """The result in the clear."""


class Library:
    """A library under fixed parameters; a program beside this file has one for each library."""

    kernel = ""
    """The instructions that the library's heavy work uses."""

    def __init__(self, parameters: Parameters) -> None:
        """Builds the tables, or refuses what the library cannot do."""
        raise NotImplementedError

    def operations(self) -> Dict[str, Callable[[Expected], Ready]]:
        """What sets each operation up, keys included; in the order they should be shown."""
        raise NotImplementedError


def client(library: Callable[[Parameters], Library], schemes: Sequence[str]) -> Type[Client]:
    """The client side for a library: it offers operations and runs no network."""

    class LatticeClient(Client):
        """Opens parameters and sets operations up."""

        def __init__(self) -> None:
            self._opened: Tuple[Parameters, Library]

        def plan(self, architecture: Dict[str, Any], batch: int, params: Dict[str, Any]) -> NoReturn:
            raise Refused("this program runs no network; leave `models:` out and take `kind: primitives`")

        def operations(self, params: Dict[str, Any]) -> Dict[str, Any]:
            parameters = Parameters.of(params, schemes)
            opened = library(parameters)
            self._opened = (parameters, opened)
            return describe(parameters, opened.kernel)

        def primitives(self) -> Sequence[str]:
            return list(self._library()[1].operations())

        def prepare(self, name: str, seed: bytes) -> Primitive:
            parameters, opened = self._library()
            set_up = opened.operations().get(name)
            if set_up is None:
                raise Refused(f"no operation {name!r}; there are {', '.join(opened.operations())}")
            expected = Expected(parameters, seed)
            ready, result = set_up(expected), expected.of(name)
            return Primitive(ready.work, lambda found: distance(ready.values(found), result))

        def _library(self) -> Tuple[Parameters, Library]:
            if not hasattr(self, "_opened"):
                raise Refused("no parameters have been opened")
            return self._opened

    return LatticeClient


class NoServer(Server):
    """There is no network to evaluate."""

    def open(self, plan: bytes) -> None:
        """Refused: there are no plans."""
        raise Refused("this program runs no network")
