"""Off, Soft, Hard: how activations weigh."""

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import QCoreApplication, Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QToolButton, QWidget

from models.activation import ActivationMode


def mode_texts() -> dict[ActivationMode, tuple[str, str]]:
    """Name and explanation of each mode."""
    translate = QCoreApplication.translate
    return {
        "off": (
            translate("ActivationMode", "Off"),
            translate("ActivationMode", "The instrument is heard as it was separated, all the time."),
        ),
        "soft": (
            translate("ActivationMode", "Soft"),
            translate(
                "ActivationMode",
                "Where the instrument probably does not play, it is turned down:\nless bleeding of the others.",
            ),
        ),
        "hard": (
            translate("ActivationMode", "Hard"),
            translate(
                "ActivationMode",
                "Where the instrument probably does not play, it is silent:\nclean, but wrong guesses cut notes.",
            ),
        ),
    }


class ModeButtons(QWidget):
    """Three buttons of which one is on, or none if what they are for differs.

    Signals:
        chosen(str): the user wants this mode.
    """

    chosen = Signal(str)

    def __init__(self, prefix: str, title: str, parent: QWidget | None = None) -> None:
        """`prefix`: of the buttons' object names; `title`: what their accessible names begin with."""
        super().__init__(parent)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        self.buttons: dict[str, QToolButton] = {}
        note = self.tr("Nothing is lost: what is taken from an instrument goes to “Other”.")
        for mode, (text, tip) in mode_texts().items():
            button = self.buttons[mode] = segment_button(text, f"{prefix}-{mode}", f"{title}: {text}", f"{tip}\n{note}")
            button.clicked.connect(partial(self._clicked, mode))
            row.addWidget(button, 1)
        round_ends(list(self.buttons.values()))

    def show_mode(self, mode: str | None) -> None:
        """Light that one up; None: none."""
        for name, button in self.buttons.items():
            button.setChecked(name == mode)

    def _clicked(self, mode: str, checked: bool = False) -> None:
        self.buttons[mode].setChecked(not checked)  # the model says what is on
        self.chosen.emit(mode)


def segment_button(text: str, name: str, title: str, tip: str) -> QToolButton:
    """One of several buttons in a row."""
    button = QToolButton()
    button.setText(text)
    button.setCheckable(True)
    button.setSizePolicy(QSizePolicy.Policy.MinimumExpanding, QSizePolicy.Policy.Fixed)
    button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    button.setObjectName(name)
    button.setAccessibleName(title)
    button.setToolTip(tip)
    button.setProperty("segment", True)
    return button


def round_ends(buttons: Sequence[QToolButton]) -> None:
    """Tell the stylesheet which buttons stand at the ends."""
    for index, button in enumerate(buttons):
        button.setProperty("first", index == 0)
        button.setProperty("last", index == len(buttons) - 1)
