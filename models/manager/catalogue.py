"""What is known of the models that can be had, as data: `models/catalogue/<name>.json` and the licences' texts.

The hashes are those that the publishers give (the checksum index of Spleeter's release, the package index for the
wheel) or that agree with the first letters of the hash in the file's name (Open-Unmix, Demucs). Where only these first
letters are known the file says `sha256_starts`: that finds damage, but is no proof of where a file is from, so such a
model is installed only after a person has agreed.
"""

import json
import string
from collections.abc import Callable, Iterable
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, Final

from models.registry import ModelError

FOLDER: Final = Path(__file__).resolve().parent.parent / "catalogue"
LARGEST_FILE_BYTES: Final = 2 << 30

_SHA256_LETTERS: Final = 64
_LARGEST_JSON_BYTES: Final = 1 << 20


@dataclass(frozen=True)
class RemoteFile:
    """A file to be downloaded.

    Attributes:
        name: what it is called; conversions look at it.
        url: where it is.
        sha256: its hash in hexadecimal; empty if unknown.
        sha256_starts: the first letters of it, where no more is known.
        size_bytes: its exact size; 0 if unknown.
        about_bytes: what to tell of the size, where it is not known exactly.
        project: of a Python package index that has it too, where another index is set up; empty for none.
    """

    name: str
    url: str
    sha256: str = ""
    sha256_starts: str = ""
    size_bytes: int = 0
    about_bytes: int = 0
    project: str = ""

    @property
    def expected_bytes(self) -> int:
        """Its size as far as it is known."""
        return self.size_bytes or self.about_bytes

    @property
    def most_bytes(self) -> int:
        """More than this is refused."""
        return self.size_bytes or (2 * self.about_bytes or LARGEST_FILE_BYTES)

    def matches(self, sha256: str) -> bool:
        """Whether a hash is the one that is expected, as far as that is known."""
        return sha256 == self.sha256 if self.sha256 else sha256.startswith(self.sha256_starts)


@dataclass(frozen=True)
class Source:
    """One way to get a model: all of these files."""

    files: tuple[RemoteFile, ...]

    @property
    def size_bytes(self) -> int:
        """What has to be downloaded, about."""
        return sum(file.expected_bytes for file in self.files)

    @property
    def certain(self) -> bool:
        """Whether the hash of every file is known."""
        return all(file.sha256 for file in self.files)


@dataclass(frozen=True)
class CatalogueEntry:
    """A model that can be had.

    Attributes:
        name: what it is called in commands; a plus joins the two parts of a hybrid.
        title: for people. about: a sentence or two.
        separates: the instruments, for people. six: whether all six lanes get something.
        activations: whether it estimates when each instrument plays.
        slow: whether many computers need longer than the song lasts.
        licence: its short name. licence_text: the text, with the copyright line. licence_url: where it can be read.
        non_commercial: whether the licence forbids commercial use.
        page: of who publishes it.
        rank: the better separator has the higher one; what our own figures do not say is from the publications.
        brings: what it would bring, as the object of a sentence.
        sources: ways to get it, the first is tried first; none for what is shipped, and for hybrids.
        needs: the models that a hybrid is made of.
        shipped: whether it comes with the program.
        package: a Python package that must be there to run it; empty for none. extra: of ours that brings it.
    """

    name: str
    title: str
    about: str
    separates: tuple[str, ...]
    licence: str
    licence_text: str
    licence_url: str
    page: str
    rank: int
    brings: str
    six: bool = False
    activations: bool = False
    slow: bool = False
    non_commercial: bool = False
    sources: tuple[Source, ...] = ()
    needs: tuple[str, ...] = ()
    shipped: bool = False
    package: str = ""
    extra: str = ""

    @property
    def size_bytes(self) -> int:
        """What has to be downloaded for it, without what a hybrid needs."""
        return self.sources[0].size_bytes if self.sources else 0

    @property
    def certain(self) -> bool:
        """Whether it comes from files whose hash is known."""
        return all(source.certain for source in self.sources)

    @property
    def origin(self) -> str:
        """Where it is downloaded from, for people: the host's name."""
        from urllib.parse import urlsplit

        return urlsplit(self.sources[0].files[0].url).hostname or "" if self.sources else ""


