"""What lies between two edges gets the colour, in the share that is covered."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from app.ui.timeline.blending import OPAQUE, blend_between

BLACK, RED = 0xFF000000, 0xFF0000
edges = st.floats(-20.0, 40.0, width=32)


def blended(top: float, bottom: float, opacity: int = OPAQUE, rows: int = 20) -> list[int]:
    """The red of one column."""
    pixels = np.full((rows, 3), BLACK, np.uint32)
    upper, lower = (np.full(3, edge, np.float32) for edge in (top, bottom))
    blend_between(pixels, upper, lower, RED, opacity)
    assert (pixels == pixels[:, :1]).all()
    assert (pixels & 0xFF00FFFF == BLACK).all()  # opaque, and nothing but red
    return [int(value) for value in pixels[:, 0] >> 16 & 255]


@given(edges, edges)
def test_the_covered_share_counts(top: float, bottom: float) -> None:
    covered = max(0.0, min(bottom, 20.0) - max(top, 0.0))
    assert abs(sum(blended(top, bottom)) / 255 - covered) < 0.02


def test_edges_run_through_pixels() -> None:
    assert blended(1.5, 3.0, rows=4) == [0, 127, 255, 0]
    assert blended(1.0, 3.0, OPAQUE // 2, rows=4) == [0, 127, 127, 0]


def test_no_number_is_no_edge() -> None:
    assert sum(blended(float("nan"), 3.0)) == 0
    assert sum(blended(3.0, 3.0)) == 0
