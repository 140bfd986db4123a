"""`live-monitor backfill SYMBOL…`: fetches bars of the past and keeps them, page by page, newest first."""

from __future__ import annotations

import argparse
import os
import re
import sys
import time
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urlsplit

from live_monitor.cli.bars import symbol, timeframe
from live_monitor.cli.one_line_parser import OneLineParser
from live_monitor.cli.periods import moment, period
from live_monitor.cli.progress import ProgressLine
from live_monitor.cli.remarks import remarks
from live_monitor.clock import Clock, SystemClock
from live_monitor.data.models.timeframe import DAY, MINUTE
from live_monitor.engine.market.sessions import Calendar, calendar_for
from live_monitor.errors import HistoryError, LiveMonitorError, SessionFileError, StartError, StoreError
from live_monitor.limits import MIN_TIME_MS
from live_monitor.settings import without_secrets

if TYPE_CHECKING:
    from live_monitor.data.backfill_run import Pace, Progress, Wish
    from live_monitor.ports import HistorySource, HistoryStore

#: Requests a minute of a server elsewhere, unless --rate says otherwise; on this machine nobody has to be spared.
DEFAULT_RATE = 60.0
RATES = (0.1, 60_000.0)
_HOUR_MS = 3_600_000
_PATIENCE_S = 120.0
_LOOPBACK = ("localhost", "127.0.0.1", "::1")


def run(argv: list[str]) -> int:
    """Fetches. 0 done, 1 something could not be fetched or kept, or Ctrl-C; 2 it cannot be done as asked.

    Raises SystemExit(2) for a bad command line.
    """
    options = parse(argv)
    clock = SystemClock()
    try:
        with remarks("live-monitor backfill"):
            origin = open_origin(options, clock)
            with closing(origin.source):
                return _run(options, origin, clock)
    except LiveMonitorError as error:
        print(f"live-monitor backfill: {error}", file=sys.stderr)
        return 1 if isinstance(error, HistoryError | SessionFileError | StoreError) else 2
    except KeyboardInterrupt:
        print("live-monitor backfill: stopped; what was fetched is kept, the next run goes on there", file=sys.stderr)
        return 1


# -- command line ------------------------------------------------------------------------------


def parse(argv: list[str]) -> argparse.Namespace:
    """The options of one run. Raises SystemExit: 0 after --help, 2 with one line for what cannot be done."""
    parser = OneLineParser(
        prog="live-monitor backfill",
        description=__doc__,
        epilog="WHEN: a day, 2021-03-01 (meant whole), or an instant, 2021-03-01T09:30, on the exchange's clock.",
        allow_abbrev=False,
    )
    parser.add_argument("symbols", nargs="+", type=symbol, metavar="SYMBOL")
    parser.add_argument(
        "--from", type=moment, dest="first", metavar="WHEN", help="first day, or instant (all there is)"
    )
    parser.add_argument("--to", type=moment, dest="last", metavar="WHEN", help="last day, or instant (now)")
    parser.add_argument("--timeframe", type=timeframe, default=MINUTE, metavar="T", help="1s, 1m or 1D (default: 1m)")
    parser.add_argument("--url", type=_url, metavar="URL", help="relay server (default: that of the settings)")
    parser.add_argument(
        "--provider", choices=("sim", "replay", "relay", "polygon"), help="sim: the simulated market, no server"
    )
    parser.add_argument("--rest-url", metavar="URL", help="Polygon's REST service (implies --provider polygon)")
    parser.add_argument("--delayed", action="store_true", help="Polygon, 15 minutes late: kept as that market's bars")
    parser.add_argument("--replay", type=Path, metavar="FILE", help="a session file (implies --provider replay)")
    parser.add_argument("--seed", type=_seed, metavar="N", help="of the simulated market (implies --provider sim)")
    parser.add_argument("--rate", type=_rate, metavar="N", help="requests a minute (60; none on this machine), or max")
    parser.add_argument("--store", metavar="URL", help="store to fill (default: as in the settings)")
    parser.add_argument("--data-dir", type=Path, metavar="D", help="folder of the settings and the store")
    options = parser.parse_args(argv)
    problem = _conflict(options)
    if problem:
        parser.error(problem)
    options.symbols = list(dict.fromkeys(options.symbols))
    return options


