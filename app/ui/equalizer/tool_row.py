"""What is done with a whole equalizer: the row above the plot."""

from collections.abc import Callable
from typing import Final

from PySide6.QtCore import QSize, Qt, Signal, Slot
from PySide6.QtWidgets import QButtonGroup, QComboBox, QHBoxLayout, QToolButton, QWidget

from app.session.session import Session
from app.ui.appearance import Appearance
from app.ui.equalizer.plot_scale import RANGES_DB
from app.ui.equalizer.preset_button import PresetButton
from app.ui.names import display_name, icon_name
from models.instruments import STEMS

_ICON_PX: Final = 18
_ROW_PX: Final = 29


class ToolRow(QWidget):
    """Which strip, bypass, A and B, copy and paste, presets, reset; at the right how the plot looks.

    Signals:
        strip_chosen(str): show this strip's equalizer.
        bypass_wanted(bool): bypass the equalizer, or not.
        side_wanted(str): hear "A" or "B".
        range_chosen(float): how far the plot shall reach, in dB.
        spectrum_wanted(bool): whether to show the sound.
        reset_wanted(), copy_wanted(), paste_wanted(): clicked.
    """

    strip_chosen = Signal(str)
    bypass_wanted = Signal(bool)
    side_wanted = Signal(str)
    range_chosen = Signal(float)
    spectrum_wanted = Signal(bool)
    reset_wanted = Signal()
    copy_wanted = Signal()
    paste_wanted = Signal()

    def __init__(self, session: Session, appearance: Appearance, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._appearance = appearance
        self._icons: dict[QToolButton, str] = {}
        self.strip = QComboBox()
        self.strip.setObjectName("equalizer-strip")
        self.strip.setAccessibleName(self.tr("Strip"))
        self.strip.setToolTip(self.tr("The strip whose equalizer is shown"))
        self.strip.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        for stem in STEMS:
            self.strip.addItem(display_name(stem), stem)
        self.bypass = self._button("bypass", self.tr("Bypass"), self.tr("Hear the strip without its equalizer (B)"))
        self.bypass.setCheckable(True)
        self.bypass.setProperty("boxed", True)
        self.sides = {
            side: self._button(
                f"side-{side.lower()}", side, self.tr("Hear equalizer {0} (X changes over)").format(side)
            )
            for side in ("A", "B")
        }
        self.copy = self._icon_button("copy", "mdi6.content-copy", self.tr("Copy the equalizer (Ctrl+C)"))
        self.paste = self._icon_button("paste", "mdi6.content-paste", self.tr("Paste the copied equalizer (Ctrl+V)"))
        self.presets = PresetButton(session)
        self.reset = self._icon_button("reset", "mdi6.restore", self.tr("Reset all bands"))
        self.spectrum = self._icon_button("spectrum", "mdi6.chart-histogram", self.tr("Show the sound under the curve"))
        self.spectrum.setCheckable(True)
        self.spectrum.setProperty("toggle", True)
        self.spectrum.setChecked(True)
        self.range = QComboBox()
        self.range.setObjectName("equalizer-range")
        self.range.setAccessibleName(self.tr("Range of the plot"))
        self.range.setToolTip(self.tr("How many dB the plot reaches up and down"))
        self.range.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        for range_db in RANGES_DB:
            self.range.addItem(self.tr("± {0} dB").format(f"{range_db:.0f}"), range_db)
        self._lay_out()
        self._connect()
        appearance.changed.connect(self._dress)
        self._dress()

    def show_side(self, side: str) -> None:
        """Which of the two equalizers is heard."""
        for name, button in self.sides.items():
            button.setChecked(name == side)

    def show_range(self, range_db: float) -> None:
        """How far the plot reaches."""
        self.range.setCurrentIndex(RANGES_DB.index(range_db))

    def _button(self, name: str, text: str, tip: str) -> QToolButton:
        button = QToolButton()
        button.setObjectName(f"equalizer-{name}")
        button.setText(text)
        button.setToolTip(tip)
        button.setAccessibleName(tip.split(" (")[0])
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        return button

    def _icon_button(self, name: str, icon: str, tip: str) -> QToolButton:
        button = self._button(name, "", tip)
        button.setIconSize(QSize(_ICON_PX, _ICON_PX))
        self._icons[button] = icon
        return button

    def _lay_out(self) -> None:
        group = QButtonGroup(self)
        for index, button in enumerate(self.sides.values()):
            button.setCheckable(True)
            button.setProperty("segment", True)
            button.setProperty("first", index == 0)
            button.setProperty("last", index == 1)
            group.addButton(button)
        for widget in (self.strip, self.bypass, *self.sides.values(), self.presets, self.range):
            widget.setFixedHeight(_ROW_PX)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(4)
        row.addWidget(self.strip)
        row.addSpacing(8)
        row.addWidget(self.bypass)
        row.addSpacing(8)
        sides = QHBoxLayout()
        sides.setSpacing(0)
        for button in self.sides.values():
            sides.addWidget(button)
        row.addLayout(sides)
        row.addSpacing(8)
        row.addWidget(self.presets)
        row.addSpacing(4)
        for button in (self.copy, self.paste, self.reset):
            row.addWidget(button)
        row.addStretch(1)
        row.addWidget(self.spectrum)
        row.addSpacing(4)
        row.addWidget(self.range)

    def _connect(self) -> None:
        self.strip.activated.connect(lambda index: self.strip_chosen.emit(self.strip.itemData(index)))
        self.range.activated.connect(lambda index: self.range_chosen.emit(self.range.itemData(index)))
        self.bypass.clicked.connect(self.bypass_wanted)
        self.spectrum.toggled.connect(self.spectrum_wanted)
        for side, button in self.sides.items():
            button.clicked.connect(lambda checked, side=side: self.side_wanted.emit(side))
        plain: tuple[tuple[QToolButton, Callable[[], None]], ...] = (
            (self.copy, self.copy_wanted.emit),
            (self.paste, self.paste_wanted.emit),
            (self.reset, self.reset_wanted.emit),
        )
        for button, emit in plain:
            button.clicked.connect(lambda checked=False, emit=emit: emit())

    @Slot()
    def _dress(self) -> None:
        theme = self._appearance.theme
        for button, icon in self._icons.items():
            button.setIcon(self._appearance.icon(icon))
        for index, stem in enumerate(STEMS):
            self.strip.setItemIcon(index, self._appearance.icon(icon_name(stem), theme.instrument(index).name()))
