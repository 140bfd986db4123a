"""Head of the order ticket: the symbol that an order would be for, and what the market asks and bids for it."""

from __future__ import annotations

import math
from typing import Final, NamedTuple

from PyQt6.QtCore import QSize
from PyQt6.QtGui import QPainter, QPaintEvent
from PyQt6.QtWidgets import QSizePolicy, QWidget

from live_monitor.engine.paper.market_view import MarketView
from live_monitor.ui.number_format import DASH, format_age, format_price, format_size
from live_monitor.ui.text_cache import TextCache
from live_monitor.ui.theme import Theme

_HEIGHT: Final = 64
#: Where there is little height, without captions.
_LOW: Final = 46
#: Between two prices, and between a price and the note.
_APART: Final = 8


class HeadTexts(NamedTuple):
    """What the head shows. `fresh`: the quote may be traded at; `note`: why it may not be, or its age."""

    symbol: str = ""
    last: str = DASH
    bid: str = DASH
    bid_size: str = ""
    ask: str = DASH
    ask_size: str = ""
    fresh: bool = False
    note: str = ""


def head_texts(symbol: str, quote: MarketView | None, monotonic: float, max_age_s: float) -> HeadTexts:
    """`monotonic`: seconds now; a quote older than `max_age_s` is not fresh."""
    if quote is None:
        return HeadTexts(symbol, note="no quote" if symbol else "")
    age_s = monotonic - quote.received
    fresh = age_s <= max_age_s and not quote.halted and not quote.suspect
    note = ""
    if quote.halted:
        note = "halted"
    elif math.isnan(age_s):
        note = "no quote"
    elif not fresh:
        note = f"quote {format_age(age_s)} old"
    return HeadTexts(
        symbol,
        format_price(quote.last),
        format_price(quote.bid),
        format_size(quote.bid_size) if quote.bid_size == quote.bid_size else "",
        format_price(quote.ask),
        format_size(quote.ask_size) if quote.ask_size == quote.ask_size else "",
        fresh,
        note,
    )


class TicketHead(QWidget):
    """Painted in one go; repaints when a text changes."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._texts = HeadTexts()
        self.setAccessibleName("Symbol of the ticket")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFixedHeight(_HEIGHT)
        self.set_theme(theme)

    @property
    def texts(self) -> HeadTexts:
        """What is shown."""
        return self._texts

    def set_theme(self, theme: Theme) -> None:
        """Repaints in another theme."""
        self._theme = theme
        self._symbol = TextCache(theme.font(20, 600))
        self._last = TextCache(theme.font(16, 500))
        self._price = TextCache(theme.font(13, 600))
        self._small = TextCache(theme.font(11))
        self.update()

    def set_low(self, low: bool) -> None:
        """Takes less height, or as much as it likes."""
        height = _LOW if low else _HEIGHT
        if height != self.height():
            self.setFixedHeight(height)

    def show_texts(self, texts: HeadTexts) -> None:
        """Takes texts over."""
        if texts == self._texts:
            return
        if texts.symbol != self._texts.symbol:
            self.setAccessibleDescription(texts.symbol)
        self._texts = texts
        self.update()

    def paintEvent(self, event: QPaintEvent | None) -> None:
        texts, theme = self._texts, self._theme
        painter = QPainter(self)
        right = float(self.width())
        figures = theme.color("text" if texts.fresh else "stale")
        painter.setPen(figures)
        begins = self._last.right(painter, right, 20, texts.last)
        painter.setPen(theme.color("text" if texts.symbol else "muted"))
        symbol = texts.symbol or "No symbol"
        self._symbol.left(painter, 0, 21, self._symbol.elided(symbol, begins - 8))
        low = self.height() < _HEIGHT
        end = right
        if texts.note:
            painter.setPen(theme.color("warning"))
            begins = self._small.right(painter, right, 41 if low else 37, self._note(right) if low else texts.note)
            # On one line with the note the prices share what it leaves: it covers none of them.
            end = begins - _APART if low else right
        # Half of it each, unless the bid takes more.
        half = max(end / 2, self._price.width(texts.bid) + _APART / 2 if low else 0.0)
        self._side(painter, 0, half - _APART / 2, "Bid", texts.bid, texts.bid_size)
        self._side(painter, half + _APART / 2, end, "Ask", texts.ask, texts.ask_size)
        painter.end()

    def _note(self, width: float) -> str:
        """The note as it fits beside both prices: a grey price with an age says well enough that it is a quote."""
        texts = self._texts
        prices = self._price.width(texts.bid) + self._price.width(texts.ask) + 2 * _APART
        fits = self._small.width(texts.note) <= width - prices
        return texts.note if fits else texts.note.removeprefix("quote ")

    def _side(self, painter: QPainter, left: float, right: float, caption: str, price: str, size: str) -> None:
        theme = self._theme
        low = self.height() < _HEIGHT
        baseline = 41 if low else 54
        painter.setPen(theme.color("muted"))
        if not low and (caption == "Bid" or not self._texts.note):
            self._small.left(painter, left, 37, caption)
        painter.setPen(theme.color("text" if self._texts.fresh else "stale"))
        end = self._price.left(painter, left, baseline, price)
        painter.setPen(theme.color("muted"))
        room = right - end - 6
        if size and self._small.width(f"× {size}") <= room:
            self._small.left(painter, end + 6, baseline, f"× {size}")

    def sizeHint(self) -> QSize:
        return QSize(200, self.height())
