"""Messages of the wire protocol that every peer needs: images, logits, traces and safetensors.

Byte by byte as ``PROTOCOL.md`` in the folder above states them. All numbers are little-endian.
Malformed bytes raise :class:`Malformed`, never anything else.
"""

from __future__ import annotations

import enum
import json
import math
import struct
import sys
from array import array
from dataclasses import dataclass, field
from typing import Dict, List, Sequence, Tuple, Union

VERSION = 1

Number = Union[int, float]

HEADER = struct.Struct("<4sIQ")

OPERATIONS = (
    "pbs",
    "rotations",
    "key_switches",
    "ciphertext_multiplies",
    "plaintext_multiplies",
    "adds",
    "ntts",
    "group_exponentiations",
    "discrete_logs",
)
"""Operations that a trace counts, in the order of their numbers."""


class Malformed(ValueError):
    """Bytes that are not the message they should be."""


def pack(tag: bytes, body: bytes) -> bytes:
    """A message: magic, version and length, then the fields."""
    return HEADER.pack(tag, VERSION, len(body)) + body


def unpack(tag: bytes, data: bytes) -> "Reader":
    """A cursor over a message's fields, once magic, version and length have been checked."""
    name = tag.decode()
    if len(data) < HEADER.size:
        raise Malformed(f"{name}: {len(data)} bytes, a header has {HEADER.size}")
    found, version, length = HEADER.unpack_from(data)
    if found != tag:
        raise Malformed(f"magic {found!r}, expected {tag!r}")
    if version != VERSION:
        raise Malformed(f"{name}: version {version}, this program speaks {VERSION}")
    if length != len(data) - HEADER.size:
        raise Malformed(f"{name}: states {length} bytes, but {len(data) - HEADER.size} follow")
    return Reader(name, data, HEADER.size)


class Reader:
    """A cursor that can run out, but never past the end."""

    def __init__(self, name: str, data: bytes, at: int = 0) -> None:
        self._name, self._data, self._at = name, data, at

    def left(self) -> int:
        """Number of bytes left."""
        return len(self._data) - self._at

    def bytes(self, count: int) -> bytes:
        """The next ``count`` bytes."""
        if count > self.left():
            raise Malformed(f"{self._name}: {count} bytes expected, {self.left()} left")
        self._at += count
        return self._data[self._at - count : self._at]

    def unsigned(self, size: int) -> int:
        """An unsigned integer of ``size`` bytes."""
        return int.from_bytes(self.bytes(size), "little")

    def finish(self) -> None:
        """Refuses what is left over."""
        if self.left():
            raise Malformed(f"{self._name}: {self.left()} bytes too many")


@dataclass(frozen=True)
class Images:
    """A chunk of images of one shape, pixels 0 to 255, one image after another."""

    shape: Tuple[int, int, int]
    """Channels, height, width."""
    pixels: bytes
    """Row-major, a whole number of images."""

    TAG = b"IMGS"

    def __len__(self) -> int:
        return len(self.pixels) // math.prod(self.shape)

    def to_bytes(self) -> bytes:
        """The message."""
        return pack(self.TAG, struct.pack("<IIIQ", *self.shape, len(self.pixels)) + self.pixels)

    @classmethod
    def from_bytes(cls, data: bytes) -> "Images":
        """Reads the message back."""
        reader = unpack(cls.TAG, data)
        shape = (reader.unsigned(4), reader.unsigned(4), reader.unsigned(4))
        pixels = reader.bytes(reader.unsigned(8))
        reader.finish()
        size = math.prod(shape)
        if size == 0 or len(pixels) % size:
            raise Malformed(f"IMGS: {len(pixels)} bytes are not a whole number of {shape} images")
        return cls(shape, pixels)


class Kind(enum.IntEnum):
    """What the scores are."""

    REAL = 0
    """64-bit floating point."""
    INTEGER = 1
    """Signed 128-bit integers: exact."""


