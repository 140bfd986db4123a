"""Lean's tick files to one session: merged by time, the vendor's lines as they are.

A file holds the trades or the quotes of one symbol and day; its names say which. Files are read side by side, a chunk
at a time, so that memory does not grow with their length (only the session itself does, compressed).
"""

from __future__ import annotations

import heapq
import re
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import date, datetime
from pathlib import Path, PurePosixPath
from typing import IO, Final, NamedTuple
from zoneinfo import ZoneInfo

from live_monitor.errors import ImportFileError
from live_monitor.limits import Rejections, valid_symbol
from live_monitor.providers.lean_ticks import (
    ENCODING,
    MAX_LINE_BYTES,
    PROVIDER,
    SUSPICIOUS,
    TIME_ZONE,
    LeanTicks,
    QuoteRow,
    day_span_ns,
)
from live_monitor.wire.session_file import SessionHeader, SessionWriter

TRADE, QUOTE = "trade", "quote"
#: A day of the busiest symbol is below 1 GB; what claims more is damaged or meant to do harm.
MAX_FILE_BYTES: Final = 2 * 2**30
#: Ticks of older days carry letters of the tapes, some of which would pass as hexadecimal numbers.
FIRST_YEAR: Final = 2007

#: `20131007_trade.zip`, in the folder of its symbol.
_OUTER: Final = re.compile(r"(\d{8})_(trade|quote)\.zip", re.ASCII | re.IGNORECASE)
#: `20131007_ibm_Trade_Tick.csv`, inside.
_INNER: Final = re.compile(r"(\d{8})_(.{1,32})_(trade|quote)_tick\.csv", re.ASCII | re.IGNORECASE)
#: `20131007_ibm_minute_trade.csv`: bars.
_BARS: Final = re.compile(r"\d{8}_.+_(second|minute|hour|daily)_(trade|quote)\.csv", re.ASCII | re.IGNORECASE)
#: What zipfile raises for bytes that are not what was packed; a name in broken UTF-8 among them.
_DAMAGE: Final = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, UnicodeDecodeError)
_WANTED: Final = "Give Lean's tick files, such as equity/usa/tick/ibm/20131007_trade.zip."


class Contents(NamedTuple):
    """What a file holds, by its names. `kind` is TRADE or QUOTE."""

    symbol: str
    day: date
    kind: str


class Frame(NamedTuple):
    """What becomes one frame: a print's line, or the one or two lines of a quote."""

    time_ns: int
    lines: bytes
    channel: str


class LeanFile:
    """One file, and what was met of it while `frames` was read."""

    def __init__(self, path: Path, rejections: Rejections) -> None:
        """Looks at the names only. Raises ImportFileError when it is no tick file."""
        self.path = path
        self.rejections = rejections
        with _opened(path) as (_, inner):
            self.contents = _contents(path, inner)
        self.rows = self.refused = self.suspicious = self.late = 0

    def frames(self) -> Iterator[Frame]:
        """Usable rows in the order of the file; the bid's and the ask's row of one quote together.

        Raises ImportFileError for a file that cannot be read, is damaged or holds no tick.
        """
        ticks = LeanTicks(self.contents.symbol, self.rejections)
        with _opened(self.path) as (stream, _):
            read = self._trades if self.contents.kind == TRADE else self._quotes
            yield from read(_lines(stream), ticks)
        if not self.rows:
            raise _not_ticks(self)

    def _trades(self, lines: Iterator[bytes], ticks: LeanTicks) -> Iterator[Frame]:
        place = _Place(self.contents)
        for line in lines:
            found = ticks.trade(line, 0, 1)
            if found is None:
                self.refused += 1
                continue
            offset_ns, trade = found
            self.rows += 1
            self.suspicious += SUSPICIOUS in trade.conditions
            self.late += place.is_late(offset_ns)
            yield Frame(place.start_ns + offset_ns, line, place.channel)

    def _quotes(self, lines: Iterator[bytes], ticks: LeanTicks) -> Iterator[Frame]:
        place = _Place(self.contents)
        waiting: tuple[QuoteRow, bytes] | None = None
        for line in lines:
            row = ticks.quote(line)
            if row is None:
                self.refused += 1
                continue
            self.rows += 1
            self.suspicious += row.passed_over == SUSPICIOUS
            self.late += place.is_late(row.offset_ns)
            if waiting is not None and _belong_together(waiting[0], row):
                yield Frame(place.start_ns + row.offset_ns, waiting[1] + b"\n" + line, place.channel)
                waiting = None
                continue
            if waiting is not None:
                yield Frame(place.start_ns + waiting[0].offset_ns, waiting[1], place.channel)
            waiting = (row, line)
        if waiting is not None:
            yield Frame(place.start_ns + waiting[0].offset_ns, waiting[1], place.channel)


