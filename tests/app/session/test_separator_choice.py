from collections.abc import Callable, Generator, Iterator
from pathlib import Path

import numpy as np
import pytest

from app.playback.output import SilentOutput
from app.playback.player import Player
from app.session.commands import SetGain, SetLoop
from app.session.default_separator import default_separator, suggestion
from app.session.preferences import Preferences, load_preferences, save_preferences
from app.session.separation_process import SpanDone
from app.session.session import Session
from app.song.song import Song
from app.song.stem_cache import StemCache
from models.manager.library import Library
from models.registry import DEFAULT, FOLDER_VARIABLE
from tests.app.session.loop import Loop
from tests.app.ui.desk import PretendSeparation, write_song


class Scaled(PretendSeparation):
    """A separator whose stems are a share of the pretended ones."""

    def __init__(self, model: str, share: float, pause_after: int | None = None, failure: str | None = None) -> None:
        super().__init__(pause_after, failure)
        self._model = model
        self._share = share
        self.separated = 0
        self.closed = False

    def identity(self) -> str | None:
        return self.model.encode().hex().ljust(40, "0")

    def separate(
        self, song: Song, position: Callable[[], int] = int, cancelled: Callable[[], bool] = lambda: False
    ) -> Generator[SpanDone, None, None]:
        self.separated += 1
        for span in super().separate(song, position, cancelled):
            song.stems[:, span.start : span.stop] *= self._share
            yield span

    def close(self) -> None:
        self.closed = True
        super().close()


class Studio:
    """A session with two separators, “one” and “two”."""

    def __init__(self, folder: Path, cache: StemCache | None = None, second: Scaled | None = None) -> None:
        self.loop = Loop()
        self.one, self.two = Scaled("one", 0.5), second or Scaled("two", 0.25)
        self.made: list[Scaled] = []
        self.session = Session(
            self.loop.post, Player(open_output=SilentOutput), Preferences(), separation_process=self.one, cache=cache
        )
        self.choice = self.session.separators
        self.choice.make_process = self._make
        self.said: list[str] = []
        self.failures: list[str] = []
        self.session.message.subscribe(self.said.append)
        self.session.failed.subscribe(self.failures.append)
        self.path = folder / "Sunday Kitchen.wav"

    def _make(self, name: str) -> Scaled:
        process = self.two if name == "two" and not self.two.closed else Scaled(name, 0.5 if name == "one" else 0.25)
        self.made.append(process)
        return process

    def open(self, path: Path) -> None:
        self.session.open(path)
        self.loop.run_until(lambda: self.session.opening is not None and not self.session.opening.running)
        self.loop.run_until(lambda: self.session.separation is not None and not self.session.separation.running)

    @property
    def song(self) -> Song:
        assert self.session.song is not None
        return self.session.song


@pytest.fixture
def make_studio(tmp_path: Path) -> Iterator[Callable[..., Studio]]:
    studios: list[Studio] = []
    write_song(tmp_path, 8.0)

    def make(**more: object) -> Studio:
        studios.append(Studio(tmp_path, **more))  # type: ignore[arg-type]
        return studios[-1]

    yield make
    for studio in studios:
        studio.session.close()


@pytest.fixture
def studio(make_studio: Callable[..., Studio]) -> Studio:
    studio = make_studio()
    studio.open(studio.path)
    studio.session.player.stop()
    return studio


def test_song_goes_on_through_another_separator(studio: Studio) -> None:
    session, first = studio.session, studio.song
    session.do(SetGain("bass", -6.0))
    session.do(SetLoop((1000, 60_000)))
    session.player.seek(20_000)
    session.player.play()
    session.player.pre_roll_s = 1.0
    songs: list[None] = []
    session.song_changed.subscribe(lambda: songs.append(None))

    studio.choice.choose("two")
    studio.loop.run_until(lambda: studio.choice.name == "two")

    assert studio.song is not first
    assert session.player.playing
    assert 20_000 <= session.player.position < 60_000
    assert session.player.loop == (1000, 60_000)
    assert session.player.mix == session.mix
    assert session.history.can_undo
    assert songs == []  # to the project it is the same song
    studio.loop.run_until(lambda: session.separation is not None and not session.separation.running)
    np.testing.assert_allclose(studio.song.stems, 0.5 * first.stems, rtol=1e-6)


def test_other_separator_is_heard_at_once_and_back(studio: Studio) -> None:
    first = studio.song
    studio.choice.choose("two")
    studio.loop.run_until(lambda: studio.choice.name == "two")
    second = studio.song
    studio.loop.run_until(lambda: second.coverage.covers(0, second.frames))
    studio.session.player.seek(12_345)

    studio.choice.hear_other()
    assert (studio.choice.name, studio.song) == ("one", first)
    assert abs(studio.session.player.position - 12_345) <= 1
    studio.choice.hear_other()
    assert (studio.choice.name, studio.song) == ("two", second)
    assert not first.closed
    assert studio.two.separated == 1


