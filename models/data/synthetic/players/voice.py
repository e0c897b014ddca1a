"""Analysis of sung recordings: pitch marks, voicing and syllables."""

import itertools
from dataclasses import dataclass
from typing import Final

import numpy as np
from numba import njit
from numpy.typing import NDArray
from scipy.ndimage import minimum_filter1d

from models.data.synthetic.bank import SAMPLE_RATE_HZ
from models.data.synthetic.score import hertz

F32 = NDArray[np.float32]

_HOP: Final = 220
_UNVOICED_PERIOD: Final = 220


@dataclass(frozen=True, slots=True)
class Syllable:
    """A syllable's place in its phrase, in sample frames.

    The consonant begins at `start`, the vowel lasts from `vowel` to `steady_end`, all is over by `end`. `level` is the
    vowel's RMS.
    """

    start: int
    vowel: int
    steady_end: int
    end: int
    level: float


@dataclass(frozen=True)
class Phrase:
    """A recording in mono, its pitch marks, periods and voicing at the marks (frames), syllables and mean pitch."""

    audio: F32
    marks: NDArray[np.int64]
    periods: F32
    voiced: NDArray[np.bool_]
    syllables: tuple[Syllable, ...]
    pitch: float


@njit(cache=True, fastmath=True, nogil=True)
def _track(audio: F32, hop: int, shortest: int, longest: int) -> tuple[F32, F32]:
    """Period (samples) and normalised autocorrelation at its best lag for each hop."""
    count = audio.shape[0] // hop
    periods = np.zeros(count, dtype=np.float32)
    strength = np.zeros(count, dtype=np.float32)
    window = 2 * longest
    scores = np.zeros(longest + 2)
    for k in range(count):
        start = k * hop - longest
        if start < 0 or start + window + longest + 2 >= audio.shape[0]:
            continue
        energy = 1e-9
        for n in range(start, start + window):
            energy += audio[n] * audio[n]
        best, best_lag = 0.0, 0
        for lag in range(shortest, longest + 1):
            total, shifted = 0.0, 1e-9
            for n in range(start, start + window):
                total += audio[n] * audio[n + lag]
                shifted += audio[n + lag] * audio[n + lag]
            scores[lag] = total / np.sqrt(energy * shifted)
            if scores[lag] > best:
                best, best_lag = scores[lag], lag
        if best_lag > shortest and best_lag < longest:
            a, b, c = scores[best_lag - 1], scores[best_lag], scores[best_lag + 1]
            bottom = a - 2 * b + c
            periods[k] = best_lag + (0.5 * (a - c) / bottom if bottom < 0 else 0.0)
        strength[k] = best
    return periods, strength


