"""How far the noise of TenSEAL's vectors may take a score of a network on a packed image."""

from __future__ import annotations

import math
import operator
import random
from typing import Dict, List, Tuple

from lattice_peer import Parameters
from messages import Images, Tensor, Weights
from network import Network, Shape, inputs
from packed import Packed, columns

SAFETY = 6.0
"""Deviations of noise that a promise leaves room for."""

MARGIN = 7
"""MNIST's digits fill 20 of 28 rows and columns: a seventh is left black at each side."""

MADE_UP_IMAGES = 16
"""Images that show how large the values between the layers become."""


def logit_error(packed: Packed, weights: Weights) -> float:
    """An error of scores that the noise stays below by far: its deviation in every slot after each layer, where values
    are as large as the largest that drawn rectangles give, times :data:`SAFETY`.
    """
    network, noise = Network(packed.architecture, weights), Noise(packed.parameters)
    values = inputs(packed.architecture, _rectangles(packed.architecture["input"]["shape"]))
    deviations = [noise.rescaling] * len(values[0])
    for index, layer in enumerate(packed.layers):
        entering, values = values, [network.layers[index].apply(image) for image in values]
        if layer.kind == "square":
            largest = (max(map(abs, column)) for column in zip(*entering))
            deviations = [math.hypot(2 * z * each, noise.rescaling) for z, each in zip(largest, deviations)]
        elif layer.kind == "conv2d":
            rows = _rows(weights[f"{index}.weight"])
            windows = len(values[0]) // len(rows)
            deviations = [noise.of_window(row, window, columns(layer)) for row in rows for window in range(windows)]
        elif layer.kind == "dense":
            rows = _rows(weights[f"{index}.weight"])
            deviations = [math.hypot(noise.rescaling, *map(operator.mul, row, deviations)) for row in rows]
    return SAFETY * math.hypot(max(deviations), 2.0**packed.answer_shift * noise.rescaling)


class Noise:
    """Deviations in a slot, relative to the scale, for errors of deviation 3.2 and ternary secrets.

    SEAL encrypts under all primes and divides by the special one, so a fresh ciphertext has the noise of a rescaling:
    sqrt(N / 18) a coefficient, and by the embedding sqrt(N) times that a slot. A key switch multiplies errors by digits
    from 0 to q, of mean q / 2: the deviation of the digits around it gives every slot 3.2 N sqrt(1 / 12) q / p, and the
    mean, a geometric series at the slot's root of unity, gives slot j another 3.2 sqrt(N) (N / pi) q / p / 3^j.
    """

    def __init__(self, parameters: Parameters) -> None:
        degree, scale = parameters.degree, 2.0**parameters.log_scale
        digits = math.hypot(*(2.0 ** (bits - parameters.special[0]) for bits in parameters.moduli))
        self.rescaling = 0.24 * degree / scale
        self._switch = 0.93 * degree * digits / scale
        self._first = 3.2 * math.sqrt(degree) * degree / math.pi * digits / scale

    def of_window(self, kernel: List[float], window: int, columns: int) -> float:
        """After a convolution, which sums by rotations at the scale itself; elsewhere they precede a rescaling."""
        sums = math.sqrt(columns) * self._switch
        first = math.sqrt(columns.bit_length() - 1) * self._first / 3.0 ** min(window, 40)
        return math.hypot(math.hypot(*kernel) * self.rescaling, sums, first)


def _rows(weight: Tensor) -> List[List[float]]:
    """The weights of each output."""
    count = len(weight.values) // weight.shape[0]
    return [list(weight.values[at : at + count]) for at in range(0, len(weight.values), count)]


def _rectangles(shape: Dict[str, int]) -> Images:
    """White rectangles on black, within the margin of black that digits leave: strokes and surfaces of every size."""
    draw, extent = random.Random(0), Shape(shape["channels"], shape["height"], shape["width"])

    def between(size: int) -> Tuple[int, int]:
        margin = size // MARGIN
        low, high = sorted((draw.randint(margin, size - margin), draw.randint(margin, size - margin)))
        return low, min(max(high, low + 2), size - margin)

    pixels = bytearray()
    for _ in range(MADE_UP_IMAGES):
        (top, bottom), (left, right) = between(extent.height), between(extent.width)
        inside = [[top <= y < bottom and left <= x < right for x in range(extent.width)] for y in range(extent.height)]
        pixels += bytes(255 * each for row in inside for each in row) * extent.channels
    return Images(tuple(extent), bytes(pixels))
