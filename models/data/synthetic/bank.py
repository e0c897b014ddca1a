"""The bank of recorded notes: its index, its split into training and held-out sources, and lazy loading."""

import csv
import os
from collections import OrderedDict, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

import numpy as np
import soundfile
from numpy.typing import NDArray

SAMPLE_RATE_HZ: Final = 44100

Split = Literal["train", "held-out", "all"]

HELD_OUT_SOURCES: Final = frozenset(
    {
        "torone-rei",
        "black-hofner-club",
        "spanish-classical",
        "salamander-c5",
        "vcsl-upright",
        "pastabass-vi",
        "gogodze-phu-ii",
        "sonic-pi",
        "greg-sullivan-epianos",
        "vsco2-tremolo-strings",
        "string-cyborgs-zinc",
    }
)
"""Whole sources that training songs never use, so that songs made of them measure what a network has not heard."""

SAME_PERFORMANCE: Final = frozenset({"shinyguitar-mic", "shinyguitar-pickup"})
"""Two recordings of one performance: at most one of them may sound in a song."""

STEM_OF_INSTRUMENT: Final[Mapping[str, str]] = {
    "vocals": "vocals",
    "elecgtr": "electric_guitar",
    "acgtr": "acoustic_guitar",
    "piano": "piano",
    "bass": "bass",
    "drums": "drums",
    "other": "other",
}

