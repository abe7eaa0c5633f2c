"""Networks on one image in one ciphertext, as TenSEAL's vectors compute them: what fits, and what the server's weights
become. No library is needed here.

A product with a matrix reads on into the copies of a vector that the library lays behind it, but a bias is added to
the first copy alone (OpenMined/TenSEAL, issue 462). A dense layer whose outputs go into another one therefore gives as
many of its first outputs once more as the other reads, and the other takes its inputs from there: the first of its
diagonals then stay within what has the bias.
"""

from __future__ import annotations

import json
from typing import Any, Dict, List, NamedTuple, Optional, Sequence

from blindbench_peer import Refused
from lattice_peer import Parameters
from messages import Malformed, Tensor, Weights
from network import Layer, Shape, cropped, layers, output_shape

class Packed(NamedTuple):
    """A network with the parameters that hold it."""

    architecture: Dict[str, Any]
    parameters: Parameters
    answer_shift: int
    """Scores leave the server divided by two to this power, so that they fit the last prime."""

    @property
    def layers(self) -> List[Layer]:
        """The layers in order."""
        return layers(self.architecture)

    @property
    def convolution(self) -> Optional[Dict[str, int]]:
        """The convolution that the image is laid out for; none where a dense layer comes first."""
        first = self.layers[0]
        return first.fields if first.kind == "conv2d" else None

    @property
    def width(self) -> int:
        """Columns of what the first layer sees."""
        return cropped(self.architecture).width

    @property
    def classes(self) -> int:
        """Number of scores."""
        return self.layers[-1].fields["outputs"]


class Step(NamedTuple):
    """A layer with the weights that the server multiplies by."""

    index: int
    kind: str
    counts: Dict[str, int]
    """Operations, as the library's algorithm needs them; key switches are not counted."""
    bias: List[float] = []
    kernels: List[List[List[float]]] = []
    """Of a convolution: a kernel for each map."""
    windows: int = 0
    """Of a convolution: windows on the image."""
    rows: List[List[float]] = []
    """Of a dense layer: the weights of each input."""


def read(plan: bytes) -> Packed:
    """The network and its parameters, or a refusal that says what would do."""
    try:
        fields = json.loads(plan)
        architecture, params = fields["architecture"], dict(fields["params"])
    except (ValueError, TypeError, KeyError) as error:
        raise Malformed(f"plan: {error}") from error
    shift = params.pop("answer_shift", 0)
    if type(shift) is not int or not 0 <= shift <= 40:
        raise Refused(f"`answer_shift` is {shift!r}; state a whole number from 0 to 40")
    packed = Packed(architecture, Parameters.of({"scheme": "ckks", **params}, ("ckks",)), shift)
    _check_chain(packed.parameters)
    _check_layers(packed)
    return packed


def _check_chain(parameters: Parameters) -> None:
    scale = parameters.log_scale
    if len(parameters.special) != 1 or any(bits != scale for bits in parameters.moduli[1:]):
        raise Refused(
            f"{parameters}; TenSEAL takes one special prime and, after the first, primes of the scale's {scale} bits"
        )


def _check_layers(packed: Packed) -> None:
    found = packed.layers
    if not found or found[-1].kind != "dense":
        raise Refused("the last layer is not `dense`; this program evaluates networks that end in one")
    shape, needed = cropped(packed.architecture), 0
    for index, layer in enumerate(found):
        _check_layer(index, layer, shape, packed.parameters.slots)
        needed += _levels(layer)
        shape = output_shape(layer, shape)
    levels = len(packed.parameters.moduli) - 1
    if needed > levels:
        raise Refused(
            f"the network needs {needed} levels, `moduli` leave {levels}: state {needed - levels} more primes"
        )