class _Place:
    """Where the rows of a file belong: channel, midnight, and the latest time so far."""

    def __init__(self, contents: Contents) -> None:
        self.channel = f"{PROVIDER}/{contents.symbol}"
        self.start_ns, _ = day_span_ns(contents.day)
        self._latest_ns = 0

    def is_late(self, offset_ns: int) -> bool:
        if offset_ns < self._latest_ns:
            return True
        self._latest_ns = offset_ns
        return False


class Written(NamedTuple):
    """What a session was made of; times in ns since the epoch."""

    symbols: tuple[str, ...]
    first_ns: int
    last_ns: int


def write_session(stream: IO[bytes], files: Sequence[LeanFile], importer: str) -> Written:
    """Merges `files` by time into a session; the time of receipt is a row's own.

    At one instant prints come before quotes, then by symbol: a quote that changes at the instant of a print mostly
    changes because of it. Raises ImportFileError when two files hold the same, or as `LeanFile.frames` does, and
    OSError from the stream.
    """
    ordered = sorted(files, key=lambda file: (file.contents.kind != TRADE, file.contents.symbol, file.contents.day))
    _refuse_repeats(ordered)
    symbols = tuple(sorted({file.contents.symbol for file in files}))
    header = SessionHeader(
        provider=PROVIDER,
        encoding=ENCODING,
        symbols=symbols,
        trading_date=max(file.contents.day for file in files).isoformat(),
        time_zone=TIME_ZONE,
        importer=importer,
    )
    writer = SessionWriter(stream, header)
    first_ns = last_ns = 0
    with ExitStack() as open_files:
        sources = [file.frames() for file in ordered]
        for source in sources:
            open_files.callback(source.close)  # type: ignore[attr-defined]  # a generator, which an Iterator need not be
        for frame in heapq.merge(*sources, key=_by_time):
            writer.write(frame.lines, frame.time_ns, frame.channel)
            first_ns = min(first_ns or frame.time_ns, frame.time_ns)
            last_ns = max(last_ns, frame.time_ns)
    writer.close()
    return Written(symbols, first_ns, last_ns)


