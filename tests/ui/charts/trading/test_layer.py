"""How much of the chart a change of an order repaints, and what is there."""

from __future__ import annotations

import itertools
from decimal import Decimal

import pytest
from PyQt6.QtCore import QRect, Qt
from PyQt6.QtGui import QColor
from pytestqt.qtbot import QtBot

from live_monitor.engine.market.bar_series import BarSeries
from live_monitor.ui.charts.candle_chart import CandleChart
from live_monitor.ui.charts.geometry import Box
from live_monitor.ui.charts.trading.order_painter import axis_places
from live_monitor.ui.charts.trading.values import ABOVE, BELOW
from live_monitor.ui.theme import Theme
from tests.memory_paper import position, working
from tests.ui.charts.conftest import bar, picture_of, show_chart
from tests.ui.charts.trading.hands import TradingHand, middle


class Repaints:
    """What the chart asks to be repainted."""

    def __init__(self, chart: CandleChart, monkeypatch: pytest.MonkeyPatch) -> None:
        self.boxes: list[Box] = []
        self.all = 0
        whole, some = chart.canvas.repaint_all, chart.canvas.repaint_boxes

        def count_all() -> None:
            self.all += 1
            whole()

        def count_some(boxes: list[Box]) -> None:
            self.boxes += boxes
            some(boxes)

        monkeypatch.setattr(chart.canvas, "repaint_all", count_all)
        monkeypatch.setattr(chart.canvas, "repaint_boxes", count_some)

    @property
    def area(self) -> int:
        return sum(box.width * box.height for box in self.boxes)


@pytest.fixture
def crowd(chart: CandleChart) -> TradingHand:
    """Twenty orders and a position."""
    hand = TradingHand(chart)
    hand.paper.working = [working(f"O{index}", limit_price=f"{99.05 + index / 10:.2f}") for index in range(20)]
    hand.paper.held = [position(300, "99.80", "100.00")]
    hand.look()
    picture_of(chart)
    return hand


def tick(hand: TradingHand, close: float) -> BarSeries:
    """The newest bar closes elsewhere, within its range."""
    series = hand.chart._state.series
    assert series is not None
    series.put(bar(59, 100.0, 101.0, 99.0, close))
    return series


