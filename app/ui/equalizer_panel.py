"""A strip's equalizer: its response as a picture and a knob for each band."""

from dataclasses import replace
from typing import Final

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSize, Signal
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from app.mixing.equalizer import magnitude_response_db
from app.mixing.settings import EqualizerSettings
from app.ui.appearance import Appearance
from app.ui.knob import BandKnob
from app.ui.theme import blend, with_alpha

BANDS: Final = ("low_gain_db", "mid_gain_db", "high_gain_db")
_FREQUENCIES_HZ: Final = np.geomspace(30.0, 18_000.0, 48)
_DRAWN_RATE_HZ: Final = 44100
_RANGE_DB: Final = 20.0


class ResponseView(QWidget):
    """The equalizer's gain over frequency, 30 Hz to 18 kHz on a logarithmic axis."""

    def __init__(self, appearance: Appearance, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._appearance = appearance
        self._settings = EqualizerSettings()
        self._response_db = np.zeros(len(_FREQUENCIES_HZ))
        self._color = QColor(appearance.theme.accent)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumHeight(18)
        self.setMaximumHeight(150)
        appearance.changed.connect(self.update)

    def set_color(self, color: QColor) -> None:
        """The colour of the curve."""
        self._color = color
        self.update()

    def show_settings(self, settings: EqualizerSettings) -> None:
        """Draw the response of these settings."""
        if settings != self._settings:
            self._settings = settings
            self._response_db = magnitude_response_db(settings, _FREQUENCIES_HZ, _DRAWN_RATE_HZ)
            self.update()

    def sizeHint(self) -> QSize:  # noqa: D102 - Qt
        return QSize(90, 34)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: D102
        theme = self._appearance.theme
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        box = QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5)
        clip = QPainterPath()
        clip.addRoundedRect(box, 4, 4)
        painter.fillPath(clip, blend(theme.sunken, theme.panel, 0.7))
        painter.setClipPath(clip)
        middle, scale = box.center().y(), box.height() / 2 / _RANGE_DB
        painter.setPen(QPen(blend(theme.dim, theme.sunken, 0.35), 1.0))
        painter.drawLine(QPointF(box.left(), middle), QPointF(box.right(), middle))
        x = np.linspace(box.left(), box.right(), len(_FREQUENCIES_HZ))
        y = middle - scale * self._response_db
        points = [QPointF(float(a), float(b)) for a, b in zip(x, y, strict=True)]
        if not self._settings.is_flat:
            area = QPolygonF([*points, QPointF(box.right(), middle), QPointF(box.left(), middle)])
            path = QPainterPath()
            path.addPolygon(area)
            painter.fillPath(path, with_alpha(self._color, 0.28))
        faint = self._settings.is_flat or not self.isEnabled()
        painter.setPen(QPen(with_alpha(self._color, 0.55 if faint else 1.0), 1.4))
        painter.drawPolyline(QPolygonF(points))


class EqualizerPanel(QWidget):
    """Shows a strip's equalizer and lets it be changed.

    Signals:
        edited(EqualizerSettings): the user wants these.
        gesture_ended(): a drag is over.
    """

    edited = Signal(object)
    gesture_ended = Signal()

    def __init__(self, stem: str, title: str, appearance: Appearance, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._settings = EqualizerSettings()
        self.response = ResponseView(appearance)
        labels = {
            "low_gain_db": (self.tr("Low"), self.tr("Bass, below 250 Hz")),
            "mid_gain_db": (self.tr("Mid"), self.tr("Middle, around 1 kHz")),
            "high_gain_db": (self.tr("High"), self.tr("Treble, above 4 kHz")),
        }
        knobs = QHBoxLayout()
        knobs.setSpacing(0)
        self.knobs: dict[str, BandKnob] = {}
        for band in BANDS:
            label, explanation = labels[band]
            knob = self.knobs[band] = BandKnob(label, appearance)
            knob.setObjectName(f"strip-{stem}-eq-{band.split('_')[0]}")
            knob.setAccessibleName(self.tr("{0}: equalizer {1}").format(title, label))
            knob.setToolTip(self.tr("{0}\nDrag, or turn the wheel; double click for 0 dB").format(explanation))
            knob.edited.connect(self._band_edited)
            knob.gesture_ended.connect(self.gesture_ended)
            knobs.addWidget(knob)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addWidget(self.response, 1)
        column.addLayout(knobs)

    def set_color(self, color: QColor) -> None:
        """The strip's colour."""
        self.response.set_color(color)
        for knob in self.knobs.values():
            knob.set_color(color)

    def show_settings(self, settings: EqualizerSettings) -> None:
        """Show these settings."""
        self._settings = settings
        self.response.show_settings(settings)
        for band, knob in self.knobs.items():
            knob.set_amount(getattr(settings, band))

    def _band_edited(self) -> None:
        low_db, mid_db, high_db = (self.knobs[band].amount for band in BANDS)
        self.edited.emit(replace(self._settings, low_gain_db=low_db, mid_gain_db=mid_db, high_gain_db=high_db))
