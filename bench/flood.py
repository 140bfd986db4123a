"""Frames to flood a client with: events of the simulated market, encoded beforehand, dressed for the moment of sending.

Encoding while sending would cost the generator more than the reader is measured at. So every event carries two marks
of fixed width, its time and the front half of its sequence, which are replaced in one pass when a stretch of frames
is sent; lengths, and with them the WebSocket headers, never change.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import msgspec

from live_monitor.data.models.market_data import Event, Quote, Trade
from live_monitor.ports import MarketSource
from live_monitor.providers.simulated import SimulatedMarket
from live_monitor.wire import relay

TIME_MARK = b"@@@@TIME@@@@@"
LAP_MARK = b"@LAP@"
#: Above every sequence of the simulated market, so that no event looks like a repeat.
FIRST_LAP = 50_000
#: Events that are encoded; then the flood begins again with a new front half of all sequences.
LAP_EVENTS = 120_000
SEED = 7

_SEQUENCE_DIGITS = 6


def market(symbols: Sequence[str], rate: float) -> SimulatedMarket:
    """The market at 10:00 whose events, history and level 1 are served."""
    return SimulatedMarket(SEED, symbols, events_per_second=max(rate, 200.0))


def lap(source: MarketSource, events: int) -> list[bytes]:
    """The next `events` prints and quotes of `source`, marked; no envelope."""
    taken: list[Event] = []
    until_ms = source.start_ms
    while len(taken) < events:
        until_ms += 50
        taken += [event for event in source.advance(until_ms) if isinstance(event, Trade | Quote)]
    return [_marked(event, index) for index, event in enumerate(taken[:events])]


def _marked(event: Event, index: int) -> bytes:
    raw = relay.encode(msgspec.structs.replace(event, sequence=0))
    raw = re.sub(rb'"t":\d{13}', b'"t":' + TIME_MARK, raw)
    return raw[:-1] + b',"q":' + LAP_MARK + b"%0*d}" % (_SEQUENCE_DIGITS, index)


def frames(events: Sequence[bytes], per_frame: int) -> list[bytes]:
    """WebSocket text frames. `per_frame` 0: one event in the documented envelope; else lists of so many."""
    if per_frame == 0:
        return [text_frame(relay.market_data(event)) for event in events]
    starts = range(0, len(events) - per_frame + 1, per_frame)
    return [text_frame(relay.market_data_batch(events[start : start + per_frame])) for start in starts]


def dressed(stretch: bytes, market_ms: int, lap_number: int) -> bytes:
    """Frames as they go out at `market_ms` of lap `lap_number` (from 0)."""
    return stretch.replace(TIME_MARK, b"%013d" % market_ms).replace(LAP_MARK, b"%05d" % (FIRST_LAP + lap_number))


def text_frame(payload: bytes, opcode: int = 1) -> bytes:
    """An unmasked WebSocket frame, as servers send them (RFC 6455, 5.2)."""
    size = len(payload)
    if size < 126:
        return bytes((0x80 | opcode, size)) + payload
    if size < 65_536:
        return bytes((0x80 | opcode, 126)) + size.to_bytes(2, "big") + payload
    return bytes((0x80 | opcode, 127)) + size.to_bytes(8, "big") + payload