def test_sound_does_not_change_before_the_passage_is_there(make_studio: Callable[..., Studio]) -> None:
    studio = make_studio(second=Scaled("two", 0.25, pause_after=1))
    studio.open(studio.path)
    studio.session.player.stop()
    studio.session.player.seek(3 * studio.song.rate)  # only two seconds will be there

    studio.choice.choose("two")
    studio.loop.run_until(lambda: studio.choice.other is not None and studio.choice.other.song.coverage.spans)
    assert (studio.choice.name, studio.choice.preparing) == ("one", "two")

    studio.two.go_on.set()
    studio.loop.run_until(lambda: studio.choice.name == "two")
    assert studio.choice.preparing is None


def test_choosing_what_is_heard_gives_up_what_is_prepared(make_studio: Callable[..., Studio]) -> None:
    studio = make_studio(second=Scaled("two", 0.25, pause_after=0))
    studio.open(studio.path)
    studio.choice.choose("two")
    studio.loop.run_until(lambda: studio.choice.other is not None)

    studio.choice.choose("one")

    assert (studio.choice.name, studio.choice.preparing, studio.choice.other) == ("one", None, None)
    assert studio.two.closed


def test_separator_that_fails_leaves_the_one_that_is_heard(make_studio: Callable[..., Studio]) -> None:
    studio = make_studio(second=Scaled("two", 0.25, pause_after=0, failure="The weights are damaged."))
    studio.open(studio.path)
    song = studio.song

    studio.choice.choose("two")
    studio.loop.run_until(lambda: studio.failures)

    assert studio.failures == ["The weights are damaged."]
    assert (studio.choice.name, studio.choice.preparing, studio.choice.other) == ("one", None, None)
    assert studio.song is song
    assert not song.closed
    assert studio.two.closed


def test_another_song_ends_the_comparison(studio: Studio, tmp_path: Path) -> None:
    first = studio.song
    studio.choice.choose("two")
    studio.loop.run_until(lambda: studio.choice.name == "two")
    second = studio.song

    studio.open(write_song(tmp_path, 4.0, "another.wav"))
    studio.loop.run_until(lambda: first.closed and second.closed)

    assert studio.choice.other is None
    assert studio.choice.name == "two"  # what was chosen last goes on
    assert studio.one.closed
    assert not studio.two.closed


def test_without_a_song_the_next_one_is_separated_by_it(make_studio: Callable[..., Studio]) -> None:
    studio = make_studio()
    studio.choice.choose("two")
    assert studio.choice.name == "two"
    assert studio.one.closed

    studio.open(studio.path)
    assert (studio.one.separated, studio.two.separated) == (0, 1)


def test_stems_of_both_are_cached(make_studio: Callable[..., Studio], tmp_path: Path) -> None:
    studio = make_studio(cache=StemCache(tmp_path / "cache"))
    studio.open(studio.path)
    studio.choice.choose("two")
    studio.loop.run_until(lambda: studio.choice.name == "two" and not studio.session.separation.running)  # type: ignore[union-attr]
    studio.session.close_song()
    studio.loop.run_waiting()

    studio.session.open(studio.path)
    studio.loop.run_until(lambda: studio.session.song is not None)
    assert studio.song.coverage.covers(0, studio.song.frames)
    studio.choice.choose("one")
    studio.loop.run_until(lambda: studio.choice.name == "one")
    assert studio.song.coverage.covers(0, studio.song.frames)
    assert studio.two.separated == 1


def test_only_one_separator(studio: Studio, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv(FOLDER_VARIABLE, str(tmp_path / "none"))
    monkeypatch.setattr(studio.one, "_model", DEFAULT)
    studio.choice.hear_other()
    assert studio.said == ["There is no other separator here yet; get one under Tools > Models."]


def test_default_and_what_another_would_bring(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(FOLDER_VARIABLE, str(tmp_path))
    assert default_separator(Preferences()) == DEFAULT
    assert default_separator(Preferences(separator="gone")) == DEFAULT
    found = suggestion(Library(), DEFAULT)
    assert found is not None
    assert found.name == "spleeter+iass-six"
    assert found.sentence == (
        "Spleeter with IASS six would bring a cleaner voice beside the same five instruments (73 MB, MIT)."
    )

    spleeter = tmp_path / "spleeter-2stems"
    spleeter.mkdir()
    (spleeter / "model.json").write_text('{"kind": "spleeter", "targets": ["vocals", "accompaniment"]}')
    assert default_separator(Preferences()) == DEFAULT  # no weights
    (spleeter / "weights.safetensors").write_bytes(b"0")
    assert default_separator(Preferences()) == "spleeter+iass-six"
    assert default_separator(Preferences(separator=DEFAULT)) == DEFAULT


def test_preferred_separator_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "preferences.json"
    save_preferences(Preferences(separator="spleeter+iass-six"), path)
    assert load_preferences(path).separator == "spleeter+iass-six"
    for nonsense in ("3", '""', '"a\\nb"', f'"{"x" * 200}"'):
        path.write_text(f'{{"separator": {nonsense}}}')
        assert load_preferences(path).separator is None
