#!/usr/bin/env python3
"""CKKS, BFV and BGV of OpenFHE: single operations, no networks.

The wheel holds a library for CPython 3.10 alone. OpenFHE makes a new object for every result, sizes its
own special primes (60 bits) and ties the CKKS scale to the size of a data prime; parameters that would have
to be something else are refused. ``decrypt`` decodes as well: the library does both in one call. It draws keys
and noise from the operating system; operands follow from the seed.
"""

from __future__ import annotations

import math
import os
from typing import Any, Callable, Dict, List, Optional, Sequence

# Read once, when the library is loaded.
os.environ["OMP_NUM_THREADS"] = os.environ.get("BLINDBENCH_THREADS", "1")

import openfhe  # noqa: E402

import operands  # noqa: E402
from blindbench_peer import Refused, main  # noqa: E402
from lattice_peer import Expected, Library, NoServer, Parameters, Ready, client  # noqa: E402

AUXILIARY_BITS = 60
"""Bits of OpenFHE's special primes."""

DEEPEST = 40
"""Most multiplications that are tried to make BFV choose a modulus of the stated size."""


class OpenFhe(Library):
    """A context of OpenFHE, with keys as operations ask for them."""

    kernel = "OpenFHE of the openfhe wheel"

    def __init__(self, parameters: Parameters) -> None:
        self._parameters = parameters
        self._ckks = parameters.scheme == "ckks"
        self._context = _context(parameters)
        self._pair = self._context.KeyGen()

    def operations(self) -> Dict[str, Callable[[Expected], Ready]]:
        """See ``OPERATIONS.md``."""
        common = {"encode": self._encode_alone, "encrypt": self._encrypt_alone, "decrypt": self._decrypt_alone}
        if self._ckks:
            middle = {"mul_plain_rescale": self._multiply_plain, "mul_relin_rescale": self._multiply}
        else:
            middle = {"mul_relin": self._multiply}
        return {**common, "add": self._add, **middle, "rotate": self._rotate, "circuit": self._circuit}

    def _encoder(self, values: List[Any]) -> Callable[[], Any]:
        """What encodes the values, once they are what the library takes."""
        if self._ckks:
            make = self._context.MakeCKKSPackedPlaintext
            return lambda: make(values)
        # The library takes the representatives around 0.
        modulus, make = self._parameters.plaintext_modulus, self._context.MakePackedPlaintext
        centred = [value - modulus if 2 * value > modulus else value for value in values]
        return lambda: make(centred)

    def _ciphertext(self, expected: Expected, operand: int) -> Any:
        return self._context.Encrypt(self._pair.publicKey, self._encoder(expected.operand(operand))())

    def _decoded(self, plaintext: Any) -> Sequence[Any]:
        plaintext.SetLength(self._parameters.slots)
        if self._ckks:
            return plaintext.GetRealPackedValue()
        return [value % self._parameters.plaintext_modulus for value in plaintext.GetPackedValue()]

    def _decrypted(self, ciphertext: Any) -> Sequence[Any]:
        return self._decoded(self._context.Decrypt(ciphertext, self._pair.secretKey))

    def _encode_alone(self, expected: Expected) -> Ready:
        # A plaintext of this library remembers what it was made of: decrypted, it tells what was encoded.
        public, encrypt = self._pair.publicKey, self._context.Encrypt
        values = lambda plaintext: self._decrypted(encrypt(public, plaintext))  # noqa: E731
        return Ready(self._encoder(expected.operand(operands.A)), values)

    def _encrypt_alone(self, expected: Expected) -> Ready:
        plaintext, public = self._encoder(expected.operand(operands.A))(), self._pair.publicKey
        encrypt = self._context.Encrypt
        return Ready(lambda: encrypt(public, plaintext), self._decrypted)

    def _decrypt_alone(self, expected: Expected) -> Ready:
        ciphertext, secret = self._ciphertext(expected, operands.A), self._pair.secretKey
        decrypt = self._context.Decrypt
        return Ready(lambda: decrypt(ciphertext, secret), self._decoded)

    def _add(self, expected: Expected) -> Ready:
        a, b = self._ciphertext(expected, operands.A), self._ciphertext(expected, operands.B)
        add = self._context.EvalAdd
        return Ready(lambda: add(a, b), self._decrypted)

    def _multiply_plain(self, expected: Expected) -> Ready:
        a, b = self._ciphertext(expected, operands.A), self._encoder(expected.operand(operands.B))()
        multiply, rescale = self._context.EvalMult, self._context.Rescale
        # The plaintext is in the transformed domain from the first product on.
        multiply(a, b)
        return Ready(lambda: rescale(multiply(a, b)), self._decrypted)

    def _multiply(self, expected: Expected) -> Ready:
        a, b = self._ciphertext(expected, operands.A), self._ciphertext(expected, operands.B)
        product = self._product()
        return Ready(lambda: product(a, b), self._decrypted)

    def _product(self) -> Callable[[Any, Any], Any]:
        self._context.EvalMultKeyGen(self._pair.secretKey)
        multiply, rescale = self._context.EvalMult, self._context.Rescale
        if self._ckks:
            return lambda a, b: rescale(multiply(a, b))
        return multiply

    def _rotate(self, expected: Expected) -> Ready:
        ciphertext = self._ciphertext(expected, operands.A)
        self._context.EvalRotateKeyGen(self._pair.secretKey, [1])
        rotate = self._context.EvalRotate
        return Ready(lambda: rotate(ciphertext, 1), self._decrypted)

    def _circuit(self, expected: Expected) -> Ready:
        a, b = self._ciphertext(expected, operands.A), self._ciphertext(expected, operands.B)
        product, context = self._product(), self._context
        c = self._third(expected)
        context.EvalRotateKeyGen(self._pair.secretKey, [operands.CIRCUIT_STEPS])
        return Ready(
            lambda: context.EvalRotate(context.EvalAdd(product(a, b), c), operands.CIRCUIT_STEPS), self._decrypted
        )

    def _third(self, expected: Expected) -> Any:
        """The circuit's third operand, at the level of the product."""
        if not self._ckks:
            return self._ciphertext(expected, operands.C)
        plaintext = self._context.MakeCKKSPackedPlaintext(expected.operand(operands.C), 1, 1)
        return self._context.Encrypt(self._pair.publicKey, plaintext)


