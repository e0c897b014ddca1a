"""What turns behind the player: one song, its mixer, the engine that reads it, and the output that is driven by it."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import numpy as np

from app.mixing.settings import MixSettings
from app.playback.output import OpenOutput, Output, OutputSettings, look_for_devices_again
from app.playback.prefetch import Prefetch, touch
from app.playback.settings import MetronomeSettings
from app.song.activation_edits import Edits

if TYPE_CHECKING:
    from app.mixing.mixer import Mixer
    from app.playback.engine import Engine
    from app.playback.feeder import Feeder
    from app.song.song import Song

_LONGEST_FADE_WAIT_S: Final = 0.25
_READ_AHEAD_S: Final = 0.25


@dataclass(frozen=True)
class Way:
    """How a song is played, besides its mix."""

    tempo: float = 1.0
    transpose_semitones: float = 0.0
    loop: tuple[int, int] | None = None
    repeat: bool = False
    compare: bool = False
    metronome: MetronomeSettings = field(default_factory=MetronomeSettings)


class Deck:
    """Controlled from one thread, the player's."""

    def __init__(self, output: OutputSettings, open_output: OpenOutput, failed: Callable[[str], None]) -> None:
        """`failed` is told, on some thread, why there is no more sound."""
        self.settings = output
        self.output: Output | None = None
        self.song: Song | None = None
        self.mixer: Mixer | None = None
        self.way = Way()
        self.edits: Edits = ()
        self.tapped: int | None = None
        self._open_output = open_output
        self._failed = failed
        self._broken = False
        self._asked_rate = 0
        self._underflows = 0
        self._engine: Engine | None = None
        self._making = threading.Lock()
        self._feeder: Feeder | None = None
        self._generations = 0
        self._forget_song: Callable[[], None] = _nothing
        self._prefetch = Prefetch()

    @property
    def engine(self) -> "Engine":
        """The engine; made when it is first wanted, which takes a while: what it compiles may have to be compiled."""
        with self._making:
            if self._engine is None:
                from app.playback.engine import Engine

                self._engine = Engine()
            return self._engine

    def load(self, song: "Song", mix: MixSettings) -> None:
        """Have this song ready at its start, paused. There must be none."""
        self.song = song
        self.ensure_output()
        self._begin(mix, 0)
        self._prefetch.follow(song, self._places)

    def unload(self) -> None:
        """Let go of the song; nothing here reads its arrays afterwards."""
        self.pause_and_wait()
        self._end()
        self._prefetch.release()
        self.song = self.mixer = None

    def close(self) -> None:
        """Unload, and end everything. Idempotent."""
        self.unload()
        self._close_output()
        self._prefetch.close()
        if self._feeder is not None:
            self._feeder.close()

    @property
    def playing(self) -> bool:
        """Whether the song plays, or fades in."""
        return self.song is not None and self.engine.playing

    @property
    def dropouts(self) -> int:
        """How often the output ran empty since it was opened."""
        return self._engine.underflows - self._underflows if self._engine else 0

    def request(self, playing: bool, jump: int | None = None, **fields: float) -> None:
        """Ask for sound or silence, from another frame if that is given; `fields` are further ones of a request."""
        if self.song is None:
            return
        if jump is None:
            self.engine.play(playing, None, **fields)
        else:
            self.engine.play(playing, jump, generation=self._prepare(jump), **fields)
            self._prefetch.jump()

    def change_way(self, way: Way) -> None:
        """Play like that from now on."""
        before, self.way = self.way, way
        if self.song is None:
            return
        if way.metronome != before.metronome:
            self.engine.set_metronome(way.metronome, self.song.rate, self.song.frames)
        if way.compare != before.compare:
            self.engine.change(compare=int(way.compare))
        if _stream_of(way) != _stream_of(before):
            if self.engine.wanted("playing") and not self.engine.playing:
                self.engine.play(False)  # the song has ended: what changes now does not start it again
            self._change_stream()

    def read_ahead(self, frame: int) -> None:
        """Read what the next blocks need, here and now."""
        if self.song is not None:
            touch(self.song, frame, round(_READ_AHEAD_S * self.song.rate))

    def pause_and_wait(self) -> None:
        """Pause; returns when the fade has been handed to the output."""
        self.request(playing=False)
        deadline_s = time.monotonic() + _LONGEST_FADE_WAIT_S
        while self.song is not None and not self.engine.silent and time.monotonic() < deadline_s:
            time.sleep(0.002)

    def change_output(self, settings: OutputSettings) -> None:
        """Use another output, at the same position."""
        playing = self.playing
        self.pause_and_wait()
        self.settings = settings
        self._close_output()
        look_for_devices_again()
        if self.song is not None:
            self.ensure_output()
            if playing:
                self.request(playing=True)

    def ensure_output(self) -> None:
        """Have an output that works, and the song read at its rate; look again where there was no device before."""
        song, engine, output = self.song, self.engine, self.output
        assert song is not None
        wanted_rate = self.settings.rate or song.rate
        again = self._broken or (output is not None and output.silent and self.mixer is not None)
        if output is not None and not again and wanted_rate in (output.rate, self._asked_rate):
            return
        self._close_output()
        if again:
            look_for_devices_again()
        self._asked_rate = wanted_rate
        self.output = output = self._open_output(self.settings, song.rate, engine, self._stopped)
        engine.clock = output.now_s
        self._underflows = engine.underflows
        if self.mixer is None:
            return
        frame = engine.rendered_position
        if self.mixer.rate != output.rate:
            mix = self.mixer.settings
            self._end()
            self._begin(mix, frame)
        else:
            self.request(playing=engine.playing, jump=frame)  # another output has another clock

    def count_in(self, start: int) -> dict[str, float]:
        """Fields of a request that have a bar counted before a start at that frame; none without known beats."""
        song, output, tempo = self.song, self.output, self.way.metronome.beats
        if tempo is None or song is None or output is None:
            return {}
        beats = tempo.beat_frames(song.rate, song.frames + 4 * song.rate)
        following = min(max(int(np.searchsorted(beats, start)), 1), len(beats) - 1)
        period = float(beats[following] - beats[following - 1])
        until_beat = (float(beats[following]) - start) % period
        output_frames = output.rate / (song.rate * self.way.tempo)
        return {
            "count_in": self.engine.wanted("count_in") + 1,
            "count_in_frames": round((tempo.beats_per_bar * period - until_beat) * output_frames),
            "count_in_period": period * output_frames,
        }

    def _begin(self, mix: MixSettings, frame: int) -> None:
        """Have the engine read the song, from that frame, paused."""
        from app.mixing.mixer import Mixer
        from app.playback.feeder import AtAnotherRate

        song, engine, output = self.song, self.engine, self.output
        assert song is not None
        assert output is not None
        source = song if output.rate == song.rate else AtAnotherRate(song, output.rate)
        mixer = Mixer(source, mix, self.edits, song_rate=song.rate)
        mixer.tap_strip(self.tapped)
        self.mixer = mixer
        engine.change(compare=int(self.way.compare))
        engine.load(mixer, frame)
        self._forget_song = song.span_added.subscribe(lambda start, stop: engine.change_weights(mixer))
        engine.set_metronome(self.way.metronome, song.rate, song.frames)
        self._change_stream()

    def _places(self) -> tuple[int, ...]:
        """Any thread: the frames where the song is read now, and after a turn."""
        way = self.way
        turn = (way.loop[0],) if way.loop else (0,) if way.repeat else ()
        return self.engine.rendered_position, *turn

    def _end(self) -> None:
        """Have nothing read the song any more."""
        self._forget_song()
        self._forget_song = _nothing
        if self._feeder is not None:
            self._feeder.release()
        if self._engine is not None:
            self._engine.unload()

    def _change_stream(self) -> None:
        """Have the engine, and what is prepared ahead for it, follow the way."""
        start, stop = self.way.loop or (-1, -1)
        self.engine.change(
            generation=self._prepare(None), loop_start=start, loop_stop=stop, repeat=int(self.way.repeat)
        )

    def _prepare(self, jump: int | None) -> int:
        """Have strips prepared ahead if they must be; the number that they will have, 0 for the song as it is."""
        from app.playback.feeder import Feeder, Stream

        song, output, mixer, way = self.song, self.output, self.mixer, self.way
        if song is None or output is None or mixer is None:
            return 0
        if way.tempo == 1.0 and way.transpose_semitones == 0.0 and output.rate == song.rate:
            if self._feeder is not None:
                self._feeder.want(None)
            return 0
        if self._feeder is None:
            self._feeder = Feeder(self.engine, self._stopped)
        self._generations += 1
        self._feeder.want(
            Stream(
                self._generations, mixer, song.rate, output.rate, way.tempo, way.transpose_semitones, way.loop,
                way.repeat, jump,
            )
        )  # fmt: skip
        return self._generations

    def _close_output(self) -> None:
        if self.output is not None:
            self.output.close()
        if self._engine is not None:
            self._engine.clock = time.monotonic
        self.output, self._broken = None, False

    def _stopped(self, reason: str) -> None:
        """Some thread: there is no more sound."""
        self._broken = True
        self.request(playing=False)
        self._failed(reason)


def _stream_of(way: Way) -> tuple[object, ...]:
    """What of a way makes a difference to which frames are played."""
    return way.tempo, way.transpose_semitones, way.loop, way.repeat


def _nothing() -> None:
    """No song is followed."""
