#!/usr/bin/env python3
"""CKKS and BFV of Microsoft SEAL, through ``tenseal.sealapi``: single operations, no networks.

SEAL gets its best form: results go to ciphertexts that exist already, its memory pools are on, and
everything that can be made beforehand is. What is left of Python in a time is the call itself, and where
values are encoded the copy of a list into a vector, about a twentieth of it. The wheel is built without
HEXL. SEAL draws keys and noise from the operating system; operands follow from the seed.
"""

from __future__ import annotations

from typing import Any, Callable, Dict, List, Sequence

import tenseal.sealapi as seal

import operands
from blindbench_peer import Refused, main
from lattice_peer import Expected, Library, NoServer, Parameters, Ready, client

GENERATOR = 3
"""SEAL rotates by one step to the left with the automorphism X -> X^3."""


class Seal(Library):
    """A context of SEAL, with keys as operations ask for them."""

    kernel = "SEAL 4 of the tenseal wheel, without HEXL"

    def __init__(self, parameters: Parameters) -> None:
        if len(parameters.special) != 1:
            raise Refused(f"{len(parameters.special)} special primes; SEAL has exactly one")
        self._parameters = parameters
        self._ckks = parameters.scheme == "ckks"
        self._context = _context(parameters)
        self._keys = seal.KeyGenerator(self._context)
        public = seal.PublicKey()
        self._keys.create_public_key(public)
        self._evaluator = seal.Evaluator(self._context)
        self._encryptor = seal.Encryptor(self._context, public)
        self._decryptor = seal.Decryptor(self._context, self._keys.secret_key())
        self._encoder = seal.CKKSEncoder(self._context) if self._ckks else seal.BatchEncoder(self._context)

    def operations(self) -> Dict[str, Callable[[Expected], Ready]]:
        """See ``OPERATIONS.md``."""
        common = {"encode": self._encode_alone, "encrypt": self._encrypt_alone, "decrypt": self._decrypt_alone}
        if self._ckks:
            middle = {"mul_plain_rescale": self._multiply_plain, "mul_relin_rescale": self._multiply}
        else:
            middle = {"mul_relin": self._multiply}
        return {**common, "add": self._add, **middle, "rotate": self._rotate, "circuit": self._circuit}

    def _encode(self, values: List[Any], plaintext: Any) -> None:
        if self._ckks:
            self._encoder.encode(values, 2.0**self._parameters.log_scale, plaintext)
        else:
            self._encoder.encode(values, plaintext)

    def _plaintext(self, expected: Expected, operand: int) -> Any:
        plaintext = seal.Plaintext()
        self._encode(expected.operand(operand), plaintext)
        return plaintext

    def _ciphertext(self, expected: Expected, operand: int) -> Any:
        ciphertext = seal.Ciphertext()
        self._encryptor.encrypt(self._plaintext(expected, operand), ciphertext)
        return ciphertext

    def _decoded(self, plaintext: Any) -> Sequence[Any]:
        return self._encoder.decode_double(plaintext) if self._ckks else self._encoder.decode_uint64(plaintext)

    def _decrypted(self, ciphertext: Any) -> Sequence[Any]:
        plaintext = seal.Plaintext()
        self._decryptor.decrypt(ciphertext, plaintext)
        return self._decoded(plaintext)

    def _galois_keys(self, steps: int) -> Any:
        keys = seal.GaloisKeys()
        self._keys.create_galois_keys([pow(GENERATOR, steps, 2 * self._parameters.degree)], keys)
        return keys

    def _relin_keys(self) -> Any:
        keys = seal.RelinKeys()
        self._keys.create_relin_keys(keys)
        return keys

    def _encode_alone(self, expected: Expected) -> Ready:
        values, plaintext = expected.operand(operands.A), seal.Plaintext()

        def work() -> Any:
            self._encode(values, plaintext)
            return plaintext

        return Ready(work, self._decoded)

    def _encrypt_alone(self, expected: Expected) -> Ready:
        plaintext, result = self._plaintext(expected, operands.A), seal.Ciphertext()
        encrypt = self._encryptor.encrypt

        def work() -> Any:
            encrypt(plaintext, result)
            return result

        return Ready(work, self._decrypted)

    def _decrypt_alone(self, expected: Expected) -> Ready:
        ciphertext, result = self._ciphertext(expected, operands.A), seal.Plaintext()
        decrypt = self._decryptor.decrypt

        def work() -> Any:
            decrypt(ciphertext, result)
            return result

        return Ready(work, self._decoded)

    def _add(self, expected: Expected) -> Ready:
        a, b = self._ciphertext(expected, operands.A), self._ciphertext(expected, operands.B)
        result, add = seal.Ciphertext(), self._evaluator.add

        def work() -> Any:
            add(a, b, result)
            return result

        return Ready(work, self._decrypted)

    def _multiply_plain(self, expected: Expected) -> Ready:
        a, b = self._ciphertext(expected, operands.A), self._plaintext(expected, operands.B)
        result, evaluator = seal.Ciphertext(), self._evaluator

        def work() -> Any:
            evaluator.multiply_plain(a, b, result)
            evaluator.rescale_to_next_inplace(result)
            return result

        return Ready(work, self._decrypted)

    def _multiply(self, expected: Expected) -> Ready:
        a, b = self._ciphertext(expected, operands.A), self._ciphertext(expected, operands.B)
        keys, result, multiply = self._relin_keys(), seal.Ciphertext(), self._product

        def work() -> Any:
            multiply(a, b, keys, result)
            return result

        return Ready(work, self._decrypted)

    def _product(self, a: Any, b: Any, keys: Any, result: Any) -> None:
        self._evaluator.multiply(a, b, result)
        self._evaluator.relinearize_inplace(result, keys)
        if self._ckks:
            self._evaluator.rescale_to_next_inplace(result)

    def _rotate(self, expected: Expected) -> Ready:
        ciphertext, keys, result = self._ciphertext(expected, operands.A), self._galois_keys(1), seal.Ciphertext()
        rotate = self._evaluator.rotate_vector if self._ckks else self._evaluator.rotate_rows

        def work() -> Any:
            rotate(ciphertext, 1, keys, result)
            return result

        return Ready(work, self._decrypted)

    def _circuit(self, expected: Expected) -> Ready:
        a, b = self._ciphertext(expected, operands.A), self._ciphertext(expected, operands.B)
        relin, galois = self._relin_keys(), self._galois_keys(operands.CIRCUIT_STEPS)
        product, result = seal.Ciphertext(), seal.Ciphertext()
        self._product(a, b, relin, product)
        c = self._third(expected, product)
        rotate = self._evaluator.rotate_vector if self._ckks else self._evaluator.rotate_rows

        def work() -> Any:
            self._product(a, b, relin, product)
            self._evaluator.add_inplace(product, c)
            rotate(product, operands.CIRCUIT_STEPS, galois, result)
            return result

        return Ready(work, self._decrypted)

    def _third(self, expected: Expected, like: Any) -> Any:
        """The circuit's third operand, at the level and scale of the product."""
        if not self._ckks:
            return self._ciphertext(expected, operands.C)
        plaintext, ciphertext = seal.Plaintext(), seal.Ciphertext()
        self._encoder.encode(expected.operand(operands.C), like.parms_id(), like.scale, plaintext)
        self._encryptor.encrypt(plaintext, ciphertext)
        return ciphertext


