"""Scores mean what they say: the truth scores at the ceiling, silence and the mix as they should."""

import numpy as np
import pytest

from models.evaluation.estimates import Sources
from models.evaluation.song import CEILING_DB, score

RATE = 44100


@pytest.fixture(scope="module")
def sources() -> Sources:
    random = np.random.default_rng(0)
    return {name: random.normal(0, 0.1, (RATE * 3, 2)).astype(np.float32) for name in ("vocals", "drums")}


def test_truth_mix_and_silence(sources: Sources) -> None:
    mix = sources["vocals"] + sources["drums"]
    silence = np.zeros_like(mix)
    table, windows = score(
        sources,
        {
            "truth": sources,
            "mix": dict.fromkeys(sources, mix),
            "silence": {"vocals": silence, "drums": sources["drums"]},
        },
    )
    assert table["truth"]["vocals"]["SDR"] == table["truth"]["drums"]["SDR"] == CEILING_DB
    assert table["mix"]["vocals"]["SDR"] == pytest.approx(0.0, abs=0.5), "the level of the rest"
    assert table["mix"]["drums"]["SIR"] == pytest.approx(0.0, abs=0.5)
    assert table["silence"]["vocals"]["SDR"] == pytest.approx(0.0, abs=0.1)
    assert table["silence"]["drums"]["SDR"] == CEILING_DB
    assert windows == {name: {"scored": 3, "silent": 0} for name in sources}


def test_songs_without_high_frequencies_have_meaningful_scores() -> None:
    """As a lossy codec leaves them: the projections on the sources must not be swamped by what is not there."""
    random = np.random.default_rng(1)
    spectra = np.fft.rfft(random.normal(0, 0.1, (2, RATE * 3, 2)), axis=1)
    spectra[:, RATE * 3 * 14 // 44 :] = 0
    vocals, drums = np.fft.irfft(spectra, RATE * 3, axis=1).astype(np.float32)
    estimates = {"vocals": vocals + 0.1 * drums, "drums": drums + 0.1 * vocals}
    scores = score({"vocals": vocals, "drums": drums}, {"m": estimates})[0]["m"]["vocals"]
    assert scores["SDR"] == pytest.approx(20.0, abs=0.5)
    assert scores["SIR"] == pytest.approx(20.0, abs=1.0)
    assert scores["SAR"] is not None
    assert scores["SAR"] > 30


def test_seconds_in_which_the_source_is_silent_are_counted_and_left_out(sources: Sources) -> None:
    rests = {name: audio.copy() for name, audio in sources.items()}
    rests["vocals"][: 2 * RATE] = 0
    leaking = {"vocals": rests["vocals"].copy(), "drums": rests["drums"]}
    leaking["vocals"][: 2 * RATE] = 0.1 * sources["drums"][: 2 * RATE]
    table, windows = score(rests, {"leaking": leaking})
    vocals = table["leaking"]["vocals"]["SDR"]
    assert vocals is not None
    assert vocals > 60
    assert windows == {"vocals": {"scored": 1, "silent": 2}, "drums": {"scored": 3, "silent": 0}}


def test_muting_is_not_rewarded(sources: Sources) -> None:
    """An estimate that is silent for a second is scored there: 0 dB, and not as if there had been no such second."""
    muted = sources["vocals"].copy()
    muted[: 2 * RATE] = 0
    table, _ = score(sources, {"muted": {"vocals": muted}})
    assert table["muted"]["vocals"]["SDR"] == pytest.approx(0.0, abs=0.1)


def test_a_source_that_is_silent_throughout_is_not_scored(sources: Sources) -> None:
    silent = sources | {"piano": np.zeros_like(sources["drums"])}
    table, windows = score(silent, {"m": silent})
    assert set(table["m"]) == set(windows) == {"vocals", "drums"}
    assert score({"piano": silent["piano"]}, {"m": {}}) == ({"m": {}}, {})


def test_a_source_below_the_floor_has_no_score(sources: Sources) -> None:
    quiet = {"vocals": 1e-4 * sources["vocals"], "drums": sources["drums"]}
    table, windows = score(quiet, {"m": quiet})
    assert table["m"]["vocals"]["SDR"] is None
    assert windows["vocals"] == {"scored": 0, "silent": 3}


def test_an_estimate_of_nothing_is_refused(sources: Sources) -> None:
    with pytest.raises(ValueError, match="piano by m"):
        score(sources, {"m": {"piano": sources["drums"]}})
    with pytest.raises(ValueError, match="drums by m"):
        score(sources, {"m": {"drums": sources["drums"][:-1]}})
