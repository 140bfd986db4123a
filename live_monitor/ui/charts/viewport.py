"""Which bars the chart shows: scroll, zoom, follow-live. Pure, in device pixels and bar numbers."""

from __future__ import annotations

import math
from typing import Final

from live_monitor.ui.charts.geometry import Columns

#: Empty bars between the last bar and the price axis when the chart follows the market.
MARGIN_BARS: Final = 6.0
_MARGIN_PX: Final = 24.0
#: Distance between neighbouring bars in logical pixels: at first, and the widest.
FIRST_PITCH: Final = 8.0
WIDEST_PITCH: Final = 96.0
#: Bars that stay in sight at either end, however far one drags.
_KEPT_BARS: Final = 4.0
#: From this pitch on, in device pixels, pitches are whole, so that all candles are alike.
_WHOLE_FROM: Final = 3.0


class Viewport:
    """Horizontal window on `count` bars; bar i fills the slot from i to i + 1.

    `right` is the position, in bars, of the right edge of the plot. While the last bar is in sight
    the window follows the market: appended bars shift it, and the margin stays as it is.
    """

    def __init__(self) -> None:
        self.count = 0
        self.width = 1
        self.right = MARGIN_BARS
        self._ratio = 1.0
        self._wish = FIRST_PITCH

    @property
    def pitch(self) -> float:
        """Device pixels per bar."""
        return _snapped(self._wish)

    @property
    def left(self) -> float:
        """Position of the left edge, in bars; negative when there is room before the oldest."""
        return self.right - self.width / self.pitch

    @property
    def bars_across(self) -> float:
        """How many bars fit."""
        return self.width / self.pitch

    @property
    def following(self) -> bool:
        """True while the last bar is in sight, or there is none."""
        return self.count == 0 or self.right >= self.count - 0.5

    @property
    def columns(self) -> Columns:
        """The mapping of bars to pixel columns; column 0 is the left edge of the plot."""
        pitch = self.pitch
        offset = (0.5 - self.left) * pitch
        # A whole pitch with a broken offset would let rounding decide between two columns, bar by bar.
        return Columns(pitch, math.floor(offset + 1e-6) if pitch == int(pitch) else offset)

    def resize(self, width: int, ratio: float) -> None:
        """The plot is `width` device pixels wide, `ratio` of them to a logical one."""
        if ratio != self._ratio:
            self._wish *= ratio / self._ratio
            self._ratio = ratio
        if width != self.width:
            following, farthest = self.following, self._wish <= self._narrowest
            self.width = max(1, width)
            if farthest:
                # All bars were in sight, and stay so: labels of other prices may have widened the axis.
                self._wish = self._narrowest
            if following:
                self.to_end()
            self._settle()

    def set_count(self, count: int) -> None:
        """Bars were appended or taken away at the end; follows the market when it did before."""
        if count == self.count:
            return
        if self.count == 0 or count == 0:
            self.count = count
            if self.bars_across > count:
                self._wish = max(self._wish, FIRST_PITCH * self._ratio)
            self.to_end()
            return
        if self.following:
            self.right += count - self.count
        self.count = count
        self._settle()

    def shift(self, bars: int) -> None:
        """`bars` bars were put in front of the oldest: what is in sight stays where it is."""
        self.count += bars
        self.right += bars
        self._settle()

    def pan(self, pixels: float) -> None:
        """Moves the bars by `pixels` to the right."""
        self.right -= pixels / self.pitch
        self._settle()

    def zoom(self, factor: float, at: float) -> None:
        """Makes bars `factor` times as wide; the bar under pixel column `at` stays there."""
        before = self.pitch
        anchor = self.left + at / before
        self._wish = self._within_limits(self._wish * factor)
        if self.pitch == before and before >= _WHOLE_FROM and abs(factor - 1) >= 0.04:
            # One notch of the wheel must always do something, whole pitches or not.
            self._wish = self._within_limits(before + math.copysign(1.0, factor - 1))
        self.right = anchor + (self.width - at) / self.pitch
        self._settle()

    def to_end(self) -> None:
        """Back to now: the last bar in sight, with its margin."""
        margin = max(MARGIN_BARS, _MARGIN_PX * self._ratio / self.pitch)
        self.right = self.count + min(margin, self.bars_across / 4)
        self._settle()

    def reset(self) -> None:
        """The first zoom, at the newest bar."""
        self._wish = self._within_limits(FIRST_PITCH * self._ratio)
        self.to_end()

    def to_start(self) -> None:
        """The oldest bar at the left edge."""
        self.right = self.bars_across
        self._settle()

    def reveal(self, index: int, margin: float = 0.0) -> bool:
        """Scrolls as little as needed to show bar `index` with `margin` bars beside; True when it moved."""
        before = self.right
        margin = min(margin, self.bars_across / 4)
        if index - margin < self.left:
            self.right = index - margin + self.bars_across
        elif index + 1 + margin > self.right:
            self.right = index + 1 + margin
        self._settle()
        return self.right != before

    def center(self, index: int) -> None:
        """Puts bar `index` in the middle."""
        self.right = index + 0.5 + self.bars_across / 2
        self._settle()

    @property
    def _narrowest(self) -> float:
        """The pitch at which all bars are in sight."""
        return min(1.0, self.width / (max(self.count, 1) + 2 * MARGIN_BARS))

    def _within_limits(self, wish: float) -> float:
        return max(self._narrowest, min(wish, WIDEST_PITCH * self._ratio))

    def _settle(self) -> None:
        """Keeps some bars in sight and the left edge on a whole pixel, so that panning never shimmers."""
        # Where all bars and the margin fit, all stay in sight.
        fit = self.bars_across >= self.count + MARGIN_BARS
        kept = float(self.count) if fit else min(_KEPT_BARS, self.bars_across)
        self.right = max(kept, min(self.right, self.count - kept + self.bars_across))
        pitch = self.pitch
        self.right = round(self.right * pitch) / pitch


def _snapped(wish: float) -> float:
    return float(round(wish)) if wish >= _WHOLE_FROM else wish
