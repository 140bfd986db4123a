"""The feed of a quote sheet: what reaches the outlet, and what is said when it cannot be read."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TypeVar

import pytest

from live_monitor.clock import ManualClock, SystemClock
from live_monitor.data.models.market_data import Event, Snapshot
from live_monitor.data.models.providers import ProviderChoice, ProviderStatus, SymbolHit
from live_monitor.data.models.status import LinkStatus
from live_monitor.providers.excel_child import parse as parse_child
from live_monitor.providers.excel_lines import Attached, Line, Order, Refusals, Remarks, Rows, SheetRow, Trouble
from live_monitor.providers.excel_process import ProcessTiming
from live_monitor.providers.tos_excel import ExcelTiming, TosExcelFeed, child_arguments
from live_monitor.wire.notices import LEVEL_ONE, Hello, Notice, SnapshotFrame
from tests.fakes.memory_excel import Mode, write_world
from tests.providers.quote_sheet import PATH, SHEET, SPY, VFF, books, changed
from tests.providers.test_excel_memory import at
from tests.providers.test_excel_process import until

Kind = TypeVar("Kind")
NOON = at("2026-11-20T12:00:00")
T = ("T", "Q")


class Outlet:
    """Everything that a feed puts, in order."""

    has_room = True

    def __init__(self) -> None:
        self.put: list[object] = []

    def put_events(self, events: list[Event], received: float) -> None:
        raise AssertionError("a sheet has no events")

    def put_notice(self, notice: Notice, received: float) -> None:
        self.put.append(notice)

    def put_status(self, status: LinkStatus) -> None:
        self.put.append(status)

    def put_problem(self, symbol: str, reason: str) -> None:
        self.put.append((symbol, reason))

    def put_provider(self, status: ProviderStatus) -> None:
        raise AssertionError("told by the watch around the outlet")

    def put_found(self, request_id: int, hits: Sequence[SymbolHit]) -> None:
        raise AssertionError("a sheet cannot be searched")

    def taken(self) -> list[object]:
        """What was put since the last time; level 1 as its values."""
        put, self.put = self.put, []
        return [one.data if isinstance(one, SnapshotFrame) else one for one in put]

    def of(self, kind: type[Kind]) -> list[Kind]:
        return [one for one in self.put if isinstance(one, kind)]


class Fed(TosExcelFeed):
    """A feed that hears of a test what its child would say, by a clock that stands."""

    def __init__(self, timing: ExcelTiming | None = None, workbook: str = PATH) -> None:
        self.outlet = Outlet()
        self.clock = ManualClock(wall_ms=NOON)
        choice = ProviderChoice(provider="tos_excel", workbook=workbook, sheet=SHEET)
        command = [sys.executable, "-c", "import sys; sys.stdin.read()"]
        super().__init__(
            self.outlet, choice, clock=self.clock, environ=os.environ, source="excel", command=command, timing=timing
        )
        self.orders: list[Order] = []
        self.process.order = self.orders.append  # type: ignore[method-assign,assignment]  # there is no child to tell
        self._fatal = asyncio.Event()

    def hear(self, *lines: Line) -> list[object]:
        for line in lines:
            self._take(line, self._fatal)
        return self.outlet.taken()

    def rows(self, *rows: SheetRow, symbols: list[str] | None = None) -> Rows:
        return Rows(self.clock.wall_ms(), list(rows), symbols)


VFF_ROW = SheetRow("VFF", last=3.0, bid=2.95, ask=3.05)
SPY_ROW = SheetRow("SPY", last=650.0)
ATTACHED = Attached("excel", "quotes.xlsx")


async def started() -> Fed:
    fed = Fed()
    await fed.want({"VFF": T, "SPY": T, "QQQ": T})
    fed.hear(ATTACHED, fed.rows(VFF_ROW, SPY_ROW, symbols=["VFF", "SPY", "BAC"]))
    return fed


@pytest.mark.asyncio
async def test_it_greets_then_is_live_then_gives_level_1_of_what_is_wanted() -> None:
    fed = Fed()
    await fed.want({"VFF": T, "QQQ": T})
    assert fed.outlet.taken() == [], "nothing is known yet"
    hello, live, level_1, problem = fed.hear(ATTACHED, fed.rows(VFF_ROW, SPY_ROW, symbols=["VFF", "SPY"]))
    assert isinstance(hello, Hello)
    assert (hello.provider, hello.market, hello.label) == ("tos_excel", "tos-excel", "THINKORSWIM")
    assert (hello.features, hello.symbols, hello.timeframes) == (["snapshot", LEVEL_ONE], ["VFF", "SPY"], [])
    assert isinstance(live, LinkStatus)
    assert (live.state, live.provider) == ("live", "tos_excel")
    assert isinstance(level_1, Snapshot)
    assert (level_1.symbol, level_1.last, level_1.timestamp_ms) == ("VFF", 3.0, NOON)
    assert problem == ("QQQ", "not in the sheet")


@pytest.mark.asyncio
async def test_only_rows_that_changed_and_are_wanted_are_passed_on() -> None:
    fed = await started()
    assert fed.hear(fed.rows(SheetRow("BAC", last=40.0))) == []
    (level_1,) = fed.hear(fed.rows(SheetRow("SPY", last=651.0)))
    assert isinstance(level_1, Snapshot)
    assert (level_1.symbol, level_1.last) == ("SPY", 651.0)
    assert fed.hear(fed.rows(SheetRow("SPY", last=651.0))) == []


@pytest.mark.asyncio
async def test_symbol_that_is_wanted_later_gets_what_is_known_at_once() -> None:
    fed = await started()
    fed.hear(fed.rows(SheetRow("BAC", last=40.0)))
    await fed.want({"VFF": T, "BAC": T})
    (level_1,) = fed.outlet.taken()
    assert isinstance(level_1, Snapshot)
    assert (level_1.symbol, level_1.last) == ("BAC", 40.0)
    assert fed.hear(fed.rows(SheetRow("SPY", last=652.0))) == [], "let go of"


@pytest.mark.asyncio
async def test_snapshot_that_is_asked_for_is_the_last_good_one() -> None:
    fed = await started()
    await fed.request_snapshot(["SPY"])
    assert [one.symbol for one in fed.outlet.taken() if isinstance(one, Snapshot)] == ["SPY"]
    await fed.resubscribe()
    assert [one.symbol for one in fed.outlet.taken() if isinstance(one, Snapshot)] == ["VFF", "SPY"]


@pytest.mark.asyncio
async def test_what_a_sheet_cannot_do_is_silently_nothing() -> None:
    fed = await started()
    await fed.request_history("VFF", "1m", NOON, 100, 1)
    await fed.search_symbols("VF", 2)
    assert fed.outlet.taken() == []


@pytest.mark.asyncio
async def test_symbol_whose_prices_are_gone_is_a_problem_after_its_last_good_values() -> None:
    fed = await started()
    gone = SheetRow("VFF", unknown=dict.fromkeys(("last", "bid", "ask"), "loading"))
    level_1, problem = fed.hear(fed.rows(gone))
    assert isinstance(level_1, Snapshot)
    assert (level_1.last, level_1.last_timestamp_ms) == (3.0, NOON)
    assert problem == ("VFF", "the sheet says “loading” since 12:00:00; the values before that are shown")
    (back,) = fed.hear(fed.rows(VFF_ROW))
    assert isinstance(back, Snapshot), "level 1 takes the problem away"


@pytest.mark.asyncio
async def test_sheet_with_other_symbols_greets_anew() -> None:
    fed = await started()
    said = fed.hear(fed.rows(SheetRow("QQQ", last=600.0), symbols=["VFF", "QQQ"]))
    assert [one.symbols for one in said if isinstance(one, Hello)] == [["VFF", "QQQ"]]
    assert [one.symbol for one in said if isinstance(one, Snapshot)] == ["VFF", "QQQ"]
    assert ("SPY", "not in the sheet") in said


@pytest.mark.asyncio
async def test_trouble_is_said_once_with_what_to_do_and_the_next_rows_greet_again() -> None:
    fed = await started()
    trouble = Trouble("workbook", "quotes.xlsx is not open in Excel.", "Open it.")
    (status,) = fed.hear(trouble, trouble)
    assert isinstance(status, LinkStatus)
    assert (status.state, status.message, status.remedy) == ("retrying", trouble.message, trouble.remedy)
    said = fed.hear(ATTACHED, fed.rows(VFF_ROW, SPY_ROW, symbols=["VFF", "SPY", "BAC"]))
    assert [type(one) for one in said[:3]] == [Hello, LinkStatus, Snapshot]


@pytest.mark.asyncio
async def test_saved_workbook_is_another_market_and_says_so() -> None:
    fed = await started()
    said = fed.hear(Attached("file", "quotes.xlsx"), fed.rows(VFF_ROW, symbols=["VFF"]))
    hello = said[0]
    assert isinstance(hello, Hello)
    assert (hello.market, hello.label) == ("tos-excel-file", "SAVED WORKBOOK")
    # A value of the one kind is never kept as one of the other.
    loading = SheetRow("VFF", last=2.5, unknown={"bid": "loading"})
    said = fed.hear(ATTACHED, fed.rows(loading, symbols=["VFF"]))
    (level_1,) = (one for one in said if isinstance(one, Snapshot))
    assert (level_1.last, level_1.bid == level_1.bid) == (2.5, False)


@pytest.mark.asyncio
async def test_to_connect_anew_is_an_order_to_take_hold_of_the_workbook_anew() -> None:
    fed = await started()
    await fed.reconnect("it was asked for")
    assert fed.orders == [Order("reattach")]


@pytest.mark.asyncio
async def test_symbol_that_is_not_in_the_sheet_is_said_once() -> None:
    fed = await started()
    fed.outlet.taken()
    await fed.request_snapshot(["QQQ", "QQQ"])
    assert fed.outlet.taken() == []


@pytest.mark.asyncio
async def test_refusals_are_counted_and_remarks_are_logged(caplog: pytest.LogCaptureFixture) -> None:
    fed = await started()
    with caplog.at_level("INFO"):
        fed.hear(Refusals({"excel last: negative": 2}), Remarks(["Column 9 is not known."]))
    assert fed.rejections.by_reason == {"excel last: negative": 2}
    assert "Column 9 is not known." in caplog.text


@pytest.mark.asyncio
async def test_feed_without_a_workbook_fails_with_what_to_do() -> None:
    fed = Fed(workbook="")
    await fed.run()
    (failed,) = fed.outlet.of(LinkStatus)
    assert (failed.state, failed.message) == ("failed", "No workbook is named.")
    assert failed.remedy


async def frozen(fed: Fed, market_ms: int, attached: Attached = ATTACHED) -> None:
    """The watch of a running feed looks at a market that stands for a minute."""
    fed.clock.step_wall((market_ms - fed.clock.wall_ms()) / 1000)
    running = asyncio.create_task(fed.run())
    await until(lambda: fed.process.pid)
    fed.hear(attached, fed.rows(VFF_ROW, symbols=["VFF"]))
    fed.clock.advance(61.0)
    for _ in range(10):
        await asyncio.sleep(0.005)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


@pytest.mark.asyncio
async def test_sheet_that_stands_still_in_an_open_market_is_dead_until_a_value_changes() -> None:
    fed = Fed(ExcelTiming(look=0.001))
    await frozen(fed, NOON)
    (dead,) = fed.outlet.of(LinkStatus)
    assert dead.state == "retrying"
    assert "has changed for 61 s in an open market" in dead.message
    assert "thinkorswim" in dead.remedy
    assert fed.orders == [Order("reattach")]
    fed.outlet.taken()
    # Taken hold of anew, it still says the same.
    assert fed.hear(ATTACHED, fed.rows(VFF_ROW, symbols=["VFF"])) == []
    said = fed.hear(fed.rows(SheetRow("VFF", last=3.01, bid=2.95, ask=3.05)))
    assert [type(one) for one in said] == [Hello, LinkStatus]


@pytest.mark.asyncio
async def test_saved_workbook_may_stand_still_in_an_open_market() -> None:
    fed = Fed(ExcelTiming(look=0.001))
    await frozen(fed, NOON, Attached("file", "quotes.xlsx"))
    assert fed.orders == []
    assert not [status for status in fed.outlet.of(LinkStatus) if status.state == "retrying"]


@pytest.mark.asyncio
@pytest.mark.parametrize("moment", ["2026-11-20T18:00:00", "2026-11-21T12:00:00"])
async def test_sheet_may_stand_still_while_the_market_is_closed(moment: str) -> None:
    fed = Fed(ExcelTiming(look=0.001))
    await frozen(fed, at(moment))
    assert fed.orders == []
    assert not [status for status in fed.outlet.of(LinkStatus) if status.state == "retrying"]


def test_child_is_told_where_to_look() -> None:
    choice = ProviderChoice(provider="tos_excel", workbook="/b.xlsx", sheet="S", range="A1:C9", interval_s=2.5)
    told = ["--file=/b.xlsx", "--interval=2.5", "--source=auto", "--sheet=S", "--range=A1:C9"]
    assert child_arguments(choice) == told
    assert child_arguments(ProviderChoice(provider="tos_excel", workbook="/b.xlsx"))[:2] == [told[0], "--interval=1"]


def test_names_like_options_are_names_for_the_child() -> None:
    choice = ProviderChoice(provider="tos_excel", workbook="-b.xlsx", sheet="--file")
    options = parse_child(child_arguments(choice))
    assert (options.file, options.sheet) == ("-b.xlsx", "--file")


@pytest.mark.asyncio
@pytest.mark.parametrize("mode", ["ok", "busy", "dead", "hang", "crash"])
async def test_u4_feed_of_excel_stops_at_once_in_every_state(tmp_path: Path, mode: Mode) -> None:
    state, outlet = tmp_path / "world.json", Outlet()
    write_world(state, books(VFF, changed(SPY, last="loading")), mode)
    feed = TosExcelFeed(
        outlet,
        ProviderChoice(provider="tos_excel", workbook=PATH, interval_s=0.05),
        clock=SystemClock(),
        environ=os.environ,
        source="excel",
        command=[sys.executable, "-m", "tests.fakes.memory_excel", str(state), "--"],
        timing=ExcelTiming(process=ProcessTiming(pause=0.05)),
    )
    running = asyncio.create_task(feed.run())
    await until(lambda: feed.process.pid)
    if mode == "ok":
        await until(lambda: outlet.of(Hello))
    elif mode in ("dead", "crash"):
        await until(lambda: any(status.state == "retrying" for status in outlet.of(LinkStatus)))
    await feed.reconnect("asked for")
    running.cancel()
    loop = asyncio.get_running_loop()
    before = loop.time()
    await asyncio.gather(running, return_exceptions=True)
    assert loop.time() - before < 0.1
