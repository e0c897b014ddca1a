"""Which separator the song is heard through, in one line: a menu to change it and a button to compare two."""

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import Qt, Slot
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QHBoxLayout, QMenu, QToolButton, QWidget

from app.session.session import Session
from app.ui.appearance import scaled_font

_HEIGHT_PX = 22


class SeparatorChooser(QWidget):
    """The separator's name, which opens a menu of those that are here, and "Hear the other separator"."""

    def __init__(
        self, session: Session, hear_other: QAction, open_models: Callable[[], object], parent: QWidget | None = None
    ) -> None:
        """`hear_other` is the action of the menus; `open_models` shows Tools > Models."""
        super().__init__(parent)
        self._session = session
        self._open_models = open_models
        self.name = self._button("separator")
        self.name.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.name.setProperty("menu", True)
        menu = QMenu(self.name)
        menu.aboutToShow.connect(self.fill)
        self.name.setMenu(menu)
        self.other = self._button("separator-other")
        self.other.setAccessibleName(self.tr("Hear the other separator"))
        self.other.clicked.connect(hear_other.trigger)
        self._key = hear_other.shortcut().toString()
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(6)
        row.addWidget(self.name)
        row.addWidget(self.other)
        session.separators.changed.subscribe(self.show_choice)
        session.models.changed.subscribe(self.show_choice)
        session.song_changed.subscribe(self.show_choice)
        self.show_choice()

    def show_choice(self) -> None:
        """Show what is heard and what could be."""
        choice = self._session.separators
        title = self._title(choice.name)
        preparing = choice.preparing
        self.name.setText(self.tr("{0} → {1} …").format(title, self._title(preparing)) if preparing else title)
        self.name.setToolTip(self.tr("The separator that is heard; choose another here"))
        self.name.setAccessibleName(self.tr("Separator: {0}").format(self.name.text()))
        other = choice.other_name if self._session.song is not None else None
        self.other.setVisible(other is not None and preparing is None)
        if other is not None:
            text = self.tr("Hear the other separator: {0}").format(self._title(other))
            self.other.setText(self.tr("Hear {0}").format(self._title(other)))
            self.other.setToolTip(f"{text} ({self._key})")
            self.other.setAccessibleName(text)

    @Slot()
    def fill(self) -> None:
        """List the separators that are here; the tick is at the one that is heard."""
        choice, menu = self._session.separators, self.name.menu()
        menu.clear()
        for name in choice.available():
            action = menu.addAction(self._title(name))
            action.setCheckable(True)
            action.setChecked(name == choice.name)
            action.triggered.connect(partial(self._choose, name))
        menu.addSeparator()
        menu.addAction(self.tr("Get other separators…")).triggered.connect(lambda checked=False: self._open_models())

    def _choose(self, name: str, checked: bool = False) -> None:
        self._session.separators.choose(name)

    def _title(self, name: str) -> str:
        return self._session.separators.title(name)

    def _button(self, name: str) -> QToolButton:
        button = QToolButton()
        button.setObjectName(name)
        button.setProperty("boxed", True)
        button.setFixedHeight(_HEIGHT_PX)
        button.setStyleSheet("padding-top: 0; padding-bottom: 0;")
        button.setFont(scaled_font(self, 0.92))
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        return button
