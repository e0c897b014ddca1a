"""Tags and covers survive every format that has them; the audio beside them is not touched."""

import struct
from pathlib import Path
from types import MappingProxyType
from typing import Literal

import av
import numpy as np
import pytest
import soundfile

from app.audio.encode import AtomicAudioWriter, AudioFormat, EncodeSettings
from app.audio.tags import LARGEST_COVER_BYTES, NAMES, Cover, Tags, read_tags
from tests.pictures import picture
from tests.songs import noise

TEXTS = MappingProxyType({
    "title": "Größe: 日本 & “more”",
    "artist": "Artist",
    "album": "Album",
    "album_artist": "Various",
    "composer": "Someone",
    "date": "1999",
    "genre": "Jazz",
    "track": "3/12",
    "comment": "two\nlines",
    "copyright": "© Label",
})  # fmt: skip
IN_WAV = ("title", "artist", "album", "date", "genre", "track", "comment", "copyright")


def cover(codec: Literal["mjpeg", "png"] = "mjpeg", side: int = 48) -> Cover:
    return Cover(picture(codec, side), "image/jpeg" if codec == "mjpeg" else "image/png", side, side)


def write(path: Path, encode: EncodeSettings, tags: Tags, frames: int = 30_001) -> None:
    with AtomicAudioWriter(path, 44100, 2, encode, tags=tags) as writer:
        writer.write(noise(frames))
    assert [found.name for found in path.parent.iterdir()] == [path.name]


@pytest.mark.parametrize("codec", ["mjpeg", "png"])
@pytest.mark.parametrize("audio_format", ["flac", "ogg", "mp3"])
def test_tags_and_cover_come_back(tmp_path: Path, audio_format: AudioFormat, codec: Literal["mjpeg", "png"]) -> None:
    tags = Tags(TEXTS, cover(codec))
    path = tmp_path / f"a.{audio_format}"
    write(path, EncodeSettings(audio_format), tags)
    assert read_tags(path) == tags


def test_wav_takes_what_its_list_has(tmp_path: Path) -> None:
    write(tmp_path / "a.wav", EncodeSettings(), Tags(TEXTS, cover()))
    assert read_tags(tmp_path / "a.wav") == Tags(MappingProxyType({name: TEXTS[name] for name in IN_WAV}))


@pytest.mark.parametrize("audio_format", ["wav", "flac", "ogg", "mp3"])
def test_tags_do_not_change_the_samples(tmp_path: Path, audio_format: AudioFormat) -> None:
    (tmp_path / "with").mkdir()
    (tmp_path / "without").mkdir()
    names = tmp_path / "with" / f"a.{audio_format}", tmp_path / "without" / f"a.{audio_format}"
    write(names[0], EncodeSettings(audio_format), Tags(TEXTS, cover(side=400)))
    write(names[1], EncodeSettings(audio_format), Tags())
    tagged, plain = (soundfile.read(name)[0] for name in names)
    assert len(plain) == 30_001
    np.testing.assert_array_equal(tagged, plain)


def test_a_large_cover(tmp_path: Path) -> None:
    big = cover("png", side=700)
    assert len(big.data) > 1_000_000
    for audio_format in ("flac", "ogg", "mp3"):
        (tmp_path / audio_format).mkdir()
        path = tmp_path / audio_format / f"a.{audio_format}"
        write(path, EncodeSettings(audio_format), Tags(TEXTS, big))
        assert read_tags(path).cover == big


def test_mp4_tags_are_read(tmp_path: Path) -> None:
    with av.open(str(tmp_path / "a.m4a"), "w") as container:
        stream = container.add_stream("aac", rate=44100)
        container.metadata.update({"title": "Song", "artist": "Artist", "album_artist": "Various", "date": "1999"})
        frame = av.AudioFrame.from_ndarray(np.zeros((2, 44100), np.float32), "fltp", "stereo")
        frame.sample_rate = 44100
        for part in (frame, None):
            container.mux(stream.encode(part))
    texts = read_tags(tmp_path / "a.m4a").texts
    assert texts == {"title": "Song", "artist": "Artist", "album_artist": "Various", "date": "1999"}


