"""What a sheet said last of every symbol: values that are not there for a moment stay, with their age. Pure.

A sheet has no column of times. The time of a value is when it was seen to change, which is at most one poll late; of a
value that stood there from the start it is when it was first seen, and of a saved workbook when that was saved. Day
figures that have not moved since the trading day began may be those of the day before, and are left out; so is the net
change while neither it nor the last price has moved since then, and while the sheet does not say both.
"""

from __future__ import annotations

from typing import Final

from live_monitor.data.models.market_data import NAN, Snapshot
from live_monitor.engine.market.sessions import Calendar
from live_monitor.providers.excel_cells import BLANK
from live_monitor.providers.excel_lines import Rows, SheetRow

_LAST: Final = ("last", "last_size")
_QUOTE: Final = ("bid", "bid_size", "ask", "ask_size")
_DAY: Final = ("open", "high", "low", "day_volume")
_OTHER: Final = ("previous_close",)
#: The vendor's own change says from where it counts only beside the last price that it belongs to.
_CHANGE: Final = ("net_change",)
_PRICES: Final = ("last", "bid", "ask")
#: The reason that an empty cell has.
_BLANK: Final = BLANK.reason


class _Known:
    """One symbol: the last good value of each field, and when each group of them was seen to change (ms)."""

    __slots__ = (
        "change_ms",
        "changed_ms",
        "day_ms",
        "gone_ms",
        "last_ms",
        "quote_ms",
        "unknown",
        "unknown_ms",
        "values",
    )

    def __init__(self) -> None:
        self.values: dict[str, float] = {}
        self.last_ms = self.quote_ms = self.day_ms = self.change_ms = self.changed_ms = 0
        self.unknown: dict[str, str] = {}
        self.unknown_ms = 0
        #: Since when each of the unknown fields is.
        self.gone_ms: dict[str, int] = {}

    def take(self, row: SheetRow, at_ms: int) -> bool:
        """True when a value changed, or what is unknown did."""
        moved = [self._moved(group, row) for group in (_LAST, _QUOTE, _DAY, _OTHER, _CHANGE)]
        if moved[0]:
            self.last_ms = at_ms
        if moved[1]:
            self.quote_ms = at_ms
        if moved[2]:
            self.day_ms = at_ms
        if moved[0] or moved[4]:
            self.change_ms = at_ms
        if any(moved):
            self.changed_ms = at_ms
        if row.unknown == self.unknown:
            return any(moved)
        self.unknown, self.unknown_ms = row.unknown, at_ms
        self.gone_ms = {name: self.gone_ms.get(name, at_ms) for name in row.unknown}
        return True

    @property
    def quoted_ms(self) -> int:
        """When both sides stood there together: while one is unknown, its last good value ages the whole quote."""
        gone = [ms for name, ms in self.gone_ms.items() if name in ("bid", "ask") and _there(self.values, name)]
        return min(self.quote_ms, *gone) if gone else self.quote_ms

    def size(self, name: str, price_ms: int) -> float:
        """A size belongs to the price beside which it stood, not to one that has come since it is unknown."""
        return NAN if price_ms > self.gone_ms.get(name, price_ms) else self.values.get(name, NAN)

    def of_day(self, name: str, begin_ms: int) -> float:
        """A figure of the day, unless it is unknown since before that day began."""
        known = self.day_ms >= begin_ms and self.gone_ms.get(name, begin_ms) >= begin_ms
        return self.values.get(name, NAN) if known else NAN

    def _moved(self, group: tuple[str, ...], row: SheetRow) -> bool:
        moved = False
        for name in group:
            if name in row.unknown:
                continue
            value, before = getattr(row, name), self.values.get(name, NAN)
            if value != before and (value == value or before == before):
                self.values[name] = value
                moved = True
        return moved


class SheetMemory:
    """Rows in, level 1 out. One thread."""

    def __init__(self, calendar: Calendar) -> None:
        self._calendar = calendar
        self._known: dict[str, _Known] = {}
        #: Symbols of the sheet in its order.
        self.symbols: tuple[str, ...] = ()
        #: When any value changed last, in ms; 0 before the first.
        self.changed_ms = 0

    def take(self, rows: Rows) -> list[str]:
        """Folds what was read; the symbols of which level 1 changed."""
        changed = []
        for row in rows.rows:
            known = self._known.get(row.symbol)
            if known is None:
                known = self._known[row.symbol] = _Known()
            if known.take(row, rows.at_ms):
                changed.append(row.symbol)
                self.changed_ms = max(self.changed_ms, known.changed_ms)
        if rows.symbols is not None:
            self.symbols = tuple(rows.symbols)
            for gone in self._known.keys() - set(rows.symbols):
                del self._known[gone]
        return changed

    def forget(self) -> None:
        """Another workbook, or another kind of reading it: nothing of the old one is known any more."""
        self._known.clear()
        self.symbols = ()
        self.changed_ms = 0

    def snapshot(self, symbol: str, now_ms: int) -> Snapshot | None:
        """Level 1 of `symbol` with the ages of its parts; None before anything is known of it."""
        known = self._known.get(symbol)
        if known is None or not known.changed_ms:
            return None
        get = known.values.get
        begin_ms = self._day_begin(now_ms)
        one_moment = "last" not in known.unknown and "net_change" not in known.unknown
        change = get if known.change_ms >= begin_ms and one_moment else _nothing
        return Snapshot(
            symbol=symbol,
            timestamp_ms=known.changed_ms,
            last=get("last", NAN),
            last_size=known.size("last_size", known.last_ms),
            last_timestamp_ms=known.last_ms,
            bid=get("bid", NAN),
            bid_size=known.size("bid_size", known.quote_ms),
            ask=get("ask", NAN),
            ask_size=known.size("ask_size", known.quote_ms),
            quote_timestamp_ms=known.quoted_ms,
            open=known.of_day("open", begin_ms),
            high=known.of_day("high", begin_ms),
            low=known.of_day("low", begin_ms),
            previous_close=get("previous_close", NAN),
            day_volume=known.of_day("day_volume", begin_ms),
            net_change=change("net_change", NAN),
        )

    def problem(self, symbol: str) -> str:
        """Why none of the prices of `symbol` can be relied on at present; empty when one can."""
        known = self._known.get(symbol)
        if known is None:
            return "not in the sheet"
        said = [known.unknown[name] for name in _PRICES if name in known.unknown]
        if not said or any(known.values.get(name, NAN) == known.values.get(name, NAN) and name not in known.unknown
                           for name in _PRICES):  # fmt: skip
            return ""
        words = " and ".join("nothing" if word == _BLANK else f"“{word}”" for word in dict.fromkeys(said))
        since = self._calendar.to_new_york(known.unknown_ms).strftime("%H:%M:%S")
        seen = any(known.values.get(name, NAN) == known.values.get(name, NAN) for name in _PRICES)
        return f"the sheet says {words} since {since}" + ("; the values before that are shown" if seen else "")

    def _day_begin(self, now_ms: int) -> int:
        """When the trading day of `now_ms` began: with its pre-market, as the hub has it; 0 where that is not known.

        On a day without a session, and before the pre-market, the figures of the session before still stand.
        """
        day = self._calendar.trade_date(now_ms)
        times = self._calendar.times(day)
        if times is None or now_ms < times.pre_ms:
            before = self._calendar.previous_session(day)
            times = self._calendar.times(before) if before is not None else None
        return times.pre_ms if times is not None else 0


def _there(values: dict[str, float], name: str) -> bool:
    value = values.get(name, NAN)
    return value == value


def _nothing(name: str, default: float) -> float:
    del name
    return default
