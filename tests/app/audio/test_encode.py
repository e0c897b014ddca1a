"""Files are written whole or not at all, and PCM goes round without loss."""

import sys
import tempfile
from pathlib import Path
from types import MappingProxyType

import av
import numpy as np
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy import signal

from app.audio.encode import BITRATES_KBPS, AtomicAudioWriter, AudioFormat, EncodeSettings, SampleFormat
from app.audio.tags import Cover, Tags
from app.errors import ExportError
from tests.pictures import picture

Samples = NDArray[np.float32]


def write(path: Path, samples: Samples, encode: EncodeSettings, tags: Tags | None = None) -> AtomicAudioWriter:
    with AtomicAudioWriter(path, 44100, samples.shape[1], encode, tags=tags) as writer:
        for start in range(0, len(samples), 1000):
            writer.write(samples[start : start + 1000])
    return writer


def noise(frames: int = 5000) -> Samples:
    return (np.random.default_rng(0).random((frames, 2)) * 1.98 - 0.99).astype(np.float32)


@pytest.mark.parametrize(
    ("encode", "largest_error"),
    [
        (EncodeSettings("wav", "FLOAT"), 0.0),
        (EncodeSettings("wav", "PCM_24"), 0.5 * 2.0**-23),
        (EncodeSettings("wav", "PCM_16"), 1.5 * 2.0**-15),
        (EncodeSettings("wav", "PCM_16", dither=False), 0.5 * 2.0**-15),
        (EncodeSettings("flac", "PCM_24"), 0.5 * 2.0**-23),
        (EncodeSettings("flac", "PCM_16", dither=False), 0.5 * 2.0**-15),
    ],
)
def test_samples_come_back_within_their_rounding(tmp_path: Path, encode: EncodeSettings, largest_error: float) -> None:
    samples = noise()
    writer = write(tmp_path / f"a{encode.suffix}", samples, encode)
    got, rate = soundfile.read(tmp_path / f"a{encode.suffix}", dtype="float64")
    assert rate == 44100
    assert np.abs(got - samples).max() <= largest_error + 1e-12
    assert np.abs(got - samples).max() >= 0.9 * largest_error
    assert writer.clipped_samples == 0
    assert writer.peak == np.abs(samples).max()
    assert soundfile.info(tmp_path / f"a{encode.suffix}").subtype == encode.subtype
    assert [path.name for path in tmp_path.iterdir()] == [f"a{encode.suffix}"]


def music(frames: int, rate: int = 44100) -> Samples:
    """Stereo noise below 3 kHz, which lossy formats keep."""
    rng = np.random.default_rng(0)
    sos = signal.butter(4, 3000, fs=rate, output="sos")
    return (0.5 * signal.sosfilt(sos, rng.standard_normal((frames, 2)), axis=0)).astype(np.float32)


@pytest.mark.parametrize(
    ("encode", "least_snr_db"),
    [
        (EncodeSettings("ogg", quality=1.0), 15.0),
        (EncodeSettings("mp3", quality=1.0), 25.0),
        (EncodeSettings("mp3", bitrate_kbps=320), 25.0),
        (EncodeSettings("mp3", bitrate_kbps=128), 15.0),
    ],
)
@pytest.mark.parametrize("frames", [1, 1151, 44_101])
def test_lossy_files_have_the_length_and_no_delay(
    tmp_path: Path, encode: EncodeSettings, least_snr_db: float, frames: int
) -> None:
    samples = music(frames)
    write(tmp_path / f"a{encode.suffix}", samples, encode)
    got, rate = soundfile.read(tmp_path / f"a{encode.suffix}", dtype="float32")
    assert (rate, got.shape) == (44100, samples.shape)
    if frames > 10_000:
        snr_db = 10 * np.log10(np.square(samples).mean() / np.square(got - samples).mean())
        assert snr_db > least_snr_db


@pytest.mark.parametrize("kbps", BITRATES_KBPS)
def test_the_bitrate_of_an_mp3(tmp_path: Path, kbps: int) -> None:
    for rate, most in ((48_000, 320), (22_050, 160), (8_000, 64)):
        path = tmp_path / f"{rate}.mp3"
        with AtomicAudioWriter(path, rate, 2, EncodeSettings("mp3", bitrate_kbps=kbps)) as writer:
            writer.write(noise(rate))
        with av.open(str(path)) as container:
            packets = [packet for packet in container.demux() if packet.duration and packet.time_base]
            sizes = [8 * packet.size / float((packet.duration or 0) * (packet.time_base or 0)) for packet in packets]
        assert np.mean(sizes) == pytest.approx(1000 * min(kbps, most), rel=0.01)