@njit(cache=True, fastmath=True, nogil=True)
def _place_marks(audio: F32, periods: F32, voiced: NDArray[np.bool_], hop: int, unvoiced_period: int) -> tuple[
    NDArray[np.int64], F32, NDArray[np.bool_]
]:  # fmt: skip
    """Walk through the recording period by period, each mark on the strongest peak near the expected place."""
    most = audio.shape[0] // 32 + 2
    marks = np.zeros(most, dtype=np.int64)
    lengths = np.zeros(most, dtype=np.float32)
    flags = np.zeros(most, dtype=np.bool_)
    count = 0
    position = 0
    inside = False
    while position < audio.shape[0] - 1 and count < most:
        frame = min(position // hop, periods.shape[0] - 1)
        if voiced[frame] and periods[frame] > 0:
            period = periods[frame]
            reach = int(0.18 * period) if inside else int(0.5 * period)
            best, place = -1e9, position
            for n in range(max(0, position - reach), min(audio.shape[0], position + reach + 1)):
                value = audio[n] * (1.0 - 0.5 * abs(n - position) / (reach + 1))
                if value > best:
                    best, place = value, n
            if count > 0 and place <= marks[count - 1]:
                place = position
            marks[count], lengths[count], flags[count] = place, period, True
            inside = True
            position = place + int(period + 0.5)
        else:
            marks[count], lengths[count], flags[count] = position, unvoiced_period, False
            inside = False
            position += unvoiced_period
        count += 1
    return marks[:count], lengths[:count], flags[:count]


def _smooth(values: F32, width: int) -> F32:
    return np.convolve(np.pad(values, width, mode="edge"), np.hanning(2 * width + 1) / width, mode="valid").astype(
        np.float32
    )


def analyse(recording: F32, pitch_hint: float) -> Phrase:
    """Analyse a phrase sung on about one pitch.

    Args:
        recording: `(frames, channels)` at 44.1 kHz.
        pitch_hint: MIDI number; pitches within five semitones of it are looked for.
    """
    audio = np.ascontiguousarray(recording.mean(axis=1, dtype=np.float32))
    padded = np.concatenate([np.zeros(2048, np.float32), audio, np.zeros(4096, np.float32)])
    quarter = np.ascontiguousarray(np.convolve(padded, np.hanning(13)[1:-1] / 6, mode="same")[::4].astype(np.float32))
    expected = SAMPLE_RATE_HZ / 4 / hertz(pitch_hint)
    periods, strength = _track(quarter, _HOP // 4, max(8, int(expected / 1.33)), int(expected * 1.33) + 1)
    periods = periods * 4
    squares = (padded[: len(padded) // _HOP * _HOP].reshape(-1, _HOP) ** 2).mean(axis=1)
    energy = _smooth(np.sqrt(0.5 * (squares[:-1] + squares[1:])), 3)
    count = min(len(periods), len(energy))
    periods, strength, energy = periods[:count], strength[:count], energy[:count]
    voiced = (strength > 0.72) & (periods > 0) & (energy > 0.03 * energy.max())
    found = periods[voiced]
    middle = float(np.median(found)) if len(found) else 4 * expected
    low = np.convolve(padded, np.hanning(25)[1:-1] / 12, mode="same").astype(np.float32)
    if -low.min() > low.max():
        low = -low
    marks, lengths, flags = _place_marks(low, periods.astype(np.float32), voiced, _HOP, _UNVOICED_PERIOD)
    syllables = _syllables(energy, voiced)
    pitch = 69 + 12 * float(np.log2(SAMPLE_RATE_HZ / middle / 440))
    return Phrase(padded, marks, lengths, flags, syllables, pitch)


def _syllables(energy: F32, voiced: NDArray[np.bool_]) -> tuple[Syllable, ...]:
    """Cut at dips of the energy and where the voice stops; keep syllables with a vowel of at least 70 ms."""
    db = 20 * np.log10(energy + 1e-6)
    top = float(np.percentile(db, 95))
    cuts = [0]
    count = len(db)
    for k in np.flatnonzero(db == minimum_filter1d(db, 9)):
        if 4 <= k < count - 4 and k - cuts[-1] > 14:
            left, right = db[max(0, k - 40) : k].max(), db[k + 1 : k + 40].max()
            if min(left, right) - db[k] > 3.5:
                cuts.append(int(k))
    cuts.append(count - 1)
    found = []
    for begin, stop in itertools.pairwise(cuts):
        part = db[begin:stop]
        if len(part) < 18 or part.max() < top - 18:
            continue
        strong = (part > part.max() - 5) & voiced[begin:stop]
        if strong.sum() < 14:
            continue
        inside = np.flatnonzero(strong)
        vowel = begin + int(inside[0])
        steady_end = begin + int(inside[-1])
        if steady_end - vowel < 14:
            continue
        loud = np.flatnonzero(part > part.max() - 34)
        start = max(begin + int(loud[0]), vowel - 36)
        end = min(begin + int(loud[-1]) + 1, stop)
        level = float(np.sqrt(np.mean(energy[vowel:steady_end] ** 2)))
        found.append(Syllable(start * _HOP, vowel * _HOP, steady_end * _HOP, end * _HOP, level))
    return tuple(found)
