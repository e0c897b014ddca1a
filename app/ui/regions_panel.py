"""When the instruments play: a table to go by, to listen by and to take along."""

from collections.abc import Callable
from typing import Final

from PySide6.QtCore import QSignalBlocker, QSize, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QAction, QGuiApplication, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QMenu, QToolButton, QVBoxLayout, QWidget

from app.audio.units import format_time
from app.session.navigation import LONGEST_PRE_ROLL_S, MOST_REPEATS, Navigation, Way
from app.session.session import Session
from app.song.regions import Region
from app.ui.appearance import Appearance
from app.ui.instrument_box import InstrumentBox
from app.ui.mode_buttons import round_ends, segment_button
from app.ui.names import display_name, icon_name
from app.ui.panel_numbers import count_box, seconds_box
from app.ui.panel_table import Cell, PanelModel, PanelTable
from app.ui.regions_text import regions_as_csv, regions_as_lines
from models.instruments import STEMS

_WAIT_MS: Final = 120
_DECIMALS: Final = 2


class RegionsPanel(QWidget):
    """The regions of one instrument, or of all; they follow settings, edits and the separation.

    Signals:
        instrument_chosen(str): another instrument, by its stem.
        export_requested(): to files.
    """

    instrument_chosen = Signal(str)
    export_requested = Signal()

    def __init__(
        self, session: Session, navigation: Navigation, appearance: Appearance, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._session = session
        self._navigation = navigation
        self._appearance = appearance
        self._icons: list[tuple[QToolButton, str]] = []
        self._shown: tuple[str | None, tuple[Region, ...]] | None = None
        self.setObjectName("regions-panel")
        self.box = InstrumentBox("regions-instrument", self.tr("Instrument"), appearance, self.tr("All instruments"))
        self.previous = self._button(
            "regions-previous", "mdi6.skip-previous-outline", self.tr("Previous entry"), self.tr("Previous entry (,)")
        )
        self.next = self._button(
            "regions-next", "mdi6.skip-next-outline", self.tr("Next entry"), self.tr("Next entry (.)")
        )
        self.loop_this = self._button(
            "regions-loop", "mdi6.repeat-once", self.tr("Loop this region"), self.tr("Loop the selected region (R)")
        )
        self.copy_as = self._button(
            "regions-copy", "mdi6.content-copy", self.tr("Copy or export"), self.tr("Copy or export the regions")
        )
        self.ways = self._way_buttons()
        self.each = QToolButton()
        self.repeats = count_box(
            "regions-repeats", self.tr("Repeats"), self.tr("How often each region is played"), 1, MOST_REPEATS
        )
        self.pre_roll = seconds_box(
            "regions-pre-roll", self.tr("Pre-roll"), self.tr("Begin that much before each region"), LONGEST_PRE_ROLL_S
        )
        headings = (self.tr("Instrument"), self.tr("Start"), self.tr("End"), self.tr("Length"))
        self.model = PanelModel(headings, numbers=(1, 2, 3), parent=self)
        self.table = PanelTable("regions", self.tr("Regions"), self.model, stretch=(1, 2, 3))
        self.table.sort_by(1)
        self.count = QLabel()
        self._wait = QTimer(self, singleShot=True, interval=_WAIT_MS)
        self._fill_menu()
        self._lay_out()
        self._connect()
        self._dress()
        self.show_regions()

    @property
    def instrument(self) -> str | None:
        """The stem whose regions are shown; None: of all."""
        return self.box.instrument

    def show_instrument(self, stem: str) -> None:
        """Turn to that instrument; a table of all of them stays one."""
        if self.instrument is not None and stem != self.instrument and self.box.findData(stem) >= 0:
            self.box.show_instrument(stem)

    def show_regions(self) -> None:
        """Find the regions anew, if somebody sees them."""
        if not self.isVisible():
            return
        stem = self.instrument
        found = self._navigation.regions(stem)
        if (stem, found) != self._shown:
            row = self.table.current_row
            self._shown = stem, found
            self.model.show_rows(found, [self._cells(region) for region in found])
            self.table.setColumnHidden(0, stem is not None)
            self.table.go_to_row(min(row, len(found) - 1))
            total = format_time(sum(region.stop_s - region.start_s for region in found), 1)
            text = self.tr("{0} regions, {1} in all").format(len(found), total)
            self.count.setText(text if found else self.tr("No regions: it does not play in what is separated."))
        for widget in (self.previous, self.next, self.each, *self.ways.values()):
            widget.setEnabled(stem is not None and bool(found))
        self.copy_as.setEnabled(bool(found))
        self._selection_changed()
        self.show_way()

    def show_way(self) -> None:
        """Show how the player goes by the regions."""
        navigation = self._navigation
        for way, button in self.ways.items():
            button.setChecked(navigation.way == way)
        self.each.setChecked(navigation.looping_each)
        with QSignalBlocker(self.repeats), QSignalBlocker(self.pre_roll):
            self.repeats.setValue(navigation.repeats)
            self.pre_roll.setValue(navigation.pre_roll_s)

    def showEvent(self, event: QShowEvent) -> None:  # noqa: D102 - Qt
        super().showEvent(event)
        self.show_regions()

    def next_entry(self, direction: int = 1) -> None:
        """Go to where the instrument enters next, or to the entry before (-1); of all if all are shown."""
        self._navigation.go_to_entry(self.instrument, direction)

    def loop_region(self) -> None:
        """Loop the selected region, or the one at the play position."""
        row = self.table.current_row
        region = self.model.items[row] if row >= 0 else None
        self._navigation.loop_region(self.instrument, region)

    def toggle_each(self) -> None:
        """Loop every region in turn, or no more."""
        if self._navigation.looping_each:
            self._navigation.stop()
        elif self.instrument is not None:
            self._navigation.loop_each(self.instrument)
        self.show_way()

    def copied(self, make: Callable[[list[Region]], str]) -> str:
        """The selected regions, or all, as text."""
        rows = self.table.chosen_rows()
        chosen = [self.model.items[row] for row in rows] if len(rows) > 1 else list(self.model.items)
        return make(chosen)

    def _cells(self, region: Region) -> tuple[Cell, ...]:
        name = display_name(region.instrument)
        color = self._appearance.theme.instrument(STEMS.index(region.instrument)).name()
        length_s = region.stop_s - region.start_s
        return (
            Cell(name, icon=self._appearance.icon(icon_name(region.instrument), color)),
            Cell(format_time(region.start_s, _DECIMALS), region.start_s),
            Cell(format_time(region.stop_s, _DECIMALS), region.stop_s),
            Cell(format_time(length_s, _DECIMALS), length_s),
        )

    @Slot(int)
    def _go_to(self, row: int) -> None:
        song = self._session.song
        if song is not None:
            self._session.player.seek(round(self.model.items[row].start_s * song.rate))

    @Slot()
    def _turn(self) -> None:
        self.show_regions()
        if self.instrument is not None:
            self.instrument_chosen.emit(self.instrument)

    def _choose_way(self, way: Way) -> None:
        if self.instrument is not None:
            self._navigation.choose_way(way, self.instrument)
        self.show_way()

    @Slot()
    def _numbers_changed(self) -> None:
        self._navigation.repeats = self.repeats.value()
        self._navigation.pre_roll_s = self.pre_roll.value()

    @Slot()
    def _selection_changed(self) -> None:
        self.loop_this.setEnabled(bool(self.model.items))

    def _copy(self, make: Callable[[list[Region]], str]) -> None:
        QGuiApplication.clipboard().setText(self.copied(make))

    def _connect(self) -> None:
        self.box.currentIndexChanged.connect(self._turn)
        self.previous.clicked.connect(lambda: self.next_entry(-1))
        self.next.clicked.connect(lambda: self.next_entry(1))
        self.loop_this.clicked.connect(self.loop_region)
        self.each.clicked.connect(self.toggle_each)
        for way, button in self.ways.items():
            button.clicked.connect(lambda checked=False, way=way: self._choose_way(way))
        self.repeats.valueChanged.connect(self._numbers_changed)
        self.pre_roll.valueChanged.connect(self._numbers_changed)
        self.table.chosen.connect(self._go_to)
        self.table.copy_requested.connect(lambda: self._copy(regions_as_lines))
        self.table.selectionModel().selectionChanged.connect(self._selection_changed)
        self._wait.timeout.connect(self.show_regions)
        for event in (self._session.mix_changed, self._session.coverage_changed, self._session.song_changed):
            event.subscribe(self._wait.start)
        self._session.document_changed.subscribe(self._wait.start)
        self._navigation.changed.subscribe(self.show_way)
        self._appearance.changed.connect(self._dress)

    def _way_buttons(self) -> dict[Way, QToolButton]:
        texts: tuple[tuple[Way, str, str], ...] = (
            ("all", self.tr("Whole song"), self.tr("Play the song as it is")),
            ("only", self.tr("Only this"), self.tr("Play only where the instrument plays: jump over its rests")),
            ("rests", self.tr("Its rests"), self.tr("Play only where the instrument rests: jump over what it plays")),
        )
        ways = {
            way: segment_button(text, f"regions-way-{way}", self.tr("Play: {0}").format(text), tip)
            for way, text, tip in texts
        }
        round_ends(list(ways.values()))
        return ways

    def _fill_menu(self) -> None:
        menu = QMenu(self.copy_as)
        for name, text, call in (
            ("copy-text", self.tr("Copy as text"), lambda: self._copy(regions_as_lines)),
            ("copy-csv", self.tr("Copy as CSV"), lambda: self._copy(regions_as_csv)),
            ("export", self.tr("Export activations…"), self.export_requested.emit),
        ):
            action = QAction(text, menu)
            action.setObjectName(f"regions-{name}")
            action.triggered.connect(lambda checked=False, call=call: call())
            menu.addAction(action)
        self.copy_as.setMenu(menu)
        self.copy_as.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)

    def _button(self, name: str, icon: str, title: str, tip: str) -> QToolButton:
        button = QToolButton()
        button.setObjectName(name)
        button.setAccessibleName(title)
        button.setToolTip(tip)
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        button.setIconSize(QSize(18, 18))
        self._icons.append((button, icon))
        return button

    def _lay_out(self) -> None:
        self.each.setText(self.tr("Loop each"))
        self.each.setObjectName("regions-each")
        self.each.setAccessibleName(self.tr("Loop each region in turn"))
        self.each.setToolTip(self.tr("Loop every region in turn, so often and with that pre-roll"))
        self.each.setCheckable(True)
        self.each.setProperty("boxed", True)
        self.each.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.count.setProperty("dim", True)
        self.count.setObjectName("regions-count")
        top = _row(4, self.box)
        for button in (self.previous, self.next, self.loop_this, self.copy_as):
            top.addWidget(button)
        top.setStretch(0, 1)
        each = _row(6, self.each, self.repeats, QLabel(self.tr("Pre-roll")), self.pre_roll)
        each.setStretch(0, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 10, 12, 10)
        column.setSpacing(7)
        column.addLayout(top)
        column.addWidget(self.table, 1)
        column.addWidget(self.count)
        column.addLayout(_row(0, *self.ways.values()))
        column.addLayout(each)

    @Slot()
    def _dress(self) -> None:
        for button, icon in self._icons:
            button.setIcon(self._appearance.icon(icon))
        self._shown = None
        self.show_regions()


def _row(spacing_px: int, *widgets: QWidget) -> QHBoxLayout:
    row = QHBoxLayout()
    row.setSpacing(spacing_px)
    for widget in widgets:
        row.addWidget(widget)
    return row
