"""The painted price: changes, blinks, trust."""

from __future__ import annotations

import math
from collections.abc import Callable

import pytest
from PyQt6.QtGui import QColor, QImage
from PyQt6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from live_monitor.clock import ManualClock
from live_monitor.data.models.status import LinkStatus
from live_monitor.ui.theme import Theme
from live_monitor.ui.ticker_painter import NARROW_HEIGHT, WIDE_HEIGHT
from live_monitor.ui.ticker_panel import TickerPanel
from live_monitor.ui.trust import Trust
from tests.ui.fake_hub import TEN, FakeHub, FakeState

Picture = Callable[[QWidget], QImage]


def colors(image: QImage) -> set[str]:
    """Names of the colours in a picture."""
    return {QColor(image.pixel(x, y)).name() for x in range(image.width()) for y in range(image.height())}


@pytest.fixture
def panel(qtbot: QtBot, theme: Theme, manual_clock: ManualClock) -> TickerPanel:
    """The panel at its first-start size."""
    made = TickerPanel(theme, manual_clock, lambda ms: "10:31:07")
    qtbot.addWidget(made)
    made.resize(960, WIDE_HEIGHT)
    made.show()
    qtbot.waitExposed(made)
    return made


def settle(panel: TickerPanel, hub: FakeHub, clock: ManualClock) -> None:
    """Two frames on a quiet market: what is shown is not a change."""
    hub.states["AAPL"].received = clock.monotonic()
    panel.refresh(hub, TEN)
    panel.refresh(hub, TEN)


def test_unchanged_hub_is_not_painted_again(panel: TickerPanel, hub: FakeHub, manual_clock: ManualClock) -> None:
    settle(panel, hub, manual_clock)
    assert panel.refresh(hub, TEN) is False


def test_event_that_changes_no_figure_is_not_painted(
    panel: TickerPanel, hub: FakeHub, manual_clock: ManualClock
) -> None:
    settle(panel, hub, manual_clock)
    hub.states["AAPL"].set(last_size=7.0)
    assert panel.refresh(hub, TEN) is False


def test_quote_is_painted(qtbot: QtBot, panel: TickerPanel, hub: FakeHub, manual_clock: ManualClock) -> None:
    settle(panel, hub, manual_clock)
    hub.states["AAPL"].set(bid=187.40)
    with qtbot.waitSignal(panel.painted, timeout=10_000):
        assert panel.refresh(hub, TEN) is True
    assert panel.figures.bid.value == "187.40 × 300"
    assert panel.blinking == 0


def test_last_price_blinks_and_stops_within_300_ms(
    qtbot: QtBot, panel: TickerPanel, hub: FakeHub, manual_clock: ManualClock, picture: Picture
) -> None:
    settle(panel, hub, manual_clock)
    plain = picture(panel)
    hub.states["AAPL"].set(last=187.41)
    panel.refresh(hub, TEN)
    assert panel.blinking == -1
    assert colors(picture(panel)) - colors(plain)
    assert panel.blink_ms <= 300
    qtbot.waitUntil(lambda: panel.blinking == 0, timeout=10_000)


def test_blinks_are_never_faster_than_two_a_second(
    panel: TickerPanel, hub: FakeHub, manual_clock: ManualClock, qtbot: QtBot
) -> None:
    settle(panel, hub, manual_clock)
    started = 0
    for step in range(100):
        was = panel.blinking
        hub.states["AAPL"].set(last=187.0 + step / 100)
        hub.states["AAPL"].received = manual_clock.monotonic()
        panel.refresh(hub, TEN)
        if panel.blinking and not was:
            started += 1
            qtbot.waitUntil(lambda: panel.blinking == 0, timeout=10_000)
        manual_clock.advance(0.02)
    assert 3 <= started <= 4


def test_nothing_blinks_under_reduce_motion(panel: TickerPanel, hub: FakeHub, manual_clock: ManualClock) -> None:
    panel.reduce_motion = True
    settle(panel, hub, manual_clock)
    hub.states["AAPL"].set(last=188.0)
    assert panel.refresh(hub, TEN) is True
    assert panel.blinking == 0


def test_another_symbol_is_no_price_change(panel: TickerPanel, hub: FakeHub, manual_clock: ManualClock) -> None:
    settle(panel, hub, manual_clock)
    hub.states["MSFT"] = FakeState("MSFT", last=412.0, received=manual_clock.monotonic())
    hub.focus = "MSFT"
    panel.refresh(hub, TEN)
    assert panel.blinking == 0
    assert panel.figures.last == "412.00"


@pytest.mark.parametrize(
    ("flow", "market", "trust"),
    [
        ("ageing", "open", Trust.AGEING),
        ("stale", "open", Trust.STALE),
        ("live", "closed", Trust.INDICATIVE),
    ],
)
def test_each_look_differs_from_live(
    panel: TickerPanel, hub: FakeHub, manual_clock: ManualClock, picture: Picture, flow: str, market: str, trust: Trust
) -> None:
    settle(panel, hub, manual_clock)
    live = picture(panel)
    hub.flow, hub.calendar.state = flow, market
    panel.refresh(hub, TEN)
    assert panel.trust is trust
    assert picture(panel) != live