class Catalogue:
    """All entries, the best first."""

    def __init__(self, entries: Iterable[CatalogueEntry]) -> None:
        self.entries = tuple(sorted(entries, key=lambda entry: -entry.rank))
        self._by_name = {entry.name: entry for entry in self.entries}

    def find(self, name: str) -> CatalogueEntry:
        """The entry of that name. Raises ModelError with the names there are."""
        found = self._by_name.get(name)
        if found is None:
            raise ModelError(f"There is no model “{name}” to be had; there are: {', '.join(sorted(self._by_name))}.")
        return found

    def __contains__(self, name: str) -> bool:
        return name in self._by_name


def load_catalogue(folder: Path = FOLDER) -> Catalogue:
    """Read the catalogue. Raises ModelError for a file that is not as it should be."""
    entries = []
    for path in sorted(folder.glob("*.json")):
        try:
            if path.stat().st_size > _LARGEST_JSON_BYTES:
                raise ValueError("it is too large")
            entries.append(_entry(path.stem, json.loads(path.read_text(encoding="utf-8")), folder))
        except (OSError, ValueError, TypeError, KeyError, RecursionError) as error:
            raise ModelError(f"The catalogue's file {path.name} cannot be used: {error}.") from error
    return Catalogue(entries)


def _entry(name: str, data: Any, folder: Path) -> CatalogueEntry:
    values = {key: _READERS[key](key, value) for key, value in data.items() if key in _READERS}
    if unknown := data.keys() - _READERS.keys() - {"licence_text", "copyright", "sources"}:
        raise ValueError(f"{sorted(unknown)[0]} is unknown")
    text = (folder / "licences" / f"{_word('licence_text', data['licence_text'])}.txt").read_text(encoding="utf-8")
    return CatalogueEntry(
        name=name,
        licence_text=string.Template(text).substitute(copyright=_text("copyright", data["copyright"])).strip(),
        sources=tuple(Source(tuple(map(_file, source["files"]))) for source in data["sources"]),
        **values,
    )


def _file(data: Any) -> RemoteFile:
    if unknown := data.keys() - {field.name for field in fields(RemoteFile)}:
        raise ValueError(f"{sorted(unknown)[0]} is unknown")
    file = RemoteFile(**data)
    if Path(file.name).name != file.name or not file.name or file.name.startswith("."):
        raise ValueError(f"{file.name!r} is no file name")
    if not file.url.startswith("https://"):
        raise ValueError(f"{file.url} is not https")
    digits = file.sha256 + file.sha256_starts
    if set(digits) - set("0123456789abcdef") or len(file.sha256) not in (0, _SHA256_LETTERS):
        raise ValueError(f"the hash of {file.name} is none")
    if not digits or not 0 < file.expected_bytes <= LARGEST_FILE_BYTES:
        raise ValueError(f"hash or size of {file.name} is missing")
    return file


def _text(key: str, value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError(f"{key} must be a text")
    return value


def _word(key: str, value: Any) -> str:
    if not isinstance(value, str) or set(value) - set(string.ascii_lowercase + string.digits + "-."):
        raise ValueError(f"{key} must be a word")
    return value


def _texts(key: str, value: Any) -> tuple[str, ...]:
    if not isinstance(value, list):
        raise ValueError(f"{key} must be a list")
    return tuple(_text(key, item) for item in value)


def _flag(key: str, value: Any) -> bool:
    if not isinstance(value, bool):
        raise ValueError(f"{key} must be true or false")
    return value


def _number(key: str, value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise ValueError(f"{key} must be a whole number")
    return value


_READERS: Final[dict[str, Callable[[str, Any], Any]]] = {
    "title": _text,
    "about": _text,
    "separates": _texts,
    "licence": _text,
    "licence_url": _text,
    "page": _text,
    "rank": _number,
    "brings": _text,
    "six": _flag,
    "activations": _flag,
    "slow": _flag,
    "non_commercial": _flag,
    "needs": _texts,
    "shipped": _flag,
    "package": _text,
    "extra": _text,
}
