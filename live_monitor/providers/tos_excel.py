"""thinkorswim through Excel, as a live feed: rows of a sheet that change become level 1, never prints.

    excel_child (own process) ── lines ──► ExcelProcess ──► TosExcelFeed ──► FeedOutlet

The workbook holds =RTD("tos.rtd",,…) formulas; Excel writes into the cells what thinkorswim says. Without Excel the
workbook is read as it was saved last, and then its prices are nobody's live ones: another market, and said so.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

from live_monitor.clock import Clock
from live_monitor.data.models.providers import Capabilities, ProviderChoice
from live_monitor.data.models.status import LinkState, LinkStatus
from live_monitor.engine.market.sessions import us_equities
from live_monitor.limits import MAX_SUBSCRIPTIONS, Rejections
from live_monitor.ports import FeedOutlet, ReadingLock
from live_monitor.providers.excel_lines import Attached, Line, Order, Refusals, Remarks, Rows, SourceKind, Trouble
from live_monitor.providers.excel_memory import SheetMemory
from live_monitor.providers.excel_process import ExcelProcess, ProcessTiming, own_command
from live_monitor.providers.excel_reader import Source, kind_of
from live_monitor.providers.excel_turn import ExcelTurn, TurnTiming
from live_monitor.wire.notices import LEVEL_ONE, Hello, SnapshotFrame

_log = logging.getLogger(__name__)

PROVIDER: Final = "tos_excel"
#: Whose prices these are, and what is painted beside them, by the kind of reading.
_MARKETS: Final[dict[SourceKind, str]] = {"excel": "tos-excel", "file": "tos-excel-file"}
SAVED_LABEL: Final = "SAVED WORKBOOK"
_LABELS: Final[dict[SourceKind, str]] = {"excel": "THINKORSWIM", "file": SAVED_LABEL}
CAPABILITIES: Final = Capabilities(streaming=False, max_symbols=MAX_SUBSCRIPTIONS)
DEFAULT_INTERVAL_S: Final = 1.0


class ExcelTiming(NamedTuple):
    """Seconds. `frozen`: so long may nothing change in an open session before the values are taken for dead."""

    frozen: float = 60.0
    look: float = 1.0
    process: ProcessTiming = ProcessTiming()
    turn: TurnTiming = TurnTiming()


class TosExcelFeed:
    """A `MarketFeed` of the symbols that a sheet holds. Runs on the loop that runs `run`; never waits for Excel."""

    provider: str = PROVIDER
    capabilities: Capabilities = CAPABILITIES

    def __init__(
        self,
        outlet: FeedOutlet,
        choice: ProviderChoice,
        *,
        clock: Clock,
        environ: Mapping[str, str],
        source: Source = "auto",
        command: Sequence[str] | None = None,
        timing: ExcelTiming | None = None,
        lock: ReadingLock | None = None,
    ) -> None:
        """`command` starts the reading process (default: this very program); `source` as in `TOSExcelReader`.

        `lock` is held while anything is read, and given back at the end; without one nobody else is asked.
        """
        self.rejections = Rejections()
        self._outlet = outlet
        self._choice = choice
        self._clock = clock
        self._timing = timing or ExcelTiming()
        self._calendar = us_equities()
        self._memory = SheetMemory(self._calendar)
        arguments = child_arguments(choice, source)
        self.process = ExcelProcess(
            [*(command or own_command()), *arguments], environ, clock=clock, timing=self._timing.process
        )
        self._turn = None if lock is None else ExcelTurn(lock, self._retry, self._timing.turn)
        self._wanted: dict[str, tuple[str, ...]] = {}
        self._kind: SourceKind = kind_of(source)
        #: A workbook was attached to, and its rows have not come yet.
        self._greets = False
        self._offered: tuple[str, ...] = ()
        self._status = LinkStatus()
        self._attempt = 0
        self._problems: dict[str, str] = {}
        self._changed_at = clock.monotonic()
        self._frozen = False

    async def run(self) -> None:
        """Reads for ever; returns only when no workbook is named, or Excel cannot be had here. Cancel to stop."""
        if not self._choice.workbook:
            self._tell("failed", "No workbook is named.", "File ▸ Connect a provider… ▸ thinkorswim asks for it.")
            return
        self._tell("connecting")
        await (self._read() if self._turn is None else self._turn.keep(self._read))

    async def _read(self) -> None:
        if self._status.state != "connecting":
            self._tell("connecting")
        fatal = asyncio.Event()
        tasks = [
            asyncio.create_task(self.process.run(lambda line: self._take(line, fatal), self._child_ended)),
            asyncio.create_task(self._watch()),
            asyncio.create_task(fatal.wait()),
        ]
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    # -- what is wanted ------------------------------------------------------------------------

    async def want(self, wanted: Mapping[str, tuple[str, ...]]) -> None:
        """Makes `wanted` the symbols of which level 1 is passed on; what is known of new ones comes at once."""
        fresh = [symbol for symbol in wanted if symbol not in self._wanted]
        self._wanted = dict(wanted)
        for symbol in self._problems.keys() - self._wanted.keys():
            del self._problems[symbol]
        self._pass_on(fresh)

    async def resubscribe(self) -> None:
        """Level 1 of everything wanted, again."""
        self._problems.clear()
        self._pass_on(list(self._wanted))

    async def reconnect(self, reason: str) -> None:
        """Lets go of the workbook and takes hold of it anew, which is seen as a new greeting.

        Nothing is lost meanwhile, so that the link stays what it was: a sheet holds the values of now.
        """
        _log.info("%s: taken hold of anew, %s", self._choice.workbook, reason)
        self.process.order(Order("reattach"))

    async def request_history(self, symbol: str, timeframe: str, end_ms: int, limit: int, request_id: int) -> None:
        """Nothing: a sheet holds no past."""

    async def request_snapshot(self, symbols: list[str]) -> None:
        """Level 1 as the sheet said it last."""
        self._pass_on(symbols)

    async def search_symbols(self, text: str, request_id: int) -> None:
        """Nothing: the sheet's own symbols are all in the greeting."""

    # -- what the reading process says ---------------------------------------------------------

    def _take(self, line: Line, fatal: asyncio.Event) -> None:
        if self._turn is not None and not self._turn.held:
            return  # another one may be reading by now
        if isinstance(line, Rows):
            self._take_rows(line)
        elif isinstance(line, Attached):
            if line.kind != self._kind:
                self._memory.forget()
            self._kind, self._greets = line.kind, True
        elif isinstance(line, Trouble):
            if line.fatal:
                self._tell("failed", line.message, line.remedy)
                fatal.set()
            else:
                self._retry(line.message, line.remedy)
        elif isinstance(line, Remarks):
            for text in line.texts:
                _log.info("%s: %s", self._choice.workbook, text)
        elif isinstance(line, Refusals):
            for reason, count in line.by_reason.items():
                for _ in range(min(count, MAX_SUBSCRIPTIONS)):
                    self.rejections.note(reason)

    def _take_rows(self, rows: Rows) -> None:
        changed_before = self._memory.changed_ms
        changed = self._memory.take(rows)
        if self._memory.changed_ms != changed_before:
            self._changed_at = self._clock.monotonic()
            self._frozen = False
        elif self._frozen:
            return  # attached anew, and still the values of before
        if self._greets or self._status.state != "live" or self._memory.symbols != self._offered:
            self._greet()
            changed = list(self._wanted)
        self._pass_on([symbol for symbol in changed if symbol in self._wanted])

    def _greet(self) -> None:
        """Who this is and what it has, then `live`: everything wanted has to follow."""
        self._greets = False
        self._offered = self._memory.symbols
        self._problems.clear()
        hello = Hello(
            features=["snapshot", LEVEL_ONE],
            provider=PROVIDER,
            label=_LABELS[self._kind],
            market=_MARKETS[self._kind],
            symbols=list(self._offered),
            timeframes=[],
        )
        self._outlet.put_notice(hello, self._clock.monotonic())
        self._attempt = 0
        self._tell("live")

    def _pass_on(self, symbols: Sequence[str]) -> None:
        if self._status.state != "live":
            return
        received, now_ms = self._clock.monotonic(), self._clock.wall_ms()
        for symbol in symbols:
            snapshot = self._memory.snapshot(symbol, now_ms)
            if snapshot is not None:
                self._outlet.put_notice(SnapshotFrame(snapshot), received)
            problem = self._memory.problem(symbol)
            if not problem:
                self._problems.pop(symbol, None)
            elif snapshot is not None or self._problems.get(symbol) != problem:
                # Level 1 of a symbol takes its problem away, so that it has to be said after it.
                self._problems[symbol] = problem
                self._outlet.put_problem(symbol, problem)

    def _child_ended(self, words: str, retry_in_s: float) -> None:
        self._retry(words, "It is started again by itself.", retry_in_s)

    def _retry(self, message: str, remedy: str, retry_in_s: float = 0.0) -> None:
        """What is told once is not told again while nothing else happens."""
        if self._status.state == "retrying" and self._status.message == message:
            return
        self._attempt += 1
        self._tell("retrying", message, remedy, retry_in_s)

    async def _watch(self) -> None:
        """thinkorswim that was started anew leaves formulas behind that keep their values for ever."""
        while True:
            await asyncio.sleep(self._timing.look)
            now, now_ms = self._clock.monotonic(), self._clock.wall_ms()
            if self._calendar.market_state(now_ms) != "open":
                self._changed_at = now
                continue
            silent = now - self._changed_at
            if self._kind != "excel" or silent < self._timing.frozen or self._status.state not in ("live", "retrying"):
                continue
            self._changed_at = now  # the next attempt gets its own time
            if self._status.state == "live" or self._frozen:
                self._frozen = True
                self._retry(
                    f"Nothing in the sheet has changed for {silent:.0f} s in an open market.",
                    "See whether thinkorswim is logged in; if it was started anew, close and open the workbook.",
                )
                self.process.order(Order("reattach"))

    def _tell(self, state: LinkState, message: str = "", remedy: str = "", retry_in_s: float = 0.0) -> None:
        log = _log.warning if state in ("retrying", "failed") else _log.info
        log("%s: %s %s", state, self._choice.workbook, message)
        self._status = LinkStatus(
            state,
            self._clock.monotonic(),
            self._attempt,
            message,
            remedy,
            PROVIDER,
            _LABELS[self._kind],
            retry_in_s,
        )
        self._outlet.put_status(self._status)


def child_arguments(choice: ProviderChoice, source: Source = "auto") -> list[str]:
    """What the reading process is told about the workbook."""
    interval = choice.interval_s or DEFAULT_INTERVAL_S
    # Each in one piece: a sheet may be called “-Quotes”.
    arguments = [f"--file={choice.workbook}", f"--interval={interval:g}", f"--source={source}"]
    for name, value in (("--sheet", choice.sheet), ("--range", choice.range)):
        if value:
            arguments.append(f"{name}={value}")
    return arguments
