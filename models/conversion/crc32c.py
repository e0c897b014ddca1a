"""The checksum of TensorFlow's files: CRC-32C (Castagnoli), masked, as the LevelDB format describes it.

The mask keeps the checksum of data that holds checksums from being weak: rotated right by 15 bits, plus a constant.
"""

from typing import Final

import numpy as np
from numba import njit
from numpy.typing import NDArray

_POLYNOMIAL: Final = 0x82F63B78  # 0x1EDC6F41 with its bits reversed
_MASK_DELTA: Final = 0xA282EAD8


def masked_crc32c(data: bytes | memoryview | NDArray[np.uint8], *more: bytes) -> int:
    """The masked checksum of `data`, with `more` behind it."""
    crc = np.uint32(0xFFFFFFFF)
    for part in (data, *more):
        octets = part if isinstance(part, np.ndarray) else np.frombuffer(part, np.uint8)
        crc = np.uint32(_update(crc, octets, _TABLE))
    plain = int(crc) ^ 0xFFFFFFFF
    return ((plain >> 15 | plain << 17) + _MASK_DELTA) & 0xFFFFFFFF


def _table() -> NDArray[np.uint32]:
    """The checksum of each octet."""
    table = np.arange(256, dtype=np.uint32)
    for _ in range(8):
        table = np.where(table & 1, table >> 1 ^ np.uint32(_POLYNOMIAL), table >> 1).astype(np.uint32)
    return table


_TABLE: Final = _table()


@njit(cache=True, nogil=True)
def _update(crc, octets, table):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN202
    for octet in octets:
        crc = table[(crc ^ octet) & np.uint32(0xFF)] ^ (crc >> np.uint32(8))
    return crc
