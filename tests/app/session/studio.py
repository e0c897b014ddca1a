"""A session without a window, whose songs are separated at once, for tests of projects."""

from pathlib import Path

from app.playback.output import SilentOutput
from app.playback.player import Player
from app.session.preferences import Preferences
from app.session.project_opening import Opening
from app.session.session import Session
from app.song.song import Song
from tests.app.session.loop import Loop
from tests.app.ui.desk import PretendSeparation


class Studio:
    """A session on a loop of its own, with a note of everything it says."""

    def __init__(self, data: Path) -> None:
        self.loop = Loop()
        self.separation = PretendSeparation()
        self.session = Session(
            self.loop.post,
            Player(open_output=SilentOutput),
            Preferences(),
            separation_process=self.separation,
            data_folder=data,
            play_on_open=False,
        )
        self.session.warm_up()  # the first time it compiles, which takes longer than a test waits
        self.said: list[str] = []
        self.failures: list[str] = []
        self.missing: list[Opening] = []
        self.session.message.subscribe(self.said.append)
        self.session.failed.subscribe(self.failures.append)
        self.session.projects.song_missing.subscribe(self.missing.append)

    @property
    def song(self) -> Song:
        assert self.session.song is not None
        return self.session.song

    def open(self, path: Path) -> None:
        """Open a song or a project, and wait until it is there and separated, or something is in the way."""
        self.session.open(path)
        self.settle()

    def settle(self) -> None:
        """Wait until nothing is under way."""
        session = self.session

        def resting() -> bool:
            jobs = (
                session.opening, session.projects.job, session.separation, session.project.saving, session.exporting,
            )  # fmt: skip
            return not any(job is not None and job.running for job in jobs)

        self.loop.run_until(resting)
