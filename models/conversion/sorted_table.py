"""The table format of LevelDB, in which TensorFlow keeps the index of a checkpoint: sorted keys with values.

Blocks of entries `shared key bytes, new key bytes, value bytes` (varints), key and value, then restart points that
only a search needs; after each block one octet for the compression and the masked CRC-32C. A block of the same form
says where the others are, and a footer of 48 octets where that one is.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from models.conversion.crc32c import masked_crc32c
from models.conversion.errors import FormatError

MAGIC: Final = 0xDB4775248B80FB57
FOOTER_BYTES: Final = 48
LARGEST_TABLE_BYTES: Final = 4 << 20
"""A hundred times the largest published index."""

_TRAILER_BYTES: Final = 5
_LONGEST_VARINT: Final = 10


@dataclass
class Octets:
    """Octets read one thing after another; never beyond the end."""

    data: bytes
    place: int = 0

    @property
    def left(self) -> int:
        """How many octets are left."""
        return len(self.data) - self.place

    def take(self, count: int) -> bytes:
        """The next octets. Raises FormatError if there are not so many."""
        if not 0 <= count <= self.left:
            raise FormatError("its index is cut off")
        self.place += count
        return self.data[self.place - count : self.place]

    def varint(self) -> int:
        """A number of seven bits an octet, the lowest first. Raises FormatError."""
        value = 0
        for index in range(_LONGEST_VARINT):
            (octet,) = self.take(1)
            value |= (octet & 0x7F) << 7 * index
            if octet < 0x80:
                return value
        raise FormatError("a number in its index is too long")


def read_table(data: bytes) -> dict[bytes, bytes]:
    """All entries of a table. Raises FormatError."""
    if len(data) > LARGEST_TABLE_BYTES:
        raise FormatError("its index is too large")
    if len(data) < FOOTER_BYTES or int.from_bytes(data[-8:], "little") != MAGIC:
        raise FormatError("its index is not a TensorFlow checkpoint's or is cut off")
    footer = Octets(data[-FOOTER_BYTES:])
    _handle(footer)  # of a block of filters, which checkpoints do not have
    entries: dict[bytes, bytes] = {}
    previous = -1
    for _, value in _entries(_block(data, *_handle(footer))):
        offset, size = _handle(Octets(value))
        if offset <= previous:
            raise FormatError("the blocks of its index are not in order")
        previous = offset
        for key, entry in _entries(_block(data, offset, size)):
            if entries and key <= next(reversed(entries)):
                raise FormatError("the names in its index are not in order")
            entries[key] = entry
    return entries


def _handle(octets: Octets) -> tuple[int, int]:
    """Offset and size of a block."""
    return octets.varint(), octets.varint()


def _block(data: bytes, offset: int, size: int) -> bytes:
    end = offset + size
    if end + _TRAILER_BYTES > len(data) - FOOTER_BYTES:
        raise FormatError("its index is cut off")
    if data[end] != 0:
        raise FormatError("its index is compressed, which published checkpoints are not")
    if masked_crc32c(data[offset : end + 1]) != int.from_bytes(data[end + 1 : end + _TRAILER_BYTES], "little"):
        raise FormatError("its index is damaged")
    return data[offset:end]


def _entries(block: bytes) -> Iterator[tuple[bytes, bytes]]:
    if len(block) < 4:
        raise FormatError("a block of its index is too short")
    restarts = int.from_bytes(block[-4:], "little")
    octets = Octets(block[: max(0, len(block) - 4 * (restarts + 1))])
    key = b""
    while octets.left:
        shared, new, length = octets.varint(), octets.varint(), octets.varint()
        if shared > len(key):
            raise FormatError("a name in its index is damaged")
        key = key[:shared] + octets.take(new)
        yield key, octets.take(length)
