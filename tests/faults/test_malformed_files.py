"""Hundreds of malformed files: each is answered by one sentence that names it, none by a traceback or a wait."""

import os
import socket
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from app.errors import AudioFileError, MixFileError, PresetError, ProjectError
from app.mixing.mix_file import example_mix, load_mix
from app.mixing.presets import load_preset
from app.session.project_file import read_project
from app.song.regions import read_labels
from app.song.song import open_song
from main import main
from models.registry import ModelError
from models.separator import load_separator
from tests.faults import malformed
from tests.fuzz.__main__ import sentence_problem
from tests.fuzz.formats import tiny_model

Files = Iterator[tuple[str, bytes]]


def write(folder: Path, name: str, content: bytes) -> Path:
    path = folder / name
    path.write_bytes(content)
    return path


def sentence_of(attempt: Callable[[Path], object], path: Path, error: type[Exception]) -> str:
    """What is said about a file; nothing if it is taken."""
    try:
        attempt(path)
    except error as refusal:
        return str(refusal)
    return ""


def answers(files: Files, folder: Path, attempt: Callable[[Path], object], error: type[Exception]) -> int:
    """How many files were refused; all must be, and well."""
    count = 0
    for name, content in files:
        path = write(folder, name, content)
        problem = sentence_problem(sentence_of(attempt, path, error), name)
        assert not problem, f"{name}: {problem}"
        path.unlink()
        count += 1
    return count


def test_songs(tmp_path: Path) -> None:
    assert answers(malformed.songs(), tmp_path, open_song, AudioFileError) >= 100
    assert not list(tmp_path.iterdir())  # nothing is left behind


def test_mixes(tmp_path: Path) -> None:
    assert answers(malformed.mixes(), tmp_path, load_mix, MixFileError) >= 40


def test_presets(tmp_path: Path) -> None:
    assert answers(malformed.presets(), tmp_path, load_preset, PresetError) >= 25


def test_projects(tmp_path: Path) -> None:
    assert answers(malformed.projects(), tmp_path, read_project, ProjectError) >= 25
    os.mkfifo(tmp_path / "pipe.partwise")
    with pytest.raises(ProjectError, match=r"“pipe\.partwise”: it is not a file"):
        read_project(tmp_path / "pipe.partwise")
    assert [path.name for path in tmp_path.iterdir()] == ["pipe.partwise"]


def test_labels(tmp_path: Path) -> None:
    for name, content in malformed.labels():
        with pytest.raises(ValueError) as refusal:
            read_labels(content.decode())
        assert not sentence_problem(str(refusal.value), ""), name


def test_weights(tmp_path: Path) -> None:
    folder = tmp_path / "tiny"
    folder.mkdir()
    write(folder, "model.json", tiny_model()[0])
    for name, content in malformed.weights():
        write(folder, "weights.safetensors", content)
        with pytest.raises(ModelError) as refusal:
            load_separator("tiny", root=tmp_path)
        assert not sentence_problem(str(refusal.value), "tiny"), f"{name}: {refusal.value}"


def test_what_is_no_plain_file(tmp_path: Path) -> None:
    (tmp_path / "folder.wav").mkdir()
    os.mkfifo(tmp_path / "pipe.wav")
    (tmp_path / "lost.wav").symlink_to(tmp_path / "nowhere.wav")
    (tmp_path / "circle.wav").symlink_to(tmp_path / "circle.wav")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(tmp_path / "socket.wav"))
        for name in ("folder", "pipe", "lost", "circle", "socket", "missing"):
            with pytest.raises(AudioFileError, match=f"“{name}.wav”"):
                open_song(tmp_path / f"{name}.wav")
    for device in (Path("/dev/zero"), Path("/dev/full")):
        with pytest.raises(AudioFileError, match=device.name):
            open_song(device)


def test_files_that_can_be_heard_open(tmp_path: Path) -> None:
    many = open_song(write(tmp_path, "64 channels.wav", malformed.wav(channels=64)))
    assert many.source_channels == 64
    assert many.mix[0:1000].shape == (1000, 2)
    many.close()
    lying = malformed.wav()
    lying = lying[: lying.index(b"data") + 4] + b"\xff\xff\xff\x7f" + lying[lying.index(b"data") + 8 :]
    cut = open_song(write(tmp_path, "lying.wav", lying))  # says it has half an hour, and has 1000 frames
    assert cut.frames == 1000
    cut.close()


@pytest.mark.parametrize("name", ["nothing.wav", "text.mp3", "0-hz.wav", "program.m4a", "-rf.wav"])
def test_the_command_line_says_so(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    content = dict(malformed.songs())[name]
    path = write(tmp_path, name, content)
    mix = write(tmp_path, "mix.json", example_mix().encode())
    status = main(["remix", str(path), "--mix", str(mix), "--output", str(tmp_path / "remix.wav")])
    said = capsys.readouterr().err.strip()
    assert status == 2
    assert name in said
    assert "\n" not in said
    assert not (tmp_path / "remix.wav").exists()


def test_there_are_hundreds() -> None:
    kinds = (
        malformed.songs,
        malformed.mixes,
        malformed.presets,
        malformed.projects,
        malformed.labels,
        malformed.weights,
    )
    assert sum(len(list(kind())) for kind in kinds) >= 200
