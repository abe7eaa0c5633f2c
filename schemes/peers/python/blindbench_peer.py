"""A peer of blindbench in Python: the frames of the wire protocol, version 1, and who answers what.

A program subclasses :class:`Client` and :class:`Server` and calls :func:`main` with both. Which of
the two a process is, the harness says in its first call. ``PROTOCOL.md`` in the folder above has the
protocol in prose, ``cleartext.py`` beside this file is the smallest complete peer.
"""

from __future__ import annotations

import json
import os
import struct
import sys
import time
from contextlib import contextmanager
from typing import Any, BinaryIO, Callable, Dict, Iterator, List, NamedTuple, Optional, Sequence, Tuple, Type, Union

from messages import Images, Logits, Malformed, Span, Trace, Weights, read_safetensors

PROTOCOL_VERSION = 1

OK = 0x80
FAILED = 0xFF

HELLO, OPEN, LOAD, SETUP, EVALUATE, PLAN, KEYGEN, PUBLISH = range(1, 9)
SERVER_KEY, ENCRYPT, DECRYPT, PROMISE, PRIMITIVES, PREPARE, RUN, CHECK, OPERATIONS = range(9, 18)

MAX_PARTS = 16
MAX_PART = 1 << 36

Parts = List[bytes]

_HEADER = struct.Struct("<IBI")
_PIECE = 1 << 20


class Refused(Exception):
    """What this peer cannot or must not do, with what would do instead."""


class Frame(NamedTuple):
    """A call, or the answer to one."""

    id: int
    """Pairs an answer with its call."""
    op: int
    parts: Parts


def read_frame(stream: BinaryIO) -> Optional[Frame]:
    """The next frame; ``None`` where the stream ends between two of them."""
    first = stream.read(1)
    if not first:
        return None
    number, op, count = _HEADER.unpack(first + _exactly(stream, _HEADER.size - 1))
    if count > MAX_PARTS:
        raise Malformed(f"{count} parts in a frame, at most {MAX_PARTS} are allowed")
    return Frame(number, op, [_part(stream) for _ in range(count)])


def write_frame(stream: BinaryIO, frame: Frame) -> None:
    """Writes one frame and flushes."""
    stream.write(_HEADER.pack(frame.id, frame.op, len(frame.parts)))
    for part in frame.parts:
        stream.write(struct.pack("<Q", len(part)))
        stream.write(part)
    stream.flush()


def _part(stream: BinaryIO) -> bytes:
    length = int.from_bytes(_exactly(stream, 8), "little")
    if length > MAX_PART:
        raise Malformed(f"a part of {length} bytes, at most {MAX_PART} are allowed")
    return _exactly(stream, length)


def _exactly(stream: BinaryIO, length: int) -> bytes:
    # Piece by piece, so that a stated length alone allocates nothing.
    pieces, left = [], length
    while left:
        piece = stream.read(min(left, _PIECE))
        if not piece:
            raise Malformed(f"the stream ended {left} bytes before the end of a frame")
        pieces.append(piece)
        left -= len(piece)
    return b"".join(pieces)


class Probe:
    """Opens a span per layer and counts operations; lent to :meth:`Server.evaluate`."""

    def __init__(self) -> None:
        self._trace = Trace()
        self._started = (time.perf_counter_ns(), time.process_time_ns())

    @contextmanager
    def layer(self, index: int) -> Iterator[Span]:
        """The span of layer ``index``: the body of the ``with`` is what is timed."""
        span, start = Span(index), time.perf_counter_ns()
        yield span
        span.wall_ns = time.perf_counter_ns() - start
        self._trace.spans.append(span)

    def finish(self) -> Trace:
        """Stops the clock."""
        wall, cpu = self._started
        self._trace.wall_ns = time.perf_counter_ns() - wall
        self._trace.cpu_ns = time.process_time_ns() - cpu
        return self._trace


class Primitive:
    """A named operation, set up: ``work`` is the timed part alone, ``error`` judges its last result."""

    def __init__(self, work: Callable[[], Any], error: Callable[[Any], float]) -> None:
        self._work, self._error = work, error
        self._result: Optional[Tuple[Any]] = None

    def run(self, times: int) -> Tuple[int, int]:
        """Does the work ``times`` times: wall and CPU nanoseconds of all repetitions together."""
        wall, cpu = time.perf_counter_ns(), time.process_time_ns()
        for _ in range(times):
            self._result = (self._work(),)
        return time.perf_counter_ns() - wall, time.process_time_ns() - cpu

    def check(self) -> float:
        """The last result's largest error against the cleartext one; 0 where it is exact."""
        if self._result is None:
            raise Refused("the primitive has not run yet")
        return self._error(self._result[0])


