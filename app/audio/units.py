"""Decibels, seconds and frames. A frame is one sample of every channel."""

import math
import re
from typing import Final

_TIME: Final = re.compile(r"(?:(?:(\d+):)?(\d+):)?(\d+(?:\.\d*)?)")


def db_to_linear(gain_db: float) -> float:
    """The amplitude factor of a gain in dB: 0 dB is 1, -inf dB is exactly 0."""
    return 0.0 if gain_db == -math.inf else float(10.0 ** (gain_db / 20.0))


def linear_to_db(gain: float) -> float:
    """The gain in dB of an amplitude factor. 0 is -inf dB. Raises ValueError for a negative one."""
    if gain < 0.0:
        raise ValueError(f"an amplitude factor cannot be negative: {gain}")
    return -math.inf if gain == 0.0 else 20.0 * math.log10(gain)


def seconds_to_frames(seconds: float, rate: int) -> int:
    """The nearest frame at `rate` Hz."""
    return round(seconds * rate)


def frames_to_seconds(frames: int, rate: int) -> float:
    """The time of a frame at `rate` Hz."""
    return frames / rate


def format_time(seconds: float, decimals: int = 1) -> str:
    """A time as it is read on a player: `0:03.4`, `4:05.0`, `1:00:00.0`; `decimals` 0 leaves out the point.

    The rounded value is what is split, so that 59.97 s is `1:00.0`. A negative time has a leading minus.
    """
    ticks = 10**decimals
    total = round(abs(seconds) * ticks)
    sign = "-" if seconds < 0 and total else ""
    whole, fraction = divmod(total, ticks)
    minutes, second = divmod(whole, 60)
    hours, minute = divmod(minutes, 60)
    head = f"{hours}:{minute:02d}:{second:02d}" if hours else f"{minute}:{second:02d}"
    return f"{sign}{head}.{fraction:0{decimals}d}" if decimals else f"{sign}{head}"


def parse_time(text: str) -> float:
    """The seconds of `83.4`, `1:23.4` or `1:01:23.4`. Raises ValueError for anything else."""
    match = _TIME.fullmatch(text.strip())
    if match is None:
        raise ValueError(f"not a time: {text!r} (write 83.4, 1:23.4 or 1:01:23.4)")
    hours, minutes, seconds = match.groups()
    return int(hours or 0) * 3600 + int(minutes or 0) * 60 + float(seconds)
