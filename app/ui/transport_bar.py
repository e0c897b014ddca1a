"""The bar at the top: files and undo at the left, transport in the middle, weighting and export at the right."""

from collections.abc import Mapping

from PySide6.QtCore import QSize, Qt, Slot
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QMenu, QToolButton, QWidget, QWidgetAction

from app.audio.units import format_time
from app.session.session import Session
from app.ui.actions import action_table
from app.ui.activation_chooser import ActivationChooser
from app.ui.appearance import Appearance, scaled_font
from app.ui.elided_label import ElidedLabel
from app.ui.practice_controls import PracticeControls
from app.ui.practice_popup import PracticePopup

_TOGGLES = ("loop", "repeat", "compare", "metronome", "count_in")


class TransportBar(QWidget):
    """Buttons of the most used actions, the play position, and the song's name."""

    def __init__(
        self,
        session: Session,
        appearance: Appearance,
        actions: Mapping[str, QAction],
        controls: PracticeControls,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._session = session
        self._appearance = appearance
        self._actions = actions
        self._controls = controls
        for name in _TOGGLES:
            actions[name].setCheckable(True)
        self._shown_playing: bool | None = None
        self._title = ElidedLabel()
        self._title.setObjectName("song-title")
        self._title.setFont(scaled_font(self, 1.05, bold=True))
        self._position = QLabel()
        self._position.setObjectName("position")
        self._position.setFont(scaled_font(self, 1.9, tabular=True))
        self._length = QLabel()
        self._length.setProperty("dim", True)
        self._length.setFont(scaled_font(self, 1.1, tabular=True))
        self.activation = ActivationChooser(session, actions["page:activation"])
        self._lay_out()
        session.song_changed.subscribe(self.show_song)
        session.document_changed.subscribe(self.show_practice)
        controls.changed.subscribe(self.show_practice)
        appearance.changed.connect(self._dress)
        self._dress()
        self.show_song()
        self.show_practice()

    def show_song(self) -> None:
        """Another song, or none."""
        song = self._session.song
        self._title.setText(song.title if song else "")
        self._length.setText(f"/ {format_time(song.duration_s, decimals=0)}" if song else "")
        widest = "00:00:00.0" if song and song.duration_s >= 3600 else "00:00.0"
        self._position.setFixedWidth(self._position.fontMetrics().horizontalAdvance(widest))
        self.activation.setEnabled(song is not None)
        self._export.setEnabled(song is not None)
        self.show_position()

    def show_practice(self) -> None:
        """Mark what is on: loop, repeat, comparison, clicks; and the speed and key if they are not the song's."""
        player = self._session.player
        for name, on in (
            ("loop", self._session.document.loop is not None),
            ("repeat", player.repeat_song),
            ("compare", player.compare),
            ("metronome", player.metronome.on),
            ("count_in", player.count_in),
        ):
            self._actions[name].setChecked(on)
        self._practice.setText(f"{100 * player.tempo:.0f} %  {player.transpose_semitones:+g}")

    def show_position(self) -> None:
        """Read the play position; called about thirty times a second."""
        song, player = self._session.song, self._session.player
        text = format_time(player.position / song.rate) if song else "–:––.–"
        if text != self._position.text():
            self._position.setText(text)
        if player.playing != self._shown_playing:
            self._shown_playing = player.playing
            self._actions["play"].setIcon(self._appearance.icon("mdi6.pause" if player.playing else "mdi6.play"))

    def _lay_out(self) -> None:
        left = QHBoxLayout()
        left.setSpacing(2)
        for name in ("open", "undo", "redo"):
            left.addWidget(self._button(name))
        left.addSpacing(10)
        left.addWidget(self._title, 1)
        middle = QHBoxLayout()
        middle.setSpacing(3)
        for name, size in (("home", 22), ("play", 30), ("stop", 22)):
            middle.addWidget(self._button(name, size))
        middle.addSpacing(10)
        middle.addWidget(self._position)
        middle.addWidget(self._length)
        middle.addSpacing(8)
        for name in ("loop", "repeat", "compare", "metronome"):
            middle.addWidget(self._button(name))
        middle.addWidget(self._practice_button())
        self._position.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        right = QHBoxLayout()
        right.setSpacing(6)
        right.addStretch(1)
        right.addWidget(self.activation)
        right.addSpacing(10)
        right.addWidget(self._export_button())
        right.addWidget(self._button("settings"))
        grid = QGridLayout(self)
        grid.setContentsMargins(12, 2, 12, 6)
        grid.setHorizontalSpacing(16)
        for column, part in enumerate((left, middle, right)):
            grid.addLayout(part, 0, column)
        grid.setColumnStretch(0, 1)
        grid.setColumnStretch(2, 1)

    def _button(self, name: str, icon_px: int = 20) -> QToolButton:
        button = QToolButton()
        button.setDefaultAction(self._actions[name])
        button.setIconSize(QSize(icon_px, icon_px))
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        button.setObjectName(f"transport-{name}")
        button.setAccessibleName(self._actions[name].text().rstrip("…"))
        return button

    def _practice_button(self) -> QToolButton:
        self._practice = QToolButton()
        menu = QMenu(self._practice)
        numbers = QWidgetAction(menu)
        self.popup = PracticePopup(self._session, self._controls)
        numbers.setDefaultWidget(self.popup)
        menu.addAction(numbers)
        menu.addActions([self._actions["count_in"], self._actions["tap_tempo"]])
        self._practice.setMenu(menu)
        self._practice.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self._practice.setAccessibleName(self.tr("Speed and key"))
        self._practice.setToolTip(self.tr("Speed, key, pre-roll and count-in"))
        self._practice.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self._practice.setProperty("boxed", True)
        self._practice.setProperty("menu", True)
        self._practice.setObjectName("transport-practice")
        return self._practice

    def _export_button(self) -> QToolButton:
        self._export = QToolButton()
        menu = QMenu(self._export)
        menu.addActions([self._actions["export_remix"], self._actions["export_stems"]])
        self._export.setMenu(menu)
        self._export.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self._export.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self._export.setText(self.tr("Export"))
        self._export.setAccessibleName(self.tr("Export"))
        self._export.setToolTip(self.tr("Write the remix or the stems to files"))
        self._export.setProperty("boxed", True)
        self._export.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self._export.setObjectName("transport-export")
        return self._export

    @Slot()
    def _dress(self) -> None:
        for spec in action_table():
            if spec.icon:
                self._actions[spec.name].setIcon(self._appearance.icon(spec.icon))
        self._export.setIcon(self._appearance.icon("mdi6.export-variant"))
        self._shown_playing = None
        self.show_position()