def test_stale_price_has_no_direction_colour(
    panel: TickerPanel, hub: FakeHub, manual_clock: ManualClock, picture: Picture, theme: Theme
) -> None:
    settle(panel, hub, manual_clock)
    assert theme.hex("up").lower() in colors(picture(panel))
    hub.flow = "stale"
    manual_clock.advance(12)
    panel.refresh(hub, TEN + 12_000)
    shown = colors(picture(panel))
    assert theme.hex("up").lower() not in shown
    assert theme.hex("stale").lower() in shown
    assert panel.figures.note == "last update 12 s ago"


def test_dead_link_is_stale_however_fresh_the_tick(panel: TickerPanel, hub: FakeHub, manual_clock: ManualClock) -> None:
    settle(panel, hub, manual_clock)
    hub.link = LinkStatus("retrying", attempt=2, message="refused")
    panel.refresh(hub, TEN)
    assert panel.figures.trust is Trust.STALE


def test_simulated_is_painted(panel: TickerPanel, hub: FakeHub, manual_clock: ManualClock, picture: Picture) -> None:
    settle(panel, hub, manual_clock)
    simulated = picture(panel)
    assert panel.figures.label == "SIMULATED"
    hub.link = LinkStatus("live", provider="polygon", label="")
    panel.refresh(hub, TEN)
    assert picture(panel) != simulated


def test_before_the_first_event_the_price_is_indicative(panel: TickerPanel, hub: FakeHub) -> None:
    hub.states["AAPL"].received = 0.0
    panel.refresh(hub, TEN)
    assert panel.trust is Trust.INDICATIVE
    assert math.isnan(panel.age_s)
    assert "no print yet" in panel.figures.note


def test_refused_symbol_says_why(panel: TickerPanel, hub: FakeHub) -> None:
    hub.problems["AAPL"] = "unknown symbol"
    panel.refresh(hub, TEN)
    assert panel.figures.note == "unknown symbol"


def test_pause_is_not_staleness(panel: TickerPanel, hub: FakeHub, manual_clock: ManualClock) -> None:
    settle(panel, hub, manual_clock)
    hub.clock.follow(TEN, 0.0)
    hub.flow = "stale"
    panel.refresh(hub, TEN)
    assert (panel.trust, panel.standing) == (Trust.INDICATIVE, "PAUSED")


def test_feed_at_full_speed_is_not_a_pause(panel: TickerPanel, hub: FakeHub, manual_clock: ManualClock) -> None:
    settle(panel, hub, manual_clock)
    hub.clock.follow(TEN, 0.0)
    panel.refresh(hub, TEN)
    assert (panel.trust, panel.standing) == (Trust.LIVE, "")


def test_narrow_panel_grows_a_second_storey(qtbot: QtBot, panel: TickerPanel) -> None:
    panel.resize(600, panel.height())
    qtbot.waitUntil(lambda: panel.height() == NARROW_HEIGHT, timeout=10_000)
    panel.resize(1000, panel.height())
    qtbot.waitUntil(lambda: panel.height() == WIDE_HEIGHT, timeout=10_000)


def test_figures_do_not_move_when_digits_change(
    panel: TickerPanel, hub: FakeHub, manual_clock: ManualClock, picture: Picture, theme: Theme
) -> None:
    """187.11 and 188.88 take the same room: what stands right of the price stays where it is."""

    def change_block(last: float) -> QImage:
        panel.reduce_motion = True
        hub.states["AAPL"].set(last=last)
        panel.refresh(hub, TEN)
        return picture(panel).copy(180, 36, 150, 50)

    settle(panel, hub, manual_clock)
    assert change_block(111.11) == change_block(188.88)


@pytest.mark.parametrize(
    ("market", "old_s", "says"),
    [
        ("closed", 2 * 86_400, "indicative · market closed · 2 d old"),
        ("closed", 5, "indicative · market closed · 5 s old"),
        ("open", 3 * 3_600, "3 h old"),
        ("pre", 120, "pre-market · 2 min old"),
        ("open", 59, ""),
    ],
)
def test_price_of_level_1_alone_has_the_age_that_its_source_gives_it(
    panel: TickerPanel, hub: FakeHub, manual_clock: ManualClock, market: str, old_s: int, says: str
) -> None:
    hub.has_prints, hub.calendar.state = False, market
    hub.states["AAPL"].set(last_ms=TEN - old_s * 1_000, quote_ms=TEN)
    settle(panel, hub, manual_clock)
    assert panel.figures.note == says
    hub.has_prints = True
    panel.refresh(hub, TEN)
    assert "old" not in panel.figures.note


def test_old_row_that_came_a_moment_ago_is_as_old_as_it_says(
    panel: TickerPanel, hub: FakeHub, manual_clock: ManualClock
) -> None:
    hub.has_prints = False
    hub.states["AAPL"].set(last=math.nan, last_ms=0, quote_ms=TEN - 7_200_000)
    settle(panel, hub, manual_clock)
    assert panel.figures.note == "2 h old", "the quote has an age too"
    hub.link = LinkStatus("retrying", 0.0, 1, "The connection was lost.")
    panel.refresh(hub, TEN)
    assert panel.figures.note == "last update 2 h ago"
