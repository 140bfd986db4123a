"""A recorded session as a market: the same events, in the same order, at any speed.

Frames are read and translated as time moves on, so memory does not grow with the length of the session.
"""

from __future__ import annotations

import logging
import re
import weakref
from collections.abc import Iterator, Sequence
from datetime import date, datetime, time
from pathlib import Path
from zoneinfo import ZoneInfo

from live_monitor.data.models.market_data import Aggregate, Event, Quote, Snapshot, Status, Trade
from live_monitor.data.models.timeframe import BASES
from live_monitor.engine.market.bar_series import MINUTE_MS, SECOND_MS
from live_monitor.engine.market.conditions import rules_for
from live_monitor.engine.market.sessions import us_equities
from live_monitor.errors import SessionFileError, StartError
from live_monitor.limits import Rejections, market_name
from live_monitor.ports import FoundPage, PastPage
from live_monitor.providers.recorded_frames import Step, translator_for
from live_monitor.providers.replay_book import ReplayBook
from live_monitor.wire.session_file import SessionReader

_log = logging.getLogger(__name__)

_HOUR_MS = 3_600_000
_NEVER = 2**62
#: Lengths of the bars that history serves.
_SERVED = {timeframe.nominal_ms for timeframe in BASES}
_TIME_OF_DAY = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)(?::([0-5]\d))?", re.ASCII)


