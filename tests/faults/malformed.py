"""Files that are not what their name says, or not whole: `(name, content)` by kind, made here and nowhere else."""

import io
import json
import struct
import zipfile
from collections.abc import Iterator
from typing import Any, Final

import numpy as np
import soundfile
from numpy.typing import NDArray

NAMES: Final = ("wav", "flac", "ogg", "mp3", "aiff", "m4a")
_CUTS: Final = (1, 3, 4, 7, 11, 12, 15)
_IMPOSTORS: Final = {
    "nothing": b"",
    "zeros": bytes(3000),
    "noise": bytes((i * 7919 + i * i) % 251 for i in range(3000)).replace(b"\xff", b"\x00"),
    "text": b"Just a letter.\n" * 100,
    "json": b'{"partwise_mix": 2}',
    "page": b"<!doctype html><html><body>404 Not Found</body></html>",
    "picture": b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + bytes(500),
    "archive": b"PK\x03\x04" + bytes(500),
    "program": b"\x7fELF\x02\x01\x01" + bytes(500),
    "pickle": b"\x80\x04\x95\x00\x00\x00\x00\x00\x00\x00\x00\x8c\x02os\x94\x8c\x06system\x94\x93\x94.",
}


def wav(rate: int = 44100, channels: int = 2, frames: int = 1000, value: float = 0.1) -> bytes:
    """A whole float WAV file."""
    buffer = io.BytesIO()
    samples: NDArray[np.float32] = np.full((frames, channels), value, np.float32)
    soundfile.write(buffer, samples, rate, format="WAV", subtype="FLOAT")
    return buffer.getvalue()


def _header(
    *, tag: int = 1, channels: int = 2, rate: int = 44100, align: int = 4, bits: int = 16, data: int = 4000
) -> bytes:
    """A PCM WAV file of 1000 frames whose header says this."""
    fmt = struct.pack("<HHIIHH", tag, channels, rate, (rate * align) & 0xFFFFFFFF, align, bits)
    body = b"WAVEfmt " + struct.pack("<I", len(fmt)) + fmt + b"data" + struct.pack("<I", data) + bytes(4000)
    return b"RIFF" + struct.pack("<I", len(body)) + body


def songs() -> Iterator[tuple[str, bytes]]:
    """Files that no song can be had from."""
    for suffix in NAMES:
        for name, content in _IMPOSTORS.items():
            yield f"{name}.{suffix}", content
    for kind in ("wav", "flac", "ogg", "aiff"):
        buffer = io.BytesIO()
        soundfile.write(buffer, np.zeros((1000, 2), np.float32), 44100, format=kind.upper())
        for cut in _CUTS:
            yield f"cut-{cut}.{kind}", buffer.getvalue()[:cut]
    yield "0-hz.wav", _header(rate=0)
    yield "3-hz.wav", _header(rate=3)
    yield "4-ghz.wav", _header(rate=4_000_000_000)
    yield "0-channels.wav", _header(channels=0)
    yield "65535-channels.wav", _header(channels=65535)
    yield "unknown-coding.wav", _header(tag=0x1234)
    yield "no-frames.wav", wav(frames=0)
    yield "only-nan.wav", wav(value=float("nan"))
    yield "only-infinity.wav", wav(value=float("inf"))
    yield "two-headers.wav", _header()[:12] + _header()[:40]
    yield "ä-🎸-日本語-العربية.wav", _IMPOSTORS["text"]
    yield "-rf.wav", _IMPOSTORS["text"]
    yield f"{'long ' * 48}.wav", _IMPOSTORS["text"]
    yield "quote\"'`$(reboot).wav", _IMPOSTORS["text"]
    yield "no suffix", _IMPOSTORS["noise"]


_JSON: Final[dict[str, bytes]] = {
    "nothing": b"",
    "not-json": b"gain = 3",
    "binary": bytes(range(256)),
    "half": b'{"partwise_mix": 2, "str',
    "list": b"[1, 2]",
    "number": b"7",
    "null": b"null",
    "empty": b"{}",
    "deep": b"[" * 100_000,
    "deep-object": b'{"a":' * 50_000,
    "many-digits": b'{"partwise_mix": ' + b"9" * 10_000 + b"}",
    "twice": b'{"about": "a", "about": "b"}',
    "utf-16": '{"partwise_mix": 2}'.encode("utf-16"),
    "surrogate": b'{"\\ud800": 1}',
    "null-byte": b'{"partwise_mix": 2}\x00',
    "huge": b" " * 60_000_000,
}


