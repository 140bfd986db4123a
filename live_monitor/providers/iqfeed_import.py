"""Recorded IQFeed tick files to one session: ordered by time, without repeats, the vendor's lines as they are.

A file names no symbol and ends with `!ENDMSG!,`; the service answers newest first unless it was asked otherwise.
All rows are held in memory while they are ordered (about 250 bytes each).
"""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterator
from datetime import date, datetime
from typing import IO, Final, NamedTuple
from zoneinfo import ZoneInfo

from live_monitor.errors import ImportFileError
from live_monitor.providers.iqfeed_ticks import ENCODING, MAX_LINE_BYTES, PROVIDER, TIME_ZONE, IqfeedTicks, is_end
from live_monitor.wire.session_file import SessionHeader, SessionWriter

_GZIP_MAGIC: Final = b"\x1f\x8b"


class Row(NamedTuple):
    """One usable line of a file. `key` tells the tick among those of its market centre ("" where it has no id)."""

    time_ns: int
    line: bytes
    is_trade: bool
    key: str
    cumulative_volume: float


class TickFile(NamedTuple):
    """The usable rows of one file, oldest first, and in words what is odd about it ("" when nothing is)."""

    rows: list[Row]
    notice: str


class Merged(NamedTuple):
    """The rows of all files, oldest first, each tick once."""

    rows: list[Row]
    duplicates: int
    #: How often the day's volume falls from a row to the next: 0 in a recording of one symbol.
    volume_steps_back: int

    @property
    def trades(self) -> int:
        """Rows that are prints; the others mark an official open or close and carry a quote only."""
        return sum(row.is_trade for row in self.rows)


def read_ticks(stream: IO[bytes], name: str, ticks: IqfeedTicks) -> TickFile:
    """Reads a file of tick rows, plain or gzip; rows that cannot be used are counted in `ticks.rejections`.

    Raises ImportFileError when none of its rows is one of IQFeed's ticks, and OSError when it cannot be read.
    """
    rows: list[Row] = []
    refused = 0
    notice = f"{name}: the end mark is missing; the recording may have been cut off."
    lines = _lines(stream)
    while True:
        try:
            line = next(lines, None)
        except (EOFError, zlib.error, gzip.BadGzipFile):
            notice = f"{name}: the compressed file is cut off or damaged; rows up to there were taken."
            break
        if line is None:
            break
        if is_end(line):
            notice = ""
            break
        row = ticks.row(line, 1)
        if row is None:
            refused += 1
            continue
        key = f"{row.market_centre}/{row.tick_id}" if row.tick_id else ""
        rows.append(Row(row.time_ns, line, row.trade is not None, key, row.cumulative_volume))
    if not rows:
        raise _not_ticks(name, refused)
    if rows[0].time_ns > rows[-1].time_ns:
        # Newest first. Reversed before it is sorted, so that rows of one instant keep the vendor's order.
        rows.reverse()
    rows.sort(key=_by_time)
    return TickFile(rows, notice)


def _by_time(row: Row) -> int:
    return row.time_ns


def _lines(stream: IO[bytes]) -> Iterator[bytes]:
    """Lines without their ends, blank ones left out; none is longer than a row can be (and one byte)."""
    magic = stream.read(2)
    stream.seek(0)
    source: IO[bytes] = gzip.GzipFile(fileobj=stream) if magic == _GZIP_MAGIC else stream  # type: ignore[assignment]  # it reads like one
    while line := source.readline(MAX_LINE_BYTES + 1):
        if not line.endswith(b"\n") and len(line) > MAX_LINE_BYTES:
            yield line
            while (rest := source.readline(MAX_LINE_BYTES)) and not rest.endswith(b"\n"):
                pass
            continue
        line = line.strip()
        if line:
            yield line


def _not_ticks(name: str, refused: int) -> ImportFileError:
    if not refused:
        return ImportFileError(f"{name} holds no rows.", "Ask IQFeed for the ticks again (HTT, HTD or HTX).")
    return ImportFileError(
        f"None of the {refused:,} rows of {name} is a tick of IQFeed (10 or 12 columns that start with the time).",
        "Give a file of ticks (answers to HTT, HTD or HTX), not of intervals or days.",
    )


def merge(files: list[TickFile]) -> Merged:
    """Orders the rows of all files by time; a tick that comes again (same centre, id and time) is left out."""
    ordered = sorted((row for file in files for row in file.rows), key=_by_time) if len(files) > 1 else files[0].rows
    rows: list[Row] = []
    seen: set[tuple[int, str]] = set()
    duplicates = steps_back = 0
    day_end_ns = 0
    volume = 0.0
    zone = ZoneInfo(TIME_ZONE)
    for row in ordered:
        if row.time_ns >= day_end_ns:
            day_end_ns = _day_end_ns(row.time_ns, zone)
            seen.clear()
            volume = 0.0
        if row.key:
            tick = (row.time_ns, row.key)
            if tick in seen:
                duplicates += 1
                continue
            seen.add(tick)
        if row.cumulative_volume < volume:
            steps_back += 1
        elif row.cumulative_volume == row.cumulative_volume:
            volume = row.cumulative_volume
        rows.append(row)
    return Merged(rows, duplicates, steps_back)


def _day_end_ns(time_ns: int, zone: ZoneInfo) -> int:
    day = new_york(time_ns).date()
    midnight = datetime.combine(date.fromordinal(day.toordinal() + 1), datetime.min.time(), zone)
    return int(midnight.timestamp()) * 1_000_000_000


def new_york(time_ns: int) -> datetime:
    """A row's time where the exchange is, to the second."""
    return datetime.fromtimestamp(time_ns // 1_000_000_000, ZoneInfo(TIME_ZONE))


def write_session(stream: IO[bytes], rows: list[Row], symbol: str, importer: str) -> None:
    """Writes the rows as a session; the time of receipt is the row's own. Raises OSError."""
    header = SessionHeader(
        provider=PROVIDER,
        encoding=ENCODING,
        symbols=(symbol,),
        trading_date=new_york(rows[-1].time_ns).date().isoformat(),
        time_zone=TIME_ZONE,
        importer=importer,
    )
    writer = SessionWriter(stream, header)
    channel = f"{PROVIDER}/{symbol}"
    for row in rows:
        writer.write(row.line, row.time_ns, channel)
    writer.close()
