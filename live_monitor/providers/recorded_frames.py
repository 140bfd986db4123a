"""Recorded frames to market values, by the encoding that a session names.

The one place that knows which recordings can be replayed: `translator_for` is its table.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple, Protocol

from live_monitor import limits
from live_monitor.data.models.market_data import NAN, Aggregate, Event, Quote, Snapshot, Status, Trade
from live_monitor.errors import SessionFileError
from live_monitor.limits import Rejections
from live_monitor.providers.iqfeed_ticks import IqfeedTicks
from live_monitor.wire.relay import ClockFrame, HistoryPage, RelayDecoder, SnapshotFrame
from live_monitor.wire.session_file import Frame, SessionHeader, SessionReader


class Step(NamedTuple):
    """What one frame says. `at_ms` is its market time, 0 when it has none.

    `day_volume` is the vendor's cumulative volume after the frame, NaN where the vendor gives none.
    """

    at_ms: int
    events: Sequence[Event]
    day_volume: float = NAN
    snapshot: Snapshot | None = None
    history: Sequence[Aggregate] = ()


class Survey(NamedTuple):
    """What a session contains: symbols, and market time (ms) of its first and last frame."""

    symbols: tuple[str, ...]
    start_ms: int
    end_ms: int


class FrameTranslator(Protocol):
    """Translates the frames of one session, in order. Bad frames give None and are counted in `rejections`."""

    rejections: Rejections
    #: False when the recording carries the provider's own bars, so that none are built in their place.
    builds_bars: bool

    def survey(self, reader: SessionReader) -> Survey: ...

    def translate(self, frame: Frame) -> Step | None: ...


class IqfeedFrames:
    """Tick rows; one channel `iqfeed/SYMBOL` per symbol."""

    builds_bars = True

    def __init__(self, header: SessionHeader) -> None:
        self.rejections = Rejections()
        self._symbols = header.symbols
        self._ticks: dict[str, tuple[IqfeedTicks, list[int]]] = {
            f"iqfeed/{symbol}": (IqfeedTicks(symbol, self.rejections), [0]) for symbol in header.symbols
        }

    def survey(self, reader: SessionReader) -> Survey:
        return Survey(self._symbols, reader.start_ns // 1_000_000, reader.end_ns // 1_000_000)

    def translate(self, frame: Frame) -> Step | None:
        known = self._ticks.get(frame.channel)
        if known is None:
            self.rejections.note("channel: not in the header")
            return None
        ticks, ordinal = known
        ordinal[0] += 1
        row = ticks.row(frame.raw, ordinal[0])
        if row is None:
            return None
        at_ms = row.time_ns // 1_000_000
        if row.trade is None:
            return Step(at_ms, () if row.quote is None else (row.quote,), row.cumulative_volume)
        # The quote first: it is the one that stood when the print happened.
        events = (row.trade,) if row.quote is None else (row.quote, row.trade)
        return Step(at_ms, events, row.cumulative_volume)


class RelayFrames:
    """Frames of a relay server or of Polygon's stream, as they came over the socket."""

    builds_bars = False

    def __init__(self, header: SessionHeader) -> None:
        self.rejections = Rejections()
        self._symbols = header.symbols
        self._decoder = RelayDecoder(self.rejections)

    def survey(self, reader: SessionReader) -> Survey:
        """Takes one pass over the file: market time is not the time of receipt when the feed was simulated."""
        decoder = RelayFrames(reader.header)
        symbols = dict.fromkeys(self._symbols)
        start_ms = end_ms = 0
        for frame in reader.frames():
            step = decoder.translate(frame)
            if step is None or not step.at_ms:
                continue
            start_ms = start_ms or step.at_ms
            end_ms = max(end_ms, step.at_ms)
            symbols.update(dict.fromkeys(event.symbol for event in step.events if not isinstance(event, Status)))
        return Survey(tuple(symbols), start_ms, end_ms)

    def translate(self, frame: Frame) -> Step | None:
        decoded = self._decoder.decode(frame.raw, frame.received_ns // 1_000_000, limits.MAX_TIME_MS)
        if isinstance(decoded, list):
            return Step(_latest_ms(decoded), decoded) if decoded else None
        if isinstance(decoded, SnapshotFrame):
            return Step(0, (), snapshot=decoded.data)
        if isinstance(decoded, HistoryPage):
            return Step(0, (), history=decoded.bars)
        if isinstance(decoded, ClockFrame):
            return Step(decoded.market_ms, ())
        return None


def _latest_ms(events: Iterable[Event]) -> int:
    """When the newest of `events` was a fact: a bar is one at its end."""
    latest = 0
    for event in events:
        if isinstance(event, Trade | Quote):
            latest = max(latest, event.timestamp_ms)
        elif isinstance(event, Aggregate):
            latest = max(latest, event.end_ms)
    return latest


_TRANSLATORS: dict[str, Callable[[SessionHeader], FrameTranslator]] = {
    "iqfeed-ticks": IqfeedFrames,
    "relay": RelayFrames,
}


def translator_for(header: SessionHeader) -> FrameTranslator:
    """The translator of a session's frames. Raises SessionFileError for an encoding that cannot be replayed."""
    make = _TRANSLATORS.get(header.encoding)
    if make is None:
        known = ", ".join(_TRANSLATORS)
        raise SessionFileError(
            f"The session is written in {header.encoding!r}, which cannot be replayed (known: {known}).",
            "Open it with the program that recorded it, or update this one.",
        )
    return make(header)
