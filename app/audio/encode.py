"""Writing audio files whole or not at all."""

import contextlib
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from app.atomic_file import is_disk_full, publish, sync_file, temporary_path
from app.audio.dither import Quantizer
from app.audio.tags import Tags, copy_with_tags
from app.errors import ExportError

AudioFormat = Literal["wav", "flac", "ogg", "mp3"]
SampleFormat = Literal["PCM_16", "PCM_24", "FLOAT"]
FORMATS: Final[tuple[AudioFormat, ...]] = get_args(AudioFormat)
SAMPLE_FORMATS: Final[tuple[SampleFormat, ...]] = get_args(SampleFormat)
BITRATES_KBPS: Final = (64, 96, 128, 160, 192, 224, 256, 320)
"""Of MP3. Below 32 kHz its largest is 160, below 16 kHz 64."""

_BYTES: Final = {"PCM_16": 2, "PCM_24": 3, "FLOAT": 4}
_WAV_LIMIT_BYTES: Final = 4_000_000_000
"""Beyond this a WAV file's 32-bit sizes overflow, and RF64 is written (what EBU Tech 3306 made for it)."""

_MP3_RATES_HZ: Final = (8_000, 11_025, 12_000, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000)
_VORBIS_LARGEST_RATE_HZ: Final = 200_000
"""What libvorbis has settings for."""
_FLAC_LARGEST_RATE_HZ: Final = 655_350

_WORST_VARIABLE: Final = 0.9999
"""LAME's scale ends before 10."""

_LOSSY_BLOCK_FRAMES: Final = 4096
"""The Vorbis encoder puts what it is given at once on the stack, which a long block overflows."""

_WAV_TAGS: Final = {name: name for name in ("title", "artist", "album", "date", "genre", "comment", "copyright")} | {
    "track": "tracknumber"
}
"""Our names of the tags that libsndfile writes into a WAV file's INFO list, and its names."""

_SYSTEM_ERROR: Final = 2
"""libsndfile's SF_ERR_SYSTEM: the operating system refused, it does not say why."""


@dataclass(frozen=True)
class EncodeSettings:
    """How samples are stored. Raises ValueError for what a format does not have.

    Attributes:
        format: the kind of file.
        subtype: the samples of WAV and FLAC; the others do not look at it.
        dither: whether 16 bit is dithered; see `app.audio.dither`.
        bitrate_kbps: of MP3, constant; None for a variable one by `quality`.
        quality: of Ogg Vorbis and of MP3 without `bitrate_kbps`, from 0 (small) to 1 (good): ten times this is Vorbis'
            own scale, ten less ten times this is LAME's.
    """

    format: AudioFormat = "wav"
    subtype: SampleFormat = "PCM_24"
    dither: bool = True
    bitrate_kbps: int | None = None
    quality: float = 0.8

    def __post_init__(self) -> None:
        if self.format not in FORMATS:
            raise ValueError(f"format must be wav, flac, ogg or mp3, not {self.format!r}")
        if self.subtype not in SAMPLE_FORMATS:
            raise ValueError(f"subtype must be PCM_16, PCM_24 or FLOAT, not {self.subtype!r}")
        if self.format == "flac" and self.subtype == "FLOAT":
            raise ValueError("FLAC has no FLOAT samples: take PCM_24")
        if self.bitrate_kbps is not None and self.bitrate_kbps not in BITRATES_KBPS:
            raise ValueError(f"bitrate_kbps must be one of {BITRATES_KBPS}, not {self.bitrate_kbps}")
        if not 0.0 <= self.quality <= 1.0:
            raise ValueError(f"quality must lie between 0 and 1, not {self.quality}")

    @property
    def suffix(self) -> str:
        """The ending of the file name, with its dot."""
        return f".{self.format}"

    @property
    def is_lossy(self) -> bool:
        """Whether what is read back differs from what was written by more than rounding."""
        return self.format in ("ogg", "mp3")

    def file_rate(self, rate: int) -> int:
        """The sample rate of the file for a song at `rate` Hz: the same, unless the format does not have it.

        MP3 goes up to 48 kHz and Vorbis to 200 kHz; beyond that the samples are converted, to a rate that divides the
        song's if there is one.
        """
        if self.format == "mp3" and rate not in _MP3_RATES_HZ:
            return _substitute(rate, _MP3_RATES_HZ)
        if self.format == "ogg" and rate > _VORBIS_LARGEST_RATE_HZ:
            return _substitute(rate, (176_400, 192_000))
        return rate


