"""Plays bass and drums."""

import numpy as np

from models.data.synthetic.effects import filters
from models.data.synthetic.effects.kernels import soft_clip
from models.data.synthetic.effects.voicing import change_body, move_pickup
from models.data.synthetic.players.kit import draw_kit, play_kit
from models.data.synthetic.players.sampler import Touch, play_notes
from models.data.synthetic.players.studio import F32, Studio, draw_program, transposed
from models.data.synthetic.players.synthesizer import draw_patch, play_patch
from models.data.synthetic.score import Part


def play_bass(studio: Studio, parts: tuple[Part, ...], rng: np.random.Generator) -> tuple[F32, set[str]]:
    """Play the bass, recorded or synthesised: `(frames, 2)` and the sources used."""
    role = parts[0].role
    if rng.random() < studio.style.electronic * 0.75 or (role in ("sub", "offbeat") and rng.random() < 0.7):
        return _play_synthetic(studio, parts, rng), set()
    out, used = studio.silence(), set[str]()
    programs = [
        p
        for p in studio.programs("bass")
        if not p.key.endswith("staccato") and (role == "slap" or not p.key.endswith(("slap", "pop")))
    ]
    walking = [p for p in programs if "meatbass" in p.key or "acoustic" in p.key]
    slapped = [p for p in programs if p.key.endswith(("slap", "pop"))]
    if role in ("walking", "bossa") and walking and rng.random() < 0.8:
        programs = walking
    elif role == "slap" and slapped and rng.random() < 0.6:
        programs = slapped
    program = draw_program(programs, rng)
    touch = Touch(
        release_s=float(rng.uniform(0.04, 0.12)), softness=0.2, brightness=float(rng.uniform(0.35, 1.0)), cents=3,
        looped=program.samples[0].articulation == "sustain", detune=float(rng.normal(0, 0.03)),
        borrow=float(np.clip(rng.normal(0, 2), -4, 4)),
    )  # fmt: skip
    for part in parts:
        used |= play_notes(out, studio.bank, program, part.notes, touch, rng)
    if rng.random() < 0.6:
        move_pickup(out, rng)
        change_body(out, rng, 80, 2500, 2.5)
    if rng.random() < 0.45:
        out *= np.float32(1 / (float(np.abs(out).max()) + 1e-9))
        dry = out.copy()
        soft_clip(out, float(rng.uniform(2, 12)), float(rng.uniform(0, 0.3)))
        filters.apply(out, filters.section("low-pass", float(rng.uniform(1800, 5000))))
        out += dry
    filters.apply(out, filters.section("peak", float(rng.uniform(60, 110)), float(rng.uniform(-2, 5)), 0.9))
    return out, used


def _play_synthetic(studio: Studio, parts: tuple[Part, ...], rng: np.random.Generator) -> F32:
    out = studio.silence()
    deep = parts[0].role in ("sub", "long") and rng.random() < 0.7
    patch = draw_patch(rng, "sub" if deep else "synth-bass")
    for part in parts:
        play_patch(out, patch, transposed(part.notes, 12 if patch.sub > 1.5 else 0), rng)
    if rng.random() < 0.4:
        soft_clip(out, float(rng.uniform(2, 8)), 0.0)
    return out


def play_drums(studio: Studio, parts: tuple[Part, ...], rng: np.random.Generator) -> tuple[F32, set[str]]:
    """Play the kit, with a crushed copy of itself beneath now and then: `(frames, 2)` and the sources used."""
    out, used = studio.silence(), set[str]()
    kit = draw_kit(studio.bank, rng, bool(rng.random() < studio.style.electronic), studio.excluded)
    for part in parts:
        used |= play_kit(out, studio.bank, kit, part.notes, rng)
    if rng.random() < 0.5:
        change_body(out, rng, 60, 9000, 2.0)
    if rng.random() < 0.35:
        crushed = out.copy()
        soft_clip(crushed, float(rng.uniform(4, 16)), 0.0)
        filters.apply(crushed, filters.section("low-pass", float(rng.uniform(4000, 14000))))
        out += np.float32(rng.uniform(0.1, 0.5)) * crushed
    return out, used
