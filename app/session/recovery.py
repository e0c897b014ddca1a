"""What was not saved when the program was killed: one file for every open document, in the user's data folder.

Whose file it is says a lock beside it, which the system takes back from a process that ends, however it ends: what
nobody holds is left from before. The clock is only shown, never relied on.
"""

import secrets
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from app.atomic_file import remove_leftovers, write_bytes
from app.json_file import InvalidError, Read, json_text, number, read_json, read_object, whole_number
from app.session.project_file import LARGEST_JSON_BYTES, Project, project_from_json, project_to_json
from app.song.file_lock import FileLock

_VERSION: Final = 1
_SUFFIX: Final = ".recovery"
_LOCK: Final = ".lock"
_LARGEST_BYTES: Final = 2 * LARGEST_JSON_BYTES
_MOST_FILES: Final = 100
_LATEST_S: Final = 1e11
_LONGEST_PATH: Final = 32_768


@dataclass(frozen=True)
class Unsaved:
    """A document that was not saved.

    `saved_as` is the file of the project it was, None if it was none; `written_s` when this was kept, in seconds of
    Unix time as the clock said.
    """

    file: Path
    project: Project
    saved_as: Path | None
    written_s: float

    @property
    def title(self) -> str:
        """What it is called."""
        if self.saved_as is not None:
            return self.saved_as.stem
        return self.project.song.title if self.project.song else ""


class RecoveryFile:
    """The file of the document that is open here. It exists as long as there is something that is not saved."""

    def __init__(self, folder: Path) -> None:
        """Nothing is written yet."""
        self._folder = folder
        self._name = secrets.token_hex(8)
        self._lock: FileLock | None = None

    @property
    def path(self) -> Path:
        """Where it is, if it is."""
        return self._folder / f"{self._name}{_SUFFIX}"

    def write(self, project: Project, saved_as: Path | None) -> None:
        """Keep this. May be called from any thread, by one at a time. Raises OSError; then the one before is there."""
        self._folder.mkdir(parents=True, exist_ok=True)
        if self._lock is None:
            self._lock = FileLock.acquire(self.path.with_suffix(_LOCK))
        tree = {
            "partwise_recovery": _VERSION,
            "written_s": time.time(),
            "saved_as": str(saved_as) if saved_as else "",
            "project": project_to_json(project),
        }
        write_bytes(self.path, json_text(tree).encode("utf-8", "backslashreplace"))

    def remove(self) -> None:
        """It is saved, or not wanted. What cannot be deleted now is offered at the next start."""
        with suppress(OSError):
            self.path.unlink(missing_ok=True)
        self.let_go(delete_lock=True)

    def let_go(self, delete_lock: bool = False) -> None:
        """Others may have it from now on."""
        lock, self._lock = self._lock, None
        if lock is not None:
            if delete_lock:
                with suppress(OSError):
                    lock.path.unlink(missing_ok=True)
            lock.release()


def unsaved(folder: Path) -> tuple[Unsaved, ...]:
    """What killed processes left, the newest first. Files that cannot be read stay, for a newer version."""
    remove_leftovers(folder)
    _remove_free_locks(folder)
    found = []
    for path in _files(folder):
        lock = _free(path)
        if lock is None:
            continue
        with suppress(InvalidError):
            found.append(_read(path))
        lock.release()
    return tuple(sorted(found, key=lambda item: item.written_s, reverse=True))


def forget(item: Unsaved) -> None:
    """Delete it: it was taken over or is not wanted. Not if another process has taken it meanwhile. Raises OSError."""
    lock = _free(item.file)
    if lock is not None:
        item.file.unlink(missing_ok=True)
        lock.path.unlink(missing_ok=True)
        lock.release()


def _files(folder: Path) -> list[Path]:
    try:
        return sorted(path for path in folder.iterdir() if path.suffix == _SUFFIX)[:_MOST_FILES]
    except OSError:  # there is none yet
        return []


def _remove_free_locks(folder: Path) -> None:
    """Of processes that were killed before they wrote, or after they deleted."""
    with suppress(OSError):
        for path in list(folder.glob(f"*{_LOCK}")):
            if not path.with_suffix(_SUFFIX).exists() and (lock := FileLock.acquire(path)) is not None:
                path.unlink(missing_ok=True)
                lock.release()


def _free(path: Path) -> FileLock | None:
    """The lock of a file whose process has ended."""
    try:
        return FileLock.acquire(path.with_suffix(_LOCK))
    except OSError:
        return None


def _read(path: Path) -> Unsaved:
    readers: dict[str, Read] = {
        "partwise_recovery": whole_number(_VERSION, _VERSION),
        "written_s": number(-_LATEST_S, _LATEST_S),
        "saved_as": _read_path,
        "project": lambda value, _: project_from_json(value),
    }
    values = read_object(read_json(path, _LARGEST_BYTES, "a recovery file"), "", readers)
    if "project" not in values:
        raise InvalidError("project is missing")
    saved_as = values.get("saved_as", "")
    return Unsaved(path, values["project"], Path(saved_as) if saved_as else None, values.get("written_s", 0.0))


def _read_path(value: Any, key: str) -> str:
    if not isinstance(value, str) or len(value) > _LONGEST_PATH or "\0" in value:
        raise InvalidError(f"{key} must be a path")
    return value
