"""Writes a tiny SoundFont and a tiny Gravis Ultrasound patch, each after its format's specification."""

import struct
from collections.abc import Sequence
from pathlib import Path

import numpy as np

RATE = 44100


def _chunk(name: bytes, data: bytes) -> bytes:
    return name + struct.pack("<I", len(data)) + data + b"\0" * (len(data) % 2)


def _list(name: bytes, *chunks: bytes) -> bytes:
    return _chunk(b"LIST", name + b"".join(chunks))


def _tone(hz: float, seconds: float) -> bytes:
    time = np.arange(int(RATE * seconds)) / RATE
    return (20000 * np.sin(2 * np.pi * hz * time) * np.exp(-2 * time)).astype("<i2").tobytes()


def write_soundfont(path: Path, presets: Sequence[tuple[int, int]]) -> Path:
    """A SoundFont 2.01 file whose presets `(bank, program)` all play one decaying sine: A4, 2 s."""
    audio = _tone(440.0, 2.0)
    frames = len(audio) // 2
    info = _list(b"INFO", _chunk(b"ifil", struct.pack("<HH", 2, 1)), _chunk(b"isng", b"EMU8000\0"),
                 _chunk(b"INAM", b"Tiny\0\0"))  # fmt: skip
    samples = _list(b"sdta", _chunk(b"smpl", audio + b"\0" * 92))

    def header(name: str, program: int, bank: int, bag: int) -> bytes:
        return struct.pack("<20sHHHIII", name.encode(), program, bank, bag, 0, 0, 0)

    ordered = sorted(presets)
    headers = b"".join(header(f"P{k}", program, bank, k) for k, (bank, program) in enumerate(ordered))
    bags = b"".join(struct.pack("<HH", k, 0) for k in range(len(ordered) + 1))
    generators = struct.pack("<HH", 41, 0) * len(ordered)  # instrument 0
    shape = struct.pack("<20sIIIIIBbHH", b"sine", 0, frames, 8, frames - 8, RATE, 69, 0, 0, 1)
    pdta = _list(
        b"pdta",
        _chunk(b"phdr", headers + header("EOP", 0, 0, len(ordered))),
        _chunk(b"pbag", bags),
        _chunk(b"pmod", bytes(10)),
        _chunk(b"pgen", generators + bytes(4)),
        _chunk(b"inst", struct.pack("<20sH", b"sine", 0) + struct.pack("<20sH", b"EOI", 1)),
        _chunk(b"ibag", struct.pack("<HHHH", 0, 0, 1, 0)),
        _chunk(b"imod", bytes(10)),
        _chunk(b"igen", struct.pack("<HH", 53, 0) + bytes(4)),  # sample 0
        _chunk(b"shdr", shape + struct.pack("<20sIIIIIBbHH", b"EOS", 0, 0, 0, 0, 0, 0, 0, 0, 0)),
    )
    path.write_bytes(_chunk(b"RIFF", b"sfbk" + info + samples + pdta))
    return path


def write_patch(path: Path, tones_hz: Sequence[float], seconds: float = 1.2) -> Path:
    """A GF1 patch with a recording of 16 bit for each tone."""
    recordings = b""
    for hz in tones_hz:
        audio = _tone(hz, seconds)
        recordings += struct.pack(
            "<7sBIIIHIIIhB18sBHH36s", b"tone", 0, len(audio), 0, len(audio), RATE, 20_000, 20_000_000,
            round(hz * 1000), 0, 7, bytes(18), 1, 60, 1024, bytes(36),
        )  # fmt: skip
        recordings += audio
    head = struct.pack("<12s10s60sBBBHHI36s", b"GF1PATCH110", b"ID#000002", b"", 1, 14, 0, len(tones_hz), 127,
                       len(recordings), bytes(36))  # fmt: skip
    instrument = struct.pack("<H16sIB40s", 0, b"tone", len(recordings), 1, bytes(40))
    layer = struct.pack("<BBIB40s", 0, 0, len(recordings), len(tones_hz), bytes(40))
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(head + instrument + layer + recordings)
    return path
