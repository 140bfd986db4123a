"""Questions in InfluxQL, and their answers as bars. Pure: nothing here speaks to a server."""

from __future__ import annotations

import logging
from typing import Any, Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from live_monitor import limits
from live_monitor.data.models.timeframe import BASES, Timeframe
from live_monitor.data.stores.influx_line import COVERS, FIELDS, MEASUREMENTS, OPTIONAL
from live_monitor.engine.market.bar_columns import COLUMNS, BarColumns, BarSource, Proof
from live_monitor.ports import SeriesKey

_log = logging.getLogger(__name__)

#: Nanoseconds in 64 bits end here (1677 and 2262); the server refuses a statement with a time beyond.
FIRST_MS: Final = -9_223_372_036_854
LAST_MS: Final = 9_223_372_036_854
_PROOFS: Final = max(Proof)


class Series(msgspec.Struct):
    """One table of an answer. Times are floats too: ms are exact in them until the year 287396."""

    columns: list[str]
    values: list[list[float | None]] = []
    tags: dict[str, str] = {}
    partial: bool = False


class Result(msgspec.Struct):
    """What became of one statement."""

    statement_id: int = 0
    series: list[Series] = []
    error: str = ""
    partial: bool = False


class Answer(msgspec.Struct):
    """Everything that a server says to a question."""

    results: list[Result] = []
    error: str = ""


_decode = msgspec.json.Decoder(Answer).decode


def read_answer(body: bytes) -> Answer:
    """Raises ValueError for what is no answer of an InfluxDB."""
    try:
        return _decode(body)
    except RecursionError as problem:
        raise ValueError("nested too deep") from problem


def quoted(text: str) -> str:
    """A text as InfluxQL writes it in a condition."""
    escaped = text.replace("\\", "\\\\").replace("'", "\\'").replace("\n", "\\n")
    return f"'{escaped}'"


def _where(key: SeriesKey, from_ms: int, to_ms: int) -> str:
    first, last = max(from_ms, FIRST_MS), min(to_ms, LAST_MS)
    return (
        f'"market" = {quoted(key.market)} AND "symbol" = {quoted(key.symbol)}'
        f' AND "timeframe" = {quoted(key.timeframe.name)} AND time >= {first}ms AND time < {last}ms'
    )


def ask_bars(key: SeriesKey, source: BarSource, from_ms: int, to_ms: int, limit: int, *, newest_first: bool) -> str:
    """The statement for at most `limit` bars of one rank that start in [`from_ms`, `to_ms`)."""
    fields = ",".join(f'"{name}"' for name in FIELDS)
    order = "DESC" if newest_first else "ASC"
    where = _where(key, from_ms, to_ms)
    return f'SELECT {fields} FROM "{MEASUREMENTS[source]}" WHERE {where} ORDER BY time {order} LIMIT {limit}'


def ask_covers(key: SeriesKey, to_ms: int) -> str:
    """The statement for all stretches of a series that begin before `to_ms`."""
    return f'SELECT "to_ms" FROM "{COVERS}" WHERE {_where(key, FIRST_MS, to_ms)}'


def ask_series() -> str:
    """The statement that names every series: `SHOW SERIES` is not answered by every version."""
    names = ",".join(f'"{name}"' for name in MEASUREMENTS.values())
    return f'SELECT LAST("absent") FROM {names} GROUP BY "market","symbol","timeframe"'


def bars_of(table: Series, source: BarSource) -> BarColumns:
    """The bars of one table, in its order. Rows that are no bars of ours are left out and logged.

    Raises ValueError when the columns are not those that were asked for.
    """
    if not table.values:
        return BarColumns.of(())
    cells = _cells(table, ("time", *FIELDS))
    by_name = dict(zip(("time", *FIELDS), cells.T, strict=True))
    absent, proof, revised, trades = (by_name[name] for name in ("absent", "proof", "revised", "trades"))
    known = (absent >= 0) & (absent < 1 << len(OPTIONAL)) & (proof >= 0) & (proof <= _PROOFS) & (revised >= 0)
    if not known.all():
        _log.warning("The shared store holds bars that this program did not write: %d left out", int((~known).sum()))
        cells = cells[known]
        by_name = dict(zip(("time", *FIELDS), cells.T, strict=True))
        absent, proof, revised, trades = (by_name[name] for name in ("absent", "proof", "revised", "trades"))
    bits = absent.astype(np.int64)
    for bit, name in enumerate(OPTIONAL):
        gone = (bits >> bit & 1).astype(bool)
        if gone.any():
            by_name[name] = np.where(gone, np.nan, by_name[name])
    trades = by_name["trades"]
    columns: dict[str, Any] = {name: by_name[name] for name in COLUMNS if name in by_name}
    columns["start_ms"] = by_name["time"]
    columns["trades"] = np.where(np.isnan(trades), -1, trades)
    columns["source"] = np.full(len(cells), source)
    return BarColumns(*(np.ascontiguousarray(columns[name]).astype(dtype) for name, dtype in COLUMNS.items()))


def covers_of(table: Series) -> list[tuple[int, int]]:
    """The stretches of a table. Raises ValueError as `bars_of` does."""
    cells = _cells(table, ("time", "to_ms")) if table.values else np.empty((0, 2))
    return [(int(start), int(end)) for start, end in cells.tolist() if end > start]


def series_of(tables: list[Series]) -> list[SeriesKey]:
    """The series that the tables name, sorted; what another program keeps under the same names is passed over."""
    found = set()
    for table in tables:
        tags = table.tags
        try:
            timeframe = Timeframe.parse(tags.get("timeframe", ""))
        except ValueError:
            continue
        market, symbol = tags.get("market", ""), tags.get("symbol", "")
        if market and timeframe in BASES and limits.valid_symbol(symbol):
            found.add(SeriesKey(market, symbol, timeframe))
    return sorted(found)


def _cells(table: Series, names: tuple[str, ...]) -> NDArray[np.float64]:
    """All values, one row a row, in the order of `names`; absent ones are NaN."""
    if sorted(table.columns) != sorted(names):
        raise ValueError(f"columns {', '.join(table.columns)[:200]}")
    cells = np.array(table.values, np.float64)
    if cells.ndim != 2 or cells.shape[1] != len(names):
        raise ValueError("rows of unequal length")
    order = [table.columns.index(name) for name in names]
    return cells if order == list(range(len(names))) else cells[:, order]