def mixes() -> Iterator[tuple[str, bytes]]:
    """Files that are no mix."""
    for name, content in _JSON.items():
        yield f"{name}.json", content
    changes: tuple[dict[str, Any], ...] = (
            {"partwise_mix": "2"}, {"partwise_mix": True}, {"partwise_mix": 0}, {"partwise_mix": 99},
            {"partwise_mix": -1}, {"partwise_mix": 1.5}, {"unknown": 1}, {"master_gain_db": "loud"},
            {"master_gain_db": 1e308}, {"master_gain_db": None}, {"strips": []}, {"strips": {"kazoo": {}}},
            {"strips": {"vocals": {"pan": 2}}}, {"strips": {"vocals": {"mute": 1}}},
            {"strips": {"vocals": {"equalizer": {"bands": [1]}}}},
            {"strips": {"vocals": {"activation": {"median_frames": 4}}}},
            {"strips": {"vocals": {"activation": {"threshold": 0}}}}, {"limiter": {"ceiling_dbtp": 9}},
            {"limiter": 1}, {"links": [["vocals", "kazoo"]]}, {"links": [["vocals"] * 99]},
            {"mute_groups": [[]] * 99}, {"song": 3}, {"song": "x" * 5000},
    )  # fmt: skip
    for number, change in enumerate(changes):
        yield f"mix-{number}.json", _json({"partwise_mix": 2, **change})
    for token in ("NaN", "Infinity", "-Infinity"):
        yield f"{token}.json", f'{{"partwise_mix": 2, "master_gain_db": {token}}}'.encode()


def presets() -> Iterator[tuple[str, bytes]]:
    """Files that are no equalizer preset."""
    for name, content in _JSON.items():
        yield f"{name}.json", content
    changes: tuple[dict[str, Any], ...] = (
            {"partwise_equalizer": 99}, {"partwise_equalizer": "1"}, {"name": ""}, {"name": "a\nb"}, {"name": 3},
            {"name": "x" * 900}, {"stems": ["kazoo"]}, {"stems": "vocals"}, {"bands": []}, {"bands": {"kazoo": {}}},
    )  # fmt: skip
    for number, change in enumerate(changes):
        yield f"preset-{number}.json", _json({"partwise_equalizer": 1, "name": "A", "bands": {}, **change})


def projects() -> Iterator[tuple[str, bytes]]:
    """Files that are no project."""
    for name, content in _JSON.items():
        yield f"{name}.partwise", content
    for name in ("picture", "archive", "program", "pickle"):
        yield f"{name}.partwise", _IMPOSTORS[name]
    whole = _zip({"project.json": b'{"partwise_project": 1}'})
    for cut in (5, 30, 60, len(whole) - 1):
        yield f"cut-{cut}.partwise", whole[:cut]
    yield "no-project.partwise", _zip({"else.txt": b"?"})
    yield "outside.partwise", _zip({"project.json": b"{}", "../../escaped.json": b"{}"})
    yield "absolute.partwise", _zip({"project.json": b"{}", "/tmp/escaped.json": b"{}"})
    yield "bomb.partwise", _zip({"project.json": b" " * 80_000_000}, zipfile.ZIP_DEFLATED)
    yield (
        "bomb-of-stems.partwise",
        _zip({"project.json": b"{}", "stems/drums.wav": bytes(80_000_000)}, zipfile.ZIP_DEFLATED),
    )


def labels() -> Iterator[tuple[str, bytes]]:
    """Texts that are no labels."""
    for number, text in enumerate(
        (
            "1.0", "1.0\t2.0", "a\tb\tvocals", "2.0\t1.0\tvocals", "1.0\t1.0\tvocals", "-1.0\t1.0\tvocals",
            "nan\t1.0\tvocals", "0.0\tinf\tvocals", "0.0\t1.0\tkazoo", "0.0\t1.0\t", "0,5\t1,0\tvocals",
            "0.0 1.0 vocals", "0.0\t1e999\tvocals", "\x00\t\x00\t\x00", "0.0\t1.0\tVOCALS",
        )
    ):  # fmt: skip
        yield f"labels-{number}.txt", text.encode()


def weights() -> Iterator[tuple[str, bytes]]:
    """Files that are no weights."""
    for name, content in _IMPOSTORS.items():
        yield f"{name}.safetensors", content
    lie = struct.pack("<Q", 1 << 60)
    yield "long-header.safetensors", lie + b"{}"
    yield "no-tensors.safetensors", struct.pack("<Q", 2) + b"{}"
    for number, entry in enumerate(
        (
            {"dtype": "F32", "shape": [1 << 40], "data_offsets": [0, 4]},
            {"dtype": "F32", "shape": [1], "data_offsets": [0, 1 << 40]},
            {"dtype": "F32", "shape": [-1], "data_offsets": [0, 4]},
            {"dtype": "X9", "shape": [1], "data_offsets": [0, 4]},
            {"dtype": "F32", "shape": [1], "data_offsets": [4, 0]},
            {"dtype": "F32", "shape": "one", "data_offsets": [0, 4]},
        )
    ):
        header = json.dumps({"entry.weight": entry}).encode()
        yield f"header-{number}.safetensors", struct.pack("<Q", len(header)) + header + bytes(4)


def _zip(files: dict[str, bytes], method: int = zipfile.ZIP_STORED) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def _json(tree: Any) -> bytes:
    return json.dumps(tree).encode()
