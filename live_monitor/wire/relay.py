"""The relay protocol, without I/O: frames to values and back.

Any server that speaks the documented protocol works: it takes
`{"action":"subscribe","symbols":[…],"channels":["T","Q","AM"]}` and sends
`{"type":"market_data","data":{…}}`. Polygon's own arrays and bare events are understood too, and both
field styles (`sym`, `p`, `s`, `t` and `symbol`, `price`, `size`, `timestamp`).

A server of ours opens with `{"type":"hello",…}`; whatever goes beyond the documented protocol
(batches, acks, history, snapshots, clock and fault frames) is used only after the client has
answered `{"action":"hello","features":[…]}`.

Decoding has two paths. The fast one lets msgspec check types and bounds in C. A frame that fails
there is taken apart event by event (`wire.loose`), so that a bad event never loses its neighbours.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import msgspec
from msgspec import Struct

from live_monitor import limits
from live_monitor.data.models.market_data import (
    NAN,
    Aggregate,
    Event,
    Quote,
    SecondAggregate,
    Snapshot,
    Status,
    Trade,
)
from live_monitor.limits import Rejections
from live_monitor.wire import loose

FEATURES = ("batch", "ack", "history", "snapshot", "clock", "fault")
CHANNELS = ("T", "Q", "A", "AM")

#: Finds optional long field names. The fast path would overlook one beside short names, so a frame
#: with events that name no venue (as a sender of the long style would look) is searched for them.
_find_long_name = re.compile(rb'"(?:bid_|ask_|conditions|exchange|sequence|vwap|transactions|trf_id|id")').search


class Hello(Struct, frozen=True, gc=False, tag_field="type", tag="hello"):
    """First frame of a server of ours. `pace` is `realtime` or `max` (back-pressure, nothing dropped)."""

    features: list[str]
    server: str = ""
    provider: str = ""
    label: str = ""
    pace: str = "realtime"
    symbols: list[str] = []


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
    """Final bars, oldest first, in answer to a history request."""

    symbol: str
    timeframe: str
    request_id: int
    bars: list[Aggregate | SecondAggregate]
    more: bool = False


class FaultNotice(Struct, frozen=True, gc=False, tag_field="type", tag="fault", omit_defaults=True):
    """The server says what went wrong on its side: `gap`, `conflated`, `dropped`, `halt`, `resume` …"""

    kind: str
    symbol: str = ""
    from_ms: int = 0
    to_ms: int = 0
    count: int = 0
    message: str = ""


class ErrorNotice(Struct, frozen=True, gc=False, tag_field="type", tag="error"):
    """The server refuses something, in words."""

    message: str


class EndOfFeed(Struct, frozen=True, gc=False, tag_field="type", tag="end"):
    """The source is finished (a replay came to its end); the connection stays open."""

    message: str = ""


class MarketData(Struct, frozen=True, gc=False, tag_field="type", tag="market_data"):
    """One event, or several in a frame."""

    data: list[Event] | Event


Notice = Hello | ClockFrame | Ack | SnapshotFrame | HistoryPage | FaultNotice | ErrorNotice | EndOfFeed


class RelayDecoder:
    """Turns frames of one connection into events and notices. One thread.

    `rejections` counts what was refused; `unknown` what was ignored (event types, frame types),
    each logged once by `Rejections.note`.
    """

    def __init__(self, rejections: Rejections) -> None:
        self.rejections = rejections
        #: True when the last frame held a `Status`; spares the reader a look at every event.
        self.saw_status = False
        self._array = msgspec.json.Decoder(list[Event])
        self._frame = msgspec.json.Decoder(MarketData | Notice)
        self._symbols: set[str] = set()

    def decode(self, raw: bytes, received_ms: int, latest_ms: int) -> list[Event] | Notice:
        """The events of a frame, in order, or the notice that it is; an empty list when nothing is usable.

        `latest_ms` is the newest believable event time (the feed's clock plus an allowance).
        Status events are among the events. Never raises.
        """
        if len(raw) > limits.MAX_MESSAGE_BYTES:
            self.rejections.note("frame: too large")
            return []
        self.saw_status = False
        try:
            if raw[:1] == b"[":
                events = self._array.decode(raw)
            else:
                frame = self._frame.decode(raw)
                if type(frame) is not MarketData:
                    return self._checked(frame)
                data = frame.data
                events = data if type(data) is list else [data]  # type: ignore[list-item]  # narrowed by the exact type
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            return self._decode_loosely(raw, received_ms, latest_ms)
        return self._sift(events, raw, received_ms, latest_ms)

    def _sift(self, events: list[Event], raw: bytes, received_ms: int, latest_ms: int) -> list[Event]:
        """Checks what msgspec cannot: symbols, times ahead of the clock, bars whose prices contradict one another."""
        known = self._symbols
        stamp = msgspec.structs.force_setattr
        trades = 0
        bare = False
        for event in events:
            kind = type(event)
            if kind is Trade:
                trades += 1
                if event.exchange is None:  # type: ignore[union-attr]  # a Trade
                    bare = True
                if event.symbol not in known and not self._learn(event.symbol):  # type: ignore[union-attr]  # a Trade
                    break
                if event.timestamp_ms > latest_ms or event.decimal_size:  # type: ignore[union-attr]  # a Trade
                    break
                stamp(event, "received_ms", received_ms)
            elif kind is Quote:
                if event.bid_exchange is None:  # type: ignore[union-attr]  # a Quote
                    bare = True
                if event.symbol not in known and not self._learn(event.symbol):  # type: ignore[union-attr]  # a Quote
                    break
                if event.timestamp_ms > latest_ms:  # type: ignore[union-attr]  # a Quote
                    break
                stamp(event, "received_ms", received_ms)
            elif kind is Status:
                self.saw_status = True
            else:
                bare = True
                if not self._bar_holds(event, latest_ms):  # type: ignore[arg-type]  # a bar
                    break
        else:
            # A repeated "p" would let two readers see two prices; the loose path finds it exactly.
            if raw.count(b'"p":') == trades and not (bare and _find_long_name(raw)):
                return events
        return self._decode_loosely(raw, received_ms, latest_ms)

    def _bar_holds(self, bar: Aggregate, latest_ms: int) -> bool:
        return (
            (bar.symbol in self._symbols or self._learn(bar.symbol))
            and bar.start_ms <= latest_ms
            and bar.high >= bar.open
            and bar.high >= bar.close
            and bar.low <= bar.open
            and bar.low <= bar.close
            and bar.end_ms > bar.start_ms
        )

    def _learn(self, symbol: str) -> bool:
        if not limits.valid_symbol(symbol) or len(self._symbols) >= limits.MAX_SYMBOLS:
            return False
        self._symbols.add(symbol)
        return True

    def _checked(self, notice: Notice) -> Notice | list[Event]:
        if type(notice) is HistoryPage:
            horizon = limits.MAX_TIME_MS
            width = {"1s": 1_000, "1m": 60_000}.get(notice.timeframe)
            bars = [
                bar
                for bar in notice.bars
                if bar.symbol == notice.symbol and bar.end_ms - bar.start_ms == width and self._bar_holds(bar, horizon)
            ]
            for _ in range(len(notice.bars) - len(bars)):
                self.rejections.note("history: inconsistent bar")
            return msgspec.structs.replace(notice, bars=bars)
        if type(notice) is SnapshotFrame:
            return self._checked_snapshot(notice)
        if type(notice) is Hello:
            symbols = [symbol for symbol in notice.symbols[: limits.MAX_SYMBOLS] if limits.valid_symbol(symbol)]
            for _ in range(len(notice.symbols) - len(symbols)):
                self.rejections.note("hello.symbols: not a symbol, or too many")
            notice = msgspec.structs.replace(notice, symbols=symbols)
        problem = _problem(notice)
        if problem:
            self.rejections.note(problem)
            return []
        return notice

    def _checked_snapshot(self, frame: SnapshotFrame) -> Notice | list[Event]:
        """The row without the fields that cannot be; by the rules that hold for events."""
        if not limits.valid_symbol(frame.data.symbol):
            self.rejections.note("snapshot.symbol: bad characters or length")
            return []
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
                    self.rejections.note(f"snapshot.{name}: {refused.reason}")
                absent[name] = 0 if rule is limits.time_ms else NAN
        if absent:
            return SnapshotFrame(msgspec.structs.replace(frame.data, **absent))
        return frame

    def _decode_loosely(self, raw: bytes, received_ms: int, latest_ms: int) -> list[Event]:
        events = loose.events(raw, received_ms, latest_ms, self.rejections)
        self.saw_status = any(type(event) is Status for event in events)
        return events


#: Rules of the fields of a snapshot that msgspec does not bound; prices that cannot be are absent.
_SNAPSHOT_RULES: dict[str, Callable[[object], float]] = {
    **dict.fromkeys(("last", "bid", "ask", "open", "high", "low", "previous_close", "day_vwap"), limits.price),
    **dict.fromkeys(("last_size", "bid_size", "ask_size", "day_volume"), limits.volume),
    **dict.fromkeys(("last_timestamp_ms", "quote_timestamp_ms", "partial_since_ms"), limits.time_ms),
}


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
        if notice.symbol and not limits.valid_symbol(notice.symbol):
            return "fault.symbol: bad characters or length"
        if not all(at == 0 or limits.MIN_TIME_MS <= at < limits.MAX_TIME_MS for at in (notice.from_ms, notice.to_ms)):
            return "fault: time out of range"
        if not 0 <= notice.count <= limits.MAX_SIZE:
            return "fault.count: out of range"
    return ""


_encoder = msgspec.json.Encoder()


def encode(value: Event | Notice) -> bytes:
    """The wire form of an event (without envelope) or of a notice; what is absent is left out."""
    encoded = _encoder.encode(value)
    # A NaN that is not the very default object would be written as null, which is no number to a reader.
    return _encoder.encode(_without_nan(value)) if b":null" in encoded else encoded


def _without_nan(value: Any) -> Any:
    """The same value with the default in place of every NaN, so that msgspec leaves it out."""
    if isinstance(value, list):
        return [_without_nan(item) for item in value]
    if not isinstance(value, Struct):
        return value
    changes = {}
    for field in value.__struct_fields__:
        item = getattr(value, field)
        if isinstance(item, float) and item != item:
            changes[field] = NAN
        elif isinstance(item, list | Struct):
            changes[field] = _without_nan(item)
    return msgspec.structs.replace(value, **changes)


def market_data(event: bytes) -> bytes:
    """Wraps one encoded event in the documented envelope."""
    return b'{"type":"market_data","data":' + event + b"}"


def market_data_batch(events: Iterable[bytes]) -> bytes:
    """Wraps encoded events in one frame; only for a client that asked for `batch`."""
    return b'{"type":"market_data","data":[' + b",".join(events) + b"]}"


def subscribe(symbols: Sequence[str], channels: Sequence[str]) -> bytes:
    """The documented subscribe message."""
    return _encoder.encode({"action": "subscribe", "symbols": list(symbols), "channels": list(channels)})


def unsubscribe(symbols: Sequence[str]) -> bytes:
    """The documented unsubscribe message."""
    return _encoder.encode({"action": "unsubscribe", "symbols": list(symbols)})


def accept_features(features: Iterable[str]) -> bytes:
    """A client's answer to `hello`: the features that it understands."""
    return _encoder.encode({"action": "hello", "features": list(features)})


def request_history(symbol: str, timeframe: str, end_ms: int, limit: int, request_id: int) -> bytes:
    """Asks for at most `limit` bars that start before `end_ms`; `timeframe` is `1s` or `1m`."""
    return _encoder.encode(
        {
            "action": "history",
            "symbol": symbol,
            "timeframe": timeframe,
            "end_ms": end_ms,
            "limit": limit,
            "request_id": request_id,
        }
    )


def request_snapshot(symbols: Sequence[str]) -> bytes:
    """Asks for level 1 of `symbols` again, to put day figures right after a loss."""
    return _encoder.encode({"action": "snapshot", "symbols": list(symbols)})


class Request(Struct, frozen=True, gc=False):
    """What a client may send to a server of ours; fields that an action does not use stay empty."""

    action: str
    symbols: list[str] | str = []
    channels: tuple[str, ...] = CHANNELS
    features: list[str] = []
    symbol: str = ""
    timeframe: str = "1m"
    end_ms: int = 0
    limit: int = 0
    request_id: int = 0


_request_decoder = msgspec.json.Decoder(Request)


def decode_request(raw: bytes) -> Request | None:
    """A client's message, or None when it is not one (the server counts and answers with an error)."""
    try:
        return _request_decoder.decode(raw)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None
