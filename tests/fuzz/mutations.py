"""How files get damaged: by disks, by networks, and by people who mean harm."""

import random
from collections.abc import Callable
from typing import Final

_NUMBERS: Final = (0, 1, 0x7F, 0x80, 0xFF, 0x7FFF, 0x8000, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF)
_TOKENS: Final = (
    b"NaN", b"-Infinity", b"1e999", b"-1", b"99999999999999999999", b"null", b"true", b'""', b"[]", b"{}", b"[[[[[[[[",
    b'"\\ud800"', b"../../../../etc/passwd", b"/dev/zero", b"C:\\\\Windows", b"\x00", b"\xff\xfe", b"\xf0\x9f\x8e\xb8",
    b"%s%n", b"__class__", b'{"a":' * 200,
)  # fmt: skip


def mutate(data: bytes, others: list[bytes], rng: random.Random) -> bytes:
    """The file with one to eight damages, one after the other."""
    for _ in range(rng.choice((1, 1, 1, 2, 3, 8))):
        data = rng.choice(_DAMAGES)(data, others, rng)
    return data[: 1 << 21]


def _place(data: bytes, rng: random.Random) -> int:
    """A place in the file, often near its start, where the headers are."""
    end = min(len(data), 256) if rng.random() < 0.5 else len(data)
    return rng.randrange(end + 1)


def _truncate(data: bytes, others: list[bytes], rng: random.Random) -> bytes:
    return data[: _place(data, rng)]


def _flip_bits(data: bytes, others: list[bytes], rng: random.Random) -> bytes:
    changed = bytearray(data)
    for _ in range(rng.choice((1, 1, 4, 64))):
        if changed:
            changed[min(_place(data, rng), len(changed) - 1)] ^= 1 << rng.randrange(8)
    return bytes(changed)


def _write_number(data: bytes, others: list[bytes], rng: random.Random) -> bytes:
    size = rng.choice((1, 2, 4, 8))
    number = rng.choice(_NUMBERS) & ((1 << 8 * size) - 1)
    start = _place(data, rng)
    return data[:start] + number.to_bytes(size, rng.choice(("little", "big"))) + data[start + size :]


def _write_token(data: bytes, others: list[bytes], rng: random.Random) -> bytes:
    start = _place(data, rng)
    return data[:start] + rng.choice(_TOKENS) + data[start + rng.choice((0, 1, 4)) :]


def _remove(data: bytes, others: list[bytes], rng: random.Random) -> bytes:
    start = _place(data, rng)
    return data[:start] + data[start + rng.randrange(1, 200) :]


def _repeat(data: bytes, others: list[bytes], rng: random.Random) -> bytes:
    start = _place(data, rng)
    piece = data[start : start + rng.randrange(1, 200)]
    return data[:start] + piece * rng.choice((2, 10, 100)) + data[start:]


def _splice(data: bytes, others: list[bytes], rng: random.Random) -> bytes:
    other = rng.choice(others)
    return data[: _place(data, rng)] + other[_place(other, rng) :]


def _blank(data: bytes, others: list[bytes], rng: random.Random) -> bytes:
    start, count = _place(data, rng), rng.randrange(1, 400)
    return data[:start] + bytes(len(data[start : start + count])) + data[start + count :]


_DAMAGES: Final[tuple[Callable[[bytes, list[bytes], random.Random], bytes], ...]] = (
    _truncate, _flip_bits, _flip_bits, _write_number, _write_number, _write_token, _remove, _repeat, _splice, _blank,
)  # fmt: skip
