"""Multitrack folders: reading, labels, and what is wrong with a folder."""

from pathlib import Path

import numpy as np
import pytest
import soundfile
from numpy.typing import NDArray

from models.data.multitrack import (
    MultitrackError,
    active_frames,
    find_multitracks,
    frame_levels_dbfs,
    main,
    open_multitrack,
    usable,
)


def write_song(folder: Path, stems: dict[str, NDArray[np.float64]], rate: int = 44100, suffix: str = "wav") -> Path:
    folder.mkdir(parents=True)
    for name, audio in stems.items():
        soundfile.write(folder / f"{name}.{suffix}", audio, rate)
    return folder


def tone(seconds: float, level: float = 0.5) -> NDArray[np.float64]:
    return level * np.sin(np.arange(int(44100 * seconds)) * 0.05)


def test_reads_any_part_and_silence_where_there_is_nothing(tmp_path: Path) -> None:
    song = open_multitrack(write_song(tmp_path / "song", {"bass": tone(1), "vocals": np.stack([tone(1)] * 2, 1)}))
    whole = song.read("bass", 0, 44100)
    assert whole.shape == (44100, 2)
    np.testing.assert_array_equal(whole[:, 0], whole[:, 1])
    np.testing.assert_array_equal(song.read("bass", 30_000, 5_000), whole[30_000:35_000])
    np.testing.assert_array_equal(song.read("bass", 44_000, 1_000)[100:], 0)
    np.testing.assert_array_equal(song.read("piano", 0, 99), 0)


def test_levels_are_centred_on_stft_frames() -> None:
    audio = np.zeros((44 * 1024, 1), np.float32)
    audio[20 * 1024 : 24 * 1024] = 1.0
    levels = frame_levels_dbfs(audio)
    assert len(levels) == 45
    assert levels.argmax() == 22
    assert levels[22] == pytest.approx(0, abs=1e-3)
    assert levels[:18].max() == -120
    assert levels[27:].max() == -120


def test_active_means_within_35_db_of_loud() -> None:
    levels = np.full(100, -20, np.float32)
    levels[:10] = -54
    levels[10:20] = -56
    np.testing.assert_array_equal(np.flatnonzero(~active_frames(levels)), np.arange(10, 20))
    assert not active_frames(np.full(50, -70, np.float32)).any(), "a noise floor is not an instrument"


def test_levels_are_measured_once(tmp_path: Path) -> None:
    folder = write_song(tmp_path / "song", {"drums": tone(1)})
    first = open_multitrack(folder).levels["drums"]
    (folder / "drums.wav").touch()
    assert (folder / "levels.npz").is_file()
    np.testing.assert_array_equal(open_multitrack(folder).levels["drums"], first)


def test_broken_songs_are_named_and_left_out(tmp_path: Path) -> None:
    write_song(tmp_path / "a-good", {"piano": tone(1)})
    write_song(tmp_path / "b-unequal", {"piano": tone(1), "bass": tone(2)})
    write_song(tmp_path / "c-rate", {"piano": tone(1)}, rate=48000)
    (tmp_path / "d-empty").mkdir()
    (tmp_path / "e-text").mkdir()
    (tmp_path / "e-text" / "bass.wav").write_text("not audio")
    (tmp_path / ".hidden").mkdir()
    found = list(find_multitracks(tmp_path))
    assert len(usable(tmp_path)) == 1
    sentences = [str(item) for item in found if isinstance(item, MultitrackError)]
    expected = ["unequal length", "48000 Hz", "no stems", "cannot be read"]
    assert len(sentences) == len(expected)
    for sentence, words in zip(sentences, expected, strict=True):
        assert words in sentence


def test_no_usable_song_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(MultitrackError, match="no usable song"):
        usable(tmp_path)


def test_copy_as_wav_keeps_samples(tmp_path: Path) -> None:
    source = write_song(tmp_path / "in" / "song", {"other": tone(1)}, suffix="flac")
    write_song(tmp_path / "in" / "not-this", {"other": tone(1)})
    assert main([str(tmp_path / "in"), str(tmp_path / "out"), "--only", "song"]) == 0
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["song"]
    np.testing.assert_array_equal(
        open_multitrack(tmp_path / "out" / "song").read("other", 0, 44100),
        open_multitrack(source).read("other", 0, 44100),
    )
