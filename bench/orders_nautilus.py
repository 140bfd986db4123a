"""One back-test of NautilusTrader; its classes are needed at import, so they stand in a module of their own."""

from __future__ import annotations

import time

from nautilus_trader.backtest.engine import (  # type: ignore[import-not-found]  # fetched by `script/bench --peers`
    BacktestEngine,
    BacktestEngineConfig,
)
from nautilus_trader.config import (  # type: ignore[import-not-found]  # as above
    LoggingConfig,
    RiskEngineConfig,
)
from nautilus_trader.model.currencies import USD  # type: ignore[import-not-found]  # as above
from nautilus_trader.model.data import QuoteTick  # type: ignore[import-not-found]  # as above
from nautilus_trader.model.enums import AccountType, OmsType, OrderSide  # type: ignore[import-not-found]  # as above
from nautilus_trader.model.identifiers import InstrumentId, Symbol, Venue  # type: ignore[import-not-found]  # as above
from nautilus_trader.model.instruments import Equity  # type: ignore[import-not-found]  # as above
from nautilus_trader.model.objects import Money, Price, Quantity  # type: ignore[import-not-found]  # as above
from nautilus_trader.trading.strategy import Strategy  # type: ignore[import-not-found]  # as above

from bench.order_events import SYMBOL, Level1, Resting

_NS = 1_000_000
_VENUE = Venue("BENCH")
_ID = InstrumentId(Symbol(SYMBOL), _VENUE)


class Trader(Strategy):  # type: ignore[misc]  # it has no type information
    """Places the resting orders at the start, then a market order at every `every`-th quote; 0: hears no quotes."""

    def __init__(self, instrument: Equity, resting: list[Resting], every: int) -> None:
        super().__init__()
        self._instrument = instrument
        self._resting = resting
        self._every = every
        self._heard = 0
        self.filled = 0

    def on_start(self) -> None:
        for order in self._resting:
            price = self._instrument.make_price(order.price)
            self.submit_order(self.order_factory.limit(_ID, _side(order.buy), self._instrument.make_qty(1), price))
        if self._every:
            self.subscribe_quote_ticks(_ID)

    def on_quote_tick(self, tick: QuoteTick) -> None:  # noqa: ARG002  # called by its name
        self._heard += 1
        if self._heard % self._every == 0:
            side = _side(self._heard // self._every % 2 == 1)
            self.submit_order(self.order_factory.market(_ID, side, self._instrument.make_qty(1)))

    def on_order_filled(self, event: object) -> None:  # noqa: ARG002  # as above
        self.filled += 1


def _side(buy: bool) -> OrderSide:
    return OrderSide.BUY if buy else OrderSide.SELL


def _tick(quote: Level1) -> QuoteTick:
    sizes = (Quantity.from_int(quote.bid_size), Quantity.from_int(quote.ask_size))
    return QuoteTick(_ID, Price(quote.bid, 2), Price(quote.ask, 2), *sizes, quote.at_ms * _NS, quote.at_ms * _NS)


def run(quotes: list[Level1], resting: list[Resting], every: int) -> float:
    """CPU seconds of one run. Raises RuntimeError when it did not do what is measured."""
    engine = BacktestEngine(
        config=BacktestEngineConfig(
            logging=LoggingConfig(bypass_logging=True), run_analysis=False, risk_engine=RiskEngineConfig(bypass=True)
        )
    )
    try:
        cash = [Money(1e9, USD)]
        engine.add_venue(_VENUE, OmsType.NETTING, AccountType.MARGIN, base_currency=USD, starting_balances=cash)
        step = Price.from_str("0.01")
        one = Quantity.from_int(1)
        instrument = Equity(_ID, Symbol(SYMBOL), USD, 2, step, one, ts_event=0, ts_init=0)
        engine.add_instrument(instrument)
        engine.add_data([_tick(quote) for quote in quotes])
        trader = Trader(instrument, resting, every)
        engine.add_strategy(trader)
        started = time.process_time()
        engine.run()
        took = time.process_time() - started
        placed = len(quotes) // every if every else 0
        if len(engine.cache.orders_open()) != len(resting) or trader.filled != placed:
            raise RuntimeError(f"{trader.filled} of {placed} orders were filled")
    finally:
        engine.dispose()
    return took
