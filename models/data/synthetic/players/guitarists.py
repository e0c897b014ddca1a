"""Plays electric guitars through amplifiers and acoustic guitars in front of microphones."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from models.data.synthetic.bank import Program
from models.data.synthetic.effects import filters
from models.data.synthetic.effects.amplifier import amplify, draw_amplifier
from models.data.synthetic.effects.kernels import soft_clip
from models.data.synthetic.effects.voicing import change_body, move_pickup
from models.data.synthetic.plan import pick
from models.data.synthetic.players.pluck import draw_string, play_string, resonate
from models.data.synthetic.players.sampler import Touch, play_notes
from models.data.synthetic.players.studio import (
    F32,
    Studio,
    blend,
    chorus,
    draw_program,
    echo,
    place,
    second_take,
)
from models.data.synthetic.score import Note, Part

_MODELLED_SHARE = 0.25
_MODELLED_SHARE_IN_TRAINING = 0.4
_REVOICED_SHARE = 0.65

Take = Callable[[F32, tuple[Note, ...]], set[str]]


def play_electric(studio: Studio, parts: tuple[Part, ...], rng: np.random.Generator) -> tuple[F32, set[str]]:
    """Play the electric guitars: `(frames, 2)` and the sources used. Every part has its own guitar and amplifier."""
    out, used = studio.silence(), set[str]()
    programs = [
        p for p in studio.programs("electric_guitar") if p.samples[0].articulation not in ("palm-mute", "staccato")
    ]
    for part in parts:
        kind = _drive(studio, part.role, rng)
        fitting = [p for p in programs if kind != "clean" or p.samples[0].articulation != "driven"]
        take, driven = _guitar(studio, fitting, rng, electric=True)
        kind = "clean" if driven else kind  # its recordings have been through an amplifier
        amplifier = draw_amplifier(rng, kind)
        doubled = part.role in ("power", "chug", "riff", "strum", "sustain") and rng.random() < 0.6
        aside = 0.2 if part.role == "lead" else 0.6
        pans = (-0.85, 0.85) if doubled else (float(rng.uniform(-aside, aside)),)
        layer = studio.silence()
        voicing: int | None = None
        for number, pan in enumerate(pans):
            direct = studio.silence()
            used |= take(direct, part.notes if number == 0 else second_take(part.notes, rng))
            if number == 0:
                voicing = int(rng.integers(2**31)) if rng.random() < _REVOICED_SHARE else None
            if voicing is not None and not driven:  # both takes are played on the same guitar
                move_pickup(direct, np.random.default_rng(voicing))
                change_body(direct, np.random.default_rng(voicing), 150, 4000, 3.0)
            amplified = amplify(np.ascontiguousarray(direct[:, :1]), amplifier)
            place(layer, amplified[:, 0], pan * float(rng.uniform(0.8, 1.0)))
        if rng.random() < (0.4 if kind == "clean" else 0.08):
            chorus(layer, rng)
        if rng.random() < (0.6 if part.role in ("lead", "arpeggio", "octaves") else 0.12):
            echo(layer, studio.score.tempo_bpm, rng, float(rng.uniform(0.12, 0.4)))
        blend(out, layer, 0.1 if part.role != "lead" else float(rng.uniform(0.08, 0.14)))
    return out, used


def _drive(studio: Studio, role: str, rng: np.random.Generator) -> str:
    """Which amplifier suits a role in the song's style."""
    kind = pick(rng, studio.style.drive)
    if role in ("chug", "power") and kind == "clean":
        return "crunch"
    if role in ("funk", "comp") and kind == "high":
        return "clean"
    if role == "lead" and kind == "clean" and studio.style.name in ("rock", "metal", "indie"):
        return "crunch"
    return kind


def _guitar(studio: Studio, programs: list[Program], rng: np.random.Generator, *, electric: bool) -> tuple[Take, bool]:
    """Draw a guitar, recorded or modelled; what plays it into `(frames, 2)`, and whether it was recorded distorted."""
    touch = Touch(
        release_s=float(rng.uniform(0.05, 0.16)), softness=0.25, detune=float(rng.normal(0, 0.04)), cents=4,
        vibrato_semitones=float(rng.uniform(0.15, 0.5)), borrow=float(np.clip(rng.normal(0, 2), -4, 4)),
    )  # fmt: skip
    if rng.random() < (_MODELLED_SHARE_IN_TRAINING if studio.for_training else _MODELLED_SHARE):
        string = draw_string(rng, electric)

        def modelled(out: F32, notes: tuple[Note, ...]) -> set[str]:
            mono = np.zeros(len(out), dtype=np.float32)
            play_string(mono, string, notes, rng, touch)
            out += mono[:, None]
            resonate(out, string)
            return set()

        return modelled, False
    program = draw_program(programs, rng)

    def recorded(out: F32, notes: tuple[Note, ...]) -> set[str]:
        return _play_recorded(out, studio, program, notes, touch, rng)

    return recorded, program.samples[0].articulation == "driven"


def _play_recorded(
    out: F32,
    studio: Studio,
    program: Program,
    notes: tuple[Note, ...],
    touch: Touch,
    rng: np.random.Generator,
) -> set[str]:
    """Play ringing notes and palm-muted ones, which are ringing notes cut short and dulled."""
    muted = tuple(n for n in notes if n.articulation == "palm-mute")
    ringing = tuple(n for n in notes if n.articulation != "palm-mute")
    looped = program.samples[0].articulation == "sustain"
    used = play_notes(
        out, studio.bank, program, ringing,
        replace(touch, looped=looped), rng,
    )  # fmt: skip
    if muted:
        hand = replace(touch, release_s=0.07, brightness=0.16)
        used |= play_notes(out, studio.bank, program, muted, hand, rng, gain=0.6)
    return used


def play_acoustic(studio: Studio, parts: tuple[Part, ...], rng: np.random.Generator) -> tuple[F32, set[str]]:
    """Play the acoustic guitars: `(frames, 2)` and the sources used; one guitar for all parts."""
    out, used = studio.silence(), set[str]()
    take, _ = _guitar(studio, studio.programs("acoustic_guitar"), rng, electric=False)
    body = int(rng.integers(2**31)) if rng.random() < _REVOICED_SHARE else None
    for part in parts:
        doubled = part.role in ("strum", "eighth_strum", "pick") and rng.random() < 0.3
        layer = studio.silence()
        for number in range(2 if doubled else 1):
            direct = studio.silence()
            used |= take(direct, part.notes if number == 0 else second_take(part.notes, rng))
            if body is not None:
                change_body(direct, np.random.default_rng(body), 90, 3500, 3.5)
            place(layer, direct[:, 0], (-0.8, 0.8)[number] if doubled else float(rng.uniform(-0.5, 0.5)))
        filters.apply(
            layer, filters.section("high-pass", float(rng.uniform(60, 160))),
            filters.section("peak", float(rng.uniform(150, 300)), float(rng.uniform(-5, 3)), 1.0),
            filters.section("high-shelf", float(rng.uniform(4000, 8000)), float(rng.uniform(-1, 7))),
        )  # fmt: skip
        if rng.random() < 0.1:
            soft_clip(layer, 2.0, 0.0)
        blend(out, layer, 0.1)
    return out, used
