"""Polygon's bars, prints, quotes and level 1, as its REST service writes them (market rules 1.6): rows to values.

Trades and quotes carry nanoseconds, bars milliseconds; `limits.time_ms` tells them apart by magnitude. A row without
what it needs is left out and counted; any other field that cannot be is absent. Never raises for a row.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from live_monitor import limits
from live_monitor.data.models.market_data import NAN, Aggregate, Quote, Snapshot, Trade
from live_monitor.data.models.timeframe import DAY, Timeframe
from live_monitor.engine.market.conditions import BAR_LAST, ConditionRules
from live_monitor.engine.market.sessions import Calendar
from live_monitor.limits import Refused, Rejections
from live_monitor.wire.answer_fields import Row, RowReader, conditions_of, exchange_of, part_of, short_text

#: Records that say that another one is void or changed, and the originals so marked (market rules 2.5).
VOID_CORRECTIONS: Final = frozenset({1, 7, 8, 10, 11})
#: Sizes of quotes were round lots before 2025-11-03, shares since then (market rules 1.5).
_SIZES_IN_SHARES_FROM_MS: Final = 1_762_146_000_000


# -- bars -------------------------------------------------------------------------------------------


def aggregates(
    rows: Iterable[Row], symbol: str, timeframe: Timeframe, calendar: Calendar, rejections: Rejections
) -> list[Aggregate]:
    """Bars, ascending; a day is keyed by its date in New York whatever instant of it the row names (`prev`: 16:00)."""
    read = RowReader("bar", rejections)
    bars: dict[int, Aggregate] = {}
    for row in rows:
        try:
            at_ms = read.must(row, "t", limits.time_ms)
            start_ms, end_ms = at_ms, at_ms + timeframe.nominal_ms
            if timeframe == DAY:
                start_ms, end_ms = calendar.span(calendar.trade_date(at_ms))
            bar = Aggregate(
                symbol,
                start_ms,
                end_ms,
                read.must(row, "o", limits.price),
                read.must(row, "h", limits.price),
                read.must(row, "l", limits.price),
                read.must(row, "c", limits.price),
                read.must(row, "v", limits.volume),
                read.may(row, "vw", limits.price, NAN),
                read.may(row, "n", limits.count, None),
            )
        except Refused:
            continue
        if not bar.low <= min(bar.open, bar.close) <= max(bar.open, bar.close) <= bar.high:
            read.refuse("inconsistent")
        elif timeframe != DAY and start_ms % timeframe.nominal_ms:
            read.refuse("starts where none may")
        else:
            bars[start_ms] = bar
    return [bars[start_ms] for start_ms in sorted(bars)]


# -- prints and quotes ------------------------------------------------------------------------------


def trades(rows: Iterable[Row], symbol: str, received_ms: int, rejections: Rejections) -> list[Trade]:
    """Prints in the order of the rows, without those that were cancelled or replaced (market rules 2.5)."""
    read = RowReader("trade", rejections)
    found = []
    for row in rows:
        if row.get("correction") in VOID_CORRECTIONS:
            continue
        try:
            decimals = read.may(row, "decimal_size", short_text, "")
            # As the stream does it: the decimals are the size, which is 0 in whole shares for a part of one.
            size = read.must(row, "decimal_size", _exact) if decimals else read.must(row, "size", limits.size)
            trade = Trade(
                symbol,
                read.must(row, "price", limits.price),
                size,
                read.must(row, "sip_timestamp", limits.time_ms),
                # Without its conditions a print could move what it must not.
                read.must(row, "conditions", conditions_of),
                read.may(row, "exchange", exchange_of, None),
                read.may(row, "id", short_text, ""),
                read.may(row, "sequence_number", limits.count, 0),
                read.may(row, "trf_id", limits.count, 0),
                decimals,
                received_ms,
            )
        except Refused:
            continue
        found.append(trade)
    return found


def _exact(value: object) -> float:
    return limits.decimal_size(str(value))


def quotes(rows: Iterable[Row], symbol: str, received_ms: int, rejections: Rejections) -> list[Quote]:
    """Best bids and offers in the order of the rows; a side without a price is absent."""
    read = RowReader("quote", rejections)
    found = []
    for row in rows:
        try:
            at_ms = read.must(row, "sip_timestamp", limits.time_ms)
        except Refused:
            continue
        bid, ask = read.may(row, "bid_price", limits.price, NAN), read.may(row, "ask_price", limits.price, NAN)
        found.append(
            Quote(
                symbol,
                at_ms,
                bid,
                _shares(read.may(row, "bid_size", limits.volume, NAN), bid, at_ms),
                ask,
                _shares(read.may(row, "ask_size", limits.volume, NAN), ask, at_ms),
                read.may(row, "bid_exchange", exchange_of, None),
                read.may(row, "ask_exchange", exchange_of, None),
                sequence=read.may(row, "sequence_number", limits.count, 0),
                received_ms=received_ms,
            )
        )
    return found


def _shares(size: float, price: float, at_ms: int) -> float:
    """What a quote shows, in shares; absent with its price, and where it was counted in round lots."""
    return size if price == price and at_ms >= _SIZES_IN_SHARES_FROM_MS else NAN


# -- level 1 ----------------------------------------------------------------------------------------


def snapshot(row: Row, now_ms: int, rules: ConditionRules, rejections: Rejections) -> Snapshot | None:
    """Level 1 of one symbol; None for a row without one. Between 3:30 and 4:00 ET all is 0: absent (market rules 1.6).

    The last price is that of the last trade where its conditions let it be one, else the close of the last minute,
    else that of the day.
    """
    read = RowReader("snapshot", rejections)
    try:
        symbol = read.must(row, "ticker", limits.symbol)
    except Refused:
        return None
    day, minute, before = part_of(row, "day"), part_of(row, "min"), part_of(row, "prevDay")
    quote = part_of(row, "lastQuote")
    last, last_size, last_ms = _last(row, rules, read)
    quote_ms = read.may(quote, "t", limits.time_ms, 0)
    bid, ask = read.may(quote, "p", limits.price, NAN), read.may(quote, "P", limits.price, NAN)
    volume = read.may(day, "v", limits.volume, 0.0) or read.may(minute, "av", limits.volume, 0.0)
    return Snapshot(
        symbol,
        read.may(row, "updated", limits.time_ms, 0) or now_ms,
        last,
        last_size,
        last_ms,
        bid,
        _shares(read.may(quote, "s", limits.volume, NAN), bid, quote_ms),
        ask,
        _shares(read.may(quote, "S", limits.volume, NAN), ask, quote_ms),
        quote_ms,
        read.may(day, "o", limits.price, NAN),
        read.may(day, "h", limits.price, NAN),
        read.may(day, "l", limits.price, NAN),
        read.may(before, "c", limits.price, NAN),
        volume or NAN,
        read.may(day, "vw", limits.price, NAN),
    )


def _last(row: Row, rules: ConditionRules, read: RowReader) -> tuple[float, float, int]:
    """Price, size and time (ms) of the last price; NaN, NaN, 0 where there is none."""
    trade, minute = part_of(row, "lastTrade"), part_of(row, "min")
    price = read.may(trade, "p", limits.price, NAN)
    conditions = read.may(trade, "c", conditions_of, (-1,))
    if price == price and rules.flags(conditions) & BAR_LAST:
        return price, read.may(trade, "s", limits.size, NAN), read.may(trade, "t", limits.time_ms, 0)
    close = read.may(minute, "c", limits.price, NAN)
    if close == close:
        return close, NAN, read.may(minute, "t", limits.time_ms, 0)
    return read.may(part_of(row, "day"), "c", limits.price, NAN), NAN, 0
