from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from app.playback.stretch import Stretcher, window_frames

RATE = 44100


def stretched(
    signal: Callable[[NDArray[np.int64]], NDArray[np.float64]], ratio: float, frames: int, gains: int = 1
) -> NDArray[np.float32]:
    """`(channels, frames)` of what a function of the input frame, giving `(channels, n)`, becomes."""
    next_frame = -Stretcher.lead(RATE, ratio)

    def read(count: int) -> NDArray[np.float32]:
        nonlocal next_frame
        next_frame += count
        return signal(np.arange(next_frame - count, next_frame)).astype(np.float32)

    stretcher = Stretcher(len(signal(np.arange(1))), RATE, ratio, read)
    hops = -(-frames // stretcher.hop_frames)
    parts = [stretcher.next_hop(np.ones(gains, np.float32)) for _ in range(hops)]
    return np.concatenate(parts, axis=1)[:, :frames]


def tones(*hertz: float) -> Callable[[NDArray[np.int64]], NDArray[np.float64]]:
    """The same sum of tones of 0.2 on two channels."""

    def signal(index: NDArray[np.int64]) -> NDArray[np.float64]:
        total = sum(0.2 * np.sin(2 * np.pi * f * index / RATE + f) for f in hertz)
        return np.stack([total, total])

    return signal


@pytest.mark.parametrize(("rate", "frames"), [(44100, 4096), (48000, 4096), (96000, 8192), (8000, 1024)])
def test_window_length(rate: int, frames: int) -> None:
    assert window_frames(rate) == frames


def test_at_its_own_length_nothing_changes() -> None:
    noise = np.random.default_rng(0).normal(0.0, 0.1, (2, 60_000))
    result = stretched(lambda index: noise[:, index % 60_000], 1.0, 20_000)
    np.testing.assert_allclose(result, noise[:, :20_000], atol=1e-5)


@settings(deadline=None, max_examples=15)
@given(ratio=st.floats(0.25, 4.0), hertz=st.floats(40.0, 8000.0))
@example(ratio=2.0, hertz=41.2)
@example(ratio=0.5, hertz=41.2)
def test_a_tone_keeps_its_pitch_and_level(ratio: float, hertz: float) -> None:
    result = stretched(tones(hertz), ratio, RATE)[0, RATE // 4 :].astype(float)
    time_s = np.arange(len(result)) / RATE
    carrier = result * np.exp(-2j * np.pi * hertz * time_s)
    smooth = np.hanning(4096) / np.hanning(4096).sum()
    phase = np.unwrap(np.angle(np.convolve(carrier, smooth, "valid")[::256]))
    drift_hertz = np.polyfit(np.arange(len(phase)) * 256 / RATE, phase, 1)[0] / (2 * np.pi)
    assert abs(1200 * np.log2(1 + drift_hertz / hertz)) < 1.0
    assert np.sqrt(2 * np.mean(result**2)) == pytest.approx(0.2, rel=0.02)


@pytest.mark.parametrize("ratio", [0.5, 0.8, 1.5, 2.0])
def test_a_chord_keeps_its_tones(ratio: float) -> None:
    hertz = (220.0, 277.2, 329.6, 1046.5)
    result = stretched(tones(*hertz), ratio, RATE)[0, RATE // 4 :]
    spectrum = np.abs(np.fft.rfft(result * np.hanning(len(result)))) / (len(result) / 4)
    for f in hertz:
        near = round(f * len(result) / RATE)
        assert spectrum[near - 3 : near + 4].max() == pytest.approx(0.2, rel=0.15)
    for f in hertz:
        near = round(f * len(result) / RATE)
        spectrum[near - 40 : near + 41] = 0.0
    assert spectrum.max() < 0.2 * 10 ** (-45 / 20), "nothing else is heard"


@pytest.mark.parametrize("ratio", [0.5, 1.4, 2.0])
def test_strokes_stay_short_and_in_their_places(ratio: float) -> None:
    def strokes(index: NDArray[np.int64]) -> NDArray[np.float64]:
        return np.repeat(np.where((index > 0) & (index % 11_025 == 0), 1.0, 0.0)[np.newaxis], 2, axis=0)

    result = np.abs(stretched(strokes, ratio, round(4 * 11_025 * ratio)))[0]
    for number in (1, 2, 3):
        place = round(number * 11_025 * ratio)
        around = result[place - 4000 : place + 4000] ** 2
        near = result[place - 220 : place + 221] ** 2
        assert near.sum() > 0.8 * around.sum(), "within 5 ms"


def test_channels_stay_together() -> None:
    noise = np.random.default_rng(1).normal(0.0, 0.1, (4, 80_000))

    def signal(index: NDArray[np.int64]) -> NDArray[np.float64]:
        parts = noise[:, index % 80_000]
        parts[3] = parts[2]
        return np.concatenate([parts, parts[:2] + parts[2:]])  # the last pair is the sum of the two others

    result = stretched(signal, 1.3, 30_000, gains=3)
    np.testing.assert_allclose(result[:2] + result[2:4], result[4:], atol=1e-5)
    np.testing.assert_array_equal(result[2], result[3], "and what is in the middle stays there")


@pytest.mark.parametrize("ratio", [0.5, 2.0])
def test_silence_stays_silent(ratio: float) -> None:
    assert not stretched(lambda index: np.zeros((2, len(index))), ratio, 10_000).any()
