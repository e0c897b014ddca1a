"""Where the song of a project is: at its place, moved, changed, or inside the project."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from app.errors import AudioFileError
from app.session.project_file import Project, SongReference
from app.song.content_hash import content_hash

Cancel = Callable[[], bool]


@dataclass(frozen=True)
class Found:
    """What was found. `path` is None where nothing is; `same` says whether it is the song that was saved."""

    path: Path | None
    same: bool


def find_song(project: Project, folder: Path | None, cancelled: Cancel) -> Found:
    """Look for the song of a project that lies in that folder.

    A file that is there but has another content counts only if no other is the right one. Raises Cancelled.
    """
    if project.song is None:
        return Found(None, False)
    changed = None
    for path in project.song.candidates(folder):
        if not path.is_file():
            continue
        if is_same(project.song, path, cancelled):
            return Found(path, True)
        changed = changed or path
    return Found(changed, False)


def is_same(song: SongReference, path: Path, cancelled: Cancel) -> bool:
    """Whether a file is that song. One of which no hash was kept is taken to be. Raises Cancelled."""
    if not song.content_hash:
        return True
    try:
        return content_hash(path, cancelled=cancelled) == song.content_hash
    except AudioFileError:
        return False
