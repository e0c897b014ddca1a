"""How loud exported files become: measuring, one gain for all of them, limiting."""

import math
from collections.abc import Sequence
from copy import copy
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from app.audio.units import db_to_linear
from app.mixing.meters import Meters
from app.mixing.settings import LIMITER_CEILING_RANGE_DBTP

Samples = NDArray[np.float32]
Level = Literal["none", "scale", "limit"]

LOUDNESS_RANGE_LUFS: Final = (-40.0, -5.0)
MOST_GAIN_DB: Final = 40.0
"""What is quieter than that was not meant to be heard."""
MOST_CORRECTION_DB: Final = 6.0
"""A limiter that takes away more than that would be all that one hears."""


@dataclass(frozen=True)
class ExportedFile:
    """A file that was written. Levels are -inf for silence.

    Attributes:
        path: the file.
        peak_dbfs: the largest sample.
        true_peak_dbtp: the largest value between samples too, as ITU-R BS.1770 estimates it.
        clipped_samples: how many samples lay beyond full scale and the format had to limit.
    """

    path: Path
    peak_dbfs: float
    true_peak_dbtp: float
    clipped_samples: int


@dataclass(frozen=True)
class LevelSettings:
    """The levels of an export, see `app.mixing.export.ExportRequest`. Raises ValueError for a value out of range."""

    level: Level = "none"
    ceiling_dbtp: float = -1.0
    loudness_lufs: float | None = None

    def __post_init__(self) -> None:
        if self.level not in get_args(Level):
            raise ValueError(f"level must be none, scale or limit, not {self.level!r}")
        _check_range("ceiling_dbtp", self.ceiling_dbtp, LIMITER_CEILING_RANGE_DBTP)
        if self.loudness_lufs is not None:
            _check_range("loudness_lufs", self.loudness_lufs, LOUDNESS_RANGE_LUFS)

    @property
    def measuring_passes(self) -> int:
        """How often everything has to be heard before the gain is known."""
        if self.loudness_lufs is None:
            return 1 if self.level == "scale" else 0
        return 2 if self.level == "limit" else 1

    def gain_db(self, measured: "Measurement") -> float:
        """The gain for all files, at most `MOST_GAIN_DB`; 0 for silence."""
        headroom_db = self.ceiling_dbtp - max(measured.true_peaks_dbtp)
        if not math.isfinite(headroom_db):
            return 0.0
        wanted_db = headroom_db
        if self.loudness_lufs is not None:
            wanted_db = self.loudness_lufs - measured.loudness_lufs
            if not math.isfinite(wanted_db):  # there is sound, but none that the gate of R128 lets through
                wanted_db = 0.0
            if self.level == "scale":
                wanted_db = min(wanted_db, headroom_db)
        return min(wanted_db, MOST_GAIN_DB)

    def corrected_gain_db(self, gain_db: float, limited: "Measurement") -> float:
        """The gain when it is known how loud `gain_db` becomes behind the limiter."""
        shortfall_db = (self.loudness_lufs or 0.0) - limited.loudness_lufs
        if not math.isfinite(shortfall_db):
            return gain_db
        return min(gain_db + min(max(shortfall_db, 0.0), MOST_CORRECTION_DB), MOST_GAIN_DB)


def _check_range(name: str, value: float, limits: tuple[float, float]) -> None:
    if not limits[0] <= value <= limits[1]:  # False for NaN too
        raise ValueError(f"{name} must lie between {limits[0]:g} and {limits[1]:g}, not {value}")


class Measurement:
    """The true peak of each file and the integrated loudness of their sum."""

    def __init__(self, rate: int, files: int) -> None:
        """`rate` in Hz."""
        self._meters = [_Meter(rate) for _ in range(files)]
        self._sum = _Meter(rate) if files > 1 else self._meters[0]

    def add(self, blocks: Sequence[Samples]) -> None:
        """Take in the next block `(n, 2)` of each file."""
        for meter, block in zip(self._meters, blocks, strict=True):
            meter.add(block)
        if len(blocks) > 1:
            self._sum.add(np.sum(blocks, axis=0, dtype=np.float32))

    @property
    def true_peaks_dbtp(self) -> list[float]:
        """Of each file; -inf for silence."""
        return [meter.true_peak_dbtp for meter in self._meters]

    @property
    def loudness_lufs(self) -> float:
        """Integrated; -inf for silence."""
        return self._sum.integrated_lufs


