"""Networks in the clear, exactly as the harness's twins compute them.

Integers are Python's own, so nothing overflows. Reals are doubles, and sums of products are taken in
the order of the twins (16 partial sums, then the rest), so that they round alike.
"""

from __future__ import annotations

import math
import operator
from array import array
from contextlib import nullcontext
from functools import reduce
from itertools import chain
from typing import Any, Callable, ContextManager, Dict, Iterable, List, NamedTuple, Optional, Sequence, Tuple

from messages import Images, Kind, Logits, Malformed, Number, Tensor, Weights

Architecture = Dict[str, Any]
"""As the harness sends it: ``input``, ``arithmetic`` and ``layers``."""

Values = List[Number]

LANES = 16
"""Partial sums of a sum of products."""


class Shape(NamedTuple):
    """Extent of an image or of a layer's output."""

    channels: int
    height: int
    width: int

    def size(self) -> int:
        """Number of values."""
        return self.channels * self.height * self.width


class Layer(NamedTuple):
    """A layer, taken out of its JSON: ``"flatten"``, ``{"dense": {...}}``, ``{"activation": "square"}``."""

    kind: str
    fields: Dict[str, Any]


def layers(architecture: Architecture) -> List[Layer]:
    """The layers in order; an activation's kind is its function's."""
    return [_layer(literal) for literal in architecture["layers"]]


def _layer(literal: Any) -> Layer:
    if isinstance(literal, str):
        return Layer(literal, {})
    ((kind, fields),) = literal.items()
    if kind == "activation":
        return _layer(fields)
    return Layer(kind, {"coefficients": fields} if kind == "polynomial" else fields)


def precision(architecture: Architecture) -> str:
    """``exact`` where the whole network can be computed on integers, else ``f64``."""
    kinds = {layer.kind for layer in layers(architecture)}
    inexact = {"average_pool", "polynomial", "sigmoid", "tanh", "sine"}
    return "exact" if architecture["arithmetic"] == "integer" and not kinds & inexact else "f64"


def rounds_alike(architecture: Architecture) -> bool:
    """Whether IEEE 754 fixes every bit of the scores: not where a library's sine or exponential is called."""
    return not {layer.kind for layer in layers(architecture)} & {"sigmoid", "tanh", "sine"}


def cropped(architecture: Architecture) -> Shape:
    """Extent of what the first layer sees."""
    shape, cut = architecture["input"]["shape"], 2 * architecture["input"]["crop"]
    return Shape(shape["channels"], shape["height"] - cut, shape["width"] - cut)


def output_shape(layer: Layer, shape: Shape) -> Shape:
    """Extent of the layer's output for inputs of ``shape``."""
    fields = layer.fields
    if layer.kind == "dense":
        return Shape(fields["outputs"], 1, 1)
    if layer.kind == "flatten":
        return Shape(shape.size(), 1, 1)
    if layer.kind == "conv2d":
        tops, lefts = (len(_starts(extent, fields)) for extent in shape[1:])
        return Shape(fields["maps"], tops, lefts)
    if layer.kind in ("average_pool", "max_pool"):
        return Shape(shape.channels, *(len(_pool_starts(extent, fields)) for extent in shape[1:]))
    return shape


def _starts(extent: int, conv: Dict[str, int]) -> range:
    """First row or column of each window of a convolution; negative where it hangs over the edge."""
    return range(-conv["padding"], extent + conv["padding"] - conv["kernel"] + 1, conv["stride"])


def _pool_starts(extent: int, pool: Dict[str, int]) -> range:
    return range(0, extent - pool["size"] + 1, pool["stride"])


class Lanes:
    """Numbers split for sums of products: every 16th number of the whole blocks, and the rest."""

    def __init__(self, numbers: Sequence[Number]) -> None:
        whole = len(numbers) - len(numbers) % LANES
        self.blocks = [numbers[lane:whole:LANES] for lane in range(LANES)] if whole else []
        self.rest = numbers[whole:]


def dot_in_order(a: Lanes, b: Lanes) -> float:
    """Sum of products, rounded as the twins round it."""
    # Not `sum`: since Python 3.12 it compensates for rounding.
    partial = (reduce(operator.add, map(operator.mul, x, y), 0.0) for x, y in zip(a.blocks, b.blocks))
    rest = reduce(operator.add, map(operator.mul, a.rest, b.rest), 0.0)
    return reduce(operator.add, partial, rest)