class Client:
    """The client side: client, key holder and model owner in one process. Every seed has 32 bytes."""

    def plan(self, architecture: Dict[str, Any], batch: int, params: Dict[str, Any]) -> Tuple[bytes, Dict[str, Any]]:
        """Fits the network to the parameters: the plan, and its description for the harness."""
        raise NotImplementedError

    def open(self, plan: bytes) -> None:
        """Builds the plan's tables."""
        raise NotImplementedError

    def promise(self, weights: Weights) -> Dict[str, Optional[float]]:
        """``logit_error`` (0 = exact) and ``failure_log2`` (none = cannot fail) for these weights."""
        raise NotImplementedError

    def keygen(self, seed: bytes) -> bytes:
        """Draws the keys and keeps them: the public key."""
        raise NotImplementedError

    def publish(self, public_key: bytes, weights: Weights, seed: bytes) -> bytes:
        """The model owner's message to the server: the weights, clear or encrypted."""
        raise NotImplementedError

    def server_key(self, request: bytes, seed: bytes) -> bytes:
        """The evaluation keys that the server asked for."""
        raise NotImplementedError

    def encrypt(self, images: Images, seed: bytes) -> bytes:
        """Pixels to query."""
        raise NotImplementedError

    def decrypt(self, answer: bytes) -> Logits:
        """Answer to scores."""
        raise NotImplementedError

    def operations(self, params: Dict[str, Any]) -> Dict[str, Any]:
        """Opens the operations that belong to the parameters alone: their description for the harness."""
        raise Refused("this program has no operations without a network; name one under `models:`")

    def primitives(self) -> Sequence[str]:
        """Names of the single operations that :meth:`prepare` knows."""
        return []

    def prepare(self, name: str, seed: bytes) -> Primitive:
        """Sets a named operation up."""
        raise Refused(f"no primitive {name!r}; there are {', '.join(self.primitives()) or 'none'}")


class Server:
    """The server side. It is given plan, model message, server key and queries, and nothing else."""

    def open(self, plan: bytes) -> None:
        """Builds the plan's tables; the bytes are not to be trusted."""
        raise NotImplementedError

    def load(self, model: bytes) -> bytes:
        """Takes the model owner's message: what the server needs from the key holder."""
        raise NotImplementedError

    def setup(self, server_key: bytes) -> int:
        """Expands keys and encodes weights: the bytes that stay resident."""
        raise NotImplementedError

    def evaluate(self, query: bytes, seed: bytes, probe: Probe) -> bytes:
        """Query to answer, each layer in a span of ``probe``."""
        raise NotImplementedError


class Call(NamedTuple):
    """How one op is answered."""

    parts: int
    """Parts that the call has."""
    answer: Callable[..., Parts]
    """From its parts to the answer's."""


class ClientCalls:
    """Answers the harness's calls to a client side."""

    def __init__(self, side: Client) -> None:
        self._side = side
        self._prepared: Optional[Primitive] = None
        self.by_op = {
            PLAN: Call(3, self._plan),
            OPEN: Call(2, lambda _name, plan: _nothing(side.open(plan))),
            PROMISE: Call(1, lambda weights: [_json(side.promise(read_safetensors(weights)))]),
            KEYGEN: Call(1, lambda seed: [side.keygen(seed)]),
            PUBLISH: Call(3, lambda public, weights, seed: [side.publish(public, read_safetensors(weights), seed)]),
            SERVER_KEY: Call(2, lambda request, seed: [side.server_key(request, seed)]),
            ENCRYPT: Call(2, lambda images, seed: [side.encrypt(Images.from_bytes(images), seed)]),
            DECRYPT: Call(1, lambda answer: [side.decrypt(answer).to_bytes()]),
            PRIMITIVES: Call(0, lambda: [_json(list(side.primitives()))]),
            PREPARE: Call(2, self._prepare),
            RUN: Call(1, self._run),
            CHECK: Call(0, lambda: [struct.pack("<d", self._primitive().check())]),
            OPERATIONS: Call(1, lambda params: [_json(side.operations(json.loads(params)))]),
        }

    def _plan(self, architecture: bytes, batch: bytes, params: bytes) -> Parts:
        plan, description = self._side.plan(json.loads(architecture), _number(batch, 8), json.loads(params))
        return [plan, _json(description)]

    def _prepare(self, name: bytes, seed: bytes) -> Parts:
        self._prepared = self._side.prepare(name.decode(), seed)
        return []

    def _run(self, times: bytes) -> Parts:
        return [struct.pack("<Q", spent) for spent in self._primitive().run(_number(times, 4))]

    def _primitive(self) -> Primitive:
        if self._prepared is None:
            raise Refused("no primitive has been prepared")
        return self._prepared


