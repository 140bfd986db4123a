"""Answers of Schwab's market data and preferences, without I/O: quotes, candles, instruments, who streams, errors.

Every reader gets the body as it came and raises Refused, with a reason, for one that is not what it should be; parts of
a body that cannot be believed are left out and counted.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final, NamedTuple

from live_monitor import limits
from live_monitor.data.models.market_data import NAN, Snapshot
from live_monitor.data.models.providers import SymbolHit
from live_monitor.engine.market.bar_columns import Bar, BarSource
from live_monitor.engine.market.sessions import us_equities
from live_monitor.limits import Refused, Rejections
from live_monitor.wire import strict_json
from live_monitor.wire.schwab import StreamerIds, ours
from live_monitor.wire.schwab_level1 import volume_is_of_yesterday

#: Of an answer; the widest question for candles brings a third of it.
MAX_BODY_BYTES: Final = 4 * 2**20
_MAX_HITS: Final = 100
_MAX_CANDLES: Final = 40_000
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND: Final = timedelta(milliseconds=1)
_MINUTE_MS: Final = 60_000


class Quotes(NamedTuple):
    """An answer about level 1: a row per symbol that is known, symbols that are not, those whose row is delayed."""

    rows: list[Snapshot]
    unknown: list[str]
    delayed: frozenset[str]


class Preference(NamedTuple):
    """Where to stream and as whom; `permission` is what the account may see ("NP": non-professional)."""

    url: str
    ids: StreamerIds
    permission: str


_PRICES: Final = {
    "lastPrice": "last",
    "bidPrice": "bid",
    "askPrice": "ask",
    "openPrice": "open",
    "highPrice": "high",
    "lowPrice": "low",
    "closePrice": "previous_close",
}
#: Sizes of bid and ask are left out: documented as shares, sent as lots (market rules 6.2), so nobody knows.
_RULES: Final = {
    **{name: (field, limits.price) for name, field in _PRICES.items()},
    "netChange": ("net_change", limits.change),
    "lastSize": ("last_size", limits.volume),
    "totalVolume": ("day_volume", limits.volume),
    "tradeTime": ("last_timestamp_ms", limits.time_ms),
    "quoteTime": ("quote_timestamp_ms", limits.time_ms),
}


def quotes(raw: bytes, now_ms: int, rejections: Rejections) -> Quotes:
    """Level 1 of the symbols asked for. `now_ms`: when the answer came, which is what it holds for. Raises Refused."""
    body = _object(raw)
    rows: list[Snapshot] = []
    unknown: list[str] = []
    delayed: set[str] = set()
    for key, item in body.items():
        if key == "errors":
            bad = item.get("invalidSymbols") if isinstance(item, dict) else None
            unknown += [ours(text) for text in bad or () if isinstance(text, str) and limits.valid_symbol(ours(text))]
            continue
        quote = item.get("quote") if isinstance(item, dict) else None
        if not isinstance(quote, dict) or not limits.valid_symbol(ours(key)):
            rejections.note("quotes: not a quote")
            continue
        if item.get("realtime") is False:
            delayed.add(ours(key))
        rows.append(_row(ours(key), quote, now_ms, rejections))
    return Quotes(rows, unknown, frozenset(delayed))


def _row(symbol: str, quote: Mapping[str, Any], now_ms: int, rejections: Rejections) -> Snapshot:
    values: dict[str, Any] = {}
    for name, (field, rule) in _RULES.items():
        if name not in quote:
            continue
        try:
            values[field] = rule(quote[name])
        except Refused as refused:
            if refused.reason != "absent":
                rejections.note(f"quotes.{field}: {refused.reason}")
    if volume_is_of_yesterday(now_ms, now_ms):
        values["day_volume"] = NAN
    return Snapshot(symbol, now_ms, **values)


def candles(raw: bytes, *, days: bool, rejections: Rejections) -> list[Bar]:
    """Bars of an answer about prices of the past, oldest first. Raises Refused.

    `days`: bars of days, which begin at midnight in New York here, and at midnight in Chicago there. There is no
    volume-weighted price and no count of prints.
    """
    items = _object(raw).get("candles")
    if not isinstance(items, list) or len(items) > _MAX_CANDLES:
        raise Refused("no candles, or too many")
    bars: dict[int, Bar] = {}
    for item in items:
        try:
            bar = _candle(item, days=days)
        except Refused as refused:
            rejections.note(f"candle: {refused.reason}")
            continue
        bars[bar.start_ms] = bar
    return [bars[start] for start in sorted(bars)]


def _candle(item: object, *, days: bool) -> Bar:
    if not isinstance(item, dict):
        raise Refused("not an object")
    start_ms = limits.time_ms(item.get("datetime"))
    open_, high, low, close = (limits.price(item.get(name)) for name in ("open", "high", "low", "close"))
    volume = limits.volume(item.get("volume"))
    if not low <= min(open_, close) <= max(open_, close) <= high:
        raise Refused("prices contradict one another")
    if days:
        calendar = us_equities()
        # Midnight in Chicago is one o'clock in New York, on the same date.
        start_ms, _ = calendar.span(calendar.trade_date(start_ms))
    elif start_ms % _MINUTE_MS:
        raise Refused("not the start of a minute")
    return Bar(start_ms, open_, high, low, close, volume, source=BarSource.HISTORY)


def instruments(raw: bytes) -> list[SymbolHit]:
    """Answers to a search for a symbol. Raises Refused."""
    items = _object(raw).get("instruments", [])
    if not isinstance(items, list):
        raise Refused("no instruments")
    hits: list[SymbolHit] = []
    for item in items:
        symbol = ours(str(item.get("symbol", ""))) if isinstance(item, dict) else ""
        if limits.valid_symbol(symbol) and len(hits) < _MAX_HITS:
            words = [shown(item.get(name)) for name in ("description", "assetType", "exchange")]
            hits.append(SymbolHit(symbol, *words))
    return hits


def preference(raw: bytes) -> Preference:
    """Where to stream and as whom. Raises Refused."""
    body = _object(raw)
    infos, offers = body.get("streamerInfo"), body.get("offers")
    info = infos[0] if isinstance(infos, list) and infos and isinstance(infos[0], dict) else {}
    offer = offers[0] if isinstance(offers, list) and offers and isinstance(offers[0], dict) else {}
    names = ("schwabClientCustomerId", "schwabClientCorrelId", "schwabClientChannel", "schwabClientFunctionId")
    told = [info.get(name) for name in ("streamerSocketUrl", *names)]
    texts = [text for text in told if isinstance(text, str) and 0 < len(text) <= 256 and text.isprintable()]
    if len(texts) != len(told):
        raise Refused("no address to stream from")
    return Preference(texts[0], StreamerIds(*texts[1:]), shown(offer.get("mktDataPermission"))[:16])


def problem(raw: bytes) -> str:
    """What an answer other than 200 says, in its own words, on one line; empty where it says nothing readable."""
    try:
        body = strict_json.read(raw, most_bytes=65_536)
    except Refused:
        text = raw[:200].decode(errors="replace")
        return "" if "<" in text else shown(text)
    if not isinstance(body, dict):
        return ""
    words = [body.get(name) for name in ("message", "error_description", "error")]
    errors = body.get("errors")
    for item in errors[:3] if isinstance(errors, list) else ():
        words += [item.get("title"), item.get("detail")] if isinstance(item, dict) else [item]
    return shown(": ".join(shown(word) for word in words if isinstance(word, str) and word))


def shown(value: object) -> str:
    """Text from outside as one line that may be shown; empty for what is no text."""
    if not isinstance(value, str):
        return ""
    return "".join(c if c.isprintable() else " " for c in value[:400]).strip()[:200]


def time_of(value: object) -> int:
    """Milliseconds of a time such as `2026-11-20T14:30:05+0000`; 0 for what is none."""
    if not isinstance(value, str) or len(value) > 40:
        return 0
    try:
        at = datetime.fromisoformat(value)
    except ValueError:
        return 0
    return (at - _EPOCH) // _MILLISECOND if at.tzinfo is not None else 0


def iso(at_ms: int) -> str:
    """A time as Schwab's questions about orders want it: `2026-11-20T14:30:05.000Z`."""
    return f"{(_EPOCH + at_ms * _MILLISECOND).replace(tzinfo=None).isoformat(timespec='milliseconds')}Z"


def _object(raw: bytes) -> dict[str, Any]:
    body = strict_json.read(raw, most_bytes=MAX_BODY_BYTES)
    if not isinstance(body, dict):
        raise Refused("not an object")
    return body
