"""When each instrument plays, as regions in time, and as the labels that Audacity reads and writes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.activation import ACTIVATION_RATE_HZ, ActivationSettings, activation_decisions
from models.instruments import INSTRUMENTS

_DECIMALS = 6  # what Audacity writes


@dataclass(frozen=True, order=True)
class Region:
    """A stretch of time in which an instrument plays, in whole microseconds, so that files give it back exactly."""

    start_s: float
    stop_s: float
    instrument: str


def find_regions(
    activations: NDArray[np.float32], settings: Mapping[str, ActivationSettings], duration_s: float
) -> tuple[Region, ...]:
    """The regions of all instruments, by their start.

    An edge lies halfway between the activation frames that it parts.

    Args:
        activations: float32 `(6, activation frames)` probabilities.
        settings: what counts as playing, for each of `models.instruments.INSTRUMENTS`.
        duration_s: of the song; regions end there at the latest.
    """
    regions = []
    for instrument, probabilities in zip(INSTRUMENTS, activations, strict=True):
        playing = activation_decisions(probabilities, settings[instrument])
        edges = np.flatnonzero(np.diff(playing, prepend=False, append=False))
        for first, last in edges.reshape(-1, 2):
            start_s, stop_s = (
                round(min(max(0.0, (edge - 0.5) / ACTIVATION_RATE_HZ), duration_s), _DECIMALS) for edge in (first, last)
            )
            if last == len(playing):
                stop_s = round(duration_s, _DECIMALS)
            if start_s < stop_s:
                regions.append(Region(start_s, stop_s, instrument))
    return tuple(sorted(regions))


def labels_text(regions: Sequence[Region]) -> str:
    """The regions as a label file of Audacity: start, end and name, parted by tabs, one to a line."""
    return "".join(f"{region.start_s:.6f}\t{region.stop_s:.6f}\t{region.instrument}\n" for region in sorted(regions))


def read_labels(text: str) -> tuple[Region, ...]:
    """The regions of a label file, by their start. Raises ValueError, with the line's number, for what is none."""
    regions = []
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip() or line.startswith("\\"):  # Audacity's lines with frequencies
            continue
        fields = line.split("\t")
        try:
            start_s, stop_s, instrument = float(fields[0]), float(fields[1]), fields[2].strip()
        except (IndexError, ValueError):
            raise ValueError(f"line {number} is not a label: it needs a start, an end and a name") from None
        if instrument not in INSTRUMENTS:
            raise ValueError(f"line {number} names no instrument but “{instrument}”: take {', '.join(INSTRUMENTS)}")
        if not 0.0 <= start_s < stop_s < float("inf"):
            raise ValueError(f"line {number} does not end after it starts")
        regions.append(Region(round(start_s, _DECIMALS), round(stop_s, _DECIMALS), instrument))
    return tuple(sorted(regions))
