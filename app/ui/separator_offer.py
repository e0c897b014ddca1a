"""What separates the songs, and in one sentence what another separator would bring."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QLabel, QPushButton, QVBoxLayout, QWidget

from app.session.session import Session
from app.ui.appearance import scaled_font
from models.registry import ModelError


class SeparatorOffer(QWidget):
    """A line below the invitation to open a song.

    Signals:
        asked(): the user wants to see the models.
    """

    asked = Signal()

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self.text = QLabel()
        self.text.setObjectName("separator-offer")
        self.text.setProperty("dim", True)
        self.text.setFont(scaled_font(self, 0.92))
        self.text.setAlignment(Qt.AlignmentFlag.AlignCenter)
        button = QPushButton(self.tr("Models…"))
        button.setObjectName("offer-models")
        button.setAccessibleName(self.tr("Models"))
        button.setProperty("link", True)
        button.setFont(scaled_font(self, 0.92))
        button.clicked.connect(self.asked)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(3)
        column.addWidget(self.text)
        column.addWidget(button, 0, Qt.AlignmentFlag.AlignHCenter)
        session.separators.changed.subscribe(self.show_offer)
        session.models.changed.subscribe(self.show_offer)
        self.show_offer()

    def show_offer(self) -> None:
        """Look again what is here."""
        choice = self._session.separators
        lines = [self.tr("Songs are separated by {0}.").format(choice.title(choice.name))]
        try:
            advice = self._session.models.suggestion()
        except ModelError:
            advice = None
        if advice is not None:
            lines.append(advice.sentence)
        self.text.setText("\n".join(lines))
