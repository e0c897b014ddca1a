import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.data.synthetic.players.drum_synthesizer import draw_sounds
from models.data.synthetic.players.frequency_modulation import draw_operators, play_operators
from models.data.synthetic.players.hammer import draw_piano, play_struck
from models.data.synthetic.players.pluck import draw_string, play_string
from models.data.synthetic.players.sampler import Touch, continued, pan_gains, ratio_curve
from models.data.synthetic.players.singer import _overlap_add
from models.data.synthetic.players.synthesizer import draw_patch, play_effects, play_patch
from models.data.synthetic.players.voice import analyse
from models.data.synthetic.score import Note

RATE = 44100


def fundamental_cents(audio: np.ndarray, pitch: float) -> float:
    """How far the strongest partial near the fundamental lies from it."""
    expected = 440 * 2 ** ((pitch - 69) / 12)
    size = 1 << 18
    spectrum = np.abs(np.fft.rfft(audio * np.hanning(len(audio)), size))
    hz = np.arange(len(spectrum)) * RATE / size
    near = (hz > expected * 0.93) & (hz < expected * 1.07)
    return float(1200 * np.log2(hz[near][spectrum[near].argmax()] / expected))


def sung_vowel(pitch: float, seconds: float) -> np.ndarray:
    """Pulses through two resonances, with 0.1 s of silence before and after."""
    period = RATE / (440 * 2 ** ((pitch - 69) / 12))
    pulses = np.zeros(int(seconds * RATE))
    pulses[np.arange(0, len(pulses) - 1, period).astype(int)] = 1.0
    ring = np.arange(600) / RATE
    shape = np.exp(-ring * 500) * (np.sin(2 * np.pi * 700 * ring) + 0.5 * np.sin(2 * np.pi * 1200 * ring))
    voice = np.convolve(pulses, shape)[: len(pulses)]
    pad = np.zeros(RATE // 10)
    return np.concatenate([pad, voice / np.abs(voice).max(), pad]).astype(np.float32)[:, None]


@settings(deadline=None, max_examples=10)
@given(st.integers(40, 76), st.booleans(), st.integers(0, 50))
def test_modelled_strings_are_in_tune(pitch: int, electric: bool, seed: int) -> None:
    rng = np.random.default_rng(seed)
    out = np.zeros(RATE, np.float32)
    play_string(out, draw_string(rng, electric), (Note(0.0, 0.8, pitch, 0.8),), rng, Touch())
    assert np.isfinite(out).all()
    assert abs(fundamental_cents(out[2000:22000], pitch)) < 25


def test_palm_muted_strings_die_sooner() -> None:
    levels = []
    for articulation in ("", "palm-mute"):
        rng = np.random.default_rng(1)
        out = np.zeros(RATE, np.float32)
        play_string(out, draw_string(rng, True), (Note(0.0, 0.8, 45, 0.8, articulation),), rng, Touch())
        levels.append(float(np.sqrt(np.mean(out[12000:20000] ** 2))))
    assert levels[1] < 0.3 * levels[0]


@settings(deadline=None, max_examples=10)
@given(st.integers(33, 84), st.floats(0.2, 1.0), st.integers(0, 50))
def test_modelled_pianos_are_in_tune_and_end(pitch: int, velocity: float, seed: int) -> None:
    rng = np.random.default_rng(seed)
    out = np.zeros((2 * RATE, 2), np.float32)
    play_struck(out, draw_piano(rng), (Note(0.1, 0.9, pitch, velocity),), rng, Touch(release_s=0.2))
    assert np.isfinite(out).all()
    assert not out[: int(0.1 * RATE) - 1].any()
    assert 0.01 < np.abs(out).max() < 2
    assert not out[int(1.21 * RATE) :].any()
    assert abs(fundamental_cents(out[:, 0][8000:40000], pitch)) < 25


def test_soft_piano_notes_are_quieter_and_duller() -> None:
    piano = draw_piano(np.random.default_rng(2))
    levels, centres_hz = [], []
    for velocity in (0.3, 1.0):
        out = np.zeros((RATE, 2), np.float32)
        play_struck(out, piano, (Note(0.0, 0.9, 45, velocity),), np.random.default_rng(3), Touch())
        power = np.abs(np.fft.rfft(out[:, 0])) ** 2
        levels.append(float(power.sum()))
        centres_hz.append(float((power * np.fft.rfftfreq(RATE, 1 / RATE)).sum() / power.sum()))
    assert levels[0] < 0.2 * levels[1]
    assert centres_hz[0] < 0.95 * centres_hz[1]


@settings(deadline=None, max_examples=15)
@given(st.sampled_from(["pad", "lead", "arp", "stabs", "synth-bass"]), st.integers(36, 84), st.integers(0, 50))
def test_synthesised_notes_are_finite_and_end(role: str, pitch: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    patch = draw_patch(rng, role)
    out = np.zeros((3 * RATE, 2), np.float32)
    play_patch(out, patch, (Note(0.1, 0.4, pitch, 0.8),), rng)
    assert np.isfinite(out).all()
    assert np.abs(out).max() > 1e-3
    assert not out[: int(0.1 * RATE) - 1].any()
    assert not out[int((0.52 + patch.release_s) * RATE) :].any()


@settings(deadline=None, max_examples=10)
@given(st.booleans(), st.integers(36, 96), st.integers(0, 50))
def test_frequency_modulation_is_finite_and_bounded(held: bool, pitch: int, seed: int) -> None:
    out = np.zeros((RATE, 2), np.float32)
    play_operators(out, draw_operators(np.random.default_rng(seed), held), (Note(0.0, 0.5, pitch, 1.0),), gain=0.1)
    assert 1e-3 < np.abs(out).max() <= 0.1001


def test_noise_effects_stay_in_their_time() -> None:
    out = np.zeros((2 * RATE, 2), np.float32)
    notes = tuple(Note(0.5, 1.0, 60, 0.7, kind) for kind in ("riser", "impact", "sweep"))
    play_effects(out, notes, np.random.default_rng(0))
    assert np.isfinite(out).all()
    assert not out[: RATE // 2 - 1].any()
    assert not out[int(1.5 * RATE) + 1 :].any()


def test_drum_sounds_have_unit_peaks_and_die_away() -> None:
    for piece, sound in draw_sounds(np.random.default_rng(3)).items():
        assert np.abs(sound).max() == pytest.approx(1.0), piece
        assert np.abs(sound[-200:]).max() < 0.2, piece


def test_continued_sounds_last_and_keep_their_beginning() -> None:
    tone = np.sin(np.arange(RATE) * 0.05).astype(np.float32)[:, None]
    longer = continued(tone, 3 * RATE)
    assert len(longer) >= 3 * RATE
    np.testing.assert_array_equal(longer[: RATE // 2], tone[: RATE // 2])
    assert np.abs(longer).max() < 1.5


def test_bends_and_plain_notes_have_the_right_speed() -> None:
    assert ratio_curve(Note(0, 1, 60, 0.8), 12.0, Touch()) == pytest.approx(2.0)
    bent = ratio_curve(Note(0, 1, 60, 0.8, "", ((0.0, -2.0), (0.2, 0.0))), 0.0, Touch())
    assert bent[0] == pytest.approx(2 ** (-2 / 12), rel=1e-4)
    assert bent[-1] == pytest.approx(1.0)


@given(st.floats(-1, 1))
def test_panning_keeps_the_power(pan: float) -> None:
    left, right = pan_gains(pan)
    assert left**2 + right**2 == pytest.approx(2.0)


@pytest.mark.parametrize("pitch", [48.0, 57.0, 66.0])
def test_a_sung_vowel_is_analysed(pitch: float) -> None:
    phrase = analyse(sung_vowel(pitch, 1.0), pitch + 1.0)
    assert phrase.pitch == pytest.approx(pitch, abs=0.1)
    steps = np.diff(phrase.marks[phrase.voiced])
    assert np.median(steps) == pytest.approx(RATE / (440 * 2 ** ((pitch - 69) / 12)), abs=1.0)
    (syllable,) = phrase.syllables
    assert syllable.start <= syllable.vowel < syllable.steady_end <= syllable.end
    assert syllable.steady_end - syllable.vowel > 0.8 * RATE


@pytest.mark.parametrize("shift", [-4.0, 0.0, 5.0])
def test_a_vowel_is_sung_at_another_pitch_and_length(shift: float) -> None:
    phrase = analyse(sung_vowel(57.0, 0.6), 57.0)
    (syllable,) = phrase.syllables
    out = np.zeros(2 * RATE, np.float32)
    points = np.array([2000, 2000 + RATE], np.float32)
    source = np.array([syllable.vowel + 500, syllable.steady_end - 500], np.float32)
    period = RATE / (440 * 2 ** ((57.0 + shift - 69) / 12))
    curve = np.full(400, period, np.float32)
    _overlap_add(
        out, phrase.audio, phrase.marks, phrase.periods, phrase.voiced, points, source, curve, 220.5, 1.0, 0.3, 1.0, 5
    )
    assert np.isfinite(out).all()
    assert abs(fundamental_cents(out[6000:40000], 57.0 + shift)) < 20
    assert np.abs(out[10000:40000]).max() > 0.02
    assert not out[: 2000 - 600].any()
