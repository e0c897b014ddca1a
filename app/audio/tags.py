"""What a file says about its music, and its cover. FFmpeg (PyAV) reads and writes both for every format alike."""

from base64 import b64encode
from collections.abc import Iterable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from struct import pack
from types import MappingProxyType
from typing import Any, Final, Literal

NAMES: Final = (
    "title", "artist", "album", "album_artist", "composer", "performer", "date", "genre", "track", "disc", "comment",
    "copyright", "publisher",
)  # fmt: skip
"""What is copied, by FFmpeg's generic names. What describes the recording's samples (replay gain, fingerprints, gaps,
the encoder) is not: it is no longer true of a remix."""

LARGEST_COVER_BYTES: Final = 10_000_000
_LONGEST_VALUE: Final = 1000
_LONGEST_TITLE: Final = 200
_OTHER_NAMES: Final = {
    "albumartist": "album_artist",
    "tracknumber": "track",
    "discnumber": "disc",
    "year": "date",
    "organization": "publisher",
    "label": "publisher",
}
_FRONT_COVER: Final = 3  # the picture type of FLAC and of ID3v2's APIC

ImageType = Literal["image/jpeg", "image/png"]
_IMAGE_TYPES: Final[Mapping[str, ImageType]] = {"mjpeg": "image/jpeg", "png": "image/png"}


@dataclass(frozen=True)
class Cover:
    """A picture as it lies in the file."""

    data: bytes = field(repr=False)
    type: ImageType
    width: int
    height: int


@dataclass(frozen=True)
class Tags:
    """Texts by the names in `NAMES`, those that there are, and the cover if there is one."""

    texts: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    cover: Cover | None = None

    def __bool__(self) -> bool:
        return bool(self.texts) or self.cover is not None

    def get(self, name: str) -> str:
        """The text of that name, or nothing. Raises ValueError for a name that there is not."""
        if name not in NAMES:
            raise ValueError(f"there is no tag {name!r}")
        return self.texts.get(name, "")

    def with_texts(self, **texts: str) -> "Tags":
        """A copy with these texts; empty ones are left out."""
        merged = {**self.texts, **texts}
        return Tags(MappingProxyType({name: text for name, text in merged.items() if text}), self.cover)


def read_tags(path: Path | str) -> Tags:
    """The tags and the cover of an audio file.

    Never raises for what is in a file: one that has none, or is damaged, or is gone, has no tags.
    """
    import av  # loaded when a song is opened: the window comes first

    try:
        with av.open(str(path), metadata_errors="replace") as container:
            stated = [container.metadata, *(stream.metadata for stream in container.streams.audio)]
            return Tags(MappingProxyType(_texts(stated)), _cover(container))
    except (av.FFmpegError, OSError, ValueError):
        return Tags()


def song_title(path: Path, tags: Tags) -> str:
    """What a song is called: by its tags, or else by its file."""
    return " ".join(tags.get("title").split())[:_LONGEST_TITLE] or path.stem


def copy_with_tags(source: Path, target: Path, audio_format: Literal["flac", "ogg", "mp3"], tags: Tags) -> None:
    """Copy an encoded file without touching its audio, and give the copy these tags and this cover.

    FLAC gets Vorbis comments and a picture block, Ogg Vorbis comments with the picture among them, MP3 an ID3v2.4 tag.

    Raises:
        OSError: the disk does not take it; FFmpeg's errors are of this kind too.
    """
    import av

    with ExitStack() as open_files:
        encoded = open_files.enter_context(av.open(str(source)))
        copy = open_files.enter_context(av.open(str(target), "w", format=audio_format))
        stream = copy.add_stream_from_template(encoded.streams.audio[0])
        copy.metadata.update(tags.texts)
        if tags.cover is not None and audio_format == "ogg":
            copy.metadata["METADATA_BLOCK_PICTURE"] = b64encode(_picture_block(tags.cover)).decode("ascii")
        elif tags.cover is not None:
            picture = open_files.enter_context(av.open(BytesIO(tags.cover.data)))
            _attach(copy, picture)
        for packet in encoded.demux(encoded.streams.audio[0]):
            if packet.dts is not None:  # the last one is empty
                packet.stream = stream
                copy.mux(packet)


def _texts(stated: Iterable[Mapping[str, str]]) -> dict[str, str]:
    found: dict[str, str] = {}
    for metadata in stated:
        for key, value in metadata.items():
            name = _OTHER_NAMES.get(key.lower(), key.lower())
            text = _readable(value)
            if name in NAMES and text:
                found.setdefault(name, text)
    return found


def _readable(value: str) -> str:
    return "".join(c for c in value.strip() if c.isprintable() or c in "\n\t")[:_LONGEST_VALUE].strip()


def _cover(container: Any) -> Cover | None:
    """The first attached picture that is a JPEG or PNG of a size that could be read."""
    from av.stream import Disposition

    for stream in container.streams.video:
        image_type = _IMAGE_TYPES.get(stream.codec_context.name)
        width, height = stream.codec_context.width, stream.codec_context.height
        if not stream.disposition & Disposition.attached_pic or image_type is None or not width or not height:
            continue
        packet = next(container.demux(stream), None)
        if packet is not None and 0 < packet.size <= LARGEST_COVER_BYTES:
            return Cover(bytes(packet), image_type, width, height)
    return None


def _attach(copy: Any, picture: Any) -> None:
    """Write a picture that is open as a file of one image, as the copy's cover."""
    from av.stream import Disposition

    image = picture.streams.video[0]
    stream = copy.add_stream_from_template(image)
    stream.disposition = Disposition.attached_pic
    stream.metadata["comment"] = "Cover (front)"  # FFmpeg's name of that picture type
    packet = next(picture.demux(image))
    packet.stream = stream
    packet.pts = packet.dts = 0
    copy.start_encoding()
    copy.mux(packet)


def _picture_block(cover: Cover) -> bytes:
    """The body of FLAC's PICTURE block (RFC 9639, section 8.8), which Vorbis comments hold in base 64."""
    media_type = cover.type.encode("ascii")
    head = pack(">II", _FRONT_COVER, len(media_type)) + media_type + pack(">I", 0)  # no description
    return head + pack(">IIIII", cover.width, cover.height, 24, 0, len(cover.data)) + cover.data
