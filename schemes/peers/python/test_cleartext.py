"""The peer as a process: spoken to through its pipes, as the harness does."""

import json
import os
import random
import struct
import subprocess
import sys
import unittest
from array import array
from io import BytesIO
from pathlib import Path
from typing import List

import blindbench_peer as peer
from blindbench_peer import FAILED, OK, Frame, read_frame, write_frame
from cleartext import ClearClient, ClearServer
from messages import Images, Kind, Logits, Malformed, Tensor, write_safetensors

PROGRAM = Path(__file__).with_name("cleartext.py")
SEED = bytes(32)
SHAPE = {"channels": 1, "height": 1, "width": 2}
ARCHITECTURE = {
    "input": {"shape": SHAPE, "crop": 0, "pixels": {"levels": 256}},
    "arithmetic": "integer",
    "layers": [{"dense": {"outputs": 2}}, {"activation": "square"}],
}
WEIGHTS = {"0.weight": Tensor((2, 2), array("q", [1, 2, 3, -4])), "0.bias": Tensor((2,), array("q", [5, -6]))}


class Caller:
    """The harness's end of a process."""

    def __init__(self, role: bytes) -> None:
        command = [sys.executable, str(PROGRAM)]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=dict(os.environ))
        self._calls = 0
        self.call(peer.HELLO, struct.pack("<I", 1), role)

    def answer(self, op: int, *parts: bytes) -> Frame:
        self._calls += 1
        write_frame(self._process.stdin, Frame(self._calls, op, list(parts)))
        frame = read_frame(self._process.stdout)
        assert frame is not None and frame.id == self._calls
        return frame

    def call(self, op: int, *parts: bytes) -> List[bytes]:
        frame = self.answer(op, *parts)
        assert frame.op == OK, frame.parts
        return frame.parts

    def refusal(self, op: int, *parts: bytes) -> str:
        frame = self.answer(op, *parts)
        assert frame.op == FAILED, frame
        return frame.parts[0].decode()

    def close(self) -> int:
        self._process.stdin.close()
        self._process.stdout.close()
        return self._process.wait(timeout=20)


