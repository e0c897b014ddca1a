"""How the activations of one instrument become its weight: mode, threshold, hysteresis, smoothing, durations."""

from dataclasses import replace
from typing import Any, Final, cast

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from app.session.commands import ReplaceMix, SetActivation
from app.session.session import Session
from app.ui.appearance import Appearance
from app.ui.instrument_box import InstrumentBox
from app.ui.mode_buttons import ModeButtons
from app.ui.names import display_name
from app.ui.side_panel import panel_button
from app.ui.typed_number import read_ms, read_percent, write_ms, write_percent
from app.ui.value_row import ValueRow
from app.ui.value_slider import ValueScale
from models.activation import ACTIVATION_RATE_HZ, LONGEST_FADE_FRAMES, ActivationMode, ActivationSettings
from models.instruments import INSTRUMENTS, STEMS

_MS: Final = 1000.0 / ACTIVATION_RATE_HZ
_MOST_FRAMES: Final = 501
_NEUTRAL: Final = ActivationSettings()


def frames_to_ms(frames: int) -> float:
    """How long so many activation frames are."""
    return frames * _MS


def ms_to_frames(milliseconds: float) -> int:
    """The nearest number of activation frames."""
    return round(milliseconds / _MS)


def odd_frames(milliseconds: float) -> int:
    """The nearest odd number of activation frames, as a median needs."""
    return max(1, 2 * round((milliseconds / _MS - 1) / 2) + 1)


