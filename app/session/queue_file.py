"""The songs that still wait in the queue, kept for the next start: a small JSON file in the user's data folder."""

import logging
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from app.json_file import InvalidError, list_of, read_json, read_object, text, whole_number, write_json
from app.session.batch import BatchItem

_VERSION: Final = 1
_LARGEST_BYTES: Final = 16_000_000
_MOST_SONGS: Final = 100_000

_log = logging.getLogger(__name__)


class QueueFile:
    """Of two programs that run at a time, the one that writes last is remembered."""

    def __init__(self, folder: Path | None) -> None:
        """The file lies in that folder; None remembers nothing."""
        self._path = folder / "queue.json" if folder else None
        self._written: tuple[BatchItem, ...] = ()

    def read(self) -> tuple[BatchItem, ...]:
        """What waited; nothing if there is no such file or it makes no sense."""
        if self._path is None or not self._path.is_file():
            return ()
        readers = {"partwise_queue": whole_number(_VERSION, _VERSION), "songs": list_of(_read_item, _MOST_SONGS)}
        try:
            self._written = tuple(read_object(read_json(self._path, _LARGEST_BYTES, "a queue"), "", readers)["songs"])
        except (InvalidError, KeyError, OSError) as error:
            _log.warning("The queue of the last time cannot be read: %s", error)
        return self._written

    def write(self, items: Sequence[BatchItem]) -> None:
        """Remember these instead, if they are others."""
        if self._path is None or tuple(items) == self._written:
            return
        songs = [{"source": str(item.source.absolute()), "target": str(item.target.absolute())} for item in items]
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            write_json(self._path, {"partwise_queue": _VERSION, "songs": songs})
        except OSError as error:
            _log.warning("The queue cannot be kept: %s", error)  # the queue itself goes on
        else:
            self._written = tuple(items)


def _read_item(value: Any, key: str) -> BatchItem:
    item = read_object(value, key, {"source": _read_path, "target": _read_path})
    if len(item) != 2:
        raise InvalidError(f"{key} must have a source and a target")
    return BatchItem(**item)


def _read_path(value: Any, key: str) -> Path:
    path = Path(text(value, key))
    if not path.is_absolute() or "\0" in str(path):
        raise InvalidError(f"{key} must be an absolute path")
    return path
