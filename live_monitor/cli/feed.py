"""`live-monitor feed`: serves the simulated market or a recorded session to programs on this machine."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
import re
import signal
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING

from live_monitor.cli.one_line_parser import OneLineParser
from live_monitor.clock import SystemClock
from live_monitor.errors import LiveMonitorError, SessionFileError, StartError
from live_monitor.limits import valid_symbol

if TYPE_CHECKING:
    from live_monitor.ports import MarketSource
    from live_monitor.server.relay import RelayServer
    from live_monitor.server.relay_pace import Speed

DEFAULT_PORT = 8200
#: A morning in which the starter rules have found an entry and an exit of the busiest symbol by 10:00.
DEFAULT_SEED = 86
SPEEDS = (0.01, 1000.0)
RATES = (0.1, 1_000_000.0)
_TIME_OF_DAY = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)(?::([0-5]\d))?", re.ASCII)


def run(argv: list[str]) -> int:
    """Serves until SIGINT, SIGTERM or the end of the parent (0).

    1: the session file cannot be read. 2: it cannot be done as asked. Raises SystemExit(2) for a bad command line.
    """
    options = parse(argv)
    from live_monitor.log import start_logging, stop_logging

    door = start_logging(None)
    try:
        with asyncio.Runner(loop_factory=asyncio.SelectorEventLoop) as runner:
            runner.run(_serve(options))
    except LiveMonitorError as error:
        print(f"live-monitor feed: {error}", file=sys.stderr)
        return 1 if isinstance(error, SessionFileError) else 2
    except KeyboardInterrupt:
        return 0
    finally:
        stop_logging(door)
    return 0


# -- command line ------------------------------------------------------------------------------


def parse(argv: list[str]) -> argparse.Namespace:
    """The options of one run. Raises SystemExit: 0 after --help, 2 with one line for what cannot be done."""
    parser = OneLineParser(prog="live-monitor feed", description=__doc__, allow_abbrev=False)
    parser.add_argument("--source", default="sim", metavar="S", help="sim (default), or replay:FILE.lmsession")
    parser.add_argument("--symbols", type=_symbols, metavar="A,B", help="default: all that the source has")
    parser.add_argument("--seed", type=_seed, metavar="N", help="same seed, same market and same faults (default: 86)")
    parser.add_argument("--rate", type=_rate, metavar="N", help="events per second of the simulated market")
    parser.add_argument("--speed", type=_speed, default=1.0, metavar="X", help="market seconds per second, or max")
    parser.add_argument("--at", type=_time_of_day, metavar="HH:MM[:SS]", help="New York time to start at")
    parser.add_argument("--port", type=_port, default=DEFAULT_PORT, metavar="N", help="default 8200; 0: a free one")
    parser.add_argument("--ready-file", type=Path, metavar="F", help="gets the port number once clients may connect")
    parser.add_argument("--faults", metavar="LIST", help="faults to inject, such as gap,late,disconnect")
    parser.add_argument("--exit-with-parent", action="store_true", help="end when the standard input ends")
    options = parser.parse_args(argv)
    kind, _, path = options.source.partition(":")
    if options.source != "sim" and not (kind == "replay" and path):
        parser.error(f"--source {options.source}: must be sim, or replay: and the path of a session file")
    if kind == "replay" and options.rate is not None:
        parser.error("--rate belongs to the simulated market; a recording has its own")
    return options


def _symbols(text: str) -> list[str]:
    symbols = [symbol.strip().upper() for symbol in text.split(",")]
    for symbol in symbols:
        if not valid_symbol(symbol):
            raise argparse.ArgumentTypeError(f"“{symbol}” is not a ticker symbol")
    return symbols


def _seed(text: str) -> int:
    if not re.fullmatch(r"\d{1,18}", text, re.ASCII):
        raise argparse.ArgumentTypeError(f"“{text}” is not a whole number from 0 up")
    return int(text)


def _number(text: str, bounds: tuple[float, float], alternative: str = "") -> float:
    try:
        number = float(text)
    except ValueError:
        number = float("nan")
    if not bounds[0] <= number <= bounds[1]:
        raise argparse.ArgumentTypeError(f"must be {bounds[0]:g} to {bounds[1]:g}{alternative}, not “{text}”")
    return number


def _rate(text: str) -> float:
    return _number(text, RATES)


def _speed(text: str) -> Speed:
    return "max" if text == "max" else _number(text, SPEEDS, ", or max")


def _port(text: str) -> int:
    if not re.fullmatch(r"\d{1,5}", text, re.ASCII) or int(text) > 65_535:
        raise argparse.ArgumentTypeError(f"“{text}” is not a port (0 to 65535)")
    return int(text)


def _time_of_day(text: str) -> str:
    if _TIME_OF_DAY.fullmatch(text) is None:
        raise argparse.ArgumentTypeError(f"“{text}” is not a time of day such as 10:30 or 10:30:00")
    return text


# -- serving -----------------------------------------------------------------------------------


def open_source(options: argparse.Namespace) -> MarketSource:
    """The market that is asked for. Raises StartError or SessionFileError."""
    if options.source != "sim":
        from live_monitor.providers.replay import ReplayMarket

        return ReplayMarket.open(options.source.partition(":")[2], at=options.at, symbols=options.symbols)
    from live_monitor.providers.simulated import DEFAULT_START_MS, SimulatedMarket

    start_ms = DEFAULT_START_MS if options.at is None else _at(options.at, DEFAULT_START_MS)
    seed = DEFAULT_SEED if options.seed is None else options.seed
    return SimulatedMarket(seed, options.symbols, start_ms, events_per_second=options.rate)


def _at(text: str, day_ms: int) -> int:
    """The instant of the New York day of `day_ms` at the time of day `text`."""
    from live_monitor.engine.market.sessions import us_equities

    match = _TIME_OF_DAY.fullmatch(text)
    assert match is not None, "checked with the command line"
    hour, minute, second = (int(part or 0) for part in match.groups())
    day = us_equities().to_new_york(day_ms)
    return int(day.replace(hour=hour, minute=minute, second=second, microsecond=0).timestamp()) * 1000


async def _serve(options: argparse.Namespace) -> None:
    from live_monitor.server.faults import FaultPlan
    from live_monitor.server.relay import RelayServer

    seed = DEFAULT_SEED if options.seed is None else options.seed
    faults = None if options.faults is None else FaultPlan.parse(options.faults, seed)
    source = open_source(options)
    server = RelayServer(source, SystemClock(), port=options.port, speed=options.speed, faults=faults)
    serving = asyncio.create_task(server.run(), name="market")
    try:
        await server.start()
        _announce(server, source.label, options.ready_file)
        _end_on_signals(serving)
        if options.exit_with_parent:
            _end_with_parent(serving)
        with contextlib.suppress(asyncio.CancelledError):  # how it is asked to end
            await serving
    finally:
        serving.cancel()
        await server.stop()
        if options.ready_file is not None:
            options.ready_file.unlink(missing_ok=True)


def _announce(server: RelayServer, label: str, ready_file: Path | None) -> None:
    """Says that clients may connect: to the person, and in a file to the program that started this one."""
    if ready_file is not None:
        from live_monitor.atomic_file import write_atomically

        try:
            write_atomically(ready_file, b"%d\n" % server.port)
        except OSError as error:
            raise StartError(
                f"{ready_file} cannot be written ({error.strerror or error}).", "Choose another --ready-file."
            ) from error
    symbols = server.market.feed.symbols
    shown = ", ".join(symbols[:12]) + (f" and {len(symbols) - 12} more" if len(symbols) > 12 else "")
    print(f"{label}: {shown}, at {server.url}", flush=True)


def _end_on_signals(task: asyncio.Task[None]) -> None:
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        # Windows' loops take no handlers; there Ctrl-C arrives as KeyboardInterrupt.
        with contextlib.suppress(NotImplementedError):
            loop.add_signal_handler(number, task.cancel)


def _end_with_parent(task: asyncio.Task[None]) -> None:
    """Ends when standard input ends, which also happens when the parent is killed and can say nothing."""
    loop = asyncio.get_running_loop()

    def watch() -> None:
        # Not by sys.stdin: a daemon thread that holds its lock makes the interpreter abort at the end.
        with contextlib.suppress(OSError):
            while os.read(0, 4096):
                pass
        # The loop is closed when the process is ending anyway.
        with contextlib.suppress(RuntimeError):
            loop.call_soon_threadsafe(task.cancel)

    threading.Thread(target=watch, name="parent", daemon=True).start()
