"""The project file, `.partwise`: what it holds, how it is written and how it is read. See `PROJECTS.md` beside it.

It is a ZIP archive whose entries are stored, not compressed. `project.json` says everything; a self-contained one has
the song, its stems and activations too, see `app.session.project_bundle`.
"""

import json
import re
import stat
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath
from typing import Any, Final

from app.atomic_file import reason, remove_leftovers, write_atomically
from app.audio.file_names import safe_file_name
from app.errors import ProjectError
from app.json_file import InvalidError, Read, number, parse_json, read_json, read_object, text, whole_number
from app.playback.settings import TEMPO_RANGE, TRANSPOSE_RANGE
from app.session.document import Document
from app.session.document_json import LONGEST_SONG_FRAMES, document_to_json, read_document
from app.session.view_state import ViewState, view_from_json, view_to_json
from app.session.zip_archive import open_archive, read_entry, stored_entry
from app.song.content_hash import is_content_hash
from models.instruments import INSTRUMENTS

SUFFIX: Final = ".partwise"
VERSION: Final = 1
"""0 was a plain JSON file with a song, a mix and a loop; it is read still, as is a mix file of any version."""

PROJECT_ENTRY: Final = "project.json"
SONG_FOLDER: Final = "song/"
ACTIVATIONS_ENTRY: Final = "activations.f32"
LARGEST_JSON_BYTES: Final = 16_000_000
"""As Python objects this may take thirty times as much."""

LARGEST_RATE_HZ: Final = 10_000_000
_LONGEST_REASON: Final = 200
_LONGEST_PATH: Final = 32_768
"""What Windows allows."""

_ABOUT: Final = "A Partwise project. The other entries, if there are any, are the song, its stems and activations."


@dataclass(frozen=True)
class SongReference:
    """Which song a project is about.

    `path` is absolute; `relative` is it as seen from the project's folder, if it lies there or below. `content_hash` is
    of its file, see `app.song.content_hash`; empty if it is not known.
    """

    path: str
    relative: str = ""
    content_hash: str = ""
    title: str = ""
    rate: int = 0
    frames: int = 0

    @property
    def file_name(self) -> str:
        """Of its file, on whichever system the project was saved."""
        return re.split(r"[/\\\\]", self.path or self.relative)[-1]

    def candidates(self, folder: Path | None) -> tuple[Path, ...]:
        """Where it may lie, for a project in that folder: beside it first, as both may have moved together."""
        places = [folder / self.relative] if self.relative and folder is not None else []
        if self.path:
            places.append(Path(self.path))
        return tuple(dict.fromkeys(places))


@dataclass(frozen=True)
class Bundle:
    """What a self-contained project holds beside its `project.json`; `song` is the name of the song's entry."""

    song: str
    rate: int
    frames: int


@dataclass(frozen=True)
class Project:
    """All that is saved.

    `model` is the name of the separator, `position` the song frame where one was; `speed` and `transpose_semitones` are
    how it was played.
    """

    song: SongReference | None = None
    document: Document = field(default_factory=Document)
    view: ViewState = field(default_factory=ViewState)
    position: int = 0
    model: str = ""
    speed: float = 1.0
    transpose_semitones: float = 0.0
    bundle: Bundle | None = None


def reference(path: Path, folder: Path | None) -> tuple[str, str]:
    """Absolute and relative path of a song, for a project in that folder; the latter is empty if it lies elsewhere."""
    path = path.absolute()
    if folder is not None and path.is_relative_to(folder.absolute()):
        return str(path), path.relative_to(folder.absolute()).as_posix()
    return str(path), ""


