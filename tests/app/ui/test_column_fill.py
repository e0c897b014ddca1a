"""Filled curves as pixels."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PySide6.QtGui import QColor

from app.ui.column_fill import colored, fill_between, to_image

HEIGHT = 30


@settings(deadline=None, max_examples=50)
@given(st.lists(st.tuples(st.floats(0.0, HEIGHT), st.floats(0.0, HEIGHT)), min_size=1, max_size=40))
def test_a_column_is_filled_as_much_as_its_edges_are_apart(edges: list[tuple[float, float]]) -> None:
    top = np.array([min(pair) for pair in edges])
    bottom = np.array([max(pair) for pair in edges])
    amount = fill_between(top, bottom, HEIGHT)
    assert amount.shape == (HEIGHT, len(edges))
    assert amount.sum(axis=0) / 255 == pytest.approx(bottom - top, abs=HEIGHT / 255 + 1e-3)


def test_edges_outside_the_picture_are_cut() -> None:
    amount = fill_between(np.array([-5.0, 40.0]), np.array([50.0, 50.0]), HEIGHT)
    assert np.all(amount[:, 0] == 255)
    assert np.all(amount[:, 1] == 0)


def test_pixels_have_the_colour_and_its_opacity() -> None:
    color = QColor(200, 100, 50, 128)
    amount = np.array([[0, 255], [128, 255]], np.uint8)
    image = to_image(colored(amount, color))
    assert (image.width(), image.height()) == (2, 2)
    assert image.pixelColor(0, 0).alpha() == 0
    full = image.pixelColor(1, 0)
    assert full.alpha() == 128
    assert abs(full.red() - 200) + abs(full.green() - 100) + abs(full.blue() - 50) <= 4
    assert image.pixelColor(0, 1).alpha() == pytest.approx(64, abs=1)