class Exact:
    """Integers: sums in any order."""

    CODE = "q"
    KIND = Kind.INTEGER

    @staticmethod
    def split(numbers: Sequence[int]) -> Sequence[int]:
        """Numbers as :meth:`dot` wants them."""
        return numbers

    @staticmethod
    def dot(a: Sequence[int], b: Sequence[int]) -> int:
        """Sum of products."""
        return sum(map(operator.mul, a, b))


class Double:
    """64-bit floating point: sums in the order of the twins."""

    CODE = "d"
    KIND = Kind.REAL

    split = Lanes
    dot = staticmethod(dot_in_order)


def activation(layer: Layer) -> Callable[[Number], Number]:
    """The function of one value that a layer of an activation applies."""
    if layer.kind == "polynomial":
        coefficients = layer.fields["coefficients"][::-1]
        return lambda z: reduce(lambda total, c: total * z + c, coefficients, 0.0)
    if layer.kind == "sine":
        return _sine(layer.fields["period"], layer.fields.get("steps"))
    try:
        return _FUNCTIONS[layer.kind]
    except KeyError:
        raise Malformed(f"unknown layer {layer.kind!r}") from None


_FUNCTIONS: Dict[str, Callable[[Number], Number]] = {
    "square": lambda z: z * z,
    "relu": lambda z: max(z, 0),
    "sigmoid": lambda z: 1.0 / (1.0 + math.exp(-z)) if z > -709 else 0.0,
    "tanh": math.tanh,
    "sign": lambda z: 1 if z >= 0 else -1,
}


def _sine(period: int, steps: Optional[int]) -> Callable[[Number], Number]:
    def sample(z: Number) -> Number:
        # Half rounds up, as the integer rounding of a modulus switch does.
        return z if steps is None else float(math.floor(z * steps / period + 0.5)) * period / steps

    return lambda z: math.sin(math.tau * (sample(z) % period / period))


def inputs(architecture: Architecture, images: Images) -> List[Values]:
    """What the first layer sees of each image: integers where the whole network computes on them, else reals."""
    number = int if precision(architecture) == "exact" else float
    return [_first_values(architecture["input"], image, number) for image in _split(architecture, images)]


def _split(architecture: Architecture, images: Images) -> Iterable[bytes]:
    shape = architecture["input"]["shape"]
    wanted = (shape["channels"], shape["height"], shape["width"])
    if images.shape != wanted:
        raise Malformed(f"images of {images.shape}, the network takes {wanted}")
    size = math.prod(wanted)
    return (images.pixels[at : at + size] for at in range(0, len(images.pixels), size))


