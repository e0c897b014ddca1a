"""All strips of the mixer side by side."""

from collections.abc import Iterable

from PySide6.QtCore import Signal, Slot
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from app.session.session import Session
from app.ui.appearance import Appearance
from app.ui.desk_bar import DeskBar
from app.ui.equalizer.editor import EqualizerEditor
from app.ui.master_strip import MasterStrip
from app.ui.strip import Strip
from models.instruments import STEMS


class MixerPanel(QWidget):
    """Seven strips and the master under a row for the whole desk; one of the seven is the selected one.

    Signals:
        selected(int): another strip is the selected one, by its index in `STEMS`.
        activation_requested(str): the user wants to see the settings of this strip's weight.
    """

    selected = Signal(int)
    activation_requested = Signal(str)

    def __init__(self, session: Session, appearance: Appearance, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._appearance = appearance
        self._selected = -1
        self._shared_actions: list[QAction] = []
        self.editor: EqualizerEditor | None = None
        self.bar = DeskBar(session, appearance)
        row = QHBoxLayout()
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(6)
        self.strips = tuple(Strip(stem, session, appearance) for stem in STEMS)
        for strip in self.strips:
            strip.setMaximumWidth(240)
            strip.selected.connect(self._select_stem)
            strip.equalizer_requested.connect(self.open_equalizer)
            strip.activation_requested.connect(self.activation_requested)
            row.addWidget(strip, 6)
        self.master = MasterStrip(session, appearance)
        self.master.setMaximumWidth(240)
        row.addSpacing(4)
        row.addWidget(self.master, 6)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        column.addWidget(self.bar)
        column.addLayout(row, 1)

    @property
    def selected_stem(self) -> str | None:
        """The stem of the selected strip."""
        return STEMS[self._selected] if self._selected >= 0 else None

    def share_actions(self, actions: Iterable[QAction]) -> None:
        """What the equalizer's window shall understand too."""
        self._shared_actions = list(actions)

    @Slot(int)
    def select(self, index: int) -> None:
        """Select a strip."""
        if index != self._selected:
            self._selected = index
            for other, strip in enumerate(self.strips):
                strip.set_selected(other == index)
            self.selected.emit(index)

    @Slot(str)
    def open_equalizer(self, stem: str) -> None:
        """Show a strip's equalizer in the editor."""
        if self.editor is None:
            self.editor = EqualizerEditor(self._session, self._appearance, self.window())
            self.editor.share_actions(self._shared_actions)
            self.editor.strip_shown.connect(self._select_stem)
        self.editor.show_strip(stem)
        self.editor.show()
        self.editor.raise_()
        self.editor.activateWindow()

    def show_levels(self) -> None:
        """Read the meters; called about thirty times a second."""
        peaks = self._session.player.meters.take_peak()
        for strip, (left, right) in zip(self.strips, peaks, strict=False):
            strip.meter.feed(float(left), float(right))
        self.master.show_levels(float(peaks[-1][0]), float(peaks[-1][1]))
        if self.editor is not None:
            self.editor.show_levels()

    @Slot()
    def reset_clip(self) -> None:
        """Put all red lights out."""
        for strip in self.strips:
            strip.meter.reset_over()
        self.master.reset_clip()

    @Slot(str)
    def _select_stem(self, stem: str) -> None:
        self.select(STEMS.index(stem))
