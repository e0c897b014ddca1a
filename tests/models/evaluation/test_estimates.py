"""Oracles, weights, and what counts as Other."""

import numpy as np
import pytest

from models.activation import ActivationSettings
from models.evaluation.estimates import estimates_of, ideal_binary_mask, input_estimates, weight_stems
from models.instruments import INSTRUMENTS


def sine(hz: float, seconds: float = 1.0) -> np.ndarray:
    wave = 0.3 * np.sin(2 * np.pi * hz * np.arange(int(44100 * seconds)) / 44100)
    return np.stack((wave, wave), 1).astype(np.float32)


def test_ideal_binary_mask_takes_apart_what_does_not_overlap() -> None:
    sources = {"bass": sine(200), "piano": sine(2000)}
    mix = sources["bass"] + sources["piano"]
    for name, estimate in ideal_binary_mask(sources, mix).items():
        assert estimate.shape == mix.shape
        error = np.square(estimate - sources[name]).sum() / np.square(sources[name]).sum()
        assert error < 1e-3


def test_ideal_binary_mask_gives_a_bin_to_the_louder_one() -> None:
    loud = sine(1000)
    quiet = (0.5 * loud).astype(np.float32)
    estimates = ideal_binary_mask({"loud": loud, "quiet": quiet}, loud + quiet)
    np.testing.assert_allclose(estimates["loud"], loud + quiet, atol=1e-4)
    assert np.abs(estimates["quiet"]).max() < 1e-4


def test_input_is_the_mix() -> None:
    mix = sine(100)
    assert all(estimate is mix for estimate in input_estimates({"bass": mix, "drums": mix}, mix).values())


def test_weights_mute_where_the_instrument_rests() -> None:
    stems = np.ones((6, 44100, 2), np.float32)
    activations = np.zeros((6, 44), np.float32)
    activations[0] = 1.0
    weighted = weight_stems(stems, activations, ActivationSettings("hard"))
    assert (weighted[0] == 1).all()
    assert (weighted[1:] == 0).all()


@pytest.mark.parametrize(
    ("labelled", "other"), [(frozenset(INSTRUMENTS), 10 - 6 * 1.0), (frozenset(("vocals", "bass", "drums")), 7.0)]
)
def test_other_holds_what_the_song_does_not_tell_apart(labelled: frozenset[str], other: float) -> None:
    stems, mix = np.ones((6, 100, 2), np.float32), np.full((100, 2), 10, np.float32)
    estimates = estimates_of(stems, mix, INSTRUMENTS, labelled, ("vocals", "other"))
    assert set(estimates) == {"vocals", "other"}
    assert (estimates["other"] == other).all()


def test_a_separator_is_not_scored_on_what_it_does_not_know() -> None:
    stems, mix = np.ones((6, 100, 2), np.float32), np.full((100, 2), 10, np.float32)
    estimates = estimates_of(stems, mix, ("vocals",), frozenset(INSTRUMENTS), ("vocals", "piano"))
    assert set(estimates) == {"vocals"}
