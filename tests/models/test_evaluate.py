"""Scores mean what they say: the truth scores at the ceiling, silence and the mix as they should."""

import json
from pathlib import Path

import numpy as np
import pytest
import soundfile

from models import evaluate
from models.activation import ActivationSettings
from models.evaluate import Audio, main, median_over_songs, score, weight_stems
from models.separator import load_separator

pytestmark = pytest.mark.filterwarnings("ignore::RuntimeWarning:museval")


@pytest.fixture(scope="module")
def sources() -> dict[str, Audio]:
    random = np.random.default_rng(0)
    return {name: random.normal(0, 0.1, (44100 * 3, 2)).astype(np.float32) for name in ("vocals", "drums")}


def test_truth_scores_at_the_ceiling(sources: dict[str, Audio]) -> None:
    assert min(values["SDR"] for values in score(sources, sources).values()) > 60


def test_mix_scores_as_the_level_of_the_rest(sources: dict[str, Audio]) -> None:
    mix = sources["vocals"] + sources["drums"]
    scores = score(sources, {"vocals": mix, "drums": mix})
    assert scores["vocals"]["SDR"] == pytest.approx(0.0, abs=0.5)
    assert scores["drums"]["SIR"] == pytest.approx(0.0, abs=0.5)


def test_songs_without_high_frequencies_have_meaningful_scores() -> None:
    """As a lossy codec leaves them: the projections on the sources must not be swamped by what is not there."""
    random = np.random.default_rng(1)
    spectra = np.fft.rfft(random.normal(0, 0.1, (2, 44100 * 3, 2)), axis=1)
    spectra[:, 44100 * 3 * 14 // 44 :] = 0
    vocals, drums = np.fft.irfft(spectra, 44100 * 3, axis=1).astype(np.float32)
    scores = score({"vocals": vocals, "drums": drums}, {"vocals": vocals + 0.1 * drums, "drums": drums + 0.1 * vocals})
    assert scores["vocals"]["SDR"] == pytest.approx(20.0, abs=0.5)
    assert scores["vocals"]["SIR"] == pytest.approx(20.0, abs=1.0)
    assert scores["vocals"]["SAR"] > 30


def test_silence_scores_zero(sources: dict[str, Audio]) -> None:
    silence = np.zeros_like(sources["vocals"])
    scores = score(sources, {"vocals": silence, "drums": sources["drums"]})
    assert scores["vocals"]["SDR"] == pytest.approx(0.0, abs=0.1)
    assert scores["drums"]["SDR"] > 60


def test_seconds_in_which_the_reference_is_silent_do_not_count(sources: dict[str, Audio]) -> None:
    rests = {name: audio.copy() for name, audio in sources.items()}
    rests["vocals"][: 2 * 44100] = 0
    estimates = {"vocals": rests["vocals"].copy(), "drums": rests["drums"]}
    estimates["vocals"][: 2 * 44100] = 0.1 * sources["drums"][: 2 * 44100]
    assert score(rests, estimates)["vocals"]["SDR"] > 60


def test_names_must_agree(sources: dict[str, Audio]) -> None:
    with pytest.raises(ValueError, match="cannot be scored"):
        score(sources, {"vocals": sources["vocals"]})


def test_weights_mute_where_the_instrument_rests() -> None:
    stems = np.ones((6, 44100, 2), np.float32)
    activations = np.zeros((6, 44), np.float32)
    activations[0] = 1.0
    weighted = weight_stems(stems, activations, ActivationSettings("hard"))
    assert (weighted[0] == 1).all()
    assert (weighted[1:] == 0).all()


def test_median_over_songs() -> None:
    songs = [{"models": {"m": {"vocals": {"SDR": value}}}} for value in (1.0, 5.0, 2.0)]
    assert median_over_songs(songs)["m"]["vocals"]["SDR"] == 2.0


def test_command_writes_the_table(
    sources: dict[str, Audio], tiny_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "data" / "song").mkdir(parents=True)
    for name, audio in sources.items():
        soundfile.write(tmp_path / "data" / "song" / f"{name}.wav", audio, 44100)
    monkeypatch.setattr(evaluate, "load_separator", lambda name: load_separator(name, root=tiny_model))
    output = tmp_path / "results.json"
    assert main(["--data", str(tmp_path / "data"), "--model", "tiny", "--output", str(output)]) == 0
    results = json.loads(output.read_text())
    assert set(results["models"]) == {"input", "tiny", "tiny, weighted"}
    assert results["models"]["input"]["vocals"]["SDR"] == pytest.approx(0.0, abs=0.5)
    assert set(results["songs"]["song"]["activation"]["tiny"]["drums"]) == {"precision", "recall", "f1", "active"}
