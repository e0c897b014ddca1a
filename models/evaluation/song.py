"""Everything that is measured on one song."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from models.activation import ActivationSettings
from models.data.audio_file import SAMPLE_RATE, MultitrackError
from models.data.multitrack import ACTIVE_FLOOR_DBFS, HOP_SAMPLES, Multitrack
from models.evaluation.bss_eval import METRICS, Reference, bss_eval
from models.evaluation.estimates import ORACLES, Sources, estimates_of, separate_whole, weight_stems
from models.instruments import INSTRUMENTS, STEMS
from models.separator import Separator

SCORES_VERSION: Final = 1
"""To be raised when the same estimates get other scores: what was kept is then measured again."""

WINDOW_S: Final = 1.0
NOISE: Final = 1e-4
"""80 dB below full scale."""

CEILING_DB: Final = 100.0
"""What a perfect estimate scores; without it the score would be infinite or the noise of the arithmetic."""

SongScores = dict[str, dict[str, float | None]]


@dataclass(frozen=True)
class Passage:
    """The part of a song that is scored; in samples. `start` lies on an activation frame."""

    start: int
    samples: int

    @staticmethod
    def of(song: Multitrack, length_s: float | None) -> "Passage":
        """The middle `length_s` of a song, or all of it."""
        wanted = song.samples if length_s is None else min(song.samples, round(length_s * SAMPLE_RATE))
        return Passage((song.samples - wanted) // 2 // HOP_SAMPLES * HOP_SAMPLES, wanted)


@dataclass(frozen=True)
class Activations:
    """Labels and probabilities `(6, frames)` of one separator on one song; `known` are the instruments with a label."""

    known: tuple[str, ...]
    truth: NDArray[np.bool_]
    probabilities: dict[str, NDArray[np.float32]]


@dataclass(frozen=True)
class SongResult:
    """Scores of one song: `models` by name, source and metric; `windows` scored and silent, by source."""

    models: dict[str, SongScores]
    windows: dict[str, dict[str, int]]
    activations: Activations


def evaluate_song(
    song: Multitrack,
    separators: Sequence[Separator],
    oracles: Iterable[str],
    settings: ActivationSettings,
    length_s: float | None,
) -> SongResult:
    """Separate and score one song. Raises MultitrackError if it cannot be read or is shorter than a window."""
    passage = Passage.of(song, length_s)
    if passage.samples < WINDOW_S * SAMPLE_RATE:
        raise MultitrackError(f"{song.folder} is too short to be scored; it must last at least {WINDOW_S:g} s.")
    sources = {stem: song.read(stem, passage.start, passage.samples) for stem in STEMS if stem in song.files}
    mix = sum(sources.values(), np.zeros((passage.samples, 2), np.float32))
    estimates: dict[str, Sources] = {}
    probabilities = {}
    for separator in separators:
        stems, activations = separate_whole(separator, mix)
        kept = {separator.name: stems}
        if separator.has_activations:
            probabilities[separator.name] = activations
            kept[weighted_name(separator.name)] = weight_stems(stems, activations, settings)
        for name, version in kept.items():
            estimates[name] = estimates_of(version, mix, separator.instruments, song.labelled, tuple(sources))
    estimates |= {name: ORACLES[name](sources, mix) for name in oracles}
    models, windows = score(sources, estimates)
    known = tuple(name for name in INSTRUMENTS if name in song.labelled)
    return SongResult(models, windows, Activations(known, labels_of(song, passage), probabilities))


def weighted_name(model: str) -> str:
    """The name of a model's stems weighted by their activation."""
    return f"{model}, weighted"


def score(
    sources: Sources, estimates: Mapping[str, Sources]
) -> tuple[dict[str, SongScores], dict[str, dict[str, int]]]:
    """BSS Eval v4 of several models' estimates: medians over windows of a second, and how many windows there were.

    A window in which a source is silent (below the floor of the activation labels) does not count for it, as `museval`
    documents for windows without sound; there, however, it would not count for any of the sources, and neither would
    one in which an *estimate* is silent, which would reward muting. A source that is silent throughout is not scored.

    Raises ValueError if an estimate is of no source or of another length.
    """
    for model, own in estimates.items():
        for name, audio in own.items():
            if name not in sources or audio.shape != sources[name].shape:
                raise ValueError(f"the estimate of {name} by {model} is of nothing that the song has")
    names = [name for name, audio in sources.items() if np.abs(audio).max(initial=0) > 0]
    if not names:
        return {model: {} for model in estimates}, {}
    truth = np.stack([sources[name] for name in names]).astype(np.float64)
    # The same faint noise on both: what a lossy codec has cut off above some frequency leaves the distortion filters
    # of BSS Eval undetermined there, and SIR, SAR and ISR without meaning. SDR does not change.
    noise = np.random.default_rng(0).normal(0.0, NOISE, truth.shape)
    window = min(round(WINDOW_S * SAMPLE_RATE), truth.shape[1])
    silent = _silent_windows(truth, window)
    reference = Reference.of(truth + noise, window)
    table: dict[str, SongScores] = {}
    for model, own in estimates.items():
        given = {i: own[name].astype(np.float64) + noise[i] for i, name in enumerate(names) if name in own}
        table[model] = {
            names[index]: {metric: _median(values[metric][~silent[index]]) for metric in METRICS}
            for index, values in bss_eval(reference, given).items()
        }
    windows = {
        name: {"scored": int((~silent[i]).sum()), "silent": int(silent[i].sum())} for i, name in enumerate(names)
    }
    return table, windows


def _silent_windows(truth: NDArray[np.float64], window: int) -> NDArray[np.bool_]:
    """Which windows `(sources, windows)` of `(sources, samples, channels)` are below the floor."""
    count = truth.shape[1] // window
    power = np.square(truth[:, : count * window]).reshape(len(truth), count, -1).mean(2)
    return np.asarray(power < 10 ** (ACTIVE_FLOOR_DBFS / 10))


def _median(values: NDArray[np.float64]) -> float | None:
    return round(float(np.median(np.clip(values, -CEILING_DB, CEILING_DB))), 4) if len(values) else None


def labels_of(song: Multitrack, passage: Passage) -> NDArray[np.bool_]:
    """In which frames of a passage each instrument sounds, `(6, frames)`; an absent one nowhere."""
    first, frames = passage.start // HOP_SAMPLES, passage.samples // HOP_SAMPLES + 1
    truth = np.zeros((len(INSTRUMENTS), frames), bool)
    for index, name in enumerate(INSTRUMENTS):
        if name in song.files:
            active = song.active(name)[first : first + frames]
            truth[index, : len(active)] = active
    return truth