def _conflict(options: argparse.Namespace) -> str:
    """Settles `provider`; one line about options that cannot go together, "" when all is well."""
    implied = {
        name: option
        for name, option, value in (
            ("relay", "--url", options.url), ("replay", "--replay", options.replay), ("sim", "--seed", options.seed),
            ("polygon", "--rest-url", options.rest_url), ("polygon", "--delayed", options.delayed or None),
        )
        if value is not None
    }  # fmt: skip
    if len(implied) > 1:
        return f"{' and '.join(implied.values())} name different sources: leave one of them out"
    named = next(iter(implied), None)
    if named is not None and options.provider not in (None, named):
        return f"{implied[named]} does not go with --provider {options.provider}"
    options.provider = options.provider or named or "relay"
    if options.provider == "replay" and options.replay is None:
        return "--provider replay needs the session file: add --replay FILE"
    return ""


def _url(text: str) -> str:
    if not re.match(r"wss?://[^\s/]", text):
        raise argparse.ArgumentTypeError("must look like ws://localhost:8200/ws/{client_id}")
    return text


def _seed(text: str) -> int:
    if not re.fullmatch(r"\d{1,18}", text, re.ASCII):
        raise argparse.ArgumentTypeError(f"“{text}” is not a whole number from 0 up")
    return int(text)


def _rate(text: str) -> float:
    """Requests a minute; 0 for `max`."""
    if text == "max":
        return 0.0
    try:
        rate = float(text)
    except ValueError:
        rate = float("nan")
    if not RATES[0] <= rate <= RATES[1]:
        raise argparse.ArgumentTypeError(f"must be {RATES[0]:g} to {RATES[1]:g}, or max, not “{text}”")
    return rate


# -- where from --------------------------------------------------------------------------------


class Origin(NamedTuple):
    """A source of history, the time of its market, and how many requests a minute it is to be asked (0: no limit)."""

    source: HistorySource
    now_ms: int
    rate: float


def open_origin(options: argparse.Namespace, clock: Clock) -> Origin:
    """The source that is asked for. Raises HistoryError, SessionFileError or StartError."""
    if options.provider == "relay":
        return _server(options, clock)
    if options.provider == "polygon":
        return _polygon(options, clock)
    from live_monitor.providers.market_history import MarketHistory

    rate = _chosen_rate(options.rate, 0.0)
    if options.provider == "replay":
        from live_monitor.providers.replay import ReplayMarket

        recorded = ReplayMarket.open(options.replay)
        for edge_ms in range(recorded.start_ms, recorded.end_ms, _HOUR_MS):  # in pieces, which bound the memory
            recorded.advance(min(edge_ms + _HOUR_MS, recorded.end_ms))
        # It is over: nothing of it can come late any more, and its last day has ended.
        over_ms = recorded.end_ms + 2 * DAY.nominal_ms
        recorded.advance(over_ms)
        return Origin(MarketHistory(recorded), over_ms, rate)
    from live_monitor.cli.feed import DEFAULT_SEED
    from live_monitor.providers.simulated import SimulatedMarket

    market = SimulatedMarket(DEFAULT_SEED if options.seed is None else options.seed, options.symbols)
    return Origin(MarketHistory(market), market.start_ms, rate)


def _server(options: argparse.Namespace, clock: Clock) -> Origin:
    from live_monitor.cli.stores import saved_settings
    from live_monitor.data.relay_history import RelayHistory

    address = options.url or saved_settings(options.data_dir).server_url
    try:
        server = RelayHistory(address, "backfill", clock)
    except HistoryError as error:
        raise HistoryError(
            f"{without_secrets(address)}: {error.message}", f"{error.remedy} Or ask another: see --url, --provider."
        ) from error
    near = urlsplit(server.url).hostname in _LOOPBACK
    return Origin(server, server.now_ms, _chosen_rate(options.rate, 0.0 if near else DEFAULT_RATE))


def _polygon(options: argparse.Namespace, clock: Clock) -> Origin:
    """Polygon by the key of the environment or of the key store. Raises StartError, FatalFeedError."""
    from live_monitor.cli.stores import data_folder
    from live_monitor.providers.polygon import DELAY_S
    from live_monitor.providers.polygon_history import PolygonHistory
    from live_monitor.providers.polygon_rest import PolygonRest
    from live_monitor.secrets import POLYGON_API_KEY, SecretStore

    key = SecretStore(os.environ, data_folder(options.data_dir)).get(POLYGON_API_KEY)
    if key is None:
        raise StartError("Polygon needs an API key.", "Set POLYGON_API_KEY, or give it to the desktop.")
    # A command has time: it waits out a server that says "too often".
    rest = PolygonRest(key, options.rest_url or "", clock=clock, patience_s=_PATIENCE_S)
    market, delay_s = ("polygon-delayed", DELAY_S) if options.delayed else ("polygon", 0.0)
    history = PolygonHistory(rest, clock, market=market, delay_s=delay_s)
    near = urlsplit(rest.base_url).hostname in _LOOPBACK
    now_ms = clock.wall_ms() - round(delay_s * 1_000)
    return Origin(history, now_ms, _chosen_rate(options.rate, 0.0 if near else DEFAULT_RATE))


