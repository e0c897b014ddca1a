"""Every key that does something, in sections: those of the table of actions, and those that widgets bind themselves.

The sheet (F1) and the page `resources/shortcuts.md` are both made of it.
"""

from dataclasses import dataclass
from typing import Any, Final

from PySide6.QtCore import QCoreApplication, QKeyCombination
from PySide6.QtGui import QKeySequence

from app.mixing.settings import MUTE_GROUPS
from app.session.document import SNAPSHOT_NAMES
from app.ui.actions import action_table, menu_titles
from models.instruments import STEMS

Format = QKeySequence.SequenceFormat

SUMMED_UP: Final = ("mixer/solo", "mixer/mute", "mixer/groups", "mixer/snapshots")
"""The submenus whose keys are one line each."""


@dataclass(frozen=True)
class Shortcut:
    """What to press, as names of keys in `QKeySequence`'s portable form, and what that does.

    `shown` stands in for the keys where they are too many, or are no keys but what the mouse does.
    """

    keys: tuple[str, ...]
    text: str
    shown: str = ""

    def written(self, how: Format) -> str:
        """The keys as one text."""
        return self.shown or ", ".join(QKeySequence(key).toString(how) for key in self.keys)


@dataclass(frozen=True)
class Section:
    """Shortcuts that are in force at the same place; `name` says which it is."""

    name: str
    title: str
    shortcuts: tuple[Shortcut, ...]


def key_combination(key: str) -> QKeyCombination:
    """The key of a portable name, to press it."""
    sequence: Any = QKeySequence(key)  # the stubs do not know that it has items
    return sequence[0]


def shortcut_sections() -> tuple[Section, ...]:
    """All of them: a section for each menu, then one for each kind of widget, then the mouse."""
    titles = {menu: title.replace("&", "") for menu, title in menu_titles().items()}
    menus = []
    for menu, title in titles.items():
        if menu in SUMMED_UP:
            continue
        rows = [Shortcut(spec.keys, _plain(spec.text)) for spec in action_table() if spec.menu == menu and spec.keys]
        if menu == "mixer":
            rows += _summed_up()
        if rows:
            name = f"{titles[menu.split('/')[0]]}: {title}" if "/" in menu else title
            menus.append(Section(menu, name, tuple(rows)))
    return (*menus, *widget_sections())


def widget_sections() -> tuple[Section, ...]:
    """The keys that widgets bind themselves while they have the focus, and what the mouse does beside clicking."""
    translate = QCoreApplication.translate
    remove = ("Delete", "Backspace")
    enter = ("Return", "Enter")
    return (
        Section(
            "control",
            translate("Shortcuts", "Fader, knob or slider in focus"),
            (
                Shortcut(("Up", "Down"), translate("Shortcuts", "Up or down")),
                Shortcut(("Shift+Up", "Shift+Down"), translate("Shortcuts", "Up or down finely")),
                Shortcut(("PgUp", "PgDown"), translate("Shortcuts", "Up or down in large steps")),
                Shortcut(remove, translate("Shortcuts", "Back to neutral")),
                Shortcut(enter, translate("Shortcuts", "Type a value, or press a button")),
            ),
        ),
        Section(
            "table",
            translate("Shortcuts", "Table of the side panel in focus"),
            (
                Shortcut(("Up", "Down"), translate("Shortcuts", "Previous and next row")),
                Shortcut(enter, translate("Shortcuts", "Go there")),
                Shortcut(remove, translate("Shortcuts", "Remove the selected rows")),
                Shortcut(("Ctrl+C",), translate("Shortcuts", "Copy the rows")),
                Shortcut(("F2",), translate("Shortcuts", "Rename")),
            ),
        ),
        Section(
            "queue",
            translate("Shortcuts", "Files to separate"),
            (
                Shortcut(("Alt+Up", "Alt+Down"), translate("Shortcuts", "Move the file up or down")),
                Shortcut(remove, translate("Shortcuts", "Cancel the file")),
                Shortcut(("Ctrl+W",), translate("Shortcuts", "Close the list")),
            ),
        ),
        Section(
            "equalizer",
            translate("Shortcuts", "Equalizer"),
            (
                Shortcut(("Tab", "Shift+Tab"), translate("Shortcuts", "Next and previous band")),
                Shortcut(("Left", "Right", "Up", "Down"), translate("Shortcuts", "Move the band; with Shift finely")),
                Shortcut(("+", "-"), translate("Shortcuts", "Q of the band")),
                Shortcut(("Space",), translate("Shortcuts", "Band on or off")),
                Shortcut(remove, translate("Shortcuts", "Reset the band")),
                Shortcut(enter, translate("Shortcuts", "Type the band’s values")),
                Shortcut(("B", "X"), translate("Shortcuts", "Bypass, change between A and B")),
                Shortcut(("Ctrl+C", "Ctrl+V"), translate("Shortcuts", "Copy and paste the equalizer")),
            ),
        ),
        Section(
            "mouse",
            translate("Shortcuts", "Mouse"),
            (
                Shortcut(
                    (),
                    translate("Shortcuts", "Scroll the timeline, move a control"),
                    translate("Shortcuts", "Wheel"),
                ),
                Shortcut((), translate("Shortcuts", "Zoom the timeline"), translate("Shortcuts", "Ctrl+wheel")),
                Shortcut((), translate("Shortcuts", "Scroll the lanes"), translate("Shortcuts", "Shift+wheel")),
                Shortcut(
                    (), translate("Shortcuts", "Move the timeline"), translate("Shortcuts", "Middle button, drag")
                ),
                Shortcut(
                    (), translate("Shortcuts", "Select in a lane, loop in the ruler"), translate("Shortcuts", "Drag")
                ),
                Shortcut(
                    (),
                    translate("Shortcuts", "Control back to neutral; type a value that is written"),
                    translate("Shortcuts", "Double click"),
                ),
                Shortcut(
                    (), translate("Shortcuts", "Solo only this strip"), translate("Shortcuts", "Ctrl or Alt+click S")
                ),
            ),
        ),
    )


def _summed_up() -> list[Shortcut]:
    translate = QCoreApplication.translate
    last, letters = len(STEMS), SNAPSHOT_NAMES
    numbers = tuple(str(number) for number in range(1, MUTE_GROUPS + 1))

    def row(prefix: str, count: int, text: str) -> Shortcut:
        shown = QKeySequence(f"{prefix}1").toString(Format.NativeText)
        return Shortcut(tuple(f"{prefix}{number}" for number in numbers[:count]), text, f"{shown} – {count}")

    snapshots = f"{letters[0]} – {letters[-1]}"
    return [
        row("", MUTE_GROUPS, translate("Shortcuts", "Mute group 1 – {0}").format(MUTE_GROUPS)),
        row("Shift+", last, translate("Shortcuts", "Solo strip 1 – {0}").format(last)),
        row("Ctrl+", len(letters), translate("Shortcuts", "Recall snapshot {0}").format(snapshots)),
        row("Ctrl+Shift+", len(letters), translate("Shortcuts", "Store snapshot {0}").format(snapshots)),
    ]


def _plain(text: str) -> str:
    return text.replace("&", "").rstrip("…")
