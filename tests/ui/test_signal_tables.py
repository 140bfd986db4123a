"""Signals sort by what they mean."""

from __future__ import annotations

import random

import pytest
from PyQt6.QtCore import QEvent, Qt
from PyQt6.QtGui import QFontMetricsF, QKeyEvent
from PyQt6.QtTest import QSignalSpy
from PyQt6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from live_monitor.data.models.signals import EntrySignal
from live_monitor.ui.signal_columns import ENTRY_COLUMNS, EXIT_COLUMNS
from live_monitor.ui.signal_tables import SignalTable, entry_table, exit_table
from live_monitor.ui.theme import Theme
from live_monitor.ui.tooltips import plain_tooltip
from tests.ui.fake_hub import TEN, FakeHub, entry, exit_
from tests.ui.hands import click, double_click

MINUTE = 60_000


def column_of(table: SignalTable, heading: str) -> int:
    """Number of the column with a heading."""
    return [column.heading for column in table.model.columns].index(heading)


def shown(table: SignalTable, heading: str) -> list[str]:
    """Texts of a column, from the top."""
    model = table.view.model()
    assert model is not None
    return [str(model.index(row, column_of(table, heading)).data()) for row in range(model.rowCount())]


@pytest.fixture
def entries(qtbot: QtBot, dark: Theme) -> SignalTable:
    """The table of entries, empty."""
    table = entry_table(dark)
    qtbot.addWidget(table)
    table.resize(700, 300)
    return table


@pytest.fixture
def exits(qtbot: QtBot, dark: Theme) -> SignalTable:
    """The table of exits, empty."""
    table = exit_table(dark)
    qtbot.addWidget(table)
    table.resize(700, 300)
    return table


def test_each_table_takes_its_own_kind(entries: SignalTable, exits: SignalTable, hub: FakeHub) -> None:
    hub.add_signal(entry())
    hub.add_signal(exit_(kind="STOP"))
    for table in (entries, exits):
        table.refresh(hub, TEN)
    assert shown(entries, "Type") == ["▲ LONG"]
    assert shown(exits, "Type") == ["■ STOP"]


def test_newest_is_on_top_at_first(entries: SignalTable, hub: FakeHub) -> None:
    for minute in (2, 0, 1):
        hub.add_signal(entry(TEN + minute * MINUTE))
    entries.refresh(hub, TEN)
    assert shown(entries, "Time") == ["10:02:00", "10:01:00", "10:00:00"]


def test_prices_sort_as_numbers(entries: SignalTable, hub: FakeHub) -> None:
    prices = ["9.50", "1,234.50", "87.10", "100.00"]
    random.Random(1).shuffle(prices)
    for price in prices:
        hub.add_signal(entry(price=price))
    entries.refresh(hub, TEN)
    entries.view.sortByColumn(column_of(entries, "Price"), Qt.SortOrder.AscendingOrder)
    assert shown(entries, "Price") == ["9.50", "87.10", "100.00", "1,234.50"]


def test_gains_sort_as_numbers_and_what_is_none_comes_last(exits: SignalTable, hub: FakeHub) -> None:
    for gain in ("+10.00%", "-2.50%", "n/a", "+9.00%", "-11.00%"):
        hub.add_signal(exit_(pnl=gain))
    exits.refresh(hub, TEN)
    exits.view.sortByColumn(column_of(exits, "P&L"), Qt.SortOrder.AscendingOrder)
    assert shown(exits, "P&L") == ["▼ −11.00%", "▼ −2.50%", "▲ +9.00%", "▲ +10.00%", "n/a"]
    exits.view.sortByColumn(column_of(exits, "P&L"), Qt.SortOrder.DescendingOrder)
    assert shown(exits, "P&L") == ["▲ +10.00%", "▲ +9.00%", "▼ −2.50%", "▼ −11.00%", "n/a"]


def test_times_sort_by_their_instant_not_their_text(entries: SignalTable, hub: FakeHub) -> None:
    day = 24 * 60 * MINUTE
    hub.add_signal(entry(TEN - day + 60 * MINUTE))
    hub.add_signal(entry(TEN))
    entries.refresh(hub, TEN)
    assert shown(entries, "Time") == ["10:00:00", "11:00:00"]


def test_strength_and_urgency_sort_by_rank(entries: SignalTable, exits: SignalTable, hub: FakeHub) -> None:
    for strength in ("Medium", "Strong", "Weak"):
        hub.add_signal(entry(strength=strength))
    for urgency in ("Normal", "Urgent", "Warning"):
        hub.add_signal(exit_(urgency=urgency))
    entries.refresh(hub, TEN)
    exits.refresh(hub, TEN)
    entries.view.sortByColumn(column_of(entries, "Strength"), Qt.SortOrder.DescendingOrder)
    exits.view.sortByColumn(column_of(exits, "Urgency"), Qt.SortOrder.DescendingOrder)
    assert shown(entries, "Strength") == ["Strong", "Medium", "Weak"]
    assert shown(exits, "Urgency") == ["Urgent", "Warning", "Normal"]


def test_new_signal_is_inserted_without_a_reset(entries: SignalTable, hub: FakeHub) -> None:
    hub.add_signal(entry())
    entries.refresh(hub, TEN)
    resets, inserts = QSignalSpy(entries.model.modelReset), QSignalSpy(entries.model.rowsInserted)
    hub.add_signal(entry(TEN + MINUTE))
    hub.add_signal(entry(TEN + 2 * MINUTE))
    entries.refresh(hub, TEN)
    entries.refresh(hub, TEN)
    assert (len(resets), len(inserts), entries.model.rowCount()) == (0, 1, 3)