def project_to_json(project: Project) -> dict[str, Any]:
    """The project as a tree of JSON values."""
    song, bundle = project.song, project.bundle
    return {
        "partwise_project": VERSION,
        "about": _ABOUT,
        "song": None if song is None else {
            "path": song.path,
            "relative": song.relative,
            "content_hash": song.content_hash,
            "title": song.title,
            "rate": song.rate,
            "frames": song.frames,
        },
        "model": project.model,
        "position": project.position,
        "speed": project.speed,
        "transpose_semitones": project.transpose_semitones,
        "view": view_to_json(project.view),
        "document": document_to_json(project.document),
        "bundle": None if bundle is None else {"song": bundle.song, "rate": bundle.rate, "frames": bundle.frames},
    }  # fmt: skip


def project_from_json(value: object) -> Project:
    """The project that a JSON tree describes, of this version or an older one. Raises InvalidError."""
    if isinstance(value, Mapping) and "partwise_mix" in value:
        value = {"partwise_project": 0, "mix": value}
    if not isinstance(value, Mapping) or "partwise_project" not in value:
        raise InvalidError("it is not a project: it has no partwise_project")
    version = value["partwise_project"]
    if isinstance(version, bool) or not isinstance(version, int) or version < 0:
        raise InvalidError(f"partwise_project must be {VERSION}")
    if version > VERSION:
        raise InvalidError(f"it was written by a newer Partwise (format {version}); update Partwise to read it")
    if version == 0:
        value = _from_version_0(value)
    readers: dict[str, Read] = {
        "partwise_project": whole_number(VERSION, VERSION),
        "song": _or_none(_read_song),
        "model": text,
        "position": whole_number(0, LONGEST_SONG_FRAMES),
        "speed": number(*TEMPO_RANGE),
        "transpose_semitones": number(*TRANSPOSE_RANGE),
        "view": _read_view,
        "document": read_document,
        "bundle": _or_none(_read_bundle),
    }
    values = read_object(value, "", readers)
    values.pop("partwise_project")
    return Project(**values)


def read_project(path: Path) -> Project:
    """Read a project file; its stems stay where they are. Raises ProjectError."""
    try:
        return _read(path)
    except InvalidError as error:
        raise ProjectError(path, str(error)) from None


def write_project(path: Path, project: Project) -> None:
    """Write a project file without stems, whole or not at all. Raises ProjectError."""
    try:
        raw = project_bytes(replace(project, bundle=None))
        remove_leftovers(path.parent)
        with write_atomically(path) as temporary, zipfile.ZipFile(temporary, "w") as archive:
            archive.writestr(stored_entry(PROJECT_ENTRY), raw)
    except OSError as error:
        raise ProjectError(path, reason(error), "save") from None
    except InvalidError as error:
        raise ProjectError(path, str(error), "save") from None


