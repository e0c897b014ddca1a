"""Small boxes to type a number into."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractSpinBox, QDoubleSpinBox, QSpinBox


def seconds_box(name: str, title: str, tip: str, most_s: float) -> QDoubleSpinBox:
    """Seconds from 0, with one decimal."""
    box = QDoubleSpinBox()
    box.setRange(0.0, most_s)
    box.setDecimals(1)
    box.setSingleStep(0.5)
    box.setSuffix(" s")
    _describe(box, name, title, tip)
    return box


def count_box(name: str, title: str, tip: str, least: int, most: int) -> QSpinBox:
    """A whole number, written as `3×`."""
    box = QSpinBox()
    box.setRange(least, most)
    box.setSuffix("×")
    _describe(box, name, title, tip)
    return box


def _describe(box: QSpinBox | QDoubleSpinBox, name: str, title: str, tip: str) -> None:
    box.setObjectName(name)
    box.setAccessibleName(title)
    box.setToolTip(tip)
    box.setKeyboardTracking(False)
    box.setButtonSymbols(QAbstractSpinBox.ButtonSymbols.NoButtons)
    box.setAlignment(Qt.AlignmentFlag.AlignCenter)
    box.setProperty("flat", True)
