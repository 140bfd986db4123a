"""What the ticket offers to place: its draft reckoned at the market of this moment. Pure but for what it reads."""

from __future__ import annotations

from decimal import ROUND_FLOOR, Decimal
from typing import Final, NamedTuple

from msgspec.structs import replace

from live_monitor.data.models.orders import OrderParams
from live_monitor.engine.paper.market_view import MarketView
from live_monitor.engine.paper.preview import Preview
from live_monitor.engine.paper.risk import size_for
from live_monitor.ui.paper_view import PaperView
from live_monitor.ui.ticket_draft import (
    HUNDRED,
    Draft,
    entry_price,
    missing,
    params,
    planned_stop,
    shares_for_cash,
)

_OPENING: Final = "Paper trading is opening."
NO_SYMBOL: Final = "Choose a symbol: type its letters anywhere."
_TOO_LITTLE: Final = {
    "cash": "That is less than the price of one share.",
    "risk": "That risks less than one share would.",
}
#: Refusals that a smaller order may escape: codes of the limits, and of what the account has.
_TOO_MANY: Final = frozenset({"max_position", "portfolio_risk", "cash_reserve", "insufficient_cash", "oversell"})


class Offer(NamedTuple):
    """An order that one press would place. `quantity`: None while there is none; `reason`: why it cannot be placed;
    `fits`: the most shares that would be taken instead, None where another number would not help.
    """

    symbol: str
    draft: Draft
    quantity: Decimal | None
    at: Decimal | None
    preview: Preview | None
    reason: str
    fits: Decimal | None = None

    @property
    def wish(self) -> tuple[str, Draft]:
        """What the person has set, whatever the market does meanwhile."""
        return self.symbol, self.draft

    def order(self, client_order_id: str) -> OrderParams:
        """The order under an id of the client. Raises ValueError without a quantity."""
        if self.quantity is None:
            raise ValueError("an offer without a quantity is no order")
        return params(self.draft, self.symbol, self.quantity, client_order_id)


def offer_of(paper: PaperView | None, symbol: str, draft: Draft, problem: str) -> Offer:
    """`problem`: what is typed and is no number, in words."""
    if paper is None or not symbol:
        return Offer(symbol, draft, _counted(draft), None, None, _OPENING if symbol else NO_SYMBOL)
    quote = paper.quote(symbol)
    at = entry_price(draft, quote)
    quantity = _quantity(paper, draft, at)
    lack = problem or missing(draft) or ("" if quantity else _no_quantity(draft, at))
    if paper.notice or lack or quantity is None:
        return Offer(symbol, draft, quantity, at, None, paper.notice or lack)
    preview = paper.preview(params(draft, symbol, quantity, ""))
    if preview.refusal is None:
        return Offer(symbol, draft, quantity, at, preview, "")
    return Offer(symbol, draft, quantity, at, preview, preview.refusal.text, what_fits(paper, symbol, draft, preview))


def what_fits(paper: PaperView, symbol: str, draft: Draft, preview: Preview) -> Decimal | None:
    """The most whole shares that the account would take of a refused order, asked of the desk before it is said."""
    if preview.refusal is None or preview.refusal.reason not in _TOO_MANY:
        return None
    rooms = [Decimal(line.measured.fits) for line in preview.risk if line.measured.fits is not None]
    if draft.side == "BUY" and preview.price:
        rooms.append((preview.buying_power - preview.fees.total) / preview.price)
    elif preview.refusal.reason == "oversell":
        rooms += [row.quantity for row in paper.positions() if row.symbol == symbol]
    shares = min(rooms, default=Decimal(0)).to_integral_value(ROUND_FLOOR)
    if shares < 1:
        return None
    counted = replace(draft, sizing="shares", amount=shares)
    return shares if paper.preview(params(counted, symbol, shares, "")).refusal is None else None


def _counted(draft: Draft) -> Decimal | None:
    return draft.amount if draft.sizing == "shares" else None


def _quantity(paper: PaperView, draft: Draft, at: Decimal | None) -> Decimal | None:
    amount = draft.amount
    if amount is None or draft.sizing == "shares":
        return amount
    if draft.sizing == "cash":
        return shares_for_cash(amount, at)
    stop = planned_stop(draft, at)
    if at is None or stop is None or paper.account is None:
        return None
    return Decimal(size_for(amount / HUNDRED, at, stop, paper.account.net_liq))


def _no_quantity(draft: Draft, at: Decimal | None) -> str:
    if at is None:
        return "There is no price to reckon with: type a number of shares, or a limit."
    return _TOO_LITTLE.get(draft.sizing, "Type a number of shares.")


def market_price(quote: MarketView | None, which: str) -> Decimal | None:
    """`bid`, `mid` or `ask` as a price that can be typed; None where the market has none."""
    if quote is None:
        return None
    value = {"bid": quote.bid, "ask": quote.ask, "mid": (quote.bid + quote.ask) / 2}[which]
    if not value > 0:
        return None
    decimals = 2 if value >= 1 else 4
    return Decimal(f"{value:.{decimals}f}")
