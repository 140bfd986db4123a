"""`live-monitor watch`: what one provider says, event by event, without a window.

Prints trades, quotes, bars, level 1, states of the link and refusals as they come, one line each. Keys are found where
the desktop finds them: in the environment, in the key store of the system.

Exit code 0 after --seconds or Ctrl-C, 1 when the provider refused for good or was never reached, 2 for a wish that
cannot be done.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import logging
import os
import re
import signal
import sys
import tempfile
import threading
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from live_monitor.cli.one_line_parser import OneLineParser
from live_monitor.clock import Clock, SystemClock
from live_monitor.data.inbox import Inbox, Item
from live_monitor.data.models.providers import ProviderChoice
from live_monitor.data.models.status import LinkStatus
from live_monitor.data.watch_lines import WatchLines, json_text, plain_text
from live_monitor.errors import LiveMonitorError
from live_monitor.limits import MAX_SUBSCRIPTIONS, valid_symbol
from live_monitor.log import redact
from live_monitor.runtime.daemon_work import in_daemon_thread
from live_monitor.runtime.options import DesktopOptions
from live_monitor.settings import data_paths, secrets_of

if TYPE_CHECKING:
    from live_monitor.ports import FeedOutlet, MarketFeed
    from live_monitor.runtime.feed_process import FeedProcess
    from live_monitor.sources import Sources

_NAMES = {"simulated": "sim"}
_CHANNELS = ("T", "Q", "A", "AM")
#: What is still queued when the time is over gets this long to be written.
_FLUSH_S = 2.0


def run(argv: list[str]) -> int:
    """Watches until it is told to end."""
    options = parse(argv)
    from live_monitor.log import start_logging, stop_logging

    # What the link warns of is printed as its state.
    door = start_logging(None, console_level=logging.ERROR)
    try:
        with asyncio.Runner(loop_factory=asyncio.SelectorEventLoop) as runner:
            return runner.run(_watch(options, SystemClock()))
    except LiveMonitorError as error:
        print(f"live-monitor watch: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 0
    finally:
        stop_logging(door)


def parse(argv: list[str]) -> argparse.Namespace:
    """The options of one run. Raises SystemExit: 0 after --help, 2 with one line for what cannot be done."""
    from live_monitor.providers.registry import IDS

    parser = OneLineParser(prog="live-monitor watch", description=__doc__.splitlines()[0], allow_abbrev=False)
    parser.add_argument("--provider", required=True, choices=[*_NAMES, *IDS], metavar="P", help=f"{', '.join(IDS)}")
    parser.add_argument("--symbols", type=_symbols, default=["AAPL"], metavar="A,B", help="default: AAPL")
    parser.add_argument("--server-url", default="", metavar="U", help="where prices stream from")
    parser.add_argument("--rest-url", default="", metavar="U", help="where questions go")
    parser.add_argument("--delayed", action="store_true", help="prices of 15 minutes ago, where the provider has them")
    parser.add_argument("--replay", type=Path, metavar="F", help="the session file of --provider replay")
    parser.add_argument("--file", default="", metavar="F", help="the workbook of --provider tos_excel")
    parser.add_argument("--sheet", default="", metavar="S", help="its sheet (default: the first)")
    parser.add_argument("--range", default="", metavar="R", help="its cells (default: all that is used)")
    parser.add_argument("--seconds", type=_seconds, metavar="N", help="end after so many seconds")
    parser.add_argument("--jsonl", action="store_true", help="one JSON object a line, for programs")
    parser.add_argument("--data-dir", type=Path, metavar="D", help="folder of settings and keys, as for the desktop")
    options = parser.parse_args(argv)
    options.provider = _NAMES.get(options.provider, options.provider)
    if (options.provider == "replay") != (options.replay is not None):
        parser.error("--provider replay needs --replay with a session file, and no other provider takes one")
    return options


def _symbols(text: str) -> list[str]:
    symbols = list(dict.fromkeys(symbol.strip().upper() for symbol in text.split(",")))
    for symbol in symbols:
        if not valid_symbol(symbol):
            raise argparse.ArgumentTypeError(f"“{symbol}” is not a ticker symbol")
    if len(symbols) > MAX_SUBSCRIPTIONS:
        raise argparse.ArgumentTypeError(f"at most {MAX_SUBSCRIPTIONS} symbols")
    return symbols


def _seconds(text: str) -> float:
    if not re.fullmatch(r"\d{1,7}(\.\d+)?", text, re.ASCII):
        raise argparse.ArgumentTypeError(f"“{text}” is not a number of seconds")
    return float(text)


async def _watch(options: argparse.Namespace, clock: Clock) -> int:
    """One feed, from its first connection to its last; 1 when it refused for good, or never got one."""
    from live_monitor.sources import Sources

    paths = data_paths(options.data_dir, os.environ, Path(tempfile.gettempdir()))
    sources = Sources(paths, os.environ, clock)
    printer = Printer(clock, sys.stdout, as_json=options.jsonl)
    process = _process(options, sources)
    try:
        url = f"ws://127.0.0.1:{await process.port()}/ws/{{client_id}}" if process is not None else options.server_url
        feed = await in_daemon_thread(partial(_feed, options, url, sources, printer.inbox), "keys")
        printer.start()
        await feed.want(dict.fromkeys(options.symbols, _CHANNELS))
        # Closing this pipe is how most programs say that they have had enough.
        await _until_over(feed, options.seconds, printer)
    finally:
        printer.finish()
        if process is not None:
            process.stop()
    return 0 if printer.reached and not printer.failed else 1


def _process(options: argparse.Namespace, sources: Sources) -> FeedProcess | None:
    """The child process that serves a market of our own; None for all others. Raises StartError."""
    from live_monitor.settings import Settings

    wanted = DesktopOptions(
        provider=options.provider, replay=options.replay.absolute() if options.replay is not None else None
    )
    return sources.process(wanted, Settings())


def _feed(options: argparse.Namespace, url: str, sources: Sources, outlet: FeedOutlet) -> MarketFeed:
    """Builds the feed; blocks for as long as the key store does."""
    for address in (options.server_url, options.rest_url):
        for secret in secrets_of(address):
            redact.register(secret)
    served = options.provider in {"sim", "replay", "relay"}
    choice = ProviderChoice(
        provider="relay" if served else options.provider,
        server_url=url,
        rest_url=options.rest_url,
        delayed=options.delayed,
        workbook=os.path.abspath(options.file) if options.file else "",
        sheet=options.sheet,
        range=options.range,
    )
    return sources.build(choice)(outlet)


async def _until_over(feed: MarketFeed, seconds: float | None, printer: Printer) -> None:
    """Runs the feed until it gives up, the time is over, a signal comes, or nobody reads any more."""
    loop = asyncio.get_running_loop()
    task = asyncio.ensure_future(feed.run())
    printer.on_broken = lambda: loop.call_soon_threadsafe(task.cancel)
    for name in ("SIGINT", "SIGTERM"):
        # Windows has no handlers on the loop; there Ctrl-C raises KeyboardInterrupt.
        with contextlib.suppress(NotImplementedError, AttributeError):
            loop.add_signal_handler(getattr(signal, name), task.cancel)
    with contextlib.suppress(TimeoutError, asyncio.CancelledError):
        async with asyncio.timeout(seconds):
            await task


class Printer:
    """Writes what the feed puts, on a thread of its own: a slow reader makes nobody wait but the thread."""

    def __init__(self, clock: Clock, out: TextIO, *, as_json: bool) -> None:
        self._clock, self._out = clock, out
        self._text = json_text if as_json else plain_text
        self._woken = threading.Event()
        self.inbox = Inbox(self._woken.set)
        self._lines = WatchLines()
        self._over = False
        self._thread = threading.Thread(target=self._write, name="watch-lines", daemon=True)
        #: There was a connection, and the feed refused for good.
        self.reached = self.failed = False
        #: Called on the thread when nobody reads any more.
        self.on_broken: Callable[[], object] = lambda: None

    def start(self) -> None:
        """Begins to write."""
        self._thread.start()

    def finish(self) -> None:
        """Writes what is queued, for at most `_FLUSH_S`."""
        self._over = True
        self._woken.set()
        if self._thread.is_alive():
            self._thread.join(_FLUSH_S)

    def _write(self) -> None:
        try:
            while True:
                self._woken.wait()
                self._woken.clear()
                while items := self.inbox.take(1_000):
                    self._print(items)
                if self._over:
                    return
        except (BrokenPipeError, ValueError):
            # Whoever read is gone. The interpreter must not try to flush what nobody wants.
            with contextlib.suppress(OSError, ValueError):
                os.dup2(os.open(os.devnull, os.O_WRONLY), self._out.fileno())
            self.on_broken()

    def _print(self, items: list[Item]) -> None:
        wall_ms = self._clock.wall_ms()
        texts = []
        for item in items:
            if isinstance(item, LinkStatus):
                self.reached |= item.connected
                self.failed |= item.state == "failed"
            texts += [redact(self._text(line)) for line in self._lines.of(item, wall_ms)]
        self._out.write("".join(f"{text}\n" for text in texts))
        self._out.flush()
