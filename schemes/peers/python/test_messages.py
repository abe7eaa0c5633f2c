"""Messages round-trip, equal the bytes that the protocol states, and refuse everything else."""

import json
import unittest
from array import array

from messages import Images, Kind, Logits, Malformed, Span, Tensor, Trace, read_safetensors, write_safetensors


class TestImages(unittest.TestCase):
    def test_layout(self) -> None:
        message = Images((1, 1, 2), b"\x07\xff").to_bytes()
        header = b"IMGS" + bytes([1, 0, 0, 0]) + bytes([22, 0, 0, 0, 0, 0, 0, 0])
        shape = bytes([1, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0])
        self.assertEqual(message, header + shape + bytes([2, 0, 0, 0, 0, 0, 0, 0]) + b"\x07\xff")
        self.assertEqual(len(Images.from_bytes(message)), 1)

    def test_cut_and_longer_messages_are_refused(self) -> None:
        message = Images((1, 2, 2), bytes(8)).to_bytes()
        for end in range(len(message)):
            with self.assertRaises(Malformed):
                Images.from_bytes(message[:end])
        with self.assertRaises(Malformed):
            Images.from_bytes(message + b"\0")

    def test_a_fraction_of_an_image_is_refused(self) -> None:
        with self.assertRaises(Malformed):
            Images.from_bytes(Images((1, 2, 2), bytes(7)).to_bytes())
        with self.assertRaises(Malformed):
            Images.from_bytes(Images((1, 0, 2), b"").to_bytes())


class TestLogits(unittest.TestCase):
    def test_round_trips(self) -> None:
        for kind, values in ((Kind.INTEGER, [-(2**127), 2**127 - 1, 0, -1]), (Kind.REAL, [0.1, -1e300, 0.0, 5e-324])):
            back = Logits.from_bytes(Logits(2, kind, values).to_bytes())
            self.assertEqual((back.kind, list(back.values)), (kind, values))

    def test_integers_beyond_128_bits_are_an_error(self) -> None:
        with self.assertRaises(OverflowError):
            Logits(1, Kind.INTEGER, [2**127]).to_bytes()

    def test_wrong_kinds_and_counts_are_refused(self) -> None:
        message = bytearray(Logits(2, Kind.REAL, [1.0, 2.0]).to_bytes())
        for at, value in ((20, 2), (16, 0), (16, 3), (4, 2), (0, 0)):
            changed = message.copy()
            changed[at] = value
            with self.assertRaises(Malformed):
                Logits.from_bytes(bytes(changed))


class TestTrace(unittest.TestCase):
    def test_layout(self) -> None:
        span = Span(3, wall_ns=5)
        span.count("pbs", 2)
        span.count("pbs", 1)
        body = Trace(9, 8, [span]).to_bytes()[16:]
        numbers = array("Q", body)
        self.assertEqual(list(numbers), [9, 8, 1, 3, 5, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0])

    def test_unknown_operations_are_refused(self) -> None:
        with self.assertRaises(ValueError):
            Span(0).count("multiplications", 1)


class TestSafetensors(unittest.TestCase):
    def test_round_trips(self) -> None:
        weights = {"0.weight": Tensor((1, 2), array("d", [0.5, -2.0])), "0.bias": Tensor((1,), array("q", [-7]))}
        self.assertEqual(read_safetensors(write_safetensors(weights)), weights)

    def test_reads_narrow_integers(self) -> None:
        header = json.dumps({"__metadata__": {"a": "b"}, "x": {"dtype": "I16", "shape": [2], "data_offsets": [0, 4]}})
        data = len(header).to_bytes(8, "little") + header.encode() + b"\xff\xff\x02\x00"
        self.assertEqual(list(read_safetensors(data)["x"].values), [-1, 2])

    def test_malformed_files_are_refused(self) -> None:
        def file(header: str, data: bytes = bytes(8)) -> bytes:
            return len(header).to_bytes(8, "little") + header.encode() + data

        for data in (
            b"",
            b"\xff" * 8,
            file("["),
            file("[]"),
            file('{"x": 1}'),
            file('{"x": {"dtype": "F64", "shape": [1], "data_offsets": [0, 8]}}'),
            file('{"x": {"dtype": "F32", "shape": [3], "data_offsets": [0, 8]}}'),
            file('{"x": {"dtype": "F32", "shape": [4], "data_offsets": [0, 16]}}'),
        ):
            with self.assertRaises(Malformed):
                read_safetensors(data)


if __name__ == "__main__":
    unittest.main()
