"""What the stems are called on the screen."""

from typing import Final

from PySide6.QtCore import QCoreApplication

_ICONS: Final = {
    "vocals": "mdi6.microphone-variant",
    "electric_guitar": "mdi6.guitar-electric",
    "acoustic_guitar": "mdi6.guitar-acoustic",
    "piano": "mdi6.piano",
    "bass": "mdi6.music-clef-bass",
    "drums": "fa5s.drum",
    "other": "mdi6.dots-horizontal-circle-outline",
}


def display_name(stem: str) -> str:
    """The name of a stem in the user's language."""
    translate = QCoreApplication.translate
    names = {
        "vocals": translate("Stems", "Vocals"),
        "electric_guitar": translate("Stems", "Electric guitar"),
        "acoustic_guitar": translate("Stems", "Acoustic guitar"),
        "piano": translate("Stems", "Piano"),
        "bass": translate("Stems", "Bass"),
        "drums": translate("Stems", "Drums"),
        "other": translate("Stems", "Other"),
    }
    return names[stem]


def icon_name(stem: str) -> str:
    """The picture of a stem in the icon library."""
    return _ICONS[stem]
