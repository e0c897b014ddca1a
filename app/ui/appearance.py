"""Which theme is worn: the one that was chosen, or the system's, followed while it changes."""

from PySide6.QtCore import QObject, Qt, Signal, Slot
from PySide6.QtGui import QFont, QIcon
from PySide6.QtWidgets import QApplication, QWidget

from app.ui.theme import DARK, LIGHT, THEMES, Theme, make_palette, make_stylesheet


class Appearance(QObject):
    """Dresses the application and tells the painted widgets.

    Signals:
        changed(): another theme is worn.
    """

    changed = Signal()

    def __init__(self, application: QApplication, choice: str = "system") -> None:
        """`choice` is "system", "light" or "dark"."""
        super().__init__(application)
        self._application = application
        self._choice = choice
        self._theme: Theme | None = None
        application.setStyle("Fusion")
        application.styleHints().colorSchemeChanged.connect(self._follow)
        self._wear()

    @property
    def theme(self) -> Theme:
        """What is worn now."""
        return self._theme or LIGHT

    @property
    def choice(self) -> str:
        """What was asked for: "system", "light" or "dark"."""
        return self._choice

    def choose(self, choice: str) -> None:
        """Wear that theme, or follow the system."""
        self._choice = choice
        self._wear()

    def system_is_dark(self) -> bool:
        """What the desktop asks for."""
        return self._application.styleHints().colorScheme() == Qt.ColorScheme.Dark

    def icon(self, name: str, color: str | None = None) -> QIcon:
        """An icon of the Material Design set (`mdi6.play`), in the theme's text colour or the given one."""
        import qtawesome  # deferred: it loads every one of its fonts

        theme = self.theme
        return qtawesome.icon(name, color=color or theme.text, color_disabled=theme.waveform)

    @Slot()
    def _follow(self) -> None:
        if self._choice == "system":
            self._wear()

    def _wear(self) -> None:
        theme = THEMES.get(self._choice, DARK if self.system_is_dark() else LIGHT)
        if theme is self._theme:
            return
        self._theme = theme
        self._application.setPalette(make_palette(theme))
        self._application.setStyleSheet(make_stylesheet(theme))
        self.changed.emit()


def scaled_font(widget: QWidget, factor: float, *, bold: bool = False, tabular: bool = False) -> QFont:
    """The application's font, larger or smaller; `tabular` gives all digits the same width."""
    font = QFont(QApplication.font(widget))
    font.setPointSizeF(font.pointSizeF() * factor)
    font.setBold(bold)
    if tabular:
        font.setFeature(QFont.Tag("tnum"), 1)
    return font
