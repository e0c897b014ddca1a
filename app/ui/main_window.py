"""The main window: it puts the parts together and passes events on."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Final

from PySide6.QtCore import QByteArray, Qt, QTimer, Slot
from PySide6.QtGui import QCloseEvent, QDragEnterEvent, QDragLeaveEvent, QDropEvent
from PySide6.QtWidgets import QMainWindow, QMenu, QSplitter, QStackedWidget, QVBoxLayout, QWidget

from app.session.session import Session
from app.ui.actions import action_table, build_actions, fill_menu_bar
from app.ui.appearance import Appearance
from app.ui.controller import Controller
from app.ui.diagnostics import Diagnostics
from app.ui.dialogs import Dialogs
from app.ui.drop_overlay import DropOverlay, dropped_file
from app.ui.empty_state import EmptyState
from app.ui.history_panel import HistoryPanel
from app.ui.mixer_panel import MixerPanel
from app.ui.project_menu import ProjectMenu
from app.ui.separator_chooser import SeparatorChooser
from app.ui.side_pages import SidePages
from app.ui.status_line import StatusLine
from app.ui.timeline.timeline import Timeline
from app.ui.transport_bar import TransportBar

_MOVING_MS: Final = 33
_RESTING_MS: Final = 250
_REST_AFTER_TICKS: Final = 100


class MainWindow(QMainWindow):
    """Shows a session."""

    def __init__(self, session: Session, appearance: Appearance, demo_song: Path | None = None) -> None:
        """`demo_song`: what "Play the demo song" opens; None leaves that out."""
        super().__init__()
        self.setObjectName("main-window")
        self._session = session
        self._demo_song = demo_song
        self._quit_confirmed = False
        self._still_ticks = 0
        self.timeline = Timeline(session, appearance)
        self.mixer = MixerPanel(session, appearance)
        self.dialogs = Dialogs(session, appearance, self)
        self.projects = ProjectMenu(session, self)
        self.diagnostics = Diagnostics(session, self)
        self.history = HistoryPanel(session, self)
        self.addDockWidget(Qt.DockWidgetArea.RightDockWidgetArea, self.history)
        self.controller = Controller(session, self.timeline, self.mixer)
        self.side = SidePages(session, appearance, self.mixer, self.controller.practice, self)
        self.actions_by_name = build_actions(self, self._handlers())
        self.mixer.share_actions(self.actions_by_name.values())
        self.timeline.set_actions(self.actions_by_name)
        menus = fill_menu_bar(self.menuBar(), self.actions_by_name)
        self._recent_menu = QMenu(self.tr("Open recent"), self)
        menus["file"].insertMenu(self.actions_by_name["demo"], self._recent_menu)
        self.transport = TransportBar(session, appearance, self.actions_by_name, self.controller.practice)
        self.empty = EmptyState(session, appearance, demo=demo_song is not None)
        self.status = StatusLine(session)
        self.separator = SeparatorChooser(session, self.actions_by_name["other_separator"], self.dialogs.models)
        self.status.add(self.separator)
        self._overlay = DropOverlay(appearance, self)
        self._pages = QStackedWidget()
        self._lay_out()
        self._connect()
        self._poll = QTimer(self, interval=_RESTING_MS)
        self._poll.timeout.connect(self.poll)
        self._poll.start()
        self._restore_geometry()
        self._fill_recent_menu()
        self.side.panel.restore()
        self.show_song()
        self.show_mix()
        self.setFocus()

    def show_song(self) -> None:
        """Another song, or none."""
        song = self._session.song
        self.show_project()
        self._pages.setCurrentIndex(1 if song else 0)
        self.empty.show_recent()
        for spec in action_table():
            if spec.needs_song:
                self.actions_by_name[spec.name].setEnabled(song is not None)
        self.show_jobs()
        self.poll()

    def show_project(self) -> None:
        """Its name, and whether it is saved."""
        self.setWindowTitle(self.projects.title())
        self.setWindowModified(self._session.project.modified)

    def show_mix(self) -> None:
        """Name the steps that can be undone and redone."""
        history = self._session.history
        for name, word, can, step in (
            ("undo", self.tr("Undo"), history.can_undo, history.undo_name),
            ("redo", self.tr("Redo"), history.can_redo, history.redo_name),
        ):
            action = self.actions_by_name[name]
            action.setEnabled(can)
            action.setText(f"{word} {step}".strip())

    def show_jobs(self) -> None:
        """A separation can be cancelled while it runs, and started again when it has stopped."""
        job = self._session.separation
        running = job is not None and job.state == "running"
        stopped = job is not None and job.state in ("cancelled", "failed")
        self.actions_by_name["cancel_separation"].setEnabled(running)
        self.actions_by_name["separate"].setEnabled(stopped)

    @Slot()
    def poll(self) -> None:
        """Read position and meters: often while the song plays and the meters fall, else seldom."""
        self._still_ticks = 0 if self._session.player.playing else self._still_ticks + 1
        moving = self._still_ticks < _REST_AFTER_TICKS
        wanted = _MOVING_MS if moving else _RESTING_MS
        if self._poll.interval() != wanted:
            self._poll.setInterval(wanted)
        self.side.navigation.poll()
        self.timeline.show_position()
        self.transport.show_position()
        self.mixer.show_levels()
        self.status.show_device()

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:  # noqa: D102 - Qt
        if dropped_file(event.mimeData()) is not None:
            event.acceptProposedAction()
            self._overlay.cover()

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:  # noqa: D102
        self._overlay.hide()

    def dropEvent(self, event: QDropEvent) -> None:  # noqa: D102
        self._overlay.hide()
        path = dropped_file(event.mimeData())
        if path is not None:
            event.acceptProposedAction()
            self._session.open(path)

    def closeEvent(self, event: QCloseEvent) -> None:  # noqa: D102
        job = self._session.exporting
        if job is not None and job.state == "running" and not self._quit_confirmed:
            event.ignore()
            self.dialogs.ask_to_quit(self._quit)
            return
        if self._session.project.modified:
            event.ignore()
            self._session.project.leave(self._leave)
            return
        self._poll.stop()
        self.timeline.spectrograms.close()
        geometry = bytes(self.saveGeometry().toBase64().data()).decode("ascii")
        self._session.set_preferences(replace(self._session.preferences, geometry=geometry))
        event.accept()

    def _leave(self) -> None:
        self.close()

    def _quit(self) -> None:
        self._quit_confirmed = True
        self.close()

    def _handlers(self) -> dict[str, Callable[[], object]]:
        own: dict[str, Callable[[], object]] = {
            "quit": self.close,
            "demo": self.open_demo,
            "history": self.history.toggle,
        }
        own |= self.diagnostics.handlers() | self.side.handlers()
        return {**own, **self.projects.handlers(), **self.dialogs.handlers(), **self.controller.handlers()}

    @Slot()
    def open_demo(self) -> None:
        """Open the song that comes with the program."""
        if self._demo_song is not None:
            self._session.open(self._demo_song)

    def _lay_out(self) -> None:
        splitter = QSplitter(Qt.Orientation.Vertical)
        splitter.setHandleWidth(8)
        splitter.setChildrenCollapsible(False)
        self.timeline.setMinimumHeight(240)
        self.mixer.setMinimumHeight(248)
        upper = QSplitter(Qt.Orientation.Horizontal)
        upper.setHandleWidth(8)
        upper.setChildrenCollapsible(False)
        upper.addWidget(self.timeline)
        upper.addWidget(self.side.panel)
        upper.setStretchFactor(0, 1)
        splitter.addWidget(upper)
        splitter.addWidget(self.mixer)
        splitter.setSizes([570, 430])
        splitter.setStretchFactor(0, 3)
        splitter.setStretchFactor(1, 2)
        for page in (self.empty, splitter):
            self._pages.addWidget(page)
        middle = QVBoxLayout()
        middle.setContentsMargins(12, 2, 12, 2)
        middle.addWidget(self._pages)
        central = QWidget()
        column = QVBoxLayout(central)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.transport)
        column.addLayout(middle, 1)
        column.addWidget(self.status)
        self.setCentralWidget(central)
        self.setAcceptDrops(True)
        self.setMinimumHeight(640)
        self.actions_by_name["demo"].setVisible(self._demo_song is not None)

    def _connect(self) -> None:
        self.empty.open_requested.connect(self.dialogs.open_song)
        self.empty.demo_requested.connect(self.open_demo)
        self.empty.offer.asked.connect(self.dialogs.models)
        self.empty.path_requested.connect(self._session.open)
        self.timeline.lane_selected.connect(self.mixer.select)
        self.mixer.selected.connect(self.timeline.select_lane)
        self.side.export_requested.connect(self.dialogs.export_activations)
        self._session.song_changed.subscribe(self.show_song)
        self._session.project.changed.subscribe(self.show_project)
        self._session.preferences_changed.subscribe(self._fill_recent_menu)
        self._session.document_changed.subscribe(self.show_mix)
        self._session.jobs_changed.subscribe(self.show_jobs)

    def _fill_recent_menu(self) -> None:
        self._recent_menu.clear()
        for path in self._session.preferences.recent:
            action = self._recent_menu.addAction(path.name.replace("&", "&&"))
            action.setToolTip(str(path))
            action.triggered.connect(partial(self._open_recent, path))
        self._recent_menu.setEnabled(not self._recent_menu.isEmpty())

    def _open_recent(self, path: Path, checked: bool = False) -> None:
        self._session.open(path)

    def _restore_geometry(self) -> None:
        self.resize(1366, 768)
        geometry = self._session.preferences.geometry
        if geometry:
            self.restoreGeometry(QByteArray.fromBase64(geometry.encode("ascii", "ignore")))
