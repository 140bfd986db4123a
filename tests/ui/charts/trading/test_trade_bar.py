"""The bar over the chart: PAPER, one-click, sizes."""

from __future__ import annotations

from decimal import Decimal

import pytest
from PyQt6.QtCore import QEvent, QPoint, QPointF, QRect, Qt
from PyQt6.QtGui import QColor, QKeyEvent, QWheelEvent
from PyQt6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from live_monitor.ui.charts.candle_chart import CandleChart
from live_monitor.ui.theme import Theme
from tests.memory_paper import working
from tests.ui.charts.conftest import show_chart
from tests.ui.charts.trading.hands import TradingHand
from tests.ui.hands import press, type_text


@pytest.fixture
def hand(chart: CandleChart) -> TradingHand:
    """A chart with a paper desk."""
    return TradingHand(chart)


def test_paper_is_painted_where_orders_can_be_placed(qtbot: QtBot, theme: Theme) -> None:
    hand = TradingHand(show_chart(qtbot, theme))
    badge = hand.trading.bar.badge
    assert badge.isVisible()
    image = badge.grab().toImage()
    colors = {QColor(image.pixel(x, y)).name() for x in range(image.width()) for y in range(image.height())}
    assert theme.color("warning").name() in colors


def test_one_click_is_off_at_first_and_its_button_switches_it(hand: TradingHand) -> None:
    bar = hand.trading.bar
    assert not bar.click.isChecked()
    assert not bar.shares.isVisible()
    told: list[bool] = []
    hand.trading.armed_changed.connect(told.append)
    bar.click.click()
    assert hand.trading.hand.armed
    assert bar.shares.isVisible()
    assert bar.property("armed") is True
    bar.click.click()
    assert not hand.trading.hand.armed
    assert told == [True, False]


def test_sizes_are_told_and_used(hand: TradingHand) -> None:
    told: list[tuple[object, object]] = []
    hand.trading.sizes_changed.connect(lambda shares, risk: told.append((shares, risk)))
    hand.trading.arm(True)
    hand.trading.bar.shares.setValue(250)
    hand.trading.bar.risk.setValue(1.25)
    assert told == [(Decimal(250), Decimal("0.50")), (Decimal(250), Decimal("1.25"))]
    hand.click(hand.at(99.5))
    assert [order.quantity for order in hand.orders] == [250]


def test_the_bar_stands_over_old_bars_and_under_no_tag(hand: TradingHand) -> None:
    bar, frame = hand.trading.bar, hand.chart._state.frame
    bottom = frame.scale.price_at(frame.panes.price.bottom - 2)
    hand.paper.working = [working("O1", limit_price=f"{bottom:.2f}", filled=Decimal(40), queue_ahead=Decimal(312))]
    for width in (900, 420):
        hand.chart.resize(width, 560)
        hand.chart.grab()
        hand.look()
        pane = hand.chart._state.frame.panes.price
        assert QRect(*pane).contains(bar.geometry())
        assert bar.geometry().left() < 12
        (tag,) = hand.trading.layer.tags()
        assert not QRect(*tag.box).intersects(bar.geometry())


def test_a_low_chart_keeps_its_room_for_prices(hand: TradingHand) -> None:
    hand.chart.resize(900, 130)
    hand.chart.grab()
    hand.look()
    assert not hand.trading.bar.isVisible()
    assert hand.trading.hand.bar is None


def test_fields_take_figures_and_leave_letters_to_the_window(hand: TradingHand) -> None:
    hand.trading.arm(True)
    field = hand.trading.bar.shares
    for key, letter in ((Qt.Key.Key_A, "a"), (Qt.Key.Key_5, "5")):
        event = QKeyEvent(QEvent.Type.KeyPress, key, Qt.KeyboardModifier.NoModifier, letter)
        field.keyPressEvent(event)
        assert event.isAccepted() is (letter == "5")


def test_enter_in_a_field_gives_the_keyboard_back_to_the_chart(hand: TradingHand) -> None:
    hand.chart.activateWindow()
    hand.trading.arm(True)
    field = hand.trading.bar.shares
    field.setFocus()
    field.selectAll()
    type_text(field, "40")
    press(field, Qt.Key.Key_Return)
    assert hand.trading.hand.shares == 40
    assert not field.hasFocus()


def test_the_wheel_over_a_field_changes_no_size(hand: TradingHand) -> None:
    """A hand that zooms the bars comes over the bar as well: the next click must not be of another size."""
    hand.trading.arm(True)
    for field in (hand.trading.bar.shares, hand.trading.bar.risk):
        before, place = field.value(), QPointF(5, 5)
        turn = QWheelEvent(
            place, QPointF(field.mapToGlobal(QPoint(5, 5))), QPoint(), QPoint(0, 120), Qt.MouseButton.NoButton,
            Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase, False,
        )  # fmt: skip
        QApplication.sendEvent(field, turn)
        assert field.value() == before
        assert field.focusPolicy() == Qt.FocusPolicy.StrongFocus
