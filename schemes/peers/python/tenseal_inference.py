#!/usr/bin/env python3
"""Networks under TenSEAL's ``CKKSVector``: one image in one ciphertext, as its tutorial "Encrypted Convolution on
MNIST" evaluates them.

A convolution may come first: the client lays the image out window by window (im2col), so that each map is one
product with a plaintext and a sum over rotations. Dense layers are products with the diagonals of their matrix
(Halevi and Shoup, CRYPTO 2014), activations are squares. Weights are encoded as they are used, which is how the
library works. Keys and noise come from the operating system, not from the harness's seeds.

TenSEAL takes every prime of the chain for exactly the scale. They differ by up to one part in a hundred, and squares
double that: the server's weights make up for it, at no cost in time.
"""

from __future__ import annotations

import json
import os
from array import array
from typing import Any, Callable, Dict, List, NamedTuple, Optional, Tuple

import tenseal as ts
import tenseal.sealapi  # noqa: F401  # Without it the primes cannot be read.

import packed
from blindbench_peer import Client, Probe, Refused, Server, main
from lattice_peer import Parameters, security
from messages import Images, Kind, Logits, Malformed, Weights, read_safetensors, write_safetensors
from network import Network, inputs
from packed import Packed, Step
from packed_noise import logit_error

KERNEL = "SEAL 4 of the tenseal wheel, without HEXL"

Vector = Any
"""A ``CKKSVector``; the library's own types are not declared."""

Operation = Callable[[Vector], Vector]
"""From a layer's encrypted input to its encrypted output."""


def threads() -> int:
    """The threads that the harness allows."""
    return int(os.environ.get("BLINDBENCH_THREADS", "1"))


class TensealClient(Client):
    """Client, key holder and model owner."""

    def __init__(self) -> None:
        self._packed: Packed
        self._context: Optional[ts.Context] = None

    def plan(self, architecture: Dict[str, Any], batch: int, params: Dict[str, Any]) -> Tuple[bytes, Dict[str, Any]]:
        """One image a query, whatever the batch."""
        plan = json.dumps({"architecture": architecture, "params": params}).encode()
        checked = packed.read(plan)
        context(checked.parameters)
        return plan, describe(checked)

    def open(self, plan: bytes) -> None:
        """Keeps the plan; the tables come with the keys."""
        self._packed = packed.read(plan)

    def promise(self, weights: Weights) -> Dict[str, Optional[float]]:
        """An error that noise stays below by far."""
        return {"logit_error": logit_error(self._packed, weights), "failure_log2": None}

    def keygen(self, seed: bytes) -> bytes:
        """Keys from the operating system; the public one goes out."""
        self._context = context(self._packed.parameters)
        self._context.generate_galois_keys()
        return self._context.serialize(save_galois_keys=False, save_relin_keys=False)

    def publish(self, public_key: bytes, weights: Weights, seed: bytes) -> bytes:
        """The weights in the clear, once they have been found to fit."""
        Network(self._packed.architecture, weights)
        return write_safetensors(weights)

    def server_key(self, request: bytes, seed: bytes) -> bytes:
        """Everything but the secret key."""
        return self._keys().serialize(save_secret_key=False)

    def encrypt(self, images: Images, seed: bytes) -> bytes:
        """The image, window by window where a convolution comes first."""
        if len(images) != 1:
            raise Refused(f"{len(images)} images in a query; this program takes one, so state `batch: 1`")
        plan, context = self._packed, self._keys()
        (pixels,) = inputs(plan.architecture, images)
        conv = plan.convolution
        if conv is None:
            return ts.ckks_vector(context, pixels).serialize()
        rows = [pixels[at : at + plan.width] for at in range(0, len(pixels), plan.width)]
        vector, _ = ts.im2col_encoding(context, rows, conv["kernel"], conv["kernel"], conv["stride"])
        return vector.serialize()

    def decrypt(self, answer: bytes) -> Logits:
        """The scores, at their own size again."""
        scores = ts.ckks_vector_from(self._keys(), answer).decrypt()
        grown = [score * 2.0**self._packed.answer_shift for score in scores]
        return Logits(self._packed.classes, Kind.REAL, grown)

    def _keys(self) -> ts.Context:
        if self._context is None:
            raise Refused("no keys have been drawn")
        return self._context


