"""The player: what a listener can do with a song."""

from collections import deque
from dataclasses import replace
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from app.events import Event
from app.mixing.settings import MixSettings
from app.playback.deck import Deck
from app.playback.output import OpenOutput, OutputSettings, list_devices, open_output
from app.playback.settings import TEMPO_RANGE, TRANSPOSE_RANGE, MetronomeSettings
from app.playback.silent_meters import SilentMeters
from app.song.activation_edits import Edits

if TYPE_CHECKING:
    from app.mixing.mixer import Meters
    from app.playback.engine import BlockRecord
    from app.song.song import Song

SHORTEST_LOOP_S: Final = 0.02
"""A loop must leave room for its two fades."""

_TAP_FRAMES: Final = 4096


class Player:
    """Plays a song live through a `Mixer`. Control it from one thread; `position` and `meters` may be read anywhere.

    The sound is made by compiled code that the sound card calls (see `callback`); everything here only puts requests
    where that code finds them. `failed` tells in a sentence that the output stopped by itself; it is emitted on a
    thread of the output. Playback is paused then, and the next `play` opens the output again.

    Attributes:
        pre_roll_s: how many seconds earlier `play` begins.
        count_in: whether `play` waits for a bar of clicks, if the metronome knows the beats.
    """

    def __init__(self, output: OutputSettings | None = None, open_output: OpenOutput = open_output) -> None:
        """`open_output` makes the output; tests put a deterministic one there."""
        self.failed: Event[[str]] = Event()
        self.pre_roll_s = 0.0
        self.count_in = False
        self._deck = Deck(output or OutputSettings(), open_output, self._tell_failure)
        self._mix = MixSettings()
        self._scrubbed: int | None = None
        self._log: deque[BlockRecord] | None = None

    def warm_up(self) -> None:
        """Do what makes the first `load` slow (loading PortAudio, compiling), on a worker thread."""
        from app.mixing.mixer import warm_up

        list_devices()
        warm_up()
        _ = self._deck.engine

    def load(self, song: "Song", mix: MixSettings, edits: Edits = ()) -> None:
        """Be ready to play this song from its start, paused. The song must stay open until `unload`."""
        self.unload()
        self._mix = mix
        self._deck.edits = edits
        self._deck.load(song, mix)

    def unload(self) -> None:
        """Stop and let go of the song: afterwards nothing here reads its arrays. The output stays open, silent."""
        self._scrubbed = None
        self._deck.unload()
        self._deck.change_way(replace(self._deck.way, loop=None))

    def close(self) -> None:
        """Unload and close the output. Idempotent."""
        self.unload()
        self._deck.close()

    # transport

    def play(self) -> None:
        """Play on; from the start if the song is at its end. Does nothing without a song."""
        deck, song = self._deck, self._deck.song
        if song is None:
            return
        deck.ensure_output()
        frame = deck.engine.rendered_position
        start = 0 if frame >= song.frames else frame
        if self.pre_roll_s > 0.0 and not deck.playing:
            start = max(0, start - round(self.pre_roll_s * song.rate))
        deck.read_ahead(start)
        counting = deck.count_in(start) if self.count_in and not deck.playing else {}
        deck.request(playing=True, jump=start if start != frame else None, **counting)

    def pause(self) -> None:
        """Fade out and stay there."""
        self._deck.request(playing=False)

    def toggle(self) -> None:
        """Play or pause."""
        if self.playing:
            self.pause()
        else:
            self.play()

    def stop(self) -> None:
        """Pause and go to the start of the song."""
        self._deck.request(playing=False, jump=0)

    def seek(self, frame: int) -> None:
        """Go to that song frame, limited to the song; plays on if it was playing."""
        frame = self._within(frame)
        self._deck.read_ahead(frame)
        self._deck.request(playing=self.playing, jump=frame)

    def scrub(self, frame: int | None) -> None:
        """Hear short grains of the song under the hand that drags; None when it lets go: it goes on from there."""
        if self._deck.song is None:
            return
        if frame is not None:
            self._scrubbed = self._within(frame)
            self._deck.read_ahead(self._scrubbed)
            self._deck.engine.scrub(self._scrubbed)
        elif self._scrubbed is not None:
            target, self._scrubbed = self._scrubbed, None
            self._deck.engine.scrub(None)
            self._deck.request(playing=self.playing, jump=target)

    @property
    def playing(self) -> bool:
        """True from `play` until `pause`, `stop` or the end of the song."""
        return self._deck.playing

    @property
    def position(self) -> int:
        """The song frame heard now (the output's latency is accounted for), never before the target of a seek."""
        if self._deck.song is None:
            return 0
        scrubbed = self._scrubbed
        return scrubbed if scrubbed is not None else self._deck.engine.position

    @property
    def loop(self) -> tuple[int, int] | None:
        """The half-open range of song frames that is played round and round, None for none."""
        return self._deck.way.loop

    @loop.setter
    def loop(self, frames: tuple[int, int] | None) -> None:
        """Set or clear it. A range outside the song or shorter than 20 ms is none."""
        song = self._deck.song
        if song is None:
            return
        if frames is not None:
            frames = max(0, frames[0]), min(song.frames, frames[1])
            if frames[1] - frames[0] < SHORTEST_LOOP_S * song.rate:
                frames = None
        self._deck.change_way(replace(self._deck.way, loop=frames))

    @property
    def repeat_song(self) -> bool:
        """Whether the song begins anew at its end."""
        return self._deck.way.repeat

    @repeat_song.setter
    def repeat_song(self, repeat: bool) -> None:
        self._deck.change_way(replace(self._deck.way, repeat=repeat))

    @property
    def tempo(self) -> float:
        """Speed, 0.5 to 2; the pitch stays. Raises ValueError outside that range."""
        return self._deck.way.tempo

    @tempo.setter
    def tempo(self, tempo: float) -> None:
        _check("tempo", tempo, TEMPO_RANGE)
        self._deck.change_way(replace(self._deck.way, tempo=tempo))

    @property
    def transpose_semitones(self) -> float:
        """Pitch, -12 to 12; cents are fractions, the speed stays. Raises ValueError outside that range."""
        return self._deck.way.transpose_semitones

    @transpose_semitones.setter
    def transpose_semitones(self, semitones: float) -> None:
        _check("transpose_semitones", semitones, TRANSPOSE_RANGE)
        self._deck.change_way(replace(self._deck.way, transpose_semitones=semitones))

    @property
    def metronome(self) -> MetronomeSettings:
        """Clicks on the beats."""
        return self._deck.way.metronome

    @metronome.setter
    def metronome(self, settings: MetronomeSettings) -> None:
        self._deck.change_way(replace(self._deck.way, metronome=settings))

    # mix and output

    @property
    def mix(self) -> MixSettings:
        """The mix that is played."""
        return self._mix

    @mix.setter
    def mix(self, mix: MixSettings) -> None:
        self._mix = mix
        mixer = self._deck.mixer
        if mixer is not None:
            mixer.settings = mix
            self._deck.engine.change_mix(mixer)

    @property
    def edits(self) -> Edits:
        """The edits of the activations of the song that is played; another song begins without."""
        return self._deck.edits

    @edits.setter
    def edits(self, edits: Edits) -> None:
        self._deck.edits = edits
        mixer = self._deck.mixer
        if mixer is not None:
            mixer.edits = edits
            self._deck.engine.change_weights(mixer)

    def glide_to(self, mix: MixSettings, seconds: float) -> None:
        """Change the mix in as many seconds. Raises ValueError for a negative time."""
        mixer = self._deck.mixer
        if mixer is not None:
            mixer.glide_to(mix, seconds)
            self._deck.engine.change_mix(mixer)
        self._mix = mix

    @property
    def compare(self) -> bool:
        """Whether the song is heard as it was, as loud as the remix. A change cross-fades."""
        return self._deck.way.compare

    @compare.setter
    def compare(self, compare: bool) -> None:
        self._deck.change_way(replace(self._deck.way, compare=compare))

    @property
    def meters(self) -> "Meters | SilentMeters":
        """The mixer's meters; all zero without a song."""
        mixer = self._deck.mixer
        return mixer.meters if mixer is not None else SilentMeters()

    @property
    def weights(self) -> NDArray[np.float32] | None:
        """The weights as `Mixer.raw_weights` has them, another array after each change; None without a song."""
        mixer = self._deck.mixer
        return mixer.raw_weights if mixer is not None else None

    @property
    def mixer_rate(self) -> int | None:
        """The rate in Hz at which the song is mixed, which is the output's; None without a song."""
        mixer = self._deck.mixer
        return mixer.rate if mixer is not None else None

    def tap_strip(self, index: int | None) -> None:
        """Let `tap` show the strip of that index from now on, or none."""
        self._deck.tapped = index
        if self._deck.mixer is not None:
            self._deck.mixer.tap_strip(index)

    def tap(self) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """The last samples of the tapped strip, before and behind its equalizer: mono, float32 `(4096,)` each."""
        mixer = self._deck.mixer
        if mixer is None:
            return np.zeros(_TAP_FRAMES, np.float32), np.zeros(_TAP_FRAMES, np.float32)
        return mixer.tap()

    @property
    def output(self) -> OutputSettings:
        """What `set_output` was given."""
        return self._deck.settings

    def set_output(self, settings: OutputSettings) -> None:
        """Play through another device, at another rate or latency from now on, at the same position."""
        self._deck.change_output(settings)

    @property
    def device_line(self) -> str:
        """One line for the status bar: device, rate and latency, or why there is none. Empty until a song is loaded."""
        output = self._deck.output
        return output.line if output is not None else ""

    @property
    def dropouts(self) -> int:
        """How often the output ran empty since it was opened."""
        return self._deck.dropouts

    # for tests and measurements

    def log_blocks(self, log: "deque[BlockRecord] | None") -> None:
        """Have every piece that is rendered written down from now on, until None is given; then `log` has them all.

        The last sixteen thousand are remembered, enough for minutes.
        """
        engine = self._deck.engine
        if self._log is not None:
            self._log.extend(engine.stop_log())
        self._log = log
        if log is not None:
            engine.start_log()

    def start_timing(self) -> None:
        """Have the time that each block takes written down. On Linux and macOS."""
        self._deck.engine.start_timing()

    def stop_timing(self) -> NDArray[np.float64]:
        """Microseconds of each block since `start_timing`, the last 32768 at most."""
        return self._deck.engine.stop_timing()

    def _within(self, frame: int) -> int:
        song = self._deck.song
        return min(max(int(frame), 0), song.frames) if song is not None else 0

    def _tell_failure(self, reason: str) -> None:
        self.failed.emit(f"The sound stopped ({reason}), press Play to try again.")


def _check(name: str, value: float, limits: tuple[float, float]) -> None:
    if not limits[0] <= value <= limits[1]:  # False for NaN too
        raise ValueError(f"{name} must lie between {limits[0]:g} and {limits[1]:g}, not {value}")
