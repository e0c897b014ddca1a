"""Songs are files mapped into memory; who reads one from end to end gives back what is behind, so that memory stays."""

import mmap
from itertools import product

import numpy as np


def release_pages(array: object, start: int, stop: int) -> None:
    """Give the pages of frames `start` to `stop` of a mapped `(..., frames, channels)` back to the system.

    They stay in its cache and in the file, and come back when they are read: only this process's resident memory no
    longer grows with the song. Does nothing for other arrays and where the system cannot.
    """
    mapped = getattr(array, "_mmap", None)
    if mapped is None or not isinstance(array, np.memmap) or not hasattr(mmap, "MADV_DONTNEED"):
        return
    start, stop, page = max(start, 0), min(stop, array.shape[-2]), mmap.PAGESIZE
    origin = array.ctypes.data - np.frombuffer(mapped, np.uint8).ctypes.data  # it may be a part of what is mapped
    for index in product(*map(range, array.shape[:-2])):
        row = origin + sum(place * stride for place, stride in zip(index, array.strides, strict=False))
        first = -(-(row + start * array.strides[-2]) // page) * page
        last = (row + stop * array.strides[-2]) // page * page
        if first < last:
            mapped.madvise(mmap.MADV_DONTNEED, first, last - first)
