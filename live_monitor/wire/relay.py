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
from collections.abc import Iterable, Sequence
from typing import Any

import msgspec
from msgspec import Struct

from live_monitor import limits
from live_monitor.data.models.market_data import NAN, Event, Status
from live_monitor.limits import Rejections
from live_monitor.wire import loose
from live_monitor.wire.notices import (
    Ack,
    ClockFrame,
    EndOfFeed,
    ErrorNotice,
    FaultNotice,
    Hello,
    HistoryPage,
    Notice,
    SnapshotFrame,
    checked,
)
from live_monitor.wire.sieve import Sieve

__all__ = [
    "CHANNELS",
    "FEATURES",
    "Ack",
    "ClockFrame",
    "EndOfFeed",
    "ErrorNotice",
    "FaultNotice",
    "Hello",
    "HistoryPage",
    "MarketData",
    "Notice",
    "RelayDecoder",
    "Request",
    "SnapshotFrame",
    "accept_features",
    "decode_request",
    "encode",
    "market_data",
    "market_data_batch",
    "request_history",
    "request_snapshot",
    "subscribe",
    "unsubscribe",
]

FEATURES = ("batch", "ack", "history", "snapshot", "clock", "fault")
CHANNELS = ("T", "Q", "A", "AM")

#: Finds optional long field names. The fast path would overlook one beside short names, so a frame
#: with events that name no venue (as a sender of the long style would look) is searched for them.
_find_long_name = re.compile(rb'"(?:bid_|ask_|conditions|exchange|sequence|vwap|transactions|trf_id|id")').search

#: Letters p of the envelope: that of "type".
_AROUND = 1


class MarketData(Struct, frozen=True, gc=False, tag_field="type", tag="market_data"):
    """One event, or several in a frame."""

    data: list[Event] | Event


class RelayDecoder(Sieve):
    """Turns frames of one connection into events and notices. One thread.

    `rejections` counts what was refused; `unknown` what was ignored (event types, frame types),
    each logged once by `Rejections.note`.
    """

    def __init__(self, rejections: Rejections) -> None:
        super().__init__(rejections)
        self._array = msgspec.json.Decoder(list[Event])
        self._frame = msgspec.json.Decoder(MarketData | Notice)

    def decode(self, raw: bytes, received_ms: int, latest_ms: int) -> list[Event] | Notice:
        """The events of a frame, in order, or the notice that it is; an empty list when nothing is usable.

        `latest_ms` is the newest believable event time (the feed's clock plus an allowance).
        Status events are among the events. Never raises.
        """
        if len(raw) > limits.MAX_MESSAGE_BYTES:
            self.rejections.note("frame: too large")
            return []
        self.saw_status = False
        around = 0
        try:
            if raw[:1] == b"[":
                events = self._array.decode(raw)
            else:
                around = _AROUND
                frame = self._frame.decode(raw)
                if type(frame) is not MarketData:
                    return checked(frame, self.rejections) or []
                data = frame.data
                events = data if type(data) is list else [data]  # type: ignore[list-item]  # narrowed by the exact type
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            return self._decode_loosely(raw, received_ms, latest_ms)
        # The fast path may have overlooked something: a price said twice, fields by their long names.
        if (
            self.sift(events, received_ms, latest_ms)
            and (not self.trades or self.tells_one_price(raw, around))
            and not (self.saw_bare and _find_long_name(raw))
        ):
            return events
        return self._decode_loosely(raw, received_ms, latest_ms)

    def _decode_loosely(self, raw: bytes, received_ms: int, latest_ms: int) -> list[Event]:
        events = loose.events(raw, received_ms, latest_ms, self.rejections)
        self.saw_status = any(type(event) is Status for event in events)
        return events


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
    """Asks for the newest `limit` bars that start before `end_ms`; `timeframe` is one that the greeting names."""
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