@pytest.mark.parametrize("audio_format", ["ogg", "mp3"])
def test_quality_costs_space(tmp_path: Path, audio_format: AudioFormat) -> None:
    sizes = []
    for quality in (0.0, 0.3, 0.6, 1.0):
        path = tmp_path / f"{quality}.{audio_format}"
        write(path, noise(50_000), EncodeSettings(audio_format, quality=quality))
        sizes.append(path.stat().st_size)
    assert sizes == sorted(sizes)
    assert sizes[-1] > 1.5 * sizes[0]


@pytest.mark.parametrize(
    ("audio_format", "rate", "file_rate"),
    [
        ("mp3", 44_100, 44_100),
        ("mp3", 88_200, 44_100),
        ("mp3", 96_000, 48_000),
        ("mp3", 192_000, 48_000),
        ("mp3", 50_000, 48_000),
        ("mp3", 6_000, 8_000),
        ("mp3", 8_000, 8_000),
        ("ogg", 192_000, 192_000),
        ("ogg", 352_800, 176_400),
        ("ogg", 768_000, 192_000),
        ("flac", 384_000, 384_000),
        ("wav", 768_000, 768_000),
    ],
)
def test_a_rate_that_the_format_does_not_have_is_converted(
    tmp_path: Path, audio_format: AudioFormat, rate: int, file_rate: int
) -> None:
    frames = rate // 4 + 1
    time_s = np.arange(frames) / rate
    tone = (0.5 * np.sin(2 * np.pi * 440 * time_s))[:, None].repeat(2, axis=1).astype(np.float32)
    encode = EncodeSettings(audio_format, quality=1.0)
    with AtomicAudioWriter(tmp_path / f"a.{audio_format}", rate, 2, encode) as writer:
        for start in range(0, frames, 999):
            writer.write(tone[start : start + 999])
    got, got_rate = soundfile.read(tmp_path / f"a.{audio_format}")
    assert got_rate == file_rate == encode.file_rate(rate)
    assert abs(len(got) - frames * file_rate / rate) <= 1
    expected = 0.5 * np.sin(2 * np.pi * 440 * np.arange(len(got)) / file_rate)
    inner = slice(len(got) // 4, -len(got) // 4)
    assert np.abs(got[inner, 0] - expected[inner]).max() < 0.02


def test_flac_at_a_rate_that_it_does_not_have(tmp_path: Path) -> None:
    with pytest.raises(ExportError, match="no sample rate of 768000 Hz; choose WAV"):
        AtomicAudioWriter(tmp_path / "a.flac", 768_000, 2, EncodeSettings("flac"))
    assert list(tmp_path.iterdir()) == []


def test_beyond_full_scale_is_counted_in_lossy_formats_too(tmp_path: Path) -> None:
    samples = np.zeros((5000, 2), np.float32)
    samples[100:103] = 1.25
    assert write(tmp_path / "a.mp3", samples, EncodeSettings("mp3")).clipped_samples == 6


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
        writer = write(path, samples, EncodeSettings("wav", "PCM_16", dither=False))
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
@pytest.mark.parametrize("limit", [200_000, 280_000])
@pytest.mark.parametrize(
    "encode", [EncodeSettings("wav", "FLOAT"), EncodeSettings("flac"), EncodeSettings("ogg"), EncodeSettings("mp3")]
)
def test_a_full_disk_is_said_and_leaves_nothing(tmp_path: Path, encode: EncodeSettings, limit: int) -> None:
    """At the lower limit the samples find no room, at the higher one in some formats only the cover."""
    import resource

    image = Cover(picture("png", side=300), "image/png", 300, 300)
    tags = Tags(MappingProxyType({"title": "Song"}), image)

    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, before[1]))
    try:
        with pytest.raises(ExportError, match="disk is full"):
            write(tmp_path / f"a{encode.suffix}", noise(250_000), encode, tags=tags)
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
        EncodeSettings("aac")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="subtype"):
        EncodeSettings("wav", "PCM_8")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="bitrate_kbps must be one of"):
        EncodeSettings("mp3", bitrate_kbps=100)
    with pytest.raises(ValueError, match="quality must lie between"):
        EncodeSettings("ogg", quality=float("nan"))
