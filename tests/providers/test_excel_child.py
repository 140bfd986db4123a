"""What the reading process says: what changed, that it is alive, and why it cannot read."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from typing import Any, TypeVar

import pytest

from live_monitor.clock import ManualClock
from live_monitor.data.models.market_data import NAN
from live_monitor.providers.excel_child import BEAT_S, BUSY_S, ExcelChild, parse
from live_monitor.providers.excel_lines import (
    Attached,
    Beat,
    Line,
    Order,
    Refusals,
    Remarks,
    Rows,
    SheetRow,
    Trouble,
    decode,
    encode,
)
from live_monitor.providers.excel_reader import TOSExcelReader
from tests.fakes.memory_excel import Registered, World, cell_of
from tests.providers.quote_sheet import HEADINGS, PATH, SHEET, SPY, VFF, books, changed

Kind = TypeVar("Kind")


class Child:
    """The program of the process, in this one: its clock moves only when it sleeps."""

    def __init__(self, world: World, *, quotes: bool = False) -> None:
        self.world = world
        self.clock = ManualClock()
        self.lines: list[Line] = []
        self.orders: list[Order] = []
        reader = TOSExcelReader(PATH, SHEET, source="excel", clock=self.clock)
        self.child = ExcelChild(reader, 1.0, self.clock, self._say, self._wait, quotes=quotes)

    def _say(self, line: Line) -> None:
        # What a listener makes of it counts, not what was meant.
        self.lines.append(decode(encode(line)))

    def _wait(self, seconds: float) -> Order | None:
        self.clock.advance(seconds)
        return self.orders.pop() if self.orders else None

    def poll(self) -> list[Line]:
        """One look; the lines that came of it, without those that say nothing but "alive"."""
        self.lines = []
        self.child.poll()
        return [line for line in self.lines if not isinstance(line, Beat)]

    def one(self, kind: type[Kind]) -> Kind:
        """The only line of a kind among those of the last look."""
        (found,) = (line for line in self.lines if isinstance(line, kind))
        return found


@pytest.fixture
def child() -> Iterator[Child]:
    world = World(books())
    with Registered(world):
        yield Child(world)


def test_first_look_says_what_is_read_and_every_row(child: Child) -> None:
    attached, rows = child.poll()
    assert attached == Attached("excel", "quotes.xlsx")
    assert isinstance(rows, Rows)
    assert rows.symbols == ["VFF", "SPY"]
    assert rows.at_ms == child.clock.wall_ms()
    assert rows.rows[0] == SheetRow("VFF", 3.0, 100.0, 2.95, 500.0, 3.05, 700.0, 2.8, 3.1, 2.75, 2.9, 123456.0)


def test_afterwards_only_rows_that_changed_are_said(child: Child) -> None:
    child.poll()
    assert child.poll() == []
    child.world.books = books(VFF, changed(SPY, last=650.5))
    (rows,) = child.poll()
    assert isinstance(rows, Rows)
    assert (rows.symbols, [row.symbol for row in rows.rows], rows.rows[0].last) == (None, ["SPY"], 650.5)


def test_value_that_is_not_there_is_named_with_what_stands_there_and_a_zero_is_none(child: Child) -> None:
    child.world.books = books(changed(VFF, last="loading", bid=-2146826246, ask=0.0, open=None))
    child.poll()
    row = child.one(Rows).rows[0]
    assert row.unknown == {
        "last": "loading", "last_size": "loading", "bid": "#N/A", "bid_size": "#N/A", "open": "blank",
    }  # fmt: skip
    assert row.ask != row.ask
    assert row.ask_size != row.ask_size
    assert row.day_volume == 123456.0


def test_row_that_is_added_or_taken_away_changes_what_the_sheet_holds(child: Child) -> None:
    child.poll()
    child.world.books = books(VFF, SPY, changed(SPY, symbol="QQQ"))
    child.poll()
    assert (child.one(Rows).symbols, [row.symbol for row in child.one(Rows).rows]) == (["VFF", "SPY", "QQQ"], ["QQQ"])
    child.world.books = books(SPY)
    child.poll()
    assert (child.one(Rows).symbols, child.one(Rows).rows) == (["SPY"], [])


def test_row_that_comes_back_is_said_again_though_it_says_the_same(child: Child) -> None:
    child.poll()
    child.world.books = books(VFF)
    child.poll()
    child.world.books = books(VFF, SPY)
    child.poll()
    assert (child.one(Rows).symbols, [row.symbol for row in child.one(Rows).rows]) == (["VFF", "SPY"], ["SPY"])


def test_row_below_takes_the_place_of_its_double(child: Child) -> None:
    child.world.books = books(VFF, changed(VFF, last=9.0))
    child.poll()
    assert [row.last for row in child.one(Rows).rows] == [3.0]
    assert sum(child.one(Refusals).by_reason.values()) == 1
    child.world.books = books([None] * 12, changed(VFF, last=9.0))
    child.poll()
    assert [row.last for row in child.one(Rows).rows] == [9.0]


def test_headings_that_are_not_known_are_said_once(child: Child) -> None:
    child.world.books = {PATH: {SHEET: [[*HEADINGS, "Mood"], [*VFF, "fine"]]}}
    child.poll()
    assert ["Mood" in text for text in child.one(Remarks).texts] == [True]
    assert child.poll() == []


def test_documented_quotes_come_beside_the_rows_where_they_are_asked_for() -> None:
    world = World({PATH: {SHEET: [[*HEADINGS, "Net Change"], [*VFF, 0.1]]}})
    with Registered(world):
        child = Child(world, quotes=True)
        child.poll()
        world.books[PATH][SHEET][1] = [*VFF, 0.2]
        child.poll()
    # A column that is no part of level 1.
    assert [quote["net_change"] for quote in child.one(Rows).quotes] == ["0.20"]
    assert len(child.one(Rows).rows) == 1


def test_editing_of_a_cell_is_no_trouble_until_it_lasts(child: Child) -> None:
    child.poll()
    child.world.mode = "busy"
    assert child.poll() == []
    beats = sum(isinstance(line, Beat) for line in child.lines)
    assert beats >= 5, "it says that it is alive between two tries"
    child.clock.advance(BUSY_S)
    (trouble,) = child.poll()
    assert isinstance(trouble, Trouble)
    assert (trouble.code, trouble.fatal) == ("busy", False)
    assert child.poll() == [], "said once"
    child.world.mode = "ok"
    attached, rows = child.poll()
    assert isinstance(attached, Attached)
    assert isinstance(rows, Rows)
    assert len(rows.rows) == 2, "everything is said again"


def test_a_moment_of_editing_after_long_good_reading_is_no_trouble(child: Child) -> None:
    child.poll()
    child.clock.advance(10 * BUSY_S)
    child.poll()
    child.world.mode = "busy"
    assert child.poll() == []


def test_what_a_library_prints_is_no_line() -> None:
    """Standard output belongs to the lines; a driver that prints into it would be taken for broken."""
    program = (
        "import os; from live_monitor.providers import excel_child as child;"
        "from live_monitor.providers.excel_lines import Beat;"
        "say = child._own_output(); print('printed', flush=True); os.write(1, b'written\\n'); say(Beat())"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, timeout=60, check=True)
    assert decode(done.stdout) == Beat()
    assert done.stderr.split() == [b"printed", b"written"]


@pytest.mark.parametrize(
    ("cells", "words"),
    [
        ([["Name", "Price"], ["VFF", 3.0]], "no column headed Symbol"),
        ([["Symbol", "Mood"], ["VFF", "fine"]], "none with a price"),
        ([HEADINGS], "The sheet holds no symbol"),
    ],
)
def test_sheet_that_is_not_understood_is_trouble_until_it_is(child: Child, cells: list[list[Any]], words: str) -> None:
    child.world.books = {PATH: {SHEET: cells}}
    (trouble,) = child.poll()
    assert isinstance(trouble, Trouble)
    assert words in trouble.message
    assert trouble.remedy
    child.world.books = books()
    assert [type(line) for line in child.poll()] == [Attached, Rows]


def test_workbook_that_is_closed_and_opened_again_is_found_by_itself(child: Child) -> None:
    child.poll()
    child.world.mode = "dead"
    (trouble,) = child.poll()
    assert isinstance(trouble, Trouble)
    assert trouble.code == "gone"
    child.world.books, child.world.mode = {}, "ok"
    (closed,) = child.poll()
    assert isinstance(closed, Trouble)
    assert "not open in Excel" in closed.message
    child.world.books = books()
    assert [type(line) for line in child.poll()] == [Attached, Rows]


def test_order_to_take_hold_anew_says_everything_again(child: Child) -> None:
    child.poll()
    child.orders.append(Order("reattach"))
    child.child.rest(5.0)
    assert [type(line) for line in child.poll()] == [Attached, Rows]


def test_rest_is_never_silent_for_longer_than_a_beat(child: Child) -> None:
    child.lines = []
    child.child.rest(3600.0)
    assert len(child.lines) >= 3600 / BEAT_S
    assert all(isinstance(line, Beat) for line in child.lines)


#: What a cell may hold, and the last price or volume that it means; NaN: none, or none known now.
CELLS: list[tuple[str, Any, float]] = [
    ("last", 3.0, 3.0),
    ("last", 56, 56.0),
    ("last", "3.25", 3.25),
    ("last", "1,234.50", 1234.5),
    ("last", "$12.00", 12.0),
    ("last", "145.57 B", 145.57),
    ("last", 0.0, NAN),
    ("last", "loading", NAN),
    ("last", "Loading", NAN),
    ("last", "N/A", NAN),
    ("last", "!N/A", NAN),
    ("last", "#N/A", NAN),
    ("last", -2146826246, NAN),
    ("last", -2146826265, NAN),
    ("last", -2146826273, NAN),
    ("last", -2146826281, NAN),
    ("last", "NaN", NAN),
    ("last", "-", NAN),
    ("last", "--", NAN),
    ("last", "", NAN),
    ("last", None, NAN),
    ("last", {"date": "2026-11-20T00:00:00"}, NAN),
    ("last", True, NAN),
    ("last", "1_000", NAN),
    ("last", "Infinity", NAN),
    ("last", -5.0, NAN),
    ("last", "25.3%", NAN),
    ("last", "110'165", NAN),
    ("volume", 0.0, 0.0),
    ("volume", "56,900,159", 56_900_159.0),
]


def test_u15_thirty_cells_mean_what_they_say_or_nothing(child: Child) -> None:
    assert len(CELLS) == 30
    rows = [changed(VFF, symbol=f"S{number}", **{name: cell_of(cell)}) for number, (name, cell, _) in enumerate(CELLS)]
    child.world.books = books(*rows)
    child.poll()
    read = [
        row.day_volume if name == "volume" else row.last
        for row, (name, _, _) in zip(child.one(Rows).rows, CELLS, strict=True)
    ]
    assert [repr(value) for value in read] == [repr(meant) for _, _, meant in CELLS]


def test_u15_headings_over_merged_cells_are_read_in_both_rows(child: Child) -> None:
    child.world.books = {
        PATH: {
            SHEET: [
                ["Symbol", "Last", "Bid", None, "Ask", None],
                [None, None, "Price", "Size", "Price", "Size"],
                ["VFF", 3.0, 2.95, 500.0, 3.05, 700.0],
            ]
        }
    }
    child.poll()
    row = child.one(Rows).rows[0]
    assert (row.last, row.bid, row.bid_size, row.ask, row.ask_size) == (3.0, 2.95, 500.0, 3.05, 700.0)


def test_interval_is_kept_within_bounds() -> None:
    assert parse(["--file", "x", "--interval", "0"]).interval == 0.05
    assert parse(["--file", "x"]).source == "auto"
