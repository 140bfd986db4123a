"""Paper engines that others have written in Python, each fed by the calls that its own event loop makes.

What is made before (ticks as their own objects, the set-up) is not counted. Neither keeps a journal or a receipt.
"""

from __future__ import annotations

import importlib.metadata
import os
import sys
import time
import warnings
from collections.abc import Callable
from datetime import UTC, datetime
from tempfile import mkdtemp
from types import ModuleType
from typing import Any, Final

from bench.order_events import SYMBOL, Level1, Resting


class _Stand(ModuleType):
    """In place of a module that is imported and not used."""

    def __init__(self, name: str, *names: str) -> None:
        super().__init__(name)
        vars(self).update(dict.fromkeys(names, Exception))


def _home() -> None:
    """vnpy keeps positions and settings in the home folder."""
    os.environ["HOME"] = os.environ["USERPROFILE"] = mkdtemp(prefix="bench-vnpy")


class Vnpy:
    """vnpy's paper account. Its engine is called as its event thread calls it, without the thread and its queue.

    It fills when a tick comes; `instant_trade` makes it look at the last one when an order comes, too.
    """

    def __init__(self) -> None:
        _home()
        # What it was written for before Python had it, and the door to a chat program.
        sys.modules["importlib_metadata"] = importlib.metadata
        sys.modules["vnpy.trader.wechat"] = _Stand(
            "vnpy.trader.wechat", "Credentials", "SessionExpired", "WeixinError", "send_text"
        )
        from vnpy.event import Event  # type: ignore[import-not-found]  # fetched by `script/bench --peers`
        from vnpy.trader import constant  # type: ignore[import-not-found]  # as above
        from vnpy.trader import object as values
        from vnpy_paperaccount.engine import PaperEngine  # type: ignore[import-not-found]  # as above

        self._event, self._constant, self._values = Event, constant, values
        exchange = constant.Exchange.NASDAQ
        contract = values.ContractData(
            "bench", SYMBOL, exchange, SYMBOL, constant.Product.EQUITY, 1, 0.01, net_position=True
        )
        self._engine = PaperEngine(_VnpyMain(contract), _VnpyEvents())
        self._engine.instant_trade = True
        self._placed = 0

    def _order(self, buy: bool, kind: str, price: float) -> Any:
        constant = self._constant
        self._placed += 1
        direction = constant.Direction.LONG if buy else constant.Direction.SHORT
        request = self._values.OrderRequest(
            SYMBOL, constant.Exchange.NASDAQ, direction, constant.OrderType[kind], 1, price, reference="bench"
        )
        return self._event("order", request.create_order_data(str(self._placed), "PAPER"))

    def _tick(self, quote: Level1) -> Any:
        return self._event(
            "tick",
            self._values.TickData(
                "bench", SYMBOL, self._constant.Exchange.NASDAQ, datetime.fromtimestamp(quote.at_ms / 1000, UTC),
                last_price=quote.bid, bid_price_1=quote.bid, ask_price_1=quote.ask, bid_volume_1=quote.bid_size,
                ask_volume_1=quote.ask_size,
            ),
        )  # fmt: skip

    def rest(self, orders: list[Resting]) -> None:
        for order in orders:
            self._engine.process_new_order_event(self._order(order.buy, "LIMIT", order.price))

    def quotes(self, quotes: list[Level1]) -> float:
        """CPU seconds for all of them."""
        ticks = [self._tick(quote) for quote in quotes]
        take = self._engine.process_tick_event
        started = time.process_time()
        for tick in ticks:
            take(tick)
        return time.process_time() - started

    def orders(self, quotes: list[Level1]) -> list[float]:
        """CPU seconds of each market order, one at every quote, buys and sells in turn, filled when it returns."""
        found: list[float] = []
        for number, quote in enumerate(quotes):
            self._engine.process_tick_event(self._tick(quote))
            order = self._order(number % 2 == 0, "MARKET", 0)
            started = time.thread_time()
            self._engine.process_new_order_event(order)
            found.append(time.thread_time() - started)
            if order.data.traded != 1:
                raise RuntimeError("vnpy did not fill a market order")
        return found


class _VnpyMain:
    """What its engine asks of the main engine."""

    def __init__(self, contract: Any) -> None:
        self._contract = contract
        self.subscribe = self.query_history = lambda *asked: None

    def get_all_gateway_names(self) -> list[str]:
        return []

    def get_contract(self, vt_symbol: str) -> Any:  # noqa: ARG002  # there is one
        return self._contract


class _VnpyEvents:
    """Nobody listens: what its queue and listeners would cost is not counted."""

    def register(self, kind: str, handler: Callable[..., None]) -> None:
        pass

    def put(self, event: Any) -> None:
        pass


class Nautilus:
    """NautilusTrader's back-test with one equity in a margin account, risk checks off, nothing logged.

    It plays whole runs, so a quote costs what a longer run takes more.
    """

    _WARM_UP: Final = 1_000

    def __init__(self) -> None:
        # It asks pandas for what a newer one calls by another name.
        warnings.simplefilter("ignore")
        self._resting: list[Resting] = []

    def rest(self, orders: list[Resting]) -> None:
        self._resting = orders

    def quotes(self, quotes: list[Level1]) -> float:
        few = quotes[: min(self._WARM_UP, len(quotes) // 4)]
        short, long = self._run(few, every=0), self._run(quotes, every=0)
        return (long - short) * len(quotes) / (len(quotes) - len(few))

    def orders(self, quotes: list[Level1]) -> list[float]:
        """As a mean: CPU of a run with an order at every quote, less that of one whose strategy only listens."""
        listening = self._run(quotes, every=len(quotes) + 1)
        trading = self._run(quotes, every=1)
        return [(trading - listening) / len(quotes)]

    def _run(self, quotes: list[Level1], *, every: int) -> float:
        from bench.orders_nautilus import run

        return run(quotes, self._resting, every)
