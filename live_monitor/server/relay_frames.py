"""What the relay server puts on the wire: events, level 1 and history, in a form that every decoder takes."""

from __future__ import annotations

from typing import Final

from msgspec import Struct

from live_monitor import limits
from live_monitor.data.models.market_data import Aggregate, Event, Quote, SecondAggregate, Snapshot, Trade
from live_monitor.ports import PastPage
from live_monitor.wire import relay

#: Channel of each kind of event; a Status belongs to a session, not to a channel.
CHANNEL_OF: Final[dict[type[Event], str]] = {Trade: "T", Quote: "Q", SecondAggregate: "A", Aggregate: "AM"}

#: A frame stays below both, so that a client that reads frame by frame never works long on one.
FRAME_EVENTS: Final = 500
FRAME_BYTES: Final = 256 * 1024
#: A page of history has to pass the client's limit for one message, with some slack.
PAGE_BYTES: Final = limits.MAX_MESSAGE_BYTES * 3 // 4


def encode_event(event: Event) -> bytes:
    """The wire form of an event, without envelope; absent numbers are left out."""
    return relay.encode(event)


def encode_snapshot(snapshot: Snapshot) -> bytes:
    """A snapshot frame; absent numbers are left out."""
    return relay.encode(relay.SnapshotFrame(snapshot))


def encode_history(request: relay.Request, page: PastPage) -> bytes:
    """The page in answer to `request`; the oldest bars are left to the next one when it would be too large."""
    while True:
        frame = relay.encode(
            relay.HistoryPage(
                request.symbol, request.timeframe, request.request_id, [*page.bars], page.more, page.from_ms
            )
        )
        if len(frame) <= PAGE_BYTES:
            return frame
        bars = page.bars[len(page.bars) - len(page.bars) * PAGE_BYTES // len(frame) + 1 :]
        page = PastPage(bars, True, bars[0].start_ms)


def encode_batch(events: list[bytes]) -> list[bytes]:
    """Frames that hold `events` in order: one, or more where one would be too large."""
    frame = relay.market_data_batch(events)
    if len(events) <= FRAME_EVENTS and (len(frame) <= FRAME_BYTES or len(events) == 1):
        return [frame]
    middle = len(events) // 2
    return encode_batch(events[:middle]) + encode_batch(events[middle:])


class Waiting(Struct, frozen=True, gc=False):
    """One entry of a client's queue: a control frame (`event` None), or an event without its envelope."""

    event: Event | None
    data: bytes
