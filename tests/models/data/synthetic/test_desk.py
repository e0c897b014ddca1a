"""The desk's newer effects: other bodies, pickups, bleed, lossy files, de-essing, pedals and slides."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.data.synthetic import desk
from models.data.synthetic.arranger import arrange
from models.data.synthetic.effects.codec import lossy
from models.data.synthetic.effects.voicing import change_body, move_pickup
from models.data.synthetic.score import Note, Score

RATE = 44100


def noise(seconds: float, level: float = 0.1, seed: int = 0) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    return (level * np.random.default_rng(seed).standard_normal((int(seconds * RATE), 2))).astype(np.float32)


def spectrum_db(
    audio: np.ndarray[tuple[int, ...], np.dtype[np.float32]],
) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    power = np.abs(np.fft.rfft(audio[:, 0].reshape(-1, 4410), axis=1)) ** 2
    return 10 * np.log10(power.mean(0) + 1e-12)


@settings(deadline=None, max_examples=15)
@given(st.integers(0, 10**6))
def test_another_body_is_linear_and_leaves_the_far_ends_alone(seed: int) -> None:
    one, two = noise(0.2, seed=1), noise(0.2, seed=2)
    both = one + two
    for audio in (one, two, both):
        change_body(audio, np.random.default_rng(seed), 300, 3000, 3.0)
    np.testing.assert_allclose(one + two, both, atol=1e-5)
    before, after = noise(2.0), noise(2.0)
    change_body(after, np.random.default_rng(seed), 300, 3000, 3.0)
    changed = np.abs(spectrum_db(after) - spectrum_db(before))
    assert changed[1800:].mean() < 1.0  # above 18 kHz
    assert changed[30:300].max() > 0.3


def test_a_pickup_notches_where_the_wave_returns_in_phase() -> None:
    before, after = noise(4.0), noise(4.0)
    rng = np.random.default_rng(5)
    move_pickup(after, rng)
    again = np.random.default_rng(5)
    delay = int(again.uniform(0.15e-3, 1.2e-3) * RATE)
    change = spectrum_db(after) - spectrum_db(before)
    notch = round(RATE / delay / 10)
    assert change[notch] < -2
    assert change[notch // 2] > 1


@pytest.mark.parametrize("kind", ["vorbis", "mp3"])
@pytest.mark.parametrize("quality", [0.0, 1.0])
def test_lossy_files_keep_length_and_place(kind: str, quality: float) -> None:
    time = np.arange(30_001) / RATE
    audio = (0.3 * np.sin(2 * np.pi * np.array([330.0, 440.0]) * time[:, None])).astype(np.float32)
    back = lossy(audio, kind, quality)
    assert back.shape == audio.shape
    inside = slice(4000, 26_000)
    error = np.square(back - audio)[inside].mean() / np.square(audio)[inside].mean()
    assert 0 < error < 0.01


@pytest.mark.parametrize("kind", ["vorbis", "mp3"])
def test_long_songs_can_be_encoded(kind: str) -> None:
    assert len(lossy(noise(60.0), kind, 0.0)) == 60 * RATE


def test_bleed_belongs_to_the_stem_that_it_comes_from() -> None:
    drums = noise(1.0)
    drums[RATE // 2 :] = 0
    stems = {"drums": drums.copy(), "other": np.zeros_like(drums)}
    desk._bleed(stems, np.random.default_rng(3))
    assert not stems["other"].any()
    leak = stems["drums"] - drums
    level_db = 10 * np.log10(np.square(leak).mean() / np.square(drums).mean())
    assert -60 < level_db < -20
    assert not leak[: int(0.003 * RATE)].any(), "it comes later"
    assert np.abs(leak[RATE // 2 : RATE // 2 + 100]).max() > 0


def test_encoding_keeps_peaks_below_the_ceiling() -> None:
    stems = {"drums": noise(0.5, 0.4, 1), "bass": noise(0.5, 0.4, 2)}
    stems = {stem: np.clip(audio, -0.9, 0.9) for stem, audio in stems.items()}
    desk._encode(stems, np.random.default_rng(0))
    assert max(np.abs(audio).max() for audio in (*stems.values(), stems["drums"] + stems["bass"])) <= 0.97 + 1e-6


def test_the_de_esser_takes_from_the_highs_only() -> None:
    before = noise(2.0)
    before[RATE:] *= 4  # a loud second half is held down
    after = before.copy()
    desk._tame_sibilants(after, np.random.default_rng(0))
    change = spectrum_db(after[RATE:]) - spectrum_db(before[RATE:])
    assert abs(change[10:200].mean()) < 0.5
    assert change[1000:1800].mean() < -2


def notes_of(score: Score, stem: str) -> list[Note]:
    return [note for part in score.parts_of(stem) for note in part.notes]


def test_pedals_and_slides_are_used_and_not_always() -> None:
    scores = [arrange(seed, 20.0, full=True) for seed in range(25)]
    sliding = [sum(bool(note.bend) for note in notes_of(score, "bass")) for score in scores]
    assert 2 < sum(count > 0 for count in sliding) < 25
    # With the pedal down a note sounds on while the next ones of the same chord are struck.
    overlap = [np.mean([b.onset_s < a.end_s - 0.3 for a, b in zip(n, n[4:], strict=False)])
               for n in (notes_of(score, "piano") for score in scores) if len(n) > 8]  # fmt: skip
    assert max(overlap) > 0.5
    assert min(overlap) < 0.1
