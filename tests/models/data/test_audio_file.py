"""Audio files of songs: any part equals the same part of the whole, at any rate."""

from pathlib import Path

import numpy as np
import pytest
import soundfile
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from models.data.audio_file import AudioFile, MultitrackError, probe, probe_streams
from tests.models.data.layouts import tone, write_stem_mp4


@pytest.mark.parametrize("rate", [8000, 22050, 44100, 48000, 96000])
def test_a_tone_keeps_its_pitch_place_and_level_at_any_rate(tmp_path: Path, rate: int) -> None:
    soundfile.write(tmp_path / "a.wav", 0.5 * np.sin(2 * np.pi * 440 * np.arange(rate) / rate), rate, subtype="FLOAT")
    file = probe(tmp_path / "a.wav")
    assert file.samples == 44100
    middle = slice(4000, 40000)
    expected = 0.5 * np.sin(2 * np.pi * 440 * np.arange(44100) / 44100)
    np.testing.assert_allclose(file.read(0, 44100)[middle, 0], expected[middle], atol=2e-4)


@pytest.fixture(scope="module")
def noise(tmp_path_factory: pytest.TempPathFactory) -> AudioFile:
    path = tmp_path_factory.mktemp("noise") / "noise.wav"
    soundfile.write(path, 0.2 * np.random.default_rng(1).standard_normal((48000, 2)), 48000, subtype="FLOAT")
    return probe(path)


@settings(deadline=None, max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(start=st.integers(0, 44100), samples=st.integers(1, 9000))
def test_resampled_parts_equal_the_whole(noise: AudioFile, start: int, samples: int) -> None:
    whole = np.concatenate((noise.read(0, noise.samples), np.zeros((samples, 2), np.float32)))
    np.testing.assert_allclose(noise.read(start, samples), whole[start : start + samples], atol=1e-4)


def test_stem_files_have_streams_in_order_and_parts_in_place(tmp_path: Path) -> None:
    levels = (0.5, 0.4, 0.3, 0.2, 0.1)
    write_stem_mp4(tmp_path / "song.stem.mp4", [tone(1.0, level) for level in levels])
    streams = probe_streams(tmp_path / "song.stem.mp4")
    assert len(streams) == 5
    for file, level in zip(streams, levels, strict=True):
        whole = file.read_all()
        assert len(whole) >= 44100
        assert np.abs(whole[10_000:30_000]).max() == pytest.approx(level, rel=0.05)
        np.testing.assert_allclose(whole[10_000:30_000, 0], tone(1.0, level)[10_000:30_000], atol=0.03)
        np.testing.assert_array_equal(file.read(23_456, 4_321), whole[23_456 : 23_456 + 4_321])


def test_what_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(MultitrackError, match=r"nothing\.wav is missing"):
        probe(tmp_path / "nothing.wav")
    (tmp_path / "text.wav").write_text("not audio")
    with pytest.raises(MultitrackError, match=r"text\.wav cannot be read"):
        probe(tmp_path / "text.wav")
    (tmp_path / "text.stem.mp4").write_text("not audio")
    with pytest.raises(MultitrackError, match=r"text\.stem\.mp4 cannot be read"):
        probe_streams(tmp_path / "text.stem.mp4")
    soundfile.write(tmp_path / "empty.wav", np.zeros(0), 44100)
    with pytest.raises(MultitrackError, match=r"empty\.wav is empty"):
        probe(tmp_path / "empty.wav")
    soundfile.write(tmp_path / "nan.wav", np.full(9000, np.nan), 44100, subtype="FLOAT")
    with pytest.raises(MultitrackError, match=r"nan\.wav holds samples that are not numbers"):
        probe(tmp_path / "nan.wav").read_all()
    soundfile.write(tmp_path / "cut.flac", 0.1 * np.random.default_rng(0).standard_normal(90000), 44100)
    whole = (tmp_path / "cut.flac").read_bytes()
    (tmp_path / "cut.flac").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(MultitrackError, match=r"cut\.flac (ends before|cannot be read)"):
        probe(tmp_path / "cut.flac").read_all()
