"""Datasets on disk: `open_dataset("musdb:/data/musdb18hq", "train")`.

Specifications and layouts:

- `synthetic[:path]`: plain song folders of `models.data.synthetic`; without a path, where that writes by default
- `musdb:path`: MUSDB18-HQ, `train/` and `test/` with `<song>/{vocals,drums,bass,other}.wav`
- `musdb-stems:path`: MUSDB18, `train/` and `test/` with `<song>.stem.mp4`
- `medleydb:path`: MedleyDB V1 and V2, `Audio/<song>/<song>_STEMS/*.wav` and `<song>_METADATA.yaml`
- `mixing-secrets:path`: the same
- `folder:path`: plain song folders (`models.data.multitrack`), with or without `train`, `validation`, `test` above

A song that cannot be used is left out and counted; training goes on without it.
"""

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

import numpy as np
import platformdirs

from models.data.audio_file import AudioFile, MultitrackError, probe, probe_streams
from models.data.instrument_labels import CONTENT_UNKNOWN, STEM_OF_LABEL
from models.data.multitrack import ALL_LABELLED, Multitrack, assemble, open_multitrack, song_folders
from models.instruments import INSTRUMENTS

Split = Literal["train", "validation", "test"]
SPLITS: Final[tuple[Split, ...]] = ("train", "validation", "test")

MUSDB_LABELLED: Final = frozenset({"vocals", "bass", "drums"})
"""What MUSDB18 tells apart; its guitars and pianos are somewhere in `other`."""

MUSDB_VALIDATION: Final = frozenset(
    {
        "Actions - One Minute Smile", "Clara Berry And Wooldog - Waltz For My Victims",
        "Johnny Lokke - Promises & Lies", "Patrick Talbot - A Reason To Leave", "Triviul - Angelsaint",
        "Alexander Ross - Goodbye Bolero", "Fergessen - Nos Palpitants", "Leaf - Summerghost",
        "Skelpolu - Human Mistakes", "Young Griffo - Pennies", "ANiMAL - Rockshow", "James May - On The Line",
        "Meaxic - Take A Step", "Traffic Experiment - Sirens",
    }
)  # fmt: skip
"""The fourteen of MUSDB18's hundred training songs that are customarily kept for validation."""

_MUSDB_STREAMS: Final = ("mixture", "drums", "bass", "other", "vocals")

Opener = Callable[[Path], Multitrack]


@dataclass(frozen=True)
class Dataset:
    """The usable songs of a dataset, and what is wrong with the others."""

    spec: str
    songs: tuple[Multitrack, ...]
    problems: tuple[MultitrackError, ...]

    def require_songs(self) -> tuple[Multitrack, ...]:
        """The songs. Raises MultitrackError, with the first reason, if all are broken."""
        if not self.songs:
            raise MultitrackError(f"No song of {self.spec} can be used; the first of {len(self.problems)} reasons: "
                                  f"{self.problems[0]}")  # fmt: skip
        return self.songs

    @property
    def hours(self) -> float:
        """Length of all songs together."""
        return sum(song.seconds for song in self.songs) / 3600

    def songs_with(self, stem: str) -> int:
        """How many songs have the stem."""
        return sum(stem in song.files for song in self.songs)

    def active_hours(self, stem: str) -> float:
        """How long the stem sounds."""
        shares = [song.seconds * float(np.mean(song.active(stem))) for song in self.songs if stem in song.files]
        return sum(shares) / 3600


