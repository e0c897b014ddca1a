import hashlib
from pathlib import Path

import pytest

from app.errors import AudioFileError, Cancelled
from app.song.content_hash import content_hash, is_content_hash


@pytest.mark.parametrize("size", [0, 1, 1 << 20, (1 << 20) + 1, 3_000_000])
def test_it_is_blake2b_of_the_bytes_whatever_the_name(tmp_path: Path, size: int) -> None:
    data = bytes(index % 251 for index in range(1000)) * (size // 1000 + 1)
    (tmp_path / "a.wav").write_bytes(data[:size])
    (tmp_path / "ü.mp3").write_bytes(data[:size])
    expected = hashlib.blake2b(data[:size], digest_size=32).hexdigest()
    told: list[float] = []
    assert content_hash(tmp_path / "a.wav", progress=told.append) == content_hash(tmp_path / "ü.mp3") == expected
    assert is_content_hash(expected)
    assert not told or told[-1] == 1.0
    assert told == sorted(told)


def test_one_bit_makes_another_song(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"\0" * 2_000_000)
    (tmp_path / "b").write_bytes(b"\0" * 1_999_999 + b"\1")
    assert content_hash(tmp_path / "a") != content_hash(tmp_path / "b")


def test_it_can_be_cancelled_on_the_way(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"\0" * 5_000_000)
    answers = iter([False, False, True])
    with pytest.raises(Cancelled):
        content_hash(tmp_path / "a", cancelled=lambda: next(answers))


def test_what_cannot_be_read_is_a_sentence(tmp_path: Path) -> None:
    for path in (tmp_path / "missing.wav", tmp_path, Path("/dev/null"), Path("a\0b")):
        with pytest.raises(AudioFileError, match=r"^Cannot open"):
            content_hash(path)


@pytest.mark.parametrize("text", ["", "a" * 63, "a" * 65, "A" * 64, "g" * 64, "../" * 21 + "a", "a" * 64 + "\n"])
def test_what_is_no_hash(text: str) -> None:
    assert not is_content_hash(text)