def _check_layer(index: int, layer: Layer, shape: Shape, slots: int) -> None:
    if layer.kind not in ("conv2d", "dense", "square", "flatten"):
        raise Refused(f"layer {index} ({layer.kind}): this program has conv2d, dense and square")
    needed = shape.size()
    if layer.kind == "conv2d":
        if index or shape.channels != 1 or layer.fields["padding"]:
            raise Refused(f"layer {index} (conv2d): it must be the first layer, on one channel, without padding")
        windows = output_shape(layer, shape).size() // layer.fields["maps"]
        needed = windows * max(columns(layer), layer.fields["maps"])
    if needed > slots:
        raise Refused(f"layer {index} ({layer.kind}): {needed} values, a ciphertext has {slots} slots: raise `log_n`")


def columns(conv: Layer) -> int:
    """Taps of a window, filled up to a power of two."""
    return 1 << (conv.fields["kernel"] ** 2 - 1).bit_length()


def _levels(layer: Layer) -> int:
    """Products in a row: a convolution's maps are masked once more as they are put side by side."""
    return {"conv2d": 2, "flatten": 0}.get(layer.kind, 1)


def copies(packed: Packed) -> Dict[int, int]:
    """How many of its first outputs a dense layer gives once more, by the layer's index."""
    found: Dict[int, int] = {}
    following = 0
    for index in reversed(range(len(packed.layers))):
        if packed.layers[index].kind == "dense":
            found[index] = max(following - 1, 0)
            following = packed.layers[index].fields["outputs"] + found[index]
    return found


def steps(packed: Packed, weights: Weights, ratios: Sequence[float]) -> List[Step]:
    """The layers with their weights; ``ratios`` are the data primes over the scale, from the one that stays last.

    A product is divided by a prime and taken for divided by the scale, so it comes out by their ratio too small.
    The next weights are that much larger.
    """
    left, shape, gain = list(ratios), cropped(packed.architecture), 1.0
    repeated, read_late = copies(packed), 0
    made: List[Step] = []
    for index, layer in enumerate(packed.layers):
        outgoing = 2.0**-packed.answer_shift if index == len(packed.layers) - 1 else 1.0
        after = output_shape(layer, shape)
        if layer.kind == "square":
            gain = gain**2 / left.pop()
            made.append(Step(index, "square", {"ciphertext_multiplies": 1}))
        elif layer.kind == "flatten":
            made.append(Step(index, "flatten", {}))
        else:
            weight = _scaled(weights[f"{index}.weight"], outgoing * left.pop() / gain)
            bias = [outgoing * value for value in weights[f"{index}.bias"].values]
            if layer.kind == "dense":
                made.append(_dense(index, weight, bias, read_late, repeated[index]))
                read_late, gain = repeated[index], 1.0
            else:
                made.append(_convolution(index, layer, weight, bias, after))
                gain = 1.0 / left.pop()
        shape = after
    return made


def _scaled(weight: Tensor, factor: float) -> List[List[float]]:
    """The weights of each output."""
    values, outputs = [factor * value for value in weight.values], weight.shape[0]
    count = len(values) // outputs
    return [values[at : at + count] for at in range(0, len(values), count)]


def _dense(index: int, weight: List[List[float]], bias: List[float], read_late: int, repeated: int) -> Step:
    """``read_late`` of the inputs are read where they come once more, ``repeated`` outputs are given once more."""
    inputs = len(weight[0])
    outputs = [at % len(weight) for at in range(len(weight) + repeated)]
    unread = [[0.0] * len(outputs) for _ in range(read_late)]
    read = [[weight[output][at % inputs] for output in outputs] for at in range(read_late, read_late + inputs)]
    rows = unread + read
    counts = {"rotations": len(rows) - 1, "plaintext_multiplies": len(rows), "adds": len(rows)}
    return Step(index, "dense", counts, [bias[output] for output in outputs], rows=rows)


def _convolution(index: int, layer: Layer, weight: List[List[float]], bias: List[float], after: Shape) -> Step:
    maps, kernel = layer.fields["maps"], layer.fields["kernel"]
    kernels = [[taps[at : at + kernel] for at in range(0, len(taps), kernel)] for taps in weight]
    sums = maps * (columns(layer).bit_length() - 1)
    counts = {"rotations": sums + maps, "plaintext_multiplies": 2 * maps, "adds": sums + 2 * maps}
    return Step(index, "conv2d", counts, bias, kernels=kernels, windows=after.height * after.width)