_PROGRAM_IN_NAME: Final = frozenset(
    {"msg-orchestral-synth", "msg-basses", "msg-electric-guitars", "msg-acoustic-guitars", "msg-choir"}
    | {"greg-sullivan-epianos", "pastabass-vi"}
)
_TWO_WORD_PROGRAMS: Final = frozenset(
    {
        "brass-section", "church-organ", "drawbar-organ", "french-horns", "halo-pad", "perc-organ", "rock-organ",
        "saw-lead", "square-lead", "strings-fast", "strings-pizz", "strings-slow", "strings-trem", "sweep-pad",
        "synth-brass", "synth-strings", "tenor-sax", "tine-ep", "warm-pad", "choir-aahs", "voice-oohs",
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Sample:
    """One recorded note or phrase.

    `pitch` is a fractional MIDI number (None: unpitched), `velocity` lies in 0..1 (None: not known), `peak` is linear.
    `right_path` is the right channel's file where the two channels are files of their own.
    """

    path: str
    stem: str
    source: str
    licence: str
    articulation: str
    program: str
    pitch: float | None
    velocity: float | None
    duration_s: float
    peak: float
    right_path: str | None = None


def _program_of(source: str, stem: str, articulation: str, name: str) -> str:
    if source not in _PROGRAM_IN_NAME:
        return articulation if stem != "drums" else source
    words = name.split("-")
    two = "-".join(words[:2])
    if source == "pastabass-vi":
        return articulation
    return two if two in _TWO_WORD_PROGRAMS else words[0]


def _read_row(row: Mapping[str, str]) -> Sample:
    stem = STEM_OF_INSTRUMENT[row["instrument"]]
    name = Path(row["path"]).stem
    return Sample(
        path=row["path"],
        stem=stem,
        source=row["source"],
        licence=row["licence"],
        articulation=row["articulation"],
        program=_program_of(row["source"], stem, row["articulation"], name),
        pitch=float(row["midi_pitch"]) if row["midi_pitch"] else None,
        velocity=min(1.0, float(row["velocity"]) / 127) if row["velocity"] else None,
        duration_s=float(row["duration_s"]),
        peak=max(1e-3, float(row["peak"])),
    )


def _pair_channels(samples: list[Sample]) -> list[Sample]:
    """Join files of the left and the right channel (`...L.ogg`, `...R.ogg`) into one stereo sample."""
    by_path = {sample.path: sample for sample in samples}
    paired: list[Sample] = []
    for sample in samples:
        base = sample.path.removesuffix(".ogg")
        if base.endswith("R") and f"{base[:-1]}L.ogg" in by_path:
            continue
        right = f"{base[:-1]}R.ogg"
        if base.endswith("L") and right in by_path:
            fields = {name: getattr(sample, name) for name in Sample.__slots__}
            paired.append(Sample(**{**fields, "right_path": right}))
        else:
            paired.append(sample)
    return paired


@dataclass(frozen=True)
class Program:
    """The notes of one instrument of one source, for instance a soundfont's rock organ."""

    key: str
    stem: str
    source: str
    samples: tuple[Sample, ...]

    def find(self, pitch: float, velocity: float, rng: np.random.Generator) -> Sample:
        """Return the note nearest in pitch, then in velocity; a round robin is drawn among equals.

        Args:
            pitch: MIDI number.
            velocity: 0..1.
            rng: draws the round robin.
        """

        def distance(sample: Sample) -> float:
            away = abs((sample.pitch if sample.pitch is not None else pitch) - pitch)
            layer = abs((sample.velocity if sample.velocity is not None else velocity) - velocity)
            return round(away) + 3.0 * layer

        costs = [distance(sample) for sample in self.samples]
        best = min(costs)
        near = [sample for sample, cost in zip(self.samples, costs, strict=True) if cost <= best + 0.25]
        return near[int(rng.integers(len(near)))]


def default_bank_folder() -> Path:
    """The folder named by the environment variable PARTWISE_SAMPLES, else `../shared/samples` beside the repository."""
    named = os.environ.get("PARTWISE_SAMPLES")
    if named:
        return Path(named)
    return Path(__file__).resolve().parents[4] / "shared" / "samples"


class Bank:
    """Samples of one split, found by program and loaded when first asked for."""

    def __init__(self, folder: Path | None = None, split: Split = "all", cache_bytes: int = 1_500_000_000) -> None:
        """Read the index.

        Args:
            folder: holds `index.csv`; None means `default_bank_folder()`.
            split: `train` leaves the held-out sources out, `held-out` keeps only them.
            cache_bytes: upper bound of the decoded samples held in memory.

        Raises:
            FileNotFoundError: the folder has no index.
            ValueError: an unknown split.
        """
        if split not in ("train", "held-out", "all"):
            raise ValueError(f"split must be train, held-out or all, not {split!r}")
        self.folder = folder if folder is not None else default_bank_folder()
        self.split = split
        with (self.folder / "index.csv").open(newline="", encoding="utf-8") as file:
            rows = [_read_row(row) for row in csv.DictReader(file)]
        kept = [s for s in rows if split == "all" or (s.source in HELD_OUT_SOURCES) == (split == "held-out")]
        self.samples = tuple(_pair_channels(kept))
        self._cache: OrderedDict[str, NDArray[np.float32]] = OrderedDict()
        self._cache_bytes = cache_bytes
        self._held_bytes = 0
        groups: dict[tuple[str, str, str], list[Sample]] = defaultdict(list)
        for sample in self.samples:
            groups[sample.stem, sample.source, sample.program].append(sample)
        self.programs: dict[str, Program] = {
            f"{source}/{program}": Program(f"{source}/{program}", stem, source, tuple(members))
            for (stem, source, program), members in sorted(groups.items())
        }

    @property
    def cached_bytes(self) -> int:
        """Size of the decoded samples held now."""
        return self._held_bytes

    def of_stem(self, stem: str) -> list[Program]:
        """All programs that belong to a stem, in a fixed order."""
        return [program for program in self.programs.values() if program.stem == stem]

    def load(self, sample: Sample) -> NDArray[np.float32]:
        """Decode a sample: float32 `(frames, 1 or 2)` at 44.1 kHz. The array is shared: do not write to it.

        Raises:
            soundfile.LibsndfileError: the file is missing or broken.
        """
        held = self._cache.get(sample.path)
        if held is not None:
            self._cache.move_to_end(sample.path)
            return held
        audio = self._read(sample.path)
        if sample.right_path is not None:
            right = self._read(sample.right_path)
            frames = min(len(audio), len(right))
            audio = np.ascontiguousarray(np.concatenate([audio[:frames, :1], right[:frames, :1]], axis=1))
        self._cache[sample.path] = audio
        self._held_bytes += audio.nbytes
        while self._held_bytes > self._cache_bytes and len(self._cache) > 1:
            self._held_bytes -= self._cache.popitem(last=False)[1].nbytes
        return audio

    def _read(self, path: str) -> NDArray[np.float32]:
        audio: NDArray[np.float32] = soundfile.read(self.folder / path, dtype="float32", always_2d=True)[0]
        return np.ascontiguousarray(audio[:, :2])
