"""Work on threads, with progress, cancel and exactly one outcome, which arrives on the session's thread."""

import threading
import time
from collections.abc import Callable
from typing import Final, Generic, Literal, TypeVar

from app.errors import Cancelled, PartwiseError
from app.events import Event
from models.memory import give_back_freed_memory

Post = Callable[[Callable[[], None]], None]
"""Brings a call to the session's thread, where it runs soon. May be called from any thread."""

JobState = Literal["running", "done", "failed", "cancelled"]
T = TypeVar("T")

_PROGRESS_PERIOD_S: Final = 0.1
_ETA_AFTER_S: Final = 1.0


class Job:
    """One piece of work. The worker writes `fraction`; everything else changes on the session's thread."""

    def __init__(self, name: str, clock: Callable[[], float] = time.monotonic) -> None:
        self.name = name
        self.state: JobState = "running"
        self.error: str | None = None
        self.fraction = 0.0
        self._first_fraction = 0.0
        self._clock = clock
        self._started_s = clock()
        self._cancel = threading.Event()

    @property
    def running(self) -> bool:
        """True until the outcome has arrived."""
        return self.state == "running"

    @property
    def eta_s(self) -> float | None:
        """Seconds that remain if it goes on at its average speed; None while that is unknown, 0 at the end."""
        if not self.running:
            return 0.0
        elapsed_s = self._clock() - self._started_s
        gained = self.fraction - self._first_fraction
        if elapsed_s < _ETA_AFTER_S or gained <= 0.0:
            return None
        return elapsed_s * (1.0 - self.fraction) / gained

    def begin_at(self, fraction: float) -> None:
        """For the worker: this much was done before; it does not count for the estimate."""
        self.fraction = self._first_fraction = fraction

    def cancel(self) -> None:
        """Ask the work to stop; its outcome will be `cancelled` even if it was about to finish."""
        self._cancel.set()

    def cancelled(self) -> bool:
        """For the worker: whether it should stop (by raising `app.errors.Cancelled`)."""
        return self._cancel.is_set()


class JobRunner:
    """Starts jobs. `changed` is emitted on the session's thread: at starts, about ten times a second, at outcomes."""

    def __init__(self, post: Post) -> None:
        self.changed: Event[[]] = Event()
        self._post = post
        self._threads: set[threading.Thread] = set()

    def start(
        self,
        name: str,
        work: Callable[["WorkerSide"], T],
        done: Callable[[T], None],
        failed: Callable[[str], None],
        discard: Callable[[T], object] = lambda result: None,
        finished: Callable[[], None] = lambda: None,
    ) -> Job:
        """Run `work` on a thread of its own.

        On the session's thread exactly one of these follows: `done(result)`; `failed(sentence)`; or nothing if the job
        was cancelled, where a result that came all the same goes to `discard`. Then `finished()`, in every case.
        """
        job = Job(name)
        task = _Task(job, work, done, failed, discard, finished)
        thread = threading.Thread(target=self._run, args=(task,), name=name, daemon=True)
        self._threads.add(thread)
        thread.start()
        self.changed.emit()
        return job

    def wait(self, timeout_s: float) -> bool:
        """Wait until no work runs any more, for the end of the program. True if that was reached."""
        deadline_s = time.monotonic() + timeout_s
        for thread in tuple(self._threads):
            thread.join(max(0.0, deadline_s - time.monotonic()))
        return not any(thread.is_alive() for thread in tuple(self._threads))

    def _run(self, task: "_Task[T]") -> None:
        side = WorkerSide(task.job, self._post, self.changed.emit)
        outcome = task.run(side)

        def arrive() -> None:
            outcome()
            task.finished()
            self.changed.emit()

        self._threads.discard(threading.current_thread())
        self._post(arrive)
        give_back_freed_memory()


class WorkerSide:
    """What the work sees of its job."""

    def __init__(self, job: Job, post: Post, changed: Callable[[], None]) -> None:
        self._job = job
        self._post = post
        self._changed = changed
        self._last_s = 0.0

    def cancelled(self) -> bool:
        """Whether to stop, by raising `app.errors.Cancelled`."""
        return self._job.cancelled()

    def begin_at(self, fraction: float) -> None:
        """Tell how much was done before this job, 0..1."""
        self._job.begin_at(fraction)

    def progress(self, fraction: float) -> None:
        """Tell how much is done, 0..1."""
        self._job.fraction = min(max(fraction, 0.0), 1.0)
        now_s = time.monotonic()
        if now_s - self._last_s >= _PROGRESS_PERIOD_S:
            self._last_s = now_s
            self._post(self._changed)

    def post(self, call: Callable[[], None]) -> None:
        """Have this called on the session's thread."""
        self._post(call)


class _Task(Generic[T]):
    """A job with its work and the receivers of its outcome."""

    def __init__(
        self,
        job: Job,
        work: Callable[[WorkerSide], T],
        done: Callable[[T], None],
        failed: Callable[[str], None],
        discard: Callable[[T], object],
        finished: Callable[[], None],
    ) -> None:
        self.job = job
        self.finished = finished
        self._work = work
        self._done = done
        self._failed = failed
        self._discard = discard

    def run(self, side: WorkerSide) -> Callable[[], None]:
        """Do the work; returns what has to happen on the session's thread."""
        try:
            result = self._work(side)
        except Cancelled:
            return self._on_cancelled
        except PartwiseError as error:
            sentence = str(error)
        except Exception as error:  # a worker's mistake must reach the user, not vanish with its thread
            sentence = f"{self.job.name} failed: {type(error).__name__}: {error}."
        else:
            return lambda: self._on_result(result)
        return lambda: self._on_failed(sentence)

    def _on_result(self, result: T) -> None:
        if self.job.cancelled():
            self._discard(result)
            self._on_cancelled()
        else:
            self.job.state, self.job.fraction = "done", 1.0
            self._done(result)

    def _on_failed(self, sentence: str) -> None:
        if self.job.cancelled():
            self._on_cancelled()
        else:
            self.job.state, self.job.error = "failed", sentence
            self._failed(sentence)

    def _on_cancelled(self) -> None:
        self.job.state = "cancelled"
