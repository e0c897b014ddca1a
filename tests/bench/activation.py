"""What a change of the activations costs in an hour of music."""

import time
from typing import Final

import numpy as np

from app.mixing.weights import Rule, StemWeights
from app.song.activation_edits import ActivationEdit
from models.activation import ActivationSettings
from tests.bench.table import Row

FRAMES: Final = 155_000
STROKES: Final = 40


class Hour:
    """The probabilities of a song of an hour, all known, that come and go."""

    def __init__(self) -> None:
        rng = np.random.default_rng(0)
        self.activations = rng.random((6, 1 + FRAMES // 40)).repeat(40, axis=1)[:, :FRAMES].astype(np.float32)
        self.activation_coverage = ((0, FRAMES),)


def pencil_row() -> Row:
    """Milliseconds until the weights of an hour are those that a moment of a stroke of the pencil draws.

    There are 200 other edits. It is the slowest of many.
    """
    others = tuple(ActivationEdit("bass", 50 * index, 50 * index + 20, "off") for index in range(200))
    rule = Rule((ActivationSettings(),) * 6, others)
    weights = StemWeights(Hour(), rule)
    longest_s = 0.0
    for length in range(2, 2 + STROKES):
        stroke = ActivationEdit("vocals", 80_000, 80_000 + length, "level", (0.5,) * length)
        started = time.perf_counter()
        weights.follow(Rule(rule.settings, (*others, stroke)))
        longest_s = max(longest_s, time.perf_counter() - started)
    return Row("pencil-60min", round(longest_s * 1e3, 2), "ms")
