"""How a lane is drawn: into a picture, whenever something but what moves over it has changed.

From back to front: the ground (hatched where nothing is separated yet), the spectrogram if there is one, the effective
weight as a filled band, the waveform as heard, the raw probability as a thin line, the threshold and below it the one
of the hysteresis, edits in a row at the top, doubtful stretches in a row at the bottom. All of them differ in shape or
pattern, not in colour alone.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QImage, QPainter, QPen, QPolygonF

from app.song.peaks import Envelope
from app.ui.theme import Theme, blend, with_alpha
from app.ui.timeline.column_fill import FULL, colored, paint_pixels

Spans = tuple[tuple[float, float], ...]
"""Stretches of the song in seconds, each from the first up to the second number."""

EDITS_PX: Final = 9
"""Height of the row of edits, in logical pixels."""

DOUBTS_PX: Final = 7
_MARK_DISTANCE_PX: Final = 16.0
_ABSENT: Final = 0.38
_LOUDNESS_EXPONENT: Final = 0.65  # quiet passages would be a flat line otherwise

Doubt = Literal["bleed", "silent"]


@dataclass(frozen=True)
class LaneLook:
    """How a lane stands.

    Attributes:
        color: of the instrument.
        threshold, release: above the first it plays, until it falls below the second; None while nothing is weighed.
        present: whether the instrument was heard at all.
        selected, collapsed: as they are.
    """

    color: str
    threshold: float | None = 0.5
    release: float | None = None
    present: bool = True
    selected: bool = False
    collapsed: bool = False


@dataclass(frozen=True)
class EditMark:
    """An edit as it is drawn, in seconds."""

    start_s: float
    stop_s: float
    kind: str


@dataclass(frozen=True)
class DoubtMark:
    """A stretch in which activation and loudness do not agree, in seconds."""

    start_s: float
    stop_s: float
    kind: Doubt


@dataclass(frozen=True)
class LaneBox:
    """Where things lie in a lane of this height, in whatever pixels `ratio` makes of logical ones."""

    height: float
    ratio: float = 1.0
    collapsed: bool = False

    @property
    def top(self) -> float:
        """Where a weight of one lies."""
        return 2.0 * self.ratio if self.collapsed else (EDITS_PX + 3.0) * self.ratio

    @property
    def bottom(self) -> float:
        """Where a weight of zero lies."""
        return self.height - (2.0 if self.collapsed else DOUBTS_PX + 2.0) * self.ratio

    def y_of(self, share: float) -> float:
        """The place of a weight or probability."""
        return self.bottom - share * (self.bottom - self.top)

    def share_at(self, y: float) -> float:
        """The weight or probability at a place, 0..1."""
        return min(1.0, max(0.0, (self.bottom - y) / max(1.0, self.bottom - self.top)))


def warm_up_painting() -> None:
    """Compile what paints, or load what was compiled before: on a thread, so that no window waits for it."""
    from app.ui.timeline import blending

    del blending


class LanePicture:
    """One lane's picture of a stretch of time, in physical pixels."""

    def __init__(
        self, width: int, height: int, ratio: float, time_s: tuple[float, float], theme: Theme, look: LaneLook
    ) -> None:
        """`ratio` physical pixels make a logical one; `time_s` are the times of the left and the right edge."""
        self.image = QImage(width, height, QImage.Format.Format_RGB32)
        self.image.fill(blend(theme.sunken, theme.panel, 0.75))
        pixels = np.frombuffer(self.image.bits(), np.uint32)
        self._pixels = pixels.reshape(height, -1)  # no line of 32-bit pixels is padded
        self._painter = QPainter(self.image)
        self._box = LaneBox(height, ratio, look.collapsed)
        self._ratio = ratio
        self._start_s = time_s[0]
        self._px_per_s = width / (time_s[1] - time_s[0])
        self._theme = theme
        self._look = look
        self._strength = 1.0 if look.present else _ABSENT
        self._color = QColor(look.color)

    def draw_ground(self, spans: Spans) -> None:
        """Plain where the song is separated, hatched where it is not yet; a line at the lower edge."""
        theme, painter = self._theme, self._painter
        width, height = float(self.image.width()), float(self.image.height())
        painter.fillRect(self.image.rect(), self._brush(with_alpha(theme.text, 0.085), Qt.BrushStyle.BDiagPattern))
        covered = QColor(theme.panel if theme.name == "dark" else theme.raised)
        for left, right in self._across(spans):
            painter.fillRect(QRectF(left, 0.0, right - left, height), covered)
        if self._look.selected:
            painter.fillRect(QRectF(0.0, 0.0, width, height), with_alpha(theme.text, 0.05))
        line = max(1.0, float(round(self._ratio)))
        painter.fillRect(QRectF(0.0, height - line, width, line), blend(theme.border, theme.panel, 0.75))

    def draw_image(self, image: QImage, start_s: float, stop_s: float) -> None:
        """A part of a spectrogram."""
        left, right = (start_s - self._start_s) * self._px_per_s, (stop_s - self._start_s) * self._px_per_s
        self._painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        self._painter.setOpacity(self._strength)
        self._painter.drawImage(QRectF(left, 0.0, right - left, self.image.height() - self._ratio), image)
        self._painter.setOpacity(1.0)

    def draw_weight(self, weight: Envelope) -> None:
        """The effective weight as a filled band with an edge."""
        low, high = (self._box.y_of(1.0) + (1.0 - part) * (self._box.bottom - self._box.top) for part in weight)
        self._fill(high, np.full(len(low), self._box.bottom), with_alpha(self._color, 0.20 * self._strength))
        if not self._look.collapsed:
            self._line(low, high, max(1.0, 1.2 * self._ratio), with_alpha(self._color, 0.75 * self._strength))

    def draw_waveform(self, heard: Envelope, loudest: float) -> None:
        """The outline of the stem as heard, around the middle; `loudest` would fill the lane."""
        box = self._box
        half, middle = (box.bottom - box.top) / 2, (box.bottom + box.top) / 2
        low, high = (
            np.power(np.abs(part) / max(loudest, 1e-3), _LOUDNESS_EXPONENT, dtype=np.float32) * half for part in heard
        )
        thin = 0.35 * self._ratio
        color = with_alpha(
            blend(self._color, self._theme.panel, 0.82), (0.95 if self._look.collapsed else 0.80) * self._strength
        )
        self._fill(middle - high - thin, middle + low + thin, color)

    def draw_probability(self, probability: Envelope) -> None:
        """What the network says, as a thin line."""
        low, high = (self._box.bottom - part * (self._box.bottom - self._box.top) for part in probability)
        self._line(low, high, max(1.0, 0.9 * self._ratio), with_alpha(self._theme.text, 0.80 * self._strength))

    def hide_unknown(self, spans: Spans) -> None:
        """Lay the hatching over what lies between the spans once more: curves say nothing there."""
        edges = [0.0, *(edge for span in self._across(spans) for edge in span), float(self.image.width())]
        ground = blend(self._theme.sunken, self._theme.panel, 0.75)
        for left, right in zip(edges[::2], edges[1::2], strict=True):
            if right > left:
                rect = QRectF(left, 0.0, right - left, self.image.height() - max(1.0, self._ratio))
                self._painter.fillRect(rect, ground)
                self._painter.fillRect(
                    rect, self._brush(with_alpha(self._theme.text, 0.085), Qt.BrushStyle.BDiagPattern)
                )

    def draw_thresholds(self) -> None:
        """Dashed: above this it plays. Dotted: until it falls below this."""
        # Qt takes milliseconds for a line of dashes; as pixels they cost nothing.
        ratio, thick = self._ratio, max(1, round(self._ratio))
        column = np.arange(self.image.width())
        for share, dash_px, gap_px, alpha in (
            (self._look.threshold, 5.0, 3.0, 0.62),
            (self._look.release, 1.0, 3.0, 0.62),
        ):
            if share is not None:
                drawn = column % round((dash_px + gap_px) * ratio) < round(dash_px * ratio)
                amount = np.tile(np.where(drawn, FULL, 0).astype(np.uint8), (thick, 1))
                pixels = colored(amount, with_alpha(self._theme.text, alpha))
                paint_pixels(self._painter, 0, round(self._box.y_of(share)), pixels)

    def draw_edits(self, edits: Sequence[EditMark]) -> None:
        """Full: forced on. Crossed: forced off. Hollow: back to automatic. Slanted: drawn by hand."""
        top, height = 1.0 * self._ratio, EDITS_PX * self._ratio
        if self._look.collapsed:
            height = 5.0 * self._ratio
        color = QColor(self._theme.accent)
        patterns = {
            "on": Qt.BrushStyle.SolidPattern,
            "off": Qt.BrushStyle.DiagCrossPattern,
            "automatic": Qt.BrushStyle.NoBrush,
            "level": Qt.BrushStyle.BDiagPattern,
        }
        painter = self._painter
        for edit in edits:
            for left, right in self._across(((edit.start_s, edit.stop_s),)):
                rect = QRectF(left, top, max(2.0 * self._ratio, right - left), height)
                painter.fillRect(rect, blend(color, self._theme.panel, 0.22))
                painter.fillRect(rect, self._brush(color, patterns.get(edit.kind, Qt.BrushStyle.NoBrush)))
                line = max(1.0, float(round(self._ratio)))
                for edge in (
                    QRectF(left, top, rect.width(), line),
                    QRectF(left, rect.bottom() - line, rect.width(), line),
                    QRectF(left, top, line, height),
                    QRectF(rect.right() - line, top, line, height),
                ):
                    painter.fillRect(edge, color)

    def draw_doubts(self, doubts: Sequence[DoubtMark]) -> None:
        """A triangle and a line: probable bleed. A ring and a dotted line: silent though active."""
        painter, ratio = self._painter, self._ratio
        y = self.image.height() - (DOUBTS_PX / 2 + 1.0) * ratio
        size, last_x, drawn_to = 3.0 * ratio, -1e9, -1e9
        lines: dict[str, list[QLineF]] = {"bleed": [], "silent": []}
        marks: dict[str, list[QPointF]] = {"bleed": [], "silent": []}
        for doubt in doubts:
            left, right = self._x_of(doubt.start_s), self._x_of(doubt.stop_s)
            if right <= left or right < drawn_to + ratio:  # out of view, or within the pixel of the one before
                continue
            drawn_to = max(right, left + 1.0)
            lines[doubt.kind].append(QLineF(left, y + size, drawn_to, y + size))
            x = (left + right) / 2
            if x - last_x >= _MARK_DISTANCE_PX * ratio:
                marks[doubt.kind].append(QPointF(x, y))
                last_x = x
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        bleed, silent = QColor(self._theme.mute), QColor(self._theme.dim)
        for kind, color, style in (("bleed", bleed, Qt.PenStyle.SolidLine), ("silent", silent, Qt.PenStyle.DotLine)):
            painter.setPen(QPen(color, ratio, style))
            painter.drawLines(lines[kind])
        painter.setBrush(bleed)
        painter.setPen(Qt.PenStyle.NoPen)
        triangle = QPolygonF([QPointF(-size, size), QPointF(size, size), QPointF(0.0, -size)])
        for place in marks["bleed"]:
            painter.drawPolygon(triangle.translated(place))
        painter.setPen(QPen(silent, ratio))
        painter.setBrush(QColor(self._theme.panel))
        for place in marks["silent"]:
            painter.drawEllipse(place, size * 0.85, size * 0.85)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)

    def finish(self) -> QImage:
        """The picture."""
        self._painter.end()
        return self.image

    def _fill(self, top: NDArray[np.floating], bottom: NDArray[np.floating], color: QColor) -> None:
        """Fill between two edges, in pixels from the top, one for each column."""
        from app.ui.timeline.blending import OPAQUE, blend_between  # see there

        upper, lower = (np.ascontiguousarray(edge, np.float32) for edge in (top, bottom))
        blend_between(self._pixels, upper, lower, color.rgb() & 0xFFFFFF, round(color.alphaF() * OPAQUE))

    def _line(self, low: NDArray[np.floating], high: NDArray[np.floating], width: float, color: QColor) -> None:
        """A line that reaches in each column from `low` to `high`, `width` pixels thick."""
        self._fill(np.minimum(low, high) - width / 2, np.maximum(low, high) + width / 2, color)

    def _brush(self, color: QColor, style: Qt.BrushStyle) -> QBrush:
        """A pattern that is as coarse on a dense screen as on others."""
        brush = QBrush(color, style)
        if self._ratio > 1.0:
            transform = brush.transform()
            transform.scale(self._ratio, self._ratio)
            brush.setTransform(transform)
        return brush

    def _across(self, spans: Spans) -> list[tuple[float, float]]:
        """The spans in view, from their left to their right pixel."""
        edges = ((self._x_of(start_s), self._x_of(stop_s)) for start_s, stop_s in spans)
        return [(left, right) for left, right in edges if right > left]

    def _x_of(self, time_s: float) -> float:
        return min(max(0.0, (time_s - self._start_s) * self._px_per_s), float(self.image.width()))
