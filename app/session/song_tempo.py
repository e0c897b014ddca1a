"""The song's tempo: found in the background, tapped along, or typed."""

import time
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from app.events import Event
from app.session.commands import Command, SetTempo
from app.session.document import Document
from app.session.jobs import Job, WorkerSide
from app.session.song_jobs import SongJobs

if TYPE_CHECKING:
    from app.playback.player import Player
    from app.song.song import Song
    from app.song.tempo import Tempo

LONGEST_BEAT_S: Final = 2.5
"""A tap after a longer silence begins anew."""

_FEWEST_TAPS: Final = 3


class SongTempo:
    """`changed` is emitted when `current` is another, on the session's thread. The player's metronome follows it."""

    def __init__(
        self,
        player: "Player",
        jobs: SongJobs,
        document: Callable[[], Document],
        do: Callable[[Command], object],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`document` tells the present one, `do` makes a step."""
        self.changed: Event[[]] = Event()
        self.detected: Tempo | None = None
        self.finding: Job | None = None
        self._player = player
        self._jobs = jobs
        self._document = document
        self._do = do
        self._clock = clock
        self._song: Song | None = None
        self._taps_s: list[float] = []

    @property
    def current(self) -> "Tempo | None":
        """What the user said, else what was found; None as long as nothing is known."""
        return self._document().tempo or self.detected

    def begin(self, song: "Song") -> None:
        """Another song: look for its tempo."""
        self.end()
        self._song = song

        def work(side: WorkerSide) -> "Tempo | None":
            from app.song.tempo import estimate_tempo

            return estimate_tempo(song.mix, song.rate, side.cancelled)

        def done(tempo: "Tempo | None") -> None:
            if song is self._song:
                self.detected = tempo
                self.update()

        self.finding = self._jobs.start(song, f"Finding the tempo of “{song.path.name}”", work, done)

    def end(self) -> None:
        """No song."""
        if self.finding is not None:
            self.finding.cancel()
        self._song = self.detected = self.finding = None
        self._taps_s = []
        self.update()

    def update(self) -> None:
        """Hand the tempo on, after it changed."""
        self._player.metronome = replace(self._player.metronome, beats=self.current)
        self.changed.emit()

    def tap(self) -> None:
        """A beat is now, the user says. From the third on the taps are the tempo; together they are one step.

        While the song plays, taps are counted in its own time: they are right at any speed of playback, and say where
        the beats lie, not only how far they are apart.
        """
        song, playing = self._song, self._player.playing
        if song is None:
            return
        position = self._player.position
        now_s = position / song.rate if playing else self._clock()
        if self._taps_s and not 0.0 < now_s - self._taps_s[-1] < LONGEST_BEAT_S:
            self._taps_s = []
        self._taps_s.append(now_s)
        if len(self._taps_s) >= _FEWEST_TAPS:
            self._do(SetTempo(self._tapped(position if playing else None, song.rate)))

    def _tapped(self, beat_frame: int | None, rate: int) -> "Tempo":
        from app.song.tempo import Tempo, tap_tempo

        bpm = tap_tempo(self._taps_s)
        old = self.current
        if beat_frame is None:
            beat_frame = old.first_beat_frame if old else 0
        elif bpm > 0.0:
            beat_frame = round(beat_frame % (rate * 60.0 / bpm))
        return Tempo(bpm, beat_frame, old.beats_per_bar if old else 4)