class ActivationPanel(QWidget):
    """The settings of the instrument that is chosen at the top; each is heard at once and can be undone.

    Signals:
        instrument_chosen(str): another instrument, by its stem.
    """

    instrument_chosen = Signal(str)

    def __init__(self, session: Session, appearance: Appearance, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._appearance = appearance
        self.setObjectName("activation-panel")
        self.box = InstrumentBox("activation-instrument", self.tr("Instrument"), appearance)
        self.modes = ModeButtons("activation-panel", self.tr("Weight"))
        self.threshold, self.hysteresis, self.median, self.minimum, self.fade = self._rows()
        self.rows = (self.threshold, self.hysteresis, self.median, self.minimum, self.fade)
        self.reset = panel_button(
            "activation-reset", self.tr("Default"), self.tr("Put this instrument's weight back to the default")
        )
        self.to_all = panel_button(
            "activation-to-all", self.tr("Use for all"), self.tr("Give all instruments these settings")
        )
        self._lay_out()
        self._connect()
        self.show_mix()

    @property
    def instrument(self) -> str:
        """The stem whose settings are shown."""
        return self.box.instrument or INSTRUMENTS[0]

    def show_instrument(self, stem: str) -> None:
        """Turn to that instrument; "other" has no weight of its own, and is passed over."""
        if stem in INSTRUMENTS and stem != self.instrument:
            self.box.show_instrument(stem)

    def show_mix(self) -> None:
        """Show the instrument's settings."""
        settings = self._settings()
        self.modes.show_mode(settings.mode)
        self.threshold.show_amount(settings.threshold)
        self.hysteresis.show_amount(settings.hysteresis)
        self.median.show_amount(frames_to_ms(settings.median_frames))
        self.minimum.show_amount(frames_to_ms(settings.minimum_frames))
        self.fade.show_amount(frames_to_ms(settings.fade_frames))
        for row in self.rows:
            row.setEnabled(settings.mode != "off")
        self.reset.setEnabled(settings != _NEUTRAL)
        others = {self._session.mix.strip(stem).activation for stem in INSTRUMENTS}
        self.to_all.setEnabled(len(others) > 1)

    def _settings(self) -> ActivationSettings:
        return self._session.mix.strip(self.instrument).activation

    def _set(self, **changes: Any) -> None:
        """A moment of a drag, or a click."""
        self._session.do(SetActivation(strip=self.instrument, **changes))
        self.show_mix()

    @Slot(str)
    def _set_mode(self, mode: str) -> None:
        self._session.end_gesture()
        self._set(mode=cast(ActivationMode, mode))
        self._session.end_gesture()

    @Slot()
    def _reset(self) -> None:
        mix = self._session.mix.with_strip(self.instrument, activation=_NEUTRAL)
        name = self.tr("Default weight of {0}").format(display_name(self.instrument).lower())
        self._step(ReplaceMix(mix, name))

    @Slot()
    def _copy_to_all(self) -> None:
        mix, settings = self._session.mix, self._settings()
        for stem in INSTRUMENTS:
            mix = mix.with_strip(stem, activation=settings)
        self._step(ReplaceMix(mix, self.tr("Weight for all instruments")))

    def _step(self, command: ReplaceMix) -> None:
        self._session.end_gesture()
        self._session.do(replace(command))
        self._session.end_gesture()

    @Slot()
    def _end_gesture(self) -> None:
        self._session.end_gesture()

    @Slot()
    def _turn(self) -> None:
        self._dress()
        self.show_mix()
        self.instrument_chosen.emit(self.instrument)

    @Slot()
    def _dress(self) -> None:
        color = self._appearance.theme.instrument(STEMS.index(self.instrument))
        for row in self.rows:
            row.set_color(color)

    def _connect(self) -> None:
        self.box.currentIndexChanged.connect(self._turn)
        self.modes.chosen.connect(self._set_mode)
        self.threshold.edited.connect(lambda amount: self._set(threshold=amount))
        self.hysteresis.edited.connect(lambda amount: self._set(hysteresis=amount))
        self.median.edited.connect(lambda amount: self._set(median_frames=odd_frames(amount)))
        self.minimum.edited.connect(lambda amount: self._set(minimum_frames=max(1, ms_to_frames(amount))))
        self.fade.edited.connect(lambda amount: self._set(fade_frames=ms_to_frames(amount)))
        for row in self.rows:
            row.gesture_ended.connect(self._end_gesture)
        self.reset.clicked.connect(self._reset)
        self.to_all.clicked.connect(self._copy_to_all)
        self._session.mix_changed.subscribe(self.show_mix)
        self._appearance.changed.connect(self._dress)
        self._dress()

    def _rows(self) -> tuple[ValueRow, ValueRow, ValueRow, ValueRow, ValueRow]:
        none = self.tr("none")

        def write_duration(milliseconds: float) -> str:
            return none if milliseconds < 1.5 * _MS else write_ms(milliseconds)

        def write_fade(milliseconds: float) -> str:
            return none if milliseconds < 0.5 * _MS else write_ms(milliseconds)

        def read_duration(text: str) -> float:
            return 0.0 if text.strip().casefold() == none.casefold() else read_ms(text)

        share = ValueScale(0.0, 1.0, 0.5, 0.01, 0.002, 0.1, write_percent, read_percent, lambda x: round(x, 3))
        longest = _MOST_FRAMES * _MS

        def duration(default: int, round_to: Any, least: int, most: float, write: Any) -> ValueScale:
            return ValueScale(
                least * _MS, most, default * _MS, 2 * _MS, 2 * _MS, 16 * _MS, write, read_duration, round_to, "square"
            )

        return (
            ValueRow(
                "activation-threshold",
                self.tr("Threshold"),
                self.tr("Above this probability the instrument counts as playing."),
                replace(share, lowest=0.01, highest=0.99, default=_NEUTRAL.threshold),
                self._appearance,
            ),
            ValueRow(
                "activation-hysteresis",
                self.tr("Hysteresis"),
                self.tr("How far the probability may fall below the threshold before playing ends."),
                replace(share, default=_NEUTRAL.hysteresis),
                self._appearance,
            ),
            ValueRow(
                "activation-median",
                self.tr("Smoothing"),
                self.tr("Length of the median that smooths the probability."),
                duration(_NEUTRAL.median_frames, lambda x: odd_frames(x) * _MS, 1, longest, write_duration),
                self._appearance,
            ),
            ValueRow(
                "activation-minimum",
                self.tr("Shortest"),
                self.tr("Shorter pauses are filled, then shorter passages dropped."),
                duration(_NEUTRAL.minimum_frames, lambda x: ms_to_frames(x) * _MS, 1, longest, write_duration),
                self._appearance,
            ),
            ValueRow(
                "activation-fade",
                self.tr("Fade"),
                self.tr("How long the weight takes to rise and fall at the edges."),
                duration(
                    _NEUTRAL.fade_frames,
                    lambda x: ms_to_frames(x) * _MS,
                    0,
                    LONGEST_FADE_FRAMES * _MS,
                    write_fade,
                ),
                self._appearance,
            ),
        )

    def _lay_out(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 10, 12, 12)
        column.setSpacing(7)
        column.addWidget(self.box)
        column.addWidget(self.modes)
        column.addSpacing(2)
        for row in self.rows:
            column.addWidget(row)
        column.addSpacing(2)
        buttons = QHBoxLayout()
        buttons.setSpacing(8)
        buttons.addWidget(self.reset, 1)
        buttons.addWidget(self.to_all, 1)
        column.addLayout(buttons)
        column.addStretch(1)
