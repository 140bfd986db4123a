"""The documented simple rule, to the letter: a limit price is the fill price at once; a market order takes last, then
bid, ask, close, whichever is usable first; any other type without a limit is refused (market rules 10.2).

It knows no sizes and no resting orders. Stale prices are no prices here either.
"""

from __future__ import annotations

from decimal import Decimal

from live_monitor.data.models.market_data import Trade
from live_monitor.data.models.orders import AccountSettings, FillModelName, Order, Refusal
from live_monitor.engine.paper.executions import (
    Execution,
    added,
    age_ms,
    fill_price,
    last_facts,
    opposite,
    receipt_of,
    worse,
)
from live_monitor.engine.paper.figures import age_words, price_words
from live_monitor.engine.paper.market_checks import is_sound, is_suspect, no_live_price
from live_monitor.engine.paper.market_view import MarketView, Now


class SimpleFills:
    """Fills at once or never. See `fill_models.FillModel`."""

    name: FillModelName = "simple"

    def arrival(
        self, order: Order, view: MarketView, settings: AccountSettings, now: Now
    ) -> Execution | Refusal | None:
        if order.time_in_force in ("OPG", "CLS"):
            return Refusal(
                "unsupported", "The simple fill model knows no auctions. Choose touch or queue for OPG and CLS."
            )
        if order.limit_price is not None:
            return self._at_limit(order, order.limit_price, view, settings, now)
        if order.order_type != "MKT":
            return Refusal(
                "unsupported",
                f"The simple fill model fills no {order.order_type} order without a limit. Choose touch or queue.",
            )
        found = _usable(view, settings, now)
        if found is None:
            return no_live_price(_nothing(view, settings, now)) if settings.no_price == "refuse" else None
        name, price = found
        quoted = fill_price(price)
        paid = worse(quoted, settings.slippage, order.side)
        last = last_facts(view, now) if name == "last" else None
        slippage = added(paid, quoted, order.side)
        receipt = receipt_of(self.name, f"simple_{name}", order, view, now, slippage=slippage, trade=last)
        return Execution(order.remaining, paid, receipt)

    def quote(self, order: Order, view: MarketView, settings: AccountSettings, now: Now) -> Execution | None:
        return self._again(order, view, settings, now)

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
        del trade, left, ahead  # `view.last` is the print already; sizes play no part
        return self._again(order, view, settings, now)

    def _again(self, order: Order, view: MarketView, settings: AccountSettings, now: Now) -> Execution | None:
        """A market order that waits for its first usable price, or a limit that waits for the market to open."""
        waits = order.order_type == "MKT" or order.stage == "waiting"
        answer = self.arrival(order, view, settings, now) if waits else None
        return answer if isinstance(answer, Execution) else None

    def _at_limit(
        self, order: Order, limit: Decimal, view: MarketView, settings: AccountSettings, now: Now
    ) -> Execution | Refusal:
        if settings.marketable_only:
            price, _ = opposite(view, order.side)
            fresh = is_sound(view) and age_ms(view.received, now) <= settings.max_quote_age_ms
            if not fresh:
                return Refusal(
                    "not_marketable", "Refused: whether the limit is marketable cannot be told without a usable quote."
                )
            if fill_price(price) > limit if order.side == "BUY" else fill_price(price) < limit:
                name = "ask" if order.side == "BUY" else "bid"
                return Refusal(
                    "not_marketable",
                    f"Refused: the limit {price_words(limit)} is not marketable, the {name} is {price_words(price)}.",
                )
        return Execution(order.remaining, limit, receipt_of(self.name, "simple_limit", order, view, now))


def _usable(view: MarketView, settings: AccountSettings, now: Now) -> tuple[str, float] | None:
    """The first usable price in the documented order, and its name."""
    oldest, suspect = settings.max_quote_age_ms, is_suspect(view, settings, now)
    if view.last == view.last and 0 <= age_ms(view.last_received, now) <= oldest and not suspect:
        return "last", view.last
    if view.bid == view.bid or view.ask == view.ask:
        fresh = 0 <= age_ms(view.received, now) <= oldest and not view.bid >= view.ask
        if not fresh:
            return None
        return ("bid", view.bid) if view.bid == view.bid else ("ask", view.ask)
    if view.last != view.last and view.close == view.close:
        return "close", view.close
    return None


def _nothing(view: MarketView, settings: AccountSettings, now: Now) -> Refusal:
    """Why no price is usable."""
    if is_suspect(view, settings, now):
        age = age_words(age_ms(view.suspect_received, now))
        return Refusal("suspect", f"the last print, {age} ago, is suspect and not confirmed by another")
    ages = [
        f"the {name} of {price_words(price)} is {age_words(age_ms(received, now))} old"
        for name, price, received in (
            ("last price", view.last, view.last_received),
            ("bid", view.bid, view.received),
            ("ask", view.ask, view.received),
        )
        if price == price
    ]
    if not ages:
        return Refusal("no_quote", "neither last, bid, ask nor close was received yet")
    if view.bid >= view.ask and age_ms(view.received, now) <= settings.max_quote_age_ms:
        return Refusal("crossed", f"{', '.join(ages)}, and the quote is crossed or locked")
    return Refusal("stale", f"{', '.join(ages)}, and {age_words(settings.max_quote_age_ms)} are allowed")
