"""A labelled slider with its value, which can be typed."""

from typing import Final

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QHBoxLayout, QLabel, QWidget

from app.ui.appearance import Appearance
from app.ui.readout import Readout
from app.ui.value_slider import ValueScale, ValueSlider

_LABEL_PX: Final = 92
_VALUE_PX: Final = 62


class ValueRow(QWidget):
    """Label, slider, value. It shows the model's value and reports what the user wants.

    Signals:
        edited(float): the user wants this value.
        gesture_ended(): what follows is another step of undo.
    """

    edited = Signal(float)
    gesture_ended = Signal()

    def __init__(
        self,
        name: str,
        label: str,
        tip: str,
        scale: ValueScale,
        appearance: Appearance,
        parent: QWidget | None = None,
    ) -> None:
        """`name`: the slider's object name; the value's is that with `-value`."""
        super().__init__(parent)
        self._scale = scale
        self.label = QLabel(label)
        self.label.setMinimumWidth(_LABEL_PX)
        self.slider = ValueSlider(scale, appearance)
        self.slider.setObjectName(name)
        self.slider.setAccessibleName(label)
        self.value = Readout(self._read)
        self.value.setObjectName(f"{name}-value")
        self.value.setAccessibleName(self.tr("{0}, typed").format(label))
        self.value.setFixedWidth(_VALUE_PX)
        self.value.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.label.setToolTip(tip)
        self.slider.setToolTip(tip + "\n" + self.tr("Double click: back to {0}").format(scale.write(scale.default)))
        self.value.setToolTip(self.tr("Double click to type a value"))
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        row.addWidget(self.label)
        row.addWidget(self.slider, 1)
        row.addWidget(self.value)
        self.slider.edited.connect(self._edited)
        self.slider.gesture_ended.connect(self.gesture_ended)
        self.slider.typing_requested.connect(self.value.start_typing)
        self.value.typed.connect(self._typed)
        self.show_amount(scale.default)

    def show_amount(self, amount: float) -> None:
        """Show a value; nothing is emitted."""
        self.slider.set_amount(amount)
        self.value.show_text(self._scale.write(amount))

    def set_color(self, color: QColor) -> None:
        """Give the slider a colour."""
        self.slider.set_color(color)

    def _read(self, text: str) -> float:
        return self._scale.limited(self._scale.read(text))

    @Slot(float)
    def _edited(self, amount: float) -> None:
        self.value.show_text(self._scale.write(amount))
        self.edited.emit(amount)

    @Slot(float)
    def _typed(self, amount: float) -> None:
        self.gesture_ended.emit()
        self.show_amount(amount)
        self.edited.emit(amount)
        self.gesture_ended.emit()
        self.slider.setFocus()