def _context(parameters: Parameters) -> Any:
    """The context for exactly these parameters; their security is the harness's to judge."""
    ckks = parameters.scheme == "ckks"
    chosen = seal.EncryptionParameters(seal.SCHEME_TYPE.CKKS if ckks else seal.SCHEME_TYPE.BFV)
    chosen.set_poly_modulus_degree(parameters.degree)
    bits = [*parameters.moduli, *parameters.special]
    chosen.set_coeff_modulus(seal.CoeffModulus.Create(parameters.degree, bits))
    if not ckks:
        chosen.set_plain_modulus(seal.Modulus(parameters.plaintext_modulus))
    context = seal.SEALContext(chosen, True, seal.SEC_LEVEL_TYPE.NONE)
    if not context.parameters_set():
        raise Refused(f"SEAL refuses {parameters}: {context.parameters_error_message()}")
    if not ckks and not context.first_context_data().qualifiers().using_batching:
        wanted = f"a prime that is 1 modulo {2 * parameters.degree}, such as 786433 up to degree 2^17"
        raise Refused(f"plaintext_modulus {parameters.plaintext_modulus} has no slots; state {wanted}")
    key_primes = context.key_context_data().parms().coeff_modulus()
    if [prime.bit_count() for prime in key_primes] != bits:
        raise Refused(f"SEAL made primes of {[prime.bit_count() for prime in key_primes]} bits in place of {bits}")
    return context


if __name__ == "__main__":
    main(client(Seal, ("ckks", "bfv")), NoServer, "tenseal.sealapi")
