"""The panel at the right of the timeline: what takes more room than a button, one page at a time."""

from dataclasses import replace
from typing import Final

from PySide6.QtCore import QSize, Qt, Signal, Slot
from PySide6.QtWidgets import QFrame, QPushButton, QScrollArea, QTabWidget, QToolButton, QVBoxLayout, QWidget

from app.session.session import Session
from app.ui.appearance import Appearance

DEFAULT_WIDTH_PX: Final = 372
LEAST_WIDTH_PX: Final = 330


class SidePanel(QFrame):
    """Tabs that can be shown and hidden together. Which one is open is remembered in the preferences.

    Signals:
        shown(bool): it was opened or closed.
    """

    shown = Signal(bool)

    def __init__(self, session: Session, appearance: Appearance, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._appearance = appearance
        self._pages: dict[str, int] = {}
        self._restored = False
        self.setObjectName("side-panel")
        self.setAccessibleName(self.tr("Side panel"))
        self.setMinimumWidth(LEAST_WIDTH_PX)
        self.tabs = QTabWidget()
        self.tabs.setObjectName("side-tabs")
        self.tabs.setAccessibleName(self.tr("Pages of the side panel"))
        self.tabs.setDocumentMode(True)
        bar = self.tabs.tabBar()
        bar.setAccessibleName(self.tr("Pages of the side panel"))
        bar.setDrawBase(False)
        bar.setExpanding(False)
        bar.setUsesScrollButtons(False)
        bar.setElideMode(Qt.TextElideMode.ElideNone)
        bar.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.closing = QToolButton()
        self.closing.setObjectName("side-close")
        self.closing.setAccessibleName(self.tr("Close the side panel"))
        self.closing.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.closing.setIconSize(QSize(15, 15))
        self.closing.clicked.connect(self.close_panel)
        self.tabs.setCornerWidget(self.closing, Qt.Corner.TopRightCorner)
        column = QVBoxLayout(self)
        column.setContentsMargins(1, 1, 1, 1)
        column.addWidget(self.tabs)
        self.tabs.currentChanged.connect(self._remember)
        appearance.changed.connect(self._dress)
        self._dress()
        self.hide()

    def add_page(self, name: str, title: str, page: QWidget, *, scrolls: bool = False) -> None:
        """Add a page; with `scrolls` it gets a scroll bar where the room is too small."""
        shown: QWidget = page
        if scrolls:
            area = QScrollArea()
            area.setWidget(page)
            area.setWidgetResizable(True)
            area.setFrameShape(QFrame.Shape.NoFrame)
            area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
            area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
            area.setObjectName(f"side-{name}-scroll")
            shown = area
        self._pages[name] = self.tabs.count()
        self.tabs.addTab(shown, title)

    @property
    def page(self) -> str | None:
        """The page that is seen; None while the panel is closed."""
        parent = self.parentWidget()
        if self.isHidden() if parent is None else not self.isVisibleTo(parent):
            return None
        return next((name for name, index in self._pages.items() if index == self.tabs.currentIndex()), None)

    def open_page(self, name: str) -> None:
        """Show the panel with that page."""
        was_open = self.page is not None
        self.tabs.setCurrentIndex(self._pages[name])
        self.show()
        if not was_open:
            self.shown.emit(True)
        self._remember()

    @Slot()
    def toggle(self) -> None:
        """Show the panel with the page that was seen last, or hide it."""
        if self.page is not None:
            self.close_panel()
        else:
            self.open_page(next(name for name, index in self._pages.items() if index == self.tabs.currentIndex()))

    def toggle_page(self, name: str) -> None:
        """Show that page; if it is seen already, hide the panel."""
        if self.page == name:
            self.close_panel()
        else:
            self.open_page(name)

    @Slot()
    def close_panel(self) -> None:
        """Hide it."""
        if self.page is None:
            return
        focus = self.focusWidget()
        self.hide()
        if focus is not None:
            self.window().setFocus()
        self.shown.emit(False)
        self._remember()

    def restore(self) -> None:
        """Open the page that was open when the program was left; from now on it is remembered."""
        self._restored = True
        name = self._session.preferences.side_page
        if name in self._pages:
            self.open_page(name)

    @Slot()
    def _remember(self) -> None:
        page = self.page
        if self._restored and self._session.preferences.side_page != page:
            self._session.set_preferences(replace(self._session.preferences, side_page=page))

    @Slot()
    def _dress(self) -> None:
        self.closing.setIcon(self._appearance.icon("mdi6.close", self._appearance.theme.dim))


def panel_button(name: str, text: str, tip: str) -> QPushButton:
    """A button of the side panel."""
    button = QPushButton(text)
    button.setObjectName(name)
    button.setAccessibleName(text)
    button.setToolTip(tip)
    button.setIconSize(QSize(16, 16))
    button.setProperty("small", True)
    return button
