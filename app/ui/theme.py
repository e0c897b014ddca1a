"""Everything that has a colour or a size, in one frozen value each for light and dark.

The instruments' colours follow Okabe and Ito's palette (2008), which colour-blind eyes can tell apart, moved in
lightness until each stands out from the theme's background. A colour is never the only sign: the name stands beside it.
"""

from dataclasses import dataclass
from pathlib import Path
from string import Template
from typing import Final

from PySide6.QtGui import QColor, QPalette

RESOURCES: Final = Path(__file__).resolve().parents[2] / "resources"


@dataclass(frozen=True)
class Theme:
    """One appearance. Colours are `#rrggbb`; `instruments` are in the order of `models.instruments.STEMS`."""

    name: str
    window: str
    panel: str
    raised: str
    hover: str
    sunken: str
    border: str
    text: str
    dim: str
    accent: str
    on_accent: str
    mute: str
    solo: str
    on_lamp: str
    playhead: str
    waveform: str
    covered: str
    meter_low: str
    meter_mid: str
    meter_high: str
    instruments: tuple[str, ...]

    def instrument(self, index: int) -> QColor:
        """The colour of a strip."""
        return QColor(self.instruments[index])


DARK: Final = Theme(
    name="dark",
    window="#16181c",
    panel="#1d2025",
    raised="#2a2e35",
    hover="#353a43",
    sunken="#111316",
    border="#33383f",
    text="#e7e9ec",
    dim="#9ca3ad",
    accent="#6aa5ff",
    on_accent="#0c1422",
    mute="#ff8a5c",
    solo="#f2c94c",
    on_lamp="#1b1405",
    playhead="#ffffff",
    waveform="#565d68",
    covered="#8fb7f2",
    meter_low="#3fb68b",
    meter_mid="#e5c04b",
    meter_high="#f0604d",
    instruments=("#f78fc8", "#d9631b", "#dfc23c", "#24c9fd", "#5e81f2", "#38aa75", "#cfd6e0"),
)

LIGHT: Final = Theme(
    name="light",
    window="#e9ebee",
    panel="#f6f7f9",
    raised="#ffffff",
    hover="#e6e9ee",
    sunken="#dfe2e7",
    border="#cdd2d9",
    text="#1b1f25",
    dim="#59616c",
    accent="#1f62cf",
    on_accent="#ffffff",
    mute="#d9531e",
    solo="#f2bf26",
    on_lamp="#1b1405",
    playhead="#15181d",
    waveform="#a9b0ba",
    covered="#4a7fcb",
    meter_low="#1f9a6e",
    meter_mid="#d3a200",
    meter_high="#d63a2b",
    instruments=("#b24ba0", "#a53802", "#ba8423", "#158ee0", "#2347c7", "#00a179", "#464d55"),
)

THEMES: Final = {theme.name: theme for theme in (LIGHT, DARK)}


def make_palette(theme: Theme) -> QPalette:
    """The palette that Fusion paints its widgets with."""
    role, group = QPalette.ColorRole, QPalette.ColorGroup
    palette = QPalette()
    colors = {
        role.Window: theme.window,
        role.WindowText: theme.text,
        role.Base: theme.raised,
        role.AlternateBase: theme.panel,
        role.ToolTipBase: theme.raised,
        role.ToolTipText: theme.text,
        role.PlaceholderText: theme.dim,
        role.Text: theme.text,
        role.Button: theme.raised,
        role.ButtonText: theme.text,
        role.BrightText: theme.text,
        role.Link: theme.accent,
        role.Highlight: theme.accent,
        role.HighlightedText: theme.on_accent,
        role.Accent: theme.accent,
    }
    for color_role, color in colors.items():
        palette.setColor(color_role, QColor(color))
    faint = blend(theme.text, theme.window, 0.38)
    for color_role in (role.WindowText, role.Text, role.ButtonText):
        palette.setColor(group.Disabled, color_role, faint)
    return palette


def make_stylesheet(theme: Theme) -> str:
    """The stylesheet of `resources/theme.qss` with the theme's colours put in."""
    names = {key: value for key, value in vars(theme).items() if isinstance(value, str)}
    faint = blend(theme.text, theme.window, 0.38).name()
    template = Template((RESOURCES / "theme.qss").read_text(encoding="utf-8"))
    return template.substitute(names, faint=faint, folder=RESOURCES.as_posix())


def blend(color: str | QColor, background: str | QColor, amount: float) -> QColor:
    """`amount` of one colour over another; opaque."""
    top, bottom = QColor(color), QColor(background)
    return QColor.fromRgbF(
        bottom.redF() + (top.redF() - bottom.redF()) * amount,
        bottom.greenF() + (top.greenF() - bottom.greenF()) * amount,
        bottom.blueF() + (top.blueF() - bottom.blueF()) * amount,
    )


def with_alpha(color: str | QColor, alpha: float) -> QColor:
    """The colour with an opacity of 0..1."""
    result = QColor(color)
    result.setAlphaF(alpha)
    return result
