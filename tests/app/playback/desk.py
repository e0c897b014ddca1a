"""A player whose outputs are pulled by hand."""

import threading
import time
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from app.playback.engine import Engine
from app.playback.output import Output, OutputSettings, Render, Stopped
from app.playback.player import Player

WAIT_S = 5.0


class HandOutput:
    """An output that is pulled by hand, or by a thread while somebody waits for a fade."""

    def __init__(self, settings: OutputSettings, rate: int, render: Render, stopped: Stopped) -> None:
        self.rate = settings.rate or rate
        self.line = f"by hand, {self.rate} Hz, {settings.latency_s:g} s"
        self.silent = False
        self.render = render
        self.frames = 0
        render.set_rate(self.rate, 2, 0.0)
        self.stopped = stopped
        self.closed = False

    def now_s(self) -> float:
        return self.frames / self.rate

    def close(self) -> None:
        self.closed = True


class Desk:
    """A player and the outputs that it has opened."""

    def __init__(self, settings: OutputSettings | None = None, waiting: bool = True) -> None:
        """`waiting`: each block waits until what is prepared ahead is there."""
        self._waiting = waiting
        self.outputs: list[HandOutput] = []
        self.player = Player(settings, open_output=self._open)

    def _open(self, settings: OutputSettings, rate: int, render: Render, stopped: Stopped) -> Output:
        self.outputs.append(HandOutput(settings, rate, render, stopped))
        return self.outputs[-1]

    def pull(self, frames: int) -> NDArray[np.float32]:
        out = np.full((frames, 2), np.nan, np.float32)
        for start in range(0, frames, 1024):
            block = out[start : start + 1024]
            if self._waiting:
                self._wait_for_what_is_prepared()
            self.outputs[-1].render(block, 0.0)
            self.outputs[-1].frames += len(block)
        return out

    def _wait_for_what_is_prepared(self) -> None:
        """A hand is faster than the thread that stretches; a sound card is not."""
        engine = self.outputs[-1].render
        assert isinstance(engine, Engine)
        generation = engine.wanted("generation")
        deadline_s = time.monotonic() + WAIT_S
        while generation != 0 and time.monotonic() < deadline_s:
            for ring in engine.rings:
                read = engine.state("read") if engine.state("generation") == generation else 0
                if ring["generation"] == generation and (ring["written"] - read > 4096 or ring["end"] >= 0):
                    return
            time.sleep(0.001)

    def pull_until_sound(self) -> NDArray[np.float32]:
        """The first block that is not silent."""
        for _ in range(1000):
            block = self.pull(256)
            if block.any():
                return block
        raise AssertionError("nothing is heard")

    def pulling_meanwhile(self, action: Callable[[], object]) -> None:
        """Do something that waits for the output."""
        thread = threading.Thread(target=action)
        thread.start()
        while thread.is_alive():
            self.pull(256)
            thread.join(0.001)


def is_playing(player: Player) -> bool:
    """`player.playing`, of which mypy does not believe that it changes."""
    return player.playing
