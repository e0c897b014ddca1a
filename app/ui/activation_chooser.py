"""How strongly the activation curves turn instruments down where they do not play."""

from typing import cast

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QLabel, QToolButton, QWidget

from app.session.commands import SetActivation
from app.session.session import Session
from models.activation import ActivationMode


class ActivationChooser(QWidget):
    """Off, Soft or Hard, for all strips."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._group = QButtonGroup(self)
        label = QLabel(self.tr("Activation"))
        label.setProperty("dim", True)
        choices = (
            ("off", self.tr("Off"), self.tr("Every instrument is heard as it was separated, all the time.")),
            (
                "soft",
                self.tr("Soft"),
                self.tr("Where an instrument probably does not play, it is turned down:\nless bleeding of the others."),
            ),
            (
                "hard",
                self.tr("Hard"),
                self.tr(
                    "Where an instrument probably does not play, it is silent:\nclean, but wrong guesses cut notes."
                ),
            ),
        )
        note = self.tr("Nothing is lost: what is taken from an instrument goes to “Other”.")
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        row.addWidget(label)
        row.addSpacing(8)
        self.buttons: dict[str, QToolButton] = {}
        for index, (mode, text, tip) in enumerate(choices):
            button = self.buttons[mode] = QToolButton()
            button.setText(text)
            button.setCheckable(True)
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            button.setObjectName(f"activation-{mode}")
            button.setAccessibleName(self.tr("Activation: {0}").format(text))
            button.setToolTip(f"{tip}\n{note}")
            button.setProperty("segment", True)
            button.setProperty("first", index == 0)
            button.setProperty("last", index == len(choices) - 1)
            self._group.addButton(button)
            row.addWidget(button)
        self._group.buttonClicked.connect(self._chosen)
        session.mix_changed.subscribe(self.show_mix)
        self.show_mix()

    def show_mix(self) -> None:
        """Show the strips' mode, or none if they differ."""
        modes = {strip.activation.mode for strip in self._session.mix.strips}
        self._group.setExclusive(False)
        for mode, button in self.buttons.items():
            button.setChecked(modes == {mode})
        self._group.setExclusive(True)

    def _chosen(self, button: QToolButton) -> None:
        mode = next(mode for mode, other in self.buttons.items() if other is button)
        self._session.do(SetActivation(cast(ActivationMode, mode)))
        self.show_mix()
