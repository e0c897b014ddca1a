"""Going by the regions of an instrument: to its entries, over its rests, round and round each region in turn."""

from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal, get_args

from app.events import Event
from app.playback.player import SHORTEST_LOOP_S
from app.session.commands import SetLoop
from app.song.activation_edits import ActivationEdit
from app.song.regions import Region, regions_of
from models.activation import ActivationSettings
from models.instruments import INSTRUMENTS

if TYPE_CHECKING:
    from app.session.session import Session
    from app.song.song import Song

Way = Literal["all", "only", "rests"]
WAYS: Final[tuple[Way, ...]] = get_args(Way)
Frames = tuple[int, int]
"""A half-open range of song frames."""

MOST_REPEATS: Final = 99
LONGEST_PRE_ROLL_S: Final = 10.0

_SLACK_S: Final = 0.4
"""While the song plays, "previous" that soon after an entry means the one before it."""
_SHORTEST_REST_S: Final = 0.25
"""What is shorter is not jumped over: it would be heard as a stumble."""
_ELSEWHERE_S: Final = 1.0
"""Who is that far outside the region that is looped has gone there."""


@dataclass(frozen=True)
class _Key:
    """What the regions of an instrument are made of."""

    song: int
    coverage: int
    settings: ActivationSettings
    edits: tuple[ActivationEdit, ...]


class Navigation:
    """Steers the player by the regions that the document's settings and edits make of the song's activations.

    To be used on the session's thread. `poll` has to be called some thirty times a second while the song plays; what is
    jumped over is left that late at most. `changed` is emitted when another way or another region is played.

    Attributes:
        way: "all" plays the song as it is, "only" where an instrument plays, "rests" where it rests. What is not
            separated yet is played in any case.
        repeats: how often `loop_each` plays a region.
        pre_roll_s: how much before each region `loop_each` begins.
    """

    def __init__(self, session: "Session") -> None:
        self.changed: Event[[]] = Event()
        self.way: Way = "all"
        self.repeats = 2
        self.pre_roll_s = 1.0
        self._session = session
        self._player = session.player
        self._instrument = INSTRUMENTS[0]
        self._turns = _Turns(self)
        self._found: dict[str, tuple[_Key, tuple[Region, ...]]] = {}
        session.song_changed.subscribe(self._forget)
        session.separators.heard.subscribe(self._hear_another)

    @property
    def looping_each(self) -> bool:
        """Whether regions are looped in turn."""
        return self._turns.running

    def regions(self, instrument: str | None = None) -> tuple[Region, ...]:
        """The regions of an instrument, or of all, by their start, in what is separated so far."""
        song = self._session.song
        if song is None:
            return ()
        if instrument in INSTRUMENTS:
            return self._regions_of(str(instrument), song)
        if instrument is not None:  # "other" has no activation
            return ()
        return tuple(sorted(region for name in INSTRUMENTS for region in self._regions_of(name, song)))

    def go_to_entry(self, instrument: str | None, direction: int) -> None:
        """Go to where an instrument, or any, enters next (1), or to the entry before the play position (-1)."""
        song = self._session.song
        if song is None:
            return
        starts = sorted({frames_of(region, song)[0] for region in self.regions(instrument)})
        here = self._player.position
        if direction > 0:
            place = bisect_right(starts, here)
        else:
            slack = round(_SLACK_S * song.rate) if self._player.playing else 0
            place = bisect_left(starts, here - slack) - 1
        if 0 <= place < len(starts):
            self._player.seek(starts[place])

    def loop_region(self, instrument: str | None, region: Region | None = None) -> None:
        """Loop a region; by default the one at the play position, or the next. Undoable."""
        song = self._session.song
        if song is None:
            return
        here_s = self._player.position / song.rate
        found = region or next((other for other in self.regions(instrument) if here_s < other.stop_s), None)
        if found is None:
            return
        start, stop = frames_of(found, song)
        self.stop()
        self._session.end_gesture()
        self._session.do(SetLoop((start, stop)))
        self._session.end_gesture()
        if not start <= self._player.position < stop:
            self._player.seek(start)

    def choose_way(self, way: Way, instrument: str) -> None:
        """Play all, only where the instrument plays, or only where it rests. Raises ValueError for another way."""
        if way not in WAYS:
            raise ValueError(f"a way is one of {', '.join(WAYS)}, not {way}")
        self._turns.end()
        self.way, self._instrument = way, instrument
        self.changed.emit()

    def loop_each(self, instrument: str) -> None:
        """Play every region of an instrument `repeats` times, one after the other, from the play position on.

        Each begins `pre_roll_s` before it. It ends after the last region, paused; and when somebody goes elsewhere.
        """
        song = self._session.song
        if song is None:
            return
        here, shortest = self._player.position, SHORTEST_LOOP_S * song.rate
        regions = [frames_of(region, song) for region in self.regions(instrument)]
        regions = [frames for frames in regions if frames[1] - frames[0] >= shortest]
        ahead = [frames for frames in regions if frames[1] > here]
        self._turns.end()
        self.way = "all"
        if regions:
            lead = round(min(max(0.0, self.pre_roll_s), LONGEST_PRE_ROLL_S) * song.rate)
            self._turns.begin([(max(0, start - lead), stop) for start, stop in ahead or regions])

    def stop(self) -> None:
        """No more turns; the document's loop, if any, is played again."""
        self._turns.end()

    def poll(self) -> None:
        """Look where the player is, and send it on if need be."""
        song = self._session.song
        if song is None:
            return
        if self._turns.running:
            self._turns.poll(song)
        elif self.way != "all" and self._player.playing:
            self._skip(self._player.position, song)

    def _regions_of(self, instrument: str, song: "Song") -> tuple[Region, ...]:
        document = self._session.document
        edits = tuple(edit for edit in document.edits if edit.instrument == instrument)
        key = _Key(id(song), song.coverage.version, document.mix.strip(instrument).activation, edits)
        known = self._found.get(instrument)
        if known is None or known[0] != key:
            probabilities = song.activations[INSTRUMENTS.index(instrument)]
            known = key, regions_of(instrument, probabilities, key.settings, song.duration_s, edits)
            self._found[instrument] = known
        return known[1]

    def _skip(self, here: int, song: "Song") -> None:
        """Leave what shall not be played for the next that shall; after the last, pause, or begin the loop anew."""
        stretches = self._wanted(song)
        index = bisect_right(stretches, here, key=lambda stretch: stretch[0]) - 1
        if index >= 0 and here < stretches[index][1]:
            return
        loop = self._player.loop
        if loop is not None and loop[0] <= here < loop[1]:
            within = [max(start, loop[0]) for start, stop in stretches if start < loop[1] and stop > loop[0]]
            ahead = [start for start in within if start > here] or within
            if ahead and ahead[0] != here:
                self._player.seek(ahead[0])
            return
        if index + 1 < len(stretches):
            self._player.seek(stretches[index + 1][0])
        elif self._player.repeat_song and stretches:
            self._player.seek(stretches[0][0])
        else:
            self._player.pause()

    def _wanted(self, song: "Song") -> list[Frames]:
        """What is to be played, in order, with the short gaps between filled."""
        plays = [frames_of(region, song) for region in self._regions_of(self._instrument, song)]
        wanted = plays if self.way == "only" else _between(plays, song.frames)
        shortest = round(_SHORTEST_REST_S * song.rate)
        joined: list[Frames] = []
        for start, stop in sorted((*wanted, *song.coverage.gaps(song.frames))):
            if joined and start - joined[-1][1] < shortest:
                joined[-1] = joined[-1][0], max(joined[-1][1], stop)
            else:
                joined.append((start, stop))
        return joined

    def _hear_another(self) -> None:
        """The same song by another separator."""
        self._found = {}
        self._turns.end()

    def _forget(self) -> None:
        self._turns.drop()
        self._found = {}
        self.way = "all"
        self.changed.emit()

    def restore_loop(self) -> None:
        """Play the document's loop again."""
        self._player.loop = self._session.document.loop


