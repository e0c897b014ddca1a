"""The pages of the side panel, tied to the window around it."""

from collections.abc import Callable
from functools import partial
from typing import Final

from PySide6.QtCore import QObject, Signal, Slot

from app.session.navigation import Navigation
from app.session.session import Session
from app.ui.activation_panel import ActivationPanel
from app.ui.appearance import Appearance
from app.ui.edits_panel import EditsPanel
from app.ui.markers_panel import MarkersPanel
from app.ui.mixer_panel import MixerPanel
from app.ui.practice_controls import PracticeControls
from app.ui.regions_panel import RegionsPanel
from app.ui.side_panel import SidePanel
from app.ui.smart_listening import SmartListening
from models.instruments import STEMS

PAGES: Final = ("activation", "regions", "edits", "markers", "listening")


class SidePages(QObject):
    """Makes the panel and its pages. The selected strip is the instrument that they show, and the other way round.

    Signals:
        export_requested(): of the activations.
    """

    export_requested = Signal()

    def __init__(
        self, session: Session, appearance: Appearance, mixer: MixerPanel, practice: PracticeControls, parent: QObject
    ) -> None:
        super().__init__(parent)
        self._mixer = mixer
        self.panel = SidePanel(session, appearance)
        self.activation = ActivationPanel(session, appearance)
        self.navigation = Navigation(session)
        self.regions = RegionsPanel(session, self.navigation, appearance)
        self.edits = EditsPanel(session, appearance)
        self.markers = MarkersPanel(session, appearance, practice)
        self.listening = SmartListening(session, appearance)
        self.panel.add_page("activation", self.tr("Activation"), self.activation, scrolls=True)
        self.panel.add_page("regions", self.tr("Regions"), self.regions)
        self.panel.add_page("edits", self.tr("Edits"), self.edits)
        self.panel.add_page("markers", self.tr("Markers"), self.markers)
        self.panel.add_page("listening", self.tr("Listening"), self.listening, scrolls=True)
        mixer.selected.connect(self._show_instrument)
        mixer.activation_requested.connect(self.open_activation)
        self.activation.instrument_chosen.connect(self._select)
        self.regions.instrument_chosen.connect(self._select)
        self.regions.export_requested.connect(self.export_requested)

    def handlers(self) -> dict[str, Callable[[], object]]:
        """For each action what it calls."""
        pages = {f"page:{page}": partial(self.panel.toggle_page, page) for page in PAGES}
        return {
            "side_panel": self.panel.toggle,
            "next_entry": partial(self.regions.next_entry, 1),
            "previous_entry": partial(self.regions.next_entry, -1),
            "loop_region": self.regions.loop_region,
            "loop_each": self.regions.toggle_each,
            "duck": self.listening.toggle_duck,
            "follow": self.listening.toggle_follow,
            **pages,
        }

    @Slot(str)
    def open_activation(self, stem: str) -> None:
        """Show the settings of that instrument."""
        self.activation.show_instrument(stem)
        self.panel.open_page("activation")

    @Slot(int)
    def _show_instrument(self, index: int) -> None:
        if index >= 0:
            self.activation.show_instrument(STEMS[index])
            self.regions.show_instrument(STEMS[index])

    @Slot(str)
    def _select(self, stem: str) -> None:
        self._mixer.select(STEMS.index(stem))
