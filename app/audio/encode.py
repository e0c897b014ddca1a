"""Writing audio files whole or not at all."""

import contextlib
import os
import secrets
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from app.errors import ExportError

AudioFormat = Literal["wav", "flac"]
SampleFormat = Literal["PCM_16", "PCM_24", "FLOAT"]

_BITS: Final = {"PCM_16": 16, "PCM_24": 24}
_WAV_LIMIT_BYTES: Final = 4_000_000_000
"""Beyond this a WAV file's 32-bit sizes overflow, and RF64 is written (what EBU Tech 3306 made for it)."""

_SYSTEM_ERROR: Final = 2
"""libsndfile's SF_ERR_SYSTEM: the operating system refused, it does not say why."""


@dataclass(frozen=True)
class EncodeSettings:
    """How samples are stored. Raises ValueError for FLOAT in FLAC, which FLAC does not have."""

    format: AudioFormat = "wav"
    subtype: SampleFormat = "PCM_24"

    def __post_init__(self) -> None:
        if self.format not in ("wav", "flac"):
            raise ValueError(f"format must be wav or flac, not {self.format!r}")
        if self.subtype not in ("PCM_16", "PCM_24", "FLOAT"):
            raise ValueError(f"subtype must be PCM_16, PCM_24 or FLOAT, not {self.subtype!r}")
        if self.format == "flac" and self.subtype == "FLOAT":
            raise ValueError("FLAC has no FLOAT samples: take PCM_24")

    @property
    def suffix(self) -> str:
        """The ending of the file name, with its dot."""
        return f".{self.format}"


class AtomicAudioWriter:
    """Writes an audio file under a hidden name beside the target and renames it when it is complete.

    Leaving the `with` block by an exception removes what was written. PCM samples are rounded to the nearest step
    without dither and limited to full scale, so 16 and 24 bit audio that passes unchanged stays the same bit for bit.

    Attributes:
        peak: the largest absolute sample written so far (1.0 is full scale).
        clipped_samples: how many samples the PCM format had to limit; always 0 for FLOAT.
    """

    def __init__(
        self,
        path: Path | str,
        rate: int,
        channels: int,
        encode: EncodeSettings,
        overwrite: bool = False,
        expected_frames: int = 0,
    ) -> None:
        """Open the temporary file.

        Raises:
            ExportError: the target exists (and `overwrite` is False), its folder does not, or it cannot be written.
        """
        self.path = Path(path)
        self.peak = 0.0
        self.clipped_samples = 0
        self._overwrite = overwrite
        self._encode = encode
        self._check_target()
        self._temporary = self.path.with_name(f".{self.path.name[:100]}.{secrets.token_hex(4)}.part")
        width = 4 if encode.subtype == "FLOAT" else _BITS[encode.subtype] // 8
        large = encode.format == "wav" and expected_frames * channels * width > _WAV_LIMIT_BYTES
        container = "RF64" if large else encode.format.upper()
        import soundfile  # loaded when the first file is written: the window comes first

        self._errors = (OSError, soundfile.SoundFileError)
        try:
            self._temporary.open("xb").close()
            self._file = soundfile.SoundFile(
                self._temporary, "w", samplerate=rate, channels=channels, format=container, subtype=encode.subtype
            )
        except (*self._errors, ValueError) as error:
            self._temporary.unlink(missing_ok=True)
            raise ExportError(self.path, _reason(error)) from None

    def write(self, samples: NDArray[np.float32]) -> None:
        """Append samples `(n, channels)`. Raises ExportError if the disk does not take them."""
        if len(samples) == 0:
            return
        self.peak = max(self.peak, float(np.abs(samples).max()))
        try:
            self._file.write(self._quantized(samples))
        except (*self._errors, AssertionError) as error:  # AssertionError: a short write
            raise ExportError(self.path, _reason(error)) from None

    def __enter__(self) -> "AtomicAudioWriter":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            self.commit()
        else:
            self.discard()

    def commit(self) -> None:
        """Finish the file and give it its name. Raises ExportError, with nothing left behind, if that fails."""
        try:
            self._file.close()
            with self._temporary.open("rb+") as file:
                os.fsync(file.fileno())
            self._check_target()
            os.replace(self._temporary, self.path)
        except self._errors as error:
            self.discard()
            raise ExportError(self.path, _reason(error)) from None
        except ExportError:
            self.discard()
            raise

    def discard(self) -> None:
        """Remove what was written; the target stays as it was."""
        with contextlib.suppress(*self._errors):  # on a full disk the header cannot be completed
            self._file.close()
        self._temporary.unlink(missing_ok=True)

    def _check_target(self) -> None:
        if self.path.is_dir():
            raise ExportError(self.path, "a folder has that name")
        if not self._overwrite and self.path.exists():
            raise ExportError(self.path, "a file of that name exists already; choose another name or allow overwriting")
        if not self.path.parent.is_dir():
            raise ExportError(self.path, f"there is no folder “{self.path.parent}”")

    def _quantized(self, samples: NDArray[np.float32]) -> NDArray[np.float32] | NDArray[np.int16] | NDArray[np.int32]:
        if self._encode.subtype == "FLOAT":
            return samples.astype(np.float32, copy=False)
        bits = _BITS[self._encode.subtype]
        limit = float(1 << (bits - 1))  # 1.0 is one step above the largest sample, as every decoder has it
        steps = np.rint(samples.astype(np.float64) * limit)
        self.clipped_samples += int(np.count_nonzero((steps < -limit) | (steps > limit)))
        np.clip(steps, -limit, limit - 1, out=steps)
        if bits == 16:
            return steps.astype(np.int16)
        return steps.astype(np.int32) << 8


def _reason(error: BaseException) -> str:
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    if getattr(error, "code", None) == _SYSTEM_ERROR or isinstance(error, AssertionError):
        return "the disk is full or cannot be written to"
    return str(error)