def test_what_is_no_longer_true_is_not_copied(tmp_path: Path) -> None:
    write(tmp_path / "a.flac", EncodeSettings("flac"), Tags())
    with av.open(str(tmp_path / "a.flac")) as source, av.open(str(tmp_path / "b.flac"), "w") as target:
        stream = target.add_stream_from_template(source.streams.audio[0])
        target.metadata.update({"TITLE": "  Song\x07 ", "TRACKNUMBER": "4", "ARTIST": " "})
        target.metadata.update({"REPLAYGAIN_TRACK_GAIN": "-3 dB", "ACOUSTID_ID": "x", "ENCODER": "y"})
        for packet in source.demux(source.streams.audio[0]):
            if packet.dts is not None:
                packet.stream = stream
                target.mux(packet)
    assert read_tags(tmp_path / "b.flac").texts == {"title": "Song", "track": "4"}


def id3v2(*frames: tuple[bytes, bytes]) -> bytes:
    """An ID3v2.3 tag, written by its specification (id3.org) and not by what is tested."""
    body = b"".join(name + struct.pack(">IH", len(content), 0) + content for name, content in frames)
    size = bytes((len(body) >> shift) & 0x7F for shift in (21, 14, 7, 0))
    return b"ID3\x03\x00\x00" + size + body


def test_id3_of_an_mp3(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "plain.mp3", noise(20_000), 44100)
    image = picture()
    tag = id3v2(
        (b"TIT2", b"\x01" + "Tïtle".encode("utf-16")),
        (b"TPE1", b"\x00" + "Bjørk".encode("latin-1")),
        (b"TRCK", b"\x007"),
        (b"TYER", b"\x001997"),
        (b"TSSE", b"\x00Encoder"),
        (b"APIC", b"\x00image/jpeg\x00\x03\x00" + image),
    )
    (tmp_path / "a.mp3").write_bytes(tag + (tmp_path / "plain.mp3").read_bytes())
    tags = read_tags(tmp_path / "a.mp3")
    assert tags.texts == {"title": "Tïtle", "artist": "Bjørk", "track": "7", "date": "1997"}
    assert tags.cover == Cover(image, "image/jpeg", 48, 48)


@pytest.mark.parametrize(
    "content", [b"", b"not audio" * 100, b"RIFF\xff\xff\xff\xffWAVE", b"ID3\x03\x00\x00\x7f\x7f\x7f\x7f"]
)
def test_a_file_without_tags_has_none(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.mp3").write_bytes(content)
    assert not read_tags(tmp_path / "a.mp3")
    assert not read_tags(tmp_path / "gone.wav")
    assert not read_tags(tmp_path)


def test_a_picture_that_is_none_is_left_out(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "plain.mp3", noise(20_000), 44100)
    for image in (b"", b"GIF89a" + bytes(50), b"\xff\xd8\xff" + bytes(500), picture() + bytes(LARGEST_COVER_BYTES)):
        tag = id3v2((b"TIT2", b"\x00Song"), (b"APIC", b"\x00image/jpeg\x00\x03\x00" + image))
        (tmp_path / "a.mp3").write_bytes(tag + (tmp_path / "plain.mp3").read_bytes())
        assert read_tags(tmp_path / "a.mp3").cover is None


def test_texts() -> None:
    tags = Tags().with_texts(title="Song", artist="")
    assert tags.texts == {"title": "Song"}
    assert tags.get("artist") == ""
    assert not Tags()
    assert tags
    with pytest.raises(ValueError, match="no tag 'colour'"):
        tags.get("colour")
    assert set(TEXTS) <= set(NAMES)
