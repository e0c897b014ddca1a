"""A picture of a song's activations against the truth, as SVG: sharp at any size, and no library is needed."""

from html import escape
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

from models.activation import ACTIVATION_RATE_HZ, ActivationSettings, activation_weights
from models.evaluation.song import Activations
from models.instruments import INSTRUMENTS

WIDTH: Final = 900
LEFT: Final = 120
LANE: Final = 56
GAP: Final = 10
TOP: Final = 46


def activation_picture(title: str, activations: Activations, model: str, settings: ActivationSettings) -> str:
    """SVG text. A lane an instrument: where it sounds (area), the probability (line), the weight made of it (bar)."""
    probabilities = activations.probabilities[model]
    frames = probabilities.shape[1]
    scale = (WIDTH - LEFT - 20) / max(frames - 1, 1)
    weights = activation_weights(probabilities, settings)
    height = TOP + len(INSTRUMENTS) * (LANE + GAP) + 30
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" font-family="sans-serif" '
        f'font-size="13"><title>{escape(title)}</title><rect width="{WIDTH}" height="{height}" fill="#fff"/>',
        f'<text x="{LEFT}" y="18" font-size="15">{escape(title)}</text>'
        f'<text x="{LEFT}" y="36" fill="#555">area: the instrument sounds; line: probability; bar: weight</text>',
    ]
    for index, name in enumerate(INSTRUMENTS):
        top = TOP + index * (LANE + GAP)
        parts.append(f'<text x="{LEFT - 8}" y="{top + LANE / 2 + 4}" text-anchor="end">{name.replace("_", " ")}</text>')
        parts.append(f'<rect x="{LEFT}" y="{top}" width="{WIDTH - LEFT - 20}" height="{LANE}" fill="#f4f4f4"/>')
        if name in activations.known:
            parts += _areas(activations.truth[index], scale, top)
        parts += _bars(weights[index], scale, top + LANE - 6)
        parts.append(_line(probabilities[index], scale, top))
    parts.append(_axis(frames, scale, height - 22))
    return "\n".join([*parts, "</svg>\n"])


def _areas(truth: NDArray[np.bool_], scale: float, top: int) -> list[str]:
    return [
        f'<rect x="{LEFT + start * scale:.1f}" y="{top}" width="{(stop - start) * scale:.1f}" height="{LANE}" '
        f'fill="#bcd7f0"/>'
        for start, stop in _runs(truth)
    ]


def _bars(weights: NDArray[np.float32], scale: float, top: int) -> list[str]:
    """Runs of equal weight in steps of a tenth."""
    steps = np.round(weights * 10).astype(int)
    borders = [0, *(np.flatnonzero(np.diff(steps)) + 1), len(steps)]
    return [
        f'<rect x="{LEFT + start * scale:.1f}" y="{top}" width="{(stop - start) * scale:.1f}" height="6" '
        f'fill="#2a7d2e" fill-opacity="{steps[start] / 10:g}"/>'
        for start, stop in pairwise(borders)
        if steps[start]
    ]


def _line(probabilities: NDArray[np.float32], scale: float, top: int) -> str:
    points = " ".join(f"{LEFT + i * scale:.1f},{top + LANE * (1 - value):.1f}" for i, value in enumerate(probabilities))
    return f'<polyline points="{points}" fill="none" stroke="#c0392b" stroke-width="1"/>'


def _axis(frames: int, scale: float, top: int) -> str:
    """A tick every five seconds, or every minute in a long song."""
    seconds = frames / ACTIVATION_RATE_HZ
    step = 5 if seconds <= 120 else 60
    ticks = [
        f'<text x="{LEFT + second * ACTIVATION_RATE_HZ * scale:.1f}" y="{top + 14}" text-anchor="middle">'
        f"{second} s</text>"
        for second in range(0, int(seconds) + 1, step)
    ]
    return "".join(ticks)


def _runs(flags: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """Half-open ranges in which the flags are set."""
    edges = np.flatnonzero(np.diff(np.concatenate(([False], flags, [False])).astype(np.int8)))
    return [(int(start), int(stop)) for start, stop in edges.reshape(-1, 2)]
