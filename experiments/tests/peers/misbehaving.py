"""A peer that computes in cleartext until it misbehaves in the way that its argument names.

``hang``: never answers a query. ``die``: ends in the middle of one. ``short``: leaves scores out.
``lie``: claims to have worked for an hour. ``wrong``: answers with the scores in reverse.
"""

import os
import pathlib
import sys
import time
from typing import Callable, Sequence

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[3] / "schemes" / "peers" / "python"))

from blindbench_peer import Probe, main  # noqa: E402
from cleartext import ClearClient, ClearServer  # noqa: E402
from messages import Logits  # noqa: E402

WAY = sys.argv[1]


class Misbehaving(ClearServer):
    """Answers queries in the way that was asked for."""

    def evaluate(self, query: bytes, seed: bytes, probe: Probe) -> bytes:
        if WAY == "hang":
            time.sleep(3600)
        if WAY == "die":
            os._exit(7)
        if WAY == "lie":
            probe._started = (probe._started[0] - 3_600_000_000_000, probe._started[1])
        answer = super().evaluate(query, seed, probe)
        if WAY == "short":
            return changed(answer, lambda logits: logits.values[: -logits.classes])
        if WAY == "wrong":
            return changed(answer, lambda logits: logits.values[::-1])
        return answer


def changed(answer: bytes, values: Callable[[Logits], Sequence[int]]) -> bytes:
    """The answer with other scores."""
    logits = Logits.from_bytes(answer)
    return Logits(logits.classes, logits.kind, values(logits)).to_bytes()


main(ClearClient, Misbehaving, "misbehaving.py")
