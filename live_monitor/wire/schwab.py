"""Schwab's streamer, without I/O: requests to bytes, frames to values (market rules 6.3).

Three services are used: LEVELONE_EQUITIES (deltas), CHART_EQUITY (final minute bars), ACCT_ACTIVITY (orders of the
account as they happen). Symbols are ours on this side: Schwab writes a class of shares BRK/B, everybody else BRK.B.
"""

from __future__ import annotations

from collections.abc import Iterable, Set
from typing import Any, Final, Literal, NamedTuple

import msgspec
from msgspec import Struct

from live_monitor import limits
from live_monitor.data.models.market_data import Aggregate, Event, Snapshot
from live_monitor.limits import Refused, Rejections
from live_monitor.wire import strict_json
from live_monitor.wire.schwab_activity import Activity, ActivityReader
from live_monitor.wire.schwab_level1 import LEVEL_ONE_FIELDS, Level1Row

Service = Literal["LEVELONE_EQUITIES", "CHART_EQUITY", "ACCT_ACTIVITY"]
Command = Literal["LOGIN", "LOGOUT", "SUBS", "ADD", "UNSUBS", "VIEW"]

SUCCESS: Final = 0
LOGIN_DENIED: Final = 3
CLOSE_CONNECTION: Final = 12
REACHED_SYMBOL_LIMIT: Final = 19
STOP_STREAMING: Final = 30
#: Answers to SUBS, UNSUBS, ADD and VIEW that say "done".
_DONE: Final = frozenset({SUCCESS, 26, 27, 28, 29})

_FIELDS: Final[dict[Service, str]] = {
    "LEVELONE_EQUITIES": LEVEL_ONE_FIELDS,
    "CHART_EQUITY": "0,1,2,3,4,5,6,7,8",
    "ACCT_ACTIVITY": "0,1,2,3",
}
_MINUTE_MS: Final = 60_000
#: Records of one frame; a first image of 500 symbols comes in one.
_MAX_RECORDS: Final = 2_000
_encode = msgspec.json.Encoder().encode


class StreamerIds(NamedTuple):
    """Who streams, as the answer to `userPreference` says it; part of every request."""

    customer: str
    correlation: str
    channel: str
    function: str


class Request(NamedTuple):
    """A request as it was sent; the answer names its `number`."""

    number: int
    service: str
    command: Command
    symbols: tuple[str, ...]
    message: bytes


class Requests:
    """Writes the requests of one connection, each with the next number."""

    def __init__(self, ids: StreamerIds) -> None:
        self._ids = ids
        self._number = 0

    def login(self, access_token: str) -> Request:
        """The first request; nothing else may be sent before its answer. Holds the token: never log it."""
        ids = self._ids
        return self._made(
            "ADMIN",
            "LOGIN",
            (),
            {
                "Authorization": access_token,
                "SchwabClientChannel": ids.channel,
                "SchwabClientFunctionId": ids.function,
            },
        )

    def logout(self) -> Request:
        """The last request."""
        return self._made("ADMIN", "LOGOUT", (), {})

    def subscribe(self, service: Service, symbols: Iterable[str], *, anew: bool) -> Request:
        """Asks for symbols; `anew` replaces the whole list of the service, else they are added to it."""
        return self._keyed(service, "SUBS" if anew else "ADD", tuple(symbols))

    def unsubscribe(self, service: Service, symbols: Iterable[str]) -> Request:
        """Lets symbols go."""
        return self._keyed(service, "UNSUBS", tuple(symbols))

    def view(self, service: Service) -> Request:
        """Says anew which fields are wanted, for all symbols of the service."""
        return self._made(service, "VIEW", (), {"fields": _FIELDS[service]})

    def _keyed(self, service: Service, command: Command, symbols: tuple[str, ...]) -> Request:
        parameters = {"keys": ",".join(theirs(symbol) for symbol in symbols)}
        if command != "UNSUBS":
            parameters["fields"] = _FIELDS[service]
        return self._made(service, command, symbols, parameters)

    def _made(self, service: str, command: Command, symbols: tuple[str, ...], parameters: dict[str, str]) -> Request:
        number = self._number
        self._number += 1
        request = {
            "service": service,
            "command": command,
            "requestid": str(number),
            "SchwabClientCustomerId": self._ids.customer,
            "SchwabClientCorrelId": self._ids.correlation,
            "parameters": parameters,
        }
        return Request(number, service, command, symbols, _encode({"requests": [request]}))


