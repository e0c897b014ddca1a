"""Random remixing: training excerpts made on the fly from multitrack songs.

An excerpt is a pure function of songs, settings, seed and its index: no worker, order or restart changes it.

It is either cut from one song, all stems at the same time, or put together from stems of different songs and
times. Each stem gets a random level, speed, pan, equalizer and now and then a room. Equalizer, pan and level are
applied to the spectrogram, where they cost one multiplication; that one pass makes the mix and the targets.

Spectrograms here are frames first, `(..., frames, bins)`: STFT frames of `models.spectrogram`, the first `bins` bins.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numba
import numpy as np
import scipy.fft
import scipy.signal
import soxr
import torch
from numpy.typing import NDArray
from torch import Tensor

from models.data.multitrack import HOP_SAMPLES, SAMPLE_RATE, Multitrack, MultitrackError
from models.instruments import OTHER, STEMS

WINDOW_SAMPLES: Final = 4096

PRESENCE: Final = {
    "vocals": 0.72,
    "electric_guitar": 0.55,
    "acoustic_guitar": 0.42,
    "piano": 0.45,
    "bass": 0.75,
    "drums": 0.78,
    "other": 0.65,
}
"""How often a remixed excerpt has the instrument at all."""

LOUDNESS_DBFS: Final = {
    "vocals": (-19.0, 4.5),
    "electric_guitar": (-23.0, 5.0),
    "acoustic_guitar": (-24.5, 5.0),
    "piano": (-23.5, 5.0),
    "bass": (-20.5, 4.5),
    "drums": (-19.0, 4.5),
    "other": (-22.0, 5.5),
}
"""Mean and deviation of a stem's loud level in a remix, as mixes have them."""

MIX_RMS: Final = 0.1
"""The level the network expects (`models.separator` scales a song to it); training varies it by `MIX_SPREAD_DB`."""

MIX_SPREAD_DB: Final = 4.0


BLOCK_FRAMES: Final = 32
"""STFT frames that are windowed, transformed and added at once: they stay in a core's cache."""

ATTEMPTS: Final = 50
"""How many excerpts in a row may be of songs that cannot be read."""


@dataclass(frozen=True)
class Excerpt:
    """One training example.

    `mix` is complex64 `(channels, frames, bins)`; `targets` are square-rooted magnitudes, bfloat16
    `(7, channels, frames, bins)` in the order of `models.instruments.STEMS`; `activity` is float32 `(7, frames)`, 0 or
    1. `known` is float32 `(7,)`: 0 for sources of which the songs do not tell what is whose (see `Multitrack`), else 1.
    `problems` are sentences about songs that could not be read and were left out for it.
    """

    mix: Tensor
    targets: Tensor
    activity: Tensor
    known: Tensor
    problems: tuple[str, ...] = ()


@dataclass(frozen=True)
class RemixSettings:
    """What an excerpt is like.

    Attributes:
        seconds: its length.
        bins: how many bins of the spectrogram are kept, from 0 Hz.
        mono: mixed down to one channel, as the published `iass` is trained.
        coherent: share of excerpts that are cut from one song, all stems at the same time.
        real: share of songs that are taken from the real ones, if there are any.
        speed: share of remixed stems that are played faster or slower.
        speed_spread: by how much at most, as a natural logarithm: 0.13 is 2.3 semitones up or down.
        room: share of stems that get a room.
        equalizer: depth of the random equalizer, as a multiple of the usual one.
    """

    seconds: float = 6.0
    bins: int = 1536
    mono: bool = False
    coherent: float = 0.35
    real: float = 0.35
    speed: float = 0.35
    speed_spread: float = 0.13
    room: float = 0.15
    equalizer: float = 1.0

    @property
    def samples(self) -> int:
        """Length in samples."""
        return int(self.seconds * SAMPLE_RATE)

    @property
    def frames(self) -> int:
        """Length in STFT frames."""
        return self.samples // HOP_SAMPLES + 1


@numba.njit(cache=True, fastmath=True, nogil=True)
def _window_frames(
    audio: NDArray[np.float32], first: int, window: NDArray[np.float32], frames: NDArray[np.float32]
) -> None:
    """Write windowed STFT frames `first ...` of `(samples,)` into `(count, window)`; zeros beyond the ends."""
    count, length = frames.shape
    for frame in range(count):
        start = (first + frame) * HOP_SAMPLES - length // 2
        low, high = max(-start, 0), min(len(audio) - start, length)
        frames[frame, :low] = 0
        frames[frame, max(high, 0) :] = 0
        # Of views, so that no index can be negative and the loop becomes vector instructions.
        source, factor, result = audio[start + low :], window[low:], frames[frame, low:]
        for k in range(max(high - low, 0)):
            result[k] = source[k] * factor[k]


