"""Separators made of separators: vocals of one with the rest of another, and activations lent to one that has none.

*Frames* are sample frames of the song unless called activation frames.
"""

from collections.abc import Callable, Generator, Mapping
from contextlib import closing
from dataclasses import replace
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import median_filter

from models.activation import ACTIVATION_RATE_HZ, ActivationSettings
from models.blocks import rms
from models.instruments import INSTRUMENTS
from models.pieces import Pieces
from models.separator import Samples, Separator, Span

VOCALS: Final = INSTRUMENTS.index("vocals")

LEAST_SHARE: Final = 0.05
"""Added to the squared probability of each lane: a stem is shared equally while none of its lanes plays."""

SMOOTHED_FRAMES: Final = ActivationSettings().median_frames
"""Activation frames of the median filter that keeps a stem from hopping between its lanes."""


class Hybrid:
    """The first separator's vocals; the second one's other stems, heard in what the vocals leave.

    The activations are the second one's: of vocals in the mix, of the others in what the vocals leave.
    """

    def __init__(self, name: str, first: Separator, second: Separator) -> None:
        self.name = name
        self.rate = second.rate
        known = {*second.instruments, "vocals"}
        self.instruments = tuple(instrument for instrument in INSTRUMENTS if instrument in known)
        self.has_activations = second.has_activations
        self._first, self._second = first, second

    def separate(
        self, mix: Samples, rate: int, *, position: int | Callable[[], int] = 0, done: tuple[tuple[int, int], ...] = ()
    ) -> Generator[Span, None, None]:
        """Separate a song, as `models.separator.Separator` says."""
        level = rms(mix)
        whole = Pieces(self._second, _Song(mix, level), rate, stems=False)
        with closing(Pieces(self._first, mix, rate)) as first, closing(whole):
            rest = _Accompaniment(mix, level, first)
            for span in self._second.separate(rest, rate, position=position, done=done):
                stop = span.start + span.stems.shape[1]
                stems, activations = span.stems.copy(), span.activations.copy()
                stems[VOCALS] = first.stems(span.start, stop)[VOCALS]
                if self.has_activations:
                    activations[VOCALS] = whole.activations(span.start, stop)[1][VOCALS]
                yield replace(span, stems=stems, activations=activations)


class WithActivations:
    """A separator without activations, which another one lends it.

    A stem that feeds several lanes is split in time. Each lane gets its share of the squares of the probabilities,
    which are smoothed by the published median filter; together the lanes are the stem.
    """

    has_activations = True

    def __init__(self, separator: Separator, lender: Separator, lanes: Mapping[str, tuple[str, ...]]) -> None:
        """`lanes` are the instruments that each stem of another name feeds; it lies in the first one."""
        self.name = separator.name
        self.rate = separator.rate
        self.instruments = separator.instruments
        self._separator, self._lender = separator, lender
        self._unknown = [row for row, name in enumerate(INSTRUMENTS) if name not in self.instruments]
        self._groups = [[INSTRUMENTS.index(lane) for lane in group] for group in lanes.values()]

    def separate(
        self, mix: Samples, rate: int, *, position: int | Callable[[], int] = 0, done: tuple[tuple[int, int], ...] = ()
    ) -> Generator[Span, None, None]:
        """Separate a song, as `models.separator.Separator` says."""
        around = int(rate * SMOOTHED_FRAMES / ACTIVATION_RATE_HZ) if self._groups else 0
        with closing(Pieces(self._lender, mix, rate, stems=False)) as lent:
            for span in self._separator.separate(mix, rate, position=position, done=done):
                stop = span.start + span.stems.shape[1]
                first, known = lent.activations(span.start - around, stop + around)
                stems = split(span.stems, span.start, rate, first, known, self._groups) if around else span.stems
                count, skip = span.activations.shape[1], span.first_activation - first
                activations = known[:, skip : skip + count].copy()
                activations[self._unknown] = 0.0
                yield replace(span, stems=stems, activations=activations)


def split(
    stems: NDArray[np.float32],
    start: int,
    rate: int,
    first: int,
    probabilities: NDArray[np.float32],
    groups: list[list[int]],
) -> NDArray[np.float32]:
    """Share what lies in the lanes of each group among them.

    Args:
        stems: `(6, frames, 2)` from frame `start` of a song of `rate` Hz on.
        start: see there.
        rate: see there.
        first: the activation frame of the first probability.
        probabilities: `(6, n)`, from before the first frame to behind the last one where the song goes on.
        groups: the rows of the lanes.
    """
    result = stems.copy()
    places = np.arange(start, start + stems.shape[1]) / rate * ACTIVATION_RATE_HZ - first
    grid = np.arange(probabilities.shape[1])
    for group in groups:
        power = median_filter(probabilities[group], (1, SMOOTHED_FRAMES), mode="nearest") ** 2 + LEAST_SHARE
        together = stems[group].sum(0)
        for row, share in zip(group, power / power.sum(0), strict=True):
            np.multiply(together, np.interp(places, grid, share).astype(np.float32)[:, None], out=result[row])
    return result


class _Song:
    """A song that knows its level."""

    def __init__(self, mix: Samples, level: float) -> None:
        self._mix = mix
        self.rms = level

    @property
    def shape(self) -> tuple[int, ...]:
        return self._mix.shape

    def __getitem__(self, key: Any, /) -> Any:
        return self._mix[key]


class _Accompaniment(_Song):
    """A song without its vocals, which are made when they are needed. Its level is the song's."""

    def __init__(self, mix: Samples, level: float, vocals: Pieces) -> None:
        super().__init__(mix, level)
        self._vocals = vocals

    def __getitem__(self, key: Any, /) -> NDArray[np.float32]:
        start, stop, _ = key.indices(self.shape[0])
        rest: NDArray[np.float32] = self._mix[start:stop] - self._vocals.stems(start, stop)[VOCALS]
        return rest
