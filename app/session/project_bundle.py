"""Self-contained projects: a `.partwise` file with the song, its stems and its activations inside.

Stems are WAV files of 32-bit floating point, as they are in memory: what is exported from the bundle is the same sample
for sample. Only the very header that is written here is accepted back, so no decoder reads them.
"""

import struct
import zipfile
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import IO, Final

import numpy as np
from numpy.typing import NDArray

from app.atomic_file import reason, remove_leftovers, write_atomically
from app.audio.file_names import safe_file_name
from app.errors import AudioFileError, Cancelled, ProjectError
from app.json_file import InvalidError
from app.session.project_file import (
    ACTIVATIONS_ENTRY,
    PROJECT_ENTRY,
    SONG_FOLDER,
    Bundle,
    Project,
    is_entry,
    project_bytes,
    stem_entry,
)
from app.session.zip_archive import open_archive, stored_entry
from app.song.content_hash import content_hash
from app.song.song import LARGEST_SAMPLE, Samples, Song
from models.activation import ACTIVATION_RATE_HZ
from models.instruments import INSTRUMENTS
from models.mapped_pages import release_pages

Progress = Callable[[float], None]
Cancel = Callable[[], bool]

_BLOCK_FRAMES: Final = 1 << 18
_BLOCK_BYTES: Final = 1 << 20
_LONGEST_SUFFIX: Final = 10
_FLOAT: Final = 3
_FRAME_BYTES: Final = 8
_RIFF_LIMIT_BYTES: Final = 4_000_000_000
_LITTLE: Final = np.dtype("<f4")


def write_bundle(path: Path, project: Project, song: Song, progress: Progress, cancelled: Cancel) -> None:
    """Write a self-contained project, whole or not at all.

    Args:
        path: the file to be.
        project: what is saved; its `bundle` is filled in here.
        song: separated completely.
        progress: called with 0..1.
        cancelled: asked after every block.

    Raises:
        ProjectError: the song is not separated yet, or the file cannot be written.
        Cancelled: `cancelled` said so; nothing is left.
    """
    if not song.coverage.covers(0, song.frames):
        raise ProjectError(path, "the song is not separated yet; wait until it is", "save")
    try:
        remove_leftovers(path.parent)
        with write_atomically(path) as temporary, zipfile.ZipFile(temporary, "w") as archive:
            work = _Work(archive, progress, cancelled, total=(1 + len(INSTRUMENTS)) * song.frames * _FRAME_BYTES)
            name = work.write_song(project, song)
            for instrument, samples in zip(INSTRUMENTS, song.stems, strict=True):
                work.write_wav(stem_entry(instrument), samples, song.rate)
            archive.writestr(stored_entry(ACTIVATIONS_ENTRY), song.activations.astype(_LITTLE).tobytes())
            project = replace(project, bundle=Bundle(name, song.rate, song.frames))
            archive.writestr(stored_entry(PROJECT_ENTRY), project_bytes(project))
    except OSError as error:
        raise ProjectError(path, reason(error), "save") from None
    except InvalidError as error:
        raise ProjectError(path, str(error), "save") from None


def load_stems(path: Path, bundle: Bundle, song: Song, progress: Progress, cancelled: Cancel) -> None:
    """Take the stems of a self-contained project into its song.

    Raises:
        ProjectError: they are damaged or do not fit the song.
        Cancelled: `cancelled` said so.
    """
    try:
        if (song.rate, song.frames) != (bundle.rate, bundle.frames):
            raise InvalidError("its stems do not fit the song")
        with ExitStack() as stack:
            archive = stack.enter_context(open_archive(path, is_entry))
            activations = _read_activations(archive, song.activations.shape)
            stems = [_open_wav(stack, archive, stem_entry(name), bundle) for name in INSTRUMENTS]
            for start in range(0, song.frames, _BLOCK_FRAMES):
                if cancelled():
                    raise Cancelled
                stop = min(song.frames, start + _BLOCK_FRAMES)
                block = np.stack([_read_block(file, stop - start) for file in stems])
                first, last = _activation_index(start, song), _activation_index(stop, song)
                song.add_span(start, block, first, activations[:, first:last])
                progress(stop / song.frames)
    except InvalidError as error:
        raise ProjectError(path, str(error)) from None
    except OSError as error:
        raise ProjectError(path, error.strerror or str(error)) from None


def extract_song(path: Path, bundle: Bundle, folder: Path, cancelled: Cancel) -> Path:
    """Copy the song of a self-contained project into a folder, as what it is called.

    Raises:
        ProjectError: it is damaged or the disk is full.
        Cancelled: `cancelled` said so.
    """
    target = folder / bundle.song.removeprefix(SONG_FOLDER)
    try:
        with (
            open_archive(path, is_entry) as archive,
            archive.open(bundle.song) as source,
            write_atomically(target) as temporary,
            temporary.open("wb") as file,
        ):
            while block := source.read(_BLOCK_BYTES):
                if cancelled():
                    raise Cancelled
                file.write(block)
    except InvalidError as error:
        raise ProjectError(path, str(error)) from None
    except OSError as error:
        raise ProjectError(path, f"its song cannot be unpacked: {reason(error)}") from None
    return target


