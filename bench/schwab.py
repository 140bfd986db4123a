"""Frames of Schwab's level 1: deltas merged and checked until they are values, beside a dict that checks nothing."""

from __future__ import annotations

import json
import random
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final

from bench.rows import Row, Size, interleave, yield_of
from live_monitor.limits import Rejections
from live_monitor.wire.schwab import SchwabDecoder

FIELDS: Final = 200_000
AT_MS: Final = 1_795_188_600_000
SYMBOLS: Final = 200
#: Fields of a delta as they change together: a quote, or a last price with what belongs to it.
_SHAPES: Final = (("1", "4", "34"), ("2", "5", "34"), ("1", "2", "4", "5", "34"), ("3", "8", "9", "35"))
_NAMES: Final = {
    "1": "BID_PRICE", "2": "ASK_PRICE", "3": "LAST_PRICE", "4": "BID_SIZE", "5": "ASK_SIZE", "8": "TOTAL_VOLUME",
    "9": "LAST_SIZE", "34": "QUOTE_TIME_MILLIS", "35": "TRADE_TIME_MILLIS",
}  # fmt: skip


def deltas(fields: int, per_frame: int) -> tuple[list[bytes], int]:
    """Frames of `per_frame` records, and how many fields they hold, at least `fields`."""
    numbers = random.Random(7)
    frames, count = [], 0
    while count < fields:
        records = []
        for _ in range(per_frame):
            shape = numbers.choice(_SHAPES)
            count += len(shape)
            records.append({"key": f"S{numbers.randrange(SYMBOLS)}"} | {name: _value(name, numbers) for name in shape})
        frame = {"service": "LEVELONE_EQUITIES", "timestamp": AT_MS, "command": "SUBS", "content": records}
        frames.append(json.dumps({"data": [frame]}, separators=(",", ":")).encode())
    return frames, count


def _value(name: str, numbers: random.Random) -> float:
    if name in ("34", "35"):
        return AT_MS + numbers.randrange(1000)
    return round(numbers.uniform(100, 200), 2) if name in "123" else numbers.randrange(1, 9_000_000)


def _relabelled(raw: bytes, rows: dict[str, dict[str, Any]]) -> None:
    """What one writes first, and what client libraries give: named fields, merged, believed."""
    for record in json.loads(raw)["data"][0]["content"]:
        row = rows.setdefault(record["key"], {})
        row.update((_NAMES.get(name, name), value) for name, value in record.items())


def _per_second(work: Callable[[bytes], object], taken: Sequence[bytes], fields: int) -> Callable[[], float]:
    def measure() -> float:
        # CPU time of the best of three: neighbours on the machine only ever add to it.
        best = float("inf")
        for _ in range(3):
            started = time.process_time()
            for frame in taken:
                work(frame)
            best = min(best, time.process_time() - started)
        return fields / best

    return measure


def schwab(size: Size) -> Iterator[Row]:
    """Rows of frames that hold many records, and of those that hold one."""
    for per_frame in (50, 1):
        taken, fields = deltas(size.count(FIELDS), per_frame)
        decoder = SchwabDecoder(Rejections())
        rows: dict[str, dict[str, Any]] = {}
        found = interleave(
            size.rounds,
            {
                "ours": _per_second(lambda raw, d=decoder: d.decode(raw, AT_MS, 2 * AT_MS), taken, fields),  # type: ignore[misc]  # a default binds the loop's decoder
                "peer": _per_second(lambda raw, r=rows: _relabelled(raw, r), taken, fields),  # type: ignore[misc]  # the same
            },
        )
        if decoder.delayed is not None:
            raise AssertionError("nothing was said of a delay")
        case = f"Schwab, deltas merged and checked, {per_frame} to a frame"
        yield yield_of("providers", case, found["ours"], "fields/s of CPU", "a dict that is believed", found["peer"])
