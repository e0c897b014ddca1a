"""When each instrument plays, as regions in time, and as the labels that Audacity reads and writes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.song.activation_edits import ActivationEdit, edited_decisions
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
    activations: NDArray[np.float32],
    settings: Mapping[str, ActivationSettings],
    duration_s: float,
    edits: Sequence[ActivationEdit] = (),
) -> tuple[Region, ...]:
    """The regions of all instruments, by their start.

    Args:
        activations: float32 `(6, activation frames)` probabilities.
        settings: what counts as playing, for each of `models.instruments.INSTRUMENTS`.
        duration_s: of the song; regions end there at the latest.
        edits: what a listener said against the estimate, in order.
    """
    found = [
        regions_of(instrument, probabilities, settings[instrument], duration_s, edits)
        for instrument, probabilities in zip(INSTRUMENTS, activations, strict=True)
    ]
    return tuple(sorted(region for regions in found for region in regions))


def regions_of(
    instrument: str,
    probabilities: NDArray[np.float32],
    settings: ActivationSettings,
    duration_s: float,
    edits: Sequence[ActivationEdit] = (),
) -> tuple[Region, ...]:
    """The regions of one instrument from its probabilities, float32 `(activation frames,)`; see `find_regions`.

    An edge lies halfway between the activation frames that it parts.
    """
    playing = edited_decisions(activation_decisions(probabilities, settings), edits, instrument)
    edges = np.flatnonzero(np.diff(playing, prepend=False, append=False)).reshape(-1, 2)
    times_s = np.clip((edges - 0.5) / ACTIVATION_RATE_HZ, 0.0, duration_s)
    times_s[edges == len(playing)] = duration_s
    rounded = [(round(start_s, _DECIMALS), round(stop_s, _DECIMALS)) for start_s, stop_s in times_s.tolist()]
    return tuple(Region(start_s, stop_s, instrument) for start_s, stop_s in rounded if start_s < stop_s)


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
            raise ValueError(
                f"line {number} names no instrument but “{instrument[:40]}”: take {', '.join(INSTRUMENTS)}"
            )
        if not 0.0 <= start_s < stop_s < float("inf"):
            raise ValueError(f"line {number} does not end after it starts")
        regions.append(Region(round(start_s, _DECIMALS), round(stop_s, _DECIMALS), instrument))
    return tuple(sorted(regions))