class _Work:
    """Writes entries, tells how far it is, and stops when asked to."""

    def __init__(self, archive: zipfile.ZipFile, progress: Progress, cancelled: Cancel, total: int) -> None:
        self._archive = archive
        self._progress = progress
        self._cancelled = cancelled
        self._total = max(1, total)
        self._done = 0

    def write_song(self, project: Project, song: Song) -> str:
        """The song's own file if it is as it was, else its samples. Returns the entry's name."""
        expected = project.song.content_hash if project.song else ""
        try:
            unchanged = expected != "" and content_hash(song.path, cancelled=self._cancelled) == expected
        except AudioFileError:
            unchanged = False
        if not unchanged:
            name = SONG_FOLDER + safe_file_name(safe_file_name(song.path.stem, ".wav"))
            self.write_wav(name, song.mix, song.rate)
            return name
        name = SONG_FOLDER + safe_file_name(safe_file_name(song.path.stem, song.path.suffix[:_LONGEST_SUFFIX]))
        with song.path.open("rb") as source, self._archive.open(stored_entry(name), "w", force_zip64=True) as entry:
            while block := source.read(_BLOCK_BYTES):
                self._write(entry, block)
        return name

    def write_wav(self, name: str, samples: Samples, rate: int) -> None:
        with self._archive.open(stored_entry(name), "w", force_zip64=True) as entry:
            entry.write(wav_header(rate, len(samples)))
            for start in range(0, len(samples), _BLOCK_FRAMES):
                self._write(entry, samples[start : start + _BLOCK_FRAMES].astype(_LITTLE).tobytes())
                release_pages(samples, start - _BLOCK_FRAMES, start + _BLOCK_FRAMES)

    def _write(self, entry: IO[bytes], block: bytes) -> None:
        if self._cancelled():
            raise Cancelled
        entry.write(block)
        self._done += len(block)
        self._progress(min(1.0, self._done / self._total))


def wav_header(rate: int, frames: int) -> bytes:
    """What precedes the samples of a stereo WAV file of 32-bit floats.

    RIFF as in Multimedia Programming Interface 1.0 (IBM and Microsoft, 1991) with WAVE_FORMAT_IEEE_FLOAT; beyond its
    32-bit sizes RF64 (EBU Tech 3306).
    """
    size = frames * _FRAME_BYTES
    form = struct.pack("<4sIHHIIHHH", b"fmt ", 18, _FLOAT, 2, rate, rate * _FRAME_BYTES, _FRAME_BYTES, 32, 0)
    if size <= _RIFF_LIMIT_BYTES:
        rest = form + struct.pack("<4sII4sI", b"fact", 4, frames, b"data", size)
        return struct.pack("<4sI4s", b"RIFF", 4 + len(rest) + size, b"WAVE") + rest
    rest = form + struct.pack("<4sII4sI", b"fact", 4, 0xFFFFFFFF, b"data", 0xFFFFFFFF)
    sizes = struct.pack("<4sIQQQI", b"ds64", 28, 4 + 36 + len(rest) + size, size, frames, 0)
    return struct.pack("<4sI4s", b"RF64", 0xFFFFFFFF, b"WAVE") + sizes + rest


def _open_wav(stack: ExitStack, archive: zipfile.ZipFile, name: str, bundle: Bundle) -> IO[bytes]:
    header = wav_header(bundle.rate, bundle.frames)
    if archive.getinfo(name).file_size != len(header) + bundle.frames * _FRAME_BYTES:
        raise InvalidError(f"its {name} is not as long as the song")
    file = stack.enter_context(archive.open(name))
    if file.read(len(header)) != header:
        raise InvalidError(f"its {name} is not a WAV file as Partwise writes it")
    return file


def _read_block(file: IO[bytes], frames: int) -> Samples:
    samples: Samples = np.frombuffer(file.read(frames * _FRAME_BYTES), _LITTLE).reshape(-1, 2).astype(np.float32)
    if len(samples) != frames or not float(np.abs(samples).max(initial=0.0)) <= LARGEST_SAMPLE:  # False for NaN too
        raise InvalidError("its stems are damaged")
    return samples


def _read_activations(archive: zipfile.ZipFile, shape: tuple[int, ...]) -> NDArray[np.float32]:
    if archive.getinfo(ACTIVATIONS_ENTRY).file_size != 4 * int(np.prod(shape)):
        raise InvalidError(f"its {ACTIVATIONS_ENTRY} is not as long as the song")
    raw = archive.read(ACTIVATIONS_ENTRY)
    activations: Samples = np.frombuffer(raw, _LITTLE).reshape(shape).astype(np.float32)
    if not (float(activations.min()) >= 0.0 and float(activations.max()) <= 1.0):
        raise InvalidError("its activations are damaged")
    return activations


def _activation_index(frame: int, song: Song) -> int:
    """Where the activations of a block begin that begins at this frame; the last block has all the rest."""
    count: int = song.activations.shape[1]
    return count if frame >= song.frames else min(count, round(frame / song.rate * ACTIVATION_RATE_HZ))
