"""Pages of mapped songs are given back, and nothing else changes."""

from pathlib import Path

import numpy as np
import pytest

from models.blocks import rms
from models.mapped_pages import release_pages
from tests.resident import SMAPS, resident_bytes

FRAMES = 1 << 20
STEM_BYTES = 8 * FRAMES
CLUSTER_BYTES = 1 << 21
"""Large pages make edges this inexact."""

pytestmark = pytest.mark.skipif(not SMAPS.exists(), reason="Linux tells how much of a map is resident")

Mapped = np.memmap[tuple[int, ...], np.dtype[np.float32]]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "stems.f32"
    (np.arange(8 * FRAMES, dtype=np.float32) / (8 * FRAMES)).tofile(path)
    return path


@pytest.fixture
def stems(path: Path) -> Mapped:
    return np.memmap(path, np.float32, "r+", shape=(4, FRAMES, 2))


def test_it_takes_a_range_of_every_row(path: Path, stems: Mapped) -> None:
    before = float(stems.sum())
    assert resident_bytes(path) == 4 * STEM_BYTES
    release_pages(stems, FRAMES // 2, FRAMES)
    assert resident_bytes(path) == pytest.approx(2 * STEM_BYTES, abs=4 * CLUSTER_BYTES)
    assert resident_bytes(path) > 0
    release_pages(stems, -5, 10 * FRAMES)
    assert resident_bytes(path) == 0
    assert float(stems.sum()) == before


def test_of_a_part_it_takes_that_part(path: Path, stems: Mapped) -> None:
    stems.sum()
    release_pages(stems[2], 0, FRAMES)
    release_pages(stems[1, FRAMES // 2 :], 0, FRAMES // 4)
    held = resident_bytes(path)
    assert held == pytest.approx(2 * STEM_BYTES + 3 * STEM_BYTES // 4, abs=2 * CLUSTER_BYTES)
    assert float(stems[3].sum()) != 0.0
    assert resident_bytes(path) <= held + CLUSTER_BYTES, "the last row was still there"


def test_what_was_written_stays(path: Path, stems: Mapped) -> None:
    stems[:, 1000:2000] = 0.25
    release_pages(stems, 0, FRAMES)
    assert (stems[:, 1000:2000] == 0.25).all()
    assert (np.fromfile(path, np.float32).reshape(stems.shape)[:, 1000:2000] == 0.25).all()


def test_other_arrays_are_left_alone() -> None:
    array = np.ones((6, 100, 2), np.float32)
    release_pages(array, 0, 100)
    assert array.all()


def test_a_level_is_measured_without_keeping_the_song(path: Path, stems: Mapped) -> None:
    level = rms(stems.reshape(-1, 2), 1 << 16)
    assert resident_bytes(path) <= CLUSTER_BYTES
    assert level == pytest.approx(float(np.sqrt(np.square(stems, dtype=np.float64).mean())))
