"""The stream of Polygon.io (Massive), without I/O: frames to values, and what is sent to the server.

Every frame from the server is an array of events, often of several kinds; a bare event and one in the relay's envelope
are understood too. Outbound is one object a frame: `{"action":"auth","params":KEY}`, `{"action":"subscribe",
"params":"T.AAPL,Q.AAPL"}`.

Decoding has three steps. The whole frame at once, types and bounds checked by msgspec in C, the rest by `wire.sieve`.
When that fails, each event alone in the same way. What then still fails goes to `wire.loose`, which says why: a bad
event costs nothing but itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Annotated, Any, Final

import msgspec
from msgspec import Meta, Struct

from live_monitor import limits
from live_monitor.data.models.market_data import NAN, Conditions, Event, Price, Quote, Status
from live_monitor.limits import Refused, Rejections
from live_monitor.wire import loose
from live_monitor.wire.notices import PriceBands
from live_monitor.wire.sieve import Sieve

#: Topics of a symbol, in the order in which they are asked for; only the first three come 15 minutes late as well.
TOPICS: Final = ("T", "A", "AM", "Q", "LULD")
DELAYED_TOPICS: Final = frozenset({"T", "A", "AM"})
#: Characters of parameters in one frame to the server.
MAX_PARAMS = 4_000
#: Events that one frame may hold; a shorter event does not exist.
_MAX_EVENTS = limits.MAX_MESSAGE_BYTES // 16


class _Luld(Struct, frozen=True, gc=False, tag_field="ev", tag="LULD"):
    """A `LULD` event; its time is in ms by the documents, in ns or µs on the wire."""

    T: str
    t: Annotated[int, Meta(ge=1)]
    h: Price = NAN
    l: Price = NAN  # noqa: E741  # the vendor's name
    i: Conditions = ()


class PolygonDecoder(Sieve):
    """Turns frames of one connection into events and price bands. One thread.

    `rejections` counts what was refused, and what was passed over (imbalances, fair values, unknown kinds), by reason.
    """

    def __init__(self, rejections: Rejections) -> None:
        super().__init__(rejections)
        #: True when price bands were among the events of the last frame.
        self.saw_bands = False
        self._bands: list[PriceBands] = []
        self._array = msgspec.json.Decoder(list[Event | _Luld])
        self._one = msgspec.json.Decoder(Event | _Luld)
        self._parts = msgspec.json.Decoder(list[msgspec.Raw])

    def decode(self, raw: bytes, received_ms: int, latest_ms: int) -> list[Event | PriceBands]:
        """The events of a frame, in order; an empty list when nothing is usable. Never raises.

        `latest_ms` is the newest believable event time (market time plus an allowance). Status events and bands are
        among the events: `saw_status`, `saw_bands`.
        """
        self.saw_bands = False
        if len(raw) > limits.MAX_MESSAGE_BYTES:
            self.rejections.note("frame: too large")
            self.saw_status = self.saw_condition = False
            return []
        try:
            events: list[Any] = self._array.decode(raw) if raw[:1] == b"[" else [self._one.decode(raw)]
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            return self._decode_apart(raw, received_ms, latest_ms)
        if self.sift(events, received_ms, latest_ms) and (not self.trades or self.tells_one_price(raw)):
            if self._bands:
                self._put_bands(events)
            return events
        self._bands.clear()
        return self._decode_apart(raw, received_ms, latest_ms)

    def other_holds(self, event: Any, latest_ms: int) -> bool:
        """Whether a bar or price bands can be believed."""
        if type(event) is not _Luld:
            return self.bar_holds(event, latest_ms)
        try:
            at_ms = limits.time_ms(event.t)
        except Refused:
            return False
        if not self.is_symbol(event.T) or at_ms > latest_ms or event.l > event.h:
            return False
        self._bands.append(PriceBands(event.T, at_ms, event.l, event.h, [i for i in event.i if type(i) is int]))
        return True

    def _put_bands(self, events: list[Any]) -> None:
        """Puts what was read in the place of what was sent."""
        bands = iter(self._bands)
        for at, event in enumerate(events):
            if type(event) is _Luld:
                events[at] = next(bands)
        self._bands.clear()
        self.saw_bands = True

    def _decode_apart(self, raw: bytes, received_ms: int, latest_ms: int) -> list[Event | PriceBands]:
        """Event by event: what is good goes the fast way, the rest the forgiving one."""
        found: list[Any] = []
        for part in self._split(raw):
            events = self._decode_one(part, received_ms, latest_ms)
            if events is None:
                alone = raw if part is raw else b"[%b]" % part
                events = loose.events(alone, received_ms, latest_ms, self.rejections, _ALSO)
            found += events
        kinds = set(map(type, found))
        self.saw_status, self.saw_bands = Status in kinds, PriceBands in kinds
        self.saw_condition = any(type(event) is Quote and event.condition is not None for event in found)
        return found

    def _split(self, raw: bytes) -> Iterator[bytes]:
        """The events of a frame one by one; the whole where it is no array of them."""
        try:
            parts = self._parts.decode(raw)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            yield raw
            return
        if len(parts) > _MAX_EVENTS:
            self.rejections.note("frame: too many events")
            return
        for part in parts:
            text = bytes(part)
            if text[:1] == b"{":
                yield text
            else:
                self.rejections.note("event: not an object")

    def _decode_one(self, part: bytes, received_ms: int, latest_ms: int) -> list[Any] | None:
        try:
            events = [self._one.decode(part)]
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            return None
        holds = self.sift(events, received_ms, latest_ms) and (not self.trades or self.tells_one_price(part))
        if holds and self._bands:
            self._put_bands(events)
        self._bands.clear()
        return events if holds else None


_BANDS: Final = {
    "symbol": loose.Field(("T", "sym"), limits.symbol, required=True),
    "at_ms": loose.Field(("t",), limits.time_ms, required=True),
    "upper": loose.Field(("h",), limits.price),
    "lower": loose.Field(("l",), limits.price),
    "indicators": loose.Field(("i",), loose.condition_ids),
}


def _read_bands(item: dict[str, Any], latest_ms: int, rejections: Rejections) -> PriceBands | None:
    values = loose.read_fields(item, "bands", _BANDS, rejections)
    if values is None:
        return None
    values["indicators"] = [each for each in values.get("indicators", ()) if type(each) is int]
    bands = PriceBands(**values)
    if bands.at_ms > latest_ms:
        rejections.note("bands.at_ms: in the future")
    elif bands.lower > bands.upper:
        rejections.note("bands: prices contradict one another")
    else:
        return bands
    return None


_ALSO: Final = {"LULD": _read_bands}
_encoder = msgspec.json.Encoder()


def auth(key: str) -> bytes:
    """The first message of a client. Holds the key: never to be logged."""
    return _encoder.encode({"action": "auth", "params": key})


def channel(topic: str, symbol: str) -> str:
    """What one topic of one symbol is called: `T.AAPL`."""
    return f"{topic}.{symbol}"


def topic_of(name: str) -> tuple[str, str]:
    """Topic and symbol of a channel: only the first dot separates (`T.BRK.B`)."""
    topic, _, symbol = name.partition(".")
    return topic, symbol


def subscribe(channels: Iterable[str]) -> list[bytes]:
    """Messages that ask for all `channels`; each is of bounded size."""
    return [_encoder.encode({"action": "subscribe", "params": params}) for params in _batches(channels)]


def unsubscribe(channels: Iterable[str]) -> list[bytes]:
    """Messages that let go of all `channels`; each is of bounded size."""
    return [_encoder.encode({"action": "unsubscribe", "params": params}) for params in _batches(channels)]


def _batches(channels: Iterable[str]) -> Iterator[str]:
    batch: list[str] = []
    length = 0
    for each in channels:
        if batch and length + len(each) >= MAX_PARAMS:
            yield ",".join(batch)
            batch, length = [], 0
        batch.append(each)
        length += len(each) + 1
    if batch:
        yield ",".join(batch)


def acknowledged(message: str) -> tuple[str, Sequence[str]]:
    """Which action a `success` answers, and for which channels: "subscribed to: T.AAPL". ("", ()) for anything else."""
    for words, action in (("subscribed to:", "subscribe"), ("unsubscribed to:", "unsubscribe")):
        if message.startswith(words):
            names = message[len(words) :].split(",", limits.MAX_SUBSCRIPTIONS * len(TOPICS))
            return action, tuple(name.strip() for name in names)
    return "", ()
