"""A chart with a paper desk beside it, and what a hand does there."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from PyQt6.QtCore import QPoint, Qt

from live_monitor.data.models.orders import OrderParams
from live_monitor.ui.charts.candle_chart import CandleChart
from live_monitor.ui.charts.geometry import Box
from live_monitor.ui.charts.trading.tags import Tag
from live_monitor.ui.paper_view import Replacement
from tests.memory_paper import MemoryPaper
from tests.ui.charts.conftest import bar, series_of
from tests.ui.charts.gestures import hover, qtest

LEFT = Qt.MouseButton.LeftButton


class TradingHand:
    """Prices from 99 to 101 in sight, the market at 100. `asked`: what left the chart, in order."""

    def __init__(self, chart: CandleChart, paper: MemoryPaper | None = None) -> None:
        self.chart, self.trading = chart, chart.trading
        self.paper = paper or MemoryPaper()
        self.asked: list[Any] = []
        self.trading.resize(Decimal(100), Decimal("0.5"))
        self.trading.order_requested.connect(self.asked.append)
        self.trading.replace_requested.connect(self.asked.append)
        self.trading.cancel_requested.connect(lambda order_id: self.asked.append(("cancel", order_id)))
        chart.set_series(series_of([bar(index, 100.0, 101.0, 99.0, 100.0) for index in range(60)]))
        self.paper.quoted("AAPL", 99.99, 100.01)
        self.look()

    def look(self) -> None:
        """What a frame does."""
        self.paper.change_version()
        self.trading.refresh(self.paper, "AAPL")

    def y(self, price: float) -> int:
        """The pixel row of a price (the device pixel ratio is 1)."""
        return self.chart._state.frame.scale.row(price)

    def at(self, price: float, x: int = 200) -> QPoint:
        """A place on the chart."""
        return QPoint(x, self.y(price))

    def price_at(self, place: QPoint) -> Decimal:
        """The price that a place means."""
        return Decimal(f"{self.chart._state.frame.scale.price_at(place.y()):.2f}")

    def tag(self, order_id: str) -> Tag:
        """The tag of a line."""
        return next(tag for tag in self.trading.layer.tags() if tag.line.id == order_id)

    def tags(self) -> dict[str, Tag]:
        """All tags by the id of their line."""
        return {tag.line.id: tag for tag in self.trading.layer.tags()}

    def down(self, place: QPoint, held: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
        qtest.mousePress(self.chart.canvas.viewport(), LEFT, held, place)

    def move(self, place: QPoint) -> None:
        qtest.mouseMove(self.chart.canvas.viewport(), place)

    def up(self, place: QPoint, held: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
        qtest.mouseRelease(self.chart.canvas.viewport(), LEFT, held, place)

    def click(self, place: QPoint, held: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
        self.down(place, held)
        self.up(place, held)

    def double_click(self, place: QPoint) -> None:
        """As a person does: two presses, of which Qt calls the second one a double click."""
        self.click(place)
        qtest.mouseDClick(self.chart.canvas.viewport(), LEFT, pos=place)
        self.up(place)

    def drag(self, start: QPoint, end: QPoint) -> None:
        self.down(start)
        self.move(QPoint((start.x() + end.x()) // 2, (start.y() + end.y()) // 2))
        self.move(end)
        self.up(end)

    def hover(self, place: QPoint) -> None:
        hover(self.chart, place.x(), place.y())

    def key(self, key: Qt.Key) -> None:
        qtest.keyClick(self.chart, key)

    @property
    def orders(self) -> list[OrderParams]:
        return [each for each in self.asked if isinstance(each, OrderParams)]

    @property
    def replacements(self) -> list[Replacement]:
        return [each for each in self.asked if isinstance(each, Replacement)]


def middle(box: Box | None) -> QPoint:
    """The middle of a part of a tag."""
    assert box is not None
    return QPoint(box.x + box.width // 2, box.y + box.height // 2)
