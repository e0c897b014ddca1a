import json
import re
from pathlib import Path

import numpy as np
import pytest
import soundfile

from app.audio.encode import AtomicAudioWriter, EncodeSettings
from app.audio.tags import Tags, read_tags
from app.headless.arguments import RemixArguments, parse
from app.headless.console import UsageError
from app.headless.remix import remix
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


def test_stems_of_a_stretch_as_tagged_mp3(tmp_path: Path, mix: Path) -> None:
    song = tmp_path / "song.flac"
    with AtomicAudioWriter(
        song, 44100, 2, EncodeSettings("flac"), tags=Tags({"title": "The Song", "artist": "Artist"})
    ) as writer:
        writer.write(noise(44100))
    options = ("--stems", "bass,vocals", "--from", "0.25", "--to", "0:00.75", "--format", "mp3", "--bitrate", "320")
    names = ("--name", "{artist} - {title} - {number} {stem} {tempo}", "--tempo", "99.6")
    command = ("remix", song, "--what", "stems-through-strips", "--mix", mix, "--output", tmp_path / "out")
    ended = partwise(*command, *options, *names, *FAKE)
    assert ended.status == 0, ended
    assert ended.out.startswith(f"Wrote 2 files to {tmp_path / 'out'} (peak ")
    bass = tmp_path / "out" / "Artist - The Song - 01 Bass 100.mp3"
    assert left_behind(tmp_path / "out") == [bass.name, "Artist - The Song - 02 Vocals 100.mp3"]
    assert soundfile.info(bass).frames == 22050
    assert read_tags(bass).texts == {"title": "The Song (Bass)", "artist": "Artist"}
    vocals, _ = soundfile.read(tmp_path / "out" / "Artist - The Song - 02 Vocals 100.mp3")
    assert np.abs(vocals).max() < 1e-4, "muted in the mix"
    again = partwise(*command, *options, *names, *FAKE)
    assert_one_sentence(again, 2)
    assert "01 Bass 100.mp3” exists already" in again.err


def test_levels_are_reached_and_reported(tmp_path: Path, song: Path, mix: Path) -> None:
    target = tmp_path / "out.wav"
    options = ("--level", "scale", "--ceiling", "-2", "--subtype", "PCM_16")
    ended = partwise("remix", song, "--mix", mix, "--output", target, *options, *FAKE)
    assert ended.status == 0, ended
    assert "true peak -2.0 dBTP" in ended.out
    assert "turned up by" in ended.out
    assert 0.6 < np.abs(soundfile.read(target)[0]).max() <= 10 ** (-2 / 20) + 1e-4


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        (("--name", "{mood}"), "there is no field {mood}"),
        (("--ceiling", "3"), "ceiling_dbtp must lie between"),
        (("--loudness", "nan"), "loudness_lufs must lie between"),
    ],
)
def test_what_cannot_be_exported_is_one_sentence(
    tmp_path: Path, song: Path, mix: Path, options: tuple[str, ...], reason: str
) -> None:
    command = ["remix", str(song), "--mix", str(mix), "--output", str(tmp_path / "out.wav"), *options, *FAKE]
    arguments = parse(command)
    assert isinstance(arguments, RemixArguments)
    with pytest.raises(UsageError, match=re.escape(reason)) as caught:
        remix(arguments)
    assert str(caught.value).endswith(".")
    assert left_behind(tmp_path) == ["mix.json", "song.wav"]


def test_a_stretch_behind_the_end_is_one_sentence(tmp_path: Path, song: Path, mix: Path) -> None:
    command = ("remix", song, "--mix", mix, "--output", tmp_path / "out.wav", "--from", "10")
    ended = partwise(*command, *FAKE)
    assert_one_sentence(ended, 2)
    assert "the song has 2.5 seconds" in ended.err
    assert left_behind(tmp_path) == ["mix.json", "song.wav"]


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
