"""The equalizer's editor: a window beside the main one that shows one strip's equalizer at a time."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Final

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QAction, QHideEvent, QKeySequence, QShortcut, QShowEvent
from PySide6.QtWidgets import QDialog, QGridLayout, QLabel, QVBoxLayout, QWidget

from app.mixing.settings import BandSettings
from app.session.commands import SetBand, SetEqualizer
from app.session.session import Session
from app.ui.appearance import Appearance, scaled_font
from app.ui.equalizer.band_column import ROW_PX, BandColumn
from app.ui.equalizer.band_look import BANDS
from app.ui.equalizer.plot import EqualizerPlot
from app.ui.equalizer.tool_row import ToolRow
from app.ui.names import display_name
from models.instruments import STEMS

_SIZE: Final = (960, 560)
_DEFAULT_RATE_HZ: Final = 44100


class EqualizerEditor(QDialog):
    """Plot, values and tools. It stays open while one works in the main window, whose shortcuts work here too.

    Signals:
        strip_shown(str): another strip's equalizer is shown.
    """

    strip_shown = Signal(str)

    def __init__(self, session: Session, appearance: Appearance, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._appearance = appearance
        self._stem = STEMS[0]
        self.setObjectName("equalizer-editor")
        self.setWindowFlag(Qt.WindowType.WindowMaximizeButtonHint)
        self.tools = ToolRow(session, appearance)
        self.plot = EqualizerPlot(appearance)
        self.columns = tuple(BandColumn(index, appearance) for index in range(BANDS))
        self._hint = QLabel()
        self._lay_out()
        self._connect()
        self.resize(*_SIZE)

    @property
    def stem(self) -> str:
        """Whose equalizer it is."""
        return self._stem

    def show_strip(self, stem: str) -> None:
        """Show that strip's equalizer."""
        self._session.end_gesture()
        self._stem = stem
        title = display_name(stem)
        self.setWindowTitle(self.tr("Equalizer: {0}").format(title))
        self.setAccessibleName(self.windowTitle())
        self.tools.strip.setCurrentIndex(STEMS.index(stem))
        self.tools.presets.show_strip(stem)
        self.plot.clear_spectrum()
        self.plot.select(-1)
        for column in self.columns:
            column.set_selected(False)
        self._dress()
        self.show_song()
        self.show_mix()
        self._tap()
        self.strip_shown.emit(stem)

    def show_song(self) -> None:
        """Another song, or none."""
        self.plot.clear_spectrum()
        self.show_rate()

    def show_rate(self) -> None:
        """Draw what the filters do at the rate at which the song is mixed; the output may change it."""
        self.plot.set_rate(self._session.player.mixer_rate or _DEFAULT_RATE_HZ)

    def show_mix(self) -> None:
        """Show the session's mix."""
        equalizer = self._session.mix.strip(self._stem).equalizer
        self.plot.show_settings(equalizer)
        self.tools.show_range(self.plot.range_db)
        for column, band in zip(self.columns, equalizer.bands, strict=True):
            column.show_band(band)
        self.tools.bypass.setChecked(equalizer.bypass)
        self.tools.show_side(self._session.equalizers.side(self._stem))
        self.tools.paste.setEnabled(self._session.equalizers.copied is not None)
        self.tools.presets.show_equalizer()

    def show_levels(self) -> None:
        """Look at the sound; called about thirty times a second."""
        if not self.isVisible():
            return
        self.show_rate()
        if self.tools.spectrum.isChecked() and self._session.song is not None:
            before, after = self._session.player.tap()
            self.plot.feed(before, after)

    def share_actions(self, actions: Iterable[QAction]) -> None:
        """Have the main window's shortcuts work here."""
        self.addActions(list(actions))

    def showEvent(self, event: QShowEvent) -> None:  # noqa: D102 - Qt
        super().showEvent(event)
        self._tap()

    def hideEvent(self, event: QHideEvent) -> None:  # noqa: D102
        super().hideEvent(event)
        self._session.end_gesture()
        self._session.player.tap_strip(None)

    def _lay_out(self) -> None:
        table = QGridLayout()
        table.setHorizontalSpacing(2)
        table.setVerticalSpacing(0)
        names = QVBoxLayout()
        names.setContentsMargins(2, 5, 8, 5)
        names.setSpacing(2)
        names.addSpacing(32)
        for text in (self.tr("Frequency"), self.tr("Gain or slope"), self.tr("Q")):
            label = QLabel(text)
            label.setProperty("dim", True)
            label.setFont(scaled_font(self, 0.88))
            label.setFixedHeight(ROW_PX)
            names.addWidget(label)
        table.addLayout(names, 0, 0)
        for column in self.columns:
            table.addWidget(column, 0, 1 + column.index)
            table.setColumnStretch(1 + column.index, 1)
        self._hint.setText(
            self.tr(
                "Drag a node, wheel or Ctrl+drag for Q, double click to reset · Tab, arrows, + − and Space do the same"
            )
        )
        self._hint.setProperty("dim", True)
        self._hint.setFont(scaled_font(self, 0.84))
        self._hint.setAlignment(Qt.AlignmentFlag.AlignCenter)
        column_layout = QVBoxLayout(self)
        column_layout.setContentsMargins(14, 12, 14, 10)
        column_layout.setSpacing(10)
        column_layout.addWidget(self.tools)
        column_layout.addWidget(self.plot, 1)
        column_layout.addLayout(table)
        column_layout.addWidget(self._hint)

    def _connect(self) -> None:
        self.plot.edited.connect(self._set_band)
        self.plot.gesture_ended.connect(self._end_gesture)
        self.plot.band_selected.connect(self._show_selected)
        self.plot.typing_requested.connect(lambda index: self.columns[index].start_typing())
        for column in self.columns:
            column.edited.connect(self._set_band)
            column.gesture_ended.connect(self._end_gesture)
            column.picked.connect(self.plot.select)
        self.tools.strip_chosen.connect(self.show_strip)
        self.tools.bypass_wanted.connect(self.set_bypass)
        self.tools.side_wanted.connect(self._hear_side)
        self.tools.copy_wanted.connect(self.copy)
        self.tools.paste_wanted.connect(self.paste)
        self.tools.reset_wanted.connect(self.reset)
        self.tools.range_chosen.connect(self._set_range)
        self.tools.spectrum_wanted.connect(self._want_spectrum)
        for key, call in (
            (QKeySequence(QKeySequence.StandardKey.Copy), self.copy),
            (QKeySequence(QKeySequence.StandardKey.Paste), self.paste),
            (QKeySequence("B"), self.toggle_bypass),
            (QKeySequence("X"), self.swap),
        ):
            QShortcut(key, self).activated.connect(call)
        self._session.mix_changed.subscribe(self.show_mix)
        self._session.song_changed.subscribe(self.show_song)
        self._appearance.changed.connect(self._dress)

    @Slot(int, object)
    def _set_band(self, index: int, band: BandSettings) -> None:
        self._session.do(SetBand(self._stem, index, band))

    @Slot()
    def _end_gesture(self) -> None:
        self._session.end_gesture()

    @Slot(int)
    def _show_selected(self, index: int) -> None:
        for column in self.columns:
            column.set_selected(column.index == index)

    @Slot(bool)
    def set_bypass(self, on: bool) -> None:
        """Hear the strip without its equalizer, or with it."""
        equalizer = self._session.mix.strip(self._stem).equalizer
        title = display_name(self._stem).lower()
        name = self.tr("Bypass {0} equalizer") if on else self.tr("Use {0} equalizer")
        self._session.end_gesture()
        self._session.do(SetEqualizer(self._stem, replace(equalizer, bypass=on), name.format(title)))
        self._session.end_gesture()

    @Slot()
    def toggle_bypass(self) -> None:
        """Bypass or not."""
        self.set_bypass(not self._session.mix.strip(self._stem).equalizer.bypass)

    @Slot(str)
    def _hear_side(self, side: str) -> None:
        if side != self._session.equalizers.side(self._stem):
            self._session.equalizers.swap(self._stem)

    @Slot()
    def swap(self) -> None:
        """Hear the other one of A and B."""
        self._session.equalizers.swap(self._stem)

    @Slot()
    def copy(self) -> None:
        """Remember this equalizer."""
        self._session.equalizers.copy(self._stem)
        self.show_mix()

    @Slot()
    def paste(self) -> None:
        """Put the copied equalizer here."""
        self._session.equalizers.paste(self._stem)

    @Slot()
    def reset(self) -> None:
        """Put all bands back."""
        self._session.equalizers.reset(self._stem)

    @Slot(float)
    def _set_range(self, range_db: float) -> None:
        self.plot.set_range(range_db)
        self.tools.show_range(self.plot.range_db)

    @Slot(bool)
    def _want_spectrum(self, on: bool) -> None:
        if not on:
            self.plot.clear_spectrum()
        self._tap()

    def _tap(self) -> None:
        wanted = self.isVisible() and self.tools.spectrum.isChecked()
        self._session.player.tap_strip(STEMS.index(self._stem) if wanted else None)

    @Slot()
    def _dress(self) -> None:
        self.plot.set_color(self._appearance.theme.instrument(STEMS.index(self._stem)))