def new_york(time_ns: int) -> datetime:
    """An instant where the exchange is, to the second."""
    return datetime.fromtimestamp(time_ns // 1_000_000_000, ZoneInfo(TIME_ZONE))


def _by_time(frame: Frame) -> int:
    return frame.time_ns


def _belong_together(first: QuoteRow, then: QuoteRow) -> bool:
    """The vendor writes each quote as a row of its bid and at once one of its ask, both at the same time."""
    return first.offset_ns == then.offset_ns and first.ask is None and then.bid is None


def _refuse_repeats(files: Sequence[LeanFile]) -> None:
    seen: dict[Contents, Path] = {}
    for file in files:
        other = seen.get(file.contents)
        if other is not None:
            symbol, day, kind = file.contents
            raise ImportFileError(
                f"{other} and {file.path} both hold the {kind}s of {symbol} on {day}.",
                "Give each file once: rows have no id by which a repeat could be told.",
            )
        seen[file.contents] = file.path


@contextmanager
def _opened(path: Path) -> Iterator[tuple[IO[bytes], str]]:
    """Rows of a zip or plain file, and the name of that file. Raises ImportFileError, also for what the body meets."""
    try:
        with path.open("rb") as outer:
            plain = outer.read(4) != b"PK\x03\x04"
            outer.seek(0)
            if plain and path.suffix.lower() != ".zip":
                yield outer, path.name
                return
            with zipfile.ZipFile(outer) as archive:
                member = _only_member(archive, path)
                with archive.open(member) as stream:
                    yield stream, PurePosixPath(member.filename).name
    except _DAMAGE as error:
        raise ImportFileError(f"{path} is damaged: its contents cannot be unpacked.", "Get the file again.") from error
    except OSError as error:
        raise ImportFileError(f"{path} cannot be read: {error.strerror or error}.", "Check the path.") from error


def _only_member(archive: zipfile.ZipFile, path: Path) -> zipfile.ZipInfo:
    members = [member for member in archive.infolist() if not member.is_dir()]
    if len(members) != 1:
        raise ImportFileError(f"{path} holds {len(members):,} files instead of one.", _WANTED)
    (member,) = members
    if member.flag_bits & 1:
        raise ImportFileError(f"{path} is encrypted.", "Unpack it and pack it again without a password.")
    if member.compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}:
        raise ImportFileError(f"{path} is packed in an unusual way.", "Unpack it and pack it again as an ordinary zip.")
    if member.file_size > MAX_FILE_BYTES:
        raise ImportFileError(f"{path} claims to hold {member.file_size / 2**30:,.0f} GB.", _WANTED)
    return member


def _contents(path: Path, inner_name: str) -> Contents:
    """What a file holds: by the name inside, which is complete, or by that of the zip and its folder."""
    if _BARS.fullmatch(inner_name):
        raise ImportFileError(f"{path} holds bars, not ticks.", _WANTED)
    inner, outer = _INNER.fullmatch(inner_name), _OUTER.fullmatch(path.name)
    if inner is None and outer is None:
        raise ImportFileError(f"The name of {path} tells neither date nor kind of the ticks in it.", _WANTED)
    found = []
    if inner is not None:
        found.append(Contents(inner[2].upper(), _day(inner[1], path), inner[3].lower()))
    if outer is not None:
        folder = path.absolute().parent.name
        found.append(Contents(folder.upper(), _day(outer[1], path), outer[2].lower()))
    if len({(each.day, each.kind) for each in found}) > 1:
        raise ImportFileError(
            f"{path} is named for the {found[-1].kind}s of {found[-1].day}, but holds {inner_name}.",
            "Give it the name that fits, if you know which.",
        )
    contents = found[0]
    if not valid_symbol(contents.symbol):
        raise ImportFileError(f"{contents.symbol[:40]!r}, the symbol that {path} is named for, is none.", _WANTED)
    return contents


def _day(text: str, path: Path) -> date:
    try:
        day = date(int(text[:4]), int(text[4:6]), int(text[6:]))
    except ValueError as error:
        raise ImportFileError(f"{text} in the name of {path} is no date.", _WANTED) from error
    if not FIRST_YEAR <= day.year < 2100:
        raise ImportFileError(
            f"{path} holds ticks of {day.year}.", f"Ticks before {FIRST_YEAR} have another format, which is not read."
        )
    return day


def _lines(stream: IO[bytes]) -> Iterator[bytes]:
    """Lines without their ends, blank ones left out; none is longer than a row can be (and one byte)."""
    while line := stream.readline(MAX_LINE_BYTES + 1):
        if not line.endswith(b"\n") and len(line) > MAX_LINE_BYTES:
            yield line
            while (rest := stream.readline(MAX_LINE_BYTES)) and not rest.endswith(b"\n"):
                pass
            continue
        line = line.strip()
        if line:
            yield line


def _not_ticks(file: LeanFile) -> ImportFileError:
    if not file.refused:
        return ImportFileError(f"{file.path} holds no rows.", _WANTED)
    return ImportFileError(
        f"None of the {file.refused:,} rows of {file.path} is a {file.contents.kind} of Lean.", _WANTED
    )
