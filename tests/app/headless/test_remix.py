import json
from pathlib import Path

import numpy as np
import pytest
import soundfile

from app.mixing.mix_file import load_mix, save_mix
from app.mixing.settings import MixSettings
from tests.app.headless.command_line import FAKE, assert_one_sentence, left_behind, partwise
from tests.fake_separator import SHARES
from tests.songs import noise, write_wav


@pytest.fixture
def song(tmp_path: Path) -> Path:
    return write_wav(tmp_path / "song.wav", noise(20_000), 8000)


@pytest.fixture
def mix(tmp_path: Path) -> Path:
    path = tmp_path / "mix.json"
    save_mix(path, MixSettings().with_strip("vocals", mute=True))
    return path


def test_the_remix_is_what_the_mix_says(tmp_path: Path, song: Path, mix: Path) -> None:
    target = tmp_path / "out.wav"
    ended = partwise("remix", song, "--mix", mix, "--output", target, *FAKE)
    assert ended.status == 0, ended
    assert ended.err == ""
    heard, rate = soundfile.read(target, dtype="float32")
    assert rate == 8000
    assert soundfile.info(target).subtype == "FLOAT"
    np.testing.assert_allclose(heard, noise(20_000) * (1 - SHARES[0]), atol=1e-6)
    assert_one_sentence(partwise("remix", song, "--mix", mix, "--output", target, *FAKE), 2)
    assert partwise("remix", song, "--mix", mix, "--output", target, "--overwrite", *FAKE).status == 0


def test_flac_by_the_name_of_the_output(tmp_path: Path, song: Path, mix: Path) -> None:
    target = tmp_path / "out.flac"
    assert partwise("remix", song, "--mix", mix, "--output", target, *FAKE).status == 0
    assert soundfile.info(target).subtype == "PCM_24"


def test_the_example_is_a_mix(tmp_path: Path) -> None:
    ended = partwise("remix", "--example")
    assert ended.status == 0
    path = tmp_path / "example.json"
    path.write_text(ended.out)
    assert load_mix(path) != MixSettings()
    assert "about" in json.loads(ended.out)


@pytest.mark.parametrize("text", ["", '{"partwise_mix": 1, "strips": {"flute": {}}}'])
def test_a_bad_mix_is_one_sentence(tmp_path: Path, song: Path, text: str) -> None:
    (tmp_path / "bad.json").write_text(text)
    ended = partwise("remix", song, "--mix", tmp_path / "bad.json", "--output", tmp_path / "out.wav", *FAKE)
    assert_one_sentence(ended, 2)
    assert "“bad.json”" in ended.err
    assert left_behind(tmp_path) == ["bad.json", "song.wav"]


def test_bad_files_are_one_sentence(tmp_path: Path, song: Path, mix: Path) -> None:
    nothing = tmp_path / "nothing"
    assert_one_sentence(partwise("remix", song, "--mix", nothing, "--output", tmp_path / "out.wav", *FAKE), 2)
    assert_one_sentence(partwise("remix", nothing, "--mix", mix, "--output", tmp_path / "out.wav", *FAKE), 2)
    assert_one_sentence(partwise("remix", song, "--mix", mix, "--output", nothing / "out.wav", *FAKE), 2)
    assert left_behind(tmp_path) == ["mix.json", "song.wav"]
