"""How fast a song is and where its beats lie: found in its sound, or tapped by a listener.

Method: D. P. W. Ellis, "Beat tracking by dynamic programming", Journal of New Music Research 36(1), 2007: an accent
curve (half-wave rectified differences of a logarithmic mel spectrum), its autocorrelation under a preference for
moderate tempos, and the sequence of beats that best joins accents and regularity.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
import scipy.fft
import scipy.ndimage
from numpy.typing import NDArray

from app.errors import Cancelled
from models.mapped_pages import release_pages

SLOWEST_BPM: Final = 30.0
FASTEST_BPM: Final = 300.0

_ACCENT_RATE_HZ: Final = 100.0
_WINDOW_S: Final = 0.046
_BANDS: Final = 40
_BAND_RANGE_HZ: Final = (30.0, 8000.0)
_PREFERRED_BPM: Final = 120.0
_PREFERENCE_OCTAVES: Final = 0.9
_TIGHTNESS: Final = 100.0
_LEAST_DURATION_S: Final = 3.0
_LEAST_REGULARITY: Final = 0.02
_FRAMES_AT_ONCE: Final = 512
_SILENCE: Final = 1e-12

Curve = NDArray[np.float64]


@dataclass(frozen=True)
class Tempo:
    """Where the beats are: `bpm` a minute, one of them, the first of a bar, at `first_beat_frame`.

    `found` are the sample frames of beats that were found one by one, rising, as players are not machines; without them
    the beats are a steady grid. Raises ValueError for a tempo outside 30..300 or a bar without beats.
    """

    bpm: float
    first_beat_frame: int = 0
    beats_per_bar: int = 4
    found: tuple[int, ...] = field(default=(), repr=False)

    def __post_init__(self) -> None:
        if not SLOWEST_BPM <= self.bpm <= FASTEST_BPM:
            raise ValueError(f"bpm must lie between {SLOWEST_BPM:g} and {FASTEST_BPM:g}, not {self.bpm}")
        if self.beats_per_bar < 1:
            raise ValueError(f"a bar needs at least one beat, not {self.beats_per_bar}")

    def beat_frames(self, rate: int, frames: int) -> NDArray[np.int64]:
        """The sample frames of all beats within a song of that rate and length, rising."""
        period = rate * 60.0 / self.bpm
        known = np.array(self.found or (self.first_beat_frame,), np.float64)
        before = known[0] - np.arange(int(max(0.0, known[0]) // period), 0, -1) * period
        after = known[-1] + np.arange(1, max(0.0, frames - known[-1]) // period + 1) * period
        beats = np.rint(np.concatenate([before, known, after])).astype(np.int64)
        return beats[(beats >= 0) & (beats < frames)]

    def first_beat_in_bar(self, rate: int) -> int:
        """Which beat of its bar the first one of `beat_frames` is: 0 for the bar's first."""
        beats = self.beat_frames(rate, self.first_beat_frame + 1 + round(rate * 60.0 / self.bpm))
        return -int(np.argmin(np.abs(beats - self.first_beat_frame))) % self.beats_per_bar if len(beats) else 0


def tap_tempo(times_s: Sequence[float]) -> float:
    """Beats per minute of taps at these rising times in seconds (the slope of the line through them).

    Limited to 30..300. Raises ValueError for fewer than two taps or times that do not rise.
    """
    times = np.asarray(times_s, np.float64)
    if len(times) < 2 or not np.all(np.diff(times) > 0.0):
        raise ValueError("a tempo needs at least two taps, one after the other")
    index = np.arange(len(times)) - (len(times) - 1) / 2
    period_s = float(index @ times / (index @ index))
    return min(max(60.0 / period_s, SLOWEST_BPM), FASTEST_BPM)


def estimate_tempo(mix: NDArray[np.float32], rate: int, cancelled: Callable[[], bool] | None = None) -> Tempo | None:
    """The tempo of a song, None if it has no pulse.

    Args:
        mix: float32 `(frames, 2)`, may be mapped from a file.
        rate: its sample rate in Hz.
        cancelled: asked every few seconds of the song.

    Raises:
        Cancelled: `cancelled` said so.
    """
    if len(mix) < _LEAST_DURATION_S * rate:
        return None
    accents = accent_curve(mix, rate, cancelled)
    period = _period(accents)
    if period is None:
        return None
    beats = _beats(accents, period)
    if len(beats) < 4:
        return None
    bpm = min(max(60.0 * _ACCENT_RATE_HZ / _mean_step(beats, period), SLOWEST_BPM), FASTEST_BPM)
    found = tuple(round(beat / _ACCENT_RATE_HZ * rate) for beat in beats.tolist())
    return Tempo(bpm, found[0], found=found)