@numba.njit(cache=True, fastmath=True, nogil=True)
def _add_stem(
    spectrum: NDArray[np.complex64],
    gain: NDArray[np.float32],
    mix: NDArray[np.complex64],
    target: NDArray[np.float32],
) -> None:
    """Do mix += gain * spectrum and target = sqrt(|gain * spectrum|), all `(frames, bins)`, in one pass over memory."""
    for frame in range(target.shape[0]):
        for k in range(target.shape[1]):
            value = spectrum[frame, k] * gain[k]
            mix[frame, k] += value
            power = value.real * value.real + value.imag * value.imag
            target[frame, k] = np.sqrt(np.sqrt(power))


class StemAdder:
    """Transforms stems and adds them to a mix, a block of frames at a time.

    The transform equals `models.spectrogram.stft`. Whole spectrograms would pass through memory three times more.
    """

    def __init__(self) -> None:
        self._window = scipy.signal.get_window("hann", WINDOW_SAMPLES).astype(np.float32)
        self._frames = np.empty((BLOCK_FRAMES, WINDOW_SAMPLES), np.float32)

    def add(
        self,
        audio: NDArray[np.float32],
        gains: NDArray[np.float32],
        mix: NDArray[np.complex64],
        target: NDArray[np.float32],
    ) -> None:
        """Add a stem.

        Args:
            audio: `(samples, channels)`.
            gains: of each bin, `(channels, bins)`.
            mix: complex `(channels, frames, bins)`, added to.
            target: of the same shape, overwritten with the stem's square-rooted magnitudes.
        """
        for channel, samples in enumerate(np.ascontiguousarray(audio.T)):
            for first in range(0, mix.shape[1], BLOCK_FRAMES):
                block = slice(first, first + BLOCK_FRAMES)
                frames = self._frames[: len(mix[channel, block])]
                _window_frames(samples, first, self._window, frames)
                _add_stem(scipy.fft.rfft(frames), gains[channel], mix[channel, block], target[channel, block])


