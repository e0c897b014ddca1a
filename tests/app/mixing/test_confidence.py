"""Marks where activation and loudness do not agree."""

from pathlib import Path

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from app.mixing.confidence import SHORTEST_FRAMES, Doubtful, doubts
from app.mixing.mixer import Mixer
from app.mixing.settings import MixSettings
from app.song.activation_edits import ActivationEdit
from app.song.peaks import SongPeaks
from app.song.song import open_song
from tests.songs import noise, write_wav


def test_by_hand() -> None:
    frames = 400
    weights, stem, mix = (np.full(frames, value, np.float32) for value in (0.0, 0.0, 0.5))
    stem[50:100] = 0.2  # loud without a weight
    weights[150:300] = 1.0
    stem[150:220] = 0.2  # plays and is heard; then it is silent
    stem[320:324] = 0.2  # too short, even when it is held
    known = np.ones(frames, bool)
    found = doubts(weights, stem, mix, known)
    assert [doubt.kind for doubt in found] == ["bleed", "silent"]
    assert abs(found[0].start - 50) <= 5
    assert abs(found[0].stop - 100) <= 5
    assert abs(found[1].start - 220) <= 5
    assert found[1].stop == 300
    known[:] = False
    assert doubts(weights, stem, mix, known) == ()


def test_the_leftovers_of_a_loud_mix_are_no_doubt() -> None:
    weights, mix = np.zeros(100, np.float32), np.full(100, 0.9, np.float32)
    assert doubts(weights, np.full(100, 0.02, np.float32), mix, np.ones(100, bool)) == ()
    quiet = np.full(100, 1e-4, np.float32)
    assert doubts(weights, quiet, quiet, np.ones(100, bool)) == (), "nor is what nobody hears"


@settings(deadline=None, max_examples=60)
@given(st.integers(0, 10**6), st.integers(0, 300))
def test_stretches_are_apart_long_and_within(seed: int, frames: int) -> None:
    rng = np.random.default_rng(seed)
    weights, stem, mix = (
        np.repeat(rng.choice([0.0, 1.0], 1 + frames // 9), 9)[:frames].astype(np.float32) for _ in "123"
    )
    found = doubts(weights, stem, mix, np.ones(len(weights), bool))
    assert all(doubt.stop - doubt.start >= SHORTEST_FRAMES for doubt in found)
    assert all(doubt.start >= 0 and doubt.stop <= frames for doubt in found)
    assert found == tuple(sorted(found))


def test_of_a_song_and_settled_by_an_edit(tmp_path: Path) -> None:
    """A stem that is loud throughout where the network hears nothing: an edit that forces it on settles the doubt."""
    song = open_song(write_wav(tmp_path / "song.wav", noise(4 * 44100)), folder=tmp_path / "stores")
    try:
        stems = np.zeros((6, song.frames, 2), np.float32)
        stems[2] = song.mix
        song.add_span(0, stems, 0, np.zeros_like(song.activations))
        mixer, peaks = Mixer(song, MixSettings()), SongPeaks(song)
        peaks.update()
        count = song.activations.shape[1]

        def found(row: int) -> tuple[Doubtful, ...]:
            peaks.set_weights(mixer.raw_weights)
            return doubts(peaks.weights(row), *peaks.levels(row), np.ones(count, bool))

        assert found(2) == (Doubtful(0, count, "bleed"),)
        assert found(0) == ()
        mixer.edits = (ActivationEdit("acoustic_guitar", 0, count, "on"), ActivationEdit("vocals", 20, 80, "on"))
        assert found(2) == ()
        assert found(0) == (Doubtful(20, 80, "silent"),)
    finally:
        song.close()
