"""The live spectrum reads what it says it reads."""

import numpy as np
import pytest

from app.ui.equalizer.curves import frequencies
from app.ui.equalizer.spectrum import FALL_DB_PER_S, FLOOR_DB, Spectrum

FRAMES = 4096
HZ = frequencies(240)


def sine(frequency_hz: float, rate: int, amplitude: float = 1.0) -> np.ndarray:
    return amplitude * np.sin(2 * np.pi * frequency_hz * np.arange(FRAMES) / rate + 0.3)


@pytest.mark.parametrize("rate", [44100, 48000, 96000])
@pytest.mark.parametrize("frequency_hz", [110.0, 440.0, 1000.0, 4321.0, 12_000.0])
@pytest.mark.parametrize("amplitude", [1.0, 0.1])
def test_a_sine_reads_its_level_at_its_place(rate: int, frequency_hz: float, amplitude: float) -> None:
    spectrum = Spectrum(HZ, rate, FRAMES)
    assert spectrum.feed(sine(frequency_hz, rate, amplitude), 0.0)
    tilt_db = 1.5 * np.log2(frequency_hz / 1000.0)
    top = int(np.argmax(spectrum.levels_db))
    level_db = 20 * np.log10(amplitude) + tilt_db
    assert HZ[top] == pytest.approx(frequency_hz, rel=0.09 if frequency_hz < 200 else 0.03)
    assert spectrum.levels_db[top] == pytest.approx(level_db, abs=2.0 if rate > 50_000 else 1.2)
    far = (np.abs(np.log2(HZ / frequency_hz)) > 1.5) & (np.abs(HZ - frequency_hz) > 8 * rate / FRAMES)
    assert np.max(spectrum.levels_db[far], initial=FLOOR_DB) < spectrum.levels_db[top] - 45.0


def test_pink_noise_rises_by_the_tilt_alone() -> None:
    rng = np.random.default_rng(5)
    power = np.zeros(len(HZ))
    for _ in range(60):
        white = np.fft.rfft(rng.standard_normal(FRAMES))
        pink = np.fft.irfft(white / np.sqrt(np.maximum(np.arange(len(white)), 1)))
        spectrum = Spectrum(HZ, 44100, FRAMES)
        spectrum.feed(pink, 0.0)
        power += 10.0 ** (spectrum.levels_db / 10.0)
    levels_db = 10.0 * np.log10(power / 60)
    inside = (HZ > 400.0) & (HZ < 12_000.0)
    slope = np.polyfit(np.log2(HZ[inside]), levels_db[inside], 1)[0]
    assert slope == pytest.approx(1.5, abs=0.25)


def test_it_rises_at_once_falls_steadily_and_comes_to_rest() -> None:
    spectrum = Spectrum(HZ, 44100, FRAMES)
    spectrum.feed(sine(1000.0, 44100), 0.0)
    top = int(np.argmax(spectrum.levels_db))
    loud_db = spectrum.levels_db[top]
    silence = np.zeros(FRAMES)
    assert spectrum.feed(silence, 0.5)
    assert spectrum.levels_db[top] == pytest.approx(loud_db - 0.5 * FALL_DB_PER_S)
    for _ in range(10):
        spectrum.feed(silence, 0.5)
    assert not spectrum.feed(silence, 0.5)
    assert np.all(spectrum.levels_db == FLOOR_DB)


def test_beyond_the_songs_frequencies_and_for_broken_samples_there_is_nothing() -> None:
    spectrum = Spectrum(HZ, 11025, FRAMES)
    spectrum.feed(np.random.default_rng(1).standard_normal(FRAMES), 0.0)
    assert np.all(spectrum.levels_db[HZ >= 5512.5] == FLOOR_DB)
    assert np.all(spectrum.levels_db[(HZ > 50) & (HZ < 5000)] > FLOOR_DB)
    spectrum.clear()
    spectrum.feed(np.full(FRAMES, np.nan), 0.0)
    assert np.all(spectrum.levels_db == FLOOR_DB)
