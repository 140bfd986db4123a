"""`live-monitor feed`: serves the simulated market or a recorded session to programs on this machine."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
import signal
import sys
import threading
from pathlib import Path

from live_monitor.atomic_file import write_atomically
from live_monitor.clock import SystemClock
from live_monitor.errors import LiveMonitorError, StartError
from live_monitor.limits import valid_symbol
from live_monitor.ports import MarketSource


def parser() -> argparse.ArgumentParser:
    """The arguments of `live-monitor feed`."""
    result = argparse.ArgumentParser(prog="live-monitor feed", description=__doc__)
    result.add_argument("--source", default="sim", help="sim, or replay:FILE.lmsession")
    result.add_argument("--symbols", help="comma-separated; default: all that the source has")
    result.add_argument("--seed", type=int, default=1, help="of the simulated market; same seed, same bytes")
    result.add_argument("--speed", default="1", help="market seconds per second, or max (default 1)")
    result.add_argument("--rate", type=float, help="simulated events per second, all symbols together")
    result.add_argument("--at", help="replay: start at HH:MM[:SS] New York; simulated: of the fixed day")
    result.add_argument("--port", type=int, default=8200, help="0 takes a free one (default 8200)")
    result.add_argument("--ready-file", type=Path, help="written once the port is open: holds the number of the port")
    result.add_argument("--faults", help="comma-separated faults to inject, as real feeds have them")
    result.add_argument("--exit-with-parent", action="store_true", help="end when standard input ends")
    return result


def run(argv: list[str]) -> int:
    """Serves until SIGINT or SIGTERM (0); 2 when it cannot be done as asked."""
    arguments = parser().parse_args(argv)
    try:
        source = _source(arguments)
        return asyncio.run(_serve(arguments, source))
    except LiveMonitorError as error:
        print(f"live-monitor feed: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 0


def _speed(text: str) -> float | None:
    if text == "max":
        return None
    try:
        speed = float(text)
    except ValueError:
        speed = 0.0
    if not 0.01 <= speed <= 3600:
        raise StartError(f"--speed {text!r} is not a speed.", "Give a number from 0.01 to 3600, or max.")
    return speed


def _source(arguments: argparse.Namespace) -> MarketSource:
    """The market that is asked for. Raises StartError or SessionFileError."""
    symbols = [name.strip().upper() for name in arguments.symbols.split(",")] if arguments.symbols else None
    if symbols is not None and not all(map(valid_symbol, symbols)):
        raise StartError("--symbols holds what is not a symbol.", "Use letters, digits and . ^ / _ = -")
    kind, _, path = arguments.source.partition(":")
    if kind == "replay" and path:
        from live_monitor.providers.replay import ReplayMarket

        return ReplayMarket.open(path, at=arguments.at, symbols=symbols)
    if arguments.source == "sim":
        from live_monitor.providers.simulated import DEFAULT_START_MS, SimulatedMarket

        start_ms = DEFAULT_START_MS if arguments.at is None else _same_day(DEFAULT_START_MS, arguments.at)
        return SimulatedMarket(arguments.seed, symbols, start_ms, events_per_second=arguments.rate)
    raise StartError(f"--source {arguments.source!r} is not known.", "Use sim, or replay:FILE.lmsession.")


def _same_day(day_ms: int, text: str) -> int:
    """The instant of the New York day of `day_ms` at HH:MM[:SS]. Raises StartError."""
    from datetime import time

    from live_monitor.engine.market.sessions import us_equities

    try:
        at = time.fromisoformat(text)
    except ValueError:
        raise StartError(f"--at {text!r} is not a time.", "Give HH:MM or HH:MM:SS, New York.") from None
    day = us_equities().to_new_york(day_ms)
    return int(day.replace(hour=at.hour, minute=at.minute, second=at.second, microsecond=0).timestamp() * 1000)


async def _serve(arguments: argparse.Namespace, source: MarketSource) -> int:
    from live_monitor.server.relay import FaultInjector, RelayServer

    replay = arguments.source != "sim"
    faults: FaultInjector | None = None
    if arguments.faults:
        from live_monitor.server.faults import fault_plan

        faults = fault_plan(arguments.faults, arguments.seed)
    server = RelayServer(
        source,
        SystemClock(),
        port=arguments.port,
        speed=_speed(arguments.speed),
        waits_for_client=replay,
        faults=faults,
    )
    await server.start()
    if arguments.ready_file is not None:
        write_atomically(arguments.ready_file, b"%d\n" % server.port)
    print(f"{source.label}: {len(source.symbols)} symbols at {server.url}", flush=True)
    serving = asyncio.create_task(server.run(), name="serve")
    _end_on_signals(serving)
    if arguments.exit_with_parent:
        _end_with_parent(serving)
    try:
        await serving
    except asyncio.CancelledError:
        pass  # how it is asked to end
    finally:
        await server.stop()
        if arguments.ready_file is not None:
            arguments.ready_file.unlink(missing_ok=True)
    return 0


def _end_on_signals(task: asyncio.Task[None]) -> None:
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        # Windows' loops take no signal handlers; there Ctrl+C arrives as KeyboardInterrupt.
        with contextlib.suppress(NotImplementedError):
            loop.add_signal_handler(number, task.cancel)


def _end_with_parent(task: asyncio.Task[None]) -> None:
    """Ends when standard input ends: also when the parent was killed and could say nothing."""
    loop = asyncio.get_running_loop()

    def watch() -> None:
        with contextlib.suppress(OSError, ValueError):
            while os.read(0, 4096):
                pass
        with contextlib.suppress(RuntimeError):
            loop.call_soon_threadsafe(task.cancel)

    threading.Thread(target=watch, name="parent", daemon=True).start()
