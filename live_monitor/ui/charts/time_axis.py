"""The time axis: labels in New York time, and the tag under the crosshair."""

from __future__ import annotations

from typing import Final

from PyQt6.QtCore import QRect
from PyQt6.QtGui import QPainter

from live_monitor.engine.market.bar_series import BarSeries
from live_monitor.ui.charts.frame import Frame
from live_monitor.ui.charts.geometry import Box
from live_monitor.ui.charts.ink import Ink
from live_monitor.ui.charts.time_ticks import DAY_MS, TimeTick, date_label, time_ticks
from live_monitor.ui.charts.wall_clock import NEW_YORK, WallClock

#: Logical pixels.
_LABEL_GAP: Final = 84
_TAG_PAD: Final = 8
_EDGE: Final = 2
_APART: Final = 6
_TAG_HEIGHT: Final = 20


def ticks_of(frame: Frame, series: BarSeries, wall: WallClock = NEW_YORK) -> list[TimeTick]:
    """The labels for the visible bars; of a day gone by the first one says the date, when no other does."""
    starts = series.start_ms
    ticks = time_ticks(starts, frame.first, frame.last, frame.columns, frame.px(_LABEL_GAP), series.timeframe_ms, wall)
    if ticks and series.timeframe_ms < DAY_MS and not any(tick.strong for tick in ticks):
        first = ticks[0]
        date = date_label(int(starts[first.bar]), wall=wall)
        if date != date_label(int(starts[-1]), wall=wall):
            ticks[0] = first._replace(label=f"{date} {first.label}", strong=True)
    return ticks


def paint_time_axis(painter: QPainter, frame: Frame, ink: Ink, ticks: list[TimeTick]) -> None:
    """Labels under their bars; the first one of a day is its date, in bold, which is moved into sight at an edge."""
    axis = frame.panes.time_axis
    painter.fillRect(QRect(axis.x, axis.y, axis.width, axis.height), ink.color("panel"))
    painter.fillRect(QRect(axis.x, axis.y, axis.width, frame.px(1)), ink.color("line"))
    least, most = float(frame.px(_EDGE)), float(frame.panes.price.right)
    for tick in ticks:
        face = ink.axis_strong if tick.strong else ink.axis
        width = face.width(tick.label)
        x = frame.columns.x(tick.bar) - width / 2
        if tick.strong and width <= most - least:
            # No other label may say which day it is.
            x = max(least, min(x, most - width))
        if x >= least and x + width <= most:
            face.write(painter, ink.color("text" if tick.strong else "muted"), x, _middle(frame), tick.label)
            least = x + width + frame.px(_APART)


def paint_zone(painter: QPainter, frame: Frame, ink: Ink, zone: str) -> None:
    """Whose time the axis shows, below the price axis."""
    axis, width = frame.panes.price_axis, ink.axis.width(zone)
    if width + frame.px(8) <= axis.width:
        ink.axis.write(painter, ink.color("muted"), axis.x + (axis.width - width) / 2, _middle(frame), zone)


def time_tag_box(frame: Frame, ink: Ink, column: int, text: str) -> Box:
    """Where the tag under pixel `column` stands: wholly inside the axis."""
    axis = frame.panes.time_axis
    width = round(ink.axis_strong.width(text)) + 2 * frame.px(_TAG_PAD)
    height = min(axis.height, frame.px(_TAG_HEIGHT))
    x = max(axis.x, min(column - width // 2, frame.panes.price.right - width))
    return Box(x, axis.y + frame.px(1), width, height)


def paint_time_tag(painter: QPainter, frame: Frame, ink: Ink, column: int, text: str) -> None:
    """The time of the bar under the crosshair."""
    box = time_tag_box(frame, ink, column, text)
    painter.fillRect(QRect(box.x, box.y, box.width, box.height), ink.color("text"))
    ink.axis_strong.write(painter, ink.color("panel"), box.x + frame.px(_TAG_PAD), box.y + box.height // 2, text)


def _middle(frame: Frame) -> int:
    axis = frame.panes.time_axis
    return axis.y + axis.height // 2
