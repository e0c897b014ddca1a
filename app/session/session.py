"""The session: the open song, its document with undo, and the jobs around it.

Everything here is called, and every event is emitted, on one thread: the one that `post` brings calls to (the GUI's
in the window). Jobs compute on threads of their own and bring their outcomes back through `post`.
"""

import threading
from contextlib import suppress
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from app.errors import Cancelled, PartwiseError
from app.events import Event
from app.mixing.presets import EqualizerPresets, default_presets
from app.mixing.settings import MixSettings
from app.playback.player import Player
from app.session.activation_export import ActivationExport
from app.session.cache import CacheKeeper
from app.session.commands import Command, Practice, RecallSnapshot, ReplaceMix, practice_in_force
from app.session.document import SNAPSHOT_NAMES, Document, PracticeKind
from app.session.equalizers import Equalizers
from app.session.history import History
from app.session.jobs import Job, JobRunner, Post, WorkerSide
from app.session.models import ModelKeeper
from app.session.preferences import Preferences, save_preferences
from app.session.project import ProjectKeeper
from app.session.project_file import is_project
from app.session.project_opening import ProjectOpener
from app.session.queue import SeparationQueue
from app.session.queue_file import QueueFile
from app.session.separating import separate_missing
from app.session.separation_process import SeparationProcess, SeparatorDiedError
from app.session.separator_choice import SeparatorChoice
from app.session.song_jobs import SongJobs
from app.session.song_start import SongStart, song_with_stems
from app.session.song_tempo import SongTempo
from app.session.view_state import ViewState

if TYPE_CHECKING:
    from app.mixing.export import ExportRequest, ExportResult
    from app.song.song import Song
    from app.song.stem_cache import StemCache

_CLOSE_WAIT_S = 1.0


