"""How projects come back: from their file, from what was kept at a kill, with a song that has to be located."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from app.atomic_file import reason
from app.errors import ProjectError
from app.events import Event
from app.session.jobs import Job, JobRunner, WorkerSide
from app.session.project import Place, ProjectKeeper, file_state
from app.session.project_file import Project, read_project
from app.session.project_lock import ProjectLock
from app.session.project_search import find_song, is_same
from app.session.recovery import Unsaved, forget, unsaved
from app.session.song_start import SongStart
from app.session.unpacked_song import UnpackedSong
from app.song.stores import cache_root

if TYPE_CHECKING:
    from app.session.session import Session
    from app.song.song import Song


@dataclass(frozen=True)
class Opening:
    """A project on its way to be shown.

    Attributes:
        project: what is in it.
        path: its file; None for one that was never saved.
        unsaved: where its changes come from, if they were kept when the program was killed.
        lock: keeps other windows from the file.
        song: the file of its song; None where none was found.
        sure: whether that is the song that was saved, or the user has said that it will do.
        located: whether the user has shown where it is.
        unpacked: where the song is if it comes out of the project.
    """

    project: Project
    path: Path | None = None
    unsaved: Unsaved | None = None
    lock: ProjectLock | None = None
    song: Path | None = None
    sure: bool = False
    located: bool = False
    unpacked: UnpackedSong | None = None

    @property
    def song_name(self) -> str:
        """What to look for."""
        song = self.project.song
        return song.file_name if song else ""

    def give_up(self) -> None:
        """Let go of what was taken for it."""
        if self.lock is not None:
            self.lock.release()
        if self.unpacked is not None:
            self.unpacked.remove()


class ProjectOpener:
    """Opens projects in the background; what is open goes when the other is there. On the session's thread.

    `song_missing` is emitted with an opening whose song has to be located, or was found with another content: then
    `song` is that file. The answer is `locate` or `give_up`.
    """

    def __init__(self, session: "Session", keeper: ProjectKeeper, runner: JobRunner) -> None:
        self.song_missing: Event[[Opening]] = Event()
        self.job: Job | None = None
        self._session = session
        self._keeper = keeper
        self._runner = runner

    def open(self, path: Path) -> None:
        """Open a project's file."""
        path = path.absolute()
        if path == self._keeper.path:  # what was saved last, again
            self._session.close_song()
        try:
            lock = self._keeper.locks.take(path)
        except ProjectError as error:
            self._session.failed.emit(str(error))
            return
        self._start(f"Opening “{path.name}”", lock, lambda: Opening(read_project(path), path, lock=lock))

    def restore(self, item: Unsaved) -> None:
        """Open what was not saved when the program was killed."""
        lock = None
        if item.saved_as is not None:
            try:
                lock = self._keeper.locks.take(item.saved_as)
            except ProjectError as error:
                self._session.failed.emit(str(error))
                return
        self._start(f"Restoring “{item.title}”", lock, partial(_restored, item, lock))

    def unsaved(self) -> tuple[Unsaved, ...]:
        """What killed windows left, the newest first."""
        folder = self._keeper.recovery_folder
        return unsaved(folder) if folder is not None else ()

    def forget(self, item: Unsaved) -> None:
        """It is not wanted."""
        try:
            forget(item)
        except OSError as error:
            self._session.failed.emit(f"“{item.title}” cannot be deleted: {reason(error)}.")

    def locate(self, opening: Opening, song: Path, confirmed: bool = False) -> None:
        """Take this file for the song, if it is that one or the user is sure."""

        def look(side: WorkerSide) -> Opening:
            wanted = opening.project.song
            sure = confirmed or wanted is None or is_same(wanted, song, side.cancelled)
            return replace(opening, song=song, sure=sure, located=True)

        self._run(f"Looking at “{song.name}”", opening.lock, look)

    def give_up(self, opening: Opening) -> None:
        """Its song is not to be found."""
        opening.give_up()

    def _start(self, name: str, lock: ProjectLock | None, read: Callable[[], Opening]) -> None:
        def look(side: WorkerSide) -> Opening:
            opening = read()
            folder = opening.path.parent if opening.path else None
            found = find_song(opening.project, folder, side.cancelled)
            opening = replace(opening, song=found.path, sure=found.same)
            return opening if opening.sure or opening.project.bundle is None else _unpack(opening, side)

        self._run(name, lock, look)

    def _run(self, name: str, lock: ProjectLock | None, look: Callable[[WorkerSide], Opening]) -> None:
        if self.job is not None:
            self.job.cancel()
        arrived = False

        def done(opening: Opening) -> None:
            nonlocal arrived
            arrived = True
            if opening.song is not None and opening.sure:
                self._open_song(opening, opening.song)
            else:
                self.song_missing.emit(opening)

        def finished() -> None:
            if not arrived and lock is not None:
                lock.release()

        self.job = self._runner.start(
            name, look, done, self._session.failed.emit, discard=Opening.give_up, finished=finished
        )

    def _open_song(self, opening: Opening, path: Path) -> None:
        project, opened = opening.project, False

        def here() -> None:
            nonlocal opened
            opened = True
            self._adopt(opening)

        def finished() -> None:
            if not opened:
                opening.give_up()

        self._choose_separator(project.model)
        stems = partial(_load_stems, opening) if project.bundle is not None else None
        start = SongStart(
            project.document, project.view, project.position, project.speed, project.transpose_semitones, stems,
            here, finished,
        )  # fmt: skip
        self._session.open_song(path, start)

    def _choose_separator(self, name: str) -> None:
        """What is not separated yet shall be separated as it was."""
        separators = self._session.separators
        if name in ("", separators.name):
            return
        if name in separators.available():
            self._session.close_song()  # which is not to be separated anew
            separators.choose(name)
        else:
            self._session.message.emit(f"This project used the separator “{name}”, which is not here.")

    def _adopt(self, opening: Opening) -> None:
        project = opening.project
        inside = opening.unpacked is not None
        state = file_state(opening.path) if opening.path else None
        bundled = project.bundle is not None
        place = Place(opening.path, opening.lock, bundled, state, project.song if inside else None, opening.unpacked)
        as_saved = opening.unsaved is None and not opening.located and project.song is not None
        self._keeper.adopt(place, project.document if as_saved else None)
        if opening.unsaved is not None:
            with suppress(OSError):  # it is offered again
                forget(opening.unsaved)


def _restored(item: Unsaved, lock: ProjectLock | None) -> Opening:
    """Only the changes were kept: song and stems are in the project, if they were."""
    project = item.project
    if item.saved_as is not None:
        with suppress(ProjectError):
            project = replace(project, bundle=read_project(item.saved_as).bundle)
    return Opening(project, item.saved_as, item, lock)


def _unpack(opening: Opening, side: WorkerSide) -> Opening:
    from app.session.project_bundle import extract_song

    assert opening.path is not None
    assert opening.project.bundle is not None
    try:
        unpacked = UnpackedSong(cache_root() / "unpacked")
    except OSError as error:
        raise ProjectError(opening.path, f"its song cannot be unpacked: {reason(error)}") from None
    try:
        song = extract_song(opening.path, opening.project.bundle, unpacked.folder, side.cancelled)
    except BaseException:
        unpacked.remove()
        raise
    return replace(opening, song=song, sure=True, unpacked=unpacked)


def _load_stems(opening: Opening, song: "Song", side: WorkerSide) -> None:
    from app.session.project_bundle import load_stems

    assert opening.path is not None
    assert opening.project.bundle is not None
    load_stems(opening.path, opening.project.bundle, song, side.progress, side.cancelled)
