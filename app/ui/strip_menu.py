"""What is seldom needed on a strip: links, mute groups, copying the equalizer, resetting."""

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu, QWidget

from app.session.commands import Link, ResetStrip, SetActivation, SetMuteGroup, Unlink
from app.session.session import Session
from app.ui.mode_buttons import mode_texts
from app.ui.names import display_name
from models.activation import ActivationMode
from models.instruments import INSTRUMENTS, STEMS


def linked_with(session: Session, stem: str) -> tuple[str, ...]:
    """The other strips of a strip's link."""
    group = next((links for links in session.mix.links if stem in links), ())
    return tuple(other for other in group if other != stem)


def group_label(session: Session, number: int) -> str:
    """`8: Electric guitar, Acoustic guitar`."""
    members = session.mix.mute_groups[number - 1]
    translate = QCoreApplication.translate
    if len(members) == len(STEMS) - 1:
        (missing,) = set(STEMS) - set(members)
        text = translate("StripMenu", "all but {0}").format(display_name(missing).lower())
    else:
        text = ", ".join(display_name(stem) for stem in members) or translate("StripMenu", "nobody")
    return f"{number}: {text}"


def link_menu(session: Session, stem: str, parent: QWidget) -> QMenu:
    """The strips that this one's gain can move with; deleted when it closes."""
    menu = _menu(parent)
    add_heading(menu, QCoreApplication.translate("StripMenu", "Gain moves with"))
    linked = linked_with(session, stem)
    for other in STEMS:
        if other != stem:
            action = _checkable(menu, display_name(other), other in linked)
            action.triggered.connect(partial(_switch_link, session, stem, other, other not in linked))
    menu.addSeparator()
    alone = menu.addAction(QCoreApplication.translate("StripMenu", "Unlink"))
    alone.setEnabled(bool(linked))
    alone.triggered.connect(lambda: session.do(Unlink(stem)))
    return menu


def more_menu(
    session: Session,
    stem: str,
    parent: QWidget,
    open_equalizer: Callable[[], None],
    open_activation: Callable[[], None],
) -> QMenu:
    """Everything else; deleted when it closes."""
    translate = QCoreApplication.translate
    menu = _menu(parent)
    equalizers = session.equalizers
    menu.addAction(translate("StripMenu", "Open the equalizer")).triggered.connect(lambda: open_equalizer())
    menu.addAction(translate("StripMenu", "Copy the equalizer")).triggered.connect(lambda: equalizers.copy(stem))
    paste = menu.addAction(translate("StripMenu", "Paste the equalizer"))
    paste.setEnabled(equalizers.copied is not None)
    paste.triggered.connect(lambda: equalizers.paste(stem))
    menu.addSeparator()
    if stem in INSTRUMENTS:
        menu.addMenu(_activation_menu(session, stem, menu, open_activation))
    groups = QMenu(translate("StripMenu", "Mute groups"), menu)
    menu.addMenu(groups)
    for number, members in enumerate(session.mix.mute_groups, 1):
        action = _checkable(groups, group_label(session, number), stem in members)
        action.triggered.connect(partial(_switch_group, session, number, stem, stem not in members))
    menu.addSeparator()
    reset = menu.addAction(translate("StripMenu", "Reset {0}").format(display_name(stem).lower()))
    reset.triggered.connect(lambda: session.do(ResetStrip(stem)))
    return menu


def _activation_menu(session: Session, stem: str, parent: QMenu, open_settings: Callable[[], None]) -> QMenu:
    menu = QMenu(QCoreApplication.translate("StripMenu", "Activation"), parent)
    for mode, (text, tip) in mode_texts().items():
        action = _checkable(menu, text, session.mix.strip(stem).activation.mode == mode)
        action.setToolTip(tip)
        action.triggered.connect(partial(_set_mode, session, stem, mode))
    menu.addSeparator()
    menu.addAction(QCoreApplication.translate("StripMenu", "Settings…")).triggered.connect(lambda: open_settings())
    return menu


def add_heading(menu: QMenu, text: str) -> None:
    """A line that cannot be chosen; sections of Qt itself show no text under a stylesheet."""
    menu.addAction(text).setEnabled(False)


def _menu(parent: QWidget) -> QMenu:
    menu = QMenu(parent)
    menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    return menu


def _checkable(menu: QMenu, text: str, checked: bool) -> QAction:
    action = menu.addAction(text)
    action.setCheckable(True)
    action.setChecked(checked)
    return action


def _switch_link(session: Session, stem: str, other: str, on: bool, checked: bool = False) -> None:
    session.do(Link(stem, other) if on else Unlink(other))


def _switch_group(session: Session, number: int, stem: str, on: bool, checked: bool = False) -> None:
    members = set(session.mix.mute_groups[number - 1])
    wanted = members | {stem} if on else members - {stem}
    session.do(SetMuteGroup(number, tuple(wanted)))


def _set_mode(session: Session, stem: str, mode: ActivationMode, checked: bool = False) -> None:
    session.end_gesture()
    session.do(SetActivation(mode, stem))
    session.end_gesture()