class TestCleartext(unittest.TestCase):
    def start(self, role: bytes) -> Caller:
        caller = Caller(role)
        self.addCleanup(caller.close)
        return caller

    def client(self) -> Caller:
        caller = self.start(b"client")
        plan, _ = caller.call(peer.PLAN, json.dumps(ARCHITECTURE).encode(), struct.pack("<Q", 2), b"{}")
        caller.call(peer.OPEN, b"peer", plan)
        self.plan = plan
        return caller

    def test_both_sides_find_the_scores(self) -> None:
        client = self.client()
        (public,) = client.call(peer.KEYGEN, SEED)
        (model,) = client.call(peer.PUBLISH, public, write_safetensors(WEIGHTS), SEED)
        server = self.start(b"server")
        server.call(peer.OPEN, b"peer", self.plan)
        (request,) = server.call(peer.LOAD, model)
        (key,) = client.call(peer.SERVER_KEY, request, SEED)
        self.assertEqual(server.call(peer.SETUP, key), [struct.pack("<Q", 6 * 8)])
        images = Images((1, 1, 2), bytes([1, 2, 10, 20]))
        (query,) = client.call(peer.ENCRYPT, images.to_bytes(), SEED)
        answer, trace = server.call(peer.EVALUATE, query, SEED, b"\0")
        logits = Logits.from_bytes(client.call(peer.DECRYPT, answer)[0])
        self.assertEqual((logits.kind, list(logits.values)), (Kind.INTEGER, [100, 121, 55**2, 56**2]))
        self.assertEqual(trace[:4], b"TRCE")
        spans = list(array("Q", trace[16:]))
        self.assertEqual((spans[2], spans[3], spans[3 + 2 + 4]), (2, 0, 8), "two layers; four products an image")

    def test_promises_are_exact_where_the_arithmetic_is(self) -> None:
        (promise,) = self.client().call(peer.PROMISE, write_safetensors(WEIGHTS))
        self.assertEqual(json.loads(promise), {"logit_error": 0.0, "failure_log2": None})

    def test_primitives_are_run_and_checked(self) -> None:
        client = self.client()
        (names,) = client.call(peer.PRIMITIVES)
        for name in json.loads(names):
            client.call(peer.PREPARE, name.encode(), SEED)
            self.assertIn("not run", client.refusal(peer.CHECK))
            wall, cpu = client.call(peer.RUN, struct.pack("<I", 3))
            self.assertEqual((len(wall), len(cpu)), (8, 8))
            self.assertEqual(client.call(peer.CHECK), [struct.pack("<d", 0.0)])
        self.assertIn("dot_product", client.refusal(peer.PREPARE, b"bootstrap", SEED))

    def test_what_is_out_of_order_is_refused_and_survived(self) -> None:
        server = self.start(b"server")
        self.assertIn("not one of this role's", server.refusal(peer.KEYGEN, SEED))
        self.assertIn("expected 2", server.refusal(peer.OPEN, b"peer"))
        self.assertIn("plan", server.refusal(peer.OPEN, b"peer", b"[]"))
        self.assertIn("no model", server.refusal(peer.SETUP, b""))
        self.assertIn("not set up", server.refusal(peer.EVALUATE, b"", SEED, b"\0"))
        self.assertIn("version", server.refusal(peer.HELLO, struct.pack("<I", 2), b"server"))
        self.assertIn("role", server.refusal(peer.HELLO, struct.pack("<I", 1), b"judge"))

    def test_unknown_parameters_are_refused(self) -> None:
        client = self.start(b"client")
        architecture = json.dumps(ARCHITECTURE).encode()
        refusal = client.refusal(peer.PLAN, architecture, struct.pack("<Q", 2), b'{"log_n": 13}')
        self.assertIn("log_n", refusal)

    def test_the_process_ends_with_its_input(self) -> None:
        self.assertEqual(Caller(b"server").close(), 0)


class TestDispatch(unittest.TestCase):
    def test_every_call_is_answered_whatever_it_holds(self) -> None:
        draw = random.Random(5)
        for role in (b"client", b"server"):
            calls = BytesIO()
            write_frame(calls, Frame(0, peer.HELLO, [struct.pack("<I", 1), role]))
            for number in range(1, 600):
                parts = [draw.randbytes(draw.randrange(9)) for _ in range(draw.randrange(5))]
                # Not RUN: a drawn number of repeats could be hours of work.
                op = draw.choice([op for op in range(20) if op not in (peer.HELLO, peer.RUN)])
                write_frame(calls, Frame(number, op, parts))
            answers = BytesIO()
            calls.seek(0)
            peer.serve(ClearClient, ClearServer, "test", calls, answers)
            answers.seek(0)
            for number in range(600):
                frame = read_frame(answers)
                self.assertIsNotNone(frame)
                self.assertEqual((frame.id, frame.op in (OK, FAILED)), (number, True))
            self.assertIsNone(read_frame(answers))


class TestFrames(unittest.TestCase):
    def test_round_trip_and_cuts(self) -> None:
        stream = BytesIO()
        frame = Frame(7, 5, [b"query", b"", b"x"])
        write_frame(stream, frame)
        data = stream.getvalue()
        self.assertEqual(read_frame(BytesIO(data)), frame)
        self.assertIsNone(read_frame(BytesIO(b"")))
        for end in range(1, len(data)):
            with self.assertRaises(Malformed):
                read_frame(BytesIO(data[:end]))

    def test_hostile_counts_are_refused(self) -> None:
        for data in (struct.pack("<IBI", 0, 1, 17), struct.pack("<IBIQ", 0, 1, 1, (1 << 36) + 1)):
            with self.assertRaises(Malformed):
                read_frame(BytesIO(data))


if __name__ == "__main__":
    unittest.main()
