"""What a feed brings, as lines for programs (JSON) and for people: `live-monitor watch`."""

from __future__ import annotations

import math
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, Final

import msgspec

from live_monitor.data.inbox import Batch, Found, Item, Loss, Noted, SubscriptionProblem
from live_monitor.data.models.market_data import MarketEvent
from live_monitor.data.models.providers import ProviderStatus
from live_monitor.data.models.status import LinkStatus
from live_monitor.engine.market.sessions import NEW_YORK
from live_monitor.wire.notices import HistoryPage, Notice, SnapshotFrame

Line = dict[str, Any]
#: What says nothing.
_NOTHING: Final[tuple[object, ...]] = ("", (), [], {})


class WatchLines:
    """Turns items into lines, in order; notes a gap where a link came back after it was lost. One thread."""

    def __init__(self) -> None:
        self._lost_ms = 0
        self._was_live = False

    def of(self, item: Item, wall_ms: int) -> Iterator[Line]:
        """The lines of one item that is written out at `wall_ms`."""
        if isinstance(item, Batch):
            yield from (event_line(event) for event in item.events)
        elif isinstance(item, LinkStatus):
            yield from self._state(item, wall_ms)
        elif isinstance(item, Noted):
            yield _notice_line(item.notice)
        elif isinstance(item, SubscriptionProblem):
            yield {"kind": "problem", "symbol": item.symbol, "reason": item.reason}
        elif isinstance(item, Loss):
            yield {"kind": "loss", **item._asdict()}
        elif isinstance(item, ProviderStatus):
            yield {
                "kind": "provider", "provider": item.provider, "title": item.title, "state": item.link.state,
                "plan": item.plan, "reconnects": item.reconnects, "said": item.said,
            }  # fmt: skip
        elif isinstance(item, Found):
            yield {"kind": "found", "request_id": item.request_id, "hits": [hit._asdict() for hit in item.hits]}

    def _state(self, status: LinkStatus, wall_ms: int) -> Iterator[Line]:
        yield {
            "kind": "state", "state": status.state, "message": status.message, "remedy": status.remedy,
            "provider": status.provider, "label": status.label, "attempt": status.attempt,
            "retry_in_s": round(status.retry_in_s, 3), "at": iso(wall_ms),
        }  # fmt: skip
        if status.connected:
            if self._lost_ms:
                yield {"kind": "gap", "from_ms": self._lost_ms, "to_ms": wall_ms}
            self._lost_ms, self._was_live = 0, True
        elif self._was_live:
            self._lost_ms, self._was_live = wall_ms, False


def event_line(event: MarketEvent) -> Line:
    """An event under its documented names; what is absent is null."""
    line: Line = {"kind": event.EVENT_TYPE}
    for name in event.KEYS:
        line[name] = _present(event[name])
    return line


def _notice_line(notice: Notice) -> Line:
    if isinstance(notice, SnapshotFrame):
        return event_line(notice.data)
    if isinstance(notice, HistoryPage):
        return {"kind": "history", "symbol": notice.symbol, "timeframe": notice.timeframe, "bars": len(notice.bars)}
    told: Line = {name: getattr(notice, name) for name in notice.__struct_fields__}
    return {"kind": notice.__struct_config__.tag, **{name: _present(value) for name, value in told.items()}}


def _present(value: object) -> object:
    """The value; None for a number that is absent."""
    return None if isinstance(value, float) and math.isnan(value) else value


def json_text(line: Line) -> str:
    """The line as JSON."""
    return msgspec.json.encode(line).decode()


def plain_text(line: Line) -> str:
    """The line for people: what it is, of what, then what it says, leaving out what it says nothing about.

    Times are New York's. Numbers have all their digits: nobody may read a price here that is not the one that came.
    """
    kind = line["kind"]
    symbol = str(line.get("symbol", ""))
    told = " ".join(
        f"{name.removesuffix('_ms')}={_shown(name, value)}"
        for name, value in line.items()
        if name not in {"kind", "symbol"} and value not in _NOTHING
    )
    return f"{kind:<9} {symbol:<8} {told}".rstrip()


def _shown(name: str, value: object) -> str:
    if value is None:
        return "–"
    if isinstance(value, int) and (name == "timestamp" or name.endswith("_ms")):
        return datetime.fromtimestamp(value / 1_000, NEW_YORK).strftime("%H:%M:%S.") + f"{value % 1_000:03}"
    if isinstance(value, float):
        return f"{value:.15g}"
    return ",".join(str(one) for one in value) if isinstance(value, list | tuple) else str(value)


def iso(wall_ms: int) -> str:
    """UTC, with milliseconds and a `Z`."""
    return datetime.fromtimestamp(wall_ms / 1_000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