def project_bytes(project: Project) -> bytes:
    """The content of `project.json`. Raises InvalidError if it is larger than what is read."""
    # a file name that is no UTF-8 has surrogates in it; their backslash form is what JSON calls them too
    tree = json.dumps(project_to_json(project), ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    raw = tree.encode("utf-8", "backslashreplace")
    if len(raw) > LARGEST_JSON_BYTES:
        raise InvalidError("it has too many edits for a file; clear those that are not needed")
    return raw


def is_project(path: Path) -> bool:
    """Whether a file's name says that it is a project."""
    return path.suffix.lower() == SUFFIX


def with_suffix(path: Path) -> Path:
    """The path with the ending of projects."""
    return path if is_project(path) else path.with_name(path.name + SUFFIX)


def is_entry(name: str) -> bool:
    """Whether a project may have an entry of that name."""
    return name in (PROJECT_ENTRY, ACTIVATIONS_ENTRY, *map(stem_entry, INSTRUMENTS)) or _is_song_entry(name)


def stem_entry(instrument: str) -> str:
    """The name of a stem's entry."""
    return f"stems/{instrument}.wav"


def _is_song_entry(name: str) -> bool:
    file_name = name.removeprefix(SONG_FOLDER)
    return name.startswith(SONG_FOLDER) and file_name == safe_file_name(file_name)


def _read(path: Path) -> Project:
    try:
        if not stat.S_ISREG(path.stat().st_mode):  # a pipe would be waited for
            raise InvalidError("it is not a file")
        with path.open("rb") as file:
            is_archive = file.read(4) == b"PK\x03\x04"
    except OSError as error:
        raise InvalidError(error.strerror or str(error)) from None
    except ValueError:  # a null character in the path
        raise InvalidError("there is no such file") from None
    if not is_archive:
        return project_from_json(read_json(path, LARGEST_JSON_BYTES, "a project"))
    with open_archive(path, is_entry) as archive:
        raw = read_entry(archive, PROJECT_ENTRY, LARGEST_JSON_BYTES)
        project = project_from_json(parse_json(raw, "a project"))
        missing = {project.bundle.song, ACTIVATIONS_ENTRY, *map(stem_entry, INSTRUMENTS)} if project.bundle else set()
        missing -= set(archive.namelist())
    if missing:
        raise InvalidError(f"it has no {min(missing)}")
    return project


def _from_version_0(value: Mapping[str, Any]) -> dict[str, Any]:
    """What was a plain JSON file, as version 1 has it; a mix file of any version is one, too."""
    readers: dict[str, Read] = {
        "partwise_project": whole_number(0, 0),
        "song": text,
        "mix": lambda mix, _: mix,
        "loop": lambda loop, _: loop,
    }
    old = read_object(value, "", readers)
    song = old.get("song")
    return {
        "partwise_project": 1,
        "song": {"path": song} if song else None,
        "document": {key: old[key] for key in ("mix", "loop") if key in old},
    }


def _read_song(value: Any, key: str) -> SongReference:
    readers: dict[str, Read] = {
        "path": _read_path,
        "relative": _read_relative,
        "content_hash": _read_hash,
        "title": text,
        "rate": whole_number(0, LARGEST_RATE_HZ),
        "frames": whole_number(0, LONGEST_SONG_FRAMES),
    }
    values = read_object(value, key, readers)
    if not values.get("path") and not values.get("relative"):
        raise InvalidError(f"{key}.path is missing")
    return SongReference(**{"path": "", **values})


def _read_bundle(value: Any, key: str) -> Bundle:
    readers: dict[str, Read] = {
        "song": _read_song_entry,
        "rate": whole_number(1, LARGEST_RATE_HZ),
        "frames": whole_number(1, LONGEST_SONG_FRAMES),
    }
    values = read_object(value, key, readers)
    for name in readers:
        if name not in values:
            raise InvalidError(f"{key}.{name} is missing")
    return Bundle(**values)


def _read_path(value: Any, key: str) -> str:
    """A path of this computer: a hostile project could have Windows log in to a server by merely looking there."""
    path = _read_long_text(value, key)
    return "" if path.startswith(("\\\\", "//")) else path


def _read_relative(value: Any, key: str) -> str:
    """A path within the project's folder; one that leads out of it is as good as none: the song can be located."""
    path = _read_long_text(value, key)
    parts = PurePosixPath(path).parts
    outside = ".." in parts or path.startswith("/") or "\\" in path or ":" in path
    return "" if outside else path


def _read_long_text(value: Any, key: str) -> str:
    if not isinstance(value, str) or len(value) > _LONGEST_PATH or "\0" in value:
        raise InvalidError(f"{key} must be a path")
    return value


def _read_hash(value: Any, key: str) -> str:
    content_hash = text(value, key)
    if content_hash and not is_content_hash(content_hash):
        raise InvalidError(f"{key} must have 64 hexadecimal digits")
    return content_hash


def _read_song_entry(value: Any, key: str) -> str:
    name = text(value, key)
    if not _is_song_entry(name):
        raise InvalidError(f"{key} must be the name of an entry")
    return name


def _read_view(value: Any, key: str) -> ViewState:
    try:
        return view_from_json(value)
    except ValueError as error:
        raise InvalidError(f"{key}: {str(error)[:_LONGEST_REASON]}") from None


def _or_none(read: Read) -> Read:
    return lambda value, key: None if value is None else read(value, key)
