"""Files are written whole or not at all, and PCM goes round without loss."""

import sys
import tempfile
from pathlib import Path

import numpy as np
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from app.audio.encode import AtomicAudioWriter, EncodeSettings, SampleFormat
from app.errors import ExportError

Samples = NDArray[np.float32]


def write(path: Path, samples: Samples, encode: EncodeSettings, overwrite: bool = False) -> AtomicAudioWriter:
    with AtomicAudioWriter(path, 44100, samples.shape[1], encode, overwrite) as writer:
        for start in range(0, len(samples), 1000):
            writer.write(samples[start : start + 1000])
    return writer


def noise(frames: int = 5000) -> Samples:
    return (np.random.default_rng(0).random((frames, 2)) * 1.98 - 0.99).astype(np.float32)


@pytest.mark.parametrize(
    ("encode", "step"),
    [
        (EncodeSettings("wav", "FLOAT"), 0.0),
        (EncodeSettings("wav", "PCM_24"), 2.0**-23),
        (EncodeSettings("wav", "PCM_16"), 2.0**-15),
        (EncodeSettings("flac", "PCM_24"), 2.0**-23),
        (EncodeSettings("flac", "PCM_16"), 2.0**-15),
    ],
)
def test_samples_come_back_within_half_a_step(tmp_path: Path, encode: EncodeSettings, step: float) -> None:
    samples = noise()
    writer = write(tmp_path / f"a{encode.suffix}", samples, encode)
    got, rate = soundfile.read(tmp_path / f"a{encode.suffix}", dtype="float64")
    assert rate == 44100
    assert np.abs(got - samples).max() <= step / 2 + 1e-12
    assert writer.clipped_samples == 0
    assert writer.peak == np.abs(samples).max()
    assert soundfile.info(tmp_path / f"a{encode.suffix}").subtype == encode.subtype
    assert [path.name for path in tmp_path.iterdir()] == [f"a{encode.suffix}"]


@pytest.mark.parametrize("subtype", ["PCM_16", "PCM_24"])
def test_pcm_is_unchanged_by_going_round(tmp_path: Path, subtype: SampleFormat) -> None:
    write(tmp_path / "a.wav", noise(), EncodeSettings("wav", subtype))
    first = soundfile.read(tmp_path / "a.wav", dtype="float32")[0]
    write(tmp_path / "b.wav", first, EncodeSettings("wav", subtype))
    assert (tmp_path / "a.wav").read_bytes() == (tmp_path / "b.wav").read_bytes()


@settings(deadline=None, max_examples=20)
@given(st.lists(st.floats(-8, 8, width=32), min_size=1, max_size=50))
def test_too_loud_samples_are_limited_and_counted(values: list[float]) -> None:
    samples = np.array(values, np.float32)[:, None]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.wav"
        writer = write(path, samples, EncodeSettings("wav", "PCM_16"))
        got = soundfile.read(path, dtype="float64", always_2d=True)[0]
    limited = np.clip(samples, -1.0, 1 - 2.0**-15)
    assert np.abs(got - limited).max() <= 2.0**-16 + 1e-12
    assert writer.clipped_samples == np.count_nonzero(np.abs(np.rint(samples * 32768.0)) > 32768)
    assert writer.peak == np.abs(samples).max()


def test_float_is_not_limited(tmp_path: Path) -> None:
    samples = np.full((10, 1), 3.5, np.float32)
    writer = write(tmp_path / "a.wav", samples, EncodeSettings("wav", "FLOAT"))
    assert writer.clipped_samples == 0
    np.testing.assert_array_equal(soundfile.read(tmp_path / "a.wav", always_2d=True)[0], samples)


def test_an_exception_leaves_nothing(tmp_path: Path) -> None:
    writer = AtomicAudioWriter(tmp_path / "a.wav", 44100, 2, EncodeSettings())
    with pytest.raises(RuntimeError, match="stop"), writer:  # noqa: PT012
        writer.write(noise())
        raise RuntimeError("stop")
    assert list(tmp_path.iterdir()) == []


def test_the_target_is_replaced_only_when_allowed_and_only_at_the_end(tmp_path: Path) -> None:
    target = tmp_path / "a.wav"
    target.write_bytes(b"precious")
    with pytest.raises(ExportError, match=r"a\.wav.*exists already"):
        AtomicAudioWriter(target, 44100, 2, EncodeSettings())
    with AtomicAudioWriter(target, 44100, 2, EncodeSettings(), overwrite=True) as writer:
        writer.write(noise())
        assert target.read_bytes() == b"precious"
    assert soundfile.info(target).frames == 5000
    assert list(tmp_path.iterdir()) == [target]


def test_a_target_that_appears_meanwhile_is_kept(tmp_path: Path) -> None:
    target = tmp_path / "a.wav"
    writer = AtomicAudioWriter(target, 44100, 2, EncodeSettings())
    with pytest.raises(ExportError, match="exists already"), writer:  # noqa: PT012
        writer.write(noise())
        target.write_bytes(b"precious")
    assert target.read_bytes() == b"precious"
    assert list(tmp_path.iterdir()) == [target]


def test_targets_that_cannot_be(tmp_path: Path) -> None:
    (tmp_path / "folder.wav").mkdir()
    with pytest.raises(ExportError, match="a folder has that name"):
        AtomicAudioWriter(tmp_path / "folder.wav", 44100, 2, EncodeSettings(), overwrite=True)
    with pytest.raises(ExportError, match="no folder"):
        AtomicAudioWriter(tmp_path / "none" / "a.wav", 44100, 2, EncodeSettings())
    with pytest.raises(ExportError, match="many\\.flac"):
        AtomicAudioWriter(tmp_path / "many.flac", 44100, 100, EncodeSettings("flac"))
    assert [path.name for path in tmp_path.iterdir()] == ["folder.wav"]


@pytest.mark.skipif(sys.platform == "win32", reason="has no limit of file sizes to stand for a full disk")
@pytest.mark.parametrize("encode", [EncodeSettings("wav", "FLOAT"), EncodeSettings("flac", "PCM_24")])
def test_a_full_disk_is_said_and_leaves_nothing(tmp_path: Path, encode: EncodeSettings) -> None:
    import resource

    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, before[1]))
    try:
        with pytest.raises(ExportError, match="disk is full"):
            write(tmp_path / f"a{encode.suffix}", noise(100_000), encode)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert list(tmp_path.iterdir()) == []


def test_long_wav_files_become_rf64(tmp_path: Path) -> None:
    with AtomicAudioWriter(tmp_path / "a.wav", 44100, 2, EncodeSettings(), expected_frames=10**9) as writer:
        writer.write(noise())
    assert soundfile.info(tmp_path / "a.wav").format == "RF64"


def test_settings_that_make_no_sense() -> None:
    with pytest.raises(ValueError, match="FLAC has no FLOAT"):
        EncodeSettings("flac", "FLOAT")
    with pytest.raises(ValueError, match="format"):
        EncodeSettings("mp3")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="subtype"):
        EncodeSettings("wav", "PCM_8")  # type: ignore[arg-type]
