"""What servers of ours say besides events: greeting, clock, level 1, history, faults; and what of it is believed.

Every field that a server or a client of an earlier version does not send has a default that means "not said".
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import msgspec
from msgspec import Struct

from live_monitor import limits
from live_monitor.data.models.market_data import NAN, Aggregate, SecondAggregate, Snapshot
from live_monitor.data.models.timeframe import BASES, DAY, Timeframe
from live_monitor.limits import Rejections

#: Lengths of bars that history can be asked for; each is a base of all others.
HISTORY_TIMEFRAMES: Final = tuple(timeframe.name for timeframe in BASES)
#: A calendar day is an hour shorter or longer when the clocks change (market rules 3.3).
_DAY_MS: Final = (23 * 3_600_000, 25 * 3_600_000)


#: A feature of feeds that have no prints: their last price is that of level 1.
LEVEL_ONE: Final = "level1"

#: Sale conditions of one provider, and the highest number of one.
_MAX_CONDITIONS: Final = 1_000
_MAX_CONDITION: Final = 99_999


class Hello(Struct, frozen=True, gc=False, tag_field="type", tag="hello"):
    """First frame of a server of ours. `pace` is `realtime` or `max` (back-pressure, nothing dropped).

    `market` names the maker of the prices (`ports.SeriesKey`): equal markets have equal bars. Empty: not said, so that
    nothing of it may be kept. `timeframes`: what `history` serves.
    """

    features: list[str]
    server: str = ""
    provider: str = ""
    label: str = ""
    pace: str = "realtime"
    symbols: list[str] = []
    market: str = ""
    timeframes: list[str] = msgspec.field(default_factory=lambda: ["1s", "1m"])


class ClockFrame(Struct, frozen=True, gc=False, tag_field="type", tag="clock"):
    """Market time of the feed in ms, and market seconds per real second (0: it stands still)."""

    market_ms: int
    speed: float = 1.0


class Ack(Struct, frozen=True, gc=False, tag_field="type", tag="ack", omit_defaults=True):
    """Which symbols of an action were accepted, and which were refused with what reason."""

    action: str
    symbols: list[str] = []
    refused: dict[str, str] = {}


class SnapshotFrame(Struct, frozen=True, gc=False, tag_field="type", tag="snapshot"):
    """Level 1 of one symbol; comes before any of its events."""

    data: Snapshot


class HistoryPage(Struct, frozen=True, gc=False, tag_field="type", tag="history"):
    """Final bars, oldest first, in answer to a history request; days come as `Aggregate` too.

    `more`: older ones exist, also where the page holds fewer than asked for. `from_ms`: from here to the `end_ms` of
    the request nothing is missing; 0: not said, the first bar's start then.
    """

    symbol: str
    timeframe: str
    request_id: int
    bars: list[Aggregate | SecondAggregate]
    more: bool = False
    from_ms: int = 0


class FaultNotice(Struct, frozen=True, gc=False, tag_field="type", tag="fault", omit_defaults=True):
    """Something went wrong or changed on the server's side: `gap`, `conflated`, `dropped`, `halt`, `resume` …

    `split`: from `from_ms` on a share of `symbol` is `ratio` new shares (4.0: four for one; 0.1: one for ten).
    `renamed`: from `from_ms` on `symbol` trades as `new_symbol`.
    """

    kind: str
    symbol: str = ""
    from_ms: int = 0
    to_ms: int = 0
    count: int = 0
    message: str = ""
    ratio: float = 0.0
    new_symbol: str = ""


class PriceBands(Struct, frozen=True, gc=False, tag_field="type", tag="bands", omit_defaults=True):
    """Limit up, limit down of one symbol from `at_ms` on (market rules 4.5); a side that is absent is NaN."""

    symbol: str
    at_ms: int
    lower: float = NAN
    upper: float = NAN
    indicators: list[int] = []


class SaleConditions(Struct, frozen=True, gc=False, tag_field="type", tag="conditions"):
    """What sale conditions may move from now on (market rules 2.2): id; high and low, the last price, the volume."""

    rows: list[tuple[int, bool, bool, bool]]


class ErrorNotice(Struct, frozen=True, gc=False, tag_field="type", tag="error"):
    """The server refuses something, in words."""

    message: str


class EndOfFeed(Struct, frozen=True, gc=False, tag_field="type", tag="end"):
    """The source is finished (a replay came to its end); the connection stays open."""

    message: str = ""


Notice = (
    Hello
    | ClockFrame
    | Ack
    | SnapshotFrame
    | HistoryPage
    | FaultNotice
    | PriceBands
    | SaleConditions
    | ErrorNotice
    | EndOfFeed
)


def checked(notice: Notice, rejections: Rejections) -> Notice | None:
    """The notice without the parts that cannot be, each counted; None when nothing is left. Never raises."""
    if type(notice) is HistoryPage:
        return _checked_page(notice, rejections)
    if type(notice) is SnapshotFrame:
        return _checked_snapshot(notice, rejections)
    if type(notice) is Hello:
        notice = _checked_hello(notice, rejections)
    problem = _problem(notice)
    if problem:
        rejections.note(problem)
        return None
    return notice


def consistent(bar: Aggregate) -> bool:
    """True when the prices of a bar do not contradict one another and it takes time."""
    return (
        bar.high >= bar.open
        and bar.high >= bar.close
        and bar.low <= bar.open
        and bar.low <= bar.close
        and bar.end_ms > bar.start_ms
    )


def _checked_page(page: HistoryPage, rejections: Rejections) -> HistoryPage | None:
    """The page without the bars that cannot be; it promises to be whole only from behind the last of these."""
    if page.timeframe not in HISTORY_TIMEFRAMES:
        rejections.note("history.timeframe: not one that can be asked for")
        return None
    timeframe = Timeframe.parse(page.timeframe)
    bars: list[Aggregate | SecondAggregate] = []
    whole_from = 0
    for bar in page.bars:
        fits = bar.symbol == page.symbol and limits.valid_symbol(bar.symbol) and consistent(bar)
        if fits and _is_window(bar, timeframe) and (not bars or bar.start_ms > bars[-1].start_ms):
            bars.append(bar)
        else:
            rejections.note("history: inconsistent bar")
            whole_from = len(bars) + 1
    from_ms = page.from_ms
    if whole_from:
        from_ms = bars[whole_from - 1].start_ms if whole_from <= len(bars) else 0
    elif from_ms and not (limits.MIN_TIME_MS <= from_ms < limits.MAX_TIME_MS and from_ms <= _start(bars)):
        rejections.note("history.from_ms: out of range")
        from_ms = 0
    return msgspec.structs.replace(page, bars=bars, from_ms=from_ms)


def _start(bars: list[Aggregate | SecondAggregate]) -> int:
    return bars[0].start_ms if bars else limits.MAX_TIME_MS


def _is_window(bar: Aggregate, timeframe: Timeframe) -> bool:
    """True when the bar is as long as one of `timeframe` and starts where one may."""
    width = bar.end_ms - bar.start_ms
    if timeframe == DAY:
        return _DAY_MS[0] <= width <= _DAY_MS[1]
    return width == timeframe.nominal_ms and bar.start_ms % width == 0


def _checked_hello(hello: Hello, rejections: Rejections) -> Hello:
    symbols = [symbol for symbol in hello.symbols[: limits.MAX_SYMBOLS] if limits.valid_symbol(symbol)]
    for _ in range(len(hello.symbols) - len(symbols)):
        rejections.note("hello.symbols: not a symbol, or too many")
    market = hello.market
    if market and not limits.valid_market(market):
        rejections.note("hello.market: bad characters or length")
        market = ""
    timeframes = [name for name in HISTORY_TIMEFRAMES if name in hello.timeframes]
    if len(timeframes) != len(hello.timeframes):
        rejections.note("hello.timeframes: one that is not known, or twice the same")
    return msgspec.structs.replace(hello, symbols=symbols, market=market, timeframes=timeframes)


#: Rules of the fields of a snapshot that msgspec does not bound; prices that cannot be are absent.
_SNAPSHOT_RULES: dict[str, Callable[[object], float]] = {
    **dict.fromkeys(("last", "bid", "ask", "open", "high", "low", "previous_close", "day_vwap"), limits.price),
    **dict.fromkeys(("last_size", "bid_size", "ask_size", "day_volume"), limits.volume),
    **dict.fromkeys(("last_timestamp_ms", "quote_timestamp_ms", "partial_since_ms"), limits.time_ms),
    "net_change": limits.change,
}


def _checked_snapshot(frame: SnapshotFrame, rejections: Rejections) -> SnapshotFrame | None:
    """The row without the fields that cannot be; by the rules that hold for events."""
    if not limits.valid_symbol(frame.data.symbol):
        rejections.note("snapshot.symbol: bad characters or length")
        return None
    absent: dict[str, float] = {}
    for name, rule in _SNAPSHOT_RULES.items():
        value = getattr(frame.data, name)
        if value != value or (not value and rule is limits.time_ms):
            continue
        try:
            rule(value)
        except limits.Refused as refused:
            # 0 is how vendors write an absent price: a fact, not an error.
            if refused.reason != "absent":
                rejections.note(f"snapshot.{name}: {refused.reason}")
            absent[name] = 0 if rule is limits.time_ms else NAN
    if "net_change" not in absent and frame.data.net_change >= frame.data.last:
        rejections.note("snapshot.net_change: contradicts the last price")
        absent["net_change"] = NAN
    if absent:
        return SnapshotFrame(msgspec.structs.replace(frame.data, **absent))
    return frame


def _problem(notice: Notice) -> str:
    """Why a notice cannot be believed; empty when it can."""
    if type(notice) is ClockFrame:
        if not limits.MIN_TIME_MS <= notice.market_ms < limits.MAX_TIME_MS:
            return "clock.market_ms: out of range"
        if not 0 <= notice.speed <= limits.MAX_SPEED:
            return "clock.speed: out of range"
    elif type(notice) is Hello:
        if max(len(notice.provider), len(notice.label), len(notice.pace)) > limits.MAX_TEXT:
            return "hello: too long a text"
    elif type(notice) is FaultNotice:
        return _fault_problem(notice)
    elif type(notice) is PriceBands:
        return _bands_problem(notice)
    elif type(notice) is SaleConditions:
        known = len(notice.rows) <= _MAX_CONDITIONS and all(0 <= row[0] <= _MAX_CONDITION for row in notice.rows)
        return "" if known else "conditions: too many, or out of range"
    return ""


def _bands_problem(notice: PriceBands) -> str:
    if not limits.valid_symbol(notice.symbol):
        return "bands.symbol: bad characters or length"
    if not limits.MIN_TIME_MS <= notice.at_ms < limits.MAX_TIME_MS:
        return "bands.at_ms: out of range"
    sides = [side for side in (notice.lower, notice.upper) if side == side]
    if not all(limits.MIN_PRICE <= side <= limits.MAX_PRICE for side in sides):
        return "bands: price out of range"
    if notice.lower > notice.upper:
        return "bands: prices contradict one another"
    return "bands.indicators: too long" if len(notice.indicators) > limits.MAX_CONDITIONS else ""


def _fault_problem(notice: FaultNotice) -> str:
    if notice.symbol and not limits.valid_symbol(notice.symbol):
        return "fault.symbol: bad characters or length"
    if not all(at == 0 or limits.MIN_TIME_MS <= at < limits.MAX_TIME_MS for at in (notice.from_ms, notice.to_ms)):
        return "fault: time out of range"
    if not 0 <= notice.count <= limits.MAX_SIZE:
        return "fault.count: out of range"
    if notice.ratio and not 1 / limits.MAX_SPLIT <= notice.ratio <= limits.MAX_SPLIT:
        return "fault.ratio: out of range"
    if notice.new_symbol and not limits.valid_symbol(notice.new_symbol):
        return "fault.new_symbol: bad characters or length"
    if notice.kind == "split" and not (notice.symbol and notice.from_ms and notice.ratio):
        return "fault: a split without symbol, time or ratio"
    if notice.kind == "renamed" and not (notice.symbol and notice.new_symbol):
        return "fault: a new name without the old or the new one"
    return ""
