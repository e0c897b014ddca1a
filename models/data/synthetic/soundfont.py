"""SoundFonts as a second source of notes: any General MIDI file, played note by note through FluidSynth.

FluidSynth (LGPL) is used while songs are generated and nowhere else. Notes come without reverb and chorus, at an even
peak, and are the same whatever was played before.
"""

import ctypes
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from models.data.synthetic.general_midi import KIT_BANK, KIT_HOLD_S, KIT_KEYS, KITS, PRESETS

F32 = NDArray[np.float32]

PEAK: Final = 0.5
"""Every note is scaled to it: SoundFonts say nothing about levels before they sound."""

VELOCITIES: Final = (40, 80, 115)
_RATE_HZ: Final = 44100
_RELEASE_S: Final = 0.8
_SETTINGS: Final = {"synth.reverb.active": 0, "synth.chorus.active": 0, "synth.polyphony": 64}
_WARNINGS: Final = 2
_AUDIBLE: Final = 3e-4

ALREADY_IN_BANK: Final[Mapping[str, frozenset[str]]] = {
    "fluidr3-gm": frozenset({"electric_guitar", "acoustic_guitar", "bass", "drums"}),
    "musescore-general-full": frozenset({"electric_guitar", "acoustic_guitar", "bass", "drums"}),
}
"""Stems of known files whose recordings the sample bank holds as `msg-...`: left out, so as not to weigh twice."""


class SoundFontError(Exception):
    """A SoundFont that cannot be played; one sentence that says what to do."""


@dataclass(frozen=True, slots=True)
class FontNote:
    """A note that a file can play. `pitch` is its MIDI number; None: `articulation` is a piece of the kit `program`."""

    stem: str
    program: str
    articulation: str
    bank: int
    number: int
    key: int
    velocity: int
    hold_s: float
    pitch: float | None

    @property
    def name(self) -> str:
        """Unique within the file. High toms come first by name, as in the sample bank."""
        key = 100 - self.key if self.articulation == "tom" else self.key
        return f"{self.program}/{self.articulation}-{key}-v{self.velocity}"


def source_name(path: Path) -> str:
    """What the source is called in `song.json` and in the list of held-out sources."""
    return re.sub(r"[^a-z0-9]+", "-", path.stem.lower()).strip("-")


def evened(audio: F32) -> F32:
    """`(frames, channels)` scaled to `PEAK` and cut where it has died away."""
    peak = float(np.abs(audio).max())
    if peak < 1e-5:
        return np.zeros((64, audio.shape[1]), np.float32)
    heard = np.flatnonzero(np.abs(audio).max(axis=1) > _AUDIBLE * peak)
    return np.ascontiguousarray(audio[: heard[-1] + 1] * np.float32(PEAK / peak))


class SoundFont:
    """An open SoundFont file.

    Each note is played by a synthesiser of its own that borrows the loaded file (0.5 ms): the filters of one that has
    played before remember what it played.
    """

    def __init__(self, path: Path) -> None:
        """Open a file.

        Raises:
            SoundFontError: FluidSynth is not installed, or the file is none that it plays.
        """
        try:
            import fluidsynth
        except ImportError as error:
            raise SoundFontError(
                "To play SoundFonts, please install FluidSynth (Debian: apt-get install libfluidsynth3) and "
                "pip install 'partwise[soundfont]'."
            ) from error
        self.source = source_name(path)
        self._new_synth = partial(fluidsynth.Synth, gain=1.0, samplerate=float(_RATE_HZ), channels=16, **_SETTINGS)
        self._library = _Library(fluidsynth.cfunc)
        self._library.silence(_WARNINGS, None, None)  # one each time that a file is taken back from a synthesiser
        self._loader = self._new_synth()
        number = self._loader.sfload(str(path)) if path.is_file() else -1
        if number < 0:
            self._loader.delete()
            raise SoundFontError(f"{path} is not a SoundFont that FluidSynth plays.")
        self._number = number
        self._file = fluidsynth.fluid_synth_get_sfont_by_id(self._loader.synth, number)

    def close(self) -> None:
        """Free the file's memory; it cannot play any more."""
        self._loader.delete()

    def notes(self) -> Iterator[FontNote]:
        """Every note that may be asked for: each key of a preset, each piece of a kit, at three velocities."""
        left_out = ALREADY_IN_BANK.get(self.source, frozenset())
        presets = {place: preset for place, preset in PRESETS.items() if self._has(*place)}
        kits = {(KIT_BANK, number): name for number, name in KITS.items() if self._has(KIT_BANK, number)}
        if not kits and set(presets) <= {(0, 0)}:
            presets, kits = {}, {(0, 0): "kit"}  # a file that holds nothing but one kit
        for (bank, number), preset in presets.items():
            if preset.stem not in left_out:
                for key in range(preset.low, preset.high + 1):
                    for velocity in VELOCITIES:
                        yield FontNote(
                            preset.stem, preset.program, preset.articulation, bank, number, key, velocity,
                            preset.hold_s, float(key),
                        )  # fmt: skip
        for (bank, number), name in kits.items():
            if "drums" not in left_out:
                for piece, keys in KIT_KEYS.items():
                    for key in keys:
                        for velocity in VELOCITIES:
                            yield FontNote("drums", name, piece, bank, number, key, velocity, KIT_HOLD_S, None)

    def play(self, note: FontNote) -> F32:
        """Play one note: `(frames, 2)` at 44.1 kHz from its onset until it has died away, its peak at `PEAK`.

        A key on which the file has nothing gives a short silence.
        """
        synth = self._new_synth()
        try:
            number = self._library.lend(synth.synth, self._file)
            synth.program_select(0, number, note.bank, note.number)
            synth.noteon(0, note.key, note.velocity)
            held = self._frames(synth.synth, note.hold_s)
            synth.noteoff(0, note.key)
            return evened(np.concatenate((held, self._frames(synth.synth, _RELEASE_S))))
        finally:
            self._library.take_back(synth.synth, self._file)
            synth.delete()

    def _frames(self, synth: int, seconds: float) -> F32:
        audio = np.zeros((round(seconds * _RATE_HZ), 2), np.float32)
        place = audio.ctypes.data
        self._library.write(synth, len(audio), place, 0, 2, place, 1, 2)
        return audio

    def _has(self, bank: int, number: int) -> bool:
        return bool(self._loader.sfpreset_name(self._number, bank, number))


class _Library:
    """Functions of FluidSynth that the Python module does not offer. Its own reading of samples dithers to 16 bit."""

    def __init__(self, bind: Callable[..., Callable[..., int]]) -> None:
        pointer, number = ctypes.c_void_p, ctypes.c_int
        self.silence = bind(
            "fluid_set_log_function", pointer, ("level", number, 1), ("function", pointer, 1), ("data", pointer, 1)
        )
        self.lend = bind("fluid_synth_add_sfont", number, ("synth", pointer, 1), ("font", pointer, 1))
        self.take_back = bind("fluid_synth_remove_sfont", number, ("synth", pointer, 1), ("font", pointer, 1))
        self.write = bind(
            "fluid_synth_write_float", number, ("synth", pointer, 1), ("frames", number, 1),
            ("left", pointer, 1), ("left_first", number, 1), ("left_step", number, 1),
            ("right", pointer, 1), ("right_first", number, 1), ("right_step", number, 1),
        )  # fmt: skip
