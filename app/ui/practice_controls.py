"""Loop, speed, key, clicks and the comparison with the song: what the keys do to them."""

from dataclasses import replace

from app.events import Event
from app.playback.settings import TEMPO_RANGE, TRANSPOSE_RANGE
from app.session.commands import SetLoop
from app.session.session import Session


class PracticeControls:
    """What the player does beside playing. `changed` is emitted after each change made here."""

    def __init__(self, session: Session) -> None:
        self.changed: Event[[]] = Event()
        self._session = session
        self._last_loop: tuple[int, int] | None = None
        session.song_changed.subscribe(self._forget)

    def start_loop_here(self) -> None:
        """Loop from the play position to the loop's end, or the song's."""
        song, loop = self._session.song, self._session.document.loop
        if song:
            here = self._session.player.position
            stop = loop[1] if loop and loop[1] > here else song.frames
            self._set_loop((here, stop) if here < stop else None)

    def stop_loop_here(self) -> None:
        """Loop from the loop's start, or the song's, to the play position."""
        if self._session.song:
            here, loop = self._session.player.position, self._session.document.loop
            start = loop[0] if loop and loop[0] < here else 0
            self._set_loop((start, here) if start < here else None)

    def toggle_loop(self) -> None:
        """Clear the loop, or bring the last one back; the first is the whole song."""
        song, loop = self._session.song, self._session.document.loop
        if song and loop:
            self._last_loop = loop
            self._set_loop(None)
        elif song:
            self._set_loop(self._last_loop or (0, song.frames))

    def toggle_repeat(self) -> None:
        """Begin the song anew at its end, or no more."""
        self._session.player.repeat_song = not self._session.player.repeat_song
        self.changed.emit()

    def toggle_compare(self) -> None:
        """Hear the song as it was, as loud as the remix, or the remix."""
        self._session.player.compare = not self._session.player.compare
        self.changed.emit()

    def change_tempo(self, by: float) -> None:
        """Play faster or slower, by a share of the song's speed."""
        self.set_tempo(round(self._session.player.tempo + by, 3))

    def set_tempo(self, tempo: float) -> None:
        """Play at that speed, limited to half and double."""
        self._session.player.tempo = min(max(tempo, TEMPO_RANGE[0]), TEMPO_RANGE[1])
        self.changed.emit()

    def change_pitch(self, by: float) -> None:
        """Transpose by so many semitones more."""
        self.set_pitch(round(self._session.player.transpose_semitones + by, 2))

    def set_pitch(self, semitones: float) -> None:
        """Transpose, limited to an octave."""
        self._session.player.transpose_semitones = min(max(semitones, TRANSPOSE_RANGE[0]), TRANSPOSE_RANGE[1])
        self.changed.emit()

    def toggle_metronome(self) -> None:
        """Click on the beats, or no more."""
        player = self._session.player
        player.metronome = replace(player.metronome, on=not player.metronome.on)
        self.changed.emit()

    def toggle_count_in(self) -> None:
        """Count a bar before playing, or no more."""
        self._session.player.count_in = not self._session.player.count_in
        self.changed.emit()

    def set_pre_roll(self, seconds: float) -> None:
        """Begin that much earlier."""
        self._session.player.pre_roll_s = seconds
        self.changed.emit()

    def _set_loop(self, frames: tuple[int, int] | None) -> None:
        self._session.end_gesture()
        self._session.do(SetLoop(frames))
        self._session.end_gesture()

    def _forget(self) -> None:
        self._last_loop = None
