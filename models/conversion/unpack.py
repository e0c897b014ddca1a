"""The few files that are wanted out of a folder, a zip or wheel, or a tar archive: nothing else is ever written."""

import gzip
import stat
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from lzma import LZMAError
from pathlib import Path, PurePosixPath
from typing import IO, Final

from models.conversion.errors import FormatError

MOST_MEMBERS: Final = 5000
LARGEST_TOTAL_BYTES: Final = 2 << 30
SINGLE_FILES: Final = (".pth", ".th", ".safetensors")
"""Files that are taken as they are, though some are zip archives inside."""

_BLOCK_BYTES: Final = 1 << 20

Wanted = Callable[[PurePosixPath], bool]


def unpack(source: Path, wanted: Wanted, into: Path) -> list[Path]:
    """The wanted files of a source.

    Args:
        source: a folder, whose files stay where they are, an archive, whose wanted files are written, or a file.
        wanted: says yes or no to a path inside the source.
        into: an empty folder; files of an archive keep their paths below it.

    Raises:
        FormatError: it is no archive, is damaged, too large or leads outside.
        OSError: it cannot be read or written.
    """
    if source.is_dir():
        paths = [path for path in sorted(source.rglob("*")) if path.is_file()]
        return [path for path in paths if wanted(PurePosixPath(path.relative_to(source).as_posix()))]
    if source.suffix in SINGLE_FILES:
        return [source] if wanted(PurePosixPath(source.name)) else []
    if source.suffix == ".index":  # of a checkpoint; its shards lie beside it
        siblings = [path for path in sorted(source.parent.iterdir()) if path.name.startswith(f"{source.stem}.data-")]
        return [path for path in (source, *siblings) if wanted(PurePosixPath(path.name))]
    try:
        if zipfile.is_zipfile(source):
            with zipfile.ZipFile(source) as archive:
                return _write(_zip_members(archive), wanted, into)
        with _opened_tar(source) as tar:
            return _write(_tar_members(tar), wanted, into)
    except (zipfile.BadZipFile, tarfile.TarError, gzip.BadGzipFile, EOFError, zlib.error, LZMAError, UnicodeError):
        raise FormatError("the archive is damaged or cut off") from None
    except (NotImplementedError, RuntimeError):  # a method of compression or encryption
        raise FormatError("the archive is encrypted or compressed in a way that is not supported") from None


_Member = tuple[PurePosixPath, int, Callable[[], IO[bytes] | None]]


@contextmanager
def _opened_tar(source: Path) -> Iterator[tarfile.TarFile]:
    try:
        tar = tarfile.open(source)  # noqa: SIM115 (an error in here is another one than while reading)
    except tarfile.ReadError:
        raise FormatError("it is neither an archive nor a model's file, or is cut off") from None
    with tar:
        yield tar


def _zip_members(archive: zipfile.ZipFile) -> Iterator[_Member]:
    for info in archive.infolist():
        path = _safe(info.filename)
        is_file = not info.is_dir() and not stat.S_ISLNK(info.external_attr >> 16)
        yield path, info.file_size, partial(archive.open, info) if is_file else _nothing


def _tar_members(tar: tarfile.TarFile) -> Iterator[_Member]:
    for info in tar:
        yield _safe(info.name), info.size, partial(tar.extractfile, info) if info.isreg() else _nothing
    while tar.fileobj is not None and tar.fileobj.read(_BLOCK_BYTES):
        pass  # a broken member looks like the archive's end; the compressed stream's own checksum tells


def _nothing() -> None:
    """What a folder or a link holds."""


def _safe(name: str) -> PurePosixPath:
    path = PurePosixPath(name)
    if not path.parts:
        raise FormatError("the archive has a file without a name")
    if path.is_absolute() or ".." in path.parts or "\\" in name or ":" in name or "\0" in name:
        raise FormatError("the archive has a path that leads outside it")
    return path


def _write(members: Iterator[_Member], wanted: Wanted, into: Path) -> list[Path]:
    """Write wanted members. All names are looked at, also those that are not wanted, before anything is written."""
    found = []
    for count, (path, size, opened) in enumerate(members):
        if count >= MOST_MEMBERS:
            raise FormatError("the archive has too many files")
        if wanted(path):
            found.append((path, size, opened))
    if sum(size for _, size, _ in found) > LARGEST_TOTAL_BYTES:
        raise FormatError("the archive is too large")
    written = []
    for path, size, opened in found:
        stream = opened()
        if stream is None:
            raise FormatError(f"{path.name} in the archive is not a file")
        target = into / path
        target.parent.mkdir(parents=True, exist_ok=True)
        with stream, target.open("xb") as file:
            _copy(stream, file, size)
        written.append(target)
    return written


def _copy(stream: IO[bytes], file: IO[bytes], size: int) -> None:
    """Copy no more than was announced."""
    left = size
    while block := stream.read(_BLOCK_BYTES):
        left -= len(block)
        if left < 0:
            raise FormatError("the archive holds more than it says")
        file.write(block)
    if left:
        raise FormatError("the archive is damaged or cut off")
