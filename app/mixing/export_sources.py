"""Where the samples of an export come from: a mixer, as in playback, or one for every strip."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from app.mixing.mixer import Mixer, MixSource
from app.mixing.settings import LimiterSettings, MixSettings
from app.song.activation_edits import Edits
from models.instruments import STEMS

Samples = NDArray[np.float32]
Render = Callable[[int, int], list[Samples]]
"""Gives frames `start` to `start + frames` of every file, float32 `(frames, 2)`, in calls that follow on each other."""


class Named(Protocol):
    """What names an export's files; `app.song.song.Song` is one."""

    @property
    def path(self) -> Path:
        """The song's file."""

    @property
    def title(self) -> str:
        """What the song is called."""


class ExportSource(MixSource, Named, Protocol):
    """What an export needs of a song besides what the mixer does."""


def remix_source(song: ExportSource, settings: MixSettings, edits: Edits = ()) -> Render:
    """The mix as it is heard; what a limiter that looks ahead delays is moved back to its place."""
    mixer = Mixer(song, settings, edits)
    delay = mixer.latency_frames
    started = False

    def render(start: int, frames: int) -> list[Samples]:
        nonlocal started
        if not started:
            mixer.render(start, delay)
            started = True
        return [mixer.render(start + delay, frames)]

    return render


def stems_source(song: ExportSource, settings: MixSettings, stems: Sequence[str], edits: Edits = ()) -> Render:
    """Stems as they enter their strips: weighted, before equalizer, pan and fader, and not ducked."""
    mixer = Mixer(song, settings, edits)
    indices = [STEMS.index(stem) for stem in stems]
    first = True

    def render(start: int, frames: int) -> list[Samples]:
        nonlocal first
        split = mixer.render_stems(start, frames, first)
        first = False
        return [split[index] for index in indices]

    return render


def strips_source(song: ExportSource, settings: MixSettings, stems: Sequence[str], edits: Edits = ()) -> Render:
    """Stems as they leave their strips. The kernel sums strips, so each has a mixer in which the others are muted."""
    mixers = [Mixer(song, only_strip(settings, stem), edits) for stem in stems]
    return lambda start, frames: [mixer.render(start, frames) for mixer in mixers]


def only_strip(settings: MixSettings, stem: str) -> MixSettings:
    """The mix with one strip as it is heard now, be that not at all, before the master fader and limiter."""
    audible = settings.audible
    strips = tuple(
        replace(strip, mute=name != stem or not audible[index], solo=False)
        for index, (name, strip) in enumerate(zip(STEMS, settings.strips, strict=True))
    )
    return replace(settings, strips=strips, master_gain_db=0.0, limiter=LimiterSettings())
