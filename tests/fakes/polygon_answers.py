"""Questions to Polygon's REST service and their answers, made of tapes or read from recorded ones; no I/O but files."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote

from tests.fakes.polygon_tape import Row, Tape, end_of, local, trade, walk

Query = dict[str, str]

#: The vendor names its own host here, whoever was asked, and leaves the key out.
PUBLIC = "https://api.massive.com"
NOT_FOUND = (404, {"status": "NOT_FOUND", "request_id": "r1", "message": "Ticker not found."})
_AGGS = re.compile(r"/v2/aggs/ticker/([^/]+)/range/1/(second|minute|day)/(\d+)/(\d+)")
_TICKS = re.compile(r"/v3/(trades|quotes)/([^/]+)")
_SNAPSHOT = "/v2/snapshot/locale/us/markets/stocks/tickers"


class Service:
    """What the service knows. One thread at a time."""

    def __init__(self, mocks: Path | None) -> None:
        self._mocks = mocks
        self._tapes: dict[str, Tape] = {}
        self._quotes: dict[str, list[Row]] = {}
        self._snapshots: dict[str, Row] = {}
        self._said: dict[str, Any] = {}
        self._cursors: dict[str, tuple[str, Query, int]] = {}
        #: The present, for what depends on it; 0: that of the machine.
        self._now_ms = 0
        #: Rows a page holds at most, whatever was asked for.
        self._page = 50_000

    # -- commands -------------------------------------------------------------------------------

    def do(self, what: str, given: dict[str, Any]) -> Mapping[str, Any] | None:
        """One command; its answer. Raises ValueError for one that is not known."""
        if what == "walk":
            tape = self._tape(given.pop("symbol"))
            tape.add(walk(**given))
            return {"rows": len(tape.rows)}
        if what == "prints":
            self._tape(given["symbol"]).add(given["rows"])
        elif what == "trade":
            tape = self._tape(given.pop("symbol"))
            sequence = given.pop("sequence", len(tape.rows) + 1)
            tape.add([trade(given.pop("price"), given.pop("size"), given.pop("at_ms", self._now()), sequence, **given)])
        elif what == "quote":
            self._quotes.setdefault(given["symbol"], []).append(_quote(self._now(), **given))
        elif what == "rows":
            return {"rows": self._tape(given["symbol"]).rows}
        elif what == "bars":
            return {"bars": self._tape(given["symbol"]).bars(given["timespan"])}
        elif what == "snapshot":
            self._snapshots[given["symbol"]] = given["row"]
        elif what == "say":
            self._said[given["path"]] = given["body"]
        elif what == "now":
            self._now_ms = given["ms"]
        elif what == "page":
            self._page = given["rows"]
        else:
            raise ValueError(f"unknown command {what!r}")
        return None

    def _tape(self, symbol: str) -> Tape:
        return self._tapes.setdefault(symbol, Tape(symbol))

    def _now(self) -> int:
        return self._now_ms or time.time_ns() // 1_000_000

    # -- questions ------------------------------------------------------------------------------

    def answer(self, path: str, query: Query) -> tuple[int, Any]:
        """Status and body for one question."""
        if path in self._said:
            return 200, self._said[path]
        recorded = self._recorded(unquote(path), query)
        if recorded is not None:
            return 200, recorded
        cursor = self._cursors.get(query.get("cursor", ""))
        if cursor is not None:
            path, query, first = *cursor[:2], cursor[2]
        else:
            first = 0
        bars = _AGGS.fullmatch(path)
        if bars is not None:
            return self._aggregates(path, bars.groups(), query, first)
        ticks = _TICKS.fullmatch(path)
        if ticks is not None:
            return self._ticks(path, ticks.groups(), query, first)
        return self._others(path, query)

    def _recorded(self, path: str, query: Query) -> Any:
        """The answer as it was recorded; the file is named by path and the parameters that the recorder gave."""
        if self._mocks is None:
            return None
        cursor = f"&cursor={quote(query['cursor'], safe='')}" if "cursor" in query else ""
        asked = self._mocks / path[1:]
        for file in (
            Path(f"{asked}{cursor}.json"),
            asked / "index.json",
            *sorted(asked.parent.glob(f"{asked.name}&*")),
        ):
            if file.is_file() and (cursor or "cursor=" not in file.name):
                return json.loads(file.read_text(encoding="utf-8"))
        return None

    def _page_of(self, path: str, query: Query, rows: list[Row], first: int, limit: int) -> Row:
        """`rows` from `first` on, and where the rest is."""
        last = first + min(limit, self._page)
        body: Row = {"status": "OK", "request_id": "r1"}
        if rows[first:last]:
            body["results"] = rows[first:last]
        if last < len(rows):
            name = f"c{len(self._cursors)}"
            self._cursors[name] = (path, query, last)
            body["next_url"] = f"{PUBLIC}{path}?cursor={name}"
        return body

    def _aggregates(self, path: str, asked: tuple[str, ...], query: Query, first: int) -> tuple[int, Any]:
        symbol, timespan, from_ms, to_ms = unquote(asked[0]), asked[1], int(asked[2]), int(asked[3])
        if symbol not in self._tapes:
            return 200, {"ticker": symbol, "queryCount": 0, "resultsCount": 0, "adjusted": False, "status": "OK"}
        # Both ends count, and the stretch is widened to whole windows.
        rows = [
            row
            for row in self._tapes[symbol].bars(timespan)
            if end_of(row["t"], timespan) > from_ms and row["t"] <= to_ms and row["t"] <= self._now()
        ]
        if query.get("sort", "asc") == "desc":
            rows.reverse()
        body = self._page_of(path, query, rows, first, int(query.get("limit", "5000")))
        adjusted = query.get("adjusted", "true") == "true"
        return 200, {"ticker": symbol, "resultsCount": len(rows), "adjusted": adjusted, **body}

    def _ticks(self, path: str, asked: tuple[str, ...], query: Query, first: int) -> tuple[int, Any]:
        kind, symbol = asked[0], unquote(asked[1])
        rows = self._quotes.get(symbol, []) if kind == "quotes" else self._tapes.get(symbol, Tape(symbol)).rows
        from_ns, before_ns = int(query.get("timestamp.gte", "0")), int(query.get("timestamp.lt", str(2**63)))
        before_ns = min(before_ns, self._now() * 1_000_000 + 999_999)
        rows = [row for row in rows if from_ns <= row["sip_timestamp"] < before_ns]
        if query.get("order", "desc") == "desc":
            rows.reverse()
        return 200, self._page_of(path, query, rows, first, int(query.get("limit", "1000")))

    def _others(self, path: str, query: Query) -> tuple[int, Any]:
        if path == _SNAPSHOT:
            rows = [self._level_1(symbol) for symbol in query.get("tickers", "").split(",")]
            return 200, {"status": "OK", "count": len(rows), "tickers": [row for row in rows if row is not None]}
        if path.startswith(f"{_SNAPSHOT}/"):
            row = self._level_1(unquote(path.rpartition("/")[2]))
            return NOT_FOUND if row is None else (200, {"status": "OK", "request_id": "r1", "ticker": row})
        if path == "/v3/reference/tickers":
            letters = query.get("search", "").upper()
            found = [{"ticker": name, "name": f"{name} Inc.", "market": "stocks"} for name in sorted(self._tapes)]
            return 200, {"status": "OK", "results": [row for row in found if letters in row["ticker"]]}
        return 404, {"status": "NOT_FOUND", "request_id": "r1", "message": f"no page {path}"}

    def _level_1(self, symbol: str) -> Row | None:
        """Level 1 of the day of the newest print up to now."""
        if symbol in self._snapshots:
            return self._snapshots[symbol]
        tape = self._tapes.get(symbol)
        now_ns = self._now() * 1_000_000
        seen = Tape(symbol)
        seen.add(row for row in (tape.rows if tape else ()) if row["sip_timestamp"] <= now_ns)
        if not seen.rows:
            return None
        last = seen.rows[-1]
        today = local(last["sip_timestamp"] // 1_000_000).date()
        of_day = Tape(symbol)
        of_day.add(row for row in seen.rows if local(row["sip_timestamp"] // 1_000_000).date() == today)
        days, minutes = of_day.bars("day"), of_day.bars("minute")
        before = [bar for bar in seen.bars("day") if _date(bar) < today]
        return {
            "ticker": symbol, "updated": last["sip_timestamp"],
            "day": {**(days[-1] if days else dict.fromkeys("ohlc", 0) | {"vw": 0}), "v": of_day.volume()},
            "min": {**minutes[-1], "av": of_day.volume()} if minutes else {},
            "prevDay": before[-1] if before else dict.fromkeys("ohlcv", 0),
            "lastTrade": {
                "c": last["conditions"], "i": last["id"], "p": last["price"], "s": last["size"],
                "t": last["sip_timestamp"], "x": last["exchange"],
            },
        }  # fmt: skip


def _date(bar: Row) -> date:
    return local(bar["t"]).date()


def _quote(now_ms: int, symbol: str, bid: float, ask: float, at_ms: int = 0, **more: Any) -> Row:
    del symbol
    at_ns = (at_ms or now_ms) * 1_000_000
    return {
        "ask_exchange": 11, "ask_price": ask, "ask_size": 80, "bid_exchange": 12, "bid_price": bid, "bid_size": 240,
        "participant_timestamp": at_ns, "sip_timestamp": at_ns, "sequence_number": 1, "tape": 3, **more,
    }  # fmt: skip
