"""What Polygon's REST service knows of the market itself (market rules 1.6): hours, conditions, exchanges, symbols."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from typing import Final, NamedTuple

from live_monitor import limits
from live_monitor.data.models.market_data import NAN
from live_monitor.data.models.providers import SymbolHit
from live_monitor.errors import ProtocolError
from live_monitor.limits import Refused, Rejections
from live_monitor.wire.answer_fields import Row, RowReader, part_of, short_text, text_of

_MAX_DAYS: Final = 1_000


class OpenClose(NamedTuple):
    """What the exchanges call the prices of one day; NaN where absent. `high`, `low`, `volume` as in a bar of a day."""

    symbol: str
    day: date
    open: float
    high: float
    low: float
    close: float
    volume: float
    pre_market: float
    after_hours: float


def open_close(row: Row, rejections: Rejections) -> OpenClose | None:
    """The official prices of a day; None for a row without symbol or date."""
    read = RowReader("open-close", rejections)
    try:
        symbol, day = read.must(row, "symbol", limits.symbol), read.must(row, "from", _day)
    except Refused:
        return None
    opens, high, low, close, before, after = (
        read.may(row, name, limits.price, NAN) for name in ("open", "high", "low", "close", "preMarket", "afterHours")
    )
    return OpenClose(symbol, day, opens, high, low, close, read.may(row, "volume", limits.volume, NAN), before, after)


# -- what the service knows of the market -----------------------------------------------------------


def _day(value: object) -> date:
    if not isinstance(value, str) or len(value) != 10:
        raise Refused("wrong type")
    try:
        return date.fromisoformat(value)
    except ValueError:
        raise Refused("not a date") from None


def _instant(value: object) -> int:
    """ms of an ISO time with its offset."""
    if value is None:
        raise Refused("absent")
    if not isinstance(value, str) or len(value) > 40:
        raise Refused("wrong type")
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        raise Refused("not a time") from None
    if moment.tzinfo is None:
        raise Refused("without an offset")
    return limits.time_ms(int(moment.timestamp() * 1000))


class MarketNow(NamedTuple):
    """State of the stock exchanges: `open`, `extended-hours` or `closed`, and the server's time (ms, 0: not said)."""

    market: str
    exchanges: dict[str, str]
    server_ms: int

    @property
    def is_closed(self) -> bool:
        """True where nothing is traded on any listing exchange, not even before or after the session."""
        return self.market == "closed" and all(
            self.exchanges.get(name, "closed") == "closed" for name in ("nyse", "nasdaq")
        )


def market_now(message: object, rejections: Rejections) -> MarketNow:
    """Raises ProtocolError for a message that does not say it."""
    read = RowReader("status", rejections)
    if not isinstance(message, dict) or message.get("market") not in ("open", "closed", "extended-hours"):
        raise ProtocolError("Polygon does not say whether the market is open.")
    said = {name: state for name, state in part_of(message, "exchanges").items() if isinstance(state, str)}
    return MarketNow(message["market"], said, read.may(message, "serverTime", _instant, 0))


class Holiday(NamedTuple):
    """A day on which the exchanges keep other hours: none, or [`open_ms`, `close_ms`)."""

    day: date
    name: str
    closed: bool
    open_ms: int = 0
    close_ms: int = 0


def holidays(message: object, rejections: Rejections) -> list[Holiday]:
    """Coming holidays of NYSE and Nasdaq, one a day, ascending; of a bare array. Raises ProtocolError."""
    if not isinstance(message, list):
        raise ProtocolError("Polygon's list of holidays is not a list.")
    read = RowReader("holiday", rejections)
    found: dict[date, Holiday] = {}
    for row in message[:_MAX_DAYS]:
        if not isinstance(row, dict) or row.get("exchange") not in ("NYSE", "NASDAQ"):
            continue
        try:
            day = read.must(row, "date", _day)
            name = read.may(row, "name", text_of, "")
            if row.get("status") == "closed":
                holiday = Holiday(day, name, closed=True)
            elif row.get("status") == "early-close":
                opens, closes = read.must(row, "open", _instant), read.must(row, "close", _instant)
                if opens >= closes:
                    read.refuse("closes before it opens")
                    continue
                holiday = Holiday(day, name, False, opens, closes)
            else:
                read.refuse("unknown status")
                continue
        except Refused:
            continue
        before = found.get(day)
        if before is not None and before[2:] != holiday[2:]:
            read.refuse("exchanges contradict one another")  # the first stands
            continue
        found[day] = holiday
    return [found[day] for day in sorted(found)]


class ConditionRow(NamedTuple):
    """Which numbers of the consolidated tape a sale condition may move."""

    id: int
    name: str
    high_low: bool
    last: bool
    volume: bool


def conditions(rows: Iterable[Row], rejections: Rejections) -> list[ConditionRow]:
    """Sale conditions of trades; those that say nothing of what a print may move are left out."""
    read = RowReader("condition", rejections)
    found = []
    for row in rows:
        kinds = row.get("data_types")
        if row.get("asset_class") != "stocks" or not isinstance(kinds, list) or "trade" not in kinds:
            continue
        rules = part_of(part_of(row, "update_rules"), "consolidated")
        flags = [rules.get(name) for name in ("updates_high_low", "updates_open_close", "updates_volume")]
        if not rules:
            continue
        try:
            number, name = read.must(row, "id", limits.count), read.may(row, "name", text_of, "")
        except Refused:
            continue
        if all(isinstance(flag, bool) for flag in flags):
            found.append(ConditionRow(number, name, bool(flags[0]), bool(flags[1]), bool(flags[2])))
        else:
            read.refuse("rules that are none")
    return found


class Exchange(NamedTuple):
    """A place of trading, by the number that prints carry."""

    id: int
    name: str
    mic: str


def exchanges(rows: Iterable[Row], rejections: Rejections) -> list[Exchange]:
    """The exchanges of stocks; several rows may share a number (market rules 1.7)."""
    read = RowReader("exchange", rejections)
    found = []
    for row in rows:
        if row.get("asset_class") not in (None, "stocks"):
            continue
        try:
            number, name = read.must(row, "id", limits.count), read.must(row, "name", text_of)
        except Refused:
            continue
        found.append(Exchange(number, name, read.may(row, "mic", short_text, "")))
    return found


def tickers(rows: Iterable[Row], rejections: Rejections) -> list[SymbolHit]:
    """Symbols that were found, in the order of the vendor."""
    read = RowReader("ticker", rejections)
    found = []
    for row in rows:
        try:
            symbol = read.must(row, "ticker", limits.symbol)
        except Refused:
            continue
        name = read.may(row, "name", text_of, "")
        kind, exchange = read.may(row, "type", short_text, ""), read.may(row, "primary_exchange", short_text, "")
        found.append(SymbolHit(symbol, name, kind, exchange))
    return found
