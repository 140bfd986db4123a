"""Bars as lines of InfluxDB's line protocol, and the names under which they are kept (ADR 22).

Measurements: `bars` (final bars of history), `bars_stream` (the provider's, as they streamed), `bars_own` (built here
from prints) and `covers` (stretches in which nothing is missing). Tags: `market`, `symbol`, `timeframe`. Times in ms.
Every field is a float: the first write fixes a field's type for ever, and the server refuses `100i` after `100`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np

from live_monitor.data.stores.store_errors import RefusedBars
from live_monitor.engine.market.bar_columns import BarColumns, BarSource
from live_monitor.ports import SeriesKey

#: One measurement a rank: a bar that ranks lower never overwrites a better one, whoever writes last (ADR 22).
MEASUREMENTS: Final[dict[BarSource, str]] = {
    BarSource.OWN: "bars_own",
    BarSource.STREAM: "bars_stream",
    BarSource.HISTORY: "bars",
}
COVERS: Final = "covers"
#: What may be absent, in the order of the bits of `absent`.
OPTIONAL: Final = ("open", "high", "low", "close", "volume", "vwap", "trades", "cumulative_volume")
#: All fields of a bar. `absent` has a bit for each of `OPTIONAL` that this bar does not have: where a newer line leaves
#: a field out, the server keeps the value of the older one.
FIELDS: Final = (*OPTIONAL, "revised", "proof", "absent")

_ESCAPES: Final = str.maketrans({",": r"\,", "=": r"\=", " ": r"\ "})


def tag(text: str) -> str:
    """A tag value as the line protocol wants it. Raises RefusedBars for what it cannot carry."""
    if not text or "\\" in text or not text.isprintable():
        raise RefusedBars(
            f"A shared store cannot keep bars under the name {text!r}.", "Ask for the symbol under another name."
        )
    return text.translate(_ESCAPES)


def lines_of(key: SeriesKey, bars: BarColumns) -> Iterator[str]:
    """One line a bar, not in order of time. Raises RefusedBars for an infinite number, which no line can carry."""
    tags = f"market={tag(key.market)},symbol={tag(key.symbol)},timeframe={tag(key.timeframe.name)}".replace("%", "%%")
    values = [np.asarray(getattr(bars, name), np.float64) for name in OPTIONAL]
    absent = np.zeros(bars.length, np.int64)
    for bit, (name, column) in enumerate(zip(OPTIONAL, values, strict=True)):
        if np.isinf(column).any():
            raise RefusedBars(f"A bar of {key.symbol} has an infinite {name}; a shared store cannot keep it.")
        absent |= (np.isnan(column) if name != "trades" else column < 0).astype(np.int64) << bit
    values += [bars.revised.astype(np.float64), bars.proof.astype(np.float64), absent.astype(np.float64)]
    # Bars of one source with the same absences are lines of one shape: nothing is decided bar by bar.
    shapes = bars.source.astype(np.int64) << len(OPTIONAL) | absent
    for shape in np.unique(shapes).tolist():
        rows = np.flatnonzero(shapes == shape)
        present = [not (bit < len(OPTIONAL) and shape >> bit & 1) for bit in range(len(FIELDS))]
        fields = ",".join(f"{name}=%r" for name, there in zip(FIELDS, present, strict=True) if there)
        template = f"{MEASUREMENTS[BarSource(shape >> len(OPTIONAL))]},{tags} {fields} %d"
        columns = [column[rows].tolist() for column, there in zip(values, present, strict=True) if there]
        for row in zip(*columns, bars.start_ms[rows].tolist(), strict=True):
            yield template % row


def cover_line(key: SeriesKey, from_ms: int, to_ms: int) -> str:
    """The line that says that nothing is missing in [`from_ms`, `to_ms`)."""
    tags = f"market={tag(key.market)},symbol={tag(key.symbol)},timeframe={tag(key.timeframe.name)}"
    return f"{COVERS},{tags} to_ms={float(to_ms)!r} {from_ms}"