def test_a_tick_among_twenty_orders_repaints_strips_and_not_the_chart(
    crowd: TradingHand, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = Repaints(crowd.chart, monkeypatch)
    tick(crowd, 100.1)
    crowd.chart.refresh()
    crowd.trading.refresh(crowd.paper, "AAPL")
    size = crowd.chart.canvas.viewport()
    assert seen.all == 0
    assert 0 < seen.area < size.width() * size.height() / 4


def test_a_profit_that_changes_repaints_its_own_tag_alone(crowd: TradingHand, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = Repaints(crowd.chart, monkeypatch)
    tag = crowd.tag("position")
    crowd.paper.held = [position(300, "99.80", "100.01")]
    crowd.look()
    assert seen.all == 0
    ours = {tag.footprint(crowd.chart._state.frame), crowd.tag("position").footprint(crowd.chart._state.frame)}
    assert set(seen.boxes) == ours


def test_nothing_that_changed_repaints_nothing(crowd: TradingHand, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = Repaints(crowd.chart, monkeypatch)
    crowd.look()
    crowd.trading.refresh(crowd.paper, "AAPL")
    assert seen.all == 0
    assert seen.boxes == []


def test_an_order_that_moved_repaints_the_chart_once(crowd: TradingHand, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = Repaints(crowd.chart, monkeypatch)
    crowd.paper.working[3].limit_price = Decimal("100.33")
    crowd.look()
    assert seen.all == 1


def test_painted_in_parts_or_at_once_it_looks_the_same(crowd: TradingHand) -> None:
    """Tags that move, light up and come back leave no traces."""
    crowd.hover(middle(crowd.tag("O5").close))
    picture_of(crowd.chart)
    crowd.paper.held = [position(300, "99.80", "100.37")]
    crowd.look()
    crowd.chart.canvas.left.emit()
    in_parts = picture_of(crowd.chart)
    crowd.trading.repaint_all()
    assert picture_of(crowd.chart) == in_parts


def test_no_tag_covers_another_and_none_leaves_the_prices(crowd: TradingHand) -> None:
    boxes = [QRect(*tag.box) for tag in crowd.trading.layer.tags()]
    pane = QRect(*crowd.chart._state.frame.panes.price)
    assert len(boxes) == 21
    step = {
        below.top() - above.top()
        for above, below in zip(sorted(boxes, key=QRect.top), sorted(boxes, key=QRect.top)[1:], strict=False)
    }
    assert min(step) >= pane.height() // 30
    assert all(pane.contains(box) for box in boxes)


def test_what_is_carried_past_others_covers_none_and_moves_none(crowd: TradingHand) -> None:
    start = middle(crowd.tag("O5").badge)
    crowd.down(start)
    crowd.move(crowd.at(100.4, start.x()))
    standing = {tag.line.id: tag.box for tag in crowd.trading.layer.tags()}
    for price in (100.3, 100.2, 100.1):
        crowd.move(crowd.at(price, start.x()))
        shown = crowd.trading.layer._wanted()
        carried = QRect(*next(each.tag.box for each in shown if each.tag.line.id == "O5"))
        assert not any(carried.intersects(QRect(*box)) for box in standing.values())
        assert {tag.line.id: tag.box for tag in crowd.trading.layer.tags()} == standing
    crowd.key(Qt.Key.Key_Escape)


def test_orders_out_of_sight_are_counted_at_the_edge(chart: CandleChart) -> None:
    hand = TradingHand(chart)
    hand.paper.working = [
        working("O1", limit_price="90"),
        working("O2", limit_price="95"),
        working("O3", side="SELL", limit_price="120"),
    ]
    hand.look()
    tags = hand.tags()
    assert set(tags) == {ABOVE, BELOW}
    assert tags[BELOW].line.badge == "▼ 2 orders below"
    assert tags[BELOW].line.text == "next BUY 100 Limit 95.00"
    assert tags[ABOVE].line.badge == "▲ 1 order above"
    hand.drag(middle(tags[BELOW].badge), hand.at(99.5, tags[BELOW].badge.x))
    hand.key(Qt.Key.Key_Escape)
    assert hand.asked == []


def test_a_position_out_of_sight_keeps_its_tag_at_the_edge_with_an_arrow(chart: CandleChart) -> None:
    hand = TradingHand(chart)
    hand.paper.held = [position(300, "50", "100")]
    hand.look()
    tag = hand.tag("position")
    assert tag.line.badge == "▼ LONG 300"
    assert not tag.inside


def test_words_that_have_no_room_are_left_out_whole(chart: CandleChart) -> None:
    """Half a number would be read as another one."""
    hand = TradingHand(chart)
    hand.paper.working = [working("O1", limit_price="99.5", filled=Decimal(40), queue_ahead=Decimal(312))]
    hand.chart.resize(360, 400)
    hand.chart.grab()
    hand.look()
    tag = hand.tag("O1")
    assert tag.words in {"Limit 99.50 · …", "Limit 99.50 · 40 of 100 filled · …"}
    assert tag.close is not None
    assert tag.box.x >= 0


def test_prices_on_the_axis_never_overlap(crowd: TradingHand) -> None:
    look = crowd.chart._look
    rows = sorted(row for _line, row in axis_places(crowd.chart._state.frame, look.order_lines))
    assert rows
    assert all(below - above >= 20 for above, below in itertools.pairwise(rows))


@pytest.mark.parametrize(("role", "tone"), [("target", "up"), ("stop", "down")])
def test_lines_have_the_colour_of_what_they_are(qtbot: QtBot, theme: Theme, role: str, tone: str) -> None:
    hand = TradingHand(show_chart(qtbot, theme))
    hand.paper.working = [working("O1", side="SELL", limit_price="100.50", role=role)]
    hand.look()
    image = picture_of(hand.chart)
    assert QColor(image.pixel(30, hand.y(100.5))) == theme.color(tone)
    badge = hand.tag("O1").badge
    assert QColor(image.pixel(badge.x + 3, badge.y + 3)) == theme.color(tone)


def test_a_chart_without_a_paper_desk_shows_nothing_of_it(chart: CandleChart) -> None:
    assert not chart.trading.bar.isVisible()
    assert chart.trading.layer.tags() == []
    assert chart.trading.actions_at(100.0, 10.0, 10.0, chart) == []
