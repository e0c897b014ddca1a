"""The models on this computer, for the window: each thing that takes time is a job of its own."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from app.errors import Cancelled, PartwiseError
from app.events import Event
from app.session.default_separator import Suggestion, suggestion
from app.session.model_speed import load_speeds, measure_speed
from models.manager.catalogue import CatalogueEntry
from models.manager.quality import Quality, measured_quality
from models.registry import ModelError

if TYPE_CHECKING:
    from app.session.jobs import Job, JobRunner, WorkerSide
    from app.session.session import Session
    from models.manager.download import Progress
    from models.manager.library import Library, State

Measure = Callable[..., float]


@dataclass(frozen=True)
class ModelRow:
    """What is shown of a model.

    Attributes:
        entry: what is known of it.
        state: whether it is here.
        lacking: why it could not be run, as a sentence; empty if it could.
        speed: its time as a share of a song's length on this computer; None if that was not measured.
        quality: our own figures, a row for each dataset.
        job: what is being done with it, or was done last.
        progress: of its download, while there is one.
        fetched_bytes: how much of an unfinished download is there.
        heard: whether the open song is heard through it. preferred: whether new songs are to be.
    """

    entry: CatalogueEntry
    state: "State"
    lacking: str = ""
    speed: float | None = None
    quality: tuple[Quality, ...] = ()
    job: "Job | None" = None
    progress: "Progress | None" = None
    fetched_bytes: int = 0
    heard: bool = False
    preferred: bool = False

    @property
    def here(self) -> bool:
        """Whether it can be used."""
        return self.state in ("shipped", "installed") and not self.lacking

    @property
    def busy(self) -> bool:
        """Whether something is being done with it."""
        return self.job is not None and self.job.running


class ModelKeeper:
    """Gets, imports, verifies, removes and times models. To be used on the session's thread.

    Attributes:
        changed: emitted when a model came, went or moved on.
        ask: emitted with a sentence and what to call if the user agrees: files of unknown origin are not installed
            without.
    """

    def __init__(
        self,
        session: "Session",
        runner: "JobRunner",
        library: "Library | None" = None,
        measure: Measure = measure_speed,
    ) -> None:
        """`library` None for the user's; `measure` times a separator."""
        self.changed: Event[[]] = Event()
        self.ask: Event[[str, Callable[[], None]]] = Event()
        self._session, self._runner = session, runner
        self._library = library
        self._measure = measure
        self._jobs: dict[str, Job] = {}
        self._progress: dict[str, Progress] = {}
        runner.changed.subscribe(self._tell_of_progress)
        session.separators.changed.subscribe(self.changed.emit)
        session.preferences_changed.subscribe(self.changed.emit)

    @property
    def library(self) -> "Library":
        """What is here and what could be; made when it is first wanted. Raises ModelError if its data is broken."""
        if self._library is None:
            from models.manager.library import Library  # deferred: it loads what the net needs

            self._library = Library()
        return self._library

    def rows(self) -> tuple[ModelRow, ...]:
        """All models, the best first."""
        library, speeds, figures = self.library, load_speeds(self.library.root), measured_quality()
        return tuple(self._row(library, entry, speeds, figures) for entry in library.catalogue.entries)

    def suggestion(self) -> Suggestion | None:
        """What another separator would bring than the one that is heard."""
        return suggestion(self.library, self._session.separators.name)

    def cancel(self, name: str) -> None:
        """Stop what is being done with a model; what has come of a download stays until `abandon`."""
        if (job := self._jobs.get(name)) is not None:
            job.cancel()

    def close(self) -> None:
        """The program ends."""
        for job in self._jobs.values():
            job.cancel()

    def get(self, name: str, *, agreed: bool = False) -> None:
        """Download a model."""
        entry = self.library.catalogue.find(name)

        def work(side: "WorkerSide") -> None:
            def show(progress: "Progress") -> None:
                self._progress[name] = progress
                side.progress(progress.fraction)

            self.library.get(name, show, side.cancelled, accept_unverified=agreed)

        self._start(
            name, f"Getting {entry.title}", work, f"{entry.title} is installed.", lambda: self._get_agreed(name)
        )

    def import_files(self, name: str, paths: Sequence[Path], *, agreed: bool = False) -> None:
        """Install a model from files that were downloaded elsewhere."""
        entry = self.library.catalogue.find(name)

        def work(side: "WorkerSide") -> None:
            self.library.import_files(name, paths, accept_unverified=agreed)

        def again() -> None:
            self.import_files(name, paths, agreed=True)

        self._start(name, f"Importing {entry.title}", work, f"{entry.title} is installed.", again)

    def verify(self, name: str) -> None:
        """Compute the hashes of a model's files anew."""
        title = self.library.catalogue.find(name).title

        def work(side: "WorkerSide") -> str:
            checked = self.library.verify(name).checked
            return f"{title}: its hashes are right." if checked else f"{title} can be read; no hash of it is kept."

        self._start(name, f"Verifying {title}", work, "")

    def remove(self, name: str) -> None:
        """Delete a downloaded model. What is heard or being prepared through it is not."""
        entry = self.library.catalogue.find(name)
        users = [
            other.title
            for other in self.library.catalogue.entries
            if other.name in self._in_use() and name in (other.name, *other.needs)
        ]
        if users:
            self._session.failed.emit(f"{entry.title} is in use for the open song; choose another separator first.")
            return

        def work(side: "WorkerSide") -> None:
            self.library.remove(name)

        self._start(name, f"Removing {entry.title}", work, f"{entry.title} is removed.")

    def abandon(self, name: str) -> None:
        """Delete what has come of an unfinished download."""
        self.library.abandon(name)
        self.changed.emit()

    def measure(self, name: str) -> None:
        """Find out how fast a model is on this computer."""
        title = self.library.catalogue.find(name).title

        def work(side: "WorkerSide") -> str:
            share = self._measure(name, side.progress, side.cancelled, root=self.library.root)
            return f"{title} takes {100 * share:.0f} % of a song’s length on this computer."

        self._start(name, f"Timing {title}", work, "")

    def prefer(self, name: str | None) -> None:
        """Separate new songs with that one from now on; None for the best that is here."""
        self._session.set_preferences(replace(self._session.preferences, separator=name))
        if name is not None and self._session.song is None:
            self._session.separators.choose(name)

    def _get_agreed(self, name: str) -> None:
        self.get(name, agreed=True)

    def _in_use(self) -> set[str]:
        choice = self._session.separators
        return {
            choice.name,
            *([choice.other.name] if choice.other else []),
            *([choice.preparing] if choice.preparing else []),
        }

    def _row(
        self,
        library: "Library",
        entry: CatalogueEntry,
        speeds: dict[str, float],
        figures: dict[str, tuple[Quality, ...]],
    ) -> ModelRow:
        job, name = self._jobs.get(entry.name), entry.name
        return ModelRow(
            entry,
            library.state(name),
            library.runnable(entry),
            speeds.get(name),
            figures.get(name, ()),
            job,
            self._progress.get(name) if job is not None and job.running else None,
            library.fetched_bytes(name),
            name == self._session.separators.name,
            name == self._session.preferences.separator,
        )

    def _start(
        self,
        name: str,
        title: str,
        work: "Callable[[WorkerSide], str | None]",
        done: str,
        agreed: Callable[[], None] | None = None,
    ) -> None:
        """Start a job with a model, one at a time for each. `agreed` goes on with files of unknown origin."""
        if (running := self._running(name)) is not None:
            self._session.failed.emit(f"{running.name} is under way, wait for it or cancel it.")
            return
        doubts: list[str] = []

        def guarded(side: "WorkerSide") -> str | None:
            from models.manager import download
            from models.manager.library import UnverifiedError

            try:
                return work(side)
            except download.Cancelled:
                raise Cancelled from None
            except UnverifiedError as error:
                doubts.append(str(error))
                raise Cancelled from None  # it is no failure yet
            except ModelError as error:
                raise PartwiseError(str(error)) from error

        def finished() -> None:
            self._progress.pop(name, None)
            self.changed.emit()
            if doubts and agreed is not None:
                self.ask.emit(doubts[0], agreed)

        def succeeded(sentence: str | None) -> None:
            self._session.message.emit(sentence or done)

        self._jobs[name] = self._runner.start(title, guarded, succeeded, self._session.failed.emit, finished=finished)
        self.changed.emit()

    def _running(self, name: str) -> "Job | None":
        """The job that works on a model, or on a part that it shares with another."""
        parts = self._parts(name)
        jobs = (job for other, job in self._jobs.items() if job.running and parts & self._parts(other))
        return next(jobs, None)

    def _parts(self, name: str) -> set[str]:
        """The models whose files may change when one does."""
        catalogue = self.library.catalogue
        return {part for part in (name, *catalogue.find(name).needs) if not catalogue.find(part).shipped} or {name}

    def _tell_of_progress(self) -> None:
        if any(job.running for job in self._jobs.values()):
            self.changed.emit()
