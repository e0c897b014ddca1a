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
    open_multitrack,
    usable,
    write_multitrack,
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
    np.savez(folder / "levels.npz", drums=first - 1)
    np.testing.assert_array_equal(open_multitrack(folder).levels["drums"], first - 1)


def test_levels_that_do_not_fit_the_files_are_measured_again(tmp_path: Path) -> None:
    folder = write_song(tmp_path / "song", {"drums": tone(1)})
    first = open_multitrack(folder).levels["drums"]
    soundfile.write(folder / "drums.wav", tone(2), 44100)
    assert len(open_multitrack(folder).levels["drums"]) == 87
    soundfile.write(folder / "drums.wav", tone(1), 44100)
    (folder / "levels.npz").write_bytes(b"PK broken")
    np.testing.assert_array_equal(open_multitrack(folder).levels["drums"], first)
    soundfile.write(folder / "bass.wav", tone(1), 44100)
    assert set(open_multitrack(folder).levels) == {"drums", "bass"}


def test_several_files_of_an_instrument_are_summed(tmp_path: Path) -> None:
    parts = {"vocals": tone(1, 0.1), "vocals-double": tone(1, 0.2), "mixture": tone(1, 0.9)}
    song = open_multitrack(write_song(tmp_path / "song", parts))
    assert list(song.files) == ["vocals"]
    np.testing.assert_allclose(song.read("vocals", 100, 500)[:, 0], tone(1, 0.3)[100:600], atol=1e-4)
    assert song.levels["vocals"][20] == pytest.approx(20 * np.log10(0.3 / 2**0.5), abs=0.2)


def test_a_song_may_say_which_instruments_it_tells_apart(tmp_path: Path) -> None:
    folder = write_song(tmp_path / "song", {"drums": tone(1), "other": tone(1)})
    assert not open_multitrack(folder).unlabelled
    (folder / "song.json").write_text('{"labelled": ["drums", "bass"]}')
    assert open_multitrack(folder).labelled == {"drums", "bass"}
    (folder / "song.json").write_text('{"labelled": ["tuba"]}')
    with pytest.raises(MultitrackError, match=r"song\.json names instruments that are none: tuba"):
        open_multitrack(folder)


def test_broken_songs_are_named_and_left_out(tmp_path: Path) -> None:
    write_song(tmp_path / "a-good", {"piano": tone(1)})
    write_song(tmp_path / "b-unequal", {"piano": tone(1), "bass": tone(2)})
    write_song(tmp_path / "c-name", {"guitar": tone(1)})
    (tmp_path / "d-empty").mkdir()
    (tmp_path / "e-text").mkdir()
    (tmp_path / "e-text" / "bass.wav").write_text("not audio")
    (tmp_path / ".hidden").mkdir()
    found = list(find_multitracks(tmp_path))
    assert len(usable(tmp_path)) == 1
    sentences = [str(item) for item in found if isinstance(item, MultitrackError)]
    expected = ["unequal length", "guitar.wav is named after no stem", "no stems", "cannot be read"]
    assert len(sentences) == len(expected)
    for sentence, words in zip(sentences, expected, strict=True):
        assert words in sentence


def test_other_rates_are_resampled(tmp_path: Path) -> None:
    song = open_multitrack(write_song(tmp_path / "song", {"piano": tone(1), "bass": tone(1)}, rate=48000))
    assert song.samples == 40517  # 44100 samples at 48 kHz
    assert song.read("bass", 0, 10).shape == (10, 2)


def test_no_usable_song_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(MultitrackError, match="no usable song"):
        usable(tmp_path)


def test_writing_keeps_samples_and_scales_what_would_clip_as_a_whole(tmp_path: Path) -> None:
    song = open_multitrack(write_song(tmp_path / "in", {"other": tone(1), "bass": tone(1, 0.25)}, suffix="flac"))
    write_multitrack(song, tmp_path / "out")
    np.testing.assert_allclose(
        open_multitrack(tmp_path / "out").read("other", 0, 44100), song.read("other", 0, 44100), atol=5e-5
    )
    loud = {"other": tone(1, 0.8), "other-2": tone(1, 0.8), "bass": tone(1, 0.4)}
    write_multitrack(open_multitrack(write_song(tmp_path / "loud", loud)), tmp_path / "scaled")
    scaled = open_multitrack(tmp_path / "scaled")
    assert np.abs(scaled.read("other", 0, 44100)).max() == pytest.approx(1.0, abs=1e-3)
    assert np.abs(scaled.read("bass", 0, 44100)).max() == pytest.approx(0.25, abs=1e-3)
