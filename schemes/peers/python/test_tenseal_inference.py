"""The peer that runs networks under TenSEAL, both sides in one process. Left out where the library is missing."""

import importlib.util
import json
import random
import unittest
from array import array
from typing import Any, Dict, List

from blindbench_peer import Probe, Refused
from messages import Images, Malformed, Tensor, Weights
from network import Network, layers, output_shape, cropped

SEED = bytes(32)
PARAMS: Dict[str, Any] = {"log_n": 13, "moduli": [29] + 6 * [26], "special": [29], "log_scale": 26}
SQUARE = {"activation": "square"}
CONV = [{"conv2d": {"maps": 2, "kernel": 3, "stride": 2, "padding": 0}}, SQUARE, "flatten"]
DENSE = [{"dense": {"outputs": 5}}, SQUARE, {"dense": {"outputs": 3}}]


def architecture(stated: List[Any]) -> Dict[str, Any]:
    shape = {"channels": 1, "height": 9, "width": 7}
    return {"input": {"shape": shape, "crop": 0, "pixels": "unit"}, "arithmetic": "real", "layers": stated}


def weights(network: Dict[str, Any]) -> Weights:
    """Such that scores are larger than the noise and smaller than the last prime."""
    draw, shape, made = random.Random(1), cropped(network), {}
    for index, layer in enumerate(layers(network)):
        after = output_shape(layer, shape)
        if layer.kind in ("conv2d", "dense"):
            size = layer.fields.get("kernel", 0)
            extents = (after.channels, 1, size, size) if size else (after.channels, shape.size())
            count = size * size or shape.size()
            values = [draw.gauss(0, 2 * count**-0.5) for _ in range(after.channels * count)]
            made[f"{index}.weight"] = Tensor(extents, array("d", values))
            made[f"{index}.bias"] = Tensor((after.channels,), array("d", [0.1] * after.channels))
        shape = after
    return made


@unittest.skipUnless(importlib.util.find_spec("tenseal"), "tenseal is missing: scripts/install-peers")
class TestTensealInference(unittest.TestCase):
    def client(self, network: Dict[str, Any], **params: Any) -> Any:
        from tenseal_inference import TensealClient

        client = TensealClient()
        self.plan, self.description = client.plan(network, 1, {**PARAMS, **params})
        client.open(self.plan)
        return client

    def server(self) -> Any:
        from tenseal_inference import TensealServer

        server = TensealServer()
        server.open(self.plan)
        return server

    def check(self, stated: List[Any], **params: Any) -> None:
        """Scores keep the promise, and are right."""
        network = architecture(stated)
        given = weights(network)
        client, server = self.client(network, **params), None
        server = self.server()
        request = server.load(client.publish(client.keygen(SEED), given, SEED))
        self.assertGreater(server.setup(client.server_key(request, SEED)), 10_000_000)
        draw = random.Random(3)
        # Black around, as digits are.
        inside = [0 < y < 8 and 0 < x < 6 for y in range(9) for x in range(7)]
        image = Images((1, 9, 7), bytes(draw.randrange(256) * each for each in inside))
        probe = Probe()
        answer = server.evaluate(client.encrypt(image, SEED), SEED, probe)
        self.assertEqual(len(probe.finish().spans), len(stated))
        found, expected = client.decrypt(answer).values, Network(network, given).logits(image).values
        error, promised = max(abs(a - b) for a, b in zip(found, expected)), client.promise(given)["logit_error"]
        self.assertLessEqual(error, promised)
        # A bias that one slot lacks makes more of a difference.
        self.assertLess(error, 0.01 * max(map(abs, expected)))

    def test_a_convolution_and_two_dense_layers(self) -> None:
        self.check(CONV + DENSE, answer_shift=2)
        self.assertEqual(self.description["security"]["bits"], 128.0)

    def test_dense_layers_alone(self) -> None:
        self.check(["flatten", *DENSE])

    def test_a_server_that_is_given_the_secret_key_refuses_it(self) -> None:
        from tenseal_inference import context
        import packed

        network = architecture(CONV + DENSE)
        client = self.client(network)
        server = self.server()
        server.load(client.publish(b"", weights(network), SEED))
        secret = context(packed.read(self.plan).parameters).serialize(save_secret_key=True)
        with self.assertRaises(Malformed):
            server.setup(secret)

    def test_what_the_library_refuses_is_refused_with_the_remedy(self) -> None:
        with self.assertRaises(Refused) as refused:
            self.client(architecture(CONV + DENSE), log_n=12)
        self.assertIn("raise `log_n`", str(refused.exception))

    def test_more_than_one_image_is_refused(self) -> None:
        client = self.client(architecture(CONV + DENSE))
        client.keygen(SEED)
        with self.assertRaises(Refused):
            client.encrypt(Images((1, 9, 7), bytes(126)), SEED)
        self.assertEqual(json.loads(self.plan)["params"], PARAMS)


if __name__ == "__main__":
    unittest.main()