def open_dataset(spec: str, split: Split | None = None, progress: Callable[[int, int], None] | None = None) -> Dataset:
    """Open a dataset.

    The first time, every file is read once to measure levels (MUSDB18-HQ: some minutes); they are kept beside the
    songs. MUSDB18's `train` is without the fourteen songs of `validation`. MedleyDB and Mixing Secrets have no split
    of their own: artists are dealt out by a hash of their name, 7 : 1 : 2. Plain folders without folders named after
    splits have all their songs in each.

    Args:
        spec: a kind and a path, see the module.
        split: None means all songs.
        progress: called with the number of songs done and their total.

    Raises:
        MultitrackError: unknown kind, no such folder, or nothing in it that looks like a song.
    """
    kind, _, place = spec.partition(":")
    if kind not in _FINDERS:
        raise MultitrackError(f"{spec!r} names no dataset; there are {', '.join(f'{k}:PATH' for k in _FINDERS)}.")
    if not place and kind != "synthetic":
        raise MultitrackError(f"{spec!r} says no folder; write {kind}:PATH.")
    root = Path(place).expanduser() if place else default_pool()
    if not root.is_dir():
        hint = "" if place else "; make it with python -m models.data.synthetic, or say where it is: synthetic:PATH"
        raise MultitrackError(f"{root} is not a folder{hint}.")
    found, opener = _FINDERS[kind](root, split), _OPENERS[kind]
    if not found:
        which = f"songs of the split {split}" if split else "songs"
        raise MultitrackError(f"{root} has no {which} in the layout {_LAYOUTS[kind]}.")
    songs: list[Multitrack] = []
    problems: list[MultitrackError] = []
    for done, path in enumerate(found, 1):
        try:
            songs.append(opener(path))
        except MultitrackError as error:
            problems.append(error)
        if progress:
            progress(done, len(found))
    return Dataset(spec, tuple(songs), tuple(problems))


def default_pool() -> Path:
    """Where synthetic songs are written and looked for unless a folder is named."""
    return Path(platformdirs.user_data_path("partwise", appauthor=False)) / "synthetic"


def _find_plain(root: Path, split: Split | None) -> list[Path]:
    named = [root / name for name in ((split,) if split else SPLITS) if (root / name).is_dir()]
    return [folder for place in named or [root] for folder in song_folders(place)]


def _musdb_songs(root: Path, split: Split | None, pick: Callable[[Path], list[Path]]) -> Iterator[Path]:
    for name in ("train", "test") if split is None else ("test" if split == "test" else "train",):
        if not (root / name).is_dir():
            raise MultitrackError(f"{root / name} is missing; MUSDB18 has a folder train and a folder test.")
        for path in pick(root / name):
            kept = path.name.removesuffix(".stem.mp4") in MUSDB_VALIDATION
            if split in (None, "test") or kept == (split == "validation"):
                yield path


def _find_musdb(root: Path, split: Split | None) -> list[Path]:
    return list(_musdb_songs(root, split, song_folders))


def _find_musdb_stems(root: Path, split: Split | None) -> list[Path]:
    return list(_musdb_songs(root, split, lambda folder: sorted(folder.glob("[!.]*.stem.mp4"))))


def _find_medleydb(root: Path, split: Split | None) -> list[Path]:
    places = [root / name for name in ("Audio", "V1", "V2") if (root / name).is_dir()]
    folders = [folder for place in places or [root] for folder in song_folders(place)]
    return [folder for folder in folders if split is None or _dealt(folder.name.split("_")[0]) == split]


def _dealt(artist: str) -> Split:
    """The split of an artist: no artist is in two."""
    place = hashlib.sha256(artist.encode()).digest()[0] % 10
    return "train" if place < 7 else "validation" if place < 8 else "test"


def open_musdb(folder: Path) -> Multitrack:
    """One song of MUSDB18-HQ. Raises MultitrackError."""
    files = {stem: (probe(folder / f"{stem}.wav"),) for stem in ("vocals", "bass", "drums", "other")}
    return assemble(folder, files, MUSDB_LABELLED, folder / "levels.npz")


def open_musdb_stems(path: Path) -> Multitrack:
    """One `.stem.mp4` of MUSDB18: five AAC streams, decoded by PyAV. Raises MultitrackError."""
    streams = probe_streams(path)
    if len(streams) != len(_MUSDB_STREAMS):
        raise MultitrackError(f"{path} has {len(streams)} audio streams, not the {len(_MUSDB_STREAMS)} of a stem file.")
    files = {stem: (file,) for stem, file in zip(_MUSDB_STREAMS, streams, strict=True) if stem != "mixture"}
    return assemble(path, files, MUSDB_LABELLED, path.with_name(path.name.removesuffix(".mp4") + ".levels.npz"))


