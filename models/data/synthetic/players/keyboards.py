"""Plays the piano and everything that belongs to no other stem."""

from collections.abc import Mapping
from typing import Final

import numpy as np

from models.data.synthetic.effects import filters
from models.data.synthetic.effects.kernels import apply_gain
from models.data.synthetic.effects.voicing import change_body
from models.data.synthetic.players.frequency_modulation import draw_operators, play_operators
from models.data.synthetic.players.hammer import draw_piano, play_struck
from models.data.synthetic.players.sampler import Touch, pan_gains, play_notes
from models.data.synthetic.players.studio import F32, Studio, blend, chorus, draw_program, echo
from models.data.synthetic.players.synthesizer import draw_patch, play_effects, play_patch
from models.data.synthetic.score import Part

_PROGRAMS: Final[Mapping[str, tuple[str, ...]]] = {
    "pad": ("-pad", "synth-strings", "strings-slow", "polysynth"),
    "strings": ("strings-slow", "strings-fast", "strings-trem", "synth-strings", "vsco2-tremolo", "zinc", "arco"),
    "organ": ("-organ", "accordion", "drawbar", "bandoneon"),
    "lead": ("-lead", "synth-brass", "trumpet", "violin", "polysynth", "zinc", "-sax"),
    "voice_lead": ("square-lead", "halo-pad", "voice-lead", "zinc"),
    "winds": (
        "flute", "clarinet", "-sax", "trumpet", "trombone", "violin", "viola", "cello", "harmonica", "accordion",
        "french-horns", "zinc", "oboe", "english-horn", "bassoon", "piccolo", "recorder", "shakuhachi", "whistle",
        "ocarina", "bagpipe", "fiddle", "shanai", "bandoneon", "tuba",
    ),
    "brass": ("brass-section", "synth-brass", "french-horns", "trombone", "trumpet", "tuba"),
    "stabs": ("polysynth", "synth-brass", "brass-section", "strings-fast"),
    "clav": ("clav", "harpsichord"), "epiano": ("tine-ep", "epiano-", "CP80", "Pianet", "Wurlitzer"),
    "vibes": (
        "vibraphone", "harp", "Pianet", "marimba", "glockenspiel", "celesta", "music-box", "xylophone", "kalimba",
        "tubular-bells",
    ),
    "arp": ("polysynth", "strings-pizz", "harp", "tine-ep", "crystal", "marimba", "celesta"),
    "pluck": (
        "pizz", "harp", "vibraphone", "clav", "koto", "banjo", "mandolin", "ukulele", "sitar", "shamisen", "dulcimer",
        "kalimba", "marimba", "crystal",
    ),
    "effects": (),
}  # fmt: skip
_SYNTHETIC_ROLES: Final = frozenset(
    {"pad", "lead", "voice_lead", "arp", "pluck", "stabs", "brass", "strings", "epiano", "vibes"}
)
_MODELLED_PIANOS: Final = 0.4
"""Share of training songs whose piano is a model; songs that measure have recorded ones."""
_FM_ROLES: Final = frozenset({"arp", "pluck", "epiano", "vibes", "stabs", "pad"})


def play_piano(studio: Studio, parts: tuple[Part, ...], rng: np.random.Generator) -> tuple[F32, set[str]]:
    """Play the piano: `(frames, 2)` and the sources used."""
    out, used = studio.silence(), set[str]()
    modelled = draw_piano(rng) if studio.for_training and rng.random() < _MODELLED_PIANOS else None
    program = draw_program(studio.programs("piano"), rng)
    touch = Touch(
        release_s=float(rng.uniform(0.12, 0.4)), softness=0.3 if program.samples[0].velocity is None else 0.05,
        brightness=float(rng.uniform(0.4, 1.0)), detune=float(rng.normal(0, 0.03)), cents=float(rng.choice([1.0,
            2.0, 5.0])),
        borrow=float(np.clip(rng.normal(0, 2.5), -5, 5)),
    )  # fmt: skip
    spread = float(rng.uniform(-0.5, 0.7))
    for part in parts:
        if modelled is not None:
            play_struck(out, modelled, part.notes, rng, touch, spread=spread)
        else:
            used |= play_notes(out, studio.bank, program, part.notes, touch, rng, spread=spread)
    if rng.random() < 0.6:
        change_body(out, rng, 80, 6000, 2.5)
    if rng.random() < 0.3:
        out[:] = out.mean(axis=1, keepdims=True)
    if rng.random() < 0.06:
        chorus(out, rng)
    return out, used


