"""Random remixing: training excerpts made on the fly from multitrack songs.

An excerpt is either cut from one song, all stems at the same time, or put together from stems of different songs and
times. Each stem gets a random level, speed, pan, equalizer and now and then a room. Equalizer, pan and level are
applied to the spectrogram, where they cost one multiplication; that one pass makes the mix and the targets.

Spectrograms here are frames first, `(..., frames, bins)`: STFT frames of `models.spectrogram`, the first `bins` bins.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numba
import numpy as np
import scipy.fft
import scipy.signal
import soxr
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.utils.data import IterableDataset

from models.data.multitrack import HOP_SAMPLES, SAMPLE_RATE, Multitrack, usable
from models.instruments import INSTRUMENTS, STEMS

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


@dataclass(frozen=True)
class Excerpt:
    """One training example.

    `mix` is complex64 `(2, frames, bins)`; `targets` are square-rooted magnitudes, bfloat16 `(7, 2, frames, bins)` in
    the order of `models.instruments.STEMS`; `activity` is float32 `(6, frames)`, 0 or 1.
    """

    mix: Tensor
    targets: Tensor
    activity: Tensor


@dataclass(frozen=True)
class RemixSettings:
    """What an excerpt is like."""

    seconds: float = 6.0
    bins: int = 1536
    coherent: float = 0.35
    real: float = 0.35
    speed: float = 0.35
    room: float = 0.15


@numba.njit(cache=True, fastmath=True, nogil=True)
def _add_stem(
    spectrum: NDArray[np.complex64],
    gain: NDArray[np.float32],
    mix: NDArray[np.complex64],
    target: NDArray[np.float32],
) -> None:
    """Do mix += gain * spectrum and target = sqrt(|gain * spectrum|), in one pass over memory."""
    channels, frames, _ = spectrum.shape
    for channel in range(channels):
        for frame in range(frames):
            for k in range(target.shape[2]):
                value = spectrum[channel, frame, k] * gain[channel, k]
                mix[channel, frame, k] += value
                power = value.real * value.real + value.imag * value.imag
                target[channel, frame, k] = np.sqrt(np.sqrt(power))


def spectrogram(audio: NDArray[np.float32]) -> NDArray[np.complex64]:
    """STFT `(channels, frames, bins)` of `(samples, channels)`; equal to `models.spectrogram.stft`, frames first."""
    window = scipy.signal.get_window("hann", WINDOW_SAMPLES).astype(np.float32)
    padded = np.pad(audio.T, ((0, 0), (WINDOW_SAMPLES // 2, WINDOW_SAMPLES // 2)))
    frames = np.lib.stride_tricks.sliding_window_view(padded, WINDOW_SAMPLES, axis=-1)[:, ::HOP_SAMPLES]
    result: NDArray[np.complex64] = scipy.fft.rfft(frames * window, axis=-1)
    return result


class Remixer:
    """Makes excerpts from songs, all of its choices from one random generator."""

    def __init__(
        self,
        songs: list[Multitrack],
        settings: RemixSettings,
        seed: int,
        real_songs: list[Multitrack] | None = None,
    ) -> None:
        self.settings = settings
        self.samples = int(settings.seconds * SAMPLE_RATE)
        self.frames = self.samples // HOP_SAMPLES + 1
        self._random = np.random.default_rng(seed)
        self._songs = songs
        self._real = real_songs or []

    def excerpt(self) -> Excerpt:
        """The next example."""
        random, bins = self._random, self.settings.bins
        coherent = random.random() < self.settings.coherent
        parts = self._coherent_parts() if coherent else self._remixed_parts()
        mix = np.zeros((2, self.frames, bins), np.complex64)
        targets = np.zeros((len(STEMS), 2, self.frames, bins), np.float32)
        activity = np.zeros((len(INSTRUMENTS), self.frames), np.float32)
        power = 0.0
        for stem, (audio, active, gain) in parts.items():
            index = STEMS.index(stem)
            if random.random() < self.settings.room:
                audio = self._room(audio)
            gains = self._equalizer(bins) * self._pan()[:, None] * gain
            if random.random() < 0.5:
                audio = np.ascontiguousarray(audio[:, ::-1])
            spectrum = spectrogram(audio)
            _add_stem(spectrum, gains.astype(np.float32), mix, targets[index])
            power += float(np.square(audio).mean()) * gain * gain
            if index < len(INSTRUMENTS):
                activity[index] = active[: self.frames]
        scale = MIX_RMS * 10 ** (random.normal(0.0, MIX_SPREAD_DB) / 20) / max(np.sqrt(power), 1e-4)
        mix *= np.float32(scale)
        return Excerpt(
            torch.from_numpy(mix),
            torch.from_numpy(targets).mul_(scale**0.5).bfloat16(),
            torch.from_numpy(activity),
        )

    def _pick(self, songs: list[Multitrack]) -> Multitrack:
        return songs[int(self._random.integers(len(songs)))]

    def _pool(self) -> list[Multitrack]:
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
        ratio = float(np.exp(random.uniform(-0.13, 0.13))) if random.random() < self.settings.speed else 1.0
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
        )

    def _equalizer(self, bins: int) -> NDArray[np.float64]:
        """A smooth random response `(2, bins)`: tilt and two bells; the same for both channels."""
        octave = np.log2(np.maximum(np.arange(bins), 1) * SAMPLE_RATE / WINDOW_SAMPLES / 1000)
        gain_db = self._random.normal(0.0, 0.8) * np.clip(octave, -5, 4)
        for _ in range(2):
            centre, width = self._random.uniform(-4, 4), self._random.uniform(0.5, 1.5)
            gain_db = gain_db + self._random.normal(0.0, 2.5) * np.exp(-(((octave - centre) / width) ** 2))
        return np.tile(10 ** (gain_db / 20), (2, 1))

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


Part = tuple[NDArray[np.float32], NDArray[np.float32], float]
Parts = dict[str, Part]


def _label(song: Multitrack, stem: str, start: int, frames: int) -> NDArray[np.float32]:
    first = round(start / HOP_SAMPLES)
    return _fit(song.active(stem)[first : first + frames].astype(np.float32), frames)


def _fit(array: NDArray[np.float32], length: int) -> NDArray[np.float32]:
    """Cut or pad the first axis to `length` with zeros."""
    if len(array) >= length:
        return array[:length]
    return np.pad(array, ((0, length - len(array)), *((0, 0),) * (array.ndim - 1)))


class RemixStream(IterableDataset[tuple[Tensor, Tensor, Tensor]]):
    """Endless excerpts from folders of songs; looks again for new songs after every `rescan` excerpts."""

    def __init__(
        self, root: Path, settings: RemixSettings, seed: int, real_root: Path | None = None, rescan: int = 400
    ) -> None:
        self._root, self._real_root = root, real_root
        self._settings, self._seed, self._rescan = settings, seed, rescan

    def __iter__(self) -> Iterator[tuple[Tensor, Tensor, Tensor]]:
        torch.set_num_threads(1)
        worker = torch.utils.data.get_worker_info()
        seed = self._seed + (worker.id if worker else 0) * 7919
        while True:
            songs = usable(self._root)
            real = usable(self._real_root) if self._real_root else []
            remixer = Remixer(songs, self._settings, seed, real)
            for _ in range(self._rescan):
                excerpt = remixer.excerpt()
                yield excerpt.mix, excerpt.targets, excerpt.activity
            seed += 104729
