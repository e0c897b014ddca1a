"""Jobs on songs: a song stays open, whoever closes it, until the last job on it has ended."""

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

from app.session.jobs import Job, JobRunner, WorkerSide

if TYPE_CHECKING:
    from app.song.song import Song

T = TypeVar("T")


class SongJobs:
    """Starts jobs and closes songs that nobody needs any more. To be used on the session's thread."""

    def __init__(self, runner: JobRunner, failed: Callable[[str], None]) -> None:
        """`failed` gets the sentence of a job that fails."""
        self._runner = runner
        self._failed = failed
        self._in_use: list[Song] = []
        self._kept: list[Song] = []

    def start(
        self,
        song: "Song",
        name: str,
        work: Callable[[WorkerSide], T],
        done: Callable[[T], None],
        failed: Callable[[str], None] | None = None,
    ) -> Job:
        """Start a job on a song; see `JobRunner.start`."""
        self._in_use.append(song)

        def finished() -> None:
            self._in_use.remove(song)
            self._close_if_unused(song)

        return self._runner.start(name, work, done, failed or self._failed, finished=finished)

    def keep(self, song: "Song") -> None:
        """Keep this song open until `let_go` or `release`; there may be several."""
        self._kept.append(song)

    def let_go(self, song: "Song") -> None:
        """Close a kept song as soon as no job needs it."""
        self._kept = [kept for kept in self._kept if kept is not song]
        self._close_if_unused(song)

    def release(self) -> None:
        """Close the kept songs as soon as no job needs them."""
        for song in tuple(self._kept):
            self.let_go(song)

    def close_all(self) -> None:
        """Close all songs, whatever still reads them."""
        for song in {*self._in_use, *self._kept}:
            song.close()
        self._kept = []

    def _close_if_unused(self, song: "Song") -> None:
        if not any(used is song for used in (*self._in_use, *self._kept)):
            song.close()