def open_medleydb(folder: Path) -> Multitrack:
    """One song of MedleyDB or Mixing Secrets. Stems of one instrument are summed while reading.

    The mix is the sum of the stems; the dataset's own mix has been mastered. Raises MultitrackError.
    """
    stems = _medleydb_stems(folder / f"{folder.name}_METADATA.yaml")
    place = folder / f"{folder.name}_STEMS"
    files: dict[str, tuple[AudioFile, ...]] = {}
    for name, label in stems:
        stem = _stem_of(label, place / name)
        files[stem] = (*files.get(stem, ()), probe(place / name))
    return assemble(folder, files, ALL_LABELLED, folder / "levels.npz")


def _medleydb_stems(path: Path) -> list[tuple[str, str]]:
    """File name and instrument label of each stem, from `stems: S01: {filename, instrument, ...}`."""
    try:
        import yaml  # only these two datasets need it
    except ImportError as error:
        raise MultitrackError(f"To read {path.name}, please install PyYAML: pip install 'partwise[train]'.") from error
    if not path.is_file():
        raise MultitrackError(f"{path} is missing.")
    try:
        stems: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))["stems"]
        found = [(str(stem["filename"]), _label(stem["instrument"])) for stem in stems.values()]
    except (yaml.YAMLError, UnicodeDecodeError, KeyError, TypeError, AttributeError) as error:
        raise MultitrackError(f"{path} cannot be read: {type(error).__name__}: {error}.") from error
    if not found:
        raise MultitrackError(f"{path} names no stems.")
    return found


def _label(instrument: str | list[str] | None) -> str:
    """One label. Several players of one instrument are that instrument; a mixture of instruments tells nothing."""
    labels = {
        str(label).strip().lower() for label in (instrument if isinstance(instrument, list) else [instrument or ""])
    }
    mapped = {STEM_OF_LABEL.get(label, label) for label in labels}
    return labels.pop() if len(mapped) == 1 else ""


def _stem_of(label: str, path: Path) -> str:
    if label in CONTENT_UNKNOWN:
        raise MultitrackError(f"{path} is not one instrument ({label or 'no single label'}).")
    if label not in STEM_OF_LABEL:
        raise MultitrackError(f"{path} is labelled {label!r}, which models/data/instrument_labels.py does not know.")
    return STEM_OF_LABEL[label]


_FINDERS: Final[dict[str, Callable[[Path, Split | None], list[Path]]]] = {
    "synthetic": _find_plain,
    "musdb": _find_musdb,
    "musdb-stems": _find_musdb_stems,
    "medleydb": _find_medleydb,
    "mixing-secrets": _find_medleydb,
    "folder": _find_plain,
}
_OPENERS: Final[dict[str, Opener]] = {
    "synthetic": open_multitrack,
    "musdb": open_musdb,
    "musdb-stems": open_musdb_stems,
    "medleydb": open_medleydb,
    "mixing-secrets": open_medleydb,
    "folder": open_multitrack,
}
_LAYOUTS: Final[dict[str, str]] = {
    "synthetic": f"SONG/{{{','.join(INSTRUMENTS)},other}}.wav",
    "musdb": "train|test/SONG/{vocals,drums,bass,other}.wav",
    "musdb-stems": "train|test/SONG.stem.mp4",
    "medleydb": "Audio/SONG/SONG_STEMS/*.wav with SONG_METADATA.yaml",
    "mixing-secrets": "Audio/SONG/SONG_STEMS/*.wav with SONG_METADATA.yaml",
    "folder": f"SONG/{{{','.join(INSTRUMENTS)},other}}.wav",
}
