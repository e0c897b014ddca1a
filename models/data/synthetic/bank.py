"""The bank of recorded notes: its index, its split into training and held-out sources, and lazy loading."""

import csv
import os
from collections import OrderedDict, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

import numpy as np
import soundfile
from numpy.typing import NDArray

from models.data.synthetic.gus_patches import GusPatches
from models.data.synthetic.soundfont import PEAK, FontNote, SoundFont

SAMPLE_RATE_HZ: Final = 44100

Font = SoundFont | GusPatches

_SOUNDFONT_WEIGHT: Final = 0.25
"""How often a SoundFont's presets are drawn: they are many, and most are plainer than the bank's recordings."""
_PATCHES_WEIGHT: Final = 0.7

Split = Literal["train", "validation", "test", "all"]
"""Training songs use no held-out source; validation and test songs use only held-out ones; all songs use any."""

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

HELD_OUT_SOUNDFONTS: Final = frozenset({"timgm6mb", "red-zeppelin-4-lv2"})
"""The same for SoundFonts: whole files, because presets of one file share recordings."""

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


def open_font(path: Path) -> Font:
    """Open a SoundFont file, or a folder of Gravis Ultrasound patches. Raises SoundFontError."""
    return GusPatches(path) if path.is_dir() else SoundFont(path)


def _font_sample(path: str, font: Font, note: FontNote) -> Sample:
    return Sample(
        path, note.stem, font.source, "", note.articulation, note.program, note.pitch, note.velocity / 127,
        note.hold_s, PEAK,
    )  # fmt: skip


def in_split(source: str, split: Split) -> bool:
    """Whether songs of a split may use a source."""
    return split == "all" or (source in HELD_OUT_SOURCES | HELD_OUT_SOUNDFONTS) == (split != "train")


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
    """The notes of one instrument of one source. `weight` is how often it is drawn, compared with other sources."""

    key: str
    stem: str
    source: str
    samples: tuple[Sample, ...]
    weight: float = 1.0

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
    """Samples of one split, found by program and loaded (or played by a SoundFont) when first asked for."""

    def __init__(
        self,
        folder: Path | None = None,
        split: Split = "all",
        cache_bytes: int = 1_500_000_000,
        soundfonts: Sequence[Path] = (),
    ) -> None:
        """Read the index.

        Args:
            folder: holds `index.csv`; None means `default_bank_folder()`.
            split: `train` leaves the held-out sources out, `validation` and `test` keep only them.
            cache_bytes: upper bound of the decoded samples held in memory.
            soundfonts: SoundFonts and folders of patches that join the bank where the split wants them.

        Raises:
            FileNotFoundError: the folder has no index.
            ValueError: an unknown split.
            SoundFontError: a SoundFont cannot be played.
        """
        if split not in ("train", "validation", "test", "all"):
            raise ValueError(f"split must be train, validation, test or all, not {split!r}")
        self.folder = folder if folder is not None else default_bank_folder()
        self.split = split
        with (self.folder / "index.csv").open(newline="", encoding="utf-8") as file:
            rows = [_read_row(row) for row in csv.DictReader(file)]
        self._fonts = [font for font in map(open_font, soundfonts) if in_split(font.source, split)]
        self._font_notes = {f"{font.source}/{note.name}": (font, note) for font in self._fonts for note in font.notes()}
        recorded = _pair_channels([row for row in rows if in_split(row.source, split)])
        self.samples = (*recorded, *(_font_sample(path, *found) for path, found in self._font_notes.items()))
        self._cache: OrderedDict[str, NDArray[np.float32]] = OrderedDict()
        self._cache_bytes = cache_bytes
        self._held_bytes = 0
        fonts = {
            font.source: _PATCHES_WEIGHT if isinstance(font, GusPatches) else _SOUNDFONT_WEIGHT for font in self._fonts
        }
        groups: dict[tuple[str, str, str], list[Sample]] = defaultdict(list)
        for sample in self.samples:
            groups[sample.stem, sample.source, sample.program].append(sample)
        self.programs: dict[str, Program] = {
            f"{source}/{program}": Program(f"{source}/{program}", stem, source, tuple(members), fonts.get(source, 1.0))
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
        if path in self._font_notes:
            font, note = self._font_notes[path]
            return font.play(note)
        audio: NDArray[np.float32] = soundfile.read(self.folder / path, dtype="float32", always_2d=True)[0]
        return np.ascontiguousarray(audio[:, :2])
