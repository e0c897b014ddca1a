"""The settings dialog."""

from dataclasses import replace
from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox, QDialog, QDialogButtonBox, QFormLayout, QLabel, QVBoxLayout, QWidget

from app.playback.output import LATENCIES_S, OutputSettings, list_devices
from app.session.session import Session
from app.ui.appearance import Appearance

_RATES_HZ: Final = (44100, 48000, 88200, 96000)


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
        self._fill()
        self._lay_out()

    def accept(self) -> None:
        """Use and remember what is chosen."""
        output = OutputSettings(self.device.currentData(), self.rate.currentData(), self.latency.currentData())
        theme = self.theme.currentData()
        self._session.set_preferences(replace(self._session.preferences, output=output, theme=theme))
        self._appearance.choose(theme)
        super().accept()

    def _fill(self) -> None:
        output = self._session.preferences.output
        self.device.addItem(self.tr("System default"), None)
        for device in list_devices():
            self.device.addItem(device.name, device.name)
        if output.device is not None and self.device.findData(output.device) < 0:
            self.device.addItem(self.tr("{0} (not connected)").format(output.device), output.device)
        self.rate.addItem(self.tr("As the song"), None)
        for rate in _RATES_HZ:
            self.rate.addItem(self.tr("{0} kHz").format(f"{rate / 1000:g}"), rate)
        hints = (self.tr("quick, for a fast computer"), self.tr("recommended"), self.tr("safe, for a busy computer"))
        for latency_s, hint in zip(LATENCIES_S, hints, strict=True):
            self.latency.addItem(self.tr("{0} ms – {1}").format(round(latency_s * 1000), hint), latency_s)
        for choice, text in (
            ("system", self.tr("As the system")),
            ("light", self.tr("Light")),
            ("dark", self.tr("Dark")),
        ):
            self.theme.addItem(text, choice)
        for box, value in (
            (self.device, output.device),
            (self.rate, output.rate),
            (self.latency, output.latency_s),
            (self.theme, self._appearance.choice),
        ):
            index = next((i for i in range(box.count()) if box.itemData(i) == value), 0)
            box.setCurrentIndex(index)

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
            form.addRow(label, box)
        line = self._session.player.device_line
        now = QLabel(self.tr("Now: {0}").format(line) if line else self.tr("The device is opened with the first song."))
        now.setProperty("dim", True)
        now.setWordWrap(True)
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
        column.addWidget(now)
        column.addStretch(1)
        column.addWidget(buttons)
