"""The pictures of docs/guide/paper.md: the real desktop trades on a simulated market; `docs/images/make` runs this."""

from __future__ import annotations

import sys
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from msgspec.structs import replace
from PyQt6.QtCore import QEvent, QItemSelectionModel, QPoint, Qt
from PyQt6.QtGui import QImage
from PyQt6.QtWidgets import QApplication, QWidget

from bench.child import CHECKOUT
from live_monitor.data.models.orders import Bracket, OrderParams, PlacedOrder
from live_monitor.data.paper_desk import PaperDesk
from live_monitor.engine.market.sessions import hms
from live_monitor.errors import InvalidPaperOrder
from live_monitor.ui.trade_panels import TradePanels
from tests.e2e import desktop_subject
from tests.e2e.chart_subject import Person, Scene, run
from tests.e2e.desktop_subject import terminate
from tests.ui.charts.gestures import qtest
from tests.ui.hands import press

PICTURES: Final = CHECKOUT / "docs" / "images"
#: From 11:03 on NVDA of this market falls, until 11:08; then it climbs to its high of the day, at 11:36.
MARKET: Final = ("--provider", "sim", "--seed", "3", "--at", "11:00", "--symbol", "MSFT", "--speed", "12")
LEFT: Final = Qt.MouseButton.LeftButton
SIZE: Final = "1440x1040"


class Trader(Person):
    """Trades by the wishes that ticket and chart send, and takes pictures."""

    @property
    def trade(self) -> TradePanels:
        return self.stage.desktop.window.trade

    @property
    def desk(self) -> PaperDesk:
        desk = self.stage.desk.orders._paper
        assert isinstance(desk, PaperDesk)
        return desk

    @property
    def symbol(self) -> str:
        return self.stage.manager.hub.focus or ""

    @property
    def time(self) -> str:
        """Market time in New York."""
        return hms(self.stage.manager.hub.clock.now_ms())

    def quoted(self, symbol: str) -> Callable[[], bool]:
        """Orders are taken, and the symbol in focus has a quote of two sides."""

        def ready() -> bool:
            if not (self.stage.shown and self.stage.live and self.symbol == symbol and self.stage.bars > 100):
                return False
            view = self.desk.quote(symbol) if self.desk.ready and not self.desk.notice else None
            return view is not None and 0 < view.bid < view.ask

        return ready

    def until(self, time: str) -> Callable[[], bool]:
        """The market has come to this time of day."""
        return lambda: self.time >= time

    def painted(self) -> Callable[[], bool]:
        """So many frames later that everything has settled."""
        looks = iter(range(40))
        return lambda: next(looks, None) is None

    def price(self, way: float) -> Decimal:
        """So far from the bid, in cents."""
        view = self.desk.quote(self.symbol)
        assert view is not None
        return Decimal(f"{view.bid + way:.2f}")

    def order(self, side: str, quantity: int, bracket: tuple[float, float] | None = None, away: float = 0.0) -> None:
        """At market, or with `away` at a limit so far from the bid. Target and stop of a bracket are ways from it."""
        legs = Bracket(target_price=self.price(bracket[0]), stop_price=self.price(bracket[1])) if bracket else None
        params = OrderParams(
            symbol=self.symbol,
            side=side,
            quantity=quantity,
            order_type="LMT" if away else "MKT",
            limit_price=self.price(away) if away else None,
            bracket=legs,
        )
        self.desk.request(params, self._answered)

    def _answered(self, answer: PlacedOrder | InvalidPaperOrder) -> None:
        if isinstance(answer, InvalidPaperOrder):
            raise SystemExit(f"no picture without its order: {answer}")

    def show(self, page: QWidget) -> None:
        """Brings a tab to the front, and what it shows up to now."""
        self.stage.desktop.window.show_tab(page)
        self.stage.desk.orders.on_frame()

    def save(self, widget: QWidget, name: str) -> None:
        """Writes a picture of a widget, as it is painted now."""
        self.stage.desktop.on_frame()
        self.stage.desk.orders.on_frame()
        QApplication.processEvents()
        image: QImage = widget.grab().toImage().convertToFormat(QImage.Format.Format_RGB32)
        image.save(str(PICTURES / f"{name}.png"), "PNG", 0)
        print(f"docs/images/{name}.png", flush=True)