class Remixer:
    """Makes excerpts from songs."""

    def __init__(
        self, songs: Sequence[Multitrack], settings: RemixSettings, seed: int, real_songs: Sequence[Multitrack] = ()
    ) -> None:
        self.settings = settings
        self.samples, self.frames = settings.samples, settings.frames
        self._seed = seed
        self._songs = songs
        self._real = real_songs
        self._adder = StemAdder()
        self._random = np.random.default_rng(seed)

    def excerpt(self, index: int) -> Excerpt:
        """Example number `index`, 0 or more; the same at each call.

        If a song cannot be read, another example takes its place and the problem is told with it. Raises
        MultitrackError after many failures in a row.
        """
        problems: list[str] = []
        for attempt in range(ATTEMPTS):
            self._random = np.random.default_rng([self._seed, index, attempt])
            try:
                return self._excerpt(tuple(problems))
            except MultitrackError as error:
                problems.append(str(error))
        raise MultitrackError(f"Hardly any song can be read; the last problem: {problems[-1]}")

    def _excerpt(self, problems: tuple[str, ...]) -> Excerpt:
        random, bins, channels = self._random, self.settings.bins, 1 if self.settings.mono else 2
        coherent = random.random() < self.settings.coherent
        parts = self._coherent_parts() if coherent else self._remixed_parts()
        mix = np.zeros((channels, self.frames, bins), np.complex64)
        targets = np.zeros((len(STEMS), channels, self.frames, bins), np.float32)
        activity = np.zeros((len(STEMS), self.frames), np.float32)
        known = np.ones(len(STEMS), np.float32)
        power = 0.0
        for stem, (audio, active, gain, unlabelled) in parts.items():
            index = STEMS.index(stem)
            if random.random() < self.settings.room:
                audio = self._room(audio)
            response, pan = self._equalizer(bins) * gain, self._pan()
            if random.random() < 0.5:
                audio = audio[:, ::-1]
            power += float(np.square(audio).mean()) * gain * gain
            if self.settings.mono:
                audio, pan = _mix_down(audio, pan / 2), np.ones(1)
            self._adder.add(audio, (pan[:, None] * response).astype(np.float32), mix, targets[index])
            activity[index] = active[: self.frames]
            if stem == OTHER and unlabelled:
                known[[index, *(STEMS.index(name) for name in unlabelled)]] = 0
        scale = MIX_RMS * 10 ** (random.normal(0.0, MIX_SPREAD_DB) / 20) / max(np.sqrt(power), 1e-4)
        mix *= np.float32(scale)
        return Excerpt(
            torch.from_numpy(mix),
            torch.from_numpy(targets).mul_(scale**0.5).bfloat16(),
            torch.from_numpy(activity),
            torch.from_numpy(known),
            problems,
        )

    def _pick(self, songs: Sequence[Multitrack]) -> Multitrack:
        return songs[int(self._random.integers(len(songs)))]

    def _pool(self) -> Sequence[Multitrack]:
        return self._real if self._real and self._random.random() < self.settings.real else self._songs

    def _coherent_parts(self) -> "Parts":
        """All stems of one song at one time, with the song's own balance and a little more."""
        song = self._pick(self._pool())
        start = int(self._random.integers(max(1, song.samples - self.samples)))
        return {
            stem: (
                song.read(stem, start, self.samples),
                _label(song, stem, start, self.frames),
                10 ** (self._random.normal(0.0, 3.0) / 20),
                song.unlabelled,
            )
            for stem in song.files
            if self._random.random() < 0.93
        }

    def _remixed_parts(self) -> "Parts":
        """Stems of different songs and times, at levels as mixes have them."""
        parts: Parts = {}
        while not parts:
            for stem in STEMS:
                if self._random.random() < PRESENCE[stem]:
                    having = [song for song in self._pool() if stem in song.files]
                    if having:
                        parts[stem] = self._part(self._pick(having), stem)
        return parts

    def _part(self, song: Multitrack, stem: str) -> "Part":
        random = self._random
        spread = self.settings.speed_spread
        ratio = float(np.exp(random.uniform(-spread, spread))) if random.random() < self.settings.speed else 1.0
        length = int(self.samples * ratio) + 1
        active = song.active(stem)
        span = length // HOP_SAMPLES
        # Mostly where the stem plays; entries, exits and rests come with the borders of such places.
        starts = [int(random.integers(max(1, len(active) - span))) for _ in range(4)]
        start = max(starts, key=lambda s: active[s : s + span].sum()) if random.random() < 0.7 else starts[0]
        audio = song.read(stem, start * HOP_SAMPLES, length)
        label = active[start : start + span + 2].astype(np.float32)
        if ratio != 1.0:
            audio = soxr.resample(audio, SAMPLE_RATE, SAMPLE_RATE / ratio, quality="LQ")
            label = np.interp(np.arange(self.frames) * ratio, np.arange(len(label)), label) > 0.5
        audio = _fit(audio, self.samples)
        mean, deviation = LOUDNESS_DBFS[stem]
        loud = float(np.percentile(song.levels[stem], 95))
        return (
            audio,
            _fit(label.astype(np.float32), self.frames),
            10 ** ((random.normal(mean, deviation) - loud) / 20),
            song.unlabelled,
        )

    def _equalizer(self, bins: int) -> NDArray[np.float64]:
        """A smooth random response `(bins,)`: tilt and two bells."""
        octave = np.log2(np.maximum(np.arange(bins), 1) * SAMPLE_RATE / WINDOW_SAMPLES / 1000)
        gain_db = self._random.normal(0.0, 0.8) * np.clip(octave, -5, 4)
        for _ in range(2):
            centre, width = self._random.uniform(-4, 4), self._random.uniform(0.5, 1.5)
            gain_db = gain_db + self._random.normal(0.0, 2.5) * np.exp(-(((octave - centre) / width) ** 2))
        response: NDArray[np.float64] = 10 ** (self.settings.equalizer * gain_db / 20)
        return response

    def _pan(self) -> NDArray[np.float64]:
        position = float(np.clip(self._random.normal(0.0, 0.25), -1, 1))
        angle = (position + 1) * np.pi / 4
        return np.array([np.cos(angle), np.sin(angle)]) * np.sqrt(2)

    def _room(self, audio: NDArray[np.float32]) -> NDArray[np.float32]:
        """A small to medium room: decaying stereo noise after a short pause, mixed below the direct sound."""
        random = self._random
        decay_s = random.uniform(0.15, 1.2)
        length = int(decay_s * SAMPLE_RATE)
        envelope = 10 ** (-3 * np.arange(length) / length)
        response = random.standard_normal((length, 2)).astype(np.float32) * envelope[:, None].astype(np.float32)
        response[: int(random.uniform(0.0, 0.03) * SAMPLE_RATE)] = 0
        response *= 10 ** (random.uniform(-16, -5) / 20) / max(np.sqrt(np.square(response).sum(0).mean()), 1e-6)
        response[0] += 1
        wet: NDArray[np.float32] = scipy.signal.oaconvolve(audio, response, axes=0)[: len(audio)]
        return wet.astype(np.float32, copy=False)


Part = tuple[NDArray[np.float32], NDArray[np.float32], float, frozenset[str]]
"""Audio `(samples, 2)`, labels `(frames,)`, gain, and what else the song does not tell apart from its `other`."""

Parts = dict[str, Part]


def _mix_down(audio: NDArray[np.float32], weights: NDArray[np.float64]) -> NDArray[np.float32]:
    left, right = weights.astype(np.float32)
    return audio[:, :1] * left + audio[:, 1:] * right


def _label(song: Multitrack, stem: str, start: int, frames: int) -> NDArray[np.float32]:
    first = round(start / HOP_SAMPLES)
    return _fit(song.active(stem)[first : first + frames].astype(np.float32), frames)


def _fit(array: NDArray[np.float32], length: int) -> NDArray[np.float32]:
    """Cut or pad the first axis to `length` with zeros."""
    if len(array) >= length:
        return array[:length]
    return np.pad(array, ((0, length - len(array)), *((0, 0),) * (array.ndim - 1)))
