"""Recorded frames to market values, by the encoding that a session names.

The one place that knows which recordings can be replayed: `translator_for` is its table.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple, Protocol

from live_monitor import limits
from live_monitor.data.models.market_data import NAN, Aggregate, Event, Quote, Snapshot, Status, Trade
from live_monitor.engine.market.conditions import DAY_VOLUME, rules_for
from live_monitor.errors import SessionFileError
from live_monitor.limits import Rejections
from live_monitor.providers.iqfeed_ticks import IqfeedTicks
from live_monitor.providers.lean_ticks import BestQuote, LeanTicks, QuoteRow, day_of, day_span_ns, is_quote
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


class _LeanBook:
    """What the frames of one symbol need to know of those before them."""

    def __init__(self, symbol: str, rejections: Rejections) -> None:
        self.ticks = LeanTicks(symbol, rejections)
        self.best = BestQuote(symbol)
        self.prints = 0
        #: Shares of the day so far; NaN on a day of which the recording holds no prints.
        self.volume = NAN


class LeanFrames:
    """Rows of trades and quotes; one channel `lean/SYMBOL` per symbol, times from the frames (rows have no date).

    The vendor's files hold whole days and no cumulative volume, so that is the sum of the prints that count.
    """

    builds_bars = True

    def __init__(self, header: SessionHeader) -> None:
        self.rejections = Rejections()
        self._symbols = header.symbols
        self._flags = rules_for(header.provider).flags
        self._books = {f"lean/{symbol}": _LeanBook(symbol, self.rejections) for symbol in header.symbols}
        self._start_ns = self._end_ns = 0
        #: (channel, start of the day) of which the recording holds prints.
        self._printed: set[tuple[str, int]] = set()

    def survey(self, reader: SessionReader) -> Survey:
        """Takes one pass over the file: without any print of a day its volume is unknown, not 0."""
        start_ns = end_ns = 0
        for frame in reader.frames():
            if not start_ns <= frame.received_ns < end_ns:
                start_ns, end_ns = day_span_ns(day_of(frame.received_ns))
            if not is_quote(frame.raw):
                self._printed.add((frame.channel, start_ns))
        return Survey(self._symbols, reader.start_ns // 1_000_000, reader.end_ns // 1_000_000)

    def translate(self, frame: Frame) -> Step | None:
        book = self._books.get(frame.channel)
        if book is None:
            self.rejections.note("channel: not in the header")
            return None
        if frame.received_ns >= self._end_ns:
            self._turn_day(frame.received_ns)
        at_ms = frame.received_ns // 1_000_000
        if is_quote(frame.raw):
            return self._quote(frame.raw, at_ms, book)
        book.prints += 1
        found = book.ticks.trade(frame.raw, at_ms, book.prints)
        if found is None:
            return None
        _, trade = found
        if self._flags(trade.conditions) & DAY_VOLUME:
            book.volume += trade.size
        return Step(at_ms, (trade,), book.volume)

    def _quote(self, raw: bytes, at_ms: int, book: _LeanBook) -> Step | None:
        rows: list[QuoteRow] = []
        for line in raw.split(b"\n"):
            row = book.ticks.quote(line)
            if row is None:
                continue
            if row.passed_over:
                self.rejections.note(f"quote: {row.passed_over}")
            rows.append(row)
        quote = book.best.take(rows, at_ms)
        return None if quote is None else Step(at_ms, (quote,), book.volume)

    def _turn_day(self, at_ns: int) -> None:
        self._start_ns, self._end_ns = day_span_ns(day_of(at_ns))
        for channel, book in self._books.items():
            book.best = BestQuote(book.ticks.symbol)
            book.volume = 0.0 if (channel, self._start_ns) in self._printed else NAN


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
    "lean-ticks": LeanFrames,
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
