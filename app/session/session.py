"""The session: the open song, its mix with undo, and the jobs around it.

Everything here is called, and every event is emitted, on one thread: the one that `post` brings calls to (the GUI's
in the window). Jobs compute on threads of their own and bring their outcomes back through `post`.
"""

import threading
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from app.errors import Cancelled, PartwiseError
from app.events import Event
from app.mixing.settings import MixSettings
from app.playback.player import Player
from app.session.commands import Command, ReplaceMix
from app.session.history import History
from app.session.jobs import Job, JobRunner, Post, WorkerSide
from app.session.preferences import Preferences, save_preferences
from app.session.separation_process import SeparationProcess

if TYPE_CHECKING:
    from app.audio.encode import EncodeSettings
    from app.mixing.export import ExportResult
    from app.song.song import Song

T = TypeVar("T")

_CLOSE_WAIT_S = 1.0


class Session:
    """Drives the player and the jobs; whoever shows it subscribes to its events.

    Events without arguments: `song_changed`, `mix_changed`, `coverage_changed` (more of the song is separated),
    `jobs_changed` (a job started, moved on or ended). With one: `failed` and `message` (a sentence for the user),
    `exported` (the file or folder that was written).
    """

    def __init__(
        self,
        post: Post,
        player: Player,
        preferences: Preferences,
        *,
        separation_process: SeparationProcess | None = None,
        preferences_path: Path | None = None,
        play_on_open: bool = True,
    ) -> None:
        """Take over the player and the child process: `close` closes them.

        Args:
            post: brings a call to the session's thread; called from any thread.
            player: where songs are played.
            preferences: as they were loaded.
            separation_process: by default one with the default model.
            preferences_path: where changed preferences are saved; None keeps them in memory.
            play_on_open: whether a song plays as soon as it is decoded.
        """
        self.song_changed: Event[[]] = Event()
        self.mix_changed: Event[[]] = Event()
        self.coverage_changed: Event[[]] = Event()
        self.failed: Event[[str]] = Event()
        self.message: Event[[str]] = Event()
        self.exported: Event[[Path]] = Event()
        self.song: Song | None = None
        self.history = History()
        self.player = player
        self.preferences = preferences
        self.opening: Job | None = None
        self.separation: Job | None = None
        self.exporting: Job | None = None
        self._post = post
        self._runner = JobRunner(post)
        self.jobs_changed = self._runner.changed
        self._separation_process = separation_process or SeparationProcess()
        self._preferences_path = preferences_path
        self._play_on_open = play_on_open
        self._used_by_jobs: list[Song] = []
        self._warming = threading.Lock()
        self._warm = False
        player.failed.subscribe(lambda sentence: post(lambda: self.failed.emit(sentence)))

    def warm_up(self) -> None:
        """Load and start what the first song needs. Takes seconds; call it on a thread of its own, or let `open`."""
        with self._warming, suppress(Cancelled):  # the session was closed meanwhile
            if not self._warm:
                self._separation_process.start()
                self.player.warm_up()
                self._warm = True

    def close(self) -> None:
        """Cancel all jobs; close the player, the child process and the song. Takes a second at most. Idempotent."""
        for job in (self.opening, self.separation, self.exporting):
            if job is not None:
                job.cancel()
        self.player.close()
        self._separation_process.close()
        self._runner.wait(_CLOSE_WAIT_S)
        for song in {*self._used_by_jobs, *([self.song] if self.song else [])}:
            song.close()
        self.song = None

    # the song

    def open(self, path: Path) -> None:
        """Decode a song in the background; when that is done it replaces the open one, plays, and is separated."""
        if self.opening is not None:
            self.opening.cancel()

        def work(side: WorkerSide) -> "Song":
            from app.song.song import open_song

            song = open_song(path, progress=side.progress, cancelled=side.cancelled)
            try:
                self.warm_up()
            except BaseException:
                song.close()
                raise
            return song

        self.opening = self._runner.start(
            f"Opening “{path.name}”", work, self._opened, self.failed.emit, discard=lambda song: song.close()
        )

    def close_song(self) -> None:
        """Let go of the song; an export of it is finished first, its separation is given up."""
        song = self.song
        if song is None:
            return
        self.player.unload()
        if self.separation is not None:
            self.separation.cancel()
        self.song = self.separation = None
        self.history = History()
        self._close_if_unused(song)
        self.song_changed.emit()
        self.mix_changed.emit()

    def _opened(self, song: "Song") -> None:
        self.close_song()
        self.song = song
        self.player.load(song, self.history.mix)
        self.set_preferences(self.preferences.with_recent(song.path.resolve()))
        self.song_changed.emit()
        self.mix_changed.emit()
        if self._play_on_open:
            self.player.play()
        self.separate()

    # separation

    def separate(self) -> None:
        """Separate what is missing, from the play position on. Nothing if that is under way or all is there."""
        song = self.song
        if song is None or (self.separation is not None and self.separation.running):
            return
        if song.coverage.covers(0, song.frames):
            return

        def position() -> int:
            return self.player.position if song is self.song else 0

        def work(side: WorkerSide) -> None:
            side.begin_at(song.coverage.fraction(song.frames))
            with closing(self._separation_process.separate(song, position, side.cancelled)) as spans:
                for span in spans:
                    song.add_span(span.start, None, span.first_activation, span.activations, stop=span.stop)
                    side.progress(song.coverage.fraction(song.frames))
                    side.post(lambda: self._covered(song))

        self.separation = self._start_with(song, f"Separating “{song.path.name}”", work, lambda result: None)

    def cancel_separation(self) -> None:
        """Stop after the chunk that is being computed; what is there stays."""
        if self.separation is not None:
            self.separation.cancel()

    def _covered(self, song: "Song") -> None:
        if song is self.song:
            self.coverage_changed.emit()

    # the mix

    @property
    def mix(self) -> MixSettings:
        """The mix that is heard."""
        return self.history.mix

    def do(self, command: Command) -> None:
        """Apply a command, undoable. Raises ValueError if it makes no sense."""
        if self.history.do(command):
            self._mix_changed()

    def end_gesture(self) -> None:
        """A drag has ended: the next command is a step of its own."""
        self.history.end_gesture()

    def undo(self) -> None:
        """Take back the last step."""
        if self.history.undo():
            self._mix_changed()

    def redo(self) -> None:
        """Repeat the step that was taken back."""
        if self.history.redo():
            self._mix_changed()

    def load_mix(self, path: Path) -> None:
        """Replace the mix by a saved one, undoable."""
        from app.mixing.mix_file import load_mix

        try:
            mix = load_mix(path)
        except PartwiseError as error:
            self.failed.emit(str(error))
        else:
            self.do(ReplaceMix(mix, f"Load mix “{path.name}”"))

    def save_mix(self, path: Path) -> None:
        """Save the mix; the file dialog has asked about overwriting."""
        from app.mixing.mix_file import save_mix

        try:
            save_mix(path, self.mix, self.song.title if self.song else "")
        except PartwiseError as error:
            self.failed.emit(str(error))
        else:
            self.message.emit(f"Saved the mix as “{path.name}”.")

    def _mix_changed(self) -> None:
        self.player.mix = self.mix
        self.mix_changed.emit()

    # export

    def export_remix(self, path: Path, encode: "EncodeSettings", overwrite: bool = False) -> Job | None:
        """Write what is heard now, as it is heard, in the background. None if there is no song or an export runs."""
        song, mix = self.song, self.mix

        def work(side: WorkerSide) -> "ExportResult":
            from app.mixing.export import export_remix

            assert song is not None
            return export_remix(
                song, mix, path, encode, overwrite=overwrite, progress=side.progress, cancelled=side.cancelled
            )

        return self._export(song, path, work)

    def export_stems(self, folder: Path, encode: "EncodeSettings", overwrite: bool = False) -> Job | None:
        """Write the seven stems into a folder, in the background. None if there is no song or an export runs."""
        song, mix = self.song, self.mix

        def work(side: WorkerSide) -> "ExportResult":
            from app.mixing.export import export_stems

            assert song is not None
            return export_stems(
                song,
                mix,
                folder,
                encode,
                overwrite=overwrite,
                progress=side.progress,
                cancelled=side.cancelled,
            )

        return self._export(song, folder, work)

    def _export(self, song: "Song | None", target: Path, work: "Callable[[WorkerSide], ExportResult]") -> Job | None:
        if song is None:
            return None
        if self.exporting is not None and self.exporting.running:
            self.failed.emit("An export is under way, wait for it or cancel it.")
            return None

        def done(result: "ExportResult") -> None:
            self.exported.emit(target)
            clipped = result.clipped_samples
            note = f" {clipped} samples were clipped, turn the master down." if clipped else ""
            self.message.emit(f"Exported “{target.name}”, peak {result.peak_dbfs:.1f} dBFS.{note}")

        self.exporting = self._start_with(song, f"Exporting “{target.name}”", work, done)
        return self.exporting

    # preferences and jobs

    def set_preferences(self, preferences: Preferences) -> None:
        """Change and save the preferences; a changed output is used at once."""
        old, self.preferences = self.preferences, preferences
        if preferences.output != old.output:
            self.player.set_output(preferences.output)
        if self._preferences_path is not None and preferences != old:
            try:
                save_preferences(preferences, self._preferences_path)
            except OSError as error:
                self.failed.emit(f"The preferences cannot be saved: {error.strerror or error}.")

    def _start_with(self, song: "Song", name: str, work: Callable[[WorkerSide], T], done: Callable[[T], None]) -> Job:
        """Start a job that keeps the song open until its outcome."""
        self._used_by_jobs.append(song)

        def finished() -> None:
            self._used_by_jobs.remove(song)
            self._close_if_unused(song)

        return self._runner.start(name, work, done, self.failed.emit, finished=finished)

    def _close_if_unused(self, song: "Song") -> None:
        if song is not self.song and not any(used is song for used in self._used_by_jobs):
            song.close()
