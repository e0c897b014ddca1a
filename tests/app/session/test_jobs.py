import threading
from collections.abc import Callable

import pytest

from app.errors import Cancelled, PartwiseError
from app.session.jobs import Job, JobRunner, WorkerSide
from tests.app.session.loop import Loop


class Receiver:
    """Notes what arrives, and on which thread."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, object]] = []
        self.threads: set[threading.Thread] = set()

    def take(self, name: str) -> Callable[..., None]:
        def note(*arguments: object) -> None:
            self.calls.append((name, *arguments))  # type: ignore[arg-type]
            self.threads.add(threading.current_thread())

        return note


def start(loop: Loop, work: Callable[[WorkerSide], object]) -> tuple[Job, Receiver]:
    receiver = Receiver()
    runner = JobRunner(loop.post)
    job = runner.start(
        "Work",
        work,
        receiver.take("done"),
        receiver.take("failed"),
        receiver.take("discard"),
        receiver.take("finished"),
    )
    return job, receiver


def fail(error: Exception) -> Callable[[WorkerSide], object]:
    def work(side: WorkerSide) -> object:
        raise error

    return work


@pytest.mark.parametrize(
    ("work", "state", "calls"),
    [
        (lambda side: 5, "done", [("done", 5), ("finished",)]),
        (fail(PartwiseError("A sentence.")), "failed", [("failed", "A sentence."), ("finished",)]),
        (fail(KeyError("k")), "failed", [("failed", "Work failed: KeyError: 'k'."), ("finished",)]),
        (fail(Cancelled()), "cancelled", [("finished",)]),
    ],
)
def test_each_job_has_one_outcome_on_the_sessions_thread(
    work: Callable[[WorkerSide], object], state: str, calls: list[tuple[object, ...]]
) -> None:
    loop = Loop()
    job, receiver = start(loop, work)
    assert job.state == "running"
    loop.run_until(lambda: not job.running)
    assert job.state == state
    assert receiver.calls == calls
    assert receiver.threads == {threading.current_thread()}
    assert job.eta_s == 0.0


@pytest.mark.parametrize(
    ("ending", "calls"),
    [(lambda: "result", [("discard", "result"), ("finished",)]), (lambda: 1 / 0, [("finished",)])],
)
def test_a_cancelled_job_never_reports_anything_else(ending: Callable[[], object], calls: object) -> None:
    loop, go = Loop(), threading.Event()

    def work(side: WorkerSide) -> object:
        go.wait()
        return ending()

    job, receiver = start(loop, work)
    go.set()
    job.cancel()
    loop.run_until(lambda: not job.running)
    assert job.state == "cancelled"
    assert receiver.calls == calls


def test_progress_is_emitted_now_and_then() -> None:
    loop = Loop()
    runner = JobRunner(loop.post)
    fractions: list[float] = []

    def work(side: WorkerSide) -> None:
        for step in range(1000):
            side.progress(step / 500)

    job = runner.start("Work", work, lambda result: None, lambda sentence: None)
    runner.changed.subscribe(lambda: fractions.append(job.fraction))
    loop.run_until(lambda: not job.running)
    assert 1 <= len(fractions) < 50
    assert job.fraction == 1.0
    assert runner.wait(10.0)


def test_the_remaining_time_counts_only_what_the_job_did_itself() -> None:
    now_s = 0.0
    job = Job("Work", clock=lambda: now_s)
    job.begin_at(0.5)
    assert job.eta_s is None
    now_s = 10.0
    assert job.eta_s is None, "nothing is known before the first progress"
    job.fraction = 0.75
    assert job.eta_s == pytest.approx(10.0)
