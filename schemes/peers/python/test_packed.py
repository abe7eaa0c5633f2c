"""Networks on packed images, without a library: what fits, and that corrected weights undo the primes' ratios."""

import json
import random
import unittest
from array import array
from typing import Any, Dict, List

import packed
import packed_noise
from blindbench_peer import Refused
from messages import Images, Malformed, Tensor, Weights
from network import Network, inputs

INPUT = {"shape": {"channels": 1, "height": 8, "width": 8}, "crop": 1, "pixels": "unit"}
CONV = {"conv2d": {"maps": 2, "kernel": 3, "stride": 3, "padding": 0}}
SQUARE = {"activation": "square"}
LAYERS: List[Any] = [CONV, SQUARE, "flatten", {"dense": {"outputs": 3}}, SQUARE, {"dense": {"outputs": 4}}]
PARAMS: Dict[str, Any] = {"log_n": 13, "moduli": [29] + 6 * [26], "special": [29], "log_scale": 26}


def plan(layers: List[Any], **params: Any) -> bytes:
    architecture = {"input": INPUT, "arithmetic": "real", "layers": layers}
    return json.dumps({"architecture": architecture, "params": {**PARAMS, **params}}).encode()


def weights(seed: int = 1) -> Weights:
    """Of the network above."""
    draw = random.Random(seed)

    def tensor(*shape: int) -> Tensor:
        count = 1
        for extent in shape:
            count *= extent
        return Tensor(shape, array("d", [draw.uniform(-1, 1) for _ in range(count)]))

    shapes = {"0": ((2, 1, 3, 3), 2), "3": ((3, 8), 3), "5": ((4, 3), 4)}
    pairs = [(f"{i}.weight", tensor(*shape)) for i, (shape, _) in shapes.items()]
    return dict(pairs + [(f"{i}.bias", tensor(outputs)) for i, (_, outputs) in shapes.items()])


def image(seed: int = 2) -> Images:
    """One image."""
    return Images((1, 8, 8), random.Random(seed).randbytes(64))


def emulate(steps: List[packed.Step], ratios: List[float], pixels: List[float]) -> List[float]:
    """What the server computes: every product comes out smaller by the ratio of the prime that it drops, and a bias is
    missing from the copy that follows a vector.
    """
    left, values, copy = list(ratios), pixels, pixels
    for step in steps:
        if step.kind == "conv2d":
            values = windows(step, values, left.pop())
            packing = left.pop()
            values = copy = [value / packing for value in values]
        elif step.kind == "square":
            prime = left.pop()
            values, copy = ([value * value / prime for value in each] for each in (values, copy))
        elif step.kind == "dense":
            prime = left.pop()
            copy = [sum(diagonal(step.rows, values + copy, at)) / prime for at in range(len(step.bias))]
            values = [total + bias for total, bias in zip(copy, step.bias)]
    return values


def diagonal(rows: List[List[float]], slots: List[float], at: int) -> List[float]:
    """Products of output ``at`` with the slots from there on, one for each diagonal."""
    return [slots[at + step] * rows[(at + step) % len(rows)][at] for step in range(len(rows))]


def windows(step: packed.Step, values: List[float], prime: float) -> List[float]:
    """A convolution of the 6 x 6 values with kernels of 3 x 3 at a stride of 3."""
    out = []
    for kernel, bias in zip(step.kernels, step.bias):
        for top, left in ((0, 0), (0, 3), (3, 0), (3, 3)):
            taps = ((y, x) for y in range(3) for x in range(3))
            total = sum(kernel[y][x] * values[6 * (top + y) + left + x] for y, x in taps)
            out.append(total / prime + bias)
    return out


