"""The A-B loop with typed ends, and the markers."""

from typing import Final, Literal

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import QHBoxLayout, QLabel, QToolButton, QVBoxLayout, QWidget

from app.audio.units import format_time, parse_time
from app.session.commands import AddMarker, MoveMarker, RemoveMarker, RenameMarker, SetLoop
from app.session.session import Session
from app.song.markers import LONGEST_NAME, Marker
from app.ui.appearance import Appearance
from app.ui.panel_table import Cell, PanelModel, PanelTable
from app.ui.practice_controls import PracticeControls
from app.ui.readout import Readout
from app.ui.side_panel import panel_button

_DECIMALS: Final = 3


class MarkersPanel(QWidget):
    """Loop and markers as they lie in the document; each change is one step of undo."""

    def __init__(
        self, session: Session, appearance: Appearance, practice: PracticeControls, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._session = session
        self._appearance = appearance
        self._practice = practice
        self._shown: tuple[Marker, ...] | None = None
        self.setObjectName("markers-panel")
        self.loop_on = QToolButton()
        self.loop_start = self._time("markers-loop-start", self.tr("Start of the loop"))
        self.loop_stop = self._time("markers-loop-stop", self.tr("End of the loop"))
        self.model = PanelModel((self.tr("Name"), self.tr("Time")), numbers=(1,), editable=0, parent=self)
        self.table = PanelTable("markers", self.tr("Markers"), self.model, stretch=(0,))
        self.hint = QLabel(self.tr("No markers. Add one at the play position to come back to it."))
        self.add = panel_button("markers-add", self.tr("Add here"), self.tr("A marker at the play position"))
        self.move_here = panel_button(
            "markers-move", self.tr("Move here"), self.tr("Move the marker to the play position")
        )
        self.remove = panel_button("markers-remove", self.tr("Remove"), self.tr("Take the marker away (Delete)"))
        self.time = self._time("markers-time", self.tr("Time of the marker"))
        self._lay_out()
        self._connect()
        self.show_document()

    def show_document(self) -> None:
        """Show the loop and the markers."""
        song, document = self._session.song, self._session.document
        loop = document.loop if song is not None else None
        self.loop_on.setChecked(loop is not None)
        for readout, index in ((self.loop_start, 0), (self.loop_stop, 1)):
            readout.show_text(format_time(loop[index] / song.rate, _DECIMALS) if loop and song else "–")
            readout.setEnabled(song is not None)
        markers = document.markers if song is not None else ()
        if markers != self._shown and song is not None:
            index = self.model.items[self.table.current_row] if self.table.current_row >= 0 else -1
            order = sorted(range(len(markers)), key=lambda place: markers[place].frame)
            rows = []
            for place in order:
                time_s = markers[place].frame / song.rate
                rows.append((Cell(markers[place].name), Cell(format_time(time_s, _DECIMALS), time_s)))
            self.model.show_rows(order, rows)
            if self.model.items:
                last = len(markers) - 1
                self.table.go_to_row(self.model.items.index(min(index, last)) if index >= 0 else 0)
        elif song is None:
            self.model.show_rows((), ())
        self._shown = markers
        self.hint.setVisible(not markers)
        self.table.setVisible(bool(markers))
        self.add.setEnabled(song is not None)
        self._selection_changed()

    def add_here(self) -> None:
        """A marker at the play position, with the next number as its name."""
        if self._session.song is not None:
            number = len(self._session.document.markers) + 1
            self._step(AddMarker(Marker(self._session.player.position, self.tr("Marker {0}").format(number))))

    def _chosen(self) -> int | None:
        """The index in the document of the marker in focus."""
        row = self.table.current_row
        return self.model.items[row] if 0 <= row < len(self.model.items) else None

    def _step(self, command: AddMarker | MoveMarker | RemoveMarker | RenameMarker | SetLoop) -> None:
        self._session.end_gesture()
        self._session.do(command)
        self._session.end_gesture()

    @Slot(int)
    def _go_to(self, row: int) -> None:
        self._session.player.seek(self._session.document.markers[self.model.items[row]].frame)

    @Slot()
    def _remove(self) -> None:
        rows = self.table.chosen_rows()
        for index in sorted((self.model.items[row] for row in rows), reverse=True):
            self._step(RemoveMarker(index))

    @Slot(int, str)
    def _rename(self, row: int, name: str) -> None:
        if name.strip():
            self._step(RenameMarker(self.model.items[row], name.strip()[:LONGEST_NAME]))

    @Slot()
    def _move_here(self) -> None:
        index = self._chosen()
        if index is not None:
            self._step(MoveMarker(index, self._session.player.position))

    @Slot(float)
    def _type_time(self, time_s: float) -> None:
        song, index = self._session.song, self._chosen()
        if song is not None and index is not None:
            self._step(MoveMarker(index, min(song.frames, round(time_s * song.rate))))
            self.table.setFocus()

    def _type_loop(self, end: Literal[0, 1], time_s: float) -> None:
        """Another start or end; an end that is not behind the start moves the other one out of the way."""
        song = self._session.song
        if song is None:
            return
        start, stop = self._session.document.loop or (0, song.frames)
        frame = min(song.frames, round(time_s * song.rate))
        if end == 0:
            start, stop = frame, stop if stop > frame else song.frames
        else:
            start, stop = start if start < frame else 0, frame
        if start < stop:
            self._step(SetLoop((start, stop)))

    @Slot()
    def _selection_changed(self) -> None:
        song, index = self._session.song, self._chosen()
        markers = self._session.document.markers
        known = song is not None and index is not None and index < len(markers)
        for widget in (self.move_here, self.remove, self.time):
            widget.setEnabled(known)
        frame = markers[index].frame if known and index is not None else 0
        self.time.show_text(format_time(frame / song.rate, _DECIMALS) if known and song else "–")

    def _connect(self) -> None:
        self.loop_on.clicked.connect(self._toggle_loop)
        self.loop_start.typed.connect(lambda time_s: self._type_loop(0, time_s))
        self.loop_stop.typed.connect(lambda time_s: self._type_loop(1, time_s))
        self.time.typed.connect(self._type_time)
        self.table.chosen.connect(self._go_to)
        self.table.remove_requested.connect(self._remove)
        self.table.selectionModel().selectionChanged.connect(self._selection_changed)
        self.model.modelReset.connect(self._selection_changed)
        self.model.renamed.connect(self._rename)
        self.add.clicked.connect(self.add_here)
        self.move_here.clicked.connect(self._move_here)
        self.remove.clicked.connect(self._remove)
        self._session.document_changed.subscribe(self.show_document)
        self._session.song_changed.subscribe(self.show_document)

    @Slot()
    def _toggle_loop(self) -> None:
        self._practice.toggle_loop()
        self.show_document()

    def _time(self, name: str, title: str) -> Readout:
        readout = Readout(parse_time)
        readout.setObjectName(name)
        readout.setAccessibleName(title)
        readout.setToolTip(self.tr("Press Enter or double click to type a time, as 83.4 or 1:23.4"))
        readout.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        readout.setProperty("framed", True)
        return readout

    def _lay_out(self) -> None:
        self.loop_on.setText(self.tr("Loop"))
        self.loop_on.setObjectName("markers-loop")
        self.loop_on.setAccessibleName(self.tr("Loop"))
        self.loop_on.setToolTip(self.tr("Play the loop round and round, or play on (L)"))
        self.loop_on.setCheckable(True)
        self.loop_on.setProperty("boxed", True)
        self.loop_on.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.hint.setObjectName("markers-hint")
        self.hint.setWordWrap(True)
        self.hint.setProperty("dim", True)
        self.hint.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft)
        loop = QHBoxLayout()
        loop.setSpacing(6)
        loop.addWidget(self.loop_on)
        loop.addWidget(self.loop_start, 1)
        loop.addWidget(QLabel("–"))
        loop.addWidget(self.loop_stop, 1)
        buttons = QHBoxLayout()
        buttons.setSpacing(6)
        for button in (self.add, self.move_here, self.remove):
            buttons.addWidget(button, 1)
        time = QHBoxLayout()
        time.setSpacing(6)
        time.addWidget(QLabel(self.tr("Time of the marker")))
        time.addWidget(self.time, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 10, 12, 12)
        column.setSpacing(8)
        column.addLayout(loop)
        column.addWidget(self.hint)
        column.addWidget(self.table, 1)
        column.addLayout(time)
        column.addLayout(buttons)
        column.addStretch(0)
