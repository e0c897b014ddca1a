"""Presets of an equalizer: a button that names the one in use and opens the list."""

from functools import partial

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import QInputDialog, QMenu, QToolButton, QWidget

from app.mixing.presets import EqualizerPreset
from app.session.session import Session
from app.ui.names import display_name
from app.ui.strip_menu import add_heading


class PresetButton(QToolButton):
    """Use, save and delete presets for one strip at a time."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._stem = ""
        self._presets: tuple[EqualizerPreset, ...] = ()
        self.setObjectName("equalizer-presets")
        self.setProperty("boxed", True)
        self.setProperty("menu", True)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.setToolTip(self.tr("Use, save or delete a preset"))
        menu = QMenu(self)
        menu.setToolTipsVisible(True)
        menu.aboutToShow.connect(self._fill)
        self.setMenu(menu)
        self.deleting = QMenu(self.tr("Delete preset"), self)

    def show_strip(self, stem: str) -> None:
        """Offer that strip's presets."""
        self._stem = stem
        self._read()

    def show_equalizer(self) -> None:
        """Name the preset that is in use, if one is."""
        bands = self._session.mix.strip(self._stem).equalizer.bands
        name = next((preset.name for preset in self._presets if preset.equalizer.bands == bands), "")
        shown = self.fontMetrics().elidedText(name or self.tr("Presets"), Qt.TextElideMode.ElideRight, 170)
        self.setText(shown.replace("&", "&&"))
        self.setAccessibleName(self.tr("Presets"))
        self.setAccessibleDescription(name)

    def save(self) -> None:
        """Ask for a name, and keep the equalizer under it."""
        dialog = QInputDialog(self.window())
        dialog.setObjectName("equalizer-save-preset")
        dialog.setWindowTitle(self.tr("Save preset"))
        dialog.setLabelText(self.tr("Name of the preset for {0}:").format(display_name(self._stem)))
        dialog.setOkButtonText(self.tr("Save"))
        dialog.textValueSelected.connect(partial(self._save_as, self._stem))
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def _read(self) -> None:
        self._presets = self._session.equalizers.presets(self._stem)
        self.show_equalizer()

    @Slot()
    def _fill(self) -> None:
        """Make the menu: those of the program, the user's own, saving and deleting."""
        self._read()
        menu = self.menu()
        menu.clear()
        bands = self._session.mix.strip(self._stem).equalizer.bands
        for own in (False, True):
            found = [preset for preset in self._presets if preset.own == own]
            if own and found:
                menu.addSeparator()
                add_heading(menu, self.tr("My presets"))
            for preset in found:
                action = menu.addAction(preset.name.replace("&", "&&"))
                action.setToolTip(preset.about or preset.name)
                action.setCheckable(True)
                action.setChecked(preset.equalizer.bands == bands)
                action.triggered.connect(partial(self._use, preset))
        menu.addSeparator()
        menu.addAction(self.tr("Save as preset…")).triggered.connect(self.save)
        self.deleting.clear()
        for preset in self._presets:
            if preset.own:
                action = self.deleting.addAction(preset.name.replace("&", "&&"))
                action.triggered.connect(partial(self._delete, preset))
        if not self.deleting.isEmpty():
            menu.addMenu(self.deleting)

    def _use(self, preset: EqualizerPreset, checked: bool = False) -> None:
        self._session.equalizers.use_preset(self._stem, preset)

    def _save_as(self, stem: str, name: str) -> None:
        if name.strip():
            self._session.equalizers.save_preset(stem, name)
            self._read()

    def _delete(self, preset: EqualizerPreset, checked: bool = False) -> None:
        self._session.equalizers.delete_preset(preset)
        self._read()
