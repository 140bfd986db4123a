"""A paper desk beside a hub, with a real ledger on the disk: for tests of the two together."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from time import monotonic, sleep

from live_monitor.clock import SystemClock
from live_monitor.data.ledger_thread import LedgerThread
from live_monitor.data.models.market_data import Quote, Trade
from live_monitor.data.models.orders import AccountSettings, Order, OrderParams, PlacedOrder, RiskLimits
from live_monitor.data.models.status import LinkStatus
from live_monitor.data.paper_desk import PaperDesk
from live_monitor.data.stores.ledger_store import FILE_NAME, Ledger
from live_monitor.engine.market.sessions import us_equities
from live_monitor.wire.relay import Hello
from tests.data.desk import NOW, Desk

#: A wait that does not end within this is a failure; usually it takes a few ms.
PATIENCE_S = 20.0


class Office:
    """Hub, ledger and paper desk. `told`: lines for the person."""

    def __init__(self, folder: Path, market: str = "simulated-7", *, open_ledger: Callable[[], Ledger] | None = None):
        self.folder, self.market = folder, market
        self.told: list[str] = []
        self.hub_desk = Desk()
        self.hub, self.clock = self.hub_desk.hub, self.hub_desk.clock
        self.thread = LedgerThread(open_ledger or (lambda: Ledger(folder / FILE_NAME)), SystemClock())
        self.desk = PaperDesk(self.thread, us_equities())
        self.desk.told = self.told.append
        self.desk.follow(self.hub)

    def open(self, *symbols: str, without_limits: bool = True) -> None:
        """Connects the market, follows `symbols`, and waits for the account."""
        for symbol in symbols or ("AAPL",):
            self.hub.acquire(symbol, "watchlist")
        self.connect()
        self.until(lambda: self.desk.ready)
        if without_limits:
            self.desk.change(settings=AccountSettings(risk=RiskLimits(enabled=False)))

    def connect(self) -> None:
        hello = Hello(features=[], provider="simulated", label="SIMULATED", market=self.market)
        self.hub_desk.tell(hello)
        self.hub.take([LinkStatus("live", self.clock.monotonic())])

    def until(self, condition: Callable[[], bool]) -> None:
        """Lets frames pass until `condition` holds."""
        end = monotonic() + PATIENCE_S
        while not condition():
            assert monotonic() < end, f"waited in vain; {self.desk.notice} {self.told}"
            self.frame()
            sleep(0.001)  # the ledger works on a thread of its own

    def frame(self) -> None:
        self.hub.tick()
        self.desk.tick()

    def settled(self) -> None:
        """Waits until everything decided so far is durable and told."""
        self.until(lambda: not self.desk.is_busy)

    def quote(self, symbol: str, bid: float, ask: float, bid_size: float = 1_000, ask_size: float = 1_000) -> None:
        """A quote of this very millisecond."""
        self.clock.advance(0.001)
        at = self.hub.clock.now_ms()
        self.hub_desk.feed(Quote(symbol, at, bid, bid_size, ask, ask_size))

    def trade(self, symbol: str, price: float, size: float = 100, sequence: int = 0) -> None:
        """A print of this very millisecond."""
        self.clock.advance(0.001)
        self.hub_desk.feed(Trade(symbol, price, size, self.hub.clock.now_ms(), (), 12, "", sequence))

    def buy(self, symbol: str = "AAPL", quantity: int = 100, **terms: object) -> PlacedOrder:
        return self.desk.place(OrderParams(symbol=symbol, side="BUY", quantity=quantity, **terms))  # type: ignore[arg-type]  # terms of a test

    def sell(self, symbol: str = "AAPL", quantity: int = 100, **terms: object) -> PlacedOrder:
        return self.desk.place(OrderParams(symbol=symbol, side="SELL", quantity=quantity, **terms))  # type: ignore[arg-type]  # terms of a test

    def order(self, order_id: str) -> Order:
        return next(order for order in self.desk.orders() if order.order_id == order_id)

    def close(self) -> None:
        self.desk.close()
        self.thread.close()


__all__ = ["NOW", "Office"]