class Levels:
    """Applies the gain and the limiter to the blocks of all files, and measures what comes out."""

    def __init__(self, rate: int, files: int, settings: LevelSettings, gain_db: float) -> None:
        """`rate` in Hz; `gain_db` from `LevelSettings.gain_db`."""
        self.measured = Measurement(rate, files)
        self._gain = np.float32(db_to_linear(gain_db)) if gain_db else None
        self._limiters: list[_Limiter] = []
        if settings.level == "limit":
            self._limiters = [_Limiter(rate, settings.ceiling_dbtp) for _ in range(files)]

    def process(self, blocks: Sequence[Samples]) -> list[Samples]:
        """What to write for the next blocks; a limiter holds back some frames, which `flush` gives."""
        if self._gain is not None:
            blocks = [block * self._gain for block in blocks]
        if self._limiters:
            blocks = [limiter.process(block) for limiter, block in zip(self._limiters, blocks, strict=True)]
        self.measured.add(blocks)
        return list(blocks)

    def flush(self) -> list[Samples]:
        """What is held back at the end, one block for each file; none without a limiter."""
        rest = [limiter.flush() for limiter in self._limiters]
        if rest:
            self.measured.add(rest)
        return rest


class _Meter:
    """The master's meters on samples that no limiter changes."""

    def __init__(self, rate: int) -> None:
        self._master = _Master(rate, None)

    def add(self, samples: Samples) -> None:
        """Take in the next samples, float32 `(n, 2)`."""
        self._master.run(np.ascontiguousarray(samples))

    @property
    def integrated_lufs(self) -> float:
        """-inf if nothing passes the gates."""
        return self._master.meters.loudness.integrated_lufs

    @property
    def true_peak_dbtp(self) -> float:
        """With what rings after the last sample; -inf for silence."""
        from app.mixing.true_peak import TAPS

        ended = self._master.copy()
        ended.run(np.zeros((TAPS, 2), np.float32))
        return ended.meters.loudness.true_peak_dbtp


class _Limiter:
    """The master's limiter, which gives its samples without its delay."""

    def __init__(self, rate: int, ceiling_dbtp: float) -> None:
        from app.mixing.limiter_kernel import latency_frames

        self._master = _Master(rate, ceiling_dbtp)
        self._early = self._delay = latency_frames(rate)

    def process(self, block: Samples) -> Samples:
        """Take in the next block `(n, 2)`; gives as many frames, but at the beginning."""
        out = self._master.run(np.array(block, np.float32, order="C"))
        early, self._early = self._early, max(0, self._early - len(out))
        return out[early:]

    def flush(self) -> Samples:
        """The frames that are held back at the end."""
        return self.process(np.zeros((self._delay, 2), np.float32))


class _Master:
    """The end of the mixer's chain, limiter and meters, on samples that come from elsewhere."""

    def __init__(self, rate: int, ceiling_dbtp: float | None) -> None:
        """`ceiling_dbtp` None for no limiter."""
        from app.mixing import master_kernel  # numba takes a while to import

        self.meters = Meters()
        self._block = master_kernel.master_block
        self._state = master_kernel.master_state(rate)
        self._limiting = ceiling_dbtp is not None
        self._ceiling = db_to_linear(ceiling_dbtp) if ceiling_dbtp is not None else 1.0

    def run(self, samples: Samples) -> Samples:
        """Limit in place, and measure. Without a limiter the samples stay as they are."""
        self._block(samples, len(samples), self._limiting, self._ceiling, self._state, self.meters.values)
        return samples

    def copy(self) -> "_Master":
        """Another that goes on from here."""
        other = copy(self)
        other.meters, other._state = Meters(), self._state.copy()
        other.meters.values[:] = self.meters.values
        return other