def test_another_symbol_or_a_new_search_starts_again(entries: SignalTable, hub: FakeHub) -> None:
    hub.add_signal(entry(price="1.00"))
    entries.refresh(hub, TEN)
    hub.focus = "MSFT"
    hub.signals = [entry(price="2.00")]
    entries.refresh(hub, TEN)
    assert shown(entries, "Price") == ["2.00"]
    hub.signals = [entry(price="3.00"), entry(price="4.00")]
    hub.signals_version += 1
    entries.refresh(hub, TEN)
    assert sorted(shown(entries, "Price")) == ["3.00", "4.00"]


def test_double_click_asks_for_the_bar_that_the_signal_ended(qtbot: QtBot, entries: SignalTable, hub: FakeHub) -> None:
    hub.add_signal(entry(TEN))
    entries.refresh(hub, TEN)
    entries.show()
    model = entries.view.model()
    assert model is not None
    place = entries.view.visualRect(model.index(0, 0)).center()
    click(entries.view.viewport(), place)
    with qtbot.waitSignal(entries.bar_requested, timeout=10_000) as asked:
        double_click(entries.view.viewport(), place)
    assert asked.args == [TEN - MINUTE]


def test_direction_has_colour_and_arrow(entries: SignalTable, hub: FakeHub, dark: Theme) -> None:
    hub.add_signal(entry(kind="SHORT"))
    entries.refresh(hub, TEN)
    cell = entries.model.index(0, 1)
    assert cell.data() == "▼ SHORT"
    assert cell.data(Qt.ItemDataRole.ForegroundRole) == dark.color("down")


def test_signal_of_a_script_may_lack_fields(entries: SignalTable, hub: FakeHub) -> None:
    partial: EntrySignal = {"time": "10:00:00", "signal_type": "LONG", "price": "x", "symbol": "AAPL"}  # type: ignore[typeddict-item] # as in example 3 of the public calls
    hub.add_signal(partial)
    entries.refresh(hub, TEN)
    asked = QSignalSpy(entries.bar_requested)
    model = entries.view.model()
    assert model is not None
    entries.view.activated.emit(model.index(0, 0))
    assert shown(entries, "Notes") == [""]
    assert len(asked) == 0


def test_numbers_are_right_aligned_and_every_column_is_named() -> None:
    for columns in (ENTRY_COLUMNS, EXIT_COLUMNS):
        assert all(column.heading for column in columns)
        assert {column.heading for column in columns if column.numeric} <= {"Price", "P&L"}


def test_column_widths_are_kept(entries: SignalTable) -> None:
    entries.set_column_widths([100, 90, 80, 200, 70, 150])
    assert entries.column_widths()[:5] == [100, 90, 80, 200, 70]
    entries.set_column_widths([1, 2])
    entries.set_column_widths([10**9] + [90] * 5)
    assert entries.column_widths()[0] == 2_000


def test_widths_of_before_there_was_a_source_are_kept(entries: SignalTable) -> None:
    entries.set_column_widths([100, 90, 80, 200, 70, 64, 150])
    assert entries.column_widths()[:6] == [100, 90, 80, 200, 70, 64]
    entries.set_column_widths([101, 91, 81, 201, 71, 150])
    assert entries.column_widths()[:6] == [101, 91, 81, 201, 71, 64]


def test_source_is_left_out_where_not_all_columns_have_room(entries: SignalTable) -> None:
    at = column_of(entries, "Source")
    entries.set_column_widths([100, 90, 80, 200, 70, 64, 150])
    entries.show()
    assert entries.view.isColumnHidden(at)
    assert entries.column_widths()[at] == 64
    entries.resize(1_000, 300)
    assert not entries.view.isColumnHidden(at)
    assert entries.view.columnWidth(at) == 64


def test_signals_say_whose_bars_they_came_from(entries: SignalTable, hub: FakeHub) -> None:
    hub.add_signal(entry())
    hub.add_signal(entry(TEN + MINUTE))
    hub.signal_sources = {id(hub.signals[0]): "POLYGON", id(hub.signals[1]): "script"}
    entries.refresh(hub, TEN)
    assert shown(entries, "Source") == ["Script", "Polygon"]


def test_prices_with_hundredths_of_a_cent_fit_their_column(
    entries: SignalTable, exits: SignalTable, dark: Theme
) -> None:
    needed = QFontMetricsF(dark.font(13)).horizontalAdvance("1,234.5678")
    for table in (entries, exits):
        assert needed + 16 <= table.view.columnWidth(column_of(table, "Price"))


def test_cut_notes_stand_whole_in_the_tooltip(entries: SignalTable, hub: FakeHub) -> None:
    signal = entry()
    signal["notes"] = "VWAP 255.23, volume 1.2 × mean, EMA gap <0.09 ATR, stop 254.61, target 253.92"
    hub.add_signal(signal)
    entries.refresh(hub, TEN)
    shown_as = entries.model.index(0, column_of(entries, "Notes")).data(Qt.ItemDataRole.ToolTipRole)
    assert shown_as == plain_tooltip(signal["notes"])


def test_letters_are_left_to_the_window(entries: SignalTable) -> None:
    event = QKeyEvent(QEvent.Type.KeyPress, Qt.Key.Key_A, Qt.KeyboardModifier.NoModifier, "a")
    entries.view.keyPressEvent(event)
    assert not event.isAccepted()


def test_empty_table_teaches(entries: SignalTable, hub: FakeHub) -> None:
    entries.show()
    hint = entries.findChild(QLabel)
    assert hint is not None
    assert hint.isVisible()
    hub.add_signal(exit_())
    entries.refresh(hub, TEN)
    assert hint.isVisible()
    hub.add_signal(entry())
    entries.refresh(hub, TEN)
    assert not hint.isVisible()
