"""Multitrack songs: what a loader of any dataset makes of a song, and the plain folder that needs no loader.

A song is the sum of its stems. In a plain folder a stem file is named after its instrument (`vocals.wav`,
`electric_guitar.flac`, `other.ogg`); several files of one instrument carry something after a hyphen
(`vocals-lead.wav`, `vocals-choir.wav`) and are summed. A missing file is an instrument that the song does not have.
Audio is read at 44.1 kHz in stereo. *Frames* are STFT frames unless a name says `samples`.
"""

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from zipfile import BadZipFile

import numpy as np
import soundfile
from numpy.typing import NDArray

from models.data.audio_file import SAMPLE_RATE, AudioFile, MultitrackError, probe
from models.instruments import INSTRUMENTS, STEMS

__all__ = [
    "ACTIVE_FLOOR_DBFS",
    "HOP_SAMPLES",
    "SAMPLE_RATE",
    "Multitrack",
    "MultitrackError",
    "active_frames",
    "assemble",
    "find_multitracks",
    "frame_levels_dbfs",
    "open_multitrack",
    "song_folders",
    "usable",
    "write_multitrack",
]

HOP_SAMPLES: Final = 1024
SUFFIXES: Final = (".wav", ".flac", ".ogg")
MIX_NAMES: Final = ("mixture", "mix", "master", "song")
"""Audio files of a plain folder that are no stem and are left alone."""
DESCRIPTION: Final = "song.json"
"""Optional, beside the stems; its list `labelled` says which instruments the song tells apart (see `Multitrack`)."""
SILENCE_DBFS: Final = -120.0
ACTIVE_BELOW_LOUD_DB: Final = 35.0
ACTIVE_FLOOR_DBFS: Final = -60.0

ALL_LABELLED: Final = frozenset(INSTRUMENTS)


@dataclass(frozen=True)
class Multitrack:
    """One song. `levels` are dBFS per frame (see `frame_levels_dbfs`) of each stem that exists.

    `labelled` are the instruments of which the dataset knows where they play. A labelled instrument without files is
    absent. An unlabelled one is *unknown*: it has no stem of its own, and `other` holds it wherever it plays (the
    guitars and pianos of MUSDB18). Such an `other` is the target of Other and all unlabelled instruments together, and
    the song says nothing about their activation.
    """

    folder: Path
    samples: int
    files: dict[str, tuple[AudioFile, ...]]
    levels: dict[str, NDArray[np.float32]]
    labelled: frozenset[str] = ALL_LABELLED

    @property
    def unlabelled(self) -> frozenset[str]:
        """Instruments that may sound in `other`."""
        return ALL_LABELLED - self.labelled

    @property
    def seconds(self) -> float:
        """Length of the song."""
        return self.samples / SAMPLE_RATE

    def read(self, stem: str, start: int, samples: int) -> NDArray[np.float32]:
        """Samples `[start, start + samples)` of a stem as `(samples, 2)`; zeros past its end or if it has none.

        Raises MultitrackError if a file cannot be read any more.
        """
        parts = self.files.get(stem, ())
        if not parts:
            return np.zeros((samples, 2), np.float32)
        audio = parts[0].read(start, samples)
        for part in parts[1:]:
            audio += part.read(start, samples)
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


def assemble(
    folder: Path, files: Mapping[str, tuple[AudioFile, ...]], labelled: frozenset[str], levels_file: Path
) -> Multitrack:
    """Make a song of its files; levels are measured once and kept in `levels_file`.

    Raises MultitrackError if lengths differ or a file cannot be read to its end.
    """
    lengths = {part.path.name: part.samples for parts in files.values() for part in parts}
    samples = next(iter(lengths.values()))
    for name, length in lengths.items():
        if length != samples:
            first = next(iter(lengths))
            raise MultitrackError(
                f"{folder / name if folder.is_dir() else folder} is of unequal length: it lasts {length} samples, "
                f"{first} {samples}."
            )
    made = {stem: tuple(files[stem]) for stem in STEMS if files.get(stem)}
    return Multitrack(folder, samples, made, _levels(levels_file, made, samples), labelled)


