"""Going by regions: a real session and player, whose output is pulled by hand, and the sound that comes out."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from app.playback.player import Player
from app.session.commands import AddEdit, SetLoop
from app.session.navigation import Navigation, frames_of
from app.session.preferences import Preferences
from app.session.session import Session
from app.song.activation_edits import ActivationEdit
from models.activation import ACTIVATION_RATE_HZ
from tests.app.playback.desk import Desk, is_playing
from tests.app.session.loop import Loop
from tests.app.ui.desk import RATE, PretendSeparation, write_song

BLOCK = 256
"""Frames between two polls: 23 ms of the song."""


class Listener:
    """Somebody who steers a session and hears what comes out."""

    def __init__(self, path: Path) -> None:
        self.loop = Loop()
        self.desk = Desk()
        self.session = Session(
            self.loop.post, self.desk.player, Preferences(), separation_process=PretendSeparation(), play_on_open=False
        )
        self.navigation = Navigation(self.session)
        self.session.warm_up()
        self.session.open(path)
        self.loop.run_until(lambda: self.session.separation is not None and not self.session.separation.running)
        self.loop.run_waiting()

    @property
    def player(self) -> Player:
        return self.session.player

    def ranges(self, instrument: str) -> list[tuple[int, int]]:
        song = self.session.song
        assert song is not None
        return [frames_of(region, song) for region in self.navigation.regions(instrument)]

    def listen(self, seconds: float) -> NDArray[np.int64]:
        """Where the song was at each poll while it played on, until it paused or the time was over."""
        places = []
        for _ in range(round(seconds * RATE / BLOCK)):
            self.desk.pull(BLOCK)
            self.navigation.poll()
            if not self.player.playing:
                break
            places.append(self.player.position)
        return np.array(places)


@pytest.fixture
def listener(tmp_path: Path) -> Iterator[Listener]:
    listener = Listener(write_song(tmp_path, 12.0))
    # regions that are known: the network's guess is overruled
    for edit in (
        ActivationEdit("vocals", 0, 600, "off"),
        ActivationEdit("vocals", 86, 129, "on"),
        ActivationEdit("vocals", 215, 258, "on"),
        ActivationEdit("vocals", 344, 387, "on"),
    ):
        listener.session.do(AddEdit(edit))
        listener.session.end_gesture()
    yield listener
    listener.desk.pulling_meanwhile(listener.session.close)


def seconds(frame: int) -> float:
    """Of the edge between an activation frame and the one before it."""
    return (frame - 0.5) / ACTIVATION_RATE_HZ


def is_looping(navigation: Navigation) -> bool:
    """`navigation.looping_each`, of which mypy does not believe that it changes."""
    return navigation.looping_each


def test_regions_are_those_of_edits_and_settings(listener: Listener) -> None:
    starts = [start / RATE for start, _ in listener.ranges("vocals")]
    assert starts == pytest.approx([seconds(frame) for frame in (86, 215, 344)], abs=1 / RATE)
    assert listener.navigation.regions("other") == ()
    assert len(listener.navigation.regions()) > len(listener.navigation.regions("vocals"))
    again = listener.navigation.regions("vocals")
    assert listener.navigation.regions("vocals") is again, "they are not found anew for nothing"
    listener.session.undo()
    assert len(listener.navigation.regions("vocals")) == 2


def test_next_and_previous_entry(listener: Listener) -> None:
    starts = [start for start, _ in listener.ranges("vocals")]
    visited = []
    for direction in (1, 1, 1, 1, -1, -1, -1):
        listener.navigation.go_to_entry("vocals", direction)
        visited.append(listener.player.position)
    assert visited == [*starts, starts[2], starts[1], starts[0], starts[0]]
    listener.player.seek(starts[1] + 2000)
    listener.navigation.go_to_entry("vocals", -1)
    assert listener.player.position == starts[1]


def test_only_where_it_plays(listener: Listener) -> None:
    """All three regions are heard, one after the other, and nothing else; then it pauses."""
    listener.navigation.choose_way("only", "vocals")
    listener.player.play()
    listener.navigation.poll()
    places = listener.listen(8.0)
    ranges = listener.ranges("vocals")
    slack = 2 * BLOCK
    assert all(any(start - slack <= place <= stop + slack for start, stop in ranges) for place in places[1:])
    for start, stop in ranges:
        inside = places[(places >= start) & (places < stop)]
        assert len(inside) * BLOCK == pytest.approx(stop - start, abs=4 * BLOCK)
    assert not is_playing(listener.player)
    assert len(places) * BLOCK == pytest.approx(sum(stop - start for start, stop in ranges), abs=10 * BLOCK)


def test_skip_where_it_plays(listener: Listener) -> None:
    listener.navigation.choose_way("rests", "vocals")
    listener.player.seek(listener.ranges("vocals")[0][0] - RATE // 2)
    listener.player.play()
    places = listener.listen(12.0)
    slack = 2 * BLOCK
    for start, stop in listener.ranges("vocals"):
        assert not ((places > start + slack) & (places < stop - slack)).any()
    assert places.max() > listener.ranges("vocals")[-1][1]


def test_only_within_a_loop(listener: Listener) -> None:
    """An A-B loop round the first two regions: they take turns."""
    first, second, _ = listener.ranges("vocals")
    listener.session.do(SetLoop((first[0] - 2000, second[1] + 4000)))
    listener.navigation.choose_way("only", "vocals")
    listener.player.seek(first[0])
    listener.player.play()
    places = listener.listen(6.0)
    assert is_playing(listener.player)
    assert places.max() < second[1] + 3 * BLOCK
    backwards = np.flatnonzero(np.diff(places) < 0)
    assert len(backwards) >= 2
    assert all(places[turn + 1] < first[0] + 3 * BLOCK for turn in backwards)


def test_loop_this_region_can_be_undone(listener: Listener) -> None:
    region = listener.navigation.regions("vocals")[1]
    listener.navigation.loop_region("vocals", region)
    assert [listener.session.document.loop, listener.player.loop] == [listener.ranges("vocals")[1]] * 2
    assert listener.player.position == listener.ranges("vocals")[1][0]
    listener.session.undo()
    assert listener.player.loop is None
    listener.player.seek(listener.ranges("vocals")[2][0] + 100)
    listener.navigation.loop_region("vocals")
    assert listener.session.document.loop == listener.ranges("vocals")[2]


@pytest.mark.parametrize("repeats", [1, 3])
def test_every_region_in_turn(listener: Listener, repeats: int) -> None:
    listener.session.do(SetLoop((100, 5000)))
    navigation = listener.navigation
    navigation.repeats, navigation.pre_roll_s = repeats, 0.25
    listener.player.seek(5000)
    navigation.loop_each("vocals")
    assert is_looping(navigation)
    assert is_playing(listener.player)
    places = listener.listen(30.0)
    lead = round(0.25 * RATE)
    ranges = [(start - lead, stop) for start, stop in listener.ranges("vocals")]
    turn = 0
    for start, stop in ranges:
        passes = 0
        while turn < len(places) and start - BLOCK <= places[turn] <= stop + 3 * BLOCK:
            passes += turn == 0 or places[turn] < places[turn - 1] or places[turn - 1] > stop + 3 * BLOCK
            passes += turn > 0 and places[turn - 1] < start - BLOCK
            turn += 1
        assert passes == repeats
    assert turn == len(places), "nothing else was played"
    assert len(places) * BLOCK == pytest.approx(repeats * sum(b - a for a, b in ranges), abs=12 * repeats * BLOCK)
    assert not is_playing(listener.player)
    assert not is_looping(navigation)
    assert listener.player.loop == (100, 5000), "the document's loop is back"


def test_turns_end_when_one_goes_elsewhere_or_sets_a_loop(listener: Listener) -> None:
    navigation = listener.navigation
    navigation.loop_each("vocals")
    listener.listen(0.3)
    listener.player.seek(listener.ranges("vocals")[2][1] + 2 * RATE)
    listener.listen(0.1)
    assert not is_looping(navigation)
    assert listener.player.loop is None
    listener.player.seek(0)
    navigation.loop_each("vocals")
    listener.listen(0.3)
    listener.session.do(SetLoop((1000, 9000)))
    listener.listen(0.1)
    assert not is_looping(navigation)
    assert listener.player.loop == (1000, 9000)


def test_what_is_not_separated_is_played_in_any_case(tmp_path: Path) -> None:
    separation = PretendSeparation(pause_after=2)
    loop, desk = Loop(), Desk()
    session = Session(loop.post, desk.player, Preferences(), separation_process=separation, play_on_open=False)
    navigation = Navigation(session)
    session.warm_up()
    session.open(write_song(tmp_path, 12.0))
    loop.run_until(lambda: session.song is not None and session.song.coverage.covers(0, 4 * RATE))
    session.do(AddEdit(ActivationEdit("vocals", 0, 600, "off")))
    navigation.choose_way("only", "vocals")
    session.player.play()
    desk.pull(BLOCK)
    navigation.poll()
    assert session.player.playing
    assert session.player.position == pytest.approx(4 * RATE, abs=BLOCK)
    separation.go_on.set()
    desk.pulling_meanwhile(session.close)


def test_without_a_song_nothing_happens() -> None:
    desk = Desk()
    session = Session(Loop().post, desk.player, Preferences(), separation_process=PretendSeparation())
    navigation = Navigation(session)
    navigation.poll()
    navigation.go_to_entry("vocals", 1)
    navigation.loop_region("vocals")
    navigation.loop_each("vocals")
    assert navigation.regions() == ()
    assert not is_looping(navigation)
    with pytest.raises(ValueError, match="a way is one of"):
        navigation.choose_way("never", "vocals")  # type: ignore[arg-type]
    session.close()
