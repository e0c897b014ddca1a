"""Drum kits put together from the bank, their pieces placed in the stereo picture."""

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Final

import numpy as np
from numpy.typing import NDArray

from models.data.synthetic.bank import Bank, Sample
from models.data.synthetic.players.drum_synthesizer import draw_sounds
from models.data.synthetic.players.sampler import Touch, play_sample
from models.data.synthetic.score import Note

_PAN: Final[Mapping[str, float]] = {
    "kick": 0.0, "snare": 0.05, "sidestick": 0.05, "clap": 0.0, "hihat-closed": 0.35, "hihat-open": 0.35,
    "hihat-pedal": 0.35, "ride": -0.4, "ride-bell": -0.4, "crash": -0.3, "tom-high": 0.3, "tom-mid": 0.0,
    "tom-low": -0.35,
}  # fmt: skip
_LEVEL: Final[Mapping[str, float]] = {
    "kick": 1.0, "snare": 0.85, "sidestick": 0.5, "clap": 0.7, "hihat-closed": 0.3, "hihat-open": 0.34,
    "hihat-pedal": 0.25,
    "ride": 0.33, "ride-bell": 0.36, "crash": 0.5, "tom-high": 0.75, "tom-mid": 0.75, "tom-low": 0.8,
}  # fmt: skip
_STAND_IN: Final[Mapping[str, tuple[str, ...]]] = {
    "sidestick": ("sidestick", "snare"), "clap": ("clap", "snare"), "hihat-pedal": ("hihat-pedal", "hihat-closed"),
    "hihat-open": ("hihat-open", "hihat-closed"), "ride": ("ride", "hihat-open"), "perc": ("perc", "hihat-closed"),
    "crash": ("crash", "hihat-open"),
}  # fmt: skip
_BANKS_OF_KITS: Final = ("msg-kits", "drum-machines")
"""Sources of the bank that hold several kits, told apart by the first word of a file's name."""
_RING_S: Final = 3.0
_MADE: Final = Sample("", "drums", "synthesised", "", "", "", None, None, 1.0, 1.0)


def _kit_name(sample: Sample) -> str:
    """Which kit of its source a sample belongs to."""
    if sample.source in _BANKS_OF_KITS:
        return f"{sample.source}/{PurePosixPath(sample.path).stem.split('-')[0]}"
    return sample.source if sample.program == sample.source else f"{sample.source}/{sample.program}"


def _drum_name(sample: Sample) -> str:
    """Which drum of its kit a sample is a hit of: the file's name without its running number."""
    return PurePosixPath(sample.path).stem.rstrip("0123456789").rstrip("-")


@dataclass(frozen=True)
class Kit:
    """Samples of each piece, tuning and size of the stereo picture; `made` pieces are synthesised instead."""

    pieces: Mapping[str, tuple[Sample, ...]]
    tuning: Mapping[str, float]
    width: float
    choke_s: float
    balance: Mapping[str, float]
    made: Mapping[str, NDArray[np.float32]]

    @property
    def sources(self) -> set[str]:
        """Sources of all pieces."""
        return {sample.source for samples in self.pieces.values() for sample in samples}


def draw_kit(bank: Bank, rng: np.random.Generator, electronic: bool, excluded: frozenset[str] = frozenset()) -> Kit:
    """Draw a kit: mostly from one source, single pieces exchanged now and then; no `excluded` source."""
    kits: dict[str, dict[str, list[Sample]]] = defaultdict(lambda: defaultdict(list))
    anywhere: dict[str, list[Sample]] = defaultdict(list)
    for sample in bank.samples:
        if sample.stem == "drums" and sample.source not in excluded:
            kits[_kit_name(sample)][sample.articulation].append(sample)
            anywhere[sample.articulation].append(sample)
    machines = ("drum-machines", "sonic-pi", "msg-kits/tr808", "msg-kits/electronic")
    whole = [name for name, pieces in kits.items() if {"kick", "snare", "hihat-closed"} <= set(pieces)]
    machine = {name for name in whole if name.startswith(machines) or name.endswith(("/electronic", "/tr808"))}
    wanted = [name for name in whole if (name in machine) == electronic] or whole
    if not electronic and "muldjordkit" in wanted and rng.random() < 0.4:
        wanted = ["muldjordkit"]
    name = _draw_name(wanted, rng)
    pieces: dict[str, tuple[Sample, ...]] = {}
    for articulation in sorted(anywhere):
        own = kits[name].get(articulation, [])
        if not own or rng.random() < (0.35 if electronic else 0.12):
            own = _one_drum(anywhere[articulation], rng)
        if articulation == "tom":
            pieces.update(_toms(own))
        else:
            pieces[articulation] = tuple(own if own[0].velocity is not None else _one_drum(own, rng))
    if not electronic and "frankensnare" in kits and rng.random() < 0.25:
        pieces["snare"] = tuple(_one_drum(kits["frankensnare"]["snare"], rng))
    tuning = {piece: float(rng.normal(0, 1.2)) for piece in sorted(pieces)}
    balance = {piece: float(np.exp(rng.normal(0, 0.2))) for piece in sorted(pieces)}
    made: dict[str, NDArray[np.float32]] = {}
    if rng.random() < (0.6 if electronic else 0.04):
        sounds, share = draw_sounds(rng), float(rng.choice([0.25, 0.5, 1.0]))
        made = {piece: sound for piece, sound in sounds.items() if rng.random() < share}
    return Kit(pieces, tuning, float(rng.uniform(0.2, 1.0)), float(rng.uniform(0.03, 0.08)), balance, made)


