"""The list of what was forced on, forced off or drawn by hand."""

from typing import Final

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from app.audio.units import format_time
from app.session.commands import ClearEdits, RemoveEdits
from app.session.session import Session
from app.song.activation_edits import ActivationEdit
from app.ui.appearance import Appearance
from app.ui.names import display_name, icon_name
from app.ui.panel_table import Cell, PanelModel, PanelTable
from app.ui.side_panel import panel_button
from models.activation import ACTIVATION_RATE_HZ
from models.instruments import STEMS

_DECIMALS: Final = 2


class EditsPanel(QWidget):
    """Each edit in a row: a click goes there, Delete takes it away, both undoable."""

    def __init__(self, session: Session, appearance: Appearance, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._appearance = appearance
        self._shown: tuple[ActivationEdit, ...] | None = None
        self.setObjectName("edits-panel")
        headings = (self.tr("Instrument"), self.tr("Edit"), self.tr("Start"), self.tr("End"))
        self.model = PanelModel(headings, numbers=(2, 3), parent=self)
        self.table = PanelTable("edits", self.tr("Activation edits"), self.model, stretch=(0,))
        self.hint = QLabel(
            self.tr(
                "No edits. Drag over an instrument’s lane in the timeline, then force it on or off there, "
                "or draw its weight with the pencil."
            )
        )
        self.hint.setObjectName("edits-hint")
        self.hint.setWordWrap(True)
        self.hint.setProperty("dim", True)
        self.hint.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft)
        self.remove = panel_button("edits-remove", self.tr("Remove"), self.tr("Take the selected edits away (Delete)"))
        self.clear = panel_button("edits-clear", self.tr("Remove all"), self.tr("Back to automatic everywhere"))
        buttons = QHBoxLayout()
        buttons.setSpacing(8)
        buttons.addWidget(self.remove, 1)
        buttons.addWidget(self.clear, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 10, 12, 12)
        column.setSpacing(8)
        column.addWidget(self.hint)
        column.addWidget(self.table, 1)
        column.addLayout(buttons)
        self.table.chosen.connect(self._go_to)
        self.table.remove_requested.connect(self._remove)
        self.table.selectionModel().selectionChanged.connect(self._selection_changed)
        self.remove.clicked.connect(self._remove)
        self.clear.clicked.connect(self._clear)
        session.document_changed.subscribe(self.show_edits)
        appearance.changed.connect(self._dress)
        self.show_edits()

    def show_edits(self) -> None:
        """Show the document's edits, if they are others."""
        edits = self._session.document.edits
        if edits == self._shown:
            return
        row = self.table.current_row
        self._shown = edits
        self.model.show_rows(range(len(edits)), [self._cells(edit) for edit in edits])
        self.table.go_to_row(min(row, len(edits) - 1))
        self.hint.setVisible(not edits)
        self.table.setVisible(bool(edits))
        self.clear.setEnabled(bool(edits))
        self._selection_changed()

    def _cells(self, edit: ActivationEdit) -> tuple[Cell, ...]:
        names = {
            "on": self.tr("On"),
            "off": self.tr("Off"),
            "automatic": self.tr("Automatic"),
            "level": self.tr("Drawn"),
        }
        color = self._appearance.theme.instrument(STEMS.index(edit.instrument)).name()
        start_s, stop_s = edit.start / ACTIVATION_RATE_HZ, edit.stop / ACTIVATION_RATE_HZ
        return (
            Cell(display_name(edit.instrument), icon=self._appearance.icon(icon_name(edit.instrument), color)),
            Cell(names[edit.kind]),
            Cell(format_time(start_s, _DECIMALS), start_s),
            Cell(format_time(stop_s, _DECIMALS), stop_s),
        )

    @Slot(int)
    def _go_to(self, row: int) -> None:
        song, edits = self._session.song, self._session.document.edits
        if song is not None:
            start_s = edits[self.model.items[row]].start / ACTIVATION_RATE_HZ
            self._session.player.seek(min(song.frames, round(start_s * song.rate)))

    @Slot()
    def _remove(self) -> None:
        self._session.end_gesture()
        if chosen := tuple(self.model.items[row] for row in self.table.chosen_rows()):
            self._session.do(RemoveEdits(chosen))
        self._session.end_gesture()

    @Slot()
    def _clear(self) -> None:
        self._session.end_gesture()
        self._session.do(ClearEdits(None))
        self._session.end_gesture()

    @Slot()
    def _selection_changed(self) -> None:
        self.remove.setEnabled(bool(self.table.chosen_rows()))

    @Slot()
    def _dress(self) -> None:
        self._shown = None
        self.show_edits()
