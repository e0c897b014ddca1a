"""Multitrack songs on disk: one folder a song, one audio file an instrument, all of equal length and rate.

A stem file is named after its instrument (`vocals.wav`, `electric_guitar.flac`, `other.ogg`, ...); a missing file is an
instrument that the song does not have. The song is the sum of its stems. Audio is 44.1 kHz; mono files count as two
equal channels. *Frames* are STFT frames unless a name says `samples`.
"""

import argparse
import sys
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import soundfile
from numpy.typing import NDArray

from models.instruments import STEMS

SAMPLE_RATE: Final = 44100
HOP_SAMPLES: Final = 1024
SUFFIXES: Final = (".wav", ".flac", ".ogg")
SILENCE_DBFS: Final = -120.0
ACTIVE_BELOW_LOUD_DB: Final = 35.0
ACTIVE_FLOOR_DBFS: Final = -60.0


class MultitrackError(Exception):
    """A song folder that cannot be used; one sentence that names it."""


@dataclass(frozen=True)
class Multitrack:
    """One song. `levels` are dBFS per frame (see `frame_levels_dbfs`) of each stem that exists."""

    folder: Path
    samples: int
    files: dict[str, Path]
    levels: dict[str, NDArray[np.float32]]

    def read(self, stem: str, start: int, samples: int) -> NDArray[np.float32]:
        """Samples `[start, start + samples)` of a stem as `(samples, 2)`; zeros past its end or if it has none."""
        audio = np.zeros((samples, 2), np.float32)
        if stem in self.files:
            with soundfile.SoundFile(self.files[stem]) as file:
                file.seek(min(start, self.samples))
                block = file.read(samples, dtype="float32", always_2d=True)
            audio[: len(block)] = block if block.shape[1] == 2 else block[:, :1]
        return audio

    def active(self, stem: str) -> NDArray[np.bool_]:
        """In which frames the stem sounds: the label that activation is trained on."""
        return active_frames(self.levels[stem])


def frame_levels_dbfs(audio: NDArray[np.float32]) -> NDArray[np.float32]:
    """Level of `(samples, channels)` around each STFT frame: RMS of 4 hops centred on it, in dBFS, -120 at least."""
    frames = len(audio) // HOP_SAMPLES + 1
    power = np.zeros(frames * HOP_SAMPLES, np.float32)
    power[: len(audio)] = np.square(audio).mean(1)
    hops = np.concatenate((np.zeros(2), power.reshape(frames, HOP_SAMPLES).mean(1, dtype=np.float64), np.zeros(1)))
    mean = (hops[:-3] + hops[1:-2] + hops[2:-1] + hops[3:]) / 4
    return np.maximum(10 * np.log10(mean + 1e-20), SILENCE_DBFS).astype(np.float32)


def active_frames(levels_dbfs: NDArray[np.float32]) -> NDArray[np.bool_]:
    """The one rule for frame labels, shared by every dataset.

    A stem is active where its level is within 35 dB of its loud level (the 95th percentile of its frames) and above
    -60 dBFS: decays count until they are inaudible in a mix, noise floors and bleed do not.
    """
    loud = np.percentile(levels_dbfs, 95) if len(levels_dbfs) else SILENCE_DBFS
    return levels_dbfs > max(float(loud) - ACTIVE_BELOW_LOUD_DB, ACTIVE_FLOOR_DBFS)


def open_multitrack(folder: Path) -> Multitrack:
    """Open one song folder; levels are measured once and kept in `levels.npz` beside the stems.

    Raises MultitrackError if it has no stems, a stem cannot be read, or lengths or rates differ.
    """
    found = {stem: path for stem in STEMS for path in (folder / f"{stem}{s}" for s in SUFFIXES) if path.is_file()}
    if not found:
        raise MultitrackError(f"{folder} has no stems.")
    lengths: dict[str, int] = {}
    for path in found.values():
        try:
            info = soundfile.info(path)
        except soundfile.LibsndfileError as error:
            raise MultitrackError(f"{path} cannot be read: {error}.") from error
        if info.samplerate != SAMPLE_RATE:
            raise MultitrackError(f"{path} is at {info.samplerate} Hz, not {SAMPLE_RATE}.")
        lengths[path.name] = info.frames
    if len(set(lengths.values())) > 1:
        raise MultitrackError(f"{folder} has stems of unequal length: {lengths}.")
    return Multitrack(folder, next(iter(lengths.values())), found, _levels(folder, found))


def _levels(folder: Path, files: dict[str, Path]) -> dict[str, NDArray[np.float32]]:
    cache = folder / "levels.npz"
    if cache.is_file():
        with np.load(cache, allow_pickle=False) as stored:
            if set(stored.files) == set(files):
                return {stem: stored[stem] for stem in files}
    levels = {
        stem: frame_levels_dbfs(soundfile.read(path, dtype="float32", always_2d=True)[0])
        for stem, path in files.items()
    }
    with suppress(OSError):  # a read-only dataset is measured again next time
        np.savez(cache, allow_pickle=False, **levels)
    return levels


def find_multitracks(root: Path) -> Iterator[Multitrack | MultitrackError]:
    """All songs below `root`, in order of their names; what cannot be used comes as the error that says why."""
    for folder in sorted(path for path in root.iterdir() if path.is_dir() and not path.name.startswith(".")):
        try:
            yield open_multitrack(folder)
        except MultitrackError as error:
            yield error


def usable(root: Path) -> list[Multitrack]:
    """The songs below `root` that can be used. Raises MultitrackError if there is none."""
    songs = [song for song in find_multitracks(root) if not isinstance(song, MultitrackError)]
    if not songs:
        raise MultitrackError(f"{root} has no usable song.")
    return songs


def copy_as_wav(source: Path, target: Path) -> None:
    """Write a song folder again as 16-bit WAV, of which any part can be read without decoding what stands before."""
    song = open_multitrack(source)
    target.mkdir(parents=True, exist_ok=True)
    for stem in song.files:
        soundfile.write(target / f"{stem}.wav", song.read(stem, 0, song.samples), SAMPLE_RATE, subtype="PCM_16")


def main(arguments: list[str] | None = None) -> int:
    """`python -m models.data.multitrack SOURCE TARGET [--only NAME ...]`: copy song folders as WAV."""
    parser = argparse.ArgumentParser(prog="python -m models.data.multitrack", description=main.__doc__)
    parser.add_argument("source", type=Path)
    parser.add_argument("target", type=Path)
    parser.add_argument("--only", nargs="+", metavar="NAME", help="copy these songs only")
    options = parser.parse_args(arguments)
    for folder in sorted(path for path in options.source.iterdir() if path.is_dir()):
        if options.only is None or folder.name in options.only:
            copy_as_wav(folder, options.target / folder.name)
            print(folder.name)
    return 0


if __name__ == "__main__":
    sys.exit(main())