def _chosen_rate(wanted: float | None, default: float) -> float:
    return default if wanted is None else wanted


# -- fetching ----------------------------------------------------------------------------------


def _run(options: argparse.Namespace, origin: Origin, clock: Clock) -> int:
    from live_monitor.cli.stores import kept_store
    from live_monitor.data.backfill_run import Pace

    base = options.timeframe.base
    if base != options.timeframe:
        print(f"{options.timeframe} bars are made of {base} bars: these are fetched.", file=sys.stderr)
    pace = Pace(origin.rate, clock, time.sleep)
    failed = False
    with closing(kept_store(options.store, options.data_dir, make=True)) as store:
        for name in options.symbols:
            wish = _wish(name, options, origin.now_ms)
            try:
                _Task(wish, origin, store).run(pace)
            except HistoryError as error:
                print(f"live-monitor backfill: {name}: {error}", file=sys.stderr)
                failed = True
    return int(failed)


def _wish(name: str, options: argparse.Namespace, now_ms: int) -> Wish:
    from live_monitor.data.backfill_run import Wish

    try:
        from_ms, to_ms = period(options.first, options.last, calendar_for(name))
    except ValueError as error:
        raise StartError(f"{error}.") from None
    if from_ms >= now_ms:
        raise StartError("--from lies in the future.", "Give an earlier one.")
    return Wish(name, options.timeframe.base, from_ms, min(to_ms, now_ms))


class _Task:
    """One symbol: fetches, shows how far it is, and says at the end what came of it."""

    def __init__(self, wish: Wish, origin: Origin, store: HistoryStore) -> None:
        self._wish = wish
        self._origin = origin
        self._store = store
        self._line = ProgressLine(sys.stderr)
        self._calendar = calendar_for(wish.symbol)
        self._progress: Progress | None = None

    def run(self, pace: Pace) -> None:
        from live_monitor.data.backfill_run import backfill

        self._line.paint(self._head, None, "…")
        try:
            backfill(self._origin.source, self._store, self._wish, self._origin.now_ms, pace=pace, told=self._show)
        finally:
            # Also after Ctrl-C and after a failure: what came before it is kept.
            self._line.clear()
            if self._progress is not None:
                print(summary(self._wish, self._progress, self._calendar), flush=True)

    @property
    def _head(self) -> str:
        return f"{self._wish.symbol} {self._wish.timeframe}"

    def _show(self, progress: Progress) -> None:
        self._progress = progress
        wish = self._wish
        part = None
        if wish.from_ms > MIN_TIME_MS:
            part = min((wish.to_ms - progress.at_ms) / (wish.to_ms - wish.from_ms), 1.0)
        tail = f"{progress.bars:,} bars, back to {_moment(progress.at_ms, self._calendar)}"
        self._line.paint(self._head, part, tail)


def summary(wish: Wish, progress: Progress, calendar: Calendar) -> str:
    """One line about one symbol."""
    pages = "1 page" if progress.pages == 1 else f"{progress.pages:,} pages"
    first, last = (_moment(ms, calendar) for ms in (max(progress.at_ms, wish.from_ms), wish.to_ms))
    bars = "1 bar" if progress.bars == 1 else f"{progress.bars:,} bars"
    words = [f"{wish.symbol} {wish.timeframe}: {bars} in {pages}, {first} to {last}"]
    if progress.skipped_ms:
        words.append("what was there already was left out" if progress.pages else "everything was there already")
    if progress.exhausted:
        words.append(f"no more history before {_moment(progress.at_ms, calendar)}")
    elif progress.at_ms > wish.from_ms:
        words.append("not finished: the next run goes on there")
    return "; ".join(words)


def _moment(ms: int, calendar: Calendar) -> str:
    return f"{calendar.to_local(ms):%Y-%m-%d %H:%M}"
