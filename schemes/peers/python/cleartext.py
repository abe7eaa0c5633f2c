#!/usr/bin/env python3
"""A peer that encrypts nothing: the network in the clear, in plain Python.

It shows what a peer has to do, and that another program, in another language, finds the very scores
that the harness's twins have. The server sees everything; every key is empty.
"""

from __future__ import annotations

import json
import platform
import random
from contextlib import contextmanager
from fractions import Fraction
from typing import Any, Dict, Iterator, Optional, Sequence, Tuple

from blindbench_peer import Client, Primitive, Probe, Refused, Server, main
from messages import Images, Logits, Malformed, Weights, read_safetensors, write_safetensors
from network import Double, Exact, Network, precision, rounds_alike

PRODUCTS = 784
"""Length of the vectors whose dot product is a primitive: the pixels of an image."""

LIBRARY_ERROR = 1e-9
"""Largest difference that another library's sine or exponential is allowed to make to a score."""


class ClearClient(Client):
    """Client, key holder and model owner, with nothing to hide."""

    def __init__(self) -> None:
        self._architecture: Dict[str, Any] = {}

    def plan(self, architecture: Dict[str, Any], batch: int, params: Dict[str, Any]) -> Tuple[bytes, Dict[str, Any]]:
        """The network as it is, ``batch`` images to a query."""
        if params:
            raise Refused(f"unknown parameters {', '.join(params)}; the cleartext peer has none")
        plan = json.dumps({"architecture": architecture, "chunk": batch}).encode()
        return plan, describe(architecture, batch)

    def open(self, plan: bytes) -> None:
        """Keeps the architecture, for the promise and the primitive."""
        self._architecture, _ = read_plan(plan)

    def promise(self, weights: Weights) -> Dict[str, Optional[float]]:
        """Nothing, where the arithmetic fixes every bit."""
        return {"logit_error": 0.0 if rounds_alike(self._architecture) else LIBRARY_ERROR, "failure_log2": None}

    def keygen(self, seed: bytes) -> bytes:
        """There is no key."""
        return b""

    def publish(self, public_key: bytes, weights: Weights, seed: bytes) -> bytes:
        """The weights in the clear, once they have been found to fit."""
        Network(self._architecture, weights)
        return write_safetensors(weights)

    def server_key(self, request: bytes, seed: bytes) -> bytes:
        """There is no key."""
        return b""

    def encrypt(self, images: Images, seed: bytes) -> bytes:
        """The images in the clear."""
        return images.to_bytes()

    def decrypt(self, answer: bytes) -> Logits:
        """The scores in the clear."""
        return Logits.from_bytes(answer)

    def primitives(self) -> Sequence[str]:
        """One sum of products."""
        return ["dot_product"]

    def prepare(self, name: str, seed: bytes) -> Primitive:
        """Two vectors drawn from the seed, in the network's arithmetic."""
        if name not in self.primitives():
            return super().prepare(name, seed)
        draw = random.Random(seed)
        if precision(self._architecture) == "exact":
            arithmetic, numbers = Exact, [draw.randint(-127, 127) for _ in range(2 * PRODUCTS)]
        else:
            arithmetic, numbers = Double, [draw.uniform(-1, 1) for _ in range(2 * PRODUCTS)]
        a, b = numbers[:PRODUCTS], numbers[PRODUCTS:]
        exactly = sum(Fraction(x) * Fraction(y) for x, y in zip(a, b))
        left, right = arithmetic.split(a), arithmetic.split(b)
        return Primitive(lambda: arithmetic.dot(left, right), lambda found: float(abs(Fraction(found) - exactly)))


class ClearServer(Server):
    """The server: sees images, weights and scores."""

    def __init__(self) -> None:
        self._architecture: Dict[str, Any] = {}
        self._chunk = 0
        self._loaded: Optional[Network] = None
        self._ready: Optional[Network] = None

    def open(self, plan: bytes) -> None:
        """Keeps the architecture."""
        self._architecture, self._chunk = read_plan(plan)

    def load(self, model: bytes) -> bytes:
        """Binds the weights to the architecture; asks for no key."""
        self._loaded = Network(self._architecture, read_safetensors(model))
        return b""

    def setup(self, server_key: bytes) -> int:
        """Nothing is left to do but to refuse keys that were not asked for."""
        if self._loaded is None:
            raise Refused("the server has no model yet")
        if server_key:
            raise Malformed(f"a server key of {len(server_key)} bytes, expected none")
        self._ready = self._loaded
        return self._ready.resident_bytes()

    def evaluate(self, query: bytes, seed: bytes, probe: Probe) -> bytes:
        """The scores of the query's images, layer by layer."""
        if self._ready is None:
            raise Refused("the server is not set up: it has no server key yet")
        network, images = self._ready, Images.from_bytes(query)
        if len(images) > self._chunk:
            raise Refused(f"{len(images)} images, a query holds at most {self._chunk}")

        @contextmanager
        def span(index: int) -> Iterator[None]:
            with probe.layer(index) as counted:
                yield
            counted.count("plaintext_multiplies", network.layers[index].multiplies * len(images))

        return network.logits(images, span).to_bytes()


def read_plan(plan: bytes) -> Tuple[Dict[str, Any], int]:
    """The architecture and the images that a query holds at most."""
    try:
        fields = json.loads(plan)
        return fields["architecture"], int(fields["chunk"])
    except (ValueError, TypeError, KeyError) as error:
        raise Malformed(f"plan: {error}") from error


def describe(architecture: Dict[str, Any], batch: int) -> Dict[str, Any]:
    """What the harness records of a plan; every field is required."""
    lowered = precision(architecture)
    return {
        "profile": {
            "family": "cleartext",
            "parameters": f"{lowered}, in Python",
            "approximations": "",
            "exact": rounds_alike(architecture),
            "server_learns": "everything: images, scores, weights",
            "client_learns": "scores",
            "key_holder_learns": "nothing: there is no key",
            "log_n": None,
            "log_qp": None,
            "kernel": f"{platform.python_implementation()} {platform.python_version()}",
        },
        "chunk": batch,
        "lowered": {"architecture": architecture, "precision": lowered},
        "cast": {"key_holder": "client", "model_owner": "server"},
        "security": {
            "bits": None,
            "core_svp_bits": None,
            "attack": "none: nothing is encrypted",
            "source": "by definition",
        },
    }


if __name__ == "__main__":
    main(ClearClient, ClearServer, "cleartext.py")
