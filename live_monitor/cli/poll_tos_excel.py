"""`live-monitor poll-tos-excel --file F`: prints every row of a sheet that changes, and publishes it through Redis."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import os
import signal
import sys
import tempfile
from collections.abc import Callable, Coroutine
from pathlib import Path
from secrets import token_hex
from typing import TYPE_CHECKING, Any

from live_monitor.cli.one_line_parser import OneLineParser
from live_monitor.cli.outputs import nobody_reads
from live_monitor.clock import Clock, SystemClock
from live_monitor.data.excel_lock import RENEW_S, TTL_S, ExcelLock
from live_monitor.data.models.providers import ProviderChoice
from live_monitor.engine.market.sessions import us_equities
from live_monitor.errors import LiveMonitorError, StartError
from live_monitor.settings import data_paths, without_secrets

if TYPE_CHECKING:
    from live_monitor.data.quote_mirror import QuoteMirror
    from live_monitor.providers.excel_lines import Line, Rows
    from live_monitor.providers.excel_process import ExcelProcess

_PROGRAM = "live-monitor poll-tos-excel"
INTERVALS = (0.05, 3600.0)
#: A holder that was killed is gone from Redis after this (s); then another one may begin.
_PATIENCE_S = TTL_S + 2.0
_LOOK_S = 0.5
_STILL_LOOK_S = 1.0
#: As long as the desktop waits before it takes the values for dead.
_FROZEN_S = 60.0
_FROZEN_REMEDY = "See whether thinkorswim is logged in; if it was started anew, close and open the workbook."
#: So often may the reading process end before --once gives up: whoever waits for one look gets an answer.
_TRIES = 3
#: Fields of level 1 that go by another name in the documented dict.
_NAMES = {"previous_close": "close", "day_volume": "volume"}
_EPILOG = """\
Each line is one quote: prices as text, empty where there is none; `timestamp` is when the row was seen to change.
A value that Excel does not show for a moment stays, and `stale` names it.
"""


def run(argv: list[str]) -> int:
    """Until Ctrl-C (0). 1: there is no Excel, or another process reads it; 2: it cannot be done as asked.

    Raises SystemExit(2) for a bad command line.
    """
    options = parse(argv)
    try:
        with asyncio.Runner(loop_factory=asyncio.SelectorEventLoop) as runner:
            return runner.run(_poll(options))
    except LiveMonitorError as error:
        print(f"{_PROGRAM}: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 0


# -- command line ------------------------------------------------------------------------------


def parse(argv: list[str]) -> argparse.Namespace:
    """The options of one run. Raises SystemExit: 0 after --help, 2 with one line for what cannot be done."""
    parser = OneLineParser(prog=_PROGRAM, description=__doc__, epilog=_EPILOG, allow_abbrev=False)
    parser.add_argument("--file", required=True, metavar="F", help="the workbook, by its full path; open in Excel")
    parser.add_argument("--sheet", default="", metavar="S", help="name of the sheet (default: the first)")
    parser.add_argument("--range", default="", metavar="R", help="A1:M200 (default: all that is used)")
    parser.add_argument("--interval", type=_interval, default=1.0, metavar="S", help="seconds between two looks (1)")
    parser.add_argument("--redis", metavar="URL", help="server to publish through, redis://localhost:6379/0")
    parser.add_argument(
        "--source", choices=("auto", "excel", "file"), default="auto", help="file: as it was saved last (auto: Excel)"
    )
    parser.add_argument("--once", action="store_true", help="print every row once, and end")
    parser.add_argument("--data-dir", type=Path, metavar="D", help="folder of the settings; the lock lies below it")
    return parser.parse_args(argv)


def _interval(text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = float("nan")
    if not INTERVALS[0] <= number <= INTERVALS[1]:
        raise argparse.ArgumentTypeError(f"must be {INTERVALS[0]:g} to {INTERVALS[1]:g} seconds, not “{text}”")
    return number


# -- polling -----------------------------------------------------------------------------------


class _Poller:
    """What is read goes to standard output and to Redis, for as long as the lock is held. On one loop."""

    def __init__(self, lock: ExcelLock, mirror: QuoteMirror | None, clock: Clock, *, once: bool) -> None:
        self._lock = lock
        self._clock = clock
        self._calendar = us_equities()
        self._reads_excel = False
        #: Since when (monotonic s) nothing has changed, and whether that was said.
        self._still_since = clock.monotonic()
        self._said_still = False
        self._mirror = mirror
        self._once = once
        self._quotes: dict[str, dict[str, str]] = {}
        self._said = ""
        self._waiting: list[dict[str, str]] = []
        self._fresh = asyncio.Event()
        self._ends = 0
        self.code = 0
        self.done = asyncio.Event()

    def take(self, line: Line) -> None:
        """A line of the reading process."""
        from live_monitor.providers.excel_lines import Attached, Remarks, Rows, Trouble

        if isinstance(line, Rows):
            self._take_rows(line)
        elif isinstance(line, Trouble):
            self._reads_excel = False
            self.say(f"{line.message} {line.remedy}".strip())
            if line.fatal or self._once:
                self.code = 1
                self.done.set()
        elif isinstance(line, Attached):
            self._reads_excel = line.kind == "excel"
            self.say(f"reading {line.name}" + (" as it was saved last" if line.kind == "file" else " in Excel"))
        elif isinstance(line, Remarks):
            for text in line.texts:
                self.say(text)

    def _take_rows(self, rows: Rows) -> None:
        if not self._lock.held:
            return  # another one may be reading by now
        for row, quote in zip(rows.rows, merged(rows, self._quotes), strict=True):
            if _values(quote) != _values(self._quotes.get(row.symbol, {})):
                self._stirred()
            self._quotes[row.symbol] = quote
            self._waiting.append(quote)
            try:
                print(json.dumps(quote, ensure_ascii=False), flush=True)
            except BrokenPipeError:
                nobody_reads()
                self.done.set()
        self._fresh.set()
        if self._once:
            self.done.set()

    def look(self) -> None:
        """Once a second: thinkorswim that was started anew leaves formulas behind that keep their values for ever."""
        now = self._clock.monotonic()
        if not self._reads_excel or self._calendar.market_state(self._clock.wall_ms()) != "open":
            self._still_since, self._said_still = now, False
        elif now - self._still_since >= _FROZEN_S and not self._said_still:
            self._said_still = True
            self.say(f"nothing in the sheet has changed for {_FROZEN_S:g} s in an open market. {_FROZEN_REMEDY}")

    def _stirred(self) -> None:
        """A value changed; the same values told once more are none."""
        self._still_since = self._clock.monotonic()
        if self._said_still:
            self._said_still = False
            self.say("the sheet changes again")

    async def watch(self) -> None:
        """Looks for ever whether anything changes."""
        while True:
            await asyncio.sleep(_STILL_LOOK_S)
            self.look()

    def ended(self, words: str, retry_in_s: float) -> None:
        """The reading process is gone."""
        self._ends += 1
        if self._once and self._ends >= _TRIES:
            self.say(words)
            self.code = 1
            self.done.set()
            return
        self.say(f"{words} It is started again in {retry_in_s:g} s.")

    def say(self, words: str) -> None:
        """One line to the person, not twice in a row."""
        if words != self._said:
            self._said = words
            print(f"{_PROGRAM}: {words}", file=sys.stderr, flush=True)

    async def publish(self) -> None:
        """Hands what was read to Redis, the newest quote of each symbol, without ever holding up the reading."""
        while True:
            await self._fresh.wait()
            self._fresh.clear()
            await self.flush()

    async def flush(self) -> None:
        """Publishes what waits."""
        waiting, self._waiting = self._waiting, []
        newest = list({quote["symbol"]: quote for quote in waiting}.values())
        if self._mirror is None or not newest or not self._lock.held:
            return
        was_off = self._mirror.trouble
        await asyncio.to_thread(self._mirror.publish, newest)
        if self._mirror.trouble and not was_off:
            self.say(f"mirror off: Redis cannot be reached ({self._mirror.trouble}); reading goes on")
        elif was_off and not self._mirror.trouble:
            self.say("mirror on: Redis is there again")


def _values(quote: dict[str, str]) -> dict[str, str]:
    return {name: text for name, text in quote.items() if name != "timestamp"}


def merged(rows: Rows, known: dict[str, dict[str, str]]) -> list[dict[str, str]]:
    """The documented quotes of `rows`: what is unknown at present keeps its last good value, and is named as stale."""
    from live_monitor.providers.excel_reader import iso

    timestamp = iso(rows.at_ms)
    quotes = []
    for row, quote in zip(rows.rows, rows.quotes, strict=True):
        before = known.get(row.symbol, {})
        stale = [name for field in row.unknown if before.get(name := _NAMES.get(field, field))]
        kept = {name: before[name] for name in stale}
        quotes.append(quote | kept | {"timestamp": timestamp} | ({"stale": " ".join(stale)} if stale else {}))
    return quotes


async def _poll(options: argparse.Namespace) -> int:
    from live_monitor.providers.excel_process import ExcelProcess, own_command
    from live_monitor.providers.tos_excel import child_arguments

    clock = SystemClock()
    client = None
    mirror = None
    if options.redis:
        from live_monitor.data.quote_mirror import QuoteMirror
        from live_monitor.data.redis_client import open_redis

        client = open_redis(options.redis)
        mirror = QuoteMirror(client, clock)
    folder = data_paths(options.data_dir, os.environ, Path(tempfile.gettempdir())).runtime
    lock = ExcelLock(folder, client, clock, token_hex(16))
    poller = _Poller(lock, mirror, clock, once=options.once)
    choice = ProviderChoice(
        provider="tos_excel",
        workbook=options.file,
        sheet=options.sheet,
        range=options.range,
        interval_s=options.interval,
    )
    arguments = [*child_arguments(choice, options.source), "--quotes"]
    _end_on_signals(poller.done)
    publishing = asyncio.create_task(poller.publish())
    try:
        while not poller.done.is_set():
            if not await _take(lock, poller, clock):
                return 1
            if lock.shared:
                poller.say(f"publishing through {without_secrets(options.redis)}")
            else:
                why = f"{without_secrets(options.redis)} cannot be reached" if options.redis else "no --redis"
                poller.say(f"mirror off: {why}")
            process = ExcelProcess([*own_command(), *arguments], os.environ, clock=clock)
            await _read_while_held(process, lock, poller)
        publishing.cancel()
        await asyncio.gather(publishing, return_exceptions=True)
        await poller.flush()
        return poller.code
    finally:
        publishing.cancel()
        await asyncio.gather(publishing, return_exceptions=True)
        await asyncio.to_thread(lock.release)
        if client is not None:
            client.close()


async def _take(lock: ExcelLock, poller: _Poller, clock: Clock) -> bool:
    """The lock; waits for as long as a holder that died may still have it. Raises StartError."""
    until = clock.monotonic() + _PATIENCE_S
    while True:
        try:
            if await asyncio.to_thread(lock.acquire):
                return True
        except OSError as problem:
            raise StartError(
                f"The lock of Excel cannot be made ({problem.strerror or problem}).", "Choose another --data-dir."
            ) from problem
        if clock.monotonic() >= until or poller.done.is_set():
            poller.say("another process reads Excel. Stop it, or take the quotes from Redis.")
            return False
        poller.say("another process reads Excel; waiting whether it ends")
        await asyncio.sleep(_LOOK_S)


async def _read_while_held(process: ExcelProcess, lock: ExcelLock, poller: _Poller) -> None:
    """Until the lock is lost or the work is done."""
    work: list[Coroutine[Any, Any, object]] = [
        process.run(poller.take, poller.ended),
        _renew(lock, poller.say),
        poller.watch(),
        poller.done.wait(),
    ]
    tasks = [asyncio.create_task(one) for one in work]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _renew(lock: ExcelLock, say: Callable[[str], None]) -> None:
    """Returns when the lock is lost."""
    while True:
        await asyncio.sleep(RENEW_S)
        if not await asyncio.to_thread(lock.renew):
            say("the lock of Excel is lost; reading has stopped")
            return


def _end_on_signals(done: asyncio.Event) -> None:
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        # Windows' loops take no handlers; there Ctrl-C arrives as KeyboardInterrupt.
        with contextlib.suppress(NotImplementedError):
            loop.add_signal_handler(number, done.set)
