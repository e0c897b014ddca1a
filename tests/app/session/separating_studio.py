"""A session without a window, whose songs are separated by the real process with a separator made for tests."""

from pathlib import Path

from app.playback.output import SilentOutput
from app.playback.player import Player
from app.session.preferences import Preferences
from app.session.separation_process import SeparationProcess
from app.session.session import Session
from tests.app.session.loop import Loop


class Studio:
    """A session on a loop of its own, with a note of everything it says."""

    def __init__(self, folder: Path, function: str) -> None:
        self.loop = Loop()
        self.process = SeparationProcess("fake", f"tests.fake_separator:{function}")
        self.preferences_path = folder / "preferences.json"
        self.session = Session(
            self.loop.post,
            Player(open_output=SilentOutput),
            Preferences(),
            separation_process=self.process,
            preferences_path=self.preferences_path,
        )
        self.said: list[str] = []
        self.failures: list[str] = []
        self.songs = 0
        self.session.message.subscribe(self.said.append)
        self.session.failed.subscribe(self.failures.append)
        self.session.song_changed.subscribe(self._count_song)

    def _count_song(self) -> None:
        self.songs += 1

    def open(self, path: Path) -> None:
        self.session.open(path)
        self.loop.run_until(lambda: self.session.opening is not None and not self.session.opening.running)

    def finish_separation(self) -> None:
        self.loop.run_until(lambda: self.session.separation is not None and not self.session.separation.running)
