"""Layers against formulas written out anew: nested loops over exact fractions."""

import math
import random
import unittest
from array import array
from fractions import Fraction
from itertools import product
from typing import Any, Dict, List

from messages import Images, Kind, Malformed, Tensor, Weights
from network import Lanes, Network, Shape, cropped, dot_in_order, layers, output_shape, precision, rounds_alike


def network(kinds: List[Any], arithmetic: str = "integer", side: int = 6, crop: int = 0) -> Dict[str, Any]:
    pixels: Any = {"levels": 16} if arithmetic == "integer" else "unit"
    shape = {"channels": 1, "height": side, "width": side}
    return {"input": {"shape": shape, "crop": crop, "pixels": pixels}, "arithmetic": arithmetic, "layers": kinds}


def tensor(shape: tuple, draw: random.Random, code: str) -> Tensor:
    size = math.prod(shape)
    values = [draw.randint(-5, 5) for _ in range(size)] if code == "q" else [draw.uniform(-1, 1) for _ in range(size)]
    return Tensor(shape, array(code, values))


def scores(architecture: Dict[str, Any], weights: Weights, image: bytes) -> List[Any]:
    shape = architecture["input"]["shape"]
    images = Images((shape["channels"], shape["height"], shape["width"]), image)
    return list(Network(architecture, weights).logits(images).values)


