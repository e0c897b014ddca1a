"""How strongly the activation curves turn instruments down where they do not play: for all of them at once."""

from typing import cast

from PySide6.QtCore import Qt, Slot
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QHBoxLayout, QToolButton, QWidget

from app.session.commands import SetActivation
from app.session.session import Session
from app.ui.mode_buttons import ModeButtons
from models.activation import ActivationMode
from models.instruments import INSTRUMENTS


class ActivationChooser(QWidget):
    """Off, Soft or Hard for all instruments, and a button that opens the panel with everything else."""

    def __init__(self, session: Session, open_panel: QAction, parent: QWidget | None = None) -> None:
        """`open_panel`: shows and hides the panel."""
        super().__init__(parent)
        self._session = session
        self.panel = QToolButton()
        self.panel.setText(self.tr("Activation"))
        self.panel.setObjectName("activation-open")
        self.panel.setAccessibleName(self.tr("Activation settings"))
        self.panel.setToolTip(open_panel.toolTip())
        self.panel.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.panel.setProperty("quiet", True)
        self.panel.clicked.connect(open_panel.trigger)
        self.modes = ModeButtons("activation", self.tr("Activation of all"))
        self.buttons = self.modes.buttons
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(2)
        row.addWidget(self.panel)
        row.addWidget(self.modes)
        self.modes.chosen.connect(self._choose)
        session.mix_changed.subscribe(self.show_mix)
        self.show_mix()

    def show_mix(self) -> None:
        """Show the instruments' mode, or none if they differ."""
        modes = {self._session.mix.strip(stem).activation.mode for stem in INSTRUMENTS}
        self.modes.show_mode(modes.pop() if len(modes) == 1 else None)

    @Slot(str)
    def _choose(self, mode: str) -> None:
        self._session.end_gesture()
        self._session.do(SetActivation(cast(ActivationMode, mode)))
        self._session.end_gesture()
        self.show_mix()
