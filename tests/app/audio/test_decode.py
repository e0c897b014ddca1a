"""Every format to the sample, and every kind of bad file to one sentence."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
import soundfile
from numpy.typing import NDArray

from app.audio.decode import SUFFIXES, AudioInfo, decode_blocks
from app.errors import AudioFileError

Samples = NDArray[np.float32]


def music(frames: int, channels: int = 2, rate: int = 44100) -> Samples:
    """Decaying noise bursts: nothing in it repeats, so that a shift shows."""
    rng = np.random.default_rng(1)
    decay = np.exp(-(np.arange(frames) % (rate // 5)) / (rate / 30))
    smooth = np.convolve(rng.standard_normal(frames + 7), np.hanning(8), "valid") * decay * 0.1
    return np.stack([smooth * (1 - 0.1 * c) for c in range(channels)], axis=1).astype(np.float32)


def decoded(path: Path, block_frames: int = 1 << 16) -> tuple[AudioInfo, Samples]:
    with decode_blocks(path, block_frames) as (info, blocks):
        return info, np.concatenate(list(blocks))


def write_mpeg4(path: Path, samples: Samples, codec: str, rate: int = 44100) -> None:
    """An MPEG-4 or ADTS file whose frames are encoded by FFmpeg."""
    with av.open(str(path), "w") as container:
        stream: Any = container.add_stream(codec, rate=rate)
        stream.layout = "stereo"
        for start in range(0, len(samples), 1024):
            block = samples[start : start + 1024].T
            if codec == "alac":
                block = np.rint(block * 32768).astype(np.int16)
            kind = "s16p" if codec == "alac" else "fltp"
            frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(block), format=kind, layout="stereo")
            frame.sample_rate, frame.pts = rate, start
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))


def shift_against(original: Samples, copy: Samples) -> int:
    """How many samples later the copy is, by the peak of the cross-correlation."""
    n = 1 << (len(original) + len(copy)).bit_length()
    spectrum = np.fft.rfft(copy[:, 0], n) * np.conj(np.fft.rfft(original[:, 0], n))
    peak = int(np.argmax(np.fft.irfft(spectrum, n)))
    return peak if peak < n // 2 else peak - n


@pytest.mark.parametrize(
    ("name", "kind", "subtype", "error"),
    [
        ("a.wav", "WAV", "PCM_16", 1 / 32768),
        ("a.wav", "WAV", "FLOAT", 0.0),
        ("a.WAV", "WAV", "PCM_24", 2.0**-23),
        ("a.flac", "FLAC", "PCM_24", 2.0**-23),
        ("a.aiff", "AIFF", "PCM_16", 1 / 32768),
        ("wrong name.mp3", "WAV", "FLOAT", 0.0),
        ("ümläut 音.wav", "WAV", "FLOAT", 0.0),
    ],
)
@pytest.mark.parametrize("rate", [8000, 44100, 192000])
def test_lossless_formats(tmp_path: Path, name: str, kind: str, subtype: str, error: float, rate: int) -> None:
    samples = music(12_345, 2, rate)
    soundfile.write(tmp_path / name, samples, rate, subtype, format=kind)
    info, got = decoded(tmp_path / name, 1000)
    assert (info.rate, info.frames, info.channels, info.format) == (rate, 12_345, 2, kind)
    assert got.dtype == np.float32
    assert got.shape == samples.shape
    assert np.abs(got - samples).max() <= error


@pytest.mark.parametrize(("name", "kind"), [("a.ogg", "OGG"), ("a.mp3", "MP3")])
def test_lossy_formats_are_aligned_to_the_sample(tmp_path: Path, name: str, kind: str) -> None:
    samples = music(60_001)
    soundfile.write(tmp_path / name, samples, 44100, format=kind)
    _, got = decoded(tmp_path / name)
    assert len(got) == len(samples)
    assert shift_against(samples, got) == 0


@pytest.mark.parametrize("name", ["a.mp3", "a.ogg", "a.flac", "a.m4a"])
def test_the_size_of_the_blocks_does_not_matter(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    samples = music(30_011)
    if name == "a.m4a":
        write_mpeg4(path, samples, "aac")
    else:
        soundfile.write(path, samples, 44100)
    _, whole = decoded(path, 1 << 20)
    with decode_blocks(path, 777) as (_, blocks):
        pieces = list(blocks)
    assert all(len(piece) == 777 for piece in pieces[:-1])
    np.testing.assert_array_equal(np.concatenate(pieces), whole)


@pytest.mark.parametrize("frames", [54_321, 44_032, 900])
def test_aac_has_the_length_and_place_of_the_original(tmp_path: Path, frames: int) -> None:
    samples = music(frames)
    write_mpeg4(tmp_path / "a.m4a", samples, "aac")
    info, got = decoded(tmp_path / "a.m4a")
    assert (info.rate, info.channels, info.format) == (44100, 2, "AAC")
    assert len(got) == frames
    assert shift_against(samples, got) == 0


def test_alac_is_lossless(tmp_path: Path) -> None:
    samples = (np.rint(music(20_000) * 32768) / 32768).astype(np.float32)
    write_mpeg4(tmp_path / "a.m4a", samples, "alac")
    np.testing.assert_array_equal(decoded(tmp_path / "a.m4a")[1], samples)


def test_mpeg4_is_known_by_its_content(tmp_path: Path) -> None:
    write_mpeg4(tmp_path / "a.m4a", music(5000), "aac")
    (tmp_path / "a.m4a").rename(tmp_path / "a.wav")
    assert len(decoded(tmp_path / "a.wav")[1]) == 5000


def test_plain_aac(tmp_path: Path) -> None:
    write_mpeg4(tmp_path / "a.aac", music(20_000), "aac")
    info, got = decoded(tmp_path / "a.aac")
    assert info.rate == 44100
    assert 20_000 <= len(got) <= 20_000 + 3 * 1024  # this container does not say where the encoder's padding ends


def test_a_cut_mp3_plays_as_far_as_it_goes(tmp_path: Path) -> None:
    samples = music(100_000)
    soundfile.write(tmp_path / "a.mp3", samples, 44100)
    whole = (tmp_path / "a.mp3").read_bytes()
    (tmp_path / "cut.mp3").write_bytes(whole[: len(whole) // 2])
    _, got = decoded(tmp_path / "cut.mp3")
    assert 30_000 < len(got) < 70_000
    assert shift_against(samples[: len(got)], got) == 0


@pytest.mark.parametrize("name", ["a.flac", "a.ogg", "a.m4a", "a.wav"])
def test_a_cut_file_gives_what_is_there_or_a_sentence(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    if name == "a.m4a":
        write_mpeg4(path, music(50_000), "aac")
    else:
        soundfile.write(path, music(50_000), 44100)
    whole = path.read_bytes()
    for share in (0.01, 0.1, 0.5, 0.9):
        path.write_bytes(whole[: int(len(whole) * share)])
        try:
            _, got = decoded(path)
        except AudioFileError as error:
            assert name in str(error)  # noqa: PT017
        else:
            assert 0 < len(got) <= 50_000
            assert np.isfinite(got).all()


def make_text(path: Path) -> None:
    path.write_text("This is not audio.\n" * 100)


def make_random(path: Path) -> None:
    path.write_bytes(np.random.default_rng(3).bytes(20_000))


def make_without_frames(path: Path) -> None:
    soundfile.write(path, np.zeros((0, 2), np.float32), 44100, format="WAV")


@pytest.mark.parametrize(
    ("name", "make", "reason"),
    [
        ("missing.wav", lambda path: None, "no such file"),
        ("folder.wav", Path.mkdir, "a folder"),
        ("empty.wav", Path.touch, "empty"),
        ("empty.m4a", Path.touch, "empty"),
        ("text.wav", make_text, "not an audio file"),
        ("text.mp3", make_text, "not an audio file|cannot be decoded"),
        ("text.m4a", make_text, "not an audio file|no audio|cannot be decoded"),
        ("text.raw", make_text, "not an audio file"),
        ("random.wav", make_random, "not an audio file"),
        ("random.flac", make_random, "not an audio file"),
        ("random.mp4", make_random, "not an audio file|no audio|cannot be decoded"),
        ("nothing.wav", make_without_frames, "no audio"),
    ],
)
def test_bad_files_are_explained_in_a_sentence(
    tmp_path: Path, name: str, make: Callable[[Path], object], reason: str
) -> None:
    make(tmp_path / name)
    with pytest.raises(AudioFileError, match=reason) as caught:
        decoded(tmp_path / name)
    assert name in str(caught.value)
    assert "\n" not in str(caught.value)
    assert str(caught.value).count(".") <= 2


def test_a_name_that_no_file_can_have() -> None:
    with pytest.raises(AudioFileError):
        decoded(Path("a\0b.wav"))


def test_suffixes_are_what_a_dialog_needs() -> None:
    assert all(suffix.startswith(".") and suffix == suffix.lower() for suffix in SUFFIXES)
    assert {".wav", ".flac", ".ogg", ".mp3", ".aiff", ".m4a", ".aac", ".mp4"} <= set(SUFFIXES)
