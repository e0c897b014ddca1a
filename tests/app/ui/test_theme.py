"""Colours that can be read and told apart."""

from dataclasses import fields
from itertools import combinations

import numpy as np
import pytest
from numpy.typing import NDArray
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QApplication

from app.ui.appearance import Appearance
from app.ui.theme import DARK, LIGHT, Theme, make_palette, make_stylesheet
from models.instruments import STEMS

THEMES = pytest.mark.parametrize("theme", [LIGHT, DARK], ids=lambda theme: theme.name)

# Machado, Oliveira, Fernandes (2009), "A physiologically-based model for simulation of color vision deficiency",
# severity 1.0, on linear RGB.
DEFICIENCIES: dict[str, list[list[float]]] = {
    "protanopia": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "deuteranopia": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
    "normal": [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]],
}


def linear(color: str) -> NDArray[np.float64]:
    value = QColor(color)
    rgb = np.array([value.redF(), value.greenF(), value.blueF()])
    return np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)


def contrast(one: str, other: str) -> float:
    """The contrast ratio of WCAG 2."""
    weights = np.array([0.2126, 0.7152, 0.0722])
    low, high = sorted((float(weights @ linear(one)), float(weights @ linear(other))))
    return (high + 0.05) / (low + 0.05)


def oklab(rgb: NDArray[np.float64]) -> NDArray[np.float64]:
    """Ottosson (2020): a space in which equal distances look alike."""
    cone = np.array(
        [
            [0.4122214708, 0.5363325363, 0.0514459929],
            [0.2119034982, 0.6806995451, 0.1073969566],
            [0.0883024619, 0.2817188376, 0.6299787005],
        ]
    )
    lab = np.array(
        [
            [0.2104542553, 0.7936177850, -0.0040720468],
            [1.9779984951, -2.4285922050, 0.4505937099],
            [0.0259040371, 0.7827717662, -0.8086757660],
        ]
    )
    return lab @ np.cbrt(cone @ np.clip(rgb, 0.0, 1.0))


@THEMES
def test_text_can_be_read(theme: Theme) -> None:
    for ground in (theme.window, theme.panel, theme.raised):
        assert contrast(theme.text, ground) >= 7.0
        assert contrast(theme.dim, ground) >= 4.5
    assert contrast(theme.on_accent, theme.accent) >= 4.5
    for lamp in (theme.mute, theme.solo):
        assert contrast(theme.on_lamp, lamp) >= 4.5


@THEMES
def test_instruments_stand_out(theme: Theme) -> None:
    assert len(theme.instruments) == len(STEMS)
    for color in theme.instruments:
        assert contrast(color, theme.panel) >= 3.0


@THEMES
@pytest.mark.parametrize("deficiency", DEFICIENCIES)
def test_instruments_can_be_told_apart(theme: Theme, deficiency: str) -> None:
    seen = [oklab(np.array(DEFICIENCIES[deficiency]) @ linear(color)) for color in theme.instruments]
    closest = min(float(np.linalg.norm(one - other)) for one, other in combinations(seen, 2))
    assert closest >= (0.12 if deficiency == "normal" else 0.08)


@THEMES
def test_every_colour_is_one(theme: Theme) -> None:
    for field in fields(theme):
        value = getattr(theme, field.name)
        for color in (value,) if isinstance(value, str) and field.name != "name" else ():
            assert QColor.isValidColorName(color), field.name
    sheet = make_stylesheet(theme)
    assert "$" not in sheet
    assert theme.accent in sheet


def test_the_theme_can_be_chosen(qapp: QApplication) -> None:
    appearance = Appearance(qapp, "light")
    heard: list[Theme] = []
    appearance.changed.connect(lambda: heard.append(appearance.theme))
    appearance.choose("dark")
    assert qapp.palette().window().color() == make_palette(DARK).window().color()
    assert qapp.styleSheet() == make_stylesheet(DARK)
    appearance.choose("light")
    appearance.choose("light")
    assert heard == [DARK, LIGHT]


def test_the_system_is_followed_while_it_changes(qapp: QApplication) -> None:
    class Dressed(Appearance):
        dark = False

        def system_is_dark(self) -> bool:
            return self.dark

    appearance = Dressed(qapp)
    for dark in (True, False, True):
        appearance.dark = dark
        qapp.styleHints().colorSchemeChanged.emit(Qt.ColorScheme.Dark if dark else Qt.ColorScheme.Light)
        assert appearance.theme is (DARK if dark else LIGHT)
    appearance.choose("light")
    qapp.styleHints().colorSchemeChanged.emit(Qt.ColorScheme.Dark)
    assert appearance.theme is LIGHT