class TestPacked(unittest.TestCase):
    def test_corrected_weights_undo_the_ratios_of_primes(self) -> None:
        ratios = [8.0, 0.97, 1.02, 0.99, 1.01, 0.98, 1.03]
        for shift in (0, 3):
            network = packed.read(plan(LAYERS, answer_shift=shift))
            steps = packed.steps(network, weights(), ratios)
            (pixels,) = inputs(network.architecture, image())
            expected = Network(network.architecture, weights()).logits(image()).values
            found = [score * 2.0**shift for score in emulate(steps, ratios, pixels)]
            for a, b in zip(found, expected):
                self.assertAlmostEqual(a, b, places=9)

    def test_a_layer_that_reads_more_copies_than_there_are_outputs(self) -> None:
        layers = ["flatten", {"dense": {"outputs": 2}}, SQUARE, {"dense": {"outputs": 7}}]
        draw = random.Random(4)
        given = {}
        for index, outputs, count in ((1, 2, 36), (3, 7, 2)):
            values = array("d", [draw.uniform(-1, 1) for _ in range(outputs * count)])
            given[f"{index}.weight"] = Tensor((outputs, count), values)
            given[f"{index}.bias"] = Tensor((outputs,), array("d", range(1, outputs + 1)))
        network = packed.read(plan(layers))
        (pixels,) = inputs(network.architecture, image())
        found = emulate(packed.steps(network, given, [1.0] * 7), [1.0] * 7, pixels)
        for a, b in zip(found, Network(network.architecture, given).logits(image()).values):
            self.assertAlmostEqual(a, b, places=9)

    def test_the_promise_grows_with_weights_and_with_the_shift(self) -> None:
        network = packed.read(plan(LAYERS))
        small = packed_noise.logit_error(network, weights())
        larger = {name: Tensor(t.shape, array("d", [2 * v for v in t.values])) for name, t in weights().items()}
        self.assertGreater(small, 0.0)
        self.assertGreater(packed_noise.logit_error(network, larger), 2 * small)
        shifted = packed.read(plan(LAYERS, answer_shift=20))
        self.assertGreater(packed_noise.logit_error(shifted, weights()), small)

    def test_operations_are_counted(self) -> None:
        steps = packed.steps(packed.read(plan(LAYERS)), weights(), [1.0] * 7)
        # Two maps: sums over 16 columns each, and one place each in the packed vector.
        self.assertEqual(steps[0].counts, {"rotations": 10, "plaintext_multiplies": 4, "adds": 12})
        self.assertEqual(steps[3].counts["plaintext_multiplies"], 8)
        # Three of the first outputs once more, for the four that the last layer gives.
        self.assertEqual(steps[5].counts["plaintext_multiplies"], 6)
        self.assertEqual(steps[4].counts, {"ciphertext_multiplies": 1})

    def refuses(self, reason: str, layers: List[Any], **params: Any) -> None:
        with self.assertRaises(Refused) as refused:
            packed.read(plan(layers, **params))
        self.assertIn(reason, str(refused.exception))

    def test_what_does_not_fit_is_refused_with_what_would(self) -> None:
        self.refuses("layer 1 (relu)", [CONV, {"activation": "relu"}, "flatten", {"dense": {"outputs": 4}}])
        self.refuses("without padding", [{"conv2d": {**CONV["conv2d"], "padding": 1}}, {"dense": {"outputs": 4}}])
        self.refuses("must be the first layer", [SQUARE, CONV, {"dense": {"outputs": 4}}])
        self.refuses("the last layer", [CONV, SQUARE])
        self.refuses("state 2 more primes", LAYERS, moduli=[29] + 4 * [26])
        self.refuses("primes of the scale's 26 bits", LAYERS, moduli=[29] + 6 * [30])
        self.refuses("answer_shift", LAYERS, answer_shift=-1)

    def test_more_values_than_slots_are_refused(self) -> None:
        stated = json.loads(plan([{"dense": {"outputs": 4}}], log_n=10))
        stated["architecture"]["input"]["shape"] = {"channels": 1, "height": 30, "width": 30}
        with self.assertRaises(Refused) as refused:
            packed.read(json.dumps(stated).encode())
        self.assertIn("784 values, a ciphertext has 512 slots", str(refused.exception))

    def test_bytes_that_are_no_plan_are_malformed(self) -> None:
        for data in (b"", b"[]", b'{"architecture": {}}'):
            with self.assertRaises(Malformed):
                packed.read(data)


if __name__ == "__main__":
    unittest.main()
