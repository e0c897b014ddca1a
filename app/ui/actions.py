"""Everything that can be done by a menu or a key, in one table.

The menus, the tool bar and the sheet of shortcuts come from it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from PySide6.QtCore import QCoreApplication, QObject
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QMenu, QMenuBar

from app.mixing.settings import MUTE_GROUPS
from app.session.document import SNAPSHOT_NAMES
from app.ui.names import display_name
from models.instruments import STEMS


@dataclass(frozen=True)
class ActionSpec:
    """One action. `keys` are portable key names; `menu` is a key of `menu_titles`, with a submenu after a slash.

    `needs_song`: of no use, and disabled, while no song is open. `separated`: a line stands above it in the menu.
    """

    name: str
    menu: str
    text: str
    keys: tuple[str, ...] = ()
    icon: str = ""
    needs_song: bool = False
    separated: bool = False


def menu_titles() -> dict[str, str]:
    """The menus from left to right, and their submenus, with their titles."""
    translate = QCoreApplication.translate
    return {
        "file": translate("Actions", "&File"),
        "edit": translate("Actions", "&Edit"),
        "play": translate("Actions", "&Play"),
        "mixer": translate("Actions", "&Mixer"),
        "mixer/solo": translate("Actions", "Solo"),
        "mixer/mute": translate("Actions", "Mute"),
        "mixer/groups": translate("Actions", "Mute groups"),
        "mixer/snapshots": translate("Actions", "Snapshots"),
        "timeline": translate("Actions", "&Timeline"),
        "timeline/lane": translate("Actions", "Lane"),
        "view": translate("Actions", "&View"),
        "play/regions": translate("Actions", "Entries and regions"),
        "view/pages": translate("Actions", "Side panel pages"),
        "tools": translate("Actions", "&Tools"),
        "help": translate("Actions", "&Help"),
    }


def action_table() -> tuple[ActionSpec, ...]:
    """All actions. Those of a strip are named `solo:vocals`, `mute:vocals` and so on, others of a kind `recall:0`."""
    strips = []
    for kind in ("solo", "mute"):
        for number, stem in enumerate(STEMS, 1):
            keys = (f"Shift+{number}",) if kind == "solo" else ()  # the first mute groups are the single strips
            strips.append(ActionSpec(f"{kind}:{stem}", f"mixer/{kind}", display_name(stem), keys))
    return (*_fixed_actions(), *strips, *_desk_actions())


def build_actions(parent: QObject, handlers: Mapping[str, Callable[[], object]]) -> dict[str, QAction]:
    """A QAction for each row of the table. Raises KeyError for a row without a handler."""
    actions = {}
    for spec in action_table():
        action = actions[spec.name] = QAction(spec.text, parent)
        action.setObjectName(f"action-{spec.name}")
        action.setShortcuts([QKeySequence(key) for key in spec.keys])
        action.setIconVisibleInMenu(False)
        action.setToolTip(tip_of(spec))
        handler = handlers[spec.name]
        action.triggered.connect(lambda checked=False, handler=handler: handler())
    return actions


def tip_of(spec: ActionSpec) -> str:
    """The tooltip: what it does and its key."""
    text = spec.text.replace("&", "").rstrip("…")
    key = QKeySequence(spec.keys[0]).toString(QKeySequence.SequenceFormat.NativeText) if spec.keys else ""
    return f"{text} ({key})" if key else text


def fill_menu_bar(bar: QMenuBar, actions: Mapping[str, QAction]) -> dict[str, QMenu]:
    """Make the menus of the table; returned by their keys in `menu_titles`."""
    menus: dict[str, QMenu] = {}
    for key, title in menu_titles().items():
        parent = menus[key.split("/")[0]] if "/" in key else bar
        menus[key] = parent.addMenu(title)
    for spec in action_table():
        if spec.separated:
            menus[spec.menu].addSeparator()
        menus[spec.menu].addAction(actions[spec.name])
    return menus


def _desk_actions() -> tuple[ActionSpec, ...]:
    """Mute groups and snapshots."""
    translate = QCoreApplication.translate
    groups = [
        ActionSpec(f"mute_group:{n}", "mixer/groups", translate("Actions", "Mute group {0}").format(n), (f"{n}",))
        for n in range(1, MUTE_GROUPS + 1)
    ]
    snapshots = [
        ActionSpec(
            f"{kind}:{index}",
            "mixer/snapshots",
            text.format(letter),
            (f"{modifier}+{index + 1}",),
            separated=kind == "store" and index == 0,
        )
        for kind, text, modifier in (
            ("recall", translate("Actions", "Recall snapshot {0}"), "Ctrl"),
            ("store", translate("Actions", "Store snapshot {0}"), "Ctrl+Shift"),
        )
        for index, letter in enumerate(SNAPSHOT_NAMES)
    ]
    return (*groups, *snapshots)


def _timeline_actions() -> tuple[ActionSpec, ...]:
    """What is done to the selected stretch of a lane, to markers, and to lanes."""
    translate = QCoreApplication.translate
    rows = (
        ("focus_lanes", translate("Actions", "Go to the lanes"), "G", False),
        ("select_region", translate("Actions", "Select the region here"), "I", False),
        ("force_on", translate("Actions", "Force on (yes, it plays)"), "Y", True),
        ("force_off", translate("Actions", "Force off (no, it rests)"), "N", False),
        ("force_automatic", translate("Actions", "Back to automatic"), "A", False),
        ("edit_level", translate("Actions", "Set the weight…"), "V", False),
        ("pencil", translate("Actions", "Pencil"), "P", False),
        ("loop_selection", translate("Actions", "Loop the selection"), "Shift+L", True),
        ("zoom_selection", translate("Actions", "Zoom to the selection"), "Z", False),
        ("add_marker", translate("Actions", "Add a marker"), "Ctrl+M", True),
        ("previous_marker", translate("Actions", "Previous marker"), "H", False),
        ("next_marker", translate("Actions", "Next marker"), "J", False),
    )
    lane = (
        ("lane_up", translate("Actions", "Move up"), "Alt+Up"),
        ("lane_down", translate("Actions", "Move down"), "Alt+Down"),
        ("lane_collapse", translate("Actions", "Fold or unfold"), "Alt+Return"),
        ("lane_taller", translate("Actions", "Higher"), "Alt+PgUp"),
        ("lane_shorter", translate("Actions", "Lower"), "Alt+PgDown"),
        ("lane_spectrogram", translate("Actions", "Spectrogram"), "Ctrl+G"),
    )
    return (
        *(
            ActionSpec(name, "timeline", text, (key,), needs_song=True, separated=separated)
            for name, text, key, separated in rows
        ),
        *(ActionSpec(name, "timeline/lane", text, (key,), needs_song=True) for name, text, key in lane),
    )


def _page_actions() -> tuple[ActionSpec, ...]:
    """The side panel and its pages."""
    translate = QCoreApplication.translate
    pages = (
        ("activation", translate("Actions", "Activation settings"), "F5"),
        ("regions", translate("Actions", "Regions"), "F6"),
        ("edits", translate("Actions", "Activation edits"), "F7"),
        ("markers", translate("Actions", "Loop and markers"), "F8"),
        ("listening", translate("Actions", "Smart listening"), "F9"),
    )
    return (
        ActionSpec("side_panel", "view", translate("Actions", "Side panel"), ("F4",), separated=True),
        *(ActionSpec(f"page:{page}", "view/pages", text, (key,)) for page, text, key in pages),
    )


def _region_actions() -> tuple[ActionSpec, ...]:
    """Going by the regions of an instrument, and smart listening."""
    translate = QCoreApplication.translate
    regions = (
        ("previous_entry", translate("Actions", "Previous entry of the instrument"), ","),
        ("next_entry", translate("Actions", "Next entry of the instrument"), "."),
        ("loop_region", translate("Actions", "Loop this region"), "R"),
        ("loop_each", translate("Actions", "Loop every region in turn"), "Shift+R"),
    )
    return (
        *(ActionSpec(name, "play/regions", text, (key,), needs_song=True) for name, text, key in regions),
        ActionSpec("duck", "mixer", translate("Actions", "Duck the others"), ("D",), separated=True),
        ActionSpec("follow", "mixer", translate("Actions", "Follow the solo"), ("F",)),
    )


def _fixed_actions() -> tuple[ActionSpec, ...]:
    translate = QCoreApplication.translate
    return (
        ActionSpec("open", "file", translate("Actions", "Open…"), ("Ctrl+O",), "mdi6.folder-open-outline"),
        ActionSpec("demo", "file", translate("Actions", "Play the demo song")),
        ActionSpec("close", "file", translate("Actions", "Close song"), ("Ctrl+W",), needs_song=True),
        ActionSpec("save_project", "file", translate("Actions", "Save"), ("Ctrl+S",), needs_song=True, separated=True),
        ActionSpec("save_project_as", "file", translate("Actions", "Save as…"), ("Ctrl+Shift+S",), needs_song=True),
        ActionSpec("export_bundle", "file", translate("Actions", "Save a copy with stems…"), needs_song=True),
        ActionSpec("load_mix", "file", translate("Actions", "Load mix…"), needs_song=True, separated=True),
        ActionSpec("save_mix", "file", translate("Actions", "Save mix as…"), ("Ctrl+Alt+S",), needs_song=True),
        ActionSpec(
            "export_remix",
            "file",
            translate("Actions", "Export remix…"),
            ("Ctrl+E",),
            "mdi6.export-variant",
            True,
            separated=True,
        ),
        ActionSpec("export_stems", "file", translate("Actions", "Export stems…"), ("Ctrl+Shift+E",), needs_song=True),
        ActionSpec(
            "export_activations", "file", translate("Actions", "Export activations…"), ("Ctrl+Alt+E",), needs_song=True
        ),
        ActionSpec("queue", "file", translate("Actions", "Separate files…"), ("Ctrl+Shift+O",)),
        ActionSpec(
            "settings", "file", translate("Actions", "Settings…"), ("Ctrl+,",), "mdi6.cog-outline", separated=True
        ),
        ActionSpec("quit", "file", translate("Actions", "Quit"), ("Ctrl+Q",)),
        ActionSpec("undo", "edit", translate("Actions", "Undo"), ("Ctrl+Z",), "mdi6.undo"),
        ActionSpec("redo", "edit", translate("Actions", "Redo"), ("Ctrl+Shift+Z", "Ctrl+Y"), "mdi6.redo"),
        ActionSpec("history", "edit", translate("Actions", "History"), ("Ctrl+H",), "mdi6.history"),
        ActionSpec("reset_mix", "edit", translate("Actions", "Reset the whole mix"), needs_song=True, separated=True),
        ActionSpec("play", "play", translate("Actions", "Play or pause"), ("Space",), "mdi6.play", True),
        ActionSpec("stop", "play", translate("Actions", "Stop"), ("Ctrl+.",), "mdi6.stop", True),
        ActionSpec("home", "play", translate("Actions", "Go to the start"), ("Home",), "mdi6.skip-previous", True),
        ActionSpec("back", "play", translate("Actions", "Back 5 seconds"), ("Left",), needs_song=True, separated=True),
        ActionSpec("forward", "play", translate("Actions", "Forward 5 seconds"), ("Right",), needs_song=True),
        ActionSpec("back_little", "play", translate("Actions", "Back 1 second"), ("Shift+Left",), needs_song=True),
        ActionSpec(
            "forward_little", "play", translate("Actions", "Forward 1 second"), ("Shift+Right",), needs_song=True
        ),
        ActionSpec(
            "loop_start", "play", translate("Actions", "Loop from here"), ("[",), needs_song=True, separated=True
        ),
        ActionSpec("loop_stop", "play", translate("Actions", "Loop up to here"), ("]",), needs_song=True),
        ActionSpec("loop", "play", translate("Actions", "Loop on or off"), ("L",), "mdi6.repeat-variant", True),
        ActionSpec("repeat", "play", translate("Actions", "Repeat the song"), ("Ctrl+L",), "mdi6.repeat", True),
        ActionSpec(
            "compare",
            "play",
            translate("Actions", "Song or remix"),
            ("C",),
            "mdi6.compare-horizontal",
            True,
            separated=True,
        ),
        ActionSpec("slower", "play", translate("Actions", "Slower"), ("-",), needs_song=True, separated=True),
        ActionSpec("faster", "play", translate("Actions", "Faster"), ("+", "="), needs_song=True),
        ActionSpec("lower", "play", translate("Actions", "A semitone lower"), ("Ctrl+Down",), needs_song=True),
        ActionSpec("higher", "play", translate("Actions", "A semitone higher"), ("Ctrl+Up",), needs_song=True),
        ActionSpec(
            "metronome", "play", translate("Actions", "Metronome"), ("K",), "mdi6.metronome", True, separated=True
        ),
        ActionSpec("count_in", "play", translate("Actions", "Count-in"), ("Shift+K",), needs_song=True),
        ActionSpec("tap_tempo", "play", translate("Actions", "Tap the tempo"), ("T",), needs_song=True),
        ActionSpec(
            "other_separator", "play", translate("Actions", "Hear the other separator"), ("X",), needs_song=True
        ),
        ActionSpec("separate", "play", translate("Actions", "Separate again"), needs_song=True, separated=True),
        ActionSpec("cancel_separation", "play", translate("Actions", "Cancel the separation"), needs_song=True),
        ActionSpec("solo_selected", "mixer", translate("Actions", "Solo the selected strip"), ("S",)),
        ActionSpec("mute_selected", "mixer", translate("Actions", "Mute the selected strip"), ("M",)),
        ActionSpec("equalizer_selected", "mixer", translate("Actions", "Equalizer of the selected strip"), ("E",)),
        ActionSpec("practice_without", "mixer", translate("Actions", "Without my instrument"), ("W",), separated=True),
        ActionSpec("practice_only", "mixer", translate("Actions", "Only my instrument"), ("O",)),
        ActionSpec("practice_quieter", "mixer", translate("Actions", "My instrument 6 dB down"), ("Q",)),
        *_region_actions(),
        ActionSpec("limiter", "mixer", translate("Actions", "Limiter on or off"), separated=True),
        ActionSpec("reset_loudness", "mixer", translate("Actions", "Measure the loudness anew")),
        ActionSpec("reset_clip", "mixer", translate("Actions", "Reset the clip lights")),
        ActionSpec("unsolo_all", "mixer", translate("Actions", "Take all solos off"), ("0",), separated=True),
        *_timeline_actions(),
        ActionSpec("zoom_in", "view", translate("Actions", "Zoom in"), ("Ctrl++", "Ctrl+="), needs_song=True),
        ActionSpec("zoom_out", "view", translate("Actions", "Zoom out"), ("Ctrl+-",), needs_song=True),
        ActionSpec("zoom_all", "view", translate("Actions", "Show the whole song"), ("Ctrl+0",), needs_song=True),
        *_page_actions(),
        ActionSpec("models", "tools", translate("Actions", "Models…")),
        ActionSpec("shortcuts", "help", translate("Actions", "Keyboard shortcuts"), ("F1",)),
        ActionSpec("copy_diagnostics", "help", translate("Actions", "Copy diagnostics"), separated=True),
        ActionSpec("show_log", "help", translate("Actions", "Show the log")),
        ActionSpec("about", "help", translate("Actions", "About Partwise")),
    )
