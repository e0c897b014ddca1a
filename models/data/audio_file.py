"""One audio file of a multitrack song, read in parts: at 44.1 kHz and in stereo, whatever it is on disk.

Files that libsndfile reads (WAV, FLAC, Ogg) are read by it; of MP4 files with several audio streams (`.stem.mp4`)
PyAV decodes one stream. Other rates are resampled while reading, so that any part is the same as in the whole.
"""

from dataclasses import dataclass
from math import gcd
from pathlib import Path
from typing import Final

import av
import numpy as np
import soundfile
import soxr
from numpy.typing import NDArray

SAMPLE_RATE: Final = 44100
_MARGIN_SAMPLES: Final = 4096
"""What the resampler is given before and after the part asked for; longer than its filter."""
_PREROLL_SAMPLES: Final = 8192
"""How far before the part asked for a lossy stream is decoded: its frames overlap, so the first one is not whole."""


class MultitrackError(Exception):
    """Music that cannot be used; one sentence that names the file or folder."""


@dataclass(frozen=True)
class AudioFile:
    """A file, or one audio stream of it: `frames` at `rate_hz`. `stream` is None where libsndfile reads the file."""

    path: Path
    frames: int
    rate_hz: int
    stream: int | None = None

    @property
    def samples(self) -> int:
        """Its length at 44.1 kHz."""
        return -(-self.frames * SAMPLE_RATE // self.rate_hz)

    def read(self, start: int, samples: int) -> NDArray[np.float32]:
        """Samples `[start, start + samples)` at 44.1 kHz as `(samples, 2)`, zeros past the end.

        Raises MultitrackError if the file cannot be read.
        """
        start = min(start, self.samples)
        if self.rate_hz == SAMPLE_RATE:
            return _stereo(self._decode(start, samples), samples)
        # Whole periods of the two rates: where one begins, both have a sample.
        common = gcd(SAMPLE_RATE, self.rate_hz)
        up, down = SAMPLE_RATE // common, self.rate_hz // common
        margin = _MARGIN_SAMPLES // up + 1
        first = max(0, start // up - margin)
        count = (start + samples) // up + 1 + margin - first
        source = _stereo(self._decode(first * down, count * down), count * down)
        resampled = soxr.resample(source, self.rate_hz, SAMPLE_RATE, quality="HQ")
        inside = min(samples, self.samples - start)  # the filter rings on past the end
        return _stereo(resampled[start - first * up :][:inside], samples)

    def read_all(self) -> NDArray[np.float32]:
        """The whole file as `(samples, 2)`. Raises MultitrackError if it breaks off or holds what is no number."""
        if self.stream is None and len(self._decode(0, self.frames)) < self.frames:
            raise MultitrackError(f"{self.path} ends before its announced length.")
        audio = self.read(0, self.samples)
        if not np.isfinite(audio).all():
            raise MultitrackError(f"{self.path} holds samples that are not numbers.")
        return audio

    def _decode(self, start: int, frames: int) -> NDArray[np.float32]:
        """At most `frames` from `start` at the file's own rate, `(n, channels)`."""
        try:
            if self.stream is not None:
                return _decode_stream(self.path, self.stream, start, frames)
            with soundfile.SoundFile(self.path) as file:
                file.seek(min(start, self.frames))
                audio: NDArray[np.float32] = file.read(frames, dtype="float32", always_2d=True)
                return audio
        except (soundfile.LibsndfileError, av.FFmpegError, OSError) as error:
            raise MultitrackError(f"{self.path} cannot be read: {error}.") from error


def probe(path: Path) -> AudioFile:
    """Look at a file that libsndfile reads. Raises MultitrackError if it is missing, not audio or empty."""
    if not path.is_file():
        raise MultitrackError(f"{path} is missing.")
    try:
        info = soundfile.info(path)
    except soundfile.LibsndfileError as error:
        raise MultitrackError(f"{path} cannot be read: {error}.") from error
    if info.frames <= 0:
        raise MultitrackError(f"{path} is empty.")
    return AudioFile(path, info.frames, info.samplerate)


def probe_streams(path: Path) -> tuple[AudioFile, ...]:
    """All audio streams of an MP4 file, in their order. Raises MultitrackError if it cannot be read."""
    try:
        with av.open(str(path)) as container:
            found = []
            for number, stream in enumerate(container.streams.audio):
                if stream.duration is None or stream.time_base is None:
                    raise MultitrackError(f"{path} does not say how long its audio is.")
                if stream.codec_context.format is None or stream.codec_context.format.name != "fltp":
                    raise MultitrackError(f"{path} holds audio of an unexpected kind; .stem.mp4 files hold AAC.")
                rate = stream.codec_context.sample_rate
                found.append(AudioFile(path, round(stream.duration * stream.time_base * rate), rate, number))
            return tuple(found)
    except (av.FFmpegError, OSError) as error:
        raise MultitrackError(f"{path} cannot be read: {error}.") from error


def _decode_stream(path: Path, number: int, start: int, frames: int) -> NDArray[np.float32]:
    """Decode part of an audio stream; its packets' times say where each decoded piece belongs."""
    with av.open(str(path)) as container:
        stream = container.streams.audio[number]
        rate, base = stream.codec_context.sample_rate, stream.time_base
        assert base is not None  # probe_streams refuses such a file
        out = np.zeros((frames, stream.codec_context.channels), np.float32)
        if start > _PREROLL_SAMPLES:
            container.seek(int((start - _PREROLL_SAMPLES) / rate / base), stream=stream)
        for frame in container.decode(stream):
            if frame.pts is None:
                continue
            first = round(frame.pts * base * rate) - start
            if first >= frames:
                break
            piece = frame.to_ndarray().astype(np.float32, copy=False).T
            low, high = max(0, -first), min(len(piece), frames - first)
            if low < high:
                out[first + low : first + high] = piece[low:high]
        return out


def _stereo(audio: NDArray[np.float32], samples: int) -> NDArray[np.float32]:
    """`(samples, 2)`: one channel counts as two equal ones, of more the first two count; padded with zeros or cut."""
    out = np.zeros((samples, 2), np.float32)
    kept = audio[:samples]
    out[: len(kept)] = kept[:, :2] if kept.shape[1] > 1 else kept[:, :1]
    return out
