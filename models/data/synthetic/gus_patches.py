"""A folder of Gravis Ultrasound patches (FreePats) as a source of notes: each patch holds an instrument's recordings.

A file is a header (129 bytes), an instrument header (63), a layer header (47), then for each recording a header (96)
and its samples. All numbers are little-endian; frequencies are in thousandths of a hertz.
"""

import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import soxr

from models.data.synthetic.general_midi import PRESETS
from models.data.synthetic.soundfont import F32, FontNote, SoundFontError, evened, source_name

_HEADERS: Final = 129 + 63 + 47
_SAMPLES_IN_LAYER: Final = 129 + 63 + 6
_RECORDING: Final = struct.Struct("<7sBIIIHIIIhB18sBHH36s")
_SIXTEEN_BIT, _UNSIGNED = 1, 2
_SHORTEST_S: Final = {"pluck": 0.9, "sustain": 0.25, "driven": 0.9, "epiano": 0.9}
"""Shorter recordings are left out: they were meant to be looped, and do not sound like the instrument without."""
_FEWEST: Final = 3
"""Presets with fewer recordings than these would be stretched too far."""
_VELOCITY: Final = 90
_RATE_HZ: Final = 44100


@dataclass(frozen=True)
class _Recording:
    audio: F32
    pitch: float


class GusPatches:
    """The patches of a folder, named `NNN_Some_Name.pat` after their General MIDI program."""

    def __init__(self, folder: Path) -> None:
        """Read all patches that have a use here.

        Raises:
            SoundFontError: there are none, or one is broken.
        """
        self.source = source_name(folder.parent if folder.name.lower().startswith("tone_") else folder)
        self._recordings: dict[tuple[int, int], _Recording] = {}
        for path in sorted(folder.glob("[0-9]*_*.pat")):
            number = int(re.split("_", path.name)[0])
            preset = PRESETS.get((0, number))
            if preset is not None and preset.articulation in _SHORTEST_S:
                shortest = _SHORTEST_S[preset.articulation] * _RATE_HZ
                kept = {(number, k): r for k, r in enumerate(_read(path)) if len(r.audio) > shortest}
                if len(kept) >= _FEWEST:
                    self._recordings |= kept
        if not self._recordings:
            raise SoundFontError(f"{folder} holds no Gravis Ultrasound patches of General MIDI instruments.")

    def close(self) -> None:
        """Nothing is held open."""

    def notes(self) -> Iterator[FontNote]:
        """Every recording."""
        for (number, key), recording in self._recordings.items():
            preset = PRESETS[0, number]
            length_s = len(recording.audio) / _RATE_HZ
            yield FontNote(
                preset.stem, preset.program, preset.articulation, 0, number, key, _VELOCITY, length_s, recording.pitch
            )

    def play(self, note: FontNote) -> F32:
        """A recording: `(frames, 1)` at 44.1 kHz."""
        return evened(self._recordings[note.number, note.key].audio)


def _read(path: Path) -> Iterator[_Recording]:
    data = path.read_bytes()
    if not data.startswith((b"GF1PATCH110", b"GF1PATCH100")) or len(data) < _HEADERS:
        raise SoundFontError(f"{path} is not a Gravis Ultrasound patch.")
    place = _HEADERS
    for _ in range(data[_SAMPLES_IN_LAYER]):
        try:
            fields = _RECORDING.unpack_from(data, place)
        except struct.error as error:
            raise SoundFontError(f"{path} ends before its announced length.") from error
        size, rate_hz, root_hz, modes = fields[2], fields[5], fields[8] / 1000, fields[12]
        raw = data[place + _RECORDING.size : place + _RECORDING.size + size]
        place += _RECORDING.size + size
        if len(raw) < size or rate_hz == 0 or root_hz <= 0:
            raise SoundFontError(f"{path} is damaged.")
        audio = _samples(raw, modes)
        resampled = soxr.resample(audio, rate_hz, _RATE_HZ) if rate_hz != _RATE_HZ else audio
        yield _Recording(resampled.astype(np.float32)[:, None], 69 + 12 * float(np.log2(root_hz / 440)))


def _samples(raw: bytes, modes: int) -> F32:
    if modes & _SIXTEEN_BIT:
        wide = np.frombuffer(raw[: len(raw) // 2 * 2], "<u2" if modes & _UNSIGNED else "<i2").astype(np.float32)
        return (wide - (32768 if modes & _UNSIGNED else 0)) / np.float32(32768)
    narrow = np.frombuffer(raw, np.uint8 if modes & _UNSIGNED else np.int8).astype(np.float32)
    return (narrow - (128 if modes & _UNSIGNED else 0)) / np.float32(128)