class TensealServer(Server):
    """The server: evaluation keys, weights in the clear, and ciphertexts."""

    def __init__(self) -> None:
        self._packed: Packed
        self._weights: Optional[Weights] = None
        self._context: Optional[ts.Context] = None
        self._layers: List[Bound] = []

    def open(self, plan: bytes) -> None:
        """Checks the plan anew."""
        self._packed = packed.read(plan)

    def load(self, model: bytes) -> bytes:
        """Takes the weights; the key holder knows from the plan what is needed."""
        self._weights = read_safetensors(model)
        Network(self._packed.architecture, self._weights)
        return b""

    def setup(self, server_key: bytes) -> int:
        """Opens the keys and prepares the weights."""
        if self._weights is None:
            raise Refused("the server has no model yet")
        self._context = ts.context_from(server_key, n_threads=threads())
        if self._context.is_private():
            raise Malformed("the server key holds the secret key")
        primes = chain(self._context)
        ratios = [prime / 2.0**self._packed.parameters.log_scale for prime in primes]
        steps = packed.steps(self._packed, self._weights, ratios)
        self._layers = [bind(step) for step in steps]
        numbers = sum(len(tensor.values) for tensor in self._weights.values())
        return resident_keys(self._context) + numbers * array("d").itemsize

    def evaluate(self, query: bytes, seed: bytes, probe: Probe) -> bytes:
        """The encrypted scores of one image."""
        if self._context is None:
            raise Refused("the server is not set up: it has no server key yet")
        vector = ts.ckks_vector_from(self._context, query)
        for layer in self._layers:
            with probe.layer(layer.step.index) as span:
                vector = layer.apply(vector)
            for name, times in layer.step.counts.items():
                span.count(name, times)
        return vector.serialize()


class Bound(NamedTuple):
    """A step with what the library makes of it."""

    step: Step
    apply: Operation


def bind(step: Step) -> Bound:
    """The library's calls for a step."""
    if step.kind == "conv2d":
        return Bound(step, _convolution(step))
    if step.kind == "dense":
        matrix, bias = step.rows, step.bias
        return Bound(step, lambda vector: vector.mm(matrix) + bias)
    if step.kind == "square":
        return Bound(step, lambda vector: vector.square())
    return Bound(step, lambda vector: vector)


def _convolution(step: Step) -> Operation:
    maps = list(zip(step.kernels, step.bias))

    def apply(vector: Vector) -> Vector:
        channels = [vector.conv2d_im2col(kernel, step.windows) + bias for kernel, bias in maps]
        return ts.CKKSVector.pack_vectors(channels)

    return apply


def context(parameters: Parameters) -> ts.Context:
    """A context for exactly these parameters, with a secret, a public and a relinearisation key."""
    bits = [*parameters.moduli, *parameters.special]
    try:
        made = ts.context(ts.SCHEME_TYPE.CKKS, parameters.degree, coeff_mod_bit_sizes=bits, n_threads=threads())
    except ValueError as error:
        raise Refused(f"TenSEAL refuses {parameters}, {sum(bits)} bits in all: {error}; raise `log_n`") from error
    made.global_scale = 2.0**parameters.log_scale
    return made


def chain(context: ts.Context) -> List[int]:
    """The data primes, from the one that stays last."""
    primes = context.seal_context().data.key_context_data().parms().coeff_modulus()
    return [prime.value() for prime in primes[:-1]]


def resident_keys(context: ts.Context) -> int:
    """Bytes of the evaluation keys: each has two polynomials over all primes for every data prime."""
    keys = context.galois_keys().data.size() + context.relin_keys().data.size()
    parms = context.seal_context().data.key_context_data().parms()
    primes = len(parms.coeff_modulus())
    return keys * (primes - 1) * 2 * parms.poly_modulus_degree() * primes * 8


def describe(plan: Packed) -> Dict[str, Any]:
    """What the harness records of a plan; every field is required."""
    parameters = plan.parameters
    return {
        "profile": {
            "family": "fully homomorphic",
            "parameters": str(parameters),
            "approximations": "",
            "exact": False,
            "server_learns": "the network",
            "client_learns": "scores with their noise, which depends on the weights",
            "key_holder_learns": "nothing beyond the client",
            "log_n": float(parameters.log_n),
            "log_qp": float(parameters.log_qp),
            "kernel": KERNEL,
        },
        "chunk": 1,
        "lowered": {"architecture": plan.architecture, "precision": "f64"},
        "cast": {"key_holder": "client", "model_owner": "server"},
        "security": security(parameters),
    }


if __name__ == "__main__":
    main(TensealClient, TensealServer, "tenseal.CKKSVector")