def _draw_name(names: list[str], rng: np.random.Generator) -> str:
    """Draw a kit; those of one SoundFont (`source/kit`, many of them alike) count as one together."""
    fonts = Counter(name.split("/")[0] for name in names if not name.startswith(_BANKS_OF_KITS))
    weights = np.array([1 / fonts[name.split("/")[0]] if name.split("/")[0] in fonts else 1.0 for name in names])
    return names[int(rng.choice(len(names), p=weights / weights.sum()))]


def _one_drum(samples: list[Sample], rng: np.random.Generator) -> list[Sample]:
    """All hits of one drum, drawn among the drums of a list."""
    names = sorted({(sample.source, _drum_name(sample)) for sample in samples})
    chosen = names[int(rng.integers(len(names)))]
    return [sample for sample in samples if (sample.source, _drum_name(sample)) == chosen]


def _toms(samples: list[Sample]) -> dict[str, tuple[Sample, ...]]:
    """Share a kit's toms out to three heights by name; a single tom serves for all (it is retuned)."""
    names = sorted({_drum_name(sample) for sample in samples})
    places = np.linspace(0, len(names) - 1, 3).round().astype(int)
    toms = {}
    for piece, place in zip(("tom-high", "tom-mid", "tom-low"), places, strict=True):
        toms[piece] = tuple(sample for sample in samples if _drum_name(sample) == names[int(place)])
    return toms


def _samples_for(kit: Kit, piece: str) -> tuple[Sample, ...]:
    base = "perc" if piece.startswith("perc") else "ride" if piece == "ride-bell" else piece
    for name in _STAND_IN.get(base, (base,)):
        if name in kit.pieces:
            return kit.pieces[name]
    return ()


def play_kit(
    out: NDArray[np.float32], bank: Bank, kit: Kit, notes: tuple[Note, ...], rng: np.random.Generator
) -> set[str]:
    """Play drum notes into `(frames, 2)`; a closed hi-hat chokes an open one. Returns the sources used."""
    sources: set[str] = set()
    hats = [note.onset_s for note in notes if note.articulation in ("hihat-closed", "hihat-pedal")]
    for note in notes:
        piece = note.articulation
        name = "ride" if piece == "ride-bell" else "perc" if piece.startswith("perc") else piece
        sample = _MADE if name in kit.made else _hit(_samples_for(kit, piece), note.velocity, rng)
        if sample is None:
            continue
        ring_s = _RING_S
        if piece == "hihat-open":
            place = int(np.searchsorted(hats, note.onset_s + 0.01))
            ring_s = min(ring_s, hats[place] - note.onset_s) if place < len(hats) else ring_s
        touch = Touch(release_s=kit.choke_s, brightness=0.95, softness=0.35 if sample.velocity is None else 0.1)
        shift = kit.tuning.get(name, 0.0) + float(rng.normal(0, 0.06))
        level = 0.5 * _LEVEL.get(piece, 0.3) * kit.balance.get(name, 1.0)
        held = Note(note.onset_s, ring_s, 0, note.velocity, piece)
        pan = kit.width * _PAN.get(piece, 0.5 if piece.endswith(("0", "1")) else -0.5)
        sound = kit.made[name] if sample is _MADE else bank.load(sample)
        play_sample(out, sound, held, sample, touch, level * sample.peak**-0.2, pan, shift)
        sources.add(sample.source)
    return sources - {_MADE.source}


def _hit(samples: tuple[Sample, ...], velocity: float, rng: np.random.Generator) -> Sample | None:
    """A hit of about a velocity, drawn among the nearest."""
    if not samples:
        return None
    costs = np.array([abs((s.velocity if s.velocity is not None else velocity) - velocity) for s in samples])
    near = np.flatnonzero(costs <= costs.min() + 0.08)
    return samples[int(near[int(rng.integers(len(near)))])]
