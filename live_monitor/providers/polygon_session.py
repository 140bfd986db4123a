"""What Polygon's server says of a session, what a loss of it has cost, who is halted: pure decisions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from live_monitor import limits
from live_monitor.data.models.market_data import Event, Quote, Status
from live_monitor.errors import FatalFeedError, FeedError
from live_monitor.log import redact
from live_monitor.wire.notices import FaultNotice

#: Statuses that say that all is well (market rules 1.3).
GOOD: Final = frozenset({"connected", "success", "auth_success"})
#: The server cuts a client off that reads too slowly, or that it wants to go.
_TRY_AGAIN: Final = {
    "slow_consumer": "The server cut the connection: it was read too slowly.",
    "force_disconnect": "The server ended the connection.",
}
#: Quote conditions of a trading pause by limit up, limit down, and of its end (market rules 2.6).
PAUSE: Final = 43
RESUME: Final = 16
#: A loss is taken to begin this long before the newest print: some come late. What comes twice is counted once.
_OVERLAP_MS: Final = 5_000


def said(status: Status) -> str:
    """The words of a status for people: one line, bounded, without secrets."""
    return " ".join(redact(status.message or status.status).split())[: limits.MAX_TEXT]


def judge_status(status: Status) -> FeedError | None:
    """What ends the connection for a status: FatalFeedError, FeedError (tried again), or None: it goes on."""
    words = said(status)
    if status.status == "auth_failed":
        if "plan" in words.lower():
            return FatalFeedError(
                f"Polygon: {words} (auth_failed).", "Take the stream that is 15 minutes late, or a plan with this one."
            )
        return FatalFeedError(
            f"Polygon refused the key: {words} (auth_failed).", "Enter it again: File ▸ Connect a provider…"
        )
    if status.status == "auth_timeout":
        return FatalFeedError(f"Polygon did not take the key in time: {words} (auth_timeout).", "Connect again.")
    if status.status == "max_connections":
        return FatalFeedError(
            "Another program uses this key: Polygon allows one connection a key, and has ended this one"
            " (max_connections).",
            "Close the other program, then connect again.",
        )
    if status.status in _TRY_AGAIN:
        return FeedError(f"{_TRY_AGAIN[status.status]} ({status.status})")
    return None


class Halts:
    """Follows trading pauses by the conditions of quotes: the stream has no event of its own for them."""

    def __init__(self) -> None:
        self.paused: dict[str, int] = {}

    def begin(self) -> None:
        """A new connection: what is paused will say so again."""
        self.paused.clear()

    def follow(self, wanted: Iterable[str]) -> None:
        """Only these are heard of: another one that is taken up again tells of its pause anew."""
        for symbol in self.paused.keys() - set(wanted):
            del self.paused[symbol]

    def look(self, events: Iterable[Event]) -> Iterator[FaultNotice]:
        """Pauses that begin and end with these events; to be called for quotes with a condition, or while one lasts."""
        for event in events:
            if type(event) is not Quote:
                continue
            symbol, at_ms = event.symbol, event.timestamp_ms
            if event.condition == PAUSE:
                if symbol not in self.paused:
                    self.paused[symbol] = at_ms
                    yield FaultNotice(
                        "halt", symbol, at_ms, 0, 0, f"Trading in {symbol} is paused (limit up, limit down)."
                    )
            elif symbol in self.paused and (event.condition in (None, 1, RESUME)) and at_ms > self.paused[symbol]:
                since_ms = self.paused.pop(symbol)
                yield FaultNotice("resume", symbol, since_ms, at_ms, 0, f"Trading in {symbol} has resumed.")


class Losses:
    """From when on (market ms) prints of a symbol were missed that nobody has been asked for yet."""

    def __init__(self) -> None:
        #: Time of the newest print or quote, 0 before the first.
        self.heard_ms = 0
        self.missed_from: dict[str, int] = {}

    def heard(self, newest_ms: int, now_ms: int) -> None:
        """Something of `newest_ms` came at `now_ms`; what is stamped ahead of time must not hide a loss before it."""
        self.heard_ms = max(self.heard_ms, min(newest_ms, now_ms))

    def begin(self, symbols: Iterable[str]) -> None:
        """A new connection follows `symbols`. What nobody was asked for after the loss before stays missed."""
        from_ms = self.heard_ms - _OVERLAP_MS
        if self.heard_ms:
            self.missed_from = {symbol: min(self.missed_from.get(symbol, from_ms), from_ms) for symbol in symbols}

    def take(self, symbols: Iterable[str]) -> dict[str, int]:
        """What was missed of `symbols`; it is asked for now."""
        return {symbol: self.missed_from.pop(symbol) for symbol in symbols if symbol in self.missed_from}