def _first_values(stated: Dict[str, Any], image: bytes, number: Callable[[int], Number]) -> Values:
    shape, crop, pixels = stated["shape"], stated["crop"], stated["pixels"]
    rows = range(shape["channels"] * shape["height"])
    inside = [row for row in rows if crop <= row % shape["height"] < shape["height"] - crop]
    cut = (image[row * shape["width"] + crop : (row + 1) * shape["width"] - crop] for row in inside)
    values = chain.from_iterable(cut)
    if pixels == "unit":
        return [pixel / 255 for pixel in values]
    top = pixels["levels"] - 1
    return [number((2 * pixel * top + 255) // 510) for pixel in values]


class Bound(NamedTuple):
    """A layer with its weights, ready to be applied to one image's values."""

    apply: Callable[[Values], Values]
    multiplies: int
    """Products of a weight and a value, per image."""
    resident: int
    """Bytes of its weights."""


class Network:
    """An architecture with its weights."""

    def __init__(self, architecture: Architecture, weights: Weights) -> None:
        self._arithmetic = Exact if precision(architecture) == "exact" else Double
        self._architecture = architecture
        self.layers: List[Bound] = []
        shape = cropped(architecture)
        for index, layer in enumerate(layers(architecture)):
            self.layers.append(self._bind(index, layer, shape, weights))
            shape = output_shape(layer, shape)
        self.classes = shape.size()

    def resident_bytes(self) -> int:
        """Bytes of the weights."""
        return sum(layer.resident for layer in self.layers)

    def logits(self, images: Images, around: Callable[[int], ContextManager[Any]] = nullcontext) -> Logits:
        """The scores of every image; each layer is computed inside ``around(its index)``."""
        values = inputs(self._architecture, images)
        for index, layer in enumerate(self.layers):
            with around(index):
                values = [layer.apply(image) for image in values]
        return Logits(self.classes, self._arithmetic.KIND, list(chain.from_iterable(values)))

    def _bind(self, index: int, layer: Layer, shape: Shape, weights: Weights) -> Bound:
        outputs = output_shape(layer, shape).size()
        if layer.kind == "dense":
            weight, bias = self._tensors(index, weights, (outputs, shape.size()), outputs)
            return self._matrix(weight, bias, lambda image: [image], shape.size(), outputs * shape.size())
        if layer.kind == "conv2d":
            maps, kernel = layer.fields["maps"], layer.fields["kernel"]
            taps = shape.channels * kernel * kernel
            weight, bias = self._tensors(index, weights, (maps, shape.channels, kernel, kernel), maps)
            gather = _windows(layer.fields, shape)
            return self._matrix(weight, bias, gather, taps, outputs * taps)
        if layer.kind == "batch_norm":
            scale, shift = self._tensors(index, weights, (shape.channels,), shape.channels)
            return Bound(_batch_norm(scale, shift, shape), shape.size(), _bytes(scale, shift))
        return Bound(_without_weights(layer, shape), 0, 0)

    def _tensors(self, index: int, weights: Weights, shape: Tuple[int, ...], biases: int) -> Tuple[array, array]:
        return self._tensor(f"{index}.weight", weights, shape), self._tensor(f"{index}.bias", weights, (biases,))

    def _tensor(self, name: str, weights: Weights, shape: Tuple[int, ...]) -> array:
        tensor: Optional[Tensor] = weights.get(name)
        if tensor is None or tensor.shape != shape:
            found = "is missing" if tensor is None else f"has shape {tensor.shape}"
            raise Malformed(f"tensor {name} {found}, expected shape {shape}")
        if self._arithmetic is Exact and tensor.values.typecode != Exact.CODE:
            raise Malformed(f"tensor {name} is real, the architecture's arithmetic is integer")
        return array(self._arithmetic.CODE, tensor.values)

    def _matrix(
        self,
        weight: array,
        bias: array,
        gather: Callable[[Values], List[Values]],
        columns: int,
        multiplies: int,
    ) -> Bound:
        """Rows of weights times each window of the input; a dense layer's one window is all of it."""
        split, dot = self._arithmetic.split, self._arithmetic.dot
        rows = [(split(weight[row * columns : (row + 1) * columns]), shift) for row, shift in enumerate(bias)]

        def apply(image: Values) -> Values:
            windows = [split(window) for window in gather(image)]
            return [dot(row, window) + shift for row, shift in rows for window in windows]

        return Bound(apply, multiplies, _bytes(weight, bias))


def _bytes(*arrays: array) -> int:
    return sum(len(each) * each.itemsize for each in arrays)


def _windows(conv: Dict[str, int], shape: Shape) -> Callable[[Values], List[Values]]:
    """The values under each window of a convolution, zero where it hangs over the edge."""
    kernel, (_, height, width) = range(conv["kernel"]), shape

    def place(channel: int, y: int, x: int) -> int:
        inside = 0 <= y < height and 0 <= x < width
        return (channel * height + y) * width + x if inside else -1

    places = [
        [place(channel, top + y, left + x) for channel in range(shape.channels) for y in kernel for x in kernel]
        for top in _starts(height, conv)
        for left in _starts(width, conv)
    ]

    def gather(image: Values) -> List[Values]:
        padded = [*image, 0]  # Place -1 is the zero beyond the edge.
        return [[padded[at] for at in window] for window in places]

    return gather


def _batch_norm(scale: array, shift: array, shape: Shape) -> Callable[[Values], Values]:
    plane = shape.height * shape.width
    factors = [pair for pair in zip(scale, shift) for _ in range(plane)]
    return lambda image: [value * factor + term for value, (factor, term) in zip(image, factors)]


def _without_weights(layer: Layer, shape: Shape) -> Callable[[Values], Values]:
    if layer.kind == "flatten":
        return lambda image: image
    if layer.kind in ("max_pool", "average_pool"):
        return _pool(layer, shape)
    function = activation(layer)
    return lambda image: [function(value) for value in image]


def _pool(layer: Layer, shape: Shape) -> Callable[[Values], Values]:
    size, (channels, height, width) = range(layer.fields["size"]), shape
    places = [
        [(channel * height + top + y) * width + left + x for y in size for x in size]
        for channel in range(channels)
        for top in _pool_starts(height, layer.fields)
        for left in _pool_starts(width, layer.fields)
    ]
    if layer.kind == "max_pool":
        return lambda image: [max(image[at] for at in window) for window in places]
    area = len(size) ** 2
    return lambda image: [reduce(operator.add, (image[at] for at in window)) / area for window in places]
