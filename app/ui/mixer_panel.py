"""All strips of the mixer side by side."""

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QHBoxLayout, QWidget

from app.session.session import Session
from app.ui.appearance import Appearance
from app.ui.master_strip import MasterStrip
from app.ui.strip import Strip
from models.instruments import STEMS


class MixerPanel(QWidget):
    """Seven strips and the master; one of the seven is the selected one.

    Signals:
        selected(int): another strip is the selected one, by its index in `STEMS`.
    """

    selected = Signal(int)

    def __init__(self, session: Session, appearance: Appearance, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._selected = -1
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(6)
        self.strips = tuple(Strip(stem, session, appearance) for stem in STEMS)
        for strip in self.strips:
            strip.setMaximumWidth(240)
            strip.selected.connect(self._select_stem)
            row.addWidget(strip, 3)
        self.master = MasterStrip(session, appearance)
        self.master.setMaximumWidth(150)
        row.addSpacing(4)
        row.addWidget(self.master, 2)

    @property
    def selected_stem(self) -> str | None:
        """The stem of the selected strip."""
        return STEMS[self._selected] if self._selected >= 0 else None

    @Slot(int)
    def select(self, index: int) -> None:
        """Select a strip."""
        if index != self._selected:
            self._selected = index
            for other, strip in enumerate(self.strips):
                strip.set_selected(other == index)
            self.selected.emit(index)

    def show_levels(self) -> None:
        """Read the meters; called about thirty times a second."""
        meters = self._session.player.meters
        peaks = meters.take_peak()
        for strip, (left, right) in zip(self.strips, peaks, strict=False):
            strip.meter.feed(float(left), float(right))
        self.master.meter.feed(float(peaks[-1][0]), float(peaks[-1][1]))
        self.master.clip.show_clipped(bool(meters.clipped))

    @Slot(str)
    def _select_stem(self, stem: str) -> None:
        self.select(STEMS.index(stem))
