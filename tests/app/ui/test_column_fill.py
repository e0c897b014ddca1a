"""Filled curves as pixels."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from PySide6.QtGui import QColor

from app.ui.timeline.column_fill import FULL, colored, fill_between, to_image


@given(st.floats(-5.0, 45.0), st.floats(0.0, 50.0))
@settings(max_examples=60)
def test_a_column_is_covered_as_far_as_the_edges_say(top: float, thickness: float) -> None:
    column = fill_between(np.array([top]), np.array([top + thickness]), 40)[:, 0] / FULL
    visible = max(0.0, min(40.0, top + thickness) - min(40.0, max(0.0, top)))
    assert abs(column.sum() - visible) <= 2.0 / FULL


def test_an_edge_within_a_pixel_is_half_there() -> None:
    amount = fill_between(np.array([1.5]), np.array([3.0]), 4)[:, 0]
    assert amount.tolist() == [0, FULL // 2, FULL, 0]


def test_colours_are_premultiplied() -> None:
    image = to_image(colored(np.array([[0, FULL]], np.uint8), QColor(255, 0, 0, 128)))
    assert image.pixelColor(0, 0).alpha() == 0
    assert image.pixelColor(1, 0).alpha() == 128
    assert image.pixelColor(1, 0).red() == 255