class ServerCalls:
    """Answers the harness's calls to a server side."""

    def __init__(self, side: Server) -> None:
        self._side = side
        self.by_op = {
            OPEN: Call(2, lambda _name, plan: _nothing(side.open(plan))),
            LOAD: Call(1, lambda model: [side.load(model)]),
            SETUP: Call(1, lambda key: [struct.pack("<Q", side.setup(key))]),
            EVALUATE: Call(3, self._evaluate),
        }

    def _evaluate(self, query: bytes, seed: bytes, _detail: bytes) -> Parts:
        probe = Probe()
        answer = self._side.evaluate(query, seed, probe)
        return [answer, probe.finish().to_bytes()]


def _nothing(_: None) -> Parts:
    return []


def _json(value: Any) -> bytes:
    return json.dumps(value, allow_nan=False).encode()


def _number(data: bytes, size: int) -> int:
    if len(data) != size:
        raise Malformed(f"a number of {len(data)} bytes, expected {size}")
    return int.from_bytes(data, "little")


def serve(client: Type[Client], server: Type[Server], program: str, calls: BinaryIO, answers: BinaryIO) -> None:
    """Answers calls until their stream ends."""
    side: Union[ClientCalls, ServerCalls, None] = None
    while True:
        frame = read_frame(calls)
        if frame is None:
            return
        try:
            if frame.op == HELLO:
                side = _greet(client, server, frame.parts)
                parts = [struct.pack("<I", PROTOCOL_VERSION), program.encode()]
            else:
                parts = _answer(side, frame)
        except Exception as error:  # Whatever goes wrong is the harness's to report, and the process lives on.
            write_frame(answers, Frame(frame.id, FAILED, [_reason(error).encode()]))
        else:
            write_frame(answers, Frame(frame.id, OK, parts))


def _greet(client: Type[Client], server: Type[Server], parts: Parts) -> Union[ClientCalls, ServerCalls]:
    if len(parts) != 2:
        raise Malformed(f"a greeting of {len(parts)} parts, expected 2")
    if parts[0] != struct.pack("<I", PROTOCOL_VERSION):
        raise Refused(f"protocol version {_number(parts[0], 4)}, this program speaks {PROTOCOL_VERSION}")
    if parts[1] == b"client":
        return ClientCalls(client())
    if parts[1] == b"server":
        return ServerCalls(server())
    raise Refused(f"role {parts[1].decode(errors='replace')!r}, expected `client` or `server`")


def _answer(side: Union[ClientCalls, ServerCalls, None], frame: Frame) -> Parts:
    if side is None:
        raise Refused("the first call must be a greeting")
    call = side.by_op.get(frame.op)
    if call is None:
        raise Refused(f"op {frame.op} is not one of this role's")
    if len(frame.parts) != call.parts:
        raise Malformed(f"op {frame.op} with {len(frame.parts)} parts, expected {call.parts}")
    return call.answer(*frame.parts)


def _reason(error: Exception) -> str:
    """The error in words; its type too where the words were not meant for the harness's user."""
    if isinstance(error, (Refused, Malformed)):
        return str(error)
    return f"{type(error).__name__}: {error}"


def main(client: Type[Client], server: Type[Server], program: str) -> None:
    """Serves over stdin and stdout.

    Frames get a copy of stdout, and stdout itself becomes stderr: whatever a library prints can then
    not end up between two frames.
    """
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    try:
        serve(client, server, program, sys.stdin.buffer, answers)
    except BrokenPipeError:
        sys.exit("the harness stopped reading")
    except Malformed as error:
        sys.exit(f"the harness sent a malformed frame: {error}")