def open_multitrack(folder: Path) -> Multitrack:
    """Open one plain song folder.

    Raises MultitrackError if it has no stems, a file has a name that says nothing, a stem cannot be read, or lengths
    differ.
    """
    found: dict[str, tuple[AudioFile, ...]] = {}
    for path in sorted(folder.iterdir()):
        if path.suffix.lower() not in SUFFIXES or path.name.startswith(".") or path.stem in MIX_NAMES:
            continue
        stem = path.stem.split("-")[0]
        if stem not in STEMS:
            raise MultitrackError(f"{path} is named after no stem; rename it to one of {', '.join(STEMS)}.")
        found[stem] = (*found.get(stem, ()), probe(path))
    if not found:
        raise MultitrackError(f"{folder} has no stems.")
    return assemble(folder, found, _labelled(folder), folder / "levels.npz")


def _labelled(folder: Path) -> frozenset[str]:
    path = folder / DESCRIPTION
    if not path.is_file():
        return ALL_LABELLED
    try:
        named = json.loads(path.read_text(encoding="utf-8")).get("labelled", INSTRUMENTS)
        labelled = frozenset(named)
    except (ValueError, AttributeError, TypeError) as error:
        raise MultitrackError(f"{path} cannot be read: {error}.") from error
    if not labelled <= ALL_LABELLED:
        raise MultitrackError(f"{path} names instruments that are none: {', '.join(sorted(labelled - ALL_LABELLED))}.")
    return labelled


def _levels(cache: Path, files: Mapping[str, tuple[AudioFile, ...]], samples: int) -> dict[str, NDArray[np.float32]]:
    """Levels of all stems, from the cache where it fits the files."""
    frames = samples // HOP_SAMPLES + 1
    # A broken cache is as good as none.
    with suppress(OSError, ValueError, KeyError, EOFError, BadZipFile), np.load(cache, allow_pickle=False) as stored:
        kept = {stem: stored[stem] for stem in files}
        if set(stored.files) == set(files) and all(len(levels) == frames for levels in kept.values()):
            return kept
    levels = {}
    for stem, parts in files.items():
        audio = parts[0].read_all()
        for part in parts[1:]:
            audio += part.read_all()
        levels[stem] = frame_levels_dbfs(audio)
    with suppress(OSError):  # a read-only dataset is measured again next time
        temporary = cache.with_name(f".{cache.stem}.{os.getpid()}.npz")
        np.savez(temporary, allow_pickle=False, **levels)
        temporary.replace(cache)
    return levels


def song_folders(root: Path) -> list[Path]:
    """Folders below `root` that may be songs, by name. Raises MultitrackError if `root` is no folder."""
    if not root.is_dir():
        raise MultitrackError(f"{root} is not a folder.")
    return sorted(path for path in root.iterdir() if path.is_dir() and not path.name.startswith("."))


def find_multitracks(root: Path) -> Iterator[Multitrack | MultitrackError]:
    """All songs below `root`, in order of their names; what cannot be used comes as the error that says why."""
    for folder in song_folders(root):
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


def write_multitrack(song: Multitrack, target: Path) -> None:
    """Write a song as a plain folder of 16-bit WAV at 44.1 kHz, of which any part is read without decoding the rest.

    A stem that would clip takes the whole song down with it, so that the balance stays.
    """
    audio = {stem: song.read(stem, 0, song.samples) for stem in song.files}
    peak = max(float(np.abs(stem).max()) for stem in audio.values())
    target.mkdir(parents=True, exist_ok=True)
    for stem, samples in audio.items():
        soundfile.write(target / f"{stem}.wav", samples / max(1.0, peak), SAMPLE_RATE, subtype="PCM_16")
    description = json.dumps({"labelled": [name for name in INSTRUMENTS if name in song.labelled]})
    (target / DESCRIPTION).write_text(description + "\n", encoding="utf-8")
