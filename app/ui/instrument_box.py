"""A box to choose an instrument from, with its picture and colour."""

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import QComboBox, QWidget

from app.ui.appearance import Appearance
from app.ui.names import display_name, icon_name
from models.instruments import INSTRUMENTS, STEMS


class InstrumentBox(QComboBox):
    """The instruments, each with its stem as data; with `everyone` a first row for all of them, whose data is None."""

    def __init__(
        self, name: str, title: str, appearance: Appearance, everyone: str = "", parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._appearance = appearance
        self.setObjectName(name)
        self.setAccessibleName(title)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        if everyone:
            self.addItem(everyone, None)
        for stem in INSTRUMENTS:
            self.addItem(display_name(stem), stem)
        appearance.changed.connect(self._dress)
        self._dress()

    @property
    def instrument(self) -> str | None:
        """The chosen stem; None for all of them."""
        return self.currentData()

    def show_instrument(self, stem: str | None) -> None:
        """Choose one; nothing is emitted but `currentIndexChanged`."""
        self.setCurrentIndex(max(0, self.findData(stem)))

    @Slot()
    def _dress(self) -> None:
        theme = self._appearance.theme
        for row in range(self.count()):
            stem = self.itemData(row)
            if stem is not None:
                color = theme.instrument(STEMS.index(stem)).name()
                self.setItemIcon(row, self._appearance.icon(icon_name(stem), color))
