"""The settings of practising that need a number: speed, key, pre-roll, and the tempo that is known."""

from PySide6.QtWidgets import QDoubleSpinBox, QFormLayout, QLabel, QWidget

from app.playback.settings import TEMPO_RANGE, TRANSPOSE_RANGE
from app.session.session import Session
from app.ui.practice_controls import PracticeControls

_LONGEST_PRE_ROLL_S = 10.0


class PracticePopup(QWidget):
    """Numbers to type or to turn with the wheel."""

    def __init__(self, session: Session, controls: PracticeControls, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self.speed = _number("practice-speed", self.tr("Speed"), 100 * TEMPO_RANGE[0], 100 * TEMPO_RANGE[1], 0, 5, " %")
        self.pitch = _number("practice-pitch", self.tr("Transpose"), *TRANSPOSE_RANGE, 2, 1, self.tr(" semitones"))
        self.pre_roll = _number("practice-pre-roll", self.tr("Pre-roll"), 0.0, _LONGEST_PRE_ROLL_S, 1, 0.5, " s")
        self.beats = QLabel()
        self.beats.setObjectName("practice-beats")
        form = QFormLayout(self)
        form.setContentsMargins(14, 12, 14, 12)
        for box in (self.speed, self.pitch, self.pre_roll):
            form.addRow(box.accessibleName(), box)
        form.addRow(self.tr("Beats"), self.beats)
        self.show_settings()
        self.speed.valueChanged.connect(lambda percent: controls.set_tempo(percent / 100))
        self.pitch.valueChanged.connect(controls.set_pitch)
        self.pre_roll.valueChanged.connect(controls.set_pre_roll)
        controls.changed.subscribe(self.show_settings)
        session.tempo.changed.subscribe(self.show_settings)

    def show_settings(self) -> None:
        """Show how the player is set."""
        player, tempo = self._session.player, self._session.tempo.current
        for box, value in (
            (self.speed, 100 * player.tempo),
            (self.pitch, player.transpose_semitones),
            (self.pre_roll, player.pre_roll_s),
        ):
            box.blockSignals(True)
            box.setValue(value)
            box.blockSignals(False)
        self.beats.setText(self.tr("{0} BPM").format(f"{tempo.bpm:.1f}") if tempo else self.tr("not found, tap T"))


def _number(name: str, label: str, least: float, most: float, decimals: int, step: float, unit: str) -> QDoubleSpinBox:
    box = QDoubleSpinBox()
    box.setObjectName(name)
    box.setAccessibleName(label)
    box.setDecimals(decimals)
    box.setRange(least, most)
    box.setSingleStep(step)
    box.setSuffix(unit)
    box.setKeyboardTracking(False)
    return box