@dataclass(frozen=True)
class Logits:
    """Scores of a chunk of images, ``classes`` per image, one image after another."""

    classes: int
    kind: Kind
    values: Sequence[Number]

    TAG = b"LOGI"

    def to_bytes(self) -> bytes:
        """The message; ``OverflowError`` for an integer beyond 128 bits."""
        if self.kind is Kind.INTEGER:
            body = b"".join(int(value).to_bytes(16, "little", signed=True) for value in self.values)
        else:
            body = struct.pack(f"<{len(self.values)}d", *self.values)
        return pack(self.TAG, struct.pack("<IBQ", self.classes, self.kind, len(self.values)) + body)

    @classmethod
    def from_bytes(cls, data: bytes) -> "Logits":
        """Reads the message back."""
        reader = unpack(cls.TAG, data)
        classes, kind, count = reader.unsigned(4), reader.unsigned(1), reader.unsigned(8)
        if kind not in (Kind.REAL, Kind.INTEGER):
            raise Malformed(f"LOGI: kind {kind}, expected 0 (real) or 1 (integer)")
        if not 1 <= classes <= 256 or count % classes:
            raise Malformed(f"LOGI: {count} scores of {classes} classes")
        body = reader.bytes(count * (16 if kind else 8))
        reader.finish()
        if kind == Kind.REAL:
            return cls(classes, Kind.REAL, struct.unpack(f"<{count}d", body))
        each = range(0, len(body), 16)
        return cls(classes, Kind.INTEGER, [int.from_bytes(body[i : i + 16], "little", signed=True) for i in each])


@dataclass
class Span:
    """Time and operations of one layer."""

    layer: int
    """Index, from 0."""
    wall_ns: int = 0
    counts: Dict[str, int] = field(default_factory=dict)
    """By name, out of :data:`OPERATIONS`; what is missing counts 0."""

    def count(self, operation: str, times: int) -> None:
        """Adds ``times`` operations."""
        if operation not in OPERATIONS:
            raise ValueError(f"unknown operation {operation!r}; there are {', '.join(OPERATIONS)}")
        self.counts[operation] = self.counts.get(operation, 0) + times


@dataclass
class Trace:
    """Time and operations of one evaluation, by this process's own clock."""

    wall_ns: int = 0
    cpu_ns: int = 0
    spans: List[Span] = field(default_factory=list)

    TAG = b"TRCE"

    def to_bytes(self) -> bytes:
        """The message; peers leave no snapshots, so each of theirs is empty."""
        body = struct.pack("<QQQ", self.wall_ns, self.cpu_ns, len(self.spans))
        for span in self.spans:
            counts = (span.counts.get(name, 0) for name in OPERATIONS)
            body += struct.pack(f"<QQ{len(OPERATIONS)}QQ", span.layer, span.wall_ns, *counts, 0)
        return pack(self.TAG, body)


@dataclass(frozen=True)
class Tensor:
    """Values with their shape, row-major."""

    shape: Tuple[int, ...]
    values: "array[Number]"
    """Type code ``d`` for real weights, ``q`` for integers."""


Weights = Dict[str, Tensor]
"""Tensors by name: ``<layer>.weight`` and ``<layer>.bias``."""

_STORED = {"F32": ("f", "d"), "I8": ("b", "q"), "I16": ("h", "q"), "I32": ("i", "q"), "I64": ("q", "q")}


def read_safetensors(data: bytes) -> Weights:
    """The tensors of a safetensors file: F32 becomes double, every integer type 64 bits."""
    if len(data) < 8:
        raise Malformed(f"safetensors: {len(data)} bytes, expected at least 8")
    start = 8 + int.from_bytes(data[:8], "little")
    if start > len(data):
        raise Malformed(f"safetensors: a header that ends at {start}, but there are {len(data)} bytes")
    try:
        header = json.loads(data[8:start])
        header.pop("__metadata__", None)
        return {name: _tensor(name, entry, data[start:]) for name, entry in header.items()}
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise Malformed(f"safetensors: {error}") from error


def write_safetensors(weights: Weights) -> bytes:
    """The tensors as a safetensors file: reals as F32, which they came from, integers as I64."""
    header, data = {}, b""
    for name, tensor in weights.items():
        dtype, stored = ("F32", "f") if tensor.values.typecode == "d" else ("I64", "q")
        values = array(stored, tensor.values)
        if sys.byteorder == "big":
            values.byteswap()
        offsets = [len(data), len(data) + len(values) * values.itemsize]
        header[name] = {"dtype": dtype, "shape": list(tensor.shape), "data_offsets": offsets}
        data += values.tobytes()
    text = json.dumps(header).encode()
    return len(text).to_bytes(8, "little") + text + data


def _tensor(name: str, entry: dict, data: bytes) -> Tensor:
    if entry["dtype"] not in _STORED:
        raise Malformed(f"tensor {name} has type {entry['dtype']}, expected one of {', '.join(_STORED)}")
    stored, wanted = _STORED[entry["dtype"]]
    (low, high), shape = entry["data_offsets"], tuple(entry["shape"])
    values = array(stored)
    if not 0 <= low <= high <= len(data) or high - low != math.prod(shape) * values.itemsize:
        raise Malformed(f"tensor {name} of shape {shape} at bytes {low} to {high} of {len(data)}")
    values.frombytes(data[low:high])
    if sys.byteorder == "big":
        values.byteswap()
    return Tensor(shape, array(wanted, values))
