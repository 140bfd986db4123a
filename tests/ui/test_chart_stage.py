"""What stands in the place of the chart."""

from __future__ import annotations

from PyQt6.QtCore import QCoreApplication, Qt
from PyQt6.QtWidgets import QPushButton, QWidget

from live_monitor.data.models.status import LinkStatus
from live_monitor.engine.market.sessions import us_equities
from live_monitor.ui.charts.market_chart import MarketChart
from live_monitor.ui.main_window import MainWindow
from live_monitor.ui.theme import Theme
from tests.ui.fake_hub import NAN, TEN, FakeHub
from tests.ui.hands import press, type_text


class Chart(QWidget):
    """Takes the keyboard, as the chart does."""

    def __init__(self) -> None:
        super().__init__()
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    def refresh(self, hub: object, now_ms: int) -> None:
        """Shows nothing."""


def test_link_that_never_was_offers_three_ways_and_says_why(window: MainWindow, hub: FakeHub) -> None:
    empty, state = window.stage.empty_state, hub.states["AAPL"]
    hub.link = LinkStatus("failed", 0.0, 1, "The server refused access (HTTP 401).", "Check the address.")
    window.refresh(hub, TEN)
    assert not empty.isVisible()
    state.set(last=NAN, received=NAN)
    window.refresh(hub, TEN)
    assert empty.isVisible()
    assert empty.title.text() == "The server refused access (HTTP 401)"
    assert empty.detail.text() == "Check the address."
    assert window.ticker_panel.figures.note == "The server refused access (HTTP 401)."
    hub.link = LinkStatus("connecting", 0.0, 1, "Connecting")
    window.refresh(hub, TEN)
    assert not empty.isVisible()
    for status in ("retrying", "connecting"):
        hub.link = LinkStatus(status, 0.0, 2, "The server cannot be reached.")
        window.refresh(hub, TEN)
        assert empty.isVisible()
        assert empty.title.text() == "The server cannot be reached"
    hub.link = LinkStatus("live", 0.0, provider="simulated", label="SIMULATED")
    state.set(last=187.0)
    window.refresh(hub, TEN)
    assert not empty.isVisible()


def shown_ways(window: MainWindow) -> list[tuple[str, bool]]:
    """The ways to start from left to right, and whether each is the main one."""
    buttons = [each for each in window.stage.empty_state.findChildren(QPushButton) if each.isVisible()]
    buttons.sort(key=lambda each: each.x())
    return [(each.text(), bool(each.property("primary"))) for each in buttons]


def test_what_is_missing_is_said_and_connecting_comes_first(window: MainWindow, hub: FakeHub) -> None:
    empty = window.stage.empty_state
    hub.states["AAPL"].set(last=NAN, received=NAN)
    remedy = "File ▸ Connect a provider… asks for it, or set POLYGON_API_KEY."
    hub.link = LinkStatus("failed", 0.0, 0, "Polygon needs its API key.", remedy, "polygon")
    window.refresh(hub, TEN)
    QCoreApplication.processEvents()
    assert (empty.title.text(), empty.detail.text()) == ("Polygon needs its API key", remedy)
    ways = [("Connect a provider", True), ("Simulated market", False), ("Replay a session", False)]
    assert shown_ways(window) == ways
    by_text = {each.text(): each for each in empty.findChildren(QPushButton)}
    walked = [by_text[ways[0][0]]]
    while len(walked) < 3 and isinstance(after := walked[-1].nextInFocusChain(), QPushButton):
        walked.append(after)
    assert [each.text() for each in walked] == [text for text, _main in ways], "Tab walks as they stand"
    hub.link = LinkStatus("failed", 0.0, 1, f"It was refused because {'of this and that ' * 5}.", "", "schwab")
    window.refresh(hub, TEN)
    assert empty.title.text() == "Schwab gives no prices"
    hub.link = LinkStatus("retrying", 0.0, 3, "The connection was lost.")
    window.refresh(hub, TEN)
    QCoreApplication.processEvents()
    assert [text for text, _main in shown_ways(window)] == [
        "Simulated market",
        "Replay a session",
        "Connect a provider",
    ]
    assert [main for _text, main in shown_ways(window)] == [True, False, False]


def test_keyboard_goes_to_the_chart_when_a_symbol_is_chosen(window: MainWindow, hub: FakeHub) -> None:
    chart = Chart()
    window.set_chart(chart)
    window.refresh(hub, TEN)
    window.go_to_symbol_field("M")
    press(window.tool_bar.switcher, Qt.Key.Key_Return)
    assert window.focusWidget() is chart
    type_text(chart, "n")
    assert window.tool_bar.switcher.currentText() == "N"


def test_tab_walks_from_symbol_to_watchlist_to_chart_to_tape(window: MainWindow, dark: Theme) -> None:
    chart = MarketChart(dark, us_equities())
    window.set_chart(chart)
    walked: list[QWidget | None] = []
    widget: QWidget | None = window.tool_bar.switcher
    while widget is not None and len(walked) < 400:
        walked.append(widget)
        widget = widget.nextInFocusChain()
    stops = (window.watchlist.view, window.watchlist.field, chart.chart, window.tape, window.entries.view)
    order = [walked.index(stop) for stop in stops]
    assert order == sorted(order)