class _Turns:
    """Regions that are played in turn, each as often as the navigation says at that time.

    All passes through a region but the last are the player's loop. It is taken away when the last begins, so that
    this one runs out and what follows is the next region, not a moment of this one's start.
    """

    def __init__(self, navigation: Navigation) -> None:
        self._navigation = navigation
        self._player = navigation._player
        self._ranges: list[Frames] = []
        self._index = 0
        self._passes = 0
        self._last = 0
        self._loop: Frames | None = None

    @property
    def running(self) -> bool:
        """Whether there is a region to play."""
        return bool(self._ranges)

    def begin(self, ranges: list[Frames]) -> None:
        """Play these, at once."""
        self._ranges, self._index = ranges, 0
        self._enter()
        self._player.play()
        self._navigation.changed.emit()

    def end(self) -> None:
        """Play on without."""
        if self._ranges:
            self._ranges = []
            self._navigation.restore_loop()
            self._navigation.changed.emit()

    def drop(self) -> None:
        """The song has gone, and its loop with it."""
        self._ranges = []

    def poll(self, song: "Song") -> None:
        """Count the passes; go to the next region after the last of them."""
        start, stop = self._ranges[self._index]
        here, last = self._player.position, self._last
        self._last = here
        if self._player.loop != self._loop:  # somebody has set another one
            self._ranges = []
            self._navigation.changed.emit()
            return
        slack = _ELSEWHERE_S * song.rate
        if here < start - slack - self._player.pre_roll_s * song.rate or here > stop + slack:
            self.end()
            return
        if self._loop is not None and here < last:
            self._passes += 1
            self._set_loop()
        elif self._loop is None and here >= stop:
            self._leave()

    def _leave(self) -> None:
        self._index += 1
        if self._index < len(self._ranges):
            self._enter()
            self._player.play()
            self._navigation.changed.emit()
        else:
            self._player.pause()
            self.end()

    def _enter(self) -> None:
        self._passes = 0
        self._last = self._ranges[self._index][0]
        self._set_loop()
        self._player.seek(self._last)

    def _set_loop(self) -> None:
        """The region while there is more than one pass to come."""
        again = self._passes + 1 < self._navigation.repeats
        self._player.loop = self._ranges[self._index] if again else None
        self._loop = self._player.loop


def frames_of(region: Region, song: "Song") -> Frames:
    """The song frames of a region."""
    return round(region.start_s * song.rate), min(song.frames, round(region.stop_s * song.rate))


def _between(ranges: list[Frames], total: int) -> list[Frames]:
    """What lies between ranges that rise, from 0 to `total`."""
    gaps, place = [], 0
    for start, stop in ranges:
        if place < start:
            gaps.append((place, start))
        place = stop
    return [*gaps, (place, total)] if place < total else gaps
