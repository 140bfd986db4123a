"""Fill models by name, and what they promise.

The engine asks a model at four moments, never twice for the same event, and consumes what was filled of
`MarketView.bid_left` or `ask_left` (of a print: of `left`) before it asks for the next order:

* `arrival`: the order reaches the market (acceptance plus latency), or was triggered before and this is the next quote,
  or it waited without a usable quote and this is the first. The standing quote counts, whatever its stamp.
* `quote`: a new quote, for an order that has arrived before. A limit then fills at its limit.
* `trade`: an eligible print (`market_checks.print_counts`) for an order that rests.
* `auctions.fill` instead of all of these for OPG and CLS.

Before the first two it asks `market_checks.market_problem`; a model sees no clock of the session, no feed and no halt.
An answer of `Refusal` ends the order: of a market order without a price, or what its model does not do, it is rejected;
an immediate order (IOC, FOK) is canceled with it.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Final, Protocol

from live_monitor.data.models.market_data import Trade
from live_monitor.data.models.orders import AccountSettings, FillModelName, Order, Refusal
from live_monitor.engine.paper.executions import Execution
from live_monitor.engine.paper.market_view import MarketView, Now
from live_monitor.engine.paper.queue_fills import QueueFills
from live_monitor.engine.paper.simple_fills import SimpleFills
from live_monitor.engine.paper.touch_fills import TouchFills

__all__ = ["Execution", "FillModel", "model"]


class FillModel(Protocol):
    """Decides about one order and one event; keeps nothing, changes nothing. Any thread."""

    name: FillModelName

    def arrival(
        self, order: Order, view: MarketView, settings: AccountSettings, now: Now
    ) -> Execution | Refusal | None:
        """What the order meets when it reaches the market; None: it waits."""
        ...

    def quote(self, order: Order, view: MarketView, settings: AccountSettings, now: Now) -> Execution | None:
        """What a new quote does for an order that has arrived; None: nothing."""
        ...

    def trade(
        self,
        order: Order,
        view: MarketView,
        trade: Trade,
        settings: AccountSettings,
        now: Now,
        *,
        left: Decimal | None = None,
        ahead: Decimal | None = None,
    ) -> Execution | None:
        """What an eligible print does for an order that rests; None: nothing.

        `left`: shares of the print that own orders have not taken yet (None: all). `ahead`: shares ahead of the order
        before this print (`queue_fills`; None: as the order says).
        """
        ...


_MODELS: Final[dict[FillModelName, FillModel]] = {
    "simple": SimpleFills(),
    "touch": TouchFills(),
    "queue": QueueFills(),
}


def model(name: FillModelName) -> FillModel:
    """The fill model `name`; the same object each time."""
    return _MODELS[name]
