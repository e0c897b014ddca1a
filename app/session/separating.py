"""The work of separating a song that is open, for any job."""

from collections.abc import Callable
from contextlib import closing
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from app.session.jobs import WorkerSide
    from app.session.separation_process import SeparationProcess
    from app.song.song import Song


def separate_missing(
    song: "Song",
    process: "SeparationProcess",
    side: "WorkerSide",
    *,
    position: Callable[[], int] = int,
    cancelled: Callable[[], bool] | None = None,
    covered: Callable[[], None] = lambda: None,
    share: float = 1.0,
) -> None:
    """Separate what a song lacks, and have it take that in.

    Args:
        song: its coverage grows.
        process: separates.
        side: of the job, whose progress it is.
        position: the frame to begin at, asked again and again.
        cancelled: when to stop; by default when the job is cancelled.
        covered: called on the session's thread after each span.
        share: of the job's progress.

    Raises SeparationError, Cancelled.
    """
    side.begin_at(share * song.coverage.fraction(song.frames))
    if song.coverage.covers(0, song.frames):
        return
    with closing(process.separate(song, position, cancelled or side.cancelled)) as spans:
        for span in spans:
            song.add_span(span.start, None, span.first_activation, span.activations, stop=span.stop)
            side.progress(share * song.coverage.fraction(song.frames))
            side.post(covered)
