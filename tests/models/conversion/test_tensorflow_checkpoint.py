"""A checkpoint is read to the bit, and one that is damaged anywhere is refused with a clause that says so."""

from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from models.conversion.crc32c import masked_crc32c
from models.conversion.errors import FormatError
from models.conversion.sorted_table import read_table
from models.conversion.tensorflow_checkpoint import Checkpoint, _entry
from tests.models.conversion.checkpoint_writer import crc32c, field, masked, table, varint, write_checkpoint

VARIABLES = {
    f"layer_{number}/{part}": np.random.default_rng(number).normal(size=shape).astype(np.float32)
    for number in range(30)
    for part, shape in (("kernel", (3, 3, 2, 4)), ("bias", (4,)))
} | {"global_step": np.array(3, np.int64)}
FLOATS = {name: values for name, values in VARIABLES.items() if values.dtype == np.float32}


def _read_all(index: Path) -> dict[str, NDArray[np.float32]]:
    checkpoint = Checkpoint(index)
    return {name: checkpoint.read(name, values.shape) for name, values in FLOATS.items()}


def test_checksum_is_the_published_one() -> None:
    assert crc32c(b"123456789") == 0xE3069283, "the check value of the catalogue of CRC algorithms"
    assert masked_crc32c(b"123456789") == masked(b"123456789") == masked_crc32c(b"1234", b"56789")
    zeros = bytes(32)  # RFC 3720, B.4
    assert crc32c(zeros) == 0x8A9136AA
    assert masked_crc32c(zeros) == masked(zeros)


@pytest.mark.parametrize("shards", [1, 3])
def test_what_is_written_is_read(tmp_path: Path, shards: int) -> None:
    checkpoint = Checkpoint(write_checkpoint(tmp_path, VARIABLES, shards))
    assert checkpoint.entries.keys() == VARIABLES.keys()
    for name, values in FLOATS.items():
        np.testing.assert_array_equal(checkpoint.read(name, values.shape), values)


def test_names_that_share_nothing_and_tables_of_many_blocks() -> None:
    entries = {bytes([a, b]) * 3: bytes([b]) * a for a in range(0, 250, 9) for b in range(0, 250, 31)}
    assert read_table(table(entries, per_block=7)) == dict(sorted(entries.items()))


@given(data=st.data())
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_changed_octet_is_found(tmp_path: Path, data: st.DataObject) -> None:
    index = write_checkpoint(tmp_path, VARIABLES)
    path = data.draw(st.sampled_from([index, index.with_name("model.data-00000-of-00001")]))
    octets = bytearray(path.read_bytes())
    octets[data.draw(st.integers(0, len(octets) - 1))] ^= data.draw(st.integers(1, 255))
    path.write_bytes(octets)
    with suppress(FormatError):  # or it did not matter: the footer's filler, the place of filters, the step
        read = _read_all(index)
        assert all(np.array_equal(read[name], FLOATS[name]) for name in FLOATS)


@given(keep=st.floats(0, 0.999))
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_file_that_is_cut_off_is_found(tmp_path: Path, keep: float) -> None:
    index = write_checkpoint(tmp_path, FLOATS)
    whole = index.read_bytes()
    index.write_bytes(whole[: int(keep * len(whole))])
    with pytest.raises(FormatError):
        Checkpoint(index)
    index.write_bytes(whole)
    shard = index.with_name("model.data-00000-of-00001")
    shard.write_bytes(shard.read_bytes()[: int(keep * shard.stat().st_size)])
    with pytest.raises(FormatError, match=r"cut off|damaged"):
        _read_all(index)


@given(octets=st.binary(max_size=400))
def test_any_octets_are_refused_or_read(octets: bytes) -> None:
    """As a table, and behind a valid checksum as an entry."""
    with suppress(FormatError):
        read_table(octets)
    assert read_table(table({b"name": octets})) == {b"name": octets}
    with suppress(FormatError):
        _entry(octets)


@pytest.mark.parametrize(
    ("message", "reason"),
    [
        (field(1, 1) + field(2, field(2, field(1, 2))) + field(4, 0) + field(5, 99), "place"),
        (field(1, 1) + field(2, field(2, field(1, 2))) + field(4, 1 << 40) + field(5, 8), "cut off"),
        (field(1, 1) + field(2, field(2, field(1, 2))) + field(3, 5) + field(5, 8), "place"),
        (field(1, 3) + field(2, field(2, field(1, 2))) + field(5, 8), "instead of"),
        (field(1, 1) + field(2, field(2, field(1, 2))) + field(5, 8) + field(7, b""), "instead of"),
        (field(1, 1) + field(2, field(2, field(1, 3))) + field(5, 12), "instead of"),
    ],
)
def test_entries_that_lie_are_refused(tmp_path: Path, message: bytes, reason: str) -> None:
    index = write_checkpoint(tmp_path, {"x": np.zeros(2, np.float32)})
    index.write_bytes(table({b"": field(1, 1), b"x": message}))
    with pytest.raises(FormatError, match=reason):
        Checkpoint(index).read("x", (2,))


def test_other_things_that_are_refused(tmp_path: Path) -> None:
    index = write_checkpoint(tmp_path, {"x": np.array([1, np.nan], np.float32)})
    with pytest.raises(FormatError, match="not numbers"):
        Checkpoint(index).read("x", (2,))
    with pytest.raises(FormatError, match="no variable y"):
        Checkpoint(index).read("y", (2,))
    index.with_name("model.data-00000-of-00001").unlink()
    with pytest.raises(FormatError, match="missing"):
        Checkpoint(index).read("x", (2,))
    for header, reason in ((field(1, 1000), "how many files"), (field(1, 1) + field(2, 1), "big-endian")):
        index.write_bytes(table({b"": header}))
        with pytest.raises(FormatError, match=reason):
            Checkpoint(index)
    index.write_bytes(table({b"": field(1, 1), b"x": varint(7) + b"y"}))
    with pytest.raises(FormatError, match="damaged"):
        Checkpoint(index)
