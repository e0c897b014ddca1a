"""Which activation settings serve best: F1 of the decisions, and SDR of the stems that they weigh.

Many settings are tried on the same separated songs, so the SDR is computed from sums over hops of 1024 samples, the
weight being constant in each: `sum (w e - s)^2 = w^2 sum e^2 - 2 w sum e s + sum s^2`. The SDR of BSS Eval is the same
ratio.
*Frames* are activation frames, *hops* lie between them.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, logit

from models.activation import ActivationSettings, activation_decisions, activation_weights
from models.data.audio_file import SAMPLE_RATE
from models.data.multitrack import ACTIVE_FLOOR_DBFS, HOP_SAMPLES
from models.evaluation.estimates import Audio
from models.instruments import INSTRUMENTS

WINDOW_HOPS: Final = round(SAMPLE_RATE / HOP_SAMPLES)

Sums = NDArray[np.float64]


@dataclass(frozen=True)
class HopSums:
    """One song: sums over hops `(6, hops)` of squares and products; labels and probabilities `(6, frames)`.

    `present` says which instruments the song has; `labelled` of which it says when they play.
    """

    estimate: Sums
    product: Sums
    truth: Sums
    active: NDArray[np.bool_]
    probabilities: NDArray[np.float32]
    present: NDArray[np.bool_]
    labelled: NDArray[np.bool_]

    @staticmethod
    def of(
        stems: Audio,
        truths: Audio,
        active: NDArray[np.bool_],
        probabilities: NDArray[np.float32],
        present: Iterable[str],
        labelled: Iterable[str],
    ) -> "HopSums":
        """From estimated and true stems `(6, samples, 2)`."""
        return HopSums(
            _per_hop(stems, stems),
            _per_hop(stems, truths),
            _per_hop(truths, truths),
            active,
            probabilities,
            np.isin(INSTRUMENTS, list(present)),
            np.isin(INSTRUMENTS, list(labelled)),
        )


@dataclass(frozen=True)
class Choice:
    """What settings do: mean SDR over the instruments in dB, F1 of each, and by how much rests become quieter."""

    settings: ActivationSettings
    sdr_db: float
    f1: dict[str, float]
    rest_gain_db: float

    @property
    def mean_f1(self) -> float:
        """Over the instruments."""
        return float(np.mean(list(self.f1.values()))) if self.f1 else float("nan")


def grid() -> Iterator[ActivationSettings]:
    """The settings that are tried, the simpler ones first."""
    thresholds = (0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5, 0.55, 0.6, 0.7)
    for minimum, fade, hysteresis, median, threshold, mode in product(
        (1, 11), (0, 11, 43), (0.0, 0.3, 0.6), (21, 11, 43), thresholds, ("soft", "hard")
    ):
        yield ActivationSettings(mode, threshold, median, hysteresis, minimum, fade)  # type: ignore[arg-type]


def measure(songs: Sequence[HopSums], settings: ActivationSettings) -> Choice:
    """Try one setting."""
    ratios: list[list[float]] = [[] for _ in INSTRUMENTS]
    hits, found, active = (np.zeros(len(INSTRUMENTS)) for _ in range(3))
    rests_before = rests_after = 0.0
    for song in songs:
        weights = activation_weights(song.probabilities, settings)
        decisions = activation_decisions(song.probabilities, settings)
        hits += np.where(song.labelled, (decisions & song.active).sum(1), 0)
        found += np.where(song.labelled, decisions.sum(1), 0)
        active += np.where(song.labelled, song.active.sum(1), 0)
        weight = (weights[:, :-1] + weights[:, 1:]) / 2
        weighted = weight**2 * song.estimate
        for index in np.flatnonzero(song.present):
            error = weighted[index] - 2 * weight[index] * song.product[index] + song.truth[index]
            ratios[index] += _median_ratio(song.truth[index], error)
        rests = ~(song.active[:, :-1] | song.active[:, 1:]) & song.labelled[:, None]
        rests_before += song.estimate[rests].sum()
        rests_after += weighted[rests].sum()
    medians = [float(np.median(values)) for values in ratios if values]
    f1 = {name: float(2 * hits[i] / (found[i] + active[i])) for i, name in enumerate(INSTRUMENTS) if active[i]}
    rest_gain_db = 10 * np.log10((rests_after + 1e-12) / (rests_before + 1e-12))
    return Choice(settings, float(np.mean(medians)) if medians else float("nan"), f1, float(rest_gain_db))


def calibration(thresholds: Mapping[str, float], common: float) -> NDArray[np.float64]:
    """What to add to each instrument's logits so that `common` decides as its own threshold did; 0 for the others."""
    shift = np.zeros(len(INSTRUMENTS))
    for name, threshold in thresholds.items():
        shift[INSTRUMENTS.index(name)] = logit(common) - logit(threshold)
    return shift


def calibrated(songs: Sequence[HopSums], shift: NDArray[np.float64]) -> list[HopSums]:
    """Songs whose logits are shifted."""
    return [
        replace(song, probabilities=expit(logit(song.probabilities) + shift[:, None]).astype(np.float32))
        for song in songs
    ]


def choose(songs: Sequence[HopSums], candidates: Iterable[ActivationSettings]) -> tuple[Choice, list[Choice]]:
    """Unweighted stems, and all candidates, best first.

    The best has the highest mean F1 (to a hundredth) of those whose mean SDR is not below that of unweighted stems,
    then the quietest rests, then the simpler rule; after these come the others by their SDR.
    """
    plain = measure(songs, ActivationSettings("off"))
    choices = [measure(songs, settings) for settings in candidates]
    harmless = [choice for choice in choices if choice.sdr_db >= plain.sdr_db]
    harmful = [choice for choice in choices if choice.sdr_db < plain.sdr_db]
    harmless.sort(key=lambda choice: (-round(choice.mean_f1, 2), round(choice.rest_gain_db, 1)))
    harmful.sort(key=lambda choice: choice.sdr_db, reverse=True)
    return plain, harmless + harmful


def _per_hop(first: Audio, second: Audio) -> Sums:
    """Sums of products over hops `(6, hops)`; the samples after the last whole hop do not count."""
    hops = first.shape[1] // HOP_SAMPLES
    cut = (slice(None), slice(hops * HOP_SAMPLES))
    pairs = zip(first[cut], second[cut], strict=True)
    return np.stack(
        [np.einsum("ij,ij->i", a.reshape(hops, -1), b.reshape(hops, -1), dtype=np.float64) for a, b in pairs]
    )


def _median_ratio(truth: Sums, error: Sums) -> list[float]:
    """The median over windows in which the source sounds, in a list; empty if it sounds in none."""
    windows = len(truth) // WINDOW_HOPS
    cut = windows * WINDOW_HOPS
    signal, wrong = (values[:cut].reshape(windows, -1).sum(1) for values in (truth, error))
    floor = 10 ** (ACTIVE_FLOOR_DBFS / 10) * WINDOW_HOPS * HOP_SAMPLES * 2
    sounds = signal >= floor
    if not sounds.any():
        return []
    return [float(np.median(10 * np.log10(signal[sounds] / np.maximum(wrong[sounds], 1e-10))))]
