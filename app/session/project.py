"""The project that is open: where it is saved, and what of it is not."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from app.errors import AudioFileError, ProjectError
from app.events import Event
from app.session.autosave import Autosave
from app.session.document import Document
from app.session.jobs import Job, WorkerSide
from app.session.project_file import Project, SongReference, reference, with_suffix, write_project
from app.session.project_lock import ProjectLock, ProjectLocks
from app.song.content_hash import content_hash

if TYPE_CHECKING:
    from app.session.session import Session
    from app.session.song_jobs import SongJobs
    from app.session.unpacked_song import UnpackedSong
    from app.song.song import Song

Leave = Callable[[], None]
FileState = tuple[int, int, int]


def nothing() -> None:
    """For those who do not wait."""


@dataclass(frozen=True)
class Place:
    """Where the open document is saved.

    Attributes:
        path: the project's file; None if it is not saved yet.
        lock: keeps other windows from it.
        bundled: whether the song and its stems are inside.
        state: of the file as it was read or written, to notice when another program writes it.
        song: what the file says of a song that lies nowhere but in it.
        unpacked: where that song is.
    """

    path: Path | None = None
    lock: ProjectLock | None = None
    bundled: bool = False
    state: FileState | None = None
    song: SongReference | None = None
    unpacked: "UnpackedSong | None" = field(default=None, compare=False)


class ProjectKeeper:
    """Saves the open document, and keeps what is not saved. To be used on the session's thread.

    `changed` is emitted when `name` or `modified` is another. `ask` is set by the window: it asks whether
    to save, and calls what it is given if the user wants to go on; without it nobody is asked.
    """

    def __init__(self, session: "Session", jobs: "SongJobs", folder: Path | None) -> None:
        """`folder` is where unsaved changes and locks are kept, made if need be; None keeps none."""
        self.changed: Event[[]] = Event()
        self.ask: Callable[[Leave], None] | None = None
        self.saving: Job | None = None
        self.folder = folder
        self.locks = ProjectLocks(folder / "locks" if folder else None)
        self._session = session
        self._jobs = jobs
        self._place = Place()
        self._saved: Document | None = Document()
        self._autosave = Autosave(self.recovery_folder)
        self._told_error: str | None = None
        self._told = ("", False)
        self._song_state: FileState | None = None
        session.song_changed.subscribe(self._begin_anew)
        session.document_changed.subscribe(self._tell)

    @property
    def recovery_folder(self) -> Path | None:
        """Where unsaved changes are kept."""
        return self.folder / "recovery" if self.folder else None

    @property
    def path(self) -> Path | None:
        """Where it is saved; None as long as it is not."""
        return self._place.path

    @property
    def bundled(self) -> bool:
        """Whether the song and its stems are inside the file."""
        return self._place.bundled

    @property
    def modified(self) -> bool:
        """Whether there is something to save."""
        return self._session.song is not None and self._session.document != self._saved

    @property
    def name(self) -> str:
        """What it is called, empty without a song."""
        song = self._session.song
        if song is None:
            return ""
        return self.path.stem if self.path is not None else song.title

    def leave(self, go: Leave) -> None:
        """Call that, after asking what shall become of changes that are not saved."""
        if self.modified and self.ask is not None:
            self.ask(go)
        else:
            go()

    def discard(self) -> None:
        """What is not saved is not wanted."""
        self._saved = self._session.document
        self._autosave.remove()
        self._tell()

    # saving

    def save(self, then: Leave = nothing) -> None:
        """Save where it was saved before, `path`; then call that, unless it fails, which is told."""
        if self.path is not None:
            self.save_as(self.path, then)

    def save_as(self, path: Path, then: Leave = nothing) -> None:
        """Save as this file, replacing it, and go on with it; see `save`. What has the stems inside keeps them."""
        song = self._session.song
        if song is None:
            return
        path = with_suffix(path).absolute()
        project = self.snapshot(path)

        def saved(result: None) -> None:
            if self._session.song is not None and self._session.song.path == song.path:
                self._settle(path, project.document)
                self._session.message.emit(f"Saved “{path.name}”.")
                then()

        try:
            self._check_free(path)
            if self.bundled:
                self._write_bundle(path, project, song, saved)
                return
            write_project(path, project)
        except ProjectError as error:
            self._session.failed.emit(str(error))
        else:
            saved(None)

    def export_bundle(self, path: Path) -> None:
        """Write a self-contained copy; what is open stays what it is."""
        song, path = self._session.song, with_suffix(path).absolute()
        if song is None:
            return
        told = partial(self._session.message.emit, f"Saved “{path.name}” with its song and stems.")
        try:
            self._check_free(path)
        except ProjectError as error:
            self._session.failed.emit(str(error))
        else:
            self._write_bundle(path, self.snapshot(path), song, lambda result: told())

    def snapshot(self, path: Path | None = None) -> Project:
        """All that there is to save, for a project at that path."""
        song, session = self._session.song, self._session
        if song is None:
            return Project(document=session.document, view=session.view)
        described = self._place.song
        if described is None:
            absolute, relative = reference(song.path, path.parent if path else None)
            described = SongReference(absolute, relative, self._hash(song), song.title, song.rate, song.frames)
        player, model = session.player, session.separators.name
        return Project(
            described,
            session.document,
            session.view,
            player.position,
            model,
            speed=player.tempo,
            transpose_semitones=player.transpose_semitones,
        )

    def _write_bundle(self, path: Path, project: Project, song: "Song", done: Callable[[None], None]) -> None:
        def work(side: WorkerSide) -> None:
            from app.session.project_bundle import write_bundle

            write_bundle(path, project, song, side.progress, side.cancelled)

        if self.saving is not None and self.saving.running:
            self._session.failed.emit("A project is being saved, wait for it or cancel it.")
        else:
            self.saving = self._jobs.start(song, f"Saving “{path.name}”", work, done)

    def _check_free(self, path: Path) -> None:
        """Raises ProjectError if another window has it open, or another program has written it since."""
        if path != self.path:
            if (lock := self.locks.take(path, "save")) is not None:
                lock.release()
        elif (state := file_state(path)) is not None and state != self._place.state:
            raise ProjectError(path, "another program has changed it meanwhile; save under another name", "save")

    def _settle(self, path: Path, document: Document) -> None:
        """What was written there is what is saved now."""
        old = self._place
        lock = old.lock
        if path != old.path:
            lock = None
            with suppress(ProjectError):  # another window was faster since it was looked at
                lock = self.locks.take(path, "save")
            if old.lock is not None:
                old.lock.release()
        self._place = Place(path, lock, old.bundled, file_state(path), old.song, old.unpacked)
        self._saved = document
        self._autosave.remove()
        self._session.set_preferences(self._session.preferences.with_recent(path))
        self._tell()

    def _tell(self) -> None:
        """Emit `changed` if it is."""
        now = (self.name, self.modified)
        if now != self._told:
            self._told = now
            self.changed.emit()

    # what is not saved

    def tick(self) -> None:
        """To be called every few seconds: keeps what has changed, for after a kill."""
        if not self.modified:
            self._autosave.remove()
            return
        self._autosave.keep(self.snapshot(self.path), self.path)
        if self._autosave.error != self._told_error:
            self._told_error = self._autosave.error
            if self._told_error is not None:
                self._session.failed.emit(f"Changes cannot be kept for after a crash, save often: {self._told_error}.")

    def close(self) -> None:
        """The program ends. Changes that nobody discarded are offered at its next start."""
        if self.modified:
            self._autosave.keep_now(self.snapshot(self.path), self.path)
            self._autosave.let_go()
        else:
            self._autosave.remove()
        self._leave_place()

    def _hash(self, song: "Song") -> str:
        """Of the song's file as it was opened; empty if nobody looked then and it is gone or another now."""
        if song.content_hash is None and file_state(song.path) == self._song_state:
            with suppress(AudioFileError):
                song.content_hash = content_hash(song.path)
        return song.content_hash or ""

    # what is opened

    def adopt(self, place: Place, saved: Document | None) -> None:
        """The open song belongs to that project, of which this is saved: None for less than there is."""
        self._leave_place()
        self._place, self._saved = place, saved
        if self.modified:
            self._autosave.keep_now(self.snapshot(self.path), self.path)
        if place.path is not None:
            self._session.set_preferences(self._session.preferences.with_recent(place.path))
        self._tell()

    def _begin_anew(self) -> None:
        """Another song, or none: it is not saved."""
        self._autosave.remove()
        self._leave_place()
        self._saved = Document()
        song = self._session.song
        self._song_state = file_state(song.path) if song is not None else None
        self._tell()

    def _leave_place(self) -> None:
        old, self._place = self._place, Place()
        if old.lock is not None:
            old.lock.release()
        if old.unpacked is not None:
            old.unpacked.remove()


def file_state(path: Path) -> FileState | None:
    """Which file it is, how large, and when it was written; None if it is not there."""
    try:
        state = path.stat()
    except (OSError, ValueError):
        return None
    return state.st_ino, state.st_size, state.st_mtime_ns
