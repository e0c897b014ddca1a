"""Parts of a song's separation, made when they are asked for: how separators are combined.

*Frames* are sample frames of the song unless called activation frames.
"""

from collections.abc import Generator
from dataclasses import replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from models.activation import ACTIVATION_RATE_HZ, activation_frame_count
from models.blocks import BlockSeparator
from models.instruments import INSTRUMENTS
from models.separator import Samples, Separator, Span

KEPT_S: Final = 60.0
"""How much of a song is kept at most; what was dropped and is asked for again is separated again."""

_REACH_S: Final = 0.25  # longer than any cross-fade: where one begins, the cell before is needed


class Pieces:
    """What a separator makes of a song, by range. Memory does not depend on the song's length."""

    def __init__(self, separator: Separator, mix: Samples, rate: int, *, stems: bool = True) -> None:
        """`stems` is False if only activations will be asked for."""
        if not stems and isinstance(separator, BlockSeparator):
            separator = separator.listener()
        self._separator, self._mix, self._rate, self._with_stems = separator, mix, rate, stems
        self._frames = mix.shape[0]
        self._spans: list[Span] = []
        self._stream: Generator[Span, None, None] | None = None
        self._given: list[tuple[int, int]] = []  # by this stream, kept or not
        self._position = 0

    def stems(self, start: int, stop: int) -> NDArray[np.float32]:
        """float32 `(6, stop - start, 2)`; the range must lie within the song."""
        self._cover(start, stop)
        result = np.zeros((len(INSTRUMENTS), stop - start, 2), np.float32)
        for span in self._spans:
            low, high = max(start, span.start), min(stop, _stop(span))
            if low < high:
                result[:, low - start : high - start] = span.stems[:, low - span.start : high - span.start]
        return result

    def activations(self, start: int, stop: int) -> tuple[int, NDArray[np.float32]]:
        """The first activation frame in a range of frames, cut to the song, and float32 `(6, n)` from there on."""
        start, stop = max(start, 0), min(stop, self._frames)
        self._cover(start, stop)
        low = int(np.ceil(start / self._rate * ACTIVATION_RATE_HZ))
        high = int(np.ceil(stop / self._rate * ACTIVATION_RATE_HZ))
        if stop == self._frames:
            high = activation_frame_count(self._frames, self._rate)
        values = np.zeros((len(INSTRUMENTS), high - low), np.float32)
        for span in self._spans:
            first, last = max(low, span.first_activation), min(high, span.first_activation + span.activations.shape[1])
            if first < last:
                part = slice(first - span.first_activation, last - span.first_activation)
                values[:, first - low : last - low] = span.activations[:, part]
        return low, values

    @property
    def kept_frames(self) -> int:
        """How many frames of the song are kept."""
        return sum(span.stems.shape[1] for span in self._spans)

    def close(self) -> None:
        """Let go of everything; it may be used again."""
        self._restart()
        self._spans = []

    def _cover(self, start: int, stop: int) -> None:
        """Have the spans of a range."""
        while (gap := self._first_gap(start, stop)) is not None:
            if any(low <= gap < high for low, high in self._given):
                self._restart()
            is_cross_fade = any(gap < low < gap + _REACH_S * self._rate for low, _ in self._given)
            self._position = max(0, gap - int(_REACH_S * self._rate)) if is_cross_fade else gap
            if self._stream is None:
                self._stream = self._separator.separate(self._mix, self._rate, position=lambda: self._position)
            span = next(self._stream, None)
            if span is None:
                raise RuntimeError(f"the separator {self._separator.name} left out a part of the song")
            self._given.append((span.start, _stop(span)))
            kept = span if self._with_stems else replace(span, stems=span.stems[..., :0].copy())
            self._spans = [other for other in self._spans if other.start != span.start] + [kept]
        self._drop_far(start, stop)

    def _first_gap(self, start: int, stop: int) -> int | None:
        """The first frame of a range that no span covers."""
        for span in sorted(self._spans, key=lambda span: span.start):
            if span.start <= start < _stop(span):
                start = _stop(span)
        return start if start < stop else None

    def _restart(self) -> None:
        if self._stream is not None:
            self._stream.close()
        self._stream, self._given = None, []

    def _drop_far(self, start: int, stop: int) -> None:
        """Forget what is farthest from a range until no more than `KEPT_S` is left."""
        self._spans.sort(key=lambda span: max(start - _stop(span), span.start - stop))
        left = max(KEPT_S * self._rate, stop - start)
        kept = []
        for span in self._spans:
            left -= span.stems.shape[1]
            if left < 0 and not (span.start < stop and start < _stop(span)):
                break
            kept.append(span)
        self._spans = kept


def _stop(span: Span) -> int:
    return span.start + span.stems.shape[1]