class Session:
    """Drives the player and the jobs; whoever shows it subscribes to its events.

    Events without arguments: `song_changed`, `document_changed` (anything that can be undone, and so the names of the
    steps), `mix_changed` (the desk: the mix, its snapshots, its pairs of equalizers), `tempo.changed`,
    `coverage_changed` (more of the song is separated), `jobs_changed` (a job started, moved on or ended),
    `preferences_changed`. With one: `failed` and `message` (a sentence), `exported` (the file or folder written).
    """

    def __init__(
        self,
        post: Post,
        player: Player,
        preferences: Preferences,
        *,
        separation_process: SeparationProcess | None = None,
        preferences_path: Path | None = None,
        presets: EqualizerPresets | None = None,
        cache: "StemCache | None" = None,
        play_on_open: bool = True,
        data_folder: Path | None = None,
    ) -> None:
        """Take over the player and the child process: `close` closes them.

        Args:
            post: brings a call to the session's thread; called from any thread.
            player: where songs are played.
            preferences: as they were loaded.
            separation_process: by default one with the preferred separator.
            preferences_path: where changed preferences are saved; None keeps them in memory.
            presets: of equalizers; by default those of the program and of the user's configuration folder.
            cache: of stems; None keeps none.
            play_on_open: whether a song plays as soon as it is decoded.
            data_folder: where unsaved changes are kept for after a crash; None keeps none.
        """
        self.song_changed: Event[[]] = Event()
        self.document_changed: Event[[]] = Event()
        self.mix_changed: Event[[]] = Event()
        self.coverage_changed: Event[[]] = Event()
        self.preferences_changed: Event[[]] = Event()
        self.failed: Event[[str]] = Event()
        self.message: Event[[str]] = Event()
        self.exported: Event[[Path]] = Event()
        self.song: Song | None = None
        self.history = History()
        self.view = ViewState()
        self.player = player
        self.preferences = preferences
        self.opening: Job | None = None
        self.separation: Job | None = None
        self.exporting: Job | None = None
        self._post = post
        self._runner = JobRunner(post)
        self.jobs_changed = self._runner.changed
        self._song_jobs = SongJobs(self._runner, self.failed.emit)
        self.equalizers = Equalizers(lambda: self.document, self._step, self.failed.emit, presets or default_presets())
        self.tempo = SongTempo(player, self._song_jobs, lambda: self.document, self.do)
        self.activations = ActivationExport(self, self._song_jobs)
        self.project = ProjectKeeper(self, self._song_jobs, data_folder)
        self.projects = ProjectOpener(self, self.project, self._runner)
        self.separators = SeparatorChoice(self, self._song_jobs, self._runner, separation_process, self._hand_on)
        self.models = ModelKeeper(self, self._runner)
        self.cache = CacheKeeper(cache, self, self._runner)
        self.queue = SeparationQueue(self, self._runner, lambda: self.separators.process, QueueFile(data_folder))
        self.separator_died = False
        self._preferences_path = preferences_path
        self._play_on_open = play_on_open
        self._warming = threading.Lock()
        self._warm = False
        player.failed.subscribe(lambda sentence: post(lambda: self.failed.emit(sentence)))

    def warm_up(self) -> None:
        """Load and start what the first song needs. Takes seconds; call it on a thread of its own, or let `open`."""
        with self._warming, suppress(Cancelled):  # the session was closed meanwhile
            if not self._warm:
                self.separators.process.start()
                self.player.warm_up()
                self._warm = True

    def close(self) -> None:
        """Cancel all jobs; close the player, the child process and the song. Takes a second at most. Idempotent."""
        self.project.close()
        self.queue.close()
        for job in (self.opening, self.separation, self.exporting, self.tempo.finding):
            if job is not None:
                job.cancel()
        self.player.close()
        self.models.close()
        self.separators.close()
        self._runner.wait(_CLOSE_WAIT_S)
        self._song_jobs.close_all()
        self.song = None
        self.cache.wait(_CLOSE_WAIT_S)

    # the song

    def open(self, path: Path) -> None:
        """Open a song or a project, after asking about changes that are not saved."""
        self.project.leave(partial(self.projects.open if is_project(path) else self.open_song, path))

    def open_song(self, path: Path, start: SongStart | None = None) -> None:
        """Decode a song in the background; when that is done it replaces the open one, plays, and is separated.

        With a `start` it is as that says, and waits.
        """
        if self.opening is not None:
            self.opening.cancel()

        def work(side: WorkerSide) -> "Song":
            if start is None or start.stems is None:
                song = self.cache.open_song(path, self.separators.process, side.progress, side.cancelled)
            else:
                song = song_with_stems(path, start.stems, side)
            try:
                self.warm_up()
            except BaseException:
                song.close()
                raise
            return song

        self.opening = self._runner.start(
            f"Opening “{path.name}”",
            work,
            lambda song: self._opened(song, start),
            self.failed.emit,
            discard=lambda song: song.close(),
            finished=start.finished if start else lambda: None,
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
        self.history, self.view = History(), self.view.whole()
        self.tempo.end()
        self._song_jobs.release()
        self._tell_of_another_song()

    def _opened(self, song: "Song", start: SongStart | None) -> None:
        self.close_song()
        self.song = song
        self._song_jobs.keep(song)
        if start is not None:
            self.history, self.view = History(start.document), start.view
        self.player.load(song, self.mix)
        self._tell_of_another_song()
        self.tempo.begin(song)
        if start is not None:
            self._hand_on(Document(mix=self.mix))
            self.player.seek(start.position)
            self.player.tempo, self.player.transpose_semitones = start.speed, start.transpose_semitones
            start.opened()
        else:
            self.set_preferences(self.preferences.with_recent(song.path.resolve()))
            if self._play_on_open:
                self.player.play()
        self.separate()

    def _tell_of_another_song(self) -> None:
        self.song_changed.emit()
        self.document_changed.emit()
        self.mix_changed.emit()

    # separation

    def separate(self, *, small_chunks: bool = False) -> None:
        """Separate what is missing, from the play position on. Nothing if that is under way or all is there.

        With `small_chunks` from now on in the smallest pieces, for a computer whose memory was not enough. After a
        failure `separator_died` says whether that may help.
        """
        song = self.song
        if song is None or (self.separation is not None and self.separation.running):
            return
        if song.coverage.covers(0, song.frames):
            return

        def position() -> int:
            return self.player.position if song is self.song else 0

        process = self.separators.process
        process.small_chunks |= small_chunks
        self.separator_died = False

        def work(side: WorkerSide) -> None:
            try:
                separate_missing(song, process, side, position=position, covered=lambda: self._covered(song))
            except SeparatorDiedError:
                self.separator_died = not process.small_chunks
                raise

        self.separation = self._song_jobs.start(song, f"Separating “{song.path.name}”", work, lambda result: None)

    def cancel_separation(self) -> None:
        """Stop after the chunk that is being computed; what is there stays."""
        if self.separation is not None:
            self.separation.cancel()

    def _covered(self, song: "Song") -> None:
        if song is self.song:
            self.coverage_changed.emit()

    # the document

    @property
    def document(self) -> Document:
        """All that can be undone."""
        return self.history.document

    @property
    def mix(self) -> MixSettings:
        """The mix that is heard."""
        return self.document.mix

    def do(self, command: Command) -> None:
        """Apply a command, undoable. Raises ValueError if it makes no sense."""
        before = self.document
        if self.history.do(command):
            self._hand_on(before, command.glide_s)

    def end_gesture(self) -> None:
        """A drag has ended: the next command is a step of its own."""
        self.history.end_gesture()

    def undo(self) -> None:
        """Take back the last step."""
        before = self.document
        command = self.history.undo()
        if command is not None:
            self._hand_on(before, command.glide_s)

    def redo(self) -> None:
        """Repeat the step that was taken back."""
        before = self.document
        command = self.history.redo()
        if command is not None:
            self._hand_on(before, command.glide_s)

    def recall_snapshot(self, index: int) -> None:
        """Cross-fade to a stored mix, 0 for A; says so if there is none."""
        if self.document.snapshots[index] is None:
            self.message.emit(f"Snapshot {SNAPSHOT_NAMES[index]} is empty: store a mix there first.")
        else:
            self._step(RecallSnapshot(index))

    def practice(self, kind: PracticeKind) -> None:
        """Hear a practice mix for my instrument; the one that is heard already gives way to the whole band."""
        strip = self.preferences.my_instrument
        again = practice_in_force(self.document, strip) == kind
        self._step(Practice("with" if again else kind, strip))

    def load_mix(self, path: Path) -> None:
        """Replace the mix by a saved one, undoable."""
        from app.mixing.mix_file import load_mix

        try:
            mix = load_mix(path)
        except PartwiseError as error:
            self.failed.emit(str(error))
        else:
            self._step(ReplaceMix(mix, f"Load mix “{path.name}”"))

    def save_mix(self, path: Path) -> None:
        """Save the mix; the file dialog has asked about overwriting."""
        from app.mixing.mix_file import save_mix

        try:
            save_mix(path, self.mix, self.song.title if self.song else "")
        except PartwiseError as error:
            self.failed.emit(str(error))
        else:
            self.message.emit(f"Saved the mix as “{path.name}”.")

    def _step(self, command: Command) -> None:
        """A step of its own, whatever drag is under way."""
        self.history.end_gesture()
        self.do(command)
        self.history.end_gesture()

    def go_to_step(self, count: int) -> None:
        """Undo or redo until that many steps are done. Raises ValueError if there are not that many."""
        before = self.document
        command = self.history.go_to(count)
        if command is not None:
            self._hand_on(before, command.glide_s)

    def _hand_on(self, before: Document, glide_s: float = 0.0) -> None:
        """Hand on what a command, or its undoing, has changed."""
        after = self.document
        if after.mix != before.mix and glide_s > 0.0:
            self.player.glide_to(after.mix, glide_s)
        elif after.mix != before.mix:
            self.player.mix = after.mix
        if after.edits != before.edits:
            self.player.edits = after.edits
        if after.loop != before.loop:
            self.player.loop = after.loop
        if after.tempo != before.tempo:
            self.tempo.update()
        self.document_changed.emit()
        unheard: dict[str, Any] = {"loop": None, "tempo": None, "edits": (), "markers": ()}
        if replace(after, **unheard) != replace(before, **unheard):
            self.mix_changed.emit()

    def export(self, request: "ExportRequest") -> Job | None:
        """Write what is heard, in the background, as the request says; its tempo is the song's if it has none.

        None if there is no song or an export runs.
        """
        song, mix, edits, tempo = self.song, self.mix, self.document.edits, self.tempo.current
        if song is None:
            return None
        if self.exporting is not None and self.exporting.running:
            self.failed.emit("An export is under way, wait for it or cancel it.")
            return None
        if request.tempo_bpm is None and tempo is not None:
            request = replace(request, tempo_bpm=tempo.bpm)

        def work(side: WorkerSide) -> "ExportResult":
            from app.mixing.export import export

            return export(song, mix, request, edits=edits, progress=side.progress, cancelled=side.cancelled)

        def done(result: "ExportResult") -> None:
            written = result.paths[0] if request.what == "remix" else request.target
            self.exported.emit(written)
            advice = ": turn the master down, or have the export limited" if result.clipped_samples else ""
            self.message.emit(f"Exported “{written.name}” ({result.sentence}{advice}).")

        self.exporting = self._song_jobs.start(song, f"Exporting “{request.target.name}”", work, done)
        return self.exporting

    # preferences

    def set_preferences(self, preferences: Preferences) -> None:
        """Change and save the preferences; a changed output is used at once."""
        old, self.preferences = self.preferences, preferences
        if preferences.output != old.output:
            self.player.set_output(preferences.output)
        if preferences == old:
            return
        if self._preferences_path is not None:
            try:
                save_preferences(preferences, self._preferences_path)
            except OSError as error:
                self.failed.emit(f"The preferences cannot be saved: {error.strerror or error}.")
        self.preferences_changed.emit()