class ReplayMarket:
    """Serves a session file (`ports.MarketSource`). One thread.

    A recording of bare ticks gets second and minute bars built from them by its provider's rules, each at the end of
    its window; a recorded stream keeps the bars that it carries. `end_ms` lies at the end of the last minute, so that
    every bar is given. `rejections` counts rows that could not be used, `notice` says what is missing of the file.
    """

    def __init__(self, reader: SessionReader, *, at: str | None = None, symbols: Sequence[str] | None = None) -> None:
        header = reader.header
        self._translator = translator_for(header)
        survey = self._translator.survey(reader)
        if not survey.start_ms:
            raise SessionFileError("The session holds no events.", "Record or import it again.")
        self._calendar = us_equities()
        # By the events, not by the header: a feed that was simulated has a market time of its own.
        day = self._calendar.trade_date(survey.end_ms)
        self.provider = header.provider
        self.label = f"REPLAY {day.isoformat()}" + (f" · {header.label}" if header.label else "")
        #: Of the whole recording, wherever it starts and whichever symbols are served: their bars are the same.
        self.market = market_name(f"replay {header.provider} {day} {reader.fingerprint()}")
        self.symbols = _chosen(survey.symbols, symbols)
        self.notice = reader.notice
        if self.notice:
            _log.warning("%s", self.notice)
        self._reader = reader
        self.start_ms = survey.start_ms if at is None else _instant(at, day, ZoneInfo(header.time_zone))
        self.end_ms = survey.end_ms - survey.end_ms % MINUTE_MS + MINUTE_MS
        if self.start_ms >= self.end_ms:
            raise StartError(f"The session ends before {at}.", "Choose an earlier time for --at.")
        rules = rules_for(header.provider)
        self._now_ms = survey.start_ms
        self._trade_date = self._calendar.trade_date(survey.start_ms)
        span = self._calendar.span(self._trade_date)
        self._books = {symbol: ReplayBook(symbol, rules, survey.start_ms, span) for symbol in self.symbols}
        self._next_hour_ms = _hour_after(survey.start_ms)
        self._second_end_ms = self._minute_end_ms = self._next_close_ms = _NEVER
        self._in_second: dict[str, ReplayBook] = {}
        self._in_minute: dict[str, ReplayBook] = {}
        self._steps = self._read()
        self._next = next(self._steps, None)
        self._fold_until_start()

    @classmethod
    def open(cls, path: Path | str, *, at: str | None = None, symbols: Sequence[str] | None = None) -> ReplayMarket:
        """Opens a session file; `at` (HH:MM or HH:MM:SS, time of the exchange) is where it starts.

        Raises SessionFileError for a file that cannot be read, StartError for a time or a symbol it does not have.
        """
        try:
            stream = Path(path).open("rb")  # noqa: SIM115  # the market reads on; `close` or its end closes the file
        except OSError as error:
            raise SessionFileError(f"{path} cannot be opened: {error.strerror}.", "Check the path.") from error
        try:
            market = cls(SessionReader(stream), at=at, symbols=symbols)
        except BaseException:
            stream.close()
            raise
        market._close = weakref.finalize(market, stream.close)
        return market

    _close: weakref.finalize[..., ReplayMarket] | None = None

    def close(self) -> None:
        """Closes the file; afterwards only what is folded can be asked for. May be called twice."""
        self._next = None
        if self._close is not None:
            self._close()

    def _fold_until_start(self) -> None:
        """What happened before the start is folded and given to nobody, in pieces that bound the memory."""
        for edge_ms in range(self._now_ms, self.start_ms, _HOUR_MS):
            self.advance(min(edge_ms + _HOUR_MS, self.start_ms) - 1)
        self.advance(self.start_ms - 1)
        self._now_ms = self.start_ms

    @property
    def rejections(self) -> Rejections:
        """Rows and frames that could not be used so far, by reason."""
        return self._translator.rejections

    def _read(self) -> Iterator[Step]:
        translate = self._translator.translate
        for frame in self._reader.frames():
            step = translate(frame)
            if step is not None:
                yield step

    def advance(self, until_ms: int) -> list[Event]:
        """Every event up to `until_ms` that was not given yet, in order; a bar before the prints after its end."""
        out: list[Event] = []
        step = self._next
        now_ms = self._now_ms
        while step is not None and step.at_ms <= until_ms:
            # Time never runs back: what came late is given late, as it was.
            now_ms = max(now_ms, step.at_ms)
            if now_ms >= self._next_close_ms:
                self._close_windows(now_ms, out)
            if now_ms >= self._next_hour_ms:
                self._turn_hour(now_ms)
            self._fold(step, out)
            step = next(self._steps, None)
        self._next = step
        if until_ms >= self._next_close_ms:
            self._close_windows(until_ms, out)
        self._now_ms = max(now_ms, until_ms)
        return out

    def _fold(self, step: Step, out: list[Event]) -> None:
        if self._translator.builds_bars:
            self._fold_row(step, out)
            return
        for event in step.events:
            book = None if isinstance(event, Status) else self._books.get(event.symbol)
            if book is not None:
                book.fold_event(event)
                out.append(event)
        if step.snapshot is not None and step.snapshot.symbol in self._books:
            self._books[step.snapshot.symbol].fold_snapshot(step.snapshot)
        if step.history and step.history[0].symbol in self._books:
            self._books[step.history[0].symbol].fold_history(list(step.history))

    def _fold_row(self, step: Step, out: list[Event]) -> None:
        events = step.events
        if not events:
            return
        last = events[-1]
        book = self._books.get(last.symbol)  # type: ignore[union-attr]  # rows make quotes and trades only
        if book is None:
            return
        first = events[0]
        trade = last if type(last) is Trade else None
        makes_bar = book.fold_row(first if type(first) is Quote else None, trade, step.day_volume)
        out.extend(events)
        if makes_bar and trade is not None:
            self._open_windows(trade.timestamp_ms, book)

    def _open_windows(self, at_ms: int, book: ReplayBook) -> None:
        """Notes that the second and the minute of `at_ms` have a print of `book`."""
        if self._second_end_ms == _NEVER:
            self._second_end_ms = self._next_close_ms = at_ms - at_ms % SECOND_MS + SECOND_MS
            if self._minute_end_ms == _NEVER:
                self._minute_end_ms = at_ms - at_ms % MINUTE_MS + MINUTE_MS
        self._in_second[book.symbol] = book
        self._in_minute[book.symbol] = book

    def _close_windows(self, now_ms: int, out: list[Event]) -> None:
        """Gives the bars of the windows that ended by `now_ms`: seconds first, then the minute that they make."""
        if self._second_end_ms <= now_ms:
            for book in self._in_second.values():
                second = book.second_bar(self._second_end_ms)
                if second is not None:
                    out.append(second)
            self._in_second.clear()
            self._second_end_ms = _NEVER
        if self._minute_end_ms <= now_ms:
            for book in self._in_minute.values():
                minute = book.minute_bar(self._minute_end_ms)
                if minute is not None:
                    out.append(minute)
            self._in_minute.clear()
            self._minute_end_ms = _NEVER
        self._next_close_ms = min(self._second_end_ms, self._minute_end_ms)

    def _turn_hour(self, now_ms: int) -> None:
        """Starts a new day when the trade date has changed, which it does on the hour."""
        self._next_hour_ms = _hour_after(now_ms)
        today = self._calendar.trade_date(now_ms)
        if today == self._trade_date:
            return
        follows = self._translator.builds_bars and self._calendar.previous_session(today) == self._trade_date
        self._trade_date = today
        for book in self._books.values():
            book.start_day(self._calendar.span(today), follows=follows)

    def snapshot(self, symbol: str) -> Snapshot | None:
        """Level 1 of `symbol` now; None before anything is known of it."""
        book = self._books.get(symbol)
        return None if book is None else book.snapshot(self._now_ms)

    def history(self, symbol: str, timeframe_ms: int, end_ms: int, limit: int) -> tuple[list[Aggregate], bool]:
        """At most `limit` final bars that start before `end_ms`, oldest first; whether older exist."""
        page = self.search(symbol, timeframe_ms, end_ms, limit).found
        return page.bars, page.more

    def search(self, symbol: str, timeframe_ms: int, end_ms: int, limit: int) -> FoundPage:
        """The same at once: what was folded needs no more than a look. Seconds, minutes and days of the recording."""
        book = self._books.get(symbol)
        if book is None or timeframe_ms not in _SERVED or limit <= 0:
            return FoundPage(PastPage([], False, end_ms))
        return book.search(timeframe_ms, self._now_ms, end_ms, limit)


def _chosen(recorded: tuple[str, ...], wanted: Sequence[str] | None) -> tuple[str, ...]:
    if wanted is None:
        return recorded
    missing = [symbol for symbol in wanted if symbol not in recorded]
    if missing:
        raise StartError(f"The session does not hold {', '.join(missing)}.", f"It holds {', '.join(recorded[:20])}.")
    return tuple(dict.fromkeys(wanted))


def _instant(at: str, day: date, zone: ZoneInfo) -> int:
    match = _TIME_OF_DAY.fullmatch(at)
    if match is None:
        raise StartError(f"{at!r} is no time of day.", "Write --at as HH:MM or HH:MM:SS, New York time.")
    hour, minute, second = (int(part or 0) for part in match.groups())
    local = datetime.combine(day, time(hour, minute, second), zone)
    return int(local.timestamp()) * 1000


def _hour_after(at_ms: int) -> int:
    return at_ms - at_ms % _HOUR_MS + _HOUR_MS