def _context(parameters: Parameters) -> Any:
    """The context for exactly these parameters; their security is the harness's to judge."""
    bits, count = parameters.moduli[0], len(parameters.moduli)
    if set(parameters.moduli) != {bits}:
        raise Refused(f"data primes of {list(parameters.moduli)} bits; this program gives OpenFHE primes of one size")
    if parameters.scheme == "ckks" and parameters.log_scale != bits:
        raise Refused(f"log_scale is {parameters.log_scale}; OpenFHE's scale is its primes' size: state {bits}")
    # As many data primes to a digit as special primes can take up.
    together = len(parameters.special)
    needed = -(-together * bits // AUXILIARY_BITS)
    if set(parameters.special) != {AUXILIARY_BITS} or needed != together:
        stated = f"{len(parameters.special)} special primes of {list(parameters.special)} bits"
        raise Refused(f"{stated}; OpenFHE takes primes of {AUXILIARY_BITS} bits, here one to a digit: state [60]")
    digits = -(-count // together)
    # BFV sizes its modulus by the depth that it is asked for, the others by their number of levels.
    depths = range(1, DEEPEST) if parameters.scheme == "bfv" else [count - 1]
    for depth in depths:
        context = _try(parameters, depth, digits)
        if context is not None:
            return context
    raise Refused(f"OpenFHE has no modulus of {count} primes of {bits} bits for {parameters}; try another number")


def _try(parameters: Parameters, depth: int, digits: int) -> Optional[Any]:
    """The context for a multiplicative depth, where its modulus is of the stated size."""
    kinds = {"ckks": openfhe.CCParamsCKKSRNS, "bfv": openfhe.CCParamsBFVRNS, "bgv": openfhe.CCParamsBGVRNS}
    chosen = kinds[parameters.scheme]()
    chosen.SetRingDim(parameters.degree)
    chosen.SetSecurityLevel(openfhe.HEStd_NotSet)
    chosen.SetSecretKeyDist(openfhe.UNIFORM_TERNARY)
    chosen.SetKeySwitchTechnique(openfhe.HYBRID)
    chosen.SetMultiplicativeDepth(depth)
    chosen.SetNumLargeDigits(digits)
    chosen.SetScalingModSize(parameters.moduli[0])
    if parameters.scheme != "bfv":
        chosen.SetFirstModSize(parameters.moduli[0])
        chosen.SetScalingTechnique(openfhe.FIXEDMANUAL)
    if parameters.scheme != "ckks":
        chosen.SetPlaintextModulus(parameters.plaintext_modulus)
    try:
        context = openfhe.GenCryptoContext(chosen)
    except RuntimeError as error:
        if parameters.scheme == "bfv" and "digits" in str(error):
            return None
        raise Refused(f"OpenFHE refuses {parameters}: {error}") from error
    if context.GetRingDimension() != parameters.degree:
        raise Refused(f"OpenFHE took degree {context.GetRingDimension()} in place of {parameters.degree}")
    # Of primes a little above or below a power of two.
    if round(math.log2(context.GetModulus())) != sum(parameters.moduli):
        return None
    for feature in (openfhe.PKE, openfhe.KEYSWITCH, openfhe.LEVELEDSHE):
        context.Enable(feature)
    return context


if __name__ == "__main__":
    main(client(OpenFhe, ("ckks", "bfv", "bgv")), NoServer, "openfhe")
