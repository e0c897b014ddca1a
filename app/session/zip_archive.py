"""ZIP archives from outside, as far as projects need them: few entries, stored as they are, read in place.

What makes ZIP archives dangerous is compression (a bomb), names that are paths (writing outside a folder), entries that
share their bytes, and directories of millions of entries. Here all of that is refused before anything is read, and
nothing is ever unpacked under a name from the archive.

Structure: APPNOTE.TXT, .ZIP File Format Specification 6.3.10, PKWARE 2022.
"""

import struct
import zipfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import BinaryIO, Final

from app.json_file import InvalidError

LARGEST_DIRECTORY_BYTES: Final = 1 << 16
_TIME: Final = (1980, 1, 1, 0, 0, 0)
"""Written into every entry: the same project gives the same bytes, whatever the clock says."""

_END: Final = struct.Struct("<4s4H2LH")
_END_64_LOCATOR: Final = struct.Struct("<4sLQL")
_END_64: Final = struct.Struct("<4sQ2H2L4Q")
_NOT_READABLE: Final = "its directory is damaged; if there is another copy, open that one"


def stored_entry(name: str) -> zipfile.ZipInfo:
    """An entry to write."""
    return zipfile.ZipInfo(name, _TIME)


@contextmanager
def open_archive(path: Path, allowed: Callable[[str], bool]) -> Iterator[zipfile.ZipFile]:
    """Open an archive whose entries all have names that `allowed` accepts.

    Raises:
        InvalidError: it is damaged, or has anything that is refused. While its entries are read, too.
    """
    with ExitStack() as stack:
        try:
            file = stack.enter_context(path.open("rb"))
            size = file.seek(0, 2)
            _check_directory_size(file, size)
            archive = stack.enter_context(zipfile.ZipFile(file))
            _check_entries(archive.infolist(), size, allowed)
        except OSError as error:
            raise InvalidError(error.strerror or str(error)) from None
        except (zipfile.BadZipFile, NotImplementedError, ValueError, struct.error):
            raise InvalidError(_NOT_READABLE) from None
        try:
            yield archive
        except (zipfile.BadZipFile, EOFError):
            raise InvalidError(_NOT_READABLE) from None


def read_entry(archive: zipfile.ZipFile, name: str, largest_bytes: int) -> bytes:
    """A whole entry, its checksum checked. Raises InvalidError if it is missing or larger."""
    try:
        info = archive.getinfo(name)
    except KeyError:
        raise InvalidError(f"it has no {name}") from None
    if info.file_size > largest_bytes:
        raise InvalidError(f"its {name} is too large")
    return archive.read(info)


def _check_directory_size(file: BinaryIO, size: int) -> None:
    """Before the directory is read into memory."""
    if size < _END.size:
        raise InvalidError(_NOT_READABLE)
    file.seek(size - _END.size)
    signature, _, _, _, _, directory, _, comment = _END.unpack(file.read(_END.size))
    if signature != b"PK\x05\x06" or comment:
        raise InvalidError(_NOT_READABLE)
    before = size - _END.size - _END_64_LOCATOR.size - _END_64.size
    if before >= 0:
        file.seek(before)
        end_64 = _END_64.unpack(file.read(_END_64.size))
        if file.read(4) == b"PK\x06\x07":
            directory = end_64[8]
    if directory > LARGEST_DIRECTORY_BYTES:
        raise InvalidError("it has too many entries")
    file.seek(0)


def _check_entries(entries: list[zipfile.ZipInfo], size: int, allowed: Callable[[str], bool]) -> None:
    names = [entry.filename for entry in entries]
    if len(names) != len(set(names)):
        raise InvalidError("it has an entry twice")
    free = 0
    for entry in sorted(entries, key=lambda entry: entry.header_offset):
        if not allowed(entry.filename):
            raise InvalidError(f"it has an entry that no project has, {entry.filename[:80]!a}")
        if entry.compress_type != zipfile.ZIP_STORED or entry.file_size != entry.compress_size:
            raise InvalidError("its entries are compressed; they must be stored as they are")
        if entry.flag_bits & 0x1:
            raise InvalidError("its entries are encrypted")
        if entry.header_offset < free:
            raise InvalidError("its entries share their bytes")
        free = entry.header_offset + entry.file_size
        if free > size:
            raise InvalidError(_NOT_READABLE)
