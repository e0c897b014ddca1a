"""The settings dialog."""

from dataclasses import replace
from typing import Final

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from app.playback.output import LATENCIES_S, OutputSettings, block_frames, list_devices
from app.session.session import Session
from app.ui.appearance import Appearance
from app.ui.cache_settings import CacheSettings

_RATES_HZ: Final = (44100, 48000, 88200, 96000)
_USUAL_RATE_HZ: Final = 44100


class SettingsDialog(QDialog):
    """Audio device, sample rate, latency and theme. What is accepted is used at once."""

    def __init__(self, session: Session, appearance: Appearance, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._appearance = appearance
        self.setObjectName("settings")
        self.setWindowTitle(self.tr("Settings"))
        self.setModal(True)
        self.setMinimumWidth(460)
        self.device, self.rate, self.latency, self.theme = QComboBox(), QComboBox(), QComboBox(), QComboBox()
        self.look_again = QPushButton(self.tr("Look again"))
        self.now = QLabel()
        self._fill()
        self._fill_latencies(session.preferences.output.latency_s)
        self._lay_out()
        self._show_device()
        self.rate.currentIndexChanged.connect(self._rate_changed)
        self.look_again.clicked.connect(self._find_devices)

    def accept(self) -> None:
        """Use and remember what is chosen."""
        output = OutputSettings(self.device.currentData(), self.rate.currentData(), self.latency.currentData())
        theme = self.theme.currentData()
        self._session.set_preferences(replace(self._session.preferences, output=output, theme=theme))
        self._appearance.choose(theme)
        super().accept()

    def _fill(self) -> None:
        output = self._session.preferences.output
        self._fill_devices(output.device)
        self.rate.addItem(self.tr("As the song"), None)
        for rate in _RATES_HZ:
            self.rate.addItem(self.tr("{0} kHz").format(f"{rate / 1000:g}"), rate)
        for choice, text in (
            ("system", self.tr("As the system")),
            ("light", self.tr("Light")),
            ("dark", self.tr("Dark")),
        ):
            self.theme.addItem(text, choice)
        for box, value in (
            (self.rate, output.rate),
            (self.theme, self._appearance.choice),
        ):
            _choose(box, value)

    def _fill_devices(self, wanted: str | None) -> None:
        """List the devices that are there, with the wanted one chosen; it stays in the list while it is unplugged."""
        self.device.clear()
        self.device.addItem(self.tr("System default"), None)
        for device in list_devices():
            if self.device.findData(device.name) < 0:
                self.device.addItem(device.name, device.name)
        if wanted is not None and self.device.findData(wanted) < 0:
            self.device.addItem(self.tr("{0} (not connected)").format(wanted), wanted)
        _choose(self.device, wanted)

    def _fill_latencies(self, wanted_s: float) -> None:
        """List the latencies with the blocks that they mean at the chosen rate."""
        song = self._session.song
        rate = self.rate.currentData() or (song.rate if song else _USUAL_RATE_HZ)
        hints = (self.tr("quick, for a fast computer"), self.tr("recommended"), self.tr("safe, for a busy computer"))
        self.latency.clear()
        for latency_s, hint in zip(LATENCIES_S, hints, strict=True):
            text = self.tr("{0} ms, blocks of {1} – {2}")
            self.latency.addItem(text.format(round(latency_s * 1000), block_frames(latency_s, rate), hint), latency_s)
        if self.latency.findData(wanted_s) < 0:  # the file of preferences can say others
            text = self.tr("{0} ms, blocks of {1}")
            self.latency.addItem(text.format(round(wanted_s * 1000), block_frames(wanted_s, rate)), wanted_s)
        _choose(self.latency, wanted_s)

    @Slot()
    def _rate_changed(self) -> None:
        self._fill_latencies(self.latency.currentData())

    @Slot()
    def _find_devices(self) -> None:
        """Notice what was plugged in since; the output is opened anew for it, at the same position."""
        wanted, player = self.device.currentData(), self._session.player
        player.set_output(player.output)
        self._fill_devices(wanted)
        self._show_device()

    def _show_device(self) -> None:
        line = self._session.player.device_line
        text = self.tr("Now: {0}").format(line) if line else self.tr("The device is opened with the first song.")
        self.now.setText(text)

    def _lay_out(self) -> None:
        form = QFormLayout()
        form.setVerticalSpacing(10)
        form.setHorizontalSpacing(14)
        form.setLabelAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        for box, name, label in (
            (self.device, "settings-device", self.tr("Audio device")),
            (self.rate, "settings-rate", self.tr("Sample rate")),
            (self.latency, "settings-latency", self.tr("Latency")),
            (self.theme, "settings-theme", self.tr("Theme")),
        ):
            box.setObjectName(name)
            box.setAccessibleName(label)
            form.addRow(label, self._device_row() if box is self.device else box)
        self.now.setObjectName("settings-now")
        self.now.setProperty("dim", True)
        self.now.setWordWrap(True)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel)
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        buttons.button(QDialogButtonBox.StandardButton.Ok).setProperty("primary", True)
        for button in buttons.buttons():
            button.setAccessibleName(button.text().replace("&", ""))
        column = QVBoxLayout(self)
        column.setContentsMargins(18, 16, 18, 14)
        column.setSpacing(16)
        column.addLayout(form)
        column.addWidget(self.now)
        column.addWidget(CacheSettings(self._session))
        column.addStretch(1)
        column.addWidget(buttons)

    def _device_row(self) -> QHBoxLayout:
        self.look_again.setObjectName("settings-look-again")
        self.look_again.setAccessibleName(self.look_again.text())
        self.look_again.setToolTip(
            self.tr("Look for devices that were plugged in meanwhile; the sound stops for a moment")
        )
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(self.device, 1)
        row.addWidget(self.look_again)
        return row


def _choose(box: QComboBox, value: object) -> None:
    """Choose the row with that data, or the first."""
    box.setCurrentIndex(next((row for row in range(box.count()) if box.itemData(row) == value), 0))
