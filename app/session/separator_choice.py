"""Which separator the open song is heard through, and another one to compare it with.

Each of the two has a song of its own, with the same mix and other stems, and a process of its own that fills them. What
is heard changes by handing the player the other song at the same frame: it fades out and in there.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Final

from app.events import Event
from app.session.default_separator import default_separator
from app.session.document import Document
from app.session.separating import separate_missing
from app.session.separation_process import SeparationProcess
from models.manager.catalogue import load_catalogue
from models.registry import ModelError, list_models

if TYPE_CHECKING:
    from app.session.jobs import Job, JobRunner, WorkerSide
    from app.session.session import Session
    from app.session.song_jobs import SongJobs
    from app.song.song import Song

_HEARD_AHEAD_S: Final = 2.0
"""So much from the play position on must be separated before the sound changes."""


@dataclass
class Take:
    """The open song by one separator. `separation` is the job that fills its stems, None if none was needed."""

    process: SeparationProcess
    song: "Song"
    separation: "Job | None" = None

    @property
    def name(self) -> str:
        """The separator's."""
        return self.process.model


class SeparatorChoice:
    """Changes the separator of the open song and compares two. To be used on the session's thread.

    Attributes:
        changed: emitted when another separator is heard, chosen, prepared, or there to compare with.
        heard: emitted when `session.song` is another object, of the same song: its stems and activations are others.
        process: separates the song that is heard, and new ones.
        other: what can be heard instead, None for nothing yet.
        preparing: the name of the separator that will be heard as soon as its stems of this passage are there.
        opening: the job that makes its song, while it does.
        make_process: makes the process of a separator.
    """

    def __init__(
        self,
        session: "Session",
        jobs: "SongJobs",
        runner: "JobRunner",
        process: SeparationProcess | None,
        hand_on: Callable[[Document], None],
        make_process: Callable[[str], SeparationProcess] = SeparationProcess,
    ) -> None:
        """`process` None for the preferred separator's; `hand_on` tells the player what differs from a document."""
        self.changed: Event[[]] = Event()
        self.heard: Event[[]] = Event()
        self.process = process or make_process(default_separator(session.preferences))
        self.make_process = make_process
        self.other: Take | None = None
        self.preparing: str | None = None
        self.opening: Job | None = None
        self._session, self._jobs, self._runner, self._hand_on = session, jobs, runner, hand_on
        self._last_name: str | None = None
        session.song_changed.subscribe(self.end_comparison)

    @property
    def name(self) -> str:
        """The separator that is heard."""
        return self.process.model

    def available(self) -> tuple[str, ...]:
        """The separators that are here, the best first."""
        here = {model.name for model in list_models() if model.ready} | {self.name}
        ranked = [name for name in self._titles if name in here]
        return (*ranked, *sorted(here - set(ranked)))

    def title(self, name: str) -> str:
        """What a separator is called for people."""
        return self._titles.get(name, name)

    @cached_property
    def _titles(self) -> dict[str, str]:
        """Of the separators of the catalogue, the best first."""
        try:
            return {entry.name: entry.title for entry in load_catalogue().entries}
        except ModelError:
            return {}

    @property
    def other_name(self) -> str | None:
        """Which separator `hear_other` would bring, None if there is only one here."""
        if self.other is not None:
            return self.other.name
        names = [name for name in self.available() if name != self.name]
        return self._last_name if self._last_name in names else next(iter(names), None)

    def choose(self, name: str) -> None:
        """Hear the song through that separator, as soon as its stems of the passage that plays are there.

        The one that was heard stays to compare with. Without a song, the next one is separated by it.
        """
        if name == self.name:
            if self.preparing is not None:
                self.end_comparison()
        elif self._session.song is None:
            self.process.close()
            self.process = self.make_process(name)
            self.changed.emit()
        elif self.other is not None and self.other.name == name:
            self.preparing = name
            self._hear_if_there()
        elif self.preparing != name:
            self._prepare(name)

    def hear_other(self) -> None:
        """Change between the two; with only one so far, the best other one is prepared first."""
        name = self.other_name
        if self._session.song is None:
            return
        if name is None:
            self._session.message.emit("There is no other separator here yet; get one under Tools > Models.")
        else:
            self.choose(name)

    def end_comparison(self) -> None:
        """Let go of the separator that is not heard."""
        if self.opening is not None:
            self.opening.cancel()
        other, self.other, self.preparing, self.opening = self.other, None, None, None
        if other is not None:
            self._let_go(other)
        self.changed.emit()

    def close(self) -> None:
        """The program ends."""
        for job in (self.opening, self.other.separation if self.other else None):
            if job is not None:
                job.cancel()
        if self.other is not None:
            self.other.process.close()
        self.process.close()

    def _prepare(self, name: str) -> None:
        song = self._session.song
        assert song is not None
        self.end_comparison()
        process = self.make_process(name)
        process.small_chunks = self.process.small_chunks
        self.preparing = name

        def work(side: "WorkerSide") -> "Song":
            return self._session.cache.open_song(song.path, process, side.progress, side.cancelled)

        def opened(other: "Song") -> None:
            if song is not self._session.song or self.preparing != name:
                discard(other)
                return
            self.opening = None
            if (other.frames, other.rate) != (song.frames, song.rate):
                discard(other)
                self.preparing = None
                self._session.failed.emit(f"“{song.path.name}” has changed since it was opened; open it again.")
                return
            self._jobs.keep(other)
            self.other = Take(process, other)
            self._separate(self.other)
            self._hear_if_there()

        def failed(sentence: str) -> None:
            self._give_up(process, sentence)

        def discard(other: "Song") -> None:
            other.close()
            process.close()

        self.opening = self._runner.start(
            f"Opening “{song.path.name}” for {self.title(name)}",
            work,
            opened,
            failed,
            discard=discard,
        )
        self.changed.emit()

    def _separate(self, take: Take) -> None:
        """Fill the stems of the other take, from the passage that plays on."""
        player, song = self._session.player, take.song

        def covered() -> None:
            if self.other is take:
                self._hear_if_there()
            elif self._session.song is song:
                self._session.coverage_changed.emit()

        def work(side: "WorkerSide") -> None:
            separate_missing(song, take.process, side, position=lambda: player.position, covered=covered)

        def failed(sentence: str) -> None:
            if self._session.song is song:
                self._session.failed.emit(sentence)
            elif self.other is take:
                self._give_up(None, sentence)

        name = f"Separating “{song.path.name}” with {self.title(take.name)}"
        take.separation = self._jobs.start(song, name, work, lambda result: self._hear_if_there(), failed)

    def _give_up(self, process: SeparationProcess | None, sentence: str) -> None:
        """The other separator does not work; the one that is heard goes on."""
        if process is not None:
            process.close()
        self.end_comparison()
        self._session.failed.emit(sentence)

    def _hear_if_there(self) -> None:
        """Change over if that is wanted and what plays now is there."""
        take, player = self.other, self._session.player
        if take is None or self.preparing != take.name:
            self.changed.emit()
            return
        here = min(player.position, take.song.frames - 1)
        stop = min(take.song.frames, here + round(_HEARD_AHEAD_S * take.song.rate))
        if take.song.coverage.covers(here, stop):
            self._exchange(take)
        self.changed.emit()

    def _exchange(self, take: Take) -> None:
        """Play the other song from where this one is; the document and what is not saved stay."""
        session, player = self._session, self._session.player
        assert session.song is not None
        self.other = Take(self.process, session.song, session.separation)
        self._last_name = self.process.model
        self.process, self.preparing = take.process, None
        playing, position = player.playing, player.position
        session.song, session.separation = take.song, take.separation
        player.load(take.song, session.mix)
        self._hand_on(Document(mix=session.mix))
        player.seek(position)
        if playing:
            before, count_in = player.pre_roll_s, player.count_in
            player.pre_roll_s, player.count_in = 0.0, False  # it is no new start
            player.play()
            player.pre_roll_s, player.count_in = before, count_in
        self.heard.emit()
        session.coverage_changed.emit()
        session.jobs_changed.emit()

    def _let_go(self, take: Take) -> None:
        if take.separation is not None:
            take.separation.cancel()
        self._jobs.let_go(take.song)
        take.process.close()
