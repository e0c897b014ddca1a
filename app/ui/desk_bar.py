"""The row above the strips: what concerns the whole desk."""

from functools import partial

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import QHBoxLayout, QMenu, QToolButton, QWidget

from app.session.commands import ResetMix, ToggleMuteGroup
from app.session.session import Session
from app.ui.actions import action_table, tip_of
from app.ui.appearance import Appearance
from app.ui.practice_bar import BAR_PX, PracticeBar
from app.ui.snapshot_bar import SnapshotBar
from app.ui.strip_menu import group_label


class DeskBar(QWidget):
    """Practice mixes at the left; mute groups, snapshots and reset at the right."""

    def __init__(self, session: Session, appearance: Appearance, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._appearance = appearance
        self.practice = PracticeBar(session, appearance)
        self.snapshots = SnapshotBar(session)
        self.groups = self._button(
            "mute-groups", self.tr("Mute groups"), self.tr("Mute several strips at once (1 – 9)")
        )
        self.groups.setProperty("menu", True)
        self.groups.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        menu = QMenu(self.groups)
        menu.aboutToShow.connect(self._fill_groups)
        self.groups.setMenu(menu)
        tips = {spec.name: tip_of(spec) for spec in action_table()}
        self.reset = self._button("reset-mix", self.tr("Reset"), tips["reset_mix"])
        self.reset.clicked.connect(self._reset)
        row = QHBoxLayout(self)
        row.setContentsMargins(2, 0, 2, 0)
        row.setSpacing(6)
        row.addWidget(self.practice)
        row.addStretch(1)
        row.addWidget(self.groups)
        row.addSpacing(12)
        row.addWidget(self.snapshots)
        row.addSpacing(12)
        row.addWidget(self.reset)

    def _button(self, name: str, text: str, tip: str) -> QToolButton:
        button = QToolButton()
        button.setText(text)
        button.setObjectName(name)
        button.setAccessibleName(tip.split(" (")[0])
        button.setToolTip(tip)
        button.setProperty("boxed", True)
        button.setFixedHeight(BAR_PX)
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        return button

    @Slot()
    def _fill_groups(self) -> None:
        """Who is in which group may have changed; the ticks say which groups are silent."""
        mix = self._session.mix
        menu = self.groups.menu()
        menu.clear()
        for number, members in enumerate(mix.mute_groups, 1):
            action = menu.addAction(f"{group_label(self._session, number)}\t{number}")
            action.setCheckable(True)
            action.setChecked(bool(members) and all(mix.strip(stem).mute for stem in members))
            action.setEnabled(bool(members))
            action.triggered.connect(partial(self._toggle_group, number))
        menu.addSeparator()
        hint = menu.addAction(self.tr("Who belongs to a group is set in the strips’ menus"))
        hint.setEnabled(False)

    def _toggle_group(self, number: int, checked: bool = False) -> None:
        self._session.do(ToggleMuteGroup(number))

    @Slot()
    def _reset(self) -> None:
        self._session.end_gesture()
        self._session.do(ResetMix())
