"""Which order a price means, by the side of the market that it lies on. Pure, no Qt.

Below the market one buys with a limit and sells with a stop, above it the other way round: so the place says it all,
and no click can cross the market by mistake.
"""

from __future__ import annotations

import math
from decimal import Decimal
from typing import Literal

from live_monitor.data.models.orders import Side
from live_monitor.engine.paper.market_view import MarketView
from live_monitor.ui.charts.price_scale import smallest_tick
from live_monitor.ui.charts.trading.values import Intent


def tradable(price: float) -> Decimal | None:
    """The nearest price that an order may have (SEC Rule 612), exact; None where there is none above zero."""
    if not math.isfinite(price) or price <= 0:
        return None
    places = 2 if smallest_tick(price) == 0.01 else 4
    found = Decimal(f"{price:.{places}f}")
    return found if found > 0 else None


def market_price(view: MarketView | None) -> float:
    """USD in the middle of a quote with two sound sides, else the last price, else NaN.

    It only chooses sides: whether an order may trade on it is for the engine to say.
    """
    if view is None:
        return math.nan
    if 0 < view.bid <= view.ask < math.inf:
        return (view.bid + view.ask) / 2
    return view.last if math.isfinite(view.last) and view.last > 0 else math.nan


def intent_at(price: float, market: float, *, stop: bool) -> Intent | None:
    """What a click at `price` places: a limit, or with `stop` a stop; None where no market price tells the side."""
    found = tradable(price)
    if found is None or not math.isfinite(market):
        return None
    below = float(found) <= market
    side: Side = "BUY" if below is not stop else "SELL"
    return Intent(side, "STP" if stop else "LMT", found)


def entry_type(side: Side, price: Decimal, market: float) -> Literal["LMT", "STP"]:
    """How to get in at a price: by a limit on the near side of the market, by a stop beyond it."""
    beyond = float(price) > market if side == "BUY" else float(price) < market
    return "STP" if beyond else "LMT"
