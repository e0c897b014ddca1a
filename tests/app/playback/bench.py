"""The compiled callback on a bench: a song whose samples tell their places, and a clock that follows the sound."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from app.events import Event
from app.mixing.mixer import Mixer
from app.playback.engine import BlockRecord, Engine
from app.playback.settings import MetronomeSettings
from app.playback.transport import FADE_S
from app.song.coverage import Spans
from models.activation import activation_frame_count

RATE = 44100
FRAMES = 20_000
FADE = round(FADE_S * RATE)
DELAY_S = 0.046


def _numbered() -> NDArray[np.float32]:
    return np.stack([np.arange(1, FRAMES + 1), np.ones(FRAMES)], axis=1).astype(np.float32)


@dataclass
class NumberedSong:
    """Frame `n` of the song is `n + 1` on the left and 1 on the right: both the place and the fade can be read off."""

    rate: int = RATE
    frames: int = FRAMES
    mix: NDArray[np.float32] = field(default_factory=_numbered)
    stems: NDArray[np.float32] = field(default_factory=lambda: np.zeros((6, FRAMES, 2), np.float32))
    activations: NDArray[np.float32] = field(
        default_factory=lambda: np.zeros((6, activation_frame_count(FRAMES, RATE)), np.float32)
    )
    activation_coverage: Spans = ()
    span_added: Event[int, int] = field(default_factory=Event)


class Bench:
    """An engine with the song in it, whose clock moves with what is pulled out of it."""

    def __init__(self, engine: Engine) -> None:
        self.now_s = 0.0
        self.engine = engine
        engine.unload()
        engine.clock = lambda: self.now_s
        engine.set_rate(RATE, 2, 0.0)
        engine.change(repeat=0, compare=0)
        self.song = NumberedSong()
        self.mixer = Mixer(self.song)
        engine.load(self.mixer, 0)
        engine.set_metronome(MetronomeSettings(), RATE, FRAMES)
        engine.start_log()
        self.first = engine.state("stream_frame")

    def play(self, playing: bool = True) -> None:
        self.engine.play(playing)

    def seek(self, frame: int) -> None:
        self.engine.play(self.engine.playing, frame)

    def loop(self, start: int, stop: int) -> None:
        self.engine.change(loop_start=start, loop_stop=stop)

    def pull(self, frames: int, block: int = 512) -> NDArray[np.float32]:
        out = np.full((frames, 2), np.nan, np.float32)
        for start in range(0, frames, block):
            part = out[start : start + block]
            self.engine(part, DELAY_S)
            self.now_s += len(part) / RATE
        return out

    def is_playing(self) -> bool:
        return self.engine.playing

    def log(self) -> list[BlockRecord]:
        return self.engine.stop_log()


def places(out: NDArray[np.float32]) -> NDArray[np.int64]:
    """The song frame behind each sounding stream frame."""
    sounding = out[:, 1] > 0.0
    return np.rint(out[sounding, 0].astype(float) / out[sounding, 1]).astype(np.int64) - 1
