"""Gaps are noticed by the output's clock, where nobody tells of them."""

import numpy as np
import pytest

from app.playback.engine import Engine

RATE = 44100
BLOCK_S = 0.02
DELAY_S = 0.04
UNDERFLOW = 4  # paOutputUnderflow


class Card:
    """An engine that is called as PortAudio would."""

    def __init__(self, delay_s: float = DELAY_S) -> None:
        self.engine = Engine()
        self.engine.set_rate(RATE, 2, 0.046)
        self._delay_s = delay_s
        self.now_s = 100.0

    def call(self, after_s: float = BLOCK_S, flags: int = 0, delay_s: float | None = None) -> int:
        """Ask for a block so much later, that will be heard in `delay_s`; the gaps so far."""
        self.now_s += after_s
        delay_s = self._delay_s if delay_s is None else delay_s
        block = np.zeros((round(BLOCK_S * RATE), 2), np.float32)
        times = np.array([0.0, self.now_s, self.now_s + delay_s])
        self.engine.callback(block, times, flags, self.engine.table)
        return self.engine.underflows


@pytest.fixture(scope="module")
def card() -> Card:
    return Card()


def test_blocks_in_time_leave_no_gap(card: Card) -> None:
    before = card.engine.underflows
    jitter = np.random.default_rng(0).uniform(-0.015, 0.015, 200)
    for early in np.diff(jitter, prepend=0.0):
        assert card.call(BLOCK_S + early, delay_s=DELAY_S - early) == before


def test_a_gap_is_counted_once_though_nobody_tells(card: Card) -> None:
    before = card.call()
    assert card.call(0.5, delay_s=0.001) == before + 1
    for _ in range(3):  # the queue fills again; what the system says meanwhile is vague
        assert card.call(0.03, delay_s=0.001) == before + 1
    for _ in range(50):
        assert card.call() == before + 1
    assert card.call(0.07) == before + 2, "a gap of 10 ms"


def test_what_is_told_counts_too(card: Card) -> None:
    card.call(0.0)
    for _ in range(20):
        before = card.call()
    assert card.call(flags=UNDERFLOW) == before + 1
    assert card.call(flags=UNDERFLOW) == before + 1, "of the same gap"


def test_a_system_that_does_not_tell_times_is_believed() -> None:
    silent = Card(delay_s=0.0)
    for after_s in (BLOCK_S, BLOCK_S, 0.5, BLOCK_S):
        assert silent.call(after_s) == 0


def test_another_output_has_another_clock(card: Card) -> None:
    before = card.call()
    card.engine.set_rate(RATE, 2, 0.046)
    assert card.call(1000.0) == before
