"""The four snapshots of the whole mix."""

from dataclasses import dataclass
from functools import partial
from typing import Final, Literal

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QContextMenuEvent, QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QMenu, QToolButton, QWidget

from app.session.commands import StoreSnapshot
from app.session.document import SNAPSHOT_NAMES
from app.session.session import Session

State = Literal["empty", "stored", "heard"]

_STORING: Final = Qt.KeyboardModifier.ShiftModifier | Qt.KeyboardModifier.ControlModifier
_LONG_PRESS_MS: Final = 600


@dataclass(frozen=True)
class _Words:
    empty: str
    stored: str
    heard: str


class SnapshotButton(QToolButton):
    """One letter. A click recalls; with Shift or Ctrl, held for long, or while it is empty, it stores.

    Signals:
        recall_wanted(int), store_wanted(int): of this snapshot.
    """

    recall_wanted = Signal(int)
    store_wanted = Signal(int)

    def __init__(self, index: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._index = index
        self._state: State = "empty"
        self._letter = SNAPSHOT_NAMES[index]
        self._held = QTimer(self, singleShot=True, interval=_LONG_PRESS_MS)
        self._held.timeout.connect(self._store)
        self.setText(self._letter)
        self.setObjectName(f"snapshot-{self._letter.lower()}")
        self.setAccessibleName(self.tr("Snapshot {0}").format(self._letter))
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.show_state("empty", again=True)

    @property
    def state(self) -> State:
        """Whether something is stored, and whether it is what is heard."""
        return self._state

    def show_state(self, state: State, *, again: bool = False) -> None:
        """Show how it stands."""
        if state == self._state and not again:
            return
        self._state = state
        self.setProperty("snapshot", state)
        self.style().unpolish(self)
        self.style().polish(self)
        number = self._index + 1
        words = _Words(self.tr("empty"), self.tr("stored"), self.tr("heard now"))
        self.setAccessibleDescription(getattr(words, state))
        if state == "empty":
            tip = self.tr("Click to store the mix as {0} (Ctrl+Shift+{1})")
        else:
            tip = self.tr("Recall mix {0} (Ctrl+{1})\nShift+click or hold to store the mix here (Ctrl+Shift+{1})")
        self.setToolTip(tip.format(self._letter, number))

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: D102 - Qt
        super().mousePressEvent(event)
        if event.button() == Qt.MouseButton.LeftButton:
            self._held.start()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:  # noqa: D102
        if event.button() == Qt.MouseButton.LeftButton and self._held.isActive() and self.rect().contains(event.pos()):
            self._act(event.modifiers())
        self._held.stop()
        super().mouseReleaseEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: D102
        # Space is the window's Play, as with all buttons of the desk.
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._act(event.modifiers())
        else:
            super().keyPressEvent(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:  # noqa: D102
        self.make_menu().popup(event.globalPos())

    def make_menu(self) -> QMenu:
        """Recall or store."""
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        recall = menu.addAction(self.tr("Recall {0}").format(self._letter))
        recall.setEnabled(self._state != "empty")
        recall.triggered.connect(lambda: self.recall_wanted.emit(self._index))
        store = menu.addAction(self.tr("Store the mix as {0}").format(self._letter))
        store.triggered.connect(lambda: self.store_wanted.emit(self._index))
        return menu

    def _act(self, modifiers: Qt.KeyboardModifier) -> None:
        if self._state == "empty" or modifiers & _STORING:
            self._store()
        else:
            self.recall_wanted.emit(self._index)

    def _store(self) -> None:
        self._held.stop()
        self.store_wanted.emit(self._index)


class SnapshotBar(QWidget):
    """A to D: dim while empty, bright when a mix is stored, lit while it is the one that is heard."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self.setObjectName("snapshots")
        label = QLabel(self.tr("Snapshots"))
        label.setProperty("dim", True)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(3)
        row.addWidget(label)
        row.addSpacing(5)
        self.buttons = tuple(SnapshotButton(index) for index in range(len(SNAPSHOT_NAMES)))
        for button in self.buttons:
            button.recall_wanted.connect(session.recall_snapshot)
            button.store_wanted.connect(partial(store_snapshot, session))
            row.addWidget(button)
        session.mix_changed.subscribe(self.show_mix)
        self.show_mix()

    def show_mix(self) -> None:
        """Show the session's snapshots."""
        document = self._session.document
        for button, mix in zip(self.buttons, document.snapshots, strict=True):
            button.show_state("empty" if mix is None else "heard" if mix == document.mix else "stored")


def store_snapshot(session: Session, index: int) -> None:
    """Keep the mix under that letter, and say so."""
    session.end_gesture()
    session.do(StoreSnapshot(index))
    session.message.emit(f"Stored the mix as snapshot {SNAPSHOT_NAMES[index]}.")
