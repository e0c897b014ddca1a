"""Checkpoints in TensorFlow's format, written from its description: what the reader is tested with."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Variables = Mapping[str, NDArray[np.generic]]

_TYPES = {"float32": 1, "int64": 9}


def crc32c(data: bytes) -> int:
    """Bit by bit."""
    crc = 0xFFFFFFFF
    for octet in data:
        crc ^= octet
        for _ in range(8):
            crc = crc >> 1 ^ (0x82F63B78 if crc & 1 else 0)
    return crc ^ 0xFFFFFFFF


def masked(data: bytes) -> int:
    crc = crc32c(data)
    return ((crc >> 15 | crc << 17) + 0xA282EAD8) % (1 << 32)


def varint(value: int) -> bytes:
    octets = bytearray()
    while value >= 0x80:
        octets.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*octets, value])


def field(number: int, value: int | bytes) -> bytes:
    if isinstance(value, bytes):
        return varint(number << 3 | 2) + varint(len(value)) + value
    return varint(number << 3) + varint(value)


def block(entries: list[tuple[bytes, bytes]]) -> bytes:
    """Keys share what they begin with, anew every sixteen; with its trailer."""
    data, restarts, previous = bytearray(), [], b""
    for index, (key, value) in enumerate(entries):
        shared = 0
        if index % 16 == 0:
            restarts.append(len(data))
        else:
            while shared < min(len(key), len(previous)) and key[shared] == previous[shared]:
                shared += 1
        data += varint(shared) + varint(len(key) - shared) + varint(len(value)) + key[shared:] + value
        previous = key
    for restart in restarts or [0]:
        data += restart.to_bytes(4, "little")
    data += len(restarts or [0]).to_bytes(4, "little") + b"\0"
    return bytes(data) + masked(bytes(data)).to_bytes(4, "little")


def table(entries: dict[bytes, bytes], per_block: int = 40) -> bytes:
    ordered = sorted(entries.items())
    data, handles = bytearray(), []
    for first in range(0, len(ordered), per_block):
        part = ordered[first : first + per_block]
        written = block(part)
        handles.append((part[-1][0], varint(len(data)) + varint(len(written) - 5)))
        data += written
    filters = block([])
    places = varint(len(data)) + varint(len(filters) - 5)
    data += filters
    index = block(handles)
    places += varint(len(data)) + varint(len(index) - 5)
    data += index
    return bytes(data) + places.ljust(40, b"\0") + (0xDB4775248B80FB57).to_bytes(8, "little")


def write_checkpoint(folder: Path, variables: Variables, shards: int = 1) -> Path:
    """Write `model.index` and its shards; returns the index."""
    folder.mkdir(parents=True, exist_ok=True)
    files = [bytearray() for _ in range(shards)]
    entries = {b"": field(1, shards) + field(3, field(1, 1))}
    for number, (name, values) in enumerate(sorted(variables.items())):
        octets, shard = values.tobytes(), number % shards
        shape = b"".join(field(2, field(1, size)) for size in values.shape)
        entries[name.encode()] = (
            field(1, _TYPES[values.dtype.name])
            + field(2, shape)
            + (field(3, shard) if shard else b"")
            + field(4, len(files[shard]))
            + field(5, len(octets))
            + varint(6 << 3 | 5)
            + masked(octets).to_bytes(4, "little")
        )
        files[shard] += octets
    for shard, data in enumerate(files):
        (folder / f"model.data-{shard:05}-of-{shards:05}").write_bytes(data)
    index = folder / "model.index"
    index.write_bytes(table(entries))
    return index


def spleeter_variables(stems: int, filters: tuple[int, ...], seed: int = 0) -> dict[str, NDArray[np.generic]]:
    """Random variables of so many stems, named as in the published checkpoints, with the step that they hold too."""
    random, depth = np.random.default_rng(seed), len(filters)
    variables: dict[str, NDArray[np.generic]] = {"global_step": np.array(7, np.int64)}

    def add(name: str, number: int, **parts: tuple[int, ...]) -> None:
        for part, shape in parts.items():
            values = random.normal(0, 0.3, shape)
            values = np.abs(values) + 0.5 if part in ("moving_variance", "gamma") else values
            variables[f"{name}_{number}/{part}" if number else f"{name}/{part}"] = values.astype(np.float32)

    down_in, up_out = (2, *filters[:-1]), (*reversed(filters[:-1]), 1)
    for stem in range(stems):
        for index in range(depth):
            outs = filters[index]
            add("conv2d", stem * (depth + 1) + index, kernel=(5, 5, down_in[index], outs), bias=(outs,))
            ins = filters[-1] if index == 0 else 2 * up_out[index - 1]
            add("conv2d_transpose", stem * depth + index, kernel=(5, 5, up_out[index], ins), bias=(up_out[index],))
        add("conv2d", stem * (depth + 1) + depth, kernel=(4, 4, 1, 2), bias=(2,))
        for index, count in enumerate((*filters, *up_out)):
            shape = (count,)
            number = stem * 2 * depth + index
            add("batch_normalization", number, gamma=shape, beta=shape, moving_mean=shape, moving_variance=shape)
    return variables