def accent_curve(mix: NDArray[np.float32], rate: int, cancelled: Callable[[], bool] | None = None) -> Curve:
    """How strongly something begins, 100 times a second, float64 `(n,)` of zero mean and unit deviation."""
    window = 1 << round(np.log2(_WINDOW_S * rate))
    count = int((len(mix) - 1) / rate * _ACCENT_RATE_HZ) + 1
    # Frame k is centred a window's rise before its time, so that an onset shows when it starts to be heard.
    starts = np.rint(np.arange(count) * rate / _ACCENT_RATE_HZ).astype(np.int64) - window // 2
    taper = np.hanning(window).astype(np.float32)
    mel = _mel_bands(window, rate)
    levels = np.empty((count, mel.shape[1]), np.float16)  # in powers of ten: it is as long as the song
    for first in range(0, count, _FRAMES_AT_ONCE):
        if cancelled is not None and cancelled():
            raise Cancelled
        index = starts[first : first + _FRAMES_AT_ONCE]
        low, high = int(index[0]), int(index[-1]) + window
        mono = np.zeros(high - low, np.float32)
        inside = slice(max(low, 0), min(high, len(mix)))
        mono[inside.start - low : inside.stop - low] = mix[inside].mean(axis=1)
        release_pages(mix, inside.start - window, inside.stop)
        frames = mono[(index - low)[:, np.newaxis] + np.arange(window)] * taper
        power = np.abs(scipy.fft.rfft(frames, axis=1)) ** 2
        levels[first : first + len(index)] = np.log10(np.maximum(power @ mel, _SILENCE))
    loudest = float(levels.max())
    if loudest <= np.log10(_SILENCE):
        return np.zeros(count)
    rise = np.zeros(count)
    for first in range(1, count, _FRAMES_AT_ONCE):
        heard = np.maximum(levels[first - 1 : first + _FRAMES_AT_ONCE], loudest - 5.0).astype(np.float32)
        steps = 10.0 * np.diff(heard, axis=0)
        rise[first : first + len(steps)] = np.maximum(steps, 0.0).mean(axis=1)
    slow = scipy.ndimage.gaussian_filter1d(rise, 0.5 * _ACCENT_RATE_HZ)  # what does not come and go with the beat
    curve: Curve = scipy.ndimage.gaussian_filter1d(rise, 1.0) - slow
    deviation = float(curve.std())
    return (curve - curve.mean()) / deviation if deviation > 1e-9 else np.zeros(count)


def _mel_bands(window: int, rate: int) -> NDArray[np.float32]:
    """Triangles on the mel scale (O'Shaughnessy 1987), float32 `(window // 2 + 1, bands)`, each of sum 1."""
    frequencies = np.arange(window // 2 + 1) * rate / window
    low, high = (2595.0 * np.log10(1.0 + f / 700.0) for f in _BAND_RANGE_HZ)
    edges = 700.0 * (10.0 ** (np.linspace(low, high, _BANDS + 2) / 2595.0) - 1.0)
    rising = (frequencies[:, None] - edges[None, :-2]) / np.diff(edges)[None, :-1]
    falling = (edges[None, 2:] - frequencies[:, None]) / np.diff(edges)[None, 1:]
    triangles = np.maximum(0.0, np.minimum(rising, falling))
    triangles = triangles[:, triangles.sum(axis=0) > 0.0]  # narrower than a bin, or beyond what the rate can hold
    return (triangles / triangles.sum(axis=0)).astype(np.float32)


def _period(accents: Curve) -> float | None:
    """The length of a beat in accent frames, a fraction; None without a pulse."""
    size = scipy.fft.next_fast_len(2 * len(accents))
    spectrum = scipy.fft.rfft(accents, size)
    correlation = scipy.fft.irfft(np.abs(spectrum) ** 2, size)[: len(accents)]
    if correlation[0] <= 0.0:
        return None
    correlation = correlation / correlation[0]
    shortest = int(_ACCENT_RATE_HZ * 60.0 / FASTEST_BPM)
    longest = min(int(_ACCENT_RATE_HZ * 60.0 / SLOWEST_BPM), len(accents) // 2)
    lags = np.arange(shortest, longest)
    octaves = np.log2(lags * _PREFERRED_BPM / (60.0 * _ACCENT_RATE_HZ))
    preference = np.exp(-0.5 * (octaves / _PREFERENCE_OCTAVES) ** 2)
    # A beat that is there also shows at twice its length; Ellis's eq. 8 for duple time.
    index = np.arange(len(correlation))
    double = np.interp(2.0 * lags, index, correlation, right=0.0)
    score = preference * (correlation[lags] + 0.5 * double)
    best = int(np.argmax(score))
    if correlation[lags[best]] < _LEAST_REGULARITY:
        return None
    lag = int(lags[best])
    before, here, after = (float(correlation[lag + step]) for step in (-1, 0, 1))
    bend = before - 2.0 * here + after
    return lag + (0.5 * (before - after) / bend if bend < 0.0 else 0.0)


def _beats(accents: Curve, period: float) -> NDArray[np.int64]:
    """The accent frames of the beats: what maximises the accents under them less a penalty for uneven steps."""
    steps = np.arange(-round(2 * period), -max(1, round(period / 2)) + 1)
    penalty = -_TIGHTNESS * np.log(-steps / period) ** 2
    smooth = scipy.ndimage.gaussian_filter1d(accents, max(1.0, period / 32))
    total = smooth.copy()
    came_from = np.full(len(accents), -1)
    for frame in range(-int(steps[-1]), len(accents)):
        earliest = max(0, -(frame + int(steps[0])))
        candidates = penalty[earliest:] + total[frame + steps[earliest:]]
        best = int(np.argmax(candidates))
        if candidates[best] > 0.0:
            total[frame] += candidates[best]
            came_from[frame] = frame + int(steps[earliest + best])
    tail = len(accents) - min(len(accents), round(2 * period))
    frame = tail + int(np.argmax(total[tail:]))
    beats = []
    while frame >= 0:
        beats.append(frame)
        frame = int(came_from[frame])
    return np.array(beats[::-1], np.int64)


def _mean_step(beats: NDArray[np.int64], period: float) -> float:
    """The length of a beat: the slope of the line through all of them, each counted as so many steps of `period`."""
    number = np.concatenate([[0.0], np.cumsum(np.maximum(1.0, np.rint(np.diff(beats) / period)))])
    return float(np.polyfit(number, beats.astype(np.float64), 1)[0])