class Response(NamedTuple):
    """The answer to a request, or (`number` -1) what the server says of itself."""

    number: int
    service: str
    command: str
    code: int
    message: str

    @property
    def done(self) -> bool:
        """True when the request was granted."""
        return self.code in _DONE


class Frame(Struct):
    """What one frame holds, each list in the order of the frame."""

    events: list[Event] = []
    snapshots: list[Snapshot] = []
    responses: list[Response] = []
    activities: list[Activity] = []
    #: Symbols of which anything came, and those whose trading was halted (True) or goes on (False).
    heard: set[str] = msgspec.field(default_factory=set)
    halts: list[tuple[str, bool]] = []
    heartbeat: bool = False
    #: True when level 1 of a symbol came for the first time, or is marked as delayed where it was not, or no longer.
    fresh: bool = False


class SchwabDecoder:
    """Turns the frames of one connection into values; a new connection begins with an empty one. One thread."""

    def __init__(self, rejections: Rejections) -> None:
        self._rejections = rejections
        self._rows: dict[str, Level1Row] = {}
        #: Symbols that were halted when they were let go: whoever heard of the halt has to hear of its end.
        self._left_halted: set[str] = set()
        self._activities = ActivityReader(rejections)
        #: Which numbers the bar's fields have; None until a bar has shown it.
        self._chart: _ChartOrder | None = None

    @property
    def delayed(self) -> bool | None:
        """True when Schwab marks any of the prices as delayed; None before it said anything about that."""
        told = [row.delayed for row in self._rows.values() if row.delayed is not None]
        return any(told) if told else None

    @property
    def known(self) -> Set[str]:
        """Symbols of which level 1 has come on this connection."""
        return self._rows.keys()

    @property
    def halted(self) -> list[str]:
        """Symbols whose trading is halted, as far as level 1 has told on this connection."""
        return [symbol for symbol, row in self._rows.items() if row.halted]

    def row(self, symbol: str, at_ms: int) -> Snapshot | None:
        """Level 1 as it stands at `at_ms`; None where nothing of the symbol has come on this connection."""
        row = self._rows.get(symbol)
        return None if row is None else row.snapshot(at_ms)

    def forget(self, symbols: Iterable[str]) -> None:
        """These are no longer subscribed: what is known of them is no longer kept true."""
        for symbol in symbols:
            row = self._rows.pop(symbol, None)
            if row is not None and row.halted:
                self._left_halted.add(symbol)

    def decode(self, raw: bytes, received_ms: int, latest_ms: int) -> Frame:
        """What a frame holds; `latest_ms` is the newest believable time. Never raises, counts what it refuses."""
        frame = Frame()
        try:
            message = strict_json.read(raw, most_bytes=limits.MAX_MESSAGE_BYTES)
        except Refused as refused:
            self._rejections.note(f"frame: {refused.reason}")
            return frame
        if not isinstance(message, dict):
            self._rejections.note("frame: not an object")
            return frame
        for name, part in message.items():
            items = part[:_MAX_RECORDS] if isinstance(part, list) else []
            if name == "data":
                for item in items:
                    self._data(item, frame, received_ms, latest_ms)
            elif name in ("response", "notify"):
                for item in items:
                    self._said(item, frame)
            elif name != "snapshot":
                self._rejections.note("frame: unknown part")
        return frame

    def _said(self, item: object, frame: Frame) -> None:
        """An answer, or a word of the server about itself; a heartbeat is one that says the time."""
        if not isinstance(item, dict):
            self._rejections.note("response: not an object")
            return
        if "heartbeat" in item:
            frame.heartbeat = True
            return
        content = item.get("content")
        if isinstance(content, list) and content:
            content = content[0]
        told = content if isinstance(content, dict) else item
        code = told.get("code")
        if isinstance(code, bool) or not isinstance(code, int):
            self._rejections.note("response: no code")
            return
        frame.responses.append(
            Response(
                _whole(item["requestid"]) if "requestid" in item else -1,
                str(item.get("service", ""))[:32],
                str(item.get("command", ""))[:16],
                code,
                str(told.get("msg", ""))[: limits.MAX_TEXT],
            )
        )

    def _data(self, item: object, frame: Frame, received_ms: int, latest_ms: int) -> None:
        content = item.get("content") if isinstance(item, dict) else None
        if not isinstance(item, dict) or not isinstance(content, list):
            self._rejections.note("data: no content")
            return
        try:
            frame_ms = limits.time_ms(item.get("timestamp"))
        except Refused:
            frame_ms = received_ms
        frame_ms = min(frame_ms, latest_ms)
        service = item.get("service")
        for record in content[:_MAX_RECORDS]:
            if not isinstance(record, dict) or len(record) > limits.MAX_EVENT_FIELDS:
                self._rejections.note("data: not a record")
            elif service == "LEVELONE_EQUITIES":
                self._level1(record, frame, (frame_ms, received_ms, latest_ms))
            elif service == "CHART_EQUITY":
                self._bar(record, frame, latest_ms)
            elif service == "ACCT_ACTIVITY":
                activity = self._activities.read(record)
                if activity is not None:
                    frame.activities.append(activity)
            else:
                self._rejections.note("data: unknown service")

    def _level1(self, record: dict[str, Any], frame: Frame, times: tuple[int, int, int]) -> None:
        symbol = self._symbol(record)
        if symbol is None:
            return
        row, returned = self._rows.get(symbol), False
        if row is None:
            if len(self._rows) >= limits.MAX_SYMBOLS:
                self._rejections.note("level1: too many symbols")
                return
            row = self._rows[symbol] = Level1Row(symbol, self._rejections)
            row.halted = returned = symbol in self._left_halted
            self._left_halted.discard(symbol)
            frame.fresh = True
        delayed = row.delayed
        change = row.merge(record, *times)
        frame.fresh = frame.fresh or row.delayed is not delayed
        frame.heard.add(symbol)
        if change.quote is not None:
            frame.events.append(change.quote)
        if change.snapshot is not None:
            frame.snapshots.append(change.snapshot)
        if change.halted is not None or returned:
            frame.halts.append((symbol, row.halted))

    def _symbol(self, record: dict[str, Any]) -> str | None:
        key = record.get("key")
        symbol = ours(key) if isinstance(key, str) else ""
        if limits.valid_symbol(symbol):
            return symbol
        self._rejections.note("data.key: bad characters or length")
        return None

    def _bar(self, record: dict[str, Any], frame: Frame, latest_ms: int) -> None:
        symbol = self._symbol(record)
        if symbol is None:
            return
        if self._chart is None:
            # Schwab documents another order than it sends; prices that fit only one way decide.
            fitting = [order for order in _CHART_ORDERS if isinstance(_read_bar(symbol, record, order), Aggregate)]
            self._chart = fitting[0] if len(fitting) == 1 else None
        bar = _read_bar(symbol, record, self._chart or _CHART_ORDERS[0])
        if isinstance(bar, str):
            self._rejections.note(f"bar{bar}")
        elif bar.start_ms > latest_ms:
            self._rejections.note("bar.start_ms: in the future")
        else:
            frame.heard.add(symbol)
            frame.events.append(bar)


