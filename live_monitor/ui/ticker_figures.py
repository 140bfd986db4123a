"""What the ticker panel says, as text: pure, so that every trust look and every odd quote can be tested without a
pixel."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NamedTuple

from live_monitor.ui.hub_view import TickerView
from live_monitor.ui.number_format import (
    DASH,
    direction,
    format_change,
    format_percent,
    format_price,
    format_size,
    price_decimals,
    split_price,
)
from live_monitor.ui.trust import Trust


class Cell(NamedTuple):
    """One captioned number; `estimated` ones are underlined."""

    caption: str
    value: str
    estimated: bool = False


class Range(NamedTuple):
    """The day's range: texts of both ends, and where the last price and the open lie (0…1, NaN when unknown)."""

    caption: str
    low: str
    high: str
    marker: float
    opened: float
    estimated: bool


class Figures(NamedTuple):
    """Everything painted; two equal `Figures` need no repaint."""

    symbol: str
    label: str
    trust: Trust
    note: str
    last: str
    last_tail: str
    way: int
    change: str
    percent: str
    bid: Cell
    ask: Cell
    spread: Cell
    mid: Cell
    volume: Cell
    vwap: Cell
    day: Range

    def spoken(self) -> str:
        """One sentence for screen readers."""
        return (
            f"{self.symbol} {self.label} last {self.last}{self.last_tail}, change {self.change}, {self.percent}, "
            f"bid {self.bid.value}, ask {self.ask.value}, {self.trust.value}"
        )


def compose(
    state: TickerView | None, symbol: str, label: str, trust: Trust, note: str, clock_text: Callable[[int], str]
) -> Figures:
    """The figures of `state` (None: nothing known of `symbol`). `clock_text` turns market ms into New York time."""
    if state is None:
        empty = Cell("", DASH)
        return Figures(
            symbol, label, trust, note, DASH, "", 0, DASH, DASH,
            empty._replace(caption="Bid × size"), empty._replace(caption="Ask × size"),
            empty._replace(caption="Spread"), empty._replace(caption="Mid"),
            empty._replace(caption="Volume"), empty._replace(caption="VWAP"),
            Range("Day range", DASH, DASH, math.nan, math.nan, False),
        )  # fmt: skip
    last, tail = split_price(state.last)
    places = 4 if abs(state.last) < 1 else 2
    spread, mid = _spread_and_mid(state)
    since = state.partial_since_ms
    partial = since != 0
    since_text = f" since {clock_text(since)[:5]}" if since > 0 else ""
    counted = partial or not state.volume_known
    volume = DASH if partial and state.volume == 0 else format_size(state.volume)
    vwap = format_price(state.vwap, 2)
    return Figures(
        symbol=symbol,
        label=label,
        trust=trust,
        note=note,
        last=last,
        last_tail=tail,
        # An arrow beside 0.00 would contradict it.
        way=direction(round(state.change, places)),
        # By the price, not by the change: 16 cents on 264.73 is +0.16, and no print may widen the figure.
        change=format_change(state.change, places),
        percent=format_percent(state.change_percent),
        bid=Cell("Bid × size", _side(state.bid, state.bid_size)),
        ask=Cell("Ask × size", _side(state.ask, state.ask_size)),
        spread=spread,
        mid=mid,
        volume=Cell("Volume" + since_text, _marked("≥ ", volume, counted), counted and volume != DASH),
        vwap=Cell("VWAP" + since_text, _marked("≈ ", vwap, counted), counted and vwap != DASH),
        day=_range(state, "Range" + since_text if partial else "Day range", partial),
    )


def _side(price: float, size: float) -> str:
    if not math.isfinite(price):
        return DASH
    # A feed may send a quote without sizes; a dash for each would only be noise.
    return f"{format_price(price)} × {format_size(size)}" if math.isfinite(size) else format_price(price)


def _spread_and_mid(state: TickerView) -> tuple[Cell, Cell]:
    """A locked, crossed or one-sided quote has no spread and no mid (faults M10): a dash and the reason."""
    bid, ask = state.bid, state.ask
    if state.spread > 0:
        places = max(price_decimals(bid), price_decimals(ask))
        # Half a cent is common in the middle: a fixed third decimal keeps the figure from jumping between two and four.
        mid = Cell("Mid", format_price(state.mid, 4 if places == 4 else 3))
        return Cell("Spread", format_price(state.spread, places)), mid
    if math.isfinite(bid) and math.isfinite(ask):
        reason = " · locked" if ask == bid else " · crossed" if ask < bid else " · no size"
    else:
        reason = " · one-sided" if math.isfinite(bid) or math.isfinite(ask) else ""
    return Cell("Spread" + reason, DASH), Cell("Mid", DASH)


def _range(state: TickerView, caption: str, partial: bool) -> Range:
    low, high = state.day_low, state.day_high
    width = high - low

    def place(price: float) -> float:
        if not (math.isfinite(price) and math.isfinite(width) and width > 0):
            return math.nan
        return min(1.0, max(0.0, (price - low) / width))

    estimated = partial and math.isfinite(low)
    return Range(caption, format_price(low), format_price(high), place(state.last), place(state.day_open), estimated)


def _marked(mark: str, text: str, partial: bool) -> str:
    return mark + text if partial and text != DASH else text
