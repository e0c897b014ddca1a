"""The shipped network on a real song that it never heard, through the real command line.

The song is `francium` of ../shared/songs, which is not part of this repository; without it these tests say so and skip.
"""

import json
from pathlib import Path

import numpy as np
import pytest
import soundfile
import soxr
from numpy.typing import NDArray

from models.evaluation.estimates import separate_whole
from models.instruments import INSTRUMENTS, STEMS
from models.separator import load_separator
from tests.app.headless.command_line import ROOT, partwise

FOLDER = ROOT.parent / "shared" / "songs" / "francium"
pytestmark = [
    pytest.mark.skipif(not FOLDER.is_dir(), reason="the real song is not here: ../shared/songs/francium is missing"),
    pytest.mark.timeout(600),
]
RATE, START_S, SECONDS = 44100, 60, 30


@pytest.fixture(scope="module")
def truth() -> dict[str, NDArray[np.float32]]:
    """30 s of each of the song's stems, `(frames, 2)`."""
    start, stop = RATE * START_S, RATE * (START_S + SECONDS)
    return {
        path.stem: soundfile.read(path, dtype="float32", start=start, stop=stop)[0] for path in FOLDER.glob("*.ogg")
    }


def sdr_db(reference: NDArray[np.float32], estimate: NDArray[np.float32]) -> float:
    """Median over seconds in which the reference sounds of its energy over that of the error, in dB."""
    whole = len(reference) // RATE * RATE
    energy, error = (
        np.square(audio[:whole].reshape(-1, RATE * 2)).sum(1) for audio in (reference, reference - estimate)
    )
    sounds = energy > 1e-3 * energy.max()
    return float(np.median(10 * np.log10(energy[sounds] / (error[sounds] + 1e-9))))


def test_stereo_song_at_44100(truth: dict[str, NDArray[np.float32]], tmp_path: Path) -> None:
    mix = sum(truth.values(), np.zeros((RATE * SECONDS, 2), np.float32))
    song = tmp_path / "song.wav"
    soundfile.write(song, mix, RATE, subtype="FLOAT")
    ended = partwise("separate", song, "--output", tmp_path / "out", "--subtype", "FLOAT", "--json")
    assert ended.status == 0, ended.err
    summary = json.loads(ended.out.splitlines()[-1])
    assert summary["null_dbfs"] <= -120
    stems = {
        name: soundfile.read(tmp_path / "out" / "song" / f"{name}.wav", dtype="float32", always_2d=True)
        for name in STEMS
    }
    for samples, rate in stems.values():
        assert samples.shape == mix.shape
        assert rate == RATE


def test_vocals_and_drums_come_out_of_the_whole_song() -> None:
    """Both are at least 3 dB above the mix where they sound, as `python -m models.evaluate` measures at length."""
    truth = {path.stem: soundfile.read(path, dtype="float32")[0] for path in FOLDER.glob("*.ogg")}
    mix = sum(truth.values(), np.zeros_like(truth["drums"]))
    stems, _ = separate_whole(load_separator(), mix)
    for name in ("vocals", "drums"):
        gain_db = sdr_db(truth[name], stems[INSTRUMENTS.index(name)]) - sdr_db(truth[name], mix)
        assert gain_db > 3, f"{name}: {gain_db:.1f} dB above the mix"


def test_mono_mp3_at_48000(truth: dict[str, NDArray[np.float32]], tmp_path: Path) -> None:
    mix = sum(truth.values(), np.zeros((RATE * SECONDS, 2), np.float32))
    song = tmp_path / "song.mp3"
    soundfile.write(song, soxr.resample(mix.mean(1), RATE, 48000), 48000, format="MP3")
    ended = partwise("separate", song, "--output", tmp_path / "out", "--subtype", "FLOAT", "--json")
    assert ended.status == 0, ended.err
    assert json.loads(ended.out.splitlines()[-1])["null_dbfs"] <= -120
    for name in STEMS:
        info = soundfile.info(tmp_path / "out" / "song" / f"{name}.wav")
        assert (info.frames, info.samplerate, info.channels) == (soundfile.info(song).frames, 48000, 1)
    table = (tmp_path / "out" / "song" / "activations.csv").read_text().splitlines()
    assert table[0] == ",".join(("time_s", *INSTRUMENTS))
    values = np.loadtxt(table[1:], delimiter=",")
    assert len(values) == int(SECONDS * 44100 / 1024) + 1
    assert values[:, 1:].min() >= 0
    assert values[:, 1:].max() <= 1