class _ChartOrder(NamedTuple):
    """The numbers of a bar's fields."""

    open: str
    high: str
    low: str
    close: str
    volume: str


#: As sent, and as documented (market rules 6.3); the time has one number in both.
_CHART_ORDERS: Final = (_ChartOrder("2", "3", "4", "5", "6"), _ChartOrder("1", "2", "3", "4", "5"))
_CHART_TIME: Final = "7"


def _read_bar(symbol: str, record: dict[str, Any], order: _ChartOrder) -> Aggregate | str:
    """The minute by this order of fields, or why it is none."""
    try:
        start_ms = limits.time_ms(record.get(_CHART_TIME))
        open_, high, low, close = (limits.price(record.get(number)) for number in order[:4])
        volume = limits.volume(record.get(order.volume))
    except Refused as refused:
        return f": a field is {refused.reason}"
    if start_ms % _MINUTE_MS:
        return ".start_ms: not the start of a minute"
    if not low <= min(open_, close) <= max(open_, close) <= high:
        return ": prices contradict one another"
    return Aggregate(symbol, start_ms, start_ms + _MINUTE_MS, open_, high, low, close, volume)


def _whole(value: object) -> int:
    """A number that is sent as text; -1 for what is none."""
    text = str(value)
    return int(text) if len(text) <= 15 and text.isascii() and text.isdecimal() else -1


def theirs(symbol: str) -> str:
    """A symbol as Schwab writes it."""
    return symbol.replace(".", "/")


def ours(symbol: str) -> str:
    """A symbol of Schwab's as everybody else writes it."""
    return symbol if symbol.startswith("/") else symbol.replace("/", ".")
