"""Casts singers for the vocal parts: lead, doubles, harmonies, choir."""

import numpy as np

from models.data.synthetic.bank import SAMPLE_RATE_HZ
from models.data.synthetic.effects import filters
from models.data.synthetic.effects.kernels import soft_clip
from models.data.synthetic.players.sampler import Touch, play_notes
from models.data.synthetic.players.singer import Manner, draw_manner, sing
from models.data.synthetic.players.studio import F32, Studio, blend, chorus, place, transposed
from models.data.synthetic.score import Note, Part


def play_vocals(studio: Studio, parts: tuple[Part, ...], rng: np.random.Generator) -> tuple[F32, set[str]]:
    """Sing all parts: `(frames, 2)` and the sources used."""
    out, used = studio.silence(), set[str]()
    sources = [source for source in studio.voices.sources() if source not in studio.excluded]
    middle = float(np.median([note.pitch for note in parts[0].notes]))
    source = _cast(studio, sources, middle, rng)
    manner = draw_manner(rng)
    shift = _octaves_towards(studio, source, middle)
    for part in parts:
        layer = studio.silence()
        if part.role == "choir":
            used |= _sing_choir(layer, studio, part.notes, rng)
            blend(out, layer, float(rng.uniform(0.025, 0.05)))
            continue
        mono = studio.silent_mono()
        who, how = source, manner
        if part.role in ("harmony", "answer") and rng.random() < 0.5:
            who, how = sources[int(rng.integers(len(sources)))], draw_manner(rng)
        own = shift if who == source else _octaves_towards(studio, who, middle)
        notes = transposed(part.notes, own)
        used |= sing(mono, studio.voices, who, notes, how, rng)
        if part.role == "lead":
            _breathe(mono, notes, how, rng)
        place(layer, mono, 0.0 if part.role == "lead" else float(rng.choice([-1, 1]) * rng.uniform(0.2, 0.95)))
        filters.apply(
            layer,
            filters.section("high-shelf", 2500, how.tilt_db, 0.5),
            filters.section("high-shelf", 8500, how.air_db),
        )
        blend(out, layer, 0.1 if part.role == "lead" else float(rng.uniform(0.03, 0.07)))
    _colour(out, rng)
    return out, used


def _cast(studio: Studio, sources: list[str], middle: float, rng: np.random.Generator) -> str:
    """Draw a voice: those with many phrases and a fitting range (whole octaves aside) are likelier."""
    weights = []
    for source in sources:
        samples = studio.voices.samples(source)
        pitches = [s.pitch for s in samples if s.pitch is not None]
        away = min(abs((p - middle + 6) % 12 - 6) for p in pitches)
        weights.append(min(len(samples), 90) ** 0.5 * np.exp(-0.5 * (away / 3.0) ** 2) + 1e-4)
    chance = np.array(weights) / sum(weights)
    return sources[int(rng.choice(len(sources), p=chance))]


def _octaves_towards(studio: Studio, source: str, middle: float) -> int:
    """Semitones (whole octaves) that bring a melody to within reach of a voice."""
    pitches = [s.pitch for s in studio.voices.samples(source) if s.pitch is not None]
    return 12 * round((float(np.median(pitches)) + 2.0 - middle) / 12)


def _sing_choir(layer: F32, studio: Studio, notes: tuple[Note, ...], rng: np.random.Generator) -> set[str]:
    choirs = [p for p in studio.programs("vocals") if p.samples[0].articulation == "choir"]
    if not choirs:
        return set()
    program = choirs[int(rng.integers(len(choirs)))]
    touch = Touch(attack_s=0.08, release_s=0.35, looped=True, cents=6, brightness=0.8)
    return play_notes(layer, studio.bank, program, notes, touch, rng, spread=0.8)


def _breathe(mono: F32, notes: tuple[Note, ...], manner: Manner, rng: np.random.Generator) -> None:
    """Put breaths before phrases that leave time for one."""
    end_s = 0.0
    for note in notes:
        if note.articulation == "phrase" and note.onset_s - end_s > 0.45 and manner.breath > 0:
            length_s = float(rng.uniform(0.18, 0.38))
            frames, first = (
                int(length_s * SAMPLE_RATE_HZ),
                int((note.onset_s - length_s - 0.1) * SAMPLE_RATE_HZ),
            )
            noise = rng.standard_normal((frames, 1), dtype=np.float32)
            center = float(rng.uniform(1300, 2100))
            filters.apply(
                noise, filters.section("high-pass", 500), filters.section("peak", center, 12, 2.0),
                filters.section("peak", 2.2 * center, 8, 2.0), filters.section("low-pass", 7000),
            )  # fmt: skip
            if first >= 0 and first + frames < len(mono):
                mono[first : first + frames] += (
                    noise[:, 0] * np.hanning(frames).astype(np.float32) * np.float32(0.12 * manner.breath)
                )
        end_s = note.end_s


def _colour(out: F32, rng: np.random.Generator) -> None:
    """Effects of modern voices: now and then distortion, a telephone, or a widening chorus, on the whole stem."""
    kind = rng.random()
    if kind < 0.06:
        soft_clip(out, float(rng.uniform(4, 15)), 0.1)
    elif kind < 0.1:
        filters.apply(
            out,
            filters.section("high-pass", float(rng.uniform(300, 600))),
            filters.section("low-pass", float(rng.uniform(2500, 4500))),
        )
    elif kind < 0.18:
        chorus(out, rng, 1.0)
