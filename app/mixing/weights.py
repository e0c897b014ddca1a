"""The weight of every stem in time: what the activation settings make of the probabilities."""

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from models.activation import ActivationSettings, activation_weights
from models.instruments import INSTRUMENTS

WEIGHT_LANES: Final = 8
"""Columns of a weight array: the instruments, then zeros that round the row up to what the kernel reads at once."""


def stem_weights(
    probabilities: NDArray[np.float32],
    spans: Sequence[tuple[int, int]],
    settings: Sequence[ActivationSettings],
) -> NDArray[np.float32]:
    """Weights of all stems.

    Every span is filtered by itself, so that what is not known yet does not pull the weights beside it down.

    Args:
        probabilities: float32 `(6, activation frames)`.
        spans: (start, stop) of the activation frames that may have a weight; it is 0 in all others.
        settings: one for each instrument.

    Returns:
        float32 `(activation frames, 8)`, 0..1, a column for each instrument and two of zeros.
    """
    weights = np.zeros((probabilities.shape[1], WEIGHT_LANES), np.float32)
    for index in range(len(INSTRUMENTS)):
        for start, stop in spans:
            weights[start:stop, index] = activation_weights(probabilities[index, start:stop], settings[index])
    return weights
