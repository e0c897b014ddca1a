"""The master's loudness in numbers."""

import math
from typing import Protocol

from PySide6.QtCore import QSize, Qt, Signal, Slot
from PySide6.QtWidgets import QFrame, QGridLayout, QLabel, QSizePolicy, QToolButton, QVBoxLayout, QWidget

from app.ui.appearance import Appearance, scaled_font
from app.ui.equalizer.band_look import ground_color

_QUIETEST = -70.0


class LoudnessValues(Protocol):
    """What the mixer measures, by EBU R128."""

    @property
    def short_term_lufs(self) -> float:
        """Of the last three seconds."""

    @property
    def integrated_lufs(self) -> float:
        """Since the last reset, gated."""

    @property
    def true_peak_dbtp(self) -> float:
        """The highest since the last reset."""


class LoudnessPanel(QFrame):
    """Short-term and integrated loudness in LUFS, and the true peak, with a button that starts anew.

    Signals:
        reset_requested(): measure from now on.
    """

    reset_requested = Signal()

    def __init__(self, appearance: Appearance, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._appearance = appearance
        self._shown: tuple[str, ...] = ()
        self.setObjectName("loudness")
        self.setAccessibleName(self.tr("Loudness"))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.short_term, self.integrated, self.true_peak = QLabel(), QLabel(), QLabel()
        self.reset = QToolButton()
        self.reset.setObjectName("loudness-reset")
        self.reset.setAccessibleName(self.tr("Measure the loudness anew"))
        self.reset.setToolTip(self.tr("Measure the loudness anew from here"))
        self.reset.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.reset.setIconSize(QSize(12, 12))
        self.reset.clicked.connect(self.reset_requested)
        self._lay_out()
        appearance.changed.connect(self._dress)
        self._dress()
        self.show_values(None)

    def show_values(self, values: LoudnessValues | None) -> None:
        """Show what was measured; None for nothing."""
        if values is None:
            texts: tuple[str, ...] = ("–", "–", "–")
        else:
            texts = (
                format_level(values.short_term_lufs),
                format_level(values.integrated_lufs),
                format_level(values.true_peak_dbtp),
            )
        if texts != self._shown:
            self._shown = texts
            for label, text in zip((self.short_term, self.integrated, self.true_peak), texts, strict=True):
                label.setText(text)
            over = values is not None and values.true_peak_dbtp > 0.0
            self.true_peak.setStyleSheet(f"color: {self._appearance.theme.meter_high};" if over else "")

    def _lay_out(self) -> None:
        rows = QGridLayout()
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setHorizontalSpacing(4)
        rows.setVerticalSpacing(0)
        rows.setColumnStretch(1, 1)
        about = (
            (
                self.short_term,
                "short",
                self.tr("Short"),
                self.tr("Short-term loudness in LUFS: the last three seconds"),
            ),
            (self.integrated, "whole", self.tr("Whole"), self.tr("Integrated loudness in LUFS since the last reset")),
            (self.true_peak, "peak", self.tr("Peak"), self.tr("Highest true peak in dBTP since the last reset")),
        )
        for row, (value, key, text, tip) in enumerate(about):
            name = QLabel(text)
            name.setProperty("dim", True)
            name.setFont(scaled_font(self, 0.78))
            value.setFont(scaled_font(self, 0.92, bold=True, tabular=True))
            value.setMinimumWidth(value.fontMetrics().horizontalAdvance("−88.8"))  # nothing moves while it is measured
            value.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            value.setObjectName(f"loudness-{key}")
            value.setAccessibleName(tip)
            for label in (name, value):
                label.setToolTip(tip)
            rows.addWidget(name, row, 0)
            rows.addWidget(value, row, 1)
        unit = QLabel(self.tr("LUFS"))
        unit.setProperty("dim", True)
        unit.setFont(scaled_font(self, 0.72, bold=True))
        head = QGridLayout()
        head.addWidget(unit, 0, 0)
        head.addWidget(self.reset, 0, 1, Qt.AlignmentFlag.AlignRight)
        column = QVBoxLayout(self)
        column.setContentsMargins(7, 2, 7, 4)
        column.setSpacing(0)
        column.addLayout(head)
        column.addLayout(rows, 1)

    @Slot()
    def _dress(self) -> None:
        theme = self._appearance.theme
        self.setStyleSheet(f"QFrame#loudness {{ background: {ground_color(theme).name()}; }}")
        self.reset.setIcon(self._appearance.icon("mdi6.restore", theme.dim))


def format_level(level: float) -> str:
    """`−14.2`, or a dash for what is too quiet to be measured."""
    if math.isnan(level) or level < _QUIETEST:
        return "–"
    rounded = round(level, 1) + 0.0
    return f"{'+' if rounded > 0 else '−' if rounded < 0 else ''}{abs(rounded):.1f}"
