"""Variables of a TensorFlow checkpoint, read as data: no TensorFlow, no code from the file.

A checkpoint is a table (`PREFIX.index`) of names and protocol buffers, which say where in the shards
(`PREFIX.data-00000-of-00001`) a variable's values lie, and those shards. Formats: TensorFlow's
`core/protobuf/tensor_bundle.proto`, `core/framework/tensor_shape.proto` and `types.proto`.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from models.conversion.crc32c import masked_crc32c
from models.conversion.errors import FormatError
from models.conversion.sorted_table import LARGEST_TABLE_BYTES, Octets, read_table

LARGEST_TENSOR_BYTES: Final = 256 << 20
MOST_SHARDS: Final = 64
_DIMENSIONS: Final = 8

_FLOAT: Final = 1  # DT_FLOAT of types.proto
_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5  # wire types of protocol buffers


@dataclass(frozen=True)
class Entry:
    """Where a variable lies. `checksum` is the masked CRC-32C of its octets."""

    dtype: int
    shape: tuple[int, ...]
    shard: int
    offset: int
    size: int
    checksum: int
    is_whole: bool

    @property
    def is_float(self) -> bool:
        """True for float32, the only type that weights have."""
        return self.dtype == _FLOAT


class Checkpoint:
    """An opened checkpoint: its names are known, its values are read when they are asked for."""

    def __init__(self, index: Path) -> None:
        """Read the index. Raises FormatError, OSError."""
        with index.open("rb") as file:
            table = read_table(file.read(LARGEST_TABLE_BYTES + 1))
        shards, is_little_endian = _header(table.pop(b"", b""))
        if not is_little_endian:
            raise FormatError("its numbers are big-endian, which is not supported")
        prefix = index.name.removesuffix(".index")
        self._shards = [index.with_name(f"{prefix}.data-{i:05}-of-{shards:05}") for i in range(shards)]
        self.entries: Mapping[str, Entry] = {_name(key): _entry(value) for key, value in table.items()}

    def read(self, name: str, shape: tuple[int, ...]) -> NDArray[np.float32]:
        """The values of a variable that must have this shape. Raises FormatError, OSError."""
        entry = self.entries.get(name)
        if entry is None:
            raise FormatError(f"it has no variable {name}")
        if not (entry.is_float and entry.is_whole and entry.shape == shape):
            raise FormatError(f"its variable {name} is {list(entry.shape)} instead of {list(shape)}")
        if entry.size != 4 * prod(shape) or entry.size > LARGEST_TENSOR_BYTES or entry.shard >= len(self._shards):
            raise FormatError(f"the place of its variable {name} is wrong")
        path = self._shards[entry.shard]
        if not path.is_file():
            raise FormatError(f"its file {path.name} is missing")
        with path.open("rb") as file:
            file.seek(entry.offset)
            octets = file.read(entry.size)
        if len(octets) != entry.size:
            raise FormatError(f"its file {path.name} is cut off")
        if masked_crc32c(octets) != entry.checksum:
            raise FormatError(f"its file {path.name} is damaged")
        values = np.frombuffer(octets, "<f4").reshape(shape)
        if not np.isfinite(values).all():
            raise FormatError(f"its variable {name} holds values that are not numbers")
        return values


def _name(key: bytes) -> str:
    try:
        return key.decode()
    except UnicodeDecodeError:
        raise FormatError("a name in its index is damaged") from None


def _header(message: bytes) -> tuple[int, bool]:
    """BundleHeaderProto: number of shards, and whether numbers are little-endian."""
    shards, is_little_endian = 0, True
    for field, value in _fields(message):
        if field == 1:
            shards = _number(value)
        elif field == 2:
            is_little_endian = value == 0
    if not 1 <= shards <= MOST_SHARDS:
        raise FormatError("its index does not say how many files it has")
    return shards, is_little_endian


def _entry(message: bytes) -> Entry:
    """BundleEntryProto."""
    numbers = dict.fromkeys((1, 3, 4, 5, 6), 0)
    shape: tuple[int, ...] = ()
    is_whole = True
    for field, value in _fields(message):
        if field in numbers:
            numbers[field] = _number(value)
        elif field == 2:
            shape = _shape(_message(value))
        elif field == 7:  # slices of a variable that is spread over shards
            is_whole = False
    return Entry(numbers[1], shape, numbers[3], numbers[4], numbers[5], numbers[6], is_whole)


def _shape(message: bytes) -> tuple[int, ...]:
    """TensorShapeProto."""
    sizes = []
    for field, value in _fields(message):
        if field == 2:
            sizes.append(next((_number(size) for name, size in _fields(_message(value)) if name == 1), 0))
    if len(sizes) > _DIMENSIONS:
        raise FormatError("a variable has too many dimensions")
    return tuple(sizes)


def _fields(message: bytes) -> Iterator[tuple[int, int | bytes]]:
    """Numbers and values of the fields of a protocol buffer."""
    octets = Octets(message)
    while octets.left:
        tag = octets.varint()
        wire = tag & 7
        if wire == _VARINT:
            yield tag >> 3, octets.varint()
        elif wire == _BYTES:
            yield tag >> 3, octets.take(octets.varint())
        elif wire in (_FIXED32, _FIXED64):
            yield tag >> 3, int.from_bytes(octets.take(4 if wire == _FIXED32 else 8), "little")
        else:
            raise FormatError("its index is damaged")


def _number(value: int | bytes) -> int:
    if isinstance(value, bytes) or value >= 1 << 63:
        raise FormatError("its index is damaged")
    return value


def _message(value: int | bytes) -> bytes:
    if isinstance(value, int):
        raise FormatError("its index is damaged")
    return value
