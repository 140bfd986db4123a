"""Level 1 of Schwab's streamer: deltas kept and merged per symbol, and what they mean.

A frame holds only the fields that changed, and several changes of one field may have become one (market rules 6.3).
So a last price is never a print: quotes come out as `Quote`, everything else as `Snapshot`, trades never.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, NamedTuple

from live_monitor import limits
from live_monitor.data.models.market_data import NAN, Quote, Snapshot
from live_monitor.engine.market.sessions import us_equities
from live_monitor.limits import Refused, Rejections

#: Bids and asks are shown in round lots of 100 shares; prints and volume in shares.
SHARES_PER_LOT: Final = 100
#: Until 07:28 New York time the day's volume is still that of the day before; trading begins at 04:00.
_VOLUME_OF_YESTERDAY_MS: Final = (3 * 60 + 28) * 60_000

_QUOTE, _ROW, _STATUS = 1, 2, 4


def _shares(value: object) -> float:
    lots = limits.volume(value)
    if not lots:
        # Less than a round lot is shown as 0: how many shares that are is not told.
        raise Refused("absent")
    return lots * SHARES_PER_LOT


def _status(value: object) -> str:
    if not isinstance(value, str) or len(value) > 32:
        raise Refused("wrong type")
    return value


def _venue(value: object) -> str:
    if not isinstance(value, str) or not 0 < len(value) <= 8 or not value.isascii():
        raise Refused("wrong type")
    return value


class _Field(NamedTuple):
    """One numbered field: its name, its rule, what it is when it is absent, and what changes with it."""

    name: str
    rule: Callable[[object], Any]
    absent: Any
    moves: int


_FIELDS: Final = {
    "1": _Field("bid", limits.price, NAN, _QUOTE),
    "2": _Field("ask", limits.price, NAN, _QUOTE),
    "3": _Field("last", limits.price, NAN, _ROW),
    "4": _Field("bid_size", _shares, NAN, _QUOTE),
    "5": _Field("ask_size", _shares, NAN, _QUOTE),
    "8": _Field("day_volume", limits.volume, NAN, _ROW),
    "9": _Field("last_size", limits.volume, NAN, _ROW),
    "10": _Field("high", limits.price, NAN, _ROW),
    "11": _Field("low", limits.price, NAN, _ROW),
    "12": _Field("previous_close", limits.price, NAN, _ROW),
    "17": _Field("open", limits.price, NAN, _ROW),
    "18": _Field("net_change", limits.change, NAN, _ROW),
    "32": _Field("status", _status, "", _STATUS),
    "34": _Field("quote_timestamp_ms", limits.time_ms, 0, _QUOTE),
    "35": _Field("last_timestamp_ms", limits.time_ms, 0, _ROW),
    "39": _Field("ask_exchange", _venue, None, 0),
    "40": _Field("bid_exchange", _venue, None, 0),
}
#: Fields to ask for, as the request wants them: ascending, 0 (the symbol) among them.
LEVEL_ONE_FIELDS: Final = ",".join(["0", *_FIELDS])
#: What else may stand in a record, and means nothing here.
_IGNORED: Final = frozenset(str(number) for number in range(52)) | {
    "key", "seq", "delayed", "assetMainType", "assetSubType", "cusip",
}  # fmt: skip
#: Figures of the row that are those of the snapshot, by the same name.
_FIGURES: Final = ("last", "last_size", "last_timestamp_ms", "net_change", "bid", "bid_size", "ask", "ask_size",
                   "quote_timestamp_ms", "open", "high", "low", "previous_close", "day_volume")  # fmt: skip


class Level1(NamedTuple):
    """What one record changed: the quote, the rest of the row, whether trading is halted. None: not changed."""

    quote: Quote | None
    snapshot: Snapshot | None
    halted: bool | None


class Level1Row:
    """Everything that is known of one symbol on this connection."""

    __slots__ = ("_rejections", "_values", "_volume_at_ms", "delayed", "halted", "symbol")

    def __init__(self, symbol: str, rejections: Rejections) -> None:
        self.symbol = symbol
        #: True where Schwab marks the prices as delayed; None before it said anything.
        self.delayed: bool | None = None
        self.halted = False
        self._values: dict[str, Any] = {field.name: field.absent for field in _FIELDS.values()}
        self._rejections = rejections
        #: The server's time at which the day's volume was told last.
        self._volume_at_ms = 0

    def merge(self, record: dict[str, Any], frame_ms: int, received_ms: int, latest_ms: int) -> Level1:
        """Takes the fields that changed. `frame_ms`: the server's time of the frame. Never raises.

        A value that cannot be believed is counted, and the field is absent from then on: what was there before is no
        longer true, and what is true was not understood.
        """
        values, moved = self._values, 0
        for number, value in record.items():
            field = _FIELDS.get(number)
            if field is None:
                if number not in _IGNORED:
                    self._rejections.note("level1: unknown field")
                continue
            try:
                taken = field.rule(value)
                if field.absent == 0 and taken > latest_ms:
                    raise Refused("in the future")
            except Refused as refused:
                if refused.reason != "absent":
                    self._rejections.note(f"level1.{field.name}: {refused.reason}")
                taken = field.absent
            # What was absent and is again is the same NaN, which equals nothing.
            if taken is not values[field.name] and taken != values[field.name]:
                values[field.name] = taken
                moved |= field.moves
        if "8" in record:
            self._volume_at_ms = frame_ms
        delayed = record.get("delayed")
        if isinstance(delayed, bool):
            self.delayed = delayed
        return Level1(
            self._quote(frame_ms, received_ms) if moved & _QUOTE else None,
            self.snapshot(frame_ms) if moved & _ROW else None,
            self._halted() if moved & _STATUS else None,
        )

    def _quote(self, frame_ms: int, received_ms: int) -> Quote:
        values = self._values
        return Quote(
            self.symbol,
            values["quote_timestamp_ms"] or frame_ms,
            values["bid"],
            values["bid_size"],
            values["ask"],
            values["ask_size"],
            values["bid_exchange"],
            values["ask_exchange"],
            received_ms=received_ms,
        )

    def snapshot(self, at_ms: int) -> Snapshot:
        """The row as it stands at `at_ms`."""
        figures = {name: self._values[name] for name in _FIGURES}
        if volume_is_of_yesterday(self._volume_at_ms, at_ms):
            figures["day_volume"] = NAN
        return Snapshot(self.symbol, at_ms, **figures)

    def _halted(self) -> bool | None:
        before, status = self.halted, self._values["status"]
        # A status that was not understood is no word of an end.
        self.halted = status == "Halted" if status else before
        return self.halted if self.halted is not before else None


def volume_is_of_yesterday(told_ms: int, at_ms: int) -> bool:
    """True while a trading day goes on and what was told at `told_ms` is from before Schwab set its volume to 0."""
    times = us_equities().session_bounds(at_ms)
    return times is not None and times.pre_ms <= at_ms and told_ms < times.pre_ms + _VOLUME_OF_YESTERDAY_MS