def play_other(studio: Studio, parts: tuple[Part, ...], rng: np.random.Generator) -> tuple[F32, set[str]]:
    """Play everything else: `(frames, 2)` and the sources used."""
    out, used = studio.silence(), set[str]()
    for part in parts:
        layer = studio.silence()
        used |= _play_part(layer, studio, part, rng)
        if part.role in ("pad", "epiano", "organ", "strings") and rng.random() < 0.4:
            chorus(layer, rng, 5.5 if part.role == "organ" else 1.5)
        if part.role in ("lead", "voice_lead", "arp", "pluck", "winds", "stabs") and rng.random() < 0.5:
            echo(layer, studio.score.tempo_bpm, rng, float(rng.uniform(0.15, 0.5)))
        if part.role in ("pad", "stabs", "organ") and rng.random() < 0.2:
            _gate(layer, studio, rng)
        if rng.random() < 0.5:
            change_body(layer, rng, 100, 7000, 3.0)
        pan = float(rng.uniform(-0.5, 0.5)) if part.role not in ("pad", "strings") else 0.0
        layer *= np.array(pan_gains(pan), dtype=np.float32)
        blend(out, layer, 0.1 * float(np.exp(rng.normal(0, 0.3))) * (0.6 if part.role == "effects" else 1.0))
    return out, used


def _play_part(layer: F32, studio: Studio, part: Part, rng: np.random.Generator) -> set[str]:
    fitting = [p for p in studio.programs("other") if any(word in p.key for word in _PROGRAMS[part.role])]
    synthetic = part.role in _SYNTHETIC_ROLES and rng.random() < 0.25 + 0.6 * studio.style.electronic
    if part.role == "effects":
        play_effects(layer, part.notes, rng)
        return set()
    if synthetic or not fitting:
        if part.role in _FM_ROLES and rng.random() < 0.35:
            play_operators(layer, draw_operators(rng, part.role == "pad"), part.notes)
        else:
            play_patch(layer, draw_patch(rng, part.role), part.notes, rng)
        if part.role == "voice_lead":
            _vowel(layer, rng)
        return set()
    program = draw_program(fitting, rng)
    plucked = program.samples[0].articulation in ("pluck", "epiano")
    slow = part.role in ("pad", "strings")
    touch = Touch(
        attack_s=float(rng.uniform(0.03, 0.3)) if slow else 0.004, release_s=float(rng.uniform(0.1, 0.6)),
        looped=not plucked, softness=0.2, cents=4, vibrato_semitones=float(rng.uniform(0.1, 0.35)),
        brightness=float(rng.uniform(0.5, 1.0)), borrow=float(np.clip(rng.normal(0, 2.5), -5, 5)),
    )  # fmt: skip
    return play_notes(layer, studio.bank, program, part.notes, touch, rng, spread=float(rng.uniform(-0.5, 0.5)))


def _vowel(layer: F32, rng: np.random.Generator) -> None:
    """Shape a synthesiser like a vowel."""
    vowels = ((700, 1150, 2500), (450, 1900, 2600), (320, 2300, 3000), (480, 850, 2400), (350, 700, 2300))
    formants = vowels[int(rng.integers(len(vowels)))]
    filters.apply(layer, *(filters.section("peak", f * float(rng.uniform(0.9, 1.15)), 15.0, 5.0) for f in formants))
    filters.apply(layer, filters.section("low-pass", 5500.0))


def _gate(layer: F32, studio: Studio, rng: np.random.Generator) -> None:
    """Chop a held sound in eighths or sixteenths."""
    hop = 128
    count = studio.frames // hop + 2
    beats = np.arange(count) * hop / 44100 * studio.score.tempo_bpm / 60
    open_share, rate = float(rng.uniform(0.4, 0.8)), float(rng.choice([2, 4]))
    gains = np.where((beats * rate) % 1 < open_share, 1.0, float(rng.uniform(0, 0.4)))
    smooth = np.convolve(np.pad(gains, 2, mode="edge"), np.ones(5) / 5, mode="valid")
    apply_gain(layer, smooth.astype(np.float32), hop)
