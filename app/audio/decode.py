"""Reading audio files in blocks, so that memory does not grow with the song.

libsndfile (soundfile) reads WAV, FLAC, Ogg, MP3 and AIFF; FFmpeg (PyAV) reads AAC and ALAC in MPEG-4 and plain AAC.
"""

import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from app.errors import AudioFileError

if TYPE_CHECKING:
    import soundfile

Samples = NDArray[np.float32]

SOUNDFILE_SUFFIXES: Final = (
    ".wav", ".wave", ".flac", ".ogg", ".oga", ".opus", ".mp3", ".aif", ".aiff", ".aifc", ".caf", ".w64",
)  # fmt: skip
PYAV_SUFFIXES: Final = (".m4a", ".m4b", ".mp4", ".aac")
SUFFIXES: Final = SOUNDFILE_SUFFIXES + PYAV_SUFFIXES
"""What a file dialog offers. A file with another name is opened all the same if its content is known."""

RATES_HZ: Final = (2_000, 768_000)
"""The sample rates that are taken for real."""

_NOT_AUDIO: Final = "it is not an audio file that can be read; open a WAV, FLAC, Ogg, MP3, AIFF, M4A or AAC file"
_NO_SAMPLES: Final = "it holds no audio"


@dataclass(frozen=True)
class AudioInfo:
    """What a file says about itself. `frames` may be off (a cut file, a compressed one) or 0 for unknown."""

    path: Path
    rate: int
    frames: int
    channels: int
    format: str


@contextmanager
def decode_blocks(path: Path | str, block_frames: int = 1 << 16) -> Iterator[tuple[AudioInfo, Iterator[Samples]]]:
    """Open an audio file and read it piece by piece.

    Args:
        path: the file.
        block_frames: the most frames in a block.

    Returns:
        a context manager that gives what is known of the file and an iterator of its blocks, float32
        `(n, channels)` with 1.0 as full scale. A file that is damaged or cut ends where it can no longer be decoded.

    Raises:
        AudioFileError: there is no such file, it is not audio, or nothing of it can be decoded.
    """
    path = Path(path)
    _check_is_file(path)
    if path.suffix.lower() in PYAV_SUFFIXES or _is_mpeg4(path):
        with _decode_pyav(path, block_frames) as opened:
            yield opened
    else:
        with _decode_soundfile(path, block_frames) as opened:
            yield opened


def _check_is_file(path: Path) -> None:
    try:
        if path.is_dir():
            raise AudioFileError(path, "it is a folder, not an audio file")
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):  # opening a pipe would wait for its other end
            raise AudioFileError(path, "it is not a plain file")
        if status.st_size == 0:
            raise AudioFileError(path, "the file is empty")
        with path.open("rb"):
            pass
    except FileNotFoundError:
        raise AudioFileError(path, "there is no such file; it may have been moved or renamed") from None
    except PermissionError:
        raise AudioFileError(path, "you are not allowed to read it") from None
    except (OSError, ValueError) as error:
        raise AudioFileError(path, getattr(error, "strerror", None) or str(error)) from None