class TestLayers(unittest.TestCase):
    def test_convolution_with_padding_and_stride(self) -> None:
        draw = random.Random(1)
        conv = {"maps": 2, "kernel": 3, "stride": 2, "padding": 1}
        weights = {"0.weight": tensor((2, 1, 3, 3), draw, "q"), "0.bias": tensor((2,), draw, "q")}
        image = bytes(draw.randrange(256) for _ in range(36))
        level = [(2 * pixel * 15 + 255) // 510 for pixel in image]
        kernel = weights["0.weight"].values

        def at(y: int, x: int) -> int:
            return level[y * 6 + x] if 0 <= y < 6 and 0 <= x < 6 else 0

        expected = [
            sum(kernel[m * 9 + i * 3 + j] * at(top - 1 + i, left - 1 + j) for i, j in product(range(3), repeat=2))
            + weights["0.bias"].values[m]
            for m in range(2)
            for top, left in product((0, 2, 4), repeat=2)
        ]
        self.assertEqual(scores(network([{"conv2d": conv}]), weights, image), expected)

    def test_pools(self) -> None:
        image = bytes(range(0, 180, 5))
        largest = scores(network([{"max_pool": {"size": 2, "stride": 3}}], "real"), {}, image)
        mean = scores(network([{"average_pool": {"size": 2, "stride": 3}}], "real"), {}, image)
        corners = [0, 3, 18, 21]
        self.assertEqual(largest, [image[at + 7] / 255 for at in corners])
        for found, at in zip(mean, corners):
            exactly = Fraction(image[at] + image[at + 1] + image[at + 6] + image[at + 7], 4 * 255)
            self.assertAlmostEqual(found, float(exactly), places=15)

    def test_batch_norm_is_a_scale_and_a_shift_per_channel(self) -> None:
        architecture = network(["batch_norm"], side=1)
        architecture["input"]["shape"]["channels"] = 2
        weights = {"0.weight": Tensor((2,), array("q", [2, -3])), "0.bias": Tensor((2,), array("q", [1, 5]))}
        self.assertEqual(scores(architecture, weights, bytes([255, 255])), [31, -40])

    def test_the_crop_cuts_rows_and_columns(self) -> None:
        architecture = network(["flatten"], crop=2)
        self.assertEqual(cropped(architecture), Shape(1, 2, 2))
        image = bytes(17 * (at % 16) for at in range(36))
        self.assertEqual(scores(architecture, {}, image), [14, 15, 4, 5])

    def test_activations(self) -> None:
        values = bytes([0, 85, 255])

        def activated(activation: Any) -> List[float]:
            architecture = network([{"activation": activation}], "real", side=1)
            architecture["input"]["shape"]["width"] = 3
            return scores(architecture, {}, values)

        third = 1 / 3
        self.assertEqual(activated("square"), [0, third * third, 1])
        self.assertEqual(activated("sign"), [1, 1, 1])
        self.assertEqual(activated({"polynomial": [1.0, -2.0, 4.0]}), [1, (4.0 * third - 2.0) * third + 1.0, 3])
        self.assertEqual(activated("sigmoid")[0], 0.5)
        self.assertEqual(activated("tanh")[2], math.tanh(1))
        whole = activated({"sine": {"period": 4}})
        self.assertAlmostEqual(whole[2], 1.0, places=15)
        self.assertAlmostEqual(activated({"sine": {"period": 4, "steps": 4}})[1], 0.0, places=15)

    def test_steep_sigmoids_do_not_overflow(self) -> None:
        weights = {"0.weight": Tensor((1, 1), array("d", [-1e6])), "0.bias": Tensor((1,), array("d", [0.0]))}
        architecture = network([{"dense": {"outputs": 1}}, {"activation": "sigmoid"}], "real", side=1)
        self.assertEqual(scores(architecture, weights, b"\xff"), [0.0])

    def test_integers_do_not_overflow(self) -> None:
        weights = {"0.weight": Tensor((1, 1), array("q", [2**62])), "0.bias": Tensor((1,), array("q", [1]))}
        architecture = network([{"dense": {"outputs": 1}}, {"activation": "square"}], side=1)
        self.assertEqual(scores(architecture, weights, b"\xff"), [(15 * 2**62 + 1) ** 2])


class TestOrder(unittest.TestCase):
    def test_sums_are_taken_in_sixteen_partial_sums(self) -> None:
        draw = random.Random(3)
        a, b = ([draw.uniform(-1, 1) * 10.0 ** draw.randint(-9, 9) for _ in range(53)] for _ in range(2))
        partial, rest = [0.0] * 16, 0.0
        for at in range(48):
            partial[at % 16] = partial[at % 16] + a[at] * b[at]
        for at in range(48, 53):
            rest = rest + a[at] * b[at]
        for each in partial:
            rest = rest + each
        self.assertEqual(dot_in_order(Lanes(a), Lanes(b)), rest)
        self.assertNotEqual(rest, math.fsum(x * y for x, y in zip(a, b)))

    def test_short_vectors_have_no_whole_block(self) -> None:
        self.assertEqual(dot_in_order(Lanes([2.0, 3.0]), Lanes([5.0, 7.0])), 31.0)


class TestArchitecture(unittest.TestCase):
    def test_precision_follows_the_layers(self) -> None:
        sine = {"activation": {"sine": {"period": 8, "steps": 4}}}
        self.assertEqual(precision(network([{"activation": "square"}])), "exact")
        self.assertEqual(precision(network([sine])), "f64")
        self.assertEqual(precision(network([], "real")), "f64")
        self.assertTrue(rounds_alike(network([{"activation": {"polynomial": [1.0]}}], "real")))
        self.assertFalse(rounds_alike(network([sine])))

    def test_shapes(self) -> None:
        conv = layers(network([{"conv2d": {"maps": 5, "kernel": 5, "stride": 2, "padding": 1}}]))[0]
        self.assertEqual(output_shape(conv, Shape(1, 28, 28)), Shape(5, 13, 13))

    def test_weights_that_do_not_fit_are_refused(self) -> None:
        architecture = network([{"dense": {"outputs": 2}}], side=1)
        good = {"0.weight": Tensor((2, 1), array("q", [1, 2])), "0.bias": Tensor((2,), array("q", [3, 4]))}
        self.assertEqual(Network(architecture, good).resident_bytes(), 32)
        for name, bad in (
            ("0.weight", Tensor((1, 2), array("q", [1, 2]))),
            ("0.bias", Tensor((2,), array("d", [3, 4]))),
        ):
            with self.assertRaises(Malformed):
                Network(architecture, {**good, name: bad})
        with self.assertRaises(Malformed):
            Network(architecture, {"0.weight": good["0.weight"]})

    def test_images_of_another_shape_are_refused(self) -> None:
        with self.assertRaises(Malformed):
            Network(network(["flatten"]), {}).logits(Images((1, 5, 5), bytes(25)))

    def test_unknown_layers_are_refused(self) -> None:
        with self.assertRaises(Malformed):
            Network(network(["dropout"]), {})

    def test_scores_of_integers_are_integers(self) -> None:
        self.assertEqual(Network(network(["flatten"]), {}).logits(Images((1, 6, 6), bytes(36))).kind, Kind.INTEGER)


if __name__ == "__main__":
    unittest.main()