def a_morning(person: Trader) -> Scene:
    """One trade that is closed, a position, and one with a bracket and another order below."""
    yield person.quoted("MSFT")
    person.desk.change(settings=replace(person.desk.settings, costs="us_broker"))
    person.order("BUY", 15)
    person.stage.desk.show_symbol("AAPL")
    yield person.quoted("AAPL")
    person.order("BUY", 30)
    person.stage.desk.show_symbol("NVDA")
    yield person.quoted("NVDA")
    yield person.until("11:08:30")
    person.order("BUY", 30, bracket=(2.45, -0.9))
    yield person.until("11:15:00")
    person.stage.desk.show_symbol("MSFT")
    yield person.quoted("MSFT")
    person.order("SELL", 15)
    person.stage.desk.show_symbol("NVDA")
    yield person.quoted("NVDA")
    yield person.until("11:31:10")
    person.order("BUY", 10, away=-0.6)
    yield lambda: not any(person.desk.pending(order.order_id) for order in person.desk.orders())


def the_window(person: Trader) -> Scene:
    """The whole window in both themes, with a draft in the ticket."""
    window = person.stage.desktop.window
    window.tape_dock.hide()
    person.show(person.trade.positions)
    for theme in ("dark", "light"):
        person.stage.desk.use_theme(theme)
        limit = person.price(-0.25)
        draft = OrderParams(symbol="NVDA", side="BUY", quantity=5, order_type="LMT", limit_price=limit)
        person.trade.ticket.fill(draft)
        yield person.painted()
        person.save(window, f"paper-{theme}")


def a_bracket(person: Trader) -> Scene:
    """A bracket that is drawn and not placed yet."""
    person.stage.desk.use_theme("light")
    person.stage.desk.show_symbol("AMD")
    yield person.quoted("AMD")
    yield person.painted()
    person.choose("bracket")
    port = person.chart.canvas.viewport()
    assert port is not None
    start, way = person._place(0.6, 0.45), 60
    qtest.mousePress(port, LEFT, pos=start)
    for share in (0.3, 0.7, 1.0):
        qtest.mouseMove(port, start + QPoint(0, round(way * share)))
    qtest.mouseRelease(port, LEFT, pos=start + QPoint(0, way))
    QApplication.sendEvent(port, QEvent(QEvent.Type.Leave))
    yield person.painted()
    assert person.stage.desktop.chart is not None
    person.save(person.stage.desktop.chart, "paper-bracket")
    press(person.chart, Qt.Key.Key_Escape)


def the_panels(person: Trader) -> Scene:
    """The account with its curve, and the receipt of the sale, at a height that people drag them to."""
    window = person.stage.desktop.window
    person.stage.desk.use_theme("dark")
    window.resizeDocks([window.signal_dock], [410], Qt.Orientation.Vertical)
    person.show(person.trade.account)
    yield person.painted()
    person.save(person.trade.account, "paper-account")
    fills = person.trade.fills
    window.resizeDocks([window.signal_dock], [330], Qt.Orientation.Vertical)
    person.show(fills)
    yield person.painted()
    sale = next(row for row in person.desk.fills() if row.filled.side == "SELL")
    index = fills.table.model.index(fills.table.model.row_of(sale.filled.execution_id), 0)
    selection, flags = fills.view.selectionModel(), QItemSelectionModel.SelectionFlag
    assert selection is not None
    selection.setCurrentIndex(index, flags.ClearAndSelect | flags.Rows)
    yield person.painted()
    person.save(fills, "paper-receipt")


def pictures(person: Trader) -> Scene:
    """All of them, one after the other."""
    try:
        yield from a_morning(person)
        yield from the_window(person)
        yield from a_bracket(person)
        yield from the_panels(person)
    except Exception:
        terminate()
        raise


if __name__ == "__main__":
    desktop_subject.SCENES["pictures"] = lambda stage: run(stage, pictures(Trader(stage)))
    with TemporaryDirectory(prefix="guide") as folder:
        options = [*MARKET, "--size", SIZE, "--theme", "dark", "--data-dir", str(Path(folder))]
        raise SystemExit(desktop_subject.main("pictures", [*options, *sys.argv[1:]]))
