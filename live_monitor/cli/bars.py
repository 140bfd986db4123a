"""`live-monitor bars SESSION|SYMBOL`: bars of a recorded session, or kept ones, as CSV or as an Excel workbook."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from typing import TYPE_CHECKING

from live_monitor.cli.one_line_parser import OneLineParser
from live_monitor.cli.outputs import STANDARD_OUTPUT, nobody_reads, replaced, text_output
from live_monitor.cli.periods import moment, period
from live_monitor.cli.remarks import remarks
from live_monitor.data.models.timeframe import MINUTE, SECOND, Timeframe
from live_monitor.engine.market.bar_columns import BarColumns
from live_monitor.engine.market.sessions import Calendar, calendar_for
from live_monitor.errors import LiveMonitorError, SessionFileError, StartError, StoreError
from live_monitor.limits import valid_symbol

if TYPE_CHECKING:
    from live_monitor.ports import HistoryStore
    from live_monitor.providers.session_bars import SessionBars
    from live_monitor.wire.session_file import SessionReader


#: Loggers of what `_tell_losses` counts.
_REPORTED = ("live_monitor.limits", "live_monitor.engine.market.conditions", "live_monitor.wire.session_file")


def run(argv: list[str]) -> int:
    """Writes the bars. 0 done, 1 the session or the store cannot be read, 2 it cannot be done as asked.

    Raises SystemExit(2) for a bad command line.
    """
    options = parse(argv)
    try:
        with ExitStack() as stack:
            stack.enter_context(remarks("live-monitor bars", reported=_REPORTED))
            bars = _of_session(options, stack) if options.session is not None else _of_store(options, stack)
            _write(bars, options)
    except LiveMonitorError as error:
        print(f"live-monitor bars: {error}", file=sys.stderr)
        return 1 if isinstance(error, SessionFileError | StoreError) else 2
    except BrokenPipeError:
        nobody_reads()
    except KeyboardInterrupt:
        print("live-monitor bars: stopped; no file was changed", file=sys.stderr)
        return 1
    return 0


# -- command line ------------------------------------------------------------------------------


def parse(argv: list[str]) -> argparse.Namespace:
    """The options of one run; `session` is None for kept bars. Raises SystemExit: 0 after --help, 2 with one line."""
    parser = OneLineParser(
        prog="live-monitor bars",
        description=__doc__,
        epilog="WHEN: a day, 2021-03-01 (meant whole), or an instant, 2021-03-01T09:30, on the exchange's clock.",
        allow_abbrev=False,
    )
    parser.add_argument(
        "what", nargs="+", metavar="SESSION|SYMBOL", help="a session file (.lmsession), or a symbol of the store; one"
    )
    parser.add_argument(
        "--timeframe", type=timeframe, default=MINUTE, metavar="T", help="1s, 7m, 1h, 1D … (default: 1m)"
    )
    parser.add_argument("--extended", action="store_true", help="with what lies outside the regular session")
    parser.add_argument(
        "--daily-rules", action="store_true", help="the eligibility of days decides what counts (sessions only)"
    )
    parser.add_argument("--symbol", type=symbol, metavar="S", help="which one, where a session holds several")
    parser.add_argument("--market", metavar="NAME", help="which one, where a symbol is kept of several")
    parser.add_argument("--from", type=moment, dest="first", metavar="WHEN", help="first day, or instant")
    parser.add_argument("--to", type=moment, dest="last", metavar="WHEN", help="last day, or instant before which")
    parser.add_argument("--csv", metavar="OUT", help="file to write; - is the standard output (default)")
    parser.add_argument("--xlsx", metavar="OUT", help="Excel workbook to write")
    parser.add_argument("--store", metavar="URL", help="store to read (default: as in the settings)")
    parser.add_argument("--data-dir", type=Path, metavar="D", help="folder of the settings and the store")
    options = parser.parse_args(argv)
    options.what, *more = options.what
    if more:
        parser.error(f"one session or symbol at a time: leave out {' '.join(more)}")
    path = Path(options.what).expanduser()
    options.session = path if path.is_file() or path.suffix == ".lmsession" else None
    if options.session is None:
        if not valid_symbol(options.what.upper()) or not options.what:
            parser.error(f"“{options.what}” is neither a file nor a symbol")
        if options.daily_rules or options.symbol:
            parser.error(
                f"{'--daily-rules' if options.daily_rules else '--symbol'} is for session files; "
                f"there is no file {options.what}"
            )
        options.symbol = options.what.upper()
    elif options.market or options.store:
        parser.error("--market and --store are for kept bars; a session file has its own")
    if options.csv is None and options.xlsx is None:
        options.csv = STANDARD_OUTPUT
    _check_outputs(parser, options)
    return options


def _check_outputs(parser: argparse.ArgumentParser, options: argparse.Namespace) -> None:
    files = [Path(out) for out in (options.csv, options.xlsx) if out is not None and out != STANDARD_OUTPUT]
    if options.xlsx == STANDARD_OUTPUT:
        parser.error("a workbook needs a file: --xlsx OUT.xlsx")
    if len(files) == 2 and files[0].absolute() == files[1].absolute():
        parser.error("--csv and --xlsx name the same file")
    if options.session is not None and options.session.exists():
        for file in files:
            if file.exists() and file.samefile(options.session):
                parser.error(f"{file} is the session to read")


def timeframe(text: str) -> Timeframe:
    """A length of bars, for argparse. Raises ArgumentTypeError."""
    try:
        return Timeframe.parse(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def symbol(text: str) -> str:
    """A symbol in capitals, for argparse. Raises ArgumentTypeError."""
    found = text.strip().upper()
    if not valid_symbol(found):
        raise argparse.ArgumentTypeError(f"“{text}” is not a ticker symbol")
    return found


# -- where bars come from ----------------------------------------------------------------------


def _of_session(options: argparse.Namespace, stack: ExitStack) -> Iterator[BarColumns]:
    from live_monitor.data.kept_bars import in_timeframe
    from live_monitor.providers.session_bars import SessionBars, symbols_of
    from live_monitor.wire.session_file import SessionReader

    try:
        reader = SessionReader(stack.enter_context(options.session.open("rb")))
    except OSError as error:
        raise SessionFileError(
            f"{options.session} cannot be opened: {error.strerror or error}.", "Check the path."
        ) from error
    options.symbol = _chosen(symbols_of(reader), options.symbol)
    calendar = calendar_for(options.symbol)
    base = SECOND if options.timeframe.base == SECOND else MINUTE
    bars = SessionBars(reader, options.symbol, base, calendar, daily_rules=options.daily_rules)
    stack.callback(_tell_losses, bars, reader)
    # The rules of days say themselves what of the extended hours counts.
    extended = options.extended or (options.daily_rules and options.timeframe.by_calendar)
    return in_timeframe(bars.days(), base, options.timeframe, calendar, extended=extended)


def _chosen(symbols: tuple[str, ...], wanted: str | None) -> str:
    if wanted is None and len(symbols) == 1:
        return symbols[0]
    if not symbols:
        raise SessionFileError("The session holds no symbol.", "Record or import it again.")
    shown = ", ".join(symbols[:20]) + (" …" if len(symbols) > 20 else "")
    if wanted is None:
        raise StartError(f"The session holds {len(symbols)} symbols.", f"Choose one by --symbol: {shown}.")
    if wanted not in symbols:
        raise StartError(f"The session does not hold {wanted}.", f"It holds {shown}.")
    return wanted


def _of_store(options: argparse.Namespace, stack: ExitStack) -> Iterator[BarColumns]:
    from live_monitor.cli.stores import kept_store
    from live_monitor.data.kept_bars import Kept, kept_bars

    from_ms, to_ms = _period(options)
    store = stack.enter_context(closing(kept_store(options.store, options.data_dir, make=False)))
    market = _market(store, options.symbol, options.market)
    kept = Kept(store, market, options.symbol, calendar_for(options.symbol), from_ms, to_ms)
    return kept_bars(kept, options.timeframe, extended=options.extended)


def _market(store: HistoryStore, symbol: str, wanted: str | None) -> str:
    markets = sorted({key.market for key in store.series() if key.symbol == symbol})
    if not markets:
        raise StartError(
            f"{store.name} keeps no bars of {symbol}.", "They are kept as the desktop runs; or fetch some by backfill."
        )
    if wanted is None and len(markets) == 1:
        return markets[0]
    if wanted not in markets:
        problem = f"Bars of {symbol} are kept of {len(markets)} markets" if wanted is None else f"Not of {wanted}"
        raise StartError(f"{problem}.", f"Choose by --market: {', '.join(markets)}.")
    return wanted


def _tell_losses(bars: SessionBars, reader: SessionReader) -> None:
    """Says on standard error what of the file could not be used."""
    notes = [reader.notice] if reader.notice else []
    notes += [f"not used: {count:,} × {reason}" for reason, count in bars.rejections.by_reason.most_common()]
    notes += [f"condition {name} has no rule: its prints count as volume only" for name in bars.rules.unknown]
    if bars.too_late:
        notes.append(f"not used: {bars.too_late:,} prints of a day that was over")
    if reader.damaged_chunks:
        notes.append(f"not used: {reader.damaged_chunks:,} damaged chunks")
    for note in notes:
        print(f"live-monitor bars: {note}", file=sys.stderr)


# -- writing -----------------------------------------------------------------------------------


def _write(bars: Iterator[BarColumns], options: argparse.Namespace) -> None:
    calendar = calendar_for(options.symbol)
    wanted = _between(bars, *_period(options))
    with ExitStack() as stack:
        if options.csv is not None:
            wanted = _through_csv(wanted, options.csv, stack)
        if options.xlsx is None:
            for _ in wanted:
                pass
        else:
            _write_workbook(wanted, options, calendar, stack)


def _period(options: argparse.Namespace) -> tuple[int, int]:
    try:
        return period(options.first, options.last, calendar_for(options.symbol))
    except ValueError as error:
        raise StartError(f"{error}.") from None


def _between(bars: Iterator[BarColumns], from_ms: int, to_ms: int) -> Iterator[BarColumns]:
    for part in bars:
        if part.length and part.start_ms[0] >= to_ms:
            return
        yield part.between(from_ms, to_ms)


def _through_csv(parts: Iterator[BarColumns], target: str, stack: ExitStack) -> Iterator[BarColumns]:
    from live_monitor.data.bar_export import write_csv

    stream = stack.enter_context(text_output(target))
    write_csv(stream, BarColumns.of(()))

    def written() -> Iterator[BarColumns]:
        for part in parts:
            write_csv(stream, part, header=False)
            yield part

    return written()


def _write_workbook(
    parts: Iterator[BarColumns], options: argparse.Namespace, calendar: Calendar, stack: ExitStack
) -> None:
    from live_monitor.data.bar_export import write_xlsx

    about = {
        "symbol": options.symbol,
        "timeframe": options.timeframe.name,
        "hours": "extended" if options.extended else "regular session",
        "rules": "daily" if options.daily_rules else "intraday",
        "from": options.session.name if options.session is not None else options.what,
    }
    write_xlsx(stack.enter_context(replaced(Path(options.xlsx))), parts, calendar.zone, about)
