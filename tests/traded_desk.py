"""The whole desktop with the real paper desk and a ledger on the disk: for tests that trade by hand."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from time import monotonic, sleep

from PyQt6.QtCore import QPoint, Qt
from PyQt6.QtWidgets import QApplication

from live_monitor.clock import SystemClock
from live_monitor.data.inbox import Batch
from live_monitor.data.ledger_thread import LedgerThread
from live_monitor.data.models.market_data import Quote, Trade
from live_monitor.data.models.orders import AccountSettings, Order, OrderParams, RiskLimits
from live_monitor.data.paper_desk import PaperDesk
from live_monitor.data.stores.ledger_store import FILE_NAME, Ledger
from live_monitor.engine.market.sessions import us_equities
from live_monitor.ui.charts.geometry import Box
from live_monitor.ui.charts.trading.controller import ChartTrading
from live_monitor.ui.charts.trading.tags import Tag
from tests.ui.charts.gestures import qtest
from tests.whole_desk import WholeDesk

LEFT = Qt.MouseButton.LeftButton
#: A wait that does not end within this is a failure; usually it takes a few ms.
PATIENCE_S = 20.0


class TradedDesk:
    """A hand at `whole`: AAPL at 104.99 by 105.01, in the middle of its bars, an account without limits."""

    def __init__(self, whole: WholeDesk, folder: Path) -> None:
        self.whole, self.window = whole, whole.window
        self.thread = LedgerThread(lambda: Ledger(folder / FILE_NAME), SystemClock())
        self.desk = PaperDesk(self.thread, us_equities())
        whole.desk.orders.follow(self.desk)
        self.desk.follow(whole.hub)
        self._wait(lambda: self.desk.ready)
        self.desk.change(settings=AccountSettings(risk=RiskLimits(enabled=False)))
        self.trading.resize(Decimal(100), Decimal("0.5"))
        self.quote()
        self.settle()

    # -- the market and the time -----------------------------------------------------------------

    def quote(self, bid: float = 104.99, ask: float = 105.01, size: float = 1_000) -> None:
        """A quote of this very millisecond, and the frame after it."""
        self.whole.clock.advance(0.001)
        quote = Quote("AAPL", self.whole.hub.clock.now_ms(), bid, size, ask, size)
        self.whole.hub.take([Batch([quote], self.whole.clock.monotonic())])
        self.frame()

    def trade(self, price: float, size: float = 100) -> None:
        """A print of this very millisecond, and the frame after it."""
        self.whole.clock.advance(0.001)
        made = Trade("AAPL", price, size, self.whole.hub.clock.now_ms(), (), 12, "", 0)
        self.whole.hub.take([Batch([made], self.whole.clock.monotonic())])
        self.frame()

    def frame(self) -> None:
        self.whole.hub.tick()
        self.whole.frame()
        QApplication.processEvents()

    def settle(self) -> None:
        """Waits until everything that was decided is on the disk, and shown."""
        self._wait(lambda: not self.desk.is_busy)
        self.frame()

    def _wait(self, condition: Callable[[], bool]) -> None:
        end = monotonic() + PATIENCE_S
        while not condition():
            assert monotonic() < end, f"waited in vain: {self.desk.notice} {self.whole.told}"
            self.frame()
            sleep(0.001)  # the ledger works on a thread of its own

    # -- orders ----------------------------------------------------------------------------------

    def place(self, side: str = "BUY", quantity: int = 100, **terms: object) -> Order:
        """Places an order behind the screen; answers with it as it is by then."""
        params = OrderParams(symbol="AAPL", side=side, quantity=quantity, **terms)  # type: ignore[arg-type]  # of a test
        placed = self.desk.place(params)
        self.settle()
        return self.order(placed.order.order_id)

    def order(self, order_id: str) -> Order:
        """An order as it stands."""
        return next(order for order in self.desk.orders() if order.order_id == order_id)

    # -- the hand on the chart -------------------------------------------------------------------

    @property
    def trading(self) -> ChartTrading:
        return self.whole.chart.chart.trading

    def tags(self) -> dict[str, Tag]:
        """Tags by the id of their line."""
        return {tag.line.id: tag for tag in self.trading.layer.tags()}

    def y(self, price: float) -> int:
        return self.whole.chart.chart._state.frame.scale.row(price)

    def down(self, place: QPoint) -> None:
        qtest.mousePress(self.whole.chart.chart.canvas.viewport(), LEFT, Qt.KeyboardModifier.NoModifier, place)

    def move(self, place: QPoint) -> None:
        qtest.mouseMove(self.whole.chart.chart.canvas.viewport(), place)

    def up(self, place: QPoint) -> None:
        qtest.mouseRelease(self.whole.chart.chart.canvas.viewport(), LEFT, Qt.KeyboardModifier.NoModifier, place)

    def drag(self, start: QPoint, price: float) -> None:
        end = QPoint(start.x(), self.y(price))
        self.down(start)
        self.move(QPoint(start.x(), (start.y() + end.y()) // 2))
        self.move(end)
        self.up(end)

    def close(self) -> None:
        self.desk.close()
        self.thread.close()


def middle(box: Box | None) -> QPoint:
    """The middle of a part of a tag."""
    assert box is not None
    return QPoint(box.x + box.width // 2, box.y + box.height // 2)
