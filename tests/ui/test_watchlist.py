"""Tiles: what they show, what they ask."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PyQt6.QtCore import QPoint, Qt
from PyQt6.QtGui import QImage
from PyQt6.QtTest import QSignalSpy
from PyQt6.QtWidgets import QMenu, QWidget
from pytestqt.qtbot import QtBot

from live_monitor.clock import ManualClock
from live_monitor.data.models.status import LinkStatus
from live_monitor.ui.theme import Theme
from live_monitor.ui.watch_tile import TILE_ROLE
from live_monitor.ui.watchlist import Tile, Watchlist
from tests.ui.fake_hub import NAN, TEN, FakeHub, FakeState
from tests.ui.hands import click, press, type_text


@pytest.fixture
def watchlist(qtbot: QtBot, dark: Theme, manual_clock: ManualClock, hub: FakeHub) -> Watchlist:
    """Three symbols."""
    hub.states = {name: FakeState(name) for name in ("AAPL", "MSFT", "NVDA")}
    made = Watchlist(dark, manual_clock)
    qtbot.addWidget(made)
    made.resize(200, 400)
    made.set_symbols(["AAPL", "MSFT", "NVDA"])
    made.show()
    qtbot.waitExposed(made)
    made.refresh(hub, TEN)
    return made


def tile(watchlist: Watchlist, row: int) -> Tile:
    """The tile of a row."""
    found = watchlist.model.index(row).data(TILE_ROLE)
    assert isinstance(found, Tile)
    return found


def later(watchlist: Watchlist, hub: FakeHub, clock: ManualClock, seconds: float = 1.0) -> None:
    """The next frame that counts."""
    clock.advance(seconds)
    watchlist.refresh(hub, TEN)


def test_tile_shows_price_and_change(watchlist: Watchlist) -> None:
    assert tile(watchlist, 0).last == "187.42"
    assert tile(watchlist, 0).percent == "+0.66%"
    assert tile(watchlist, 0).focused
    assert not tile(watchlist, 1).focused


def test_only_changed_tiles_are_repainted(watchlist: Watchlist, hub: FakeHub, manual_clock: ManualClock) -> None:
    changed = QSignalSpy(watchlist.model.dataChanged)
    hub.states["MSFT"].set(last=200.0)
    later(watchlist, hub, manual_clock)
    assert len(changed) == 1
    assert changed[0][0].row() == 1


def test_burst_is_conflated_and_the_end_is_shown(
    qtbot: QtBot, watchlist: Watchlist, hub: FakeHub, manual_clock: ManualClock
) -> None:
    watchlist.refresh(hub, TEN)
    with qtbot.waitSignal(watchlist.frame_wanted, timeout=10_000):
        hub.states["AAPL"].set(last=190.0)
        watchlist.refresh(hub, TEN)
        assert tile(watchlist, 0).last == "187.42"
    later(watchlist, hub, manual_clock)
    assert tile(watchlist, 0).last == "190.00"


def test_change_blinks_once_and_ends(watchlist: Watchlist, hub: FakeHub, manual_clock: ManualClock) -> None:
    hub.states["NVDA"].set(last=180.0)
    later(watchlist, hub, manual_clock)
    assert tile(watchlist, 2).blink == -1
    later(watchlist, hub, manual_clock, 0.3)
    assert tile(watchlist, 2).blink == 0


def test_no_blink_under_reduce_motion(watchlist: Watchlist, hub: FakeHub, manual_clock: ManualClock) -> None:
    watchlist.set_reduce_motion(True)
    hub.states["NVDA"].set(last=180.0)
    later(watchlist, hub, manual_clock)
    assert tile(watchlist, 2).blink == 0


def test_dead_link_greys_every_tile(
    watchlist: Watchlist, hub: FakeHub, manual_clock: ManualClock, picture: Callable[[QWidget], QImage]
) -> None:
    live = picture(watchlist)
    hub.link = LinkStatus("retrying")
    later(watchlist, hub, manual_clock)
    assert not tile(watchlist, 1).trusted
    assert picture(watchlist) != live


def test_symbol_without_a_price_is_a_dash(watchlist: Watchlist, hub: FakeHub, manual_clock: ManualClock) -> None:
    hub.states["MSFT"].set(last=NAN, change_percent=NAN, day_high=NAN)
    later(watchlist, hub, manual_clock)
    assert (tile(watchlist, 1).last, tile(watchlist, 1).percent, tile(watchlist, 1).way) == ("–", "–", 0)


def test_click_asks_for_the_symbol(qtbot: QtBot, watchlist: Watchlist) -> None:
    place = watchlist.view.visualRect(watchlist.model.index(1)).center()
    with qtbot.waitSignal(watchlist.symbol_requested, timeout=10_000) as asked:
        click(watchlist.view.viewport(), place)
    assert asked.args == ["MSFT"]


def test_arrows_and_enter_ask_for_the_symbol(qtbot: QtBot, watchlist: Watchlist) -> None:
    watchlist.view.setCurrentIndex(watchlist.model.index(1))
    press(watchlist.view, Qt.Key.Key_Down)
    with qtbot.waitSignal(watchlist.symbol_requested, timeout=10_000) as asked:
        press(watchlist.view, Qt.Key.Key_Return)
    assert asked.args == ["NVDA"]


def test_delete_asks_to_remove(qtbot: QtBot, watchlist: Watchlist) -> None:
    watchlist.view.setCurrentIndex(watchlist.model.index(2))
    with qtbot.waitSignal(watchlist.symbol_removed, timeout=10_000) as asked:
        press(watchlist.view, Qt.Key.Key_Delete)
    assert asked.args == ["NVDA"]
    assert watchlist.symbols() == ["AAPL", "MSFT", "NVDA"]


def test_field_asks_to_add_in_capitals(qtbot: QtBot, watchlist: Watchlist) -> None:
    type_text(watchlist.field, "brk.b")
    with qtbot.waitSignal(watchlist.symbol_added, timeout=10_000) as asked:
        press(watchlist.field, Qt.Key.Key_Return)
    assert asked.args == ["BRK.B"]
    assert watchlist.field.text() == ""


@pytest.mark.parametrize("text", ["AA PL", "<IMG SRC=FILE:///X>", "A\u202eB", "../../../etc/passwd;", "A" * 33])
def test_field_refuses_what_is_no_symbol(watchlist: Watchlist, text: str) -> None:
    """Faults M13."""
    asked = QSignalSpy(watchlist.symbol_added)
    watchlist.field.setMaxLength(100)
    watchlist.field.setText(text)
    press(watchlist.field, Qt.Key.Key_Return)
    assert len(asked) == 0
    assert watchlist.field.property("refused") is True
    assert watchlist.field.toolTip()


def test_list_holds_each_symbol_once_and_nothing_else(watchlist: Watchlist) -> None:
    watchlist.set_symbols(["SPY", "SPY", "bad symbol", "QQQ"])
    assert watchlist.symbols() == ["SPY", "QQQ"]


def test_menu_offers_to_show_and_to_remove(qtbot: QtBot, watchlist: Watchlist) -> None:
    place: QPoint = watchlist.view.visualRect(watchlist.model.index(1)).center()
    watchlist.view.customContextMenuRequested.emit(place)
    menu = watchlist.findChild(QMenu)
    assert menu is not None
    actions = {action.text(): action for action in menu.actions()}
    assert set(actions) == {"Show MSFT", "Remove MSFT"}
    with qtbot.waitSignal(watchlist.symbol_removed, timeout=10_000) as asked:
        actions["Remove MSFT"].trigger()
    assert asked.args == ["MSFT"]
    menu.close()


def test_screen_reader_hears_the_tile(watchlist: Watchlist) -> None:
    spoken = watchlist.model.index(0).data(Qt.ItemDataRole.AccessibleTextRole)
    assert spoken == "AAPL last 187.42, +0.66%, bid 187.41, ask 187.43, from Simulated"
    assert watchlist.view.accessibleName() == "Watchlist"


def test_refused_symbol_says_why(watchlist: Watchlist, hub: FakeHub, manual_clock: ManualClock) -> None:
    hub.problems["MSFT"] = "unknown symbol"
    later(watchlist, hub, manual_clock)
    assert tile(watchlist, 1).spoken() == "MSFT: unknown symbol"
    hub.problems.clear()
    later(watchlist, hub, manual_clock)
    assert tile(watchlist, 1).problem == ""


def test_tile_of_the_focus_symbol_goes_stale_with_the_price_panel(
    watchlist: Watchlist, hub: FakeHub, manual_clock: ManualClock
) -> None:
    for state in hub.states.values():
        state.received = manual_clock.monotonic()
    hub.flow = "stale"
    later(watchlist, hub, manual_clock)
    assert [tile(watchlist, row).trusted for row in range(3)] == [False, True, True]


def test_when_the_whole_feed_is_silent_no_tile_looks_live(
    watchlist: Watchlist, hub: FakeHub, manual_clock: ManualClock
) -> None:
    manual_clock.advance(60.0)
    now = manual_clock.monotonic()
    for symbol, received in (("MSFT", now - 7.0), ("NVDA", now - 1.0)):
        state = hub.states.setdefault(symbol, FakeState(symbol))
        state.received = received
    hub.flow = "stale"
    later(watchlist, hub, manual_clock)
    assert [tile(watchlist, row).trusted for row in range(3)] == [False, False, True]


def test_no_arrow_stands_beside_zero(watchlist: Watchlist, hub: FakeHub, manual_clock: ManualClock) -> None:
    hub.states["AAPL"].set(change_percent=-0.004)
    later(watchlist, hub, manual_clock)
    assert (tile(watchlist, 0).percent, tile(watchlist, 0).way) == ("0.00%", 0)


def test_a_reason_has_the_whole_line(
    watchlist: Watchlist, hub: FakeHub, manual_clock: ManualClock, dark: Theme
) -> None:
    hub.problems["MSFT"] = "trading halted"
    later(watchlist, hub, manual_clock)
    image = watchlist.view.grab().toImage()
    box = watchlist.view.visualRect(watchlist.model.index(1))
    second_line = range(box.top() + 30, box.bottom() - 2)
    colours = {image.pixel(x, y) for x in range(box.left(), box.right()) for y in second_line}
    assert dark.color("warning").rgb() in colours
    assert dark.color("up").rgb() not in colours


def test_tile_says_at_once_that_its_price_is_another_ones(
    watchlist: Watchlist, hub: FakeHub, manual_clock: ManualClock
) -> None:
    assert tile(watchlist, 1).source == "Simulated"
    hub.source = "SCHWAB"
    later(watchlist, hub, manual_clock)
    assert tile(watchlist, 1).spoken().endswith(", from Schwab")
