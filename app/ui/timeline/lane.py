"""One instrument's lane: its curves, and the hand and the keys that edit them."""

import math
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QEvent, QPointF, QRectF, Qt, Signal, Slot
from PySide6.QtGui import (
    QColor,
    QContextMenuEvent,
    QFocusEvent,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPen,
    QResizeEvent,
)

from app.audio.units import format_time
from app.song.activation_edits import snap_to_edges
from app.ui.appearance import Appearance
from app.ui.names import display_name
from app.ui.theme import with_alpha
from app.ui.timeline.lane_cursor import LaneCursor
from app.ui.timeline.lane_data import ROWS, LaneData, to_frame, to_seconds
from app.ui.timeline.lane_edits import LEVEL_STEP, LaneEdits
from app.ui.timeline.lane_hand import LaneHand
from app.ui.timeline.lane_picture import LaneBox, LaneLook, LanePicture
from app.ui.timeline.threshold_grip import GRIP_PX, ThresholdGrip
from app.ui.timeline.time_strip import TimeStrip
from app.ui.timeline.time_view import TimeView

if TYPE_CHECKING:
    from app.ui.timeline.spectrogram import Spectrograms

_CURSOR_STEP_PX: Final = 6
_SNAP_PX: Final = 7
_NONE: Final = Qt.KeyboardModifier.NoModifier
_SHIFT: Final = Qt.KeyboardModifier.ShiftModifier
_CTRL: Final = Qt.KeyboardModifier.ControlModifier
_MOVES: Final = (Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_Home, Qt.Key.Key_End)
_PLAIN: Final = (
    Qt.Key.Key_Up,
    Qt.Key.Key_Down,
    Qt.Key.Key_PageUp,
    Qt.Key.Key_PageDown,
    Qt.Key.Key_Delete,
    Qt.Key.Key_Backspace,
    Qt.Key.Key_Return,
    Qt.Key.Key_Enter,
    Qt.Key.Key_Escape,
)