class AtomicAudioWriter:
    """Writes an audio file under a hidden name beside the target and renames it when it is complete.

    Leaving the `with` block by an exception removes what was written. PCM samples are rounded and limited to full scale
    by `app.audio.dither.Quantizer`; 16 and 24 bit audio that passes unchanged stays the same bit for bit.

    Attributes:
        peak: the largest absolute sample written so far (1.0 is full scale).
    """

    def __init__(
        self,
        path: Path | str,
        rate: int,
        channels: int,
        encode: EncodeSettings,
        overwrite: bool = False,
        expected_frames: int = 0,
        *,
        tags: Tags | None = None,
        seed: int = 0,
    ) -> None:
        """Open the temporary file.

        Args:
            path: the file to be.
            rate: of the samples in Hz; see `EncodeSettings.file_rate` for the file's.
            channels: 1 or 2; formats but MP3 take more.
            encode: how.
            overwrite: whether a file of that name may be replaced.
            expected_frames: about how many will come: a long WAV file needs another header.
            tags: what the file says about its music. FLAC, Ogg and MP3 get all of it; WAV gets title, artist, album,
                date, genre, track, comment and copyright, and no cover.
            seed: of the dither; see `Quantizer`.

        Raises:
            ExportError: the target exists (and `overwrite` is False), its folder does not, or it cannot be written.
        """
        self.path = Path(path)
        self.peak = 0.0
        self._overwrite = overwrite
        self._encode = encode
        self._tags = tags or Tags()
        self._beyond_full_scale = 0
        self._quantizer = _quantizer(encode, seed)
        self._resampler = _resampler(rate, encode.file_rate(rate), channels)
        self._check_target()
        if encode.format == "flac" and rate > _FLAC_LARGEST_RATE_HZ:
            raise ExportError(self.path, f"FLAC has no sample rate of {rate} Hz; choose WAV")
        self._temporary = self._new_temporary()
        import av  # these two are loaded when the first file is written: the window comes first
        import soundfile

        self._errors = (OSError, soundfile.SoundFileError, av.FFmpegError)
        try:
            self._temporary.open("xb").close()
            size = expected_frames * channels * _BYTES[encode.subtype]
            self._file = soundfile.SoundFile(
                self._temporary, "w", samplerate=encode.file_rate(rate), channels=channels,
                **_container(encode, rate, size),
            )  # fmt: skip
            if encode.format == "wav":
                for name, text in self._tags.texts.items():
                    if name in _WAV_TAGS:
                        setattr(self._file, _WAV_TAGS[name], text)
        except (*self._errors, ValueError) as error:
            self._temporary.unlink(missing_ok=True)
            raise ExportError(self.path, _reason(error)) from None

    @property
    def clipped_samples(self) -> int:
        """How many samples lay beyond full scale; always 0 for FLOAT.

        PCM limits them when they are written, what plays a lossy format when it is decoded.
        """
        return self._quantizer.clipped_samples if self._quantizer is not None else self._beyond_full_scale

    def write(self, samples: NDArray[np.float32]) -> None:
        """Append samples `(n, channels)`. Raises ExportError if the disk does not take them."""
        if len(samples) == 0:
            return
        self.peak = max(self.peak, float(np.abs(samples).max()))
        if self._encode.is_lossy:
            self._beyond_full_scale += int(np.count_nonzero(np.abs(samples) > 1.0))
        if self._resampler is not None:
            samples = self._resampler.resample_chunk(np.ascontiguousarray(samples))
        self._store(samples)

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
            self.finish()
            self._check_target()
            publish(self._temporary, self.path)
        except self._errors as error:
            self.discard()
            raise ExportError(self.path, _reason(error)) from None
        except ExportError:
            self.discard()
            raise

    def finish(self) -> None:
        """Write what is missing until the file lies complete on the disk, under its temporary name still.

        What takes time is done then; `commit` does it if it was not.

        Raises:
            ExportError: the disk does not take it; then nothing is left behind.
        """
        if self._file.closed:
            return
        try:
            if self._resampler is not None:
                rest = np.zeros((0, self._file.channels), np.float32)
                self._store(self._resampler.resample_chunk(rest, last=True))
            self._file.close()
            if self._tags and self._encode.format != "wav":
                self._add_tags()
            sync_file(self._temporary)
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

    def _store(self, samples: NDArray[np.float32]) -> None:
        quantized = samples if self._quantizer is None else self._quantizer.quantize(samples)
        step = _LOSSY_BLOCK_FRAMES if self._encode.is_lossy else max(1, len(quantized))
        try:
            for start in range(0, len(quantized), step):
                self._file.write(quantized[start : start + step])
        except (*self._errors, AssertionError) as error:  # AssertionError: a short write
            raise ExportError(self.path, _reason(error)) from None

    def _add_tags(self) -> None:
        encoded, self._temporary = self._temporary, self._new_temporary()
        try:
            assert self._encode.format != "wav"
            copy_with_tags(encoded, self._temporary, self._encode.format, self._tags)
        finally:
            encoded.unlink(missing_ok=True)

    def _new_temporary(self) -> Path:
        return temporary_path(self.path)

    def _check_target(self) -> None:
        if self.path.is_dir():
            raise ExportError(self.path, "a folder has that name")
        if not self._overwrite and self.path.exists():
            raise ExportError(self.path, "a file of that name exists already; choose another name or allow overwriting")
        if not self.path.parent.is_dir():
            raise ExportError(self.path, f"there is no folder “{self.path.parent}”")


