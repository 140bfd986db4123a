"""Time and sales: newest on top, stands still while it is read."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PyQt6.QtCore import QEvent, QPoint, Qt
from PyQt6.QtGui import QColor, QImage, QKeyEvent
from PyQt6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from live_monitor.clock import ManualClock
from live_monitor.engine.market.conditions import describe
from live_monitor.engine.market.sessions import hms
from live_monitor.ui.theme import Theme
from live_monitor.ui.time_and_sales import HEADER_HEIGHT, NO_PRINTS, ROW_HEIGHT, TimeAndSales
from tests.ui.fake_hub import TEN, FakeHub, print_row
from tests.ui.hands import button_down, press


@pytest.fixture
def tape(qtbot: QtBot, theme: Theme, manual_clock: ManualClock, hub: FakeHub) -> TimeAndSales:
    """A hundred prints, one cent apart."""
    for cents in range(100):
        hub.tape.add(print_row(100 + cents / 100, ms=TEN + cents))
    made = TimeAndSales(theme, manual_clock, hms, describe)
    qtbot.addWidget(made)
    made.resize(260, 300)
    made.show()
    qtbot.waitExposed(made)
    made.refresh(hub, TEN)
    return made


def later(tape: TimeAndSales, hub: FakeHub, clock: ManualClock) -> None:
    """The next frame that counts."""
    clock.advance(1.0)
    tape.refresh(hub, TEN)


def has_color(image: QImage, name: str) -> bool:
    """True when a pixel has the colour."""
    wanted = QColor(name).rgb()
    return any(image.pixel(x, y) == wanted for x in range(image.width()) for y in range(image.height()))


def test_newest_print_is_on_top(tape: TimeAndSales, hub: FakeHub, manual_clock: ManualClock) -> None:
    assert tape.rows[0].price == 100.99
    hub.tape.add(print_row(123.45))
    later(tape, hub, manual_clock)
    assert tape.rows[0].price == 123.45
    assert tape.rows[1].price == 100.99


def test_only_what_can_be_seen_is_fetched(tape: TimeAndSales) -> None:
    assert len(tape.rows) <= 2 * (300 // ROW_HEIGHT + 1)


def test_faster_than_20_a_second_is_conflated(
    qtbot: QtBot, tape: TimeAndSales, hub: FakeHub, manual_clock: ManualClock
) -> None:
    hub.tape.add(print_row(50.0))
    later(tape, hub, manual_clock)
    manual_clock.advance(0.03)
    hub.tape.add(print_row(51.0))
    with qtbot.waitSignal(tape.frame_wanted, timeout=10_000):
        tape.refresh(hub, TEN)
        assert tape.rows[0].price == 50.0
    manual_clock.advance(0.03)
    tape.refresh(hub, TEN)
    assert tape.rows[0].price == 51.0


def test_scrolling_stops_the_list_and_home_lets_it_run(
    tape: TimeAndSales, hub: FakeHub, manual_clock: ManualClock
) -> None:
    press(tape, Qt.Key.Key_Down)
    assert tape.paused
    before = list(tape.rows)
    for _ in range(30):
        hub.tape.add(print_row(7.0))
    later(tape, hub, manual_clock)
    assert list(tape.rows) == before
    assert len(before) == 100
    press(tape, Qt.Key.Key_Home)
    assert not tape.paused
    later(tape, hub, manual_clock)
    assert tape.rows[0].price == 7.0


def test_click_on_the_pause_line_lets_it_run(tape: TimeAndSales) -> None:
    press(tape, Qt.Key.Key_PageDown)
    assert tape.paused
    button_down(tape.viewport(), QPoint(20, HEADER_HEIGHT + 4))
    assert not tape.paused


def test_another_symbol_ends_the_pause(tape: TimeAndSales, hub: FakeHub, manual_clock: ManualClock) -> None:
    press(tape, Qt.Key.Key_Down)
    hub.focus = "MSFT"
    hub.tape.rows.clear()
    hub.tape.add(print_row(412.0))
    tape.refresh(hub, TEN)
    assert not tape.paused
    assert [row.price for row in tape.rows] == [412.0]


def test_side_has_colour_and_odd_lots_are_dimmed(
    tape: TimeAndSales,
    hub: FakeHub,
    manual_clock: ManualClock,
    theme: Theme,
    picture: Callable[[QWidget], QImage],
) -> None:
    def shown(side: int, *, eligible: bool) -> QImage:
        hub.tape.rows.clear()
        hub.tape.add(print_row(187.42, side, eligible=eligible))
        later(tape, hub, manual_clock)
        return picture(tape)

    assert has_color(shown(1, eligible=True), theme.hex("up"))
    sold = shown(-1, eligible=True)
    assert has_color(sold, theme.hex("down"))
    assert not has_color(sold, theme.hex("up"))
    odd = shown(1, eligible=False)
    assert not has_color(odd, theme.hex("up"))
    assert has_color(odd, theme.hex("stale"))


def test_hint_tells_what_a_print_means(tape: TimeAndSales) -> None:
    assert tape.hint(print_row()) == "Regular sale"
    assert tape.hint(print_row(eligible=False)).startswith("Odd Lot")
    assert "does not move the last price" in tape.hint(print_row(eligible=False))


def test_row_under_the_mouse(tape: TimeAndSales) -> None:
    found = tape.row_at(HEADER_HEIGHT + ROW_HEIGHT * 2 + 3)
    assert found is not None
    assert found.price == 100.97
    assert tape.row_at(3) is None


@pytest.mark.parametrize("key", [Qt.Key.Key_A, Qt.Key.Key_Z])
def test_letters_are_left_to_the_window(tape: TimeAndSales, key: Qt.Key) -> None:
    event = QKeyEvent(QEvent.Type.KeyPress, key, Qt.KeyboardModifier.NoModifier, chr(key.value).lower())
    tape.keyPressEvent(event)
    assert not event.isAccepted()


def test_empty_tape_says_so(qtbot: QtBot, dark: Theme, manual_clock: ManualClock, hub: FakeHub) -> None:
    empty = TimeAndSales(dark, manual_clock, hms, describe)
    qtbot.addWidget(empty)
    empty.resize(260, 300)
    empty.refresh(hub, TEN)
    assert len(empty.rows) == 0
    assert has_color(empty.grab().toImage(), dark.hex("muted"))


def test_decimal_points_stand_below_one_another(
    tape: TimeAndSales, hub: FakeHub, manual_clock: ManualClock, picture: Callable[[QWidget], QImage]
) -> None:
    """A print between cents moves nothing: its first two decimals stand where those of its neighbours stand."""

    def cents(price: float) -> QImage:
        hub.tape.rows.clear()
        hub.tape.add(print_row(price, 0))
        later(tape, hub, manual_clock)
        return picture(tape).copy(66, HEADER_HEIGHT, 55, ROW_HEIGHT)

    assert cents(187.42) == cents(187.4275)


def test_nobody_waits_for_prints_of_a_source_that_has_none(
    qtbot: QtBot, theme: Theme, manual_clock: ManualClock, hub: FakeHub
) -> None:
    hub.has_prints = False
    tape = TimeAndSales(theme, manual_clock, hms, describe)
    qtbot.addWidget(tape)
    tape.resize(260, 300)
    before = tape.grab().toImage()
    tape.refresh(hub, TEN)
    assert tape._nothing == NO_PRINTS
    assert tape.grab().toImage() != before
    hub.has_prints = True
    tape.refresh(hub, TEN)
    assert tape.grab().toImage() == before