class Lane(TimeStrip):
    """Waveform, probability and weight of one instrument.

    A click seeks and puts the cursor there; a drag selects, its edges snapping to the estimated ones unless Alt is
    held; a double click selects a region. Edges of the selection, of edits, and the threshold lines can be dragged.
    With the pencil in hand a drag draws the weight. In focus: the arrows move the cursor, with Ctrl from edge to edge,
    with Shift selecting; Up and Down go to the next lane; Page Up and Down raise and lower the weight of the selection;
    Delete puts it back to automatic; Enter seeks; Escape lets go.

    Signals:
        seek_requested(float): play from there.
        focused(str): the keyboard is here.
        left(str, int): go from this lane to the one that many places further down.
        menu_requested(str, QPointF): of this instrument, at this place of the screen.
        hand_released(): a drag is over.
    """

    seek_requested = Signal(float)
    focused = Signal(str)
    left = Signal(str, int)
    menu_requested = Signal(str, QPointF)
    hand_released = Signal()

    def __init__(
        self,
        instrument: str,
        view: TimeView,
        appearance: Appearance,
        data: LaneData,
        cursor: LaneCursor,
        edits: LaneEdits,
    ) -> None:
        super().__init__(view, appearance)
        self.instrument = instrument
        self.row = ROWS[instrument]
        self.data = data
        self.cursor_model = cursor
        self.edits = edits
        self.spectrograms: Spectrograms | None = None
        self.collapsed = False
        self.selected = False
        self.hand = LaneHand(self)
        self.threshold = ThresholdGrip(self, appearance, "threshold")
        self.release = ThresholdGrip(self, appearance, "release")
        self.setObjectName(f"lane-{instrument}")
        self.setAccessibleName(self.tr("{0}: when it plays").format(display_name(instrument)))
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._seen: tuple[int | None, tuple[int, int] | None] = (None, None)
        cursor.changed.connect(self._cursor_moved)
        for grip in (self.threshold, self.release):
            grip.edited.connect(self._drag_threshold)
            grip.gesture_ended.connect(edits.end)
        self.show_data()

    @property
    def box(self) -> LaneBox:
        """Where things lie, in logical pixels."""
        return LaneBox(float(self.height()), 1.0, self.collapsed)

    @property
    def thresholds(self) -> tuple[float | None, float | None]:
        """Above the first it plays, until below the second; None where there is no such line."""
        settings = self.data.settings(self.row)
        if settings.mode == "off" or self.collapsed:
            return None, None
        return settings.threshold, settings.threshold * (1.0 - settings.hysteresis)

    @Slot()
    def show_data(self) -> None:
        """The song, its coverage, settings or edits have changed."""
        self._place_grips()
        self.describe()
        self.redraw()

    def set_state(self, *, collapsed: bool, selected: bool) -> None:
        """Whether it is folded up, and whether its strip is selected."""
        if (collapsed, selected) != (self.collapsed, self.selected):
            self.collapsed, self.selected = collapsed, selected
            self.show_data()

    def draw(self, width: int, height: int, ratio: float) -> QImage:
        """See TimeStrip."""
        data, peaks = self.data, self.data.peaks
        picture = LanePicture(width, height, ratio, self.shown_s, self.appearance.theme, self._look())
        picture.draw_ground(data.spans)
        if peaks is not None:
            start_s, stop_s = self.shown_s
            if self.spectrograms is not None and not self.collapsed:
                for tile in self.spectrograms.tiles(self.row, start_s, stop_s, width):
                    picture.draw_image(tile.image, tile.start_s, tile.stop_s)
            picture.draw_weight(peaks.weight(self.row, start_s, stop_s, width))
            picture.draw_waveform(peaks.heard(self.row, start_s, stop_s, width), peaks.loudest)
            if not self.collapsed:
                picture.draw_probability(peaks.probability(self.row, start_s, stop_s, width))
            picture.hide_unknown(data.spans)
            if not self.collapsed:
                picture.draw_thresholds()
                picture.draw_doubts(data.doubts_between(self.row, start_s, stop_s))
            picture.draw_edits(data.edit_marks(self.row))
        return picture.finish()

    def draw_over(self, painter: QPainter) -> None:
        """See TimeStrip: the selection, the cursor, and the frame of the focus."""
        theme, cursor = self.appearance.theme, self.cursor_model
        selection = cursor.selection_in(self.instrument)
        accent = QColor(theme.accent)
        if selection is not None:
            left, right = (self.x_of(to_seconds(edge)) for edge in selection)
            rect = QRectF(left, 0.0, right - left, float(self.height()))
            painter.fillRect(rect, with_alpha(accent, 0.20))
            for x in (left, right):
                painter.fillRect(QRectF(round(x) - 1.0, 0.0, 2.0, rect.height()), accent)
                painter.fillRect(QRectF(round(x) - 3.0, rect.height() / 2 - 7.0, 6.0, 14.0), accent)
        elif cursor.instrument == self.instrument:
            x = round(self.x_of(to_seconds(cursor.frame))) + 0.5
            painter.setPen(QPen(accent, 1.0, Qt.PenStyle.DashLine))
            painter.drawLine(QPointF(x, 0.0), QPointF(x, float(self.height())))
        if self.hasFocus():
            painter.setPen(QPen(accent, 2.0))
            painter.drawRect(QRectF(1.0, 1.0, self.width() - 2.0, self.height() - 3.0))

    def describe(self) -> None:
        """Tell screen readers where the cursor is and what is there."""
        cursor = self.cursor_model
        here = cursor.instrument == self.instrument
        time_s = to_seconds(cursor.frame) if here else 0.0
        self.speak(time_s, self.words_at(time_s, cursor.selection_in(self.instrument)))

    def words_at(self, time_s: float, selection: tuple[int, int] | None = None) -> str:
        """What is to be said of a time, and of the selection."""
        probability = self.data.probability(self.row, time_s)
        if probability is None:
            words = self.tr("{0}, not separated yet").format(format_time(time_s))
        else:
            words = self.tr("{0}, probability {1:.0f} %, weight {2:.0f} %").format(
                format_time(time_s), probability * 100, self.data.weight(self.row, time_s) * 100
            )
        if selection is not None:
            start_s, stop_s = (to_seconds(edge) for edge in selection)
            words += ", " + self.tr("selected {0} to {1}").format(format_time(start_s, 2), format_time(stop_s, 2))
        return words

    def snapped(self, frame: int, free: bool) -> int:
        """The estimated edge near an activation frame, or that frame; `free` never moves it."""
        if free:
            return frame
        start_s, stop_s = self.shown_s
        tolerance = math.ceil(to_frame(stop_s - start_s) * _SNAP_PX / max(1, self.width()))
        return snap_to_edges(frame, self.data.edges(self.row), tolerance)

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: D102 - Qt
        super().mousePressEvent(event)
        if event.button() == Qt.MouseButton.LeftButton:
            self.hand.press(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: D102
        super().mouseMoveEvent(event)
        self.hand.move(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:  # noqa: D102
        super().mouseReleaseEvent(event)
        if event.button() == Qt.MouseButton.LeftButton:
            self.hand.release(event)
            self.hand_released.emit()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:  # noqa: D102
        if event.button() == Qt.MouseButton.LeftButton and self.data.song is not None:
            self.hand.cancel()
            self.edits.select_region_at(self.instrument, to_frame(self.time_at(event.position().x())))

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:  # noqa: D102
        place = QPointF(event.globalPos())
        if event.reason() == QContextMenuEvent.Reason.Keyboard:
            x = min(max(8.0, self.x_of(to_seconds(self.cursor_model.frame))), self.width() - 8.0)
            place = QPointF(self.mapToGlobal(QPointF(x, self.height() / 2)))
        self.menu_requested.emit(self.instrument, place)

    def event(self, event: QEvent) -> bool:  # noqa: D102
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent) and self._is_own(event):
            event.accept()  # else the window's arrows would seek
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: D102
        if self.data.song is None or not self._is_own(event):
            event.ignore()
            return
        key = Qt.Key(event.key())
        if key in _MOVES:
            self._move_cursor(key, event.modifiers())
        elif key in (Qt.Key.Key_Up, Qt.Key.Key_Down):
            self.left.emit(self.instrument, 1 if key == Qt.Key.Key_Down else -1)
        elif key in (Qt.Key.Key_PageUp, Qt.Key.Key_PageDown):
            self.edits.nudge_level(LEVEL_STEP if key == Qt.Key.Key_PageUp else -LEVEL_STEP)
        elif key in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            self.edits.force("automatic")
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.seek_requested.emit(to_seconds(self.cursor_model.frame))
        elif self.cursor_model.selection is not None:
            self.cursor_model.clear_selection()
        else:
            self.window().setFocus(Qt.FocusReason.OtherFocusReason)

    def focusInEvent(self, event: QFocusEvent) -> None:  # noqa: D102
        if self.data.song is not None:
            if event.reason() != Qt.FocusReason.MouseFocusReason:
                self.cursor_model.take(self.instrument)
            self.focused.emit(self.instrument)
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:  # noqa: D102
        self.update()

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: D102
        super().resizeEvent(event)
        self._place_grips()

    def _is_own(self, event: QKeyEvent) -> bool:
        modifiers = event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
        if event.key() in _MOVES:
            return modifiers in (_NONE, _SHIFT, _CTRL, _SHIFT | _CTRL)
        return event.key() in _PLAIN and modifiers == _NONE

    def _move_cursor(self, key: Qt.Key, modifiers: Qt.KeyboardModifier) -> None:
        cursor = self.cursor_model
        cursor.take(self.instrument)
        start_s, stop_s = self.shown_s
        step = max(1, to_frame((stop_s - start_s) * _CURSOR_STEP_PX / max(1, self.width())))
        direction = -1 if key == Qt.Key.Key_Left else 1
        if key == Qt.Key.Key_Home:
            frame = 0
        elif key == Qt.Key.Key_End:
            frame = cursor.count
        elif modifiers & _CTRL:
            edges = self.data.edges(self.row)
            beyond = edges[edges < cursor.frame][::-1] if direction < 0 else edges[edges > cursor.frame]
            frame = int(beyond[0]) if len(beyond) else (0 if direction < 0 else cursor.count)
        else:
            frame = cursor.frame + direction * step
        if modifiers & _SHIFT:
            cursor.extend(frame)
        else:
            cursor.put(self.instrument, frame)
        self.view.reveal(min(self.view.duration_s, to_seconds(cursor.frame)))

    def _look(self) -> LaneLook:
        threshold, release = self.thresholds
        share = self.data.shares[self.row]
        return LaneLook(
            self.appearance.theme.instruments[self.row],
            threshold,
            release if release != threshold else None,
            share is None or share > 0.0,
            self.selected,
            self.collapsed,
        )

    @Slot()
    def _cursor_moved(self) -> None:
        cursor = self.cursor_model
        here = cursor.instrument == self.instrument
        seen = (cursor.frame if here else None, cursor.selection_in(self.instrument))
        if seen != self._seen:
            self._seen = seen
            self.describe()
            self.update()

    @Slot(str, float)
    def _drag_threshold(self, which: str, share: float) -> None:
        if which == "threshold":
            self.edits.set_threshold(self.instrument, share)
        else:
            self.edits.set_release(self.instrument, share)

    def _place_grips(self) -> None:
        box, (threshold, release) = self.box, self.thresholds
        for place, (grip, share) in enumerate(((self.threshold, threshold), (self.release, release)), 1):
            grip.setVisible(share is not None and self.data.song is not None)
            if share is not None:
                grip.show_share(share, release or 0.0, threshold or 0.0)
                grip.move(self.width() - place * (GRIP_PX.width() + 2), round(box.y_of(share) - GRIP_PX.height() / 2))