def _container(encode: EncodeSettings, rate: int, size: int) -> dict[str, Any]:
    """What soundfile calls these settings."""
    if encode.format == "ogg":
        return {"format": "OGG", "subtype": "VORBIS", "compression_level": 1.0 - encode.quality}
    if encode.format == "mp3":
        mp3 = {"format": "MP3", "subtype": "MPEG_LAYER_III"}
        if encode.bitrate_kbps is None:
            return {**mp3, "bitrate_mode": "VARIABLE", "compression_level": min(1.0 - encode.quality, _WORST_VARIABLE)}
        least, most = _bitrate_range_kbps(encode.file_rate(rate))
        level = (most - min(encode.bitrate_kbps, most)) / (most - least)  # libsndfile spreads 0..1 over the range
        return {**mp3, "bitrate_mode": "CONSTANT", "compression_level": level}
    large = encode.format == "wav" and size > _WAV_LIMIT_BYTES
    return {"format": "RF64" if large else encode.format.upper(), "subtype": encode.subtype}


def _bitrate_range_kbps(rate: int) -> tuple[int, int]:
    """The least and the largest bitrate of MPEG-1, 2 and 2.5."""
    if rate >= 32_000:
        return 32, 320
    return (8, 160) if rate >= 16_000 else (8, 64)


def _substitute(rate: int, rates: tuple[int, ...]) -> int:
    """Of these rates the largest that divides `rate`, or else the next above it, or else the largest."""
    dividing = [known for known in rates if rate % known == 0 and known >= 32_000]
    above = [known for known in rates if known > rate]
    return max(dividing) if dividing else min(above) if above else max(rates)


def _quantizer(encode: EncodeSettings, seed: int) -> Quantizer | None:
    if encode.is_lossy or encode.subtype == "FLOAT":
        return None
    return Quantizer(16 if encode.subtype == "PCM_16" else 24, dither=encode.dither, seed=seed)


def _resampler(rate: int, file_rate: int, channels: int) -> Any:
    if rate == file_rate:
        return None
    import soxr

    return soxr.ResampleStream(rate, file_rate, channels, dtype="float32", quality="VHQ")


def _reason(error: BaseException) -> str:
    full = isinstance(error, OSError) and is_disk_full(error)
    if full or getattr(error, "code", None) == _SYSTEM_ERROR or isinstance(error, AssertionError):
        return "the disk is full or cannot be written to; free some space or choose another folder"
    return getattr(error, "strerror", None) or str(error)
