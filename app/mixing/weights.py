"""The weight of every stem in time: what settings and edits make of the probabilities."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

from app.song.activation_edits import Edits, changed_spans, edited_decisions, lay_over
from app.song.coverage import Spans
from models.activation import ActivationSettings, activation_decisions, activation_weights
from models.instruments import INSTRUMENTS

WEIGHT_LANES: Final = 8
"""Columns of a weight array: the instruments, then zeros that round the row up to what the kernel reads at once."""

Samples = NDArray[np.float32]
Flags = NDArray[np.bool_]


class WeightSource(Protocol):
    """What weights are made of; `app.song.song.Song` has it."""

    activations: Samples

    @property
    def activation_coverage(self) -> Spans:
        """The activation frames in which a stem may be heard."""


def stem_weights(
    probabilities: NDArray[np.float32],
    spans: Sequence[tuple[int, int]],
    settings: Sequence[ActivationSettings],
    edits: Edits = (),
) -> NDArray[np.float32]:
    """Weights of all stems.

    Every span is filtered by itself, so that what is not known yet does not pull the weights beside it down.

    Args:
        probabilities: float32 `(6, activation frames)`.
        spans: (start, stop) of the activation frames that may have a weight; it is 0 in all others.
        settings: one for each instrument.
        edits: to be laid over them, within the spans.

    Returns:
        float32 `(activation frames, 8)`, 0..1, a column for each instrument and two of zeros.
    """
    weights = np.zeros((probabilities.shape[1], WEIGHT_LANES), np.float32)
    for index in range(len(INSTRUMENTS)):
        _estimate(weights[:, index], probabilities[index], spans, settings[index])
    if edits:
        estimated = weights.copy()
        for instrument in {edit.instrument for edit in edits}:
            _edit(weights, estimated, spans, edits, instrument, (0, len(weights)))
    return weights


def _estimate(
    weights: Samples, probabilities: Samples, spans: Sequence[tuple[int, int]], settings: ActivationSettings
) -> None:
    for start, stop in spans:
        weights[start:stop] = activation_weights(probabilities[start:stop], settings)


def _edit(
    weights: Samples,
    estimated: Samples,
    spans: Sequence[tuple[int, int]],
    edits: Edits,
    instrument: str,
    stretch: tuple[int, int],
) -> None:
    """Write estimate and edits of an instrument into its weights, within that stretch alone."""
    index = INSTRUMENTS.index(instrument)
    own = [edit for edit in edits if edit.instrument == instrument]
    start, stop = (min(edge, len(weights)) for edge in stretch)
    weights[start:stop, index] = estimated[start:stop, index]
    for known_start, known_stop in spans:
        first, last = max(start, known_start), min(stop, known_stop)
        if first < last:
            lay_over(weights[:, index], estimated[:, index], own, (first, last))


@dataclass(frozen=True)
class Rule:
    """What makes weights of probabilities: settings for each instrument, and edits."""

    settings: tuple[ActivationSettings, ...]
    edits: Edits = ()


class StemWeights:
    """The weights of a song's stems, computed anew only where something has changed.

    To be changed on one thread at a time; `weights` may be read anywhere.

    Attributes:
        weights: float32 `(activation frames, 8)` as `stem_weights` gives them, with the edits laid over: another
            array, read-only, after each change. Where nothing is separated it is 0 whatever the edits say.
    """

    def __init__(self, source: WeightSource, rule: Rule) -> None:
        """Compute all."""
        self._source = source
        self.rule = rule
        self.refresh()

    def refresh(self) -> None:
        """Compute all anew: the probabilities have changed, or what of them is known."""
        self._spans = self._source.activation_coverage
        self._estimated = stem_weights(self._source.activations, self._spans, self.rule.settings)
        weights = self._estimated.copy()
        for instrument in {edit.instrument for edit in self.rule.edits}:
            _edit(weights, self._estimated, self._spans, self.rule.edits, instrument, (0, len(weights)))
        self._put(weights)

    def follow(self, rule: Rule) -> bool:
        """Go by another rule from now on; returns whether a weight may have changed."""
        before, self.rule = self.rule, rule
        stale = changed_spans(before.edits, rule.edits)
        for index, instrument in enumerate(INSTRUMENTS):
            if before.settings[index] != rule.settings[index]:
                column = np.zeros(len(self._estimated), np.float32)
                _estimate(column, self._source.activations[index], self._spans, rule.settings[index])
                self._estimated[:, index] = column
                stale[instrument] = 0, len(self._estimated)
        if not stale:
            return False
        weights = self.weights.copy()
        for instrument, stretch in stale.items():
            _edit(weights, self._estimated, self._spans, rule.edits, instrument, stretch)
        self._put(weights)
        return True

    def playing(self, instrument: str) -> Flags:
        """Where an instrument plays, edits included, bool `(activation frames,)`: whatever the mode is."""
        index = INSTRUMENTS.index(instrument)
        probabilities, settings = self._source.activations[index], self.rule.settings[index]
        playing = np.zeros(len(probabilities), bool)
        for start, stop in self._spans:
            playing[start:stop] = activation_decisions(probabilities[start:stop], settings)
        return edited_decisions(playing, self.rule.edits, instrument)

    def activity(self) -> Samples:
        """How clearly each instrument plays, edits included, float32 `(6, activation frames)`, 0..1."""
        activity = np.zeros((len(self._estimated), WEIGHT_LANES), np.float32)
        for start, stop in self._spans:
            activity[start:stop, : len(INSTRUMENTS)] = self._source.activations[:, start:stop].T
        estimated = activity.copy()
        for index, instrument in enumerate(INSTRUMENTS):
            edits = (edit for edit in self.rule.edits if edit.instrument == instrument)
            lay_over(activity[:, index], estimated[:, index], edits, (0, len(activity)))
        return np.ascontiguousarray(activity[:, : len(INSTRUMENTS)].T)

    def _put(self, weights: Samples) -> None:
        weights.flags.writeable = False
        self.weights = weights