def _is_mpeg4(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(12)[4:8] == b"ftyp"


def _checked(info: AudioInfo) -> AudioInfo:
    if not RATES_HZ[0] <= info.rate <= RATES_HZ[1]:
        raise AudioFileError(info.path, f"its sample rate of {info.rate} Hz is not one of an audio file")
    if info.channels < 1:
        raise AudioFileError(info.path, _NO_SAMPLES)
    return info


@contextmanager
def _decode_soundfile(path: Path, block_frames: int) -> Iterator[tuple[AudioInfo, Iterator[Samples]]]:
    import soundfile  # this library and PyAV are loaded when a song is opened: the window comes first

    try:
        file = soundfile.SoundFile(path)
    except (soundfile.SoundFileError, TypeError, ValueError):  # TypeError: a ".raw" name, which tells no rate
        raise AudioFileError(path, _NOT_AUDIO) from None
    with file:
        frames = file.frames if 0 < file.frames < 1 << 48 else 0
        yield (
            _checked(AudioInfo(path, file.samplerate, frames, file.channels, file.format)),
            _soundfile_blocks(path, file, block_frames),
        )


def _soundfile_blocks(path: Path, file: "soundfile.SoundFile", block_frames: int) -> Iterator[Samples]:
    import soundfile

    decoded = 0
    while True:
        try:
            block = file.read(block_frames, dtype="float32", always_2d=True)
        except (soundfile.SoundFileError, MemoryError):
            if decoded == 0:
                raise AudioFileError(path, "its audio is damaged and cannot be decoded") from None
            return
        if len(block) == 0:
            if decoded == 0:
                raise AudioFileError(path, _NO_SAMPLES)
            return
        decoded += len(block)
        yield block


@contextmanager
def _decode_pyav(path: Path, block_frames: int) -> Iterator[tuple[AudioInfo, Iterator[Samples]]]:
    import av

    try:
        container = av.open(str(path))
    except (av.FFmpegError, OSError, ValueError):
        raise AudioFileError(path, _NOT_AUDIO) from None
    with container:
        if not container.streams.audio:
            raise AudioFileError(path, _NO_SAMPLES)
        stream = container.streams.audio[0]
        pieces = _pyav_pieces(path, container, stream)
        first = next(pieces, None)  # only decoding tells the true rate of an HE-AAC file
        if first is None:
            raise AudioFileError(path, _NO_SAMPLES)
        rate, head = first
        frames = round(stream.duration * stream.time_base * rate) if stream.duration and stream.time_base else 0
        name = stream.codec_context.name
        info = _checked(AudioInfo(path, rate, frames, head.shape[1], name.upper()))
        yield info, _joined(head, pieces, rate, block_frames)


def _pyav_pieces(path: Path, container: Any, stream: Any) -> Iterator[tuple[int, Samples]]:
    """Rate and samples of each decoded frame. FFmpeg leaves out the encoder's delay, this the padding at the end."""
    import av

    resampler = av.AudioResampler(format="fltp")  # converts the sample format only
    waiting: Any = None
    try:
        for frame in container.decode(stream):
            if waiting is not None:
                yield from _converted(resampler, waiting, waiting.samples)
            waiting = frame
    except (av.FFmpegError, ValueError):
        if waiting is None:
            raise AudioFileError(path, "its audio is damaged, protected or of a kind that cannot be decoded") from None
    if waiting is not None:
        yield from _converted(resampler, waiting, _length_of_last(waiting, stream))


def _length_of_last(frame: Any, stream: Any) -> int:
    """The container's length ends within the last frame."""
    if not frame.duration:
        return int(frame.samples)
    duration_s = frame.duration * (frame.time_base or stream.time_base)
    return min(int(frame.samples), round(float(duration_s * frame.sample_rate)))


def _converted(resampler: Any, frame: Any, count: int) -> Iterator[tuple[int, Samples]]:
    for converted in resampler.resample(frame):
        samples = converted.to_ndarray().T[:count]
        if len(samples):
            yield frame.sample_rate, np.ascontiguousarray(samples, dtype=np.float32)


def _joined(head: Samples, rest: Iterator[tuple[int, Samples]], rate: int, block_frames: int) -> Iterator[Samples]:
    """Blocks of `block_frames` from small pieces. A change of rate or channels within the file ends it."""
    waiting, count = [head], len(head)
    for piece_rate, piece in rest:
        if piece_rate != rate or piece.shape[1] != head.shape[1]:
            break
        waiting.append(piece)
        count += len(piece)
        if count >= block_frames:
            joined = np.concatenate(waiting)
            whole = count - count % block_frames
            for start in range(0, whole, block_frames):
                yield joined[start : start + block_frames]
            waiting, count = [joined[whole:]], count - whole
    if count:
        joined = np.concatenate(waiting)
        for start in range(0, count, block_frames):
            yield joined[start : start + block_frames]
