"""What the window shows before a song is open."""

from functools import partial
from pathlib import Path

from PySide6.QtCore import QRectF, QSize, Qt, Signal, Slot
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from app.session.session import Session
from app.ui.appearance import Appearance, scaled_font
from app.ui.elided_label import ElidedLabel
from app.ui.separator_offer import SeparatorOffer
from app.ui.theme import blend

_RECENT_SHOWN = 5


class EmptyState(QWidget):
    """An invitation: drop a song, open one, play the demo song, or take up a recent one.

    Signals:
        open_requested(), demo_requested(), path_requested(Path): what the user asked for.
    """

    open_requested = Signal()
    demo_requested = Signal()
    path_requested = Signal(object)

    def __init__(self, session: Session, appearance: Appearance, *, demo: bool, parent: QWidget | None = None) -> None:
        """`demo`: whether there is a demo song to offer."""
        super().__init__(parent)
        self.setObjectName("drop-area")
        self._session = session
        self._appearance = appearance
        self._icon = QLabel()
        self._heading = ElidedLabel()
        self._heading.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._heading.setFont(scaled_font(self, 1.9, bold=True))
        self._text = QLabel(
            self.tr(
                "It plays at once. Meanwhile Partwise takes it apart into vocals, guitars,\n"
                "piano, bass and drums, so that you can solo, mute and mix each of them."
            )
        )
        self._text.setProperty("dim", True)
        self._text.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._buttons = QWidget()
        self._open = self._push(self.tr("Open a song…"), "empty-open", primary=True)
        self._open.clicked.connect(self.open_requested)
        self._demo = self._push(self.tr("Play the demo song"), "empty-demo")
        self._demo.clicked.connect(self.demo_requested)
        self._demo.setVisible(demo)
        self._recent_box = QWidget()
        self.offer = SeparatorOffer(session)
        self._lay_out()
        session.jobs_changed.subscribe(self.show_opening)
        appearance.changed.connect(self._dress)
        self._dress()
        self.show_opening()
        self.show_recent()

    def show_opening(self) -> None:
        """Say so while a song is being opened."""
        job = self._session.opening
        opening = job is not None and job.state == "running"
        self._heading.setText(f"{job.name} …" if job and opening else self.tr("Drop a song here"))
        self._buttons.setEnabled(not opening)

    def show_recent(self) -> None:
        """List the recent songs that are still there."""
        layout = self._recent_box.layout()
        assert isinstance(layout, QVBoxLayout)
        while (item := layout.takeAt(0)) is not None:
            if (widget := item.widget()) is not None:
                widget.hide()
                widget.deleteLater()
        paths = [path for path in self._session.preferences.recent if path.exists()][:_RECENT_SHOWN]
        self._recent_box.setVisible(bool(paths))
        if paths:
            title = QLabel(self.tr("Recent songs"))
            title.setProperty("dim", True)
            title.setFont(scaled_font(self, 0.9))
            layout.addWidget(title, 0, Qt.AlignmentFlag.AlignHCenter)
        for path in paths:
            layout.addWidget(self._recent_button(path), 0, Qt.AlignmentFlag.AlignHCenter)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: D102 - Qt
        theme = self._appearance.theme
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(blend(theme.dim, theme.window, 0.5), 1.6, Qt.PenStyle.DashLine))
        painter.setBrush(QColor(theme.panel))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), 12, 12)

    def _lay_out(self) -> None:
        row = QHBoxLayout(self._buttons)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(10)
        row.addWidget(self._open)
        row.addWidget(self._demo)
        recent = QVBoxLayout(self._recent_box)
        recent.setContentsMargins(0, 0, 0, 0)
        recent.setSpacing(3)
        column = QVBoxLayout(self)
        column.setSpacing(0)
        column.addStretch(3)
        center = Qt.AlignmentFlag.AlignHCenter
        for widget, below in (
            (self._icon, 12),
            (self._heading, 10),
            (self._text, 26),
            (self._buttons, 32),
            (self._recent_box, 24),
            (self.offer, 0),
        ):
            column.addWidget(widget, 0, Qt.AlignmentFlag(0) if widget is self._heading else center)
            column.addSpacing(below)
        column.addStretch(4)

    def _push(self, text: str, name: str, *, primary: bool = False) -> QPushButton:
        button = QPushButton(text)
        button.setObjectName(name)
        button.setAccessibleName(text.rstrip("…"))
        button.setProperty("primary", primary)
        button.setMinimumHeight(36)
        return button

    def _recent_button(self, path: Path) -> QPushButton:
        button = QPushButton(path.stem.replace("&", "&&"))
        button.setProperty("link", True)
        button.setToolTip(str(path))
        button.setAccessibleName(self.tr("Open {0}").format(path.name))
        button.setCursor(Qt.CursorShape.PointingHandCursor)
        button.clicked.connect(partial(self.path_requested.emit, path))
        return button

    @Slot()
    def _dress(self) -> None:
        icon = self._appearance.icon("mdi6.waveform", self._appearance.theme.accent)
        self._icon.setPixmap(icon.pixmap(QSize(64, 64)))
        self.update()
